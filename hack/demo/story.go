package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
)

// What the demo is about; the names are those of config/ and of the sample.
const (
	sample            = "config/samples/monitoring_v1alpha1_tuxmonitoring.yaml"
	resourceName      = "production"
	resourceNamespace = "tux-production"
	backendName       = "tux-backend"
	operatorNamespace = "tux-monitoring-system"
	operatorAccount   = "tuxmon-manager"
	operatorBinary    = "bin/tuxmon"
	managedSelector   = "app.kubernetes.io/managed-by=tuxmonitoring"
)

// demo is one telling of the story: what its two forms have in common.
type demo struct {
	printer *printer
	once    bool

	// The following are known once something runs.
	machine machine
	kubectl string
	reader  client.Client
	// operatorLog returns the last lines of the operator; nil while it does not run.
	operatorLog func() string
	// sentry is the Sentry of the demo.
	sentry *sentrytest.Server
	// end ends the story with a cause.
	end context.CancelCauseFunc
}

// machine is what runs the API server.
type machine interface {
	Kubeconfig() string
	// Wait returns the death of a part, with its last lines, as an error.
	Wait(ctx context.Context) error
	Stop() error
}

// form is one way to tell the story.
type form interface {
	// prepare refuses a machine that cannot tell it.
	prepare(ctx context.Context) error
	chapters() []chapter
	// handOver says how to go on by hand; it returns when ctx ends.
	handOver(ctx context.Context) error
}

// chapter is one step of the story.
type chapter struct {
	title string
	tell  func(context.Context) error
}

// tell tells all chapters; the first that fails ends the story, and so does the death of a part.
func (d *demo) tell(interrupted context.Context, f form) error {
	if _, err := os.Stat(sample); err != nil {
		return fmt.Errorf("cannot find the sample, run this in the root of the repository (make demo): %w", err)
	}
	ctx, end := context.WithCancelCause(interrupted)
	defer end(nil)
	d.end = end
	if err := f.prepare(ctx); err != nil {
		return err
	}
	chapters := f.chapters()
	for i, c := range chapters {
		d.printer.chapter(i+1, len(chapters), c.title)
		if err := c.tell(ctx); err != nil {
			if interrupted.Err() != nil {
				return fmt.Errorf("interrupted: %s", c.title)
			}
			return d.explain(ctx, err)
		}
	}
	d.printer.passed()
	if d.once {
		return nil
	}
	if err := f.handOver(ctx); err != nil {
		return err
	}
	if interrupted.Err() == nil {
		return context.Cause(ctx)
	}
	return nil
}

// runsOn is called once the API server answers; from then on the death of a part ends the story.
func (d *demo) runsOn(ctx context.Context, m machine, kubectl string, reader client.Client) {
	d.machine, d.kubectl, d.reader = m, kubectl, reader
	go func() {
		if err := m.Wait(ctx); err != nil {
			d.end(death{err})
		}
	}()
}

// death is the end of a part. Its last lines are on the screen already: who has noticed wrote them there.
type death struct{ error }

func (d death) Error() string {
	first, rest, _ := strings.Cut(d.error.Error(), "\n")
	if rest == "" {
		return first
	}
	return strings.TrimSuffix(first, ":") + " are above"
}

func (d death) Unwrap() error { return d.error }

// explain puts the death of a part in place of what follows from it, and otherwise adds the last lines
// of the operator, which usually know more.
func (d *demo) explain(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if d.operatorLog == nil {
		return err
	}
	log := d.operatorLog()
	if strings.Contains(err.Error(), log) {
		return err
	}
	return fmt.Errorf("%w\nlast lines of the operator:\n%s", err, log)
}

// stop ends what runs, whatever became of the story.
func (d *demo) stop() error {
	if d.machine == nil {
		return nil
	}
	err := d.during(context.Background(), "stopping", d.machine.Stop, nil)
	d.printer.line("stopped %s after it began", d.printer.elapsed())
	return err
}

// during runs a step that does not talk and shows the time it takes, with its state if there is one.
func (d *demo) during(ctx context.Context, what string, step func() error, state func(context.Context) string) error {
	done := make(chan error, 1)
	go func() { done <- step() }()
	s := d.printer.status(what)
	defer s.clear()
	for {
		now := ""
		if state != nil {
			now = state(ctx)
		}
		s.show(now)
		select {
		case err := <-done:
			return err
		case <-time.After(look):
		}
	}
}
