package grafana

import "strings"

// Dashboard is one dashboard.
type Dashboard struct {
	// UID is part of every link to the dashboard: at most 40 characters, unique in a Grafana.
	UID string
	// Title must be unique in its folder: two of the same title make Grafana stop loading every
	// dashboard of the provider (grafana/grafana#127619).
	Title       string
	Description string
	Tags        []string
	// Refresh is how often all panels are asked again, for example 30s.
	Refresh string
	// From is the begin of the time range shown at first, for example now-3h; the end is now.
	From string
	// Links are shown above the panels; those to other dashboards keep time and variables.
	Links []Link
	// Related is a drop-down of the dashboards with all of these tags. If empty: there is none.
	Related     Related
	Variables   []Variable
	Annotations []Annotation
	Rows        []Row
}

// Related is a drop-down of dashboards, which keeps the time range.
type Related struct {
	Title string
	Tags  []string
}

// Annotation marks moments in all pictures of a dashboard: those at which the query has a value, next
// ones joined to a span.
type Annotation struct {
	Name string
	Expr string
	// Title and Text are what is written at the mark, with {{label}}.
	Title, Text string
	Color       Color
	// Step is the distance of the points that are asked for, for example 60s.
	Step string
}

// Row is a titled group of panels side by side.
type Row struct {
	// ID is unique among the rows and panels of a dashboard and never changes: links contain it.
	ID    int
	Title string
	// Height of the panels in grid units of 30 pixels.
	Height int
	Panels []Panel
}

// Panel is one picture.
type Panel struct {
	// ID is unique among the rows and panels of a dashboard and never changes: links contain it.
	ID    int
	Title string
	// Description says what the panel tells and when to worry, in Markdown.
	Description string
	// Width in columns, of which a row has 24. If 0: an even share of what the others leave.
	Width   int
	View    View
	Field   Field
	Targets []Target
	Links   []Link
}

// Target is one PromQL query.
type Target struct {
	Expr string
	// Legend names the series, with {{label}}.
	Legend string
	// MinStep is the shortest step. Grafana also takes it for the scrape interval, so that
	// $__rate_interval is never shorter than four of it. If empty: that of the data source.
	MinStep string
	// Instant asks for now only, and not for every step of the time range.
	Instant bool
	// EmptyUntil says what must happen before the query can have data, for tests and documentation. If
	// empty: it has data as soon as the backend has answered users for some minutes.
	EmptyUntil string
}

// Link leads to a page or, if it begins with /d/, to a dashboard of the same Grafana.
type Link struct{ Title, URL string }

// toDashboard says whether the link stays in Grafana: it opens in place, and keeps what was chosen.
func (l Link) toDashboard() bool { return strings.HasPrefix(l.URL, "/d/") }

// Unit is how Grafana writes a number.
type Unit string

// The units of our panels, from Grafana's list of value formats.
const (
	UnitSeconds   Unit = "s"
	UnitRatio     Unit = "percentunit" // 0.05 is written 5%
	UnitRequests  Unit = "reqps"
	UnitPerSecond Unit = "ops"
	UnitCount     Unit = "short"
	UnitBytes     Unit = "bytes" // of 1024
	UnitBool      Unit = "bool"
	UnitTimes     Unit = "suffix:x" // 14.4 is written 14.4 x
	UnitCores     Unit = "suffix:cores"
)

// Color of a threshold.
type Color string

// The colors of thresholds.
const (
	Green  Color = "green"
	Orange Color = "orange"
	Red    Color = "red"
	Blue   Color = "blue"
	Grey   Color = "#8e8e8e"
	// Plain is no color, for cells of tables that are as they should be.
	Plain Color = "transparent"
)

// Field is how values are read.
type Field struct {
	Unit Unit
	// Min and Max of the axis. If nil: those of the data.
	Min, Max *float64
	// Decimals of written values. If nil: as many as make sense for the value.
	Decimals *int
	// NoValue is shown instead of a value that does not exist. If empty: "No data".
	NoValue    string
	Thresholds Thresholds
	// Mappings write words for values.
	Mappings []Mapping
	// Links are offered at each value; their URL may contain ${__field.labels.view} and the like.
	Links []Link
}

// Mapping writes Text in Color for one value.
type Mapping struct {
	Value, Text string
	Color       Color
}

// Thresholds color values: Base below the first step, then each step from its value on. A value that
// does not exist has the color of the base.
type Thresholds struct {
	Base  Color
	Steps []Step
}

// Step is one threshold.
type Step struct {
	From  float64
	Color Color
}

// Columns of a dashboard.
const Columns = 24
