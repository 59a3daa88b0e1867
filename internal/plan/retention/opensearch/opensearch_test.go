package opensearch_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/opensearch"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
)

var update = flag.Bool("update", false, "write the golden files")

const tenant = "tux-production"

func want(change ...func(*retention.Policy)) store.Want {
	p := retention.Defaults()
	p.Backend, p.Tenant = retention.OpenSearch, tenant
	for _, one := range change {
		one(&p)
	}
	return store.Want{Owner: "tux/production", Policy: p}
}

func without(classes ...string) func(*retention.Policy) {
	return func(p *retention.Policy) {
		p.Classes = slices.DeleteFunc(slices.Clone(p.Classes), func(c retention.Class) bool { return slices.Contains(classes, c.Name) })
	}
}

func class(name string, change func(*retention.Class)) func(*retention.Policy) {
	return func(p *retention.Policy) {
		for i := range p.Classes {
			if p.Classes[i].Name == name {
				change(&p.Classes[i])
			}
		}
	}
}

func days(n int) func(*retention.Class) { return func(c *retention.Class) { c.Days = n } }

func tiers(t retention.Tiers) func(*retention.Class) { return func(c *retention.Class) { c.Tiers = t } }

// stored is what an OpenSearch has after all objects were written.
func stored(t *testing.T, w store.Want, have store.State) (store.Decision, store.State) {
	t.Helper()
	d, err := opensearch.Dialect().Decide(w, have)
	if err != nil {
		t.Fatal(err)
	}
	next := store.State{Objects: map[store.Ref][]byte{}, Revisions: map[string]store.Revision{}}
	maps.Copy(next.Objects, have.Objects)
	maps.Copy(next.Revisions, have.Revisions)
	for _, object := range d.Objects {
		next.Objects[object.Ref] = object.Body
		if object.Kind == opensearch.Policy {
			next.Revisions[object.Name] = store.Revision{Number: len(next.Revisions) + 1, Term: 1}
		}
	}
	return d, next
}

