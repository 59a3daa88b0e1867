package cmd

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/lint"
	"github.com/tux-io/tux-monitoring-operator/internal/manifest"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
)

func newLint() *cobra.Command {
	o := &lintOptions{}
	c := &cobra.Command{
		Use:   "lint -f FILE",
		Short: "Check TuxMonitorings and TuxLogErasures as an API server and the operator would",
		Long: `lint checks every TuxMonitoring and TuxLogErasure of the files: unknown fields, the schema and its rules as an API server
does, and what the operator would find in the spec alone. A TuxLogErasure is held against the TuxMonitoring it names, if that is in the
files as well. Of a TuxLogErasure no value is printed: they say whose lines shall go.

Exit codes: 0 nothing found, 1 something needs a person, 2 the files could not be read.`,
		Example: `  tuxmon lint -f production.yaml -f request.yaml`,
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return o.lint(c) },
	}
	flags := c.Flags()
	flags.StringArrayVarP(&o.files, "filename", "f", nil,
		"file with TuxMonitoring and TuxLogErasure resources, - for standard input; may be repeated")
	flags.StringVarP(&o.namespace, "namespace", "n", "default", "namespace of objects that name none")
	return c
}

type lintOptions struct {
	files     []string
	namespace string
}

func (o *lintOptions) lint(c *cobra.Command) error {
	documents, err := manifest.Read(o.files, c.InOrStdin())
	if err != nil {
		return err
	}
	set := manifest.Sort(documents, o.namespace)
	erasures := erasuresIn(&set)
	if len(set.Tuxes)+len(erasures) == 0 {
		return fmt.Errorf("cannot lint: the files hold no TuxMonitoring and no TuxLogErasure of monitoring.tux.io/v1alpha1")
	}
	tuxes, findings, err := lintTuxes(c.Context(), &set)
	if err != nil {
		return err
	}
	told, err := lintErasures(c.Context(), erasures, tuxes, c.OutOrStdout())
	if err != nil {
		return err
	}
	return tell(append(findings, told...), c.ErrOrStderr())
}

// lintTuxes returns the resources, and what is wrong with them; one that an API server would refuse is not planned.
func lintTuxes(ctx context.Context, set *manifest.Set) ([]tuxv1alpha1.TuxMonitoring, []string, error) {
	schema, err := lint.NewSchema()
	if err != nil {
		return nil, nil, err
	}
	var findings []string
	for _, d := range set.Tuxes {
		for _, refused := range schema.Check(ctx, d.Object.Object) {
			findings = append(findings, fmt.Sprintf("%s: %s %q: %s", d.Source, d.Object.GetKind(), d.Object.GetName(), refused))
		}
	}
	if len(findings) > 0 {
		return nil, findings, nil
	}
	tuxes, err := decode(ctx, schema, set)
	if err != nil {
		return nil, nil, err
	}
	for i, d := range set.Tuxes {
		p, err := makePlan(tuxes, i, set)
		if err != nil {
			return nil, nil, err
		}
		for _, found := range p.Findings {
			// What the cluster lacks is for render to say, which is handed what the cluster has.
			if found.Area == tuxv1alpha1.ConditionSpecAccepted {
				findings = append(findings, fmt.Sprintf("%s: %s %q: %s: %s", d.Source, d.Object.GetKind(), d.Object.GetName(), found.Reason, found))
			}
		}
	}
	return tuxes, findings, nil
}

func erasuresIn(set *manifest.Set) []manifest.Document {
	var all []manifest.Document
	for _, d := range set.Others {
		kind := d.Object.GroupVersionKind()
		if kind.Group == tuxv1alpha1.GroupVersion.Group && kind.Kind == tuxv1alpha1.KindLogErasure {
			all = append(all, d)
		}
	}
	return all
}

func lintErasures(ctx context.Context, all []manifest.Document, tuxes []tuxv1alpha1.TuxMonitoring, out io.Writer) ([]string, error) {
	if len(all) == 0 {
		return nil, nil
	}
	schema, err := lint.NewErasureSchema()
	if err != nil {
		return nil, err
	}
	var findings []string
	for _, d := range all {
		name := fmt.Sprintf("%s: %s %q", d.Source, d.Object.GetKind(), d.Object.GetName())
		if refused := schema.Check(ctx, d.Object.Object); len(refused) > 0 {
			for _, one := range refused {
				findings = append(findings, name+": "+withoutValue(one))
			}
			continue
		}
		var e tuxv1alpha1.TuxLogErasure
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(d.Object.Object, &e); err != nil {
			return nil, fmt.Errorf("cannot read %s", d.Source)
		}
		if wrong := lintErasure(&e, tuxes); wrong != "" {
			findings = append(findings, name+": "+wrong)
			continue
		}
		_, _ = fmt.Fprintf(out, "%s: lines of a %s from %s to %s%s\n", name, strings.ToLower(string(plan.SubjectOf(&e))),
			e.Spec.Window.From.UTC().Format("2006-01-02"), e.Spec.Window.To.UTC().Format("2006-01-02"), sparing(&e, tuxes))
	}
	return findings, nil
}

// withoutValue is a refusal that does not quote what is refused.
func withoutValue(refused *field.Error) string {
	text := refused.Type.String()
	if refused.Detail != "" {
		text = refused.Detail
	}
	return refused.Field + ": " + text
}

// lintErasure says what an operator would that gets it now.
func lintErasure(e *tuxv1alpha1.TuxLogErasure, tuxes []tuxv1alpha1.TuxMonitoring) string {
	e.CreationTimestamp = metav1.NewTime(external.SystemClock().Now())
	r := plan.ErasureOf(e)
	r.Tenant = e.Spec.MonitoringRef.Name // any will do: what is asked for depends on no tenant
	if err := r.Validate(); err != nil {
		return tuxv1alpha1.ReasonInvalidErasure + ": " + err.Error()
	}
	tux := monitoringOf(e, tuxes)
	switch {
	case len(tuxes) == 0:
		return ""
	case tux == nil:
		return fmt.Sprintf("%s: the files have no TuxMonitoring %q in namespace %q",
			tuxv1alpha1.ReasonMonitoringNotFound, e.Spec.MonitoringRef.Name, e.Namespace)
	case tux.Spec.Logs == nil:
		return fmt.Sprintf("%s: TuxMonitoring %q has no spec.logs", tuxv1alpha1.ReasonMonitoringNotFound, tux.Name)
	case plan.LogsOf(tux) == nil:
		return tuxv1alpha1.ReasonBackendUnsupported + ": lines in this kind of log store cannot be erased by the operator"
	}
	return ""
}

func monitoringOf(e *tuxv1alpha1.TuxLogErasure, tuxes []tuxv1alpha1.TuxMonitoring) *tuxv1alpha1.TuxMonitoring {
	i := slices.IndexFunc(tuxes, func(t tuxv1alpha1.TuxMonitoring) bool {
		return t.Name == e.Spec.MonitoringRef.Name && t.Namespace == e.Namespace
	})
	if i < 0 {
		return nil
	}
	return &tuxes[i]
}

func sparing(e *tuxv1alpha1.TuxLogErasure, tuxes []tuxv1alpha1.TuxMonitoring) string {
	tux := monitoringOf(e, tuxes)
	if tux == nil {
		return ""
	}
	if spared := plan.SparedClasses(tux, nil); len(spared) > 0 {
		return ", sparing " + strings.Join(spared, ", ")
	}
	return ""
}
