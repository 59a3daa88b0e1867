package kubelet

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// workingSet is the memory of a container as cAdvisor in a real kubelet exports it. There it comes
// from the cgroup; here it is what the processes of the container hold resident, shared pages counted
// once for each, as the kernel gives it in /proc/PID/stat.
var workingSet = prometheus.NewDesc("container_memory_working_set_bytes",
	"Current working set of the container in bytes", []string{"namespace", "pod", "container", "image"}, nil)

// Stats serves the figures at any path.
func (k *Kubelet) Stats() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(stats{k})
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

type stats struct{ k *Kubelet }

func (s stats) Describe(descs chan<- *prometheus.Desc) { descs <- workingSet }

func (s stats) Collect(metrics chan<- prometheus.Metric) {
	resident := residentByGroup()
	s.k.mu.Lock()
	defer s.k.mu.Unlock()
	for _, w := range s.k.workers {
		w.mu.Lock()
		for _, c := range w.containers {
			c.mu.Lock()
			if c.pid != 0 {
				metrics <- prometheus.MustNewConstMetric(workingSet, prometheus.GaugeValue, float64(resident[c.pid]),
					w.pod.Namespace, w.pod.Name, c.spec.Name, c.spec.Image)
			}
			c.mu.Unlock()
		}
		w.mu.Unlock()
	}
}

// residentByGroup sums resident memory in bytes by process group.
func residentByGroup() map[int]int64 {
	sums := map[int]int64{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue // ended meanwhile
		}
		// The name in parentheses may hold anything; behind it come state, parent, group ... and
		// resident pages as 22nd field.
		_, rest, found := strings.Cut(string(data), ") ")
		fields := strings.Fields(rest)
		if !found || len(fields) < 22 {
			continue
		}
		group, groupErr := strconv.Atoi(fields[2])
		pages, pagesErr := strconv.ParseInt(fields[21], 10, 64)
		if groupErr == nil && pagesErr == nil {
			sums[group] += pages * int64(os.Getpagesize())
		}
	}
	return sums
}
