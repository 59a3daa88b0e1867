package controlplane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// patience with a machine that does other things too.
const patience = 30 * time.Second

// TestControlPlane starts one control plane for every subtest: a start takes seconds.
func TestControlPlane(t *testing.T) {
	cp, err := Start(t.Context(), Options{WithControllerManager: true, CRDs: []string{"crds"}, Out: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { assertLeavesNothing(t, cp) })
	admin, err := client.New(cp.Config(), client.Options{})
	if err != nil {
		t.Fatal(err)
	}

	t.Run("a Deployment becomes a ReplicaSet and a Pod", func(t *testing.T) { deploymentLives(t, admin) })
	t.Run("objects whose owner is deleted go with it", func(t *testing.T) { garbageIsCollected(t, admin) })
	t.Run("a deleted namespace empties and goes", func(t *testing.T) { namespaceGoes(t, admin) })
	t.Run("a kind of an installed CRD is served", func(t *testing.T) { serves(t, admin, "Prometheus") })
	t.Run("a ServiceAccount may do only what RBAC allows", func(t *testing.T) { accountIsLimited(t, cp) })
	t.Run("a user may do only what RBAC allows", func(t *testing.T) { userIsLimited(t, cp) })
	t.Run("kubectl reads the kubeconfig", func(t *testing.T) { kubectlWorks(t, cp) })
}

func create(t *testing.T, c client.Client, objects ...client.Object) {
	t.Helper()
	for _, object := range objects {
		if err := c.Create(t.Context(), object); err != nil {
			t.Fatalf("cannot create %T %q: %v", object, object.GetName(), err)
		}
	}
}

func eventually(t *testing.T, what string, condition func(ctx context.Context) bool) {
	t.Helper()
	err := wait.PollUntilContextTimeout(context.WithoutCancel(t.Context()), 50*time.Millisecond, patience, true, func(ctx context.Context) (bool, error) {
		return condition(ctx), nil
	})
	if err != nil {
		t.Errorf("%s: not within %s", what, patience)
	}
}

func namespace(name string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
}

func configMap(namespace, name string, owners ...metav1.OwnerReference) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, OwnerReferences: owners}}
}

func deployment(namespace, name string) *appsv1.Deployment {
	labels := map[string]string{"app": name}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "web"}}},
			},
		},
	}
}

func deploymentLives(t *testing.T, c client.Client) {
	create(t, c, namespace("alive"), deployment("alive", "web"))
	eventually(t, "one pod of a ReplicaSet", func(ctx context.Context) bool {
		var sets appsv1.ReplicaSetList
		var pods corev1.PodList
		err := errors.Join(c.List(ctx, &sets, client.InNamespace("alive")), c.List(ctx, &pods, client.InNamespace("alive")))
		return err == nil && len(sets.Items) == 1 && len(pods.Items) == 1
	})
}

func garbageIsCollected(t *testing.T, c client.Client) {
	owner := configMap("default", "owner")
	create(t, c, owner)
	ref := metav1.OwnerReference{APIVersion: "v1", Kind: "ConfigMap", Name: owner.Name, UID: owner.UID}
	create(t, c, configMap("default", "owned", ref), configMap("default", "free"))
	if err := c.Delete(t.Context(), owner); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the owned object is deleted", func(ctx context.Context) bool { return gone(ctx, c, configMap("default", "owned")) })
	if gone(t.Context(), c, configMap("default", "free")) {
		t.Error("an object without an owner was deleted")
	}
}

