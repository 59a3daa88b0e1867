package controllers

import (
	"fmt"
	"slices"
	"testing"

	"github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
)

// faulty is a resource with a Sentry of its own, so that many can be ill at once.
type faulty struct {
	*fakeSentry
	tux *tuxv1alpha1.TuxMonitoring
}

// ill creates a resource whose Sentry has a fault. Its Deployment does not exist: only what is for Sentry is
// rendered.
func (s *scenario) ill(name string, fault sentrytest.Fault) faulty {
	s.t.Helper()
	f := s.serve()
	f.Break(fault)
	one := faulty{f, f.tux(name, "web")}
	// Every part that is made by a request of its own. Alerts want an environment that has sent something.
	f.Edit(func(st *sentrytest.State) { st.Sending = []string{name} })
	spec := one.tux.Spec.Sentry
	spec.Variables = &tuxv1alpha1.SentryVariables{Release: "7"}
	spec.Alerts = []tuxv1alpha1.SentryAlert{
		{Name: "new", Type: tuxv1alpha1.SentryAlertNewIssue}, {Name: "many", Type: tuxv1alpha1.SentryAlertHighVolume, Events: 100, Team: "ops"},
	}
	spec.MetricMonitors = []tuxv1alpha1.SentryMetricMonitor{{Name: "slow", P95: "800ms"}}
	spec.CronMonitors = []tuxv1alpha1.SentryCronMonitor{{Slug: "nightly", Schedule: "0 3 * * *"}}
	s.create(one.tux)
	return one
}

// parts are what a project has beside its settings, by name. An alert that is connected with nothing, and so never fires, says so,
// and so does what belongs to no project that exists.
func (f faulty) parts() []string {
	return look(f.fakeSentry, func(st *sentrytest.State) []string {
		var all []string
		for _, w := range st.Workflows {
			all = append(all, fmt.Sprintf("alert %s of %s, connected %t", w.Name, w.Environment, len(w.DetectorIDs) > 0))
		}
		for _, d := range st.Detectors {
			if d.Source != nil {
				all = append(all, fmt.Sprintf("metric monitor %s, of the project %t", d.Name, d.ProjectID == st.Projects[0].ID))
			}
		}
		for _, m := range st.Monitors {
			all = append(all, fmt.Sprintf("cron monitor %s, of the project %t", m.Slug, m.ProjectID == st.Projects[0].ID))
		}
		slices.Sort(all)
		return all
	})
}

// whole checks that there is one project with one key of ours, one of each alert and monitor and one deploy, and that all are written
// down.
func (f faulty) whole() {
	s := f.s
	s.t.Helper()
	s.condition(f.tux, tuxv1alpha1.ConditionSentrySynced, metav1.ConditionTrue, tuxv1alpha1.ReasonSynced)
	s.Expect(f.projects()).To(gomega.Equal([]string{"web"}), f.tux.Name)
	s.Expect(f.keys(0)).To(gomega.Equal([]string{"Default", f.tux.Name}), f.tux.Name)
	id := look(f.fakeSentry, func(st *sentrytest.State) string { return st.Projects[0].ID })
	s.Expect(f.tux.Status.Sentry.Project.ID).To(gomega.Equal(id))
	s.Expect(f.tux.Status.Sentry.Project.Origin).To(gomega.Equal(tuxv1alpha1.ProjectCreated), f.tux.Name)
	s.Expect(look(f.fakeSentry, func(st *sentrytest.State) any { return st.Projects[0].Settings["name"] })).To(gomega.Equal("Web shop"))
	s.Expect(f.parts()).To(gomega.Equal([]string{
		"alert many of " + f.tux.Name + ", connected true", "alert new of " + f.tux.Name + ", connected true",
		"cron monitor nightly, of the project true", "metric monitor slow, of the project true",
	}), f.tux.Name)
	key := look(f.fakeSentry, func(st *sentrytest.State) string { return st.Projects[0].Keys[1].ID })
	s.Eventually(func() string { return s.variable(f.tux.Name+"-sentry", "SENTRY_DSN") }).Should(gomega.ContainSubstring(key))
	s.Eventually(func(g gomega.Gomega) {
		g.Expect(f.deploys("7")).To(gomega.Equal([]string{f.tux.Name}))
		g.Expect(admin.Get(s.t.Context(), client.ObjectKeyFromObject(f.tux), f.tux)).To(gomega.Succeed())
		g.Expect(f.tux.Status.Sentry.Deploy).NotTo(gomega.BeNil())
	}).Should(gomega.Succeed(), f.tux.Name)
	f.clean()
}

