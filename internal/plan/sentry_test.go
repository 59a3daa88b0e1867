package plan

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

func to[T any](v T) *T { return &v }

// least is the shortest spec.sentry.
func least() *tuxv1alpha1.Sentry {
	return &tuxv1alpha1.Sentry{
		Organization: "shop", Teams: []tuxv1alpha1.SentrySlug{"backend"}, Project: tuxv1alpha1.SentryProject{Slug: "web"},
		TokenSecretRef: tuxv1alpha1.SecretKeyReference{Name: "sentry-token", Key: "token"},
	}
}

func withSentry(change func(*tuxv1alpha1.Sentry)) *tuxv1alpha1.TuxMonitoring {
	tux := &tuxv1alpha1.TuxMonitoring{}
	tux.Name, tux.Namespace = "production", "tux-production"
	tux.Spec.Environment, tux.Spec.Sentry = "live", least()
	change(tux.Spec.Sentry)
	return tux
}

// TestWhatIsNotSetIsNotTouched: the only settings without a field are those without which nothing works.
func TestWhatIsNotSetIsNotTouched(t *testing.T) {
	s := Build(Input{Tux: withSentry(func(*tuxv1alpha1.Sentry) {})}).Environment.Sentry
	want := sentry.Settings{Slug: to("web"), Teams: []string{"backend"}, Key: sentry.Key{Name: to("live"), Active: to(true)}}
	if diff := cmp.Diff(want, s.Settings); diff != "" {
		t.Error(diff)
	}
	if s.URL != "https://sentry.io" || s.Platform != "python-django" || s.Name != "web" || s.Adoption != sentry.AdoptNever || s.Deletes {
		t.Errorf("%+v", s)
	}
}

func TestEachFieldOfSentryIsASetting(t *testing.T) {
	on, off := tuxv1alpha1.StateEnabled, tuxv1alpha1.StateDisabled
	tux := withSentry(func(s *tuxv1alpha1.Sentry) {
		s.URL = "https://tools.example/sentry"
		s.Teams = []tuxv1alpha1.SentrySlug{"backend", "ops"}
		s.Project = tuxv1alpha1.SentryProject{Slug: "web", Name: "Web shop", Platform: "python", Adoption: tuxv1alpha1.AdoptionIfUnowned}
		s.DeletionPolicy = tuxv1alpha1.DeletionPolicyDelete
		s.DSN = &tuxv1alpha1.SentryDSN{KeyName: "prod", RateLimit: &tuxv1alpha1.SentryRateLimit{Count: to(int32(5))}}
		s.Privacy = &tuxv1alpha1.SentryPrivacy{
			Scrubber: on, Defaults: off, IPAddresses: tuxv1alpha1.IPAddressesRemove,
			SensitiveFields: &[]tuxv1alpha1.SentryField{"iban"}, SafeFields: &[]tuxv1alpha1.SentryField{},
			Rules: &tuxv1alpha1.SentryRules{Presets: []tuxv1alpha1.PrivacyPreset{"Cookies"}, Headers: []tuxv1alpha1.SentryHeader{"X-Tenant"}},
		}
		s.Filters = &tuxv1alpha1.SentryFilters{BrowserExtensions: on, HealthChecks: off, LegacyBrowsers: on, Localhost: off, WebCrawlers: on}
		s.Environments = &tuxv1alpha1.SentryEnvironments{
			Default: "live", Hidden: []tuxv1alpha1.SentryEnvironment{"dev"}, Visible: []tuxv1alpha1.SentryEnvironment{"staging"},
		}
		s.Ownership = &tuxv1alpha1.SentryOwnership{Rules: "path:a #ops", AutoAssignment: tuxv1alpha1.AutoAssignmentDisabled}
	})
	s := Build(Input{Tux: tux}).Environment.Sentry
	want := sentry.Settings{
		Slug: to("web"), Name: to("Web shop"), Platform: to("python"), Teams: []string{"backend", "ops"}, DefaultEnvironment: to("live"),
		Environments: map[string]bool{"dev": true, "staging": false},
		Privacy: sentry.Privacy{
			Scrubber: to(true), Defaults: to(false), IPAddresses: to(true), SensitiveFields: []string{"iban"}, SafeFields: []string{},
			Rules: to(sentry.PIIRules([]sentry.Preset{sentry.PresetCookies}, []string{"x-tenant"})),
		},
		Filters: sentry.Filters{
			BrowserExtensions: to(true), HealthChecks: to(false), LegacyBrowsers: to(true), Localhost: to(false), WebCrawlers: to(true),
		},
		Ownership: sentry.Ownership{Rules: to("path:a #ops"), AutoAssignment: to("Turn off Auto-Assignment")},
		Key:       sentry.Key{Name: to("prod"), Active: to(true), RateLimit: &sentry.RateLimit{Count: 5, Window: 60}},
	}
	if diff := cmp.Diff(want, s.Settings); diff != "" {
		t.Error(diff)
	}
	if !s.Deletes || s.Adoption != sentry.AdoptIfUnowned || s.URL != "https://tools.example/sentry" || s.Name != "Web shop" || s.KeyName != "prod" {
		t.Errorf("%+v", s)
	}
}

