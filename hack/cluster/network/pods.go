package network

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/vishvananda/netns"
)

// Pod is what a pod has of the network.
type Pod struct {
	// Namespace is the path of its network namespace, as nsenter --net wants it.
	Namespace string
	// Address is that of its only interface besides lo.
	Address netip.Addr
}

// AddPod makes a network namespace, with an address from which everything in the network is reached.
// name is for people, who see it as the alias of the interface; it may exist already.
func (n *Network) AddPod(name string) (Pod, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return Pod{}, fmt.Errorf("cannot add pod %q: the network is closed", name)
	}
	last, err := n.pool.take()
	if err != nil {
		return Pod{}, fmt.Errorf("cannot add pod %q: %w", name, err)
	}
	address := n.addressing.host(last)
	namespace, err := n.attach(last, name, func() error { return setUpPod(n.addressing, address) })
	if err != nil {
		n.pool.release(last)
		return Pod{}, fmt.Errorf("cannot add pod %q: %w", name, err)
	}
	return Pod{Namespace: namespace, Address: address}, nil
}

// RemovePod takes the network from a pod, at once also from processes that still run in it. Removing a
// pod twice is no error.
func (n *Network) RemovePod(pod Pod) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed || !n.addressing.pods().Contains(pod.Address) {
		return nil
	}
	last := pod.Address.As4()[3]
	if !n.pool.used[last] {
		return nil
	}
	if err := n.detach(last); err != nil {
		return fmt.Errorf("cannot remove the pod with address %s: %w", pod.Address, err)
	}
	n.pool.release(last)
	return nil
}

// attach makes a namespace with a port of the bridge, and runs setUp in it. It leaves nothing behind if
// it fails.
func (n *Network) attach(last byte, alias string, setUp func() error) (path string, err error) {
	name := n.portName(last)
	if err := createNamespace(name); err != nil {
		return "", err
	}
	path = namespacePath(name)
	if err := n.connect(last, alias, path, setUp); err != nil {
		return "", errors.Join(err, n.detach(last))
	}
	return path, nil
}

func (n *Network) connect(last byte, alias, path string, setUp func() error) error {
	namespace, err := netns.GetFromPath(path)
	if err != nil {
		return fmt.Errorf("cannot open network namespace %q: %w", path, err)
	}
	err = createPort(n.bridge, n.portName(last), alias, n.addressing.host(last), int(namespace))
	if err := errors.Join(err, namespace.Close()); err != nil {
		return err
	}
	if err := inNamespace(path, setUp); err != nil {
		return fmt.Errorf("cannot set up network namespace %q: %w", path, err)
	}
	return nil
}

func (n *Network) detach(last byte) error {
	name := n.portName(last)
	return errors.Join(deleteNamed(name), deleteNamespace(name))
}

// portName is the name of the interface at the bridge and of the namespace behind it.
func (n *Network) portName(last byte) string { return fmt.Sprintf("%s-%d", n.bridge.Name, last) }
