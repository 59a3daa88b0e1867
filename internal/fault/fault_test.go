package fault_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

func TestSortsSurviveWrappingAndJoining(t *testing.T) {
	terminal := fault.Terminal("Conflict", errors.New("taken"))
	waiting := fault.Waiting(time.Second, "CRDMissing", errors.New("not there"))
	plain := errors.New("reset")
	tree := errors.Join(plain, fmt.Errorf("rules: %w", errors.Join(terminal, fmt.Errorf("again: %w", waiting))))

	var texts []string
	for _, leaf := range fault.Leaves(tree) {
		texts = append(texts, leaf.Error())
	}
	if diff := cmp.Diff([]string{"reset", "taken", "again: not there"}, texts); diff != "" {
		t.Error(diff)
	}
	if found, ok := fault.AsTerminal(tree); !ok || found.Reason != "Conflict" {
		t.Errorf("no terminal error in %v", tree)
	}
	if found, ok := fault.AsWaiting(tree); !ok || found.After != time.Second {
		t.Errorf("no waiting error in %v", tree)
	}
	if _, ok := fault.AsTerminal(plain); ok {
		t.Error("a plain error passes for a terminal one")
	}
	if fault.Terminal("x", nil) != nil || fault.Waiting(0, "x", nil) != nil || fault.Leaves(nil) != nil {
		t.Error("nil does not stay nil")
	}
}

func TestFindingsReadTheSameInAnyOrder(t *testing.T) {
	a := fault.Finding{Path: "spec.a", Message: "second", Waiting: true}
	b := fault.Finding{Path: "spec.z", Message: "first: a person is needed"}
	c := fault.Finding{Message: "no path", Waiting: true}
	want := []fault.Finding{b, c, a}
	for _, list := range [][]fault.Finding{{a, b, c}, {c, b, a}, {b, a, c}} {
		fault.SortFindings(list)
		if diff := cmp.Diff(want, list); diff != "" {
			t.Error(diff)
		}
	}
	if a.String() != "spec.a: second" || c.String() != "no path" {
		t.Errorf("%q and %q", a, c)
	}
}
