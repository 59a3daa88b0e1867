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
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
	if len(container.EnvFrom) > 0 {
		return nil, errors.New("this node has no envFrom")
	}
	for i := range container.Env {
		v := &container.Env[i]
		value, set, err := k.variable(ctx, pod, v)
		if err != nil {
			return nil, fmt.Errorf("variable %q: %w", v.Name, err)
		}
		if set {
			env[v.Name] = env.expand(value)
		}
	}
	return env, nil
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
		secret, err := k.clients.CoreV1().Secrets(pod.Namespace).Get(ctx, from.SecretKeyRef.Name, metav1.GetOptions{})
		return fromKey(string(secret.Data[from.SecretKeyRef.Key]), err, isTrue(from.SecretKeyRef.Optional))
	case from.ConfigMapKeyRef != nil:
		config, err := k.clients.CoreV1().ConfigMaps(pod.Namespace).Get(ctx, from.ConfigMapKeyRef.Name, metav1.GetOptions{})
		return fromKey(config.Data[from.ConfigMapKeyRef.Key], err, isTrue(from.ConfigMapKeyRef.Optional))
	default:
		return "", false, errors.New("this node has no such source")
	}
}

func fromKey(value string, err error, optional bool) (text string, set bool, _ error) {
	if apierrors.IsNotFound(err) && optional {
		return "", false, nil
	}
	return value, err == nil, err
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
