package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// show prints a kubectl command as the user would type it, and what it says.
func (d *demo) show(ctx context.Context, stdin io.Reader, args ...string) error {
	d.printer.command("kubectl", args...)
	out, err := d.kubectl(ctx, stdin, args...)
	d.printer.output(out)
	return err
}

// kubectl returns what the command says on both streams.
func (d *demo) kubectl(ctx context.Context, stdin io.Reader, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, d.cluster.Binary("kubectl"), args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+d.cluster.Kubeconfig())
	cmd.Stdin = stdin
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("kubectl %s: %w", strings.Join(args, " "), err)
	}
	return out.String(), nil
}
