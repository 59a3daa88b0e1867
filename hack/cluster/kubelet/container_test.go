package kubelet

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// TestWhoFailsToStartMayTryAgain: one that ran well and ends is news at once; so is one that never gets up.
// Without a probe, ready is what a container is called from its first moment.
func TestWhoFailsToStartMayTryAgain(t *testing.T) {
	probed := &corev1.Container{ReadinessProbe: &corev1.Probe{}}
	for name, spec := range map[string]*corev1.Container{"probed": probed, "not probed": {}} {
		c := &container{spec: spec, startedAt: time.Now()}
		for i := range startFailures {
			if !c.failedToStart() {
				t.Errorf("%s: after %d failures it may not start again", name, i)
			}
		}
		if c.failedToStart() {
			t.Errorf("%s: it may fail for ever", name)
		}
	}
}

func TestTheEndOfWhatWasUpIsNews(t *testing.T) {
	w, _ := testWorker(t)
	c := &container{worker: w, pid: 1, spec: &corev1.Container{ReadinessProbe: &corev1.Probe{}}, failures: 1}
	c.setReady(true)
	if c.failures != 0 {
		t.Error("failures of a start that worked in the end are still counted")
	}
	if c.setReady(false); c.failedToStart() {
		t.Error("it was ready and ended, and nobody is told")
	}
	c = &container{spec: &corev1.Container{}, startedAt: time.Now().Add(-settling)}
	if c.failedToStart() {
		t.Error("it ran for long without a probe and ended, and nobody is told")
	}
}
