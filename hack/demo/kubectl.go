package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// show prints a kubectl command as the user would type it, and what it says.
func (d *demo) show(ctx context.Context, args ...string) error {
	d.printer.command("kubectl", args...)
	out, err := d.runKubectl(ctx, args...)
	d.printer.output(out)
	return err
}

// runKubectl returns what the command says on both streams.
func (d *demo) runKubectl(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, d.kubectl, args...)
	cmd.Env = append(os.Environ(), d.kubectlEnv()...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("kubectl %s: %w", strings.Join(args, " "), err)
	}
	return out.String(), nil
}

// kubectlEnv leads kubectl to the cluster. What it remembers of another one at the same address is not
// true here, so that it remembers in a directory that goes with this one.
func (d *demo) kubectlEnv() []string {
	config := d.machine.Kubeconfig()
	return []string{"KUBECONFIG=" + config, "KUBECACHEDIR=" + filepath.Join(filepath.Dir(config), "kubectl")}
}

// cat prints a file of the repository.
func (d *demo) cat(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	d.printer.command("cat", path)
	d.printer.output(string(text))
	return nil
}
