package controllers

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/hack/controlplane"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

// refusals keeps the requests the API server refused for want of a permission.
type refusals struct {
	mu   sync.Mutex
	seen []string
}

func (r *refusals) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		response, err := next.RoundTrip(req)
		if err == nil && response.StatusCode == http.StatusForbidden {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.seen = append(r.seen, req.Method+" "+req.URL.Path)
		}
		return response, err
	})
}

func (r *refusals) list() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.seen)
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip calls f.
func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// applyNamespaced installs config/namespaced into a namespace, as a user would, with other directories of config, and
// returns the configuration of its ServiceAccount.
func (s *scenario) applyNamespaced(on *controlplane.ControlPlane, with ...string) *rest.Config {
	s.t.Helper()
	dir := s.t.TempDir()
	s.must(os.CopyFS(filepath.Join(dir, "config"), os.DirFS("../config")))
	s.must(os.MkdirAll(filepath.Join(dir, "mine"), 0o750))
	text := "namespace: " + s.ns + "\nresources:\n"
	for _, resource := range append(with, "namespaced") {
		text += "- ../config/" + resource + "\n"
	}
	s.must(os.WriteFile(filepath.Join(dir, "mine/kustomization.yaml"), []byte(text), 0o600))
	apply := exec.CommandContext(s.t.Context(), on.Binary("kubectl"), "--kubeconfig", on.Kubeconfig(), "apply", "-k", filepath.Join(dir, "mine"))
	out, err := apply.CombinedOutput()
	s.Expect(err).NotTo(gomega.HaveOccurred(), string(out))
	for line := range strings.Lines(string(out)) {
		for _, wide := range []string{"clusterrole", "namespace/", "customresourcedefinition", "validatingadmission"} {
			s.Expect(line).NotTo(gomega.HavePrefix(wide), "%s has no place in one namespace", line)
		}
	}
	config, err := on.ServiceAccountConfig(s.t.Context(), s.ns, operatorAccount)
	s.must(err)
	return config
}

// place makes something that every operator for the whole cluster sees, and takes it away with the test: it would see two
// that differ.
func (s *scenario) place(object client.Object) {
	s.t.Helper()
	s.create(object)
	s.t.Cleanup(func() { _ = admin.Delete(context.Background(), object) })
}

// TestOneNamespaceNeedsNoClusterRole runs the operator with the Role of config/namespaced and nothing else.
func TestOneNamespaceNeedsNoClusterRole(t *testing.T) {
	s, elsewhere := newScenario(t), newScenario(t)
	config := s.applyNamespaced(plane)
	refused := &refusals{}
	config.Wrap(refused.wrap)
	o, err := startManagerWith(config, Options{Concurrency: 2, Sentry: hurried(), Scope: Scope{Namespaces: []string{s.ns}}})
	s.must(err)
	t.Cleanup(o.stop)

	s.backend("tux-backend")
	elsewhere.backend("tux-backend")
	foreign := testutil.Tux(elsewhere.ns, "production")
	elsewhere.create(foreign)
	tux := testutil.Tux(s.ns, "production")
	s.create(tux)
	// The Prometheus of the cluster is in a namespace it does not see.
	s.condition(tux, tuxv1alpha1.ConditionPrometheusDiscovered, metav1.ConditionFalse, tuxv1alpha1.ReasonNoPrometheus)
	s.place(testutil.Prometheus(s.ns, "mine", "mine"))
	s.ready(tux)
	s.Expect(s.children("production")).To(gomega.ContainElement("ServiceMonitor/production-tux-backend"))
	s.Expect(o.ready(t.Context())).To(gomega.Succeed())

	s.must(admin.Get(t.Context(), client.ObjectKeyFromObject(foreign), foreign))
	s.Expect(foreign.Status.Conditions).To(gomega.BeEmpty(), "a resource of another namespace was reconciled")
	s.Expect(refused.list()).To(gomega.BeEmpty())
	var bindings rbacv1.ClusterRoleBindingList
	s.must(admin.List(t.Context(), &bindings))
	for i := range bindings.Items {
		for _, subject := range bindings.Items[i].Subjects {
			s.Expect(subject.Namespace).NotTo(gomega.Equal(s.ns), bindings.Items[i].Name)
		}
	}
}

// TestOneNamespaceSeesCRDsThatComeLater, though it may not watch them.
func TestOneNamespaceSeesCRDsThatComeLater(t *testing.T) {
	bare := onBarePlane(t)

	s := newScenario(t)
	config := s.applyNamespaced(bare)
	o, err := startManagerWith(config, Options{Concurrency: 1, Sentry: hurried(), Scope: Scope{Namespaces: []string{s.ns}}})
	s.must(err)
	t.Cleanup(o.stop)
	s.backend("tux-backend")
	tux := testutil.Tux(s.ns, "production")
	s.create(tux)
	s.condition(tux, tuxv1alpha1.ConditionPrometheusDiscovered, metav1.ConditionUnknown, tuxv1alpha1.ReasonCRDMissing)
	s.must(bare.InstallCRDs(t.Context(), "../hack/controlplane/crds"))
	s.create(testutil.Prometheus(s.ns, "mine", "mine"))
	s.ready(tux)
}

