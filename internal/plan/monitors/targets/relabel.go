package targets

import (
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
)

// Action is always written out: the CRDs default it, and a default that the server fills in is a
// difference between what we want and what is there.
const (
	actionReplace   = "replace"
	actionKeep      = "keep"
	actionDrop      = "drop"
	actionLabelDrop = "labeldrop"
)

// Keep drops everything whose source labels, joined by semicolons, do not match the anchored regex.
func Keep(regex string, source ...string) monitoringv1.RelabelConfig {
	return monitoringv1.RelabelConfig{SourceLabels: names(source), Regex: regex, Action: actionKeep}
}

// Drop drops everything whose source labels, joined by semicolons, match the anchored regex.
//
// The regex must not be empty. prometheus-operator leaves an empty one out, Prometheus takes (.*)
// for a missing one, and everything is gone.
func Drop(regex string, source ...string) monitoringv1.RelabelConfig {
	return monitoringv1.RelabelConfig{SourceLabels: names(source), Regex: regex, Action: actionDrop}
}

// Label sets a label to a constant.
func Label(name, value string) monitoringv1.RelabelConfig {
	return monitoringv1.RelabelConfig{TargetLabel: name, Replacement: &value, Action: actionReplace}
}

// Copy sets a label to the value of another one.
func Copy(name, source string) monitoringv1.RelabelConfig {
	return monitoringv1.RelabelConfig{SourceLabels: names([]string{source}), TargetLabel: name, Action: actionReplace}
}

// Replace sets a label to replacement, which may use groups of regex, where the source labels,
// joined by semicolons, match the anchored regex; elsewhere the label stays as it is.
func Replace(name, regex, replacement string, source ...string) monitoringv1.RelabelConfig {
	return monitoringv1.RelabelConfig{
		SourceLabels: names(source),
		TargetLabel:  name,
		Regex:        regex,
		Replacement:  &replacement,
		Action:       actionReplace,
	}
}

// DropLabel removes a label.
func DropLabel(name string) monitoringv1.RelabelConfig {
	return monitoringv1.RelabelConfig{Regex: name, Action: actionLabelDrop}
}

func names(labels []string) []monitoringv1.LabelName {
	out := make([]monitoringv1.LabelName, 0, len(labels))
	for _, l := range labels {
		out = append(out, monitoringv1.LabelName(l))
	}
	return out
}
