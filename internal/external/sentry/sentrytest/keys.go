package sentrytest

import "net/http"

// Without a size, a page of keys has ten.
const keysPerPage = 10

type keyBody struct {
	Name      string `json:"name"`
	Active    *bool  `json:"isActive"`
	RateLimit *struct {
		Count  *int `json:"count"`
		Window *int `json:"window"`
	} `json:"rateLimit"`
}

// listKeys begins with the newest.
func listKeys(e *exchange) {
	status := e.r.URL.Query().Get("status")
	var all []any
	for i := len(e.project.Keys) - 1; i >= 0; i-- {
		key := e.project.Keys[i]
		if status == "active" && !key.Active || status == "inactive" && key.Active {
			continue
		}
		all = append(all, keyAnswer(e.state, e.project, key))
	}
	respondPage(e, e.r, all, keysPerPage)
}

func createKey(e *exchange) {
	var body keyBody
	if !e.decode(&body) {
		return
	}
	if len(body.Name) > 64 {
		invalid(e, "name", "Ensure this field has no more than 64 characters.")
		return
	}
	if body.Name == "" {
		body.Name = "Liked Pegasus"
	}
	key := e.state.newKey(body.Name)
	e.limit(key, body)
	e.project.Keys = append(e.project.Keys, key)
	respond(e, http.StatusCreated, keyAnswer(e.state, e.project, key))
}

func updateKey(e *exchange) {
	var body keyBody
	if !e.decode(&body) {
		return
	}
	for _, key := range e.project.Keys {
		if key.ID != e.r.PathValue("key") {
			continue
		}
		if body.Name != "" {
			key.Name = body.Name
		}
		if body.Active != nil {
			key.Active = *body.Active
		}
		if body.RateLimit != nil && body.RateLimit.Window != nil && *body.RateLimit.Window > 86400 {
			invalid(e, "rateLimit", "Ensure this value is less than or equal to 86400.")
			return
		}
		e.limit(key, body)
		respond(e, http.StatusOK, keyAnswer(e.state, e.project, key))
		return
	}
	notFound(e)
}

// limit sets a rate limit. Without the feature it is dropped without a word.
func (e *exchange) limit(key *Key, body keyBody) {
	if body.RateLimit == nil || !e.state.Features["projects:rate-limits"] {
		return
	}
	key.Count, key.Window = 0, 0
	if body.RateLimit.Count != nil && body.RateLimit.Window != nil {
		key.Count, key.Window = *body.RateLimit.Count, *body.RateLimit.Window
	}
}
