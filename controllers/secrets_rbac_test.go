package controllers

import (
	"slices"
	"testing"

	"github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

// as makes a user with the given rules.
func (s *scenario) as(name string, rules []rbacv1.PolicyRule) *operator {
	s.t.Helper()
	config, err := plane.AddUser(name)
	s.must(err)
	meta := metav1.ObjectMeta{Name: name}
	s.create(&rbacv1.ClusterRole{ObjectMeta: meta, Rules: rules}, &rbacv1.ClusterRoleBinding{
		ObjectMeta: meta, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name},
		Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: name}},
	})
	o, err := startManager(config, 2)
	s.must(err)
	s.t.Cleanup(o.stop)
	return o
}

// TestWithoutTheRightOnSecrets: everything works but Sentry, which says what is missing, and goes on when it
// is given.
func TestWithoutTheRightOnSecrets(t *testing.T) {
	s := newScenario(t)
	f := s.sentry()
	var base, secrets rbacv1.ClusterRole
	s.must(admin.Get(t.Context(), client.ObjectKey{Name: "tuxmon-manager"}, &base))
	s.must(admin.Get(t.Context(), client.ObjectKey{Name: "tuxmon-sentry"}, &secrets))
	o := s.as("no-secrets", base.Rules)
	s.backend("tux-backend")
	plain := testutil.Tux(s.ns, "plain")
	s.create(plain)
	s.ready(plain)
	s.Expect(o.requests.Count("list", "secrets")+o.requests.Count("watch", "secrets")).To(gomega.BeZero(), "nobody needs a Secret")

	tux := f.tux("production", "web")
	s.create(tux)
	found := s.condition(tux, tuxv1alpha1.ConditionSentrySynced, metav1.ConditionFalse, tuxv1alpha1.ReasonForbidden)
	s.Expect(found.Message).To(gomega.And(
		gomega.ContainSubstring("--secret-namespaces"), gomega.ContainSubstring("kubectl apply -k config/sentry")))
	s.condition(tux, tuxv1alpha1.ConditionReady, metav1.ConditionFalse, tuxv1alpha1.ReasonForbidden)
	s.Expect(s.children("production")).To(gomega.ContainElement("ServiceMonitor/production-tux-backend"))
	s.Expect(f.Requests()).To(gomega.BeEmpty())

	role := &rbacv1.ClusterRole{}
	s.must(admin.Get(t.Context(), client.ObjectKey{Name: "no-secrets"}, role))
	role.Rules = append(role.Rules, secrets.Rules...)
	s.must(admin.Update(t.Context(), role))
	s.poke(tux, "now")
	s.synced(tux)
}

// TestEachVerbOnSecretsIsNeeded takes one away at a time.
func TestEachVerbOnSecretsIsNeeded(t *testing.T) {
	var base, secrets rbacv1.ClusterRole
	s := newScenario(t)
	s.must(admin.Get(t.Context(), client.ObjectKey{Name: "tuxmon-manager"}, &base))
	s.must(admin.Get(t.Context(), client.ObjectKey{Name: "tuxmon-sentry"}, &secrets))
	// Without the verb: which condition says so, after which change.
	fails := map[string]struct {
		condition, reason string
		change            func(*tuxv1alpha1.TuxMonitoringSpec)
	}{
		"create": {tuxv1alpha1.ConditionOutputsApplied, tuxv1alpha1.ReasonForbidden, nil},
		"get":    {tuxv1alpha1.ConditionReady, tuxv1alpha1.ReasonForbidden, nil},
		"list":   {tuxv1alpha1.ConditionSentrySynced, tuxv1alpha1.ReasonForbidden, nil},
		"patch": {tuxv1alpha1.ConditionOutputsApplied, tuxv1alpha1.ReasonForbidden, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
			spec.Sentry.TracesSampleRate = "0.3"
		}},
		"delete": {tuxv1alpha1.ConditionOutputsApplied, tuxv1alpha1.ReasonForbidden, func(spec *tuxv1alpha1.TuxMonitoringSpec) {
			spec.Sentry = nil
		}},
	}
	for _, verb := range secrets.Rules[0].Verbs {
		t.Run(verb, func(t *testing.T) {
			s := newScenario(t)
			f := s.sentry()
			rule := *secrets.Rules[0].DeepCopy()
			rule.Verbs = slices.DeleteFunc(rule.Verbs, func(v string) bool { return v == verb })
			o := s.as("without-"+verb, append(slices.Clone(base.Rules), rule))
			s.backend("tux-backend")
			tux := f.tux("production", "web")
			s.create(tux)
			if verb == "watch" {
				// Informers do without it, by listing everything again and again.
				s.synced(tux)
				s.Eventually(func() int { return o.requests.Count("list", "secrets") }).Should(gomega.BeNumerically(">=", 8))
				return
			}
			s.Expect(fails).To(gomega.HaveKey(verb))
			if change := fails[verb].change; change != nil {
				// The first DSN is written by a patch too, so the project is all that can be waited for.
				s.Eventually(func() []string { return f.projects() }).Should(gomega.Equal([]string{"web"}))
				s.change(tux, change)
			}
			s.condition(tux, fails[verb].condition, metav1.ConditionFalse, fails[verb].reason)
			s.Expect(s.children("production")).To(gomega.ContainElement("ServiceMonitor/production-tux-backend"), "all else is applied")
		})
	}
}
