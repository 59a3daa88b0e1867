package controlplane

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/tux-io/tux-monitoring-operator/hack/logtail"
)

// layout is where the parts of one control plane write.
type layout struct {
	// run holds keys, data, pid files and kubeconfigs; removed at the end.
	run string
	// logs holds one file for each part.
	logs string
	// remove is what the end leaves nothing of: run, or all of a directory we made ourselves.
	remove string
}

func newLayout(dir string) (layout, error) {
	if dir != "" {
		l := layout{run: filepath.Join(dir, "run"), logs: filepath.Join(dir, "logs"), remove: filepath.Join(dir, "run")}
		return l, l.make()
	}
	dir, err := os.MkdirTemp("", "tuxmon-controlplane-")
	if err != nil {
		return layout{}, fmt.Errorf("cannot create a directory for the control plane: %w", err)
	}
	l := layout{run: filepath.Join(dir, "run"), logs: filepath.Join(dir, "logs"), remove: dir}
	return l, l.make()
}

func (l layout) make() error {
	var errs []error
	for _, dir := range []string{l.logs, l.etcd(), l.certs(), l.pids(), l.guarded(), filepath.Join(l.run, "bin")} {
		errs = append(errs, os.MkdirAll(dir, 0o700))
	}
	return errors.Join(errs...)
}

func (l layout) etcd() string           { return filepath.Join(l.run, "etcd") }
func (l layout) certs() string          { return filepath.Join(l.run, "certs") }
func (l layout) pids() string           { return filepath.Join(l.run, "pids") }
func (l layout) guarded() string        { return filepath.Join(l.run, "guarded") }
func (l layout) log(part string) string { return filepath.Join(l.logs, part+".log") }
func (l layout) open(part string) (*os.File, error) {
	return os.OpenFile(l.log(part), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
}

// wrap returns a command that notes its process id and becomes binary. Every part is started with
// it, because the watchdog must know the processes that envtest starts.
func (l layout) wrap(part, binary string) (string, error) {
	path := filepath.Join(l.run, "bin", part)
	script := fmt.Sprintf("#!/bin/sh\necho $$ >%s\nexec %s \"$@\"\n", quote(filepath.Join(l.pids(), part)), quote(binary))
	return path, os.WriteFile(path, []byte(script), 0o700) //nolint:gosec // a script must be executable
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// deadPart returns the name of a part that was started and does not run any more, or "".
func (l layout) deadPart() string {
	entries, err := os.ReadDir(l.pids())
	if err != nil {
		return ""
	}
	for _, entry := range entries {
		if pid := l.pid(entry.Name()); pid > 0 && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return entry.Name()
		}
	}
	return ""
}

// pid returns 0 for a part that was not started.
func (l layout) pid(part string) int {
	data, err := os.ReadFile(filepath.Join(l.pids(), part))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(string(bytes.TrimSpace(data)))
	if err != nil {
		return 0
	}
	return pid
}

// tail returns the last lines of the log of part.
func (l layout) tail(part string) string { return logtail.Read(l.log(part)) }

// forgetEnded removes the pid files of parts that do not run any more.
func (l layout) forgetEnded() {
	for part := l.deadPart(); part != ""; part = l.deadPart() {
		if os.Remove(filepath.Join(l.pids(), part)) != nil {
			return
		}
	}
}
