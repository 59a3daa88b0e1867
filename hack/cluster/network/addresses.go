package network

import (
	"fmt"
	"net"
	"net/netip"
)

// networks is how many fit beside each other on one machine.
const networks = 128

// The last byte of addresses with a purpose; pods have all between.
const (
	nodeHost  = 1
	proxyHost = 254
)

// block is where networks have their addresses.
var block = netip.MustParsePrefix("10.77.0.0/16")

// addressing says which addresses the network with this index has.
type addressing struct{ index byte }

func (a addressing) pods() netip.Prefix     { return netip.PrefixFrom(a.at(a.index, 0), 24) }
func (a addressing) services() netip.Prefix { return netip.PrefixFrom(a.at(networks+a.index, 0), 24) }
func (a addressing) node() netip.Addr       { return a.host(nodeHost) }
func (a addressing) proxy() netip.Addr      { return a.host(proxyHost) }
func (a addressing) host(last byte) netip.Addr {
	return a.at(a.index, last)
}

func (addressing) at(third, last byte) netip.Addr {
	address := block.Addr().As4()
	address[2], address[3] = third, last
	return netip.AddrFrom4(address)
}

// takenBy says whether somebody else's addresses would be hidden by ours. Ours may be more specific than
// a large network like 10.0.0.0/8 and still hide nothing that is known to exist.
func (a addressing) takenBy(used netip.Prefix) bool {
	for _, ours := range []netip.Prefix{a.pods(), a.services()} {
		if ours.Contains(used.Addr()) || used.Bits() >= block.Bits() && used.Overlaps(ours) {
			return true
		}
	}
	return false
}

// freeAddressing returns the first whose name and addresses nobody has.
func freeAddressing(prefix string, names []string, used []netip.Prefix) (addressing, error) {
	taken := make(map[string]bool, len(names))
	for _, name := range names {
		taken[name] = true
	}
next:
	for index := range byte(networks) {
		a := addressing{index: index}
		if taken[a.bridgeName(prefix)] {
			continue
		}
		for _, other := range used {
			if a.takenBy(other) {
				continue next
			}
		}
		return a, nil
	}
	return addressing{}, fmt.Errorf("all %d networks in %s are in use on this machine", networks, block)
}

func (a addressing) bridgeName(prefix string) string { return fmt.Sprintf("%s%d", prefix, a.index) }

// hardwareAddress belongs to an address for good. A pod with the address of a dead one is then reached
// by those that still know the dead one's, and the bridge keeps its own when ports come and go.
func hardwareAddress(address netip.Addr) net.HardwareAddr {
	a := address.As4()
	// The second lowest bit of the first byte: given by an administrator, not by a manufacturer.
	return net.HardwareAddr{0x02, 0xfc, a[0], a[1], a[2], a[3]}
}

// pool hands out the last bytes of pods' addresses. Freed ones are used last: who still talks to a dead
// pod shall hear nothing, not somebody else.
type pool struct {
	free []byte
	used map[byte]bool
}

func newPool() *pool {
	p := &pool{used: map[byte]bool{}}
	for last := byte(nodeHost + 1); last < proxyHost; last++ {
		p.free = append(p.free, last)
	}
	return p
}

func (p *pool) take() (byte, error) {
	if len(p.free) == 0 {
		return 0, fmt.Errorf("all %d addresses of pods are in use", len(p.used))
	}
	last := p.free[0]
	p.free = p.free[1:]
	p.used[last] = true
	return last, nil
}

// release takes back what take has handed out.
func (p *pool) release(last byte) {
	delete(p.used, last)
	p.free = append(p.free, last)
}
