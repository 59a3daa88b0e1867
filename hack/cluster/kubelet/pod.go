package kubelet

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tux-io/tux-monitoring-operator/hack/cluster/network"
)

// again is how long a step of a pod waits before it is tried again.
const again = time.Second

// worker runs one pod from its first step to its deletion.
type worker struct {
	k *Kubelet
	// pod is as it was seen first, with the address it got here.
	pod     *corev1.Pod
	started metav1.Time
	dir     string

	// outer ends with the kubelet, ctx with the pod.
	outer, ctx context.Context
	stop       context.CancelFunc
	// statusChanged and dataChanged hold a token while what was written last may not be up to date.
	statusChanged, dataChanged chan struct{}

	inits, containers []*container
	running           sync.WaitGroup

	mu          sync.Mutex
	address     network.Pod
	initialized bool
	// told is what was said last about each step, lest it is said every second.
	told map[string]string
}

func newWorker(ctx context.Context, k *Kubelet, pod *corev1.Pod) *worker {
	w := &worker{
		k: k, pod: pod.DeepCopy(), started: now(), outer: ctx, told: map[string]string{},
		dir:           filepath.Join(k.options.Dir, pod.Namespace+"_"+pod.Name+"_"+string(pod.UID)),
		statusChanged: make(chan struct{}, 1), dataChanged: make(chan struct{}, 1),
	}
	w.ctx, w.stop = context.WithCancel(ctx)
	for i := range w.pod.Spec.InitContainers {
		w.inits = append(w.inits, newContainer(w, &w.pod.Spec.InitContainers[i], true))
	}
	for i := range w.pod.Spec.Containers {
		w.containers = append(w.containers, newContainer(w, &w.pod.Spec.Containers[i], false))
	}
	return w
}

// run is the life of the pod.
func (w *worker) run() {
	defer w.end()
	w.running.Go(w.reportChanges)
	if !w.until("give it an address", w.giveAddress) || !w.until("fill its volumes", w.fillVolumes) {
		return
	}
	for _, c := range w.inits {
		if !c.runToSuccess(w.ctx) {
			return
		}
	}
	w.mu.Lock()
	w.initialized = true
	w.mu.Unlock()
	w.changed()
	for _, c := range w.containers {
		w.running.Go(func() { c.runForEver(w.ctx) })
	}
	w.followData()
}

// until tries a step until it works; false if the pod was stopped before.
func (w *worker) until(what string, step func() error) bool {
	for w.ctx.Err() == nil {
		err := step()
		w.explain(what, err)
		if err == nil {
			return w.ctx.Err() == nil
		}
		pause(w.ctx, again)
	}
	return false
}

// followData refreshes the volumes until the pod is to end.
func (w *worker) followData() {
	for {
		select {
		case <-w.ctx.Done():
			return
		case <-w.dataChanged:
		}
		if !w.until("refresh its volumes", w.fillVolumes) {
			return
		}
	}
}

// explain says what keeps the whole pod, here and in the status of containers that were not begun.
func (w *worker) explain(what string, err error) {
	w.tell(what, err)
	message := ""
	if err != nil {
		message = "cannot " + what + ": " + err.Error()
	}
	for _, c := range w.containers {
		c.explain(message)
	}
	for _, c := range w.inits {
		c.explain(message)
	}
	w.changed()
}

// tell says what is wrong once, and again if it was right in between.
func (w *worker) tell(what string, err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	w.mu.Lock()
	news := text != w.told[what]
	w.told[what] = text
	w.mu.Unlock()
	if news && err != nil && w.ctx.Err() == nil {
		w.k.say("pod %q: cannot %s: %s", w.name(), what, text)
	}
}

func (w *worker) giveAddress() error {
	address, err := w.k.options.Network.AddPod(w.pod.Name)
	if err != nil {
		return err
	}
	w.mu.Lock()
	w.address = address
	w.mu.Unlock()
	w.pod.Status.PodIP = address.Address.String()
	return nil
}

func (w *worker) fillVolumes() error { return w.k.writeVolumes(w.ctx, w.pod, w.volumes()) }

func (w *worker) volumes() string { return filepath.Join(w.dir, "volumes") }

// end stops what runs and takes everything away; the API server hears of it last.
func (w *worker) end() {
	w.stop()
	w.running.Wait()
	var errs []error
	if w.address.Namespace != "" {
		errs = append(errs, w.k.options.Network.RemovePod(w.address))
	}
	if err := errors.Join(append(errs, os.RemoveAll(w.dir))...); err != nil {
		w.k.say("cannot clean up behind pod %q: %v", w.name(), err)
	}
	w.k.forget(w.pod.UID)
	w.k.deletePod(w.outer, w.pod)
}

func (w *worker) name() string { return w.pod.Namespace + "/" + w.pod.Name }

// changed asks for the status to be written.
func (w *worker) changed() { wake(w.statusChanged) }

// wake puts a token into a channel; one that waits there stands for all.
func wake(channel chan<- struct{}) {
	select {
	case channel <- struct{}{}:
	default:
	}
}

// pause returns early when ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// now is as exact as the API server keeps times.
func now() metav1.Time { return metav1.Now().Rfc3339Copy() }
