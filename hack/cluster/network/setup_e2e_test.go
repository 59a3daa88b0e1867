//go:build e2e

package network

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"k8s.io/apimachinery/pkg/types"
)

// testName is the name of all networks here, so that nothing of other runs is counted as ours.
const testName = "tuxtest"

// childVariable makes this binary open a network and wait to be killed, instead of testing.
const childVariable = "NETWORK_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		os.Exit(runAlone(m))
	}
	n, err := Open(Options{Name: testName})
	if err == nil {
		_, err = n.AddPod("shop/web-1")
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(n.bridge.Name)
	// The parent kills us, or has died and the pipe with it.
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// runAlone waits for other runs of these tests on this machine: they would take the names we have just left.
func runAlone(m *testing.M) (code int) {
	unlock, err := lockDirectory(os.TempDir())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer unlock()
	return m.Run()
}

// child returns this binary as it opens a network, and the first line it writes: the name of the bridge
// or an error.
func child(t *testing.T, prepare func(*exec.Cmd)) (cmd *exec.Cmd, line string) {
	t.Helper()
	cmd = exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), childVariable+"=1")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	prepare(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _, _ = stdin.Close(), cmd.Process.Kill(), cmd.Wait()
	})
	line, err = bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return cmd, strings.TrimSpace(line)
}

// open also checks that nothing was said and nothing is left in the end.
func open(t *testing.T) *Network {
	t.Helper()
	var out bytes.Buffer
	n, err := Open(Options{Name: testName, Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		if out.Len() > 0 && !t.Failed() {
			t.Errorf("problems were written:\n%s", out.String())
		}
		if left := belongings(t, n.bridge.Name); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
	return n
}

// belongings are the interfaces and namespaces of a network.
func belongings(t *testing.T, bridge string) []string {
	t.Helper()
	links, err := list(netlink.LinkList)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(namespaces)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, link := range links {
		if name := link.Attrs().Name; name == bridge || strings.HasPrefix(name, bridge+"-") {
			found = append(found, "interface "+name)
		}
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), bridge+"-") {
			found = append(found, "namespace "+entry.Name())
		}
	}
	return found
}

func addPod(t *testing.T, n *Network, name string) Pod {
	t.Helper()
	pod, err := n.AddPod(name)
	if err != nil {
		t.Fatal(err)
	}
	return pod
}

// run starts a process in a pod, or on the node: it answers each connection with its name and then echoes.
func run(t *testing.T, namespace, address, name string) (bound netip.AddrPort, stop func()) {
	t.Helper()
	var l net.Listener
	listen := func() (err error) {
		l, err = net.Listen("tcp4", address)
		return err
	}
	if err := in(namespace, listen); err != nil {
		t.Fatal(err)
	}
	stop = func() { _ = l.Close() }
	t.Cleanup(stop)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.WriteString(c, name+"\n")
				echo(c.(*net.TCPConn))
			}()
		}
	}()
	return netip.MustParseAddrPort(l.Addr().String()), stop
}

// in runs f on the node if namespace is "".
func in(namespace string, f func() error) error {
	if namespace == "" {
		return f()
	}
	return inNamespace(namespace, f)
}

func dial(t *testing.T, namespace, address string) (net.Conn, error) {
	t.Helper()
	var c net.Conn
	err := in(namespace, func() (err error) {
		c, err = net.DialTimeout("tcp4", address, patience)
		return err
	})
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = c.Close() })
	return c, c.SetDeadline(time.Now().Add(patience))
}

// answer returns the name of who answers.
func answer(t *testing.T, namespace, address string) (string, error) {
	t.Helper()
	c, err := dial(t, namespace, address)
	if err != nil {
		return "", err
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	return strings.TrimSpace(line), err
}

// oneService is a cluster with the Service shop/web, and those backends behind its port 80.
func oneService(n *Network, backends ...string) (services, netip.AddrPort, types.NamespacedName) {
	key := types.NamespacedName{Namespace: "shop", Name: "web"}
	clusterIP := n.addressing.at(n.addressing.services().Addr().As4()[2], 7)
	return services{key: {clusterIP: clusterIP, ports: []servicePort{{number: 80, backends: backends}}}}, netip.AddrPortFrom(clusterIP, 80), key
}
