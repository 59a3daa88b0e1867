package network

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"regexp"
	"sync"
	"syscall"

	"github.com/vishvananda/netlink"
)

// Options say how to open a network. The zero value is fine.
type Options struct {
	// Name is what the names of interfaces and namespaces begin with: 1 to 8 lower-case letters. If
	// empty: "tuxmon". Open removes what dead processes left behind under the same name.
	Name string
	// Out takes problems; nothing is written while all is well. If nil: os.Stderr.
	Out io.Writer
}

// Name, three digits of an index, a hyphen and three of an address are the 15 bytes an interface's name may have.
var validName = regexp.MustCompile(`^[a-z]{1,8}$`)

// Network is a bridge on this machine: the node has its first address, every pod a network namespace and
// an address behind it. Its methods may be called by several goroutines at once.
type Network struct {
	options    Options
	addressing addressing
	bridge     *netlink.Bridge
	names      *names
	proxy      *proxy
	close      func() error

	// closing ends with Close; serving counts the calls of Serve.
	closing context.Context
	cancel  context.CancelFunc
	serving sync.WaitGroup

	mu     sync.Mutex
	pool   *pool
	closed bool
}

// Open opens a network beside those that exist on this machine. It needs root.
func Open(options Options) (*Network, error) {
	if options.Name == "" {
		options.Name = "tuxmon"
	}
	if options.Out == nil {
		options.Out = os.Stderr
	}
	if !validName.MatchString(options.Name) {
		return nil, fmt.Errorf("cannot open a network with the name %q: it must be 1 to 8 lower-case letters", options.Name)
	}
	n := &Network{options: options, pool: newPool(), names: newNames()}
	n.closing, n.cancel = context.WithCancel(context.Background())
	n.close = sync.OnceValue(n.closeAll)
	if err := n.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot open a network for pods: %w", explain(err)), n.Close())
	}
	return n, nil
}

// explain adds what is missing to errors whose text only says that something is.
func explain(err error) error {
	switch {
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%w (needs root: network namespaces and a bridge are made "+
			"with the capabilities CAP_SYS_ADMIN and CAP_NET_ADMIN)", err)
	case errors.Is(err, syscall.EOPNOTSUPP), errors.Is(err, syscall.EPROTONOSUPPORT):
		return fmt.Errorf("%w (needs a kernel with netlink, bridge and veth)", err)
	default:
		return err
	}
}

func (n *Network) open() error {
	unlock, err := lockNamespaces()
	if err != nil {
		return err
	}
	defer unlock()
	if err := removeLeftovers(n.options.Name); err != nil {
		return err
	}
	if n.addressing, err = n.findAddressing(); err != nil {
		return err
	}
	if err := n.makeBridge(); err != nil {
		return err
	}
	return n.makeProxy()
}

func (n *Network) findAddressing() (addressing, error) {
	links, err := list(netlink.LinkList)
	if err != nil {
		return addressing{}, fmt.Errorf("cannot list the interfaces of this machine: %w", err)
	}
	names := make([]string, 0, len(links))
	for _, link := range links {
		names = append(names, link.Attrs().Name)
	}
	used, err := usedOnMachine()
	if err != nil {
		return addressing{}, err
	}
	return freeAddressing(n.options.Name, names, used)
}

func (n *Network) makeBridge() error {
	me, err := self()
	if err != nil {
		return err
	}
	name := n.addressing.bridgeName(n.options.Name)
	// Without its bridge, whatever has such a name has been lost by somebody.
	if err := removeNetwork(name); err != nil {
		return err
	}
	n.bridge, err = createBridge(name, n.addressing, me)
	return err
}

func (n *Network) makeProxy() error {
	namespace, err := n.attach(proxyHost, "ClusterIPs", func() error { return setUpProxy(n.addressing) })
	if err != nil {
		return err
	}
	n.proxy = newProxy(n.closing, namespace, n.addressing.services(), n.options.Out)
	return setUpNode(n.addressing, n.bridge)
}

// Close stops all servers, closes their connections, and removes every namespace and interface; it may
// be called more than once. End the processes in pods before: they lose their network.
func (n *Network) Close() error { return n.close() }

func (n *Network) closeAll() error {
	n.mu.Lock()
	n.closed = true
	n.mu.Unlock()
	n.cancel()
	n.serving.Wait()
	if n.proxy != nil {
		n.proxy.close()
	}
	if n.bridge == nil {
		return nil
	}
	if err := removeNetwork(n.bridge.Name); err != nil {
		return fmt.Errorf("cannot close the network for pods: %w", err)
	}
	return nil
}

// Node returns the address of this machine that pods reach it by.
func (n *Network) Node() netip.Addr { return n.addressing.node() }

// ServiceRange returns where Services must have their ClusterIPs: kube-apiserver's --service-cluster-ip-range.
func (n *Network) ServiceRange() netip.Prefix { return n.addressing.services() }

// ResolvConf returns the /etc/resolv.conf of every pod. There is no search path, as it would differ from
// namespace to namespace; the DNS server knows the forms it is there for.
func (n *Network) ResolvConf() string {
	return fmt.Sprintf("nameserver %s\noptions ndots:1\n", n.Node())
}

// SetHost lets a name outside of the cluster, like one of an Ingress, have an address. The zero address
// takes it away again.
func (n *Network) SetHost(host string, address netip.Addr) { n.names.setHost(host, address) }
