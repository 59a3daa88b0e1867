package grafana

// View is how a panel draws its data: Stat, TimeSeries, BarGauge, StateTimeline, Table or Heatmap.
type View interface{ wire(*Field) look }

// look is what a view decides of the JSON of its panel.
type look struct {
	// plugin is Grafana's name of the panel type, format that of what it wants of Prometheus.
	plugin, format string
	// colors is where the colors of values come from.
	colors string
	// options of the panel, and the part of them Grafana keeps with the fields.
	options, custom any
	overrides       []override
	transformations []transformation
}

const (
	formatSeries  = "time_series"
	formatTable   = "table"
	formatHeatmap = "heatmap"

	colorThresholds = "thresholds"
	colorPalette    = "palette-classic"
	colorFixed      = "fixed"
)

var lastValue = reduceOptions{Calcs: []string{"lastNotNull"}}

// noLegend is for views that write names beside their values.
var noLegend = legendOptions{DisplayMode: "list", Placement: "bottom", ShowLegend: false, Calcs: []string{}}

// Stat is one big number per series on the color of its threshold. Its targets should be instant: over
// a range it would go on showing the last value of a series that has ended.
type Stat struct {
	// Names shows the legend of each series beside its value.
	Names bool
	// Series have thresholds of their own. If empty: those of the field hold for all.
	Series []SeriesThresholds
}

// SeriesThresholds color the series of one name, as in the legend.
type SeriesThresholds struct {
	Series     string
	Thresholds Thresholds
}

func (v Stat) wire(*Field) look {
	text := "value"
	if v.Names {
		text = "value_and_name"
	}
	var own []override
	for _, s := range v.Series {
		own = append(own, override{matcher{"byName", s.Series}, []property{{"thresholds", s.Thresholds.wire()}}})
	}
	return look{plugin: "stat", overrides: own, format: formatSeries, colors: colorThresholds, options: statOptions{
		ReduceOptions: lastValue, ColorMode: "background", GraphMode: "none",
		JustifyMode: "auto", Orientation: "auto", TextMode: text, WideLayout: true,
		PercentChangeColorMode: "standard",
	}}
}

// BarGauge is one horizontal bar per series.
type BarGauge struct{}

func (BarGauge) wire(*Field) look {
	return look{plugin: "bargauge", format: formatSeries, colors: colorThresholds, options: barGaugeOptions{
		ReduceOptions: lastValue, DisplayMode: "basic", Orientation: "horizontal",
		ValueMode: "color", NamePlacement: "left", ShowUnfilled: true,
		Sizing: "auto", MinVizHeight: 16, MinVizWidth: 8, MaxVizHeight: 300, Legend: noLegend,
	}}
}

// StateTimeline is one band per series, colored by value: the mappings of the field name the states.
type StateTimeline struct{}

func (StateTimeline) wire(*Field) look {
	return look{plugin: "state-timeline", format: formatSeries, colors: colorThresholds,
		options: stateTimelineOptions{
			AlignValue: "left", MergeValues: true, RowHeight: 0.9, ShowValue: "never",
			Legend:  legendOptions{DisplayMode: "list", Placement: "bottom", ShowLegend: true, Calcs: []string{}},
			Tooltip: tooltipOptions{Mode: "single", Sort: "none"},
		},
		custom: stateTimelineCustom{FillOpacity: 80, LineWidth: 0},
	}
}

// Heatmap is the buckets of a histogram over time; its target must keep le and nothing else. The unit of
// the field is that of the buckets.
type Heatmap struct{}

func (Heatmap) wire(f *Field) look {
	return look{plugin: "heatmap", format: formatHeatmap, colors: colorThresholds,
		options: heatmapOptions{
			CellGap:      1,
			Color:        heatmapColor{Mode: "scheme", Scheme: "Oranges", Fill: "dark-orange", Scale: "exponential", Exponent: 0.5, Steps: 64},
			Exemplars:    heatmapExemplars{Color: "rgba(255,0,255,0.7)"},
			FilterValues: heatmapFilter{LE: 1e-9},
			Legend:       heatmapLegend{Show: true},
			RowsFrame:    heatmapRows{Layout: "auto"},
			ShowValue:    "never",
			Tooltip:      heatmapTooltip{Mode: "single", ShowColorScale: true},
			YAxis:        heatmapAxis{AxisPlacement: "left", Unit: f.Unit},
		},
		custom: heatmapCustom{ScaleDistribution: scaleDistribution{Type: "linear"}},
	}
}
