package kubelet

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// process is a program in a sandbox, leader of a process group of its own.
type process struct {
	pid int
	// exited gets what the process ended with, once.
	exited chan error
	// release lets the program begin; without it the sandbox waits.
	release func()
}

// start makes a process in the network namespace that becomes the program as soon as it is released.
func (s *sandbox) start(netns string, command, env []string, log *os.File) (*process, error) {
	// It is started with the container's PATH, which says nothing about this machine.
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		return nil, fmt.Errorf("cannot start %q: %w", command[0], err)
	}
	args := []string{
		"--net=" + netns, unshare, "--mount", "--propagation=private",
		"/bin/sh", filepath.Join(s.dir, "sandbox.sh"), s.root(), filepath.Join(s.dir, "mounts"),
		strconv.FormatInt(s.user, 10), strconv.FormatInt(s.group, 10),
	}
	cmd := exec.Command("nsenter", append(args, command...)...)
	cmd.Env = env
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	gate, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("cannot start %q: %w", command[0], err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %q: %w", command[0], err)
	}
	p := &process{pid: cmd.Process.Pid, exited: make(chan error, 1)}
	p.release = func() {
		// Who does not read any more has ended, which exited tells.
		_, _ = gate.Write([]byte("\n"))
		_ = gate.Close()
	}
	go func() { p.exited <- cmd.Wait() }()
	return p, nil
}

// terminate asks politely, then kills after patience, and returns what the process ended with.
func (p *process) terminate(patience time.Duration) error {
	_ = syscall.Kill(-p.pid, syscall.SIGTERM)
	select {
	case err := <-p.exited:
		return err
	case <-time.After(patience):
	}
	p.kill()
	return <-p.exited
}

// kill ends the process and all it has started.
func (p *process) kill() { _ = syscall.Kill(-p.pid, syscall.SIGKILL) }
