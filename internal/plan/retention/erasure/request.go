package erasure

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// The names under which lines have the ids of subjects.
const (
	WorkspaceKey = "workspace_id"
	UserKey      = "user_id"
)

// Request is what shall go. Same request, same bytes to the log store.
type Request struct {
	// UID of the resource. It says nothing about the subject, and marks what is sent.
	UID string
	// Key is the name of the id, Value the id itself.
	Key, Value string
	Tenant     string
	// Spared are classes whose lines stay, sorted.
	Spared []string
	// From and To are both included, in whole seconds.
	From, To time.Time
	// Created is when the resource was made.
	Created time.Time
}

// skew is by how much the clock of whoever asks may differ from that of the cluster.
const skew = 2 * time.Minute

// Validate says what is wrong with a request, without quoting the subject.
func (r *Request) Validate() error {
	switch {
	case r.Key != WorkspaceKey && r.Key != UserKey:
		return errors.New("subject must be a workspace or a user")
	case r.Value == "":
		return errors.New("subject is empty")
	case r.Tenant == "":
		return errors.New("there is no tenant")
	case !r.From.Before(r.To):
		return errors.New("window.from must be before window.to")
	case r.To.After(r.Created.Add(skew)):
		return fmt.Errorf("window.to is after the creation of this resource, %s: lines would come that nobody knows yet",
			r.Created.UTC().Format(time.RFC3339))
	}
	_, err := r.LogQL(false)
	return err
}

// Spares says whether lines of a class stay.
func (r *Request) Spares(class string) bool { return slices.Contains(r.Spared, class) }

// Format keeps the subject out of texts, however a request is printed.
func (r Request) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "[erasure %s]", r.UID)
}

// MarshalText keeps it out of JSON and YAML.
func (r Request) MarshalText() ([]byte, error) { return []byte("[erasure " + r.UID + "]"), nil }
