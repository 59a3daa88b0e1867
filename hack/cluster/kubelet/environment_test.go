package kubelet

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/fake"
)

func TestExpand(t *testing.T) {
	env := variables{"HOST": "db", "PORT": "5432", "EMPTY": "", "NESTED": "$(HOST)"}
	cases := map[string]string{
		"plain":            "plain",
		"$(HOST):$(PORT)":  "db:5432",
		"[$(EMPTY)]":       "[]",
		"$(UNKNOWN)":       "$(UNKNOWN)",
		"$$(HOST)":         "$(HOST)",
		"$$$(HOST)":        "$db",
		"a$$b":             "a$b",
		"$HOST ${HOST} $(": "$HOST ${HOST} $(",
		"$(NESTED)":        "$(HOST)",
		"$()":              "$()",
	}
	for text, want := range cases {
		t.Run(text, func(t *testing.T) {
			if got := env.expand(text); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestField(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "web-1", Namespace: "shop", UID: "u-1"}}
	pod.Spec.NodeName, pod.Spec.ServiceAccountName, pod.Status.PodIP = "node", "web", "10.77.0.2"
	for path, want := range map[string]string{
		"metadata.name": "web-1", "metadata.namespace": "shop", "metadata.uid": "u-1", "spec.nodeName": "node",
		"spec.serviceAccountName": "web", "status.podIP": "10.77.0.2", "status.podIPs": "10.77.0.2",
	} {
		if got, err := field(pod, path); err != nil || got != want {
			t.Errorf("%s: got %q and error %v, want %q", path, got, err, want)
		}
	}
	if got, err := field(pod, "metadata.labels['app']"); err == nil {
		t.Errorf("a field this node does not know gave %q", got)
	}
}

func TestEnviron(t *testing.T) {
	k := New(Options{APIHost: "10.77.0.1", APIPort: "6443", Clients: fake.NewClientset(
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "db"}, Data: map[string][]byte{"password": []byte("a$$b$(HOST)")}},
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"}, Data: map[string]string{"mode": "fast"}},
	)})
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "web-1", Namespace: "shop"}}

	cases := map[string]struct {
		from    []corev1.EnvFromSource
		env     []corev1.EnvVar
		want    variables
		wantErr bool
	}{
		"all of a Secret and of a ConfigMap, with a prefix, and overridden": {
			from: []corev1.EnvFromSource{allOfSecret("db", false), allOfConfigMap("web", "WEB_")},
			env:  []corev1.EnvVar{{Name: "password", Value: "$(WEB_mode)er"}},
			want: variables{"password": "faster", "WEB_mode": "fast"},
		},
		"all of a Secret is taken as it is":    {from: []corev1.EnvFromSource{allOfSecret("db", false)}, want: variables{"password": "a$$b$(HOST)"}},
		"all of a Secret that may be missing":  {from: []corev1.EnvFromSource{allOfSecret("none", true)}, want: variables{}},
		"all of a Secret that is missing":      {from: []corev1.EnvFromSource{allOfSecret("none", false)}, wantErr: true},
		"all of a ConfigMap that is missing":   {from: []corev1.EnvFromSource{allOfConfigMap("none", "")}, wantErr: true},
		"all of something this node knows not": {from: []corev1.EnvFromSource{{}}, wantErr: true},
		"later ones refer to earlier ones, not the other way round": {
			env: []corev1.EnvVar{
				{Name: "URL", Value: "http://$(HOST)"}, {Name: "HOST", Value: "db"}, {Name: "DSN", Value: "postgres://$(HOST)"},
			},
			want: variables{"URL": "http://$(HOST)", "HOST": "db", "DSN": "postgres://db"},
		},
		"a secret is taken as it is": {
			env:  []corev1.EnvVar{{Name: "HOST", Value: "db"}, fromSecret("PASSWORD", "db", "password", false)},
			want: variables{"HOST": "db", "PASSWORD": "a$$b$(HOST)"},
		},
		"of a ConfigMap": {
			env:  []corev1.EnvVar{fromConfigMap("MODE", "web", "mode", false)},
			want: variables{"MODE": "fast"},
		},
		"what is optional and missing is not set": {
			env: []corev1.EnvVar{
				fromSecret("A", "db", "user", true), fromSecret("B", "none", "user", true),
				fromConfigMap("C", "web", "user", true), fromConfigMap("D", "none", "user", true),
			},
			want: variables{},
		},
		"a missing Secret":              {env: []corev1.EnvVar{fromSecret("A", "none", "user", false)}, wantErr: true},
		"a missing key of a Secret":     {env: []corev1.EnvVar{fromSecret("A", "db", "user", false)}, wantErr: true},
		"a missing ConfigMap":           {env: []corev1.EnvVar{fromConfigMap("A", "none", "mode", false)}, wantErr: true},
		"a missing key of a ConfigMap":  {env: []corev1.EnvVar{fromConfigMap("A", "web", "user", false)}, wantErr: true},
		"a source this node has not":    {env: []corev1.EnvVar{{Name: "A", ValueFrom: &corev1.EnvVarSource{}}}, wantErr: true},
		"a field this node has not":     {env: []corev1.EnvVar{fromField("A", "status.hostIP")}, wantErr: true},
		"a field of the pod":            {env: []corev1.EnvVar{fromField("A", "metadata.name")}, want: variables{"A": "web-1"}},
		"HOSTNAME can be set otherwise": {env: []corev1.EnvVar{{Name: "HOSTNAME", Value: "me"}}, want: variables{"HOSTNAME": "me"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := k.environ(t.Context(), pod, &corev1.Container{Env: tc.env, EnvFrom: tc.from})
			if (err != nil) != tc.wantErr {
				t.Fatalf("got error %v, want one: %t", err, tc.wantErr)
			}
			if err != nil {
				return
			}
			want := variables{
				"PATH": got["PATH"], "HOSTNAME": "web-1", "KUBERNETES_SERVICE_HOST": "10.77.0.1", "KUBERNETES_SERVICE_PORT": "6443",
			}
			for name, value := range tc.want {
				want[name] = value
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("variables (-want +got):\n%s", diff)
			}
		})
	}
}

