package network

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/vishvananda/netns"
)

// namespaces is where named network namespaces are, for us as for `ip netns`.
const namespaces = "/run/netns"

func namespacePath(name string) string { return filepath.Join(namespaces, name) }

// lockNamespaces waits until no other process opens a network, or adds a namespace with `ip netns`.
func lockNamespaces() (unlock func(), err error) {
	if err := os.MkdirAll(namespaces, 0o755); err != nil { //nolint:gosec // as `ip netns` makes it
		return nil, err
	}
	return lockDirectory(namespaces)
}

func lockDirectory(path string) (unlock func(), err error) {
	directory, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	for {
		// The runtime of Go interrupts system calls to share the processor.
		if err = syscall.Flock(int(directory.Fd()), syscall.LOCK_EX); !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot lock %q: %w", path, err), directory.Close())
	}
	// Closing unlocks; it cannot fail in a way that matters for a directory.
	return func() { _ = directory.Close() }, nil
}

// onOwnThread runs f on a thread that ends with it, so that no other goroutine ever runs in a namespace
// that f has entered.
func onOwnThread(f func() error) error {
	result := make(chan error, 1)
	go func() {
		// Never unlocked: that is what ends the thread.
		runtime.LockOSThread()
		if syscall.Gettid() != syscall.Getpid() {
			result <- f()
			return
		}
		// The first thread cannot end, and its namespace is what others take for that of the process.
		// While we hold it, the next goroutine gets another.
		result <- onOwnThread(f)
		runtime.UnlockOSThread()
	}()
	return <-result
}

// inNamespace runs f in a network namespace. Sockets f opens stay there; goroutines it starts do not run there.
func inNamespace(path string, f func() error) error {
	return onOwnThread(func() error {
		namespace, err := netns.GetFromPath(path)
		if err != nil {
			return fmt.Errorf("cannot open network namespace %q: %w", path, err)
		}
		err = netns.Set(namespace)
		if err := errors.Join(err, namespace.Close()); err != nil {
			return fmt.Errorf("cannot enter network namespace %q: %w", path, err)
		}
		return f()
	})
}

// createNamespace leaves nothing behind if it fails.
func createNamespace(name string) error {
	err := onOwnThread(func() error {
		namespace, err := netns.NewNamed(name)
		if err != nil {
			return err
		}
		return namespace.Close()
	})
	if err == nil {
		return nil
	}
	err = fmt.Errorf("cannot create network namespace %q: %w", namespacePath(name), err)
	if errors.Is(err, os.ErrExist) {
		return err
	}
	return errors.Join(err, deleteNamespace(name))
}

// deleteNamespace also removes a file that nothing is mounted on. One that is not there is no error.
func deleteNamespace(name string) error {
	err := netns.DeleteNamed(name)
	if errors.Is(err, syscall.EINVAL) {
		err = os.Remove(namespacePath(name))
	}
	if err == nil || errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("cannot delete network namespace %q: %w", namespacePath(name), err)
}
