package network

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// owner is the process a network belongs to, as noted in the alias of its bridge. A process id comes
// back some day; with the time of its start, in clock ticks since boot, it does not.
type owner struct {
	pid   int
	start uint64
}

// self returns the owner that this process is.
func self() (owner, error) {
	start, err := startOf(os.Getpid())
	if err != nil {
		return owner{}, fmt.Errorf("cannot find out when this process started: %w", err)
	}
	return owner{pid: os.Getpid(), start: start}, nil
}

func (o owner) String() string { return fmt.Sprintf("owner pid %d start %d", o.pid, o.start) }

// parseOwner returns false for an alias that no owner of ours has written.
func parseOwner(alias string) (owner, bool) {
	var o owner
	if _, err := fmt.Sscanf(alias, "owner pid %d start %d", &o.pid, &o.start); err != nil {
		return owner{}, false
	}
	return o, alias == o.String()
}

// isGone says no when in doubt: what stays behind does less harm than what is taken from a living run.
func (o owner) isGone() bool {
	start, err := startOf(o.pid)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return true
	}
	return err == nil && start != o.start
}

// startOf returns an error that is os.ErrNotExist if no such process runs.
func startOf(pid int) (uint64, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	return parseStat(string(stat))
}

// parseStat reads the text of /proc/PID/stat: pid, (command), state, and 18 more before the start.
func parseStat(stat string) (uint64, error) {
	// The command may contain blanks and brackets; the last bracket ends it.
	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	if len(fields) < 20 {
		return 0, fmt.Errorf("cannot read the process state %q", stat)
	}
	// Dead, and only waiting for its parent to notice.
	if state := fields[0]; state == "Z" || state == "X" {
		return 0, os.ErrNotExist
	}
	return strconv.ParseUint(fields[19], 10, 64)
}
