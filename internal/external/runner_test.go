package external_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// place is a runner in a bubble of synctest: the clock moves only when everybody waits.
type place struct {
	*external.Runner
	t     *testing.T
	begin time.Time
	stop  context.CancelFunc

	mu   sync.Mutex
	done []external.Result
	news []bool
}

func newPlace(t *testing.T, jitter float64) *place {
	return newPlaceThatRechecks(t, jitter, 0)
}

func newPlaceThatRechecks(t *testing.T, jitter float64, recheck time.Duration) *place {
	p := &place{t: t, begin: time.Now()}
	runner, err := external.NewRunner(external.RunnerConfig{
		Clock: external.SystemClock(), Jitter: func() float64 { return jitter },
		Interval: 10 * time.Minute, Spread: time.Minute, MinBackoff: 5 * time.Second, MaxBackoff: 5 * time.Minute, Recheck: recheck,
		Timeout: 30 * time.Second, Workers: 2,
		Done: func(_ external.Key, result external.Result, news bool) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.done, p.news = append(p.done, result), append(p.news, news)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := runner.Start(ctx); err != nil {
			t.Error(err)
		}
	}()
	p.Runner, p.stop = runner, func() { cancel(); <-ended }
	return p
}

// pass lets d pass and everything happen that is due until then.
func (p *place) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// script is a task that answers one entry after the other, the last one for ever.
type script struct {
	answers []error
	outcome external.Outcome
	mu      sync.Mutex
	times   []time.Duration
	begin   time.Time
}

func (s *script) task(name, fingerprint string) external.Task {
	return external.Task{Key: external.Key{System: "fake", Name: name}, Fingerprint: fingerprint, Sync: s.sync}
}

func (s *script) sync(context.Context, external.Outcome) (external.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := min(len(s.times), len(s.answers)-1)
	s.times = append(s.times, time.Since(s.begin).Round(time.Second))
	return s.outcome, s.answers[i]
}

func TestRunnerTimes(t *testing.T) {
	broken := errors.New("broken")
	soon := fault.Waiting(40*time.Second, "RateLimited", broken)
	never := fault.Terminal("Denied", broken)
	tests := map[string]struct {
		answers []error
		jitter  float64
		pass    time.Duration
		want    []time.Duration
	}{
		"in step: once an interval":         {[]error{nil}, 0.5, 25 * time.Minute, []time.Duration{0, 600e9, 1200e9}},
		"an interval has jitter":            {[]error{nil}, 0, 19 * time.Minute, []time.Duration{0, 540e9, 1080e9}},
		"failing: twice the time each time": {[]error{broken}, 0.5, 2 * time.Minute, []time.Duration{0, 5e9, 15e9, 35e9, 75e9}},
		"success ends the backoff":          {[]error{broken, broken, nil, broken}, 0.5, 700 * time.Second, []time.Duration{0, 5e9, 15e9, 615e9, 620e9, 630e9, 650e9, 690e9}},
		"waiting: never earlier than asked": {[]error{soon, nil}, 0, time.Minute, []time.Duration{0, 40e9}},
		"a person is needed: not again":     {[]error{never}, 0.5, 24 * time.Hour, []time.Duration{0}},
		"of several errors the first that can pass decides": {
			[]error{errors.Join(never, fmt.Errorf("again: %w", soon)), nil}, 0, time.Minute, []time.Duration{0, 40e9},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPlace(t, tc.jitter)
				defer p.stop()
				s := &script{answers: tc.answers, begin: p.begin}
				p.Tell(s.task("a", "1"))
				p.pass(tc.pass)
				if diff := cmp.Diff(tc.want, s.times); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestWhatAPersonMustHelpIsCheckedNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlaceThatRechecks(t, 0.5, 6*time.Hour)
		defer p.stop()
		s := &script{answers: []error{fault.Terminal("Denied", errors.New("scope")), nil}, begin: p.begin}
		p.Tell(s.task("a", "1"))
		p.pass(6*time.Hour + time.Minute)
		if got := p.Tell(s.task("a", "1")); len(s.times) != 2 || got.Err != nil {
			t.Errorf("%d runs, %+v", len(s.times), got)
		}
	})
}

func TestBackoffHasACap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t, 0.5)
		defer p.stop()
		s := &script{answers: []error{errors.New("broken")}, begin: p.begin}
		p.Tell(s.task("a", "1"))
		p.pass(24 * time.Hour)
		last := s.times[len(s.times)-1] - s.times[len(s.times)-2]
		if last != 5*time.Minute {
			t.Errorf("%s between the last two of %d runs", last, len(s.times))
		}
	})
}

func TestANewFingerprintMakesDueAndForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t, 0.5)
		defer p.stop()
		s := &script{answers: []error{fault.Terminal("Unauthorized", errors.New("revoked")), nil}, begin: p.begin}
		p.Tell(s.task("a", "old token"))
		p.pass(time.Hour)
		before := p.Tell(s.task("a", "old token"))
		if !before.Ran || before.Synced || before.Err == nil || !before.Due.IsZero() || before.FailingSince.IsZero() {
			t.Errorf("after a terminal error: %+v", before)
		}
		if now := p.Tell(s.task("a", "new token")); now.Ran || now.Err != nil {
			t.Errorf("the new fingerprint begins with %+v", now)
		}
		p.pass(time.Second)
		after := p.Tell(s.task("a", "new token"))
		want := external.Result{Ran: true, Synced: true}
		if diff := cmp.Diff(want, after, cmpopts.IgnoreFields(external.Result{}, "Due")); diff != "" {
			t.Error(diff)
		}
		if len(s.times) != 2 {
			t.Errorf("%d runs", len(s.times))
		}
	})
}

func TestAnOutageKeepsWhatWasSynced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t, 0.5)
		defer p.stop()
		s := &script{answers: []error{nil, errors.New("down")}, begin: p.begin}
		p.Tell(s.task("a", "1"))
		p.pass(11 * time.Minute)
		got := p.Tell(s.task("a", "1"))
		if !got.Synced || got.Err == nil || got.FailingSince.Sub(p.begin) != 10*time.Minute {
			t.Errorf("%+v", got)
		}
	})
}

func TestOnlyWhatIsNewIsNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t, 0.5)
		defer p.stop()
		down := errors.New("down")
		s := &script{answers: []error{nil, nil, down, down, nil, nil}, begin: p.begin}
		p.Tell(s.task("a", "1"))
		p.pass(45 * time.Minute)
		if diff := cmp.Diff([]bool{true, false, true, false, true, false}, p.news[:6]); diff != "" {
			t.Error(diff)
		}
		s.mu.Lock()
		s.outcome = external.Outcome{Corrected: []string{"x"}}
		s.mu.Unlock()
		p.pass(25 * time.Minute)
		if last := p.news[len(p.news)-2:]; !last[0] || !last[1] {
			t.Errorf("corrections are no news: %v", p.news)
		}
	})
}

func TestSettledTasksAreSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t, 0.5)
		defer p.stop()
		s := &script{answers: []error{nil}, begin: p.begin}
		task := s.task("a", "1")
		task.Settled = true
		p.Tell(task)
		p.pass(40 * time.Second)
		if diff := cmp.Diff([]time.Duration{30 * time.Second}, s.times); diff != "" {
			t.Error(diff)
		}
	})
}

// TestADeadSystemBlocksNobody: tasks that hang until their timeout hold the workers; telling, asking
// and forgetting go on, and every task still gets its turn.
func TestADeadSystemBlocksNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t, 0.5)
		defer p.stop()
		var under, most atomic.Int32
		hang := func(ctx context.Context, _ external.Outcome) (external.Outcome, error) {
			most.Store(max(most.Load(), under.Add(1)))
			defer under.Add(-1)
			<-ctx.Done()
			return external.Outcome{}, ctx.Err()
		}
		for i := range 10 {
			p.Tell(external.Task{Key: external.Key{Name: fmt.Sprint(i)}, Sync: hang})
		}
		if passed := time.Since(p.begin); passed != 0 {
			t.Errorf("telling took %s", passed)
		}
		p.pass(5*30*time.Second + time.Second)
		ran := 0
		for i := range 10 {
			if p.Tell(external.Task{Key: external.Key{Name: fmt.Sprint(i)}, Sync: hang}).Ran {
				ran++
			}
		}
		if ran < 9 || most.Load() != 2 {
			t.Errorf("%d of 10 ran, %d at once", ran, most.Load())
		}
	})
}

func TestAPanicEndsOnlyItsTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t, 0.5)
		defer p.stop()
		s := &script{answers: []error{nil}, begin: p.begin}
		task := external.Task{Key: external.Key{Name: "bad"}, Sync: func(context.Context, external.Outcome) (external.Outcome, error) { panic("no") }}
		p.Tell(task)
		p.Tell(s.task("good", "1"))
		p.pass(time.Second)
		if terminal, ok := fault.AsTerminal(p.Tell(task).Err); !ok || terminal.Reason != external.ReasonPanicked {
			t.Errorf("%+v", p.Tell(task))
		}
		if len(s.times) != 1 {
			t.Errorf("the other task ran %d times", len(s.times))
		}
	})
}

func TestForgetting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t, 0.5)
		defer p.stop()
		slow := external.Task{Key: external.Key{Name: "slow"}, Sync: func(ctx context.Context, _ external.Outcome) (external.Outcome, error) {
			<-ctx.Done()
			time.Sleep(time.Second) // the last request
			return external.Outcome{}, ctx.Err()
		}}
		p.Tell(slow)
		p.pass(time.Second)
		if p.Forget(slow.Key) {
			t.Error("forgotten while a request is under way")
		}
		p.pass(2 * time.Second)
		if !p.Forget(slow.Key) || len(p.done) != 0 {
			t.Errorf("not forgotten after the end, or told of it: %v", p.done)
		}

		// Told again while the old run still ends: the new one is not mixed up with it.
		p.Tell(slow)
		p.pass(time.Second)
		p.Forget(slow.Key)
		s := &script{answers: []error{nil}, begin: p.begin}
		p.Tell(s.task("slow", ""))
		again := s.task("slow", "")
		again.Key = slow.Key
		p.Tell(again)
		p.pass(3 * time.Second)
		if got := p.Tell(again); !got.Synced || got.Err != nil {
			t.Errorf("%+v", got)
		}
	})
}

func TestAReplacedTaskIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t, 0.5)
		defer p.stop()
		key := external.Key{Name: "a"}
		p.Tell(external.Task{Key: key, Fingerprint: "1", Sync: func(ctx context.Context, _ external.Outcome) (external.Outcome, error) {
			<-ctx.Done()
			return external.Outcome{}, fault.Terminal("Rejected", ctx.Err())
		}})
		p.pass(time.Second)
		newer := external.Task{Key: key, Fingerprint: "2", Sync: func(context.Context, external.Outcome) (external.Outcome, error) {
			return external.Outcome{}, nil
		}}
		p.Tell(newer)
		p.pass(time.Second)
		if got := p.Tell(newer); !got.Synced || got.Err != nil || len(p.done) != 1 {
			t.Errorf("%+v, %d results told", got, len(p.done))
		}
	})
}

func TestRunnerWantsItsConfig(t *testing.T) {
	if _, err := external.NewRunner(external.RunnerConfig{}); err == nil {
		t.Error("an empty config is accepted")
	}
	if _, err := external.NewHosts(external.HostsConfig{}); err == nil {
		t.Error("an empty config is accepted")
	}
}

// TestLate: what waits for a worker is late; what runs, or waits for its time, is not.
func TestLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t, 0)
		defer p.stop()
		hang := func(ctx context.Context, _ external.Outcome) (external.Outcome, error) {
			<-ctx.Done()
			return external.Outcome{}, nil
		}
		for i := range 5 {
			p.Tell(external.Task{Key: external.Key{System: "test", Name: fmt.Sprint(i)}, Fingerprint: "1", Sync: hang})
		}
		p.pass(20 * time.Second)
		if got := p.Late(15 * time.Second); got != 3 {
			t.Errorf("%d late, want those 3 that two workers did not get to", got)
		}
		if got := p.Late(time.Minute); got != 0 {
			t.Errorf("%d late by a minute", got)
		}
		p.pass(2 * time.Minute)
		if got := p.Late(0); got != 0 {
			t.Errorf("%d late when all were run", got)
		}
	})
}
