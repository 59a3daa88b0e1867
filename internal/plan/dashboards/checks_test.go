package dashboards

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

// A check returns what is wrong with a dashboard.
type check func(k *knowledge, b *board) []string

// checks are the rules of a good dashboard. Each is proven by a broken one in broken_test.go.
var checks = map[string]check{
	"the uid has 1 to 40 characters":               checkUID,
	"ids are unique":                               checkIDs,
	"panels neither overlap nor leave the grid":    checkLayout,
	"rows fill the grid":                           checkFull,
	"every panel has a title, unit and text":       checkTexts,
	"every panel says what nothing looks like":     checkNulls,
	"single values ask for now only":               checkInstant,
	"every query has a name":                       checkLegends,
	"no legend names an address":                   checkInstances,
	"what is drawn per workspace is bounded":       checkBounded,
	"links lead somewhere":                         checkLinks,
	"no data source is named":                      checkDataSources,
	"every variable that is used exists":           checkUndefined,
	"every variable that exists is used":           checkUnused,
	"every query parses":                           checkParses,
	"every metric is known":                        checkKnown,
	"rates are of counters and counters in rates":  checkCounters,
	"windows fit the zoom":                         checkWindows,
	"every selector is of the namespace":           checkNamespace,
	"quantiles keep the buckets they are taken of": checkQuantiles,
}

func TestDashboardsAreSound(t *testing.T) {
	k := learn(t)
	for shape, e := range environments {
		k.uids, k.workspace = uids(t, e), e.Workspaces.Label
		for dashboard, b := range boards(t, e) {
			for name, check := range checks {
				t.Run(shape+": "+dashboard+": "+name, func(t *testing.T) {
					for _, problem := range check(k, b) {
						t.Error(problem)
					}
				})
			}
		}
	}
}

// knowledge is what series exist, what dashboards an environment has, and which label names its workspaces.
type knowledge struct {
	counters, others, uids []string
	workspace              string
}

// learn reads the measured contract of the backend and adds what others write.
func learn(t *testing.T) *knowledge {
	t.Helper()
	var families []struct {
		Name, Type string
		Series     []string
	}
	if err := json.Unmarshal([]byte(readFile(t, "testdata/metrics-contract.json")), &families); err != nil {
		t.Fatal(err)
	}
	k := &knowledge{others: append([]string{""}, rules.Records()...)}
	for _, f := range families {
		for _, series := range f.Series {
			k.add(series, f.Type != "gauge" && !strings.HasSuffix(series, "_created"))
		}
	}
	for name, counter := range ofOthers {
		k.add(name, counter)
	}
	return k
}

func (k *knowledge) add(series string, counter bool) {
	if counter {
		k.counters = append(k.counters, series)
	} else {
		k.others = append(k.others, series)
	}
}

func checkUID(_ *knowledge, b *board) []string {
	if len(b.UID) < 1 || len(b.UID) > 40 {
		return []string{fmt.Sprintf("uid %q has %d characters", b.UID, len(b.UID))}
	}
	return nil
}

func checkIDs(_ *knowledge, b *board) []string {
	var out []string
	seen := map[int]string{0: "nothing"}
	for i := range b.Panels {
		p := &b.Panels[i]
		if other, ok := seen[p.ID]; ok {
			out = append(out, fmt.Sprintf("panels %q and %q have id %d", other, p.Title, p.ID))
		}
		seen[p.ID] = p.Title
	}
	return out
}

func checkLayout(_ *knowledge, b *board) []string {
	var out []string
	for i := range b.Panels {
		p := &b.Panels[i]
		if g := p.GridPos; g.X < 0 || g.Y < 0 || g.W < 1 || g.H < 1 || g.X+g.W > 24 {
			out = append(out, fmt.Sprintf("panel %q is outside of the grid: %+v", p.Title, g))
		}
		for j := range b.Panels[:i] {
			if q := &b.Panels[j]; overlap(p, q) {
				out = append(out, fmt.Sprintf("panels %q and %q overlap", q.Title, p.Title))
			}
		}
	}
	return out
}

