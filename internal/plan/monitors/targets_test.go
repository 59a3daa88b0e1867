package monitors_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/monitors/targets/targetstest"
)

type labels = targetstest.Labels

// pod is what Prometheus discovers of a ready pod of tux-backend, by role pod.
func pod(change ...labels) labels {
	found := labels{
		"__address__":                                               "10.0.0.7:8000",
		"__meta_kubernetes_namespace":                               "tux-production",
		"__meta_kubernetes_pod_name":                                "tux-backend-7d9f8b6c5-x2x4z",
		"__meta_kubernetes_pod_phase":                               "Running",
		"__meta_kubernetes_pod_ready":                               "true",
		"__meta_kubernetes_pod_controller_kind":                     "ReplicaSet",
		"__meta_kubernetes_pod_controller_name":                     "tux-backend-7d9f8b6c5",
		"__meta_kubernetes_pod_container_name":                      "django",
		"__meta_kubernetes_pod_container_port_name":                 "http",
		"__meta_kubernetes_pod_container_port_number":               "8000",
		"__meta_kubernetes_pod_label_app_kubernetes_io_name":        "tux",
		"__meta_kubernetes_pod_labelpresent_app_kubernetes_io_name": "true",
		"__meta_kubernetes_pod_labelpresent_pod_template_hash":      "true",
	}
	return overlay(found, change)
}

// behindService is the same pod by role endpointslice.
func behindService(change ...labels) labels {
	found := pod(labels{
		"__meta_kubernetes_service_name":                                    "tux",
		"__meta_kubernetes_endpointslice_port_name":                         "web",
		"__meta_kubernetes_endpointslice_endpoint_conditions_ready":         "true",
		"__meta_kubernetes_service_label_app_kubernetes_io_name":            "tux",
		"__meta_kubernetes_service_labelpresent_app_kubernetes_io_name":     "true",
		"__meta_kubernetes_service_label_app_kubernetes_io_instance":        "production",
		"__meta_kubernetes_service_labelpresent_app_kubernetes_io_instance": "true",
	})
	return overlay(found, change)
}

func overlay(found labels, changes []labels) labels {
	for _, change := range changes {
		maps.Copy(found, change)
	}
	return found
}

var (
	unready = labels{
		"__meta_kubernetes_pod_ready":                               "false",
		"__meta_kubernetes_endpointslice_endpoint_conditions_ready": "false",
	}
	finished      = labels{"__meta_kubernetes_pod_phase": "Succeeded"}
	ofWorker      = labels{"__meta_kubernetes_pod_controller_name": "tux-backend-worker-5c6d7f8b9"}
	ofStatefulSet = labels{"__meta_kubernetes_pod_controller_kind": "StatefulSet"}
	ofTwin        = labels{"__meta_kubernetes_service_name": "tux-headless"}
	ofUpdated     = labels{
		"__meta_kubernetes_service_label_helm_sh_chart":        "tux-3.2.0",
		"__meta_kubernetes_service_labelpresent_helm_sh_chart": "true",
	}
	// Discovery reports the other ports of a pod behind a Service too, without a port name.
	otherPort = labels{
		"__address__": "10.0.0.7:9000",
		"__meta_kubernetes_endpointslice_port_name":   "",
		"__meta_kubernetes_pod_container_port_name":   "admin",
		"__meta_kubernetes_pod_container_port_number": "9000",
	}
)

// scraped is the one target there shall be per pod.
func scraped(change labels) *targetstest.Target {
	want := labels{
		"job":         "tux-backend",
		"namespace":   "tux-production",
		"pod":         "tux-backend-7d9f8b6c5-x2x4z",
		"container":   "django",
		"instance":    "10.0.0.7:8000",
		"environment": "production",
	}
	maps.Copy(want, change)
	return &targetstest.Target{URL: "http://10.0.0.7:8000/metrics", Shard: "10.0.0.7:8000", Labels: want}
}

