package controlplane

import (
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// process is a part in a process group of its own.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
}

// Command is a program that runs beside the control plane and ends with it.
type Command struct {
	// Name of the program in messages and of its log.
	Name string
	// Path of the binary.
	Path string
	Args []string
	// Env is the whole environment of the program, as os.Environ.
	Env []string
}

// Run starts a program that Stop ends before everything else; like the parts it leaves nothing behind
// when this process dies, and its death ends Wait.
func (c *ControlPlane) Run(command Command) error {
	_, err := c.run(command)
	return err
}

// Log returns the last lines a part or program has written.
func (c *ControlPlane) Log(name string) string { return c.layout.tail(name) }

func (c *ControlPlane) run(command Command) (*process, error) {
	path, log, err := c.part(command.Name, command.Path)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, command.Args...)
	cmd.Env = command.Env
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", command.Name, err)
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		// The exit code says nothing that the log does not say better.
		_ = cmd.Wait()
	}()
	c.running = append(c.running, p)
	return p, nil
}

// end asks politely, then kills after patience.
func (p *process) end(patience time.Duration) error {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		// The group may be gone already; then there is nothing to end.
		_ = syscall.Kill(-p.cmd.Process.Pid, signal)
		select {
		case <-p.done:
			return nil
		case <-time.After(patience):
		}
	}
	return fmt.Errorf("cannot end process %d", p.cmd.Process.Pid)
}
