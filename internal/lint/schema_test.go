package lint

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	utiljson "k8s.io/apimachinery/pkg/util/json"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"

	"github.com/tux-io/tux-monitoring-operator/config/crd"
)

const fixtures = "../../api/v1alpha1/testdata"

// fixture is one resource and, for an invalid one, part of the message it must be refused with.
type fixture struct {
	object map[string]any
	want   string
}

func load(t *testing.T, path string) fixture {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(text))
}

func parse(t *testing.T, text string) fixture {
	t.Helper()
	f := fixture{}
	if first, _, _ := strings.Cut(text, "\n"); strings.HasPrefix(first, "# want: ") {
		f.want = strings.TrimPrefix(first, "# want: ")
	}
	asJSON, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	// As an API server decodes it: whole numbers are integers.
	if err := utiljson.Unmarshal(asJSON, &f.object); err != nil {
		t.Fatal(err)
	}
	return f
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no file matches %s: %v", pattern, err)
	}
	return files
}

// schemas are those of both kinds.
type schemas map[string]*Schema

func newSchemas(t *testing.T) schemas {
	t.Helper()
	all := schemas{}
	for kind, read := range map[string]func() (*Schema, error){"TuxMonitoring": NewSchema, "TuxLogErasure": NewErasureSchema} {
		s, err := read()
		if err != nil {
			t.Fatal(err)
		}
		all[kind] = s
	}
	return all
}

// of is the schema of a fixture.
func (s schemas) of(t *testing.T, f fixture) *Schema {
	t.Helper()
	kind, _ := f.object["kind"].(string)
	if s[kind] == nil {
		t.Fatalf("a fixture is a %q", kind)
	}
	return s[kind]
}

func TestValidResourcesAreAccepted(t *testing.T) {
	s := newSchemas(t)
	files := append(glob(t, fixtures+"/valid/*.yaml"), glob(t, "../../config/samples/monitoring_*.yaml")...)
	for _, file := range files {
		f := load(t, file)
		if refused := s.of(t, f).Check(t.Context(), f.object); len(refused) > 0 {
			t.Errorf("%s is refused: %v", file, refused)
		}
	}
}

func TestInvalidResourcesAreRefusedWithTheirReason(t *testing.T) {
	s := newSchemas(t)
	for _, file := range glob(t, fixtures+"/invalid/*.yaml") {
		f := load(t, file)
		refused := s.of(t, f).Check(t.Context(), f.object)
		if len(refused) == 0 {
			t.Errorf("%s is accepted", file)
			continue
		}
		if f.want == "" || !strings.Contains(refused.ToAggregate().Error(), f.want) {
			t.Errorf("%s is refused with %v, want a message with %q", file, refused, f.want)
		}
	}
}

// loadTransition reads a file with a resource as it was and as somebody wants it; without a wanted message the
// change is allowed.
func loadTransition(t *testing.T, path string) (before, after fixture) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(text), "\n")
	first, second, found := strings.Cut(rest, "\n---\n")
	if !found || !strings.HasPrefix(head, "# want:") {
		t.Fatalf("%s has no two documents below a line of what is wanted", path)
	}
	return parse(t, first), parse(t, head+"\n"+second)
}

// TestTransitionsAreJudged: offline nobody knows what was, so the rules are asked here as the server does.
func TestTransitionsAreJudged(t *testing.T) {
	s := newSchemas(t)
	for _, file := range glob(t, fixtures+"/transitions/*.yaml") {
		before, after := loadTransition(t, file)
		for _, one := range []fixture{before, after} {
			if refused := s.of(t, one).Check(t.Context(), one.object); len(refused) > 0 {
				t.Errorf("%s: each of the two must be valid by itself: %v", file, refused)
			}
		}
		of := s.of(t, after)
		refused, _ := of.cel.Validate(t.Context(), nil, of.structural, after.object, before.object, celconfig.RuntimeCELCostBudget)
		if after.want == "" && len(refused) > 0 {
			t.Errorf("%s is refused: %v", file, refused)
		}
		if after.want != "" && !strings.Contains(fmt.Sprint(refused), after.want) {
			t.Errorf("%s is refused with %v, want a message with %q", file, refused, after.want)
		}
	}
}

// TestEveryRuleHasAnInvalidFixture reads the rules out of the CustomResourceDefinition, so that a rule
// added without a fixture fails here.
func TestEveryRuleHasAnInvalidFixture(t *testing.T) {
	wanted := map[string]bool{}
	for _, file := range glob(t, fixtures+"/invalid/*.yaml") {
		wanted[load(t, file).want] = true
	}
	for _, file := range glob(t, fixtures+"/transitions/*.yaml") {
		_, after := loadTransition(t, file)
		wanted[after.want] = true
	}
	for kind, text := range map[string][]byte{"TuxMonitoring": crd.TuxMonitoring, "TuxLogErasure": crd.TuxLogErasure} {
		var definition any
		if err := yaml.Unmarshal(text, &definition); err != nil {
			t.Fatal(err)
		}
		rules := 0
		for _, message := range ruleMessages(definition) {
			rules++
			if !wanted[message] {
				t.Errorf("no invalid fixture wants the message %q", message)
			}
		}
		if rules == 0 {
			t.Fatalf("the CustomResourceDefinition of %s has no CEL rule: this test looks in the wrong place", kind)
		}
	}
}

func ruleMessages(node any) []string {
	var messages []string
	switch node := node.(type) {
	case map[string]any:
		for key, child := range node {
			if key != "x-kubernetes-validations" {
				messages = append(messages, ruleMessages(child)...)
				continue
			}
			list, _ := child.([]any)
			for _, rule := range list {
				fields, _ := rule.(map[string]any)
				text, _ := fields["message"].(string)
				messages = append(messages, text)
			}
		}
	case []any:
		for _, child := range node {
			messages = append(messages, ruleMessages(child)...)
		}
	}
	return messages
}
