package status

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

const unknown = metav1.ConditionUnknown

// condition is a condition without generation and time.
type condition struct {
	kind    string
	status  metav1.ConditionStatus
	reason  string
	message string
}

// verdict is what the whole pass comes to, worst first.
type verdict struct {
	// stalled: a person must change something. waiting: something may still come. retrying: a request
	// failed. All empty: all is in place.
	stalled, waiting, retrying []problem
}

// problem is one thing that keeps Ready from being True.
type problem struct{ reason, text string }

func conditions(old tuxv1alpha1.TuxMonitoringStatus, p *Pass) []condition {
	v := judge(p)
	if p.GatherErr == nil {
		v.addSentry(old, p)
		v.addLogs(old, p)
	}
	list := []condition{ready(p, v)}
	switch {
	// Never both: kstatus takes whichever comes first, and a person is needed either way.
	case len(v.stalled) > 0:
		list = append(list, condition{tuxv1alpha1.ConditionStalled, metav1.ConditionTrue, v.stalled[0].reason, texts(v.stalled)})
	case len(v.retrying) > 0:
		list = append(list, condition{tuxv1alpha1.ConditionReconciling, metav1.ConditionTrue,
			tuxv1alpha1.ReasonProgressingWithRetry, texts(v.retrying)})
	case len(v.waiting) > 0:
		list = append(list, condition{tuxv1alpha1.ConditionReconciling, metav1.ConditionTrue, v.waiting[0].reason, texts(v.waiting)})
	}
	if p.GatherErr != nil {
		return list
	}
	list = append(list, backendsDiscovered(p), prometheusDiscovered(p))
	if p.Routing != nil {
		list = append(list, alertmanagerDiscovered(p))
	}
	list = append(list, specAccepted(p), outputsApplied(p))
	if p.Sentry != nil {
		list = append(list, sentrySynced(old, p))
		if p.Sentry.Proof != nil {
			list = append(list, privacyVerified(old, p))
		}
	}
	if p.Logs != nil {
		list = append(list, retentionVerified(old, p))
	}
	if p.LogAlerts != nil {
		list = append(list, logAlertsLoaded(old, p))
	}
	return append(list, integrity(old, p)...)
}

func judge(p *Pass) verdict {
	var v verdict
	for _, f := range p.Findings {
		if f.Waiting {
			v.waiting = append(v.waiting, problem{f.Reason, f.String()})
		} else {
			v.stalled = append(v.stalled, problem{f.Reason, f.String()})
		}
	}
	v.add(p.GatherErr)
	for i := range p.Outputs {
		v.add(p.Outputs[i].Err)
	}
	return v
}

// add sorts the errors of one output into the verdict; joined errors are looked at one by one.
func (v *verdict) add(err error) {
	for _, one := range fault.Leaves(err) {
		text := errorText(one)
		if t, ok := fault.AsTerminal(one); ok {
			v.stalled = append(v.stalled, problem{t.Reason, text})
		} else if w, ok := fault.AsWaiting(one); ok {
			v.waiting = append(v.waiting, problem{w.Reason, text})
		} else if apierrors.IsForbidden(one) {
			v.retrying = append(v.retrying, problem{tuxv1alpha1.ReasonForbidden, text})
		} else {
			v.retrying = append(v.retrying, problem{tuxv1alpha1.ReasonApplyFailed, text})
		}
	}
}

// errorText is the text of an error for people. An optimistic lock that was lost is none of theirs,
// and its text has a new number each time.
func errorText(err error) string {
	if apierrors.IsConflict(err) {
		return "An object was changed meanwhile"
	}
	// The text of a broken connection holds a port that differs each time.
	var unreachable *url.Error
	if errors.As(err, &unreachable) {
		return "The API server did not answer"
	}
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:]
}

func texts(problems []problem) string {
	list := make([]string, 0, len(problems))
	for _, p := range problems {
		list = append(list, p.text)
	}
	return sentence(list)
}

func ready(p *Pass, v verdict) condition {
	c := condition{kind: tuxv1alpha1.ConditionReady, status: metav1.ConditionFalse}
	switch {
	case len(v.stalled) > 0:
		c.reason, c.message = v.stalled[0].reason, texts(v.stalled)
	case len(v.retrying) > 0:
		c.reason, c.message = v.retrying[0].reason, texts(v.retrying)
	case len(v.waiting) > 0:
		// Argo CD's health script takes this reason, and no other, for progress.
		c.reason, c.message = tuxv1alpha1.ReasonProgressing, texts(v.waiting)
	case p.Mode == tuxv1alpha1.ModePlan:
		c.status, c.reason = metav1.ConditionTrue, tuxv1alpha1.ReasonPlanned
		c.message = "Mode is Plan, nothing was written: " + planStatus(p).Total
	default:
		c.status, c.reason = metav1.ConditionTrue, tuxv1alpha1.ReasonApplied
		c.message = sentence(append([]string{fmt.Sprintf("%s for %s, selected by %s",
			plural(objects(p), "object"), plural(len(p.Backends), "backend"), prometheusColumn(p))}, zeroNotices(p)...))
	}
	return c
}

// zeroNotices tell, beside that all is well, which Deployments page nobody when they have no pods.
func zeroNotices(p *Pass) []string {
	var notices []string
	for _, name := range scaledToZero(p) {
		notices = append(notices, name+" is scaled to zero, nobody is called because it has no pods")
	}
	return notices
}

