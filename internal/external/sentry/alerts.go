package sentry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

const (
	logicAny = "any-short"
	logicAll = "all"

	frequencyCondition = "event_frequency_count"
	emailAction        = "email"
	targetOwners       = "issue_owners"
	targetTeam         = "team"
	fallthroughKey     = "fallthroughType"
	fallthroughMembers = "ActiveMembers"
	statusActive       = "active"
)

// issueDetectors are the types of those that every project has for all its issues; older servers have the first
// only.
var issueDetectors = []string{"error", "issue_stream"}

// unsupported: the organization is there, so an address that is not means a server without this API.
func unsupported(err error) error {
	if statusOf(err) != http.StatusNotFound {
		return err
	}
	return fault.Terminal(external.ReasonUnsupported, fmt.Errorf("the server is too old for alerts: %w", err))
}

func (p *Project) readDetectors(ctx context.Context, observed *plan.Settings) error {
	found, err := p.client.Detectors(ctx, p.id)
	if err != nil {
		return unsupported(err)
	}
	p.detectors = map[string]string{}
	observed.IssueDetectors, observed.MetricMonitors = nil, map[string]plan.MetricMonitor{}
	for _, one := range found {
		if one.ProjectID != p.id {
			continue
		}
		if slices.Contains(issueDetectors, one.Type) {
			observed.IssueDetectors = append(observed.IssueDetectors, one.ID)
		}
		p.learnMetric(one, observed)
	}
	if len(p.want.Alerts) > 0 && len(observed.IssueDetectors) == 0 {
		return fault.Terminal(external.ReasonUnsupported, errors.New("the project has no detector that an alert could be connected with"))
	}
	return nil
}

func (p *Project) readAlerts(ctx context.Context, observed *plan.Settings) error {
	found, err := p.client.Workflows(ctx, p.id)
	if err != nil {
		return unsupported(err)
	}
	p.workflows = map[string]Workflow{}
	observed.AlertsFound = map[string]plan.ObservedAlert{}
	for _, one := range found {
		if wanted, ok := p.want.Alerts[one.Name]; ok && one.Environment == wanted.Environment && p.older(one) {
			p.workflows[one.Name] = one
			observed.AlertsFound[one.Name] = p.alertOf(one)
		}
	}
	return nil
}

// older: of several alerts of one name and environment the oldest is ours.
func (p *Project) older(w Workflow) bool {
	known, exists := p.workflows[w.Name]
	return !exists || number(w.ID) < number(known.ID)
}

// number is 0 for what is none.
func number(id string) int {
	n, _ := strconv.Atoi(id)
	return n
}

// alertOf puts an alert into the form of what can be wanted; what does not fit is in Other.
func (p *Project) alertOf(w Workflow) plan.ObservedAlert {
	a := plan.Alert{Environment: w.Environment, On: w.Enabled, Minutes: w.Config.Frequency}
	var types, other []string
	for _, condition := range w.Triggers.Conditions {
		types = append(types, condition.Type)
	}
	slices.Sort(types)
	a.Trigger = strings.Join(types, ",")
	if len(w.ActionFilters) != 1 {
		other = append(other, fmt.Sprintf("%d filters", len(w.ActionFilters)))
	}
	for _, filter := range w.ActionFilters {
		other = append(other, readFilter(filter, &a)...)
		other = append(other, p.readActions(filter.Actions, &a)...)
	}
	a.Other = strings.Join(other, ", ")
	return plan.ObservedAlert{Alert: a, Detectors: w.DetectorIDs}
}

func readFilter(filter ConditionGroup, a *plan.Alert) (other []string) {
	for _, condition := range filter.Conditions {
		var frequency Frequency
		if condition.Type == frequencyCondition && a.Events == 0 && json.Unmarshal(condition.Comparison, &frequency) == nil {
			a.Events, a.Window = frequency.Value, frequency.Interval
			continue
		}
		other = append(other, "if "+condition.Type)
	}
	if len(filter.Conditions) > 1 && filter.LogicType != logicAll {
		other = append(other, filter.LogicType)
	}
	return other
}

func (p *Project) readActions(actions []Action, a *plan.Alert) (other []string) {
	if len(actions) != 1 {
		other = append(other, fmt.Sprintf("%d actions", len(actions)))
	}
	for _, action := range actions {
		switch {
		case action.Type == emailAction && action.Config.TargetType == targetOwners:
			if action.Data[fallthroughKey] != fallthroughMembers {
				other = append(other, "else "+action.Data[fallthroughKey])
			}
		case action.Type == emailAction && action.Config.TargetType == targetTeam && action.Config.TargetIdentifier != nil:
			a.Team = p.teamOf(*action.Config.TargetIdentifier)
		default:
			other = append(other, "tells by "+action.Type)
		}
	}
	return other
}

// teamOf is the slug of a team of the project; one that is none keeps its number.
func (p *Project) teamOf(id string) string {
	for slug, number := range p.teams {
		if number == id {
			return slug
		}
	}
	return "number " + id
}

