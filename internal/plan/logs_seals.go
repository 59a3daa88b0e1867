package plan

import (
	"cmp"
	"time"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// defaultGraceMinutes is how long an hour waits for late lines. A collector sends what it has every few seconds; after an
// outage of Loki it brings up to half a GiB later, which counts as late and is no alarm.
const defaultGraceMinutes = 10

func logSeals(spec *tuxv1alpha1.Logs) *env.LogSeals {
	if spec.Seals == nil {
		return nil
	}
	return &env.LogSeals{
		Secret: spec.Seals.KeySecretRef.Name,
		Grace:  time.Duration(cmp.Or(spec.Seals.GraceMinutes, defaultGraceMinutes)) * time.Minute,
	}
}

func accountedFor(spec *tuxv1alpha1.Logs) []string {
	var all []string
	for _, id := range spec.AcknowledgedDeletions {
		all = append(all, string(id))
	}
	return all
}
