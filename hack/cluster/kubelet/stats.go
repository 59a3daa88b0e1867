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

// stats is a prometheus.Collector.
type stats struct{ k *Kubelet }

// Describe implements prometheus.Collector.
func (s stats) Describe(descs chan<- *prometheus.Desc) { descs <- workingSet }

// Collect implements prometheus.Collector.
func (s stats) Collect(metrics chan<- prometheus.Metric) {
	resident := residentByGroup()
	for _, w := range s.k.all() {
		for _, c := range w.containers {
			if bytes, ok := resident[c.group()]; ok {
				metrics <- prometheus.MustNewConstMetric(workingSet, prometheus.GaugeValue, float64(bytes),
					w.pod.Namespace, w.pod.Name, c.spec.Name, c.spec.Image)
			}
		}
	}
}

// all returns the pods, without those that are about to end: their names may be in use again.
func (k *Kubelet) all() []*worker {
	k.mu.Lock()
	defer k.mu.Unlock()
	var all []*worker
	for _, w := range k.workers {
		if w.ctx.Err() == nil {
			all = append(all, w)
		}
	}
	return all
}

// group is the process group of the container, -1 while there is none; 0 is that of the kernel.
func (c *container) group() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pid == 0 {
		return -1
	}
	return c.pid
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
		if group, pages, ok := parseStat(string(data)); ok {
			sums[group] += pages * int64(os.Getpagesize())
		}
	}
	return sums
}

// parseStat reads the text of /proc/PID/stat: pid, (name), state, parent, group, and resident pages as
// 24th.
func parseStat(stat string) (group int, pages int64, ok bool) {
	// The name may hold anything; the last bracket ends it.
	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	if len(fields) < 22 {
		return 0, 0, false
	}
	group, groupErr := strconv.Atoi(fields[2])
	pages, pagesErr := strconv.ParseInt(fields[21], 10, 64)
	return group, pages, groupErr == nil && pagesErr == nil
}
