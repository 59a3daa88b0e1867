package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/discover"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

// Input is everything a plan depends on.
type Input struct {
	// Tux is the resource. It is not changed.
	Tux *tuxv1alpha1.TuxMonitoring
	// Cluster holds what was gathered for it.
	Cluster discover.Cluster
	// Siblings are resources that may want the same Sentry project; others are passed over.
	Siblings []tuxv1alpha1.TuxMonitoring
	// DSN of the client key in Sentry; empty before there is one, and offline.
	DSN string
}

// Plan is everything that shall exist, and what was noticed on the way.
type Plan struct {
	Environment *env.Environment
	// Outputs has one entry per row of the table, in its order.
	Outputs []RenderedOutput
	// Findings are sorted: what a person must change first.
	Findings []fault.Finding
	// Backends and Prometheuses are what was discovered, as status shows it.
	Backends     []tuxv1alpha1.BackendStatus
	Prometheuses []tuxv1alpha1.PrometheusStatus
	// LabelsGiven is true when the spec gave the labels and no Prometheus was looked for.
	LabelsGiven bool
	// Routing is which Alertmanager selects our AlertmanagerConfig; nil where routing is none of ours.
	Routing *discover.ConfigSelection
	// Omitted are catalogue alerts that cannot work here.
	Omitted []tuxv1alpha1.OmittedAlert
	// Objectives are those in force, one entry per Deployment.
	Objectives []tuxv1alpha1.ObjectiveStatus
	// Alerts and Panels are counts of what is rendered.
	Alerts, Panels int
}

// RenderedOutput is one output of a plan.
type RenderedOutput struct {
	Output
	// Objects that shall exist, sorted by kind and name.
	Objects []env.Object
	// Incomplete is true when more objects may belong here than could be planned: nothing may be
	// deleted then.
	Incomplete bool
	// Held is true when the output must be left exactly as it is.
	Held bool
	// Err tells why the output could not be rendered; Objects is empty then.
	Err error
}

// Build makes the plan. It never fails as a whole: what cannot be planned is in Findings or in the Err
// of an output.
func Build(in Input) *Plan {
	e := complete(in.Tux)
	p := &Plan{Environment: e}
	p.discoverBackends(in)
	p.discoverPrometheus(in)
	p.discoverAlertmanager(in)
	p.Environment.Variables = completeVariables(in.Tux, p.Environment, in.DSN)
	p.completeDeploy(in.Tux.Spec.Sentry)
	p.check(&in.Tux.Spec)
	p.checkSharing(in.Tux, in.Siblings)
	p.Objectives = objectiveStatus(p.Environment)
	for _, output := range Outputs {
		p.Outputs = append(p.Outputs, p.render(output))
	}
	p.count()
	fault.SortFindings(p.Findings)
	return p
}

func (p *Plan) discoverBackends(in Input) {
	found, findings := discover.Backends(&in.Tux.Spec, livePath, &in.Cluster)
	p.Findings = append(p.Findings, findings...)
	for i := range found {
		b := completeBackend(&found[i], p.Environment.Workspaces)
		p.Environment.Backends = append(p.Environment.Backends, b)
		p.Backends = append(p.Backends, backendStatus(&b, found[i].Notes))
	}
	for i := range in.Tux.Spec.Backends {
		entry := &in.Tux.Spec.Backends[i]
		if !slices.ContainsFunc(found, func(b discover.Backend) bool { return b.Spec == entry }) {
			missing := discover.Backend{Spec: entry, Facts: env.Backend{Entry: entry.Name, Deployment: entry.Deployment}}
			p.Environment.Missing = append(p.Environment.Missing, completeBackend(&missing, p.Environment.Workspaces))
		}
	}
}

func backendStatus(b *env.Backend, notes []string) tuxv1alpha1.BackendStatus {
	status := tuxv1alpha1.BackendStatus{
		Deployment:   b.Deployment,
		Backend:      b.Entry,
		Port:         discover.FormatPort(b.Port),
		ProcessModel: tuxv1alpha1.ProcessModelSingle,
		Entries:      b.Hosts,
		Notes:        notes,
	}
	if b.Multiprocess {
		status.ProcessModel = tuxv1alpha1.ProcessModelMultiprocess
	}
	if b.ScaledToZero {
		status.Scale = tuxv1alpha1.ScaleZero
	}
	if b.Service != nil {
		status.Service = b.Service.Name
	}
	return status
}

