package seal_test

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/seal"
)

// chain is the seals of some hours one after the other.
func chain(t failer, hours int) []seal.Stored {
	t.Helper()
	var all []seal.Stored
	previous := ""
	for i := range hours {
		at := hour.Add(time.Duration(i) * time.Hour)
		s := sealed(t, at, previous, []seal.Line{{At: at.UnixNano(), Text: fmt.Sprint(i)}})
		previous = s.Hash()
		all = append(all, seal.Stored{Source: seal.Key(at), Key: seal.Key(at), Text: s.Text()})
	}
	return all
}

// times are those of a chain that has just got its last seal.
func times(hours int) seal.Times {
	return seal.Times{Now: hour.Add(time.Duration(hours)*time.Hour + 11*time.Minute), Grace: 10 * time.Minute, Days: 365}
}

func problems(stored []seal.Stored, t seal.Times, head string) []seal.Problem {
	c := seal.Link(of, stored, keys)
	return append(c.Problems, c.Ends(t, head)...)
}

// TestWhateverIsDoneToSealsIsFound: an edit of any byte, a seal in the place of another, one that is taken out.
func TestWhateverIsDoneToSealsIsFound(t *testing.T) {
	const hours = 6
	whole := chain(t, hours)
	last, err := seal.Parse(whole[hours-1].Text)
	if err != nil {
		t.Fatal(err)
	}
	if found := problems(whole, times(hours), last.Hash()); len(found) != 0 {
		t.Fatalf("nothing was done: %v", found)
	}
	rapid.Check(t, func(t *rapid.T) {
		all := slices.Clone(whole)
		i := rapid.IntRange(0, hours-1).Draw(t, "seal")
		what := rapid.SampledFrom([]string{"edit", "drop", "swap", "texts", "copy", "other key", "other tenant"}).Draw(t, "what")
		switch what {
		case "edit":
			at := rapid.IntRange(0, len(all[i].Text)-1).Draw(t, "at")
			with := rapid.ByteRange(32, 126).Filter(func(b byte) bool { return b != all[i].Text[at] }).Draw(t, "with")
			all[i].Text = all[i].Text[:at] + string(with) + all[i].Text[at+1:]
		case "drop":
			n := rapid.IntRange(1, hours-i).Draw(t, "n")
			all = slices.Delete(all, i, i+n)
		case "swap", "texts":
			j := (i + rapid.IntRange(1, hours-1).Draw(t, "other")) % hours
			all[i].Text, all[j].Text = all[j].Text, all[i].Text
			if what == "texts" {
				all[i].Key, all[j].Key = all[j].Key, all[i].Key // the same seals elsewhere are the same chain
				if found := problems(all, times(hours), last.Hash()); len(found) != 0 {
					t.Fatalf("the order of objects matters: %v", found)
				}
				return
			}
		case "copy":
			all = append(all, all[i])
		case "other key", "other tenant":
			at := hour.Add(time.Duration(i) * time.Hour)
			with, whose := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), of
			if what == "other tenant" {
				with, whose.Tenant = key, "another"
			}
			s, err := seal.NewMaker(whose, at).Seal("", 365, with)
			if err != nil {
				t.Fatal(err)
			}
			all[i].Text = s.Text()
		}
		if found := problems(all, times(hours), last.Hash()); len(found) == 0 {
			t.Fatalf("%s of seal %d is not found", what, i)
		}
	})
}

// TestWhoHasTheKeyCanForge: that is what seals do not prove, and docs say so. Only another account of the last seal finds
// it.
func TestWhoHasTheKeyCanForge(t *testing.T) {
	whole := chain(t, 2)
	first, err := seal.Parse(whole[0].Text)
	if err != nil {
		t.Fatal(err)
	}
	last, err := seal.Parse(whole[1].Text)
	if err != nil {
		t.Fatal(err)
	}
	whole[1].Text = sealed(t, hour.Add(time.Hour), first.Hash(), nil).Text()
	if found := problems(whole, times(2), ""); len(found) != 0 {
		t.Errorf("%v", found)
	}
	if found := problems(whole, times(2), last.Hash()); len(found) != 1 {
		t.Errorf("with the last hash: %v", found)
	}
}

