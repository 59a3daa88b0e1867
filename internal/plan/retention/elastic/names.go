package elastic

import (
	"slices"
	"strings"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

// Name is that of the policy and of the index template of a class. Names of classes have no underscore, and so no dash
// comes before the one in front of the tenant: no two tenants can get the same name.
func Name(tenant, class string) string {
	return "tux." + strings.ReplaceAll(class, "-", "_") + "-" + tenant
}

// Pattern matches the names of all classes of the tenant, and perhaps of others.
func Pattern(tenant string) string { return "tux.*-" + tenant }

// streamPrefix begins the names of data streams with logs.
const streamPrefix = "logs-"

// Stream is the data stream that the lines of a class are sent to.
func Stream(tenant, class string) string { return streamPrefix + Name(tenant, class) }

// StreamPattern matches the data streams of all classes of the tenant, and perhaps of others.
func StreamPattern(tenant string) string { return streamPrefix + Pattern(tenant) }

// Component is the component template that all classes of the tenant have in common.
func Component(tenant string) string { return "tux-" + tenant }

// CustomComponent is one that whoever runs Elasticsearch may make, for mappings and settings of its own.
func CustomComponent(tenant string) string { return Component(tenant) + "@custom" }

// classesOf are all that have a data stream: those that are promised, those without a class, and those that once were
// and live as long as the default.
func classesOf(c retention.Commitment) []retention.Promised {
	all := slices.Clone(c.Classes)
	for _, name := range append([]string{retention.DefaultClass, retention.UnparsedClass}, c.Retired...) {
		all = append(all, retention.Promised{Name: name, Days: c.DefaultDays})
	}
	return all
}

// ClassOfStream is the class whose lines a data stream has, if it is one of the tenant.
func ClassOfStream(stream, tenant string) (string, bool) {
	name, found := strings.CutPrefix(stream, streamPrefix+"tux.")
	class, of, dashed := strings.Cut(name, "-")
	return strings.ReplaceAll(class, "_", "-"), found && dashed && of == tenant
}
