package lokitest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sigs.k8s.io/yaml"
)

// Delete is a request to delete lines. It is carried out when a test says so: Server.Process.
type Delete struct {
	ID       string  `json:"request_id"`
	Query    string  `json:"query"`
	Status   string  `json:"status"`
	Start    float64 `json:"start_time"`
	End      float64 `json:"end_time"`
	Created  float64 `json:"created_at"`
	tenant   string
	begin    time.Time
	end      time.Time
	Canceled bool `json:"-"`
}

// erased is all the LogQL by which lines of a subject are asked for. A query that lacks its filter is none.
var erased = regexp.MustCompile(`^\{service_name=~"\.\+"(?:,retention_class!~("[^"]*"))?\}` +
	`(?: \| retention_class(!~|=~)("[^"]*"))? \| json tux_subject="([a-z_]+)"` +
	` \| ([a-z_]+)=("(?:[^"\\]|\\.)+") or tux_subject=("(?:[^"\\]|\\.)+")$`)

var counted = regexp.MustCompile(`^sum\(count_over_time\((.*) \| drop __error__, __error_details__ \[([1-9][0-9]*)s\]\)\)$`)

// subjectOf returns which lines a query asks for; false if it is none of ours.
func subjectOf(query string) (func(Line) bool, bool) {
	m := erased.FindStringSubmatch(query)
	if m == nil || m[4] != m[5] || m[6] != m[7] {
		return nil, false
	}
	streams, _ := strconv.Unquote(m[1])
	classes, _ := strconv.Unquote(m[3])
	value, err := strconv.Unquote(m[6])
	return func(l Line) bool {
		// What is unlabelled has no class for a selector, and has it for a filter.
		out := m[1] != "" && !l.Unlabelled && slices.Contains(strings.Split(streams, "|"), l.Class)
		in := slices.Contains(strings.Split(classes, "|"), l.Class)
		return !out && l.Fields[m[4]] == value && (m[2] == "" || m[2] == "=~" && in || m[2] == "!~" && !in)
	}, err == nil
}

// Process carries out all requests of a tenant that wait, and deletes their lines unless they are kept.
func (s *Server) Process(tenant string, keep func(Line) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.erase.Deletes {
		if d.tenant != tenant || d.Canceled || d.Status == "processed" {
			continue
		}
		d.Status = "processed"
		goes, _ := subjectOf(d.Query)
		s.lines = slices.DeleteFunc(s.lines, func(l Line) bool {
			return l.Tenant == tenant && !l.At.Before(d.begin) && !l.At.After(d.end) && goes(l) && (keep == nil || !keep(l))
		})
	}
}

// Erase is what a test can change about requests to delete.
type Erase struct {
	Deletes []*Delete
	// Lose takes the next requests and breaks the connection instead of answering.
	Lose int
	// AfterPost is called when a request was taken, before the answer.
	AfterPost func()
	// BeforeCount is called before lines of a subject are counted.
	BeforeCount func()
	// CancelPeriod over: nothing can be taken back.
	Late bool
	// Lookback is max_query_lookback.
	Lookback time.Duration
}

// EditErase changes it between two questions.
func (s *Server) EditErase(change func(*Erase)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.erase)
}

// Posted are the requests to delete that were taken, in their order.
func (s *Server) Posted() []Delete {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Delete
	for _, d := range s.erase.Deletes {
		all = append(all, *d)
	}
	return all
}

// closed says that a tenant takes no requests to delete.
func (s *Server) closed(tenant string) bool {
	var document struct {
		Overrides map[string]struct {
			Mode string `json:"deletion_mode"`
		} `json:"overrides"`
	}
	_ = yaml.Unmarshal([]byte(s.document()), &document)
	of, there := document.Overrides[tenant]
	return there && of.Mode != "filter-and-delete"
}

// isDeletion answers what is asked about requests to delete.
func (s *Server) isDeletion(w http.ResponseWriter, r *http.Request, tenant string) bool {
	if r.URL.Path != "/loki/api/v1/delete" || tenant == "" || s.down != 0 {
		return false
	}
	s.requests[len(s.requests)-1] = r.Method + " " + r.URL.Path
	s.deletes(w, r, tenant)
	return true
}

