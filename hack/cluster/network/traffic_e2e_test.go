//go:build e2e

package network

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/netip"
	"strings"
	"syscall"
	"testing"

	"github.com/miekg/dns"
)

func TestPodsReachEachOtherAndTheNode(t *testing.T) {
	n := open(t)
	a, b := addPod(t, n, "shop/a"), addPod(t, n, "shop/b")
	run(t, a.Namespace, "0.0.0.0:8000", "a")
	run(t, b.Namespace, "0.0.0.0:8000", "b")
	run(t, "", n.Node().String()+":8000", "node")
	elsewhere := open(t).Node().String()
	run(t, "", elsewhere+":8000", "elsewhere")
	for _, tc := range []struct{ what, from, to, want string }{
		{"pod to pod", a.Namespace, b.Address.String(), "b"},
		{"pod to itself", a.Namespace, a.Address.String(), "a"},
		{"pod to its loopback address", b.Namespace, "127.0.0.1", "b"},
		{"pod to node", a.Namespace, n.Node().String(), "node"},
		{"pod to another address of the machine", a.Namespace, elsewhere, "elsewhere"},
		{"node to pod", "", a.Address.String(), "a"},
	} {
		if got, err := answer(t, tc.from, tc.to+":8000"); err != nil || got != tc.want {
			t.Errorf("%s: %q answered, error %v, want %q", tc.what, got, err, tc.want)
		}
	}
}

func TestTrafficThroughAClusterIP(t *testing.T) {
	n := open(t)
	a, b, client := addPod(t, n, "shop/a"), addPod(t, n, "shop/b"), addPod(t, n, "shop/client")
	run(t, a.Namespace, "0.0.0.0:8000", "a")
	run(t, b.Namespace, "0.0.0.0:8000", "b")
	onA, web, key := oneService(n, a.Address.String()+":8000")
	onB, _, _ := oneService(n, b.Address.String()+":8000")
	onNone, _, _ := oneService(n)
	expect := func(what, from, want string) {
		t.Helper()
		if got, err := answer(t, from, web.String()); err != nil || got != want {
			t.Errorf("%s: %q answered, error %v, want %q", what, got, err, want)
		}
	}
	expectRefused := func(what string) {
		t.Helper()
		for _, from := range []string{client.Namespace, ""} {
			if got, err := answer(t, from, web.String()); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("%s: %q answered, error %v, want refused", what, got, err)
			}
		}
	}

	expectRefused("before the Service exists")
	n.apply(onA)
	expect("from a pod", client.Namespace, "a")
	expect("from the pod behind it", a.Namespace, "a")
	expect("from the node", "", "a")
	expectEcho := keepOpen(t, client.Namespace, web.String())
	n.apply(onB)
	expect("after the backend has changed", client.Namespace, "b")
	n.apply(onNone)
	expectRefused("without ready endpoints")
	n.apply(onB)
	expect("with an endpoint again", client.Namespace, "b")
	if err := n.BreakService(key); err != nil {
		t.Fatal(err)
	}
	expectRefused("while broken")
	n.apply(onA)
	expectRefused("while broken, after a change")
	n.MendService(key)
	expect("after it was mended", client.Namespace, "a")
	expectEcho()
}

// keepOpen returns a check that the connection it makes has outlived all that happened to the Service.
func keepOpen(t *testing.T, namespace, address string) (expectEcho func()) {
	t.Helper()
	c, err := dial(t, namespace, address)
	if err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(c)
	// The connection is through to the backend once that has said its name.
	if _, err := reader.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		_, writeErr := io.WriteString(c, "still there\n")
		if line, err := reader.ReadString('\n'); line != "still there\n" {
			t.Errorf("an old connection gave %q, errors %v and %v", line, writeErr, err)
		}
	}
}

func TestADeadEndpointIsAReset(t *testing.T) {
	n := open(t)
	pod, client := addPod(t, n, "shop/a"), addPod(t, n, "shop/client")
	s, web, _ := oneService(n, pod.Address.String()+":8000")
	n.apply(s)
	if got, err := answer(t, client.Namespace, web.String()); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("%q answered, error %v, want a reset", got, err)
	}
}

func TestProcessesOfTheMachineDoNotAnswerAtClusterIPs(t *testing.T) {
	n := open(t)
	pod, client := addPod(t, n, "shop/a"), addPod(t, n, "shop/client")
	run(t, pod.Namespace, "0.0.0.0:8000", "a")
	s, web, key := oneService(n, pod.Address.String()+":8000")
	everywhere, stop := run(t, "", "0.0.0.0:0", "machine")
	defer stop()
	s[key].ports[0].number = everywhere.Port()
	web = netip.AddrPortFrom(web.Addr(), everywhere.Port())
	if got, err := answer(t, client.Namespace, web.String()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("%q answered without endpoints, error %v, want refused", got, err)
	}
	n.apply(s)
	if got, err := answer(t, client.Namespace, web.String()); got != "a" {
		t.Errorf("%q answered, error %v, want the pod", got, err)
	}
}

func TestProblemsAreWrittenOnce(t *testing.T) {
	var out strings.Builder
	n, err := Open(Options{Name: testName, Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	s, _, key := oneService(n, "10.0.0.1:80")
	foreign := s[key]
	foreign.clusterIP = netip.MustParseAddr("10.0.0.7")
	s[key] = foreign
	n.apply(s)
	n.apply(s)
	if err := n.Close(); err != nil {
		t.Error(err)
	}
	if got := out.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "10.0.0.7:80") {
		t.Errorf("got %q, want one line that names the address", got)
	}
	if err := n.BreakService(key); err == nil {
		t.Error("a Service that does not exist was broken")
	}
}

func TestDNSFromAPod(t *testing.T) {
	n := open(t)
	client := addPod(t, n, "shop/client")
	n.SetHost("shop.example.com", n.Node())
	s, web, _ := oneService(n)
	ctx, end := context.WithCancel(t.Context())
	served := make(chan error, 1)
	listening := make(chan struct{})
	go func() {
		served <- n.serve(ctx, func(ctx context.Context) error {
			n.apply(s)
			close(listening)
			<-ctx.Done()
			return nil
		})
	}()
	<-listening
	for _, transport := range []string{"udp", "tcp"} {
		for name, want := range map[string]string{
			"web.shop.svc.cluster.local.": web.Addr().String(),
			"shop.example.com.":           n.Node().String(),
		} {
			var reply *dns.Msg
			err := inNamespace(client.Namespace, func() (err error) {
				c := &dns.Client{Net: transport, Timeout: patience}
				reply, _, err = c.Exchange(new(dns.Msg).SetQuestion(name, dns.TypeA), n.Node().String()+":53")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := addressesIn(reply); len(got) != 1 || got[0] != want {
				t.Errorf("%s %s: got %v, want %s", transport, name, got, want)
			}
		}
	}
	end()
	if err := <-served; err != nil {
		t.Errorf("serving ended with %v", err)
	}
	if _, code := n.names.lookup("web.shop.svc"); code != dns.RcodeServerFailure {
		t.Errorf("after serving, a name is answered with %s, want SERVFAIL", dns.RcodeToString[code])
	}
}
