package promql

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
)

// Group is a rule group; durations are Prometheus durations, empty if unset.
type Group struct {
	Name, Interval string
	Rules          []Rule
}

// Rule is one alerting rule (Alert set) or recording rule (Record set).
type Rule struct {
	Alert, Record, Expr, For string
	Labels, Annotations      map[string]string
}

// FieldError says which field of a group Prometheus would refuse.
type FieldError struct {
	// Rule is the index of the rule, -1 for a field of the group itself.
	Rule int
	// Field of the rule or group, for example expr or annotations.summary.
	Field string
	Err   error
}

// Path returns the field inside the group: rules[2].expr, or interval for a field of the group itself.
func (e *FieldError) Path() string {
	if e.Rule < 0 {
		return e.Field
	}
	return fmt.Sprintf("rules[%d].%s", e.Rule, e.Field)
}

// Error returns the path inside the group and the cause: `rules[2].expr: 1:14: parse error: ...`.
func (e *FieldError) Error() string { return fmt.Sprintf("%s: %v", e.Path(), e.Err) }

// Unwrap returns the cause.
func (e *FieldError) Unwrap() error { return e.Err }

// CheckGroup returns what Prometheus would refuse in g, in the order of the rules; nil if it would
// load g. Every error is a *FieldError.
//
// Names are checked by the rules of Prometheus 2, which are narrower than those of Prometheus 3: one
// refused rule makes Prometheus refuse the whole group, and we do not know which of the two loads it.
func CheckGroup(g Group) []error {
	var errs []error
	if g.Name == "" {
		errs = append(errs, &FieldError{-1, "name", errors.New("must not be empty")})
	}
	if err := checkDuration(g.Interval); err != nil {
		errs = append(errs, &FieldError{-1, "interval", err})
	}
	for i := range g.Rules {
		errs = append(errs, checkRule(i, &g.Rules[i])...)
	}
	return errs
}

// checkRule asks rulefmt about one field at a time, because its errors do not say which field they
// mean and come in the random order of a map.
func checkRule(index int, r *Rule) []error {
	var errs []error
	add := func(field string, causes ...error) {
		for _, err := range causes {
			if err != nil {
				errs = append(errs, &FieldError{index, field, err})
			}
		}
	}
	nameField := "alert"
	if r.Record != "" {
		nameField = "record"
	}
	add(nameField, validate(rulefmt.Rule{Alert: r.Alert, Record: r.Record})...)
	add("expr", checkRuleExpr(r.Expr))
	add("for", checkDuration(r.For))
	if r.Record != "" && r.For != "" {
		add("for", errors.New("is not allowed in a recording rule"))
	}
	for _, k := range slices.Sorted(maps.Keys(r.Labels)) {
		one := map[string]string{k: r.Labels[k]}
		add("labels."+k, validate(rulefmt.Rule{Alert: r.Alert, Record: r.Record, Labels: one})...)
	}
	for _, k := range slices.Sorted(maps.Keys(r.Annotations)) {
		one := map[string]string{k: r.Annotations[k]}
		add("annotations."+k, validate(rulefmt.Rule{Alert: r.Alert, Record: r.Record, Annotations: one})...)
	}
	return errs
}

// validate runs rulefmt on a rule that has only the fields in question. A wrong name would be reported
// again with every label and annotation; a good one stands in for it there.
func validate(r rulefmt.Rule) []error {
	r.Expr = "vector(1)"
	if len(r.Labels)+len(r.Annotations) > 0 {
		r.Alert, r.Record = goodName(r)
	}
	var errs []error
	for _, wrapped := range r.Validate(rulefmt.RuleNode{}, model.LegacyValidation, newParser()) {
		errs = append(errs, wrapped.Unwrap())
	}
	return errs
}

// goodName keeps the name of an alert, which template errors quote.
func goodName(r rulefmt.Rule) (alert, record string) {
	switch {
	case r.Record != "":
		return "", "good"
	case r.Alert != "":
		return r.Alert, ""
	default:
		return "unnamed", ""
	}
}

func checkDuration(text string) error {
	if text == "" {
		return nil
	}
	_, err := model.ParseDuration(text)
	return err
}
