package rules

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTellersAreTheAlertsAnExpressionLooksBackAt(t *testing.T) {
	expr := `a > 1
		unless on (n) max_over_time(ALERTS{n="x",alertname=~"A|B",alertstate="firing"}[3m])
		unless on (n) max_over_time(b[1h])`
	got, err := tellersIn(expr)
	if err != nil {
		t.Fatal(err)
	}
	firing := func(n, name, state string) map[string]string {
		return map[string]string{"n": n, "alertname": name, "alertstate": state}
	}
	want := []Teller{{
		Labels: firing("x", "A", "firing"),
		Others: []map[string]string{firing("x", "other", "firing"), firing("x", "A", "pending"), firing("other", "A", "firing")},
		Keeps:  3 * time.Minute,
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestStrangersAreSelectedByNoClause: what differs by one label may be what another clause is about.
func TestStrangersAreSelectedByNoClause(t *testing.T) {
	got, err := tellersIn(`a unless max_over_time(ALERTS{alertname="A",n="x"}[3m]) unless max_over_time(ALERTS{alertname="A",n="other"}[3m])`)
	if err != nil {
		t.Fatal(err)
	}
	want := []map[string]string{{"alertname": "other", "n": "x"}}
	if diff := cmp.Diff(want, got[0].Others); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
