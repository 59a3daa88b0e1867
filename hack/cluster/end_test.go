//go:build e2e

package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tux-io/tux-monitoring-operator/hack/cluster/network"
)

// leftBy returns what a stopped cluster has left on this machine.
func leftBy(c *Cluster) []string {
	problems := leftOnMachine(c.dir, c.podDir(), c.network.Node().String())
	if left := ourGoroutines(); left != "" {
		problems = append(problems, "goroutines run:\n"+left)
	}
	return problems
}

// leftOnMachine looks for the traces of a cluster by its directories and the address of its node.
func leftOnMachine(dir, podDir, node string) []string {
	var problems []string
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		problems = append(problems, fmt.Sprintf("directory %q is there: %v", dir, err))
	}
	for _, process := range processesUnder(podDir, "") {
		problems = append(problems, "a process runs: "+process)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil || strings.Contains(string(mounts), podDir) {
		problems = append(problems, fmt.Sprintf("something is mounted under %q (error %v)", podDir, err))
	}
	links, err := exec.Command("ip", "-brief", "address").CombinedOutput()
	if err != nil || strings.Contains(string(links), node+"/") {
		problems = append(problems, fmt.Sprintf("a bridge has address %s (error %v):\n%s", node, err, links))
	}
	return problems
}

// ourGoroutines returns the stacks of goroutines that run code of this package or those below, but this
// one.
func ourGoroutines() string {
	var ours []string
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		stacks := make([]byte, 4<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		ours = nil
		for _, stack := range strings.Split(string(stacks), "\n\n")[1:] {
			if strings.Contains(stack, "/hack/cluster/") || strings.Contains(stack, "/hack/controlplane.") {
				ours = append(ours, stack)
			}
		}
		if len(ours) == 0 {
			return ""
		}
	}
	return strings.Join(ours, "\n\n")
}

// victimEnv makes the test binary start a cluster in the directory of its value, print what it saw of it,
// and wait for its death.
const victimEnv = "CLUSTER_TEST_DIE_IN"

// sighting is what the victim saw.
type sighting struct {
	Node string
	// Waited is the error of Wait after the end of a container, Awaited that of waiting for something else.
	Waited, Awaited string
}

func runVictim() int {
	ctx, cancel := context.WithTimeout(context.Background(), 2*limit)
	defer cancel()
	c, err := Start(ctx, Options{Dir: os.Getenv(victimEnv)})
	if err == nil {
		err = createVictims(ctx, c)
	}
	for err == nil && len(processesUnder(c.podDir(), "default_survivor_")) < 2 {
		time.Sleep(50 * time.Millisecond)
		err = ctx.Err()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	saw := sighting{Node: c.network.Node().String()}
	saw.Waited = fmt.Sprint(c.Wait(ctx))
	saw.Awaited = fmt.Sprint(c.AwaitDeployment(ctx, types.NamespacedName{Namespace: "default", Name: "none"}))
	if err := json.NewEncoder(os.Stdout).Encode(saw); err != nil {
		return 1
	}
	select {}
}

// createVictims uses the one namespace whose ServiceAccount is there for certain.
func createVictims(ctx context.Context, c *Cluster) error {
	var errs []error
	for name, script := range map[string]string{
		"brief": "echo the disk is on fire; exit 3", "survivor": "trap '' TERM; sleep 600 & sleep 600",
	} {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}, Spec: shellSpec(script)}
		errs = append(errs, c.Client().Create(ctx, pod))
	}
	return errors.Join(errs...)
}

// TestTheDeathOfTheStarterLeavesNothing runs a second cluster beside the shared one. A container of it
// ends by itself, which is reported; then the whole is killed.
func TestTheDeathOfTheStarterLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), victimEnv+"="+dir)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var saw sighting
	if err := json.NewDecoder(out).Decode(&saw); err != nil {
		t.Fatalf("the victim has not started: %v", errors.Join(err, cmd.Wait()))
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	assertSaw(t, saw)

	// Its watchdog ends the processes; the next network of this machine removes what is left of the old.
	podDir := filepath.Join(dir, "pods")
	p := &place{T: t, cluster: shared}
	p.eventually("the processes of the dead cluster have ended", func(context.Context) error {
		if left := processesUnder(podDir, ""); len(left) > 0 {
			return fmt.Errorf("left: %q", left)
		}
		return nil
	})
	next, err := network.Open(network.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := next.Close(); err != nil {
		t.Error(err)
	}
	for _, problem := range leftOnMachine(filepath.Join(dir, "controlplane", "run"), podDir, saw.Node) {
		t.Error(problem)
	}
}

func assertSaw(t *testing.T, saw sighting) {
	t.Helper()
	if saw.Node == shared.network.Node().String() {
		t.Errorf("two clusters at once have node %s", saw.Node)
	}
	for _, want := range []string{`container "shell" of pod "default/brief"`, "exit status 3", "the disk is on fire"} {
		if !strings.Contains(saw.Waited, want) {
			t.Errorf("Wait returned %q, want %q in it", saw.Waited, want)
		}
	}
	if !strings.Contains(saw.Awaited, "the disk is on fire") {
		t.Errorf("waiting for a Deployment ended with %q, want the death of the container in it", saw.Awaited)
	}
}

// cancelAt cancels a context as soon as a text is written.
type cancelAt struct {
	text   string
	cancel context.CancelFunc
}

func (c cancelAt) Write(data []byte) (int, error) {
	if strings.Contains(string(data), c.text) {
		c.cancel()
	}
	return len(data), nil
}

func TestAStartThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	dir := t.TempDir()
	if _, err := Start(ctx, Options{Dir: dir, Out: cancelAt{"starting etcd", cancel}}); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want that of the context", err)
	}
	p := &place{T: t, cluster: shared}
	// Another test opens a network for a moment.
	p.eventually("of our bridges only that of the shared cluster is there", func(context.Context) error {
		bridges, err := exec.Command("ip", "-details", "link", "show", "type", "bridge").CombinedOutput()
		if mine := strings.Count(string(bridges), fmt.Sprintf("alias owner pid %d start ", os.Getpid())); mine != 1 {
			return errors.Join(err, fmt.Errorf("%d are ours:\n%s", mine, bridges))
		}
		return nil
	})
	for _, problem := range leftOnMachine(filepath.Join(dir, "controlplane", "run"), filepath.Join(dir, "pods"), "none") {
		t.Error(problem)
	}
}
