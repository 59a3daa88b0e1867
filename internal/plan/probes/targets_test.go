package probes_test

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/monitors/targets/targetstest"
)

type labels = targetstest.Labels

// pod is what Prometheus discovers of a pod of tux-backend.
func pod(change labels) labels {
	found := labels{
		"__address__":                                          "10.0.0.7:8000",
		"__meta_kubernetes_namespace":                          "tux-production",
		"__meta_kubernetes_pod_name":                           "tux-backend-7d9f8b6c5-x2x4z",
		"__meta_kubernetes_pod_phase":                          "Running",
		"__meta_kubernetes_pod_ready":                          "true",
		"__meta_kubernetes_pod_controller_kind":                "ReplicaSet",
		"__meta_kubernetes_pod_controller_name":                "tux-backend-7d9f8b6c5",
		"__meta_kubernetes_pod_container_name":                 "django",
		"__meta_kubernetes_pod_container_port_name":            "http",
		"__meta_kubernetes_pod_container_port_number":          "8000",
		"__meta_kubernetes_pod_label_app":                      "tux",
		"__meta_kubernetes_pod_labelpresent_app":               "true",
		"__meta_kubernetes_pod_labelpresent_pod_template_hash": "true",
	}
	maps.Copy(found, change)
	return found
}

// question is the one target there shall be per pod and question.
func question(name, address, path string) targetstest.Target {
	return targetstest.Target{
		URL:    "http://production-blackbox.tux-production.svc:9115/probe",
		Params: "module=tux-production_production_web_" + name + "&target=http://" + address + path,
		Shard:  address,
		Labels: labels{
			"job":         "tux-backend-" + name,
			"component":   name,
			"environment": "production",
			"instance":    address,
			"namespace":   "tux-production",
			"pod":         "tux-backend-7d9f8b6c5-x2x4z",
			"container":   "django",
			"endpoint":    "http",
		},
	}
}

func questions(address string) []targetstest.Target {
	return []targetstest.Target{
		question("live", address, "/health/live/"),
		question("ready", address, "/health/ready/"),
		question("full", address, "/health/"),
		question("cache", address, "/health/"),
		question("database", address, "/health/"),
	}
}

func TestEveryQuestionIsAskedOfEveryPod(t *testing.T) {
	cases := map[string]struct {
		found labels
		want  []targetstest.Target
	}{
		"a ready pod":                              {pod(nil), questions("10.0.0.7:8000")},
		"a pod that is not ready":                  {pod(labels{"__meta_kubernetes_pod_ready": "false"}), questions("10.0.0.7:8000")},
		"a pod that is still starting":             {pod(labels{"__meta_kubernetes_pod_phase": "Pending"}), questions("10.0.0.7:8000")},
		"a pod with an IPv6 address":               {pod(labels{"__address__": "[2001:db8::7]:8000"}), questions("[2001:db8::7]:8000")},
		"not a pod of another Deployment":          {pod(labels{"__meta_kubernetes_pod_controller_name": "tux-backend-worker-5c6d7f8b9"}), nil},
		"not a pod that is finished":               {pod(labels{"__meta_kubernetes_pod_phase": "Failed"}), nil},
		"not another port of the pod":              {pod(labels{"__meta_kubernetes_pod_container_port_name": "admin"}), nil},
		"not a pod the Deployment does not select": {pod(labels{"__meta_kubernetes_pod_label_app": "other"}), nil},
	}
	pm := find[*monitoringv1.PodMonitor](t, render(t, environment(web())), "-health")
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got []targetstest.Target
			for i := range pm.Spec.PodMetricsEndpoints {
				if target, kept := targetstest.ForPodMonitor(t, pm, i, tc.found); kept {
					got = append(got, target)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("targets (-want +got):\n%s", diff)
			}
		})
	}
}

// A Deployment that selects by expressions alone, with a port that has no name, is found by its
// number.
func TestPodsWithoutLabelsAndPortName(t *testing.T) {
	pm := find[*monitoringv1.PodMonitor](t, render(t, environment(batch())), "-health")
	found := pod(labels{
		"__address__": "10.0.0.8:9000",
		"__meta_kubernetes_pod_container_port_name":   "",
		"__meta_kubernetes_pod_container_port_number": "9000",
		"__meta_kubernetes_pod_controller_name":       "tux-batch-7d9f8b6c5",
	})
	target, kept := targetstest.ForPodMonitor(t, pm, 0, found)
	if want := "module=tux-production_production_batch_live&target=http://10.0.0.8:9000/health/live/"; !kept || target.Params != want {
		t.Errorf("kept: %t, params %q, want %q", kept, target.Params, want)
	}
}

func TestEntry(t *testing.T) {
	b := web()
	b.Health.Host = "api.tux.example"
	objects := render(t, environment(b))
	cases := map[string]struct{ suffix, module, target string }{
		"the Service is asked as a pod is":  {"-entry-service", "tux-production_production_web_live", "http://tux.tux-production.svc:80/health/live/"},
		"a host is asked as a user asks it": {"-entry-hosts", "tux-production_production_web_entry", "https://api.tux.example/health/live/"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			spec := find[*monitoringv1.Probe](t, objects, tc.suffix).Spec
			want := monitoringv1.ProbeTargetStaticConfig{
				Targets: []string{tc.target},
				Labels:  map[string]string{"component": "entry", "environment": "production", "namespace": "tux-production"},
			}
			if diff := cmp.Diff(want, *spec.Targets.StaticConfig); diff != "" {
				t.Errorf("targets (-want +got):\n%s", diff)
			}
			if spec.JobName != "tux-backend-entry" || spec.Module != tc.module {
				t.Errorf("job %q and module %q, want tux-backend-entry and %q", spec.JobName, spec.Module, tc.module)
			}
			if spec.ProberSpec.URL != "production-blackbox.tux-production.svc:9115" || spec.ProberSpec.Path != "/probe" {
				t.Errorf("prober %q%q", spec.ProberSpec.URL, spec.ProberSpec.Path)
			}
		})
	}
}

func TestNoEntryToAsk(t *testing.T) {
	for _, o := range render(t, environment(batch())) {
		if probe, ok := o.(*monitoringv1.Probe); ok {
			t.Errorf("unexpected Probe %q", probe.Name)
		}
	}
}

// External exporters may speak TLS and be behind a prefix.
func TestExternalExporter(t *testing.T) {
	e := environment(web())
	e.Probes.Managed, e.Probes.URL = false, "https://tools.example/blackbox"
	pm := find[*monitoringv1.PodMonitor](t, render(t, e), "-health")
	target, kept := targetstest.ForPodMonitor(t, pm, 0, pod(nil))
	if want := "https://tools.example/blackbox/probe"; !kept || target.URL != want {
		t.Errorf("kept: %t, exporter %q, want %q", kept, target.URL, want)
	}
}
