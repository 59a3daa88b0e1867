package controllers

import (
	"os"
	"slices"
	"testing"

	"github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

// TestTheRoleFitsTheTableOfOutputs finds an output added without its permissions, and a permission that
// stayed behind.
func TestTheRoleFitsTheTableOfOutputs(t *testing.T) {
	g := gomega.NewWithT(t)
	role, secrets := roleIn(g, "../config/rbac/role.yaml"), roleIn(g, "../config/sentry/role.yaml")
	g.Expect(verbs(&role, schema.GroupResource{Resource: "secrets"})).To(gomega.BeEmpty(), "without spec.sentry the operator reads no Secret")
	for _, rule := range secrets.Rules {
		g.Expect(rule.Resources).To(gomega.Equal([]string{"secrets"}))
	}
	role.Rules = append(role.Rules, secrets.Rules...)

	written := map[schema.GroupResource]bool{}
	for _, kind := range childKinds() {
		mapping, err := admin.RESTMapper().RESTMapping(kind.GroupKind(), kind.Version)
		g.Expect(err).NotTo(gomega.HaveOccurred())
		resource := mapping.Resource.GroupResource()
		written[resource] = true
		// get: whose is an object of the same name; the other verbs make, repair and delete children.
		g.Expect(verbs(&role, resource)).To(gomega.ConsistOf("create", "delete", "get", "list", "patch", "watch"), resource.String())
	}
	// A LokiStack is somebody else's: its limits are applied, and it is never made or taken away.
	stacks := schema.GroupResource{Group: lokiStackKind.Group, Resource: "lokistacks"}
	g.Expect(verbs(&role, stacks)).To(gomega.ConsistOf("get", "list", "patch", "watch"))
	written[stacks] = true
	for _, rule := range role.Rules {
		for _, resource := range rule.Resources {
			gr := schema.GroupResource{Group: rule.APIGroups[0], Resource: resource}
			g.Expect(rule.Verbs).NotTo(gomega.ContainElement("*"), gr.String())
			g.Expect(resource).NotTo(gomega.Equal("*"))
			writes := slices.ContainsFunc(rule.Verbs, func(v string) bool { return !slices.Contains([]string{"get", "list", "watch"}, v) })
			own := rule.APIGroups[0] == "monitoring.tux.io" || rule.APIGroups[0] == "events.k8s.io"
			g.Expect(!writes || own || written[gr]).To(gomega.BeTrue(), "%s may be written but no output consists of it", gr)
		}
	}
}

func roleIn(g *gomega.WithT, path string) rbacv1.ClusterRole {
	text, err := os.ReadFile(path)
	g.Expect(err).NotTo(gomega.HaveOccurred())
	var role rbacv1.ClusterRole
	g.Expect(yaml.UnmarshalStrict(text, &role)).To(gomega.Succeed())
	return role
}

func verbs(role *rbacv1.ClusterRole, resource schema.GroupResource) []string {
	var all []string
	for _, rule := range role.Rules {
		if slices.Contains(rule.APIGroups, resource.Group) && slices.Contains(rule.Resources, resource.Resource) {
			all = append(all, rule.Verbs...)
		}
	}
	return all
}

// TestPluralsAreRight holds the names the operator waits for against those the API server serves.
func TestPluralsAreRight(t *testing.T) {
	k := &optionalKinds{}
	(&watches{}).optional(k)
	for kind, served := range k.served {
		if kind == gatewayKind {
			continue // its CustomResourceDefinition is not installed in tests; discover covers its content
		}
		mapping, err := admin.RESTMapper().RESTMapping(kind.GroupKind(), kind.Version)
		if meta.IsNoMatchError(err) {
			t.Errorf("%s is not served", kind)
			continue
		}
		if err != nil || mapping.Resource.Resource != served.plural {
			t.Errorf("%s is %q, the server says %v (%v)", kind, served.plural, mapping, err)
		}
	}
}
