package monitors_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/monitors"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/monitors/targets/targetstest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// backend is a Deployment behind a Service as Helm charts make them.
func backend() env.Backend {
	return env.Backend{
		Entry:      "web",
		Deployment: "tux-backend",
		PodLabels:  map[string]string{"app.kubernetes.io/name": "tux"},
		Container:  "django",
		Port:       env.Port{Name: "http", Number: 8000},
		Metrics:    env.Metrics{Path: "/metrics", Interval: "30s", Timeout: "10s", SampleLimit: 16200},
		Service: &env.Service{
			Name: "tux",
			Labels: map[string]string{
				"app.kubernetes.io/name":     "tux",
				"app.kubernetes.io/instance": "production",
				"app.kubernetes.io/version":  "1.4.2",
				"helm.sh/chart":              "tux-3.1.0",
			},
			Port:     80,
			PortName: "web",
		},
	}
}

func environment(backends ...env.Backend) *env.Environment {
	return &env.Environment{
		Name:      "production",
		Namespace: "tux-production",
		Title:     "production",
		Backends:  backends,
		Select: env.Select{
			ServiceMonitors: map[string]string{"release": "kps"},
			PodMonitors:     map[string]string{"team": "platform"},
		},
	}
}

// with returns the backend after a change.
func with(change func(*env.Backend)) env.Backend {
	b := backend()
	change(&b)
	return b
}

func unnamedPort(b *env.Backend)    { b.Service.PortName = "" }
func noService(b *env.Backend)      { b.Service = nil }
func unnamedPodPort(b *env.Backend) { b.Service, b.Port.Name = nil, "" }
func noServiceLabels(b *env.Backend) {
	b.Service.Labels = nil
}

func render(t *testing.T, e *env.Environment) []env.Object {
	t.Helper()
	objects, err := monitors.Render(e)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

func serviceMonitor(t *testing.T, b env.Backend) *monitoringv1.ServiceMonitor {
	t.Helper()
	return render(t, environment(b))[0].(*monitoringv1.ServiceMonitor)
}

func podMonitor(t *testing.T, b env.Backend) *monitoringv1.PodMonitor {
	t.Helper()
	return render(t, environment(b))[0].(*monitoringv1.PodMonitor)
}

func TestGolden(t *testing.T) {
	cases := map[string]env.Backend{
		"service-monitor": backend(),
		"pod-monitor":     with(noService),
	}
	for name, in := range cases {
		t.Run(name, func(t *testing.T) {
			got := targetstest.YAML(t, render(t, environment(in))[0])
			file := filepath.Join("testdata", name+".yaml")
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

// The example of the documentation is what is rendered today.
func TestDocumentedExample(t *testing.T) {
	page := read(t, filepath.Join("..", "..", "..", "docs", "monitors.md"))
	if example := read(t, filepath.Join("testdata", "service-monitor.yaml")); !strings.Contains(page, example) {
		t.Error("docs/monitors.md does not contain testdata/service-monitor.yaml")
	}
}

func TestOneMonitorPerBackend(t *testing.T) {
	second := with(noService)
	second.Deployment = "tux-batch"
	var got []string
	for _, o := range render(t, environment(backend(), second)) {
		got = append(got, o.GetObjectKind().GroupVersionKind().Kind+"/"+o.GetName())
	}
	want := []string{"ServiceMonitor/production-tux-backend", "PodMonitor/production-tux-batch"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
}

func TestServiceSelector(t *testing.T) {
	cases := map[string]struct {
		labels, want map[string]string
	}{
		"identity labels are enough where there are any": {
			labels: map[string]string{"app": "tux", "k8s-app": "tux", "helm.sh/chart": "tux-3.1.0"},
			want:   map[string]string{"app": "tux", "k8s-app": "tux"},
		},
		"without identity labels every label is taken": {
			labels: map[string]string{"tier": "web", "team": "core"},
			want:   map[string]string{"tier": "web", "team": "core"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			sm := serviceMonitor(t, with(func(b *env.Backend) { b.Service.Labels = tc.labels }))
			if diff := cmp.Diff(tc.want, sm.Spec.Selector.MatchLabels); diff != "" {
				t.Errorf("selector (-want +got):\n%s", diff)
			}
		})
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
