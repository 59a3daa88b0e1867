package network

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"k8s.io/client-go/rest"
)

func TestExplain(t *testing.T) {
	cases := map[string]struct {
		err  error
		want string
	}{
		"a user who may not":           {fmt.Errorf("cannot create bridge: %w", syscall.EPERM), "needs root"},
		"a file of root's":             {&os.PathError{Op: "mkdir", Path: "/run/netns", Err: syscall.EACCES}, "needs root"},
		"a kernel without bridges":     {syscall.EOPNOTSUPP, "needs a kernel with netlink, bridge and veth"},
		"a machine without netlink":    {syscall.EPROTONOSUPPORT, "needs a kernel with netlink, bridge and veth"},
		"what explains itself already": {os.ErrExist, os.ErrExist.Error()},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := explain(tc.err).Error()
			if !strings.HasPrefix(got, tc.err.Error()) || !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want the error and %q", got, tc.want)
			}
		})
	}
}

func TestOpenRefusesNamesThatDoNotFit(t *testing.T) {
	for _, name := range []string{"ninechars", "tux1", "Tux", "tux-", "a/b"} {
		if n, err := Open(Options{Name: name}); err == nil {
			t.Errorf("%q was accepted; closing: %v", name, n.Close())
		}
	}
}

func TestHostOf(t *testing.T) {
	for host, want := range map[string]string{
		"https://127.0.0.1:6443":      "127.0.0.1:6443",
		"127.0.0.1:6443":              "127.0.0.1:6443",
		"http://127.0.0.1":            "127.0.0.1:80",
		"https://api.example.com/k8s": "api.example.com:443",
	} {
		if got, err := hostOf(&rest.Config{Host: host}); err != nil || got != want {
			t.Errorf("%q: got %q and error %v, want %q", host, got, err, want)
		}
	}
	if got, err := hostOf(&rest.Config{Host: "https://127.0.0.1:port"}); err == nil {
		t.Errorf("got %q for a host that is none", got)
	}
}
