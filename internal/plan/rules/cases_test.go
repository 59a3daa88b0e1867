package rules

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestBehaviours(t *testing.T) {
	cases := map[string]struct {
		text string
		at   time.Duration
		want Phase
	}{
		"a gauge":                  {"0.5", time.Hour, Phase{Value: 0.5}},
		"a counter is born at 1":   {"4/s", 0, Phase{Kind: Counter, Value: 1, Rate: 4}},
		"a counter with a history": {"1000 + 4/s", 0, Phase{Kind: Counter, Value: 1000, Rate: 4}},
		"the second phase":         {"0 for 1m, gone", time.Minute, Phase{Kind: Gone}},
		"after the last phase":     {"0 for 1m", time.Minute, Phase{Kind: Healthy}},
		"again":                    {"0 for 1m, 1 for 2m, repeat", 3 * time.Minute, Phase{For: time.Minute}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			b, err := parseBehaviour(tc.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := b.At(tc.at); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
	for _, text := range []string{"", "x", "4/m", "1 for ever", "1, 2", "repeat", "1, repeat", "-1/s"} {
		if _, err := parseBehaviour(text); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

func TestCasesAreReadStrictly(t *testing.T) {
	cases := map[string]struct{ content, want string }{
		"an unknown alert":     {"alert: TuxNobody\n  fault: {a: 1}", `no alert "TuxNobody"`},
		"an unknown field":     {"alert: TuxMemoryHigh\n  fautl: {a: 1}", `unknown field`},
		"an unknown condition": {"alert: TuxMemoryHigh\n  when: [x]\n  fault: {a: 1}", `unknown condition "x"`},
		"no fault":             {"alert: TuxMemoryHigh", "fault is missing"},
		"nothing near":         {"alert: TuxNotLive\n  below: none\n  fault: {a: 1}", "near is required"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{"cases/x.yaml": {Data: []byte("cases:\n- " + tc.content + "\n")}}
			if _, err := loadCases(files); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}