func fromSecret(variable, name, key string, optional bool) corev1.EnvVar {
	ref := &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: name}, Key: key, Optional: &optional}
	return corev1.EnvVar{Name: variable, ValueFrom: &corev1.EnvVarSource{SecretKeyRef: ref}}
}

func fromConfigMap(variable, name, key string, optional bool) corev1.EnvVar {
	ref := &corev1.ConfigMapKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: name}, Key: key, Optional: &optional}
	return corev1.EnvVar{Name: variable, ValueFrom: &corev1.EnvVarSource{ConfigMapKeyRef: ref}}
}

func allOfSecret(name string, optional bool) corev1.EnvFromSource {
	return corev1.EnvFromSource{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}, Optional: &optional}}
}

func allOfConfigMap(name, prefix string) corev1.EnvFromSource {
	return corev1.EnvFromSource{
		Prefix: prefix, ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}},
	}
}

func fromField(variable, path string) corev1.EnvVar {
	return corev1.EnvVar{Name: variable, ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: path}}}
}

func TestChoose(t *testing.T) {
	data := map[string][]byte{"a": []byte("1"), "b": []byte("2")}
	missing := apierrors.NewNotFound(schema.GroupResource{Resource: "configmaps"}, "web")
	cases := map[string]struct {
		err      error
		items    []corev1.KeyToPath
		optional bool
		want     map[string][]byte
		wantErr  bool
	}{
		"nothing chosen is all":         {want: data},
		"a key under another name":      {items: []corev1.KeyToPath{{Key: "b", Path: "dir/c"}}, want: map[string][]byte{"dir/c": []byte("2")}},
		"a missing key":                 {items: []corev1.KeyToPath{{Key: "c", Path: "c"}}, wantErr: true},
		"a missing key that may":        {items: []corev1.KeyToPath{{Key: "c", Path: "c"}}, optional: true, want: map[string][]byte{}},
		"a missing object":              {err: missing, wantErr: true},
		"a missing object that may":     {err: missing, optional: true},
		"an object that cannot be read": {err: errors.New("timeout"), optional: true, wantErr: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			read := data
			if tc.err != nil {
				read = nil
			}
			got, err := choose(read, tc.err, tc.items, tc.optional)
			if (err != nil) != tc.wantErr {
				t.Fatalf("got error %v, want one: %t", err, tc.wantErr)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" && err == nil {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}
