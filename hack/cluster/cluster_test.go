package cluster

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRemoveFiles(t *testing.T) {
	cases := map[string]struct {
		given bool
		want  []string
	}{
		"of a directory that was given the logs stay": {given: true, want: []string{"logs"}},
		"of a directory of our own nothing stays":     {given: false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := &Cluster{dir: filepath.Join(t.TempDir(), "cluster")}
			if tc.given {
				c.options.Dir = c.dir
			}
			for _, dir := range []string{c.podDir(), c.logDir(), c.kubectlDir()} {
				if err := os.MkdirAll(filepath.Join(dir, "content"), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.removeFiles(); err != nil {
				t.Fatal(err)
			}
			var got []string
			entries, _ := os.ReadDir(c.dir)
			for _, entry := range entries {
				got = append(got, entry.Name())
			}
			if strings.Join(got, " ") != strings.Join(tc.want, " ") {
				t.Errorf("%q is left, want %q", got, tc.want)
			}
		})
	}
}

func TestAnOperatorThatWasNotBuiltIsNamed(t *testing.T) {
	c := &Cluster{options: Options{Operator: filepath.Join(t.TempDir(), "tuxmon")}}
	if err := c.findOperator(); err == nil || !strings.Contains(err.Error(), "tuxmon") {
		t.Errorf("got error %v", err)
	}
}
