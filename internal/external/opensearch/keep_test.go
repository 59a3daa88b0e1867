package opensearch_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/opensearch-project/opensearch-go/v4/plugins/ism"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/logstore"
	"github.com/tux-io/tux-monitoring-operator/internal/external/opensearch"
	"github.com/tux-io/tux-monitoring-operator/internal/external/opensearch/opensearchtest"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/opensearch"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
)

const (
	password = "c2VjcmV0LXBhc3N3b3Jk"
	tenant   = "prod"
	day      = 24 * time.Hour
)

var name, stream = store.Name(tenant, "error"), store.Stream(tenant, "error")

type lab struct {
	*opensearchtest.Server

	t      *testing.T
	client func() *opensearch.Client
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{Server: opensearchtest.New(), t: t}
	l.Edit(func(s *opensearchtest.State) { s.Username, s.Password = "tuxmon", password })
	served := httptest.NewTLSServer(l.Server)
	t.Cleanup(served.Close)
	l.client = clientsOf(t, served)
	t.Cleanup(func() {
		if problems := l.Problems(); len(problems) > 0 {
			t.Error(problems)
		}
	})
	return l
}

// clientsOf trust the certificate of the server, and go by way of the limits of hosts. As in the operator each run has its own.
func clientsOf(t *testing.T, served *httptest.Server) func() *opensearch.Client {
	t.Helper()
	credentials, err := opensearch.NewCredentials(map[string][]byte{
		"username": []byte("tuxmon"), "password": []byte(password + "\n"),
		"ca.crt": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: served.Certificate().Raw}),
	})
	if err != nil {
		t.Fatal(err)
	}
	limits := logstore.Limits()
	limits.PerSecond, limits.Burst, limits.Failures = 1000, 1000, 1000
	hosts, err := external.NewHosts(logstore.Hosts(external.HostsConfig{
		Clock: external.SystemClock(), Jitter: func() float64 { return 0 }, Limits: limits,
	}))
	if err != nil {
		t.Fatal(err)
	}
	return func() *opensearch.Client {
		client, err := opensearch.New(logstore.Config{
			URL: served.URL + "/", Credentials: credentials, UserAgent: "tuxmonitoring/test", Transport: hosts,
		})
		if err != nil {
			t.Fatal(err)
		}
		return client
	}
}

func want(owner string, errorDays int) store.Want {
	return store.Want{Owner: owner, Policy: retention.Policy{
		Backend: retention.OpenSearch, Tenant: tenant, DefaultDays: 30,
		Classes: []retention.Class{{Name: "error", Levels: []retention.Level{retention.Error}, Days: errorDays}},
	}}
}

func (l *lab) keep(ctx context.Context, w store.Want) (logstore.Report, error) {
	l.t.Helper()
	return opensearch.Keeper(l.client()).Keep(ctx, w, l.Now())
}

func (l *lab) kept(w store.Want) logstore.Report {
	l.t.Helper()
	report, err := l.keep(l.t.Context(), w)
	if err != nil {
		l.t.Fatal(err)
	}
	return report
}

// fill stores a line of class error a day.
func (l *lab) fill(days int) {
	for range days {
		l.Index(stream, l.Now())
		l.Pass(day)
	}
}

func (l *lab) indices() []string {
	var all []string
	l.Edit(func(s *opensearchtest.State) {
		for _, index := range s.Streams[stream].Indices {
			all = append(all, index.Name)
		}
	})
	return all
}

