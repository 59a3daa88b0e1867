package grafana

// TimeSeries is lines over time. A gap in the data is a gap in the line: nothing is known there, and a
// line across would claim otherwise.
type TimeSeries struct {
	// Legend lists the series below the picture.
	Legend Legend
	// ThresholdLines draws the steps of the thresholds as dashed lines.
	ThresholdLines bool
	// Stacked puts the series on top of each other.
	Stacked bool
	// Bars draws bars and not lines, for counts per step.
	Bars bool
	// SoftMax is where the axis ends at least, so that what is far below is seen to be. If 0: at the data.
	SoftMax float64
	// Styles change how single series are drawn.
	Styles []Style
}

// Legend says which numbers stand beside the name of a series.
type Legend struct {
	// Calcs are reducers such as mean, max and lastNotNull. If empty: names only.
	Calcs []string
	// SortBy is the title Grafana gives one of them, such as Max; the largest come first. If empty: the
	// order of the query.
	SortBy string
}

// Style is how the series of one name are drawn.
type Style struct {
	// Series is the whole name as in the legend or, if Pattern is set, a JavaScript expression it matches.
	Series  string
	Pattern bool
	Color   Color
	// Faint draws a thin dashed line without area: a comparison, not the matter itself.
	Faint bool
}

func (v TimeSeries) wire(*Field) look {
	out := look{plugin: "timeseries", format: formatSeries, colors: colorPalette, options: v.options(), custom: v.custom()}
	for _, s := range v.Styles {
		out.overrides = append(out.overrides, s.wire())
	}
	return out
}

func (v TimeSeries) options() timeSeriesOptions {
	o := timeSeriesOptions{
		Legend:  legendOptions{DisplayMode: "list", Placement: "bottom", ShowLegend: true, Calcs: []string{}},
		Tooltip: tooltipOptions{Mode: "multi", Sort: "desc"},
	}
	if len(v.Legend.Calcs) > 0 {
		o.Legend.DisplayMode, o.Legend.Calcs = "table", v.Legend.Calcs
		o.Legend.SortBy, o.Legend.SortDesc = v.Legend.SortBy, v.Legend.SortBy != ""
	}
	return o
}

func (v TimeSeries) custom() timeSeriesCustom {
	c := timeSeriesCustom{
		DrawStyle: "line", LineInterpolation: "linear", LineWidth: 1, FillOpacity: 10, GradientMode: "none",
		ShowPoints: "auto", PointSize: 5, SpanNulls: false, AxisSoftMin: 0,
		Stacking: stacking{Mode: "none", Group: "A"}, ThresholdsStyle: mode{Mode: "off"},
	}
	if v.SoftMax != 0 {
		c.AxisSoftMax = &v.SoftMax
	}
	if v.ThresholdLines {
		c.ThresholdsStyle.Mode = "dashed"
	}
	if v.Stacked {
		c.Stacking.Mode, c.FillOpacity = "normal", 40
	}
	if v.Bars {
		c.DrawStyle, c.FillOpacity, c.ShowPoints = "bars", 60, "never"
	}
	return c
}

func (s Style) wire() override {
	o := override{Matcher: matcher{ID: "byName", Options: s.Series}}
	if s.Pattern {
		o.Matcher = matcher{ID: "byRegexp", Options: "/" + s.Series + "/"}
	}
	o.Properties = append(o.Properties, property{"color", color{Mode: colorFixed, FixedColor: s.Color}})
	if s.Faint {
		o.Properties = append(o.Properties,
			property{"custom.lineStyle", lineStyle{Fill: "dash", Dash: []int{6, 6}}},
			property{"custom.fillOpacity", 0}, property{"custom.showPoints", "never"})
	}
	return o
}
