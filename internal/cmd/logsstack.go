package cmd

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	settings "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/lokistack"
)

// stackWant is what a resource wants of a LokiStack.
type stackWant struct {
	owner string
	logs  *env.Logs
}

func (o *logsOptions) addStack(owner string, want *env.Logs) {
	if o.stacks == nil {
		o.stacks = map[env.LogStack][]stackWant{}
	}
	o.stacks[want.Stack] = append(o.stacks[want.Stack], stackWant{owner, want})
}

// haveStack takes a LokiStack that was handed in.
func (o *logsOptions) haveStack(object *unstructured.Unstructured) error {
	stack, err := lokistack.Read(object, env.FieldManager)
	if err != nil {
		return err
	}
	if o.haveStacks == nil {
		o.haveStacks = map[env.LogStack]*lokistack.Stack{}
	}
	o.haveStacks[env.LogStack{Namespace: object.GetNamespace(), Name: object.GetName()}] = &stack
	return nil
}

// havePromises takes the ConfigMap beside a LokiStack.
func (o *logsOptions) havePromises(found *corev1.ConfigMap) {
	text, there := found.Data[env.PromisesKey]
	name, suffixed := strings.CutSuffix(found.Name, env.LogStack{}.Ledger())
	if !there || !suffixed {
		return
	}
	if o.promises == nil {
		o.promises = map[env.LogStack]string{}
	}
	o.promises[env.LogStack{Namespace: found.Namespace, Name: name}] = text
}

// decideStack is what the operator would decide. Without the LokiStack each tenant counts as one without logs.
func (o *logsOptions) decideStack(of env.LogStack) (lokistack.Decision, *lokistack.Stack, error) {
	have, known := o.haveStacks[of]
	if !known {
		have = &lokistack.Stack{}
	}
	var contributions []settings.Contribution
	for _, want := range o.stacks[of] {
		c := settings.Contribution{Owner: want.owner, Policy: want.logs.Policy, Acknowledged: want.logs.Acknowledged}
		if known && want.logs.URL == "" {
			c.Before = have.Before(want.logs.Policy.Tenant)
		}
		contributions = append(contributions, c)
	}
	d, err := lokistack.Decide(o.promises[of], have, contributions)
	return d, have, err
}

func (o *logsOptions) sortedStacks() []env.LogStack {
	return slices.SortedFunc(maps.Keys(o.stacks), func(a, b env.LogStack) int { return cmp.Compare(a.String(), b.String()) })
}

// planStacks prints what would be applied to each LokiStack, and returns what needs a person.
func (o *logsOptions) planStacks(out io.Writer) ([]string, error) {
	var findings []string
	for _, of := range o.sortedStacks() {
		d, have, err := o.decideStack(of)
		if err != nil {
			return nil, fmt.Errorf("cannot plan %s: %w", of, err)
		}
		for i := range d.Results {
			findings = append(findings, findingsOf(&d.Results[i])...)
		}
		spec, err := lokistack.Patch(have, d.Tenants)
		if err != nil {
			return nil, err
		}
		if o.output == "yaml" {
			err = stackManifest(out, of, d.Tenants)
		} else {
			change := "would be changed"
			if spec == nil {
				change = "is unchanged"
			}
			_, _ = fmt.Fprintf(out, "%s %s\n", of, change)
			err = classTable(out, d.Results)
		}
		if err != nil {
			return nil, err
		}
	}
	return findings, nil
}

// stackManifest prints the fields for kubectl apply --server-side.
func stackManifest(out io.Writer, of env.LogStack, tenants map[string]lokistack.Limits) error {
	text, err := yaml.Marshal(map[string]any{
		"apiVersion": env.LokiVersion.String(), "kind": env.LokiStackKind,
		"metadata": map[string]any{"namespace": of.Namespace, "name": of.Name},
		"spec":     map[string]any{"limits": map[string]any{"tenants": tenants}},
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "---\n%s", text)
	return err
}

// askStacks returns what the Loki of each LokiStack does otherwise.
func (o *logsOptions) askStacks(c *cobra.Command, hosts *external.Hosts) ([]string, error) {
	var findings []string
	for _, of := range o.sortedStacks() {
		d, _, err := o.decideStack(of)
		if err != nil {
			return nil, fmt.Errorf("cannot look at %s: %w", of, err)
		}
		for _, want := range o.stacks[of] {
			result, _ := d.Of(want.owner)
			findings = append(findings, findingsOf(&result)...)
			if result.Holds == nil {
				continue
			}
			if want.logs.URL == "" {
				return nil, fmt.Errorf("%s: cannot ask: spec.logs.backend.lokiStack.url is not set", want.owner)
			}
			found, err := ask(c.Context(), hosts, want.logs, *result.Holds)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", want.owner, err)
			}
			if len(found) == 0 {
				_, _ = fmt.Fprintf(c.OutOrStdout(), "%s: Verified: tenant %q is kept as declared, and no line is too old\n",
					want.owner, result.Tenant)
			}
			for _, one := range found {
				findings = append(findings, want.owner+": "+one)
			}
		}
	}
	return findings, nil
}
