package kubelet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
)

// prepare makes a fresh sandbox for the container and works out what it runs. An error means that
// something is not there yet, or that this node cannot do what the pod asks for.
func (c *container) prepare(ctx context.Context) (program, error) {
	w := c.worker
	if err := unsupported(w.pod, c.spec, c.init); err != nil {
		return program{}, err
	}
	image, err := w.k.options.Images.find(c.spec.Image)
	if err != nil {
		return program{}, err
	}
	env, err := w.k.environ(ctx, w.pod, c.spec)
	if err != nil {
		return program{}, err
	}
	command := image.command(env.expandAll(c.spec.Command), env.expandAll(c.spec.Args))
	if len(command) == 0 {
		return program{}, errors.New("neither the pod nor the image has a command")
	}
	box := &sandbox{dir: filepath.Join(w.dir, "containers", c.spec.Name), mounts: c.mounts(image)}
	box.user, box.group = user(w.pod, c.spec, image)
	if box.user == 0 && mustNotBeRoot(w.pod, c.spec) {
		return program{}, errors.New("it has runAsNonRoot and would run as root")
	}
	// What the last run wrote outside of volumes is gone, as with a real container.
	if err := os.RemoveAll(box.dir); err != nil {
		return program{}, err
	}
	etc := etcFiles(w.pod.Name, w.address.Address.String(), w.k.options.Network.ResolvConf())
	readOnly := c.spec.SecurityContext != nil && isTrue(c.spec.SecurityContext.ReadOnlyRootFilesystem)
	return program{box: box, command: command, env: env.list()}, box.prepare(etc, readOnly)
}

// mounts of the image and of the volumes.
func (c *container) mounts(image Image) []mount {
	var mounts []mount
	for to, from := range image.Files {
		mounts = append(mounts, mount{from: from, to: to})
	}
	for _, m := range c.spec.VolumeMounts {
		mounts = append(mounts, mount{
			from: filepath.Join(c.worker.volumes(), m.Name, m.SubPath), to: filepath.Clean(m.MountPath), writable: !m.ReadOnly,
		})
	}
	return mounts
}

// unsupported names what would otherwise be left out without a word, and change what the pod does.
func unsupported(pod *corev1.Pod, spec *corev1.Container, init bool) error {
	switch {
	case pod.Spec.RestartPolicy != corev1.RestartPolicyAlways && pod.Spec.RestartPolicy != "":
		return fmt.Errorf("this node has no restart policy %q", pod.Spec.RestartPolicy)
	case pod.Spec.HostNetwork:
		return errors.New("this node has no hostNetwork")
	case init && spec.RestartPolicy != nil:
		return errors.New("this node has no init containers with a restart policy")
	}
	for name, probe := range map[string]*corev1.Probe{
		"startup": spec.StartupProbe, "readiness": spec.ReadinessProbe, "liveness": spec.LivenessProbe,
	} {
		if err := unsupportedProbe(spec, probe); err != nil {
			return fmt.Errorf("%s probe: %w", name, err)
		}
	}
	return nil
}

// user asks the container, the pod, the image, in this order.
func user(pod *corev1.Pod, spec *corev1.Container, image Image) (uid, gid int64) {
	uid, gid = image.User, image.Group
	if s := pod.Spec.SecurityContext; s != nil {
		uid, gid = orElse(s.RunAsUser, uid), orElse(s.RunAsGroup, gid)
	}
	if s := spec.SecurityContext; s != nil {
		uid, gid = orElse(s.RunAsUser, uid), orElse(s.RunAsGroup, gid)
	}
	return uid, gid
}

func mustNotBeRoot(pod *corev1.Pod, spec *corev1.Container) bool {
	if s := spec.SecurityContext; s != nil && s.RunAsNonRoot != nil {
		return *s.RunAsNonRoot
	}
	return pod.Spec.SecurityContext != nil && isTrue(pod.Spec.SecurityContext.RunAsNonRoot)
}

func orElse(value *int64, otherwise int64) int64 {
	if value == nil {
		return otherwise
	}
	return *value
}
