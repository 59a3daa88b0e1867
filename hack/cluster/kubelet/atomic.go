package kubelet

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// dataLink is the link a kubelet swaps, so that readers see all old files or all new ones.
const dataLink = "..data"

// writeAtomically makes dir hold exactly files, or leaves it alone if it does already. Names may have
// slashes in them.
func writeAtomically(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // containers of any user read it
		return err
	}
	old, _ := os.Readlink(filepath.Join(dir, dataLink))
	if old != "" && holds(filepath.Join(dir, old), files) {
		return linkNames(dir, files)
	}
	fresh, err := writeFresh(dir, files)
	if err != nil {
		return err
	}
	if err := swapLink(dir, filepath.Base(fresh)); err != nil {
		return errors.Join(err, os.RemoveAll(fresh))
	}
	return errors.Join(linkNames(dir, files), removeOld(dir, old))
}

// holds reports whether a directory has exactly these files.
func holds(dir string, files map[string][]byte) bool {
	tree, same, count := os.DirFS(dir), true, 0
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		count++
		now, err := fs.ReadFile(tree, name)
		wanted, ok := files[name]
		same = same && ok && bytes.Equal(now, wanted)
		return err
	})
	return err == nil && same && count == len(files)
}

// writeFresh leaves nothing behind if it fails.
func writeFresh(dir string, files map[string][]byte) (fresh string, err error) {
	fresh, err = os.MkdirTemp(dir, "..")
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(fresh))
		}
	}()
	if err := os.Chmod(fresh, 0o755); err != nil { //nolint:gosec // containers of any user read it
		return fresh, err
	}
	for name, data := range files {
		path := filepath.Join(fresh, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // as above
			return fresh, err
		}
		if err := os.WriteFile(path, data, 0o644); err != nil { //nolint:gosec // as above
			return fresh, err
		}
	}
	return fresh, nil
}

func swapLink(dir, fresh string) error {
	temporary := filepath.Join(dir, dataLink+"_tmp")
	_ = os.Remove(temporary)
	return errors.Join(os.Symlink(fresh, temporary), os.Rename(temporary, filepath.Join(dir, dataLink)))
}

// linkNames makes the top-level names of the volume links into the data, and removes those that have none.
func linkNames(dir string, files map[string][]byte) error {
	wanted := map[string]bool{}
	for name := range files {
		first, _, _ := strings.Cut(name, "/")
		wanted[first] = true
	}
	names, err := linkedNames(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		if !wanted[name] {
			errs = append(errs, os.Remove(filepath.Join(dir, name)))
		}
	}
	for name := range wanted {
		if !slices.Contains(names, name) {
			errs = append(errs, os.Symlink(filepath.Join(dataLink, name), filepath.Join(dir, name)))
		}
	}
	return errors.Join(errs...)
}

// linkedNames lists the top-level names of the volume.
func linkedNames(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), "..") {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

func removeOld(dir, old string) error {
	if old == "" {
		return nil
	}
	return os.RemoveAll(filepath.Join(dir, old))
}
