package network

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"github.com/vishvananda/netlink"
)

// podLink is what a pod's interface is called inside its namespace.
const podLink = "eth0"

// maxAlias is what the kernel takes, in bytes.
const maxAlias = 255

// list asks until nothing has changed while the kernel was answering.
func list[T any](dump func() ([]T, error)) ([]T, error) {
	for {
		if all, err := dump(); !errors.Is(err, netlink.ErrDumpInterrupted) {
			return all, err
		}
	}
}

// createBridge creates the bridge of a network, with the address of the node, and up.
func createBridge(name string, a addressing, o owner) (*netlink.Bridge, error) {
	attributes := netlink.NewLinkAttrs()
	attributes.Name = name
	// Tells the bridge as ours from its first moment on, see leftovers.
	attributes.HardwareAddr = hardwareAddress(a.node())
	bridge := &netlink.Bridge{LinkAttrs: attributes}
	if err := netlink.LinkAdd(bridge); err != nil {
		return nil, fmt.Errorf("cannot create bridge %q: %w", name, err)
	}
	if err := netlink.LinkSetAlias(bridge, o.String()); err != nil {
		return bridge, fmt.Errorf("cannot note the owner of bridge %q: %w", name, err)
	}
	if err := bringUp(bridge, netip.PrefixFrom(a.node(), a.pods().Bits())); err != nil {
		return bridge, fmt.Errorf("cannot set up bridge %q: %w", name, err)
	}
	return bridge, nil
}

// createPort connects a namespace with the bridge; alias says to people what for.
func createPort(bridge *netlink.Bridge, name, alias string, address netip.Addr, namespace int) error {
	attributes := netlink.NewLinkAttrs()
	attributes.Name, attributes.MasterIndex = name, bridge.Index
	port := &netlink.Veth{LinkAttrs: attributes,
		PeerName: podLink, PeerHardwareAddr: hardwareAddress(address), PeerNamespace: netlink.NsFd(namespace)}
	if err := netlink.LinkAdd(port); err != nil {
		return fmt.Errorf("cannot create interface %q: %w", name, err)
	}
	alias = alias[:min(len(alias), maxAlias)]
	if err := errors.Join(netlink.LinkSetAlias(port, alias), netlink.LinkSetUp(port)); err != nil {
		return fmt.Errorf("cannot set up interface %q: %w", name, err)
	}
	return nil
}

// deleteNamed also deletes the other end. One that is not there is no error.
func deleteNamed(name string) error {
	link, err := netlink.LinkByName(name)
	if errors.As(err, new(netlink.LinkNotFoundError)) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot find interface %q: %w", name, err)
	}
	return deleteLink(link)
}

// deleteLink deletes exactly this link, not another one that got its name since.
func deleteLink(link netlink.Link) error {
	err := netlink.LinkDel(link)
	if err == nil || errors.Is(err, syscall.ENODEV) {
		return nil
	}
	return fmt.Errorf("cannot delete interface %q: %w", link.Attrs().Name, err)
}

func bringUp(link netlink.Link, address netip.Prefix) error {
	return errors.Join(netlink.AddrAdd(link, &netlink.Addr{IPNet: ipNet(address)}), netlink.LinkSetUp(link))
}

func ipNet(prefix netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: prefix.Addr().AsSlice(), Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen())}
}

// usedOnMachine returns all IPv4 addresses of this machine, and where it has routes to.
func usedOnMachine() ([]netip.Prefix, error) {
	addresses, addressErr := list(func() ([]netlink.Addr, error) { return netlink.AddrList(nil, netlink.FAMILY_V4) })
	routes, routeErr := list(func() ([]netlink.Route, error) { return netlink.RouteList(nil, netlink.FAMILY_V4) })
	if err := errors.Join(addressErr, routeErr); err != nil {
		return nil, fmt.Errorf("cannot list the addresses in use: %w", err)
	}
	var used []netip.Prefix
	for _, address := range addresses {
		used = append(used, toPrefix(address.IPNet))
	}
	for _, route := range routes {
		if route.Dst != nil {
			used = append(used, toPrefix(route.Dst))
		}
	}
	return used, nil
}

func toPrefix(n *net.IPNet) netip.Prefix {
	address, _ := netip.AddrFromSlice(n.IP)
	bits, _ := n.Mask.Size()
	return netip.PrefixFrom(address.Unmap(), bits)
}
