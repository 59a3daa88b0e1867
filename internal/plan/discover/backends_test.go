package discover_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/intstr"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/discover"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

const ns = "tux-production"

func live(*tuxv1alpha1.Backend) string { return "/health/live/" }

// changed returns the usual Deployment after a change.
func changed(change func(*appsv1.Deployment)) appsv1.Deployment {
	d := testutil.Deployment(ns, "tux-backend")
	change(d)
	return *d
}

func setPorts(ports ...corev1.ContainerPort) func(*appsv1.Deployment) {
	return func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].Ports = ports }
}

func port(p intstr.IntOrString) *intstr.IntOrString { return &p }

func TestOnlyZeroReplicasAreTold(t *testing.T) {
	for name, tc := range map[string]struct {
		replicas *int32
		want     bool
	}{
		"nobody set them, which is one": {nil, false},
		"none":                          {new(int32(0)), true},
		"one":                           {new(int32(1)), false},
		"three":                         {new(int32(3)), false},
	} {
		t.Run(name, func(t *testing.T) {
			spec := &tuxv1alpha1.TuxMonitoringSpec{Backends: []tuxv1alpha1.Backend{{Name: "web", Deployment: "tux-backend"}}}
			d := changed(func(d *appsv1.Deployment) { d.Spec.Replicas = tc.replicas })
			found, _ := discover.Backends(spec, live, &discover.Cluster{Deployments: []appsv1.Deployment{d}})
			if got := found[0].Facts.ScaledToZero; got != tc.want {
				t.Errorf("scaled to zero is %v", got)
			}
		})
	}
}

