package kubelet

import (
	"bytes"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tux-io/tux-monitoring-operator/hack/cluster/network"
)

// testWorker is a pod that nobody runs, with an init container "init" and containers "web" and "log".
func testWorker(t *testing.T) (*worker, *bytes.Buffer) {
	t.Helper()
	out := &bytes.Buffer{}
	k := New(Options{NodeAddress: "10.77.0.1", Dir: t.TempDir(), Logs: t.TempDir(), Out: out, Guardian: unguarded{}})
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web-1", UID: "u-1"}}
	pod.Spec.InitContainers = []corev1.Container{{Name: "init", Image: "init"}}
	pod.Spec.Containers = []corev1.Container{{Name: "web", Image: "web"}, {Name: "log", Image: "log"}}
	return newWorker(t.Context(), k, pod), out
}

type unguarded struct{}

func (unguarded) Guard(string, int) error { return nil }
func (unguarded) Unguard(string)          {}

// startAll does as if all processes ran.
func (w *worker) startAll() {
	w.address = network.Pod{Address: netip.MustParseAddr("10.77.0.2")}
	w.initialized = true
	w.inits[0].ready = true
	w.inits[0].state = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Completed"}}
	for _, c := range w.containers {
		c.ready, c.starts = true, 1
		c.state = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now()}}
	}
}

func TestStatus(t *testing.T) {
	type result struct {
		Phase       corev1.PodPhase
		Address     string
		Initialized corev1.ConditionStatus
		Ready       corev1.ConditionStatus
		Web         string
		Restarts    int32
	}
	cases := map[string]struct {
		do   func(w *worker)
		want result
	}{
		"nothing was done yet": {
			do:   func(*worker) {},
			want: result{Phase: "Pending", Initialized: "False", Ready: "False", Web: "PodInitializing"},
		},
		"its volumes are missing": {
			do:   func(w *worker) { w.explain("fill its volumes", errors.New("no ConfigMap")) },
			want: result{Phase: "Pending", Initialized: "False", Ready: "False", Web: "PodInitializing: cannot fill its volumes: no ConfigMap"},
		},
		"everything runs": {
			do:   (*worker).startAll,
			want: result{Phase: "Running", Address: "10.77.0.2", Initialized: "True", Ready: "True"},
		},
		"one container waits for its image": {
			do: func(w *worker) {
				w.startAll()
				w.containers[0].ready = false
				w.containers[0].waits(noImage, "no such image")
			},
			want: result{Phase: "Pending", Address: "10.77.0.2", Initialized: "True", Ready: "False", Web: "ErrImageNeverPull: no such image"},
		},
		"one container is not ready": {
			do: func(w *worker) {
				w.startAll()
				w.containers[1].pid = 1
				w.containers[1].setReady(false)
			},
			want: result{Phase: "Running", Address: "10.77.0.2", Initialized: "True", Ready: "False"},
		},
		"one container has died": {
			do: func(w *worker) {
				w.startAll()
				w.containers[0].starts = 3
				_ = w.containers[0].ended(nil)
			},
			want: result{Phase: "Running", Address: "10.77.0.2", Initialized: "True", Ready: "False", Web: "CrashLoopBackOff", Restarts: 2},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w, _ := testWorker(t)
			tc.do(w)
			status := w.status(corev1.PodStatus{})
			got := result{Phase: status.Phase, Address: status.PodIP, Restarts: status.ContainerStatuses[0].RestartCount}
			got.Initialized, got.Ready = conditionOf(status, corev1.PodInitialized), conditionOf(status, corev1.PodReady)
			if waiting := status.ContainerStatuses[0].State.Waiting; waiting != nil {
				got.Web = waiting.Reason
				if waiting.Message != "" {
					got.Web += ": " + waiting.Message
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("status (-want +got):\n%s", diff)
			}
			if again := w.status(status); !cmp.Equal(status, again) {
				t.Errorf("the same pod has another status:\n%s", cmp.Diff(status, again))
			}
		})
	}
}

func conditionOf(status corev1.PodStatus, kind corev1.PodConditionType) corev1.ConditionStatus {
	for _, condition := range status.Conditions {
		if condition.Type == kind {
			return condition.Status
		}
	}
	return "missing"
}

func TestStatusKeepsWhatIsNotOurs(t *testing.T) {
	w, _ := testWorker(t)
	foreign := corev1.PodCondition{Type: "shop/Checked", Status: corev1.ConditionTrue, Message: "by somebody"}
	old := corev1.PodStatus{QOSClass: corev1.PodQOSBurstable, NominatedNodeName: "other", Conditions: []corev1.PodCondition{foreign}}
	got := w.status(old)
	if got.QOSClass != old.QOSClass || got.NominatedNodeName != old.NominatedNodeName || !cmp.Equal(got.Conditions[0], foreign) {
		t.Errorf("got %+v", got)
	}
	if len(old.Conditions) != 1 {
		t.Errorf("the status that was read has been changed: %+v", old)
	}
}

func TestConditionsKeepTheTimeWhileTheirStatusStays(t *testing.T) {
	before := metav1.NewTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	status := &corev1.PodStatus{Conditions: []corev1.PodCondition{
		{Type: corev1.PodReady, Status: corev1.ConditionFalse, LastTransitionTime: before},
		{Type: corev1.ContainersReady, Status: corev1.ConditionFalse, LastTransitionTime: before},
	}}
	setCondition(status, corev1.PodReady, false, "ContainersNotReady")
	setCondition(status, corev1.ContainersReady, true, "ContainersNotReady")
	setCondition(status, corev1.PodInitialized, true, "")

	ready, containers, initialized := status.Conditions[0], status.Conditions[1], status.Conditions[2]
	if !ready.LastTransitionTime.Equal(&before) || ready.Reason != "ContainersNotReady" {
		t.Errorf("a condition that stayed: %+v", ready)
	}
	if containers.Status != corev1.ConditionTrue || containers.Reason != "" || !containers.LastTransitionTime.After(before.Time) {
		t.Errorf("a condition that changed: %+v", containers)
	}
	if initialized.Status != corev1.ConditionTrue || initialized.LastTransitionTime.IsZero() {
		t.Errorf("a new condition: %+v", initialized)
	}
}

func TestAProblemIsToldOnce(t *testing.T) {
	w, out := testWorker(t)
	first, second := errors.New("no ConfigMap"), errors.New("no Secret")
	for _, err := range []error{first, first, second, second, nil, nil, first} {
		w.tell("fill its volumes", err)
	}
	w.stop()
	w.tell("fill its volumes", second)

	const line = `kubelet: pod "shop/web-1": cannot fill its volumes: `
	want := line + "no ConfigMap\n" + line + "no Secret\n" + line + "no ConfigMap\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}
