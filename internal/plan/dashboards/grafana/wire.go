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
		Annotations: list{List: []any{}}, Links: []dashboardLink{}, Templating: list{List: []any{}}, Panels: panels,
	}
	for _, l := range d.Links {
		out.Links = append(out.Links, dashboardLink{
			Type: "link", Icon: "doc", Title: l.Title, URL: l.URL, TargetBlank: true, Tags: []string{},
		})
	}
	for _, v := range d.Variables {
		out.Templating.List = append(out.Templating.List, v.wire())
	}
	return encode(out)
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
	out := wirePanel{
		ID: p.ID, Type: p.View.plugin(), Title: p.Title, Description: p.Description, PluginVersion: pluginVersion,
		DataSource: chosenSource, GridPos: at, Options: p.View.options(),
		FieldConfig: fieldConfig{Defaults: p.Field.wire(p.View), Overrides: []any{}},
	}
	for _, l := range p.Links {
		out.Links = append(out.Links, panelLink{Title: l.Title, URL: l.URL, TargetBlank: true})
	}
	for i := range p.Targets {
		t := &p.Targets[i]
		out.Targets = append(out.Targets, wireTarget{
			RefID: string(rune('A' + i)), DataSource: chosenSource, EditorMode: "code", Format: "time_series",
			Expr: t.Expr, LegendFormat: t.Legend, Interval: t.MinStep, Instant: t.Instant, Range: !t.Instant,
		})
	}
	return out
}

func (f *Field) wire(v View) fieldDefaults {
	steps := []step{{Color: f.Thresholds.Base}}
	for _, s := range f.Thresholds.Steps {
		steps = append(steps, step{Color: s.Color, Value: new(s.From)})
	}
	return fieldDefaults{
		Unit: f.Unit, Min: f.Min, Max: f.Max, Decimals: f.Decimals, NoValue: f.NoValue,
		Color:      mode{Mode: v.colorMode()},
		Thresholds: thresholds{Mode: "absolute", Steps: steps},
		Custom:     v.custom(),
	}
}

// sharedCrosshair shows the time under the mouse in all panels.
const sharedCrosshair = 1

var chosenSource = dataSourceRef{Type: prometheusPlugin, UID: "${" + dataSourceVariable + "}"}
