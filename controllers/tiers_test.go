package controllers

import (
	"fmt"
	"strings"
	"testing"

	"github.com/onsi/gomega"
	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

// tierTable is who may do what: a letter per role, in the order viewer, responder, editor, admin and then view,
// edit and admin of the cluster; a dot is no.
const tierTable = `
get tuxmonitorings                 vreaVEA
watch tuxmonitorings               vreaVEA
patch tuxmonitorings               .rea.EA
update tuxmonitorings              .rea.EA
configure tuxmonitorings           ..ea.EA
create tuxmonitorings              ..ea.EA
delete tuxmonitorings              ...a..A
deletecollection tuxmonitorings    ...a..A
get tuxmonitorings/status          vreaVEA
patch tuxmonitorings/status        .......
get tuxlogerasures                 ...a..A
list tuxlogerasures                ...a..A
create tuxlogerasures              ...a..A
patch tuxlogerasures               ...a..A
delete tuxlogerasures              ...a..A
get tuxlogerasures/status          ...a..A
patch tuxlogerasures/status        .......
get servicemonitors                vr..VEA
patch servicemonitors              .......
get prometheusrules                vr..VEA
get grafanadashboards              vr..VEA
get configmaps                     vr..VEA
patch configmaps                   .....EA
`

// secretsTable is about Secrets, which edit and admin of the cluster may read, and none of ours.
const secretsTable = `
get secrets                        .....EA
list secrets                       .....EA
`

var groupOf = map[string]string{
	"tuxmonitorings": "monitoring.tux.io", "tuxlogerasures": "monitoring.tux.io", "servicemonitors": "monitoring.coreos.com", "prometheusrules": "monitoring.coreos.com",
	"grafanadashboards": "grafana.integreatly.org",
}

var tierRoles = []string{"tuxmon-viewer", "tuxmon-responder", "tuxmon-editor", "tuxmon-admin", "view", "edit", "admin"}

// bind gives a user a role in the namespace of the scenario.
func (s *scenario) bind(user, role string) {
	s.t.Helper()
	s.create(&rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.ns, Name: user},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: user}},
	})
}

func (s *scenario) may(user, namespace, verb, resource string) bool {
	s.t.Helper()
	name, subresource, _ := strings.Cut(resource, "/")
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: user, ResourceAttributes: &authorizationv1.ResourceAttributes{
			Namespace: namespace, Verb: verb, Group: groupOf[name], Resource: name, Subresource: subresource,
		},
	}}
	s.must(admin.Create(s.t.Context(), review))
	return review.Status.Allowed
}

// TestTiers asks the API server for every cell of the table, in the namespace of the binding and in another.
func TestTiers(t *testing.T) {
	s, other := newScenario(t), newScenario(t)
	for _, role := range tierRoles {
		s.bind("tier-"+role, role)
	}
	// The aggregated roles are put together by a controller, and the authorizer hears of bindings by a watch.
	s.Eventually(func() bool { return s.may("tier-admin", s.ns, "delete", "tuxmonitorings") }).Should(gomega.BeTrue())
	s.Eventually(func() bool { return s.may("tier-view", s.ns, "get", "servicemonitors") }).Should(gomega.BeTrue())
	s.Eventually(func() bool { return s.may("tier-edit", s.ns, "configure", "tuxmonitorings") }).Should(gomega.BeTrue())
	for line := range strings.Lines(strings.TrimSpace(tierTable + secretsTable)) {
		cells := strings.Fields(line)
		if len(cells) == 0 {
			continue
		}
		for i, role := range tierRoles {
			want := cells[2][i] != '.'
			if got := s.may("tier-"+role, s.ns, cells[0], cells[1]); got != want {
				t.Errorf("%s may %s %s: %t, want %t", role, cells[0], cells[1], got, want)
			}
			if s.may("tier-"+role, other.ns, cells[0], cells[1]) {
				t.Errorf("%s may %s %s in another namespace", role, cells[0], cells[1])
			}
		}
	}
}