// updateAlert makes or changes the alert of a path.
func updateAlert(ctx context.Context, p *Project, want plan.Settings, paths []string) error {
	name, _ := plan.AlertOf(paths[0])
	was, err := p.findAlert(ctx, name)
	if err != nil {
		return err
	}
	update, err := p.alertUpdate(ctx, name, want.Alerts[name], was)
	if err != nil {
		return err
	}
	if was.ID != "" {
		return p.client.UpdateWorkflow(ctx, was.ID, update)
	}
	return p.client.CreateWorkflow(ctx, update)
}

// findAlert is the alert as it is; without a number if there is none. One that is connected with nothing, which
// the list of a project leaves out, is found past it: it is ours if it was cut short, and nobody else's use.
func (p *Project) findAlert(ctx context.Context, name string) (Workflow, error) {
	if p.workflows == nil {
		var observed plan.Settings
		if err := p.readAlerts(ctx, &observed); err != nil {
			return Workflow{}, err
		}
	}
	if was, ok := p.workflows[name]; ok {
		return was, nil
	}
	found, err := p.client.FindWorkflows(ctx, name)
	if err != nil {
		return Workflow{}, unsupported(err)
	}
	for _, one := range found {
		if one.Name == name && one.Environment == p.want.Alerts[name].Environment && len(one.DetectorIDs) == 0 && p.older(one) {
			p.workflows[name] = one
		}
	}
	return p.workflows[name], nil
}

func (p *Project) alertUpdate(ctx context.Context, name string, a plan.Alert, was Workflow) (WorkflowUpdate, error) {
	action, err := p.action(ctx, a)
	if err != nil {
		return WorkflowUpdate{}, err
	}
	update := WorkflowUpdate{
		Name: name, Enabled: a.On, Environment: a.Environment, Config: map[string]int{"frequency": a.Minutes},
		Triggers: TriggersUpdate{ID: number(was.Triggers.ID), LogicType: logicAny, Conditions: []Condition{}},
	}
	filter := FilterUpdate{LogicType: logicAll, Conditions: []Condition{}, Actions: []Action{action}}
	for _, id := range slices.Concat(p.observed.IssueDetectors, was.DetectorIDs) {
		if n := number(id); n > 0 && !slices.Contains(update.DetectorIDs, n) {
			update.DetectorIDs = append(update.DetectorIDs, n)
		}
	}
	if a.Trigger != plan.TriggerAny {
		trigger := Condition{Type: a.Trigger, Comparison: json.RawMessage("true"), Result: true}
		update.Triggers.Conditions = append(update.Triggers.Conditions, trigger)
	}
	if a.Events > 0 {
		comparison, err := json.Marshal(Frequency{a.Events, a.Window})
		if err != nil {
			return WorkflowUpdate{}, err
		}
		filter.Conditions = append(filter.Conditions, Condition{Type: frequencyCondition, Comparison: comparison, Result: true})
	}
	keepNumbers(&update, &filter, was)
	update.ActionFilters = []FilterUpdate{filter}
	return update, nil
}

// keepNumbers gives the parts the numbers of those of their type that are there: what has none is made anew, and
// what was there before loses its history.
func keepNumbers(update *WorkflowUpdate, filter *FilterUpdate, was Workflow) {
	reuse(update.Triggers.Conditions, was.Triggers.Conditions)
	if len(was.ActionFilters) == 0 {
		return
	}
	old := was.ActionFilters[0]
	filter.ID = old.ID
	reuse(filter.Conditions, old.Conditions)
	for _, action := range old.Actions {
		if action.Type == filter.Actions[0].Type {
			filter.Actions[0].ID = action.ID
			return
		}
	}
}

func reuse(wanted, old []Condition) {
	for i := range wanted {
		for _, one := range old {
			if one.Type == wanted[i].Type {
				wanted[i].ID = one.ID
			}
		}
	}
}

func (p *Project) action(ctx context.Context, a plan.Alert) (Action, error) {
	if a.Team == "" {
		return Action{
			Type: emailAction, Status: statusActive, Data: map[string]string{fallthroughKey: fallthroughMembers},
			Config: ActionConfig{TargetType: targetOwners},
		}, nil
	}
	id, err := p.teamID(ctx, a.Team)
	return Action{
		Type: emailAction, Status: statusActive, Data: map[string]string{}, Config: ActionConfig{TargetType: targetTeam, TargetIdentifier: &id},
	}, err
}

// teamID is the number of a team of the project, which may just have got it.
func (p *Project) teamID(ctx context.Context, slug string) (string, error) {
	if id, ok := p.teams[slug]; ok {
		return id, nil
	}
	info, err := p.client.GetProject(ctx, p.id)
	if err != nil {
		return "", err
	}
	p.learnTeams(info)
	if id, ok := p.teams[slug]; ok {
		return id, nil
	}
	return "", fault.Terminal(external.ReasonRejected, fmt.Errorf("team %q is none of the teams of the project", slug))
}

func (p *Project) learnTeams(info ProjectInfo) {
	p.teams = map[string]string{}
	for _, team := range info.Teams {
		p.teams[team.Slug] = team.ID
	}
}
