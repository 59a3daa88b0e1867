package cmd

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestPreviewScripts runs tuxmon preview as a user does, against something that answers like a
// Prometheus: testdata/preview/*.txtar.
func TestPreviewScripts(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(answerAsPrometheus))
	t.Cleanup(server.Close)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/preview",
		Setup: func(e *testscript.Env) error {
			e.Setenv("PROMETHEUS", server.URL)
			return nil
		},
	})
}

// answerAsPrometheus refuses whoever has not the token, and queries with "broken" in them; all others
// have one series that is 0.25 all the time.
func answerAsPrometheus(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("Authorization") != "Bearer planted-token":
		w.WriteHeader(http.StatusUnauthorized)
	case strings.Contains(r.FormValue("query"), "broken"):
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, `{"status":"error","errorType":"bad_data","error":"1:1: unknown function"}`)
	case strings.HasSuffix(r.URL.Path, "/query"):
		_, _ = fmt.Fprintf(w, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"job":"tux-backend"},"value":[%s,"0.25"]}]}}`, r.FormValue("time"))
	default:
		start, _ := strconv.Atoi(r.FormValue("start"))
		end, _ := strconv.Atoi(r.FormValue("end"))
		step, _ := strconv.Atoi(r.FormValue("step"))
		var values []string
		for at := start; at <= end; at += step {
			values = append(values, fmt.Sprintf(`[%d,"0.25"]`, at))
		}
		_, _ = fmt.Fprintf(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"job":"tux-backend"},"values":[%s]}]}}`, strings.Join(values, ","))
	}
}
