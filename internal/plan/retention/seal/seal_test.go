package seal_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/seal"
)

var (
	hour = time.Date(2026, 11, 24, 13, 0, 0, 0, time.UTC)
	of   = seal.Of{Tenant: "tux-production", Class: "audit"}
	key  = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	keys = seal.Keys{seal.KeyID(key.Public().(ed25519.PublicKey)): key.Public().(ed25519.PublicKey)}
)

type failer interface {
	Helper()
	Fatal(...any)
}

func in(lines []seal.Line) []seal.Line {
	sorted := slices.Clone(lines)
	slices.SortStableFunc(sorted, func(a, b seal.Line) int { return int(a.At - b.At) })
	return sorted
}

func sealed(t failer, at time.Time, previous string, lines []seal.Line) seal.Seal {
	t.Helper()
	m := seal.NewMaker(of, at)
	for _, line := range in(lines) {
		if err := m.Add(line); err != nil {
			t.Fatal(err)
		}
	}
	s, err := m.Seal(previous, 365, key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func judged(t failer, s seal.Seal, lines []seal.Line) seal.Verdict {
	t.Helper()
	c, err := seal.NewCheck(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range in(lines) {
		if err := c.Add(line); err != nil {
			t.Fatal(err)
		}
	}
	v, err := c.Verdict()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func line(at time.Duration, text string) seal.Line {
	return seal.Line{At: hour.Add(at).UnixNano(), Labels: seal.LabelsOf(map[string]string{"user_id": text}), Text: text}
}

// drawn are lines of few minutes, many of them of the same nanosecond, none of them twice.
func drawn(t *rapid.T, name, texts string, least int) []seal.Line {
	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) seal.Line {
		at := time.Duration(rapid.IntRange(0, 5).Draw(t, "minute"))*11*time.Minute + time.Duration(rapid.IntRange(0, 3).Draw(t, "nanosecond"))
		return line(at, rapid.StringMatching(texts).Draw(t, "text"))
	}), least, 40, func(l seal.Line) string { return fmt.Sprint(l) }).Draw(t, name)
}

// TestWhatBecomesOfLinesIsFound: any lines that go are missing, to the number and the minute, whatever comes late; and
// late ones alone are never taken for a deletion.
func TestWhatBecomesOfLinesIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all, late := drawn(t, "sealed", "[a-z]{0,3}", 1), drawn(t, "late", "[A-Z]{1,3}", 0)
		s := sealed(t, hour, "", all)
		gone := rapid.IntRange(0, len(all)).Draw(t, "gone")
		left := rapid.Permutation(all).Draw(t, "order")[gone:]
		v := judged(t, s, append(left, late...))
		if v.Missing != gone || v.Late != len(late) || v.Undecided() || v.Sealed != len(all) || v.Lines != len(left)+len(late) {
			t.Fatalf("%d of %d gone and %d late: %+v", gone, len(all), len(late), v)
		}
		for _, d := range v.Minutes {
			if d.From.Before(hour) || !d.From.Before(hour.Add(time.Hour)) {
				t.Fatalf("%+v", d)
			}
		}
		outcome, _ := seal.Explain(v, of.Class, nil)
		want := seal.Intact
		switch {
		case gone > 0:
			want = seal.Missing
		case len(late) > 0:
			want = seal.LateLines
		}
		if outcome != want {
			t.Fatalf("%s, want %s", outcome, want)
		}
	})
}

// TestAnEditedLineIsMissing, in its text, its labels or its time.
func TestAnEditedLineIsMissing(t *testing.T) {
	all := []seal.Line{line(time.Minute, "a"), line(time.Minute+1, "b"), line(2*time.Minute, "c")}
	s := sealed(t, hour, "", all)
	for name, edit := range map[string]func(*seal.Line){
		"text":   func(l *seal.Line) { l.Text = "x" },
		"labels": func(l *seal.Line) { l.Labels = seal.LabelsOf(map[string]string{"user_id": "7"}) },
		"time":   func(l *seal.Line) { l.At++ },
	} {
		for i := range all {
			edited := slices.Clone(all)
			edit(&edited[i])
			if v := judged(t, s, edited); v.Missing != 1 || v.Late != 1 {
				t.Errorf("%s of line %d: %+v", name, i, v)
			}
		}
	}
}

func TestTheOrderOfAnAnswerDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawn(t, "lines", "[a-z]{0,3}", 0)
		twice := append(rapid.Permutation(all).Draw(t, "order"), all...)
		if diff := cmp.Diff(sealed(t, hour, "p", all), sealed(t, hour, "p", twice)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestALineOfAnotherHourIsRefused(t *testing.T) {
	for name, at := range map[string]time.Duration{"before": -1, "after": time.Hour} {
		if err := seal.NewMaker(of, hour).Add(line(at, "a")); err == nil {
			t.Error(name)
		}
	}
	m := seal.NewMaker(of, hour)
	if m.Add(line(2, "a")) != nil || m.Add(line(1, "b")) == nil {
		t.Error("back in time")
	}
}

// TestLabelsDoNotRunTogether, and the guess of Loki is none.
func TestLabelsDoNotRunTogether(t *testing.T) {
	a := seal.LabelsOf(map[string]string{"a": "bc"})
	if a == seal.LabelsOf(map[string]string{"ab": "c"}) || a == seal.LabelsOf(map[string]string{"a": "b", "c": ""}) {
		t.Error("two sets of labels read the same")
	}
	if a != seal.LabelsOf(map[string]string{"a": "bc", "detected_level": "info"}) {
		t.Error("the level that Loki guesses counts")
	}
}

// TestAnHourOfTooManyLinesHasNoPrints, so that it is said when it cannot be told what became of it.
func TestAnHourOfTooManyLinesHasNoPrints(t *testing.T) {
	all := make([]seal.Line, seal.MaxPrinted+1)
	for i := range all {
		all[i] = seal.Line{At: hour.Add(time.Duration(i) * 1700 * time.Millisecond).UnixNano(), Text: "x"}
	}
	s := sealed(t, hour, "", all)
	if len(s.Text()) > 3000 {
		t.Errorf("the seal has %d bytes", len(s.Text()))
	}
	if v := judged(t, s, all); v.Missing+v.Late != 0 || v.Undecided() {
		t.Errorf("nothing has changed: %+v", v)
	}
	if v := judged(t, s, all[1:]); v.Missing != 1 {
		t.Errorf("one is missing: %+v", v)
	}
	v := judged(t, s, append(all, line(time.Second, "late")))
	if outcome, _ := seal.Explain(v, of.Class, nil); outcome != seal.Undecided || len(v.Minutes) != 1 {
		t.Errorf("%s: %+v", outcome, v)
	}
	full := sealed(t, hour, strings.Repeat("0", 64), all[:seal.MaxPrinted])
	t.Logf("a seal of %d lines has %d bytes, one of %d has %d, one of none %d",
		full.Lines, len(full.Text()), s.Lines, len(s.Text()), len(sealed(t, hour, strings.Repeat("0", 64), nil).Text()))
	if year := len(full.Text()) * 24 * 365; year > 120_000_000 {
		t.Errorf("the largest seals with prints fill etcd: %d bytes in a year", year)
	}
}

// TestAMinuteOfTooManyLinesIsNotKept until it is over, by who seals and who looks.
func TestAMinuteOfTooManyLinesIsNotKept(t *testing.T) {
	check, err := seal.NewCheck(sealed(t, hour, "", nil))
	if err != nil {
		t.Fatal(err)
	}
	for name, add := range map[string]func(seal.Line) error{"seal": seal.NewMaker(of, hour).Add, "check": check.Add} {
		for i := range int64(seal.MaxLines) {
			if err := add(seal.Line{At: hour.UnixNano() + i}); err != nil {
				t.Fatal(err)
			}
		}
		if err := add(seal.Line{At: hour.UnixNano() + seal.MaxLines}); !errors.Is(err, seal.ErrTooMany) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAnHourThatIsLeftOut has a seal that says so, and holds up no other.
func TestAnHourThatIsLeftOut(t *testing.T) {
	m := seal.NewMaker(of, hour)
	if err := m.Add(line(time.Minute, "one of too many")); err != nil {
		t.Fatal(err)
	}
	left, err := m.Unreadable(seal.ErrTooMany.Error(), "", 365, key)
	if err != nil {
		t.Fatal(err)
	}
	next := sealed(t, hour.Add(time.Hour), left.Hash(), []seal.Line{{At: hour.Add(time.Hour).UnixNano()}})
	var stored []seal.Stored
	for i, s := range []seal.Seal{left, next} {
		at := seal.Key(hour.Add(time.Duration(i) * time.Hour))
		stored = append(stored, seal.Stored{Source: at, Key: at, Text: s.Text()})
	}
	want := []seal.Problem{{Source: left.Hour, Text: "the hour could not be sealed: an hour has more than 1000000 lines"}}
	if diff := cmp.Diff(want, problems(stored, times(2), next.Hash())); diff != "" || left.Lines != 0 {
		t.Errorf("%d lines, %s", left.Lines, diff)
	}
	stored[0].Text = strings.Replace(left.Text(), `"unreadable":"an hour has more than 1000000 lines",`, "", 1)
	if found := problems(stored, times(2), next.Hash()); len(found) == 0 {
		t.Error("it was taken for an hour without lines")
	}
}

// BenchmarkAMillionLines of an hour, as an answer of Loki gives them.
func BenchmarkAMillionLines(b *testing.B) {
	text := strings.Repeat("x", 300)
	labels := seal.LabelsOf(map[string]string{"retention_class": "audit"})
	b.ReportAllocs()
	b.SetBytes(int64(len(text)) * seal.MaxLines)
	for range b.N {
		m := seal.NewMaker(of, hour)
		for i := range int64(seal.MaxLines) {
			if err := m.Add(seal.Line{At: hour.UnixNano() + i*int64(3500*time.Microsecond), Labels: labels, Text: text}); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := m.Seal("", 365, key); err != nil {
			b.Fatal(err)
		}
	}
}
