package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// mock is a form with chapters of its own, on a machine that dies when told to.
type mock struct {
	list    []chapter
	refusal error
	handed  bool
}

func (m *mock) prepare(context.Context) error { return m.refusal }
func (m *mock) chapters() []chapter           { return m.list }
func (m *mock) handOver(context.Context) error {
	m.handed = true
	return nil
}

type mockMachine struct {
	dies    chan error
	stopped bool
}

func (m *mockMachine) Kubeconfig() string { return "/kubeconfig" }
func (m *mockMachine) Stop() error        { m.stopped = true; return nil }
func (m *mockMachine) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-m.dies:
		return err
	}
}

func tellMock(t *testing.T, ctx context.Context, d *demo, m *mock) (string, error) { //nolint:revive // t comes first in helpers
	t.Helper()
	t.Chdir("../..")
	var out bytes.Buffer
	d.printer = &printer{out: &out, started: time.Now()}
	err := d.tell(ctx, m)
	return out.String(), err
}

func TestAChapterThatFailsEndsTheStory(t *testing.T) {
	failure := errors.New("no pods")
	m := &mock{list: []chapter{
		{"one", func(context.Context) error { return nil }},
		{"two", func(context.Context) error { return failure }},
		{"three", func(context.Context) error { return nil }},
	}}
	d := &demo{operatorLog: func() string { return "cannot list deployments" }}
	out, err := tellMock(t, t.Context(), d, m)
	if !errors.Is(err, failure) || !strings.Contains(err.Error(), "cannot list deployments") {
		t.Errorf("got error %v, want the failure and the log of the operator", err)
	}
	if strings.Contains(out, "three") || strings.Contains(out, "passed") || m.handed {
		t.Errorf("the story went on:\n%s", out)
	}
}

func TestTheDeathOfAPartIsTheReason(t *testing.T) {
	died := errors.New("etcd has died; its last lines:\nno space left")
	machine := &mockMachine{dies: make(chan error, 1)}
	d := &demo{operatorLog: func() string { return "connection refused" }}
	m := &mock{list: []chapter{{"one", func(ctx context.Context) error {
		d.runsOn(ctx, machine, "kubectl", nil)
		machine.dies <- died
		return d.await(ctx, "pods start", func(context.Context) string { return "connection refused" })
	}}}}
	if _, err := tellMock(t, t.Context(), d, m); !errors.Is(err, died) || err.Error() != "etcd has died; its last lines are above" {
		t.Errorf("got error %v, want the death and nothing else", err)
	}
	if err := d.stop(); err != nil || !machine.stopped {
		t.Errorf("stopped %t, error %v", machine.stopped, err)
	}
}

func TestAnInterruptNamesTheChapter(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	m := &mock{list: []chapter{{"one", func(ctx context.Context) error { cancel(); return ctx.Err() }}}}
	if _, err := tellMock(t, ctx, &demo{}, m); err == nil || err.Error() != "interrupted: one" {
		t.Errorf("got error %v", err)
	}
}

func TestAMachineThatIsRefusedStartsNothing(t *testing.T) {
	refusal := errors.New("needs root")
	m := &mock{refusal: refusal, list: []chapter{{"one", func(context.Context) error { return nil }}}}
	out, err := tellMock(t, t.Context(), &demo{}, m)
	if !errors.Is(err, refusal) || out != "" {
		t.Errorf("got error %v and output %q", err, out)
	}
}

func TestOnceEndsAfterTheChecks(t *testing.T) {
	for _, once := range []bool{false, true} {
		m := &mock{}
		t.Run("", func(t *testing.T) {
			out, err := tellMock(t, t.Context(), &demo{once: once}, m)
			if err != nil || !strings.Contains(out, "passed all its checks") {
				t.Errorf("error %v, output %q", err, out)
			}
		})
		if m.handed == once {
			t.Errorf("once is %t, handed over is %t", once, m.handed)
		}
	}
}

func TestMilestonesAreToldInTheOrderTheyAreReached(t *testing.T) {
	looks := 0
	reachedAfter := func(n int) func(context.Context) string {
		return func(context.Context) string {
			if looks < n {
				return "still waiting"
			}
			return ""
		}
	}
	var out bytes.Buffer
	d := &demo{printer: &printer{out: &out, started: time.Now()}}
	count := milestone{"", func(context.Context) string { looks++; return reachedAfter(4)(nil) }}
	err := d.watch(t.Context(), time.Now(), milestone{"second", reachedAfter(3)}, milestone{"first", reachedAfter(1)}, count)
	if err != nil {
		t.Fatal(err)
	}
	if first, second := strings.Index(out.String(), "first"), strings.Index(out.String(), "second"); first < 0 || second < first {
		t.Errorf("first at %d, second at %d:\n%s", first, second, out.String())
	}
}
