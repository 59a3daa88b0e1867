package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// SentryProjectOf names the project a resource wants to own the settings of, the same for all that want the
// same one; empty for a resource that wants none, or is but a member.
func SentryProjectOf(tux *tuxv1alpha1.TuxMonitoring) string {
	s := tux.Spec.Sentry
	if s == nil || s.Project.Sharing == tuxv1alpha1.SharingMember {
		return ""
	}
	return strings.Join([]string{SentryServer(string(s.URL)), strings.ToLower(s.Organization), s.Project.Slug}, " ")
}

// SentryServer is the one form of the URL of a server.
func SentryServer(url string) string {
	url = strings.TrimRight(strings.ToLower(cmp.Or(url, defaultSentryURL)), "/")
	return strings.TrimSuffix(strings.TrimSuffix(url, "/api/0"), "/api")
}

// checkSharing: the settings of a project have one owner, or two resources would write them in turn for ever.
func (p *Plan) checkSharing(tux *tuxv1alpha1.TuxMonitoring, siblings []tuxv1alpha1.TuxMonitoring) {
	wanted := SentryProjectOf(tux)
	if wanted == "" {
		return
	}
	owner := tux
	for i := range siblings {
		if SentryProjectOf(&siblings[i]) == wanted && siblings[i].DeletionTimestamp.IsZero() && precedes(&siblings[i], owner) {
			owner = &siblings[i]
		}
	}
	if owner.Namespace == tux.Namespace && owner.Name == tux.Name {
		return
	}
	p.Findings = append(p.Findings, fault.Finding{
		Area: tuxv1alpha1.ConditionSentrySynced, Reason: tuxv1alpha1.ReasonOwnedByAnother, Path: "spec.sentry.project",
		Message: fmt.Sprintf("the settings of %q are those of TuxMonitoring %s/%s, set sharing to Member or choose another slug",
			tux.Spec.Sentry.Project.Slug, owner.Namespace, owner.Name),
	})
}

// precedes: who has it written down that the project is his owns it; else who came first.
func precedes(a, b *tuxv1alpha1.TuxMonitoring) bool {
	return slices.Compare(rank(a), rank(b)) < 0
}

func rank(tux *tuxv1alpha1.TuxMonitoring) []string {
	has := "1"
	if owns(tux) {
		has = "0"
	}
	return []string{has, tux.CreationTimestamp.UTC().Format("20060102150405"), tux.Namespace, tux.Name}
}

func owns(tux *tuxv1alpha1.TuxMonitoring) bool {
	if tux.Status.Sentry == nil || tux.Status.Sentry.Project == nil {
		return false
	}
	project, spec := tux.Status.Sentry.Project, tux.Spec.Sentry
	return project.Origin != tuxv1alpha1.ProjectShared && project.Slug == spec.Project.Slug &&
		project.Organization == spec.Organization && project.URL == SentryServer(string(spec.URL))
}
