package logtail

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	cases := map[string]struct{ log, want string }{
		"short":      {"a\nb\n", "a\nb"},
		"empty":      {"", ""},
		"the end":    {strings.Repeat("flag\n", 30) + "reason\n\n", strings.Repeat("flag\n", lines-1) + "reason"},
		"no newline": {"reason", "reason"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "log")
			if err := os.WriteFile(path, []byte(tc.log), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := Read(path); got != tc.want {
				t.Errorf("Read() = %q, want %q", got, tc.want)
			}
		})
	}
	if got := Read(filepath.Join(t.TempDir(), "none")); !strings.Contains(got, "no such file") {
		t.Errorf("without a file Read() = %q", got)
	}
}
