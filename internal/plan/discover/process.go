package discover

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
)

// multiprocessVariables are the names prometheus_client reads, the old one in lower case.
var multiprocessVariables = []string{"PROMETHEUS_MULTIPROC_DIR", "prometheus_multiproc_dir"}

// workersFlag finds the worker count in a gunicorn command line.
var workersFlag = regexp.MustCompile(`(?:^|\s)(?:--workers[= ]|-w[= ]?)(\d+)(?:\s|$)`)

// processModel says whether several processes share /metrics, and notes a pod template that cannot
// be measured right: several gunicorn workers without a shared directory answer each scrape with the
// counters of one of them, so that every rate is wrong.
func processModel(entry *tuxv1alpha1.Backend, container *corev1.Container) (multiprocess bool, notes []string) {
	shared := slices.ContainsFunc(container.Env, func(v corev1.EnvVar) bool { return slices.Contains(multiprocessVariables, v.Name) })
	switch entry.ProcessModel {
	case tuxv1alpha1.ProcessModelSingle:
		return false, nil
	case tuxv1alpha1.ProcessModelMultiprocess:
		return true, nil
	case tuxv1alpha1.ProcessModelAuto:
	}
	if workers := gunicornWorkers(container); workers > 1 && !shared {
		notes = append(notes, fmt.Sprintf("container %s runs %d gunicorn workers without PROMETHEUS_MULTIPROC_DIR, "+
			"each scrape sees one of them and rates are wrong", container.Name, workers))
	}
	return shared, notes
}

// gunicornWorkers returns the worker count of a gunicorn container, 1 if none is told.
func gunicornWorkers(container *corev1.Container) int {
	line := strings.Join(append(slices.Clone(container.Command), container.Args...), " ")
	for _, v := range container.Env {
		if v.Name == "GUNICORN_CMD_ARGS" {
			line += " gunicorn " + v.Value
		}
	}
	if !strings.Contains(line, "gunicorn") {
		return 1
	}
	for _, v := range container.Env {
		if v.Name == "WEB_CONCURRENCY" {
			line = "--workers " + v.Value + " " + line
		}
	}
	found := workersFlag.FindAllStringSubmatch(line, -1)
	if len(found) == 0 {
		return 1
	}
	// The last one wins, as on a command line; WEB_CONCURRENCY only counts where no flag is given.
	workers, err := strconv.Atoi(found[len(found)-1][1])
	if err != nil {
		return 1
	}
	return workers
}
