package kubelet

import (
	"os"
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
