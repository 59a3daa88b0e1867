package loki_test

import (
	"testing"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
)

const dayLong = 24 * time.Hour

func TestWhatADecreaseLetsGo(t *testing.T) {
	holds := retention.Commitment{DefaultDays: 30, Retired: []string{"old"}, Classes: []retention.Promised{{Name: "error", Days: 90}}}
	for name, tc := range map[string]struct {
		decrease retention.Decrease
		logql    string
	}{
		"a class":        {retention.Decrease{Class: "error", From: 90, To: 10}, `{retention_class="error"}`},
		"the default":    {retention.Decrease{Class: retention.DefaultClass, From: 30, To: 7}, `{retention_class=~"default|unparsed|old"}`},
		"a revived name": {retention.Decrease{Class: "old", From: 30, To: 7}, `{retention_class="old"}`},
	} {
		t.Run(name, func(t *testing.T) {
			q, err := loki.Going(holds, tc.decrease)
			if err != nil || q.LogQL != tc.logql || q.Youngest != time.Duration(tc.decrease.To)*dayLong || q.Eldest != time.Duration(tc.decrease.From)*dayLong {
				t.Errorf("%+v, %v", q, err)
			}
		})
	}
}

func TestVolumesReadLikeSentences(t *testing.T) {
	for want, v := range map[string]loki.Volume{
		"no line that old is stored": {Bytes: 9}, "about one line, below 1 KiB": {Lines: 1, Bytes: 100}, "about 1200 lines, 1.5 KiB": {Lines: 1200, Bytes: 1536},
		"about 7 lines, 2 PiB": {Lines: 7, Bytes: 2 << 50}, "about 8 lines, 3 MiB": loki.Volume{Lines: 3, Bytes: 1 << 20}.Add(loki.Volume{Lines: 5, Bytes: 2 << 20}),
	} {
		if got := v.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
