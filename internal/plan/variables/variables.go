package variables

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// Render returns the Secret and the ConfigMap, or nothing without spec.sentry.
func Render(e *env.Environment) ([]env.Object, error) {
	if e.Variables == nil {
		return nil, nil
	}
	return []env.Object{secret(e, e.Variables), configMap(e, e.Variables)}, nil
}

func secret(e *env.Environment, v *env.Variables) *corev1.Secret {
	data := map[string][]byte{}
	for _, name := range v.Names.Environments {
		data[name] = []byte(e.Title)
	}
	data[v.Names.DSN] = []byte(v.DSN)
	if v.Release != "" {
		data[v.Names.Release] = []byte(v.Release)
	}
	if v.TracesSampleRate != "" {
		data[v.Names.TracesSampleRate] = []byte(v.TracesSampleRate)
	}
	return &corev1.Secret{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: named(e, v.SecretName),
		Type:       corev1.SecretTypeOpaque,
		Data:       data,
	}
}

func configMap(e *env.Environment, v *env.Variables) *corev1.ConfigMap {
	data := map[string]string{v.Names.LogLevel: v.LogLevel}
	if v.TracesSampleRate != "" {
		data[v.Names.TracesSampleRate] = v.TracesSampleRate
	}
	return &corev1.ConfigMap{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}, ObjectMeta: named(e, v.ConfigMapName), Data: data,
	}
}

func named(e *env.Environment, name string) metav1.ObjectMeta {
	meta := e.Meta(env.OutputVariables, "", nil)
	meta.Name = name
	return meta
}
