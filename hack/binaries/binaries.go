// Package binaries finds programs of others that are built from pinned Go modules: a script beside
// each group of modules builds what is missing and prints the directory; binaries.sh is what the
// scripts have in common.
package binaries

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Script is a path in the repository of a script that prints a directory of binaries.
type Script string

const (
	// ControlPlane has etcd, kube-apiserver, kube-controller-manager and kubectl; see KUBEBUILDER_ASSETS.
	ControlPlane Script = "hack/controlplane/assets.sh"
	// Parts has prometheus, promtool, alertmanager, blackbox_exporter, prometheus-operator and
	// prometheus-config-reloader; see TUXMON_PARTS.
	Parts Script = "hack/parts/parts.sh"
	// Oldest has prometheus and promtool of the oldest version our rules are for; see TUXMON_OLDEST.
	Oldest Script = "hack/parts/oldest.sh"
	// Loki has lokicheck, which asks Loki's own code; see TUXMON_LOKI.
	Loki Script = "hack/loki/check.sh"
	// Flux has kustomize-controller and crds.yaml; see TUXMON_FLUX.
	Flux Script = "hack/flux/flux.sh"
	// Argo has argosync, a program around the engine of Argo CD; see TUXMON_ARGO.
	Argo Script = "hack/argo/argo.sh"
	// Helm has helm and helm-docs; see TUXMON_HELM.
	Helm Script = "hack/helm/helm.sh"
	// Manifests has helm-unittest and kubeconform; see TUXMON_MANIFESTS.
	Manifests Script = "hack/manifests/manifests.sh"
	// LokiServer has loki itself; see TUXMON_LOKI.
	LokiServer Script = "hack/loki/server.sh"
	// Collector has otelcol, an OpenTelemetry Collector; see TUXMON_COLLECTOR.
	Collector Script = "hack/collector/collector.sh"
)

// Find returns the directory the script prints, after building what is missing, which takes minutes
// the first time. Progress goes to out. It works in any directory of the repository.
func Find(ctx context.Context, script Script, out io.Writer) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "bash", filepath.Join(root, string(script)))
	cmd.Stderr = out
	// The script starts compilers; ctx ends them all.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	dir, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("cannot find or build the binaries of %s: %w", script, err)
	}
	return strings.TrimSpace(string(dir)), nil
}

// Root returns the root of the repository. It looks upwards from the working directory, which for a
// test is its package.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("cannot find the repository: %w", err)
	}
	for ; ; dir = filepath.Dir(dir) {
		_, err := os.Stat(filepath.Join(dir, string(ControlPlane)))
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return "", fmt.Errorf("cannot find %s above the working directory: %w", ControlPlane, err)
		}
	}
}