func TestWhatIsDiscovered(t *testing.T) {
	usual := *testutil.Deployment(ns, "tux-backend")
	for name, tc := range map[string]struct {
		entry       tuxv1alpha1.Backend
		cluster     discover.Cluster
		deployments []string
		port        string
		reason      string
		text        string // part of the finding's message
		waiting     bool
	}{
		"a Deployment by name": {
			entry: tuxv1alpha1.Backend{Deployment: "tux-backend"}, cluster: discover.Cluster{Deployments: []appsv1.Deployment{usual}},
			deployments: []string{"tux-backend"}, port: "http/8000",
		},
		"no Deployment of that name": {
			entry: tuxv1alpha1.Backend{Deployment: "tux-bakend"}, cluster: discover.Cluster{Deployments: []appsv1.Deployment{usual}},
			reason: tuxv1alpha1.ReasonDeploymentNotFound, text: `no Deployment "tux-bakend", the namespace has tux-backend`, waiting: true,
		},
		"no Deployment at all": {
			entry: tuxv1alpha1.Backend{Deployment: "tux-backend"}, reason: tuxv1alpha1.ReasonDeploymentNotFound,
			text: "the namespace has no Deployment", waiting: true,
		},
		"every Deployment a selector finds": {
			entry: tuxv1alpha1.Backend{Selector: &tuxv1alpha1.DeploymentSelector{
				MatchExpressions: []tuxv1alpha1.SelectorRequirement{{Key: "app", Operator: "In", Values: []tuxv1alpha1.LabelValue{"a", "b"}}}}},
			cluster:     discover.Cluster{Deployments: []appsv1.Deployment{*testutil.Deployment(ns, "b"), usual, *testutil.Deployment(ns, "a")}},
			deployments: []string{"a", "b"}, port: "http/8000",
		},
		"a selector that finds nothing": {
			entry:   tuxv1alpha1.Backend{Selector: &tuxv1alpha1.DeploymentSelector{MatchLabels: map[string]tuxv1alpha1.LabelValue{"app": "x"}}},
			cluster: discover.Cluster{Deployments: []appsv1.Deployment{usual}},
			reason:  tuxv1alpha1.ReasonSelectorMatchesNothing, text: "no Deployment has the labels app=x", waiting: true,
		},
		"our own exporter is never a backend": {
			entry: tuxv1alpha1.Backend{Deployment: "tux-backend"},
			cluster: discover.Cluster{Deployments: []appsv1.Deployment{changed(func(d *appsv1.Deployment) {
				d.Labels[env.ManagedByLabel] = env.ManagedByValue
			})}},
			reason: tuxv1alpha1.ReasonDeploymentNotFound, text: "no Deployment", waiting: true,
		},
		"the port of a usual name among several": {
			entry: tuxv1alpha1.Backend{Deployment: "tux-backend"}, port: "gunicorn/9000", deployments: []string{"tux-backend"},
			cluster: discover.Cluster{Deployments: []appsv1.Deployment{changed(setPorts(
				corev1.ContainerPort{Name: "debug", ContainerPort: 5678}, corev1.ContainerPort{Name: "gunicorn", ContainerPort: 9000}))}},
		},
		"the only port without a name": {
			entry: tuxv1alpha1.Backend{Deployment: "tux-backend"}, port: "8080", deployments: []string{"tux-backend"},
			cluster: discover.Cluster{Deployments: []appsv1.Deployment{changed(setPorts(corev1.ContainerPort{ContainerPort: 8080}))}},
		},
		"several ports and none usual": {
			entry: tuxv1alpha1.Backend{Deployment: "tux-backend"}, reason: tuxv1alpha1.ReasonPortAmbiguous,
			text: "container ports 8001, api/8000 and none is named http, web or gunicorn, set port",
			cluster: discover.Cluster{Deployments: []appsv1.Deployment{changed(setPorts(
				corev1.ContainerPort{Name: "api", ContainerPort: 8000}, corev1.ContainerPort{ContainerPort: 8001}))}},
		},
		"no port declared": {
			entry: tuxv1alpha1.Backend{Deployment: "tux-backend"}, reason: tuxv1alpha1.ReasonPortNotFound, text: "declares no container port",
			cluster: discover.Cluster{Deployments: []appsv1.Deployment{changed(setPorts())}},
		},
		"a port by number": {
			entry:       tuxv1alpha1.Backend{Deployment: "tux-backend", Port: port(intstr.FromInt32(8000))},
			deployments: []string{"tux-backend"}, port: "http/8000", cluster: discover.Cluster{Deployments: []appsv1.Deployment{usual}},
		},
		"a port that is not declared": {
			entry:  tuxv1alpha1.Backend{Deployment: "tux-backend", Port: port(intstr.FromString("web"))},
			reason: tuxv1alpha1.ReasonPortNotFound, text: `no container port "web", it has http/8000`,
			cluster: discover.Cluster{Deployments: []appsv1.Deployment{usual}},
		},
		"a UDP port does not count": {
			entry: tuxv1alpha1.Backend{Deployment: "tux-backend"}, port: "8080", deployments: []string{"tux-backend"},
			cluster: discover.Cluster{Deployments: []appsv1.Deployment{changed(setPorts(corev1.ContainerPort{ContainerPort: 8080},
				corev1.ContainerPort{ContainerPort: 8125, Protocol: corev1.ProtocolUDP}))}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			tc.entry.Name = "web"
			spec := &tuxv1alpha1.TuxMonitoringSpec{Backends: []tuxv1alpha1.Backend{tc.entry}}
			found, findings := discover.Backends(spec, live, &tc.cluster)
			var names []string
			for _, b := range found {
				names = append(names, b.Facts.Deployment)
				if got := discover.FormatPort(b.Facts.Port); got != tc.port {
					t.Errorf("port %s, want %s", got, tc.port)
				}
			}
			if diff := cmp.Diff(tc.deployments, names); diff != "" {
				t.Errorf("Deployments (-want +got):\n%s", diff)
			}
			if (len(findings) == 0) != (tc.reason == "") {
				t.Fatalf("findings %v, want reason %q", findings, tc.reason)
			}
			for _, f := range findings {
				if f.Reason != tc.reason || f.Waiting != tc.waiting || !strings.Contains(f.Message, tc.text) {
					t.Errorf("finding %+v, want reason %s, waiting %v and text %q", f, tc.reason, tc.waiting, tc.text)
				}
				if !strings.HasPrefix(f.Path, "spec.backends[web].") {
					t.Errorf("finding has the path %q", f.Path)
				}
			}
		})
	}
}

