package preview

import (
	"encoding/json"
	"fmt"
)

// Dashboard is as much of Grafana's classic dashboard JSON as the preview reads.
type Dashboard struct {
	UID         string   `json:"uid"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Tags        []string `json:"tags"`
	Time        struct {
		From string `json:"from"`
		To   string `json:"to"`
	} `json:"time"`
	GraphTooltip int    `json:"graphTooltip"`
	Links        []link `json:"links"`
	Templating   struct {
		List []variable `json:"list"`
	} `json:"templating"`
	Annotations struct {
		List []annotation `json:"list"`
	} `json:"annotations"`
	Panels []panel `json:"panels"`
}

type link struct {
	Title string `json:"title"`
	URL   string `json:"url"`
	Type  string `json:"type"`
}

type panel struct {
	ID              int                    `json:"id"`
	Type            string                 `json:"type"`
	Title           string                 `json:"title"`
	Description     string                 `json:"description"`
	GridPos         Grid                   `json:"gridPos"`
	DataSource      *dataSource            `json:"datasource"`
	Targets         []target               `json:"targets"`
	FieldConfig     fieldConfig            `json:"fieldConfig"`
	Options         map[string]any         `json:"options"`
	Transformations []transformation       `json:"transformations"`
	Links           []link                 `json:"links"`
	MaxDataPoints   int                    `json:"maxDataPoints"`
	Interval        string                 `json:"interval"`
	TimeFrom        string                 `json:"timeFrom"`
	TimeShift       string                 `json:"timeShift"`
	Repeat          string                 `json:"repeat"`
	Collapsed       bool                   `json:"collapsed"`
	Panels          []panel                `json:"panels"`
	LibraryPanel    *struct{ Name string } `json:"libraryPanel"`
}

// Grid is a place on Grafana's grid of 24 columns; a unit of height is 30 pixels and the gap below.
type Grid struct {
	X int `json:"x"`
	Y int `json:"y"`
	W int `json:"w"`
	H int `json:"h"`
}

// columns of a dashboard.
const columns = 24

type target struct {
	RefID        string      `json:"refId"`
	DataSource   *dataSource `json:"datasource"`
	Expr         string      `json:"expr"`
	LegendFormat string      `json:"legendFormat"`
	Format       string      `json:"format"`
	Interval     string      `json:"interval"`
	Instant      bool        `json:"instant"`
	Range        bool        `json:"range"`
	Hide         bool        `json:"hide"`
}

// dataSource is a reference; older dashboards write only its name.
type dataSource struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

// UnmarshalJSON takes {"type": ..., "uid": ...} and the name alone.
func (d *dataSource) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		return json.Unmarshal(text, &d.UID)
	}
	type plain dataSource
	return json.Unmarshal(text, (*plain)(d))
}

type fieldConfig struct {
	Defaults  map[string]any `json:"defaults"`
	Overrides []override     `json:"overrides"`
}

type override struct {
	Matcher struct {
		ID      string `json:"id"`
		Options any    `json:"options"`
	} `json:"matcher"`
	Properties []struct {
		ID    string `json:"id"`
		Value any    `json:"value"`
	} `json:"properties"`
}

type transformation struct {
	ID       string         `json:"id"`
	Disabled bool           `json:"disabled"`
	Options  map[string]any `json:"options"`
}

type annotation struct {
	Name       string      `json:"name"`
	Enable     bool        `json:"enable"`
	Hide       bool        `json:"hide"`
	BuiltIn    int         `json:"builtIn"`
	DataSource *dataSource `json:"datasource"`
	Expr       string      `json:"expr"`
	Step       string      `json:"step"`
	// Target is where newer dashboards keep the query.
	Target struct {
		Expr     string `json:"expr"`
		Interval string `json:"interval"`
	} `json:"target"`
	IconColor   string `json:"iconColor"`
	TitleFormat string `json:"titleFormat"`
	TextFormat  string `json:"textFormat"`
}

// Parse reads a dashboard: the model itself, or what Grafana's API wraps around it.
func Parse(text []byte) (*Dashboard, error) {
	var wrapped struct {
		Dashboard json.RawMessage `json:"dashboard"`
		Elements  json.RawMessage `json:"elements"`
		Spec      json.RawMessage `json:"spec"`
	}
	if err := json.Unmarshal(text, &wrapped); err != nil {
		return nil, fmt.Errorf("cannot read the dashboard: %w", err)
	}
	if wrapped.Elements != nil || wrapped.Spec != nil {
		return nil, fmt.Errorf("cannot read the dashboard: it is in the new schema (v2), the preview reads the classic one; " +
			"export it from Grafana as classic JSON")
	}
	if wrapped.Dashboard != nil {
		text = wrapped.Dashboard
	}
	d := &Dashboard{}
	if err := json.Unmarshal(text, d); err != nil {
		return nil, fmt.Errorf("cannot read the dashboard: %w", err)
	}
	if len(d.Panels) == 0 {
		return nil, fmt.Errorf("cannot read the dashboard: it has no panels")
	}
	return d, nil
}

// expanded returns the panels with the contents of closed rows in place: a picture cannot be clicked
// open. What is below a row moves down by as much as the row grows.
func expanded(panels []panel) []panel {
	var out []panel
	shift := 0
	for i := range panels {
		p := panels[i]
		p.GridPos.Y += shift
		if p.Type != "row" || len(p.Panels) == 0 {
			out = append(out, p)
			continue
		}
		top, bottom := p.Panels[0].GridPos.Y, 0
		for j := range p.Panels {
			top = min(top, p.Panels[j].GridPos.Y)
			bottom = max(bottom, p.Panels[j].GridPos.Y+p.Panels[j].GridPos.H)
		}
		out = append(out, p)
		for j := range p.Panels {
			inner := p.Panels[j]
			inner.GridPos.Y += p.GridPos.Y + 1 - top
			out = append(out, inner)
		}
		shift += bottom - top
	}
	return out
}
