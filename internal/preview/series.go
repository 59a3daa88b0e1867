package preview

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Line is one series of a picture.
type Line struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels,omitempty"`
	// Start is the time of the first value and Step the distance of the others, in seconds. The step of
	// a single value is 0.
	Start  int64  `json:"start"`
	Step   int64  `json:"step,omitempty"`
	Values Values `json:"values"`
	// Calcs are the reductions the panel shows, by Grafana's names.
	Calcs map[string]Number `json:"calcs,omitempty"`
	// Config are the settings of this series if overrides change those of the panel.
	Config map[string]any `json:"config,omitempty"`
}

// lines names the series of all answers and computes the numbers beside them.
func lines(p *panel, answers []answer) []Line {
	var out []Line
	wanted := append(texts(lookup[[]any](p.Options, "reduceOptions", "calcs")),
		texts(lookup[[]any](p.Options, "legend", "calcs"))...)
	if len(wanted) == 0 {
		wanted = []string{"lastNotNull"}
	}
	for i := range answers {
		a := &answers[i]
		for j := range a.series {
			s := &a.series[j]
			name := legend(a.target.LegendFormat, s.Metric, len(a.series), a.query.Expr)
			config := p.FieldConfig.settings(name, a.target.RefID, true)
			if shown := displayName(p.FieldConfig.Defaults, config); shown != "" {
				name = fieldName(shown, name, s.Metric)
			}
			line := Line{
				Name: name, Labels: s.Metric, Start: a.query.Start, Step: a.query.Step, Values: s.Values, Config: config,
				Calcs: map[string]Number{},
			}
			for _, calc := range wanted {
				if value, known := reduce(calc, s.Values); known {
					line.Calcs[calc] = Number(value)
				}
			}
			out = append(out, line)
		}
	}
	return out
}

func displayName(defaults, own map[string]any) string {
	return first(lookup[string](own, "displayName"), lookup[string](defaults, "displayName"))
}

// fieldName fills Grafana's variables of a field into a display name.
func fieldName(text, name string, metric map[string]string) string {
	pairs := []string{"${__series.name}", name, "${__field.name}", name, "${__field.displayName}", name}
	for _, label := range slices.Sorted(maps.Keys(metric)) {
		pairs = append(pairs, "${__field.labels."+label+"}", metric[label])
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// legend names a series as Grafana does.
func legend(format string, metric map[string]string, count int, expr string) string {
	switch {
	case format != "" && format != "__auto":
		return fill(format, metric)
	case len(metric) == 0:
		return expr
	case count > 1 && len(metric) == 1:
		for _, value := range metric {
			return value
		}
	}
	return notation(metric)
}

// notation writes labels as Prometheus does, sorted.
func notation(metric map[string]string) string {
	var parts []string
	for _, label := range slices.Sorted(maps.Keys(metric)) {
		if label != "__name__" {
			parts = append(parts, fmt.Sprintf("%s=%q", label, metric[label]))
		}
	}
	return metric["__name__"] + "{" + strings.Join(parts, ", ") + "}"
}

// texts returns the texts among the values of a JSON list.
func texts(values []any) []string {
	var out []string
	for _, value := range values {
		if text, ok := value.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

// reducers are Grafana's reductions of the values that exist, in their order.
var reducers = map[string]func(values []float64) float64{
	"lastNotNull":  func(v []float64) float64 { return v[len(v)-1] },
	"firstNotNull": func(v []float64) float64 { return v[0] },
	"first":        func(v []float64) float64 { return v[0] },
	"min":          func(v []float64) float64 { return slices.Min(v) },
	"max":          func(v []float64) float64 { return slices.Max(v) },
	"sum":          sum,
	"total":        sum,
	"mean":         func(v []float64) float64 { return sum(v) / float64(len(v)) },
	"median":       func(v []float64) float64 { return quantile(v, 0.5) },
	"p95":          func(v []float64) float64 { return quantile(v, 0.95) },
	"p99":          func(v []float64) float64 { return quantile(v, 0.99) },
	"range":        func(v []float64) float64 { return slices.Max(v) - slices.Min(v) },
	"diff":         func(v []float64) float64 { return v[len(v)-1] - v[0] },
	"diffperc":     func(v []float64) float64 { return (v[len(v)-1] - v[0]) / v[0] },
	"count":        func(v []float64) float64 { return float64(len(v)) },
}

// reduce returns the reduction of the values, NaN if none exists; false if the name is not known.
func reduce(name string, values Values) (float64, bool) {
	if name == "last" {
		if len(values) == 0 {
			return math.NaN(), true
		}
		return values[len(values)-1], true
	}
	f, known := reducers[name]
	if !known {
		return math.NaN(), false
	}
	present := slices.DeleteFunc(slices.Clone([]float64(values)), math.IsNaN)
	if len(present) == 0 {
		return math.NaN(), true
	}
	return f(present), true
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}

func quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(math.Floor(q*float64(len(sorted)-1)+0.5))]
}
