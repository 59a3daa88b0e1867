package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// previousTag marks the pods of the release before.
const previousTag = "previous"

// release is a chart as somebody may have installed it, and the program of its pods.
type release struct{ chart, program string }

// previousRelease is that of the last commit whose chart differs from the one here. Its version is made older, and its CRD has a
// column less, so that there is something to upgrade whatever the commit changed. Where the history is not there, as in a shallow
// clone, it is the chart of today with these two changes.
func previousRelease(t *testing.T) release {
	t.Helper()
	r := release{chart: filepath.Join(t.TempDir(), "tux-monitoring-operator")}
	if commit := previousCommit(t); commit != "" {
		tree := checkOut(t, commit, "charts/tux-monitoring-operator")
		r.chart = filepath.Join(tree, "charts/tux-monitoring-operator")
		if git(t, "diff", "--name-only", commit, "--", "charts/tux-monitoring-operator/files/rbac") != "" {
			r.program = previousProgram(t, commit)
		}
		t.Logf("the chart before is that of commit %.12s", commit)
	} else {
		must(t, os.CopyFS(r.chart, os.DirFS(chartDir)))
	}
	replace(t, filepath.Join(r.chart, "Chart.yaml"), `(?m)^version: .*$`, "version: 0.0.9")
	replace(t, filepath.Join(r.chart, "files/crds/monitoring.tux.io_tuxmonitorings.yaml"),
		`(?m)^    - jsonPath: \S*\n      name: Panels\n      type: [a-z]*\n`, "")
	return r
}

// previousCommit is empty where git does not know. hack/test.sh says so too, since the log of a test that passes is not shown.
func previousCommit(t *testing.T) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "git", "rev-list", "-n", "50", "HEAD", "--", "charts/tux-monitoring-operator")
	c.Dir = root
	out, err := c.Output()
	for commit := range strings.FieldsSeq(string(out)) {
		if git(t, "diff", "--name-only", commit, "--", "charts/tux-monitoring-operator") != "" {
			return commit
		}
	}
	t.Logf("WARNING: no commit with another chart is known here (%v), the upgrade is from a made-up one", err)
	return ""
}

func git(t *testing.T, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "git", args...)
	c.Dir = root
	out, err := c.Output()
	must(t, err)
	return string(out)
}

// checkOut writes what a commit has at some paths.
func checkOut(t *testing.T, commit string, paths ...string) string {
	t.Helper()
	dir := t.TempDir()
	archive := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", `git archive "$@" | tar x -C "$0"`, dir, commit, "--")
	archive.Args = append(archive.Args, paths...)
	archive.Dir = root
	if out, err := archive.CombinedOutput(); err != nil {
		t.Fatalf("git archive: %v\n%s", err, out)
	}
	return dir
}

// previousProgram is built only where the chart before gives other rights: the program of today may need those of today.
func previousProgram(t *testing.T, commit string) string {
	t.Helper()
	tree := checkOut(t, commit)
	build := exec.CommandContext(t.Context(), "go", "build", "-o", "tuxmon", ".")
	build.Dir = tree
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build of %s: %v\n%s", commit, err, out)
	}
	return filepath.Join(tree, "tuxmon")
}
