package controlplane

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

// assetsScript is relative to the root of the repository.
const assetsScript = "hack/controlplane/assets.sh"

// Assets returns the directory of the binaries: KUBEBUILDER_ASSETS if it has all, else what
// assets.sh builds and keeps. Progress goes to out. It works in any directory of the repository.
func Assets(ctx context.Context, out io.Writer) (string, error) {
	root, err := repositoryRoot()
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "bash", filepath.Join(root, assetsScript))
	cmd.Stderr = out
	// The script starts compilers; ctx ends them all.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	dir, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("cannot find or build the binaries of the control plane: %w", err)
	}
	return strings.TrimSpace(string(dir)), nil
}

// repositoryRoot looks upwards from the working directory, which for a test is its package.
func repositoryRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("cannot find the repository: %w", err)
	}
	for ; ; dir = filepath.Dir(dir) {
		_, err := os.Stat(filepath.Join(dir, assetsScript))
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return "", fmt.Errorf("cannot find %s above the working directory: %w", assetsScript, err)
		}
	}
}
