package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../.."

func TestTheTreeKeepsTheRules(t *testing.T) {
	var out, errOut bytes.Buffer
	if code := run(t.Context(), root, "", &out, &errOut); code != 0 {
		t.Errorf("exit code %d\n%s%s", code, out.String(), errOut.String())
	}
}

// TestViolationsAreFound adds files to the tree by an overlay, the tree itself stays as it is.
func TestViolationsAreFound(t *testing.T) {
	tests := map[string]struct {
		files map[string]string
		want  []string
	}{
		"the plan imports a client": {
			files: map[string]string{"internal/plan/env/zz.go": `package env; import _ "sigs.k8s.io/controller-runtime/pkg/client"`},
			want: []string{
				"internal/plan/env/zz.go:1: imports sigs.k8s.io/controller-runtime/pkg/client, which internal/plan/... may not",
				"internal/plan/env: reaches sigs.k8s.io/controller-runtime/pkg/client,",
			},
		},
		"the plan reaches a client through a package it may import": {
			files: map[string]string{
				"internal/plan/env/zz.go": `package env; import _ "github.com/tux-io/tux-monitoring-operator/internal/fault"`,
				"internal/fault/zz.go":    `package fault; import _ "k8s.io/client-go/rest"`,
			},
			want: []string{
				"internal/fault/zz.go:1: imports k8s.io/client-go/rest, which internal/fault/... may not",
				"internal/plan/env: reaches internal/fault -> k8s.io/client-go/rest,",
			},
		},
		"the plan reads the clock, under another name and without calling it": {
			files: map[string]string{"internal/plan/env/zz.go": "package env\nimport clock \"time\"\nvar now = clock.Now\n"},
			want:  []string{"internal/plan/env/zz.go:3: uses time.Now, which internal/plan/... may not"},
		},
		"the plan reads the environment": {
			files: map[string]string{"internal/plan/env/zz.go": `package env; import _ "os"`},
			want:  []string{"internal/plan/env/zz.go:1: imports os, which"},
		},
		"the plan reaches what only tests need": {
			files: map[string]string{
				"internal/plan/env/zz.go":    `package env; import _ "github.com/tux-io/tux-monitoring-operator/internal/plan/zztest"`,
				"internal/plan/zztest/zz.go": `package zztest; import _ "testing"`,
			},
			want: []string{"internal/plan/env: reaches internal/plan/zztest -> testing,"},
		},
		"the API imports what is not its own": {
			files: map[string]string{"api/v1alpha1/zz.go": `package v1alpha1; import _ "k8s.io/api/core/v1"`},
			want:  []string{"api/v1alpha1/zz.go:1: imports k8s.io/api/core/v1, which api/... may not"},
		},
		"apply knows the plan": {
			files: map[string]string{"internal/apply/zz.go": `package apply; import _ "github.com/tux-io/tux-monitoring-operator/internal/plan/env"`},
			want:  []string{"internal/apply/zz.go:1: imports github.com/tux-io/tux-monitoring-operator/internal/plan/env, which"},
		},
		"the runner knows the plan": {
			files: map[string]string{"internal/external/zz.go": `package external; import _ "github.com/tux-io/tux-monitoring-operator/internal/plan/env"`},
			want:  []string{"internal/external/zz.go:1: imports github.com/tux-io/tux-monitoring-operator/internal/plan/env, which"},
		},
		"controllers speak HTTP": {
			files: map[string]string{"controllers/zz.go": `package controllers; import _ "net/http"`},
			want:  []string{"controllers/zz.go:1: imports net/http, which controllers/... may not"},
		},
		"a test of the plan uses controllers": {
			files: map[string]string{"internal/plan/env/zz_test.go": `package env_test; import _ "github.com/tux-io/tux-monitoring-operator/controllers"`},
			want:  []string{"internal/plan/env/zz_test.go:1: imports github.com/tux-io/tux-monitoring-operator/controllers, which"},
		},
		"a test of the plan reads files and the clock": {
			files: map[string]string{"internal/plan/env/zz_test.go": "package env\nimport (\n_ \"os\"\n\"time\"\n)\nvar now = time.Now()\n"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errOut bytes.Buffer
			code := run(t.Context(), root, writeOverlay(t, tc.files), &out, &errOut)
			if wantCode := min(1, len(tc.want)); code != wantCode {
				t.Errorf("exit code %d, want %d\n%s", code, wantCode, errOut.String())
			}
			for _, want := range tc.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("no violation %q in:\n%s", want, out.String())
				}
			}
			if got := max(0, strings.Count(out.String(), "\n")-1); got < len(tc.want) {
				t.Errorf("%d violations, want at least %d:\n%s", got, len(tc.want), out.String())
			}
		})
	}
}

// writeOverlay returns the overlay file that adds files, given by their paths from the root.
func writeOverlay(t *testing.T, files map[string]string) string {
	t.Helper()
	absolute, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	replace := map[string]string{}
	for path, source := range files {
		file := filepath.Join(dir, strings.ReplaceAll(path, "/", "_"))
		if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(absolute, path)] = file
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestATreeThatCannotBeListedIsNoSuccess(t *testing.T) {
	var out, errOut bytes.Buffer
	over := writeOverlay(t, map[string]string{"api/v1alpha1/zz.go": "this is no Go"})
	if code := run(t.Context(), root, over, &out, &errOut); code != 2 {
		t.Errorf("exit code %d, want 2\n%s%s", code, out.String(), errOut.String())
	}
}

func TestPatterns(t *testing.T) {
	tests := map[string]struct {
		pattern, path string
		want          bool
	}{
		"an exact path":                                     {"k8s.io/api", "k8s.io/api", true},
		"an exact path does not match below":                {"k8s.io/api", "k8s.io/api/core/v1", false},
		"dots match below":                                  {"k8s.io/api/...", "k8s.io/api/core/v1", true},
		"dots match the base":                               {"k8s.io/api/...", "k8s.io/api", true},
		"dots do not match a longer name":                   {"k8s.io/api/...", "k8s.io/apimachinery", false},
		"a relative pattern is ours":                        {"api/...", "example.com/m/api/v1", true},
		"a relative pattern is not the standard library":    {"api/...", "api/v1", false},
		"std is the standard library":                       {"std:...", "net/http", true},
		"std is nobody else":                                {"std:...", "k8s.io/api", false},
		"one package of the standard library":               {"std:net", "net", true},
		"one package of the standard library without below": {"std:net", "net/url", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := (matcher{"example.com/m"}).one(tc.pattern, tc.path); got != tc.want {
				t.Errorf("pattern %q, path %q: got %t, want %t", tc.pattern, tc.path, got, tc.want)
			}
		})
	}
}
