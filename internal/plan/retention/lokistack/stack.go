package lokistack

import (
	"encoding/json"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/logql"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
)

// Limits is what of spec.limits.tenants.TENANT is ours, in the words of a LokiStack.
type Limits struct {
	OTLP      *OTLP      `json:"otlp,omitempty"`
	Retention *Retention `json:"retention,omitempty"`
}

// OTLP says which resource attributes become index labels.
type OTLP struct {
	StreamLabels *StreamLabels `json:"streamLabels,omitempty"`
}

// StreamLabels are those.
type StreamLabels struct {
	ResourceAttributes []Attribute `json:"resourceAttributes,omitempty"`
}

// Attribute is one of them.
type Attribute struct {
	Name  string `json:"name"`
	Regex bool   `json:"regex,omitempty"`
}

// Retention is how many days lines live.
type Retention struct {
	Days    int      `json:"days"`
	Streams []Stream `json:"streams,omitempty"`
}

// Stream is how many days those of a selector live.
type Stream struct {
	Selector string `json:"selector"`
	Priority int    `json:"priority"`
	Days     int    `json:"days"`
}

// render makes the limits that keep a commitment. The index labels must be among them: without the class as a label all
// classes live as long as the default, and the webhook of the Loki operator wants some for every tenant.
func render(c retention.Commitment) (Limits, error) {
	labels := &StreamLabels{}
	for _, name := range loki.IndexLabels() {
		labels.ResourceAttributes = append(labels.ResourceAttributes, Attribute{Name: name})
	}
	kept := &Retention{Days: c.DefaultDays}
	for i, class := range c.Classes {
		selector, err := logql.Selector{logql.Is(retention.ClassLabel, class.Name)}.LogQL()
		if err != nil {
			return Limits{}, err
		}
		kept.Streams = append(kept.Streams, Stream{Selector: selector, Priority: len(c.Classes) - i, Days: class.Days})
	}
	return Limits{OTLP: &OTLP{StreamLabels: labels}, Retention: kept}, nil
}

// Stack is what of a LokiStack concerns us.
type Stack struct {
	// Global is the retention of tenants that have none; nil: for ever.
	Global *Retention
	// Tenants have limits, whoever wrote them.
	Tenants map[string]Limits
	// Unmanaged: the Loki operator leaves it alone, whatever is in its spec.
	Unmanaged bool
	// Rules say which AlertingRules its ruler gets.
	Rules Rules
	// Conditions are those that are True.
	Conditions []metav1.Condition
	// fields are those of our field manager below spec.limits.tenants.
	fields map[string]any
}

// Read takes out of a LokiStack what concerns us. manager is the name of our field manager.
func Read(object *unstructured.Unstructured, manager string) (Stack, error) {
	var read struct {
		Spec struct {
			ManagementState string `json:"managementState"`
			Rules           Rules  `json:"rules"`
			Limits          struct {
				Global  Limits            `json:"global"`
				Tenants map[string]Limits `json:"tenants"`
			} `json:"limits"`
		} `json:"spec"`
		Status struct {
			Conditions []metav1.Condition `json:"conditions"`
		} `json:"status"`
	}
	text, err := object.MarshalJSON()
	if err != nil {
		return Stack{}, fmt.Errorf("cannot read the LokiStack: %w", err)
	}
	if err := json.Unmarshal(text, &read); err != nil {
		return Stack{}, fmt.Errorf("cannot read the LokiStack: %w", err)
	}
	s := Stack{
		Global: read.Spec.Limits.Global.Retention, Tenants: read.Spec.Limits.Tenants,
		Unmanaged: read.Spec.ManagementState == "Unmanaged", Rules: read.Spec.Rules,
	}
	for _, c := range read.Status.Conditions {
		if c.Status == metav1.ConditionTrue {
			s.Conditions = append(s.Conditions, c)
		}
	}
	s.fields, err = fieldsOf(object.GetManagedFields(), manager)
	return s, err
}

// fieldsOf are the fields below spec.limits.tenants that were applied by a manager.
func fieldsOf(entries []metav1.ManagedFieldsEntry, manager string) (map[string]any, error) {
	i := slices.IndexFunc(entries, func(e metav1.ManagedFieldsEntry) bool {
		return e.Manager == manager && e.Operation == metav1.ManagedFieldsOperationApply && e.Subresource == "" && e.FieldsV1 != nil
	})
	if i < 0 {
		return map[string]any{}, nil
	}
	var all map[string]any
	if err := json.Unmarshal(entries[i].FieldsV1.GetRawBytes(), &all); err != nil {
		return nil, fmt.Errorf("cannot read whose the fields of the LokiStack are: %w", err)
	}
	for _, name := range []string{"spec", "limits", "tenants"} {
		below, ok := all["f:"+name].(map[string]any)
		if !ok {
			return map[string]any{}, nil
		}
		all = below
	}
	return named(all), nil
}

// named are fields without the marks that the maps around them are somebody's as well.
func named(fields map[string]any) map[string]any {
	all := map[string]any{}
	for name, value := range fields {
		if below, ok := value.(map[string]any); ok && name != "." {
			all[name] = named(below)
		}
	}
	return all
}

// shape is how the fields of a value read in managed fields: a list is one field, for those of a LokiStack have no keys.
func shape(value any) map[string]any {
	fields := map[string]any{}
	if object, ok := value.(map[string]any); ok {
		for name, below := range object {
			fields["f:"+name] = shape(below)
		}
	}
	return fields
}

// Before is what stored lines of a tenant were promised by limits that are not ours.
func (s *Stack) Before(tenant string) *retention.Commitment {
	kept := s.Global
	if own := s.Tenants[tenant].Retention; own != nil {
		kept = own
	}
	if kept == nil || kept.Days < 1 {
		return &retention.Commitment{DefaultDays: retention.MaxDays}
	}
	return kept.commitment()
}

// commitment is what is promised by it. A rule that selects by something else than the class concerns lines we cannot tell
// from others, so that all of them count as promised that long; of several for a class the one that promises most counts.
func (r *Retention) commitment() *retention.Commitment {
	c := &retention.Commitment{DefaultDays: min(max(r.Days, 1), retention.MaxDays)}
	for _, stream := range r.Streams {
		days := min(max(stream.Days, 1), retention.MaxDays)
		class, err := loki.ClassOf(stream.Selector)
		if err != nil {
			c.DefaultDays = max(c.DefaultDays, days)
			continue
		}
		if i := slices.IndexFunc(c.Classes, func(p retention.Promised) bool { return p.Name == class }); i >= 0 {
			c.Classes[i].Days = max(c.Classes[i].Days, days)
			continue
		}
		c.Classes = append(c.Classes, retention.Promised{Name: class, Days: days})
	}
	return c
}
