package plan

import (
	"cmp"
	"slices"
)

// nearest returns the n names most like name, the likest first. Of many names a person wants the one that
// was meant, and a condition has no room for all.
func nearest(name string, names []string, n int) []string {
	ranked := slices.Clone(names)
	slices.SortStableFunc(ranked, func(a, b string) int { return cmp.Compare(distance(name, a), distance(name, b)) })
	return ranked[:min(n, len(ranked))]
}

// distance is Levenshtein's: how many bytes have to be put in, left out or changed to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			changed := diagonal
			if a[i] != b[j] {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(changed, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
