package main

import (
	"fmt"
	"slices"
	"strings"
)

// check returns every violation of rules in t, sorted.
func check(t *Tree, rules []Rule) ([]string, error) {
	c := checker{tree: t, match: matcher{t.Module}}
	for _, path := range t.Paths {
		if p := t.Packages[path]; !p.DepOnly {
			if err := c.checkPackage(p, rules); err != nil {
				return nil, err
			}
		}
	}
	slices.Sort(c.violations)
	return slices.Compact(c.violations), nil
}

type checker struct {
	tree       *Tree
	match      matcher
	violations []string
}

func (c *checker) checkPackage(p *Package, rules []Rule) error {
	for _, rule := range rules {
		if !c.match.one(rule.Packages, p.ImportPath) || forTests(p) && !rule.Tests {
			continue
		}
		files := p.GoFiles
		if rule.Tests {
			files = slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles)
		}
		for _, name := range files {
			f, err := c.tree.parse(p, name)
			if err != nil {
				return err
			}
			c.checkFile(f, rule)
		}
		c.checkReach(p, rule)
	}
	return nil
}

// forTests: packages such as httptest are part of the tests that import them.
func forTests(p *Package) bool { return strings.HasSuffix(p.ImportPath, "test") }

func (c *checker) checkFile(f file, rule Rule) {
	for _, imported := range f.imports {
		allowed := len(rule.Allow) == 0 || c.match.any(rule.Allow, imported.what)
		if !allowed || c.match.any(rule.Deny, imported.what) {
			c.report(imported.where, "imports "+imported.what, rule)
		}
	}
	for _, function := range f.functions {
		if slices.Contains(rule.Calls, function.what) {
			c.report(function.where, "uses "+function.what, rule)
		}
	}
}

// checkReach reports the shortest way to each forbidden package that is entered from an allowed one;
// what lies behind the first forbidden package of a way is no news.
func (c *checker) checkReach(p *Package, rule Rule) {
	if len(rule.Unreachable) == 0 {
		return
	}
	queue, seen := [][]string{{p.ImportPath}}, map[string]bool{p.ImportPath: true}
	for ; len(queue) > 0; queue = queue[1:] {
		way := queue[0]
		last := way[len(way)-1]
		if c.match.any(rule.Unreachable, last) {
			c.report(c.short(p.ImportPath), "reaches "+c.way(way), rule)
			continue
		}
		if next := c.tree.Packages[last]; next != nil {
			queue = append(queue, longer(way, next.Imports, seen)...)
		}
	}
}

// longer returns way continued by each import that was not seen before.
func longer(way, imports []string, seen map[string]bool) [][]string {
	var ways [][]string
	for _, imported := range imports {
		if !seen[imported] {
			seen[imported] = true
			ways = append(ways, append(slices.Clone(way), imported))
		}
	}
	return ways
}

func (c *checker) way(paths []string) string {
	names := make([]string, 0, len(paths))
	for _, path := range paths[1:] {
		names = append(names, c.short(path))
	}
	return strings.Join(names, " -> ")
}

func (c *checker) short(path string) string { return strings.TrimPrefix(path, c.tree.Module+"/") }

func (c *checker) report(where, what string, rule Rule) {
	c.violations = append(c.violations, fmt.Sprintf("%s: %s, which %s may not: %s", where, what, rule.Packages, rule.Reason))
}