func TestOneDeploymentBelongsToOneEntry(t *testing.T) {
	spec := &tuxv1alpha1.TuxMonitoringSpec{Backends: []tuxv1alpha1.Backend{
		{Name: "web", Deployment: "tux-backend"},
		{Name: "all", Selector: &tuxv1alpha1.DeploymentSelector{MatchLabels: map[string]tuxv1alpha1.LabelValue{"app": "tux-backend"}}},
	}}
	found, findings := discover.Backends(spec, live, &discover.Cluster{Deployments: []appsv1.Deployment{*testutil.Deployment(ns, "tux-backend")}})
	if len(found) != 1 || found[0].Facts.Entry != "web" {
		t.Errorf("found %+v", found)
	}
	if len(findings) != 1 || findings[0].Reason != tuxv1alpha1.ReasonDeploymentClaimedTwice || findings[0].Path != "spec.backends[all].selector" {
		t.Errorf("findings %+v", findings)
	}
}

func TestProcessModel(t *testing.T) {
	env := func(pairs ...string) func(*corev1.Container) {
		return func(c *corev1.Container) {
			for i := 0; i < len(pairs); i += 2 {
				c.Env = append(c.Env, corev1.EnvVar{Name: pairs[i], Value: pairs[i+1]})
			}
		}
	}
	for name, tc := range map[string]struct {
		container func(*corev1.Container)
		model     tuxv1alpha1.ProcessModel
		want      bool
		note      string
	}{
		"nothing tells of several processes": {container: env()},
		"the shared directory is set":        {container: env("PROMETHEUS_MULTIPROC_DIR", "/tmp/metrics"), want: true},
		"the old name of the directory":      {container: env("prometheus_multiproc_dir", "/tmp/metrics"), want: true},
		"workers by WEB_CONCURRENCY and no directory": {
			container: env("WEB_CONCURRENCY", "4"), note: "4 gunicorn workers without PROMETHEUS_MULTIPROC_DIR",
		},
		"workers by flag and no directory": {
			container: func(c *corev1.Container) { c.Args = []string{"--workers=3"} }, note: "3 gunicorn workers",
		},
		"a short flag beats WEB_CONCURRENCY": {
			container: func(c *corev1.Container) { env("WEB_CONCURRENCY", "4")(c); c.Args = []string{"-w", "1"} },
		},
		"workers in GUNICORN_CMD_ARGS": {container: env("GUNICORN_CMD_ARGS", "--bind=:8000 --workers 2"), note: "2 gunicorn workers"},
		"the spec knows better: single": {
			container: env("PROMETHEUS_MULTIPROC_DIR", "/tmp/metrics"), model: tuxv1alpha1.ProcessModelSingle,
		},
		"the spec knows better: multiprocess": {container: env(), model: tuxv1alpha1.ProcessModelMultiprocess, want: true},
	} {
		t.Run(name, func(t *testing.T) {
			d := changed(func(d *appsv1.Deployment) { tc.container(&d.Spec.Template.Spec.Containers[0]) })
			spec := &tuxv1alpha1.TuxMonitoringSpec{Backends: []tuxv1alpha1.Backend{{Name: "web", Deployment: "tux-backend", ProcessModel: tc.model}}}
			found, _ := discover.Backends(spec, live, &discover.Cluster{Deployments: []appsv1.Deployment{d}})
			if found[0].Facts.Multiprocess != tc.want {
				t.Errorf("multiprocess is %v, want %v", found[0].Facts.Multiprocess, tc.want)
			}
			notes := strings.Join(found[0].Notes, "\n")
			if (notes == "") != (tc.note == "") || !strings.Contains(notes, tc.note) {
				t.Errorf("notes %q, want %q", notes, tc.note)
			}
		})
	}
}

