package collector

import (
	"slices"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

// redact takes the presets out of the line as text, as Preset.Redact does, one after the other in the order of their
// names; and out of the attributes, since who calls the backend chooses a request_id.
func redact(presets []retention.Preset) []string {
	var all []string
	for _, preset := range slices.Compact(slices.Sorted(slices.Values(presets))) {
		arguments := quote(preset.Pattern()) + ", " + quote(retention.Replacement) + ")"
		all = append(all,
			"replace_pattern("+string(body)+", "+arguments,
			"replace_all_patterns("+string(attributes)+", "+quote("value")+", "+arguments)
	}
	return all
}
