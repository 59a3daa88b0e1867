// Package collector runs an OpenTelemetry Collector for tests, with a configuration of ours and the files of pods in a
// directory.
package collector

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/tux-io/tux-monitoring-operator/hack/binaries"
	"github.com/tux-io/tux-monitoring-operator/hack/logtail"
)

// Collector is one on this machine. Make one with New, end it with Stop or Kill.
type Collector struct {
	binary, dir string
	cmd         *exec.Cmd
	ended       chan struct{}
}

// The directories that a configuration for nodes names.
const (
	podLogs = "/var/log/pods"
	storage = "/var/lib/otelcol"
)

// New finds or builds the Collector, which takes minutes the first time. It does not run yet.
func New(ctx context.Context, dir string, out io.Writer) (*Collector, error) {
	found, err := binaries.Find(ctx, binaries.Collector, out)
	if err != nil {
		return nil, err
	}
	return &Collector{binary: filepath.Join(found, "otelcol"), dir: dir}, nil
}

// local is the configuration for this machine: nothing but the directories is another, and the Collector's own metrics
// are off, since their port is the same for all.
func (c *Collector) local(config string) ([]string, error) {
	config = strings.NewReplacer(podLogs, filepath.Join(c.dir, "pods"), storage, filepath.Join(c.dir, "storage")).Replace(config)
	var arguments []string
	for i, text := range []string{config, "service: {telemetry: {metrics: {level: none}}}\n"} {
		file := filepath.Join(c.dir, fmt.Sprintf("collector-%d.yaml", i))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return nil, err
		}
		arguments = append(arguments, "--config="+file)
	}
	return arguments, nil
}

// Validate says what the Collector thinks of a configuration without running it.
func (c *Collector) Validate(ctx context.Context, config string) error {
	arguments, err := c.local(config)
	if err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, c.binary, append([]string{"validate"}, arguments...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("the Collector refuses the configuration: %w\n%s", err, out)
	}
	return nil
}

// Start runs it. Whether it does what it should is seen by what it sends.
func (c *Collector) Start(config string) error {
	arguments, err := c.local(config)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(c.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	c.cmd = exec.Command(c.binary, arguments...) //nolint:noctx // ended by Stop or Kill
	c.cmd.Stdout, c.cmd.Stderr = log, log
	if err := c.cmd.Start(); err != nil {
		return fmt.Errorf("cannot start the Collector: %w", err)
	}
	c.ended = make(chan struct{})
	go func(cmd *exec.Cmd, ended chan struct{}) {
		_ = cmd.Wait() // why it ended is in its log
		close(ended)
	}(c.cmd, c.ended)
	return nil
}

func (c *Collector) log() string { return filepath.Join(c.dir, "collector.log") }

// Log is the end of what it said.
func (c *Collector) Log() string { return logtail.Read(c.log()) }

// Stop ends it, and waits for that.
func (c *Collector) Stop() { c.end(syscall.SIGTERM) }

// Kill ends it as a machine that fails does.
func (c *Collector) Kill() { c.end(syscall.SIGKILL) }

func (c *Collector) end(signal syscall.Signal) {
	if c.cmd == nil {
		return
	}
	_ = c.cmd.Process.Signal(signal)
	select {
	case <-c.ended:
	case <-time.After(30 * time.Second):
		_ = c.cmd.Process.Kill()
		<-c.ended
	}
	c.cmd = nil
}

// Pod writes lines to the file of a container as the kubelet does: each with the time at which it was written.
func (c *Collector) Pod(namespace, pod, container string, lines ...string) error {
	return c.write(c.file(namespace, pod, container), func(int) string { return "F" }, lines)
}

// Pieces writes one line as the container runtime does one that is too long for it.
func (c *Collector) Pieces(namespace, pod, container string, pieces ...string) error {
	tag := func(i int) string {
		if i < len(pieces)-1 {
			return "P"
		}
		return "F"
	}
	return c.write(c.file(namespace, pod, container), tag, pieces)
}

// Rotate renames the file of a container as the kubelet does, at a time such as 20260102-030405. The next line begins a new one.
func (c *Collector) Rotate(namespace, pod, container, at string) error {
	file := c.file(namespace, pod, container)
	return os.Rename(file, file+"."+at)
}

func (c *Collector) file(namespace, pod, container string) string {
	return filepath.Join(c.dir, "pods", namespace+"_"+pod+"_0b1c2d3e-0000-4000-8000-000000000001", container, "0.log")
}

func (c *Collector) write(file string, tag func(int) string, lines []string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	out, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }()
	for i, line := range lines {
		at := time.Now().UTC().Format("2006-01-02T15:04:05.000000000Z")
		if _, err := fmt.Fprintf(out, "%s stdout %s %s\n", at, tag(i), line); err != nil {
			return err
		}
	}
	return nil
}
