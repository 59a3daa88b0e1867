//go:build e2e

package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// operatorBinary is what make build writes.
var operatorBinary = filepath.Join("..", "..", "bin", "tuxmon")

// shared is the cluster of all tests but those about the end of one; said is what it has written.
var (
	shared *Cluster
	said   bytes.Buffer
)

func TestMain(m *testing.M) {
	if os.Getenv(victimEnv) != "" {
		os.Exit(runVictim())
	}
	os.Exit(runAll(m))
}

func runAll(m *testing.M) int {
	started := time.Now()
	var err error
	if shared, err = Start(context.Background(), Options{Operator: operatorBinary, Out: io.MultiWriter(os.Stderr, &said)}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Fprintln(os.Stderr, "started after", time.Since(started).Round(time.Second))
	code := m.Run()
	if err := stopWhilePodsStart(); err != nil {
		fmt.Fprintln(os.Stderr, "FAIL:", err)
		return 1
	}
	for _, problem := range append(leftBy(shared), repeated(said.String())...) {
		fmt.Fprintln(os.Stderr, "FAIL:", problem)
		code = 1
	}
	return code
}

// stopWhilePodsStart stops the shared cluster when it has most to do.
func stopWhilePodsStart() error {
	p := &place{cluster: shared, namespace: "default"}
	errs := []error{
		shared.Client().Create(context.Background(), p.configMap("exporter", "modules: {}")),
		shared.Client().Create(context.Background(), p.deployment("late", 10, spec())),
	}
	for deadline := time.Now().Add(limit); len(podDirs("default_late-")) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			errs = append(errs, errors.New("no late pod starts"))
			break
		}
	}
	return errors.Join(append(errs, shared.Stop())...)
}

func podDirs(prefix string) []string {
	dirs, _ := filepath.Glob(filepath.Join(shared.podDir(), prefix+"*"))
	return dirs
}

// repeated returns the lines that were written more than once: what is tried every second is not news
// every second.
func repeated(text string) []string {
	var problems []string
	count := map[string]int{}
	for line := range strings.Lines(text) {
		if count[line]++; count[line] == 2 {
			problems = append(problems, "said twice: "+line)
		}
	}
	return problems
}

func TestMonitoringAndOperator(t *testing.T) {
	if err := shared.InstallMonitoring(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := shared.InstallOperator(t.Context()); err != nil {
		t.Fatal(err)
	}
	out, err := shared.Kubectl(t.Context(), "get", "pods", "-A", "--no-headers")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{
		"prometheus-operator-": 1, "alertmanager-kps-0": 1, "prometheus-kps-0": 1, "tuxmon-manager-": 2,
	} {
		if got := countReady(out, name); got != want {
			t.Errorf("%d pods %q* are Running and ready, want %d, in:\n%s", got, name, want, out)
		}
	}
}

// countReady counts lines like "NAMESPACE NAME 2/2 Running 0 3s".
func countReady(table, prefix string) int {
	count := 0
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) < 5 || !strings.HasPrefix(fields[1], prefix) || fields[3] != "Running" || fields[4] != "0" {
			continue
		}
		if ready, all, _ := strings.Cut(fields[2], "/"); ready == all {
			count++
		}
	}
	return count
}
