package promql

import (
	"slices"
	"testing"
	"time"
)

func TestLookbacks(t *testing.T) {
	const text = `a > 1 unless on (n) max_over_time(seen{n="x",name=~"A|B"}[3m]) and seen{n="y"} and rate(b[1h])`
	got, err := Lookbacks(text, "seen")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].Range != 3*time.Minute || !slices.Equal(got[0].Matchers, []string{`n="x"`, `name=~"A|B"`}) {
		t.Fatalf("got %+v", got)
	}
	for name, want := range map[string]bool{"A": true, "B": true, "AB": false} {
		if got[0].Selects(map[string]string{"n": "x", "name": name, "more": "z"}) != want {
			t.Errorf("selects %s: %t, want %t", name, !want, want)
		}
	}
	if _, err := Lookbacks(`seen[`, "seen"); err == nil {
		t.Error("half a text is read")
	}
}
