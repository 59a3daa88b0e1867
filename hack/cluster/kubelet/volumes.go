package kubelet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// tokenSeconds is a day: longer than any run, and nothing renews the token.
const tokenSeconds = int64(24 * 60 * 60)

// writeVolumes fills or refreshes every volume of the pod under dir, one directory each. An error
// means that something is not there yet; the caller tries again. File modes are not those of the spec:
// everybody may read.
func (k *Kubelet) writeVolumes(ctx context.Context, pod *corev1.Pod, dir string) error {
	var errs []error
	for i := range pod.Spec.Volumes {
		volume := &pod.Spec.Volumes[i]
		if err := k.writeVolume(ctx, pod, volume, filepath.Join(dir, volume.Name)); err != nil {
			errs = append(errs, fmt.Errorf("volume %q: %w", volume.Name, err))
		}
	}
	return errors.Join(errs...)
}

func (k *Kubelet) writeVolume(ctx context.Context, pod *corev1.Pod, volume *corev1.Volume, dir string) error {
	var files map[string][]byte
	var err error
	switch {
	case volume.EmptyDir != nil:
		return makeOpen(dir)
	case volume.ConfigMap != nil:
		v := volume.ConfigMap
		data, readErr := k.configMapData(ctx, pod.Namespace, v.Name)
		files, err = choose(data, readErr, v.Items, isTrue(v.Optional))
	case volume.Secret != nil:
		v := volume.Secret
		data, readErr := k.secretData(ctx, pod.Namespace, v.SecretName)
		files, err = choose(data, readErr, v.Items, isTrue(v.Optional))
	case volume.Projected != nil:
		files, err = k.projected(ctx, pod, volume.Projected.Sources)
	default:
		err = errors.New("this node has no volumes of that kind")
	}
	if err != nil {
		return err
	}
	return writeAtomically(dir, files)
}

// makeOpen makes a directory any user may write to, as fsGroup would. What the pod makes of it later
// stays.
func makeOpen(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	return errors.Join(os.MkdirAll(dir, 0o777), os.Chmod(dir, 0o777)) //nolint:gosec // what an emptyDir is
}

func (k *Kubelet) projected(ctx context.Context, pod *corev1.Pod, sources []corev1.VolumeProjection) (map[string][]byte, error) {
	all := map[string][]byte{}
	for i := range sources {
		files, err := k.source(ctx, pod, &sources[i])
		if err != nil {
			return nil, err
		}
		maps.Copy(all, files)
	}
	return all, nil
}

func (k *Kubelet) source(ctx context.Context, pod *corev1.Pod, source *corev1.VolumeProjection) (map[string][]byte, error) {
	switch {
	case source.ConfigMap != nil:
		v := source.ConfigMap
		data, err := k.configMapData(ctx, pod.Namespace, v.Name)
		return choose(data, err, v.Items, isTrue(v.Optional))
	case source.Secret != nil:
		v := source.Secret
		data, err := k.secretData(ctx, pod.Namespace, v.Name)
		return choose(data, err, v.Items, isTrue(v.Optional))
	case source.ServiceAccountToken != nil:
		token, err := k.token(ctx, pod, source.ServiceAccountToken.Audience)
		return map[string][]byte{source.ServiceAccountToken.Path: token}, err
	case source.DownwardAPI != nil:
		return downward(pod, source.DownwardAPI.Items)
	default:
		return nil, errors.New("this node has no projections of that kind")
	}
}

func (k *Kubelet) configMapData(ctx context.Context, namespace, name string) (map[string][]byte, error) {
	object, err := k.clients.CoreV1().ConfigMaps(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	data := map[string][]byte{}
	maps.Copy(data, object.BinaryData)
	for key, value := range object.Data {
		data[key] = []byte(value)
	}
	return data, nil
}

func (k *Kubelet) secretData(ctx context.Context, namespace, name string) (map[string][]byte, error) {
	object, err := k.clients.CoreV1().Secrets(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return object.Data, nil
}

// choose takes the data of a whole object and the error of reading it, and keeps everything where nothing
// is chosen. Optional is both the object and each key in it.
func choose(data map[string][]byte, err error, items []corev1.KeyToPath, optional bool) (map[string][]byte, error) {
	if apierrors.IsNotFound(err) && optional {
		return nil, nil
	}
	if err != nil || len(items) == 0 {
		return data, err
	}
	chosen := map[string][]byte{}
	for _, item := range items {
		value, ok := data[item.Key]
		if !ok && !optional {
			return nil, fmt.Errorf("no key %q", item.Key)
		}
		if ok {
			chosen[item.Path] = value
		}
	}
	return chosen, nil
}

// tokenKey is what a token is for.
type tokenKey struct {
	pod      types.UID
	audience string
}

// token asks once for each pod and audience: a new one at each refresh would look like a change. It is
// good as long as the pod is there.
func (k *Kubelet) token(ctx context.Context, pod *corev1.Pod, audience string) ([]byte, error) {
	key := tokenKey{pod.UID, audience}
	if token, ok := k.tokens.Load(key); ok {
		return token.([]byte), nil
	}
	token, err := k.requestToken(ctx, pod, audience)
	if err == nil {
		k.tokens.Store(key, token)
	}
	return token, err
}

func (k *Kubelet) requestToken(ctx context.Context, pod *corev1.Pod, audience string) ([]byte, error) {
	seconds := tokenSeconds
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{
		ExpirationSeconds: &seconds,
		BoundObjectRef:    &authenticationv1.BoundObjectReference{APIVersion: "v1", Kind: "Pod", Name: pod.Name, UID: pod.UID},
	}}
	if audience != "" {
		request.Spec.Audiences = []string{audience}
	}
	account := k.clients.CoreV1().ServiceAccounts(pod.Namespace)
	answer, err := account.CreateToken(ctx, pod.Spec.ServiceAccountName, request, metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("cannot get a token for ServiceAccount %q: %w", pod.Spec.ServiceAccountName, err)
	}
	return []byte(answer.Status.Token), nil
}

func downward(pod *corev1.Pod, items []corev1.DownwardAPIVolumeFile) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, item := range items {
		if item.FieldRef == nil {
			return nil, errors.New("this node has no resource fields")
		}
		value, err := field(pod, item.FieldRef.FieldPath)
		if err != nil {
			return nil, err
		}
		files[item.Path] = []byte(value)
	}
	return files, nil
}

func isTrue(b *bool) bool { return b != nil && *b }
