package controlplane

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
)

// watchdogScript waits until its input ends, which happens when this process does, however that
// comes about; then it ends the process group of every pid file and removes the files.
const watchdogScript = `
cat >/dev/null
for file in "$1"/* "$2"/*; do
	[ -f "$file" ] && kill -s KILL -- "-$(cat "$file")" 2>/dev/null
done
rm -rf "$3" || { sleep 1; rm -rf "$3"; }
`

// watchdog cleans up behind us even after a panic, os.Exit or SIGKILL, where no deferred call runs.
type watchdog struct {
	layout layout
	cmd    *exec.Cmd
	alive  io.Closer
}

func setWatchdog(l layout) (*watchdog, error) {
	cmd := exec.Command("/bin/sh", "-c", watchdogScript, "watchdog", l.pids(), l.guarded(), l.remove)
	cmd.Stderr = os.Stderr
	// A group of its own: Ctrl-C on the terminal goes to all of ours, and this one must outlive it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	alive, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("cannot watch over the control plane: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot watch over the control plane: %w", err)
	}
	return &watchdog{layout: l, cmd: cmd, alive: alive}, nil
}

// release lets the watchdog do its work now and waits for it. Parts that have ended already have
// pid files still; the numbers may belong to others soon, so the files go first.
func (w *watchdog) release() error {
	w.layout.forgetEnded()
	if err := w.alive.Close(); err != nil {
		return fmt.Errorf("cannot release the watchdog of the control plane: %w", err)
	}
	if err := w.cmd.Wait(); err != nil {
		return fmt.Errorf("cannot clean up behind the control plane: %w", err)
	}
	return nil
}

// Guard hands the process group pid over to the watchdog: it is killed when this process dies without
// having called Unguard. Unlike with Run, its death is no failure. The name is for this pair only.
func (c *ControlPlane) Guard(name string, pid int) error {
	path := filepath.Join(c.layout.guarded(), name)
	if err := os.WriteFile(path, []byte(strconv.Itoa(pid)), 0o600); err != nil {
		return fmt.Errorf("cannot watch over %q: %w", name, err)
	}
	return nil
}

// Unguard ends what Guard began, once the group has ended: its number may belong to others soon.
func (c *ControlPlane) Unguard(name string) { _ = os.Remove(filepath.Join(c.layout.guarded(), name)) }