func TestAPolicyIsWrittenOnceAndReadBack(t *testing.T) {
	l := newLab(t)
	report := l.kept(want("a/a", 90))
	if len(report.Corrected) != 7 || !report.Judged || !report.Verdict.Effective() || report.Result.State != retention.Included {
		t.Errorf("%+v", report)
	}
	writes := l.Writes()
	if writes[0] != "PUT /_component_template/tux-prod" || len(writes) != 7 {
		t.Errorf("the ledger comes first: %v", writes)
	}
	asked := len(l.Requests())
	if again := l.kept(want("a/a", 90)); len(again.Corrected) > 0 || len(l.Writes()) != 7 {
		t.Errorf("an unchanged plan wrote %v", l.Writes()[7:])
	}
	if n := len(l.Requests()) - asked; n != 8 {
		t.Errorf("a check without any line costs %d requests", n)
	}
	// Drift is corrected, and only that.
	l.Edit(func(s *opensearchtest.State) {
		s.Policies[name].Body["default_state"] = "delete"
		s.Touch(name)
	})
	if report := l.kept(want("a/a", 90)); !cmp.Equal(report.Corrected, []string{`ISM policy "tux.error-prod"`}) {
		t.Errorf("%v", report.Corrected)
	}
	// So is a class with other tiers than before.
	tiers := want("a/a", 90)
	tiers.Policy.Classes[0].Tiers = retention.Tiers{WarmDays: 3, ColdDays: 9, Attribute: "temp"}
	if report := l.kept(tiers); len(report.Corrected) != 1 || len(l.kept(tiers).Corrected) != 0 {
		t.Errorf("%v", report.Corrected)
	}
}

// TestLinesLiveAsLongAsPromised, and not longer than a rollover and a day: for two hundred days in hours.
func TestLinesLiveAsLongAsPromised(t *testing.T) {
	l := newLab(t)
	l.kept(want("a/a", 90))
	oldest := time.Duration(0)
	for range 200 {
		l.fill(1)
		oldest = max(oldest, l.Oldest(stream))
	}
	if oldest < 90*day || oldest > 94*day {
		t.Errorf("the oldest line is %s old", oldest)
	}
	report := l.kept(want("a/a", 90))
	if !report.Verdict.Effective() || len(report.Verdict.Overdue) > 0 || len(report.Corrected) > 0 {
		t.Errorf("%+v", report)
	}
	// Nobody deletes for two weeks.
	l.Edit(func(s *opensearchtest.State) { s.Settings[plan.Switch] = "false" })
	l.fill(14)
	if v := l.kept(want("a/a", 90)).Verdict; !v.Off || !cmp.Equal(v.Overdue, []string{"error"}) {
		t.Errorf("%+v", v)
	}
	l.Edit(func(s *opensearchtest.State) { s.Settings[plan.Switch] = "true" })
	l.Pass(2 * day)
	if v := l.kept(want("a/a", 90)).Verdict; !v.Effective() || len(v.Overdue) > 0 {
		t.Errorf("%+v", v)
	}
}

// TestTheSwitchMayStandInTheFile of the nodes, and what is set in the cluster comes first.
func TestTheSwitchMayStandInTheFile(t *testing.T) {
	l := newLab(t)
	for text, tc := range map[string]struct {
		file, cluster map[string]any
		off           bool
	}{
		"nothing":        {map[string]any{"plugins.security.disabled": "false", "node.name": "false"}, map[string]any{}, false},
		"the file":       {map[string]any{plan.Switch: "false"}, map[string]any{}, true},
		"the cluster":    {map[string]any{plan.Switch: "true"}, map[string]any{plan.Switch: "false"}, true},
		"on by cluster":  {map[string]any{plan.Switch: "false"}, map[string]any{plan.Switch: "true"}, false},
		"something else": {nil, map[string]any{"cluster.name": "x"}, false},
	} {
		l.Edit(func(s *opensearchtest.State) { s.File, s.Settings = tc.file, tc.cluster })
		if off, err := l.client().Off(t.Context()); err != nil || off != tc.off {
			t.Errorf("%s: %t, %v", text, off, err)
		}
	}
}

