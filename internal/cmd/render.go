package cmd

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/tux-io/tux-monitoring-operator/controllers"
	"github.com/tux-io/tux-monitoring-operator/internal/apply"
	"github.com/tux-io/tux-monitoring-operator/internal/manifest"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
)

type renderOptions struct {
	planOptions

	output string
	dir    string
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
	o.addFlags(flags)
	flags.StringVarP(&o.output, "output", "o", "yaml", "yaml, json or dir")
	flags.StringVar(&o.dir, "dir", "", "directory for -o dir; made if it is not there")
	return c
}

func (o *renderOptions) run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
	printer, err := o.printer(stdout)
	if err != nil {
		return err
	}
	plans, findings, err := o.plans(ctx, "render", stdin)
	if err != nil {
		return err
	}
	scheme := controllers.NewScheme()
	var objects []*unstructured.Unstructured
	for _, p := range plans {
		list, err := normalForms(p, scheme)
		if err != nil {
			return err
		}
		objects = append(objects, list...)
	}
	if err := printer(objects); err != nil {
		return err
	}
	return tell(findings, stderr)
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
