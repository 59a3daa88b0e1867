package grafana

// View is how a panel draws its data: Stat, TimeSeries or BarGauge.
type View interface {
	// plugin is Grafana's name of the panel type.
	plugin() string
	// options of the panel, and the part of them Grafana keeps with the fields.
	options() any
	custom() any
	// colorMode is where the colors of values come from.
	colorMode() string
}

// Stat is one big number on the color of its threshold. Its targets should be instant: over a range
// it would go on showing the last value of a series that has ended.
type Stat struct{}

func (Stat) plugin() string    { return "stat" }
func (Stat) custom() any       { return nil }
func (Stat) colorMode() string { return colorThresholds }
func (Stat) options() any {
	return statOptions{
		ReduceOptions: lastValue, ColorMode: "background", GraphMode: "none",
		JustifyMode: "auto", Orientation: "auto", TextMode: "value", WideLayout: true,
	}
}

// BarGauge is one horizontal bar per series.
type BarGauge struct{}

func (BarGauge) plugin() string    { return "bargauge" }
func (BarGauge) custom() any       { return nil }
func (BarGauge) colorMode() string { return colorThresholds }
func (BarGauge) options() any {
	return barGaugeOptions{
		ReduceOptions: lastValue, DisplayMode: "basic", Orientation: "horizontal",
		ValueMode: "color", NamePlacement: "left", ShowUnfilled: true,
		Sizing: "auto", MinVizHeight: 16, MinVizWidth: 8, MaxVizHeight: 300,
	}
}

// TimeSeries is lines over time. Thresholds with steps are drawn as dashed lines. A gap in the data is
// a gap in the line: nothing is known there, and a line across would claim otherwise.
type TimeSeries struct {
	// Legend lists the series below the picture.
	Legend Legend
	// ThresholdLines draws the steps of the thresholds.
	ThresholdLines bool
}

// Legend says which numbers stand beside the name of a series.
type Legend struct {
	// Calcs are reducers such as mean, max and lastNotNull. If empty: names only.
	Calcs []string
}

func (TimeSeries) plugin() string    { return "timeseries" }
func (TimeSeries) colorMode() string { return "palette-classic" }

func (v TimeSeries) options() any {
	o := timeSeriesOptions{
		Legend:  legendOptions{DisplayMode: "list", Placement: "bottom", ShowLegend: true, Calcs: []string{}},
		Tooltip: tooltipOptions{Mode: "multi", Sort: "desc"},
	}
	if len(v.Legend.Calcs) > 0 {
		o.Legend.DisplayMode, o.Legend.Calcs = "table", v.Legend.Calcs
	}
	return o
}

func (v TimeSeries) custom() any {
	style := "off"
	if v.ThresholdLines {
		style = "dashed"
	}
	return timeSeriesCustom{
		DrawStyle: "line", LineInterpolation: "linear", LineWidth: 1, FillOpacity: 10,
		ShowPoints: "auto", PointSize: 5, SpanNulls: false, AxisSoftMin: 0,
		Stacking:        stacking{Mode: "none", Group: "A"},
		ThresholdsStyle: mode{Mode: style},
	}
}

const colorThresholds = "thresholds"

var lastValue = reduceOptions{Calcs: []string{"lastNotNull"}}