// TestANewRevisionReachesEveryIndex: those that are there keep to the old one until they are told, and are counted until they
// follow.
func TestANewRevisionReachesEveryIndex(t *testing.T) {
	l := newLab(t)
	l.kept(want("a/a", 30))
	l.fill(40)
	indices := l.indices()
	longer := want("a/a", 60)
	report := l.kept(longer)
	// The youngest has not begun yet, which it will do with the latest revision.
	text := fmt.Sprintf(`%d of %d indices of class "error" on an older revision of the policy`, len(indices)-1, len(indices))
	if v := report.Verdict; v.Effective() || !cmp.Equal(v.Underway, []string{text}) || len(v.Differences) > 0 {
		t.Errorf("%+v, want %q", v, text)
	}
	told := l.Writes()
	if last := told[len(told)-1]; !strings.HasPrefix(last, "POST /_plugins/_ism/change_policy/.ds-"+stream) || strings.Count(last, ",") != len(indices)-2 {
		t.Errorf("%v", last)
	}
	l.Pass(time.Hour)
	if v := l.kept(longer).Verdict; !v.Effective() || len(l.Writes()) != len(told) {
		t.Errorf("%+v, %v", v, l.Writes()[len(told):])
	}
	l.fill(30)
	if oldest := l.Oldest(stream); oldest < 60*day {
		t.Errorf("the longer life did not reach lines that were stored: the oldest is %s old", oldest)
	}
	// Nothing but what is ours is told.
	l.Edit(func(s *opensearchtest.State) {
		s.Streams[stream].Indices[0].Policy = "evidence"
		s.Touch(name)
	})
	report = l.kept(longer)
	if last := l.Writes()[len(l.Writes())-1]; strings.Contains(last, indices[0]) || len(report.Verdict.Differences) != 1 {
		t.Errorf("%s, %+v", last, report.Verdict)
	}
}

// TestADefaultThatNobodyKnowsIsWrittenOverOnce in a run, and named: to write it again helps nobody.
func TestADefaultThatNobodyKnowsIsWrittenOverOnce(t *testing.T) {
	l := newLab(t)
	l.kept(want("a/a", 90))
	unknown := func(s *opensearchtest.State) {
		states, _ := s.Policies[name].Body["states"].([]any)
		state, _ := states[0].(map[string]any)
		actions, _ := state["actions"].([]any)
		action, _ := actions[0].(map[string]any)
		action["new_in_4"] = "x"
	}
	l.Edit(func(s *opensearchtest.State) {
		unknown(s)
		s.AfterWrite = unknown
	})
	before := len(l.Writes())
	_, err := l.keep(t.Context(), want("a/a", 90))
	found, ok := fault.AsWaiting(err)
	if !ok || found.Reason != logstore.ReasonOverwritten || found.After < 10*time.Minute || !strings.Contains(err.Error(), name) {
		t.Errorf("%v", err)
	}
	if writes := l.Writes()[before:]; len(writes) != 1 {
		t.Errorf("%v", writes)
	}
}

// TestAnIndexIsToldOnce by keepers that remember it, and again after an hour.
func TestAnIndexIsToldOnce(t *testing.T) {
	l := newLab(t)
	l.kept(want("a/a", 90))
	l.fill(20)
	keeper, now := opensearch.Keeper(l.client()), l.Now()
	told := func(w store.Want, at time.Time) (int, logstore.Report) {
		before := len(l.Writes())
		report, err := keeper.Keep(t.Context(), w, at)
		if err != nil {
			t.Fatal(err)
		}
		keeper.Told = report.Told
		return len(l.Writes()) - before - len(report.Corrected), report
	}
	stuck := l.indices()[0]
	l.Edit(func(s *opensearchtest.State) { s.Immovable = map[string]string{stuck: "it is at something"} })
	n, first := told(want("a/a", 120), now)
	text := fmt.Sprintf(`%d indices to ISM policy "tux.error-prod"`, len(l.indices())-1)
	if n != 1 || !cmp.Equal(first.Moved, []string{text}) || len(first.Corrected) != 2 {
		t.Errorf("%d writes, %+v", n, first)
	}
	n, again := told(want("a/a", 120), now.Add(59*time.Minute))
	if n != 0 || len(again.Moved) > 0 || !cmp.Equal(again.Verdict, first.Verdict) {
		t.Errorf("%d writes, %+v, was %+v", n, again.Verdict, first.Verdict)
	}
	if n, report := told(want("a/a", 120), now.Add(time.Hour)); n != 1 || len(report.Moved) != 1 {
		t.Errorf("%d writes, %+v", n, report)
	}
	// What is new is told at once.
	if n, report := told(want("a/a", 150), now.Add(time.Hour)); n != 1 || len(report.Moved) != 1 {
		t.Errorf("%d writes, %+v", n, report)
	}
}

