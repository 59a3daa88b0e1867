package loki_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	asks "github.com/tux-io/tux-monitoring-operator/hack/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// resource is a contribution with the default classes. Names that sort later are older, so that age and
// name do not say the same.
func resource(owner, tenant string, change ...func(*loki.Contribution)) loki.Contribution {
	c := loki.Contribution{Owner: owner, Created: time.Unix(1_800_000_000-int64(owner[0]), 0), Policy: retention.Defaults()}
	c.Policy.Backend, c.Policy.Tenant = retention.Loki, tenant
	for _, one := range change {
		one(&c)
	}
	return c
}

func days(class string, n int) func(*loki.Contribution) {
	return func(c *loki.Contribution) {
		if class == retention.DefaultClass {
			c.Policy.DefaultDays = n
		}
		for i := range c.Policy.Classes {
			if c.Policy.Classes[i].Name == class {
				c.Policy.Classes[i].Days = n
			}
		}
	}
}

func without(class string) func(*loki.Contribution) {
	return func(c *loki.Contribution) {
		c.Policy.Classes = slices.DeleteFunc(c.Policy.Classes, func(k retention.Class) bool { return k.Name == class })
	}
}

func acknowledging(code string) func(*loki.Contribution) {
	return func(c *loki.Contribution) { c.Acknowledged = code }
}

func leaving(c *loki.Contribution) { c.Leaving = true }

func aggregate(t testing.TB, last loki.Document, all ...loki.Contribution) (loki.Document, []retention.Result) {
	t.Helper()
	document, results, err := loki.Aggregate(last, all)
	if err != nil {
		t.Fatal(err)
	}
	return document, results
}

