package preview

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEveryQueryOfAPanelIsAskedAsGrafanaAsks(t *testing.T) {
	board, source := build(t, single(`{"type": "timeseries", "gridPos": {"w": 12, "h": 8}, "interval": "1m", "targets": [
		{"refId": "A", "expr": "a[$__rate_interval]", "interval": "30s", "legendFormat": "{{job}} a"},
		{"refId": "B", "expr": "b", "instant": true},
		{"refId": "C", "expr": "hidden", "hide": true},
		{"refId": "D", "expr": "d[$__rate_interval]"}]}`),
		map[string][]Series{"a[2m]": {series(1, "job", "web")}, "b": {series(2)}})
	end := noon.Unix()
	want := []Query{
		{Expr: "a[2m]", Start: end - 3600, End: end, Step: 30},
		{Expr: "b", Start: end, End: end},
		{Expr: "d[4m]", Start: end - 3600, End: end, Step: 60},
	}
	if diff := cmp.Diff(want, source.asked); diff != "" {
		t.Error(diff)
	}
	if got := board.Panels[0].Lines[0].Name; got != "web a" {
		t.Errorf("the legend is %q", got)
	}
}

func TestAQueryThatFailsIsToldInItsPanel(t *testing.T) {
	board, _ := build(t, `{"title": "t", "panels": [
		{"id": 1, "type": "stat", "title": "good", "targets": [{"refId": "A", "expr": "good", "instant": true}]},
		{"id": 2, "type": "timeseries", "title": "half", "targets": [{"refId": "A", "expr": "good"}, {"refId": "B", "expr": "broken("}]},
		{"id": 3, "type": "timeseries", "title": "logs", "targets": [{"refId": "A", "expr": "x", "datasource": {"type": "loki", "uid": "l"}}]},
		{"id": 4, "type": "table", "title": "bare", "targets": [{"refId": "A"}]}]}`,
		map[string][]Series{"good": {series(1)}})
	want := [][]string{
		nil, {"B: bad_data: parse error"}, {`A: data sources of type "loki" are not supported`}, {"A: the query is empty"},
	}
	for i, p := range board.Panels {
		if diff := cmp.Diff(want[i], p.Errors); diff != "" {
			t.Errorf("panel %q: %s", p.Title, diff)
		}
	}
	if len(board.Panels[1].Lines) != 1 {
		t.Error("the query that works is not drawn")
	}
	page := &Page{Dashboards: []Board{*board}}
	if got := page.Failures(); len(got) != 3 || got[0] != `t: panel "half": B: bad_data: parse error` {
		t.Errorf("got %q", got)
	}
}

func TestWhatIsNotDrawnIsSaid(t *testing.T) {
	board, source := build(t, `{"title": "t", "panels": [
		{"type": "piechart", "targets": [{"expr": "never asked"}]},
		{"type": "timeseries", "libraryPanel": {"name": "shared", "uid": "x"}},
		{"type": "timeseries", "repeat": "pod", "transformations": [{"id": "reduce"}], "targets": [{"expr": "x"}],
			"fieldConfig": {"overrides": [{"matcher": {"id": "byValue"}}]}},
		{"type": "table", "transformations": [{"id": "pivot"}], "targets": [{"expr": "x", "instant": true}]}]}`, nil)
	for i, want := range []string{`type "piechart"`, `library panel "shared"`} {
		if got := board.Panels[i].Unsupported; !strings.Contains(got, want) {
			t.Errorf("panel %d says %q, want %q in it", i, got, want)
		}
	}
	for i, want := range map[int]string{2: "byValue repeats transformations", 3: "pivot"} {
		notes := strings.Join(board.Panels[i].Notes, "; ")
		for _, word := range strings.Fields(want) {
			if !strings.Contains(notes, word) {
				t.Errorf("the notes of panel %d are %q, want %q in them", i, notes, word)
			}
		}
	}
	if len(source.asked) != 2 {
		t.Errorf("asked %v, want only what is drawn", source.asked)
	}
}

func TestTooManySeriesAreCutAndSaid(t *testing.T) {
	var many []Series
	for i := range maxSeries + 5 {
		many = append(many, series(1, "n", fmt.Sprint(i)))
	}
	board, _ := build(t, single(`{"type": "timeseries", "targets": [{"refId": "A", "expr": "x"}]}`), map[string][]Series{"x": many})
	if got := len(board.Panels[0].Lines); got != maxSeries {
		t.Errorf("%d lines", got)
	}
	if diff := cmp.Diff([]string{"A: 5 more series are not shown"}, board.Panels[0].Notes); diff != "" {
		t.Error(diff)
	}
}

