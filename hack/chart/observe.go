package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

// What the templates replace. Helm's own braces would have to be kept apart from those of Prometheus.
const (
	namespacePlace  = "__NAMESPACE__"
	jobPlace        = "__JOB__"
	deploymentPlace = "__DEPLOYMENT__"
	uidPlace        = "__UID__"
)

// addRules writes the groups of the PrometheusRule of the operator.
func addRules(_ string, files map[string]string) error {
	rule, err := rules.Operator(rules.OperatorOptions{Name: deploymentPlace, Namespace: namespacePlace, Job: jobPlace})
	if err != nil {
		return err
	}
	text, err := asYAML(rule.Spec.Groups)
	if err != nil {
		return err
	}
	// The catalogue names the Deployment of config/manager.
	const shipped = "deployment/tuxmon-manager"
	if !strings.Contains(text, shipped) {
		return fmt.Errorf("no rule about the operator names %q any more: the chart need not replace it", shipped)
	}
	files[filepath.Join(chartFiles, "rules.yaml")] = strings.ReplaceAll(text, shipped, "deployment/"+deploymentPlace)
	return nil
}

// addDashboard writes the dashboard of the operator.
func addDashboard(_ string, files map[string]string) error {
	text, err := dashboards.Own(dashboards.OwnOptions{
		UID: uidPlace, Title: "TUX / Operator (" + namespacePlace + "/" + deploymentPlace + ")", Namespace: namespacePlace, Job: jobPlace,
	})
	if err != nil {
		return err
	}
	files[filepath.Join(chartFiles, "dashboard.json")] = string(text)
	return nil
}