// ask lets Loki's own code load a document and decide about streams.
func ask(t testing.TB, document loki.Document, streams ...asks.Stream) []asks.Retention {
	t.Helper()
	answer, err := asks.Ask(t.Context(), asks.Question{Overrides: document.Overrides, Streams: streams}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	if answer.Refused != "" {
		t.Fatalf("Loki refuses the document: %s\n%s", answer.Refused, document.Overrides)
	}
	return answer.Streams
}

// lives is how many days the lines of a class live, as Loki's compactor decides.
func lives(t testing.TB, document loki.Document, tenant, class string) int {
	t.Helper()
	stream := asks.Stream{Tenant: tenant, Labels: map[string]string{retention.ClassLabel: class}}
	return int(ask(t, document, stream)[0].Hours / 24)
}

func TestGolden(t *testing.T) {
	first, _ := aggregate(t, loki.Document{}, resource("gone/old", "tux-old"), resource("shop/production", "tux-production"))
	document, results := aggregate(t, first,
		resource("shop/production", "tux-production", days("audit", 30), without("error"), days("business", 365)),
		resource("shop/staging", "tux-staging", days(retention.DefaultClass, 7), without("audit"), func(c *loki.Contribution) { c.Erasing = true }),
		resource("rival/production", "tux-production"),
		resource("broken/broken", "tux-broken", days("debug", 0)),
	)
	text, err := json.MarshalIndent(results, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{"overrides.yaml": document.Overrides, "ledger.json": document.Ledger, "results.json": string(text) + "\n"} {
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	ask(t, document)
}

// TestLokiKeepsEachClassAsLongAsDeclared asks the code of the compactor, not a copy of its rules, and
// whether the class would be an index label at all.
func TestLokiKeepsEachClassAsLongAsDeclared(t *testing.T) {
	production := resource("shop/production", "tux-production")
	staging := resource("shop/staging", "tux-staging", days(retention.DefaultClass, 7), days("audit", 40))
	document, _ := aggregate(t, loki.Document{}, production, staging)
	attributes := []string{"service.name", retention.ClassLabel, "logger", "level", "k8s.pod.name", "user_id"}
	for _, c := range []loki.Contribution{production, staging} {
		for _, line := range []retention.Line{
			{Parsed: true, Logger: "tux.audit", Level: "INFO"}, {Parsed: true, Logger: "tux.audit", Level: "DEBUG"},
			{Parsed: true, Logger: "tux.business", Level: "INFO"}, {Parsed: true, Logger: "tux.business", Level: "DEBUG"},
			{Parsed: true, Logger: "tux.performance", Level: "ERROR"}, {Parsed: true, Logger: "tux.performance", Level: "WARNING"},
			{Parsed: true, Logger: "django.db.backends", Level: "WARNING"}, {Parsed: true, Logger: "django.request", Level: "INFO"}, {},
		} {
			decision := c.Policy.Classify(line)
			stream := asks.Stream{
				Tenant: c.Policy.Tenant, Attributes: attributes,
				Labels: map[string]string{retention.ClassLabel: decision.Class, "logger": line.Logger, "level": line.Level},
			}
			got := ask(t, document, stream)[0]
			if got.Hours != float64(24*decision.Days) {
				t.Errorf("%s %+v: Loki keeps it %v h, the policy says %d days", c.Owner, line, got.Hours, decision.Days)
			}
			if diff := cmp.Diff([]string{"service.name", retention.ClassLabel, "logger", "level"}, got.Labels); diff != "" {
				t.Error(diff)
			}
			if got.DeletionMode != "disabled" {
				t.Errorf("deletion mode %q", got.DeletionMode)
			}
		}
	}
}

// TestTheTestWouldNoticeAClassThatIsNoLabel: what Loki does without our otlp_config.
func TestTheTestWouldNoticeAClassThatIsNoLabel(t *testing.T) {
	bare := loki.Document{Overrides: "overrides: {a: {retention_period: 30d}}"}
	if got := ask(t, bare, asks.Stream{Tenant: "a", Attributes: []string{retention.ClassLabel}})[0]; len(got.Labels) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestWhatBecomesOfResources(t *testing.T) {
	owner := resource("a/a", "t")
	start, _ := aggregate(t, loki.Document{}, owner)
	tests := map[string]struct {
		last  loki.Document
		in    []loki.Contribution
		state map[string]retention.State
		// lives is the days of classes of tenant t afterwards; 0 is Loki's own default: for ever.
		lives map[string]int
	}{
		"a resource that is gone leaves its block":         {start, nil, nil, map[string]int{"audit": 365, "error": 90, "other": 30}},
		"longer is at once":                                {start, []loki.Contribution{resource("a/a", "t", days("error", 100))}, map[string]retention.State{"a/a": retention.Included}, map[string]int{"error": 100}},
		"shorter is held":                                  {start, []loki.Contribution{resource("a/a", "t", days("error", 10), days("business", 200))}, map[string]retention.State{"a/a": retention.Held}, map[string]int{"error": 90, "business": 200}},
		"a class that vanishes is held":                    {start, []loki.Contribution{resource("a/a", "t", without("error"))}, map[string]retention.State{"a/a": retention.Held}, map[string]int{"error": 90}},
		"so is a shorter default":                          {start, []loki.Contribution{resource("a/a", "t", days(retention.DefaultClass, 5))}, map[string]retention.State{"a/a": retention.Held}, map[string]int{"other": 30}},
		"a wrong acknowledgement is none":                  {start, []loki.Contribution{resource("a/a", "t", days("error", 10), acknowledging("yes"))}, map[string]retention.State{"a/a": retention.Held}, map[string]int{"error": 90}},
		"an invalid policy keeps the last block":           {start, []loki.Contribution{resource("a/a", "t", days("error", 0))}, map[string]retention.State{"a/a": retention.Invalid}, map[string]int{"error": 90}},
		"an invalid policy does not touch others":          {start, []loki.Contribution{resource("b/b", "u", days("error", 0)), owner}, map[string]retention.State{"a/a": retention.Included, "b/b": retention.Invalid}, map[string]int{"error": 90}},
		"a tenant that is no name":                         {start, []loki.Contribution{resource("b/b", ""), owner}, map[string]retention.State{"a/a": retention.Included, "b/b": retention.Invalid}, nil},
		"a tenant has one owner":                           {start, []loki.Contribution{resource("z/z", "t", days("error", 900)), owner}, map[string]retention.State{"a/a": retention.Included, "z/z": retention.Conflict}, map[string]int{"error": 90}},
		"of two new ones the older":                        {loki.Document{}, []loki.Contribution{owner, resource("z/z", "t", days("error", 900))}, map[string]retention.State{"a/a": retention.Conflict, "z/z": retention.Included}, map[string]int{"error": 900}},
		"who takes over a tombstone is bound by it":        {start, []loki.Contribution{resource("z/z", "t", days("error", 1))}, map[string]retention.State{"z/z": retention.Held}, map[string]int{"error": 90}},
		"protected logs stay when their resource leaves":   {start, []loki.Contribution{resource("a/a", "t", leaving)}, map[string]retention.State{"a/a": retention.Refused}, map[string]int{"audit": 365}},
		"nobody takes along the block of another":          {without1(t), []loki.Contribution{resource("z/z", "t", leaving)}, map[string]retention.State{"z/z": retention.Removed}, map[string]int{"error": 90}},
		"who leaves without a block is free to go":         {start, []loki.Contribution{resource("z/z", "t", leaving)}, map[string]retention.State{"z/z": retention.Removed}, map[string]int{"audit": 365}},
		"a block is taken along by its owner":              {without1(t), []loki.Contribution{resource("a/a", "t", leaving)}, map[string]retention.State{"a/a": retention.Removed}, map[string]int{"error": 0}},
		"what was there before us is bound to be kept":     {loki.Document{}, []loki.Contribution{resource("a/a", "t", func(c *loki.Contribution) { c.Before = &retention.Commitment{DefaultDays: 400} })}, map[string]retention.State{"a/a": retention.Held}, map[string]int{"other": 400}},
		"what was there before us does not count later":    {start, []loki.Contribution{resource("a/a", "t", func(c *loki.Contribution) { c.Before = &retention.Commitment{DefaultDays: 400} })}, map[string]retention.State{"a/a": retention.Included}, map[string]int{"other": 30}},
		"a protected class that would live longer without": {start, []loki.Contribution{resource("a/a", "t", without("audit"), days(retention.DefaultClass, 400))}, map[string]retention.State{"a/a": retention.Held}, map[string]int{"audit": 400, "other": 400}},
		"a lost ledger is made again from the overrides":   {loki.Document{Overrides: start.Overrides}, []loki.Contribution{resource("a/a", "t", days("error", 10))}, map[string]retention.State{"a/a": retention.Held}, map[string]int{"error": 90}},
		"lost overrides are made again from the ledger":    {loki.Document{Ledger: start.Ledger, Overrides: "a: [b"}, nil, nil, map[string]int{"audit": 365, "error": 90}},
		"a tenant somebody wrote into the overrides":       {loki.Document{Overrides: start.Overrides, Ledger: "{}"}, nil, nil, map[string]int{"error": 90}},
		"an edit of the overrides is taken back":           {loki.Document{Overrides: strings.ReplaceAll(start.Overrides, "90d", "1d"), Ledger: start.Ledger}, []loki.Contribution{owner}, map[string]retention.State{"a/a": retention.Included}, map[string]int{"error": 90}},
		"an edit that Loki does not know is taken back":    {loki.Document{Overrides: strings.ReplaceAll(start.Overrides, "retention_period", "retention_perod"), Ledger: start.Ledger}, nil, nil, map[string]int{"error": 90}},
		"a tenant without a body gets its own back":        {loki.Document{Overrides: "overrides: {t: }", Ledger: start.Ledger}, nil, nil, map[string]int{"error": 90}},
		"a protected class keeps its protection":           {start, []loki.Contribution{resource("a/a", "t", func(c *loki.Contribution) { c.Policy.Classes[0].Protected = false })}, map[string]retention.State{"a/a": retention.Held}, map[string]int{"audit": 365}},
		"protection is against an acknowledgement as well": {start, []loki.Contribution{acknowledged(t, start, resource("a/a", "t", days("audit", 9), days("error", 10)))}, map[string]retention.State{"a/a": retention.Held}, map[string]int{"audit": 365, "error": 10}},
		"an acknowledgement shrinks":                       {start, []loki.Contribution{acknowledged(t, start, resource("a/a", "t", without("error"), days(retention.DefaultClass, 9)))}, map[string]retention.State{"a/a": retention.Included}, map[string]int{"error": 9, "other": 9, "audit": 365}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			document, results := aggregate(t, tc.last, tc.in...)
			states := map[string]retention.State{}
			for _, r := range results {
				states[r.Owner] = r.State
			}
			if diff := cmp.Diff(tc.state, states); diff != "" && len(tc.state)+len(states) > 0 {
				t.Error(diff)
			}
			for class, want := range tc.lives {
				if got := lives(t, document, "t", class); got != want {
					t.Errorf("class %s lives %d days, want %d", class, got, want)
				}
			}
			again, _ := aggregate(t, document, tc.in...)
			if diff := cmp.Diff(document, again); diff != "" && name != "a block is taken along by its owner" {
				t.Errorf("an unchanged plan gives other bytes: %s", diff)
			}
		})
	}
}

// TestATombstoneSaysWhoseItWas, also while somebody else asks for the tenant with a policy that is none.
func TestATombstoneSaysWhoseItWas(t *testing.T) {
	start, _ := aggregate(t, loki.Document{}, resource("a/a", "t"))
	buried, _ := aggregate(t, start, resource("z/z", "t", days("error", 0)))
	if want := `{"t":{"owner":"a/a","tombstone":true,`; !strings.HasPrefix(buried.Ledger, want) {
		t.Error(buried.Ledger)
	}
	revived, _ := aggregate(t, buried, resource("a/a", "t", days("error", 0)))
	if want := `{"t":{"owner":"a/a","defaultDays":30,`; !strings.HasPrefix(revived.Ledger, want) {
		t.Error(revived.Ledger)
	}
}

// without1 is a document whose tenant has no protected class.
func without1(t *testing.T) loki.Document {
	t.Helper()
	document, _ := aggregate(t, loki.Document{}, resource("a/a", "t", without("audit")))
	return document
}

// acknowledged gives c the acknowledgement that the operator would ask for.
func acknowledged(t *testing.T, last loki.Document, c loki.Contribution) loki.Contribution {
	t.Helper()
	_, results := aggregate(t, last, c)
	c.Acknowledged = results[0].Acknowledgement
	if c.Acknowledged == "" {
		t.Fatal("nothing to acknowledge")
	}
	return c
}

// TestANameThatWasRetiredIsNotShortenedBySurprise: stored lines still carry the name.
func TestANameThatWasRetiredIsNotShortenedBySurprise(t *testing.T) {
	start, _ := aggregate(t, loki.Document{}, resource("a/a", "t"))
	retired, _ := aggregate(t, start, resource("a/a", "t", without("debug")))
	if got := lives(t, retired, "t", "debug"); got != 30 {
		t.Fatalf("%d days", got)
	}
	revived, results := aggregate(t, retired, resource("a/a", "t"))
	if got := lives(t, revived, "t", "debug"); got != 30 || results[0].State != retention.Held {
		t.Errorf("%d days, %s", got, results[0])
	}
}

func TestNothingIsWrittenWhenNothingIsKnown(t *testing.T) {
	start, _ := aggregate(t, loki.Document{}, resource("a/a", "t"))
	for name, last := range map[string]loki.Document{
		"both lost":                    {Overrides: "a: [b", Ledger: "x"},
		"an empty file, a bad ledger":  {Ledger: "x"},
		"a ledger that is null":        {Ledger: "null"},
		"foreign fields, no ledger":    {Overrides: "overrides: {t: {ingestion_rate_mb: 4}}"},
		"foreign tenants":              {Overrides: "overrides: {other: {ingestion_rate_mb: 4}}", Ledger: start.Ledger},
		"no body, no ledger":           {Overrides: "overrides: {t: }"},
		"a ledger with a bad promise":  {Ledger: `{"t": {"defaultDays": 0}}`},
		"a ledger with an empty name":  {Ledger: `{"": {"defaultDays": 1}}`},
		"a ledger with a bad class":    {Ledger: `{"t": {"defaultDays": 1, "classes": [{"name": "", "days": 1}]}}`},
		"a ledger with a class twice":  {Ledger: `{"t": {"defaultDays": 1, "classes": [{"name": "a", "days": 1}, {"name": "a", "days": 2}]}}`},
		"a selector of somebody else":  {Overrides: `overrides: {t: {retention_period: 1d, deletion_mode: disabled, retention_stream: [{selector: '{app="x"}', priority: 1, period: 9d}]}}`},
		"a period of somebody else":    {Overrides: `overrides: {t: {retention_period: 24h, deletion_mode: disabled}}`},
		"a deletion mode of our dream": {Overrides: `overrides: {t: {retention_period: 1d, deletion_mode: maybe}}`},
	} {
		if document, _, err := loki.Aggregate(last, []loki.Contribution{resource("a/a", "t")}); err == nil || document.Size() > 0 {
			t.Errorf("%s: %v %s", name, err, document.Overrides)
		}
	}
}

// contributions are any, with few tenants and owners so that they meet.
func contributions(t *rapid.T, label string) []loki.Contribution {
	var all []loki.Contribution
	for _, owner := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"a/a", "b/b", "c/c", "d/d"}), rapid.ID[string]).Draw(t, label) {
		c := resource(owner, rapid.SampledFrom([]string{"t", "u", "v", ""}).Draw(t, "tenant"))
		c.Created = time.Unix(rapid.Int64Range(0, 2).Draw(t, "created"), 0)
		for _, class := range []string{"audit", "debug", "error", retention.DefaultClass} {
			days(class, rapid.IntRange(0, 12).Draw(t, class)*10)(&c)
			if rapid.IntRange(0, 3).Draw(t, "without") == 0 {
				without(class)(&c)
			}
		}
		c.Leaving = rapid.IntRange(0, 5).Draw(t, "leaving") == 0
		c.Erasing = rapid.Bool().Draw(t, "erasing")
		all = append(all, c)
	}
	return all
}

