package sentry

import (
	"net/http"
	"strconv"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
)

// minPause is the least time to wait when told to: Sentry counts in whole seconds, and its clock is
// not ours.
const minPause = time.Second

// ReadLimits is the Read of an external.HostsConfig. Self-hosted servers tell nothing, and then
// nothing is assumed.
func ReadLimits(answer *http.Response, now time.Time) external.Told {
	told := external.Told{Pause: pauseOf(answer, now)}
	if limit, err := strconv.Atoi(answer.Header.Get("X-Sentry-Rate-Limit-ConcurrentLimit")); err == nil && limit > 0 {
		told.Concurrent = limit
	}
	return told
}

// pauseOf is how long the answer wants silence: by Retry-After, which proxies send, or until the reset
// of a window of which nothing is left. A zero now leaves the reset out.
func pauseOf(answer *http.Response, now time.Time) time.Duration {
	limited := answer.StatusCode == http.StatusTooManyRequests
	if after, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && after > 0 &&
		(limited || answer.StatusCode == http.StatusServiceUnavailable) {
		return time.Duration(min(after, 1<<20)) * time.Second
	}
	if answer.Header.Get("X-Sentry-Rate-Limit-Remaining") == "0" && !now.IsZero() {
		reset, err := strconv.ParseInt(answer.Header.Get("X-Sentry-Rate-Limit-Reset"), 10, 64)
		if err == nil {
			return max(minPause, time.Unix(reset, 0).Sub(now))
		}
	}
	if limited {
		return minPause
	}
	return 0
}