// TestSecretsOfNamedNamespacesOnly: the operator works in the whole cluster and may read the Secrets of one
// namespace, by a Role there.
func TestSecretsOfNamedNamespacesOnly(t *testing.T) {
	s, other := newScenario(t), newScenario(t)
	f, g := s.sentry(), other.sentry()
	rules := ruleFiles(t, "../config/rbac/role.yaml", "../config/sentry/role.yaml")
	user, err := plane.AddUser("some-secrets")
	s.must(err)
	subjects := []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: "some-secrets"}}
	wide, local := metav1.ObjectMeta{Name: "some-secrets"}, metav1.ObjectMeta{Name: "some-secrets", Namespace: s.ns}
	s.create(&rbacv1.ClusterRole{ObjectMeta: wide, Rules: rules[0]},
		&rbacv1.ClusterRoleBinding{ObjectMeta: wide, RoleRef: roleRef("ClusterRole"), Subjects: subjects},
		&rbacv1.Role{ObjectMeta: local, Rules: rules[1]},
		&rbacv1.RoleBinding{ObjectMeta: local, RoleRef: roleRef("Role"), Subjects: subjects})
	refused := &refusals{}
	user.Wrap(refused.wrap)
	o, err := startManagerWith(user, Options{Concurrency: 2, Sentry: hurried(), Scope: Scope{SecretNamespaces: []string{s.ns}}})
	s.must(err)
	t.Cleanup(o.stop)

	s.backend("tux-backend")
	other.backend("tux-backend")
	mine, theirs := f.tux("production", "web"), g.tux("staging", "other")
	s.create(mine, theirs)
	s.synced(mine)
	found := other.condition(theirs, tuxv1alpha1.ConditionSentrySynced, metav1.ConditionFalse, tuxv1alpha1.ReasonForbidden)
	s.Expect(found.Message).To(gomega.ContainSubstring(fmt.Sprintf("needs namespace %q among the --secret-namespaces", other.ns)))
	s.Expect(other.children("staging")).To(gomega.ContainElement("ServiceMonitor/staging-tux-backend"), "all else is applied")
	s.Expect(g.Requests()).To(gomega.BeEmpty())
	s.Expect(refused.list()).To(gomega.BeEmpty())
	s.must(admin.Delete(t.Context(), theirs))
	other.goneSoon(theirs)
}

func roleRef(kind string) rbacv1.RoleRef {
	return rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: kind, Name: "some-secrets"}
}

func ruleFiles(t *testing.T, paths ...string) [][]rbacv1.PolicyRule {
	t.Helper()
	var out [][]rbacv1.PolicyRule
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text, _, _ = bytes.Cut(text, []byte("\n---\n"))
		var role rbacv1.ClusterRole
		if err := yaml.UnmarshalStrict(text, &role); err != nil {
			t.Fatal(err)
		}
		out = append(out, role.Rules)
	}
	return out
}

// TestReleaseLetsNamespacesGo: once the operator is stopped and has let go, a namespace with a resource that holds a
// Sentry project can be deleted.
func TestReleaseLetsNamespacesGo(t *testing.T) {
	s, l, o := logsScenario(t)
	f := s.sentry()
	tux, logged, plain := f.tux("production", "web"), l.tux("logged", "tenant"), testutil.Tux(s.ns, "plain")
	tux.Spec.Sentry.DeletionPolicy = tuxv1alpha1.DeletionPolicyDelete
	logged.Spec.Logs.OnDelete = tuxv1alpha1.LogRemovalRemove
	s.create(tux, logged, plain)
	s.synced(tux)
	s.verified(logged)
	for name, holder := range map[string]*tuxv1alpha1.TuxMonitoring{sentryFinalizer: tux, logsFinalizer: logged} {
		s.must(admin.Get(t.Context(), client.ObjectKeyFromObject(holder), holder))
		s.Expect(holder.Finalizers).To(gomega.Equal([]string{name}), "without it there is nothing to show")
	}
	o.stop()

	// As the hook of the chart does it: with the rights of the operator.
	config, err := plane.ServiceAccountConfig(t.Context(), operatorNamespace, operatorAccount)
	s.must(err)
	hook, err := client.New(config, client.Options{Scheme: NewScheme()})
	s.must(err)
	released, err := Release(t.Context(), hook, []string{s.ns})
	s.must(err)
	s.Expect(released).To(gomega.Equal(Released{Resources: 2}))
	_, err = Release(t.Context(), hook, nil) // with what other tests have left
	s.must(err)
	released, err = Release(t.Context(), hook, nil)
	s.must(err)
	s.Expect(released).To(gomega.Equal(Released{}), "all are free by now")
	nobody, err := plane.AddUser("nobody")
	s.must(err)
	blind, err := client.New(nobody, client.Options{Scheme: NewScheme()})
	s.must(err)
	released, err = Release(t.Context(), blind, []string{"gone"})
	s.must(err)
	s.Expect(released.Hidden).To(gomega.Equal([]string{"gone"}), "a Role goes with its namespace")
	_, err = Release(t.Context(), blind, nil)
	s.Expect(err).To(gomega.HaveOccurred(), "who may nowhere look has released nothing")
	s.must(admin.Delete(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: s.ns}}))
	s.Eventually(func() error {
		return admin.Get(context.WithoutCancel(t.Context()), client.ObjectKey{Name: s.ns}, &corev1.Namespace{})
	}).ShouldNot(gomega.Succeed())
	s.Expect(f.projects()).To(gomega.Equal([]string{"web"}))
}
