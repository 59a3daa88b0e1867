package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"strconv"
)

// use is an import or a mention of a function in one file.
type use struct {
	// what is an import path, or a function as "time.Now".
	what string
	// where is file:line, relative to the root.
	where string
}

// file is what one file uses of others.
type file struct{ imports, functions []use }

// parse reads one file of p. Functions are found by the name the file imports their package under:
// no types are needed, so that a tree that does not compile can be checked.
func (t *Tree) parse(p *Package, name string) (file, error) {
	source, err := t.read(p, name)
	if err != nil {
		return file{}, fmt.Errorf("cannot read a file of %q: %w", p.ImportPath, err)
	}
	positions := token.NewFileSet()
	tree, err := parser.ParseFile(positions, filepath.Join(p.Dir, name), source, parser.SkipObjectResolution)
	if err != nil {
		return file{}, fmt.Errorf("cannot parse a file of %q: %w", p.ImportPath, err)
	}
	where := func(n ast.Node) string { return t.relative(positions.Position(n.Pos())) }

	var f file
	names := map[string]string{}
	for _, spec := range tree.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return file{}, fmt.Errorf("cannot read an import of %q: %w", p.ImportPath, err)
		}
		f.imports = append(f.imports, use{imported, where(spec)})
		names[localName(spec, imported)] = imported
	}
	f.functions = selectors(tree, names, where)
	return f, nil
}

func localName(spec *ast.ImportSpec, imported string) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	return path.Base(imported)
}

// selectors returns every package.Name in tree, with or without a call: a clock handed on is a clock.
func selectors(tree *ast.File, names map[string]string, where func(ast.Node) string) []use {
	var found []use
	ast.Inspect(tree, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if name, ok := selector.X.(*ast.Ident); ok && names[name.Name] != "" {
			found = append(found, use{names[name.Name] + "." + selector.Sel.Name, where(selector)})
		}
		return true
	})
	return found
}

func (t *Tree) relative(position token.Position) string {
	name, err := filepath.Rel(t.Root, position.Filename)
	if err != nil {
		name = position.Filename
	}
	return name + ":" + strconv.Itoa(position.Line)
}
