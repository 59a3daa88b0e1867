package logcheck_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/logcheck"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

func check(t testing.TB, from io.Reader, change ...func(*retention.Policy, *logcheck.Contract)) logcheck.Report {
	t.Helper()
	policy, contract := retention.Defaults(), logcheck.Defaults()
	for _, one := range change {
		one(&policy, &contract)
	}
	c := logcheck.New(policy, contract)
	if err := logcheck.Read(from, c); err != nil {
		t.Fatal(err)
	}
	return c.Report()
}

// line is one of the backend.
func line(logger, level, more string) string {
	return fmt.Sprintf(`{"timestamp": "2026-11-23T02:25:28.235+00:00", "level": %q, "logger": %q, "message": "Done", "workspace_id": "acme"%s}`, level, logger, more)
}

func TestProblems(t *testing.T) {
	fine := line("tux.business", "INFO", "")
	tests := map[string]struct {
		in     []string
		change func(*retention.Policy, *logcheck.Contract)
		want   []string
	}{
		"nothing":                {want: []string{"There are no lines"}},
		"only white space":       {in: []string{"", "  "}, want: []string{"There are no lines"}},
		"a line as it should be": {in: []string{fine}},
		"carriage returns":       {in: []string{fine + "\r", ""}},
		"no JSON": {in: []string{fine, "Traceback (most recent call last):", `["a"]`, `"text"`, "null", "{", fine + fine},
			want: []string{"6 of 7 lines (the first is line 2) are no JSON object; 1 % may be"}},
		"a traceback in two hundred lines": {in: append(strings.Split(strings.Repeat(fine+"\n", 200), "\n"), "Traceback")},
		"missing, empty and of another type": {in: []string{`{"timestamp": "2026-11-23T02:25:28Z", "level": "", "logger": 5}`}, want: []string{
			`1 of 1 lines (the first is line 1) have no text in "level"`,
			`1 of 1 lines (the first is line 1) have no text in "logger"`,
			`1 of 1 lines (the first is line 1) have no text in "message"`,
		}},
		"keys in other letters are other keys": {in: []string{strings.Replace(fine, "logger", "Logger", 1)}, want: []string{`1 of 1 lines (the first is line 1) have no text in "logger"`}},
		"a timestamp of Python":                {in: []string{strings.Replace(fine, "T02:25:28.235+00:00", " 02:25:28,235", 1)}, want: []string{"1 of 1 lines (the first is line 1) have a timestamp that is not of RFC 3339"}},
		"a level of our own":                   {in: []string{fine, line("tux.audit", "NOTICE", "")}, want: []string{"1 of 2 lines (the first is line 2) have a level that Python does not know"}},
		"no workspace is allowed":              {in: []string{strings.Replace(fine, `"acme"`, "null", 1)}},
		"unless it is not": {in: []string{fine, strings.Replace(fine, `"acme"`, "null", 1), strings.Replace(fine, "workspace_id", "x", 1)},
			change: func(_ *retention.Policy, c *logcheck.Contract) { c.MaxWithoutWorkspace = 0.5 }, want: []string{"2 of 3 lines name no workspace; 50 % may"}},
		"a secret, in a line that is no JSON too": {in: []string{fine, "password=hunter2"}, want: []string{
			"1 of 2 lines (the first is line 2) are no JSON object; 1 % may be", "1 of 2 lines (the first is line 2) hold what the preset Password takes out"}},
		"a preset that is not wanted": {in: []string{line("a", "INFO", `, "mail": "a@b.example"`)}, change: func(p *retention.Policy, _ *logcheck.Contract) { p.Redaction = nil }},
		"too long":                    {in: []string{line("a", "INFO", `, "x": "`+strings.Repeat("x", 3*logcheck.MaxLine)+`"`), fine}, want: []string{"1 of 2 lines (the first is line 1) are longer than 256 KiB, and Loki refuses them"}},
		"as long as it may be":        {in: []string{fine[:len(fine)-1] + strings.Repeat(" ", logcheck.MaxLine-len(fine)) + "}"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if tc.change == nil {
				tc.change = func(*retention.Policy, *logcheck.Contract) {}
			}
			report := check(t, strings.NewReader(strings.Join(tc.in, "\n")), tc.change)
			if diff := cmp.Diff(tc.want, report.Problems()); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(fmt.Sprintf("%+v", report), "hunter2") {
				t.Error("the report tells a secret")
			}
		})
	}
}

