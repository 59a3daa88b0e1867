package cluster

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/tux-io/tux-monitoring-operator/hack/binaries"
	"github.com/tux-io/tux-monitoring-operator/hack/cluster/kubelet"
)

const (
	// gatewayCRDs has the CRDs of gateway-api; prometheus-operator brings its own.
	gatewayCRDs = "hack/controlplane/crds/gateway.networking.k8s.io_httproutes.yaml"
	// backendDir is the Django project the backend's image holds.
	backendDir = "hack/backend"

	operatorWrapper = "hack/parts/prometheus-operator"
	operatorModule  = "github.com/prometheus-operator/prometheus-operator"
	// In the module: what its project installs it with, and its CRDs.
	operatorInstall = "example/rbac/prometheus-operator"
	operatorCRDs    = "example/prometheus-operator-crd"

	nobody, nonroot = 65534, 65532
)

// images are those that pods in this cluster may name, with the users of the real ones.
func (c *Cluster) images(ctx context.Context) (kubelet.Images, error) {
	parts, err := binaries.Find(ctx, binaries.Parts, c.options.Out)
	if err != nil {
		return nil, err
	}
	images := kubelet.Images{
		"prometheus":                 single("/bin/prometheus", parts),
		"alertmanager":               single("/bin/alertmanager", parts),
		"blackbox-exporter":          single("/bin/blackbox_exporter", parts),
		"prometheus-config-reloader": single("/bin/prometheus-config-reloader", parts),
		"prometheus-operator": {
			Files:      map[string]string{"/bin/operator": filepath.Join(parts, "prometheus-operator")},
			Entrypoint: []string{"/bin/operator"},
			User:       nobody, Group: nobody,
		},
		"tux-backend": {
			Files:      map[string]string{"/usr": "/usr", "/srv/app": filepath.Join(c.root, backendDir)},
			Entrypoint: []string{"/bin/sh", "/srv/app/entrypoint.sh"},
			User:       1000, Group: 1000,
		},
	}
	if c.options.Operator != "" {
		images["tux-monitoring-operator"] = kubelet.Image{
			Files:      map[string]string{"/tuxmon": c.options.Operator},
			Entrypoint: []string{"/tuxmon"},
			Cmd:        []string{"manager"},
			User:       nonroot, Group: nonroot,
		}
	}
	return images, nil
}

// single is an image with one static program, which is called the same on this machine.
func single(path, parts string) kubelet.Image {
	return kubelet.Image{
		Files:      map[string]string{path: filepath.Join(parts, filepath.Base(path))},
		Entrypoint: []string{path},
		User:       nobody, Group: nobody,
	}
}

// operatorDir is where the module of prometheus-operator lies: its manifests are in it.
func operatorDir(ctx context.Context, root string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", operatorModule)
	cmd.Dir = filepath.Join(root, operatorWrapper)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("cannot get %s: %w: %s", operatorModule, err, out)
	}
	cmd = exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", operatorModule)
	cmd.Dir = filepath.Join(root, operatorWrapper)
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("cannot find %s: %w", operatorModule, err)
	}
	return strings.TrimSpace(string(out)), nil
}