// ownLabels are those every object carries with the same value. The output is not among them: who selects
// by it cannot be served.
func (p *Plan) ownLabels() map[string]string {
	own := p.Environment.Meta("", "", nil).Labels
	delete(own, env.OutputLabel)
	return own
}

func (p *Plan) discoverPrometheus(in Input) {
	selection, findings := discover.Prometheus(in.Tux.Spec.Prometheus, in.Tux.Namespace, p.ownLabels(), &in.Cluster)
	p.Findings = append(p.Findings, findings...)
	p.Environment.Select = selection.Select
	p.Prometheuses = selection.Selecting
	p.LabelsGiven = selection.GivenLabels
	p.Environment.Retention = selection.Retention
}

func (p *Plan) discoverAlertmanager(in Input) {
	if in.Tux.Spec.Routing == nil {
		return
	}
	selection, findings := discover.Alertmanager(in.Tux.Spec.Routing, in.Tux.Namespace, p.ownLabels(), &in.Cluster)
	p.Findings = append(p.Findings, findings...)
	p.Environment.Select.AlertmanagerConfigs, p.Environment.Select.ConfigsHeld = selection.Labels, selection.Held
	p.Routing = &selection
}

// Fail leaves an output as it is, for a reason that only who gathers can know.
func (p *Plan) Fail(output string, err error) {
	for i := range p.Outputs {
		if p.Outputs[i].Name == output {
			p.Outputs[i].Objects, p.Outputs[i].Err = nil, err
		}
	}
}

// Refused says whether a finding keeps the area of a condition from being dealt with.
func (p *Plan) Refused(area string) bool {
	return slices.ContainsFunc(p.Findings, func(f fault.Finding) bool { return f.Area == area })
}

// held says whether it is not known which labels the objects of an output need, or which policy the collector has.
func (p *Plan) held(output Output) bool {
	if output.Name == env.OutputCollector && p.hasInvalidLogs() {
		return true
	}
	switch output.Selected {
	case byPrometheus:
		return p.Environment.Select.Held
	case byAlertmanager:
		return p.Environment.Select.ConfigsHeld
	case byNobody:
	}
	return false
}

func (p *Plan) render(output Output) RenderedOutput {
	r := RenderedOutput{Output: output, Incomplete: p.incomplete(output)}
	// Without any backend there is nothing to make, and what is there must not be emptied.
	nothing := r.Incomplete && len(p.Environment.Backends) == 0
	if p.held(output) || nothing {
		r.Held = true
		return r
	}
	r.Objects, r.Err = output.Render(p.Environment)
	if r.Err != nil {
		r.Objects = nil
		r.Err = fault.Terminal(tuxv1alpha1.ReasonRenderFailed, fmt.Errorf("cannot render %s: %w", output.Name, r.Err))
		return r
	}
	slices.SortFunc(r.Objects, compareObjects)
	return r
}

// incomplete says whether a finding keeps objects of the output from being planned. A backend that was
// not found concerns every output but routing, which is about no backend, and variables, which must be there
// before the first pod starts; a refused rule group or objective only the rules.
func (p *Plan) incomplete(output Output) bool {
	ofBackends := output.Name != env.OutputRouting && output.Name != env.OutputVariables
	return slices.ContainsFunc(p.Findings, func(f fault.Finding) bool {
		return (f.Area == tuxv1alpha1.ConditionBackendsDiscovered && ofBackends) ||
			(output.Name == env.OutputRules &&
				(f.Reason == tuxv1alpha1.ReasonInvalidRule || f.Reason == tuxv1alpha1.ReasonInvalidObjective))
	})
}

func (p *Plan) count() {
	for _, omission := range rules.Omitted(p.Environment) {
		p.Omitted = append(p.Omitted, tuxv1alpha1.OmittedAlert(omission))
	}
	for i := range p.Outputs {
		p.Alerts += countAlerts(p.Outputs[i].Objects)
	}
	p.Panels = dashboards.Panels(p.Environment)
}

func compareObjects(a, b env.Object) int {
	return cmp.Or(
		strings.Compare(a.GetObjectKind().GroupVersionKind().Kind, b.GetObjectKind().GroupVersionKind().Kind),
		strings.Compare(a.GetName(), b.GetName()))
}
