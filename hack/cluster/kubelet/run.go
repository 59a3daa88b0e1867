package kubelet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/tux-io/tux-monitoring-operator/hack/logtail"
)

// program is what a container runs, once everything it needs is there.
type program struct {
	box     *sandbox
	command []string
	env     []string
}

// run runs the program once, to its end. The error says that it ended by itself, unless it is that of an
// init container and was successful.
func (c *container) run(ctx context.Context, p program) error {
	log, err := os.OpenFile(c.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("cannot log container %q of pod %q: %w", c.spec.Name, c.worker.name(), err)
	}
	defer func() { _ = log.Close() }()
	process, err := p.box.start(c.worker.address.Namespace, p.command, p.env, log)
	if err != nil {
		return fmt.Errorf("cannot start container %q of pod %q: %w", c.spec.Name, c.worker.name(), err)
	}
	guard := c.guardName()
	if err := c.worker.k.options.Guardian.Guard(guard, process.pid); err != nil {
		_ = process.terminate(0)
		return fmt.Errorf("cannot start container %q of pod %q: %w", c.spec.Name, c.worker.name(), err)
	}
	defer c.worker.k.options.Guardian.Unguard(guard)
	c.began(process)
	return c.attend(ctx, process)
}

// guardName is not that of the next pod with the same name: there may be two of them for seconds.
func (c *container) guardName() string { return string(c.worker.pod.UID) + "_" + c.spec.Name }

// attend probes the process until it ends, and ends it when ctx does.
func (c *container) attend(ctx context.Context, p *process) error {
	probing, cancel := context.WithCancel(ctx)
	var probes sync.WaitGroup
	probes.Go(func() { c.probe(probing) })
	var err error
	select {
	case err = <-p.exited:
	case <-ctx.Done():
		c.expectEnd()
		err = p.terminate(c.grace())
	}
	// Workers of a killed server live on.
	p.kill()
	cancel()
	probes.Wait()
	return c.ended(err)
}

func (c *container) grace() time.Duration {
	if seconds := c.worker.pod.Spec.TerminationGracePeriodSeconds; seconds != nil {
		return min(grace, time.Duration(*seconds)*time.Second)
	}
	return grace
}

// began notes a process and lets it become the program, unless Kill was called meanwhile.
func (c *container) began(p *process) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pid, c.asked, c.starts = p.pid, false, c.starts+1
	c.ready = !c.init && !c.probed()
	c.startedAt, c.wasUp = time.Now(), false
	c.state = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now()}}
	if c.held != nil {
		c.killNow()
	}
	p.release()
	c.worker.changed()
}

// ended notes the end of the process and judges it.
func (c *container) ended(exit error) error {
	c.mu.Lock()
	asked, succeeded := c.asked, c.init && exit == nil
	terminated := &corev1.ContainerStateTerminated{
		ExitCode: exitCode(exit), Reason: "Completed", StartedAt: c.state.Running.StartedAt, FinishedAt: now(),
	}
	if exit != nil {
		terminated.Reason = "Error"
	}
	c.pid, c.ready = 0, succeeded
	if succeeded {
		c.state = corev1.ContainerState{Terminated: terminated}
	} else {
		c.last = corev1.ContainerState{Terminated: terminated}
		c.state = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: crashed}}
	}
	c.mu.Unlock()
	c.worker.changed()
	if asked || succeeded {
		return nil
	}
	return fmt.Errorf("container %q of pod %q has ended by itself (%s); its last lines:\n%s",
		c.spec.Name, c.worker.name(), describeExit(exit), logtail.Read(c.log))
}

func describeExit(err error) string {
	if err == nil {
		return "exit status 0"
	}
	return err.Error()
}

// exitCode is 128 and the signal for a program that was killed, as in a shell.
func exitCode(err error) int32 {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return 0
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		return 128 + int32(status.Signal()) //nolint:gosec // there are 64 signals
	}
	return int32(exit.ExitCode()) //nolint:gosec // a byte
}

// expectEnd notes that the end of the process is our wish.
func (c *container) expectEnd() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = true
}

// restart ends the process; runForEver starts it again.
func (c *container) restart() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.killNow()
}

// killNow needs the lock.
func (c *container) killNow() {
	if c.pid != 0 {
		c.asked = true
		_ = syscall.Kill(-c.pid, syscall.SIGKILL)
	}
}
