package kubelet

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed sandbox.sh
var sandboxScript string

// mount is one thing the container sees.
type mount struct {
	from, to string
	writable bool
}

// sandbox is the root filesystem of one container.
type sandbox struct {
	dir    string
	mounts []mount
	user   int64
	group  int64
}

// etcFiles is all a program needs of /etc; the rest of this machine's is not its business.
func etcFiles(hostname, address, resolvConf string) map[string]string {
	return map[string]string{ //nolint:gosec // nobody has a password
		"passwd":        "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n",
		"group":         "root:x:0:\nnogroup:x:65534:\n",
		"hosts":         "127.0.0.1 localhost\n" + address + " " + hostname + "\n",
		"nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
		"resolv.conf":   resolvConf,
	}
}

// prepare makes the tree the mounts go into. Only /tmp in it can be written, unless readOnly.
func (s *sandbox) prepare(etc map[string]string, readOnly bool) error {
	s.mounts = append(s.mounts, mount{"/proc", "/proc", true}, mount{"/dev", "/dev", true})
	if _, err := os.Stat("/etc/ssl"); err == nil {
		s.mounts = append(s.mounts, mount{"/etc/ssl", "/etc/ssl", false})
	}
	// A mount inside another one comes after it.
	slices.SortStableFunc(s.mounts, func(a, b mount) int { return strings.Compare(a.to, b.to) })
	if err := os.MkdirAll(filepath.Join(s.root(), "etc"), 0o755); err != nil { //nolint:gosec // others must read it
		return err
	}
	for name, text := range etc {
		if err := os.WriteFile(filepath.Join(s.root(), "etc", name), []byte(text), 0o644); err != nil { //nolint:gosec // as in any image
			return err
		}
	}
	if err := errors.Join(s.linkUsr(), s.makeTmp(readOnly)); err != nil {
		return err
	}
	return s.prepareTargets()
}

func (s *sandbox) makeTmp(readOnly bool) error {
	mode := os.FileMode(0o777) | os.ModeSticky
	if readOnly {
		mode = 0o555
	}
	tmp := filepath.Join(s.root(), "tmp")
	return errors.Join(os.MkdirAll(tmp, 0o755), os.Chmod(tmp, mode)) //nolint:gosec // as in any image
}

// linkUsr gives a root that has /usr the usual links into it.
func (s *sandbox) linkUsr() error {
	if !slices.ContainsFunc(s.mounts, func(m mount) bool { return m.to == "/usr" }) {
		return nil
	}
	var errs []error
	for _, name := range []string{"bin", "sbin", "lib", "lib64"} {
		errs = append(errs, os.Symlink("usr/"+name, filepath.Join(s.root(), name)))
	}
	return errors.Join(errs...)
}

// prepareTargets makes what each mount covers: a directory or a file. What lies inside another mount
// must be there already.
func (s *sandbox) prepareTargets() error {
	var text strings.Builder
	for _, m := range s.mounts {
		info, err := os.Stat(m.from)
		if err != nil {
			return fmt.Errorf("cannot mount %q: %w", m.to, err)
		}
		if err := makeTarget(filepath.Join(s.root(), m.to), info.IsDir()); err != nil {
			return fmt.Errorf("cannot mount %q: %w", m.to, err)
		}
		mode := "ro"
		if m.writable {
			mode = "rw"
		}
		fmt.Fprintf(&text, "%s\t%s\t%s\n", m.from, m.to, mode)
	}
	return errors.Join(
		os.WriteFile(filepath.Join(s.dir, "mounts"), []byte(text.String()), 0o600),
		os.WriteFile(filepath.Join(s.dir, "sandbox.sh"), []byte(sandboxScript), 0o600),
	)
}

func makeTarget(path string, dir bool) error {
	if dir {
		return os.MkdirAll(path, 0o755) //nolint:gosec // a mount point
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // a mount point
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o644) //nolint:gosec // a mount point
	if err != nil {
		return err
	}
	return file.Close()
}

func (s *sandbox) root() string { return filepath.Join(s.dir, "root") }
