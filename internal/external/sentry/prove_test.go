package sentry_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// proving is a project that is in step, and a proof of it.
type proving struct {
	sentry.Proving
	server  *sentrytest.Server
	written []plan.Proof
}

func prove(t *testing.T) *proving {
	t.Helper()
	server, r := fake(t)
	if _, err := r.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.want.Claim.RecordedID, r.want.RecordedKeyID = r.recorded.ProjectID, r.recorded.KeyID
	aim, err := sentry.Aim(t.Context(), r.config, r.want)
	if err != nil {
		t.Fatal(err)
	}
	if aim.ProjectID != r.recorded.ProjectID || aim.DSN != r.recorded.DSN {
		t.Errorf("%+v is not %+v", aim, r.recorded)
	}
	p, n := &proving{server: server}, 0
	p.Proving = sentry.Proving{
		Client: aim.Client, Project: aim.ProjectID, DSN: aim.DSN, Environment: "production", Privacy: r.want.Settings.Privacy,
		Ingest: r.config.Transport, ReadDelay: 1, AgainDelay: 1,
		NewID:  func() string { n++; return fmt.Sprintf("%032x", n) },
		Record: func(_ context.Context, proof plan.Proof) error { p.written = append(p.written, proof); return nil },
	}
	server.Requests()
	return p
}

// run goes on until the proof is at its end, or until an error that does not wait.
func (p *proving) run(t *testing.T, proof plan.Proof) (plan.Proof, []error) {
	t.Helper()
	var all []error
	for range 60 {
		next, err := p.Step(t.Context(), proof)
		if err != nil && (strings.Contains(err.Error(), p.DSN) || strings.Contains(err.Error(), "tuxproof")) {
			t.Errorf("%v has a secret in it", err)
		}
		proof = next
		if err == nil {
			return proof, all
		}
		all = append(all, err)
		if _, waits := fault.AsWaiting(err); !waits {
			return proof, all
		}
	}
	return proof, all
}

func (p *proving) stored() int {
	n := 0
	p.server.Edit(func(s *sentrytest.State) { n = len(s.Projects[0].Events) })
	return n
}

func TestAProofOfWhatIsRemoved(t *testing.T) {
	p := prove(t)
	proof, waited := p.run(t, plan.Proof{Of: "x"})
	if proof.Verdict != plan.ProofVerified || proof.Events != 1 || len(waited) != 1 {
		t.Errorf("%+v after %v", proof, waited)
	}
	results := map[plan.Plant]plan.PlantResult{}
	for _, one := range proof.Findings {
		results[one.Plant] = one.Result
	}
	want := map[plan.Plant]plan.PlantResult{
		plan.PlantAuthorization: plan.PlantFiltered, plan.PlantCookie: plan.PlantFiltered, plan.PlantPassword: plan.PlantFiltered,
		plan.PlantToken: plan.PlantFiltered, plan.PlantCard: plan.PlantFiltered, plan.PlantIP: plan.PlantFiltered,
		plan.PlantEmail: plan.PlantKept,
	}
	if diff := cmp.Diff(want, results); diff != "" {
		t.Error(diff)
	}
	// The number is written down before the event is sent, and the verdict after.
	if len(p.written) != 2 || p.written[0].EventID != proof.EventID || p.written[0].Verdict != "" {
		t.Errorf("%+v", p.written)
	}
	// At its end it asks nothing.
	p.server.Requests()
	if again, err := p.Step(t.Context(), proof); err != nil || len(p.server.Requests()) > 0 || again.Events != 1 {
		t.Errorf("%+v %v", again, err)
	}
	p.server.Edit(func(s *sentrytest.State) {
		event := s.Projects[0].Events[0].Content
		if event["level"] != "info" || event["environment"] != "production" || event["release"] != nil {
			t.Errorf("%v", event)
		}
		if len(s.Projects[0].Environments) == 0 {
			t.Error("the environment did not come into being")
		}
	})
	if problems := p.server.Problems(); len(problems) > 0 {
		t.Error(problems)
	}
}

