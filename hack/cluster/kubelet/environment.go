package kubelet

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// variables is what a container starts with.
type variables map[string]string

// environ works out the variables of a container in the order of the spec, because later ones may
// refer to earlier ones.
func (k *Kubelet) environ(ctx context.Context, pod *corev1.Pod, container *corev1.Container) (variables, error) {
	env := variables{
		"PATH":                    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOSTNAME":                pod.Name,
		"KUBERNETES_SERVICE_HOST": k.options.APIHost,
		"KUBERNETES_SERVICE_PORT": k.options.APIPort,
	}
	for i := range container.EnvFrom {
		if err := k.addAll(ctx, env, pod.Namespace, &container.EnvFrom[i]); err != nil {
			return nil, err
		}
	}
	for i := range container.Env {
		v := &container.Env[i]
		value, set, err := k.variable(ctx, pod, v)
		if err != nil {
			return nil, fmt.Errorf("variable %q: %w", v.Name, err)
		}
		if set {
			env[v.Name] = value
			if v.ValueFrom == nil {
				env[v.Name] = env.expand(value)
			}
		}
	}
	return env, nil
}

// addAll takes every key of an object over. One that is optional and missing has none.
func (k *Kubelet) addAll(ctx context.Context, env variables, namespace string, from *corev1.EnvFromSource) error {
	var data map[string][]byte
	var err error
	var optional bool
	switch {
	case from.SecretRef != nil:
		data, err = k.secretData(ctx, namespace, from.SecretRef.Name)
		optional = isTrue(from.SecretRef.Optional)
	case from.ConfigMapRef != nil:
		data, err = k.configMapData(ctx, namespace, from.ConfigMapRef.Name)
		optional = isTrue(from.ConfigMapRef.Optional)
	default:
		return errors.New("envFrom without a source")
	}
	if err != nil && (!optional || !apierrors.IsNotFound(err)) {
		return fmt.Errorf("envFrom: %w", err)
	}
	for name, value := range data {
		env[from.Prefix+name] = string(value)
	}
	return nil
}

// variable reports whether the variable is set at all: an optional key that is missing leaves it unset.
func (k *Kubelet) variable(ctx context.Context, pod *corev1.Pod, v *corev1.EnvVar) (value string, set bool, err error) {
	switch from := v.ValueFrom; {
	case from == nil:
		return v.Value, true, nil
	case from.FieldRef != nil:
		value, err = field(pod, from.FieldRef.FieldPath)
		return value, true, err
	case from.SecretKeyRef != nil:
		data, err := k.secretData(ctx, pod.Namespace, from.SecretKeyRef.Name)
		return fromKey(data, err, from.SecretKeyRef.Key, isTrue(from.SecretKeyRef.Optional))
	case from.ConfigMapKeyRef != nil:
		data, err := k.configMapData(ctx, pod.Namespace, from.ConfigMapKeyRef.Name)
		return fromKey(data, err, from.ConfigMapKeyRef.Key, isTrue(from.ConfigMapKeyRef.Optional))
	default:
		return "", false, errors.New("this node has no such source")
	}
}

// fromKey takes the data of a whole object and the error of reading it. Optional is both the object
// and the key in it.
func fromKey(data map[string][]byte, err error, key string, optional bool) (value string, set bool, _ error) {
	if apierrors.IsNotFound(err) && optional {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	bytes, ok := data[key]
	if !ok && !optional {
		return "", false, fmt.Errorf("no key %q", key)
	}
	return string(bytes), ok, nil
}

// field reads what the downward API offers and somebody here uses.
func field(pod *corev1.Pod, path string) (string, error) {
	switch path {
	case "metadata.name":
		return pod.Name, nil
	case "metadata.namespace":
		return pod.Namespace, nil
	case "metadata.uid":
		return string(pod.UID), nil
	case "spec.nodeName":
		return pod.Spec.NodeName, nil
	case "spec.serviceAccountName":
		return pod.Spec.ServiceAccountName, nil
	case "status.podIP", "status.podIPs":
		return pod.Status.PodIP, nil
	default:
		return "", fmt.Errorf("this node has no field %q", path)
	}
}

var reference = regexp.MustCompile(`\$\$|\$\(([-._a-zA-Z0-9]+)\)`)

// expand replaces $(NAME) as Kubernetes does: an unknown name stays as it is, and $$ is a dollar.
func (v variables) expand(text string) string {
	return reference.ReplaceAllStringFunc(text, func(found string) string {
		if found == "$$" {
			return "$"
		}
		value, ok := v[strings.TrimSuffix(strings.TrimPrefix(found, "$("), ")")]
		if !ok {
			return found
		}
		return value
	})
}

func (v variables) expandAll(texts []string) []string {
	expanded := make([]string, 0, len(texts))
	for _, text := range texts {
		expanded = append(expanded, v.expand(text))
	}
	return expanded
}

// list is the form a process wants.
func (v variables) list() []string {
	list := make([]string, 0, len(v))
	for name, value := range v {
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list
}
