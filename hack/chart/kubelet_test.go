package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/tux-io/tux-monitoring-operator/hack/ports"
)

// kubelet stands in for a node. The control plane makes pods of Deployments and Jobs, and nobody runs them: kubelet
// runs the arguments of their container as a process, with the token of their ServiceAccount, and reports what the
// readiness probe and the exit code say. So helm --wait waits for the operator itself, with the permissions of
// the chart. Not there: images, users, limits, the network of pods.
type kubelet struct {
	t         *testing.T
	namespace string
	stop      func()
	// previous is the program of pods with the tag of that name; empty: the one that is tested.
	previous string

	mu      sync.Mutex
	running map[types.UID]*process
	logs    []string
}

type process struct {
	pod     corev1.Pod
	cmd     *exec.Cmd
	log     journal
	metrics string
	health  string
	done    chan struct{}
}

// startKubelet runs the pods of a namespace until the test ends.
func startKubelet(t *testing.T, namespace string) *kubelet {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	k := &kubelet{t: t, namespace: namespace, running: map[types.UID]*process{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			if err := k.sync(ctx); err != nil && ctx.Err() == nil {
				k.note("kubelet: " + err.Error())
			}
			time.Sleep(100 * time.Millisecond)
		}
	}()
	k.stop = sync.OnceFunc(func() {
		cancel()
		<-done
		// Nobody needs what they do any more, but for giving their Lease back.
		end(time.Second, slices.Collect(maps.Values(k.running))...)
		if err := k.letGo(context.Background()); err != nil {
			t.Errorf("pods are held by a kubelet that is gone: %v", err)
		}
	})
	t.Cleanup(func() {
		k.stop()
		if t.Failed() {
			for _, p := range k.running {
				t.Logf("log of pod %s: %s", p.pod.Name, tail(&p.log))
			}
			t.Log(strings.Join(k.logs, "\n"))
		}
	})
	return k
}

// journal is the log of a process that runs while somebody reads.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write adds a piece.
func (j *journal) Write(piece []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(piece)
}

// String is the whole.
func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// tail is where a log says why.
func tail(log *journal) string {
	text := log.String()
	return text[max(0, len(text)-2000):]
}

func (k *kubelet) note(text string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !slices.Contains(k.logs, text) {
		k.logs = append(k.logs, text)
	}
}

func (k *kubelet) sync(ctx context.Context) error {
	var pods corev1.PodList
	if err := admin.List(ctx, &pods, client.InNamespace(k.namespace)); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	var errs []error
	var gone []*corev1.Pod
	stays := map[types.UID]bool{}
	for i := range pods.Items {
		pod := &pods.Items[i]
		finished := pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
		if stays[pod.UID] = pod.DeletionTimestamp == nil && !finished; stays[pod.UID] {
			errs = append(errs, k.syncPod(ctx, pod))
		} else {
			gone = append(gone, pod)
		}
	}
	k.end(stays)
	for _, pod := range gone {
		errs = append(errs, drop(ctx, pod))
	}
	return errors.Join(errs...)
}

// end ends the processes of pods that do not stay.
func (k *kubelet) end(stays map[types.UID]bool) {
	var gone []*process
	for uid, p := range k.running {
		if !stays[uid] {
			gone = append(gone, p)
			delete(k.running, uid)
		}
	}
	end(10*time.Second, gone...)
	for _, p := range gone {
		k.logs = append(k.logs, fmt.Sprintf("log of pod %s, which is gone: %s", p.pod.Name, tail(&p.log)))
	}
}

// runs holds a pod until its process has ended. The API server does so for pods that have a node; these have none, and would
// be gone while their processes still write.
const runs = "tuxmon.test/runs"

func hold(ctx context.Context, pod *corev1.Pod) error {
	base := pod.DeepCopy()
	if !controllerutil.AddFinalizer(pod, runs) {
		return nil
	}
	return admin.Patch(ctx, pod, client.MergeFromWithOptions(base, client.MergeFromWithOptimisticLock{}))
}

// drop is the opposite. The controller of Jobs has a finalizer on the same pods, so that no patch may be of an old list.
func drop(ctx context.Context, pod *corev1.Pod) error {
	base := pod.DeepCopy()
	if !controllerutil.RemoveFinalizer(pod, runs) {
		return nil
	}
	return client.IgnoreNotFound(admin.Patch(ctx, pod, client.MergeFromWithOptions(base, client.MergeFromWithOptimisticLock{})))
}

// letGo holds no pod any more.
func (k *kubelet) letGo(ctx context.Context) error {
	return wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, patience, true, func(ctx context.Context) (bool, error) {
		var pods corev1.PodList
		dropped := admin.List(ctx, &pods, client.InNamespace(k.namespace)) == nil
		for i := range pods.Items {
			dropped = drop(ctx, &pods.Items[i]) == nil && dropped // else somebody else has written it
		}
		return dropped, nil
	})
}