func TestAMemberSetsItsKeyOnly(t *testing.T) {
	s := Build(Input{Tux: withSentry(func(s *tuxv1alpha1.Sentry) {
		s.Teams, s.Project.Sharing = nil, tuxv1alpha1.SharingMember
	})}).Environment.Sentry
	want := sentry.Settings{Key: sentry.Key{Name: to("live"), Active: to(true)}}
	if diff := cmp.Diff(want, s.Settings); diff != "" || !s.Member {
		t.Error(diff)
	}
}

// TestRotation: what cannot be is refused, and then no key is replaced.
func TestRotation(t *testing.T) {
	leak := metav1.NewTime(time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC))
	const day = 24 * time.Hour
	for _, tc := range []struct {
		spec    tuxv1alpha1.SentryKeyRotation
		want    sentry.Rotation
		refused string
	}{
		{tuxv1alpha1.SentryKeyRotation{NotBefore: &leak}, sentry.Rotation{NotBefore: leak.Time, Overlap: day}, ""},
		{tuxv1alpha1.SentryKeyRotation{Interval: "90d", Overlap: "12h"}, sentry.Rotation{Interval: 90 * day, Overlap: 12 * time.Hour}, ""},
		{tuxv1alpha1.SentryKeyRotation{Interval: "23h"}, sentry.Rotation{}, "spec.sentry.dsn.rotation.interval"},
		{tuxv1alpha1.SentryKeyRotation{Interval: "1d", Overlap: "5m"}, sentry.Rotation{}, "spec.sentry.dsn.rotation.overlap"},
		{tuxv1alpha1.SentryKeyRotation{Interval: "1d"}, sentry.Rotation{}, "spec.sentry.dsn.rotation.overlap"},
	} {
		p := Build(Input{Tux: withSentry(func(s *tuxv1alpha1.Sentry) { s.DSN = &tuxv1alpha1.SentryDSN{Rotation: &tc.spec} })})
		if diff := cmp.Diff(tc.want, p.Environment.Sentry.Rotation); diff != "" {
			t.Errorf("%+v: %s", tc.spec, diff)
		}
		refused := ""
		for _, finding := range p.Findings {
			if strings.HasPrefix(finding.Path, "spec.sentry") {
				refused = finding.Path
			}
		}
		if refused != tc.refused {
			t.Errorf("%+v: refused %q, want %q", tc.spec, refused, tc.refused)
		}
	}
}

// TestCronMonitorsInSentrysUnits: whole minutes, and not more than it takes; another monitor is not held up.
func TestCronMonitorsInSentrysUnits(t *testing.T) {
	tux := withSentry(func(s *tuxv1alpha1.Sentry) {
		s.CronMonitors = []tuxv1alpha1.SentryCronMonitor{
			{Slug: "a", Schedule: "0 3 * * *", Margin: "1h30m", MaxRuntime: "28d", FailureThreshold: 2, RecoveryThreshold: 3, Timezone: "UTC", Name: "A"},
			{Slug: "seconds", Schedule: "0 3 * * *", Margin: "90s"},
			{Slug: "long", Schedule: "0 3 * * *", MaxRuntime: "29d"},
			{Slug: "b", Schedule: "0 4 * * *"},
		}
	})
	p := Build(Input{Tux: tux})
	want := map[string]sentry.CronMonitor{
		"a": {Name: "A", Schedule: "0 3 * * *", Timezone: "UTC", Margin: 90, MaxRuntime: 28 * 24 * 60, Failures: 2, Recoveries: 3, Active: true},
		"b": {Schedule: "0 4 * * *", Active: true},
	}
	if diff := cmp.Diff(want, p.Environment.Sentry.Settings.CronMonitors); diff != "" {
		t.Error(diff)
	}
	var paths []string
	for _, finding := range p.Findings {
		if finding.Reason == tuxv1alpha1.ReasonInvalidDuration {
			paths = append(paths, finding.Path)
		}
	}
	slices.Sort(paths)
	if diff := cmp.Diff([]string{"spec.sentry.cronMonitors[long].maxRuntime", "spec.sentry.cronMonitors[seconds].margin"}, paths); diff != "" {
		t.Error(diff)
	}
}