// checkFull wants the panels of a row of one height and, side by side, as wide as the dashboard.
func checkFull(_ *knowledge, b *board) []string {
	var out []string
	width, height, row := 24, 0, ""
	finish := func() {
		if width != 24 {
			out = append(out, fmt.Sprintf("row %q is %d columns wide", row, width))
		}
	}
	for i := range b.Panels {
		p := &b.Panels[i]
		if p.Type == "row" {
			finish()
			width, height, row = 0, 0, p.Title
			continue
		}
		if height != 0 && height != p.GridPos.H {
			out = append(out, fmt.Sprintf("panel %q is not as high as its neighbours", p.Title))
		}
		width, height = width+p.GridPos.W, p.GridPos.H
	}
	finish()
	return out
}

func overlap(p, q *panel) bool {
	a, b := p.GridPos, q.GridPos
	return a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H
}

func checkTexts(_ *knowledge, b *board) []string {
	var out []string
	for _, p := range b.pictures() {
		if p.Title == "" || !slices.Contains(units, p.FieldConfig.Defaults.Unit) || len(p.Description) < 40 || !strings.HasSuffix(p.Description, ".") {
			out = append(out, fmt.Sprintf("panel %d %q lacks a title, a unit or a description", p.ID, p.Title))
		}
	}
	return out
}

// units of Grafana that we use; one that is misspelled is written behind the number as it stands.
var units = []string{
	"s", "percentunit", "reqps", "ops", "short", "bytes", "bool", "suffix:x", "suffix:cores",
}

// checkNulls wants a base color without a value, gaps drawn as gaps, and a word in place of a missing
// number.
func checkNulls(_ *knowledge, b *board) []string {
	var out []string
	for _, p := range b.pictures() {
		d := &p.FieldConfig.Defaults
		if len(d.Thresholds.Steps) == 0 || d.Thresholds.Steps[0].Value != nil {
			out = append(out, fmt.Sprintf("panel %q has no base color", p.Title))
		}
		switch {
		case p.Type == "timeseries" && (d.Custom.SpanNulls == nil || *d.Custom.SpanNulls):
			out = append(out, fmt.Sprintf("panel %q draws lines across gaps", p.Title))
		case p.Type == "state-timeline" && len(d.Mappings) == 0:
			out = append(out, fmt.Sprintf("panel %q has no words for its states", p.Title))
		case !p.overTime() && d.NoValue == "" && !strings.HasSuffix(p.Targets[0].Expr, "or vector(0)"):
			out = append(out, fmt.Sprintf("panel %q does not say what no value means", p.Title))
		}
	}
	return out
}

func checkInstant(_ *knowledge, b *board) []string {
	var out []string
	for _, p := range b.pictures() {
		for i := range p.Targets {
			q := &p.Targets[i]
			if q.Instant == q.Range || q.Instant == p.overTime() {
				out = append(out, fmt.Sprintf("query %s of %s panel %q: instant %v, range %v", q.RefID, p.Type, p.Title, q.Instant, q.Range))
			}
		}
	}
	return out
}

func checkLegends(_ *knowledge, b *board) []string {
	return eachQuery(b, func(q *query) error {
		if q.LegendFormat == "" || q.RefID == "" {
			return fmt.Errorf("has no legend or letter")
		}
		return nil
	})
}

// checkInstances: an address is of one pod and changes with it; people know pods by their names.
func checkInstances(_ *knowledge, b *board) []string {
	return eachQuery(b, func(q *query) error {
		if strings.Contains(q.LegendFormat, "{{instance}}") {
			return fmt.Errorf("legend %q", q.LegendFormat)
		}
		return nil
	})
}

var bounded = regexp.MustCompile(`topk\((5|10),`)

func checkBounded(k *knowledge, b *board) []string {
	return eachQuery(b, func(q *query) error {
		if strings.Contains(q.LegendFormat, "{{"+k.workspace+"}}") && !bounded.MatchString(q.Expr) {
			return fmt.Errorf("draws every workspace")
		}
		return nil
	})
}