// TestOrderAndRepetitionChangeNothing: every permutation gives the same bytes, and so does doing it again.
func TestOrderAndRepetitionChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		last := loki.Document{}
		for _, label := range []string{"first", "second"} {
			all := contributions(t, label)
			document, results, err := loki.Aggregate(last, all)
			if err != nil {
				t.Fatal(err)
			}
			shuffled, shuffledResults, err := loki.Aggregate(last, rapid.Permutation(all).Draw(t, "order"))
			if diff := cmp.Diff(document, shuffled) + cmp.Diff(results, shuffledResults); diff != "" || err != nil {
				t.Fatal(diff, err)
			}
			stay := slices.DeleteFunc(all, func(c loki.Contribution) bool { return c.Leaving })
			settled, _, err := loki.Aggregate(document, stay)
			if err != nil {
				t.Fatal(err)
			}
			again, _, err := loki.Aggregate(settled, stay)
			if diff := cmp.Diff(settled, again); diff != "" || err != nil {
				t.Fatal(diff, err)
			}
			last = again
		}
	})
}

// TestNothingShrinksUnasked: whatever resources come, go and want, without an acknowledgement no class
// that was ever promised lives shorter, unless its owner took the whole block along.
func TestNothingShrinksUnasked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		last := loki.Document{}
		for range 4 {
			all := contributions(t, "all")
			next, results, err := loki.Aggregate(last, all)
			if err != nil {
				t.Fatal(err)
			}
			before, after := ledger(t, last), ledger(t, next)
			for tenant, entry := range before {
				kept, found := after[tenant]
				if !found {
					left := slices.ContainsFunc(results, func(r retention.Result) bool { return r.Tenant == tenant && r.State == retention.Removed })
					if !left || slices.ContainsFunc(entry.Classes, func(p retention.Promised) bool { return p.Protected }) {
						t.Fatalf("tenant %s is gone", tenant)
					}
					continue
				}
				names := append([]string{retention.DefaultClass}, entry.Retired...)
				for _, class := range entry.Classes {
					names = append(names, class.Name)
				}
				for _, name := range names {
					if kept.DaysOf(name) < entry.DaysOf(name) {
						t.Fatalf("tenant %s: class %s from %d to %d days", tenant, name, entry.DaysOf(name), kept.DaysOf(name))
					}
				}
			}
			last = next
		}
	})
}

