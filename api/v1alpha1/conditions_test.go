package v1alpha1_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"
)

const pages = "../../docs/reasons/"

// TestEveryReasonHasAPage reads the constants, so that a reason added without a page fails here, and a
// page whose reason is gone too.
func TestEveryReasonHasAPage(t *testing.T) {
	reasons := constants(t, "conditions.go")
	// These know no API of ours and have reasons of their own.
	for _, file := range []string{
		"apply/errors.go", "external/answer.go", "external/sentry/ensure.go", "external/sentry/ingest.go", "external/sentry/prove.go",
		"external/sentry/request.go", "external/sentry/token.go",
	} {
		reasons = append(reasons, constants(t, "../../internal/"+file)...)
	}
	if len(reasons) < 50 {
		t.Fatalf("only %d reasons were found", len(reasons))
	}
	index, err := os.ReadFile(pages + "README.md")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"README": true}
	for _, reason := range reasons {
		known[reason] = true
		if _, err := os.Stat(pages + reason + ".md"); err != nil {
			t.Errorf("reason %s has no page: %v", reason, err)
		}
		if !strings.Contains(string(index), "("+reason+".md)") {
			t.Errorf("reason %s is not in the index", reason)
		}
	}
	entries, err := os.ReadDir(pages)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := strings.TrimSuffix(entry.Name(), ".md"); !known[name] {
			t.Errorf("page %s speaks of no reason", entry.Name())
		}
	}
}

// TestThePageOfSentryHasItsReasons: each reason that the index gives to a condition of Sentry is in docs/sentry.md as well.
func TestThePageOfSentryHasItsReasons(t *testing.T) {
	index, err := os.ReadFile(pages + "README.md")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/sentry.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for line := range strings.Lines(string(index)) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 || !strings.Contains(cells[2], "SentrySynced") && !strings.Contains(cells[2], "PrivacyVerified") {
			continue
		}
		_, rest, _ := strings.Cut(cells[1], "](")
		name, _, _ := strings.Cut(rest, ")")
		if found++; !strings.Contains(string(page), "| ["+strings.TrimSuffix(name, ".md")+"](reasons/"+name+") |") {
			t.Errorf("docs/sentry.md does not have %s", name)
		}
	}
	if found < 20 {
		t.Errorf("only %d reasons were found", found)
	}
}

// constants returns the values of the constants named Reason… of a file.
func constants(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) == 0 || !strings.HasPrefix(spec.Names[0].Name, "Reason") {
			return true
		}
		if literal, ok := spec.Values[0].(*ast.BasicLit); ok {
			value, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
		return true
	})
	return values
}
