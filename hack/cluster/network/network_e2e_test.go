//go:build e2e

package network

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"k8s.io/client-go/rest"
)

func TestNetworksLiveBesideEachOther(t *testing.T) {
	a, b := open(t), open(t)
	if a.Node() == b.Node() || a.ServiceRange() == b.ServiceRange() {
		t.Fatalf("both networks have %s and %s", a.Node(), a.ServiceRange())
	}
	other, err := Open(Options{Name: "tuxother"})
	if err != nil {
		t.Fatal(err)
	}
	if other.Node() == a.Node() || other.Node() == b.Node() {
		t.Errorf("a network of another name has the address %s too", other.Node())
	}
	if err := other.Close(); err != nil {
		t.Error(err)
	}
	pod := addPod(t, a, "shop/a")
	run(t, pod.Namespace, "0.0.0.0:8000", "a")
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if got, err := answer(t, "", pod.Address.String()+":8000"); got != "a" {
		t.Errorf("%q answered after another network was closed, error %v", got, err)
	}
}

func TestLeftoversOfADeadRunAreRemoved(t *testing.T) {
	process, bridge := child(t, func(*exec.Cmd) {})
	if got := belongings(t, bridge); len(got) != 5 {
		t.Fatalf("a network with one pod has %v, want a bridge, two interfaces and two namespaces", got)
	}
	n := open(t)
	if n.bridge.Name == bridge {
		t.Fatalf("%s was taken from a living run", bridge)
	}
	if got := belongings(t, bridge); len(got) != 5 {
		t.Errorf("of a living run only %v is left", got)
	}
	// Wait says that the child was killed, which we know.
	_, _ = process.Process.Kill(), process.Wait()
	if got := belongings(t, bridge); len(got) != 5 {
		t.Fatalf("a killed run has removed something itself: %v is left", got)
	}
	if next := open(t); next.bridge.Name != bridge {
		t.Errorf("the network is %s, want %s again", next.bridge.Name, bridge)
	}
}

func TestABridgeWithoutOwnerIsRemoved(t *testing.T) {
	n := open(t)
	a, name := n.addressing, n.bridge.Name
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	attributes := netlink.NewLinkAttrs()
	attributes.Name, attributes.HardwareAddr = name, hardwareAddress(a.node())
	if err := netlink.LinkAdd(&netlink.Bridge{LinkAttrs: attributes}); err != nil {
		t.Fatal(err)
	}
	if err := createNamespace(name + "-9"); err != nil {
		t.Fatal(err)
	}
	next := open(t)
	if next.bridge.Name != name {
		t.Errorf("the network is %s, want %s again", next.bridge.Name, name)
	}
	if got := belongings(t, name); len(got) != 3 || slices.Contains(got, "namespace "+name+"-9") {
		t.Errorf("the new network has %v", got)
	}
}

func TestOpenWithoutRootSaysWhatIsMissing(t *testing.T) {
	_, line := child(t, func(cmd *exec.Cmd) {
		const nobody = 65534
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	})
	if !strings.Contains(line, "needs root") {
		t.Errorf("got %q", line)
	}
}

func TestARemovedPodIsGoneAndItsAddressRests(t *testing.T) {
	n := open(t)
	a, b := addPod(t, n, "shop/a"), addPod(t, n, "shop/a")
	if a == b {
		t.Fatalf("two pods are both %v", a)
	}
	for range 2 {
		if err := n.RemovePod(a); err != nil {
			t.Error(err)
		}
	}
	if got := len(n.pool.used); got != 1 {
		t.Errorf("%d addresses are in use, want that of the other pod", got)
	}
	if _, err := os.Stat(a.Namespace); !os.IsNotExist(err) {
		t.Errorf("the namespace of a removed pod: %v", err)
	}
	if next := addPod(t, n, "shop/a"); next.Address == a.Address {
		t.Errorf("a new pod has the address %s of a dead one at once", a.Address)
	}
	if err := n.RemovePod(Pod{}); err != nil {
		t.Error(err)
	}
}

func TestAClosedNetworkSaysSo(t *testing.T) {
	n := open(t)
	pod := addPod(t, n, "shop/a")
	served := make(chan error, 1)
	serving := make(chan struct{})
	go func() {
		served <- n.serve(context.Background(), func(ctx context.Context) error {
			close(serving)
			<-ctx.Done()
			return nil
		})
	}()
	<-serving
	for range 2 {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := <-served; err != nil {
		t.Errorf("closing ended serving with %v", err)
	}
	if _, err := n.AddPod("shop/b"); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("adding a pod: %v", err)
	}
	if err := n.Serve(context.Background(), &rest.Config{Host: "127.0.0.1:1"}); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("serving: %v", err)
	}
	if err := n.RemovePod(pod); err != nil {
		t.Errorf("removing a pod that went with the network: %v", err)
	}
}

// No thread may stay in the namespace of a pod: whatever runs on it next would be there too.
func TestNoThreadStaysInANamespace(t *testing.T) {
	n := open(t)
	home, err := netns.GetFromPid(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = home.Close() }()
	for range 20 {
		addPod(t, n, "shop/a")
	}
	eventually(t, "a thread is in another namespace", func() bool {
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			t.Fatal(err)
		}
		return !slices.ContainsFunc(tasks, func(task os.DirEntry) bool {
			namespace, err := netns.GetFromPath("/proc/self/task/" + task.Name() + "/ns/net")
			// A thread may end meanwhile.
			if err != nil {
				return false
			}
			defer func() { _ = namespace.Close() }()
			return !namespace.Equal(home)
		})
	})
}
