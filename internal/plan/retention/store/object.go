package store

import (
	"encoding/json"
	"fmt"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

// Kind is a kind of object of a log store.
type Kind string

// The kinds that all have. Policies are written between them.
const (
	ComponentTemplate Kind = "component template"
	IndexTemplate     Kind = "index template"
)

// Ref names an object.
type Ref struct {
	Kind Kind
	Name string
}

// String is for people.
func (r Ref) String() string { return fmt.Sprintf("%s %q", r.Kind, r.Name) }

// Object is one as it shall be: the body of the request that writes it.
type Object struct {
	Ref

	Body []byte
}

// Revision tells one version of a policy from another: in Elasticsearch its number, in OpenSearch sequence number and
// primary term.
type Revision struct{ Number, Term int }

// State is what a log store has of a tenant.
type State struct {
	// Objects have the form in which the log store gives them back, which is the one they are written in, and more.
	Objects map[Ref][]byte
	// Revisions are those of policies.
	Revisions map[string]Revision
}

// ManagedBy marks what is ours. Kibana warns before it changes what is managed.
const ManagedBy = "tuxmonitoring"

// Mark says whose an object is, and of a policy what it stands for.
type Mark struct {
	ManagedBy string `json:"managed_by"`
	Managed   bool   `json:"managed"`
	Tenant    string `json:"tenant"`
	// Class and what it is promised make the ledger again if it is lost.
	Class     string `json:"class,omitempty"`
	Days      int    `json:"days,omitempty"`
	Protected bool   `json:"protected,omitempty"`
	// Ledger is in the component template alone.
	Ledger *Ledger `json:"ledger,omitempty"`
}

// Ledger is what was promised to the lines of a tenant, and by whom. An operator in another cluster reads it too.
type Ledger struct {
	// Owner is the resource whose policy holds, as namespace/name. It stays when the resource is gone.
	Owner string `json:"owner"`
	retention.Commitment
}

// markOf reads the mark of an object; false for one that is not ours, or of another tenant.
func (d Dialect) markOf(kind Kind, body []byte, tenant string) (Mark, bool) {
	var found Mark
	if kind == d.Policy {
		found = d.Mark(body)
	} else {
		var of struct {
			Meta Mark `json:"_meta"`
		}
		if json.Unmarshal(body, &of) != nil {
			return Mark{}, false
		}
		found = of.Meta
	}
	return found, found.ManagedBy == ManagedBy && found.Tenant == tenant
}
