package kubelet

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// grace is how long a container may take to end; the pods here need less than they ask for.
	grace = 5 * time.Second
	// backoff before a container starts again. A real kubelet begins with 10 s.
	backoff = time.Second
	// tailLines of a log explain why a container has died.
	tailLines = 20
)

// container is one container of a pod, over all its restarts.
type container struct {
	worker  *worker
	spec    *corev1.Container
	box     *sandbox
	command []string
	env     []string
	log     string
	done    sync.WaitGroup

	mu       sync.Mutex
	pid      int
	since    metav1.Time
	ready    bool
	restarts int32
	// asked is set before we end the process ourselves: its death is no news then.
	asked bool
	// down is true while Kill holds the container; held is closed when Revive lets it go.
	down bool
	held chan struct{}
}

// begin runs the container until ctx ends.
func (c *container) begin(ctx context.Context) {
	c.done.Go(func() {
		for ctx.Err() == nil {
			c.awaitRelease(ctx)
			if err := c.once(ctx); err != nil && ctx.Err() == nil {
				c.worker.k.options.Died(err)
			}
			c.mu.Lock()
			c.restarts++
			c.mu.Unlock()
			c.worker.wake()
			pause(ctx, backoff)
		}
	})
}

// once runs the process once. The error says that it ended by itself, unless it is an init container
// that was successful.
func (c *container) once(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	log, err := os.OpenFile(c.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd, err := c.box.start(c.worker.address.Namespace, c.command, c.env, log)
	if err != nil {
		return err
	}
	guard := c.guardName()
	if err := c.worker.k.options.Guardian.Guard(guard, cmd.Process.Pid); err != nil {
		c.worker.say("guard a container", err)
	}
	c.began(cmd.Process.Pid)
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	probing, cancel := context.WithCancel(ctx)
	defer cancel()
	c.probe(probing)

	err = c.awaitExit(ctx, cmd, exited)
	c.worker.k.options.Guardian.Unguard(guard)
	return err
}

func (c *container) awaitExit(ctx context.Context, cmd *exec.Cmd, exited <-chan error) error {
	select {
	case err := <-exited:
		return c.ended(err)
	case <-ctx.Done():
		c.terminate(cmd.Process.Pid, exited)
		return c.ended(nil)
	}
}

// terminate asks politely, then kills. What the process has left behind in its group goes with it.
func (c *container) terminate(pid int, exited <-chan error) {
	c.mu.Lock()
	c.asked = true
	c.mu.Unlock()
	_ = syscall.Kill(-pid, syscall.SIGTERM)
	select {
	case <-exited:
	case <-time.After(grace):
	}
	_ = syscall.Kill(-pid, syscall.SIGKILL)
}

func (c *container) began(pid int) {
	c.mu.Lock()
	c.pid, c.since, c.ready, c.asked = pid, metav1.Now(), c.spec.ReadinessProbe == nil, false
	c.mu.Unlock()
	c.worker.wake()
}

// ended notes the end of the process and judges it.
func (c *container) ended(exit error) error {
	c.mu.Lock()
	pid, asked := c.pid, c.asked
	c.pid, c.ready = 0, false
	c.mu.Unlock()
	// Workers of a killed server live on.
	_ = syscall.Kill(-pid, syscall.SIGKILL)
	c.worker.wake()
	if asked || exit == nil && c.isInit() {
		return nil
	}
	return fmt.Errorf("container %q of pod %q has ended by itself (%v); its last lines:\n%s",
		c.spec.Name, c.worker.name(), describeExit(exit), Tail(c.log))
}

func describeExit(err error) string {
	if err == nil {
		return "exit status 0"
	}
	return err.Error()
}

func (c *container) isInit() bool {
	for i := range c.worker.pod.Spec.InitContainers {
		if c.worker.pod.Spec.InitContainers[i].Name == c.spec.Name {
			return true
		}
	}
	return false
}

// restart ends the process; begin starts it again.
func (c *container) restart() {
	c.mu.Lock()
	pid := c.pid
	c.asked = true
	c.mu.Unlock()
	if pid != 0 {
		_ = syscall.Kill(-pid, syscall.SIGKILL)
	}
}

// hold kills the process and keeps it down.
func (c *container) hold() {
	c.mu.Lock()
	if !c.down {
		c.down, c.held = true, make(chan struct{})
	}
	c.mu.Unlock()
	c.restart()
}

func (c *container) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down {
		c.down = false
		close(c.held)
	}
}

func (c *container) awaitRelease(ctx context.Context) {
	c.mu.Lock()
	down, held := c.down, c.held
	c.mu.Unlock()
	if !down {
		return
	}
	select {
	case <-held:
	case <-ctx.Done():
	}
}

// finish waits until the container has ended, after the context of its pod has.
func (c *container) finish() { c.done.Wait() }

func (c *container) setReady(ready bool) {
	c.mu.Lock()
	changed := c.ready != ready && c.pid != 0
	if changed {
		c.ready = ready
	}
	c.mu.Unlock()
	if changed {
		c.worker.wake()
	}
}

func (c *container) guardName() string {
	return strings.Join([]string{c.worker.pod.Namespace, c.worker.pod.Name, c.spec.Name}, "_")
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// Tail returns the last lines of a log.
func Tail(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-tailLines):], []byte("\n")))
}
