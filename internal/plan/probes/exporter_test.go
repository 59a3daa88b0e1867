package probes_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

func TestExporterIsRestricted(t *testing.T) {
	template := find[*appsv1.Deployment](t, render(t, environment(web())), "").Spec.Template
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	result := policy.AggregateCheckResults(evaluator.EvaluatePod(restricted, &template.ObjectMeta, &template.Spec))
	if !result.Allowed {
		t.Errorf("the pod is not restricted: %s", result.ForbiddenDetail())
	}
	c := template.Spec.Containers[0].SecurityContext
	if !*c.ReadOnlyRootFilesystem || *template.Spec.AutomountServiceAccountToken {
		t.Error("the exporter needs neither a writable root nor a token")
	}
}

// The parts of the exporter find each other by labels, ports and names.
func TestExporterFitsTogether(t *testing.T) {
	e := environment(web())
	objects := render(t, e)
	d := find[*appsv1.Deployment](t, objects, "")
	s := find[*corev1.Service](t, objects, "")
	np := find[*networkingv1.NetworkPolicy](t, objects, "")
	cm := find[*corev1.ConfigMap](t, objects, "")

	labels := d.Spec.Template.Labels
	for what, selector := range map[string]map[string]string{
		"Deployment": d.Spec.Selector.MatchLabels, "Service": s.Spec.Selector, "NetworkPolicy": np.Spec.PodSelector.MatchLabels,
	} {
		if diff := cmp.Diff(labels, selector); diff != "" {
			t.Errorf("selector of the %s (-labels of the pod +selector):\n%s", what, diff)
		}
	}
	if d.Name != e.ExporterName() || s.Name != e.ExporterName() {
		t.Errorf("names %q and %q, want %q, which is in the URL", d.Name, s.Name, e.ExporterName())
	}
	if volume := d.Spec.Template.Spec.Volumes[0].ConfigMap.Name; volume != cm.Name {
		t.Errorf("the pod mounts %q, the modules are in %q", volume, cm.Name)
	}
	port := d.Spec.Template.Spec.Containers[0].Ports[0]
	if s.Spec.Ports[0].TargetPort.StrVal != port.Name || np.Spec.Ingress[0].Ports[0].Port.IntVal != port.ContainerPort {
		t.Error("Service or NetworkPolicy lead to another port than the container has")
	}
}

// The exporter does not reload: its pod must change when the modules do, and only then.
func TestRestartOnNewModules(t *testing.T) {
	template := func(change func(*env.Environment)) corev1.PodTemplateSpec {
		e := environment(web())
		change(e)
		return find[*appsv1.Deployment](t, render(t, e), "").Spec.Template
	}
	before := template(func(*env.Environment) {})
	if cmp.Equal(before, template(func(e *env.Environment) { e.Backends[0].Health.Host = "api.tux.example" })) {
		t.Error("the pod is the same with other modules")
	}
	if diff := cmp.Diff(before, template(func(e *env.Environment) { e.Probes.Interval = "60s" })); diff != "" {
		t.Errorf("the pod changed and the modules did not:\n%s", diff)
	}
}

func TestNetworkPolicy(t *testing.T) {
	const dns = "UDP:53 UDP:5353 TCP:53 TCP:5353 -> anywhere"
	cases := map[string]struct {
		change func(*env.Environment)
		from   string
		to     []string
	}{
		"only Prometheus comes in, only pods and hosts are reached": {
			change: func(*env.Environment) {},
			from:   "kubernetes.io/metadata.name in (monitoring)",
			to: []string{
				dns,
				"TCP:8000 -> app=tux",
				"TCP:9000 -> pod-template-hash",
				"TCP:80 TCP:443 TCP:8000 TCP:8080 TCP:8443 TCP:10080 TCP:10443 -> anywhere",
			},
		},
		"without hosts nothing outside is reached": {
			change: func(e *env.Environment) { e.Backends[0].Hosts = nil },
			from:   "kubernetes.io/metadata.name in (monitoring)",
			to:     []string{dns, "TCP:8000 -> app=tux", "TCP:9000 -> pod-template-hash"},
		},
		"any namespace may ask while Prometheus is not known": {
			change: func(e *env.Environment) { e.Select.Namespaces, e.Backends = nil, nil },
			from:   "kubernetes.io/metadata.name",
			to:     []string{dns},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			e := environment(web(), batch())
			tc.change(e)
			spec := find[*networkingv1.NetworkPolicy](t, render(t, e), "").Spec
			if diff := cmp.Diff(tc.from, formatPeers(spec.Ingress[0].From)); diff != "" {
				t.Errorf("ingress (-want +got):\n%s", diff)
			}
			var to []string
			for _, rule := range spec.Egress {
				to = append(to, formatPorts(rule.Ports)+" -> "+formatPeers(rule.To))
			}
			if diff := cmp.Diff(tc.to, to); diff != "" {
				t.Errorf("egress (-want +got):\n%s", diff)
			}
		})
	}
}
