package controllers

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onsi/gomega"
)

// checkIns notes what was said.
type checkIns []bool

// CheckIn implements CheckInReporter.
func (c *checkIns) CheckIn(_ time.Duration, ok bool) { *c = append(*c, ok) }

// channel is a CheckInReporter.
type channel chan bool

// CheckIn implements CheckInReporter.
func (c channel) CheckIn(_ time.Duration, ok bool) { c <- ok }

// TestTheLeaderChecksIn: once it works, not ten minutes later.
func TestTheLeaderChecksIn(t *testing.T) {
	s := newScenario(t)
	config, err := plane.ServiceAccountConfig(t.Context(), operatorNamespace, operatorAccount)
	s.must(err)
	heard := make(channel, 8)
	o, err := startManagerWith(config, Options{Concurrency: 1, Sentry: hurried(), CheckIns: heard})
	s.must(err)
	t.Cleanup(o.stop)
	s.Eventually(heard).Should(gomega.Receive(gomega.BeTrue()))
}

func TestThePulse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var heard checkIns
		late := 0
		p := &pulse{every: 10 * time.Minute, checks: &heard, late: func(by time.Duration) int {
			if by != 10*time.Minute {
				t.Errorf("asked for what is late by %s", by)
			}
			return late
		}}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- p.Start(ctx) }()
		time.Sleep(15 * time.Minute)
		late = 3
		time.Sleep(10 * time.Minute)
		late = 0
		time.Sleep(10 * time.Minute)
		cancel()
		if err := <-ended; err != nil || !slices.Equal(heard, []bool{true, true, false, true}) {
			t.Errorf("%v %v", heard, err)
		}
	})
}
