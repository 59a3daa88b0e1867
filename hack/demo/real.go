package main

import (
	"context"
	"fmt"
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tux-io/tux-monitoring-operator/hack/e2e/live"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// usersPerSecond is the traffic of an ordinary day.
const usersPerSecond = 5

// showReal shows what became of the objects in Prometheus.
func (f *full) showReal(ctx context.Context) error {
	f.printer.line("Users come: %d requests a second through the Service, until the end.", usersPerSecond)
	f.traffic.Rate(usersPerSecond)
	go f.traffic.Run(ctx)
	for _, step := range []func(context.Context) error{f.showTargets, f.showRules, f.showValues, f.checkSilent, f.checkAddresses} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// showTargets waits for the first scrape of everything, at the 30 s of the sample.
func (f *full) showTargets(ctx context.Context) error {
	pods, err := f.env.Pods(ctx, backendName)
	if err != nil {
		return err
	}
	var jobs []job
	err = f.await(ctx, "Prometheus takes up its targets", func(ctx context.Context) string {
		targets, err := f.env.Prometheus.Targets(ctx, resourceNamespace)
		if err != nil {
			return err.Error()
		}
		answers, err := f.answers(ctx)
		if err != nil {
			return err.Error()
		}
		jobs = byJob(targets, answers)
		return jobsMissing(jobs, len(pods))
	})
	if err != nil {
		return err
	}
	f.printer.line("Prometheus scrapes every pod, and the exporter asks every pod every question:")
	f.printer.text(table(jobRows(jobs)))
	return nil
}

// answers returns what probes came to, by job.
func (f *full) answers(ctx context.Context) (map[string][]float64, error) {
	vector, err := f.env.Prometheus.Query(ctx, fmt.Sprintf("probe_success{namespace=%q}", resourceNamespace))
	if err != nil {
		return nil, err
	}
	answers := map[string][]float64{}
	for _, sample := range vector {
		name := string(sample.Metric["job"])
		answers[name] = append(answers[name], float64(sample.Value))
	}
	return answers, nil
}

// showRules waits until every rule the operator wrote is loaded and has been evaluated without error.
func (f *full) showRules(ctx context.Context) error {
	wanted, err := f.writtenRules(ctx)
	if err != nil {
		return err
	}
	var loaded []live.Rule
	err = f.await(ctx, "Prometheus loads the rules", func(ctx context.Context) string {
		if loaded, err = f.env.Prometheus.Rules(ctx, resourceNamespace+"/"); err != nil {
			return err.Error()
		}
		return rulesMissing(loaded, wanted)
	})
	if err != nil {
		return err
	}
	alerts := 0
	for _, rule := range loaded {
		if rule.Alert {
			alerts++
		}
	}
	f.printer.line("%d of %d rules are loaded, health ok: %d recording rules, %d alerts", len(loaded), wanted, len(loaded)-alerts, alerts)
	return nil
}

func (f *full) writtenRules(ctx context.Context) (int, error) {
	list := &monitoringv1.PrometheusRuleList{}
	ours := client.MatchingLabels{env.ManagedByLabel: env.ManagedByValue}
	if err := f.reader.List(ctx, list, client.InNamespace(resourceNamespace), ours); err != nil {
		return 0, fmt.Errorf("cannot list PrometheusRules: %w", err)
	}
	rules := 0
	for _, object := range list.Items {
		for i := range object.Spec.Groups {
			rules += len(object.Spec.Groups[i].Rules)
		}
	}
	return rules, nil
}

// rulesMissing returns what it takes until all wanted rules are loaded and healthy.
func rulesMissing(loaded []live.Rule, wanted int) string {
	if len(loaded) != wanted || wanted == 0 {
		return fmt.Sprintf("%d of %d rules are loaded", len(loaded), wanted)
	}
	for _, rule := range loaded {
		if rule.Health != "ok" {
			return strings.TrimSuffix(fmt.Sprintf("rule %q is %s: %s", rule.Name, rule.Health, rule.LastError), ": ")
		}
	}
	return ""
}

// checkSilent: where nothing is wrong, no alert fires. What was pending while the first scrapes came in
// goes with the next evaluation.
func (f *full) checkSilent(ctx context.Context) error {
	firing, err := f.env.Prometheus.Now(ctx, resourceNamespace, live.Firing)
	if err != nil {
		return err
	}
	if len(firing) > 0 {
		return fmt.Errorf("nothing is wrong, but these alerts fire: %s", strings.Join(firing, ", "))
	}
	if err := f.await(ctx, "alerts come to rest", f.alertsLeft); err != nil {
		return err
	}
	f.printer.line("No alert fires, and none is pending.")
	return nil
}
