package kubelet

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// volumeFiles reads a volume as a container sees it.
func volumeFiles(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	names, err := linkedNames(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		link := filepath.Join(dir, name)
		if _, err := os.Readlink(link); err != nil {
			t.Errorf("%q is no link, so it does not change together with the others: %v", name, err)
		}
		readInto(t, files, link, name)
	}
	return files
}

// readInto reads a file, or all files below a directory.
func readInto(t *testing.T, files map[string][]byte, path, name string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		files[name] = data
		return
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Errorf("%q is neither a file nor a directory: %v", name, err)
	}
	for _, entry := range entries {
		readInto(t, files, filepath.Join(path, entry.Name()), name+"/"+entry.Name())
	}
}

func TestWriteAtomically(t *testing.T) {
	type files = map[string][]byte
	cases := map[string]struct{ before, after files }{
		"from nothing":                   {nil, files{"a": []byte("1")}},
		"to nothing":                     {files{"a": []byte("1")}, files{}},
		"a change":                       {files{"a": []byte("1"), "b": []byte("2")}, files{"a": []byte("1"), "b": []byte("3")}},
		"a new key":                      {files{"a": []byte("1")}, files{"a": []byte("1"), "b": []byte("2")}},
		"a key that is removed":          {files{"a": []byte("1"), "b": []byte("2")}, files{"b": []byte("2")}},
		"a key that is renamed":          {files{"a": []byte("1")}, files{"b": []byte("1")}},
		"names with slashes":             {nil, files{"tls/key": []byte("1"), "tls/deep/cert": []byte("2"), "ca": []byte("3")}},
		"a name below another goes":      {files{"tls/key": []byte("1"), "tls/cert": []byte("2")}, files{"tls/cert": []byte("2")}},
		"a directory goes":               {files{"tls/key": []byte("1"), "a": []byte("2")}, files{"a": []byte("2")}},
		"a file becomes a directory":     {files{"a": []byte("1")}, files{"a/b": []byte("1")}},
		"an empty file is not a missing": {files{"a": []byte("1")}, files{"a": nil, "b": nil}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "volume")
			if tc.before != nil {
				if err := writeAtomically(dir, tc.before); err != nil {
					t.Fatal(err)
				}
			}
			if err := writeAtomically(dir, tc.after); err != nil {
				t.Fatal(err)
			}
			text := func(data []byte) string { return string(data) }
			if diff := cmp.Diff(tc.after, volumeFiles(t, dir), cmp.Transformer("text", text)); diff != "" {
				t.Errorf("volume (-want +got):\n%s", diff)
			}
			entries, err := filepath.Glob(filepath.Join(dir, "..*"))
			if err != nil || len(entries) != 2 {
				t.Errorf("want the link and what it points to, got %q and error %v", entries, err)
			}
		})
	}
}

func TestWriteAtomicallySwapsOnlyForAChange(t *testing.T) {
	dir := t.TempDir()
	link := func() string {
		target, err := os.Readlink(filepath.Join(dir, dataLink))
		if err != nil {
			t.Fatal(err)
		}
		return target
	}
	write := func(content string) {
		if err := writeAtomically(dir, map[string][]byte{"a": []byte(content), "sub/b": []byte("2")}); err != nil {
			t.Fatal(err)
		}
	}
	write("1")
	first := link()
	write("1")
	if second := link(); second != first {
		t.Errorf("without a change %q became %q", first, second)
	}
	write("2")
	if third := link(); third == first || strings.Contains(third, "/") {
		t.Errorf("after a change the link points to %q", third)
	}
}

func TestWriteAtomicallyMendsALostName(t *testing.T) {
	dir := t.TempDir()
	files := map[string][]byte{"a": []byte("1")}
	if err := writeAtomically(dir, files); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "a")); err != nil {
		t.Fatal(err)
	}
	if err := writeAtomically(dir, files); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(files, volumeFiles(t, dir)); diff != "" {
		t.Errorf("volume (-want +got):\n%s", diff)
	}
}

func TestEverybodyReadsAVolume(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "volume")
	if err := writeAtomically(dir, map[string][]byte{"a/b": []byte("1")}); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]fs.FileMode{".": 0o755, "..data": 0o755, "a": 0o755, "a/b": 0o644} {
		info, err := os.Stat(filepath.Join(dir, path))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%q: got %v and error %v, want %v", path, info, err, want)
		}
	}
}