func objects(p *Pass) int {
	n := 0
	for i := range p.Outputs {
		n += p.Outputs[i].Objects
	}
	return n
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func findingsOf(p *Pass, area string) []fault.Finding {
	var list []fault.Finding
	for _, f := range p.Findings {
		if f.Area == area {
			list = append(list, f)
		}
	}
	return list
}

// area is the condition of one area: True with reason and message when it has no finding.
func area(p *Pass, kind, reason, message string) condition {
	findings := findingsOf(p, kind)
	if len(findings) == 0 {
		return condition{kind, metav1.ConditionTrue, reason, message}
	}
	list := make([]string, 0, len(findings))
	for _, f := range findings {
		list = append(list, f.String())
	}
	return condition{kind, metav1.ConditionFalse, findings[0].Reason, sentence(list)}
}

func backendsDiscovered(p *Pass) condition {
	names := make([]string, 0, len(p.Backends))
	for i := range p.Backends {
		name := p.Backends[i].Deployment
		if p.Backends[i].Scale == tuxv1alpha1.ScaleZero {
			name += " (scaled to zero)"
		}
		names = append(names, name)
	}
	return area(p, tuxv1alpha1.ConditionBackendsDiscovered, tuxv1alpha1.ReasonDiscovered, "Found "+strings.Join(names, ", "))
}

func prometheusDiscovered(p *Pass) condition {
	if p.LabelsGiven {
		return area(p, tuxv1alpha1.ConditionPrometheusDiscovered, tuxv1alpha1.ReasonLabelsGiven,
			"spec.prometheus.labels is set, nothing was looked for")
	}
	list := make([]string, 0, len(p.Prometheuses))
	for _, found := range p.Prometheuses {
		list = append(list, found.Namespace+"/"+found.Name)
	}
	c := area(p, tuxv1alpha1.ConditionPrometheusDiscovered, tuxv1alpha1.ReasonSelected, "Selected by "+strings.Join(list, ", "))
	if c.reason == tuxv1alpha1.ReasonCRDMissing {
		c.status = unknown
	}
	return c
}

func alertmanagerDiscovered(p *Pass) condition {
	reason, message := tuxv1alpha1.ReasonSelected, "Selected by "+strings.Join(p.Routing.Selecting, ", ")
	if p.Routing.LabelsGiven {
		reason, message = tuxv1alpha1.ReasonLabelsGiven, "spec.routing.labels is set, nothing was looked for"
	}
	message = sentence(append([]string{message}, p.Routing.Summary...))
	c := area(p, tuxv1alpha1.ConditionAlertmanagerDiscovered, reason, message)
	if c.reason == tuxv1alpha1.ReasonCRDMissing {
		c.status = unknown
	}
	return c
}

func specAccepted(p *Pass) condition {
	return area(p, tuxv1alpha1.ConditionSpecAccepted, tuxv1alpha1.ReasonAccepted, "The whole spec is in force")
}

func outputsApplied(p *Pass) condition {
	c := condition{kind: tuxv1alpha1.ConditionOutputsApplied, status: metav1.ConditionFalse}
	var v verdict
	var held []string
	for i := range p.Outputs {
		v.add(p.Outputs[i].Err)
		if p.Outputs[i].Held {
			held = append(held, p.Outputs[i].Name)
		}
	}
	all := append(append(v.stalled, v.retrying...), v.waiting...)
	switch {
	case len(all) > 0:
		c.reason, c.message = all[0].reason, texts(all)
	case p.Mode == tuxv1alpha1.ModePlan:
		c.status, c.reason, c.message = unknown, tuxv1alpha1.ReasonPlanned, "Mode is Plan, nothing was written"
	case len(held) > 0:
		c.reason, c.message = whyHeld(p), "Left unchanged: "+strings.Join(held, ", ")
	default:
		c.status, c.reason, c.message = metav1.ConditionTrue, tuxv1alpha1.ReasonApplied, plural(objects(p), "object")
	}
	return c
}

// whyHeld is the reason for which outputs are left as they are: no backend was found at all, spec.logs contradicts
// itself, or it is not known which labels the objects need.
func whyHeld(p *Pass) string {
	if findings := findingsOf(p, tuxv1alpha1.ConditionBackendsDiscovered); len(p.Backends) == 0 && len(findings) > 0 {
		return findings[0].Reason
	}
	for _, f := range slices.Concat(
		findingsOf(p, tuxv1alpha1.ConditionPrometheusDiscovered), findingsOf(p, tuxv1alpha1.ConditionSpecAccepted)) {
		if f.Reason == tuxv1alpha1.ReasonPrometheusAmbiguous || f.Reason == tuxv1alpha1.ReasonInvalidRetention {
			return f.Reason
		}
	}
	return tuxv1alpha1.ReasonAlertmanagerAmbiguous
}

// merge gives the conditions their generation and their times: a condition whose status did not change
// keeps its transition time.
func merge(old []metav1.Condition, list []condition, p *Pass) []metav1.Condition {
	before := map[string]metav1.Condition{}
	for _, c := range old {
		before[c.Type] = c
	}
	merged := make([]metav1.Condition, 0, len(list))
	for _, c := range list {
		since := p.Now
		if was, ok := before[c.kind]; ok && was.Status == c.status {
			since = was.LastTransitionTime
		}
		merged = append(merged, metav1.Condition{
			Type: c.kind, Status: c.status, Reason: c.reason, ObservedGeneration: p.Generation, LastTransitionTime: since,
			Message: cmp.Or(c.message, c.reason),
		})
	}
	return merged
}
