package kubelet

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPrepare(t *testing.T) {
	sources := t.TempDir()
	binary, volume := filepath.Join(sources, "server"), filepath.Join(sources, "volume")
	if err := os.WriteFile(binary, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(volume, 0o700); err != nil {
		t.Fatal(err)
	}
	box := &sandbox{dir: t.TempDir(), mounts: []mount{
		{from: volume, to: "/data/inner"}, {from: binary, to: "/bin/server"}, {from: volume, to: "/data", writable: true},
	}}
	if err := box.prepare(etcFiles("web-1", "10.77.0.2", "nameserver 10.77.0.1\n"), false); err != nil {
		t.Fatal(err)
	}

	mounts, err := os.ReadFile(filepath.Join(box.dir, "mounts"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		binary + "\t/bin/server\tro", volume + "\t/data\trw", volume + "\t/data/inner\tro",
		"/dev\t/dev\trw", "/proc\t/proc\trw",
	}
	// Not every machine has certificates.
	if _, err := os.Stat("/etc/ssl"); err == nil {
		want = append(want[:4:4], "/etc/ssl\t/etc/ssl\tro", want[4])
	}
	if diff := cmp.Diff(strings.Join(want, "\n")+"\n", string(mounts)); diff != "" {
		t.Errorf("mounts (-want +got):\n%s", diff)
	}
	for path, isDir := range map[string]bool{"bin/server": false, "data/inner": true, "proc": true, "dev": true, "etc/hosts": false} {
		info, err := os.Stat(filepath.Join(box.root(), path))
		if err != nil || info.IsDir() != isDir {
			t.Errorf("%q: want a directory: %t, got %v and error %v", path, isDir, info, err)
		}
	}
	hosts, err := os.ReadFile(filepath.Join(box.root(), "etc", "hosts"))
	if err != nil || !strings.Contains(string(hosts), "10.77.0.2 web-1\n") {
		t.Errorf("the pod does not know its own name: %q and error %v", hosts, err)
	}
}

func TestPrepareTmp(t *testing.T) {
	for readOnly, want := range map[bool]fs.FileMode{false: fs.ModeDir | fs.ModeSticky | 0o777, true: fs.ModeDir | 0o555} {
		box := &sandbox{dir: t.TempDir()}
		if err := box.prepare(nil, readOnly); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(box.root(), "tmp"))
		if err != nil || info.Mode() != want {
			t.Errorf("read-only %t: got %v and error %v, want %v", readOnly, info.Mode(), err, want)
		}
	}
}

func TestPrepareLinksUsr(t *testing.T) {
	with, without := &sandbox{dir: t.TempDir(), mounts: []mount{{from: t.TempDir(), to: "/usr"}}}, &sandbox{dir: t.TempDir()}
	for box, want := range map[*sandbox]string{with: "usr/bin", without: ""} {
		if err := box.prepare(nil, false); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.Readlink(filepath.Join(box.root(), "bin")); got != want {
			t.Errorf("/bin points to %q, want %q", got, want)
		}
	}
}

func TestPrepareNamesWhatIsMissing(t *testing.T) {
	box := &sandbox{dir: t.TempDir(), mounts: []mount{{from: filepath.Join(t.TempDir(), "none"), to: "/data"}}}
	if err := box.prepare(nil, false); err == nil || !strings.Contains(err.Error(), `cannot mount "/data"`) {
		t.Errorf("got error %v", err)
	}
}

// TestASandboxEndsIfNobodyReleasesIt runs the script as it runs when whoever started it is dead.
func TestASandboxEndsIfNobodyReleasesIt(t *testing.T) {
	box := &sandbox{dir: t.TempDir()}
	if err := box.prepare(nil, false); err != nil {
		t.Fatal(err)
	}
	script, mounts := filepath.Join(box.dir, "sandbox.sh"), filepath.Join(box.dir, "mounts")
	// Without root the next step of the script would complain.
	out, err := exec.Command("/bin/sh", script, box.root(), mounts, "no-user", "no-group", "/bin/true").CombinedOutput()
	if err == nil || len(out) > 0 {
		t.Errorf("the script has gone on: error %v, output %q", err, out)
	}
}
