package cmd

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	settings "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

func TestInWords(t *testing.T) {
	name := "Web shop"
	target := sentryTarget{want: sentry.Wanted{
		KeyName: "production", Deploy: settings.Deploy{Release: "7", Environment: "live"}, Settings: settings.Settings{Name: &name},
	}}
	until := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	would := target.would(sentry.Preview{NewKey: true, ReplacedKey: true, ExpiredKeys: 2, Drift: []string{settings.PathName}, NewDeploy: true})
	if diff := cmp.Diff([]string{
		`create client key "production"`, `replace client key "production"`, "switch off replaced client keys: 2",
		`change project.name from "" to "Web shop"`, `tell of release "7" in "live"`,
	}, would); diff != "" {
		t.Error(diff)
	}
	for want, tc := range map[string]struct {
		path     string
		identity sentry.Identity
	}{
		`told of release "7" in "live"`:      {settings.PathDeploys, sentry.Identity{}},
		`switched off replaced client keys`:  {settings.PathRotation, sentry.Identity{}},
		`changed project.name to "Web shop"`: {settings.PathName, sentry.Identity{}},
		`replaced client key "production", the old one takes events until 2026-11-24T12:00:00Z`: {
			settings.PathRotation, sentry.Identity{Replaced: until},
		},
	} {
		if got := target.corrected(tc.path, tc.identity); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
