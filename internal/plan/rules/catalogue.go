package rules

import (
	"cmp"
	"embed"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"sigs.k8s.io/yaml"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

//go:embed catalogue/*.yaml
var catalogueFiles embed.FS

// concerns in the order they are rendered; each is a file of the catalogue.
var concerns = []string{
	"scrape", "http", "probes", "database", "cache", "propagation", "business", "workspaces", "resources", concernObjectives, "heartbeat",
}

// perEnvironment is the value of Per of a concern that is not about one backend.
const perEnvironment = "environment"

// concern is one file of the catalogue. It becomes one PrometheusRule per backend, or one in all.
type concern struct {
	Name string `json:"concern"`
	// Per is perEnvironment, or empty: per backend.
	Per string `json:"per,omitempty"`
	// Interval between evaluations, a Prometheus duration; empty: that of the Prometheus.
	Interval string `json:"interval,omitempty"`
	// Fuse, once expanded, is the largest number of series a rule may return. Prometheus drops all series of
	// a rule that returns more: it is there for what nobody thought of, and must never be met in normal life.
	Fuse string `json:"fuse,omitempty"`
	// Indicators say how objectives count; only that concern has them.
	Indicators []indicator `json:"indicators,omitempty"`
	Records    []record    `json:"records,omitempty"`
	Alerts     []alert     `json:"alerts"`
}

// record is a recording rule. It gets no labels of ours, since its series stand beside those it is made
// of; those of objectives get job and objective.
type record struct {
	Record string   `json:"record"`
	When   []string `json:"when,omitempty"`
	Expr   string   `json:"expr"`
	// Labels and Days are for objectives: static labels, and that the record looks back over days.
	Labels map[string]string `json:"labels,omitempty"`
	Days   bool              `json:"days,omitempty"`
}

// alert is one entry of the catalogue.
type alert struct {
	Name string `json:"alert"`
	// When are names of conditions; all must hold for the backend.
	When []string `json:"when,omitempty"`
	// For is a Prometheus duration; empty fires at once.
	For       string     `json:"for,omitempty"`
	Severity  string     `json:"severity"`
	Threshold *threshold `json:"threshold,omitempty"`
	Window    *window    `json:"window,omitempty"`
	Expr      string     `json:"expr"`
	// Labels are static labels beside those every alert has.
	Labels map[string]string `json:"labels,omitempty"`
	// Summary is a plain sentence; the name of the backend is put behind it.
	Summary     string `json:"summary"`
	Description string `json:"description"`
}

// threshold is the number an override may change.
type threshold struct {
	Value   string `json:"value"`
	Unit    unit   `json:"unit"`
	Meaning string `json:"meaning"`
}

// number of a threshold that was checked.
func (t *threshold) number() float64 {
	number, err := strconv.ParseFloat(t.Value, 64)
	if err != nil {
		return 0
	}
	return number
}

// window is the span an expression looks back over, which an override may change. Only an alert that
// looks at raw series has one: the series of a recording rule have theirs in their name.
type window struct {
	// Value is a Prometheus duration.
	Value   string `json:"value"`
	Meaning string `json:"meaning"`
}

// catalogue is parsed once. It is embedded: that it parses is a matter of tests, not of run time.
var catalogue = sync.OnceValue(mustLoad)

func mustLoad() []concern {
	loaded, err := load()
	if err != nil {
		panic(err)
	}
	return loaded
}

func load() ([]concern, error) {
	out := make([]concern, 0, len(concerns))
	for _, name := range concerns {
		c, err := loadConcern(name)
		if err != nil {
			return nil, fmt.Errorf("cannot load catalogue file %q: %w", name+".yaml", err)
		}
		out = append(out, c)
	}
	return out, nil
}

func loadConcern(name string) (concern, error) {
	var c concern
	content, err := catalogueFiles.ReadFile("catalogue/" + name + ".yaml")
	if err != nil {
		return c, err
	}
	if err := yaml.UnmarshalStrict(content, &c); err != nil {
		return c, err
	}
	if c.Name != name {
		return c, fmt.Errorf("concern is %q", c.Name)
	}
	if c.Per != "" && c.Per != perEnvironment {
		return c, fmt.Errorf("per is %q", c.Per)
	}
	for _, r := range c.Records {
		if err := knownConditions(r.When); err != nil {
			return c, fmt.Errorf("record %q: %w", r.Record, err)
		}
	}
	for i := range c.Alerts {
		if err := c.Alerts[i].validate(); err != nil {
			return c, fmt.Errorf("alert %q: %w", c.Alerts[i].Name, err)
		}
	}
	return c, nil
}

func (a *alert) validate() error {
	if err := knownConditions(a.When); err != nil {
		return err
	}
	if a.Window != nil && env.Duration(a.Window.Value) == 0 {
		return fmt.Errorf("window %q is no duration", a.Window.Value)
	}
	if a.Threshold == nil {
		return nil
	}
	return a.Threshold.Unit.check(a.Threshold.Value)
}

// readsProbes says whether the alert reads what the blackbox exporter answers.
func (a *alert) readsProbes() bool { return slices.Contains(a.When, conditionProbes) }

// variants returns the entries of one alert; none for a name that is not in the catalogue.
func variants(name string) []*alert {
	var out []*alert
	for _, c := range catalogue() {
		for i := range c.Alerts {
			if c.Alerts[i].Name == name {
				out = append(out, &c.Alerts[i])
			}
		}
	}
	return out
}

// AlertInfo describes one alert of the catalogue with its defaults.
type AlertInfo struct {
	// Name of the alert.
	Name string
	// Summary says in one sentence what the alert means.
	Summary string
	// Threshold is the default as a decimal number, and Unit what it counts; Meaning says what is
	// compared with it. All three are empty for an alert without a threshold.
	Threshold, Unit, Meaning string
	// Window is the span the expression looks back over, a Prometheus duration, and WindowMeaning says
	// what for. Both are empty for an alert without a window.
	Window, WindowMeaning string
	// For is a Prometheus duration; empty: it fires at once.
	For string
	// Severity is critical, warning or info; none for an alert that calls nobody.
	Severity string
	// AskedFor is the field of the spec without which the alert is not rendered; empty: it needs none.
	AskedFor string
	// Concern is the file of the catalogue and the suffix of the PrometheusRule.
	Concern string
}

// Catalogue returns every alert once, sorted by name.
func Catalogue() []AlertInfo {
	var out []AlertInfo
	for _, c := range catalogue() {
		for i := range c.Alerts {
			out = append(out, c.Alerts[i].info(c.Name))
		}
	}
	slices.SortStableFunc(out, func(a, b AlertInfo) int { return cmp.Compare(a.Name, b.Name) })
	return slices.CompactFunc(out, func(a, b AlertInfo) bool { return a.Name == b.Name })
}

func (a *alert) info(concern string) AlertInfo {
	info := AlertInfo{Name: a.Name, Summary: a.Summary, For: a.For, Severity: a.Severity, Concern: concern, AskedFor: askedFor(a.When)}
	if a.Threshold != nil {
		info.Threshold, info.Unit, info.Meaning = a.Threshold.Value, string(a.Threshold.Unit), a.Threshold.Meaning
	}
	if a.Window != nil {
		info.Window, info.WindowMeaning = a.Window.Value, a.Window.Meaning
	}
	return info
}
