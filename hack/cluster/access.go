package cluster

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tux-io/tux-monitoring-operator/hack/cluster/kubelet"
	"github.com/tux-io/tux-monitoring-operator/hack/cluster/network"
	"github.com/tux-io/tux-monitoring-operator/hack/controlplane"
	"github.com/tux-io/tux-monitoring-operator/hack/logtail"
)

// Client is that of a cluster administrator; it knows the kinds of Kubernetes, prometheus-operator
// and ours.
func (c *Cluster) Client() client.WithWatch { return c.client }

// Kubelet breaks and mends pods.
func (c *Cluster) Kubelet() *kubelet.Kubelet { return c.kubelet }

// Network breaks and mends Services.
func (c *Cluster) Network() *network.Network { return c.network }

// Kubeconfig returns the path of the kubeconfig of a cluster administrator.
func (c *Cluster) Kubeconfig() string { return c.plane.Kubeconfig() }

// KubectlPath returns the path of a kubectl of the version of the control plane.
func (c *Cluster) KubectlPath() string { return c.plane.Binary("kubectl") }

// Kubectl runs kubectl in the root of the repository and returns what it prints.
func (c *Cluster) Kubectl(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, c.KubectlPath(), args...)
	cmd.Dir = c.root
	// What kubectl remembers of another cluster at the same address is not true here.
	cmd.Env = append(os.Environ(), "KUBECONFIG="+c.Kubeconfig(), "KUBECACHEDIR="+c.kubectlDir())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return string(out), fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return string(out), nil
}

// Logs returns the directory of the logs of the pods; there is one file for each container.
func (c *Cluster) Logs() string { return c.logDir() }

// Log returns the last lines of each log of pods whose NAMESPACE_NAME begins with prefix.
func (c *Cluster) Log(prefix string) string {
	files, _ := filepath.Glob(filepath.Join(c.logDir(), prefix+"*.log"))
	var text strings.Builder
	for _, file := range files {
		fmt.Fprintf(&text, "%s:\n%s\n", filepath.Base(file), logtail.Read(file))
	}
	return text.String()
}

// fast lifts the client's own limit of 5 requests a second.
func fast(plane *controlplane.ControlPlane) *rest.Config {
	cfg := plane.Config()
	cfg.QPS, cfg.Burst = 500, 1000
	return cfg
}

// hostOf takes the scheme off the address of an API server.
func hostOf(address string) string { return strings.TrimPrefix(address, "https://") }
