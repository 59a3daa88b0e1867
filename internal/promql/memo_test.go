package promql

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/promqltest"
)

// expressions have every kind of node.
var expressions = []string{
	`-(sum by (a) (rate(x[5m] offset 1m)) + on (a) group_left (b) topk(2, y{a!="1"}) > bool 2 * 3)`,
	`max_over_time(sum(x)[10m:1m] offset 1m) unless absent(z{a="q"}) or vector(1)`,
	`label_replace(x @ 120, "b", "$1", "a", "(.*)") and on () quantile(0.5, y)`,
	`histogram_quantile(0.9, x) or time() - timestamp(x)`,
}

func TestAMemoAnswersAsAParserDoes(t *testing.T) {
	memo := NewMemo()
	for _, text := range expressions {
		want, err := ParseExpr(text)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			got, err := memo.ParseExpr(text)
			if err != nil || got.String() != want.String() {
				t.Errorf("%s: got %v, error %v", text, got, err)
			}
		}
	}
	for range 2 {
		if _, err := memo.ParseExpr("sum("); err == nil {
			t.Error("half an expression is accepted")
		}
	}
}

// TestAnEngineMayChangeWhatAMemoReturns: engines fold constants and keep series in the nodes; the next
// evaluation must not see that.
func TestAnEngineMayChangeWhatAMemoReturns(t *testing.T) {
	storage := promqltest.LoadedStorage(t, `load 1m
		x{a="1"} 0+1x30
		x{a="2"} 0+2x30
		y{a="1"} 5x30
		y{a="2"} 7x30`)
	engine := func(memo *Memo) *promql.Engine {
		options := promql.EngineOpts{MaxSamples: 1000, Timeout: time.Minute, EnableAtModifier: true}
		if memo != nil {
			options.Parser = memo
		}
		e := promql.NewEngine(options)
		t.Cleanup(func() { _ = e.Close() })
		return e
	}
	plain, remembering := engine(nil), engine(NewMemo())
	for _, text := range expressions {
		for minute := 5; minute < 20; minute += 5 {
			ask := func(e *promql.Engine) string {
				query, err := e.NewInstantQuery(context.Background(), storage, nil, text, time.Unix(int64(minute)*60, 0))
				if err != nil {
					t.Fatal(err)
				}
				defer query.Close()
				return query.Exec(context.Background()).String()
			}
			if want, got := ask(plain), ask(remembering); got != want {
				t.Errorf("%s at %dm:\n%s\nwant\n%s", text, minute, got, want)
			}
		}
	}
}

func TestAMemoDoesNotGrowForEver(t *testing.T) {
	memo := NewMemo()
	for i := range memoSize + 10 {
		if _, err := memo.ParseExpr(Duration(time.Duration(i)*time.Second) + " + 1"); err != nil {
			t.Fatal(err)
		}
	}
	if len(memo.parsed) > memoSize {
		t.Errorf("it keeps %d expressions", len(memo.parsed))
	}
}
