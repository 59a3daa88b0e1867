package logql_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tux-io/tux-monitoring-operator/hack/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/logql"
)

func TestLogQL(t *testing.T) {
	env := logql.Is("environment", "prod")
	tests := map[string]struct {
		in   logql.Lines
		want string
	}{
		"streams":                     {logql.Lines{Streams: logql.Selector{env}}, `{environment="prod"}`},
		"quotes":                      {logql.Lines{Streams: logql.Selector{logql.Is("a", `x"} or {b="`)}}, `{a="x\"} or {b=\""}`},
		"a filter":                    {logql.Lines{logql.Selector{env, logql.IsNot("c", "audit")}, []logql.Matcher{logql.Is("user_id", "41")}}, `{environment="prod",c!="audit"} | user_id="41"`},
		"values of an expression":     {logql.Lines{Streams: logql.Selector{logql.OneOf("level", "A.B", "C|D")}}, `{level=~"A\\.B|C\\|D"}`},
		"none of them, and one more":  {logql.Lines{Streams: logql.Selector{env, logql.NoneOf("level", "DEBUG", "INFO")}}, `{environment="prod",level!~"DEBUG|INFO"}`},
		"no streams":                  {},
		"streams of no label":         {in: logql.Lines{Streams: logql.Selector{logql.Is("a", "")}}},
		"only what shall not be":      {in: logql.Lines{Streams: logql.Selector{logql.IsNot("a", "b")}}},
		"an alternative that is none": {in: logql.Lines{Streams: logql.Selector{logql.OneOf("a", "b", "")}}},
		"no alternatives":             {in: logql.Lines{Streams: logql.Selector{logql.OneOf("a")}}},
		"a name that is more":         {in: logql.Lines{Streams: logql.Selector{logql.Is(`a="",b`, "c")}}},
		"a filter whose name is more": {in: logql.Lines{Streams: logql.Selector{env}, Filters: []logql.Matcher{logql.Is("a or b", "c")}}},
		"a value that is no text":     {in: logql.Lines{Streams: logql.Selector{logql.Is("a", "\xff")}}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := tc.in.LogQL()
			if (err != nil) != (tc.want == "") {
				t.Fatalf("%q, %v", got, err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestADeletionNeedsAFilter(t *testing.T) {
	streams := logql.Selector{logql.Is("a", "b")}
	for name, filters := range map[string][]logql.Matcher{
		"none": nil, "an empty value": {logql.Is("user_id", "")}, "all but one": {logql.IsNot("user_id", "1")},
		"an expression": {logql.OneOf("user_id", "")},
	} {
		if got, err := (logql.Lines{Streams: streams, Filters: filters}).Deletion(); !errors.Is(err, logql.ErrUnfiltered) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// names are those our labels have, and values whatever a person, a user or an attacker can write.
var (
	names  = rapid.StringMatching(`[a-zA-Z_][a-zA-Z0-9_]{0,9}`).Filter(isName)
	values = rapid.OneOf(rapid.String(), rapid.StringMatching("[\"'`{}|=~!,\\\\a-c\n ]{0,12}"))
)

// isName asks whether a name can be written, so that random names that are keywords are left out.
func isName(name string) bool {
	_, err := logql.Selector{logql.Is(name, "v")}.LogQL()
	return err == nil
}

// words are what Loki's lexer knows, keywords and functions; functions are names all the same.
const words = `and bool by decolorize drop group_left group_right ignoring ip json keep label_format label_replace
	line_format logfmt of offset on or pattern regexp unless unpack unwrap variants without
	rate rate_counter count_over_time sum min max count topk sort vector bytes duration strict level logger for if job`

// TestWhatIsAKeywordSaysLoki: exactly the words that Loki refuses as the name of a label are refused here.
func TestWhatIsAKeywordSaysLoki(t *testing.T) {
	var texts []string
	all := strings.Fields(words + " " + strings.ToUpper(words))
	for _, name := range all {
		texts = append(texts, "{"+name+`="v"}`)
	}
	answer, err := loki.Ask(t.Context(), loki.Question{Expressions: texts}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range all {
		if accepted := answer.Expressions[i].Refused == ""; accepted != isName(name) {
			t.Errorf("%q: Loki takes it %t, we do %t: %s", name, accepted, isName(name), answer.Expressions[i].Refused)
		}
	}
}

func matcher(t *rapid.T) logql.Matcher {
	name, value := names.Draw(t, "name"), values.Draw(t, "value")
	return rapid.SampledFrom([]logql.Matcher{
		logql.Is(name, value), logql.IsNot(name, value), logql.OneOf(name, value, "x"), logql.NoneOf(name, value, "x"),
	}).Draw(t, "matcher")
}

// TestLokiReadsWhatWasMeant gives Loki's parser many selectors, filters and deletions with all kinds of
// values. Each must be accepted, mean exactly the matchers it was made of, and have a filter when it
// deletes.
func TestLokiReadsWhatWasMeant(t *testing.T) {
	type expression struct {
		lines    logql.Lines
		deletion bool
	}
	var all []expression
	var texts []string
	rapid.Check(t, func(t *rapid.T) {
		e := expression{lines: logql.Lines{Streams: logql.Selector{logql.Is(names.Draw(t, "first"), "v")}}}
		for range rapid.IntRange(0, 3).Draw(t, "matchers") {
			e.lines.Streams = append(e.lines.Streams, matcher(t))
		}
		for range rapid.IntRange(0, 3).Draw(t, "filters") {
			e.lines.Filters = append(e.lines.Filters, matcher(t))
		}
		text, err := e.lines.Deletion()
		e.deletion = err == nil
		if err != nil {
			text, err = e.lines.LogQL()
		}
		if err != nil {
			t.Fatal(err)
		}
		all, texts = append(all, e), append(texts, text)
	})
	answer, err := loki.Ask(t.Context(), loki.Question{Expressions: texts}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	deletions := 0
	for i, got := range answer.Expressions {
		var want []loki.Matcher
		for _, m := range all[i].lines.Streams {
			want = append(want, loki.Matcher{Name: m.Name, Op: string(m.Op), Value: m.Value})
		}
		if got.Refused != "" || got.Metric {
			t.Errorf("%s: %+v", texts[i], got)
			continue
		}
		if diff := cmp.Diff(want, got.Matchers); diff != "" {
			t.Errorf("%s: %s", texts[i], diff)
		}
		if all[i].deletion {
			if deletions++; !got.Filters {
				t.Errorf("%s deletes whole streams", texts[i])
			}
		}
	}
	if len(answer.Expressions) < 50 || deletions == 0 {
		t.Errorf("%d expressions, %d of them deletions", len(answer.Expressions), deletions)
	}
}
