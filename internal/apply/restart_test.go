package apply

import (
	"context"
	"errors"
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// complete are children of the kinds an exporter is made of, with every default of the API server
// spelled out, as the cold start expects it.
func (f *fixture) complete() []client.Object {
	pod := map[string]string{"app": "exporter"}
	return objects(
		f.configMap("exporter", map[string]string{"config.yml": "expr: a < b && c > d\n"}),
		f.deployment("exporter", pod),
		&corev1.Service{ObjectMeta: f.meta("exporter"), Spec: corev1.ServiceSpec{
			Type: corev1.ServiceTypeClusterIP, Selector: pod, SessionAffinity: corev1.ServiceAffinityNone, InternalTrafficPolicy: ptr.To(corev1.ServiceInternalTrafficPolicyCluster),
			Ports: []corev1.ServicePort{{Name: "http", Port: 80, Protocol: corev1.ProtocolTCP, TargetPort: intstr.FromString("http")}},
		}},
		&networkingv1.NetworkPolicy{ObjectMeta: f.meta("exporter"), Spec: networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchLabels: pod},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress},
			Ingress:     []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &metav1.LabelSelector{}}}}},
			Egress:      []networkingv1.NetworkPolicyEgressRule{{}},
		}},
		&networkingv1.NetworkPolicy{ObjectMeta: f.meta("everything"), Spec: networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}}},
		f.gadget("exporter", "p", "q"),
	)
}

func (f *fixture) deployment(name string, pod map[string]string) *appsv1.Deployment {
	probe := corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/-/healthy", Port: intstr.FromString("http"), Scheme: corev1.URISchemeHTTP}}
	return &appsv1.Deployment{ObjectMeta: f.meta(name), Spec: appsv1.DeploymentSpec{
		Replicas:                ptr.To(int32(1)),
		RevisionHistoryLimit:    ptr.To(int32(10)),
		ProgressDeadlineSeconds: ptr.To(int32(600)),
		Selector:                &metav1.LabelSelector{MatchLabels: pod},
		Strategy: appsv1.DeploymentStrategy{Type: appsv1.RollingUpdateDeploymentStrategyType, RollingUpdate: &appsv1.RollingUpdateDeployment{
			MaxUnavailable: ptr.To(intstr.FromString("25%")), MaxSurge: ptr.To(intstr.FromString("25%")),
		}},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: pod}, Spec: corev1.PodSpec{
			RestartPolicy: corev1.RestartPolicyAlways, DNSPolicy: corev1.DNSClusterFirst, SchedulerName: "default-scheduler",
			TerminationGracePeriodSeconds: ptr.To(int64(30)),
			SecurityContext:               &corev1.PodSecurityContext{},
			Containers: []corev1.Container{{
				Name: "exporter", Image: "example.com/exporter:v1", ImagePullPolicy: corev1.PullIfNotPresent,
				TerminationMessagePath: "/dev/termination-log", TerminationMessagePolicy: corev1.TerminationMessageReadFile,
				Ports:         []corev1.ContainerPort{{Name: "http", ContainerPort: 9115, Protocol: corev1.ProtocolTCP}},
				Env:           []corev1.EnvVar{{Name: "A", Value: "1"}, {Name: "EMPTY"}},
				LivenessProbe: &corev1.Probe{ProbeHandler: probe, TimeoutSeconds: 1, PeriodSeconds: 10, SuccessThreshold: 1, FailureThreshold: 3},
				Resources: corev1.ResourceRequirements{
					Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("0.010"), corev1.ResourceMemory: resource.MustParse("32Mi")},
				},
				SecurityContext: &corev1.SecurityContext{Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}},
				VolumeMounts:    []corev1.VolumeMount{{Name: "tmp", MountPath: "/tmp"}},
			}, {
				Name: "sidecar", Image: "example.com/sidecar:v1", ImagePullPolicy: corev1.PullIfNotPresent,
				TerminationMessagePath: "/dev/termination-log", TerminationMessagePolicy: corev1.TerminationMessageReadFile,
			}},
			Volumes: []corev1.Volume{{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}},
		}},
	}}
}

const oneListPerKind = "1 list configmaps, 1 list deployments, 1 list gadgets, 1 list networkpolicies, 1 list services"

func (f *fixture) expectUnchanged(want string) {
	f.Helper()
	f.requests.Reset()
	changes := f.apply(f.complete()...)
	if changes.Changed() || changes.Count(Unchanged) != len(f.complete()) {
		f.Errorf("created %v, configured %v", changes.Names(Created), changes.Names(Configured))
	}
	if got := f.requests.String(); got != want {
		f.Errorf("requests = %q, want %q", got, want)
	}
}

