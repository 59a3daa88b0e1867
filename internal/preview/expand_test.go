package preview

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestVariablesInQueries(t *testing.T) {
	s := scope{values: map[string]chosen{
		"one":  {values: []string{"a.b"}},
		"many": {values: []string{"a.b", "c"}, multi: true},
		"solo": {values: []string{"a.b"}, multi: true},
		"all":  {raw: ".*", all: true, multi: true},
	}}.at(span{noon.Add(-time.Hour).Unix(), noon.Unix()}, 30*time.Second, 30*time.Second)
	cases := map[string]struct{ in, want string }{
		"a choice of one is put in as it is":     {`up{pod="$one"}`, `up{pod="a.b"}`},
		"several become alternatives, escaped":   {`up{pod=~"$many"}`, `up{pod=~"(a\\.b|c)"}`},
		"one of several is escaped too":          {`up{pod=~"${solo}"}`, `up{pod=~"a\\.b"}`},
		"the value an author gave to All is raw": {`up{pod=~"$all"}`, `up{pod=~".*"}`},
		"formats":                                {`${many:csv} ${many:pipe} ${many:regex}`, `a.b,c a.b|c (a\.b|c)`},
		"the old notation":                       {`[[one]] [[many:csv]]`, `a.b a.b,c`},
		"Grafana's own":                          {`x[$__rate_interval] y[$__interval] z[$__range]`, `x[2m] y[30s] z[3600s]`},
		"numbers of Grafana's own":               {`$__interval_ms $__range_s`, `30000 3600`},
		"what is no variable stays":              {`label_replace(a, "b", "$1", "c", "(.*)$") $other`, `label_replace(a, "b", "$1", "c", "(.*)$") $other`},
		"a longer name is another variable":      {`$oneself`, `$oneself`},
		"a name in braces ends where they do":    {`${one}self`, `a.bself`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, s.expand(tc.in)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestVariablesOfADashboard(t *testing.T) {
	const text = `{"title": "$env for $who", "time": {"from": "now-1h", "to": "now"},
		"templating": {"list": [
			{"name": "datasource", "type": "datasource", "query": "prometheus"},
			{"name": "env", "type": "custom", "query": "a,b", "current": {"value": "b"}},
			{"name": "who", "type": "custom", "query": "x : 1, y : 2", "includeAll": true, "multi": true, "current": {"value": ["$__all"]}},
			{"name": "pod", "label": "Pod", "type": "query", "query": {"query": "label_values(up{env=\"$env\"}, pod)"}, "includeAll": true},
			{"name": "any", "type": "query", "query": "label_values(pod)", "includeAll": true, "allValue": ".*", "current": {"value": "$__all"}},
			{"name": "found", "type": "query", "query": {"qryType": 3, "query": "count by (le) (x)"}, "regex": "/le=\"([^\"]+)\"/"},
			{"name": "filter", "type": "adhoc"}
		]},
		"panels": [{"type": "stat", "gridPos": {"w": 24, "h": 4}, "targets": [
			{"refId": "A", "instant": true, "expr": "up{env=\"$env\", who=~\"$who\", pod=~\"$pod\", x=~\"$any\", le=\"$found\"}"}]}]}`
	answers := map[string][]Series{
		`group by (pod) (last_over_time(up{env="b"}[3600s]))`: {series(1, "pod", "p2"), series(1, "pod", "p1")},
		`count by (le) (x)`: {series(1, "le", "0.5"), series(1, "le", "1")},
	}
	board, source := build(t, text, answers)
	want := []Variable{
		{Label: "datasource", Text: "Prometheus"}, {Label: "env", Text: "b"}, {Label: "who", Text: "All"}, {Label: "Pod", Text: "All"},
		{Label: "any", Text: "All"}, {Label: "found", Text: "0.5"}, {Label: "filter", Problem: `variables of type "adhoc" are not supported`},
	}
	if diff := cmp.Diff(want, board.Variables); diff != "" {
		t.Error(diff)
	}
	if board.Title != "b for All" {
		t.Errorf("got title %q", board.Title)
	}
	last := source.asked[len(source.asked)-1].Expr
	if want := `up{env="b", who=~"(1|2)", pod=~"(p1|p2)", x=~".*", le="0.5"}`; last != want {
		t.Errorf("got %s, want %s", last, want)
	}
}

func TestChosenValuesReplaceThoseOfTheDashboard(t *testing.T) {
	const text = `{"title": "t", "templating": {"list": [{"name": "v", "type": "custom", "query": "a,b", "multi": true}]},
		"panels": [{"type": "stat", "targets": [{"instant": true, "expr": "up{v=~\"$v\"}"}]}]}`
	_, source := build(t, text, nil, func(o *Options) { o.Variables = map[string][]string{"v": {"c", "d"}} })
	if got, want := source.asked[0].Expr, `up{v=~"(c|d)"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
