package logql_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tux-io/tux-monitoring-operator/hack/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/logql"
)

var (
	everything = logql.Selector{logql.HasValue("service_name"), logql.NoneOf("retention_class", "audit")}
	unspared   = []logql.Matcher{logql.NoneOf("retention_class", "audit")}
)

func TestErasure(t *testing.T) {
	tests := map[string]struct {
		in   logql.Erasure
		want string
	}{
		"a user": {
			logql.Erasure{Streams: everything, Name: "user_id", Value: "41"},
			`{service_name=~".+",retention_class!~"audit"} | json tux_subject="user_id" | user_id="41" or tux_subject="41"`,
		},
		"lines without the label of their stream": {
			logql.Erasure{Streams: everything, Filters: unspared, Name: "user_id", Value: "41"},
			`{service_name=~".+",retention_class!~"audit"} | retention_class!~"audit" | json tux_subject="user_id" | user_id="41" or tux_subject="41"`,
		},
		"quotes": {
			logql.Erasure{Streams: everything, Name: "user_id", Value: `41" or user_id!="`},
			`{service_name=~".+",retention_class!~"audit"} | json tux_subject="user_id" | user_id="41\" or user_id!=\"" or tux_subject="41\" or user_id!=\""`,
		},
		"nobody":                {in: logql.Erasure{Streams: everything, Name: "user_id"}},
		"a line break":          {in: logql.Erasure{Streams: everything, Name: "user_id", Value: "4\n1"}},
		"no text":               {in: logql.Erasure{Streams: everything, Name: "user_id", Value: "\xff"}},
		"a name that is more":   {in: logql.Erasure{Streams: everything, Name: `user_id="1" or user_id`, Value: "41"}},
		"a filter that is more": {in: logql.Erasure{Streams: everything, Filters: []logql.Matcher{logql.Is(`a="1" or b`, "2")}, Name: "user_id", Value: "41"}},
		"no streams":            {in: logql.Erasure{Name: "user_id", Value: "41"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := tc.in.LogQL()
			if diff := cmp.Diff(tc.want, got); diff != "" || (err != nil) != (tc.want == "") {
				t.Errorf("%s %v", diff, err)
			}
		})
	}
	if text, err := (logql.Erasure{Streams: everything, Name: "user_id", Value: "41"}).CountLogQL("1y"); err == nil {
		t.Error(text)
	}
}

// TestLokiTakesEveryErasure: whatever somebody's id is, Loki's own parser reads a query for lines with a filter, and the same
// selector. Without a filter Loki would delete whole streams.
func TestLokiTakesEveryErasure(t *testing.T) {
	var texts, counts []string
	rapid.Check(t, func(t *rapid.T) {
		e := logql.Erasure{Streams: everything, Filters: unspared, Name: "workspace_id", Value: rapid.String().Draw(t, "id")}
		if text, err := e.LogQL(); err == nil {
			count, err := e.CountLogQL("86400s")
			if err != nil {
				t.Fatal(err)
			}
			texts, counts = append(texts, text), append(counts, count)
		}
	})
	if len(texts) < 10 {
		t.Fatalf("only %d queries were made", len(texts))
	}
	answer, err := loki.Ask(t.Context(), loki.Question{Expressions: slices.Concat(texts, counts)}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range answer.Expressions {
		metric := i >= len(texts)
		if got.Refused != "" || got.Metric != metric || !metric && !got.Filters {
			t.Errorf("%s: %+v", slices.Concat(texts, counts)[i], got)
		}
		if !metric {
			if diff := cmp.Diff(fmt.Sprint(got.Matchers), "[{service_name =~ .+} {retention_class !~ audit}]"); diff != "" {
				t.Error(diff)
			}
		}
	}
}
