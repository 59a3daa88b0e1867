package kubelet

import (
	"bufio"
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// patience is how long anything may take; only a failure waits that long.
const patience = 20 * time.Second

// startShell starts a shell in a group of its own and returns when it has written a line.
func startShell(t *testing.T, script string) *process {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	p := &process{pid: cmd.Process.Pid, exited: make(chan error, 1), release: func() {}}
	t.Cleanup(p.kill)
	go func() { p.exited <- cmd.Wait() }()
	return p
}

func awaitEndOfGroup(t *testing.T, p *process) {
	t.Helper()
	for deadline := time.Now().Add(patience); !errors.Is(syscall.Kill(-p.pid, 0), syscall.ESRCH); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("somebody of group %d still runs", p.pid)
		}
	}
}

func TestTerminate(t *testing.T) {
	cases := map[string]struct {
		script   string
		patience time.Duration
		want     int32
	}{
		"who listens ends as it likes": {"trap 'exit 7' TERM; echo; while :; do sleep 0.01; done", patience, 7},
		"who does not is killed":       {"trap '' TERM; echo; while :; do sleep 0.01; done", 10 * time.Millisecond, 128 + 9},
		"who has no opinion":           {"echo; exec sleep 60", patience, 128 + 15},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := startShell(t, tc.script)
			if got := exitCode(p.terminate(tc.patience)); got != tc.want {
				t.Errorf("exit code %d, want %d", got, tc.want)
			}
		})
	}
}

func TestKillEndsTheWholeGroup(t *testing.T) {
	p := startShell(t, "sleep 60 & sleep 60 & echo; wait")
	p.kill()
	if got := exitCode(<-p.exited); got != 128+9 {
		t.Errorf("exit code %d, want that of SIGKILL", got)
	}
	awaitEndOfGroup(t, p)
}

func TestChildrenDoNotOutliveTheProgram(t *testing.T) {
	w, _ := testWorker(t)
	p := startShell(t, "sleep 60 & echo; exit 3")
	w.containers[0].began(p)
	err := w.containers[0].attend(t.Context(), p)
	if err == nil || !strings.Contains(err.Error(), `container "web" of pod "shop/web-1" has ended by itself (exit status 3)`) {
		t.Errorf("got error %v", err)
	}
	awaitEndOfGroup(t, p)
	if last := w.containers[0].status().LastTerminationState.Terminated; last == nil || last.ExitCode != 3 || last.Reason != "Error" {
		t.Errorf("the status says %+v", last)
	}
}

func TestKillMeetsAProcessThatIsJustStarting(t *testing.T) {
	w, _ := testWorker(t)
	c := w.containers[0]
	p := startShell(t, "echo; exec sleep 60")
	c.hold()
	c.began(p)
	if err := c.attend(t.Context(), p); err != nil {
		t.Errorf("its end was wanted, and got error %v", err)
	}
	released := make(chan struct{})
	go func() { c.awaitRelease(t.Context()); close(released) }()
	c.release()
	select {
	case <-released:
	case <-time.After(patience):
		t.Error("the container is held after its release")
	}
}

func TestWhatEndsAnInitContainer(t *testing.T) {
	for script, wantErr := range map[string]bool{"echo; exit 0": false, "echo; exit 1": true} {
		w, _ := testWorker(t)
		c := w.inits[0]
		p := startShell(t, script)
		c.began(p)
		err := c.attend(t.Context(), p)
		status := c.status()
		if (err != nil) != wantErr || status.Ready == wantErr || (status.State.Terminated == nil) != wantErr {
			t.Errorf("%q: got error %v and status %+v", script, err, status)
		}
	}
}

func TestLivingChoosesAmongPodsOfOneName(t *testing.T) {
	old, _ := testWorker(t)
	k := old.k
	key := types.NamespacedName{Namespace: "shop", Name: "web-1"}
	k.workers[old.pod.UID] = old
	if got := k.living(key); got != old {
		t.Errorf("got %v, want the only pod", got)
	}
	old.stop()
	if err := k.Kill(key); err == nil || !strings.Contains(err.Error(), "shop/web-1") {
		t.Errorf("a pod that is about to end was killed, error %v", err)
	}
	pod := old.pod.DeepCopy()
	pod.UID = "u-2"
	next := newWorker(t.Context(), k, pod)
	k.workers[next.pod.UID] = next
	for range 20 {
		if got := k.living(key); got != next {
			t.Fatalf("got the pod that is about to end")
		}
	}
	if name := next.containers[0].guardName(); name == old.containers[0].guardName() {
		t.Errorf("both pods are watched over as %q, so the end of the old one is that of watching the new one", name)
	}
}
