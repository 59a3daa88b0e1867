package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Package is what go list says about one package.
type Package struct {
	ImportPath, Dir                    string
	Imports                            []string
	GoFiles, TestGoFiles, XTestGoFiles []string
	// DepOnly is true for packages that are listed because others import them.
	DepOnly bool
	Error   *struct{ Err string }
}

// Tree is the repository with everything it imports.
type Tree struct {
	Module   string
	Root     string
	Packages map[string]*Package
	// Paths of Packages in the order of go list: what is imported comes first.
	Paths   []string
	overlay overlay
}

// overlay replaces files by others, as the go command's flag of that name.
type overlay struct {
	file    string
	Replace map[string]string
}

// load lists the packages of the module in dir. overlayFile may be empty.
func load(ctx context.Context, dir, overlayFile string) (*Tree, error) {
	over, err := readOverlay(overlayFile)
	if err != nil {
		return nil, err
	}
	t := &Tree{Packages: map[string]*Package{}, overlay: over}
	out, err := t.list(ctx, dir, "-m", "-f", "{{.Path}}\n{{.Dir}}")
	if err != nil {
		return nil, err
	}
	t.Module, t.Root, _ = strings.Cut(strings.TrimSpace(string(out)), "\n")
	fields := "-json=ImportPath,Dir,Imports,GoFiles,TestGoFiles,XTestGoFiles,DepOnly,Error"
	if out, err = t.list(ctx, dir, "-deps", fields, "./..."); err != nil {
		return nil, err
	}
	return t, t.decode(out)
}

func readOverlay(file string) (overlay, error) {
	over := overlay{file: file}
	if file == "" {
		return over, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return over, fmt.Errorf("cannot read the overlay: %w", err)
	}
	if err := json.Unmarshal(data, &over); err != nil {
		return over, fmt.Errorf("cannot read the overlay %q: %w", file, err)
	}
	return over, nil
}

func (t *Tree) list(ctx context.Context, dir string, args ...string) ([]byte, error) {
	args = append([]string{"list"}, args...)
	if t.overlay.file != "" {
		args = append(args[:1:1], append([]string{"-overlay=" + t.overlay.file}, args[1:]...)...)
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("cannot list packages: %w\n%s", err, stderr.String())
	}
	return out, nil
}

func (t *Tree) decode(out []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(out))
	for {
		p := &Package{}
		err := decoder.Decode(p)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("cannot read the answer of go list: %w", err)
		}
		if p.Error != nil {
			return fmt.Errorf("cannot list %q: %s", p.ImportPath, p.Error.Err)
		}
		t.Packages[p.ImportPath] = p
		t.Paths = append(t.Paths, p.ImportPath)
	}
}

// read returns the content of a file of p, from the overlay if that replaces it.
func (t *Tree) read(p *Package, name string) ([]byte, error) {
	path := filepath.Join(p.Dir, name)
	if other, ok := t.overlay.Replace[path]; ok {
		path = other
	}
	return os.ReadFile(path)
}
