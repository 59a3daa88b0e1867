package plan_test

import (
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/apply"
	"github.com/tux-io/tux-monitoring-operator/internal/manifest"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const testdata = "testdata"

// cases are the directories of testdata: input.yaml and what it becomes in want/.
func cases(t *testing.T) []string {
	t.Helper()
	inputs, err := filepath.Glob(testdata + "/*/input.yaml")
	if err != nil || len(inputs) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	names := make([]string, 0, len(inputs))
	for _, input := range inputs {
		names = append(names, filepath.Base(filepath.Dir(input)))
	}
	return names
}

// input reads the input of a case.
func input(t testing.TB, name string) plan.Input {
	t.Helper()
	documents, err := manifest.Read([]string{filepath.Join(testdata, name, "input.yaml")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	set := manifest.Sort(documents, "default")
	tux := &tuxv1alpha1.TuxMonitoring{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(set.Tuxes[0].Object.Object, tux, true); err != nil {
		t.Fatal(err)
	}
	cluster, err := set.Cluster(tux.Namespace)
	if err != nil {
		t.Fatal(err)
	}
	return plan.Input{Tux: tux, Cluster: cluster}
}

// files are what a case becomes: one file per object, and findings.txt.
func files(t *testing.T, p *plan.Plan) map[string]string {
	t.Helper()
	out := map[string]string{}
	var findings []string
	for _, f := range p.Findings {
		findings = append(findings, fmt.Sprintf("%s %s waiting=%v\n  %s\n", f.Area, f.Reason, f.Waiting, f))
	}
	for _, o := range p.Omitted {
		findings = append(findings, fmt.Sprintf("omitted %s of %s\n  %s\n", o.Alert, o.Deployment, o.Reason))
	}
	out["findings.txt"] = strings.Join(findings, "")
	for _, u := range objects(t, p) {
		text, err := yaml.Marshal(u.Object)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.ToLower(u.GetKind())+"-"+u.GetName()+".yaml"] = string(text)
	}
	return out
}

// objects are the normal forms of everything a plan holds.
func objects(t *testing.T, p *plan.Plan) []*unstructured.Unstructured {
	t.Helper()
	var all []*unstructured.Unstructured
	for _, output := range p.Outputs {
		if output.Err != nil {
			t.Fatal(output.Err)
		}
		for _, object := range output.Objects {
			u, err := apply.Normalise(object, scheme)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, u)
		}
	}
	return all
}

func TestGolden(t *testing.T) {
	for _, name := range cases(t) {
		t.Run(name, func(t *testing.T) {
			got := files(t, plan.Build(input(t, name)))
			dir := filepath.Join(testdata, name, "want")
			if *update {
				write(t, dir, got)
			}
			if diff := cmp.Diff(read(t, dir), got); diff != "" {
				t.Errorf("%s (-want +got), make update-golden rewrites it:\n%s", dir, diff)
			}
		})
	}
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, dir string) map[string]string {
	t.Helper()
	want := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		want[filepath.Base(path)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return want
}

func TestTheOrderOfTheInputDoesNotMatter(t *testing.T) {
	for _, name := range cases(t) {
		t.Run(name, func(t *testing.T) {
			want := files(t, plan.Build(input(t, name)))
			for seed := range uint64(10) {
				in := input(t, name)
				shuffle(rand.New(rand.NewPCG(seed, seed)), &in)
				if diff := cmp.Diff(want, files(t, plan.Build(in))); diff != "" {
					t.Fatalf("seed %d gives other bytes:\n%s", seed, diff)
				}
			}
		})
	}
}

func shuffle(r *rand.Rand, in *plan.Input) {
	mix := func(n int, swap func(i, j int)) { r.Shuffle(n, swap) }
	c := &in.Cluster
	mix(len(c.Deployments), func(i, j int) { c.Deployments[i], c.Deployments[j] = c.Deployments[j], c.Deployments[i] })
	mix(len(c.Services), func(i, j int) { c.Services[i], c.Services[j] = c.Services[j], c.Services[i] })
	mix(len(c.Ingresses), func(i, j int) { c.Ingresses[i], c.Ingresses[j] = c.Ingresses[j], c.Ingresses[i] })
	mix(len(c.Prometheuses), func(i, j int) { c.Prometheuses[i], c.Prometheuses[j] = c.Prometheuses[j], c.Prometheuses[i] })
	mix(len(c.Alertmanagers), func(i, j int) { c.Alertmanagers[i], c.Alertmanagers[j] = c.Alertmanagers[j], c.Alertmanagers[i] })
	if routing := in.Tux.Spec.Routing; routing != nil {
		mix(len(routing.Receivers), func(i, j int) {
			routing.Receivers[i], routing.Receivers[j] = routing.Receivers[j], routing.Receivers[i]
		})
	}
	backends := in.Tux.Spec.Backends
	mix(len(backends), func(i, j int) { backends[i], backends[j] = backends[j], backends[i] })
	if alerts := in.Tux.Spec.Alerts; alerts != nil {
		mix(len(alerts.Overrides), func(i, j int) { alerts.Overrides[i], alerts.Overrides[j] = alerts.Overrides[j], alerts.Overrides[i] })
		mix(len(alerts.AdditionalGroups), func(i, j int) {
			alerts.AdditionalGroups[i], alerts.AdditionalGroups[j] = alerts.AdditionalGroups[j], alerts.AdditionalGroups[i]
		})
	}
}

func TestBuildDoesNotChangeItsInput(t *testing.T) {
	for _, name := range cases(t) {
		in := input(t, name)
		before := in.Tux.DeepCopy()
		plan.Build(in)
		if diff := cmp.Diff(before, in.Tux); diff != "" {
			t.Errorf("%s: the resource was changed:\n%s", name, diff)
		}
	}
}

// TestPrometheusAcceptsEveryGroup loads every group the way Prometheus does.
func TestPrometheusAcceptsEveryGroup(t *testing.T) {
	looked := 0
	for _, name := range cases(t) {
		for _, u := range objects(t, plan.Build(input(t, name))) {
			if u.GetKind() != "PrometheusRule" {
				continue
			}
			looked++
			for _, err := range loadRules(t, u) {
				t.Errorf("%s: PrometheusRule %s: %v", name, u.GetName(), err)
			}
		}
	}
	if looked < 10 {
		t.Fatalf("only %d objects were looked at", looked)
	}
}

// loadRules returns what Prometheus has against the groups of a PrometheusRule.
func loadRules(t *testing.T, u *unstructured.Unstructured) []error {
	t.Helper()
	spec, err := yaml.Marshal(u.Object["spec"])
	if err != nil {
		t.Fatal(err)
	}
	_, errs := rulefmt.Parse(spec, false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	return errs
}

func TestEveryObjectSaysWhoseItIs(t *testing.T) {
	for _, name := range cases(t) {
		var seen []string
		for _, u := range objects(t, plan.Build(input(t, name))) {
			id := u.GetKind() + "/" + u.GetName()
			if slices.Contains(seen, id) {
				t.Errorf("%s: %s is planned twice", name, id)
			}
			seen = append(seen, id)
			for _, key := range []string{"app.kubernetes.io/managed-by", "monitoring.tux.io/owner", "monitoring.tux.io/output", "monitoring.tux.io/environment"} {
				if u.GetLabels()[key] == "" {
					t.Errorf("%s: %s lacks the label %s", name, id, key)
				}
			}
			if _, ok := u.GetLabels()["app.kubernetes.io/instance"]; ok {
				t.Errorf("%s: %s carries app.kubernetes.io/instance, by which Argo CD would prune it", name, id)
			}
			if u.GetAPIVersion() == "" || u.GetNamespace() != "tux-production" {
				t.Errorf("%s: %s has apiVersion %q and namespace %q", name, id, u.GetAPIVersion(), u.GetNamespace())
			}
		}
	}
}

// TestEveryObjectIsOfAKindOfItsOutput: by the kinds of the table objects are watched, pruned and
// permitted, so a renderer that makes another kind, or forgets to say which, would leave it behind.
func TestEveryObjectIsOfAKindOfItsOutput(t *testing.T) {
	for _, name := range cases(t) {
		for _, output := range plan.Build(input(t, name)).Outputs {
			for _, object := range output.Objects {
				if kind := object.GetObjectKind().GroupVersionKind(); !slices.Contains(output.Kinds, kind) {
					t.Errorf("%s: %s makes %s of kind %q", name, output.Name, object.GetName(), kind)
				}
			}
		}
	}
}
