package rules

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

var update = flag.Bool("update", false, "write docs/alerts.md")

const docs = "../../../docs"

// proofHeading begins the last section of the page, which hack/e2e writes.
const proofHeading = "\n## How each alert is proven\n"

func TestAlertsPageIsCurrent(t *testing.T) {
	path := filepath.Join(docs, "alerts.md")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ours, proof, _ := strings.Cut(string(content), proofHeading)
	if ours == alertsPage() {
		return
	}
	if !*update {
		t.Fatal("docs/alerts.md is not what the catalogue says: run go test ./internal/plan/rules -run AlertsPage -update")
	}
	if err := os.WriteFile(path, []byte(alertsPage()+proofHeading+proof), 0o600); err != nil {
		t.Fatal(err)
	}
}

const alertsHead = `# Alerts

Every alert of the catalogue, with its defaults; ` + "`spec.alerts`" + ` changes or disables each of them. The
name leads to its runbook. This page is generated from ` + "`internal/plan/rules/catalogue`" + ` and, at its end,
from ` + "`hack/e2e/faults.go`" + `.

Every alert carries ` + "`namespace`, `environment`, `backend` (the Deployment) and `severity`" + `. Critical
wakes somebody up, warning is for working hours, info is for a feed. One fault gives one alert: where an
alert names the cause, those of its symptoms stay silent, and the runbooks say which. TuxWatchdog is the
exception to all of it: it is about the whole environment, has the severity none, always fires and calls
nobody. Who hears of which alert says [routing.md](routing.md).

A window is the span an expression looks back over; ` + "`window` in `spec.alerts.overrides`" + ` replaces it for the
alerts that have one here. It must hold two scrapes or probes, and be at most 1d. Other spans are part of the
name of a recording rule, such as rate5m, and stay as they are.

Keep every ` + "`for`" + ` at two probe intervals and the probe timeout at least, and that of a symptom one interval above
that of its cause: the questions are asked one after the other, so that for an interval an answer may be known
before the one that explains it. With a shorter ` + "`for`" + ` an alert may fire for less than two intervals when another
fault begins.

While ` + "`spec.replicas`" + ` of a Deployment is 0, the alerts that expect pods are left out: TuxBackendAbsent, TuxProbeAbsent,
TuxEntryDown, TuxErrorBudgetBurn, TuxObjectiveNoData and TuxTrafficDrop. ` + "`kubectl get tuxmon`" + ` says so, see [TuxBackendAbsent](alerts/TuxBackendAbsent.md).

An alert that cannot work for a backend is left out, and ` + "`status.omitted`" + ` says why: some read ` + "`process_*`" + `, which
several processes do not export. Three sources are not ours, and whether they are there cannot be known from the resource. Where
nobody scrapes them, alerts are silent:

| source | alerts |
|---|---|
| kubelet (cAdvisor), ` + "`container_*`" + ` | TuxCPUThrottled, TuxMemoryNearLimit; TuxMemoryHigh of several processes; TuxOutOfMemory of a worker whose container lives |
| kube-state-metrics, ` + "`kube_*`" + `, with ` + "`honorLabels: true`" + ` | TuxMemoryNearLimit, TuxOutOfMemory; TuxRestarting of several processes |
| blackbox exporter, ` + "`probe_*`" + `, where it is not managed | TuxProbeAbsent says so |

What only log lines tell is for the ruler of Loki: [TuxLogErrorBurst](alerts/TuxLogErrorBurst.md),
[TuxLogSlowRequests](alerts/TuxLogSlowRequests.md) and [TuxLogsMissing](alerts/TuxLogsMissing.md), with ` + "`spec.logs.alerts`" + `, see
[logs.md](logs.md#alerts).

TuxErrorBudgetBurn and TuxObjectiveNoData are there for each objective of ` + "`spec.objectives`" + `, the first for four pairs of
windows: critical after 2 and 15 minutes, warning after 1 and 3 hours. See [objectives](objectives.md).

| alert | severity | for | threshold | window | what it says |
|---|---|---|---|---|---|
`

func alertsPage() string {
	var out strings.Builder
	out.WriteString(alertsHead)
	for _, info := range Catalogue() {
		threshold := "–"
		if info.Threshold != "" {
			threshold = fmt.Sprintf("%s %s: %s", info.Threshold, info.Unit, info.Meaning)
		}
		window := "–"
		if info.Window != "" {
			window = info.Window + ": " + info.WindowMeaning
		}
		summary := info.Summary
		if info.AskedFor != "" {
			summary += "; only with `" + info.AskedFor + "`"
		}
		fmt.Fprintf(&out, "| [%s](alerts/%s.md) | %s | %s | %s | %s | %s |\n",
			info.Name, info.Name, info.Severity, cmp.Or(info.For, "at once"), threshold, window, summary)
	}
	return out.String()
}

func TestEveryAlertHasARunbookAndEveryRunbookAnAlert(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(docs, "alerts", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	var pages, names []string
	for _, file := range files {
		pages = append(pages, strings.TrimSuffix(filepath.Base(file), ".md"))
	}
	for _, info := range append(Catalogue(), OperatorAlerts()...) {
		names = append(names, info.Name)
	}
	names = append(names, loki.AlertNames()...)
	slices.Sort(names)
	if !slices.Equal(pages, names) {
		t.Errorf("pages  %v\nalerts %v", pages, names)
	}
}

var (
	sections    = []string{"## What it means", "## First three commands", "## Causes", "## What else fires", "## When to silence"}
	promqlBlock = regexp.MustCompile("(?s)```promql\n(.*?)```")
	alertName   = regexp.MustCompile(`\bTux[A-Z][A-Za-z]+\b`)
)

func TestRunbooksAreUsable(t *testing.T) {
	var all []string
	for _, info := range append(Catalogue(), OperatorAlerts()...) {
		all = append(all, info.Name)
	}
	for _, alert := range append(all, loki.AlertNames()...) {
		t.Run(alert, func(t *testing.T) {
			content, err := os.ReadFile(filepath.Join(docs, "alerts", alert+".md"))
			if err != nil {
				t.Fatal(err)
			}
			page := string(content)
			checkSections(t, alert, page)
			for _, query := range promqlBlock.FindAllStringSubmatch(page, -1) {
				if _, err := promql.ParseExpr(query[1]); err != nil {
					t.Errorf("query does not parse: %v\n%s", err, query[1])
				}
			}
			for _, name := range alertName.FindAllString(page, -1) {
				if len(variants(name)) == 0 && !strings.HasPrefix(name, "TuxMonitoring") && !aboutOperator(name) && !slices.Contains(loki.AlertNames(), name) {
					t.Errorf("the page names %s, which is no alert", name)
				}
			}
		})
	}
}

// checkSections: the page has its sections in order, and three commands to begin with.
func checkSections(t *testing.T, alert, page string) {
	t.Helper()
	if !strings.HasPrefix(page, "# "+alert+"\n") {
		t.Errorf("the title is not %q", alert)
	}
	rest := page
	for _, section := range sections {
		_, after, found := strings.Cut(rest, section+"\n")
		if !found {
			t.Fatalf("section %q is missing or out of order", section)
		}
		rest = after
	}
	_, commands, _ := strings.Cut(page, sections[1]+"\n")
	commands, _, _ = strings.Cut(commands, sections[2]+"\n")
	if n := strings.Count(commands, "```") / 2; n != 3 {
		t.Errorf("%d commands under %q, want 3", n, sections[1])
	}
}

func aboutOperator(name string) bool {
	return slices.ContainsFunc(OperatorAlerts(), func(info AlertInfo) bool { return info.Name == name })
}