// checkLinks wants runbooks that are written and dashboards that are there.
func checkLinks(k *knowledge, b *board) []string {
	links := append([]link{}, b.Links...)
	for _, p := range b.pictures() {
		links = append(append(links, p.Links...), p.FieldConfig.Defaults.Links...)
	}
	var out []string
	for _, l := range links {
		uid, inside := strings.CutPrefix(l.URL, "/d/")
		uid, _, _ = strings.Cut(uid, "?")
		alert, runbook := strings.CutPrefix(l.URL, env.RunbookBase)
		switch {
		case l.Type == "dashboards", inside && slices.Contains(k.uids, uid), runbook && alert == "":
		case runbook && fileExists("../../../docs/alerts/"+alert):
		default:
			out = append(out, fmt.Sprintf("link %q leads nowhere: %s", l.Title, l.URL))
		}
	}
	return out
}

func checkDataSources(_ *knowledge, b *board) []string {
	chosen := source{Type: "prometheus", UID: "${datasource}"}
	var out []string
	for _, p := range b.pictures() {
		if p.DataSource == nil || *p.DataSource != chosen {
			out = append(out, fmt.Sprintf("panel %q has data source %+v", p.Title, p.DataSource))
		}
	}
	return append(out, eachQuery(b, func(q *query) error {
		if q.DataSource == nil || *q.DataSource != chosen {
			return fmt.Errorf("has data source %+v", q.DataSource)
		}
		return nil
	})...)
}

// variablePattern is what Grafana replaces, but the variables it defines itself.
var variablePattern = regexp.MustCompile(`\$\{?([a-zA-Z]\w*)`)

func used(b *board) []string {
	var out []string
	for _, p := range b.pictures() {
		texts := []string{p.Title, p.DataSource.UID}
		for _, l := range p.Links {
			texts = append(texts, l.URL)
		}
		for i := range p.Targets {
			texts = append(texts, p.Targets[i].Expr, p.Targets[i].LegendFormat, p.Targets[i].DataSource.UID)
		}
		for _, m := range variablePattern.FindAllStringSubmatch(strings.Join(texts, "\n"), -1) {
			out = append(out, m[1])
		}
	}
	for _, v := range b.Templating.List {
		for _, m := range variablePattern.FindAllStringSubmatch(v.Definition, -1) {
			out = append(out, m[1])
		}
	}
	for _, a := range b.Annotations.List {
		for _, m := range variablePattern.FindAllStringSubmatch(a.Target.Expr, -1) {
			out = append(out, m[1])
		}
	}
	return out
}

func defined(b *board) []string {
	var out []string
	for _, v := range b.Templating.List {
		out = append(out, v.Name)
	}
	return out
}

func checkUndefined(_ *knowledge, b *board) []string { return missingFrom(defined(b), used(b)) }
func checkUnused(_ *knowledge, b *board) []string    { return missingFrom(used(b), defined(b)) }

func missingFrom(have, want []string) []string {
	var out []string
	for _, name := range want {
		if !slices.Contains(have, name) {
			out = append(out, fmt.Sprintf("variable %q", name))
		}
	}
	return out
}

// eachQuery visits those of panels, and those of annotations as if they were queries with a name.
func eachQuery(b *board, f func(*query) error) []string {
	var out []string
	for _, a := range b.Annotations.List {
		q := query{RefID: a.Target.RefID, Expr: a.Target.Expr, LegendFormat: a.Name, DataSource: a.DataSource}
		if err := f(&q); err != nil {
			out = append(out, fmt.Sprintf("annotation %q: %q: %v", a.Name, q.Expr, err))
		}
	}
	for _, p := range b.pictures() {
		if len(p.Targets) == 0 {
			out = append(out, fmt.Sprintf("panel %q has no query", p.Title))
		}
		for i := range p.Targets {
			if err := f(&p.Targets[i]); err != nil {
				out = append(out, fmt.Sprintf("panel %q: %q: %v", p.Title, p.Targets[i].Expr, err))
			}
		}
	}
	return out
}
