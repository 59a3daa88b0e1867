package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/erasure"
)

// ErasureOf is the request of a TuxLogErasure, by what its status has fixed; of one that has not begun, without a tenant and
// classes that are spared. Its times are whole seconds: Loki is sent those, and its request is known again by them.
func ErasureOf(e *tuxv1alpha1.TuxLogErasure) *erasure.Request {
	r := &erasure.Request{
		UID: string(e.UID), Key: erasure.UserKey, Value: string(e.Spec.Subject.User),
		From: e.Spec.Window.From.UTC().Truncate(time.Second), To: e.Spec.Window.To.UTC().Truncate(time.Second),
		Created: e.CreationTimestamp.UTC(), Tenant: e.Status.Tenant, Spared: e.Status.SparedClasses,
	}
	if e.Spec.Subject.Workspace != "" {
		r.Key, r.Value = erasure.WorkspaceKey, string(e.Spec.Subject.Workspace)
	}
	return r
}

// SubjectOf says what kind of subject it is.
func SubjectOf(e *tuxv1alpha1.TuxLogErasure) tuxv1alpha1.LogSubjectKind {
	if e.Spec.Subject.Workspace != "" {
		return tuxv1alpha1.LogSubjectWorkspace
	}
	return tuxv1alpha1.LogSubjectUser
}

// ErasedPlace is by what a log store is known again: its URL, and the TuxMonitoring that names it.
func ErasedPlace(tux *tuxv1alpha1.TuxMonitoring, url string) string {
	sum := sha256.Sum256([]byte(string(tux.UID) + " " + url))
	return hex.EncodeToString(sum[:8])
}

