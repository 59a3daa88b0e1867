package lokitest

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Reading is what a test can change of how lines are read.
type Reading struct {
	// Entries is max_entries_limit_per_query; 0 is 5000.
	Entries int
	// Lookback is max_query_lookback; empty is none.
	Lookback string
	// Warnings come with each answer.
	Warnings []string
	// Deletions are the requests to delete lines that somebody has sent. They take nothing away: a test does.
	Deletions []Deletion
}

// Deletion is a request to delete lines.
type Deletion struct {
	Tenant, ID, Query, Status string
	From, To, Created         time.Time
}

func (r *Reading) entries() int { return cmp.Or(r.Entries, 5000) }

// page answers with the first lines, or the last ones, as Loki does unless it is asked for the first.
func (s *Server) page(w http.ResponseWriter, r *http.Request, lines []Line) {
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || limit > s.reading.entries() {
		s.refuse(w, http.StatusBadRequest, "max entries limit per query exceeded, limit > max_entries_limit_per_query")
		return
	}
	lines = slices.Clone(lines)
	slices.SortStableFunc(lines, func(a, b Line) int { return a.At.Compare(b.At) })
	if r.URL.Query().Get("direction") != "forward" {
		slices.Reverse(lines)
	}
	values := map[string][][]string{}
	for _, line := range lines[:min(limit, len(lines))] {
		values[line.Class] = append(values[line.Class], []string{strconv.FormatInt(line.At.UnixNano(), 10), cmp.Or(line.Text, "a line")})
	}
	result := []any{}
	for class, of := range values {
		result = append(result, map[string]any{"stream": map[string]string{"retention_class": class}, "values": of})
	}
	body := map[string]any{"status": "success", "data": map[string]any{"resultType": "streams", "result": result}}
	if len(s.reading.Warnings) > 0 {
		body["warnings"] = s.reading.Warnings
	}
	answer(w, body)
}

// requested are the requests that a test has put there, as somebody else would.
func (r *Reading) requested(tenant string) []*Delete {
	var list []*Delete
	for _, one := range r.Deletions {
		if one.Tenant == tenant {
			list = append(list, &Delete{
				ID: one.ID, Query: one.Query, Status: one.Status, Start: float64(one.From.UnixMilli()) / 1000,
				End: float64(one.To.UnixMilli()) / 1000, Created: float64(one.Created.UnixMilli()) / 1000,
			})
		}
	}
	return list
}
