package dashboards

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

// alertName is how every alert of the catalogue begins.
var alertName = regexp.MustCompile(`\bTux[A-Z]\w+`)

// namedIn are the alerts a dashboard speaks of, anywhere: in texts, links, queries and annotations.
func namedIn(text string) []string {
	names := alertName.FindAllString(text, -1)
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "TuxMonitoring" }) // the kind
}

// alertingRules are the alerts of the rules of e, and what they ask.
func alertingRules(t *testing.T, e *env.Environment) map[string]string {
	t.Helper()
	objects, err := rules.Render(e)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, object := range objects {
		for _, group := range object.(*monitoringv1.PrometheusRule).Spec.Groups {
			for i := range group.Rules {
				out[group.Rules[i].Alert] = group.Rules[i].Expr.String()
			}
		}
	}
	return out
}

// TestEveryAlertThatIsNamedIsARule of the same resource, with all alerts and with each disabled.
func TestEveryAlertThatIsNamedIsARule(t *testing.T) {
	shapes := map[string]*env.Environment{}
	for name, e := range environments {
		shapes[name] = e
	}
	for _, a := range rules.Catalogue() {
		shapes["without "+a.Name] = production(func(e *env.Environment) { e.Alerts.Disabled[a.Name] = true })
	}
	named := 0
	for shape, e := range shapes {
		there := alertingRules(t, e)
		for dashboard, text := range texts(t, e) {
			for _, name := range namedIn(text) {
				named++
				if _, ok := there[name]; !ok {
					t.Errorf("%s: %s names %s, which is no rule of it", shape, dashboard, name)
				}
			}
		}
	}
	if named == 0 {
		t.Error("no dashboard names an alert")
	}
}

// TestNoAlertIsMisspelled reads the source: an alert nobody knows is taken for one that is not in force, and
// its line and its link are left out without a word.
func TestNoAlertIsMisspelled(t *testing.T) {
	catalogue := map[string]bool{}
	for _, a := range slices.Concat(rules.Catalogue(), rules.OperatorAlerts()) {
		catalogue[a.Name] = true
	}
	// What looks like the name of an alert and is none: our kind, and the pattern of all about the operator.
	catalogue["TuxMonitorings"], catalogue["TuxOperator"] = true, true
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(node ast.Node) bool {
			literal, ok := node.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range namedIn(text) {
				found++
				if !catalogue[name] {
					t.Errorf("there is no alert %s", name)
				}
			}
			return true
		})
	}
	if found < 20 {
		t.Errorf("only %d alerts are named", found)
	}
}