func TestLegendsAndOverrides(t *testing.T) {
	board, _ := build(t, single(`{"type": "timeseries", "targets": [
			{"refId": "A", "expr": "by_job"}, {"refId": "B", "expr": "alone", "legendFormat": "__auto"}, {"refId": "C", "expr": "two"}],
		"fieldConfig": {"defaults": {"unit": "s", "custom": {"lineWidth": 1}},
			"overrides": [
				{"matcher": {"id": "byName", "options": "web"}, "properties": [{"id": "custom.lineWidth", "value": 3}, {"id": "displayName", "value": "Web of ${__field.labels.job}"}]},
				{"matcher": {"id": "byFrameRefID", "options": "B"}, "properties": [{"id": "unit", "value": "bytes"}]},
				{"matcher": {"id": "byRegexp", "options": "/pod=.*/"}, "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": "red"}}]}]}}`),
		map[string][]Series{
			"by_job": {series(1, "job", "web"), series(1, "job", "db")}, "alone": {series(2)},
			"two": {series(3, "job", "web", "pod", "p", "__name__", "up")},
		})
	type line struct {
		Name   string
		Config map[string]any
	}
	var got []line
	for _, l := range board.Panels[0].Lines {
		got = append(got, line{l.Name, l.Config})
	}
	want := []line{
		{"db", nil},
		{"Web of web", map[string]any{"unit": "s", "displayName": "Web of ${__field.labels.job}", "custom": map[string]any{"lineWidth": 3.0}}},
		{"alone", map[string]any{"unit": "bytes", "custom": map[string]any{"lineWidth": 1.0}}},
		{`up{job="web", pod="p"}`, map[string]any{
			"unit": "s", "custom": map[string]any{"lineWidth": 1.0}, "color": map[string]any{"mode": "fixed", "fixedColor": "red"},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReducers(t *testing.T) {
	values := Values{nan, 1, 4, nan, 3, nan}
	want := map[string]float64{
		"lastNotNull": 3, "last": nan, "firstNotNull": 1, "first": 1, "min": 1, "max": 4, "sum": 8, "mean": 8.0 / 3, "median": 3, "range": 3,
		"diff": 2, "diffperc": 2, "count": 3, "p95": 4,
	}
	for name, number := range want {
		got, known := reduce(name, values)
		if !known || got != number && !(math.IsNaN(got) && math.IsNaN(number)) {
			t.Errorf("%s: got %v (%v), want %v", name, got, known, number)
		}
	}
	if _, known := reduce("changeCount", values); known {
		t.Error("an unknown reducer is known")
	}
	if got, _ := reduce("max", Values{nan}); !math.IsNaN(got) {
		t.Errorf("the maximum of nothing is %v", got)
	}
}

func TestHeatmapTakesCumulativeBucketsApart(t *testing.T) {
	board, _ := build(t, single(`{"type": "heatmap", "targets": [{"refId": "A", "expr": "b", "format": "heatmap", "legendFormat": "{{le}}"}]}`),
		map[string][]Series{"b": {series(9, "le", "+Inf"), series(5, "le", "10"), series(2, "le", "0.5"), series(1, "le", "0.25")}})
	var got []string
	for _, row := range board.Panels[0].Heat.Rows {
		got = append(got, fmt.Sprintf("%s: %v", row.Name, row.Values[0]))
	}
	if diff := cmp.Diff([]string{"0.25: 1", "0.5: 1", "10: 3", "+Inf: 4"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestTable(t *testing.T) {
	board, _ := build(t, single(`{"type": "table", "targets": [
			{"refId": "A", "expr": "a", "format": "table", "instant": true}, {"refId": "B", "expr": "b", "format": "table", "instant": true}],
		"transformations": [{"id": "merge"}, {"id": "organize", "options": {
			"excludeByName": {"Time": true}, "indexByName": {"view": 0, "Value #B": 1, "Value #A": 2}, "renameByName": {"view": "View", "Value #A": "Failed", "Value #B": "All"}}}],
		"fieldConfig": {"defaults": {}, "overrides": [
			{"matcher": {"id": "byName", "options": "Failed"}, "properties": [{"id": "unit", "value": "ops"}]},
			{"matcher": {"id": "byName", "options": "job"}, "properties": [{"id": "custom.hidden", "value": true}]}]},
		"options": {"sortBy": [{"displayName": "All", "desc": true}]}}`),
		map[string][]Series{
			"a": {series(1, "view", "x", "job", "web")},
			"b": {series(10, "view", "x", "job", "web"), series(30, "view", "y", "job", "web"), series(20, "view", "z", "job", "web")},
		})
	table := board.Panels[0].Table
	var names []string
	for _, c := range table.Columns {
		names = append(names, c.Name)
	}
	if diff := cmp.Diff([]string{"View", "All", "Failed"}, names); diff != "" {
		t.Error(diff)
	}
	want := [][]any{{"y", Number(30), nil}, {"z", Number(20), nil}, {"x", Number(10), Number(1)}}
	if diff := cmp.Diff(want, table.Rows); diff != "" {
		t.Error(diff)
	}
	if table.Columns[2].Config["unit"] != "ops" {
		t.Errorf("the override by the new name does not hold: %v", table.Columns[2].Config)
	}
}

func TestAnnotationsAreRegions(t *testing.T) {
	board, _ := build(t, `{"title": "t", "time": {"from": "now-10m", "to": "now"}, "panels": [{"type": "text"}], "annotations": {"list": [
		{"name": "Alerts", "enable": true, "iconColor": "red", "target": {"expr": "ALERTS", "interval": "1m"}, "titleFormat": "{{alertname}}", "textFormat": "{{severity}}"},
		{"name": "off", "enable": false, "expr": "never"}, {"name": "bad", "enable": true, "expr": "broken"}]}}`,
		map[string][]Series{"ALERTS": {series(nan, "alertname", "Down", "severity", "critical").then(1, 1, nan, 0, 1, nan, nan, nan, nan, nan)}})
	start := noon.Add(-10 * time.Minute).Unix()
	want := []Annotation{
		{Name: "Alerts", Color: "red", Text: "Down: critical", From: start + 60, To: start + 120},
		{Name: "Alerts", Color: "red", Text: "Down: critical", From: start + 300, To: start + 300},
	}
	if diff := cmp.Diff(want, board.Annotations); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{`annotation "bad": bad_data: parse error`}, board.Problems); diff != "" {
		t.Error(diff)
	}
}

func TestClosedRowsAreOpened(t *testing.T) {
	got := expanded(parse(t, `{"panels": [
		{"title": "row", "type": "row", "gridPos": {"y": 0, "w": 24, "h": 1}, "collapsed": true, "panels": [
			{"title": "in", "gridPos": {"y": 1, "h": 8, "w": 12}}, {"title": "in too", "gridPos": {"y": 1, "h": 6, "x": 12, "w": 12}}]},
		{"title": "below", "gridPos": {"y": 1, "h": 4, "w": 24}}]}`).Panels)
	var places []string
	for _, p := range got {
		places = append(places, fmt.Sprintf("%s %d", p.Title, p.GridPos.Y))
	}
	if diff := cmp.Diff([]string{"row 0", "in 1", "in too 1", "below 9"}, places); diff != "" {
		t.Error(diff)
	}
}

func TestLinksLeadOnlyToTheWebAndIntoThePage(t *testing.T) {
	got := links([]link{
		{Title: "web", URL: "https://example.com/$x"}, {Title: "other", URL: "/d/tux-http-1/http?${__url_time_range}"},
		{Title: "script", URL: "javascript:alert(1)"}, {Title: "near", URL: "/explore"},
	}, scope{values: map[string]chosen{"x": {values: []string{"y"}}}})
	if diff := cmp.Diff([]Link{{"web", "https://example.com/y"}, {"other", "#tux-http-1"}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestRefusedDashboards(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON": "title: x", "no panels": `{"title": "x"}`, "the new schema": `{"elements": {}, "layout": {}}`, "a resource": `{"kind": "Dashboard", "spec": {}}`,
	} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s: read", name)
		}
	}
	if d := parse(t, `{"dashboard": {"title": "wrapped", "panels": [{}]}, "meta": {}}`); d.Title != "wrapped" {
		t.Errorf("what the API wraps is not unwrapped: %q", d.Title)
	}
}

func TestRefusedOptions(t *testing.T) {
	d := parse(t, single(`{"type": "text"}`))
	for name, o := range map[string]Options{
		"too many points": {Points: MaxPoints + 1}, "too few": {Points: 1}, "backwards": {From: "now", To: "now-1h"}, "no time": {From: "soon"},
	} {
		o.Now = noon
		if _, err := Build(t.Context(), []*Dashboard{d}, &fakeSource{}, o); err == nil {
			t.Errorf("%s: built", name)
		}
	}
}

func TestTabsSayWhatIsDifferent(t *testing.T) {
	cases := map[string]struct{ in, want []string }{
		"words at both ends": {
			[]string{"TUX / production / Overview (a/b)", "TUX / production / Database and cache (a/b)"}, []string{"Overview", "Database and cache"},
		},
		"nothing in common": {[]string{"Node", "Cluster"}, []string{"Node", "Cluster"}},
		"one is all":        {[]string{"Node", "Node detail"}, []string{"Node", "Node detail"}},
		"the same twice":    {[]string{"Node", "Node"}, []string{"Node", "Node"}},
		"only one":          {[]string{"TUX / production"}, []string{"TUX / production"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, shorten(tc.in)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
