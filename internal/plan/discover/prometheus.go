package discover

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// Selection is which Prometheus selects our objects, and by which labels.
type Selection struct {
	env.Select
	// Selecting are the Prometheus resources that select our monitors, sorted.
	Selecting []tuxv1alpha1.PrometheusStatus
	// GivenLabels is true when the spec gave the labels and nothing was discovered.
	GivenLabels bool
	// Retention is the shortest of those that select our objects.
	Retention env.Retention
}

// The kinds a Prometheus selects.
const (
	kindServiceMonitor = "ServiceMonitor"
	kindPodMonitor     = "PodMonitor"
	kindProbe          = "Probe"
	kindRule           = "PrometheusRule"
)

var selectedKinds = []string{kindServiceMonitor, kindPodMonitor, kindProbe, kindRule}

// offer is what one Prometheus would do with our objects.
type offer struct {
	namespace, name string
	// labels by kind it needs on our objects.
	labels map[string]map[string]string
	// refusals by kind it cannot select, each with the reason.
	refusals map[string]string
	// retention is 0 if it is not known.
	retention time.Duration
}

func (o *offer) String() string { return o.namespace + "/" + o.name }

// Prometheus finds the Prometheus resources that can select objects of the namespace and the labels
// they demand. Own are the labels every object of ours carries whatever happens.
func Prometheus(spec *tuxv1alpha1.Prometheus, namespace string, own map[string]string, c *Cluster) (Selection, []fault.Finding) {
	if spec != nil && len(spec.Labels) > 0 {
		return givenLabels(spec.Labels), nil
	}
	if c.PrometheusCRDMissing {
		return Selection{}, []fault.Finding{prometheusFinding(tuxv1alpha1.ReasonCRDMissing, "",
			"the CustomResourceDefinition prometheuses.monitoring.coreos.com is not installed, install prometheus-operator", true)}
	}
	wanted, finding := wantedPrometheuses(spec, namespace, c)
	if finding != nil {
		return Selection{}, []fault.Finding{*finding}
	}
	var offers, refusing []offer
	for i := range wanted {
		o := offerOf(&wanted[i], namespace, own, c)
		if o.refusals[kindServiceMonitor] == "" {
			offers = append(offers, o)
		} else {
			refusing = append(refusing, o)
		}
	}
	return decide(offers, refusing, namespace)
}

func givenLabels(given tuxv1alpha1.ObjectLabels) Selection {
	l := given.Strings()
	return Selection{GivenLabels: true, Select: env.Select{ServiceMonitors: l, PodMonitors: l, Probes: l, Rules: l}}
}

