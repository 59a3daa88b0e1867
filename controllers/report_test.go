package controllers

import (
	"errors"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/status"
)

// TestAGraceThatEndedWhileTheStatusWasWrittenIsNotForgotten: on a slow API server nobody would come back, and Ready stay
// True for as long as Sentry is away.
func TestAGraceThatEndedWhileTheStatusWasWrittenIsNotForgotten(t *testing.T) {
	after := &tuxv1alpha1.TuxMonitoringStatus{Conditions: []metav1.Condition{
		{Type: tuxv1alpha1.ConditionReady, Status: metav1.ConditionTrue},
		{Type: tuxv1alpha1.ConditionSentrySynced, Status: metav1.ConditionFalse, LastTransitionTime: metav1.NewTime(time.Now().Add(-time.Hour))},
	}}
	away := &pass{sentry: &status.Sentry{Grace: time.Minute, Err: errors.New("away")}}
	if result := untilGraceEnds(ctrl.Result{}, after, away); result.RequeueAfter <= 0 {
		t.Error("nobody comes back")
	}
	// A setting that is ignored leaves Ready as it is, for as long as it takes.
	if result := untilGraceEnds(ctrl.Result{}, after, &pass{sentry: &status.Sentry{Grace: time.Minute}}); result.RequeueAfter != 0 {
		t.Errorf("somebody comes back after %s, and again and again", result.RequeueAfter)
	}
}
