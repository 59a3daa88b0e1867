//go:build e2e

package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestADeploymentServes(t *testing.T) {
	t.Parallel()
	p := newPlace(t, shared, "serves")
	p.create(p.deployment("web", 1, spec()), p.service("web"))
	p.must(shared.AwaitDeployment(t.Context(), p.key("web")))
	pod := p.onlyPod()

	service := &corev1.Service{}
	p.must(shared.Client().Get(t.Context(), p.key("web"), service))
	p.eventually("the ClusterIP answers", func(ctx context.Context) error {
		_, err := get(ctx, "http://"+service.Spec.ClusterIP+"/-/healthy")
		return err
	})
	p.configMapArrives(pod.Status.PodIP)
	p.killAndRevive(pod)
}

func (p *place) onlyPod() *corev1.Pod {
	p.Helper()
	pods := &corev1.PodList{}
	p.must(p.cluster.Client().List(p.Context(), pods, client.InNamespace(p.namespace)))
	if len(pods.Items) != 1 {
		p.Fatalf("there are %d pods, want one", len(pods.Items))
	}
	return &pods.Items[0]
}

// configMapArrives changes the ConfigMap and lets the program itself tell what it reads.
func (p *place) configMapArrives(address string) {
	p.Helper()
	p.must(p.cluster.Client().Update(p.Context(), p.configMap("exporter", "modules: {second: {prober: http}}")))
	p.eventually("the program reads its new configuration", func(ctx context.Context) error {
		reload, err := http.NewRequestWithContext(ctx, http.MethodPost, url(address, "/-/reload"), http.NoBody)
		if err != nil {
			return err
		}
		if _, err := do(reload); err != nil {
			return err
		}
		config, err := get(ctx, url(address, "/config"))
		if err == nil && (!strings.Contains(config, "second:") || strings.Contains(config, "first:")) {
			return fmt.Errorf("it has:\n%s", config)
		}
		return err
	})
}

func (p *place) killAndRevive(pod *corev1.Pod) {
	p.Helper()
	name := client.ObjectKeyFromObject(pod)
	p.must(p.cluster.Kubelet().Kill(name))
	p.awaitPod(pod.Name, "is not ready", ready(false))
	p.awaitPod(pod.Name, "says why", waiting("CrashLoopBackOff", ""))
	p.awaitEndpoint(pod.Status.PodIP, false)
	assertRefuses(p.T, pod.Status.PodIP)

	p.must(p.cluster.Kubelet().Revive(name))
	after := p.awaitPod(pod.Name, "is ready again", ready(true))
	p.awaitEndpoint(pod.Status.PodIP, true)
	if _, err := get(p.Context(), url(pod.Status.PodIP, "/-/healthy")); err != nil {
		p.Errorf("the pod is ready and does not answer: %v", err)
	}
	s := after.Status.ContainerStatuses[0]
	if last := s.LastTerminationState.Terminated; s.RestartCount != 1 || last == nil || last.ExitCode != 128+9 {
		p.Errorf("want one restart after SIGKILL, got %+v", s)
	}
}

func (p *place) awaitEndpoint(address string, want bool) {
	p.Helper()
	p.eventually(fmt.Sprintf("the endpoint %s is ready: %t", address, want), func(ctx context.Context) error {
		slices := &discoveryv1.EndpointSliceList{}
		if err := p.cluster.Client().List(ctx, slices, client.InNamespace(p.namespace)); err != nil {
			return err
		}
		for _, slice := range slices.Items {
			for _, e := range slice.Endpoints {
				if e.Addresses[0] == address && e.Conditions.Ready != nil && *e.Conditions.Ready == want {
					return nil
				}
			}
		}
		return fmt.Errorf("there are %+v", slices.Items)
	})
}

func TestAFailingLivenessProbeRestarts(t *testing.T) {
	t.Parallel()
	p := newPlace(t, shared, "liveness")
	s := spec()
	s.Containers[0].LivenessProbe = probe("/no-such-page")
	p.create(p.pod("sick", s))
	p.awaitPod("sick", "has been restarted twice", func(pod *corev1.Pod) error {
		if len(pod.Status.ContainerStatuses) == 0 || pod.Status.ContainerStatuses[0].RestartCount < 2 {
			return fmt.Errorf("its containers are %+v", pod.Status.ContainerStatuses)
		}
		return nil
	})
	p.delete("sick")
}

func TestAPodSaysWhatItWaitsFor(t *testing.T) {
	t.Parallel()
	p := newPlace(t, shared, "waits")
	stranger, homeless, mute := spec(), spec(), spec()
	stranger.Containers[0].Image = "ghcr.io/somebody/unknown:v1"
	homeless.Volumes[0].ConfigMap.Name = "late"
	mute.Containers[0].Env = []corev1.EnvVar{{Name: "A", ValueFrom: &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{
		LocalObjectReference: corev1.LocalObjectReference{Name: "late"}, Key: "blackbox.yml",
	}}}}
	p.create(p.pod("stranger", stranger), p.pod("homeless", homeless), p.pod("mute", mute))

	p.awaitPod("stranger", "has no image", waiting("ErrImageNeverPull", `"unknown"`))
	p.awaitPod("homeless", "has no volume", waiting("ContainerCreating", `"late" not found`))
	p.awaitPod("mute", "has no environment", waiting("CreateContainerConfigError", `"late" not found`))
	out, err := shared.Kubectl(t.Context(), "-n", p.namespace, "get", "pods", "--no-headers")
	p.must(err)
	for _, want := range []string{"ErrImageNeverPull", "ContainerCreating", "CreateContainerConfigError"} {
		if !strings.Contains(out, want) {
			t.Errorf("kubectl does not show %s:\n%s", want, out)
		}
	}

	// What was killed before it began does not begin.
	p.must(shared.Kubelet().Kill(p.key("homeless")))
	p.create(p.configMap("late", "modules: {}"))
	p.awaitPod("mute", "runs", ready(true))
	p.awaitPod("homeless", "is held", func(pod *corev1.Pod) error {
		return errors.Join(ready(false)(pod), waiting("ContainerCreating", "")(pod))
	})
	p.must(shared.Kubelet().Revive(p.key("homeless")))
	p.awaitPod("homeless", "runs", ready(true))
	p.delete("stranger")
}

