package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	named    = regexp.MustCompile("`(Test[A-Z]\\w*)`")
	declared = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
)

// TestTestsThatAreNamedExist: a page that says what shows a claim must not outlive what shows it.
func TestTestsThatAreNamedExist(t *testing.T) {
	tests := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range declared.FindAllStringSubmatch(string(text), -1) {
			tests[found[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for path, text := range pages(t) {
		for _, found := range named.FindAllStringSubmatch(text, -1) {
			count++
			if !tests[found[1]] {
				t.Errorf("%s names %s, which does not exist", path, found[1])
			}
		}
	}
	if count < 30 {
		t.Errorf("only %d tests are named: nothing was looked at", count)
	}
}
