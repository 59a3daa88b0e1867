package loki_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	asks "github.com/tux-io/tux-monitoring-operator/hack/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
)

// limits are as Loki prints them: it writes 365d as 1y and 1500h as 62d12h.
func limits(t testing.TB, text string) loki.Limits {
	t.Helper()
	l, err := loki.ReadLimits([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

const ours = `
ingestion_rate_mb: 4
retention_period: 30d
retention_stream:
- {period: 1y, priority: 2, selector: '{retention_class="audit"}'}
- {period: 12w6d, priority: 1, selector: '{retention_class="error"}'}
`

var promised = retention.Commitment{DefaultDays: 30, Classes: []retention.Promised{{Name: "audit", Days: 365}, {Name: "error", Days: 90}}}

func TestWhatLokiAnswersIsComparedByMeaning(t *testing.T) {
	other := promised
	other.DefaultDays, other.Classes = 7, []retention.Promised{{Name: "error", Days: 91}, {Name: "debug", Days: 3}}
	cases := map[string]struct {
		limits string
		c      retention.Commitment
		want   []string
	}{
		"the same in other words":          {ours, promised, nil},
		"what is another's, and all of it": {"retention_period: 31d", promised, []string{"31d for the default, not 30d", `no rule for class "audit"`, `no rule for class "error"`}},
		"values, a rule too many and one too few": {ours, other, []string{
			`12w6d for class "error", not 91d`, "30d for the default, not 7d",
			`a rule for {retention_class="audit"}, which is not ours`, `no rule for class "debug"`,
		}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, limits(t, tc.limits).Differences(tc.c)); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, text := range []string{"", "retention_period: soon", "retention_period: 1d\nretention_stream: [{period: x}]", "<html>"} {
		if got, err := loki.ReadLimits([]byte(text)); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

func TestWhatHeldBeforeIsNeverTakenForLess(t *testing.T) {
	cases := map[string]struct {
		limits string
		want   retention.Commitment
	}{
		"for ever":                       {"retention_period: 0s", retention.Commitment{DefaultDays: retention.MaxDays}},
		"half a day more is another day": {"retention_period: 62d12h", retention.Commitment{DefaultDays: 63}},
		"longer than anything":           {"retention_period: 30y", retention.Commitment{DefaultDays: retention.MaxDays}},
		"a rule for streams we know not": {
			`{retention_period: 7d, retention_stream: [{selector: '{app="x"}', period: 90d}]}`, retention.Commitment{DefaultDays: 90},
		},
		"two rules for a class": {
			`{retention_period: 7d, retention_stream: [{selector: '{retention_class="a"}', period: 90d}, {selector: '{retention_class="a"}', period: 9d}]}`,
			retention.Commitment{DefaultDays: 7, Classes: []retention.Promised{{Name: "a", Days: 90}}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(&tc.want, limits(t, tc.limits).Before()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOnlyALokiThatDeletesAndCanTellClassesApartIsEffective(t *testing.T) {
	good := loki.Facts{Limits: limits(t, ours), Deletes: true, Lines: true, Labelled: true}
	cases := map[string]struct {
		change    func(*loki.Facts)
		effective bool
		want      string
	}{
		"all is well":            {func(*loki.Facts) {}, true, ""},
		"no lines came lately":   {func(f *loki.Facts) { f.Lines, f.Labelled = false, false }, true, ""},
		"lines that are overdue": {func(f *loki.Facts) { f.Overdue = []string{"error", "audit"} }, true, ""},
		"the compactor is off":   {func(f *loki.Facts) { f.Deletes = false }, false, ""},
		"the class is no index label": {
			func(f *loki.Facts) { f.Labelled = false }, false,
			"lines without the index label retention_class, which all live as long as the default says",
		},
		"another period": {func(f *loki.Facts) { f.Limits.RetentionPeriod = "31d" }, false, "31d for the default, not 30d"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			facts := good
			tc.change(&facts)
			v := loki.Judge(promised, facts)
			if v.Effective() != tc.effective || v.String() != tc.want || v.Off == facts.Deletes || !slices.IsSorted(v.Overdue) ||
				len(v.Overdue) != len(facts.Overdue) {
				t.Errorf("got %+v (%s)", v, v)
			}
		})
	}
}

// TestLokiTakesEveryQuestion, and none of them is about lines that may still be there.
func TestLokiTakesEveryQuestion(t *testing.T) {
	c := promised
	c.Retired = []string{"old"}
	questions, err := loki.Questions(c)
	if err != nil {
		t.Fatal(err)
	}
	var expressions []string
	for _, q := range questions {
		expressions = append(expressions, q.LogQL)
		if days := time.Duration(c.DaysOf(q.Class)) * 24 * time.Hour; q.Youngest < days+loki.Cycle || q.Eldest-q.Youngest > 30*24*time.Hour {
			t.Errorf("class %q lives %s and is asked about from %s to %s", q.Class, days, q.Youngest, q.Eldest)
		}
	}
	want := []string{`{retention_class=~"default|unparsed|old"}`, `{retention_class="audit"}`, `{retention_class="error"}`}
	if diff := cmp.Diff(want, expressions); diff != "" {
		t.Error(diff)
	}
	answer, err := asks.Ask(t.Context(), asks.Question{Expressions: expressions}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range answer.Expressions {
		if e.Refused != "" || e.Metric {
			t.Errorf("%s: %+v", expressions[i], e)
		}
	}
}

func TestATenantWeNeverWroteWaitsUntilLokiHasTold(t *testing.T) {
	unasked := func(c *loki.Contribution) { c.Unasked = true }
	document, results := aggregate(t, loki.Document{}, resource("z/old", "shared", unasked), resource("a/young", "shared"))
	if results[1].State != retention.Waiting || results[1].Holds != nil || results[0].State != retention.Conflict {
		t.Errorf("got %v; the older one waits, and nobody is faster", results)
	}
	if empty, _ := aggregate(t, loki.Document{}); empty.Overrides != document.Overrides {
		t.Errorf("something was written:\n%s", document.Overrides)
	}
	written, _ := aggregate(t, document, resource("z/old", "shared"))
	again, results := aggregate(t, written, resource("z/old", "shared", unasked))
	if results[0].State != retention.Included || again != written || results[0].Holds.DefaultDays != 30 {
		t.Errorf("what was written need not be asked about again: %v", results)
	}
}

func TestWhoIsPausedKeepsWhatHeHasAndGetsNothing(t *testing.T) {
	paused := func(c *loki.Contribution) { c.Paused = true }
	first, _ := aggregate(t, loki.Document{}, resource("shop/a", "a"))
	second, results := aggregate(t, first, resource("shop/a", "a", paused, days("error", 400)), resource("shop/b", "b", paused))
	if second != first {
		t.Errorf("the document changed:\n%s", second.Ledger)
	}
	if results[0].State != retention.Paused || results[0].Holds == nil || results[1].State != retention.Paused || results[1].Holds != nil {
		t.Errorf("got %v", results)
	}
	_, results = aggregate(t, first, resource("shop/a", "a", paused), resource("shop/z", "a"))
	if results[1].State != retention.Conflict || results[1].Winner != "shop/a" {
		t.Errorf("a tenant was taken from who is paused: %v", results)
	}
}

// TestLinesThatCarryAClassAlreadyAreNotShortenedByATakeover: their class is new to us, and not to them.
func TestLinesThatCarryAClassAlreadyAreNotShortenedByATakeover(t *testing.T) {
	before := limits(t, `{retention_period: 31d, retention_stream: [{selector: '{retention_class="audit"}', period: 300d}]}`).Before()
	taking := func(c *loki.Contribution) {
		c.Before, c.Policy.DefaultDays = before, 31
		c.Policy.Classes = []retention.Class{
			{Name: "audit", Loggers: []string{"a"}, Days: 365}, {Name: "debug", Loggers: []string{"b"}, Days: 3}, {Name: "error", Loggers: []string{"c"}, Days: 90},
		}
	}
	document, results := aggregate(t, loki.Document{}, resource("shop/a", "a", taking))
	want := []retention.Decrease{{Class: "debug", From: 31, To: 3}}
	if diff := cmp.Diff(want, results[0].Held); diff != "" {
		t.Error(diff)
	}
	for class, days := range map[string]int{"audit": 365, "debug": 31, "error": 90, "default": 31} {
		if n := lives(t, document, "a", class); n != days {
			t.Errorf("class %q lives %d days, want %d", class, n, days)
		}
	}
	document, results = aggregate(t, document, resource("shop/a", "a", taking, acknowledging(results[0].Acknowledgement)))
	if n := lives(t, document, "a", "debug"); n != 3 || results[0].State != retention.Included {
		t.Errorf("acknowledged, debug lives %d days: %v", n, results)
	}
}