func TestServiceThatLeadsToThePods(t *testing.T) {
	service := func(change func(*corev1.Service)) corev1.Service {
		s := testutil.Service(ns, "web", "tux-backend")
		change(s)
		return *s
	}
	for name, tc := range map[string]struct {
		services []corev1.Service
		want     string
		note     string
	}{
		"target port by name":             {services: []corev1.Service{service(func(*corev1.Service) {})}, want: "web:80"},
		"target port by number":           {services: []corev1.Service{service(func(s *corev1.Service) { s.Spec.Ports[0].TargetPort = intstr.FromInt32(8000) })}, want: "web:80"},
		"no target port: the port itself": {services: []corev1.Service{service(func(s *corev1.Service) { s.Spec.Ports = []corev1.ServicePort{{Port: 8000}} })}, want: "web:8000"},
		"a port that leads elsewhere": {
			services: []corev1.Service{service(func(s *corev1.Service) { s.Spec.Ports[0].TargetPort = intstr.FromInt32(9000) })},
			note:     "Service web selects the pods but has no port that leads to container port http/8000",
		},
		"other pods":       {services: []corev1.Service{*testutil.Service(ns, "web", "other")}},
		"no selector":      {services: []corev1.Service{service(func(s *corev1.Service) { s.Spec.Selector = nil })}},
		"a name elsewhere": {services: []corev1.Service{service(func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeExternalName })}},
		"users come by the cluster IP": {
			services: []corev1.Service{
				service(func(s *corev1.Service) { s.Name, s.Spec.ClusterIP = "a-headless", corev1.ClusterIPNone }),
				service(func(s *corev1.Service) { s.Name = "z" }),
			}, want: "z:80",
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, notes := one(t, discover.Cluster{Services: tc.services})
			got := ""
			if b.Service != nil {
				got = fmt.Sprintf("%s:%d", b.Service.Name, b.Service.Port)
			}
			if got != tc.want || notes != tc.note {
				t.Errorf("got %q and notes %q, want %q and %q", got, notes, tc.want, tc.note)
			}
		})
	}
}

// one discovers the usual Deployment in a cluster.
func one(t *testing.T, c discover.Cluster) (backend env.Backend, notes string) {
	t.Helper()
	c.Deployments = []appsv1.Deployment{*testutil.Deployment(ns, "tux-backend")}
	spec := &testutil.Tux(ns, "production").Spec
	found, findings := discover.Backends(spec, live, &c)
	if len(found) != 1 || len(findings) > 0 {
		t.Fatalf("found %v, findings %v", found, findings)
	}
	return found[0].Facts, strings.Join(found[0].Notes, "\n")
}

func TestHostsThatLeadUsersHere(t *testing.T) {
	web := *testutil.Service(ns, "web", "tux-backend")
	ingress := func(host, path, service string, tls ...string) networkingv1.Ingress {
		return *testutil.Ingress(ns, "public", host, path, service, tls...)
	}
	for name, tc := range map[string]struct {
		ingresses []networkingv1.Ingress
		want      []string
		note      string
	}{
		"a host without TLS":            {ingresses: []networkingv1.Ingress{ingress("tux.example", "/", "web")}, want: []string{"http://tux.example/health/live/"}},
		"a host with TLS":               {ingresses: []networkingv1.Ingress{ingress("tux.example", "/", "web", "tux.example")}, want: []string{"https://tux.example/health/live/"}},
		"a wildcard certificate":        {ingresses: []networkingv1.Ingress{ingress("a.tux.example", "/", "web", "*.tux.example")}, want: []string{"https://a.tux.example/health/live/"}},
		"a prefix of the path":          {ingresses: []networkingv1.Ingress{ingress("tux.example", "/health", "web")}, want: []string{"http://tux.example/health/live/"}},
		"a host of somebody else":       {ingresses: []networkingv1.Ingress{ingress("tux.example", "/", "shop")}},
		"a host that only leads /api":   {ingresses: []networkingv1.Ingress{ingress("tux.example", "/api", "web")}, note: "Ingress public does not lead tux.example/health/live/ to this backend, not probed"},
		"prefixes match whole elements": {ingresses: []networkingv1.Ingress{ingress("tux.example", "/heal", "web")}, note: "Ingress public does not lead tux.example/health/live/ to this backend, not probed"},
		"somebody else has the health path": {
			ingresses: []networkingv1.Ingress{ingress("tux.example", "/", "web"), ingress("tux.example", "/health", "shop")},
			note:      "Ingress public does not lead tux.example/health/live/ to this backend, not probed",
		},
		"a wildcard host": {ingresses: []networkingv1.Ingress{ingress("*.tux.example", "/", "web")}, note: "Ingress public has no host that can be probed"},
		"no host":         {ingresses: []networkingv1.Ingress{ingress("", "/", "web")}, note: "Ingress public has no host that can be probed"},
	} {
		t.Run(name, func(t *testing.T) {
			b, notes := one(t, discover.Cluster{Services: []corev1.Service{web}, Ingresses: tc.ingresses})
			if diff := cmp.Diff(tc.want, b.Hosts); diff != "" || notes != tc.note {
				t.Errorf("hosts (-want +got):\n%s\nnotes %q, want %q", diff, notes, tc.note)
			}
		})
	}
}

