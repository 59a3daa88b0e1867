package binaries

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var allParts = []string{"etcd", "kube-apiserver", "kube-controller-manager", "kubectl"}

// fakeBinaries makes a directory of programs that do nothing.
func fakeBinaries(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestBinariesGivenInFullAreUsedAsTheyAre(t *testing.T) {
	dir := fakeBinaries(t, allParts...)
	t.Setenv("KUBEBUILDER_ASSETS", dir)
	t.Setenv("TUXMON_CACHE", filepath.Join(t.TempDir(), "not-to-be-made"))

	got, err := Find(t.Context(), ControlPlane, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	if got != dir {
		t.Errorf("got %q, want the directory that was given, %q", got, dir)
	}
	if _, err := os.Stat(os.Getenv("TUXMON_CACHE")); !os.IsNotExist(err) {
		t.Errorf("a cache was made although nothing had to be built")
	}
}

func TestBinariesGivenInPartAreCompletedFromTheCache(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("TUXMON_CACHE", cache)
	t.Setenv("KUBEBUILDER_ASSETS", fakeBinaries(t, "etcd", "kube-apiserver"))
	built := buildWithFakeGo(t)

	for _, run := range []string{"first", "second"} {
		got, err := Find(t.Context(), ControlPlane, t.Output())
		if err != nil {
			t.Fatalf("%s run: %v", run, err)
		}
		for _, part := range allParts {
			if err := exec.Command(filepath.Join(got, part)).Run(); err != nil {
				t.Errorf("%s run: %s in %q does not run: %v", run, part, got, err)
			}
		}
	}
	log, err := os.ReadFile(built)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(log), "k8s.io/kubernetes/cmd/kubectl"); n != 1 {
		t.Errorf("kubectl was built %d times in two runs, want once; builds:\n%s", n, log)
	}
	if strings.Contains(string(log), "etcd") {
		t.Errorf("etcd was given and built all the same; builds:\n%s", log)
	}
}

// buildWithFakeGo puts a go command first in PATH that makes empty programs, and returns the file
// into which it writes its arguments.
func buildWithFakeGo(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	script := `#!/bin/bash
[[ $1 == build ]] || { echo "fake $*"; exit; }
while [[ $# -gt 0 ]]; do
	if [[ $1 == -o ]]; then out=$2; shift; fi
	if [[ $1 != -* && $1 == */* && $1 != "$out" ]]; then
		echo "$1" >>"` + log + `"
		file=$out name=${1%/v3}
		if [[ $out == */ ]]; then file=$out${name##*/}; fi
		printf '#!/bin/sh\n' >"$file"
		chmod +x "$file"
	fi
	shift
done
`
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	return log
}

func TestBinariesSayWhatIsWrong(t *testing.T) {
	tests := map[string]struct {
		env  map[string]string
		want string
	}{
		"a directory that does not exist is named": {
			env:  map[string]string{"KUBEBUILDER_ASSETS": "/does/not/exist"},
			want: `KUBEBUILDER_ASSETS: no directory "/does/not/exist"`,
		},
		"a cache that cannot be made is named": {
			env:  map[string]string{"KUBEBUILDER_ASSETS": "", "TUXMON_CACHE": "/dev/null"},
			want: `cannot create "/dev/null/`,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			for key, value := range tc.env {
				t.Setenv(key, value)
			}
			var out bytes.Buffer
			if _, err := Find(t.Context(), ControlPlane, &out); err == nil {
				t.Error("got no error")
			}
			if !strings.Contains(out.String(), tc.want) {
				t.Errorf("output %q does not contain %q", out.String(), tc.want)
			}
		})
	}
}