func wantedPrometheuses(spec *tuxv1alpha1.Prometheus, namespace string, c *Cluster) ([]monitoringv1.Prometheus, *fault.Finding) {
	all := slices.Clone(c.Prometheuses)
	slices.SortFunc(all, func(a, b monitoringv1.Prometheus) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	if spec == nil || spec.Ref == nil {
		return all, nil
	}
	in := cmp.Or(spec.Ref.Namespace, namespace)
	for i := range all {
		if all[i].Name == spec.Ref.Name && all[i].Namespace == in {
			return all[i : i+1], nil
		}
	}
	names := make([]string, 0, len(all))
	for i := range all {
		names = append(names, all[i].Namespace+"/"+all[i].Name)
	}
	here := "the cluster has none"
	if len(names) > 0 {
		here = "the cluster has " + named(names)
	}
	finding := prometheusFinding(tuxv1alpha1.ReasonPrometheusNotFound, "spec.prometheus.ref",
		fmt.Sprintf("no Prometheus %q in namespace %q, %s", spec.Ref.Name, in, here), true)
	return nil, &finding
}

func decide(offers, refusing []offer, namespace string) (Selection, []fault.Finding) {
	if len(offers) == 0 {
		return Selection{}, []fault.Finding{noPrometheus(refusing, namespace)}
	}
	s := Selection{Select: env.Select{
		ServiceMonitors: offers[0].labels[kindServiceMonitor],
		PodMonitors:     offers[0].labels[kindPodMonitor],
		Probes:          offers[0].labels[kindProbe],
		Rules:           offers[0].labels[kindRule],
	}}
	for i := range offers {
		s.Namespaces = append(s.Namespaces, offers[i].namespace)
		s.Selecting = append(s.Selecting, offers[i].status())
		if kept := offers[i].retention; kept > 0 && (s.Retention.Time == 0 || kept < s.Retention.Time) {
			s.Retention = env.Retention{Time: kept, Prometheus: offers[i].String()}
		}
		if kind := differs(&offers[0], &offers[i]); kind != "" {
			s.Held = true
			return s, []fault.Finding{ambiguous(&offers[0], &offers[i], kind)}
		}
	}
	s.Namespaces = slices.Compact(s.Namespaces)
	return s, partial(&offers[0])
}

// differs returns the first kind two Prometheus resources demand different labels for. Two that want
// the same labels, such as a pair for availability, are no ambiguity.
func differs(a, b *offer) string {
	for _, kind := range selectedKinds {
		if !maps.Equal(a.labels[kind], b.labels[kind]) || a.refusals[kind] != b.refusals[kind] {
			return kind
		}
	}
	return ""
}

func (o *offer) status() tuxv1alpha1.PrometheusStatus {
	status := tuxv1alpha1.PrometheusStatus{Namespace: o.namespace, Name: o.name, Labels: map[string]string{}}
	for _, kind := range selectedKinds {
		if o.refusals[kind] == "" {
			status.Labels[kind] = formatLabels(o.labels[kind])
		}
	}
	return status
}

func formatLabels(labels map[string]string) string {
	if len(labels) == 0 {
		return "none needed"
	}
	pairs := make([]string, 0, len(labels))
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		pairs = append(pairs, key+"="+labels[key])
	}
	return strings.Join(pairs, ",")
}

func noPrometheus(refusing []offer, namespace string) fault.Finding {
	if len(refusing) == 0 {
		return prometheusFinding(tuxv1alpha1.ReasonNoPrometheus, "",
			"the cluster has no Prometheus resource, create one, or set spec.prometheus.labels if something else reads our objects", true)
	}
	why := make([]string, 0, len(refusing))
	for i := range refusing {
		why = append(why, fmt.Sprintf("%s: %s", &refusing[i], refusing[i].refusals[kindServiceMonitor]))
	}
	return prometheusFinding(tuxv1alpha1.ReasonNoPrometheus, "",
		fmt.Sprintf("no Prometheus can select ServiceMonitors of namespace %q (%s)", namespace, named(why)), true)
}

func ambiguous(a, b *offer, kind string) fault.Finding {
	return prometheusFinding(tuxv1alpha1.ReasonPrometheusAmbiguous, "spec.prometheus", fmt.Sprintf(
		"%s and %s select %ss by different labels (%s; %s), set ref to one of them or labels to what our objects shall carry",
		a, b, kind, a.demand(kind), b.demand(kind)), false)
}

func (o *offer) demand(kind string) string {
	if refusal := o.refusals[kind]; refusal != "" {
		return refusal
	}
	return formatLabels(o.labels[kind])
}

func partial(o *offer) []fault.Finding {
	var findings []fault.Finding
	for _, kind := range selectedKinds {
		if refusal := o.refusals[kind]; refusal != "" {
			findings = append(findings, prometheusFinding(tuxv1alpha1.ReasonSelectsPartially, "",
				fmt.Sprintf("Prometheus %s selects our ServiceMonitors but no %s: %s", o, kind, refusal), true))
		}
	}
	return findings
}

func prometheusFinding(reason, path, message string, waiting bool) fault.Finding {
	return fault.Finding{Area: tuxv1alpha1.ConditionPrometheusDiscovered, Reason: reason, Path: path, Message: message, Waiting: waiting}
}
