package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// show prints a kubectl command as the user would type it, and what it says.
func (d *demo) show(ctx context.Context, args ...string) error {
	d.printer.command("kubectl", args...)
	out, err := d.kubectl(ctx, args...)
	d.printer.output(out)
	return err
}

// kubectl returns what the command says on both streams.
func (d *demo) kubectl(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, d.cluster.Binary("kubectl"), args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+d.cluster.Kubeconfig())
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("kubectl %s: %w", strings.Join(args, " "), err)
	}
	return out.String(), nil
}
