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
	Tooltip     string   `json:"tooltip"`
	URL         string   `json:"url"`
	TargetBlank bool     `json:"targetBlank"`
	KeepTime    bool     `json:"keepTime"`
	IncludeVars bool     `json:"includeVars"`
	AsDropdown  bool     `json:"asDropdown"`
	Tags        []string `json:"tags"`
}

type wireAnnotation struct {
	Name       string        `json:"name"`
	DataSource dataSourceRef `json:"datasource"`
	Enable     bool          `json:"enable"`
	Hide       bool          `json:"hide"`
	IconColor  Color         `json:"iconColor"`
	// Target is the query; the two formats are those of the Prometheus data source.
	Target      annotationTarget `json:"target"`
	TitleFormat string           `json:"titleFormat"`
	TextFormat  string           `json:"textFormat"`
}

type annotationTarget struct {
	RefID    string `json:"refId"`
	Expr     string `json:"expr"`
	Interval string `json:"interval"`
}

type wireVariable struct {
	Name        string         `json:"name"`
	Label       string         `json:"label"`
	Description string         `json:"description,omitempty"`
	Type        string         `json:"type"`
	DataSource  *dataSourceRef `json:"datasource,omitempty"`
	Definition  string         `json:"definition,omitempty"`
	Query       any            `json:"query"`
	Regex       string         `json:"regex,omitempty"`
	Refresh     int            `json:"refresh,omitempty"`
	Sort        int            `json:"sort,omitempty"`
	Hide        int            `json:"hide"`
	Multi       bool           `json:"multi"`
	IncludeAll  bool           `json:"includeAll"`
	AllValue    string         `json:"allValue,omitempty"`
	Options     []option       `json:"options"`
	Current     *current       `json:"current,omitempty"`
}

// variableQuery is how the Prometheus data source keeps the query of a variable.
type variableQuery struct {
	QryType int    `json:"qryType"`
	Query   string `json:"query"`
	RefID   string `json:"refId"`
}

type option struct {
	Selected bool   `json:"selected"`
	Text     string `json:"text"`
	Value    string `json:"value"`
}

// current is the choice made.
type current struct {
	Text  []string `json:"text"`
	Value []string `json:"value"`
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
	ID              int              `json:"id"`
	Type            string           `json:"type"`
	Title           string           `json:"title"`
	Description     string           `json:"description"`
	PluginVersion   string           `json:"pluginVersion"`
	DataSource      dataSourceRef    `json:"datasource"`
	GridPos         position         `json:"gridPos"`
	Links           []dashboardLink  `json:"links,omitempty"`
	Targets         []wireTarget     `json:"targets"`
	Transformations []transformation `json:"transformations,omitempty"`
	FieldConfig     fieldConfig      `json:"fieldConfig"`
	Options         any              `json:"options"`
}

type dataSourceRef struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
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

type transformation struct {
	ID      string `json:"id"`
	Options any    `json:"options"`
}

type fieldConfig struct {
	Defaults  fieldDefaults `json:"defaults"`
	Overrides []override    `json:"overrides"`
}

// override changes properties of the fields a matcher finds.
type override struct {
	Matcher    matcher    `json:"matcher"`
	Properties []property `json:"properties"`
}

type matcher struct {
	ID      string `json:"id"`
	Options string `json:"options"`
}

type property struct {
	ID    string `json:"id"`
	Value any    `json:"value"`
}

type fieldDefaults struct {
	Unit       Unit           `json:"unit"`
	Min        *float64       `json:"min,omitempty"`
	Max        *float64       `json:"max,omitempty"`
	Decimals   *int           `json:"decimals,omitempty"`
	NoValue    string         `json:"noValue,omitempty"`
	Color      color          `json:"color"`
	Mappings   []valueMapping `json:"mappings"`
	Thresholds thresholds     `json:"thresholds"`
	Links      []dataLink     `json:"links,omitempty"`
	Custom     any            `json:"custom,omitempty"`
}

type color struct {
	Mode       string `json:"mode"`
	FixedColor Color  `json:"fixedColor,omitempty"`
}

type mode struct {
	Mode string `json:"mode"`
}

// valueMapping has one result per value; encoding/json sorts the keys.
type valueMapping struct {
	Type    string                   `json:"type"`
	Options map[string]mappingResult `json:"options"`
}

type mappingResult struct {
	Index int    `json:"index"`
	Text  string `json:"text"`
	Color Color  `json:"color"`
}

type dataLink struct {
	Title       string `json:"title"`
	URL         string `json:"url"`
	TargetBlank bool   `json:"targetBlank"`
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
