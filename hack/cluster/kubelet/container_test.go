package kubelet

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// TestWhoFailsToStartMayTryAgain: one that ran well and ends is news at once; so is one that never gets up.
func TestWhoFailsToStartMayTryAgain(t *testing.T) {
	probed := &corev1.Container{ReadinessProbe: &corev1.Probe{}}
	c := &container{spec: probed}
	for i := range startFailures {
		if !c.failedToStart() {
			t.Errorf("after %d failures it may not start again", i)
		}
	}
	if c.failedToStart() {
		t.Error("it may fail for ever")
	}
	c = &container{spec: probed}
	c.failedToStart()
	c.ready = true
	c.noteReady()
	if c.failures != 0 {
		t.Error("failures of a start that worked in the end are still counted")
	}
	if c.failedToStart() {
		t.Error("it was ready and ended, and nobody is told")
	}
}
