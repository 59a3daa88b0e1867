package controlplane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// dieEnv makes the test binary start a control plane in the directory of its value, print the
// process ids, and end without stopping it.
const dieEnv = "CONTROLPLANE_TEST_DIE_IN"

// diedCode tells an intended end from an accident.
const diedCode = 3

func TestMain(m *testing.M) {
	if dir := os.Getenv(dieEnv); dir != "" {
		os.Exit(startAndDie(dir))
	}
	os.Exit(m.Run())
}

func startAndDie(dir string) int {
	cp, err := Start(context.Background(), Options{Dir: dir})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for _, pid := range cp.layout.allPids() {
		fmt.Println(pid)
	}
	return diedCode
}

func TestTheDeathOfTheStarterLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), dieEnv+"="+dir)
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != diedCode {
		t.Fatalf("the starter ended with %v, want exit code %d", err, diedCode)
	}
	var pids []int
	for line := range strings.Lines(string(out)) {
		pid, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	if len(pids) != 2 {
		t.Fatalf("the starter started %d processes, want 2", len(pids))
	}
	assertGone(t, pids, filepath.Join(dir, "run"))
}

func kubectl(t *testing.T, cp *ControlPlane, kubeconfig string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), cp.Binary("kubectl"), args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("kubectl %q: %v\n%s", args, err, out)
	}
	return string(out)
}
