package seal

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"testing"
	"time"
)

// leafOf is the leaf that a line becomes.
func leafOf(t *testing.T, hour time.Time, line Line) hash {
	t.Helper()
	var found hash
	l := newLeaves(hour, func(_ int, all []hash) error { found = all[0]; return nil })
	if err := l.add(line); err != nil {
		t.Fatal(err)
	}
	if err := l.close(); err != nil {
		t.Fatal(err)
	}
	return found
}

// TestALineWithThePrintOfAnother: prints are short, so that two lines of one can be made within a second. It is found
// all the same which of them was sealed.
func TestALineWithThePrintOfAnother(t *testing.T) {
	hour := time.Date(2026, 11, 24, 13, 0, 0, 0, time.UTC)
	seen := map[uint32]Line{}
	var was, other Line
	for i := 0; ; i++ {
		line := Line{At: hour.UnixNano() + int64(i), Text: fmt.Sprint(i)}
		leaf := leafOf(t, hour, line)
		if before, there := seen[printOf(&leaf)]; there {
			was, other = line, before
			break
		}
		seen[printOf(&leaf)] = line
	}
	m := NewMaker(Of{}, hour)
	if err := m.Add(was); err != nil {
		t.Fatal(err)
	}
	s, err := m.Seal("", 365, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		lines         []Line
		missing, late int
	}{
		"beside it":    {[]Line{other, was}, 0, 1},
		"in its place": {[]Line{other}, 1, 1},
		"itself":       {[]Line{was}, 0, 0},
	} {
		c, err := NewCheck(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range tc.lines {
			if err := c.Add(line); err != nil {
				t.Fatal(err)
			}
		}
		if v, err := c.Verdict(); err != nil || v.Missing != tc.missing || v.Late != tc.late || v.Undecided() {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
}

// FuzzParse: whatever stands in a ConfigMap is read, or refused, and what is read is written the same.
func FuzzParse(f *testing.F) {
	s, err := NewMaker(Of{"a", "b"}, time.Unix(0, 0)).Seal("", 365, ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.Text())
	f.Add(`{"version":1}`)
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := Parse(text); err == nil && s.Text() != text {
			t.Errorf("%q", text)
		}
	})
}
