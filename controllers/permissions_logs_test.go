package controllers

import (
	"testing"

	"github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientfeatures "k8s.io/client-go/features"
	clientfeaturestesting "k8s.io/client-go/features/testing"
)

// TestEveryPermissionOfLogsIsUsed: with the role of config/logs beside that of the operator, a log store that somebody has to log in to
// works, nothing is refused, and each verb of it is used. The role of config/sentry is part of TestEveryPermissionIsUsed.
func TestEveryPermissionOfLogsIsUsed(t *testing.T) {
	clientfeaturestesting.SetFeatureDuringTest(t, clientfeatures.WatchListClient, false)
	s := newScenario(t)
	f := s.elasticsearch()
	rules := ruleFiles(t, "../config/rbac/role.yaml", "../config/logs/role.yaml")
	const name = "reads-secrets"
	user, err := plane.AddUser(name)
	s.must(err)
	subjects := []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: name}}
	for part, rules := range map[string][]rbacv1.PolicyRule{name: rules[0], name + "-logs": rules[1]} {
		meta := metav1.ObjectMeta{Name: part}
		s.create(&rbacv1.ClusterRole{ObjectMeta: meta, Rules: rules}, &rbacv1.ClusterRoleBinding{
			ObjectMeta: meta, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: part}, Subjects: subjects,
		})
	}
	refused := &refusals{}
	user.Wrap(refused.wrap)
	o, err := startManager(user, 2)
	s.must(err)
	t.Cleanup(o.stop)
	s.backend("tux-backend")
	tux := f.tux("production", "tenant")
	s.create(f.secret(elasticKey), tux)
	s.verified(tux)
	s.ready(tux)
	s.Expect(refused.list()).To(gomega.BeEmpty(), "the operator asked for what it may not")
	count := 0
	for _, rule := range rules[1] {
		for _, resource := range rule.Resources {
			for _, verb := range rule.Verbs {
				count++
				s.Eventually(func() int { return o.requests.CountOf(verb, rule.APIGroups[0], resource) }).Should(
					gomega.BeNumerically(">", 0), "the operator may %s %s and never does", verb, resource)
			}
		}
	}
	s.Expect(count).To(gomega.Equal(3), "get, list and watch Secrets")
}