func TestHTTPRoutesTakeTheirSchemeFromTheListener(t *testing.T) {
	object := func(kind, name string, spec map[string]any) unstructured.Unstructured {
		return unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "gateway.networking.k8s.io/v1", "kind": kind, "metadata": map[string]any{"name": name, "namespace": ns}, "spec": spec,
		}}
	}
	route := func(path string) unstructured.Unstructured {
		return object("HTTPRoute", "public", map[string]any{
			"hostnames":  []any{"tux.example"},
			"parentRefs": []any{map[string]any{"name": "edge", "sectionName": "secure"}},
			"rules": []any{map[string]any{
				"matches":     []any{map[string]any{"path": map[string]any{"type": "PathPrefix", "value": path}}},
				"backendRefs": []any{map[string]any{"name": "web", "port": int64(80)}},
			}},
		})
	}
	gateway := func(listener map[string]any) unstructured.Unstructured {
		return object("Gateway", "edge", map[string]any{"listeners": []any{map[string]any{"name": "plain", "port": int64(80), "protocol": "HTTP"}, listener}})
	}
	for name, tc := range map[string]struct {
		route, gateway unstructured.Unstructured
		want           []string
		note           string
	}{
		"HTTPS on its usual port": {
			route: route("/"), gateway: gateway(map[string]any{"name": "secure", "port": int64(443), "protocol": "HTTPS"}),
			want: []string{"https://tux.example/health/live/"},
		},
		"HTTP on another port, by a wildcard listener": {
			route: route("/"), gateway: gateway(map[string]any{"name": "secure", "port": int64(8080), "protocol": "HTTP", "hostname": "*.example"}),
			want: []string{"http://tux.example:8080/health/live/"},
		},
		"a listener for another host": {
			route: route("/"), gateway: gateway(map[string]any{"name": "secure", "port": int64(443), "protocol": "HTTPS", "hostname": "shop.example"}),
			note: "HTTPRoute public has no Gateway listener for tux.example, not probed",
		},
		"a path that is not ours": {
			route: route("/api"), gateway: gateway(map[string]any{"name": "secure", "port": int64(443), "protocol": "HTTPS"}),
			note: "HTTPRoute public does not lead tux.example/health/live/ to this backend, not probed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, notes := one(t, discover.Cluster{
				Services:   []corev1.Service{*testutil.Service(ns, "web", "tux-backend")},
				HTTPRoutes: []unstructured.Unstructured{tc.route}, Gateways: []unstructured.Unstructured{tc.gateway},
			})
			if diff := cmp.Diff(tc.want, b.Hosts); diff != "" || notes != tc.note {
				t.Errorf("hosts (-want +got):\n%s\nnotes %q, want %q", diff, notes, tc.note)
			}
		})
	}
}
