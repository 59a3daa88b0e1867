package rules

import (
	"maps"
	"time"
)

// reads of the cache per second of a healthy pod; a tenth finds nothing.
const reads = 2.0

func init() {
	podSeries = append(podSeries, func(w world, pod string) { w.cacheReads(pod, 0.9*reads, 0.1*reads) })
}

// cacheReads per second that find something and those that do not.
func (w world) cacheReads(pod string, hits, misses float64) {
	w.count(target(pod, "django_cache_get_total", `backend="redis"`), hits+misses)
	w.count(target(pod, "django_cache_get_hits_total", `backend="redis"`), hits)
	w.count(target(pod, "django_cache_get_misses_total", `backend="redis"`), misses)
}

// cacheFails lets a number of all reads per second fail on both pods.
func (w world) cacheFails(rate float64) {
	for _, pod := range []string{"a", "b"} {
		w.cacheReads(pod, 0.9*(reads-rate), 0.1*(reads-rate))
		w.count(target(pod, "django_cache_get_total", `backend="redis"`), reads)
		w.count(target(pod, "django_cache_get_fail_total", `backend="redis"`), rate)
	}
}

func init() {
	maps.Copy(outages, map[string]scenario{
		"a twentieth of the reads of the cache fails": {
			fault: func(w world, _ time.Duration) { w.cacheFails(reads / 20) },
			want:  []string{"TuxCacheFailures"},
		},
		"the cache is down and every read fails": {
			fault: func(w world, _ time.Duration) {
				w.probe("cache", "ab", 0, 200)
				w.cacheFails(reads)
			},
			want: []string{"TuxCacheUnhealthy"},
		},
		"the cache goes up and down and reads fail": {
			fault: func(w world, elapsed time.Duration) {
				w.cacheFails(0)
				if flipped(elapsed, time.Minute) {
					w.probe("cache", "ab", 0, 200)
					w.cacheFails(reads)
				}
			},
			want: []string{"TuxHealthFlapping"},
		},
		"the cache forgets": {
			fault: func(w world, _ time.Duration) {
				w.cacheReads("a", 0.4*reads, 0.6*reads)
				w.cacheReads("b", 0.4*reads, 0.6*reads)
			},
			want: []string{"TuxCacheHitRatioLow"},
		},
		"a second cache never has what is asked for": {
			fault: func(w world, _ time.Duration) {
				for _, pod := range []string{"a", "b"} {
					w.count(target(pod, "django_cache_get_total", `backend="memcached"`), reads)
					w.count(target(pod, "django_cache_get_misses_total", `backend="memcached"`), reads)
				}
			},
			want: []string{"TuxCacheHitRatioLow"},
		},
	})
	maps.Copy(harmless, map[string]scenario{
		"the cache is restarted and cold for ten minutes": {
			fault: func(w world, elapsed time.Duration) {
				if within(10*time.Minute, elapsed) {
					w.cacheReads("a", 0, reads)
					w.cacheReads("b", 0, reads)
				}
			},
		},
		"in a quiet night what was cached has expired": {
			fault: func(w world, _ time.Duration) {
				w.cacheReads("a", 0.1, 0.3)
				w.cacheReads("b", 0.1, 0.3)
			},
		},
		"a read fails now and then": {
			fault: func(w world, _ time.Duration) { w.cacheFails(reads / 500) },
		},
		"the cache is away for two minutes": {
			fault: func(w world, elapsed time.Duration) {
				w.cacheFails(0)
				if within(2*time.Minute, elapsed) {
					w.probe("cache", "ab", 0, 200)
					w.cacheFails(reads)
				}
			},
		},
	})
}
