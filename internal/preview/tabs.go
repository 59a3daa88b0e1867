package preview

import "strings"

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
