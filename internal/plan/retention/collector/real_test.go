package collector_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	runs "github.com/tux-io/tux-monitoring-operator/hack/collector"
	"github.com/tux-io/tux-monitoring-operator/hack/loki/lab"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/collector"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
)

const (
	tenant = "tux-production"
	pod    = "tux-backend-7d9f8b6c5d-x2x4z"
	// everything are the streams of the backend; Loki makes the label of service.name.
	everything = `{service_name="tux-backend"}`
)

// node is a Collector and a Loki that read what the plan makes of one policy.
type node struct {
	t *testing.T
	*runs.Collector
	loki   *lab.Loki
	policy retention.Policy
	config string
}

func newNode(t *testing.T, change func(*retention.Policy)) *node {
	t.Helper()
	n := &node{t: t, policy: retention.Defaults()}
	n.policy.Backend, n.policy.Tenant = retention.Loki, tenant
	change(&n.policy)
	if findings := n.policy.Validate("spec.logs"); len(findings) > 0 {
		t.Fatal(findings)
	}
	var err error
	if n.loki, err = lab.New(t.Context(), t.TempDir(), t.Output()); err != nil {
		t.Fatal(err)
	}
	if n.Collector, err = runs.New(t.Context(), t.TempDir(), t.Output()); err != nil {
		t.Fatal(err)
	}
	document, _, err := loki.Aggregate(loki.Document{}, []loki.Contribution{{Owner: "shop/production", Policy: n.policy}})
	n.must(err)
	n.must(os.WriteFile(n.loki.Overrides, []byte(document.Overrides), 0o600))
	n.config, err = collector.New(collector.Input{
		Policy: n.policy, Name: "shop_production", Environment: "production", Namespace: "shop",
		Sources: []collector.Source{{Deployment: "tux-backend", Container: "web"}}, URL: n.loki.URL, Storage: "/var/lib/otelcol",
	}).YAML()
	n.must(err)
	t.Cleanup(func() {
		n.Stop()
		_ = n.loki.Stop()
		if t.Failed() {
			t.Log(n.Log())
		}
	})
	return n
}

func (n *node) must(err error) {
	n.t.Helper()
	if err != nil {
		n.t.Fatal(err)
	}
}

// stored waits until Loki has this many lines, and a moment more for those that should not come.
func (n *node) stored(count int) []lab.Line {
	n.t.Helper()
	deadline := time.Now().Add(4 * time.Minute)
	for {
		lines, err := n.loki.Lines(n.t.Context(), tenant, everything)
		n.must(err)
		if len(lines) >= count {
			time.Sleep(2 * time.Second)
			lines, err = n.loki.Lines(n.t.Context(), tenant, everything)
			n.must(err)
			return lines
		}
		if time.Now().After(deadline) {
			n.t.Fatalf("%d of %d lines are stored:\n%s", len(lines), count, n.Log())
		}
		time.Sleep(time.Second)
	}
}

// expectation is what becomes of a line.
type expectation struct{ Text, Class, Logger, Level string }

// expected is what Policy.Classify and Preset.Redact say.
func (n *node) expected(line string) (expectation, bool) {
	var fields map[string]json.RawMessage
	parsed := json.Unmarshal([]byte(line), &fields) == nil && fields != nil
	// A number that no float can hold is no JSON for a collector, and no formatter of Python writes one.
	var floats map[string]any
	parsed = parsed && json.Unmarshal([]byte(line), &floats) == nil
	if !parsed {
		fields = nil
	}
	logger, level := word(fields["logger"]), word(fields["level"])
	decision := n.policy.Classify(retention.Line{Parsed: parsed, Logger: logger, Level: level})
	e := expectation{Text: line, Class: decision.Class, Logger: logger}
	if known, ok := retention.ParseLevel(level); ok {
		e.Level = string(known)
	}
	for _, preset := range slices.Sorted(slices.Values(n.policy.Redaction)) {
		e.Text = preset.Redact(e.Text)
	}
	return e, !decision.Dropped
}

// word is a JSON text, and nothing for what is none.
func word(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) != nil {
		return ""
	}
	return text
}

// secrets must be in no line and in no label.
var secrets = []string{
	"hunter2", "s3ss10n", "abcdef0123456789", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MSJ9.c2lnbmF0dXJl", "ada.lovelace@mail.example.org",
	"4111 1111 1111 1111", "4111111111111111", "378282246310005", "k3y-abc", "t0k3n-xyz",
}

