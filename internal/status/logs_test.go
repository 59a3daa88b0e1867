package status

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// stored is a pass whose retention was written, and answered by Loki with this.
func stored(change func(*Logs)) *Pass {
	return with(func(p *Pass) {
		p.Logs = &Logs{
			Tenant: "tux", Document: "monitoring/loki/overrides.yaml", Written: tuxv1alpha1.LogsIncluded, Asked: true, Snippet: "compactor: on",
			Classes: []tuxv1alpha1.LogClassStatus{{Name: "default", Days: 30}, {Name: "error", Days: 90}},
		}
		change(p.Logs)
	})
}

var (
	obeyed     = func(*Logs) {}
	unread     = func(l *Logs) { l.Written, l.Asked = "", false }
	notAsked   = func(l *Logs) { l.Asked = false }
	silent     = func(l *Logs) { l.AskErr = errors.New("cannot read the limits: no answer in time") }
	onItsWay   = func(l *Logs) { l.AskErr = fault.Waiting(time.Minute, tuxv1alpha1.ReasonWritten, errors.New("not yet")) }
	switchOff  = func(l *Logs) { l.Off = true }
	otherwise  = func(l *Logs) { l.Differences = []string{"31d for the default, not 30d"} }
	tooOld     = func(l *Logs) { l.Overdue = []string{"error"} }
	shortening = func(l *Logs) {
		l.Written, l.Held, l.Acknowledgement = tuxv1alpha1.LogsHeld, []string{"class from 9 to 3 days"}, "0123456789ab"
	}
	taken    = func(l *Logs) { l.Written, l.Winner, l.Classes, l.Asked = tuxv1alpha1.LogsConflict, "a/b", nil, false }
	told     = func(l *Logs) { l.Store, l.Document = "Elasticsearch", "_component_template/tux-tux" }
	refusing = func(reason string) func(*Logs) {
		return func(l *Logs) { told(l); l.AskErr = fault.Terminal(reason, errors.New("cannot write: no")) }
	}
	noSecret = func(l *Logs) {
		told(l)
		l.Written, l.Classes = tuxv1alpha1.LogsWaiting, nil
		l.AskErr = fault.Waiting(time.Minute, tuxv1alpha1.ReasonCredentialInvalid, errors.New("cannot find Secret"))
	}
	unreadable = func(l *Logs) {
		told(l)
		l.AskErr = apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, "es", nil)
	}
	occupied = func(l *Logs) {
		told(l)
		l.Written, l.Classes = tuxv1alpha1.LogsWaiting, nil
		l.AskErr = fault.Waiting(time.Minute, tuxv1alpha1.ReasonPending, errors.New("another resource is being written there"))
	}
	broken = func(l *Logs) { l.Written, l.Err = tuxv1alpha1.LogsFailed, errors.New("too large") }
)

var mute = func(l *Logs) { l.Silent = true }

func stacked(change func(*Logs)) func(*Logs) {
	return func(l *Logs) { l.Stack, l.Document = true, "LokiStack a/b"; change(l) }
}

func failing(err error) func(*Logs) {
	return func(l *Logs) { l.Written, l.Err, l.Classes, l.Asked = tuxv1alpha1.LogsFailed, err, nil, false }
}

func both(first, second func(*Logs)) func(*Logs) {
	return func(l *Logs) { first(l); second(l) }
}

