package kubelet

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestResidentByGroup(t *testing.T) {
	// Memory that is in use for certain, and a limit nobody here reaches.
	const used, limit = 32 << 20, 1 << 40
	memory := make([]byte, used)
	for i := 0; i < len(memory); i += os.Getpagesize() {
		memory[i] = 1
	}
	got := residentByGroup()[syscall.Getpgrp()]
	if got < used || got > limit {
		t.Errorf("the group of this process holds %d bytes, want at least %d", got, used)
	}
	if memory[0] != 1 {
		t.Error("the memory was not in use")
	}
}

func TestParseStat(t *testing.T) {
	const rest = " S 1 42 42 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 100 1000 7 0 0 0"
	cases := map[string]struct {
		stat  string
		group int
		pages int64
		ok    bool
	}{
		"plain":                  {"17 (server)" + rest, 42, 7, true},
		"a name with a bracket":  {"17 (a) b)" + rest, 42, 7, true},
		"a name like the fields": {"17 () S 1 2 3)" + rest, 42, 7, true},
		"cut off":                {"17 (server) S 1 42", 0, 0, false},
		"empty":                  {"", 0, 0, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if group, pages, ok := parseStat(tc.stat); group != tc.group || pages != tc.pages || ok != tc.ok {
				t.Errorf("got group %d, %d pages, %t", group, pages, ok)
			}
		})
	}
}

func TestTail(t *testing.T) {
	var long strings.Builder
	for i := range 100 {
		fmt.Fprintf(&long, "line %d\n", i)
	}
	cases := map[string]struct {
		log, first, last string
		lines            int
	}{
		"a short log":    {"one\ntwo\n", "one", "two", 2},
		"no newline":     {"one", "one", "one", 1},
		"an empty log":   {"", "", "", 1},
		"the last lines": {long.String(), "line 80", "line 99", tailLines},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "log")
			if err := os.WriteFile(path, []byte(tc.log), 0o600); err != nil {
				t.Fatal(err)
			}
			got := strings.Split(Tail(path), "\n")
			if len(got) != tc.lines || got[0] != tc.first || got[len(got)-1] != tc.last {
				t.Errorf("got %d lines from %q to %q", len(got), got[0], got[len(got)-1])
			}
		})
	}
	if got := Tail(filepath.Join(t.TempDir(), "none")); !strings.Contains(got, "no such file") {
		t.Errorf("a log that is not there gives %q", got)
	}
}
