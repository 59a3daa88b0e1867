package grafana

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// written is the first panel of a dashboard of one, as JSON without white space.
func written(t *testing.T, p *Panel) string {
	t.Helper()
	p.ID, p.Title = 11, "Panel"
	var got struct{ Panels []json.RawMessage }
	decode(t, &Dashboard{Rows: []Row{{ID: 1, Height: 4, Panels: []Panel{*p}}}}, &got)
	var compact strings.Builder
	for _, line := range strings.Split(string(got.Panels[1]), "\n") {
		compact.WriteString(strings.ReplaceAll(strings.TrimSpace(line), `": `, `":`))
	}
	return compact.String()
}

func TestViewsAskForWhatTheyDraw(t *testing.T) {
	for want, views := range map[string][]View{
		"time_series": {Stat{}, BarGauge{}, StateTimeline{}, TimeSeries{}}, "heatmap": {Heatmap{}}, "table": {Table{}},
	} {
		for _, view := range views {
			if got := written(t, &Panel{View: view, Targets: []Target{{Expr: "up"}}}); !strings.Contains(got, `"format":"`+want+`"`) {
				t.Errorf("%T: %s", view, got)
			}
		}
	}
}

func TestPanelsHoldWhatTheyAreTold(t *testing.T) {
	table := Table{Joined: true, SortBy: "share", Columns: []Column{
		{Field: "view", Title: "name", Links: []Link{{"More", "/d/x?var-view=${__value.raw}"}}},
		{Field: "Value #A", Title: "share", Unit: UnitRatio, Decimals: new(1), Width: 80,
			Thresholds: Thresholds{Base: Plain, Steps: []Step{{0.5, Red}}}},
	}}
	cases := map[string]struct {
		panel Panel
		want  []string
	}{
		"columns": {Panel{View: table}, []string{
			`"transformations":[{"id":"merge","options":{}},{"id":"organize","options":{"excludeByName":{"Time":true},` +
				`"indexByName":{"Value #A":1,"view":0},"renameByName":{"Value #A":"share","view":"name"}}}]`,
			`"sortBy":[{"displayName":"share","desc":true}]`,
			`{"matcher":{"id":"byName","options":"name"},"properties":[{"id":"links","value":[` +
				`{"title":"More","url":"/d/x?var-view=${__value.raw}","targetBlank":false}]}]}`,
			`{"id":"unit","value":"percentunit"},{"id":"decimals","value":1},{"id":"thresholds","value":{"mode":"absolute",` +
				`"steps":[{"color":"transparent","value":null},{"color":"red","value":0.5}]}},` +
				`{"id":"custom.cellOptions","value":{"type":"color-background","mode":"basic"}},{"id":"custom.width","value":80}`,
		}},
		"a bar in a cell": {Panel{View: Table{Columns: []Column{{Field: "Value", Title: "share", Bar: true}}}}, []string{
			`{"id":"custom.cellOptions","value":{"type":"gauge","mode":"basic","valueDisplayMode":"color"}}`,
		}},
		"a series with thresholds of its own": {Panel{View: Stat{Names: true, Series: []SeriesThresholds{
			{"warning", Thresholds{Base: Green, Steps: []Step{{1, Orange}}}},
		}}}, []string{
			`"textMode":"value_and_name"`,
			`{"matcher":{"id":"byName","options":"warning"},"properties":[{"id":"thresholds","value":{"mode":"absolute",` +
				`"steps":[{"color":"green","value":null},{"color":"orange","value":1}]}}]}`,
		}},
		"an axis that ends not below": {Panel{View: TimeSeries{SoftMax: 0.5}}, []string{`"axisSoftMin":0,"axisSoftMax":0.5`}},
		"states": {Panel{View: StateTimeline{}, Field: Field{Mappings: []Mapping{{"0", "ill", Red}, {"1", "well", Green}}}}, []string{
			`"mappings":[{"type":"value","options":{"0":{"index":0,"text":"ill","color":"red"},"1":{"index":1,"text":"well","color":"green"}}}]`,
		}},
		"no states": {Panel{View: Stat{}}, []string{`"mappings":[]`, `"targets":[]`, `"overrides":[]`}},
		"a faint line": {Panel{View: TimeSeries{Styles: []Style{{Series: "a week ago", Color: Grey, Faint: true}}}}, []string{
			`{"matcher":{"id":"byName","options":"a week ago"},"properties":[{"id":"color","value":{"mode":"fixed","fixedColor":"#8e8e8e"}},` +
				`{"id":"custom.lineStyle","value":{"fill":"dash","dash":[6,6]}},{"id":"custom.fillOpacity","value":0},` +
				`{"id":"custom.showPoints","value":"never"}]}`,
		}},
		"stacked bars": {Panel{View: TimeSeries{Stacked: true, Bars: true, Legend: Legend{Calcs: []string{"max"}, SortBy: "Max"}}}, []string{
			`"drawStyle":"bars"`, `"stacking":{"mode":"normal","group":"A"}`, `"calcs":["max"],"sortBy":"Max","sortDesc":true`,
		}},
		"links": {Panel{View: Stat{}, Links: []Link{{"Inside", "/d/x"}, {"Outside", "https://example.org"}}}, []string{
			`"title":"Inside","tooltip":"","url":"/d/x","targetBlank":false,"keepTime":true,"includeVars":true`,
			`"title":"Outside","tooltip":"","url":"https://example.org","targetBlank":true,"keepTime":false,"includeVars":false`,
		}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := written(t, &tc.panel)
			for _, want := range tc.want {
				if !strings.Contains(got, want) {
					t.Errorf("no %s in\n%s", want, got)
				}
			}
		})
	}
}

func TestVariablesAndAnnotationsAskTheChosenPrometheus(t *testing.T) {
	d := Dashboard{
		Related:     Related{Title: "Others", Tags: []string{"a", "b"}},
		Variables:   []Variable{Query{Name: "pod", Expr: "label_values(up, pod)", Kind: LabelValues}},
		Annotations: []Annotation{{Name: "Alerts", Expr: "ALERTS", Title: "{{alertname}}", Color: Red, Step: "60s"}},
	}
	var got struct {
		Links       []dashboardLink
		Templating  struct{ List []wireVariable }
		Annotations struct {
			List []wireAnnotation
		}
	}
	decode(t, &d, &got)
	v, a := got.Templating.List[0], got.Annotations.List[0]
	if v.DataSource == nil || *v.DataSource != chosenSource || v.Definition != "label_values(up, pod)" || v.AllValue != ".*" || !v.IncludeAll {
		t.Errorf("variable: %+v", v)
	}
	if a.DataSource != chosenSource || a.Target != (annotationTarget{"Anno", "ALERTS", "60s"}) || !a.Enable {
		t.Errorf("annotation: %+v", a)
	}
	want := []dashboardLink{{
		Type: "dashboards", Icon: "external link", Title: "Others", Tags: []string{"a", "b"}, AsDropdown: true, KeepTime: true,
	}}
	if diff := cmp.Diff(want, got.Links); diff != "" {
		t.Error(diff)
	}
}
