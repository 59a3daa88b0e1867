package lokistack

import (
	"cmp"
	"slices"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
)

// The conditions of a LokiStack.
const (
	conditionReady    = "Ready"
	conditionFailed   = "Failed"
	conditionDegraded = "Degraded"
)

// Verdict is what a LokiStack comes to for what was applied.
type Verdict struct {
	loki.Verdict

	// Pending: the Loki operator is at work, and nothing can be said yet.
	Pending bool
}

// Judge holds what the LokiStack says of itself, and what its Loki answers, against what was applied. facts are nil where
// nobody asks it.
func Judge(c retention.Commitment, s *Stack, facts *loki.Facts) Verdict {
	v := Verdict{}
	if facts != nil {
		v.Verdict = loki.Judge(c, *facts)
	}
	ready := false
	for _, condition := range s.Conditions {
		switch condition.Type {
		case conditionReady:
			ready = true
		case conditionFailed, conditionDegraded:
			v.Differences = append(v.Differences,
				"condition "+condition.Type+": "+cmp.Or(condition.Message, condition.Reason, "no reason"))
		}
	}
	if s.Unmanaged {
		v.Differences = append(v.Differences, "managementState Unmanaged, so that its Loki is told nothing")
	}
	slices.Sort(v.Differences)
	v.Pending = !ready && len(v.Differences) == 0 && !v.Off && !v.ReloadFailed
	return v
}
