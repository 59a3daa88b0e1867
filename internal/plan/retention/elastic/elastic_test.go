package elastic_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/elastic"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
)

var update = flag.Bool("update", false, "write the golden files")

func want(change ...func(*retention.Policy)) store.Want {
	p := retention.Defaults()
	p.Backend, p.Tenant = retention.Elasticsearch, "tux-production"
	for _, one := range change {
		one(&p)
	}
	return store.Want{Owner: "tux/production", Policy: p}
}

func without(class string) func(*retention.Policy) {
	return func(p *retention.Policy) {
		for i := range p.Classes {
			if p.Classes[i].Name == class {
				p.Classes = append(p.Classes[:i:i], p.Classes[i+1:]...)
				return
			}
		}
	}
}

func days(class string, n int) func(*retention.Policy) {
	return func(p *retention.Policy) {
		if class == retention.DefaultClass {
			p.DefaultDays = n
		}
		for i := range p.Classes {
			if p.Classes[i].Name == class {
				p.Classes[i].Days = n
			}
		}
	}
}

func tiers(class string, t retention.Tiers) func(*retention.Policy) {
	return func(p *retention.Policy) {
		for i := range p.Classes {
			if p.Classes[i].Name == class {
				p.Classes[i].Tiers = t
			}
		}
	}
}

// stored is what an Elasticsearch has after all objects were written.
func stored(t *testing.T, w store.Want, have store.State) (store.Decision, store.State) {
	t.Helper()
	d, err := elastic.Dialect().Decide(w, have)
	if err != nil {
		t.Fatal(err)
	}
	next := store.State{Objects: map[store.Ref][]byte{}, Revisions: map[string]store.Revision{}}
	for ref, body := range have.Objects {
		next.Objects[ref] = body
	}
	for name, version := range have.Revisions {
		next.Revisions[name] = version
	}
	for _, object := range d.Objects {
		next.Objects[object.Ref] = object.Body
		if object.Kind == elastic.LifecyclePolicy {
			next.Revisions[object.Name] = store.Revision{Number: next.Revisions[object.Name].Number + 1}
		}
	}
	return d, next
}