// SparedClasses are those of a policy, and of what is promised to lines that are stored, whose lines are never erased:
// protected ones, and those that say so. Sorted, each once.
func SparedClasses(tux *tuxv1alpha1.TuxMonitoring, holds *retention.Commitment) []string {
	var all []string
	if want := LogsOf(tux); want != nil {
		for i := range want.Policy.Classes {
			if want.Policy.Classes[i].Protected {
				all = append(all, want.Policy.Classes[i].Name)
			}
		}
	}
	if tux.Spec.Logs != nil {
		for i := range tux.Spec.Logs.Classes {
			if tux.Spec.Logs.Classes[i].Erasure == tuxv1alpha1.StateDisabled {
				all = append(all, tux.Spec.Logs.Classes[i].Name)
			}
		}
	}
	if holds != nil {
		for _, class := range holds.Classes {
			if class.Protected {
				all = append(all, class.Name)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Erases says whether a request of Loki's list to delete lines of a tenant is one of these TuxLogErasures, or of those that
// left a record. It is meant for whoever looks for requests of others.
func Erases(erasures []tuxv1alpha1.TuxLogErasure, records []ErasureRecord, tenant string, found *erasure.LokiRequest) bool {
	for i := range erasures {
		e := &erasures[i]
		if e.Status.Tenant != tenant || !mayHavePosted(e) {
			continue
		}
		if e.Status.Request.ID == found.ID || ErasureOf(e).Sends(found) {
			return true
		}
	}
	return slices.ContainsFunc(records, func(r ErasureRecord) bool {
		return r.Tenant == tenant && r.RequestID != "" && r.RequestID == found.ID
	})
}

// MayHaveErased says whether lines of a class and a time may be missing because somebody asked for it.
func MayHaveErased(erasures []tuxv1alpha1.TuxLogErasure, records []ErasureRecord, tenant, class string, from, to time.Time) bool {
	for i := range erasures {
		e := &erasures[i]
		if mayHavePosted(e) && recordOf(e).covers(tenant, class, from, to) {
			return true
		}
	}
	return slices.ContainsFunc(records, func(r ErasureRecord) bool { return r.covers(tenant, class, from, to) })
}

func mayHavePosted(e *tuxv1alpha1.TuxLogErasure) bool { return e.Status.Request != nil }

// ErasureRecord is what stays of a TuxLogErasure: what was done, when and why, and not to whom. There is no hash of the
// subject either: ids are few and can be tried one after the other.
type ErasureRecord struct {
	UID        string                     `json:"uid"`
	Monitoring string                     `json:"monitoring"`
	Subject    tuxv1alpha1.LogSubjectKind `json:"subject"`
	Reason     string                     `json:"reason"`
	From       time.Time                  `json:"from"`
	To         time.Time                  `json:"to"`
	Backend    string                     `json:"backend,omitempty"`
	Tenant     string                     `json:"tenant,omitempty"`
	// RequestID is that of the log store.
	RequestID     string     `json:"requestId,omitempty"`
	SparedClasses []string   `json:"sparedClasses,omitempty"`
	SparedIndices []string   `json:"sparedIndices,omitempty"`
	StartedAt     *time.Time `json:"startedAt,omitempty"`
	AttemptedAt   *time.Time `json:"attemptedAt,omitempty"`
	ProcessedAt   *time.Time `json:"processedAt,omitempty"`
	CompletedAt   *time.Time `json:"completedAt,omitempty"`
	VerifiedFrom  *time.Time `json:"verifiedFrom,omitempty"`
	LinesBefore   *int64     `json:"linesBefore,omitempty"`
	LinesSpared   *int64     `json:"linesSpared,omitempty"`
	// Outcome is the reason of the condition Erased, or why it was given up.
	Outcome string `json:"outcome"`
}

// covers: one that was cancelled has deleted nothing.
func (r ErasureRecord) covers(tenant, class string, from, to time.Time) bool {
	return r.Outcome != tuxv1alpha1.ReasonErasureCancelled && r.Tenant == tenant && !slices.Contains(r.SparedClasses, class) &&
		!r.From.After(to) && !r.To.Before(from)
}

// RecordKey is the key of the ConfigMap that has a record.
const RecordKey = "record.json"

// RecordName is the name of the ConfigMap with the record of a TuxLogErasure. It tells nothing, as names chosen by people may.
func RecordName(uid string) string { return "log-erasure-" + uid }

// NewErasureRecord writes the record as it is kept.
func NewErasureRecord(e *tuxv1alpha1.TuxLogErasure, outcome string) (string, error) {
	r := recordOf(e)
	r.Outcome = outcome
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return "", fmt.Errorf("cannot write the record of an erasure: %w", err)
	}
	return string(text) + "\n", nil
}

// ReadErasureRecord reads what NewErasureRecord wrote.
func ReadErasureRecord(text string) (ErasureRecord, error) {
	var r ErasureRecord
	if err := json.Unmarshal([]byte(text), &r); err != nil || r.UID == "" {
		return ErasureRecord{}, errors.New("it is no record of an erasure")
	}
	return r, nil
}

func recordOf(e *tuxv1alpha1.TuxLogErasure) ErasureRecord {
	st := &e.Status
	r := ErasureRecord{
		UID: string(e.UID), Monitoring: e.Spec.MonitoringRef.Name, Subject: SubjectOf(e), Reason: e.Spec.Reason,
		From: e.Spec.Window.From.UTC(), To: e.Spec.Window.To.UTC(), Backend: st.Backend, Tenant: st.Tenant,
		SparedClasses: st.SparedClasses, SparedIndices: st.SparedIndices, LinesBefore: st.LinesBefore, LinesSpared: st.LinesSpared,
	}
	if st.StartedAt != nil {
		r.StartedAt = new(st.StartedAt.UTC())
	}
	if st.Request != nil {
		r.RequestID = st.Request.ID
		if st.Request.AttemptedAt != nil {
			r.AttemptedAt = new(st.Request.AttemptedAt.UTC())
		}
		if st.Request.ProcessedAt != nil {
			r.ProcessedAt = new(st.Request.ProcessedAt.UTC())
		}
	}
	if st.CompletedAt != nil {
		r.CompletedAt = new(st.CompletedAt.UTC())
	}
	if st.VerifiedFrom != nil {
		r.VerifiedFrom = new(st.VerifiedFrom.UTC())
	}
	return r
}
