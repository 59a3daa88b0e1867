package grafana

// The structs below are Grafana's dashboard JSON, in the order Grafana writes it; the names are in the
// kinds of grafana/grafana (kinds/dashboard/dashboard_kind.cue) and in the schemas of its panels
// (public/app/plugins/panel/*/panelcfg.cue). Only what we use is here.

type wireDashboard struct {
	UID           string          `json:"uid"`
	Title         string          `json:"title"`
	Description   string          `json:"description"`
	Tags          []string        `json:"tags"`
	Editable      bool            `json:"editable"`
	GraphTooltip  int             `json:"graphTooltip"`
	Timezone      string          `json:"timezone"`
	Refresh       string          `json:"refresh"`
	Time          timeRange       `json:"time"`
	SchemaVersion int             `json:"schemaVersion"`
	Annotations   list            `json:"annotations"`
	Links         []dashboardLink `json:"links"`
	Templating    list            `json:"templating"`
	Panels        []any           `json:"panels"`
}

type timeRange struct {
	From string `json:"from"`
	To   string `json:"to"`
}

type list struct {
	List []any `json:"list"`
}

type dashboardLink struct {
	Type        string   `json:"type"`
	Icon        string   `json:"icon"`
	Title       string   `json:"title"`
	URL         string   `json:"url"`
	TargetBlank bool     `json:"targetBlank"`
	Tags        []string `json:"tags"`
}

type wireVariable struct {
	Name        string   `json:"name"`
	Label       string   `json:"label"`
	Description string   `json:"description,omitempty"`
	Type        string   `json:"type"`
	Query       string   `json:"query"`
	Refresh     int      `json:"refresh,omitempty"`
	Hide        int      `json:"hide"`
	Multi       bool     `json:"multi"`
	IncludeAll  bool     `json:"includeAll"`
	Options     []option `json:"options"`
	Current     current  `json:"current"`
}

type option struct {
	Selected bool   `json:"selected"`
	Text     string `json:"text"`
	Value    string `json:"value"`
}

// current is the choice made; Grafana reads its fields without asking whether it is there.
type current struct {
	Text  []string `json:"text,omitempty"`
	Value []string `json:"value,omitempty"`
}

type wireRow struct {
	ID        int      `json:"id"`
	Type      string   `json:"type"`
	Title     string   `json:"title"`
	Collapsed bool     `json:"collapsed"`
	GridPos   position `json:"gridPos"`
	Panels    []any    `json:"panels"`
}

type wirePanel struct {
	ID            int           `json:"id"`
	Type          string        `json:"type"`
	Title         string        `json:"title"`
	Description   string        `json:"description"`
	PluginVersion string        `json:"pluginVersion"`
	DataSource    dataSourceRef `json:"datasource"`
	GridPos       position      `json:"gridPos"`
	Links         []panelLink   `json:"links,omitempty"`
	Targets       []wireTarget  `json:"targets"`
	FieldConfig   fieldConfig   `json:"fieldConfig"`
	Options       any           `json:"options"`
}

type dataSourceRef struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

type panelLink struct {
	Title       string `json:"title"`
	URL         string `json:"url"`
	TargetBlank bool   `json:"targetBlank"`
}

type wireTarget struct {
	RefID        string        `json:"refId"`
	DataSource   dataSourceRef `json:"datasource"`
	EditorMode   string        `json:"editorMode"`
	Format       string        `json:"format"`
	Expr         string        `json:"expr"`
	LegendFormat string        `json:"legendFormat"`
	Interval     string        `json:"interval,omitempty"`
	Instant      bool          `json:"instant"`
	Range        bool          `json:"range"`
}

type fieldConfig struct {
	Defaults  fieldDefaults `json:"defaults"`
	Overrides []any         `json:"overrides"`
}

type fieldDefaults struct {
	Unit       Unit       `json:"unit"`
	Min        *float64   `json:"min,omitempty"`
	Max        *float64   `json:"max,omitempty"`
	Decimals   *int       `json:"decimals,omitempty"`
	NoValue    string     `json:"noValue,omitempty"`
	Color      mode       `json:"color"`
	Thresholds thresholds `json:"thresholds"`
	Custom     any        `json:"custom,omitempty"`
}

type mode struct {
	Mode string `json:"mode"`
}

type thresholds struct {
	Mode  string `json:"mode"`
	Steps []step `json:"steps"`
}

// step without a value is the base: Grafana wants null there, so it is not omitted.
type step struct {
	Color Color    `json:"color"`
	Value *float64 `json:"value"`
}

type reduceOptions struct {
	Calcs  []string `json:"calcs"`
	Fields string   `json:"fields"`
	Values bool     `json:"values"`
}

type statOptions struct {
	ReduceOptions reduceOptions `json:"reduceOptions"`
	ColorMode     string        `json:"colorMode"`
	GraphMode     string        `json:"graphMode"`
	JustifyMode   string        `json:"justifyMode"`
	Orientation   string        `json:"orientation"`
	TextMode      string        `json:"textMode"`
	WideLayout    bool          `json:"wideLayout"`
}

type barGaugeOptions struct {
	ReduceOptions reduceOptions `json:"reduceOptions"`
	DisplayMode   string        `json:"displayMode"`
	Orientation   string        `json:"orientation"`
	ValueMode     string        `json:"valueMode"`
	NamePlacement string        `json:"namePlacement"`
	ShowUnfilled  bool          `json:"showUnfilled"`
	Sizing        string        `json:"sizing"`
	MinVizHeight  int           `json:"minVizHeight"`
	MinVizWidth   int           `json:"minVizWidth"`
	MaxVizHeight  int           `json:"maxVizHeight"`
}

type timeSeriesOptions struct {
	Legend  legendOptions  `json:"legend"`
	Tooltip tooltipOptions `json:"tooltip"`
}

type legendOptions struct {
	DisplayMode string   `json:"displayMode"`
	Placement   string   `json:"placement"`
	ShowLegend  bool     `json:"showLegend"`
	Calcs       []string `json:"calcs"`
}

type tooltipOptions struct {
	Mode string `json:"mode"`
	Sort string `json:"sort"`
}

type timeSeriesCustom struct {
	DrawStyle         string   `json:"drawStyle"`
	LineInterpolation string   `json:"lineInterpolation"`
	LineWidth         int      `json:"lineWidth"`
	FillOpacity       int      `json:"fillOpacity"`
	ShowPoints        string   `json:"showPoints"`
	PointSize         int      `json:"pointSize"`
	SpanNulls         bool     `json:"spanNulls"`
	AxisSoftMin       int      `json:"axisSoftMin"`
	Stacking          stacking `json:"stacking"`
	ThresholdsStyle   mode     `json:"thresholdsStyle"`
}

type stacking struct {
	Mode  string `json:"mode"`
	Group string `json:"group"`
}
