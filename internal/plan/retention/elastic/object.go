package elastic

import (
	"encoding/json"
	"fmt"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

// Kind is a kind of object of Elasticsearch.
type Kind string

// The kinds, in the order in which they are written.
const (
	ComponentTemplate Kind = "component template"
	LifecyclePolicy   Kind = "lifecycle policy"
	IndexTemplate     Kind = "index template"
)

// Ref names an object.
type Ref struct {
	Kind Kind
	Name string
}

// String is for people.
func (r Ref) String() string { return fmt.Sprintf("%s %q", r.Kind, r.Name) }

// Path is where requests about it go.
func (r Ref) Path() string {
	paths := map[Kind]string{ComponentTemplate: "_component_template/", LifecyclePolicy: "_ilm/policy/", IndexTemplate: "_index_template/"}
	return paths[r.Kind] + r.Name
}

// Object is one as it shall be: the body of the request that writes it.
type Object struct {
	Ref

	Body []byte
}

// State is what Elasticsearch has of a tenant.
type State struct {
	// Objects have the form in which Elasticsearch gives them back, which is the one they are written in, and more.
	Objects map[Ref][]byte
	// Versions are those of policies.
	Versions map[string]int
}

// managedBy marks what is ours. Kibana warns before it changes what is managed.
const managedBy = "tuxmonitoring"

// meta says whose an object is, and of a policy what it stands for.
type meta struct {
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

// metaOf reads the mark of an object; false for one that is not ours, or of another tenant.
func metaOf(kind Kind, body []byte, tenant string) (meta, bool) {
	var of struct {
		Meta   meta `json:"_meta"`
		Policy struct {
			Meta meta `json:"_meta"`
		} `json:"policy"`
	}
	if json.Unmarshal(body, &of) != nil {
		return meta{}, false
	}
	found := of.Meta
	if kind == LifecyclePolicy {
		found = of.Policy.Meta
	}
	return found, found.ManagedBy == managedBy && found.Tenant == tenant
}
