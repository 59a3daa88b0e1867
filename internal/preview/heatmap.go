package preview

import (
	"cmp"
	"math"
	"slices"
	"strconv"
)

// Heat is a picture of counts by bucket and time.
type Heat struct {
	Start int64 `json:"start"`
	Step  int64 `json:"step"`
	// Rows from the lowest bucket up.
	Rows []HeatRow `json:"rows"`
}

// HeatRow is one bucket: its name, its upper bound if it has one, and the counts.
type HeatRow struct {
	Name   string `json:"name"`
	Bound  Number `json:"bound"`
	Values Values `json:"values"`
}

// heat makes the rows of a heatmap. A query of format heatmap returns cumulative buckets, of which each
// counts what the smaller ones count too; they are sorted by le and taken apart, as Grafana does.
func heat(answers []answer) *Heat {
	out := &Heat{}
	for i := range answers {
		a := &answers[i]
		out.Start, out.Step = a.query.Start, a.query.Step
		var rows []HeatRow
		for j := range a.series {
			s := &a.series[j]
			row := HeatRow{
				Name: legend(a.target.LegendFormat, s.Metric, len(a.series), a.query.Expr), Values: slices.Clone(s.Values),
				Bound: Number(math.NaN()),
			}
			if bound, err := strconv.ParseFloat(first(s.Metric["le"], row.Name), 64); err == nil {
				row.Bound = Number(bound)
			}
			rows = append(rows, row)
		}
		slices.SortStableFunc(rows, func(x, y HeatRow) int { return cmp.Compare(x.Bound, y.Bound) })
		if a.target.Format == "heatmap" {
			takeApart(rows)
		}
		out.Rows = append(out.Rows, rows...)
	}
	return out
}

// takeApart subtracts from each row the one below, from the top so that it is still whole. Scrapes are
// not simultaneous, so that a difference may be slightly negative: it is none then.
func takeApart(rows []HeatRow) {
	for i := len(rows) - 1; i > 0; i-- {
		for j := range rows[i].Values {
			if below := rows[i-1].Values[j]; !math.IsNaN(below) {
				rows[i].Values[j] = max(rows[i].Values[j]-below, 0)
			}
		}
	}
}