func namespaceGoes(t *testing.T, c client.Client) {
	create(t, c, namespace("leaving"), configMap("leaving", "content"))
	if err := c.Delete(t.Context(), namespace("leaving")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the namespace is gone", func(ctx context.Context) bool { return gone(ctx, c, namespace("leaving")) })
}

func gone(ctx context.Context, c client.Client, object client.Object) bool {
	return apierrors.IsNotFound(c.Get(ctx, client.ObjectKeyFromObject(object), object))
}

func serves(t *testing.T, c client.Client, kind string) {
	list := &unstructured.UnstructuredList{}
	list.SetAPIVersion("monitoring.coreos.com/v1")
	list.SetKind(kind + "List")
	if err := c.List(t.Context(), list); err != nil {
		t.Error(err)
	}
}

func accountIsLimited(t *testing.T, cp *ControlPlane) {
	cfg, err := cp.ServiceAccountConfig(t.Context(), "default", "default")
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(cfg, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.List(t.Context(), &corev1.SecretList{}); !apierrors.IsForbidden(err) {
		t.Errorf("listing Secrets gives %v, want Forbidden", err)
	}
	path, err := cp.ServiceAccountKubeconfig(t.Context(), "default", "default")
	if err != nil {
		t.Fatal(err)
	}
	if out := kubectl(t, cp, path, "auth", "whoami"); !strings.Contains(out, "system:serviceaccount:default:default") {
		t.Errorf("the kubeconfig belongs to somebody else:\n%s", out)
	}
}

func userIsLimited(t *testing.T, cp *ControlPlane) {
	cfg, err := cp.AddUser("jane", "system:authenticated")
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(cfg, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.List(t.Context(), &corev1.SecretList{}); !apierrors.IsForbidden(err) {
		t.Errorf("listing Secrets gives %v, want Forbidden", err)
	}
}

func kubectlWorks(t *testing.T, cp *ControlPlane) {
	out := kubectl(t, cp, cp.Kubeconfig(), "version")
	if strings.Count(out, "v1.37.2") != 2 {
		t.Errorf("client and server do not both call themselves v1.37.2:\n%s", out)
	}
}

func TestStartKeepsTheLogsOfAGivenDirectory(t *testing.T) {
	dir := t.TempDir()
	cp, err := Start(t.Context(), Options{Dir: dir, Out: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	if err := cp.Stop(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "logs", "kube-apiserver.log")); err != nil || info.Size() == 0 {
		t.Errorf("no log of kube-apiserver is left: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "run")); !os.IsNotExist(err) {
		t.Errorf("keys and data are left: %v", err)
	}
}

func TestStartTellsWhyAPartDoesNotCome(t *testing.T) {
	bin := t.TempDir()
	for _, part := range []string{"kube-apiserver", "kube-controller-manager", "kubectl"} {
		if err := os.WriteFile(filepath.Join(bin, part), []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	broken := "#!/bin/sh\necho the disk is on fire >&2\n[ \"$1\" = --help ]\n"
	if err := os.WriteFile(filepath.Join(bin, "etcd"), []byte(broken), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBEBUILDER_ASSETS", bin)
	t.Setenv("TMPDIR", t.TempDir())

	_, err := Start(t.Context(), Options{Out: t.Output()})
	if err == nil || !strings.Contains(err.Error(), "the disk is on fire") {
		t.Errorf("got error %v, want the last lines of etcd in it", err)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "tuxmon-*")); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestWaitReportsWhatDies(t *testing.T) {
	tests := map[string]struct {
		kill func(t *testing.T, cp *ControlPlane)
		want []string
	}{
		"a part": {
			kill: func(t *testing.T, cp *ControlPlane) {
				if err := syscall.Kill(cp.layout.pid("kube-apiserver"), syscall.SIGKILL); err != nil {
					t.Fatal(err)
				}
			},
			want: []string{"kube-apiserver has died"},
		},
		"a program beside it": {
			kill: func(t *testing.T, cp *ControlPlane) {
				args := []string{"-c", "echo nothing to do in $TOWN; exit 1"}
				if err := cp.Run(Command{Name: "worker", Path: "/bin/sh", Args: args, Env: []string{"TOWN=Linz"}}); err != nil {
					t.Fatal(err)
				}
			},
			want: []string{"worker has died", "nothing to do in Linz"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			cp, err := Start(t.Context(), Options{Out: t.Output()})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { assertLeavesNothing(t, cp) })
			tc.kill(t, cp)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			err = cp.Wait(ctx)
			for _, want := range tc.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got error %v, want %q in it", err, want)
				}
			}
		})
	}
}

// assertLeavesNothing stops cp and looks for its processes and files.
func assertLeavesNothing(t *testing.T, cp *ControlPlane) {
	t.Helper()
	pids := cp.layout.allPids()
	if len(pids) < 2 {
		t.Errorf("only %d processes are known, want etcd and kube-apiserver at least", len(pids))
	}
	if err := cp.Stop(); err != nil {
		t.Errorf("cannot stop: %v", err)
	}
	assertGone(t, pids, cp.layout.remove)
}

// assertGone waits a little: a killed process stays known until its parent asks for it.
func assertGone(t *testing.T, pids []int, dir string) {
	t.Helper()
	for _, pid := range pids {
		eventually(t, fmt.Sprintf("process group %d has ended", pid), func(context.Context) bool {
			return errors.Is(syscall.Kill(-pid, 0), syscall.ESRCH)
		})
	}
	eventually(t, dir+" is removed", func(context.Context) bool {
		_, err := os.Stat(dir)
		return os.IsNotExist(err)
	})
}

// allPids of the parts that were started.
func (l layout) allPids() []int {
	var pids []int
	for _, part := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kubectl"} {
		if pid := l.pid(part); pid > 0 {
			pids = append(pids, pid)
		}
	}
	return pids
}
