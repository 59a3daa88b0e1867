package plan

import (
	"slices"
	"testing"
)

func TestDistance(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}} {
		if got := distance(tc.a, tc.b); got != tc.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tc.a, tc.b, got, tc.want)
		}
	}
}

func TestNearestNamesWhatWasMeant(t *testing.T) {
	names := catalogueNames()
	for typo, meant := range map[string]string{
		"TuxHighErrorrate": "TuxHighErrorRate", "TuxSlowResponse": "TuxSlowResponses", "HighMemory": "TuxMemoryHigh", "TuxCertExpiry": "TuxCertificateExpiry",
	} {
		if got := nearest(typo, names, 3); !slices.Contains(got, meant) || len(got) != 3 {
			t.Errorf("nearest(%q) = %v, without %s", typo, got, meant)
		}
	}
	if got := nearest("x", []string{"y"}, 3); !slices.Equal(got, []string{"y"}) {
		t.Errorf("of one name nearest = %v", got)
	}
}
