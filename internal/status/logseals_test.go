package status

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// guarded is a pass whose seals and deletions were looked at, and found like this.
func guarded(change func(*Pass)) *Pass {
	return stored(func(*Logs) {}).and(func(p *Pass) {
		p.LogSeals = &LogSeals{Classes: []string{"audit"}, Asked: true, Last: []tuxv1alpha1.LogSealStatus{{Class: "audit", LastHour: "13", Head: "ab"}}}
		p.LogDeletions = &LogDeletions{Tenant: "tux", Asked: true}
		change(p)
	})
}

func (p *Pass) and(change func(*Pass)) *Pass {
	change(p)
	return p
}

func others(ids ...string) []tuxv1alpha1.LogDeletionStatus {
	var all []tuxv1alpha1.LogDeletionStatus
	for _, id := range ids {
		all = append(all, tuxv1alpha1.LogDeletionStatus{ID: id})
	}
	return all
}

// TestSealsAndDeletionsInTheConditions: each row is passes one after the other, and what the last one says. None of it keeps
// the resource from being Ready.
func TestSealsAndDeletionsInTheConditions(t *testing.T) {
	unasked := func(p *Pass) { p.LogSeals.Asked, p.LogSeals.Last, p.LogDeletions.Asked = false, nil, false }
	failing := func(err error) func(*Pass) {
		return func(p *Pass) { p.LogSeals.Err, p.LogDeletions.Err, p.LogSeals.Last = err, err, nil }
	}
	silence := errors.New("cannot read lines: no answer in time")
	taken := func(p *Pass) { p.LogDeletions.Foreign = others("b", "a") }
	broken := func(p *Pass) { p.LogSeals.Problems = []string{"audit, x: edited"} }
	tests := map[string]struct {
		passes           []*Pass
		seals, deletions string
		head             string
		foreign          int
	}{
		"all is well":                     {[]*Pass{guarded(func(*Pass) {})}, "True/Sealed", "True/DeletionsKnown", "ab", 0},
		"nobody has looked":               {[]*Pass{guarded(unasked)}, "Unknown/Pending", "Unknown/Pending", "", 0},
		"a restart changes nothing":       {[]*Pass{guarded(taken), guarded(unasked)}, "True/Sealed", "False/ForeignDelete", "ab", 2},
		"Loki is silent":                  {[]*Pass{guarded(taken), guarded(failing(silence))}, "Unknown/LokiUnreachable", "Unknown/LokiUnreachable", "ab", 2},
		"broken seals are told first":     {[]*Pass{guarded(func(p *Pass) { failing(silence)(p); broken(p) })}, "False/SealsBroken", "Unknown/LokiUnreachable", "", 0},
		"an hour that cannot be read":     {[]*Pass{guarded(failing(fault.Terminal(tuxv1alpha1.ReasonSealRefused, silence)))}, "False/SealRefused", "Unknown/LokiUnreachable", "", 0},
		"no key":                          {[]*Pass{guarded(failing(fault.Waiting(time.Minute, tuxv1alpha1.ReasonSealKeyInvalid, silence)))}, "False/SealKeyInvalid", "Unknown/LokiUnreachable", "", 0},
		"hours that follow":               {[]*Pass{guarded(failing(fault.Waiting(time.Minute, tuxv1alpha1.ReasonPending, silence)))}, "Unknown/Pending", "Unknown/LokiUnreachable", "", 0},
		"no right to read Secrets":        {[]*Pass{guarded(failing(apierrors.NewForbidden(schema.GroupResource{}, "key", silence)))}, "False/Forbidden", "Unknown/LokiUnreachable", "", 0},
		"somebody has the ConfigMap":      {[]*Pass{guarded(failing(apierrors.NewAlreadyExists(schema.GroupResource{}, "seals")))}, "False/WriteFailed", "Unknown/LokiUnreachable", "", 0},
		"closed":                          {[]*Pass{guarded(func(p *Pass) { p.LogDeletions.Closed = true })}, "True/Sealed", "True/DeletionsKnown", "ab", 0},
		"more of others than are listed":  {[]*Pass{guarded(func(p *Pass) { p.LogDeletions.Foreign = others("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k") })}, "True/Sealed", "False/ForeignDelete", "ab", 10},
		"a class that is sealed no more":  {[]*Pass{guarded(func(*Pass) {}), guarded(func(p *Pass) { p.LogSeals.Classes, p.LogSeals.Last = nil, nil })}, "True/Sealed", "True/DeletionsKnown", "", 0},
		"accounted for by somebody later": {[]*Pass{guarded(taken), guarded(func(*Pass) {})}, "True/Sealed", "True/DeletionsKnown", "ab", 0},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var s tuxv1alpha1.TuxMonitoringStatus
			for _, p := range tc.passes {
				s = Compute(s, p)
			}
			head := ""
			for _, last := range s.Logs.Seals {
				head += last.Head
			}
			got := []string{head}
			for _, kind := range []string{tuxv1alpha1.ConditionLogsSealed, tuxv1alpha1.ConditionLogDeletionsKnown, tuxv1alpha1.ConditionReady} {
				c := meta.FindStatusCondition(s.Conditions, kind)
				got = append(got, string(c.Status)+"/"+c.Reason)
			}
			if diff := cmp.Diff([]string{tc.head, tc.seals, tc.deletions, "True/Applied"}, got); diff != "" {
				t.Error(diff)
			}
			if len(s.Logs.ForeignDeletions) != tc.foreign {
				t.Errorf("%v", s.Logs.ForeignDeletions)
			}
			if again := Compute(s, tc.passes[len(tc.passes)-1]); cmp.Diff(s, again) != "" {
				t.Error("the same once more is another status")
			}
		})
	}
}
