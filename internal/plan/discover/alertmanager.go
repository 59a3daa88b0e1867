package discover

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// ConfigSelection is which Alertmanager selects our AlertmanagerConfig, and by which labels.
type ConfigSelection struct {
	// Labels the object needs; nil if none.
	Labels map[string]string
	// Held is true while it is not known which labels are right.
	Held bool
	// Selecting are the Alertmanager resources that select it, as namespace/name, sorted.
	Selecting []string
	// GivenLabels is true when the spec gave the labels and nothing was discovered.
	GivenLabels bool
}

// Alertmanager finds the Alertmanager resources that can select an AlertmanagerConfig of the namespace
// and the labels they demand. Own are the labels the object carries whatever happens.
func Alertmanager(spec *tuxv1alpha1.Routing, namespace string, own map[string]string, c *Cluster) (ConfigSelection, []fault.Finding) {
	if len(spec.Labels) > 0 {
		return ConfigSelection{GivenLabels: true, Labels: spec.Labels.Strings()}, nil
	}
	if c.AlertmanagerCRDMissing {
		return ConfigSelection{}, alertmanagerFinding(tuxv1alpha1.ReasonCRDMissing, "",
			"the CustomResourceDefinition alertmanagers.monitoring.coreos.com is not installed, install prometheus-operator", true)
	}
	all := slices.Clone(c.Alertmanagers)
	slices.SortFunc(all, func(a, b monitoringv1.Alertmanager) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	var offers []configOffer
	var refusals []string
	for i := range all {
		o, refusal := configOfferOf(&all[i], namespace, own, c)
		if refusal != "" {
			refusals = append(refusals, o.name+": "+refusal)
			continue
		}
		offers = append(offers, o)
	}
	return decideConfig(offers, refusals, namespace)
}

// configOffer is which labels one Alertmanager needs on our AlertmanagerConfig.
type configOffer struct {
	name   string
	labels map[string]string
}

func configOfferOf(a *monitoringv1.Alertmanager, namespace string, own map[string]string, c *Cluster) (o configOffer, refusal string) {
	o.name = a.Namespace + "/" + a.Name
	pair := selectorPair{"alertmanagerConfig", a.Spec.AlertmanagerConfigSelector, a.Spec.AlertmanagerConfigNamespaceSelector}
	if refusal := pair.refusesNamespace(a.Namespace, namespace, c.NamespaceLabels); refusal != "" {
		return o, refusal
	}
	o.labels, refusal = pair.demand(own)
	return o, refusal
}

func decideConfig(offers []configOffer, refusals []string, namespace string) (ConfigSelection, []fault.Finding) {
	if len(offers) == 0 {
		return ConfigSelection{}, noAlertmanager(refusals, namespace)
	}
	s := ConfigSelection{Labels: offers[0].labels}
	for _, o := range offers {
		s.Selecting = append(s.Selecting, o.name)
		// Two that want the same labels, such as one per zone, are no ambiguity.
		if !maps.Equal(o.labels, offers[0].labels) {
			s.Held = true
			return s, alertmanagerFinding(tuxv1alpha1.ReasonAlertmanagerAmbiguous, "spec.routing", fmt.Sprintf(
				"%s and %s select AlertmanagerConfigs by different labels (%s; %s), set labels to what our object shall carry",
				offers[0].name, o.name, formatLabels(offers[0].labels), formatLabels(o.labels)), false)
		}
	}
	return s, nil
}

func noAlertmanager(refusals []string, namespace string) []fault.Finding {
	if len(refusals) == 0 {
		return alertmanagerFinding(tuxv1alpha1.ReasonNoAlertmanager, "",
			"the cluster has no Alertmanager resource, create one, or set spec.routing.labels if something else reads our AlertmanagerConfig", true)
	}
	return alertmanagerFinding(tuxv1alpha1.ReasonNoAlertmanager, "",
		fmt.Sprintf("no Alertmanager can select AlertmanagerConfigs of namespace %q (%s)", namespace, named(refusals)), true)
}

func alertmanagerFinding(reason, path, message string, waiting bool) []fault.Finding {
	return []fault.Finding{{
		Area: tuxv1alpha1.ConditionAlertmanagerDiscovered, Reason: reason, Path: path, Message: message, Waiting: waiting,
	}}
}