// TestAlertsOfAnEnvironment: an owner and a member have them alike.
func TestAlertsOfAnEnvironment(t *testing.T) {
	for _, sharing := range []tuxv1alpha1.Sharing{tuxv1alpha1.SharingOwner, tuxv1alpha1.SharingMember} {
		tux := withSentry(func(s *tuxv1alpha1.Sentry) {
			s.Project.Sharing = sharing
			s.Alerts = []tuxv1alpha1.SentryAlert{
				{Name: "new", Type: tuxv1alpha1.SentryAlertNewIssue},
				{Name: "back", Type: tuxv1alpha1.SentryAlertRegression, Team: "ops", RepeatInterval: "1h30m"},
				{Name: "many", Type: tuxv1alpha1.SentryAlertHighVolume, Events: 5},
				{Name: "many in a week", Type: tuxv1alpha1.SentryAlertHighVolume, Events: 5, Window: "1w"},
				{Name: "refused", Type: tuxv1alpha1.SentryAlertNewIssue, RepeatInterval: "90s"},
			}
		})
		p := Build(Input{Tux: tux})
		want := map[string]sentry.Alert{
			"new":            {Environment: "live", On: true, Minutes: 30, Trigger: "first_seen_event"},
			"back":           {Environment: "live", On: true, Minutes: 90, Trigger: "regression_event", Team: "ops"},
			"many":           {Environment: "live", On: true, Minutes: 30, Events: 5, Window: "1h"},
			"many in a week": {Environment: "live", On: true, Minutes: 30, Events: 5, Window: "1w"},
		}
		if diff := cmp.Diff(want, p.Environment.Sentry.Settings.Alerts); diff != "" {
			t.Error(diff)
		}
		refused := func(f fault.Finding) bool { return f.Path == "spec.sentry.alerts[refused].repeatInterval" }
		if !slices.ContainsFunc(p.Findings, refused) {
			t.Errorf("%+v", p.Findings)
		}
	}
}

func TestMetricMonitorsOfAnEnvironment(t *testing.T) {
	tux := withSentry(func(s *tuxv1alpha1.Sentry) {
		s.MetricMonitors = []tuxv1alpha1.SentryMetricMonitor{
			{Name: "errors", Errors: 50}, {Name: "slow", P95: "1s500ms", Window: "4h"}, {Name: "refused", P95: "2h"},
		}
	})
	p := Build(Input{Tux: tux})
	want := map[string]sentry.MetricMonitor{"errors": sentry.ErrorRate("live", 50, 900), "slow": sentry.P95("live", 1500, 4*3600)}
	if diff := cmp.Diff(want, p.Environment.Sentry.Settings.MetricMonitors); diff != "" {
		t.Error(diff)
	}
	refused := func(f fault.Finding) bool { return f.Path == "spec.sentry.metricMonitors[refused].p95" }
	if !slices.ContainsFunc(p.Findings, refused) {
		t.Errorf("%+v", p.Findings)
	}
}

