package grafana

import (
	"bytes"
	"encoding/json"
)

const (
	// schemaVersion 41 is that of Grafana 12.0. Older Grafanas take it as it is, newer ones migrate
	// it when loading; 42 is the last there will be of this format (DashboardMigrator.ts).
	schemaVersion = 41
	// pluginVersion tells the panels that their options are new enough not to be migrated.
	pluginVersion = "11.0.0"
)

// JSON returns the dashboard as Grafana imports it, indented, with a line feed at the end. It fails if
// a row is wider than the grid.
func (d *Dashboard) JSON() ([]byte, error) {
	panels, err := d.wirePanels()
	if err != nil {
		return nil, err
	}
	out := wireDashboard{
		UID: d.UID, Title: d.Title, Description: d.Description, Tags: d.Tags,
		Editable: true, GraphTooltip: sharedCrosshair, Timezone: "browser",
		Refresh: d.Refresh, Time: timeRange{From: d.From, To: "now"}, SchemaVersion: schemaVersion,
		Annotations: list{List: []any{}}, Links: wireLinks(d.Links), Templating: list{List: []any{}}, Panels: panels,
	}
	if len(d.Related.Tags) > 0 {
		out.Links = append(out.Links, dashboardLink{
			Type: "dashboards", Icon: "external link", Title: d.Related.Title, Tags: d.Related.Tags, AsDropdown: true, KeepTime: true,
		})
	}
	for _, v := range d.Variables {
		out.Templating.List = append(out.Templating.List, v.wire())
	}
	for i := range d.Annotations {
		out.Annotations.List = append(out.Annotations.List, d.Annotations[i].wire())
	}
	return encode(out)
}

func (a *Annotation) wire() wireAnnotation {
	return wireAnnotation{
		Name: a.Name, DataSource: chosenSource, Enable: true, IconColor: a.Color,
		Target: annotationTarget{RefID: "Anno", Expr: a.Expr, Interval: a.Step}, TitleFormat: a.Title, TextFormat: a.Text,
	}
}

// wireLinks returns a list and never nil.
func wireLinks(links []Link) []dashboardLink {
	out := make([]dashboardLink, 0, len(links))
	for _, l := range links {
		inside := l.toDashboard()
		icon := "doc"
		if inside {
			icon = "dashboard"
		}
		out = append(out, dashboardLink{
			Type: "link", Icon: icon, Title: l.Title, URL: l.URL,
			TargetBlank: !inside, KeepTime: inside, IncludeVars: inside, Tags: []string{},
		})
	}
	return out
}

func wireDataLinks(links []Link) []dataLink {
	out := make([]dataLink, 0, len(links))
	for _, l := range links {
		out = append(out, dataLink{Title: l.Title, URL: l.URL, TargetBlank: !l.toDashboard()})
	}
	return out
}

func wireMappings(list []Mapping) []valueMapping {
	if len(list) == 0 {
		return []valueMapping{}
	}
	results := map[string]mappingResult{}
	for i, m := range list {
		results[m.Value] = mappingResult{Index: i, Text: m.Text, Color: m.Color}
	}
	return []valueMapping{{Type: "value", Options: results}}
}

// encode leaves < and > readable: half of PromQL is made of them.
func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return out.Bytes(), err
}

func (d *Dashboard) wirePanels() ([]any, error) {
	var out []any
	y := 0
	for i := range d.Rows {
		r := &d.Rows[i]
		widths, err := r.widths()
		if err != nil {
			return nil, err
		}
		out = append(out, wireRow{
			ID: r.ID, Type: "row", Title: r.Title, GridPos: position{H: heightOfTitle, W: Columns, Y: y}, Panels: []any{},
		})
		y += heightOfTitle
		x := 0
		for j := range r.Panels {
			out = append(out, r.Panels[j].wire(position{H: r.Height, W: widths[j], X: x, Y: y}))
			x += widths[j]
		}
		y += r.Height
	}
	return out, nil
}

func (p *Panel) wire(at position) wirePanel {
	v := p.View.wire(&p.Field)
	out := wirePanel{
		ID: p.ID, Type: v.plugin, Title: p.Title, Description: p.Description, PluginVersion: pluginVersion,
		DataSource: chosenSource, GridPos: at, Links: wireLinks(p.Links), Targets: []wireTarget{},
		Transformations: v.transformations, Options: v.options,
		FieldConfig: fieldConfig{Defaults: p.Field.wire(&v), Overrides: []override{}},
	}
	out.FieldConfig.Overrides = append(out.FieldConfig.Overrides, v.overrides...)
	for i := range p.Targets {
		t := &p.Targets[i]
		out.Targets = append(out.Targets, wireTarget{
			RefID: string(rune('A' + i)), DataSource: chosenSource, EditorMode: "code", Format: v.format,
			Expr: t.Expr, LegendFormat: t.Legend, Interval: t.MinStep, Instant: t.Instant, Range: !t.Instant,
		})
	}
	return out
}

func (f *Field) wire(v *look) fieldDefaults {
	return fieldDefaults{
		Unit: f.Unit, Min: f.Min, Max: f.Max, Decimals: f.Decimals, NoValue: f.NoValue,
		Color: color{Mode: v.colors}, Mappings: wireMappings(f.Mappings), Thresholds: f.Thresholds.wire(),
		Links: wireDataLinks(f.Links), Custom: v.custom,
	}
}

func (t *Thresholds) wire() thresholds {
	steps := []step{{Color: t.Base}}
	for _, s := range t.Steps {
		steps = append(steps, step{Color: s.Color, Value: new(s.From)})
	}
	return thresholds{Mode: "absolute", Steps: steps}
}

// sharedCrosshair shows the time under the mouse in all panels.
const sharedCrosshair = 1

var chosenSource = dataSourceRef{Type: prometheusPlugin, UID: "${" + dataSourceVariable + "}"}
