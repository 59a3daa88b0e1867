package preview

import (
	"cmp"
	"slices"
	"strings"
)

// places is the way through the dashboards of an environment: from whether something is wrong to where.
var places = []string{"overview", "http", "objectives", "health", "database", "database-cache", "business", "saturation", "monitoring"}

// ComparePlaces orders the names of dashboards as the tabs show them; unknown ones come last.
func ComparePlaces(x, y string) int {
	place := func(name string) int {
		if i := slices.Index(places, name); i >= 0 {
			return i
		}
		return len(places)
	}
	return cmp.Or(cmp.Compare(place(x), place(y)), cmp.Compare(x, y))
}

// shorten returns what is different in each title, word by word from both ends; the whole titles if
// nothing is left of one.
func shorten(titles []string) []string {
	if len(titles) < 2 {
		return titles
	}
	words := make([][]string, 0, len(titles))
	for _, title := range titles {
		words = append(words, strings.Fields(title))
	}
	before := same(words, func(w []string, i int) string { return w[i] })
	after := same(words, func(w []string, i int) string { return w[len(w)-1-i] })
	out := make([]string, 0, len(titles))
	for _, w := range words {
		if before+after >= len(w) {
			return titles
		}
		out = append(out, strings.Trim(strings.Join(w[before:len(w)-after], " "), "/ "))
	}
	return out
}

// same counts the words that all titles have in common, as pick finds them.
func same(words [][]string, pick func([]string, int) string) int {
	for i := 0; ; i++ {
		for _, w := range words {
			if i >= len(w) || pick(w, i) != pick(words[0], i) {
				return i
			}
		}
	}
}
