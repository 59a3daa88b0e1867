package kubelet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tux-io/tux-monitoring-operator/hack/cluster/network"
)

// again is how long a step of a pod waits before it is tried again.
const again = time.Second

// worker runs one pod from its first step to its deletion.
type worker struct {
	k       *Kubelet
	pod     *corev1.Pod
	started metav1.Time
	dir     string
	address network.Pod

	ctx  context.Context
	stop context.CancelFunc
	// changed says that status or volumes may differ from what was written last.
	changed chan struct{}

	mu         sync.Mutex
	containers []*container
	initDone   bool
}

func newWorker(ctx context.Context, k *Kubelet, pod *corev1.Pod) *worker {
	w := &worker{k: k, pod: pod.DeepCopy(), started: metav1.Now(), changed: make(chan struct{}, 1)}
	w.dir = filepath.Join(k.options.Dir, pod.Namespace+"_"+pod.Name+"_"+string(pod.UID[:8]))
	w.ctx, w.stop = context.WithCancel(ctx)
	return w
}

// run is the life of the pod.
func (w *worker) run() {
	defer w.end()
	if !w.until("give it an address", w.giveAddress) || !w.until("fill its volumes", w.fillVolumes) {
		return
	}
	w.report()
	for i := range w.pod.Spec.InitContainers {
		if !w.until("run its init container", func() error { return w.runInit(&w.pod.Spec.InitContainers[i]) }) {
			return
		}
	}
	w.startContainers()
	for w.wait() {
		if err := w.fillVolumes(); err != nil {
			w.say("fill its volumes", err)
		}
		w.report()
	}
}

// until tries a step until it works; false if the pod was stopped before.
func (w *worker) until(what string, step func() error) bool {
	for {
		err := step()
		if err == nil {
			return w.ctx.Err() == nil
		}
		w.say(what, err)
		select {
		case <-w.ctx.Done():
			return false
		case <-time.After(again):
		}
	}
}

// wait returns true when there is something to do, false when the pod is to end.
func (w *worker) wait() bool {
	select {
	case <-w.ctx.Done():
		return false
	case <-w.changed:
		return true
	}
}

func (w *worker) wake() {
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

func (w *worker) say(what string, err error) {
	if w.ctx.Err() == nil {
		w.k.say("pod \"%s/%s\": cannot %s: %v", w.pod.Namespace, w.pod.Name, what, err)
	}
}

func (w *worker) giveAddress() error {
	address, err := w.k.options.Network.AddPod(w.pod.Name)
	if err != nil {
		return err
	}
	w.address = address
	w.pod.Status.PodIP = address.Address.String()
	return nil
}

func (w *worker) fillVolumes() error { return w.k.writeVolumes(w.ctx, w.pod, w.volumes()) }

func (w *worker) volumes() string { return filepath.Join(w.dir, "volumes") }

// runInit runs an init container to its end.
func (w *worker) runInit(spec *corev1.Container) error {
	c, err := w.prepare(spec)
	if err != nil {
		return err
	}
	return c.once(w.ctx)
}

func (w *worker) startContainers() {
	for i := range w.pod.Spec.Containers {
		spec := &w.pod.Spec.Containers[i]
		var c *container
		if !w.until("prepare container \""+spec.Name+"\"", func() (err error) { c, err = w.prepare(spec); return err }) {
			return
		}
		w.mu.Lock()
		w.containers = append(w.containers, c)
		w.mu.Unlock()
		c.begin(w.ctx)
	}
	w.mu.Lock()
	w.initDone = true
	w.mu.Unlock()
	w.wake()
}

// prepare makes the sandbox of a container and works out what it runs.
func (w *worker) prepare(spec *corev1.Container) (*container, error) {
	image, err := w.k.options.Images.find(spec.Image)
	if err != nil {
		return nil, err
	}
	env, err := w.k.environ(w.ctx, w.pod, spec)
	if err != nil {
		return nil, err
	}
	box := &sandbox{dir: filepath.Join(w.dir, spec.Name)}
	box.user, box.group = user(w.pod, spec, image)
	for to, from := range image.Files {
		box.mounts = append(box.mounts, mount{from: from, to: to})
	}
	for _, m := range spec.VolumeMounts {
		box.mounts = append(box.mounts, mount{
			from: filepath.Join(w.volumes(), m.Name, m.SubPath), to: m.MountPath, writable: !m.ReadOnly,
		})
	}
	etc := etcFiles(w.pod.Name, w.address.Address.String(), w.k.options.Network.ResolvConf())
	readOnly := spec.SecurityContext != nil && isTrue(spec.SecurityContext.ReadOnlyRootFilesystem)
	if err := box.prepare(etc, readOnly); err != nil {
		return nil, err
	}
	return &container{
		worker:  w,
		spec:    spec,
		box:     box,
		command: image.command(env.expandAll(spec.Command), env.expandAll(spec.Args)),
		env:     env.list(),
		log:     filepath.Join(w.k.options.Logs, w.pod.Namespace+"_"+w.pod.Name+"_"+spec.Name+".log"),
		held:    make(chan struct{}),
	}, nil
}

// user asks the container, the pod, the image, in this order.
func user(pod *corev1.Pod, spec *corev1.Container, image Image) (uid, gid int64) {
	uid, gid = image.User, image.Group
	if s := pod.Spec.SecurityContext; s != nil {
		uid, gid = orElse(s.RunAsUser, uid), orElse(s.RunAsGroup, gid)
	}
	if s := spec.SecurityContext; s != nil {
		uid, gid = orElse(s.RunAsUser, uid), orElse(s.RunAsGroup, gid)
	}
	return uid, gid
}

func orElse(value *int64, otherwise int64) int64 {
	if value == nil {
		return otherwise
	}
	return *value
}

// report writes the status if it differs from what the API server has.
func (w *worker) report() {
	pods := w.k.clients.CoreV1().Pods(w.pod.Namespace)
	for w.ctx.Err() == nil {
		now, err := pods.Get(w.ctx, w.pod.Name, metav1.GetOptions{})
		if err != nil || now.UID != w.pod.UID {
			return
		}
		status := w.status(now.Status)
		if sameStatus(status, now.Status) {
			return
		}
		now.Status = status
		if _, err = pods.UpdateStatus(w.ctx, now, metav1.UpdateOptions{}); err == nil || apierrors.IsNotFound(err) {
			return
		}
		if !apierrors.IsConflict(err) {
			w.say("write its status", err)
			time.AfterFunc(again, w.wake)
			return
		}
	}
}

// end stops what runs and takes everything away; the API server hears of it last.
func (w *worker) end() {
	w.stop()
	w.mu.Lock()
	containers := w.containers
	w.mu.Unlock()
	for _, c := range containers {
		c.finish()
	}
	var errs []error
	if w.address.Namespace != "" {
		errs = append(errs, w.k.options.Network.RemovePod(w.address))
	}
	if err := errors.Join(append(errs, os.RemoveAll(w.dir))...); err != nil {
		w.k.say("cannot clean up behind pod \"%s/%s\": %v", w.pod.Namespace, w.pod.Name, err)
	}
	w.k.forget(w.pod.UID)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), 5*time.Second)
	defer cancel()
	w.k.deletePod(ctx, w.pod)
}

func (w *worker) name() string { return fmt.Sprintf("%s/%s", w.pod.Namespace, w.pod.Name) }
