package network

import (
	"net"
	"net/netip"
	"testing"

	"github.com/vishvananda/netlink"
)

func TestIsLeftover(t *testing.T) {
	me, err := self()
	if err != nil {
		t.Fatal(err)
	}
	dead := owner{pid: me.pid, start: me.start - 1}
	ours := hardwareAddress(addressing{index: 3}.node())
	bridge := func(name, alias string, hardware net.HardwareAddr) netlink.Link {
		return &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: name, Alias: alias, HardwareAddr: hardware}}
	}
	cases := map[string]struct {
		link netlink.Link
		want bool
	}{
		"a bridge of a dead owner":                   {bridge("test3", dead.String(), ours), true},
		"a bridge whose owner died before the alias": {bridge("test3", "", ours), true},
		"a bridge of a living owner":                 {bridge("test3", me.String(), ours), false},
		"a bridge with words of somebody else":       {bridge("test3", "uplink", ours), false},
		"a bridge of the right name only":            {bridge("test3", "", hardwareAddress(netip.MustParseAddr("10.77.4.1"))), false},
		"a bridge of another prefix":                 {bridge("other3", dead.String(), ours), false},
		"a bridge of a longer prefix":                {bridge("testing3", dead.String(), ours), false},
		"an index with a zero before":                {bridge("test03", dead.String(), ours), false},
		"another kind of interface":                  {&netlink.Dummy{LinkAttrs: *bridge("test3", dead.String(), ours).Attrs()}, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := isLeftover("test", tc.link); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestIndexOf(t *testing.T) {
	for name, want := range map[string]int{
		"test0": 0, "test127": 127, "test128": -1, "test256": -1, "test-1": -1, "test+1": -1, "test": -1, "test3-7": -1, "tes3": -1,
	} {
		got, ok := indexOf("test", name)
		if ok != (want >= 0) || ok && int(got) != want {
			t.Errorf("%q: got %d, %v; want %d", name, got, ok, want)
		}
	}
}