// planted have all of them, where they are found in practice; and what looks like them and is none.
func planted() []string {
	return []string{
		`{"level": "INFO", "logger": "tux.business", "message": "headers {'Cookie': 's3ss10n'} Authorization: Bearer abcdef0123456789"}`,
		`{"level": "ERROR", "logger": "tux.audit", "message": "body {\"password\": \"hunter2\", \"api_key\": \"k3y-abc\"}"}`,
		`{"level": "ERROR", "logger": "tux.monitoring", "exception": "Traceback\n  token=t0k3n-xyz\n  no user ada.lovelace@mail.example.org"}`,
		`{"level": "INFO", "logger": "tux.audit", "message": "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MSJ9.c2lnbmF0dXJl"}`,
		// The class is decided before: what is left of this is no JSON.
		`{"level": "INFO", "logger": "tux.audit", "card": 4111111111111111, "message": "4111 1111 1111 1111"}`,
		`{"level": "DEBUG", "logger": "tux.performance", "request_id": "ada.lovelace@mail.example.org", "duration_ms": 12.5}`,
		`{"level": "INFO", "logger": "tux.business", "user_id": "378282246310005", "message": "$1 ${1} $$ ${env:HOME} 100%"}`,
		`password=hunter2 and no JSON`,
		`{"level": "INFO", "logger": "tux.business", "message": "Password reset, token expired", "token_count": 5}`,
		`{"level": "INFO", "logger": "tux.business", "message": "é \u00e9 \" \\ \n \t end"}`,
	}
}

// shapes are lines by which parsers differ.
func shapes() []string {
	return []string{
		"no JSON", "{", `{"logger": "tux.audit"} and more`, `["tux.audit"]`, `"tux.audit"`, "null", "{}", `{"logger": null, "level": null}`,
		`{"logger": 5, "level": {"name": "ERROR"}}`, `{"logger": ["tux.audit"], "level": "ERROR"}`, `{"logger": "", "level": ""}`,
		`{"logger": "tux.audit", "logger": "other", "level": "INFO"}`, `{"Logger": "tux.audit", "Level": "ERROR"}`,
		`{"logger": "tux\u002eaudit", "level": "\u0049NFO"}`, `  {"logger": "tux.audit"}`, `{"logger": "tux.audit",}`,
		`{'logger': 'tux.audit'}`, `{"nested": {"logger": "tux.audit"}, "level": "INFO"}`, `{"level": "ERROR", "n": 1e999}`,
		`{"level": "ERROR", "n": 12345678901234567890}`, `{"level": "ERROR", "text": "` + strings.Repeat("x", 20000) + `"}`,
	}
}

// combined are all loggers with all levels.
func combined() []string {
	loggers := []string{
		"tux.audit", "tux.audit.login", "tux.auditor", "tux.business", "tux.performance", "tux.monitoring", "django", "django.db",
		"django.db.backends", "django.db.backends.schema", "django.request", "djangoish", "tuxxaudit", "", "a b", "tux.audit ", "tux.audit\n",
	}
	levels := []string{"DEBUG", "info", " Warning ", "warn", "ERROR", "fatal", "CRITICAL", "", "TRACE", "ınfo", "\u2003error\n", "DEBUG2"}
	var all []string
	for _, logger := range loggers {
		for _, level := range levels {
			text, _ := json.Marshal(map[string]any{"logger": logger, "level": level, "message": fmt.Sprintf("%d", len(all))})
			all = append(all, string(text))
		}
	}
	return all
}

