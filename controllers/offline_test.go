package controllers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

// TestTheCommandLineRendersWhatTheOperatorApplies feeds the command line with what kubectl prints, and
// holds every object against the cluster: nothing more, nothing less, no other value.
func TestTheCommandLineRendersWhatTheOperatorApplies(t *testing.T) {
	s := newScenario(t)
	s.startOperator()
	s.backend("tux-backend")
	tux := testutil.Tux(s.ns, "production")
	tux.Spec.Alerts = &tuxv1alpha1.Alerts{
		Overrides:        []tuxv1alpha1.AlertOverride{{Name: "TuxHighErrorRate", Threshold: "0.02"}},
		AdditionalGroups: []tuxv1alpha1.RuleGroup{{Name: "mine", Rules: []tuxv1alpha1.Rule{{Record: "a:b", Expr: "sum(up)"}}}},
	}
	tux.Spec.Routing = testutil.Routing()
	s.create(tux)
	s.ready(tux)

	facts := s.kubectl("get", "namespaces,deployments,services,ingresses,prometheuses,alertmanagers,tuxmonitorings", "-A", "-o", "yaml")
	rendered := s.render(onlyOurs(t, facts, s.ns))
	var ids []string
	for i := range rendered {
		want := &rendered[i]
		ids = append(ids, want.GetKind()+"/"+want.GetName())
		live := &unstructured.Unstructured{}
		live.SetGroupVersionKind(want.GroupVersionKind())
		s.must(admin.Get(t.Context(), client.ObjectKeyFromObject(want), live))
		if missing := notCovered(want.Object, live.Object, ""); missing != "" {
			t.Errorf("%s %s: %s", want.GetKind(), want.GetName(), missing)
		}
	}
	s.Expect(s.children("production")).To(gomega.ConsistOf(ids))
}

func (s *scenario) kubectl(args ...string) []byte {
	s.t.Helper()
	command := exec.CommandContext(s.t.Context(), plane.Binary("kubectl"), append([]string{"--kubeconfig", plane.Kubeconfig()}, args...)...)
	out, err := command.Output()
	s.must(err)
	return out
}

// onlyOurs drops the TuxMonitorings of other tests, whose plans are not asked for.
func onlyOurs(t *testing.T, facts []byte, namespace string) []byte {
	t.Helper()
	list := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(facts, &list.Object); err != nil {
		t.Fatal(err)
	}
	items, _, _ := unstructured.NestedSlice(list.Object, "items")
	kept := []any{}
	for _, item := range items {
		u := unstructured.Unstructured{Object: item.(map[string]any)}
		if u.GetKind() == tuxv1alpha1.Kind && u.GetNamespace() != namespace {
			continue
		}
		if u.GetKind() == tuxv1alpha1.Kind {
			// What an API server adds is not part of what a user writes, and a strict check says so.
			unstructured.RemoveNestedField(u.Object, "status")
		}
		kept = append(kept, u.Object)
	}
	text, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": kept})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (s *scenario) render(facts []byte) []unstructured.Unstructured {
	s.t.Helper()
	command := exec.CommandContext(s.t.Context(), "go", "run", "..", "render", "-f", "-", "-o", "json")
	command.Stdin = bytes.NewReader(facts)
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	s.Expect(err).NotTo(gomega.HaveOccurred(), stderr.String())
	list := &unstructured.UnstructuredList{}
	s.must(list.UnmarshalJSON(out))
	return list.Items
}

// notCovered returns the first place where live has not what want has.
func notCovered(want, live any, path string) string {
	switch want := want.(type) {
	case map[string]any:
		have, ok := live.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s is %v", path, live)
		}
		for key, child := range want {
			if missing := notCovered(child, have[key], path+"."+key); missing != "" {
				return missing
			}
		}
	case []any:
		have, ok := live.([]any)
		if !ok || len(have) != len(want) {
			return fmt.Sprintf("%s is %v, want %v", path, live, want)
		}
		for i := range want {
			if missing := notCovered(want[i], have[i], fmt.Sprintf("%s[%d]", path, i)); missing != "" {
				return missing
			}
		}
	default:
		if fmt.Sprint(want) != fmt.Sprint(live) {
			return fmt.Sprintf("%s is %v, want %v", path, live, want)
		}
	}
	return ""
}