func TestObjectsAreThoseOfTheGoldenFiles(t *testing.T) {
	for name, w := range map[string]store.Want{
		"defaults": want(),
		"tiers": want(tiers("audit", retention.Tiers{WarmDays: 7, ColdDays: 60, FrozenDays: 180, Repository: "logs"}), tiers("error", retention.Tiers{WarmDays: 3}),
			without("debug"), without("database"), without("performance"), without("business")),
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := stored(t, w, store.State{})
			var out bytes.Buffer
			for _, object := range d.Objects {
				fmt.Fprintf(&out, "%s\n%s\n", object.Ref, object.Body)
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

// TestWhatElasticsearchAddsIsNoDrift, and what somebody changes is.
func TestWhatElasticsearchAddsIsNoDrift(t *testing.T) {
	d, state := stored(t, want(), store.State{})
	policy := store.Ref{Kind: elastic.LifecyclePolicy, Name: store.Name("tux-production", "error")}
	template := store.Ref{Kind: store.IndexTemplate, Name: policy.Name}
	component := store.Ref{Kind: store.ComponentTemplate, Name: store.Component("tux-production")}
	edits := map[string]struct {
		ref      store.Ref
		from, to string
		drift    bool
	}{
		"a version and a date":           {policy, `{`, `{"version": 3, "modified_date": "2026-01-01", `, false},
		"the default of an action":       {policy, "\"delete_searchable_snapshot\": true\n", "", false},
		"the same time in another unit":  {policy, `"90d"`, `"2160h"`, false},
		"settings as a tree":             {component, `"index.codec": "best_compression"`, `"index": {"codec": "best_compression"}`, false},
		"settings without their prefix":  {component, `"index.codec"`, `"codec"`, false},
		"defaults of a data stream":      {template, `"data_stream": {}`, `"data_stream": {"hidden": false, "allow_custom_routing": false}`, false},
		"fewer days":                     {policy, `"90d"`, `"1d"`, true},
		"no rollover":                    {policy, `"rollover"`, `"readonly"`, true},
		"another class":                  {policy, `"class": "error"`, `"class": "audit"`, true},
		"another policy in the template": {template, `"index.lifecycle.name": "tux.error`, `"index.lifecycle.name": "tux.audit`, true},
		"a lower priority":               {template, `500`, `50`, true},
		"another codec":                  {component, `best_compression`, `default`, true},
		"another promise":                {component, `"defaultDays": 30`, `"defaultDays": 31`, true},
	}
	for name, tc := range edits {
		t.Run(name, func(t *testing.T) {
			changed := store.State{Objects: map[store.Ref][]byte{}}
			for ref, body := range state.Objects {
				changed.Objects[ref] = body
			}
			body := strings.Replace(string(state.Objects[tc.ref]), tc.from, tc.to, 1)
			if body == string(state.Objects[tc.ref]) {
				t.Fatalf("no %q in %s", tc.from, body)
			}
			changed.Objects[tc.ref] = []byte(body)
			drift, err := elastic.Dialect().Drift(d.Objects, changed)
			if err != nil {
				t.Fatal(err)
			}
			if found := len(drift) == 1 && drift[0].Ref == tc.ref; found != tc.drift || !found && len(drift) > 0 {
				t.Errorf("drift in %v", drift)
			}
		})
	}
	if _, err := elastic.Dialect().Drift(d.Objects, store.State{Objects: map[store.Ref][]byte{policy: []byte("[]")}}); err == nil {
		t.Error("what is no object was compared")
	}
}

func TestDecisions(t *testing.T) {
	_, start := stored(t, want(), store.State{})
	component := store.Ref{Kind: store.ComponentTemplate, Name: "tux-tux-production"}
	lost := store.State{Objects: map[store.Ref][]byte{}, Revisions: start.Revisions}
	for ref, body := range start.Objects {
		if ref != component {
			lost.Objects[ref] = body
		}
	}
	other := want()
	other.Owner = "tux/other"
	accepted := want(days("error", 10))
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
		"more is done":                            {want(days("error", 91)), start, retention.Included, "error", 91},
		"fewer days are held":                     {want(days("error", 10)), start, retention.Held, "error", 90},
		"a class that vanishes is held":           {want(without("business")), start, retention.Held, "business", 180},
		"a smaller default is held":               {want(days(retention.DefaultClass, 3)), start, retention.Held, "other", 30},
		"what was accepted is done":               {accepted, start, retention.Included, "error", 10},
		"a protected class keeps its days":        {want(days("audit", 1)), start, retention.Held, "audit", 365},
		"the tenant of another":                   {other, start, retention.Conflict, "", 0},
		"a lost ledger is made from the policies": {want(days("error", 10)), lost, retention.Held, "error", 90},
		"and is nobody's":                         {other, lost, retention.Included, "error", 90},
		"an invalid policy changes nothing":       {want(days("error", 0)), start, retention.Invalid, "error", 90},
	} {
		t.Run(name, func(t *testing.T) {
			d, next := stored(t, tc.want, tc.have)
			if d.Result.State != tc.state {
				t.Errorf("%s, want %s", d.Result.State, tc.state)
			}
			if tc.class != "" && d.Result.Holds.DaysOf(tc.class) != tc.days {
				t.Errorf("%d days, want %d", d.Result.Holds.DaysOf(tc.class), tc.days)
			}
			again, last := stored(t, tc.want, next)
			if diff := cmp.Diff(next.Objects, last.Objects); diff != "" {
				t.Errorf("not settled: %s", diff)
			}
			if drift, err := elastic.Dialect().Drift(again.Objects, next); len(drift) > 0 || err != nil {
				t.Errorf("an unchanged plan would write %v, %v", drift, err)
			}
		})
	}
}

func TestWhatIsSomebodyElsesIsNotWritten(t *testing.T) {
	d, start := stored(t, want(), store.State{})
	for _, object := range d.Objects {
		for name, body := range map[string]string{
			"without a mark": `{"policy": {}}`, "of another tenant": strings.ReplaceAll(string(object.Body), `"tenant": "tux-production"`, `"tenant": "t"`),
		} {
			have := store.State{Objects: map[store.Ref][]byte{}, Revisions: start.Revisions}
			for ref, mine := range start.Objects {
				have.Objects[ref] = mine
			}
			have.Objects[object.Ref] = []byte(body)
			_, err := elastic.Dialect().Decide(want(), have)
			terminal, ok := fault.AsTerminal(err)
			if !ok || terminal.Reason != store.ReasonNotOwned || !strings.Contains(err.Error(), object.String()) {
				t.Errorf("%s %s: %v", object.Ref, name, err)
			}
		}
	}
}

// TestNothingShrinksUnasked: whatever is wanted one after the other, no class that was promised lives shorter.
func TestNothingShrinksUnasked(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		state, promised := store.State{}, map[string]int{}
		for range 4 {
			w := want()
			for _, class := range []string{"audit", "debug", "error", "business", retention.DefaultClass} {
				days(class, rapid.IntRange(1, 12).Draw(r, class)*10)(&w.Policy)
				if rapid.IntRange(0, 3).Draw(r, "without") == 0 {
					without(class)(&w.Policy)
				}
			}
			var d store.Decision
			d, state = stored(t, w, state)
			for name, n := range promised {
				if now := d.Result.Holds.DaysOf(name); now < n {
					r.Fatalf("class %s from %d to %d", name, n, now)
				}
			}
			for _, class := range d.Result.Holds.Classes {
				promised[class.Name] = class.Days
				var stored struct {
					Policy struct {
						Phases struct {
							Delete struct {
								MinAge string `json:"min_age"`
							} `json:"delete"`
						} `json:"phases"`
					} `json:"policy"`
				}
				body := state.Objects[store.Ref{Kind: elastic.LifecyclePolicy, Name: store.Name("tux-production", class.Name)}]
				if err := json.Unmarshal(body, &stored); err != nil || stored.Policy.Phases.Delete.MinAge != fmt.Sprintf("%dd", class.Days) {
					r.Fatalf("%s: %v", body, err)
				}
			}
		}
	})
}