func TestGapsAndEnds(t *testing.T) {
	whole := chain(t, 4)
	tests := map[string]struct {
		stored []seal.Stored
		at     seal.Times
		want   []string
	}{
		"all":                      {whole, times(4), nil},
		"the next is on its way":   {whole, times(5), nil},
		"none since two hours":     {whole, times(6), []string{"2026-11-24T16:00:00Z: the 1 hours after it are not sealed"}},
		"none at all":              {nil, times(4), []string{"all: there is no seal"}},
		"the first are gone":       {whole[1:], times(4), []string{"2026-11-24T14:00:00Z: the seals before it are missing, and their lines should be there"}},
		"the first are old":        {whole[1:], seal.Times{Now: times(4).Now.AddDate(0, 0, 1), Grace: 25 * time.Hour, Days: 1}, nil},
		"one in between is gone":   {slices.Delete(slices.Clone(whole), 1, 2), times(4), []string{"20261124-15.json: the seal before 2026-11-24T15:00:00Z is not that of 2026-11-24T13:00:00Z: seals between them are missing, or one was replaced", "2026-11-24T15:00:00Z: the 1 hours before it are not sealed"}},
		"a grace that is not over": {whole, seal.Times{Now: hour.Add(6 * time.Hour), Grace: 2 * time.Hour, Days: 365}, nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, p := range problems(tc.stored, tc.at, "") {
				got = append(got, p.String())
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestTheFirstSealsAreMissed, of a chain that goes back further than is looked.
func TestTheFirstSealsAreMissed(t *testing.T) {
	whole := chain(t, 4)
	tests := map[string]struct {
		stored []seal.Stored
		at     time.Time
		want   int
	}{
		"nothing stored":          {nil, hour, 0},
		"the first of all":        {whole, hour.Add(-time.Hour), 0},
		"it goes back far enough": {whole[1:], hour.Add(time.Hour), 0},
		"it begins later":         {whole[2:], hour.Add(time.Hour), 1},
	}
	for name, tc := range tests {
		c := seal.Link(of, tc.stored, keys)
		if got := c.Before(tc.at); len(got) != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWhichHourIsNext(t *testing.T) {
	at := func(text string) time.Time {
		found, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	tests := map[string]struct{ now, last, next string }{
		"the first ever":           {"2026-11-24T14:30:00Z", "", "2026-11-24T13:00:00Z"},
		"the first within a grace": {"2026-11-24T14:05:00Z", "", "2026-11-24T12:00:00Z"},
		"the next":                 {"2026-11-24T14:10:00Z", "2026-11-24T12:00:00Z", "2026-11-24T13:00:00Z"},
		"its grace is not over":    {"2026-11-24T14:09:59Z", "2026-11-24T12:00:00Z", ""},
		"it is not over":           {"2026-11-24T13:30:00Z", "2026-11-24T12:00:00Z", ""},
		"late by a day":            {"2026-11-25T14:10:00Z", "2026-11-24T12:00:00Z", "2026-11-24T13:00:00Z"},
		"lines are gone":           {"2026-12-04T14:10:00Z", "2026-11-24T12:00:00Z", "2026-11-27T15:00:00Z"},
		"older than is found":      {"2026-11-28T14:10:00Z", "2026-11-24T12:00:00Z", "2026-11-26T15:00:00Z"},
		"found, but not for long":  {"2026-11-28T14:50:00Z", "2026-11-24T12:00:00Z", "2026-11-26T16:00:00Z"},
		"a clock that went back":   {"2026-11-20T14:10:00Z", "2026-11-24T12:00:00Z", ""},
	}
	lookback := map[string]time.Duration{"older than is found": 48 * time.Hour, "found, but not for long": 48 * time.Hour}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			last := time.Time{}
			if tc.last != "" {
				last = at(tc.last)
			}
			next, due := seal.Times{Now: at(tc.now), Grace: 10 * time.Minute, Days: 7, Lookback: lookback[name]}.Next(last)
			if due != (tc.next != "") || due && !next.Equal(at(tc.next)) {
				t.Errorf("%s %t", next, due)
			}
		})
	}
}

// TestLinesThatWereGoneDoNotComeBack: when the age of a class is raised, hours that had gone by then are not missed, nor are
// their seals.
func TestLinesThatWereGoneDoNotComeBack(t *testing.T) {
	var all []seal.Stored
	previous := "x"
	const raised = 60
	for i := range 80 {
		at, days := hour.Add(time.Duration(i)*time.Hour), 1
		if i >= raised {
			days = 365
		}
		s, err := seal.NewMaker(of, at).Seal(previous, days, key)
		if err != nil {
			t.Fatal(err)
		}
		previous = s.Hash()
		all = append(all, seal.Stored{Source: seal.Key(at), Key: seal.Key(at), Text: s.Text()})
	}
	c := seal.Link(of, all, keys)
	for i, want := range map[int]bool{0: false, raised - 24: false, raised - 21: true, 79: true} {
		if got := c.Stores(times(80), hour.Add(time.Duration(i)*time.Hour)); got != want {
			t.Errorf("hour %d: %t", i, got)
		}
	}
	if found := problems(all, times(80), ""); len(found) != 0 {
		t.Errorf("seals before the first went with their lines: %v", found)
	}
	if found := problems(all[raised-10:], times(80), ""); len(found) != 1 {
		t.Errorf("seals of lines that must be there are missing: %v", found)
	}
	lower := times(80)
	lower.Days = 1
	if c.Stores(lower, hour.Add(50*time.Hour)) {
		t.Error("what is gone by the age of today is read")
	}
}

func TestALookbackOfNothing(t *testing.T) {
	for lookback, want := range map[time.Duration]bool{0: false, time.Hour: true, 3 * time.Hour: false} {
		if got := (seal.Times{Now: hour, Grace: 10 * time.Minute, Days: 7, Lookback: lookback}).Blind(); got != want {
			t.Errorf("%s: %t", lookback, got)
		}
	}
}

// TestWhereToGoOn: after the last seal, and after one that was taken out.
func TestWhereToGoOn(t *testing.T) {
	whole := chain(t, 3)
	all := seal.Link(of, whole, keys)
	heads := make([]seal.Head, 0, len(all.Seals))
	for _, s := range all.Seals {
		begins, err := s.Begins()
		if err != nil {
			t.Fatal(err)
		}
		heads = append(heads, seal.Head{Hour: begins, Hash: s.Hash()})
	}
	tests := map[string]struct {
		stored   []seal.Stored
		other    seal.Head
		want     seal.Head
		problems int
	}{
		"nothing yet":                      {nil, seal.Head{}, seal.Head{}, 0},
		"no other account":                 {whole, seal.Head{}, heads[2], 0},
		"the same":                         {whole, heads[2], heads[2], 0},
		"written before it was told":       {whole, heads[1], heads[2], 0},
		"the last is gone":                 {whole[:2], heads[2], heads[2], 1},
		"all are gone":                     {nil, heads[2], heads[2], 1},
		"the last was replaced":            {whole, seal.Head{Hour: heads[2].Hour, Hash: "x"}, seal.Head{Hour: heads[2].Hour, Hash: "x"}, 1},
		"one before the last was replaced": {whole, seal.Head{Hour: heads[1].Hour, Hash: "x"}, heads[2], 1},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			c := seal.Link(of, tc.stored, keys)
			if got, problems := c.Resume(tc.other); got != tc.want || len(problems) != tc.problems {
				t.Errorf("%v %v", got, problems)
			}
		})
	}
}

func TestObjects(t *testing.T) {
	if got := seal.ObjectName("production", "audit", hour, 1); got != "production-seals-audit-20261124" {
		t.Error(got)
	}
	if got := seal.ObjectName("production", "audit", hour, 2); got != "production-seals-audit-20261124-2" {
		t.Error(got)
	}
	for name, want := range map[string]bool{
		"production-seals-audit-20261124": true, "production-seals-audit-20261124-2": true, "production-seals-audit-2026112": false,
		"production-seals-audit-x-20261124": false, "production-seals-audit-202611240": false, "other": false,
	} {
		if day, ok := seal.Day(name, "production", "audit"); ok != want || ok && !day.Equal(hour.Truncate(24*time.Hour)) {
			t.Errorf("%s: %s %t", name, day, ok)
		}
	}
	day := hour.Truncate(24 * time.Hour)
	for days, want := range map[int]bool{390: false, 397: true} {
		if got := seal.Expired(day, seal.Times{Now: day.AddDate(0, 0, days), Days: 365}); got != want {
			t.Errorf("after %d days: %t", days, got)
		}
	}
}

func TestKeys(t *testing.T) {
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	got, err := seal.PrivateKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	if err != nil || !got.Equal(key) {
		t.Errorf("%v", err)
	}
	read := seal.Keys{}
	if err := read.AddPEM(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})); err != nil || cmp.Diff(keys, read) != "" {
		t.Errorf("%v, %v", read, err)
	}
	for name, text := range map[string]string{
		"nothing": "", "no PEM": "hunter2", "another kind": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("hunter2")})),
	} {
		_, private := seal.PrivateKey([]byte(text))
		public := seal.Keys{}.AddPEM([]byte(text))
		for _, err := range []error{private, public} {
			if err == nil || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestWhatExplainsMissingLines(t *testing.T) {
	minute := func(n int) time.Time { return hour.Add(time.Duration(n) * time.Minute) }
	v := seal.Verdict{Missing: 3, Minutes: []seal.Difference{{From: minute(5), Missing: 1}, {From: minute(9), Missing: 2, Late: 1}}}
	all := `{retention_class="audit"} | user_id="41"`
	request := func(id string, from, to int, query string, known bool) seal.Deletion {
		return seal.Deletion{ID: id, From: minute(from), To: minute(to), Query: query, Known: known}
	}
	tests := map[string]struct {
		deletions []seal.Deletion
		want      seal.Outcome
		ids       []string
	}{
		"nothing":                       {nil, seal.Missing, nil},
		"one for all":                   {[]seal.Deletion{request("a", 0, 60, all, true)}, seal.Erased, []string{"a"}},
		"one of somebody else":          {[]seal.Deletion{request("a", 0, 60, all, false)}, seal.DeletedByOthers, []string{"a"}},
		"ours for one minute only":      {[]seal.Deletion{request("a", 4, 5, all, true)}, seal.Missing, []string{"a"}},
		"another's for the other":       {[]seal.Deletion{request("a", 5, 5, all, true), request("b", 9, 10, all, false)}, seal.DeletedByOthers, []string{"a", "b"}},
		"both for the same":             {[]seal.Deletion{request("a", 0, 60, all, false), request("b", 0, 60, all, true)}, seal.DeletedByOthers, []string{"a", "b"}},
		"both, the known one first":     {[]seal.Deletion{request("b", 0, 60, all, true), request("a", 0, 60, all, false)}, seal.DeletedByOthers, []string{"b", "a"}},
		"one that leaves the class out": {[]seal.Deletion{request("a", 0, 60, `{app="x",retention_class!="audit"} | user_id="41"`, true)}, seal.Missing, nil},
		"one of other classes":          {[]seal.Deletion{request("a", 0, 60, "{retention_class=~`error|debug`}", true)}, seal.Missing, nil},
		"one of classes like it":        {[]seal.Deletion{request("a", 0, 60, `{ retention_class =~ "aud.*" }`, true)}, seal.Erased, []string{"a"}},
		"not of classes like it":        {[]seal.Deletion{request("a", 0, 60, `{x="y", retention_class!~"aud.*"}`, true)}, seal.Missing, nil},
		"one of another time":           {[]seal.Deletion{request("a", 20, 60, all, true)}, seal.Missing, nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, ids := seal.Explain(v, "audit", tc.deletions)
			if got != tc.want || cmp.Diff(tc.ids, ids) != "" {
				t.Errorf("%s %v", got, ids)
			}
		})
	}
	foreign := seal.Foreign([]seal.Deletion{{ID: "a", Known: true}, {ID: "b"}})
	if len(foreign) != 1 || foreign[0].ID != "b" {
		t.Errorf("%v", foreign)
	}
}
