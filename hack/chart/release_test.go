package main

import (
	"os"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestReleaseWaitsForPodsThatEnd: no status of a Deployment counts them, and they still put finalizers back.
func TestReleaseWaitsForPodsThatEnd(t *testing.T) {
	mustKubectl(t, "", "apply", "--server-side", "-f", root+"/config/crd/bases")
	t.Cleanup(func() { removeCRD(t) })
	established(t, "crd/tuxmonitorings.monitoring.tux.io")
	namespace := restricted(t)
	labels := map[string]string{"app": "operator"}
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "operator"}, Spec: appsv1.DeploymentSpec{
		Replicas: new(int32), Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: harmless()},
	}}
	must(t, admin.Create(t.Context(), deployment))
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Namespace: namespace, Name: "ending", Labels: labels, Finalizers: []string{"example.com/still-runs"},
	}, Spec: harmless()}
	eventually(t, "a pod", func() bool { return admin.Create(t.Context(), pod.DeepCopy()) == nil })
	must(t, admin.Delete(t.Context(), pod))

	ended := make(chan error, 1)
	go func() {
		self, err := os.Executable()
		if err == nil {
			_, err = command(t, "/usr/bin/env", "", asProgram+"=1", self, "manager", "release", "--kubeconfig", plane.Kubeconfig(),
				"--deployment=operator", "--deployment-namespace="+namespace)
		}
		ended <- err
	}()
	select {
	case err := <-ended:
		t.Fatalf("released while a pod still ends: %v", err)
	case <-time.After(4 * time.Second): // three looks; a machine so slow that there was none proves nothing, and fails nothing
	}
	must(t, admin.Get(t.Context(), client.ObjectKeyFromObject(pod), pod))
	pod.Finalizers = nil
	must(t, admin.Update(t.Context(), pod))
	must(t, <-ended)
}

// harmless is a pod that the profile restricted lets in, and nobody runs.
func harmless() corev1.PodSpec {
	yes, no := true, false
	return corev1.PodSpec{Containers: []corev1.Container{{Name: "operator", Image: "operator", SecurityContext: &corev1.SecurityContext{
		AllowPrivilegeEscalation: &no, RunAsNonRoot: &yes,
		Capabilities:   &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}}}}
}
