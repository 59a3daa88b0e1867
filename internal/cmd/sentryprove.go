package cmd

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	settings "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

func newSentryProve() *cobra.Command {
	o := &sentryOptions{}
	c := &cobra.Command{
		Use:   "prove -f FILE",
		Short: "Send an event with made-up secrets, and read back what Sentry stored of it",
		Long: `prove sends an event with made-up secrets to the client key of every TuxMonitoring in the files, reads it back, and
says of each secret whether Sentry stored it and which setting of spec.sentry.privacy asks for its removal. The project
and the key must exist; sync makes them. Nothing is changed but that the project has one issue more, of level info.

After a leak another event is sent, up to three: new settings take minutes to reach the servers that scrub.

Exit codes: 0 what shall be removed is, 1 something is stored that shall not be, or the event did not appear in time,
2 Sentry could not be asked or refused.`,
		Example: `  SENTRY_AUTH_TOKEN=... tuxmon sentry prove -f production.yaml --project-id 4505278496`,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			ingest, err := external.NewHosts(external.HostsConfig{
				Clock: external.SystemClock(), Jitter: mathrand.Float64, Limits: sentry.IngestLimits(), Read: sentry.ReadIngestLimits,
			})
			if err != nil {
				return err
			}
			return o.each(c, func(ctx context.Context, t sentryTarget) (bool, error) {
				limited, cancel := context.WithTimeout(ctx, o.timeout)
				defer cancel()
				return t.prove(limited, c.OutOrStdout(), ingest)
			})
		},
	}
	o.addSentryFlags(c)
	c.Flags().DurationVar(&o.timeout, "timeout", 10*time.Minute, "how long the proof of one resource may take")
	return c
}

// prove does one step after the other, as the operator does, but waits in between.
func (t sentryTarget) prove(ctx context.Context, out io.Writer, ingest http.RoundTripper) (bool, error) {
	privacy := t.want.Settings.Privacy
	if !privacy.Declared() {
		_, _ = fmt.Fprintf(out, "%s: nothing to prove, spec.sentry.privacy is not set\n", t.name)
		return false, nil
	}
	aim, err := sentry.Aim(ctx, t.config, t.want)
	if err != nil {
		return false, err
	}
	proving := sentry.Proving{
		Client: aim.Client, Project: aim.ProjectID, DSN: aim.DSN, Environment: t.environment, Privacy: privacy, Ingest: ingest,
		ReadDelay: sentry.ReadDelay, AgainDelay: sentry.AgainDelay, NewID: newEventID,
		Record: func(context.Context, settings.Proof) error { return nil },
	}
	var proof settings.Proof
	for {
		proof, err = proving.Step(ctx, proof)
		waiting, ok := fault.AsWaiting(err)
		if !ok {
			break
		}
		_, _ = fmt.Fprintf(out, "%s: %s\n", t.name, waiting)
		if !pause(ctx, waiting.After) {
			break
		}
	}
	for _, finding := range proof.Findings {
		_, _ = fmt.Fprintf(out, "%s: %s\n", t.name, finding)
	}
	if _, waits := fault.AsWaiting(err); waits || errors.Is(err, context.DeadlineExceeded) {
		_, _ = fmt.Fprintf(out, "%s: not proven in time\n", t.name)
		return true, nil
	}
	if err != nil {
		return false, err
	}
	_, _ = fmt.Fprintf(out, "%s: %s, event %s\n", t.name, cmp.Or(string(proof.Verdict), "Pending"), proof.EventID)
	return proof.Verdict != settings.ProofVerified, nil
}

// pause waits, and reports false if there is no time for that.
func pause(ctx context.Context, d time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// newEventID is the number of an event, as Sentry wants it.
func newEventID() string {
	var number [16]byte
	_, _ = rand.Read(number[:]) // never fails
	return hex.EncodeToString(number[:])
}