func (s *Server) deletes(w http.ResponseWriter, r *http.Request, tenant string) {
	switch {
	case s.closed(tenant):
		http.Error(w, "deletion is not available for this tenant", http.StatusForbidden)
	case !s.enabled:
		http.Error(w, "Retention is not enabled", http.StatusBadRequest)
	case r.Method == http.MethodGet:
		list := []*Delete{}
		for _, d := range s.erase.Deletes {
			if d.tenant == tenant && !d.Canceled {
				list = append(list, d)
			}
		}
		answer(w, append(list, s.reading.requested(tenant)...))
	case r.Method == http.MethodPost:
		s.post(w, r, tenant)
	case r.Method == http.MethodDelete:
		s.cancel(w, r, tenant)
	}
}

// post takes a request, each time anew: it is not idempotent.
func (s *Server) post(w http.ResponseWriter, r *http.Request, tenant string) {
	query := r.URL.Query()
	start, badStart := strconv.ParseInt(query.Get("start"), 10, 64)
	end, badEnd := strconv.ParseInt(query.Get("end"), 10, 64)
	_, ours := subjectOf(query.Get("query"))
	switch {
	case badStart != nil || badEnd != nil || len(query.Get("start")) != 10 || len(query.Get("end")) != 10 || start >= end:
		s.refuse(w, http.StatusBadRequest, "invalid start or end time: require unix seconds or RFC3339 format")
		return
	case end > time.Now().Unix():
		s.refuse(w, http.StatusBadRequest, "deletes in the future are not allowed")
		return
	case !ours:
		s.refuse(w, http.StatusBadRequest, "parse error of "+query.Get("query"))
		return
	}
	d := &Delete{
		ID: fmt.Sprintf("%08x", len(s.erase.Deletes)+1), Query: query.Get("query"), Status: "received", Start: float64(start), End: float64(end),
		Created: float64(time.Now().UnixMilli()) / 1000, tenant: tenant, begin: time.Unix(start, 0), end: time.Unix(end, 0),
	}
	s.erase.Deletes = append(s.erase.Deletes, d)
	if s.erase.AfterPost != nil {
		s.erase.AfterPost()
	}
	if s.erase.Lose > 0 {
		s.erase.Lose--
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("X-Delete-Request-Id", d.ID)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) cancel(w http.ResponseWriter, r *http.Request, tenant string) {
	for _, d := range s.erase.Deletes {
		if d.tenant != tenant || d.ID != r.URL.Query().Get("request_id") || d.Canceled {
			continue
		}
		if s.erase.Late || d.Status != "received" {
			http.Error(w, "Cancellation of "+d.Query+" is not allowed", http.StatusBadRequest)
			return
		}
		d.Canceled = true
		w.WriteHeader(http.StatusNoContent)
		return
	}
	http.Error(w, "could not find delete request with given id", http.StatusNotFound)
}

// counts answers how many lines of a subject there were in the seconds up to a time.
func (s *Server) counts(w http.ResponseWriter, r *http.Request, tenant string) {
	m := counted.FindStringSubmatch(r.URL.Query().Get("query"))
	if m == nil {
		s.refuse(w, http.StatusBadRequest, "parse error: "+r.URL.Query().Get("query"))
		return
	}
	asked, ok := subjectOf(m[1])
	if !ok {
		s.refuse(w, http.StatusBadRequest, "parse error: "+m[1])
		return
	}
	if s.erase.BeforeCount != nil {
		s.erase.BeforeCount()
	}
	end, _ := strconv.ParseInt(r.URL.Query().Get("time"), 10, 64)
	length, _ := strconv.ParseInt(m[2], 10, 64)
	n := 0
	for _, line := range s.lines {
		if at := line.At.UnixNano(); line.Tenant == tenant && at > end-length*int64(time.Second) && at <= end && s.sees(line) && asked(line) {
			n++
		}
	}
	result := []any{}
	if n > 0 {
		value := []any{json.Number(strconv.FormatInt(end/1e9, 10)), strconv.Itoa(n)}
		result = append(result, map[string]any{"metric": map[string]string{}, "value": value})
	}
	answer(w, map[string]any{"status": "success", "data": map[string]any{"resultType": "vector", "result": result}})
}

// sees: what is older than max_query_lookback is not there for queries.
func (s *Server) sees(line Line) bool {
	return s.erase.Lookback == 0 || time.Since(line.At) < s.erase.Lookback
}
