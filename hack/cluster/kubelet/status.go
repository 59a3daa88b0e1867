package kubelet

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// reportChanges keeps the status at the API server up to date until the pod is to end.
func (w *worker) reportChanges() {
	for {
		select {
		case <-w.ctx.Done():
			return
		case <-w.statusChanged:
		}
		err := w.report(w.ctx)
		w.tell("write its status", err)
		if err != nil {
			pause(w.ctx, again)
			w.changed()
		}
	}
}

// report writes the status if it differs from what the API server has.
func (w *worker) report(ctx context.Context) error {
	pods := w.k.clients.CoreV1().Pods(w.pod.Namespace)
	for {
		pod, err := pods.Get(ctx, w.pod.Name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) || err == nil && pod.UID != w.pod.UID {
			return nil
		}
		if err != nil {
			return err
		}
		status := w.status(pod.Status)
		if equality.Semantic.DeepEqual(status, pod.Status) {
			return nil
		}
		pod.Status = status
		if _, err = pods.UpdateStatus(ctx, pod, metav1.UpdateOptions{}); !apierrors.IsConflict(err) {
			return err
		}
	}
}

// status is what the pod is like now. What is not ours is kept from old, and the times of conditions that
// did not change.
func (w *worker) status(old corev1.PodStatus) corev1.PodStatus {
	w.mu.Lock()
	address, initialized := w.address.Address, w.initialized
	w.mu.Unlock()

	status := *old.DeepCopy()
	status.StartTime = &w.started
	status.HostIP = w.k.options.NodeAddress
	status.HostIPs = []corev1.HostIP{{IP: status.HostIP}}
	if address.IsValid() {
		status.PodIP = address.String()
		status.PodIPs = []corev1.PodIP{{IP: status.PodIP}}
	}
	status.InitContainerStatuses, status.ContainerStatuses = statuses(w.inits), statuses(w.containers)
	status.Phase = phase(status.ContainerStatuses)
	ready := initialized && !slices.ContainsFunc(status.ContainerStatuses, func(s corev1.ContainerStatus) bool { return !s.Ready })
	setCondition(&status, corev1.PodScheduled, true, "")
	setCondition(&status, corev1.PodInitialized, initialized, "ContainersNotInitialized")
	setCondition(&status, corev1.ContainersReady, ready, "ContainersNotReady")
	setCondition(&status, corev1.PodReady, ready, "ContainersNotReady")
	return status
}

func statuses(containers []*container) []corev1.ContainerStatus {
	var all []corev1.ContainerStatus
	for _, c := range containers {
		all = append(all, c.status())
	}
	return all
}

// phase is Running once every container was started; what happens to them then changes nothing.
func phase(containers []corev1.ContainerStatus) corev1.PodPhase {
	for i := range containers {
		if containers[i].State.Running == nil && containers[i].LastTerminationState.Terminated == nil {
			return corev1.PodPending
		}
	}
	return corev1.PodRunning
}

// setCondition keeps the time of a condition whose status stays.
func setCondition(status *corev1.PodStatus, kind corev1.PodConditionType, holds bool, otherwise string) {
	condition := corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue}
	if !holds {
		condition.Status, condition.Reason = corev1.ConditionFalse, otherwise
	}
	i := slices.IndexFunc(status.Conditions, func(c corev1.PodCondition) bool { return c.Type == kind })
	if i < 0 {
		condition.LastTransitionTime = now()
		status.Conditions = append(status.Conditions, condition)
		return
	}
	was := &status.Conditions[i]
	if was.Status != condition.Status {
		was.LastTransitionTime = now()
	}
	was.Status, was.Reason = condition.Status, condition.Reason
}