func TestObjectsAreThoseOfTheGoldenFiles(t *testing.T) {
	rest := without("debug", "database", "performance", "business")
	for name, w := range map[string]store.Want{
		"defaults": want(),
		"tiers": want(rest, class("audit", tiers(retention.Tiers{WarmDays: 7, ColdDays: 60, Attribute: "temp"})),
			class("error", tiers(retention.Tiers{WarmDays: 3}))),
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := stored(t, w, store.State{})
			var out bytes.Buffer
			for _, object := range d.Objects {
				fmt.Fprintf(&out, "PUT %s\n%s\n", opensearch.Dialect().PathOf(object.Ref), object.Body)
			}
			golden := filepath.Join("testdata", name+".txt")
			if *update {
				if err := os.WriteFile(golden, out.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			written, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(written), out.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestWhatOpenSearchAddsIsNoDrift, and what somebody changes is.
func TestWhatOpenSearchAddsIsNoDrift(t *testing.T) {
	cold := want(class("error", tiers(retention.Tiers{WarmDays: 3, ColdDays: 9, Attribute: "temp"})))
	d, state := stored(t, cold, store.State{})
	policy := store.Ref{Kind: opensearch.Policy, Name: store.Name(tenant, "error")}
	template := store.Ref{Kind: store.IndexTemplate, Name: policy.Name}
	component := store.Ref{Kind: store.ComponentTemplate, Name: store.Component(tenant)}
	const retry = "\"retry\": {\n              \"backoff\": \"exponential\",\n              \"count\": 3,\n              \"delay\": \"1m\"\n            }"
	edits := map[string]struct {
		ref      store.Ref
		from, to string
		drift    bool
	}{
		"a revision":                       {policy, `{`, `{"_id": "x", "_seq_no": 3, "_primary_term": 1, `, false},
		"dates, a name and whom to tell":   {policy, `"default_state"`, `"policy_id": "x", "last_updated_time": 1, "schema_version": 21, "error_notification": null, "default_state"`, false},
		"a date of the template":           {policy, `"priority": 500`, `"priority": 500, "last_updated_time": 9`, false},
		"no retry where the default is it": {policy, retry, `"retry": {"count": 3, "backoff": "exponential", "delay": "60s"}`, false},
		"a default of the rollover":        {policy, `"min_index_age"`, `"copy_alias": false, "min_index_age"`, false},
		"one of newer versions":            {policy, `"min_index_age"`, `"prevent_empty_rollover": false, "min_index_age"`, false},
		"its opposite":                     {policy, `"min_index_age"`, `"prevent_empty_rollover": true, "min_index_age"`, true},
		"defaults of a merge":              {policy, `"max_num_segments"`, `"wait_for_completion": true, "task_execution_timeout": "60m", "max_num_segments"`, false},
		"what is not set":                  {policy, `"delete": {}`, `"timeout": null, "delete": {"x": null}`, false},
		"defaults of the allocation":       {policy, `"allocation": {`, `"allocation": {"include": {}, "exclude": {}, "wait_for": false, `, false},
		"the same time in another unit":    {policy, `"90d"`, `"2160h"`, false},
		"fewer days":                       {policy, `"90d"`, `"1d"`, true},
		"another condition":                {policy, `min_rollover_age`, `min_index_age`, true},
		"no rollover":                      {policy, `"rollover"`, `"read_only"`, true},
		"other nodes":                      {policy, `"temp": "cold"`, `"temp": "hot"`, true},
		"another start":                    {policy, `"default_state": "hot"`, `"default_state": "delete"`, true},
		"other indices":                    {policy, `logs-tux.error`, `logs-tux.audit`, true},
		"a lower priority of a policy":     {policy, `500`, `50`, true},
		"a timeout":                        {policy, `"delete": {}`, `"timeout": "1h", "delete": {}`, true},
		"a lower priority":                 {template, `500`, `50`, true},
		"defaults of a data stream":        {template, `"data_stream": {}`, `"data_stream": {"timestamp_field": {"name": "@timestamp"}}`, false},
		"settings as a tree":               {component, `"index.codec": "best_compression"`, `"index": {"codec": "best_compression"}`, false},
		"another promise":                  {component, `"defaultDays": 30`, `"defaultDays": 31`, true},
	}
	for name, tc := range edits {
		t.Run(name, func(t *testing.T) {
			changed := store.State{Objects: maps.Clone(state.Objects)}
			body := strings.Replace(string(state.Objects[tc.ref]), tc.from, tc.to, 1)
			if body == string(state.Objects[tc.ref]) {
				t.Fatalf("no %q in %s", tc.from, body)
			}
			changed.Objects[tc.ref] = []byte(body)
			drift, err := opensearch.Dialect().Drift(d.Objects, changed)
			if err != nil {
				t.Fatal(err)
			}
			if found := len(drift) == 1 && drift[0].Ref == tc.ref; found != tc.drift || !found && len(drift) > 0 {
				t.Errorf("drift in %v", drift)
			}
		})
	}
}

func TestDecisions(t *testing.T) {
	_, start := stored(t, want(), store.State{})
	lost := store.State{Objects: maps.Clone(start.Objects), Revisions: start.Revisions}
	delete(lost.Objects, store.Ref{Kind: store.ComponentTemplate, Name: store.Component(tenant)})
	alone := store.State{Objects: maps.Clone(lost.Objects), Revisions: maps.Clone(lost.Revisions)}
	delete(alone.Objects, store.Ref{Kind: opensearch.Policy, Name: store.Name(tenant, "default")})
	delete(alone.Revisions, store.Name(tenant, "default"))
	less := want()
	less.Policy.DefaultDays = 3
	other, accepted := want(), want(class("error", days(10)))
	other.Owner = "tux/other"
	d, _ := stored(t, accepted, start)
	accepted.Acknowledged = d.Result.Acknowledgement
	for name, tc := range map[string]struct {
		want  store.Want
		have  store.State
		state retention.State
		class string
		days  int
	}{
		"the first":                               {want(), store.State{}, retention.Included, "error", 90},
		"the same again":                          {want(), start, retention.Included, "error", 90},
		"fewer days are held":                     {want(class("error", days(10))), start, retention.Held, "error", 90},
		"a class that vanishes is held":           {want(without("business")), start, retention.Held, "business", 180},
		"what was accepted is done":               {accepted, start, retention.Included, "error", 10},
		"a protected class keeps its days":        {want(class("audit", days(1))), start, retention.Held, "audit", 365},
		"the tenant of another":                   {other, start, retention.Conflict, "", 0},
		"a lost ledger is made from the policies": {want(class("error", days(10)), without("audit")), lost, retention.Held, "audit", 365},
		"unparsed lines tell of the default":      {less, alone, retention.Held, "default", 30},
		"frozen lines are refused": {
			want(class("error", tiers(retention.Tiers{FrozenDays: 9, Repository: "r"}))), start, retention.Invalid, "error", 90,
		},
		"cold nodes nobody can tell are refused": {
			want(class("error", tiers(retention.Tiers{ColdDays: 9}))), start, retention.Invalid, "error", 90,
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, next := stored(t, tc.want, tc.have)
			if d.Result.State != tc.state {
				t.Errorf("%s, want %s: %v", d.Result.State, tc.state, d.Result.Findings)
			}
			if tc.class != "" && d.Result.Holds.DaysOf(tc.class) != tc.days {
				t.Errorf("%d days, want %d", d.Result.Holds.DaysOf(tc.class), tc.days)
			}
			again, last := stored(t, tc.want, next)
			if diff := cmp.Diff(next.Objects, last.Objects); diff != "" {
				t.Errorf("not settled: %s", diff)
			}
			if drift, err := opensearch.Dialect().Drift(again.Objects, next); len(drift) > 0 || err != nil {
				t.Errorf("an unchanged plan would write %v, %v", drift, err)
			}
		})
	}
}

func TestWhatIsSomebodyElsesIsNotWritten(t *testing.T) {
	d, start := stored(t, want(), store.State{})
	for _, object := range d.Objects {
		for name, body := range map[string]string{
			"without a mark": `{"policy": {"description": "logs"}}`, "of another tenant": strings.ReplaceAll(string(object.Body), tenant, "t"),
			"no object": `[]`,
		} {
			have := store.State{Objects: maps.Clone(start.Objects), Revisions: start.Revisions}
			have.Objects[object.Ref] = []byte(body)
			_, err := opensearch.Dialect().Decide(want(), have)
			terminal, ok := fault.AsTerminal(err)
			if !ok || terminal.Reason != store.ReasonNotOwned || !strings.Contains(err.Error(), object.String()+" in OpenSearch") {
				t.Errorf("%s %s: %v", object.Ref, name, err)
			}
		}
	}
}

// TestADescriptionIsAMark: what a policy stands for comes back out of it, whatever that is.
func TestADescriptionIsAMark(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		of := rapid.StringMatching(`[a-z0-9][a-z0-9._-]{0,20}`).Draw(r, "tenant")
		p := retention.Policy{Backend: retention.OpenSearch, Tenant: of, DefaultDays: 30, Classes: []retention.Class{{
			Name: "c" + rapid.StringMatching(`[a-z0-9]{0,9}`).Draw(r, "class"), Levels: []retention.Level{retention.Error},
			Days: rapid.IntRange(1, retention.MaxDays).Draw(r, "days"), Protected: rapid.Bool().Draw(r, "protected"),
		}}}
		d, err := opensearch.Dialect().Decide(store.Want{Owner: "a/a", Policy: p}, store.State{})
		if err != nil {
			r.Fatal(err)
		}
		for _, object := range d.Objects {
			if object.Kind != opensearch.Policy || object.Name != store.Name(of, p.Classes[0].Name) {
				continue
			}
			got := opensearch.Dialect().Mark(object.Body)
			want := store.Mark{ManagedBy: "tuxmonitoring", Tenant: of, Class: p.Classes[0].Name, Days: p.Classes[0].Days, Protected: p.Classes[0].Protected}
			if diff := cmp.Diff(want, got); diff != "" {
				r.Fatal(diff)
			}
		}
	})
}

// TestPoliciesToReadAreThoseThatCanBeMeant: wanted, promised, or with a template.
func TestPoliciesToReadAreThoseThatCanBeMeant(t *testing.T) {
	_, have := stored(t, want(without("business")), store.State{})
	names := opensearch.Dialect().Policies(want(without("error")), have)
	for _, class := range []string{"business", "error", "default", "unparsed"} {
		if !slices.Contains(names, store.Name(tenant, class)) {
			t.Errorf("no policy of class %q in %v", class, names)
		}
	}
	delete(have.Objects, store.Ref{Kind: store.ComponentTemplate, Name: store.Component(tenant)})
	if names := opensearch.Dialect().Policies(want(without("error")), have); !slices.Contains(names, store.Name(tenant, "error")) {
		t.Errorf("without a ledger: %v", names)
	}
}

// TestAComponentOfTheirOwnIsNamedWhereItIsThere: a missing one would be refused.
func TestAComponentOfTheirOwnIsNamedWhereItIsThere(t *testing.T) {
	custom := store.Ref{Kind: store.ComponentTemplate, Name: store.CustomComponent(tenant)}
	for _, there := range []bool{false, true} {
		have := store.State{Objects: map[store.Ref][]byte{}}
		if there {
			have.Objects[custom] = []byte(`{"template": {}}`)
		}
		d, _ := stored(t, want(), have)
		for _, object := range d.Objects {
			if object.Kind == store.IndexTemplate && strings.Contains(string(object.Body), custom.Name) != there {
				t.Errorf("%t: %s", there, object.Body)
			}
		}
	}
}

func TestJudgements(t *testing.T) {
	d, _ := stored(t, want(), store.State{})
	name, stream := store.Name(tenant, "error"), store.Stream(tenant, "error")
	now, before := &store.Revision{Number: 7, Term: 1}, &store.Revision{Number: 5, Term: 1}
	good := func() opensearch.Facts {
		return opensearch.Facts{
			Revisions: map[string]store.Revision{name: *now},
			Streams:   []store.DataStream{{Name: stream, Template: name, Indices: []string{"a", "b", "c"}}},
			Indices:   map[string]opensearch.Index{"a": {Policy: name, Revision: now}, "b": {Policy: name, Revision: now}, "c": {Policy: name}},
		}
	}
	for text, change := range map[string]func(*opensearch.Facts){
		"": func(*opensearch.Facts) {},
		`1 of 3 indices of class "error" with another ISM policy`: func(f *opensearch.Facts) { f.Indices["a"] = opensearch.Index{Policy: "theirs"} },
		`1 of 3 indices of class "error" without an ISM policy, or hidden from us (POST _plugins/_ism/add/a with {"policy_id": "` + name + `"})`: func(f *opensearch.Facts) {
			delete(f.Indices, "a")
		},
		`1 of 3 indices of class "error" that cannot go on, by action "rollover"`:          func(f *opensearch.Facts) { f.Indices["a"] = opensearch.Index{Policy: name, Failed: "rollover"} },
		`1 of 3 indices of class "error" for which index state management is switched off`: func(f *opensearch.Facts) { f.Indices["a"] = opensearch.Index{Policy: name, Disabled: true} },
		`index template "logs" for data stream "logs-tux.error-tux-production", not ours`:  func(f *opensearch.Facts) { f.Streams[0].Template = "logs" },
	} {
		f := good()
		change(&f)
		v, old := opensearch.Judge(tenant, *d.Result.Holds, f)
		if got := strings.Join(v.Differences, "; "); got != text || v.Effective() != (text == "") || len(old) > 0 {
			t.Errorf("got %q, want %q; %v", got, text, old)
		}
	}
	newest := good()
	newest.Indices["c"] = opensearch.Index{}
	if v, _ := opensearch.Judge(tenant, *d.Result.Holds, newest); len(v.Differences) > 0 || len(v.Underway) != 1 ||
		!strings.Contains(v.Underway[0], `the newest of 3 indices of class "error" without an ISM policy yet (if it stays so, POST _plugins/_ism/add/c`) {
		t.Errorf("%+v", v)
	}
	f := good()
	f.Indices["a"], f.Indices["b"] = opensearch.Index{Policy: name, Revision: before}, opensearch.Index{Policy: "theirs", Revision: before}
	v, old := opensearch.Judge(tenant, *d.Result.Holds, f)
	if !cmp.Equal(v.Underway, []string{`1 of 3 indices of class "error" on an older revision of the policy`}) || v.Effective() {
		t.Errorf("%+v", v)
	}
	if !cmp.Equal(old, map[string][]string{name: {"a"}}) {
		t.Errorf("an index of somebody else would be told: %v", old)
	}
	for text, cannot := range map[string]func(*opensearch.Facts){
		"off": func(f *opensearch.Facts) { f.Off = true },
		"disabled": func(f *opensearch.Facts) {
			f.Indices["a"] = opensearch.Index{Policy: name, Revision: before, Disabled: true}
		},
		"failed": func(f *opensearch.Facts) {
			f.Indices["a"] = opensearch.Index{Policy: name, Revision: before, Failed: "rollover"}
		},
	} {
		f := good()
		f.Indices["a"] = opensearch.Index{Policy: name, Revision: before}
		cannot(&f)
		if v, old := opensearch.Judge(tenant, *d.Result.Holds, f); len(old) > 0 || len(v.Underway) != 1 {
			t.Errorf("%s: who cannot follow would be told: %v, %v", text, old, v)
		}
	}
	delete(f.Revisions, name)
	if v, old := opensearch.Judge(tenant, *d.Result.Holds, f); len(v.Underway) > 0 || len(old) > 0 {
		t.Errorf("indices would be told to follow a policy that was not found: %v", old)
	}
	off := good()
	off.Off, off.Overdue = true, []string{"b", "a"}
	if v, _ := opensearch.Judge(tenant, *d.Result.Holds, off); !v.Off || v.Effective() || !cmp.Equal(v.Overdue, []string{"a", "b"}) {
		t.Errorf("%+v", v)
	}
}
