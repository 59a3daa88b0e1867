//go:build e2e

package e2e

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/tux-io/tux-monitoring-operator/hack/e2e/live"
)

// TestRestarts breaks what a process says of its own begin.
func TestRestarts(t *testing.T) {
	tryAt(t, Restarts, live.BackendOptions{Replicas: 2}, nil, map[string]injection{
		"the worker of one of two pods is killed again and again": stubborn(onePod(live.Faults{"worker_age": 10})),
		"two workers answer scrapes in turn":                      release(corev1.EnvVar{Name: "GUNICORN_CMD_ARGS", Value: "--workers 2"}),
	})
}

// stubborn mends more than once: whoever answers may be killed while it does.
func stubborn(inject injection) injection {
	return injection{
		breaks: inject.breaks,
		mends: func(p *place) error {
			err := inject.mends(p)
			for tries := 0; err != nil && tries < 5; tries++ {
				live.Pause(p.ctx, time.Second)
				err = inject.mends(p)
			}
			return err
		},
	}
}
