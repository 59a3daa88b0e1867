package main

import "strings"

// matcher decides whether import paths match patterns of rules.
type matcher struct{ module string }

func (m matcher) any(patterns []string, path string) bool {
	for _, pattern := range patterns {
		if m.one(pattern, path) {
			return true
		}
	}
	return false
}

func (m matcher) one(pattern, path string) bool {
	pattern = m.absolute(pattern)
	if pattern == "std:..." {
		return isStandard(path)
	}
	if rest, ok := strings.CutPrefix(pattern, "std:"); ok {
		pattern = rest
	}
	base, below := strings.CutSuffix(pattern, "/...")
	return path == base || below && strings.HasPrefix(path, base+"/")
}

// absolute puts the module before a relative pattern.
func (m matcher) absolute(pattern string) string {
	if strings.HasPrefix(pattern, "std:") || !isStandard(pattern) {
		return pattern
	}
	return m.module + "/" + pattern
}

// isStandard: only paths of the standard library have no dot in their first element.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}
