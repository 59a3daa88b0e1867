package plan

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

func TestSealsOfASpec(t *testing.T) {
	for name, tc := range map[string]struct {
		in     *tuxv1alpha1.LogSeals
		want   *env.LogSeals
		secret string
	}{
		"none":           {},
		"by default":     {&tuxv1alpha1.LogSeals{KeySecretRef: tuxv1alpha1.LogSealKey{Name: "key"}}, &env.LogSeals{Secret: "key", Grace: 10 * time.Minute}, "key"},
		"a longer grace": {&tuxv1alpha1.LogSeals{KeySecretRef: tuxv1alpha1.LogSealKey{Name: "key"}, GraceMinutes: 90}, &env.LogSeals{Secret: "key", Grace: 90 * time.Minute}, "key"},
	} {
		t.Run(name, func(t *testing.T) {
			tux := withLogs(func(l *tuxv1alpha1.Logs) {
				l.Seals, l.AcknowledgedDeletions = tc.in, []tuxv1alpha1.LogDeletionID{"a1"}
			})
			got := LogsOf(tux)
			if diff := cmp.Diff(tc.want, got.Seals); diff != "" || LogSecretOf(tux) != tc.secret {
				t.Errorf("%s, Secret %q", diff, LogSecretOf(tux))
			}
			if diff := cmp.Diff([]string{"a1"}, got.AccountedFor); diff != "" {
				t.Error(diff)
			}
		})
	}
}