// TestNoIndexIsToldToFollowWhatMayNotBeWritten: under a declaration that is refused a policy is not corrected, and may be
// anybody's.
func TestNoIndexIsToldToFollowWhatMayNotBeWritten(t *testing.T) {
	l := newLab(t)
	l.kept(want("a/a", 90))
	l.fill(40)
	l.Edit(func(s *opensearchtest.State) {
		s.Policies[name].Body["description"], s.Policies[name].Body["default_state"] = "mine", "delete"
		s.Touch(name)
	})
	invalid := want("a/a", 90)
	invalid.Policy.Classes[0].Tiers = retention.Tiers{ColdDays: 9}
	before := len(l.Writes())
	report := l.kept(invalid)
	if report.Result.State != retention.Invalid || report.Verdict.Effective() || len(l.Writes()) != before {
		t.Errorf("%+v, %v", report, l.Writes()[before:])
	}
}

// TestNoIndexIsToldToFollowWhatWasWrittenMeanwhile: the policy is read again just before.
func TestNoIndexIsToldToFollowWhatWasWrittenMeanwhile(t *testing.T) {
	l := newLab(t)
	l.kept(want("a/a", 90))
	l.fill(40)
	l.Edit(func(s *opensearchtest.State) {
		s.Touch(name)
		s.AfterCount = func(s *opensearchtest.State) {
			s.Policies[name].Body["default_state"] = "delete"
			s.Touch(name)
		}
	})
	before := len(l.Writes())
	if report := l.kept(want("a/a", 90)); report.Verdict.Effective() || len(l.Writes()) != before {
		t.Errorf("%+v, %v", report, l.Writes()[before:])
	}
	// The next look corrects it, and tells them then.
	l.Edit(func(s *opensearchtest.State) { s.AfterCount = nil })
	l.kept(want("a/a", 90))
	if writes := l.Writes()[before:]; len(writes) != 2 || !strings.HasPrefix(writes[1], "POST /_plugins/_ism/change_policy/") {
		t.Errorf("%v", writes)
	}
}

// TestTiersMayGoWhileIndicesAreInThem: they go on to be deleted.
func TestTiersMayGoWhileIndicesAreInThem(t *testing.T) {
	l := newLab(t)
	tiers := want("a/a", 30)
	tiers.Policy.Classes[0].Tiers = retention.Tiers{WarmDays: 3, ColdDays: 9, Attribute: "temp"}
	l.kept(tiers)
	l.fill(25)
	var states []string
	l.Edit(func(s *opensearchtest.State) {
		for _, index := range s.Streams[stream].Indices {
			states = append(states, index.State)
		}
	})
	if got := slices.Compact(states); !cmp.Equal(got, []string{"cold", "warm", "hot", ""}) && !cmp.Equal(got, []string{"cold", "warm", "hot"}) {
		t.Errorf("%v", got)
	}
	plain := want("a/a", 30)
	l.kept(plain)
	l.fill(20)
	if oldest := l.Oldest(stream); oldest < 30*day || oldest > 33*day {
		t.Errorf("the oldest is %s old", oldest)
	}
	if v := l.kept(plain).Verdict; !v.Effective() {
		t.Errorf("%+v", v)
	}
}

// TestManyIndicesAreToldInPortions: the first line of a request has an end.
func TestManyIndicesAreToldInPortions(t *testing.T) {
	l := newLab(t)
	l.kept(want("a/a", 30))
	l.fill(30)
	l.Edit(func(s *opensearchtest.State) {
		for i := range 300 {
			index := &opensearchtest.Index{Name: fmt.Sprintf(".ds-%s-9%05d", stream, i)}
			index.Policy, index.SeqNo, index.PrimaryTerm = name, 1, 1
			s.Streams[stream].Indices = append([]*opensearchtest.Index{index}, s.Streams[stream].Indices...)
		}
	})
	before := len(l.Writes())
	report := l.kept(want("a/a", 30))
	if !cmp.Equal(report.Verdict.Underway, []string{fmt.Sprintf(`300 of %d indices of class "error" on an older revision of the policy`, len(l.indices()))}) {
		t.Errorf("%+v", report.Verdict)
	}
	told := 0
	for _, write := range l.Writes()[before:] {
		told += strings.Count(write, ",") + 1
	}
	if told != 300 {
		t.Errorf("%d were told", told)
	}
}