// TestARealCollectorDecidesAsClassifyDoes, and takes out what Redact takes out: every line is stored as the plan says,
// in its class, or not at all.
func TestARealCollectorDecidesAsClassifyDoes(t *testing.T) {
	n := newNode(t, func(p *retention.Policy) {
		p.Thresholds = []retention.Threshold{
			{Logger: "django", Minimum: retention.Warning}, {Logger: "django.db", Minimum: retention.Error},
			{Logger: "django.db.backends.schema", Minimum: retention.Debug}, {Logger: "tux.performance", Minimum: retention.Info},
		}
	})
	n.must(n.Validate(t.Context(), n.config))
	n.must(n.loki.Start(t.Context(), false))
	lines := slices.Concat(planted(), shapes(), combined())
	// Another Deployment whose name begins alike, and another container: neither is ours.
	n.must(n.Pod("shop", "tux-backend-worker-7d9f8b6c5d-x2x4z", "web", `{"logger": "tux.audit", "message": "not ours"}`))
	n.must(n.Pod("shop", pod, "proxy", "not ours"))
	n.must(n.Pod("shop", pod, "web", lines...))
	n.must(n.Start(n.config))

	want := map[expectation]int{}
	for _, line := range lines {
		if e, kept := n.expected(line); kept {
			want[e]++
		}
	}
	total := 0
	for _, count := range want {
		total += count
	}
	got := map[expectation]int{}
	for _, line := range n.stored(total) {
		got[expectation{line.Text, line.Labels[retention.ClassLabel], line.Labels["logger"], line.Labels["level"]}]++
		for _, secret := range secrets {
			if strings.Contains(line.Text, secret) || slices.ContainsFunc(slices.Collect(maps.Values(line.Labels)),
				func(value string) bool { return strings.Contains(value, secret) }) {
				t.Errorf("%q is in %+v", secret, line)
			}
		}
	}
	// A logger that cannot be one is no label.
	for e, count := range maps.Clone(want) {
		if strings.ContainsAny(e.Logger, " \n") {
			delete(want, e)
			e.Logger = ""
			want[e] += count
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	t.Logf("%d lines, %d stored", len(lines), total)
}

// TestARealCollectorTakesAnyConfiguration that a spec can lead to: it reads all statements and expressions.
func TestARealCollectorTakesAnyConfiguration(t *testing.T) {
	c, err := runs.New(t.Context(), t.TempDir(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	logger := strings.Repeat("a.", 63) + "_-0"
	in := collector.Input{
		Policy: retention.Policy{Backend: retention.Loki, Tenant: "0.1_e-5", DefaultDays: 1}, Name: "0-a_b.c-d", Namespace: "0-a",
		Environment: "${env:HOME} $$x \"'`{{}}: #é\n\t|", URL: "http://loki", Storage: "/x",
		Sources: []collector.Source{{Deployment: strings.Repeat("x", 63), Container: "*"}, {Deployment: "a.b", Container: "c"}},
	}
	configurations := map[string]collector.Input{"the least": in}
	in.Policy.Redaction = retention.Presets()
	for _, level := range retention.Levels() {
		in.Policy.Thresholds = append(in.Policy.Thresholds, retention.Threshold{Logger: logger[:len(logger)-len(level)], Minimum: level})
		in.Policy.Classes = append(in.Policy.Classes, retention.Class{
			Name: "c-" + strings.ToLower(string(level)), Loggers: []string{logger, "b"}, Levels: []retention.Level{level}, Days: 1,
		})
	}
	configurations["the most"] = in
	for name, in := range configurations {
		t.Run(name, func(t *testing.T) {
			text, err := collector.New(in).YAML()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Validate(t.Context(), text); err != nil {
				t.Errorf("%v\n%s", err, text)
			}
		})
	}
	if err := c.Validate(t.Context(), "processors: {transform: {log_statements: [no]}}"); err == nil {
		t.Error("nothing is refused")
	}
}

// TestWhatALineSaysCanBeAsked: ids are structured metadata, the pod is known, and classes are index labels.
func TestWhatALineSaysCanBeAsked(t *testing.T) {
	n := newNode(t, func(*retention.Policy) {})
	n.must(n.loki.Start(t.Context(), false))
	n.must(n.Pod("shop", pod, "web", `{"logger": "tux.business", "level": "INFO", "workspace_id": "acme", "user_id": 41, "duration_ms": 6.5,`+
		` "request_id": "r-1", "trace_id": null, "other": "x"}`))
	n.must(n.Start(n.config))
	n.stored(1)
	for query, want := range map[string]int{
		`{retention_class="business"}`: 1, `{retention_class="audit"}`: 0, `{logger="tux.business",level="INFO"}`: 1,
		`{deployment_environment_name="production",k8s_namespace_name="shop"}`: 1,
		everything + ` | user_id="41"`:                                         1, everything + ` | workspace_id="acme" | request_id="r-1"`: 1,
		everything + ` | duration_ms > 6`: 1, everything + ` | k8s_pod_name="` + pod + `"`: 1, everything + ` | other="x"`: 0,
	} {
		lines, err := n.loki.Lines(t.Context(), tenant, query)
		n.must(err)
		if len(lines) != want {
			t.Errorf("%s: %d lines, want %d", query, len(lines), want)
		}
	}
}

// TestNothingIsLostWhileLokiIsAway, nor when the machine dies: what was read is in the queue on disk, what was not is in
// the file. Lines may come twice.
func TestNothingIsLostWhileLokiIsAway(t *testing.T) {
	n := newNode(t, func(*retention.Policy) {})
	var markers []string
	write := func(from, to int) {
		var lines []string
		for i := from; i < to; i++ {
			markers = append(markers, fmt.Sprintf("marker-%04d", i))
			lines = append(lines, fmt.Sprintf(`{"logger": "tux.audit", "level": "INFO", "message": "marker-%04d"}`, i))
		}
		n.must(n.Pod("shop", pod, "web", lines...))
	}
	n.must(n.Start(n.config))
	write(0, 300)
	time.Sleep(5 * time.Second)
	n.Kill()
	write(300, 500)
	n.must(n.Start(n.config))
	write(500, 600)
	time.Sleep(5 * time.Second)
	n.must(n.loki.Start(t.Context(), false))
	// Not until there are as many lines: some come twice before others come.
	found := map[string]bool{}
	for deadline := time.Now().Add(4 * time.Minute); len(found) < len(markers) && time.Now().Before(deadline); time.Sleep(time.Second) {
		for _, line := range n.stored(len(found)) {
			for _, marker := range markers {
				if strings.Contains(line.Text, marker) {
					found[marker] = true
				}
			}
		}
	}
	if len(found) != len(markers) {
		t.Errorf("%d of %d lines are stored", len(found), len(markers))
	}
}

// TestAlertsSeeWhatTheCollectorSends: the ruler of a real Loki, with labels and structured metadata as they really are.
func TestAlertsSeeWhatTheCollectorSends(t *testing.T) {
	n := newNode(t, func(*retention.Policy) {})
	alerts := loki.Alerts{
		Backends:   []loki.Watched{{Service: "tux-backend"}, {Service: "tux-silent"}, {Service: "tux-asleep", Asleep: true}},
		RunbookURL: func(string) string { return "https://example.org/" },
	}
	text, err := alerts.Rules()
	n.must(err)
	n.must(os.Mkdir(filepath.Join(n.loki.Rules, tenant), 0o700))
	n.must(os.WriteFile(filepath.Join(n.loki.Rules, tenant, "shop-production.yaml"), []byte(text), 0o600))
	var lines []string
	for range 60 {
		lines = append(lines, `{"logger": "tux.monitoring", "level": "ERROR", "message": "x"}`, `{"logger": "tux.business", "level": "INFO"}`)
	}
	for i := range 30 {
		// One workspace is slow, the other only a little, and a third says nonsense.
		for workspace, duration := range map[string]string{"slow": "3000.5", "quick": "2500", "odd": `"n/a"`} {
			lines = append(lines, fmt.Sprintf(`{"logger": "tux.performance", "level": "WARNING", "workspace_id": %q, "duration_ms": %s, "n": %d}`,
				workspace, duration, i))
		}
	}
	n.must(n.loki.Start(t.Context(), false))
	n.must(n.Pod("shop", pod, "web", lines...))
	n.must(n.Start(n.config))

	want := []string{
		"TuxLogErrorBurst tux-backend tux.monitoring  firing", "TuxLogSlowRequests tux-backend  slow firing", "TuxLogsMissing tux-silent   pending",
	}
	var got []string
	for deadline := time.Now().Add(150 * time.Second); time.Now().Before(deadline) && !slices.Equal(want, got); time.Sleep(time.Second) {
		alerts, err := n.loki.Alerts(t.Context(), tenant)
		n.must(err)
		got = nil
		for _, a := range alerts {
			got = append(got, strings.Join([]string{
				a.Labels["alertname"], a.Labels["service_name"], a.Labels["logger"], a.Labels["workspace_id"], a.State,
			}, " "))
		}
		slices.Sort(got)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