func TestJudgements(t *testing.T) {
	d, _ := stored(t, want(), store.State{})
	name, stream := store.Name("tux-production", "error"), store.Stream("tux-production", "error")
	good := func() elastic.Facts {
		return elastic.Facts{
			Mode: "RUNNING", Revisions: map[string]store.Revision{name: {Number: 3}}, Streams: []store.DataStream{{Name: stream, Template: name, Indices: []string{"a", "b"}}},
			Indices: map[string]elastic.Index{"a": {Name: "a", Policy: name, Phase: "hot", Version: 1}, "b": {Name: "b", Policy: name, Phase: "delete", Version: 3}},
		}
	}
	for text, change := range map[string]func(*elastic.Facts){
		"": func(*elastic.Facts) {},
		`1 of 2 indices of class "error" with another lifecycle policy or none`: func(f *elastic.Facts) { delete(f.Indices, "a") },
		`1 of 2 indices of class "error" that cannot go on, by step "check-rollover-ready"`: func(f *elastic.Facts) {
			f.Indices["a"] = elastic.Index{Policy: name, Step: "ERROR", FailedStep: "check-rollover-ready"}
		},
		`1 of 2 indices of class "error" that are deleted by an older revision of the policy`: func(f *elastic.Facts) { f.Revisions[name] = store.Revision{Number: 4} },
		`index template "logs" for data stream "logs-tux.error-tux-production", not ours`:     func(f *elastic.Facts) { f.Streams[0].Template = "logs" },
	} {
		f := good()
		change(&f)
		v := elastic.Judge("tux-production", *d.Result.Holds, f)
		if got := strings.Join(v.Differences, "; "); got != text || v.Effective() != (text == "") {
			t.Errorf("got %q, want %q", got, text)
		}
	}
	off := good()
	off.Mode, off.Overdue = "STOPPED", []string{"b", "a"}
	if v := elastic.Judge("tux-production", *d.Result.Holds, off); !v.Off || v.Effective() || !cmp.Equal(v.Overdue, []string{"a", "b"}) {
		t.Errorf("%+v", v)
	}
}

// TestCompressionChangesTheCodecAndNothingElse, in the settings of new indices and where the tier warm merges.
func TestCompressionChangesTheCodecAndNothingElse(t *testing.T) {
	texts := map[retention.Compression]string{}
	for _, compression := range []retention.Compression{"", "Best", retention.QuickCompression} {
		w := want()
		w.Policy.Compression = compression
		w.Policy.Classes[0].Tiers = retention.Tiers{WarmDays: 2}
		d, err := elastic.Dialect().Decide(w, store.State{})
		if err != nil {
			t.Fatal(err)
		}
		for _, object := range d.Objects {
			texts[compression] += string(object.Body)
		}
	}
	quick := texts[retention.QuickCompression]
	if texts[""] != texts["Best"] || strings.Contains(quick, "best_compression") || !strings.Contains(quick, `"index.codec": "default"`) ||
		!strings.Contains(texts[""], `"index_codec": "best_compression"`) || !strings.Contains(quick, `"max_num_segments": 1`) {
		t.Error(quick)
	}
	plain := strings.NewReplacer(`"index.codec": "best_compression"`, `"index.codec": "default"`, "\"index_codec\": \"best_compression\",\n", "")
	if diff := cmp.Diff(strings.Fields(plain.Replace(texts[""])), strings.Fields(quick)); diff != "" {
		t.Error(diff)
	}
}