// TestWhatGoesWrongWithAProof: each row is a fault, and what the proof comes to.
func TestWhatGoesWrongWithAProof(t *testing.T) {
	tests := map[string]struct {
		ingest  sentrytest.Ingest
		verdict plan.ProofVerdict
		events  int
	}{
		"the event appears late":                {sentrytest.Ingest{LateReads: 3}, plan.ProofVerified, 1},
		"the first event is lost":               {sentrytest.Ingest{Lost: 1}, plan.ProofVerified, 2},
		"all events are lost":                   {sentrytest.Ingest{Lost: 9}, plan.ProofUnread, 3},
		"the settings reach the servers late":   {sentrytest.Ingest{Stale: 2}, plan.ProofVerified, 3},
		"the settings never reach the servers":  {sentrytest.Ingest{Stale: 9}, plan.ProofLeak, 3},
		"late, and appears later than we watch": {sentrytest.Ingest{LateReads: 1000}, plan.ProofUnread, 3},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			p := prove(t)
			p.server.Edit(func(s *sentrytest.State) { s.Ingest = tc.ingest })
			proof, waited := p.run(t, plan.Proof{Of: "x"})
			if proof.Verdict != tc.verdict || proof.Events != tc.events || !proof.Final() {
				t.Errorf("%+v after %v", proof, waited)
			}
			for _, err := range waited {
				if w, _ := fault.AsWaiting(err); w == nil || w.Reason != sentry.ReasonVerificationPending {
					t.Errorf("%v", err)
				}
			}
			if tc.verdict == plan.ProofLeak && len(plan.Leaks(proof.Findings)) != 6 {
				t.Errorf("%v", proof.Findings)
			}
		})
	}
}

// TestAnEventThatIsRefused counts for nothing, and a person hears of what he must change.
func TestAnEventThatIsRefused(t *testing.T) {
	p := prove(t)
	p.server.Break(sentrytest.Fault{Kind: sentrytest.KeyLimited, Path: "/envelope/", Times: 1})
	proof, err := p.Step(t.Context(), plan.Proof{Of: "x"})
	if w, ok := fault.AsWaiting(err); !ok || w.Reason != external.ReasonRateLimited || w.After.Seconds() != 60 || proof.Events != 0 {
		t.Errorf("%+v %v", proof, err)
	}
	p.server.Edit(func(s *sentrytest.State) { s.Projects[0].Keys[1].Active = false })
	proof, err = p.Step(t.Context(), proof)
	if terminal, ok := fault.AsTerminal(err); !ok || terminal.Reason != sentry.ReasonEventRefused || proof.Events != 0 {
		t.Errorf("%+v %v", proof, err)
	}
	p.server.Edit(func(s *sentrytest.State) { s.Projects[0].Keys[1].Active = true })
	if proof, _ = p.run(t, proof); proof.Verdict != plan.ProofVerified || proof.Events != 1 || p.stored() != 1 {
		t.Errorf("%+v", proof)
	}
}

// TestAnEventWithoutAnAnswer is sent again under its number, of which Sentry keeps one.
func TestAnEventWithoutAnAnswer(t *testing.T) {
	for kind, name := range map[sentrytest.Kind]string{
		sentrytest.LostAnswer: "lost", sentrytest.Unavailable: "unavailable", sentrytest.BrokenAfterCommit: "broken after commit",
		sentrytest.LoginPage: "a login page",
	} {
		t.Run(name, func(t *testing.T) {
			p := prove(t)
			p.server.Break(sentrytest.Fault{Kind: kind, Path: "/envelope/", Times: 1})
			first, err := p.Step(t.Context(), plan.Proof{Of: "x"})
			if err == nil || !first.Unsent || first.Events != 1 {
				t.Errorf("%+v %v", first, err)
			}
			proof, _ := p.run(t, first)
			if proof.Verdict != plan.ProofVerified || proof.Events != 1 || proof.EventID != first.EventID || p.stored() != 1 {
				t.Errorf("%+v", proof)
			}
		})
	}
}

