package kubelet

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// status is what the pod is like now. Times of conditions that did not change are kept from old.
func (w *worker) status(old corev1.PodStatus) corev1.PodStatus {
	w.mu.Lock()
	containers, initDone := w.containers, w.initDone
	w.mu.Unlock()

	status := corev1.PodStatus{
		QOSClass:  old.QOSClass,
		Phase:     corev1.PodPending,
		HostIP:    w.k.options.NodeAddress,
		HostIPs:   []corev1.HostIP{{IP: w.k.options.NodeAddress}},
		PodIP:     w.pod.Status.PodIP,
		PodIPs:    []corev1.PodIP{{IP: w.pod.Status.PodIP}},
		StartTime: &w.started,
	}
	if initDone {
		status.Phase = corev1.PodRunning
	}
	ready := initDone
	for _, c := range containers {
		s := c.status()
		ready = ready && s.Ready
		status.ContainerStatuses = append(status.ContainerStatuses, s)
	}
	status.Conditions = conditions(old.Conditions, map[corev1.PodConditionType]bool{
		corev1.PodScheduled:    true,
		corev1.PodInitialized:  initDone,
		corev1.ContainersReady: ready,
		corev1.PodReady:        ready,
	})
	return status
}

func (c *container) status() corev1.ContainerStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	running := c.pid != 0
	status := corev1.ContainerStatus{
		Name: c.spec.Name, Image: c.spec.Image, ImageID: c.spec.Image,
		Ready: c.ready, Started: &running, RestartCount: c.restarts,
	}
	if running {
		status.State.Running = &corev1.ContainerStateRunning{StartedAt: c.since}
	} else {
		status.State.Waiting = &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}
	}
	return status
}

// conditionOrder keeps the list stable.
var conditionOrder = []corev1.PodConditionType{
	corev1.PodScheduled, corev1.PodInitialized, corev1.ContainersReady, corev1.PodReady,
}

func conditions(old []corev1.PodCondition, now map[corev1.PodConditionType]bool) []corev1.PodCondition {
	before := map[corev1.PodConditionType]corev1.PodCondition{}
	for _, condition := range old {
		before[condition.Type] = condition
	}
	var conditions []corev1.PodCondition
	for _, kind := range conditionOrder {
		condition := corev1.PodCondition{Type: kind, Status: corev1.ConditionFalse, LastTransitionTime: metav1.Now()}
		if now[kind] {
			condition.Status = corev1.ConditionTrue
		} else {
			condition.Reason = "ContainersNotReady"
		}
		if was := before[kind]; was.Status == condition.Status {
			condition.LastTransitionTime = was.LastTransitionTime
		}
		conditions = append(conditions, condition)
	}
	return conditions
}

// sameStatus ignores what we do not write, and fractions of seconds the API server does not keep.
func sameStatus(a, b corev1.PodStatus) bool {
	return a.Phase == b.Phase && a.PodIP == b.PodIP && sameConditions(a.Conditions, b.Conditions) &&
		sameContainers(a.ContainerStatuses, b.ContainerStatuses)
}

func sameConditions(a, b []corev1.PodCondition) bool {
	strip := func(conditions []corev1.PodCondition) map[corev1.PodConditionType]corev1.ConditionStatus {
		stripped := map[corev1.PodConditionType]corev1.ConditionStatus{}
		for _, condition := range conditions {
			stripped[condition.Type] = condition.Status
		}
		return stripped
	}
	return equality.Semantic.DeepEqual(strip(a), strip(b))
}

func sameContainers(a, b []corev1.ContainerStatus) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || a[i].Ready != b[i].Ready || a[i].RestartCount != b[i].RestartCount ||
			(a[i].State.Running == nil) != (b[i].State.Running == nil) {
			return false
		}
	}
	return true
}
