package burnrate

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPairsAreThoseOfTheWorkbook(t *testing.T) {
	cases := map[string]struct {
		window time.Duration
		want   []float64
	}{
		"30 days are the table itself":        {30 * day, []float64{14.4, 6, 3, 1}},
		"28 days":                             {28 * day, []float64{13.44, 5.6, 2.8, 1}},
		"7 days never alert on less than all": {7 * day, []float64{3.36, 1.4, 1, 1}},
		"90 days":                             {90 * day, []float64{43.2, 18, 9, 3}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got []float64
			for _, p := range Pairs(tc.window) {
				got = append(got, p.Factor)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("factors (-want +got):\n%s", diff)
			}
		})
	}
}

// TestABurnAtTheFactorSpendsItsShare is where the factors come from.
func TestABurnAtTheFactorSpendsItsShare(t *testing.T) {
	for window := 30 * day; window <= 90*day; window += day {
		for _, p := range Pairs(window) {
			spent := p.Factor * float64(p.Long) / float64(window)
			if diff := spent - p.Share; diff > 1e-6 || diff < -1e-6 {
				t.Errorf("%v over %v spends %v of the budget, want %v", p.Factor, p.Long, spent, p.Share)
			}
			if p.Short*12 != p.Long {
				t.Errorf("the short window of %v is %v, not a twelfth", p.Long, p.Short)
			}
		}
	}
}

func TestCheckRefusesWhatCannotBeReached(t *testing.T) {
	cases := map[string]struct {
		target string
		window time.Duration
		want   string
	}{
		"the default availability":    {"99.5", 28 * day, ""},
		"the default latency":         {"95", 28 * day, ""},
		"just above the lowest":       {"92.57", 28 * day, ""},
		"90 over 28 days":             {"90", 28 * day, "a burn of 13.44 times the 10% that are allowed would be 134.4% of all events"},
		"latency over 90 days":        {"95", 90 * day, "43.2 times the 5%"},
		"90 over 7 days can be":       {"90", 7 * day, ""},
		"99.99 is no binary fraction": {"99.99", 28 * day, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := Pairs(tc.window)[0].Check(Allowed(tc.target))
			if (err == nil) != (tc.want == "") || (err != nil && !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

// TestTheLowestTargetIsTheLowest: what a message offers must work, and a hundredth less must not.
func TestTheLowestTargetIsTheLowest(t *testing.T) {
	for window := 7 * day; window <= 90*day; window += day {
		for _, p := range Pairs(window) {
			lowest := p.LowestTarget()
			if err := p.Check(Allowed(Decimal(lowest))); err != nil {
				t.Errorf("%v over %v: %v", lowest, window, err)
			}
			if below := Allowed(Decimal(lowest - 0.011)); p.Factor > 1 && p.Check(below) == nil {
				t.Errorf("%v over %v is not the lowest", lowest, window)
			}
		}
	}
}

func TestMinEventsWantsMoreThanTwoBadOnes(t *testing.T) {
	cases := map[string]struct {
		pair, least int
		target      string
		want        int
	}{
		"a page on 99.5 has enough with the default":   {0, 100, "99.5", 100},
		"a ticket on 99.5 needs more":                  {3, 100, "99.5", 400},
		"a strict target needs more":                   {0, 100, "99.99", 1489},
		"what the user wants is kept where it is more": {0, 5000, "99.5", 5000},
		"never so few that two are enough":             {0, 1, "99.5", 30},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			pair := Pairs(28 * day)[tc.pair]
			got := pair.MinEvents(Allowed(tc.target), tc.least)
			if got != tc.want {
				t.Errorf("got %d, want %d", got, tc.want)
			}
			if bad := 2 / float64(got); bad > pair.Factor*Allowed(tc.target)+1e-9 {
				t.Errorf("2 of %d are %v and burn faster than %v", got, bad, pair.Factor*Allowed(tc.target))
			}
		})
	}
}

func TestAllowedIsWhatIsLeft(t *testing.T) {
	for target, want := range map[string]string{"99.5": "0.005", "95": "0.05", "99.9999": "0.000001", "0.1": "0.999", "": "0"} {
		if got := Decimal(Allowed(target)); got != want {
			t.Errorf("%q allows %s, want %s", target, got, want)
		}
	}
}
