package loki

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"sigs.k8s.io/yaml"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/logql"
)

const day = 24 * time.Hour

// Limits are what Loki says that holds for a tenant, whoever wrote it.
type Limits struct {
	RetentionPeriod string       `json:"retention_period"`
	RetentionStream []StreamRule `json:"retention_stream"`
}

// ReadLimits reads the answer of /config/tenant/v1/limits.
func ReadLimits(text []byte) (Limits, error) {
	var l Limits
	if err := yaml.Unmarshal(text, &l); err != nil {
		return Limits{}, fmt.Errorf("cannot read the limits of the tenant: %w", err)
	}
	if l.RetentionPeriod == "" {
		return Limits{}, errors.New("the limits of the tenant have no retention_period")
	}
	for _, text := range append([]string{l.RetentionPeriod}, l.periods()...) {
		if _, err := model.ParseDuration(text); err != nil {
			return Limits{}, fmt.Errorf("cannot read the limits of the tenant: %w", err)
		}
	}
	return l, nil
}

func (l Limits) periods() []string {
	var all []string
	for _, rule := range l.RetentionStream {
		all = append(all, rule.Period)
	}
	return all
}

// wholeDays are the days of a period, rounded up; no period and one that is too long are retention.MaxDays.
func wholeDays(period string) int {
	d, err := model.ParseDuration(period)
	if err != nil || d == 0 {
		return retention.MaxDays
	}
	return int(min((time.Duration(d)+day-1)/day, retention.MaxDays))
}

// Before is what stored lines were promised by limits that are not ours. A rule that selects by something else
// than the class concerns lines we cannot tell from others, so that all of them count as promised that long.
func (l Limits) Before() *retention.Commitment {
	c := &retention.Commitment{DefaultDays: wholeDays(l.RetentionPeriod)}
	for _, rule := range l.RetentionStream {
		class, err := classOf(rule.Selector)
		if err != nil {
			c.DefaultDays = max(c.DefaultDays, wholeDays(rule.Period))
			continue
		}
		// Of several rules for a class the one that promises most counts.
		if i := slices.IndexFunc(c.Classes, func(p retention.Promised) bool { return p.Name == class }); i >= 0 {
			c.Classes[i].Days = max(c.Classes[i].Days, wholeDays(rule.Period))
			continue
		}
		c.Classes = append(c.Classes, retention.Promised{Name: class, Days: wholeDays(rule.Period)})
	}
	return c
}

// Differences tell what Loki answers otherwise than c says, sorted.
func (l Limits) Differences(c retention.Commitment) []string {
	wanted := map[string]string{}
	for _, class := range c.Classes {
		wanted[class.Name] = period(class.Days)
	}
	var all []string
	if !samePeriod(l.RetentionPeriod, period(c.DefaultDays)) {
		all = append(all, fmt.Sprintf("%s for the default, not %s", l.RetentionPeriod, period(c.DefaultDays)))
	}
	for _, rule := range l.RetentionStream {
		class, err := classOf(rule.Selector)
		days, known := wanted[class]
		switch {
		case err != nil || !known:
			all = append(all, "a rule for "+rule.Selector+", which is not ours")
		case !samePeriod(rule.Period, days):
			all = append(all, fmt.Sprintf("%s for class %q, not %s", rule.Period, class, days))
		}
		delete(wanted, class)
	}
	for _, class := range slices.Sorted(maps.Keys(wanted)) {
		all = append(all, fmt.Sprintf("no rule for class %q", class))
	}
	slices.Sort(all)
	return all
}

func samePeriod(a, b string) bool {
	x, err := model.ParseDuration(a)
	y, other := model.ParseDuration(b)
	return err == nil && other == nil && x == y
}

// Cycle is what lines may live longer than their class: the compactor comes every few minutes, and takes a
// chunk when its youngest line is due, which is hours younger than its oldest.
const Cycle = day

// Lookback is how far behind that line lines are looked for. Loki splits a query by the hour, so that each day costs
// it 24 looks into its index; lines come every day, so that where old ones stay there are some of each week.
const Lookback = 7 * day

// Question asks whether a line is stored that should be gone: any of these streams between the two ages.
type Question struct {
	Class            string
	Streams          logql.Selector
	Youngest, Eldest time.Duration
	LogQL            string
}

// Questions has one for each class, and one for the lines of none.
func Questions(c retention.Commitment) ([]Question, error) {
	all := []Question{{Class: retention.DefaultClass, Streams: withoutClass(c)}}
	for _, class := range c.Classes {
		all = append(all, Question{Class: class.Name, Streams: logql.Selector{logql.Is(retention.ClassLabel, class.Name)}})
	}
	for i := range all {
		var err error
		if all[i].LogQL, err = all[i].Streams.LogQL(); err != nil {
			return nil, err
		}
		all[i].Youngest = time.Duration(c.DaysOf(all[i].Class))*day + Cycle
		all[i].Eldest = all[i].Youngest + Lookback
	}
	return all, nil
}

// Facts are what a Loki was found to be like.
type Facts struct {
	Limits Limits
	// Deletes is what compactor.retention_enabled says.
	Deletes bool
	// ReloadFailed: the last reload of the runtime configuration did, and what was loaded before holds.
	ReloadFailed bool
	// Lines came lately, and Labelled ones among them have their class as an index label.
	Lines, Labelled bool
	// Overdue are the classes with lines that should be gone.
	Overdue []string
}

// Verdict is what facts come to for what was written.
type Verdict struct {
	// Off: nothing is ever deleted.
	Off bool
	// ReloadFailed: Loki could not load its runtime configuration, so that nothing of a newer one holds, of nobody.
	ReloadFailed bool
	// Differences tell what Loki answers otherwise, and why a class cannot be told from others.
	Differences []string
	// Overdue are sorted.
	Overdue []string
}

// Effective says whether Loki does what was written.
func (v Verdict) Effective() bool { return !v.Off && !v.ReloadFailed && len(v.Differences) == 0 }

// Judge holds what Loki is like against what was written.
func Judge(c retention.Commitment, f Facts) Verdict {
	v := Verdict{
		Off: !f.Deletes, ReloadFailed: f.ReloadFailed,
		Differences: f.Limits.Differences(c), Overdue: slices.Sorted(slices.Values(f.Overdue)),
	}
	if f.Lines && !f.Labelled {
		v.Differences = append(v.Differences, "lines without the index label "+retention.ClassLabel+
			", which all live as long as the default says")
	}
	return v
}

// String is for people.
func (v Verdict) String() string { return strings.Join(v.Differences, "; ") }

// ReloadSnippet is where to look when Loki cannot load its runtime configuration.
const ReloadSnippet = `kubectl logs of any pod of Loki says why after "failed to load runtime config"; ` +
	"the files are those of runtime_config: {file: ...}, of which each must be there and without a mistake"

// CompactorSnippet is what to set for a Loki that deletes nothing.
const CompactorSnippet = "compactor: {retention_enabled: true, delete_request_store: filesystem or the name of your object store}"
