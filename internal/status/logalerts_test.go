package status

import (
	"errors"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

func ruler(change func(*LogAlerts)) *Pass {
	return with(func(p *Pass) {
		p.LogAlerts = &LogAlerts{ConfigMap: "production-log-rules", FolderAnnotation: "folder", Asked: true}
		change(p.LogAlerts)
	})
}

// TestLogAlertsInTheConditions: each row is passes one after the other. Ready does not depend on it: metrics call, too.
func TestLogAlertsInTheConditions(t *testing.T) {
	loaded := ruler(func(*LogAlerts) {})
	lacking := ruler(func(l *LogAlerts) { l.Missing = []string{"TuxLogErrorBurst of tux-backend"} })
	asking := func() *Pass { return ruler(func(l *LogAlerts) { l.Asked = false }) }
	tests := map[string]struct {
		passes        []*Pass
		want, message string
	}{
		"loaded":             {[]*Pass{loaded}, "True/Loaded", "production-log-rules"},
		"not loaded":         {[]*Pass{loaded, lacking}, "False/NotLoaded", "TuxLogErrorBurst of tux-backend; does its sidecar"},
		"not asked yet":      {[]*Pass{asking()}, "Unknown/Written", "was not asked"},
		"a restart":          {[]*Pass{lacking, asking()}, "False/NotLoaded", "TuxLogErrorBurst"},
		"another generation": {[]*Pass{lacking, nextOf(asking())}, "Unknown/Written", "was not asked"},
		"on its way": {[]*Pass{ruler(func(l *LogAlerts) {
			l.Err = fault.Waiting(time.Minute, tuxv1alpha1.ReasonWritten, errors.New("not yet"))
		})}, "Unknown/Written", "not yet"},
		"Loki is away": {[]*Pass{ruler(func(l *LogAlerts) { l.Err = errors.New("cannot list the rules") })}, "Unknown/LokiUnreachable", "annot list"},
		"a LokiStack that ignores it": {[]*Pass{ruler(func(l *LogAlerts) { l.Stack, l.Ignored = "LokiStack a/b", "its selector" })},
			"False/NotLoaded", "not for the ruler of LokiStack a/b: its selector"},
		"one that cannot be asked": {[]*Pass{ruler(func(l *LogAlerts) { l.Stack, l.Silent, l.Asked = "LokiStack a/b", true, false })},
			"Unknown/Written", "lokiStack.url"},
		"one whose ruler lacks it": {[]*Pass{ruler(func(l *LogAlerts) { l.Stack, l.Missing = "LokiStack a/b", []string{"TuxLogsMissing of web"} })},
			"False/NotLoaded", "The ruler of LokiStack a/b lacks TuxLogsMissing"},
		"what is only planned":  {[]*Pass{planned(ruler(func(*LogAlerts) {}))}, "Unknown/Planned", "nothing is written"},
		"nobody wants them now": {[]*Pass{lacking, good()}, "", ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var s tuxv1alpha1.TuxMonitoringStatus
			for _, p := range tc.passes {
				s = Compute(s, p)
			}
			got, message := "", ""
			if c := meta.FindStatusCondition(s.Conditions, tuxv1alpha1.ConditionLogAlertsLoaded); c != nil {
				got, message = string(c.Status)+"/"+c.Reason, c.Message
			}
			if got != tc.want || !strings.Contains(message, tc.message) {
				t.Errorf("%s %q", got, message)
			}
			ready := meta.FindStatusCondition(s.Conditions, tuxv1alpha1.ConditionReady)
			if ready.Status != "True" {
				t.Errorf("Ready is %s: %s", ready.Status, ready.Message)
			}
		})
	}
}