func TestWhatCannotBeMovedIsTold(t *testing.T) {
	l := newLab(t)
	l.kept(want("a/a", 30))
	l.fill(5)
	stuck := l.indices()[0]
	l.Edit(func(s *opensearchtest.State) {
		s.Immovable = map[string]string{stuck: "Cannot change policy while transitioning to new state"}
		s.Touch(name)
	})
	report := l.kept(want("a/a", 30))
	n := len(l.indices()) - 1 // the youngest has not begun
	text := fmt.Sprintf(`1 of %d indices that cannot change to ISM policy "tux.error-prod": Cannot change policy while transitioning to new state`, n)
	if !cmp.Equal(report.Verdict.Differences, []string{text}) {
		t.Errorf("%+v", report.Verdict)
	}
	// The others have changed, and this one is tried again.
	l.Pass(time.Hour)
	l.Edit(func(s *opensearchtest.State) { s.Immovable = nil })
	text = fmt.Sprintf(`1 of %d indices of class "error" on an older revision of the policy`, len(l.indices()))
	if v := l.kept(want("a/a", 30)).Verdict; !cmp.Equal(v.Underway, []string{text}) || len(v.Differences) > 0 {
		t.Errorf("%+v", v)
	}
	l.Pass(time.Hour)
	if v := l.kept(want("a/a", 30)).Verdict; !v.Effective() {
		t.Errorf("%+v", v)
	}
	// One that is gone meanwhile is no fault.
	l.Edit(func(s *opensearchtest.State) {
		s.Touch(name)
		s.BeforeWrite = func(s *opensearchtest.State) { s.Streams[stream].Indices = s.Streams[stream].Indices[1:] }
	})
	if v := l.kept(want("a/a", 30)).Verdict; len(v.Underway) != 1 || len(v.Differences) > 0 {
		t.Errorf("%+v", v)
	}
}

// TestAnIndexThatGoesMeanwhileIsNotMissed: it was listed, and nothing is said of it any more.
func TestAnIndexThatGoesMeanwhileIsNotMissed(t *testing.T) {
	l := newLab(t)
	l.kept(want("a/a", 90))
	l.fill(10)
	l.Edit(func(s *opensearchtest.State) {
		s.BeforeExplain = func(s *opensearchtest.State) {
			s.Streams[stream].Indices, s.BeforeExplain = s.Streams[stream].Indices[1:], nil
		}
	})
	if v := l.kept(want("a/a", 90)).Verdict; !v.Effective() {
		t.Errorf("%+v", v)
	}
}

func TestIndicesThatCannotGoOnAreCounted(t *testing.T) {
	l := newLab(t)
	l.kept(want("a/a", 90))
	l.fill(10)
	l.Edit(func(s *opensearchtest.State) {
		indices := s.Streams[stream].Indices
		indices[0].Failed, indices[1].Policy, indices[2].Disabled = "force_merge", "", true
	})
	n := len(l.indices())
	v := l.kept(want("a/a", 90)).Verdict
	if diff := cmp.Diff([]string{
		fmt.Sprintf(`1 of %d indices of class "error" for which index state management is switched off`, n),
		fmt.Sprintf(`1 of %d indices of class "error" that cannot go on, by action "force_merge"`, n),
		fmt.Sprintf(`1 of %d indices of class "error" without an ISM policy, or hidden from us (POST _plugins/_ism/add/%s with {"policy_id": %q})`,
			n, l.indices()[1], name),
	}, v.Differences); diff != "" {
		t.Error(diff)
	}
}