// TestEachFaultHasACondition: and ends in convergence when it is over.
func TestEachFaultHasACondition(t *testing.T) {
	s := newScenario(t)
	s.create((&fakeSentry{s: s}).secret(sentryToken))
	s.startOperator()
	faults := map[string]struct {
		fault  sentrytest.Fault
		reason string
	}{
		"too-frequent":   {sentrytest.Fault{Kind: sentrytest.TooFrequent}, external.ReasonRateLimited},
		"too-concurrent": {sentrytest.Fault{Kind: sentrytest.TooConcurrent}, external.ReasonRateLimited},
		"broken":         {sentrytest.Fault{Kind: sentrytest.Broken}, tuxv1alpha1.ReasonSyncFailed},
		"unavailable":    {sentrytest.Fault{Kind: sentrytest.Unavailable}, tuxv1alpha1.ReasonSyncFailed},
		"login-page":     {sentrytest.Fault{Kind: sentrytest.LoginPage}, sentry.ReasonNotAPI},
		"redirected":     {sentrytest.Fault{Kind: sentrytest.Redirected}, external.ReasonRedirected},
		"gone":           {sentrytest.Fault{Kind: sentrytest.Gone}, external.ReasonUnsupported},
		"no-free-number": {sentrytest.Fault{Kind: sentrytest.IDContention, Method: "POST", Path: "/projects/"}, tuxv1alpha1.ReasonSyncFailed},
		"truncated":      {sentrytest.Fault{Kind: sentrytest.Truncated, Writes: true}, tuxv1alpha1.ReasonSyncFailed},
		"after-commit":   {sentrytest.Fault{Kind: sentrytest.BrokenAfterCommit, Writes: true}, tuxv1alpha1.ReasonSyncFailed},
		"lost-answer":    {sentrytest.Fault{Kind: sentrytest.LostAnswer, Writes: true}, tuxv1alpha1.ReasonSyncFailed},
	}
	all := map[string]faulty{}
	for name, tc := range faults {
		all[name] = s.ill(name, tc.fault)
	}
	for name, one := range all {
		// The breaker may already be open, which is another way to say that the host is ill.
		s.Eventually(func(g gomega.Gomega) {
			g.Expect(s.reason(one.tux)).To(gomega.BeElementOf(faults[name].reason, external.ReasonUnreachable), name)
		}).Should(gomega.Succeed())
	}
	for name, one := range all {
		s.Expect(one.Repair()).To(gomega.BeNumerically(">", 0), "%s did not happen", name)
		s.poke(one.tux, "it is over")
	}
	for _, one := range all {
		one.whole()
	}
}

// reason is that of the condition of Sentry.
func (s *scenario) reason(tux *tuxv1alpha1.TuxMonitoring) string {
	s.t.Helper()
	s.must(admin.Get(s.t.Context(), client.ObjectKeyFromObject(tux), tux))
	for _, c := range tux.Status.Conditions {
		if c.Type == tuxv1alpha1.ConditionSentrySynced {
			return c.Reason
		}
	}
	return ""
}

