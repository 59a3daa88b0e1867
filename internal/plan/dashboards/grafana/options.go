package grafana

// The structs below are the options of Grafana's panels, whole: what is left out would be filled in with
// the default of the Grafana that reads it, which differs between versions.

type reduceOptions struct {
	Calcs  []string `json:"calcs"`
	Fields string   `json:"fields"`
	Values bool     `json:"values"`
}

type statOptions struct {
	ReduceOptions          reduceOptions `json:"reduceOptions"`
	ColorMode              string        `json:"colorMode"`
	GraphMode              string        `json:"graphMode"`
	JustifyMode            string        `json:"justifyMode"`
	Orientation            string        `json:"orientation"`
	TextMode               string        `json:"textMode"`
	WideLayout             bool          `json:"wideLayout"`
	ShowPercentChange      bool          `json:"showPercentChange"`
	PercentChangeColorMode string        `json:"percentChangeColorMode"`
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
	Legend        legendOptions `json:"legend"`
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
	SortBy      string   `json:"sortBy,omitempty"`
	SortDesc    bool     `json:"sortDesc,omitempty"`
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
	GradientMode      string   `json:"gradientMode"`
	ShowPoints        string   `json:"showPoints"`
	PointSize         int      `json:"pointSize"`
	SpanNulls         bool     `json:"spanNulls"`
	AxisSoftMin       int      `json:"axisSoftMin"`
	AxisSoftMax       *float64 `json:"axisSoftMax,omitempty"`
	Stacking          stacking `json:"stacking"`
	ThresholdsStyle   mode     `json:"thresholdsStyle"`
}

type stacking struct {
	Mode  string `json:"mode"`
	Group string `json:"group"`
}

type lineStyle struct {
	Fill string `json:"fill"`
	Dash []int  `json:"dash"`
}

type stateTimelineOptions struct {
	AlignValue  string         `json:"alignValue"`
	MergeValues bool           `json:"mergeValues"`
	RowHeight   float64        `json:"rowHeight"`
	ShowValue   string         `json:"showValue"`
	Legend      legendOptions  `json:"legend"`
	Tooltip     tooltipOptions `json:"tooltip"`
}

type stateTimelineCustom struct {
	FillOpacity int `json:"fillOpacity"`
	LineWidth   int `json:"lineWidth"`
}

type tableOptions struct {
	CellHeight string      `json:"cellHeight"`
	FrameIndex int         `json:"frameIndex"`
	ShowHeader bool        `json:"showHeader"`
	SortBy     []tableSort `json:"sortBy"`
}

type tableSort struct {
	DisplayName string `json:"displayName"`
	Desc        bool   `json:"desc"`
}

type tableCustom struct {
	Align       string      `json:"align"`
	CellOptions cellOptions `json:"cellOptions"`
	Inspect     bool        `json:"inspect"`
}

type cellOptions struct {
	Type             string `json:"type"`
	Mode             string `json:"mode,omitempty"`
	ValueDisplayMode string `json:"valueDisplayMode,omitempty"`
}

type organizeOptions struct {
	ExcludeByName map[string]bool   `json:"excludeByName"`
	IndexByName   map[string]int    `json:"indexByName"`
	RenameByName  map[string]string `json:"renameByName"`
}

type heatmapOptions struct {
	Calculate    bool             `json:"calculate"`
	CellGap      int              `json:"cellGap"`
	Color        heatmapColor     `json:"color"`
	Exemplars    heatmapExemplars `json:"exemplars"`
	FilterValues heatmapFilter    `json:"filterValues"`
	Legend       heatmapLegend    `json:"legend"`
	RowsFrame    heatmapRows      `json:"rowsFrame"`
	ShowValue    string           `json:"showValue"`
	Tooltip      heatmapTooltip   `json:"tooltip"`
	YAxis        heatmapAxis      `json:"yAxis"`
}

type heatmapColor struct {
	Mode     string  `json:"mode"`
	Scheme   string  `json:"scheme"`
	Fill     string  `json:"fill"`
	Scale    string  `json:"scale"`
	Exponent float64 `json:"exponent"`
	Steps    int     `json:"steps"`
	Reverse  bool    `json:"reverse"`
}

type heatmapExemplars struct {
	Color string `json:"color"`
}

// heatmapFilter hides cells below LE.
type heatmapFilter struct {
	LE float64 `json:"le"`
}

type heatmapLegend struct {
	Show bool `json:"show"`
}

type heatmapRows struct {
	Layout string `json:"layout"`
}

type heatmapTooltip struct {
	Mode           string `json:"mode"`
	YHistogram     bool   `json:"yHistogram"`
	ShowColorScale bool   `json:"showColorScale"`
}

type heatmapAxis struct {
	AxisPlacement string `json:"axisPlacement"`
	Reverse       bool   `json:"reverse"`
	Unit          Unit   `json:"unit"`
}

type heatmapCustom struct {
	ScaleDistribution scaleDistribution `json:"scaleDistribution"`
}

type scaleDistribution struct {
	Type string `json:"type"`
}