// delete returns when the pod is gone, with all its processes.
func (p *place) delete(name string, options ...client.DeleteOption) {
	p.Helper()
	p.must(p.cluster.Client().Delete(p.Context(), p.pod(name, corev1.PodSpec{}), options...))
	p.eventually("pod "+name+" is gone", func(ctx context.Context) error {
		pod := &corev1.Pod{}
		if err := p.cluster.Client().Get(ctx, p.key(name), pod); !apierrors.IsNotFound(err) {
			return errors.Join(err, fmt.Errorf("its status is %+v", pod.Status))
		}
		return nil
	})
	p.eventually("its processes have ended", func(context.Context) error {
		if left := processesUnder(p.cluster.podDir(), p.namespace+"_"+name+"_"); len(left) > 0 {
			return fmt.Errorf("left: %q", left)
		}
		return nil
	})
}

func TestAPodIsDeletedWhileItsInitContainerRuns(t *testing.T) {
	t.Parallel()
	p := newPlace(t, shared, "inits")
	s := spec()
	s.InitContainers = []corev1.Container{{Name: "slow", Image: shell, Command: []string{"/bin/sh", "-c", "sleep 600"}}}
	p.create(p.pod("slow", s))
	p.awaitPod("slow", "runs its init container", func(pod *corev1.Pod) error {
		if s := pod.Status.InitContainerStatuses; len(s) != 1 || s[0].State.Running == nil || len(p.processes()) == 0 {
			return fmt.Errorf("they are %+v, processes %q", s, p.processes())
		}
		return waiting("PodInitializing", "")(pod)
	})
	p.delete("slow")

	s.InitContainers[0].Command[2] = "exit 0"
	p.create(p.pod("quick", s))
	p.awaitPod("quick", "is ready", ready(true))
	p.must(shared.Kubelet().Kill(p.key("quick")))
	p.awaitPod("quick", "is down", ready(false))
	p.delete("quick")
}

func TestADeletedNamespaceEndsItsProcesses(t *testing.T) {
	t.Parallel()
	p := newPlace(t, shared, "leaves")
	p.create(p.deployment("web", 2, spec()))
	p.must(shared.AwaitDeployment(t.Context(), p.key("web")))
	if n := len(p.processes()); n != 2 {
		t.Errorf("%d processes run, want 2: %q", n, p.processes())
	}
	p.must(shared.Client().Delete(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: p.namespace}}))
	p.eventually("the namespace is gone", func(ctx context.Context) error {
		if err := shared.Client().Get(ctx, types.NamespacedName{Name: p.namespace}, &corev1.Namespace{}); !apierrors.IsNotFound(err) {
			return errors.Join(errors.New("it is there"), err)
		}
		return nil
	})
	p.awaitNoProcess()
}

// TestAPodIsReplacedUnderItsName deletes one with force that does not want to go: for seconds there are
// two of that name.
func TestAPodIsReplacedUnderItsName(t *testing.T) {
	t.Parallel()
	p := newPlace(t, shared, "replaced")
	stubborn := shellSpec("trap '' TERM; while :; do sleep 1; done")
	p.create(p.pod("db-0", stubborn))
	var old []string
	p.eventually("the old pod runs", func(context.Context) error {
		if old = p.processes(); len(old) == 0 {
			return errors.New("no process does")
		}
		return nil
	})

	p.must(shared.Client().Delete(t.Context(), p.pod("db-0", corev1.PodSpec{}), client.GracePeriodSeconds(0)))
	p.create(p.pod("db-0", spec()))
	next := p.awaitPod("db-0", "has an address", func(pod *corev1.Pod) error {
		if pod.Status.PodIP == "" {
			return errors.New("it has none")
		}
		return nil
	})
	p.must(shared.Kubelet().Kill(p.key("db-0")))
	runs := func(process string) bool { return slices.Contains(old, process) }
	if !slices.ContainsFunc(p.processes(), runs) {
		t.Errorf("the old pod had ended before the new one was killed, so this test shows nothing")
	}
	p.eventually("the old pod has ended", func(context.Context) error {
		if now := p.processes(); slices.ContainsFunc(now, runs) {
			return fmt.Errorf("there are %q", now)
		}
		return nil
	})
	p.awaitPod("db-0", "is down", ready(false))
	assertRefuses(t, next.Status.PodIP)
	p.must(shared.Kubelet().Revive(p.key("db-0")))
	p.awaitPod("db-0", "is ready after all", ready(true))
	p.delete("db-0", client.GracePeriodSeconds(0))
}
