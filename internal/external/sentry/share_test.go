package sentry_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// member is a resource that shares the project of another.
func member(t *testing.T, owner *resource, name string) *resource {
	t.Helper()
	m := newResource(t, owner.config.URL, "web", owner.config.Transport)
	m.want = sentry.Wanted{
		Slug: "web", KeyName: name, Member: true, Claim: plan.Claim{UID: "uid of " + name, Adoption: plan.AdoptNever},
		Settings: plan.Settings{Key: plan.Key{Name: &name, Active: pointer(true), RateLimit: &plan.RateLimit{Count: 10, Window: 60}}},
	}
	return m
}

func TestAMemberHasOnlyAKey(t *testing.T) {
	server, owner := fake(t)
	staging := member(t, owner, "staging")
	_, err := staging.pass(t.Context())
	if waiting, ok := fault.AsWaiting(err); !ok || waiting.Reason != sentry.ReasonProjectMissing {
		t.Errorf("there is no project yet: %v", err)
	}
	server.Edit(func(s *sentrytest.State) {
		if len(s.Projects) > 0 {
			t.Error("a member made a project")
		}
	})
	if _, err := owner.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Requests()
	if _, err := staging.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, q := range server.Requests() {
		if q.Write() && !strings.Contains(q.Path, "/keys/") {
			t.Errorf("a member sent %s %s", q.Method, q.Path)
		}
	}
	if staging.recorded.Made || staging.recorded.Verdict != plan.Shared || staging.recorded.DSN == owner.recorded.DSN {
		t.Errorf("%+v", staging.recorded)
	}
	staging.inStep(server)
	owner.inStep(server)
	client, err := sentry.New(staging.config)
	if err != nil {
		t.Fatal(err)
	}
	staging.want.Claim.RecordedID = staging.recorded.ProjectID
	if err := client.Withdraw(t.Context(), staging.want); err != nil {
		t.Error(err)
	}
	server.Edit(func(s *sentrytest.State) {
		if s.Projects[0].Deleted {
			t.Error("a member deleted the project of its owner")
		}
	})
}

func TestNewNamesAreRenamings(t *testing.T) {
	server, r := fake(t)
	r.want.Settings.Slug, r.want.Settings.Key.Name = pointer("web"), pointer("production")
	if _, err := r.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := r.recorded
	r.want.Slug, r.want.KeyName = "shop-web", "prod"
	r.want.Settings.Slug, r.want.Settings.Key.Name = &r.want.Slug, &r.want.KeyName
	outcome, err := r.pass(t.Context())
	if !slices.Equal(outcome.Corrected, []string{plan.PathKeyName, plan.PathSlug}) || err != nil {
		t.Errorf("%+v %v", outcome, err)
	}
	if r.recorded.Slug != "shop-web" {
		t.Errorf("the new slug is not written down at once: %+v", r.recorded)
	}
	r.inStep(server)
	server.Edit(func(s *sentrytest.State) {
		if p := s.Projects[0]; len(s.Projects) != 1 || p.Slug != "shop-web" || len(p.Keys) != 2 || p.Keys[1].Name != "prod" {
			t.Errorf("%+v", p)
		}
	})
	if r.recorded.Slug != "shop-web" || r.recorded.ProjectID != before.ProjectID || r.recorded.DSN != before.DSN {
		t.Errorf("%+v became %+v", before, r.recorded)
	}
}

// TestWithdrawFindsWhatWasNotWrittenDown: the process ended between the creation and writing down its number.
func TestWithdrawFindsWhatWasNotWrittenDown(t *testing.T) {
	for name, ours := range map[string]bool{"ours": true, "somebody else's": false} {
		server, r := fake(t)
		server.Edit(func(s *sentrytest.State) {
			p := s.AddProject("web", "backend")
			if ours {
				p.Settings["name"] = r.want.Claim.FirstName("Web shop")
			}
		})
		client, err := sentry.New(r.config)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := client.Withdraw(t.Context(), r.want); err != nil {
				t.Error(err)
			}
		}
		server.Edit(func(s *sentrytest.State) {
			if s.Projects[0].Deleted != ours {
				t.Errorf("%s: deleted is %t", name, s.Projects[0].Deleted)
			}
		})
	}
}

// TestAnOutageAlwaysReadsTheSame: a port or an address in the text would make each try news.
func TestAnOutageAlwaysReadsTheSame(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	url := closed.URL
	closed.Close()
	for address, want := range map[string]string{
		url:                              "cannot get organization: the connection failed: connection refused",
		"http://no-such-host.invalid":    "cannot get organization: the name of the host is not known",
		"http://no-such-host.invalid/at": "cannot get organization: the name of the host is not known",
	} {
		r := newResource(t, address, "web", &http.Transport{})
		if _, err := r.pass(t.Context()); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