func (k *kubelet) syncPod(ctx context.Context, pod *corev1.Pod) error {
	p := k.running[pod.UID]
	if p == nil {
		err := hold(ctx, pod)
		if err != nil {
			return client.IgnoreNotFound(err)
		}
		if p, err = k.start(ctx, pod); err != nil {
			return err
		}
		k.running[pod.UID] = p
	}
	base := pod.DeepCopy()
	p.report(&pod.Status)
	return client.IgnoreNotFound(admin.Status().Patch(ctx, pod, client.MergeFrom(base)))
}

// start runs the first container. Pods share the addresses of this machine, so that each gets ports of its own.
func (k *kubelet) start(ctx context.Context, pod *corev1.Pod) (*process, error) {
	kubeconfig, err := plane.ServiceAccountKubeconfig(ctx, pod.Namespace, pod.Spec.ServiceAccountName)
	if err != nil {
		return nil, err
	}
	p := &process{pod: *pod.DeepCopy(), done: make(chan struct{})}
	args := []string{}
	for _, arg := range pod.Spec.Containers[0].Args {
		// As the kubelet expands variables that come from a field.
		args = append(args, strings.ReplaceAll(arg, "$(POD_NAMESPACE)", pod.Namespace))
	}
	args = append(args, "--kubeconfig="+kubeconfig)
	if pod.Spec.Containers[0].ReadinessProbe != nil {
		if p.metrics, err = ports.FreeAddress(ctx); err != nil {
			return nil, err
		}
		if p.health, err = ports.FreeAddress(ctx); err != nil {
			return nil, err
		}
		args = append(args, "--metrics-bind-address="+p.metrics, "--health-probe-bind-address="+p.health,
			"--leader-election-namespace="+pod.Namespace)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if k.previous != "" && strings.HasSuffix(pod.Spec.Containers[0].Image, ":"+previousTag) {
		self = k.previous
	}
	p.cmd = exec.Command(self, args...)
	p.cmd.Env = append(os.Environ(), asProgram+"=1")
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait()
	}()
	return p, nil
}

// report is what a kubelet writes.
func (p *process) report(status *corev1.PodStatus) {
	state := corev1.ContainerStatus{Name: p.pod.Spec.Containers[0].Name, Image: p.pod.Spec.Containers[0].Image}
	select {
	case <-p.done:
		code := p.cmd.ProcessState.ExitCode()
		status.Phase = map[bool]corev1.PodPhase{true: corev1.PodSucceeded, false: corev1.PodFailed}[code == 0]
		state.State.Terminated = &corev1.ContainerStateTerminated{ExitCode: int32(code), FinishedAt: metav1.Now()}
		status.Conditions = conditions(corev1.ConditionFalse, status.Conditions)
	default:
		ready := corev1.ConditionFalse
		if p.ready() {
			ready = corev1.ConditionTrue
		}
		status.Phase = corev1.PodRunning
		state.Ready = ready == corev1.ConditionTrue
		state.State.Running = &corev1.ContainerStateRunning{StartedAt: p.pod.CreationTimestamp}
		status.Conditions = conditions(ready, status.Conditions)
	}
	status.ContainerStatuses = []corev1.ContainerStatus{state}
}

// conditions keep their time as long as they keep their status: else no pod is ever ready for a while.
func conditions(ready corev1.ConditionStatus, before []corev1.PodCondition) []corev1.PodCondition {
	var out []corev1.PodCondition
	for kind, status := range map[corev1.PodConditionType]corev1.ConditionStatus{
		corev1.PodScheduled: corev1.ConditionTrue, corev1.ContainersReady: ready, corev1.PodReady: ready,
	} {
		c := corev1.PodCondition{Type: kind, Status: status, LastTransitionTime: metav1.Now()}
		for _, old := range before {
			if old.Type == kind && old.Status == status {
				c.LastTransitionTime = old.LastTransitionTime
			}
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b corev1.PodCondition) int { return strings.Compare(string(a.Type), string(b.Type)) })
	return out
}

// ready asks the readiness probe of the pod.
func (p *process) ready() bool {
	probe := p.pod.Spec.Containers[0].ReadinessProbe
	if probe == nil {
		return true
	}
	c := http.Client{Timeout: time.Second}
	response, err := c.Get("http://" + p.health + probe.HTTPGet.Path)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// end is how kubelets end processes. All get the signal before one is waited for, as pods of a Deployment do: else the
// next takes the Lease of the first, and works while it should end.
func end(grace time.Duration, processes ...*process) {
	for _, p := range processes {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
	}
	late, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	for _, p := range processes {
		select {
		case <-p.done:
		case <-late.Done():
			_ = p.cmd.Process.Kill()
			<-p.done
		}
	}
}

// processes are those of pods whose name begins with a prefix.
func (k *kubelet) processes(prefix string) []*process {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []*process
	for _, p := range k.running {
		if strings.HasPrefix(p.pod.Name, prefix) {
			out = append(out, p)
		}
	}
	return out
}