// TestLogsInTheConditions: each row is passes one after the other, and what the last one says of the three things that
// are told apart.
func TestLogsInTheConditions(t *testing.T) {
	const ok = "Ready=True/Applied"
	tests := map[string]struct {
		passes []*Pass
		want   []string
		states []string
	}{
		"verified":                         {[]*Pass{stored(obeyed)}, []string{ok, "True/Verified"}, []string{"Included", "Effective", "Verified", "Verified", "Verified"}},
		"nobody has looked":                {[]*Pass{stored(unread)}, []string{"Ready=False/Progressing", "Unknown/Pending"}, []string{"", "Unknown", "Unknown", "Unknown", "Unknown"}},
		"a restart changes nothing":        {[]*Pass{stored(obeyed), stored(unread), stored(notAsked)}, []string{ok, "True/Verified"}, nil},
		"a restart makes nothing ready":    {[]*Pass{stored(shortening), stored(unread)}, []string{"Ready=False/Held", "False/Held"}, nil},
		"what was settled is asked again":  {[]*Pass{stored(shortening), stored(notAsked)}, []string{ok, "Unknown/Written"}, nil},
		"another generation is asked anew": {[]*Pass{stored(obeyed), nextOf(stored(notAsked))}, []string{ok, "Unknown/Written"}, nil},
		"on its way":                       {[]*Pass{stored(onItsWay)}, []string{ok, "Unknown/Written"}, []string{"Included", "Unknown", "Unknown", "Unknown", "Unknown"}},
		"Loki is away":                     {[]*Pass{stored(silent)}, []string{ok, "Unknown/LokiUnreachable"}, []string{"Included", "Unknown", "Unknown", "Unknown", "Unknown"}},
		"nothing is deleted":               {[]*Pass{stored(switchOff)}, []string{ok, "False/CompactorOff"}, []string{"Included", "NotEffective", "Unknown", "Unknown", "Unknown"}},
		"nothing new is loaded":            {[]*Pass{stored(func(l *Logs) { l.Reload = "look there" })}, []string{ok, "False/ReloadFailed"}, []string{"Included", "NotEffective", "Unknown", "Unknown", "Unknown"}},
		"other values":                     {[]*Pass{stored(otherwise)}, []string{ok, "False/NotEffective"}, []string{"Included", "NotEffective", "Unknown", "Unknown", "Unknown"}},
		"a class is overdue":               {[]*Pass{stored(tooOld)}, []string{ok, "False/Overdue"}, []string{"Included", "Effective", "Overdue", "Verified", "Overdue"}},
		"held":                             {[]*Pass{stored(shortening)}, []string{"Ready=False/Held", "False/Held"}, []string{"Held", "Effective", "Verified", "Verified", "Verified"}},
		"another has the tenant":           {[]*Pass{stored(taken)}, []string{"Ready=False/TenantCollision", "False/TenantCollision"}, []string{"Conflict", "Unknown", "Unknown"}},
		"not written":                      {[]*Pass{stored(broken)}, []string{"Ready=False/WriteFailed", "False/WriteFailed"}, nil},
		"Elasticsearch does it":            {[]*Pass{stored(told)}, []string{ok, "True/Verified"}, []string{"Included", "Effective", "Verified", "Verified", "Verified"}},
		"Elasticsearch is away":            {[]*Pass{stored(both(told, silent))}, []string{ok, "Unknown/LogStoreUnreachable"}, []string{"Included", "Unknown", "Unknown", "Unknown", "Unknown"}},
		"it is stopped":                    {[]*Pass{stored(both(told, switchOff))}, []string{ok, "False/LifecycleStopped"}, []string{"Included", "NotEffective", "Unknown", "Unknown", "Unknown"}},
		"it does otherwise":                {[]*Pass{stored(both(told, otherwise))}, []string{ok, "False/NotEffective"}, nil},
		"it has not deleted yet":           {[]*Pass{stored(both(told, onItsWay))}, []string{ok, "Unknown/Written"}, nil},
		"it refuses a policy":              {[]*Pass{stored(refusing("Rejected"))}, []string{"Ready=False/Rejected", "False/Rejected"}, nil},
		"somebody else has an object":      {[]*Pass{stored(refusing("NotOwned"))}, []string{"Ready=False/NotOwned", "False/NotOwned"}, nil},
		"there is no Secret":               {[]*Pass{stored(noSecret)}, []string{"Ready=False/CredentialInvalid", "False/CredentialInvalid"}, []string{"Waiting", "Unknown", "Unknown"}},
		"no Secret may be read":            {[]*Pass{stored(unreadable)}, []string{"Ready=False/Forbidden", "False/Forbidden"}, nil},
		"a restart changes nothing there":  {[]*Pass{stored(both(told, silent)), stored(both(told, unread))}, []string{ok, "Unknown/LogStoreUnreachable"}, nil},
		"somebody else is at it":           {[]*Pass{stored(occupied)}, []string{ok, "Unknown/Pending"}, []string{"Waiting", "Unknown", "Unknown"}},
		"and was not before":               {[]*Pass{stored(told), stored(occupied)}, []string{ok, "True/Verified"}, []string{"Included", "Effective", "Verified", "Verified", "Verified"}},
		"a LokiStack whose Loki does it":   {[]*Pass{stored(stacked(obeyed))}, []string{ok, "True/Verified"}, []string{"Included", "Effective", "Verified", "Verified", "Verified"}},
		"one that nobody can ask":          {[]*Pass{stored(stacked(mute))}, []string{ok, "Unknown/Written"}, []string{"Included", "Unknown", "Unknown", "Unknown", "Unknown"}},
		"one that is degraded":             {[]*Pass{stored(stacked(both(mute, otherwise)))}, []string{ok, "False/NotEffective"}, []string{"Included", "NotEffective", "Unknown", "Unknown", "Unknown"}},
		"one whose operator is at work":    {[]*Pass{stored(stacked(func(l *Logs) { l.Pending = true }))}, []string{ok, "Unknown/Written"}, []string{"Included", "Unknown", "Unknown", "Unknown", "Unknown"}},
		"one that refuses":                 {[]*Pass{stored(stacked(failing(fault.Terminal("StackRefused", errors.New("no")))))}, []string{"Ready=False/StackRefused", "False/StackRefused"}, nil},
		"there are no LokiStacks":          {[]*Pass{stored(stacked(failing(fault.Waiting(time.Minute, "CRDMissing", errors.New("no")))))}, []string{"Ready=False/Progressing", "Unknown/CRDMissing"}, nil},
		"only planned":                     {[]*Pass{planned(stored(broken))}, []string{"Ready=True/Planned", "Unknown/Planned"}, nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var s tuxv1alpha1.TuxMonitoringStatus
			for _, p := range tc.passes {
				s = Compute(s, p)
			}
			ready := meta.FindStatusCondition(s.Conditions, tuxv1alpha1.ConditionReady)
			c := meta.FindStatusCondition(s.Conditions, tuxv1alpha1.ConditionRetentionVerified)
			if diff := cmp.Diff(tc.want, []string{"Ready=" + string(ready.Status) + "/" + ready.Reason, string(c.Status) + "/" + c.Reason}); diff != "" {
				t.Error(diff)
			}
			if s.Summary.Logs != c.Reason {
				t.Errorf("the column says %q", s.Summary.Logs)
			}
			states := []string{string(s.Logs.Written), string(s.Logs.Effective), string(s.Logs.Outcome)}
			for _, class := range s.Logs.Classes {
				states = append(states, string(class.Outcome))
			}
			if diff := cmp.Diff(tc.states, states); tc.states != nil && diff != "" {
				t.Error(diff)
			}
		})
	}
	var s tuxv1alpha1.TuxMonitoringStatus
	if s = Compute(Compute(s, stored(obeyed)), good()); s.Logs != nil || s.Summary.Logs != "" {
		t.Errorf("without spec.logs there is nothing to say: %+v", s.Logs)
	}
}
