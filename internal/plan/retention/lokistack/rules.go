package lokistack

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Rules say which AlertingRules the ruler of a LokiStack gets.
type Rules struct {
	Enabled bool `json:"enabled"`
	// Selector finds AlertingRules; nil: none.
	Selector *metav1.LabelSelector `json:"selector"`
	// NamespaceSelector finds namespaces besides that of the LokiStack; nil: none.
	NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector"`
}

// Ignores tells why an AlertingRule does not come to the ruler; empty if it does. here says that it is in the namespace of the
// LokiStack.
func (r *Rules) Ignores(rule, namespace map[string]string, here bool) string {
	if !r.Enabled {
		return "its spec.rules.enabled is not true"
	}
	if !matches(r.Selector, rule) {
		return fmt.Sprintf("its spec.rules.selector (%s) does not match the labels of the AlertingRule", selectorText(r.Selector))
	}
	if !here && !matches(r.NamespaceSelector, namespace) {
		return fmt.Sprintf("its spec.rules.namespaceSelector (%s) does not match the labels of the namespace", selectorText(r.NamespaceSelector))
	}
	return ""
}

// matches is false without a selector, and for one that cannot be read.
func matches(by *metav1.LabelSelector, of map[string]string) bool {
	selector, err := metav1.LabelSelectorAsSelector(by)
	return err == nil && selector.Matches(labels.Set(of))
}

func selectorText(by *metav1.LabelSelector) string {
	if by == nil {
		return "none"
	}
	return metav1.FormatLabelSelector(by)
}
