package kubelet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// tokenSeconds is a day: longer than any run, and nothing renews the token.
const tokenSeconds = int64(24 * 60 * 60)

// writeVolumes fills or refreshes every volume of the pod under dir, one directory each. An error
// means that something is not there yet; the caller tries again.
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
	switch {
	case volume.EmptyDir != nil:
		return makeOpen(dir)
	case volume.ConfigMap != nil, volume.Secret != nil, volume.Projected != nil:
		files, err := k.files(ctx, pod, volume)
		if err != nil {
			return err
		}
		return writeAtomically(dir, files)
	default:
		return fmt.Errorf("this node has no volumes of that kind")
	}
}

// makeOpen makes a directory any user may write to, as fsGroup would.
func makeOpen(dir string) error {
	return errors.Join(os.MkdirAll(dir, 0o777), os.Chmod(dir, 0o777)) //nolint:gosec // what an emptyDir is
}

func (k *Kubelet) files(ctx context.Context, pod *corev1.Pod, volume *corev1.Volume) (map[string][]byte, error) {
	switch {
	case volume.ConfigMap != nil:
		v := volume.ConfigMap
		return k.configMap(ctx, pod.Namespace, v.Name, v.Items, isTrue(v.Optional))
	case volume.Secret != nil:
		v := volume.Secret
		return k.secret(ctx, pod.Namespace, v.SecretName, v.Items, isTrue(v.Optional))
	}
	all := map[string][]byte{}
	for i := range volume.Projected.Sources {
		files, err := k.source(ctx, pod, &volume.Projected.Sources[i])
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
		return k.configMap(ctx, pod.Namespace, v.Name, v.Items, isTrue(v.Optional))
	case source.Secret != nil:
		v := source.Secret
		return k.secret(ctx, pod.Namespace, v.Name, v.Items, isTrue(v.Optional))
	case source.ServiceAccountToken != nil:
		token, err := k.token(ctx, pod)
		return map[string][]byte{source.ServiceAccountToken.Path: token}, err
	case source.DownwardAPI != nil:
		return downward(pod, source.DownwardAPI.Items)
	default:
		return nil, fmt.Errorf("this node has no projections of that kind")
	}
}

func (k *Kubelet) configMap(
	ctx context.Context, namespace, name string, items []corev1.KeyToPath, optional bool,
) (map[string][]byte, error) {
	object, err := k.clients.CoreV1().ConfigMaps(namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) && optional {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	data := maps.Clone(object.BinaryData)
	if data == nil {
		data = map[string][]byte{}
	}
	for key, value := range object.Data {
		data[key] = []byte(value)
	}
	return choose(data, items)
}

func (k *Kubelet) secret(
	ctx context.Context, namespace, name string, items []corev1.KeyToPath, optional bool,
) (map[string][]byte, error) {
	object, err := k.clients.CoreV1().Secrets(namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) && optional {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return choose(object.Data, items)
}

// choose keeps everything where nothing is chosen.
func choose(data map[string][]byte, items []corev1.KeyToPath) (map[string][]byte, error) {
	if len(items) == 0 {
		return data, nil
	}
	chosen := map[string][]byte{}
	for _, item := range items {
		value, ok := data[item.Key]
		if !ok {
			return nil, fmt.Errorf("no key %q", item.Key)
		}
		chosen[item.Path] = value
	}
	return chosen, nil
}

// token asks once for each pod: a new one at each refresh would look like a change.
func (k *Kubelet) token(ctx context.Context, pod *corev1.Pod) ([]byte, error) {
	if token, ok := k.tokens.Load(pod.UID); ok {
		return token.([]byte), nil
	}
	seconds := tokenSeconds
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds}}
	account := k.clients.CoreV1().ServiceAccounts(pod.Namespace)
	answer, err := account.CreateToken(ctx, pod.Spec.ServiceAccountName, request, metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("cannot get a token for ServiceAccount %q: %w", pod.Spec.ServiceAccountName, err)
	}
	token := []byte(answer.Status.Token)
	k.tokens.Store(pod.UID, token)
	return token, nil
}

func downward(pod *corev1.Pod, items []corev1.DownwardAPIVolumeFile) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, item := range items {
		if item.FieldRef == nil {
			return nil, fmt.Errorf("this node has no resource fields")
		}
		value, err := field(pod, item.FieldRef.FieldPath)
		if err != nil {
			return nil, err
		}
		files[item.Path] = []byte(value)
	}
	return files, nil
}

// dataLink is the link a kubelet swaps, so that readers see all old files or all new ones.
const dataLink = "..data"

// writeAtomically makes dir hold exactly files, or leaves it alone if it does already.
func writeAtomically(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // containers of any user read it
		return err
	}
	if upToDate(dir, files) {
		return nil
	}
	old, _ := os.Readlink(filepath.Join(dir, dataLink))
	fresh := ".." + strconv.FormatInt(time.Now().UnixNano(), 36)
	for name, data := range files {
		path := filepath.Join(dir, fresh, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // as above
			return err
		}
		if err := os.WriteFile(path, data, 0o644); err != nil { //nolint:gosec // as above
			return err
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, fresh), 0o755); err != nil { //nolint:gosec // as above
		return err
	}
	if err := swapLink(dir, fresh); err != nil {
		return err
	}
	return errors.Join(linkNames(dir, files), removeOld(dir, old))
}

func upToDate(dir string, files map[string][]byte) bool {
	names, err := linkedNames(dir)
	if err != nil || len(names) != len(files) {
		return false
	}
	for name, data := range files {
		now, err := os.ReadFile(filepath.Join(dir, dataLink, name))
		if err != nil || !bytes.Equal(now, data) {
			return false
		}
	}
	return true
}

func swapLink(dir, fresh string) error {
	temporary := filepath.Join(dir, dataLink+"_tmp")
	_ = os.Remove(temporary)
	return errors.Join(os.Symlink(fresh, temporary), os.Rename(temporary, filepath.Join(dir, dataLink)))
}

// linkedNames lists the top-level names of the volume.
func linkedNames(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if len(entry.Name()) < 2 || entry.Name()[:2] != ".." {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

func linkNames(dir string, files map[string][]byte) error {
	names, err := linkedNames(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		if _, ok := files[name]; !ok {
			errs = append(errs, os.Remove(filepath.Join(dir, name)))
		}
	}
	for name := range files {
		if !slices.Contains(names, name) {
			errs = append(errs, os.Symlink(filepath.Join(dataLink, name), filepath.Join(dir, name)))
		}
	}
	return errors.Join(errs...)
}

func removeOld(dir, old string) error {
	if old == "" {
		return nil
	}
	return os.RemoveAll(filepath.Join(dir, old))
}

func isTrue(b *bool) bool { return b != nil && *b }