func TestAStoredLineIsNotShortenedUnasked(t *testing.T) {
	l := newLab(t)
	l.kept(want("a/a", 90))
	l.fill(100)
	less := want("a/a", 5)
	held := l.kept(less)
	if held.Result.State != retention.Held || len(held.Corrected) > 0 {
		t.Errorf("%+v", held)
	}
	// Of 100 days a line a day those that are older than five, as long as there are any.
	stored := int64(l.Oldest(stream)/day) - 5
	going, err := opensearch.Keeper(l.client()).Estimate(t.Context(), held.Result, l.Now())
	if err != nil || going["error"] < stored-1 || going["error"] > stored+1 {
		t.Errorf("%v would go of %d, %v", going, stored, err)
	}
	l.Pass(day)
	if oldest := l.Oldest(stream); oldest < 90*day {
		t.Errorf("lines of 90 days are gone, the oldest is %s old", oldest)
	}
	less.Acknowledged = held.Result.Acknowledgement
	if report := l.kept(less); report.Result.State != retention.Included {
		t.Errorf("%+v", report.Result)
	}
	l.Pass(day)
	if oldest := l.Oldest(stream); oldest > 10*day {
		t.Errorf("the oldest is %s old", oldest)
	}
	// A class that is gone falls to the default, and its data stream keeps a policy.
	gone := less
	gone.Policy.Classes, gone.Policy.DefaultDays = nil, 40
	if report := l.kept(gone); report.Result.Holds.DaysOf("error") != 40 || !cmp.Equal(report.Result.Holds.Retired, []string{"error"}) {
		t.Errorf("%+v", report.Result.Holds)
	}
}

// TestARunThatIsCutShortGoesOn: after each write, whatever was written.
func TestARunThatIsCutShortGoesOn(t *testing.T) {
	for n := 1; n <= 7; n++ {
		l := newLab(t)
		ctx, cancel := context.WithCancel(t.Context())
		left := n
		l.Edit(func(s *opensearchtest.State) {
			s.AfterWrite = func(*opensearchtest.State) {
				if left--; left == 0 {
					cancel()
				}
			}
		})
		if _, err := l.keep(ctx, want("a/a", 90)); err == nil {
			t.Fatalf("%d: was not cut short", n)
		}
		l.Edit(func(s *opensearchtest.State) { s.AfterWrite = nil })
		report := l.kept(want("a/a", 90))
		if report.Result.State != retention.Included || !report.Verdict.Effective() {
			t.Errorf("%d: %+v", n, report)
		}
		if again := l.kept(want("a/a", 90)); len(again.Corrected) > 0 {
			t.Errorf("%d: %v", n, again.Corrected)
		}
	}
}

// TestWhoeverWritesFirstIsReadAgain: a policy that somebody else has written since it was read is not written over.
func TestWhoeverWritesFirstIsReadAgain(t *testing.T) {
	l := newLab(t)
	l.kept(want("a/a", 90))
	left := 2
	l.Edit(func(s *opensearchtest.State) {
		s.BeforeWrite = func(s *opensearchtest.State) {
			if left--; left >= 0 {
				s.Touch(name)
			}
		}
	})
	before := len(l.Writes())
	report := l.kept(want("a/a", 91))
	if !cmp.Equal(report.Corrected, []string{`component template "tux-prod"`, `ISM policy "tux.error-prod"`}) || !report.Verdict.Effective() {
		t.Errorf("%+v", report)
	}
	if writes := l.Writes()[before:]; len(writes) != 3 {
		t.Errorf("%v", writes)
	}
	// One who always comes first is named, and looked at again much later.
	l.Edit(func(s *opensearchtest.State) { s.BeforeWrite = func(s *opensearchtest.State) { s.Touch(name) } })
	before = len(l.Writes())
	_, err := l.keep(t.Context(), want("a/a", 92))
	found, ok := fault.AsWaiting(err)
	if !ok || found.Reason != logstore.ReasonOverwritten || found.After < 10*time.Minute || !strings.Contains(err.Error(), name) {
		t.Errorf("%v", err)
	}
	if writes := l.Writes()[before:]; len(writes) != 4 {
		t.Errorf("the ledger, and three tries: %v", writes)
	}
	l.Edit(func(s *opensearchtest.State) { s.BeforeWrite = nil })
	if report := l.kept(want("a/a", 92)); len(report.Corrected) != 1 {
		t.Errorf("%v", report.Corrected)
	}
}

