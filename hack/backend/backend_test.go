// Package backend runs the unit tests of the reference backend, which is a Django project, with the
// tests of everything else.
package backend

import (
	"cmp"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// ran is what Django's runner prints when it has found tests.
var ran = regexp.MustCompile(`(?m)^Ran ([1-9][0-9]*) tests? in`)

func TestDjangoProject(t *testing.T) {
	lookAtProject(t)
	python := cmp.Or(os.Getenv("PYTHON"), "/usr/bin/python3")
	cmd := exec.CommandContext(t.Context(), python, "manage.py", "test")
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "TUX_DATA_DIR="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v (hack/backend/packages.sh installs what it needs)\n%s", err, out)
	}
	if !ran.Match(out) {
		t.Errorf("no test ran:\n%s", out)
	}
}

// lookAtProject asks for each file, for go test to know what its cached result depends on: it does not see what
// another process reads.
func lookAtProject(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err == nil {
			_, err = os.Stat(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
