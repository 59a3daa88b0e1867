package apply

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/ptr"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

func TestNormalise(t *testing.T) {
	meta := metav1.ObjectMeta{
		Name: "a", Namespace: "shop", Labels: map[string]string{"l": "1"}, Annotations: map[string]string{},
		UID: "1", ResourceVersion: "2", Generation: 3, CreationTimestamp: metav1.Now(), Finalizers: []string{"f"},
		OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: "o", UID: "u"}},
		ManagedFields:   []metav1.ManagedFieldsEntry{{Manager: "m"}},
	}
	name := metav1.ObjectMeta{Name: "a"}
	for title, tc := range map[string]struct {
		in   runtime.Object
		want string
	}{
		"of the metadata only what can be wanted stays": {
			in: &corev1.ConfigMap{ObjectMeta: meta, Data: map[string]string{"expr": "a < b"}},
			want: `{"apiVersion":"v1","data":{"expr":"a < b"},"kind":"ConfigMap","metadata":{"labels":{"l":"1"},"name":"a","namespace":"shop",` +
				`"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"o","uid":"u"}]}}`,
		},
		"empty structs held by value, nulls and status go": {
			in: &appsv1.Deployment{ObjectMeta: name, Spec: appsv1.DeploymentSpec{
				Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c"}}}},
			}, Status: appsv1.DeploymentStatus{Replicas: 1}},
			want: `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"template":{"spec":{"containers":[{"name":"c"}]}}}}`,
		},
		"pointers to empty structs stay": {
			in: &corev1.Pod{ObjectMeta: name, Spec: corev1.PodSpec{
				SecurityContext: &corev1.PodSecurityContext{},
				Containers:      []corev1.Container{},
				Volumes:         []corev1.Volume{{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}},
			}},
			want: `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"securityContext":{},"volumes":[{"emptyDir":{},"name":"tmp"}]}}`,
		},
		"empty rules and selectors of a network policy keep their meaning": {
			in: &networkingv1.NetworkPolicy{ObjectMeta: name, Spec: networkingv1.NetworkPolicySpec{
				Ingress: []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &metav1.LabelSelector{}}}}},
				Egress:  []networkingv1.NetworkPolicyEgressRule{{}},
			}},
			want: `{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"a"},"spec":{"egress":[{}],` +
				`"ingress":[{"from":[{"namespaceSelector":{}}]}],"podSelector":{}}}`,
		},
		"a required selector of a custom resource stays, an optional one goes": {
			in: &monitoringv1.ServiceMonitor{ObjectMeta: name, Spec: monitoringv1.ServiceMonitorSpec{
				Endpoints: []monitoringv1.Endpoint{{Port: "http", Interval: "30s"}},
			}},
			want: `{"apiVersion":"monitoring.coreos.com/v1","kind":"ServiceMonitor","metadata":{"name":"a"},"spec":{"endpoints":[{"interval":"30s","port":"http"}],"selector":{}}}`,
		},
		"an unstructured object of a known kind is read as that kind": {
			in: &unstructured.Unstructured{Object: map[string]any{
				"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "a", "creationTimestamp": nil}, "status": map[string]any{},
				"spec": map[string]any{"containers": []any{map[string]any{"name": "c", "resources": map[string]any{}}}},
			}},
			want: `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"name":"c"}]}}`,
		},
		"of an unknown kind only nulls and empty lists go": {
			in: &unstructured.Unstructured{Object: map[string]any{
				"apiVersion": "example.com/v1", "kind": "Gadget", "metadata": map[string]any{"name": "a"},
				"spec": map[string]any{"selector": map[string]any{}, "none": nil, "list": []any{}, "items": []any{map[string]any{"x": nil}}},
			}},
			want: `{"apiVersion":"example.com/v1","kind":"Gadget","metadata":{"name":"a"},"spec":{"items":[{}],"selector":{}}}`,
		},
	} {
		t.Run(title, func(t *testing.T) {
			before := tc.in.DeepCopyObject()
			if diff := cmp.Diff(tc.want, normalBytes(t, tc.in)); diff != "" {
				t.Errorf("normal form (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, tc.in, cmp.AllowUnexported(metav1.FieldsV1{})); diff != "" {
				t.Errorf("the input was changed:\n%s", diff)
			}
		})
	}
}

// fataler is what testing.T and rapid.T have in common.
type fataler interface {
	Helper()
	Fatal(...any)
}

func normalBytes(t fataler, obj runtime.Object) string {
	t.Helper()
	u, err := Normalise(obj, normaliseScheme)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Marshal(u)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var normaliseScheme = func() *runtime.Scheme {
	s := runtime.NewScheme()
	_ = clientgoscheme.AddToScheme(s)
	_ = monitoringv1.AddToScheme(s)
	return s
}()

func TestNormaliseRefusesFieldsTheKindDoesNotHave(t *testing.T) {
	in := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "a"}, "datum": map[string]any{}}}
	if _, err := Normalise(in, normaliseScheme); err == nil || !strings.Contains(err.Error(), "datum") {
		t.Errorf("err = %v, want one that names the field", err)
	}
}

