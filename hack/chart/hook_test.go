package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

// TestEachPermissionOfTheHookIsNeeded runs what the hook runs with the Role that the chart makes for it, and then without one verb of it
// at a time. What else it does is among the rights of the operator.
func TestEachPermissionOfTheHookIsNeeded(t *testing.T) {
	mustKubectl(t, "", "apply", "--server-side", "-f", root+"/config/crd/bases")
	t.Cleanup(func() { removeCRD(t) })
	established(t, "crd/"+crdName)
	rules := rulesOfTheHook(t)
	if out, replicas, err := stopsWith(t, rules, rules); err != nil || replicas != 0 {
		t.Fatalf("with all of its rights it does not stop the operator: %v, %d replicas\n%s", err, replicas, out)
	}
	count := 0
	for i := range rules {
		for _, verb := range rules[i].Verbs {
			count++
			fewer := slices.Clone(rules)
			fewer[i] = *rules[i].DeepCopy()
			fewer[i].Verbs = slices.DeleteFunc(fewer[i].Verbs, func(v string) bool { return v == verb })
			out, _, err := stopsWith(t, rules, fewer)
			if err == nil || !strings.Contains(out, "cannot "+verb+" resource") {
				t.Errorf("it may %s %v and works without: %v\n%s", verb, rules[i].Resources, err, out)
			}
		}
	}
	if count < 2 {
		t.Errorf("the Role has %d verbs", count)
	}
}

func rulesOfTheHook(t *testing.T) []rbacv1.PolicyRule {
	t.Helper()
	for _, object := range objects(t, render(t, "somewhere")) {
		if object.GetKind() == "Role" && strings.HasSuffix(object.GetName(), "-release") {
			var role rbacv1.Role
			convert(t, &object, &role)
			return role.Rules
		}
	}
	t.Fatal("the chart has no Role for its hook")
	return nil
}

// stopsWith runs "manager release" on a Deployment of the name that the Role is for, as an account with some rules.
func stopsWith(t *testing.T, whole, rules []rbacv1.PolicyRule) (output string, replicas int32, err error) {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "hook-"}}
	must(t, admin.Create(t.Context(), namespace))
	deployment := testutil.Deployment(namespace.Name, whole[0].ResourceNames[0])
	meta := metav1.ObjectMeta{Namespace: namespace.Name, Name: "hook"}
	for _, object := range []client.Object{
		deployment, &corev1.ServiceAccount{ObjectMeta: meta}, &rbacv1.Role{ObjectMeta: meta, Rules: slices.DeleteFunc(
			slices.Clone(rules), func(rule rbacv1.PolicyRule) bool { return len(rule.Verbs) == 0 })},
		&rbacv1.RoleBinding{
			ObjectMeta: meta, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "hook"},
			Subjects: []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace.Name, Name: "hook"}},
		},
	} {
		must(t, admin.Create(t.Context(), object))
	}
	kubeconfig, err := plane.ServiceAccountKubeconfig(t.Context(), namespace.Name, "hook")
	must(t, err)
	self, err := os.Executable()
	must(t, err)
	// The authorizer hears of a binding by a watch.
	eventually(t, "the binding is in force", func() bool {
		out, _ := kubectl(t, "", "auth", "can-i", "--list", "-n", namespace.Name, "--as=system:serviceaccount:"+namespace.Name+":hook")
		return strings.Contains(out, "deployments.apps")
	})
	release := exec.CommandContext(t.Context(), self, "manager", "release", "--kubeconfig", kubeconfig, "--watch-namespaces", namespace.Name,
		"--deployment", deployment.Name, "--deployment-namespace", namespace.Name)
	release.Env = append(os.Environ(), asProgram+"=1")
	out, err := release.CombinedOutput()
	after := &appsv1.Deployment{}
	must(t, admin.Get(t.Context(), client.ObjectKeyFromObject(deployment), after))
	must(t, admin.Delete(t.Context(), namespace))
	return string(out), *after.Spec.Replicas, err
}
