package kubelet

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

// Image says what an image would hold.
type Image struct {
	// Files maps paths in the container to files or directories of this machine, mounted read-only.
	Files map[string]string
	// Entrypoint is the command where the pod names none.
	Entrypoint []string
	// Cmd are the arguments where the pod names neither command nor args.
	Cmd []string
	// User and group it runs as where the pod names none.
	User, Group int64
}

// Images maps the last part of an image's repository, "prometheus" of
// quay.io/prometheus/prometheus:v3.5.0, to what it holds. Registry and tag do not matter.
type Images map[string]Image

var errNoImage = errors.New("no such image on this node")

func (i Images) find(reference string) (Image, error) {
	name := path.Base(reference)
	name, _, _ = strings.Cut(name, "@")
	name, _, _ = strings.Cut(name, ":")
	image, ok := i[name]
	if !ok {
		return Image{}, fmt.Errorf("image %q, wanted as %q: %w", name, reference, errNoImage)
	}
	return image, nil
}

// command of a container as Kubernetes works it out: command replaces the entrypoint and drops the
// arguments of the image, args replace the arguments.
func (i Image) command(command, args []string) []string {
	switch {
	case len(command) > 0:
		return append(append([]string{}, command...), args...)
	case len(args) > 0:
		return append(append([]string{}, i.Entrypoint...), args...)
	default:
		return append(append([]string{}, i.Entrypoint...), i.Cmd...)
	}
}
