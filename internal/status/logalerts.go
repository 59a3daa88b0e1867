package status

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
)

// LogAlerts is what became of the alerts on log lines after they were written.
type LogAlerts struct {
	// ConfigMap they are in, and the annotation by which they come to the directory of the tenant.
	ConfigMap, FolderAnnotation string
	// Stack is the LokiStack that selects them as an AlertingRule; empty for a ConfigMap. Ignored is why it does not, and
	// Silent says that nobody can ask its ruler.
	Stack, Ignored string
	Silent         bool
	// Asked says that the rest is of what is written now.
	Asked bool
	Err   error
	// Missing are alerts the ruler does not have, sorted.
	Missing []string
}

// logAlertsLoaded is the condition of the alerts on log lines: a file that no ruler reads alerts nobody.
func logAlertsLoaded(old tuxv1alpha1.TuxMonitoringStatus, p *Pass) condition {
	l := p.LogAlerts
	switch {
	case p.Mode == tuxv1alpha1.ModePlan:
		return ofLogAlerts(unknown, tuxv1alpha1.ReasonPlanned, "Mode is Plan, nothing is written")
	case l.Ignored != "" || l.Stack != "" && l.Silent:
		return unheard(l)
	case !l.Asked:
		return keptOf(old, p, ofLogAlerts(unknown, tuxv1alpha1.ReasonWritten,
			"Written to "+l.object()+", Loki was not asked about it yet"), ruled)
	case isWritten(l.Err):
		return ofLogAlerts(unknown, tuxv1alpha1.ReasonWritten, "Written to "+l.object()+": "+l.Err.Error())
	case l.Err != nil:
		return ofLogAlerts(unknown, tuxv1alpha1.ReasonLokiUnreachable, errorText(l.Err))
	case len(l.Missing) > 0:
		return lacking(l)
	}
	return ofLogAlerts(metav1.ConditionTrue, tuxv1alpha1.ReasonLoaded, "The ruler of Loki has every alert of "+l.object())
}

// unheard is the condition of alerts about which a ruler need not, or cannot, be asked.
func unheard(l *LogAlerts) condition {
	if l.Ignored != "" {
		return ofLogAlerts(metav1.ConditionFalse, tuxv1alpha1.ReasonNotLoaded,
			"AlertingRule "+l.ConfigMap+" is not for the ruler of "+l.Stack+": "+l.Ignored)
	}
	return ofLogAlerts(unknown, tuxv1alpha1.ReasonWritten, "Written to AlertingRule "+l.ConfigMap+
		"; whether the ruler of "+l.Stack+" has it is not known without spec.logs.backend.lokiStack.url")
}

// lacking is the condition of alerts that a ruler does not have.
func lacking(l *LogAlerts) condition {
	text := fmt.Sprintf("The ruler of Loki lacks %s; does its sidecar look for the labels of ConfigMap %s, and is its folder annotation %s?",
		sentence(l.Missing), l.ConfigMap, l.FolderAnnotation)
	if l.Stack != "" {
		text = fmt.Sprintf("The ruler of %s lacks %s; what does the Loki operator say of AlertingRule %s?",
			l.Stack, sentence(l.Missing), l.ConfigMap)
	}
	return ofLogAlerts(metav1.ConditionFalse, tuxv1alpha1.ReasonNotLoaded, text)
}

// object is what the alerts are in.
func (l *LogAlerts) object() string {
	if l.Stack != "" {
		return "AlertingRule " + l.ConfigMap
	}
	return "ConfigMap " + l.ConfigMap
}

// ruled are the reasons that tell of an answer of the ruler.
var ruled = []string{tuxv1alpha1.ReasonLoaded, tuxv1alpha1.ReasonNotLoaded, tuxv1alpha1.ReasonLokiUnreachable}

func ofLogAlerts(status metav1.ConditionStatus, reason, message string) condition {
	return condition{tuxv1alpha1.ConditionLogAlertsLoaded, status, reason, message}
}
