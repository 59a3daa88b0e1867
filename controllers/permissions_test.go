package controllers

import (
	"slices"
	"testing"

	"github.com/onsi/gomega"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	clientfeatures "k8s.io/client-go/features"
	clientfeaturestesting "k8s.io/client-go/features/testing"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

// ownersFinalizers is the one permission no request of ours uses: an admission plugin asks for it.
// TestChildrenNeedTheFinalizersOfTheirOwner takes it away.
const ownersFinalizers = "tuxmonitorings/finalizers"

// TestEveryPermissionIsUsed puts the operator through everything it does, for the whole cluster and for one namespace.
// Nothing it asks for may be refused, so that a rule that is taken away fails here by the name of the request; and every
// verb it may use must be used, so that one nobody needs fails here too.
func TestEveryPermissionIsUsed(t *testing.T) {
	// As with API servers before 1.34, where a watch begins with a list.
	clientfeaturestesting.SetFeatureDuringTest(t, clientfeatures.WatchListClient, false)
	for name, tc := range map[string]struct {
		role string
		run  func(*scenario) (*rest.Config, Scope)
	}{
		"of the cluster": {"../config/rbac/role.yaml", func(s *scenario) (*rest.Config, Scope) {
			config, err := plane.ServiceAccountConfig(s.t.Context(), operatorNamespace, operatorAccount)
			s.must(err)
			return config, Scope{}
		}},
		"of one namespace": {"../config/namespaced/role.yaml", func(s *scenario) (*rest.Config, Scope) {
			config := s.applyNamespaced(plane, "sentry")
			s.place(testutil.Prometheus(s.ns, "mine", "mine"))
			s.place(testutil.Alertmanager(s.ns, "mine", "mine"))
			return config, Scope{Namespaces: []string{s.ns}}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScenario(t)
			config, scope := tc.run(s)
			s.usesEverything(config, scope, s.permissions(tc.role, "../config/rbac/leader_election.yaml"))
		})
	}
}

func (s *scenario) usesEverything(config *rest.Config, scope Scope, permissions []permission) {
	s.t.Helper()
	refused := &refusals{}
	config.Wrap(refused.wrap)
	elected := func(o *ctrl.Options) {
		o.LeaderElection, o.LeaderElectionID, o.LeaderElectionReleaseOnCancel = true, "permissions-"+s.ns, true
		o.LeaderElectionNamespace = operatorNamespace
		if len(scope.Namespaces) > 0 {
			o.LeaderElectionNamespace = s.ns
		}
	}
	o, err := startManagerWith(config, Options{Concurrency: 4, Sentry: hurried(), Logs: hurriedLogs(), Scope: scope}, elected)
	s.must(err)
	s.t.Cleanup(o.stop)
	f := s.sentry()
	s.backend("tux-backend")
	all := func(name string) *tuxv1alpha1.TuxMonitoring {
		tux := testutil.Tux(s.ns, name)
		tux.Spec.Environment = name
		routed(&tux.Spec)
		tux.Spec.Dashboards = &tuxv1alpha1.Dashboards{Delivery: tuxv1alpha1.DeliveryGrafanaOperator}
		return tux
	}
	first := all("first")
	first.Spec.Sentry = f.spec("web")
	first.Spec.Sentry.DeletionPolicy = tuxv1alpha1.DeletionPolicyDelete // patch tuxmonitorings: the finalizer
	s.create(first)
	s.ready(first)

	// patch tuxlogerasures: the finalizer; and its status.
	e := s.erasure("permissions")
	s.create(e)
	s.erased(e, metav1.ConditionFalse, tuxv1alpha1.ReasonMonitoringNotFound)
	s.removed(e)

	s.everyVerb(all)
	s.repeatsAnEvent(o)
	s.must(admin.Delete(s.t.Context(), first))
	s.goneSoon(first)
	o.stop() // update leases: it gives the leadership back

	s.Expect(refused.list()).To(gomega.BeEmpty(), "the operator asked for what it may not")
	for _, p := range permissions {
		if p.resource != ownersFinalizers && o.requests.CountOf(p.verb, p.group, p.resource) == 0 {
			s.t.Errorf("the operator may %s %s of group %q and never does", p.verb, p.resource, p.group)
		}
	}
}

// repeatsAnEvent: patch events. The second event of one kind about one version of the resource is counted in the first.
func (s *scenario) repeatsAnEvent(o *operator) {
	s.t.Helper()
	s.Eventually(func() int {
		var rules monitoringv1.PrometheusRuleList
		s.must(admin.List(s.t.Context(), &rules, client.InNamespace(s.ns), client.MatchingLabels{env.OwnerLabel: "first"}))
		if len(rules.Items) > 0 {
			s.must(client.IgnoreNotFound(admin.Delete(s.t.Context(), &rules.Items[0])))
		}
		return o.requests.CountOf("patch", "events.k8s.io", "events")
	}).Should(gomega.BeNumerically(">", 0))
}

// TestChildrenNeedTheFinalizersOfTheirOwner: a child that holds up its owner is refused without the right to.
func TestChildrenNeedTheFinalizersOfTheirOwner(t *testing.T) {
	s := newScenario(t)
	var rules []rbacv1.PolicyRule
	for _, rule := range ruleFiles(t, "../config/rbac/role.yaml")[0] {
		if !slices.Contains(rule.Resources, ownersFinalizers) {
			rules = append(rules, rule)
		}
	}
	s.as("no-finalizers", rules)
	s.backend("tux-backend")
	tux := testutil.Tux(s.ns, "production")
	s.create(tux)
	s.condition(tux, tuxv1alpha1.ConditionOutputsApplied, metav1.ConditionFalse, tuxv1alpha1.ReasonForbidden)
	s.Expect(s.children("production")).To(gomega.BeEmpty())
}

// everyVerb makes the operator meet objects of others, repair its own, and delete those nobody wants, of every kind.
func (s *scenario) everyVerb(all func(string) *tuxv1alpha1.TuxMonitoring) {
	s.t.Helper()
	stale := map[schema.GroupVersionKind]string{}
	for _, kind := range childKinds() {
		if kind == secretKind {
			continue // has a role and tests of its own
		}
		children := s.childrenOf(kind, "first")
		s.Expect(children).NotTo(gomega.BeEmpty(), "no %s to begin with", kind.Kind)
		for i := range children {
			// get: of this name there is one already, which is not ours.
			foreign := copyAs(&children[i], "second"+children[i].GetName()[len("first"):])
			foreign.SetLabels(nil)
			foreign.SetOwnerReferences(nil)
			s.must(client.IgnoreAlreadyExists(admin.Create(s.t.Context(), foreign)))
		}
		// delete: ours by all its labels, and not wanted.
		old := copyAs(&children[0], "first-of-long-ago")
		s.create(old)
		stale[kind] = old.GetName()
		// patch: somebody takes the owner away.
		strip := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"ownerReferences":null}}`))
		s.must(admin.Patch(s.t.Context(), &children[0], strip))
	}
	s.create(all("second"))
	s.condition(testutil.Tux(s.ns, "second"), tuxv1alpha1.ConditionOutputsApplied, metav1.ConditionFalse, tuxv1alpha1.ReasonConflict)
	for kind, name := range stale {
		s.Eventually(func() []string {
			var names []string
			for _, child := range s.childrenOf(kind, "first") {
				if len(child.GetOwnerReferences()) == 0 || child.GetName() == name {
					names = append(names, child.GetName())
				}
			}
			return names
		}).Should(gomega.BeEmpty(), "of kind %s", kind.Kind)
	}
}

func (s *scenario) childrenOf(kind schema.GroupVersionKind, owner string) []unstructured.Unstructured {
	s.t.Helper()
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
	s.must(admin.List(s.t.Context(), list, client.InNamespace(s.ns), client.MatchingLabels{env.OwnerLabel: owner}))
	return list.Items
}

// copyAs is the same object under another name, without what the server made.
func copyAs(object *unstructured.Unstructured, name string) *unstructured.Unstructured {
	out := object.DeepCopy()
	for _, field := range []string{"uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"} {
		unstructured.RemoveNestedField(out.Object, "metadata", field)
	}
	unstructured.RemoveNestedField(out.Object, "status")
	unstructured.RemoveNestedField(out.Object, "spec", "clusterIP")
	unstructured.RemoveNestedField(out.Object, "spec", "clusterIPs")
	out.SetName(name)
	return out
}

type permission struct{ verb, group, resource string }

// permissions are those that the roles of some files give.
func (s *scenario) permissions(paths ...string) []permission {
	s.t.Helper()
	var out []permission
	for _, rule := range slices.Concat(ruleFiles(s.t, paths...)...) {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					out = append(out, permission{verb, group, resource})
				}
			}
		}
	}
	s.Expect(len(out)).To(gomega.BeNumerically(">", 60), "the roles of %v", paths)
	return out
}
