package controllers

import (
	"context"
	"testing"
	"time"

	"github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestReadinessSeesAMissingPermission runs the operator as a user who may read all it needs but
// PrometheusRules: it must not say that it is ready while it can do nothing.
func TestReadinessSeesAMissingPermission(t *testing.T) {
	s := newScenario(t)
	config, err := plane.AddUser("blind")
	s.must(err)
	var role rbacv1.ClusterRole
	s.must(admin.Get(t.Context(), client.ObjectKey{Name: "tuxmon-manager"}, &role))
	var rules []rbacv1.PolicyRule
	for _, rule := range role.Rules {
		var resources []string
		for _, resource := range rule.Resources {
			if resource != "prometheusrules" {
				resources = append(resources, resource)
			}
		}
		rule.Resources = resources
		rules = append(rules, rule)
	}
	meta := metav1.ObjectMeta{Name: "blind"}
	s.create(&rbacv1.ClusterRole{ObjectMeta: meta, Rules: rules}, &rbacv1.ClusterRoleBinding{
		ObjectMeta: meta, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "blind"},
		Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: "blind"}},
	})
	blind, err := startManager(config, 1)
	s.must(err)
	defer blind.stop()
	glanceAt := func(o *operator) error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		return o.ready(ctx)
	}
	s.Eventually(func() error { return glanceAt(blind) }).ShouldNot(gomega.Succeed())
	// Several glances, so that a cache that only takes its time does not pass for one that never fills.
	for range 3 {
		s.Expect(glanceAt(blind)).NotTo(gomega.Succeed())
	}
	s.Eventually(func() error { return glanceAt(s.startOperator()) }).Should(gomega.Succeed())
}
