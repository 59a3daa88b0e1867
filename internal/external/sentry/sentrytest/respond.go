package sentrytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

func respond(w http.ResponseWriter, status int, body any) {
	content, err := json.Marshal(body)
	if err != nil {
		panic(err) // the bodies are made here
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(content)
}

func refuse(w http.ResponseWriter, status int, text string) {
	respond(w, status, map[string]any{"detail": text})
}

// invalid answers that a field is wrong.
func invalid(w http.ResponseWriter, field, text string) {
	respond(w, http.StatusBadRequest, map[string]any{field: []string{text}})
}

// respondPage answers one page of a list and where the others are.
func respondPage(w http.ResponseWriter, r *http.Request, all []any, perPage int) {
	if asked, err := strconv.Atoi(r.URL.Query().Get("per_page")); err == nil {
		if asked > 100 {
			refuse(w, http.StatusBadRequest, "Invalid per_page value. Must be between 1 and 100.")
			return
		}
		perPage = asked
	}
	offset := 0
	if cursor := r.URL.Query().Get("cursor"); cursor != "" {
		parts := strings.Split(cursor, ":")
		number, err := strconv.Atoi(parts[min(1, len(parts)-1)])
		if err != nil || len(parts) != 3 {
			refuse(w, http.StatusBadRequest, "Invalid cursor parameter.")
			return
		}
		offset = number
	}
	begin, end := min(offset, len(all)), min(offset+perPage, len(all))
	link := func(rel string, more bool, at int) string {
		// The host is that of the server itself, not the one the client knows it by.
		return fmt.Sprintf(`<https://sentry.internal%s?&cursor=0:%d:0>; rel=%q; results="%t"; cursor="0:%d:0"`, r.URL.Path, at, rel, more, at)
	}
	w.Header().Set("Link", link("previous", begin > 0, max(0, begin-perPage))+", "+link("next", end < len(all), end))
	respond(w, http.StatusOK, all[begin:end])
}