func TestReport(t *testing.T) {
	lines := []string{
		line("tux.audit", "INFO", ""), line("tux.business", "INFO", ""), line("tux.business", "INFO", ""), "no JSON",
		line("tux.cache", "INFO", ""), line("tux.x", "ERROR", ""), strings.Replace(line("tux.x", "INFO", ""), `"acme"`, "null", 1), `{"level": "\u0045RROR"}`,
	}
	report := check(t, iotest.OneByteReader(strings.NewReader(strings.Join(lines, "\n"))), func(p *retention.Policy, _ *logcheck.Contract) {
		p.Thresholds = []retention.Threshold{{Logger: "tux.cache", Minimum: retention.Warning}}
	})
	size := func(numbers ...int) (sum int) {
		for _, n := range numbers {
			sum += len(lines[n])
		}
		return sum
	}
	want := map[string]logcheck.Volume{
		"audit": {Days: 365, Lines: 1, Bytes: size(0)}, "business": {Days: 180, Lines: 2, Bytes: size(1, 2)}, "unparsed": {Days: 30, Lines: 1, Bytes: size(3)},
		"default": {Days: 30, Lines: 1, Bytes: size(6), Dropped: 1}, "error": {Days: 90, Lines: 2, Bytes: size(5, 7)},
	}
	if diff := cmp.Diff(want, report.Classes); diff != "" {
		t.Error(diff)
	}
	if report.Lines != 8 || report.Parsed() != 7 || report.ParsedShare() != 0.875 {
		t.Errorf("%d lines, %d parsed, %v", report.Lines, report.Parsed(), report.ParsedShare())
	}
	if diff := cmp.Diff(logcheck.Workspaces{Named: 5, Null: 1, Absent: 1}, report.Workspaces); diff != "" || report.Workspaces.NullShare() != 1.0/7 {
		t.Error(diff, report.Workspaces.NullShare())
	}
}

func TestAStreamThatBreaksOff(t *testing.T) {
	broken := errors.New("reset")
	c := logcheck.New(retention.Defaults(), logcheck.Defaults())
	if err := logcheck.Read(io.MultiReader(strings.NewReader("{}\n"), iotest.ErrReader(broken)), c); !errors.Is(err, broken) || c.Report().Lines != 1 {
		t.Errorf("%v, %d lines", err, c.Report().Lines)
	}
}

// fromTheKit logs what a developer might log without thinking; the formatter of the app kit takes it out.
const fromTheKit = `
import logging.config
from kit import logging as kit
logging.config.dictConfig(kit.config(level="DEBUG"))
extra = {"workspace_id": "acme", "request_id": "r-1"}
logging.getLogger("tux.audit").info("Login of %s", "ada", extra=extra)
logging.getLogger("tux.business").debug("Looked up", extra=extra)
logging.getLogger("tux.business").info("String generated", extra=extra)
logging.getLogger("tux.performance").warning("Request finished", extra={"duration_ms": 1200.5, **extra})
logging.getLogger("django.db.backends").warning("slow query")
logging.getLogger("tux.monitoring").info("Authorization: Bearer abcdefghijklmnop1234", extra={"workspace_id": None})
logging.getLogger("tux.monitoring").info("asked", extra={"headers": {"Authorization": "Token harness", "Cookie": "sid=1"}, "password": "hunter2"})
try:
    raise ValueError("no way in with token=abc123secret and eyJhbGciOi.eyJzdWIi.x")
except ValueError:
    logging.getLogger("tux.monitoring").exception("Request failed")
`

// TestTheAppKitKeepsTheContract gives the check what the formatter of the app kit writes, secrets it was
// given included.
func TestTheAppKitKeepsTheContract(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "python3", "-c", fromTheKit)
	cmd.Dir = "../../hack/backend"
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	report := check(t, bytes.NewReader(out))
	if problems := report.Problems(); len(problems) > 0 {
		t.Errorf("%s\n%s", strings.Join(problems, "\n"), out)
	}
	classes := map[string]int{}
	for class, volume := range report.Classes {
		classes[class] = volume.Lines
	}
	want := map[string]int{"audit": 1, "debug": 1, "business": 1, "performance": 1, "database": 1, "default": 2, "error": 1}
	if diff := cmp.Diff(want, classes); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkRead(b *testing.B) {
	lines := strings.Repeat(strings.Join([]string{
		line("tux.business", "INFO", `, "module": "generation", "function": "generate", "line": 37, "duration_ms": 6.341, "request_id": "edge-4711-abc", "user_id": 1`),
		line("tux.performance", "INFO", `, "method": "POST", "path": "/api/v1/workspaces/acme/strings/", "status_code": 201, "duration_ms": 19.856`),
		line("tux.monitoring", "ERROR", `, "exception": "Traceback (most recent call last):\n  File \"x.py\", line 1, in f\nValueError: password=[redacted]"`),
	}, "\n")+"\n", 1000)
	b.SetBytes(int64(len(lines)))
	for b.Loop() {
		if report := check(b, strings.NewReader(lines)); report.Lines != 3000 || len(report.Problems()) > 0 {
			b.Fatal(report.Problems())
		}
	}
}

// FuzzAdd: any bytes are counted once, and never panic.
func FuzzAdd(f *testing.F) {
	for _, seed := range []string{"", "{}", "null", `{"level": "\ud800"}`, `{"workspace_id": null, "a": [1]}`, "password=x", "\xff", "4111111111111111"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := logcheck.New(retention.Defaults(), logcheck.Defaults())
		c.Add(data)
		report := c.Report()
		sum := report.TooLong.Lines
		for _, volume := range report.Classes {
			sum += volume.Lines + volume.Dropped
		}
		if sum != report.Lines || report.Lines > 1 {
			t.Errorf("%+v", report)
		}
	})
}
