package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// addPermissions writes the rules of the operator: those for the whole cluster, those a Role can give, for the
// Lease, and for Secrets.
func addPermissions(root string, files map[string]string) error {
	for _, copied := range []struct{ name, source string }{
		{"manager", "config/rbac/role.yaml"}, {"secrets", "config/sentry/role.yaml"}, {"leader-election", "config/rbac/leader_election.yaml"},
	} {
		roles, err := readRoles(filepath.Join(root, copied.source))
		if err != nil {
			return err
		}
		if files[filepath.Join(chartFiles, "rbac", copied.name+".yaml")], err = asYAML(roles[0].Rules); err != nil {
			return err
		}
		if copied.name != "manager" {
			continue
		}
		rules := namespaced(roles[0].Rules)
		if files[filepath.Join(chartFiles, "rbac/manager-namespaced.yaml")], err = asYAML(rules); err != nil {
			return err
		}
		role := rbacv1.Role{
			TypeMeta:   metav1.TypeMeta{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: "Role"},
			ObjectMeta: metav1.ObjectMeta{Name: roles[0].Name}, Rules: rules,
		}
		if files["config/namespaced/role.yaml"], err = asYAML(role); err != nil {
			return err
		}
	}
	return nil
}

// namespaced is what a Role can give of the rules of a ClusterRole. Of what has no namespace it can give one
// thing: to get the namespace it is in.
func namespaced(rules []rbacv1.PolicyRule) []rbacv1.PolicyRule {
	var out []rbacv1.PolicyRule
	for i := range rules {
		rule := *rules[i].DeepCopy()
		switch {
		case slices.Equal(rule.Resources, []string{"namespaces"}):
			rule.Verbs = []string{"get"}
		case slices.Contains(rule.Resources, "customresourcedefinitions"):
			continue
		}
		out = append(out, rule)
	}
	return out
}

// addTiers writes the rules of the roles for people.
func addTiers(root string, files map[string]string) error {
	roles, err := readRoles(filepath.Join(root, "config/tiers/roles.yaml"))
	if err != nil {
		return err
	}
	for i := range roles {
		name := strings.TrimPrefix(roles[i].Name, "tuxmon-")
		if files[filepath.Join(chartFiles, "rbac", name+".yaml")], err = asYAML(roles[i].Rules); err != nil {
			return err
		}
	}
	return nil
}

// readRoles reads the roles of a file; of a Role everything we need has the same shape.
func readRoles(path string) ([]rbacv1.ClusterRole, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the roles: %w", err)
	}
	var roles []rbacv1.ClusterRole
	for document := range bytes.SplitSeq(text, []byte("\n---\n")) {
		var role rbacv1.ClusterRole
		if err := yaml.Unmarshal(document, &role); err != nil {
			return nil, fmt.Errorf("cannot read %q: %w", path, err)
		}
		if strings.HasSuffix(role.Kind, "Role") {
			roles = append(roles, role)
		}
	}
	if len(roles) == 0 {
		return nil, fmt.Errorf("cannot read %q: it has no role", path)
	}
	return roles, nil
}

func asYAML(v any) (string, error) {
	text, err := yaml.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("cannot write YAML: %w", err)
	}
	return head + string(text), nil
}
