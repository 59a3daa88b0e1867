package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/controllers"
	"github.com/tux-io/tux-monitoring-operator/internal/apply"
	"github.com/tux-io/tux-monitoring-operator/internal/lint"
	"github.com/tux-io/tux-monitoring-operator/internal/manifest"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
)

type renderOptions struct {
	files        []string
	clusterFacts []string
	namespace    string
	output       string
	dir          string
}

func newRender() *cobra.Command {
	o := &renderOptions{}
	c := &cobra.Command{
		Use:   "render -f FILE",
		Short: "Print the objects the operator would apply, without a cluster",
		Long: `render makes the same plan as the operator and prints its objects, in the same order and with the
same bytes each time.

A plan depends on the cluster: on the ports of the Deployments, on the Services, Ingresses and HTTPRoutes
that lead to them, and on the Prometheus and Alertmanager resources that shall select the result. Put those objects into
the same file or give them with --cluster-facts; what kubectl get -o yaml prints is fine. What a plan
does not need is passed over.

Objects go to standard output, findings to standard error. Exit codes: 0 all well, 1 the plan has
findings (what they do not concern is printed all the same), 2 no plan could be made.`,
		Example: `  # Resource, Deployment and Service in one file.
  tuxmon render -f production.yaml

  # The resource from a pull request, the facts from the cluster.
  kubectl get namespace,deployment,service,ingress -n tux-production -o yaml > facts.yaml
  kubectl get prometheus,alertmanager -A -o yaml > prometheus.yaml
  tuxmon render -f production.yaml --cluster-facts facts.yaml --cluster-facts prometheus.yaml

  # One file per object, for review.
  tuxmon render -f production.yaml -o dir --dir rendered/`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return o.run(c.Context(), c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	flags := c.Flags()
	flags.StringArrayVarP(&o.files, "filename", "f", nil, "file with TuxMonitoring resources, - for standard input; may be repeated")
	flags.StringArrayVar(&o.clusterFacts, "cluster-facts", nil, "file with objects of the cluster the plan may look at; may be repeated")
	flags.StringVarP(&o.namespace, "namespace", "n", "default", "namespace of objects that name none")
	flags.StringVarP(&o.output, "output", "o", "yaml", "yaml, json or dir")
	flags.StringVar(&o.dir, "dir", "", "directory for -o dir; made if it is not there")
	return c
}

func (o *renderOptions) run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
	printer, err := o.printer(stdout)
	if err != nil {
		return err
	}
	documents, err := manifest.Read(append(o.files, o.clusterFacts...), stdin)
	if err != nil {
		return err
	}
	set := manifest.Sort(documents, o.namespace)
	if len(set.Tuxes) == 0 {
		return errors.New("cannot render: the files hold no TuxMonitoring of monitoring.tux.io/v1alpha1")
	}
	schema, err := lint.NewSchema()
	if err != nil {
		return err
	}
	scheme := controllers.NewScheme()
	var objects []*unstructured.Unstructured
	var findings []string
	for _, d := range set.Tuxes {
		p, err := makePlan(ctx, schema, d, &set)
		if err != nil {
			return err
		}
		list, err := normalForms(p, scheme)
		if err != nil {
			return err
		}
		objects = append(objects, list...)
		findings = append(findings, describe(d, p)...)
	}
	if err := printer(objects); err != nil {
		return err
	}
	for _, finding := range findings {
		_, _ = fmt.Fprintln(stderr, finding)
	}
	if len(findings) > 0 {
		return errFindings
	}
	return nil
}

// makePlan checks one resource as an API server would, and plans it as the operator does.
func makePlan(ctx context.Context, schema *lint.Schema, d manifest.Document, set *manifest.Set) (*plan.Plan, error) {
	if refused := schema.Check(ctx, d.Object.Object); len(refused) > 0 {
		return nil, fmt.Errorf("%s: %s %q is invalid: %w", d.Source, d.Object.GetKind(), d.Object.GetName(), refused.ToAggregate())
	}
	tux := &tuxv1alpha1.TuxMonitoring{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(d.Object.Object, tux); err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", d.Source, err)
	}
	cluster, err := set.Cluster(tux.Namespace)
	if err != nil {
		return nil, err
	}
	return plan.Build(plan.Input{Tux: tux, Cluster: cluster}), nil
}

// normalForms returns the objects of a plan as they are sent to an API server, without the owner
// reference that only a cluster can give them.
func normalForms(p *plan.Plan, scheme *runtime.Scheme) ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	for i := range p.Outputs {
		for _, object := range p.Outputs[i].Objects {
			u, err := apply.Normalise(object, scheme)
			if err != nil {
				return nil, err
			}
			all = append(all, u)
		}
	}
	return all, nil
}

func describe(d manifest.Document, p *plan.Plan) []string {
	name := d.Object.GetNamespace() + "/" + d.Object.GetName()
	var lines []string
	for _, finding := range p.Findings {
		lines = append(lines, fmt.Sprintf("%s: %s: %s", name, finding.Reason, finding))
	}
	for i := range p.Outputs {
		if err := p.Outputs[i].Err; err != nil {
			lines = append(lines, fmt.Sprintf("%s: %v", name, err))
		}
		if p.Outputs[i].Held {
			lines = append(lines, fmt.Sprintf("%s: %s not rendered, see the findings", name, p.Outputs[i].Name))
		}
	}
	return lines
}
