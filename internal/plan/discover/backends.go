package discover

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// maxNamed is how many candidates a message names.
const maxNamed = 5

// Backend is what was discovered of one Deployment: the facts, no defaults.
type Backend struct {
	Facts env.Backend
	// Spec is the entry of spec.backends it belongs to.
	Spec *tuxv1alpha1.Backend
	// Notes say what was noticed and left out.
	Notes []string
}

// Backends returns the discovered Deployments sorted by name, and what kept others from being found.
func Backends(spec *tuxv1alpha1.TuxMonitoringSpec, livePath func(*tuxv1alpha1.Backend) string, c *Cluster) ([]Backend, []fault.Finding) {
	var found []Backend
	var findings []fault.Finding
	claimed := map[string]string{}
	for i := range spec.Backends {
		entry := &spec.Backends[i]
		deployments, finding := match(entry, c)
		if finding != nil {
			findings = append(findings, *finding)
		}
		for _, d := range deployments {
			if first, taken := claimed[d.Name]; taken {
				findings = append(findings, claimedTwice(entry, d.Name, first))
				continue
			}
			claimed[d.Name] = entry.Name
			backend, finding := discoverOne(entry, d, livePath(entry), c)
			if finding != nil {
				findings = append(findings, *finding)
				continue
			}
			found = append(found, backend)
		}
	}
	slices.SortFunc(found, func(a, b Backend) int { return cmp.Compare(a.Facts.Deployment, b.Facts.Deployment) })
	return found, findings
}

func discoverOne(entry *tuxv1alpha1.Backend, d *appsv1.Deployment, livePath string, c *Cluster) (Backend, *fault.Finding) {
	container, port, finding := findPort(entry, d)
	if finding != nil {
		return Backend{}, finding
	}
	multiprocess, notes := processModel(entry, container)
	b := Backend{Spec: entry, Notes: notes, Facts: env.Backend{
		Entry:        entry.Name,
		Deployment:   d.Name,
		PodLabels:    d.Spec.Selector.MatchLabels,
		Container:    container.Name,
		Image:        container.Image,
		Port:         port,
		Multiprocess: multiprocess,
		ScaledToZero: d.Spec.Replicas != nil && *d.Spec.Replicas == 0,
	}}
	leading, notes := servicesLeadingTo(d, container, port, c)
	b.Notes = append(b.Notes, notes...)
	if len(leading) > 0 {
		b.Facts.Service = &leading[0]
	}
	b.Facts.Hosts, notes = hosts(leading, livePath, c)
	b.Notes = append(b.Notes, notes...)
	slices.Sort(b.Notes)
	return b, nil
}

// match returns the Deployments an entry means, sorted by name. Our own (the managed exporter) are
// never among them.
func match(entry *tuxv1alpha1.Backend, c *Cluster) ([]*appsv1.Deployment, *fault.Finding) {
	matches, finding := matcher(entry)
	if finding != nil {
		return nil, finding
	}
	var found []*appsv1.Deployment
	var others []string
	for i := range c.Deployments {
		d := &c.Deployments[i]
		if d.Labels[env.ManagedByLabel] == env.ManagedByValue || d.Spec.Selector == nil {
			continue
		}
		if matches(d) {
			found = append(found, d)
		} else {
			others = append(others, d.Name)
		}
	}
	if len(found) == 0 {
		finding := notFound(entry, others)
		return nil, &finding
	}
	slices.SortFunc(found, func(a, b *appsv1.Deployment) int { return cmp.Compare(a.Name, b.Name) })
	return found, nil
}

func matcher(entry *tuxv1alpha1.Backend) (func(*appsv1.Deployment) bool, *fault.Finding) {
	if entry.Selector == nil {
		return func(d *appsv1.Deployment) bool { return d.Name == entry.Deployment }, nil
	}
	selector, err := metav1.LabelSelectorAsSelector(labelSelector(entry.Selector))
	if err != nil {
		finding := backendFinding(entry.Name, ".selector", tuxv1alpha1.ReasonSelectorMatchesNothing, err.Error(), false)
		return nil, &finding
	}
	return func(d *appsv1.Deployment) bool { return selector.Matches(labels.Set(d.Labels)) }, nil
}

// labelSelector turns our bounded selector into the one of the API machinery.
func labelSelector(s *tuxv1alpha1.DeploymentSelector) *metav1.LabelSelector {
	out := &metav1.LabelSelector{MatchLabels: tuxv1alpha1.ObjectLabels(s.MatchLabels).Strings()}
	for _, r := range s.MatchExpressions {
		requirement := metav1.LabelSelectorRequirement{Key: r.Key, Operator: metav1.LabelSelectorOperator(r.Operator)}
		for _, value := range r.Values {
			requirement.Values = append(requirement.Values, string(value))
		}
		out.MatchExpressions = append(out.MatchExpressions, requirement)
	}
	return out
}

func notFound(entry *tuxv1alpha1.Backend, others []string) fault.Finding {
	here := "the namespace has no Deployment"
	if len(others) > 0 {
		here = "the namespace has " + named(others)
	}
	if entry.Selector == nil {
		return backendFinding(entry.Name, ".deployment", tuxv1alpha1.ReasonDeploymentNotFound,
			fmt.Sprintf("no Deployment %q, %s", entry.Deployment, here), true)
	}
	return backendFinding(entry.Name, ".selector", tuxv1alpha1.ReasonSelectorMatchesNothing,
		fmt.Sprintf("no Deployment has the labels %s, %s", metav1.FormatLabelSelector(labelSelector(entry.Selector)), here), true)
}

func claimedTwice(entry *tuxv1alpha1.Backend, deployment, first string) fault.Finding {
	field := ".deployment"
	if entry.Selector != nil {
		field = ".selector"
	}
	return backendFinding(entry.Name, field, tuxv1alpha1.ReasonDeploymentClaimedTwice,
		fmt.Sprintf("Deployment %q already belongs to backend %q, narrow one of the two", deployment, first), false)
}

// named lists names sorted, at most maxNamed of them.
func named(names []string) string {
	names = slices.Sorted(slices.Values(names))
	if more := len(names) - maxNamed; more > 0 {
		return strings.Join(names[:maxNamed], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(names, ", ")
}
