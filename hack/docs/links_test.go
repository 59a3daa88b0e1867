package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

const root = "../.."

var (
	// fence is code, in which a bracket is no link.
	fence = regexp.MustCompile("(?ms)^[ ]*```.*?^[ ]*```")
	code  = regexp.MustCompile("`[^`\n]*`")
	link  = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	mark  = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)

// pages are the Markdown files of the repository, by path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git" || entry.Name() == "dist"):
			return filepath.SkipDir
		case filepath.Ext(path) != ".md":
			return nil
		}
		text, err := os.ReadFile(path)
		all[filepath.Clean(path)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestLinksLeadSomewhere follows each link to a file of the repository, and to a heading in it.
func TestLinksLeadSomewhere(t *testing.T) {
	all := pages(t)
	if len(all) < 100 {
		t.Fatalf("only %d pages were found", len(all))
	}
	for path, text := range all {
		for _, found := range link.FindAllStringSubmatch(code.ReplaceAllString(fence.ReplaceAllString(text, ""), ""), -1) {
			target, anchor, _ := strings.Cut(found[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			to := path
			if target != "" {
				to = filepath.Join(filepath.Dir(path), target)
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: %s leads nowhere", path, found[1])
				continue
			}
			if page, isPage := all[to]; anchor != "" && isPage && !headings(page)[anchor] {
				t.Errorf("%s: %s has no heading #%s", path, to, anchor)
			}
		}
	}
}

// headings are the anchors GitHub makes: lower case, without punctuation, a hyphen for each space, and a number for the second of a name.
func headings(page string) map[string]bool {
	anchors := map[string]bool{}
	for line := range strings.Lines(fence.ReplaceAllString(page, "")) {
		title, found := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
		if !found || !strings.HasPrefix(line, "#") {
			continue
		}
		title = mark.ReplaceAllString(strings.TrimSpace(title), "$1")
		anchor := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, title)
		name := anchor
		for n := 1; anchors[name]; n++ {
			name = anchor + "-" + strconv.Itoa(n)
		}
		anchors[name] = true
	}
	return anchors
}

// TestASymptomLeadsToAPage in one hop: each row of a table has a link, and each reason by which something is not as it should be is in
// one of them.
func TestASymptomLeadsToAPage(t *testing.T) {
	text := pages(t)[filepath.Join(root, "docs/troubleshooting.md")]
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "| ") && !link.MatchString(line) && !strings.HasPrefix(line, "| what you see ") &&
			!strings.HasPrefix(line, "| symptom ") && !strings.HasPrefix(line, "| the answer ") && !strings.HasPrefix(line, "| the message ") &&
			!strings.Contains(line, "the message of the first command") && !strings.Contains(line, "the reason of `Stalled`") {
			t.Errorf("no page in %q", line)
		}
	}
	index, err := filepath.Glob(filepath.Join(root, "docs/reasons/[A-Z]*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range index {
		name := strings.TrimSuffix(filepath.Base(path), ".md")
		if name != "README" && !wanted[name] && !strings.Contains(text, "reasons/"+name+".md") {
			t.Errorf("no symptom leads to %s", name)
		}
	}
}

// wanted are reasons of what is well.
var wanted = map[string]bool{
	"Accepted": true, "Applied": true, "Discovered": true, "Erased": true, "Loaded": true, "Pending": true, "Selected": true, "Synced": true, "Verified": true,
}