// TestTheReleaseThatIsTold is the one the backends report, and none while there is none that is right for all.
func TestTheReleaseThatIsTold(t *testing.T) {
	enabled := func(s *tuxv1alpha1.Sentry) { s.Deploys = tuxv1alpha1.StateEnabled }
	tests := map[string]struct {
		change func(*tuxv1alpha1.Sentry)
		images []string
		want   sentry.Deploy
	}{
		"not asked for":    {func(*tuxv1alpha1.Sentry) {}, []string{"tux:1"}, sentry.Deploy{}},
		"off":              {func(s *tuxv1alpha1.Sentry) { s.Deploys = tuxv1alpha1.StateDisabled }, []string{"tux:1"}, sentry.Deploy{}},
		"all of one image": {enabled, []string{"tux:1", "tux:1"}, sentry.Deploy{Release: "1", Environment: "live"}},
		"of two images":    {enabled, []string{"tux:1", "tux:2"}, sentry.Deploy{}},
		"nothing runs":     {enabled, nil, sentry.Deploy{}},
		"a tag that moves": {enabled, []string{"tux:latest"}, sentry.Deploy{}},
		"the release given": {func(s *tuxv1alpha1.Sentry) {
			enabled(s)
			s.Variables = &tuxv1alpha1.SentryVariables{Release: "shop@3"}
		}, []string{"tux:1"}, sentry.Deploy{Release: "shop@3", Environment: "live"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			tux := withSentry(tc.change)
			p := &Plan{Environment: complete(tux)}
			for _, image := range tc.images {
				p.Environment.Backends = append(p.Environment.Backends, env.Backend{Image: image})
			}
			p.Environment.Variables = completeVariables(tux, p.Environment, "")
			p.completeDeploy(tux.Spec.Sentry)
			if diff := cmp.Diff(tc.want, p.Environment.Sentry.Deploy); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestVariables(t *testing.T) {
	tests := map[string]struct {
		change func(*tuxv1alpha1.Sentry)
		images []string
		dsn    string
		secret map[string]string
		config map[string]string
	}{
		"before there is a key": {
			secret: map[string]string{"SENTRY_DSN": "", "SENTRY_ENVIRONMENT": "live", "ENVIRONMENT": "live"},
			config: map[string]string{"LOG_LEVEL": "INFO"},
		},
		"all of one image": {
			dsn: "https://k@h/1", images: []string{"r.example:5000/tux:1.2@sha256:00", "r.example:5000/tux:1.2@sha256:00"},
			change: func(s *tuxv1alpha1.Sentry) { s.TracesSampleRate = "0.1" },
			secret: map[string]string{
				"SENTRY_DSN": "https://k@h/1", "SENTRY_ENVIRONMENT": "live", "ENVIRONMENT": "live", "SENTRY_RELEASE": "1.2",
				"SENTRY_TRACES_SAMPLE_RATE": "0.1",
			},
			config: map[string]string{"LOG_LEVEL": "INFO", "SENTRY_TRACES_SAMPLE_RATE": "0.1"},
		},
		"of two images, no release is right for both": {
			images: []string{"tux:1", "tux:2"},
			secret: map[string]string{"SENTRY_DSN": "", "SENTRY_ENVIRONMENT": "live", "ENVIRONMENT": "live"},
			config: map[string]string{"LOG_LEVEL": "INFO"},
		},
		"other names": {
			images: []string{"tux:latest"}, dsn: "d",
			change: func(s *tuxv1alpha1.Sentry) {
				s.TracesSampleRate = "1"
				s.Variables = &tuxv1alpha1.SentryVariables{LogLevel: "DEBUG", Release: "r1", Names: &tuxv1alpha1.SentryVariableNames{
					DSN: "DSN", Environment: "ENV", Release: "REL", TracesSampleRate: "RATE", LogLevel: "TUX_LOG_LEVEL",
				}}
			},
			secret: map[string]string{"DSN": "d", "ENV": "live", "REL": "r1", "RATE": "1"},
			config: map[string]string{"TUX_LOG_LEVEL": "DEBUG", "RATE": "1"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if tc.change == nil {
				tc.change = func(*tuxv1alpha1.Sentry) {}
			}
			tux := withSentry(tc.change)
			e := complete(tux)
			for _, image := range tc.images {
				e.Backends = append(e.Backends, env.Backend{Image: image})
			}
			e.Variables = completeVariables(tux, e, tc.dsn)
			var output Output
			for _, one := range Outputs {
				if one.Name == env.OutputVariables {
					output = one
				}
			}
			objects, err := output.Render(e)
			if err != nil {
				t.Fatal(err)
			}
			secret := map[string]string{}
			for key, value := range objects[0].(*corev1.Secret).Data {
				secret[key] = string(value)
			}
			if diff := cmp.Diff(tc.secret, secret) + cmp.Diff(tc.config, objects[1].(*corev1.ConfigMap).Data); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTags(t *testing.T) {
	for image, want := range map[string]string{
		"tux": "", "tux:1": "1", "r:5000/tux": "", "r:5000/tux:v1.2": "v1.2", "tux:latest": "", "tux@sha256:00": "", "tux:1@sha256:00": "1",
	} {
		if got := tagOf(image); got != want {
			t.Errorf("%s: %q, want %q", image, got, want)
		}
	}
}

// TestOneOwner: of all that want the same project exactly one gets it, whoever asks.
func TestOneOwner(t *testing.T) {
	day := func(n int) metav1.Time { return metav1.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	at := func(name string, created int, change func(*tuxv1alpha1.TuxMonitoring)) tuxv1alpha1.TuxMonitoring {
		tux := withSentry(func(*tuxv1alpha1.Sentry) {})
		tux.Name, tux.CreationTimestamp = name, day(created)
		change(tux)
		return *tux
	}
	same := func(*tuxv1alpha1.TuxMonitoring) {}
	written := func(origin tuxv1alpha1.ProjectOrigin) func(*tuxv1alpha1.TuxMonitoring) {
		return func(tux *tuxv1alpha1.TuxMonitoring) {
			tux.Status.Sentry = &tuxv1alpha1.SentryStatus{Project: &tuxv1alpha1.SentryProjectStatus{
				ID: "1", Slug: "web", Organization: "shop", URL: "https://sentry.io", Origin: origin,
			}}
		}
	}
	tests := map[string]struct {
		all    []tuxv1alpha1.TuxMonitoring
		owners []string
	}{
		"the first":                  {[]tuxv1alpha1.TuxMonitoring{at("b", 1, same), at("a", 2, same)}, []string{"b"}},
		"of the same second by name": {[]tuxv1alpha1.TuxMonitoring{at("b", 1, same), at("a", 1, same)}, []string{"a"}},
		"who has it written down": {
			[]tuxv1alpha1.TuxMonitoring{at("b", 1, same), at("a", 2, written(tuxv1alpha1.ProjectAdopted))}, []string{"a"},
		},
		"a share is no ownership": {
			[]tuxv1alpha1.TuxMonitoring{at("b", 1, same), at("a", 2, written(tuxv1alpha1.ProjectShared))}, []string{"b"},
		},
		"another server, organization or slug": {[]tuxv1alpha1.TuxMonitoring{
			at("a", 1, same),
			at("b", 2, func(tux *tuxv1alpha1.TuxMonitoring) { tux.Spec.Sentry.URL = "https://tools.example" }),
			at("c", 2, func(tux *tuxv1alpha1.TuxMonitoring) { tux.Spec.Sentry.Organization = "other" }),
			at("d", 2, func(tux *tuxv1alpha1.TuxMonitoring) { tux.Spec.Sentry.Project.Slug = "other" }),
			at("e", 2, func(tux *tuxv1alpha1.TuxMonitoring) { tux.Spec.Sentry = nil }),
		}, []string{"a", "b", "c", "d", "e"}},
		"the same server in other words": {[]tuxv1alpha1.TuxMonitoring{
			at("a", 2, func(tux *tuxv1alpha1.TuxMonitoring) { tux.Spec.Sentry.URL = "https://Sentry.io/api/0/" }), at("b", 1, same),
		}, []string{"b"}},
		"members are not asked": {[]tuxv1alpha1.TuxMonitoring{
			at("a", 1, func(tux *tuxv1alpha1.TuxMonitoring) {
				tux.Spec.Sentry.Project.Sharing, tux.Spec.Sentry.Teams = tuxv1alpha1.SharingMember, nil
			}), at("b", 2, same),
		}, []string{"a", "b"}},
		"who goes gives it up": {[]tuxv1alpha1.TuxMonitoring{
			at("a", 1, func(tux *tuxv1alpha1.TuxMonitoring) { tux.DeletionTimestamp = to(day(3)) }), at("b", 2, same),
		}, []string{"a", "b"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var owners []string
			for i := range tc.all {
				p := Build(Input{Tux: &tc.all[i], Siblings: tc.all})
				if !slices.ContainsFunc(p.Findings, func(f fault.Finding) bool { return f.Reason == tuxv1alpha1.ReasonOwnedByAnother }) {
					owners = append(owners, tc.all[i].Name)
				}
			}
			slices.Sort(owners)
			if diff := cmp.Diff(tc.owners, owners); diff != "" {
				t.Error(diff)
			}
		})
	}
}