func TestServiceMonitorTargets(t *testing.T) {
	byName := scraped(labels{"service": "tux", "endpoint": "web"})
	byNumber := scraped(labels{"service": "tux", "endpoint": "8000"})
	cases := map[string]struct {
		backend env.Backend
		found   labels
		want    *targetstest.Target
	}{
		"a ready pod is scraped":                              {backend(), behindService(), byName},
		"a pod that is not ready is scraped":                  {backend(), behindService(unready), byName},
		"a new chart version does not lose the target":        {backend(), behindService(ofUpdated), byName},
		"a pod of a worker behind the same Service is not":    {backend(), behindService(ofWorker), nil},
		"a pod of no ReplicaSet is not":                       {backend(), behindService(ofStatefulSet), nil},
		"a twin Service does not scrape the pod again":        {backend(), behindService(ofTwin), nil},
		"another port of the pod is not scraped":              {backend(), behindService(otherPort), nil},
		"a finished pod is not scraped":                       {backend(), behindService(finished), nil},
		"a Service port without a name is found by number":    {with(unnamedPort), behindService(), byNumber},
		"another port is not, without a name of the port":     {with(unnamedPort), behindService(otherPort), nil},
		"a twin Service does not, without a name of the port": {with(unnamedPort), behindService(ofTwin), nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, kept := targetstest.ForServiceMonitor(t, serviceMonitor(t, tc.backend), tc.found)
			compare(t, tc.want, got, kept)
		})
	}
}

func TestPodMonitorTargets(t *testing.T) {
	cases := map[string]struct {
		backend env.Backend
		found   labels
		want    *targetstest.Target
	}{
		"a ready pod is scraped":                        {with(noService), pod(), scraped(labels{"endpoint": "http"})},
		"a pod that is not ready is scraped":            {with(noService), pod(unready), scraped(labels{"endpoint": "http"})},
		"a Service without labels cannot be selected":   {with(noServiceLabels), pod(), scraped(labels{"endpoint": "http"})},
		"a port without a name is found by its number":  {with(unnamedPodPort), pod(), scraped(nil)},
		"a pod of a worker with the same labels is not": {with(noService), pod(ofWorker), nil},
		"another port of the pod is not scraped":        {with(noService), pod(otherPort), nil},
		"a Deployment that selects by expressions alone has targets too": {
			with(func(b *env.Backend) { b.Service, b.PodLabels = nil, nil }), pod(), scraped(labels{"endpoint": "http"}),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, kept := targetstest.ForPodMonitor(t, podMonitor(t, tc.backend), 0, tc.found)
			compare(t, tc.want, got, kept)
		})
	}
}

// A dot in a name is a dot and no wildcard, and the name of one Deployment may begin with that of
// another.
func TestReplicaSetOfTheDeployment(t *testing.T) {
	cases := map[string]struct {
		deployment, replicaSet string
		want                   bool
	}{
		"its own":                               {"tux.v1", "tux.v1-7d9f8b6c5", true},
		"a name the dot would match":            {"tux.v1", "tux-v1-7d9f8b6c5", false},
		"of a Deployment with a longer name":    {"tux", "tux-worker-7d9f8b6c5", false},
		"of a Deployment with the name as tail": {"tux", "other-tux-7d9f8b6c5", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			m := podMonitor(t, with(func(b *env.Backend) { b.Service, b.Deployment = nil, tc.deployment }))
			found := pod(labels{"__meta_kubernetes_pod_controller_name": tc.replicaSet})
			if _, kept := targetstest.ForPodMonitor(t, m, 0, found); kept != tc.want {
				t.Errorf("pod of ReplicaSet %q kept by the monitor of %q: %t, want %t", tc.replicaSet, tc.deployment, kept, tc.want)
			}
		})
	}
}

func compare(t *testing.T, want *targetstest.Target, got targetstest.Target, kept bool) {
	t.Helper()
	if want == nil {
		if kept {
			t.Errorf("unexpected target %+v", got)
		}
		return
	}
	if !kept {
		t.Fatal("no target")
	}
	if diff := cmp.Diff(*want, got); diff != "" {
		t.Errorf("target (-want +got):\n%s", diff)
	}
	for name := range got.Labels {
		if strings.HasPrefix(name, "__") {
			t.Errorf("internal label %q is left", name)
		}
	}
}