// TestNormaliseIsStable: the normal form, written as YAML and read again into the Go type or without
// one, has the same normal form.
func TestNormaliseIsStable(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		obj := anyObject().Draw(rt, "object")
		want := normalBytes(rt, obj)
		text, err := yaml.JSONToYAML([]byte(want))
		if err != nil {
			rt.Fatal(err)
		}
		u := &unstructured.Unstructured{}
		json, err := yaml.YAMLToJSON(text)
		if err != nil {
			rt.Fatal(err)
		}
		if err := u.UnmarshalJSON(json); err != nil { // keeps large integers, unlike yaml.Unmarshal into a map
			rt.Fatal(err)
		}
		typed, err := normaliseScheme.New(u.GroupVersionKind())
		if err != nil {
			rt.Fatal(err)
		}
		if err := yaml.UnmarshalStrict(text, typed); err != nil {
			rt.Fatal(err)
		}
		for how, again := range map[string]runtime.Object{"typed": typed, "unstructured": u} {
			if got := normalBytes(rt, again); got != want {
				rt.Fatalf("%s: %s\nwas %s", how, got, want)
			}
		}
	})
}

func anyObject() *rapid.Generator[client.Object] {
	words := rapid.SampledFrom([]string{"", "a", "b<c", `${x}: "&"`, "1", "true", "null"})
	texts := rapid.MapOfN(words, words, 0, 3)
	selector := rapid.Custom(func(t *rapid.T) metav1.LabelSelector {
		return metav1.LabelSelector{MatchLabels: texts.Draw(t, "match")}
	})
	meta := rapid.Custom(func(t *rapid.T) metav1.ObjectMeta {
		return metav1.ObjectMeta{Name: "n", Labels: texts.Draw(t, "labels"), Annotations: texts.Draw(t, "annotations")}
	})
	configMap := rapid.Custom(func(t *rapid.T) client.Object {
		return &corev1.ConfigMap{ObjectMeta: meta.Draw(t, "meta"), Data: texts.Draw(t, "data"), Immutable: rapid.Ptr(rapid.Bool(), true).Draw(t, "immutable")}
	})
	policy := rapid.Custom(func(t *rapid.T) client.Object {
		peer := rapid.Custom(func(t *rapid.T) networkingv1.NetworkPolicyPeer {
			return networkingv1.NetworkPolicyPeer{PodSelector: rapid.Ptr(selector, true).Draw(t, "pods"), NamespaceSelector: rapid.Ptr(selector, true).Draw(t, "namespaces")}
		})
		rule := rapid.Custom(func(t *rapid.T) networkingv1.NetworkPolicyIngressRule {
			return networkingv1.NetworkPolicyIngressRule{From: rapid.SliceOfN(peer, 0, 2).Draw(t, "from")}
		})
		return &networkingv1.NetworkPolicy{ObjectMeta: meta.Draw(t, "meta"), Spec: networkingv1.NetworkPolicySpec{
			PodSelector: selector.Draw(t, "selector"), Ingress: rapid.SliceOfN(rule, 0, 2).Draw(t, "ingress"),
		}}
	})
	rules := rapid.Custom(func(t *rapid.T) client.Object {
		rule := rapid.Custom(func(t *rapid.T) monitoringv1.Rule {
			return monitoringv1.Rule{
				Alert: words.Draw(t, "alert"), Expr: intstr.FromString(words.Draw(t, "expr")),
				For: rapid.Ptr(rapid.Just(monitoringv1.Duration("5m")), true).Draw(t, "for"), Labels: texts.Draw(t, "labels"),
			}
		})
		return &monitoringv1.PrometheusRule{ObjectMeta: meta.Draw(t, "meta"), Spec: monitoringv1.PrometheusRuleSpec{
			Groups: []monitoringv1.RuleGroup{{Name: "g", Rules: rapid.SliceOfN(rule, 0, 3).Draw(t, "rules"), Limit: rapid.Ptr(rapid.Int(), true).Draw(t, "limit")}},
		}}
	})
	deployment := rapid.Custom(func(t *rapid.T) client.Object {
		return &appsv1.Deployment{ObjectMeta: meta.Draw(t, "meta"), Spec: appsv1.DeploymentSpec{
			Replicas: rapid.Ptr(rapid.Int32(), true).Draw(t, "replicas"),
			Selector: rapid.Ptr(selector, true).Draw(t, "selector"),
			Template: corev1.PodTemplateSpec{ObjectMeta: meta.Draw(t, "template"), Spec: corev1.PodSpec{Containers: []corev1.Container{{
				Name: "c", Env: []corev1.EnvVar{{Name: "E", Value: words.Draw(t, "env")}},
				SecurityContext: rapid.Ptr(rapid.Just(corev1.SecurityContext{}), true).Draw(t, "security"),
				LivenessProbe:   ptr.To(corev1.Probe{}),
			}}}},
		}}
	})
	return rapid.OneOf(configMap, policy, rules, deployment)
}