// TestAPolicyThatSomebodyElseMakesMeanwhileIsNotWrittenOver.
func TestAPolicyThatSomebodyElseMakesMeanwhileIsNotWrittenOver(t *testing.T) {
	l := newLab(t)
	theirs := &opensearchtest.Policy{SeqNo: 90, PrimaryTerm: 1, Version: 1, Body: map[string]any{"description": "mine"}}
	l.Edit(func(s *opensearchtest.State) {
		s.AfterWrite = func(s *opensearchtest.State) { s.Policies[name] = theirs }
	})
	_, err := l.keep(t.Context(), want("a/a", 90))
	if found, ok := fault.AsTerminal(err); !ok || found.Reason != store.ReasonNotOwned {
		t.Errorf("%v", err)
	}
	l.Edit(func(s *opensearchtest.State) {
		if s.Policies[name].Body["description"] != "mine" {
			t.Error("was written over")
		}
	})
}

func TestFaultsEndInStepOrAreNamed(t *testing.T) {
	tests := map[string]struct {
		fault             opensearchtest.Faults
		text              string
		terminal, waiting string
	}{
		"too many requests":      {opensearchtest.Faults{Status: 429, Times: 1, Of: "PUT", RetryAfter: "1"}, "answer 429", "", external.ReasonRateLimited},
		"a failure":              {opensearchtest.Faults{Status: 503, Times: 1, Of: "_index_template"}, "answer 503 Service Unavailable: a fault for a test", "", ""},
		"a lost answer":          {opensearchtest.Faults{Lose: 1, Of: "PUT /_plugins"}, `cannot write ISM policy "tux.error-prod"`, "", ""},
		"a refused policy":       {opensearchtest.Faults{Status: 400, Times: 1, Of: "PUT /_plugins"}, "answer 400 Bad Request: a fault for a test", external.ReasonRejected, ""},
		"another password":       {opensearchtest.Faults{Username: "tuxmon", Password: "x"}, "answer 401 Unauthorized", external.ReasonUnauthorized, ""},
		"a missing right":        {opensearchtest.Faults{Denied: "_ism"}, "answer 403 Forbidden: no permissions", external.ReasonDenied, ""},
		"an Elasticsearch":       {opensearchtest.Faults{Foreign: true}, "what answers is not OpenSearch", "", logstore.ReasonNotAPI},
		"shards without answer":  {opensearchtest.Faults{FailedShards: 1}, "1 shards did not answer", "", ""},
		"nodes that do not know": {opensearchtest.Faults{Unacknowledged: true}, "not all nodes have taken it over", "", ""},
		"a redirect":             {opensearchtest.Faults{Status: 302, Times: 1}, "answer 302", external.ReasonRedirected, ""},
	}
	for text, tc := range tests {
		t.Run(text, func(t *testing.T) {
			l := newLab(t)
			l.Index(stream, l.Now())
			l.Edit(func(s *opensearchtest.State) {
				s.Streams[stream].Indices[0].Policy = name
				s.Faults = tc.fault
				if s.Username == "" {
					s.Username, s.Password = "tuxmon", password
				}
			})
			_, err := l.keep(t.Context(), want("a/a", 90))
			if err == nil || !strings.Contains(err.Error(), tc.text) {
				t.Fatalf("got %v, want %q", err, tc.text)
			}
			if strings.Contains(err.Error(), password) || strings.Contains(err.Error(), "127.0.0.1") {
				t.Errorf("tells too much: %v", err)
			}
			var terminal, waiting string
			if found, ok := fault.AsTerminal(err); ok {
				terminal = found.Reason
			}
			if found, ok := fault.AsWaiting(err); ok {
				waiting = found.Reason
			}
			if terminal != tc.terminal || waiting != tc.waiting {
				t.Errorf("terminal %q and waiting %q, want %q and %q", terminal, waiting, tc.terminal, tc.waiting)
			}
			if tc.fault.Foreign && len(l.Writes()) > 0 {
				t.Errorf("wrote to an Elasticsearch: %v", l.Writes())
			}
			l.Edit(func(s *opensearchtest.State) {
				s.Faults = opensearchtest.Faults{Username: "tuxmon", Password: password}
			})
			if tc.fault.RetryAfter != "" {
				time.Sleep(1100 * time.Millisecond)
			}
			if report := l.kept(want("a/a", 90)); report.Result.State != retention.Included || !report.Verdict.Effective() {
				t.Errorf("%+v", report)
			}
		})
	}
}

