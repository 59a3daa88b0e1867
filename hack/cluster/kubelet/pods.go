package kubelet

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
)

// seen binds a new pod to the node, starts one that is bound, and ends one that is being deleted. It is
// called again and again for every pod.
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

// updated knows that a pod and the next one of the same name look like one to a watch that was broken.
func (k *Kubelet) updated(ctx context.Context, old, now any) {
	before, ok := old.(*corev1.Pod)
	after, okAfter := now.(*corev1.Pod)
	if ok && okAfter && before.UID != after.UID {
		k.gone(before)
	}
	k.seen(ctx, now)
}

// bind is the scheduler of a cluster with one node.
func (k *Kubelet) bind(ctx context.Context, pod *corev1.Pod) {
	binding := &corev1.Binding{
		ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: pod.Namespace, UID: pod.UID},
		Target:     corev1.ObjectReference{Kind: "Node", Name: k.options.NodeName},
	}
	err := k.clients.CoreV1().Pods(pod.Namespace).Bind(ctx, binding, metav1.CreateOptions{})
	// Bound already, being deleted or gone: what we have seen is not the newest any more.
	if err != nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) && ctx.Err() == nil {
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

// stopping ends the pod, or deletes one that does not run here: it never did, or has ended already.
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
	k.tokens.Range(func(key, _ any) bool {
		if key.(tokenKey).pod == uid {
			k.tokens.Delete(key)
		}
		return true
	})
}

// deletePod is the last word of a kubelet on a pod. If it is not heard, resync says it again.
func (k *Kubelet) deletePod(ctx context.Context, pod *corev1.Pod) {
	now := int64(0)
	options := metav1.DeleteOptions{GracePeriodSeconds: &now, Preconditions: &metav1.Preconditions{UID: &pod.UID}}
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
			wake(w.dataChanged)
		}
	}
}