func TestIdleSendsNothingAndRestartReadsOneListPerKind(t *testing.T) {
	f := newFixture(t)
	if changes := f.apply(f.complete()...); changes.Count(Created) != len(f.complete()) {
		t.Fatalf("changes = %v", changes)
	}
	f.expectUnchanged("")
	f.applier = f.restart()
	f.expectUnchanged(oneListPerKind)
	f.expectUnchanged("")
	if hits, misses := f.applier.CacheStats(); hits != uint64(2*len(f.complete())) || misses != 0 {
		t.Errorf("cache hits, misses = %d, %d", hits, misses)
	}
}

func TestRestartAfterForeignEditsWritesNothing(t *testing.T) {
	f := newFixture(t)
	f.apply(f.complete()...)
	for _, obj := range f.complete() { // foreign fields everywhere; the first apply after it opens the Apply entry
		f.must(admin.Patch(t.Context(), obj, client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"labels":{"theirs":"1"}}}`))))
	}
	f.applier = f.restart()
	f.expectUnchanged(oneListPerKind)
	f.must(admin.Patch(t.Context(), f.configMap("exporter", nil), client.RawPatch("application/merge-patch+json", []byte(`{"data":{"theirs":"1"}}`))))
	f.expectUnchanged("1 patch configmaps")
	f.applier = f.restart()
	f.expectUnchanged(oneListPerKind)
}

func TestRestartAfterEveryObjectWasConfigured(t *testing.T) {
	f := newFixture(t)
	first := f.complete()
	for _, obj := range first {
		obj.SetLabels(withKey(obj.GetLabels(), "team", "old"))
	}
	f.apply(first...)
	if changes := f.apply(f.complete()...); changes.Count(Configured) != len(first) {
		t.Errorf("changes = %v", changes)
	}
	f.expectUnchanged("")
	f.applier = f.restart()
	f.expectUnchanged(oneListPerKind)
	svc := &corev1.Service{}
	f.must(admin.Get(t.Context(), f.key("exporter"), svc))
	if svc.Labels["team"] != "" || svc.Spec.ClusterIP == "" || len(svc.Spec.Ports) != 1 {
		t.Errorf("service = %v %v", svc.Labels, svc.Spec)
	}
	policy := &networkingv1.NetworkPolicy{}
	f.must(admin.Get(t.Context(), f.key("exporter"), policy))
	if len(policy.Spec.Egress) != 1 || policy.Spec.Ingress[0].From[0].NamespaceSelector == nil {
		t.Errorf("an empty rule or selector has lost its meaning: %v", policy.Spec)
	}
}

func TestRestartRepairsWhatWasEditedMeanwhile(t *testing.T) {
	f := newFixture(t)
	cm := f.configMap("a", map[string]string{"x": "1", "y": "1"})
	f.apply(cm)
	f.edit("a", func(cm *corev1.ConfigMap) { cm.Data["x"] = "hacked"; cm.Data["z"] = "theirs" })
	f.applier = f.restart()
	f.expect(cm, Configured, false, "1 list configmaps, 1 patch configmaps")
	if got := f.get("a").Data; got["x"] != "1" || got["z"] != "theirs" {
		t.Errorf("data = %v", got)
	}
	f.applier = f.restart()
	f.expect(f.configMap("a", map[string]string{"x": "1"}), Configured, false, "1 list configmaps, 3 patch configmaps")
	if _, ok := f.get("a").Data["y"]; ok {
		t.Error("what an earlier process created and is no longer wanted was not removed")
	}
}

func TestColdStartPages(t *testing.T) {
	f := newFixture(t)
	const n = 2*pageSize + 1
	objs := make([]client.Object, n)
	for i := range objs {
		objs[i] = f.configMap(fmt.Sprintf("cm-%03d", i), map[string]string{"x": "1"})
	}
	f.apply(objs...)
	f.applier = f.restart()
	if changes := f.apply(objs...); changes.Changed() || len(changes) != n {
		t.Errorf("configured %d of %d", changes.Count(Configured), len(changes))
	}
	if got := f.requests.String(); got != "3 list configmaps" {
		t.Errorf("requests = %s", got)
	}
}

// failingList fails the next lists.
type failingList struct {
	client.Reader
	failures, lists int
}

func (r *failingList) List(ctx context.Context, list client.ObjectList, opts ...client.ListOption) error {
	r.lists++
	if r.lists <= r.failures {
		return errors.New("connection reset")
	}
	return r.Reader.List(ctx, list, opts...)
}

func TestColdStartIsTriedAgainInTheNextPass(t *testing.T) {
	f := newFixture(t)
	objs := objects(f.configMap("a", nil), f.configMap("b", nil))
	f.apply(objs...)
	f.applier = f.restart()
	live := &failingList{Reader: f.writer, failures: 1}
	f.applier.cfg.Live = live
	if _, err := f.applier.Apply(t.Context(), f.owner, objs); err == nil || live.lists != 1 {
		t.Errorf("err = %v after %d lists, want an error after one list for both objects", err, live.lists)
	}
	if changes := f.apply(objs...); changes.Changed() || live.lists != 2 || f.requests.Writes() != 0 {
		t.Errorf("%v after %d lists, requests %s", changes, live.lists, f.requests)
	}
}
