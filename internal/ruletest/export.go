package ruletest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ExportedFile is a file for promtool.
type ExportedFile struct {
	// Name without a directory.
	Name    string
	Content []byte
}

// testSuffix ends the names of test files, so that `promtool test rules *.test.yaml` finds them and
// `promtool check rules` can leave them out.
const testSuffix = ".test.yaml"

// Export returns the rules of a subject as plain rule files, and the generated tests as test files of
// promtool beside them. The same subject gives the same bytes.
func (s *Subject) Export() ([]ExportedFile, error) {
	prefix := unfit.ReplaceAllString(s.Name, "-") + "-"
	var out []ExportedFile
	holds := map[string]string{}
	var additional []string
	for i, f := range slices.Concat(s.Shipped, s.Additional) {
		name := prefix + f.Name
		out = append(out, ExportedFile{name, f.Content})
		for j := range f.Groups {
			holds[f.Groups[j].Name] = name
		}
		if i >= len(s.Shipped) {
			additional = append(additional, name)
		}
	}
	index, err := NewIndex(groupsOf(s.Shipped))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	for i := range s.Cases {
		c := &s.Cases[i]
		if c.Skipped != "" {
			continue
		}
		file, err := s.exported(index, i, holds, additional)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		content, err := Write(file)
		if err != nil {
			return nil, fmt.Errorf("%s: cannot write the tests of %s: %w", s.Name, Title(c), err)
		}
		out = append(out, ExportedFile{prefix + fileName(Title(c)) + testSuffix, content})
	}
	return out, unique(out)
}

// exported returns the test file of one case.
func (s *Subject) exported(index *Index, i int, holds map[string]string, additional []string) (*File, error) {
	c := &s.Cases[i]
	needed, err := index.For(c)
	if err != nil {
		return nil, err
	}
	tests, err := Generate(c, needed)
	if err != nil {
		return nil, err
	}
	file := &File{EvaluationInterval: Duration(c.Step)}
	for _, g := range needed {
		file.GroupEvalOrder = append(file.GroupEvalOrder, g.Name)
		if name := holds[g.Name]; !slices.Contains(file.RuleFiles, name) {
			file.RuleFiles = append(file.RuleFiles, name)
		}
	}
	file.RuleFiles = append(file.RuleFiles, additional...)
	for _, t := range tests {
		file.Tests = append(file.Tests, t.Test)
	}
	return file, nil
}

// unfit is what the name of a file does not need.
var unfit = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

func fileName(title string) string {
	return unfit.ReplaceAllString(strings.NewReplacer(" of ", "-", ", ", "-", " over ", "-").Replace(title), "-")
}

func unique(files []ExportedFile) error {
	seen := map[string]bool{}
	for _, f := range files {
		if seen[f.Name] {
			return fmt.Errorf("two files would be called %q", f.Name)
		}
		seen[f.Name] = true
	}
	return nil
}