// TestNothingIsSentThatIsNotWrittenDown: else each restart could send one more.
func TestNothingIsSentThatIsNotWrittenDown(t *testing.T) {
	p := prove(t)
	down := errors.New("the API server is away")
	p.Record = func(context.Context, plan.Proof) error { return down }
	proof, err := p.Step(t.Context(), plan.Proof{Of: "x"})
	if !errors.Is(err, down) || proof.Events != 0 || len(p.server.Requests()) > 0 {
		t.Errorf("%+v %v", proof, err)
	}
}

// TestADSNThatIsNone: the errors of the SDK quote it.
func TestADSNThatIsNone(t *testing.T) {
	for _, dsn := range []string{"", "https://planted@", "planted"} {
		err := sentry.Send(t.Context(), dsn, http.DefaultTransport, plan.NewProofEvent(strings.Repeat("0", 32), "x"))
		if err == nil || strings.Contains(err.Error(), "planted") {
			t.Errorf("%v", err)
		}
	}
}

// TestWhatIsDeclaredIsRemoved: whatever is declared, a Sentry that scrubs as it shall leaks nothing of it, and
// one that does not scrub at all leaks all that is asked for.
func TestWhatIsDeclaredIsRemoved(t *testing.T) {
	server, r := fake(t)
	server.Edit(func(s *sentrytest.State) { s.SelfHosted = true })
	r.want.Settings = plan.Settings{Key: plan.Key{Active: pointer(true)}}
	n := 0
	rapid.Check(t, func(draw *rapid.T) {
		state := rapid.SampledFrom([]*bool{nil, pointer(true), pointer(false)})
		names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"authorization", "cookie", "Email", "iban", "note", "token"}), 0, 4, rapid.ID)
		presets := rapid.SliceOfDistinct(rapid.SampledFrom([]plan.Preset{
			plan.PresetHeaders, plan.PresetCookies, plan.PresetQueryStrings, plan.PresetBodies,
		}), rapid.ID)
		privacy := plan.Privacy{
			Scrubber: state.Draw(draw, "scrubber"), Defaults: state.Draw(draw, "defaults"), IPAddresses: state.Draw(draw, "addresses"),
			SensitiveFields: names.Draw(draw, "sensitive"), Rules: pointer(plan.PIIRules(presets.Draw(draw, "presets"), nil)),
		}
		r.want.Settings.Privacy = privacy
		server.Edit(func(s *sentrytest.State) {
			// As a new project has it, not as the last round left it: what is not declared is not touched.
			for _, p := range s.Projects {
				p.Settings["dataScrubber"], p.Settings["dataScrubberDefaults"], p.Settings["scrubIPAddresses"] = true, true, false
			}
		})
		if _, err := r.pass(t.Context()); err != nil {
			draw.Fatal(err)
		}
		connected, _, err := sentry.Connect(t.Context(), r.config)
		if err != nil {
			draw.Fatal(err)
		}
		stale := rapid.Bool().Draw(draw, "stale")
		server.Edit(func(s *sentrytest.State) {
			s.Projects[0].Events, s.Ingest.Stale = nil, 0
			if stale {
				s.Ingest.Stale = 1
			}
		})
		n++
		id := fmt.Sprintf("%032x", n)
		if err := sentry.Send(t.Context(), r.recorded.DSN, r.config.Transport, plan.NewProofEvent(id, "x")); err != nil {
			draw.Fatal(err)
		}
		stored, err := connected.Event(t.Context(), r.recorded.ProjectID, id)
		if err != nil {
			draw.Fatal(err)
		}
		findings, err := plan.Judge(privacy, id, stored)
		if err != nil {
			draw.Fatal(err)
		}
		asked := slices.DeleteFunc(slices.Clone(findings), func(f plan.Finding) bool { return f.AskedBy == "" })
		leaks := plan.Leaks(findings)
		if !stale && len(leaks) > 0 || stale && len(leaks) != len(asked) {
			draw.Fatalf("stale %t: %v", stale, findings)
		}
	})
}
