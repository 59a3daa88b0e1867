package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

// TestReleaseWaitsForPodsThatEnd: until its process is over, an operator may put finalizers back.
func TestReleaseWaitsForPodsThatEnd(t *testing.T) {
	mustKubectl(t, "", "apply", "--server-side", "-f", root+"/config/crd/bases")
	t.Cleanup(func() { removeCRD(t) })
	established(t, "crd", crdName)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "release-"}}
	must(t, admin.Create(t.Context(), namespace))
	deployment := testutil.Deployment(namespace.Name, "operator")
	must(t, admin.Create(t.Context(), deployment))
	each := func(of func(*corev1.Pod) error) (n int, ok bool) {
		var pods corev1.PodList
		must(t, admin.List(t.Context(), &pods, client.InNamespace(namespace.Name)))
		ok = true
		for i := range pods.Items {
			ok = of(&pods.Items[i]) == nil && ok // else somebody else has written it
		}
		return len(pods.Items), ok
	}
	eventually(t, "pods are there and held", func() bool {
		n, held := each(func(pod *corev1.Pod) error { return hold(t.Context(), pod) })
		return held && n == int(*deployment.Spec.Replicas)
	})

	self, err := os.Executable()
	must(t, err)
	release := exec.CommandContext(t.Context(), self, "manager", "release", "--kubeconfig", plane.Kubeconfig(),
		"--deployment", deployment.Name, "--deployment-namespace", deployment.Namespace)
	release.Env = append(os.Environ(), asProgram+"=1")
	var out journal
	release.Stdout, release.Stderr = &out, &out
	must(t, release.Start())
	ended := make(chan error, 1)
	go func() { ended <- release.Wait() }()
	eventually(t, "the Deployment has no replicas", func() bool {
		must(t, admin.Get(t.Context(), client.ObjectKeyFromObject(deployment), deployment))
		status := deployment.Status
		return status.ObservedGeneration >= deployment.Generation && *deployment.Spec.Replicas == 0 && status.Replicas == 0
	})
	select {
	case err := <-ended:
		t.Fatalf("it did not wait for pods that end: %v\n%s", err, out.String())
	case <-time.After(3 * time.Second): // it looks each second
	}
	eventually(t, "the pods have ended", func() bool {
		n, _ := each(func(pod *corev1.Pod) error { return drop(t.Context(), pod) })
		return n == 0
	})
	if err := <-ended; err != nil || !strings.Contains(out.String(), "released ") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
