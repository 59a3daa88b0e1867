package network

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"

	"github.com/vishvananda/netlink"
)

// setUpPod gives the namespace this thread is in an address and ways to the Services and to all else.
func setUpPod(a addressing, address netip.Addr) error {
	eth0, err := setUpInterfaces(a, address)
	if err != nil {
		return err
	}
	return errors.Join(
		addRoute(netlink.Route{LinkIndex: eth0, Dst: ipNet(a.services()), Gw: a.proxy().AsSlice()}),
		addRoute(netlink.Route{LinkIndex: eth0, Gw: a.node().AsSlice()}),
	)
}

// setUpProxy makes every address of the range one of the namespace this thread is in.
func setUpProxy(a addressing) error {
	if _, err := setUpInterfaces(a, a.proxy()); err != nil {
		return err
	}
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	return addRoute(netlink.Route{LinkIndex: lo.Attrs().Index, Dst: ipNet(a.services()),
		Type: syscall.RTN_LOCAL, Table: syscall.RT_TABLE_LOCAL, Scope: netlink.SCOPE_HOST})
}

// setUpNode lets processes of this machine reach the Services, with the address pods know them by.
func setUpNode(a addressing, bridge *netlink.Bridge) error {
	return addRoute(netlink.Route{LinkIndex: bridge.Index, Dst: ipNet(a.services()),
		Gw: a.proxy().AsSlice(), Src: a.node().AsSlice()})
}

func setUpInterfaces(a addressing, address netip.Addr) (eth0 int, err error) {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return 0, err
	}
	link, err := netlink.LinkByName(podLink)
	if err != nil {
		return 0, err
	}
	err = errors.Join(netlink.LinkSetUp(lo), bringUp(link, netip.PrefixFrom(address, a.pods().Bits())))
	return link.Attrs().Index, err
}

func addRoute(route netlink.Route) error {
	if err := netlink.RouteAdd(&route); err != nil {
		return fmt.Errorf("cannot add a route to %v: %w", route.Dst, err)
	}
	return nil
}
