package cmd

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/runtime"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/lint"
	"github.com/tux-io/tux-monitoring-operator/internal/manifest"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
)

// planOptions say what is planned; every command that works offline has them.
type planOptions struct {
	files        []string
	clusterFacts []string
	namespace    string
}

func (o *planOptions) addFlags(flags *pflag.FlagSet) {
	flags.StringArrayVarP(&o.files, "filename", "f", nil, "file with TuxMonitoring resources, - for standard input; may be repeated")
	flags.StringArrayVar(&o.clusterFacts, "cluster-facts", nil, "file with objects of the cluster the plan may look at; may be repeated")
	flags.StringVarP(&o.namespace, "namespace", "n", "default", "namespace of objects that name none")
}

// plans returns the plan of every resource in the files, in their order, and what they find. The command is
// named where there is nothing to plan.
func (o *planOptions) plans(ctx context.Context, command string, stdin io.Reader) ([]*plan.Plan, []string, error) {
	documents, err := manifest.Read(slices.Concat(o.files, o.clusterFacts), stdin)
	if err != nil {
		return nil, nil, err
	}
	set := manifest.Sort(documents, o.namespace)
	if len(set.Tuxes) == 0 {
		return nil, nil, fmt.Errorf("cannot %s: the files hold no TuxMonitoring of monitoring.tux.io/v1alpha1", command)
	}
	schema, err := lint.NewSchema()
	if err != nil {
		return nil, nil, err
	}
	siblings, err := decode(ctx, schema, &set)
	if err != nil {
		return nil, nil, err
	}
	all := make([]*plan.Plan, 0, len(set.Tuxes))
	var findings []string
	for i, d := range set.Tuxes {
		p, err := makePlan(siblings, i, &set)
		if err != nil {
			return nil, nil, err
		}
		all, findings = append(all, p), append(findings, describe(d, p)...)
	}
	return all, findings, nil
}

// decode checks the resources as an API server would.
func decode(ctx context.Context, schema *lint.Schema, set *manifest.Set) ([]tuxv1alpha1.TuxMonitoring, error) {
	tuxes := make([]tuxv1alpha1.TuxMonitoring, len(set.Tuxes))
	for i, d := range set.Tuxes {
		if refused := schema.Check(ctx, d.Object.Object); len(refused) > 0 {
			return nil, fmt.Errorf("%s: %s %q is invalid: %w", d.Source, d.Object.GetKind(), d.Object.GetName(), refused.ToAggregate())
		}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(d.Object.Object, &tuxes[i]); err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", d.Source, err)
		}
	}
	return tuxes, nil
}

// makePlan plans one of the resources as the operator does.
func makePlan(tuxes []tuxv1alpha1.TuxMonitoring, i int, set *manifest.Set) (*plan.Plan, error) {
	cluster, err := set.Cluster(tuxes[i].Namespace)
	if err != nil {
		return nil, err
	}
	return plan.Build(plan.Input{Tux: &tuxes[i], Cluster: cluster, Siblings: tuxes}), nil
}

// tell prints findings; the error of the command says that there are some.
func tell(findings []string, stderr io.Writer) error {
	for _, finding := range findings {
		_, _ = fmt.Fprintln(stderr, finding)
	}
	if len(findings) > 0 {
		return errFindings
	}
	return nil
}
