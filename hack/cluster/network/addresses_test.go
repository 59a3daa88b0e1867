package network

import (
	"net/netip"
	"testing"
)

func TestFreeAddressing(t *testing.T) {
	cases := map[string]struct {
		names []string
		used  []string
		want  byte
	}{
		"an empty machine gives the first":                           {want: 0},
		"a bridge of ours takes its index":                           {names: []string{"lo", "test0", "test1"}, want: 2},
		"a bridge of another name takes nothing by its name":         {names: []string{"other0", "test10"}, want: 0},
		"an address among the pods takes the index":                  {used: []string{"10.77.0.1/24"}, want: 1},
		"a route to Services takes the index":                        {used: []string{"10.77.128.0/24", "10.77.1.7/32"}, want: 2},
		"a network that holds ours in its whole block takes some":    {used: []string{"10.77.0.9/20"}, want: 16},
		"a far larger network takes only what the machine has of it": {used: []string{"10.77.0.9/8", "10.0.0.0/8"}, want: 1},
		"other networks take nothing":                                {used: []string{"127.0.0.1/8", "192.168.0.1/16", "0.0.0.0/0"}, want: 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var used []netip.Prefix
			for _, prefix := range tc.used {
				used = append(used, netip.MustParsePrefix(prefix))
			}
			got, err := freeAddressing("test", tc.names, used)
			if err != nil || got.index != tc.want {
				t.Errorf("got index %d and error %v, want index %d", got.index, err, tc.want)
			}
		})
	}
}

func TestFreeAddressingOnAFullMachine(t *testing.T) {
	if got, err := freeAddressing("test", nil, []netip.Prefix{block}); err == nil {
		t.Errorf("got index %d of a block that somebody else has", got.index)
	}
}

func TestAddressing(t *testing.T) {
	a := addressing{index: networks - 1}
	for what, tc := range map[string]struct{ got, want string }{
		"pods":     {a.pods().String(), "10.77.127.0/24"},
		"services": {a.services().String(), "10.77.255.0/24"},
		"node":     {a.node().String(), "10.77.127.1"},
		"proxy":    {a.proxy().String(), "10.77.127.254"},
		"hardware": {hardwareAddress(a.host(7)).String(), "02:fc:0a:4d:7f:07"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %s, want %s", what, tc.got, tc.want)
		}
	}
}

func TestPoolReusesAnAddressLast(t *testing.T) {
	p := newPool()
	first := take(t, p)
	p.release(first)
	seen := map[byte]bool{nodeHost: true, proxyHost: true}
	for len(p.free) > 1 {
		last := take(t, p)
		if seen[last] || last == first {
			t.Fatalf("address %d was handed out too early", last)
		}
		seen[last] = true
	}
	if got := take(t, p); got != first {
		t.Errorf("the last free address is %d, want %d", got, first)
	}
	if _, err := p.take(); err == nil {
		t.Error("an exhausted pool gave an address")
	}
	if want := 252; len(p.used) != want {
		t.Errorf("%d addresses are in use, want %d", len(p.used), want)
	}
}

func take(t *testing.T, p *pool) byte {
	t.Helper()
	last, err := p.take()
	if err != nil {
		t.Fatal(err)
	}
	return last
}
