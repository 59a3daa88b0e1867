package controllers

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

const labelSystem = "system"

// syncsTotal counts runs beside the passes.
var syncsTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
	Name: "tuxmonitoring_syncs_total",
	Help: "Runs that keep or look at an outside system, by how they ended: synced, waiting, failed, or refused where a person must act.",
}, []string{labelSystem, "result"})

// erasuresTotal counts how TuxLogErasures ended.
var erasuresTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
	Name: "tuxmonitoring_log_erasures_total",
	Help: "TuxLogErasures by how they ended: Erased, PartlyErased, NotVerifiable, or deleted before: ErasureCancelled, ErasureLeft.",
}, []string{"outcome"})

// answersTotal counts requests to outside systems, of all resources together.
var answersTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
	Name: "tuxmonitoring_external_requests_total",
	Help: "Requests to an outside system by answer: 2xx to 5xx, none, or left_alone where its host failed too often and nothing was sent.",
}, []string{labelSystem, "answer"})

// answerSeconds is how long they take, without those that were not sent.
var answerSeconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{
	Name:    "tuxmonitoring_external_request_duration_seconds",
	Help:    "Time until an outside system began to answer, or did not.",
	Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30},
}, []string{labelSystem})

// leftAlone asks the breakers when it is scraped: they close by the clock, and tell nobody.
var leftAlone = &leftAloneCollector{desc: prometheus.NewDesc("tuxmonitoring_external_hosts_left_alone",
	"Hosts of an outside system nothing is sent to now, because too many requests in a row failed.", []string{labelSystem}, nil)}

type leftAloneCollector struct {
	desc *prometheus.Desc

	mu    sync.Mutex
	hosts map[string][]*external.Hosts
}

func (c *leftAloneCollector) add(system string, hosts *external.Hosts) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hosts == nil {
		c.hosts = map[string][]*external.Hosts{}
	}
	c.hosts[system] = append(c.hosts[system], hosts)
}

// Describe tells its one family.
func (c *leftAloneCollector) Describe(out chan<- *prometheus.Desc) { out <- c.desc }

// Collect counts.
func (c *leftAloneCollector) Collect(out chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for system, all := range c.hosts {
		n := 0
		for _, hosts := range all {
			n += hosts.LeftAlone()
		}
		out <- prometheus.MustNewConstMetric(c.desc, prometheus.GaugeValue, float64(n), system)
	}
}

func observeAnswer(system string) func(answer string, took time.Duration) {
	return func(answer string, took time.Duration) {
		answersTotal.WithLabelValues(system, answer).Inc()
		if answer != external.AnswerLeftAlone {
			answerSeconds.WithLabelValues(system).Observe(took.Seconds())
		}
	}
}

// observeSync counts a run, and keeps when those that come again and again last went well.
func observeSync(key external.Key, result external.Result) {
	name := "synced"
	if result.Err != nil {
		name = "failed"
		if _, ok := fault.AsWaiting(result.Err); ok {
			name = "waiting"
		}
		if _, ok := fault.AsTerminal(result.Err); ok {
			name = "refused"
		}
	}
	syncsTotal.WithLabelValues(key.System, name).Inc()
	if result.Err == nil && (key.System == systemSentry || key.System == systemLogs) {
		successGauge.WithLabelValues(key.Namespace, key.Name, key.System).SetToCurrentTime()
	}
}