// TestTwoThatWantATenantAtOnce: one has it, and the other stops after the ledger.
func TestTwoThatWantATenantAtOnce(t *testing.T) {
	l := newLab(t)
	theirs := map[string]any{"_meta": map[string]any{
		"managed_by": "tuxmonitoring", "tenant": tenant, "ledger": map[string]any{"owner": "b/b", "defaultDays": 30.0},
	}, "template": map[string]any{}}
	l.Edit(func(s *opensearchtest.State) {
		s.AfterWrite = func(s *opensearchtest.State) { s.Components["tux-prod"] = theirs }
	})
	if _, err := l.keep(t.Context(), want("a/a", 90)); err == nil || !strings.Contains(err.Error(), "somebody else wrote the ledger") {
		t.Errorf("%v", err)
	}
	if writes := l.Writes(); len(writes) != 1 {
		t.Errorf("went on: %v", writes)
	}
	if report := l.kept(want("a/a", 90)); report.Result.State != retention.Conflict || report.Result.Winner != "b/b" || report.Judged {
		t.Errorf("%+v", report)
	}
}

// TestTheirMappingsAreAddedWhereTheyAre: a component template of whoever runs OpenSearch.
func TestTheirMappingsAreAddedWhereTheyAre(t *testing.T) {
	l := newLab(t)
	l.kept(want("a/a", 90))
	l.Edit(func(s *opensearchtest.State) {
		s.Components[store.CustomComponent(tenant)] = map[string]any{"template": map[string]any{}}
		s.Components["tux-prod-eu"] = map[string]any{"_meta": map[string]any{"managed_by": "tuxmonitoring", "tenant": "prod-eu"}}
	})
	if report := l.kept(want("a/a", 90)); len(report.Corrected) != 3 || len(l.kept(want("a/a", 90)).Corrected) != 0 {
		t.Errorf("%v", report.Corrected)
	}
}

// TestNobodyIsWrittenToForALook: what would be done is told.
func TestNobodyIsWrittenToForALook(t *testing.T) {
	l := newLab(t)
	keeper := opensearch.Keeper(l.client())
	report, err := keeper.Inspect(t.Context(), want("a/a", 90), l.Now())
	if err != nil || len(report.Corrected) != 7 || len(l.Writes()) > 0 {
		t.Errorf("%+v %v %v", report, err, l.Writes())
	}
	l.kept(want("a/a", 90))
	l.fill(5)
	l.Edit(func(s *opensearchtest.State) { s.Touch(name) })
	before := len(l.Writes())
	report, err = keeper.Inspect(t.Context(), want("a/a", 90), l.Now())
	if err != nil || len(report.Verdict.Underway) != 1 || len(l.Writes()) != before {
		t.Errorf("%+v %v %v", report, err, l.Writes()[before:])
	}
}

// TestWhatWeSendIsWhatTheOfficialTypesRead: a policy goes through the types of the official client and comes out the same.
func TestWhatWeSendIsWhatTheOfficialTypesRead(t *testing.T) {
	w := want("a/a", 200)
	w.Policy.Classes[0].Tiers = retention.Tiers{WarmDays: 2, ColdDays: 9, Attribute: "temp"}
	d, err := plan.Dialect().Decide(w, store.State{})
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range d.Objects {
		if object.Kind != plan.Policy {
			continue
		}
		var typed ism.PoliciesPutBody
		if err := json.Unmarshal(object.Body, &typed); err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(typed)
		if err != nil {
			t.Fatal(err)
		}
		drift, err := plan.Dialect().Drift([]store.Object{object}, store.State{Objects: map[store.Ref][]byte{object.Ref: body}})
		if err != nil || len(drift) > 0 {
			t.Errorf("%s\n%s\n%v", object.Body, body, err)
		}
	}
}

func TestASecretHasANameAndAPassword(t *testing.T) {
	for text, data := range map[string]map[string]string{
		"an API key": {"apiKey": "a"}, "nothing": {}, "no password": {"username": "u"},
	} {
		bytes := map[string][]byte{}
		for key, value := range data {
			bytes[key] = []byte(value)
		}
		_, err := opensearch.NewCredentials(bytes)
		if found, ok := fault.AsTerminal(err); !ok || found.Reason != logstore.ReasonCredentialInvalid {
			t.Errorf("%s: %v", text, err)
		}
	}
}