// TestKilledAtAnyStep ends the operator before and after each write it sends to Sentry, with nothing left but
// what the cluster has, and starts another.
func TestKilledAtAnyStep(t *testing.T) {
	s := newScenario(t)
	s.create((&fakeSentry{s: s}).secret(sentryToken))
	options := hurried()
	// Who fails does not get a second try before he is killed.
	options.MinBackoff, options.MaxBackoff = 30*patience, 30*patience
	first := s.startOperatorOf(Options{Concurrency: 4, Sentry: options})
	golden := s.ill("golden", sentrytest.Fault{Kind: sentrytest.Slow})
	golden.whole()
	writes := 0
	for _, q := range golden.Requests() {
		if q.Write() {
			writes++
		}
	}
	var all []faulty
	for at := range writes {
		for kind, name := range map[sentrytest.Kind]string{sentrytest.Unavailable: "before", sentrytest.LostAnswer: "after"} {
			all = append(all, s.ill(fmt.Sprintf("%s-%d", name, at+1), sentrytest.Fault{Kind: kind, Writes: true, Skip: at}))
		}
	}
	for _, one := range all {
		s.Eventually(one.Hits).Should(gomega.BeNumerically(">", 0), one.tux.Name)
	}
	first.stop()
	for _, one := range all {
		one.Repair()
	}
	s.startOperator()
	for _, one := range all {
		one.whole()
	}
	t.Logf("killed before and after each of %d writes", writes)
}

// TestManyResourcesShareTheLimits: from nothing, all at once. Everything is ten times as fast as in production,
// so that the test is; Sentry counts, and complains of one request too many.
func TestManyResourcesShareTheLimits(t *testing.T) {
	const resources = 200
	s := newScenario(t)
	f := s.sentry()
	f.Edit(func(st *sentrytest.State) { st.PerSecond, st.Concurrent = 400, 25 })
	options := hurried()
	options.Limits.PerSecond, options.Limits.Burst = 200, 50
	o := s.startOperatorOf(Options{Concurrency: 8, Sentry: options})
	for i := range resources {
		tux := f.tux(fmt.Sprintf("env-%03d", i), fmt.Sprintf("web-%03d", i))
		tux.Spec.Sentry.Filters, tux.Spec.Sentry.Environments, tux.Spec.Sentry.Ownership = nil, nil, nil
		s.create(tux)
	}
	s.Eventually(func(g gomega.Gomega) {
		var all tuxv1alpha1.TuxMonitoringList
		g.Expect(admin.List(t.Context(), &all, client.InNamespace(s.ns))).To(gomega.Succeed())
		for i := range all.Items {
			g.Expect(s.reasonOf(&all.Items[i])).To(gomega.Equal(tuxv1alpha1.ReasonSynced), all.Items[i].Name)
		}
	}, 5*patience).Should(gomega.Succeed())
	f.clean()
	s.Expect(f.projects()).To(gomega.HaveLen(resources))
	t.Logf("%d resources, %d requests to Sentry", resources, len(f.Requests()))

	// A second operator reads all of it again, and writes nothing.
	s.settle(o)
	o.stop()
	versions := s.versions()
	f.Requests()
	second := s.startOperatorOf(Options{Concurrency: 8, Sentry: options})
	var requests []sentrytest.Request
	s.Eventually(func() int { requests = append(requests, f.Requests()...); return len(requests) }, 5*patience).Should(
		gomega.BeNumerically(">=", resources*3))
	s.settle(second)
	requests = append(requests, f.Requests()...)
	for _, q := range requests {
		s.Expect(q.Write()).To(gomega.BeFalse(), "%v", q)
	}
	s.Expect(len(requests)).To(gomega.BeNumerically("<=", resources*7))
	s.Expect(s.versions()).To(gomega.Equal(versions), "nor does it write anything in the cluster")
	f.clean()
}

func (s *scenario) reasonOf(tux *tuxv1alpha1.TuxMonitoring) string {
	if tux.Status.Summary == nil {
		return ""
	}
	return tux.Status.Summary.Sentry
}
