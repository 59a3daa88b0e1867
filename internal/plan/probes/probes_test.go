package probes_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/monitors/targets/targetstest"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/probes"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// web is a backend behind a Service and a host; batch is one behind neither, whose Deployment
// selects its pods by expressions alone.
func web() env.Backend {
	return env.Backend{
		Entry:      "web",
		Deployment: "tux-backend",
		PodLabels:  map[string]string{"app": "tux"},
		Container:  "django",
		Port:       env.Port{Name: "http", Number: 8000},
		Health:     health("cache", "database"),
		Service:    &env.Service{Name: "tux", Labels: map[string]string{"app": "tux"}, Port: 80, PortName: "web"},
		Hosts:      []string{"https://api.tux.example/health/live/"},
	}
}

func batch() env.Backend {
	return env.Backend{
		Entry:      "batch",
		Deployment: "tux-batch",
		Container:  "django",
		Port:       env.Port{Number: 9000},
		Health:     health("string_propagation"),
	}
}

func health(components ...string) env.Health {
	return env.Health{Live: "/health/live/", Ready: "/health/ready/", Full: "/health/", Components: components}
}

func environment(backends ...env.Backend) *env.Environment {
	return &env.Environment{
		Name:      "production",
		Namespace: "tux-production",
		Title:     "production",
		Backends:  backends,
		Probes: env.Probes{
			Enabled:  true,
			Managed:  true,
			URL:      "http://production-blackbox.tux-production.svc:9115/probe",
			Image:    "quay.io/prometheus/blackbox-exporter:v0.27.0",
			Interval: "30s",
			Timeout:  "10s",
		},
		Select: env.Select{
			PodMonitors: map[string]string{"release": "kps"},
			Probes:      map[string]string{"release": "kps"},
			Namespaces:  []string{"monitoring"},
		},
	}
}

func render(t *testing.T, e *env.Environment) []env.Object {
	t.Helper()
	objects, err := probes.Render(e)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

// find returns the only object of a type whose name has the given end.
func find[T env.Object](t *testing.T, objects []env.Object, suffix string) T {
	t.Helper()
	var found []T
	for _, o := range objects {
		if typed, ok := o.(T); ok && strings.HasSuffix(o.GetName(), suffix) {
			found = append(found, typed)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d objects of type %T end in %q, want 1", len(found), *new(T), suffix)
	}
	return found[0]
}

func identities(objects []env.Object) []string {
	var out []string
	for _, o := range objects {
		out = append(out, o.GetObjectKind().GroupVersionKind().Kind+"/"+o.GetName())
	}
	return out
}

func TestObjects(t *testing.T) {
	external := func(e *env.Environment) { e.Probes.Managed, e.Probes.URL = false, "http://blackbox.monitoring:9115" }
	disabled := func(e *env.Environment) { e.Probes.Enabled = false }
	cases := map[string]struct {
		change func(*env.Environment)
		want   []string
	}{
		"a managed exporter comes before what asks through it": {
			change: func(*env.Environment) {},
			want: []string{
				"ConfigMap/production-blackbox-modules",
				"Deployment/production-blackbox",
				"Service/production-blackbox",
				"NetworkPolicy/production-blackbox",
				"PodMonitor/production-tux-backend-health",
				"Probe/production-tux-backend-entry-service",
				"Probe/production-tux-backend-entry-hosts",
				"PodMonitor/production-tux-batch-health",
			},
		},
		"an external exporter needs the modules": {
			change: external,
			want: []string{
				"ConfigMap/production-blackbox-modules",
				"PodMonitor/production-tux-backend-health",
				"Probe/production-tux-backend-entry-service",
				"Probe/production-tux-backend-entry-hosts",
				"PodMonitor/production-tux-batch-health",
			},
		},
		"nothing is left when probes are disabled": {change: disabled},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			e := environment(web(), batch())
			tc.change(e)
			if diff := cmp.Diff(tc.want, identities(render(t, e))); diff != "" {
				t.Errorf("objects (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGolden(t *testing.T) {
	objects := render(t, environment(web()))
	cases := map[string]env.Object{}
	for _, o := range objects {
		cases[o.GetObjectKind().GroupVersionKind().Kind+"-"+o.GetName()] = o
	}
	for name, o := range cases {
		t.Run(name, func(t *testing.T) {
			got := targetstest.YAML(t, o)
			file := filepath.Join("testdata", strings.ToLower(name)+".yaml")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(read(t, file), got); diff != "" {
				t.Errorf("%s differs, -update rewrites it (-want +got):\n%s", file, diff)
			}
		})
	}
}

// The examples of the documentation are what is rendered today.
func TestDocumentedExamples(t *testing.T) {
	page := read(t, filepath.Join("..", "..", "..", "docs", "probes.md"))
	modules := find[*corev1.ConfigMap](t, render(t, environment(web())), "-modules").Data[probes.ModulesKey]
	pods := read(t, filepath.Join("testdata", "podmonitor-production-tux-backend-health.yaml"))
	examples := map[string]string{
		"the module of the database":   between(t, modules, "  tux-production_production_web_database:\n", "  tux-production_production_web_entry:\n"),
		"the question to the database": between(t, pods[strings.LastIndex(pods, "  - interval:"):], "", "  selector:\n"),
		"the Probe of the hosts":       read(t, filepath.Join("testdata", "probe-production-tux-backend-entry-hosts.yaml")),
	}
	for name, example := range examples {
		if !strings.Contains(page, example) {
			t.Errorf("docs/probes.md does not contain %s:\n%s", name, example)
		}
	}
}

// between returns the part of text from the first mark, including it, up to the second.
func between(t *testing.T, text, from, to string) string {
	t.Helper()
	_, part, found := strings.Cut(text, from)
	part, _, ended := strings.Cut(part, to)
	if !found || !ended {
		t.Fatalf("%q and %q do not enclose anything in:\n%s", from, to, text)
	}
	return from + part
}

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
