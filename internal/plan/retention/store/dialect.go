package store

import "github.com/tux-io/tux-monitoring-operator/internal/plan/retention"

// Dialect is what one kind of log store says its own way.
type Dialect struct {
	// Name is what people call it.
	Name string
	// Policy is the kind of its policies, and Path where requests about them go.
	Policy Kind
	Path   string
	// Start is what to do where lifecycle management is stopped.
	Start string
	// Lifecycle is the policy of a class. The codec is that of lines that are written again.
	Lifecycle func(tenant, codec string, class retention.Promised, tiers retention.Tiers) any
	// Mark reads whose a policy is and what it stands for; none for one that is not ours.
	Mark func(policy []byte) Mark
	// Normal is what of the body of a policy decides.
	Normal func(policy Tree) Tree
	// Template adds to the index template of a class what makes its indices follow the policy.
	Template func(template Tree, tenant, class string, have State)
}

// PathOf is where requests about an object go.
func (d Dialect) PathOf(r Ref) string {
	paths := map[Kind]string{ComponentTemplate: "_component_template/", IndexTemplate: "_index_template/", d.Policy: d.Path}
	return paths[r.Kind] + r.Name
}
