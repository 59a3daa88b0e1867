package network

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/vishvananda/netlink"
)

// removeLeftovers removes the networks of processes that died before they could. The caller has locked
// the namespaces: nobody is between creating a bridge and noting its owner.
func removeLeftovers(prefix string) error {
	links, err := list(netlink.LinkList)
	if err != nil {
		return fmt.Errorf("cannot list the interfaces of this machine: %w", err)
	}
	var errs []error
	for _, link := range links {
		if isLeftover(prefix, link) {
			errs = append(errs, removeNetwork(link.Attrs().Name))
		}
	}
	return errors.Join(errs...)
}

func isLeftover(prefix string, link netlink.Link) bool {
	attributes := link.Attrs()
	index, ok := indexOf(prefix, attributes.Name)
	if !ok || link.Type() != "bridge" {
		return false
	}
	// Somebody else may like the name, but not this hardware address too.
	if !bytes.Equal(attributes.HardwareAddr, hardwareAddress(addressing{index: index}.node())) {
		return false
	}
	o, ok := parseOwner(attributes.Alias)
	return ok && o.isGone() || attributes.Alias == ""
}

// indexOf returns the index of the network with a bridge of this name.
func indexOf(prefix, name string) (byte, bool) {
	digits, ok := strings.CutPrefix(name, prefix)
	index, err := strconv.ParseUint(digits, 10, 8)
	if !ok || err != nil || index >= networks || strconv.FormatUint(index, 10) != digits {
		return 0, false
	}
	return byte(index), true
}

// removeNetwork removes all that belongs to a bridge and then the bridge: as long as there is anything,
// there is a bridge to find it by.
func removeNetwork(bridge string) error {
	belongs := regexp.MustCompile("^" + regexp.QuoteMeta(bridge) + "-[0-9]+$").MatchString
	if err := errors.Join(removePorts(belongs), removeNamespaces(belongs)); err != nil {
		return err
	}
	return deleteNamed(bridge)
}

func removePorts(belongs func(string) bool) error {
	links, err := list(netlink.LinkList)
	if err != nil {
		return fmt.Errorf("cannot list the interfaces of this machine: %w", err)
	}
	var errs []error
	for _, link := range links {
		if link.Type() == "veth" && belongs(link.Attrs().Name) {
			errs = append(errs, deleteLink(link))
		}
	}
	return errors.Join(errs...)
}

func removeNamespaces(belongs func(string) bool) error {
	entries, err := os.ReadDir(namespaces)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("cannot list the network namespaces of this machine: %w", err)
	}
	var errs []error
	for _, entry := range entries {
		if belongs(entry.Name()) {
			errs = append(errs, deleteNamespace(entry.Name()))
		}
	}
	return errors.Join(errs...)
}