// TestTheOperatorReadsNoSecrets: by config/default alone it may not read one, in any namespace.
func TestTheOperatorReadsNoSecrets(t *testing.T) {
	s := newScenario(t)
	rules := ruleFiles(t, "../config/rbac/role.yaml")[0]
	s.create(&rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "some-operator"}, Rules: rules}, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "some-operator"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "some-operator"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: "some-operator"}},
	})
	s.Eventually(func() bool { return s.may("some-operator", s.ns, "list", "tuxmonitorings") }).Should(gomega.BeTrue())
	for _, verb := range []string{"get", "list", "watch", "create", "update", "patch", "delete"} {
		for _, namespace := range []string{"", s.ns, operatorNamespace, "kube-system"} {
			if s.may("some-operator", namespace, verb, "secrets") {
				t.Errorf("the operator may %s secrets in %q", verb, namespace)
			}
		}
	}
	for _, forbidden := range []string{"create pods", "create pods/exec", "impersonate users", "escalate clusterroles", "update tuxmonitorings"} {
		verb, resource, _ := strings.Cut(forbidden, " ")
		s.Expect(s.may("some-operator", s.ns, verb, resource)).To(gomega.BeFalse(), forbidden)
	}
}

// TestAResponderChangesOnlyWhatOnCallNeeds sends each change to the API server as a responder, and then as an editor.
func TestAResponderChangesOnlyWhatOnCallNeeds(t *testing.T) {
	s := newScenario(t)
	tux := testutil.Tux(s.ns, "production")
	s.create(tux)
	clients := map[string]client.Client{}
	for _, role := range []string{"tuxmon-responder", "tuxmon-editor"} {
		name := fmt.Sprintf("%s-%s", role, s.ns)
		config, err := plane.AddUser(name)
		s.must(err)
		clients[role], err = client.New(config, client.Options{Scheme: NewScheme()})
		s.must(err)
		s.bind(name, role)
		s.Eventually(func() bool { return s.may(name, s.ns, "patch", "tuxmonitorings") }).Should(gomega.BeTrue())
	}
	changes := map[string]struct {
		patch   string
		refused bool
	}{
		"suspend":              {`{"spec":{"mode":"Suspended"}}`, false},
		"resume":               {`{"spec":{"mode":"Enforce"}}`, false},
		"silence an alert":     {`{"spec":{"alerts":{"disabled":["TuxHighErrorRate"]}}}`, false},
		"retune an alert":      {`{"spec":{"alerts":{"overrides":[{"name":"TuxHighErrorRate","threshold":"10"}]}}}`, false},
		"an annotation":        {`{"metadata":{"annotations":{"reconcile.fluxcd.io/requestedAt":"now"}}}`, false},
		"rules of his own":     {`{"spec":{"alerts":{"additionalGroups":[{"name":"mine","rules":[{"alert":"A","expr":"up == 0"}]}]}}}`, true},
		"another backend":      {`{"spec":{"backends":[{"name":"web","deployment":"other"}]}}`, true},
		"another environment":  {`{"spec":{"environment":"elsewhere"}}`, true},
		"no dashboards":        {`{"spec":{"dashboards":{"state":"Disabled"}}}`, true},
		"no probes":            {`{"spec":{"probes":{"state":"Disabled"}}}`, true},
		"something with it":    {`{"spec":{"mode":"Suspended","environment":"elsewhere"}}`, true},
		"other labels wanted":  {`{"spec":{"prometheus":{"labels":{"release":"x"}}}}`, true},
		"a limit of workspace": {`{"spec":{"workspaces":{"limit":7}}}`, true},
	}
	send := func(role, patch string) error {
		object := &tuxv1alpha1.TuxMonitoring{ObjectMeta: metav1.ObjectMeta{Namespace: s.ns, Name: "production"}}
		return clients[role].Patch(t.Context(), object, client.RawPatch(types.MergePatchType, []byte(patch)), client.DryRunAll)
	}
	// A policy takes a moment from its creation to be in force.
	s.Eventually(func() error { return send("tuxmon-responder", changes["another environment"].patch) }).ShouldNot(gomega.Succeed())
	for name, tc := range changes {
		err := send("tuxmon-responder", tc.patch)
		if refused := apierrors.IsForbidden(err); refused != tc.refused || err != nil && !refused {
			t.Errorf("%s: refused %t, want %t: %v", name, refused, tc.refused, err)
		}
		if tc.refused && !strings.Contains(fmt.Sprint(err), "without the verb configure") {
			t.Errorf("%s: not by the policy: %v", name, err)
		}
		if err := send("tuxmon-editor", tc.patch); err != nil {
			t.Errorf("%s: an editor is refused: %v", name, err)
		}
	}
}