func ledger(t *rapid.T, document loki.Document) loki.Ledger {
	all := loki.Ledger{}
	if document.Ledger != "" {
		if err := json.Unmarshal([]byte(document.Ledger), &all); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// many are resources with the default classes and names as long as they usually are.
func many(n int) []loki.Contribution {
	all := make([]loki.Contribution, 0, n)
	for i := range n {
		all = append(all, resource(fmt.Sprintf("tux-production-%04d/production", i), fmt.Sprintf("tux-production-%04d", i)))
	}
	return all
}

// TestFiveHundredTenantsFit counts bytes; the limit of a ConfigMap is 1 MiB.
func TestFiveHundredTenantsFit(t *testing.T) {
	document, _ := aggregate(t, loki.Document{}, many(500)...)
	t.Logf("500 tenants: %d bytes of overrides, %d of ledger, %d%% of a ConfigMap", len(document.Overrides), len(document.Ledger), 100*document.Size()>>20)
	if document.Size() > 700_000 {
		t.Errorf("500 tenants take %d bytes", document.Size())
	}
	if got := ask(t, document, asks.Stream{Tenant: "tux-production-0499", Labels: map[string]string{retention.ClassLabel: "audit"}})[0]; got.Hours != 365*24 {
		t.Errorf("%+v", got)
	}
	if _, _, err := loki.Aggregate(loki.Document{}, many(1500)); err == nil {
		t.Error("1500 tenants are said to fit")
	}
}

func BenchmarkAggregate500(b *testing.B) {
	all := many(500)
	document, _ := aggregate(b, loki.Document{}, all...)
	for b.Loop() {
		if again, _ := aggregate(b, document, all...); again != document {
			b.Fatal("other bytes")
		}
	}
}
