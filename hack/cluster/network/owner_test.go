package network

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestParseOwner(t *testing.T) {
	cases := map[string]struct {
		alias string
		want  owner
		ok    bool
	}{
		"what an owner writes":    {owner{pid: 42, start: 1 << 60}.String(), owner{pid: 42, start: 1 << 60}, true},
		"nothing":                 {"", owner{}, false},
		"somebody else's words":   {"uplink to rack 7", owner{}, false},
		"less than that":          {"owner pid 42", owner{}, false},
		"more than that":          {"owner pid 42 start 7 or so", owner{}, false},
		"a number like no kernel": {"owner pid 042 start 7", owner{}, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, ok := parseOwner(tc.alias)
			if ok != tc.ok || ok && got != tc.want {
				t.Errorf("got %v, %v; want %v, %v", got, ok, tc.want, tc.ok)
			}
		})
	}
}

func TestParseStat(t *testing.T) {
	fields := " 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 7777 20 21"
	cases := map[string]struct {
		stat string
		want uint64
		gone bool
	}{
		"an everyday process":          {stat: "12 (sh) S" + fields, want: 7777},
		"a command that looks like it": {stat: "12 (a) S 1 (b) R) S" + fields, want: 7777},
		"a zombie":                     {stat: "12 (sh) Z" + fields, gone: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := parseStat(tc.stat)
			if got != tc.want || errors.Is(err, os.ErrNotExist) != tc.gone {
				t.Errorf("got %d and error %v, want %d and gone %v", got, err, tc.want, tc.gone)
			}
		})
	}
	for _, broken := range []string{"", "12 (sh) S 1 2 3", "12 (sh) S" + strings.ReplaceAll(fields, "7777", "soon")} {
		if got, err := parseStat(broken); err == nil || errors.Is(err, os.ErrNotExist) {
			t.Errorf("%q: got %d and error %v, want an error that does not say gone", broken, got, err)
		}
	}
}

func TestOwnerIsGone(t *testing.T) {
	me, err := self()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command("sleep", "60")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	start, err := startOf(child.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	dead := owner{pid: child.Process.Pid, start: start}
	if dead.isGone() {
		t.Error("a running child is gone")
	}
	// Wait says that the child was killed, which we know.
	_, _ = child.Process.Kill(), child.Wait()

	for name, tc := range map[string]struct {
		owner owner
		want  bool
	}{
		"this process":                         {me, false},
		"a process that has ended":             {dead, true},
		"an earlier process with the same pid": {owner{pid: me.pid, start: me.start - 1}, true},
	} {
		if got := tc.owner.isGone(); got != tc.want {
			t.Errorf("%s: gone is %v, want %v", name, got, tc.want)
		}
	}
}
