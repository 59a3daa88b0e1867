package kubelet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"github.com/tux-io/tux-monitoring-operator/hack/cluster/network"
)

// PodNetwork gives pods their addresses.
type PodNetwork interface {
	AddPod(name string) (network.Pod, error)
	RemovePod(pod network.Pod) error
	ResolvConf() string
}

// Guardian kills what we leave behind if this process dies.
type Guardian interface {
	Guard(name string, pid int) error
	Unguard(name string)
}

// Options of a kubelet; all are required.
type Options struct {
	Clients kubernetes.Interface
	Network PodNetwork
	Images  Images
	// Dir takes the files of the pods.
	Dir string
	// Logs takes one file for each container, NAMESPACE_POD_CONTAINER.log.
	Logs string
	// NodeName and NodeAddress are what the node is called and where it is.
	NodeName, NodeAddress string
	// APIHost and APIPort are where pods find the API server.
	APIHost, APIPort string
	Guardian         Guardian
	// Died is told of every container that ends without having been asked to.
	Died func(error)
	// Out takes what goes wrong and is tried again.
	Out io.Writer
}

// Kubelet is the node.
type Kubelet struct {
	options Options
	clients kubernetes.Interface
	tokens  sync.Map

	mu      sync.Mutex
	workers map[types.UID]*worker
	running sync.WaitGroup
}

// New returns a kubelet that does nothing until Run.
func New(options Options) *Kubelet {
	return &Kubelet{options: options, clients: options.Clients, workers: map[types.UID]*worker{}}
}

// Run registers the node and runs its pods until ctx ends; then it ends them all and returns.
func (k *Kubelet) Run(ctx context.Context) error {
	if err := k.register(ctx); err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(k.clients, 0)
	_, podErr := factory.Core().V1().Pods().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { k.seen(ctx, object) },
		UpdateFunc: func(_, object any) { k.seen(ctx, object) },
		DeleteFunc: k.gone,
	})
	refresh := cache.ResourceEventHandlerFuncs{
		AddFunc:    k.dataChanged,
		UpdateFunc: func(_, object any) { k.dataChanged(object) },
	}
	_, configErr := factory.Core().V1().ConfigMaps().Informer().AddEventHandler(refresh)
	_, secretErr := factory.Core().V1().Secrets().Informer().AddEventHandler(refresh)
	if err := errors.Join(podErr, configErr, secretErr); err != nil {
		return fmt.Errorf("cannot watch pods: %w", err)
	}
	factory.Start(ctx.Done())
	k.beat(ctx)
	factory.Shutdown()
	k.running.Wait()
	return nil
}

// seen binds a new pod to the node, starts one that is bound, and ends one that is being deleted.
func (k *Kubelet) seen(ctx context.Context, object any) {
	pod, ok := object.(*corev1.Pod)
	if !ok {
		return
	}
	switch {
	case pod.DeletionTimestamp != nil:
		k.stopping(ctx, pod)
	case pod.Spec.NodeName == "":
		k.bind(ctx, pod)
	case pod.Spec.NodeName == k.options.NodeName:
		k.start(ctx, pod)
	}
}

// bind is the scheduler of a cluster with one node.
func (k *Kubelet) bind(ctx context.Context, pod *corev1.Pod) {
	binding := &corev1.Binding{
		ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: pod.Namespace, UID: pod.UID},
		Target:     corev1.ObjectReference{Kind: "Node", Name: k.options.NodeName},
	}
	if err := k.clients.CoreV1().Pods(pod.Namespace).Bind(ctx, binding, metav1.CreateOptions{}); err != nil && ctx.Err() == nil {
		k.say("cannot bind pod \"%s/%s\": %v", pod.Namespace, pod.Name, err)
	}
}

func (k *Kubelet) start(ctx context.Context, pod *corev1.Pod) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.workers[pod.UID] != nil || ctx.Err() != nil {
		return
	}
	w := newWorker(ctx, k, pod)
	k.workers[pod.UID] = w
	k.running.Go(w.run)
}

// stopping ends the pod, or deletes one that never ran here.
func (k *Kubelet) stopping(ctx context.Context, pod *corev1.Pod) {
	if w := k.worker(pod.UID); w != nil {
		w.stop()
		return
	}
	if pod.Spec.NodeName == "" || pod.Spec.NodeName == k.options.NodeName {
		k.deletePod(ctx, pod)
	}
}

// gone ends a pod that somebody deleted with force.
func (k *Kubelet) gone(object any) {
	if unknown, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = unknown.Obj
	}
	pod, ok := object.(*corev1.Pod)
	if !ok {
		return
	}
	if w := k.worker(pod.UID); w != nil {
		w.stop()
	}
}

func (k *Kubelet) worker(uid types.UID) *worker {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.workers[uid]
}

func (k *Kubelet) forget(uid types.UID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.workers, uid)
	k.tokens.Delete(uid)
}

// deletePod is the last word of a kubelet on a pod.
func (k *Kubelet) deletePod(ctx context.Context, pod *corev1.Pod) {
	now := int64(0)
	options := metav1.DeleteOptions{GracePeriodSeconds: &now, Preconditions: &metav1.Preconditions{UID: &pod.UID}}
	// Whatever the answer: the informer tells if the pod is still there.
	_ = k.clients.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, options)
}

// dataChanged refreshes the volumes of the pods that might use the object.
func (k *Kubelet) dataChanged(object any) {
	accessor, ok := object.(metav1.Object)
	if !ok {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, w := range k.workers {
		if w.pod.Namespace == accessor.GetNamespace() {
			w.wake()
		}
	}
}

// beat keeps the node alive until ctx ends.
func (k *Kubelet) beat(ctx context.Context) {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		if err := k.renew(ctx); err != nil && ctx.Err() == nil {
			k.say("%v", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (k *Kubelet) say(format string, args ...any) {
	fmt.Fprintf(k.options.Out, "kubelet: "+format+"\n", args...)
}
