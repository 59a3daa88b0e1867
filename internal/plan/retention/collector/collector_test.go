package collector

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func input(change ...func(*Input)) Input {
	in := Input{
		Policy: retention.Defaults(), Name: "shop-production", Environment: "production", Namespace: "shop",
		Sources: []Source{{"tux-backend", "web"}, {"tux-worker", "celery"}},
		URL:     "http://loki.monitoring:3100/", Storage: "/var/lib/otelcol/tux",
	}
	in.Policy.Backend, in.Policy.Tenant = retention.Loki, "tux-production"
	in.Policy.Thresholds = []retention.Threshold{
		{Logger: "django", Minimum: retention.Warning}, {Logger: "django.db.backends", Minimum: retention.Error},
		{Logger: "tux", Minimum: retention.Debug},
	}
	for _, one := range change {
		one(&in)
	}
	return in
}

func text(t *testing.T, in Input) string {
	t.Helper()
	out, err := New(in).YAML()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestGolden(t *testing.T) {
	for name, in := range map[string]Input{
		"defaults": input(),
		"nothing": input(func(in *Input) {
			in.Policy.Classes, in.Policy.Thresholds, in.Policy.Redaction = nil, nil, nil
		}),
	} {
		t.Run(name, func(t *testing.T) {
			got, file := text(t, in), filepath.Join("testdata", name+".yaml")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestSameInputSameBytes, also if what has no order comes in another.
func TestSameInputSameBytes(t *testing.T) {
	want := text(t, input())
	for range 20 {
		if got := text(t, input(func(in *Input) {
			slices.Reverse(in.Policy.Thresholds)
			slices.Reverse(in.Policy.Redaction)
		})); got != want {
			t.Fatal(cmp.Diff(want, got))
		}
	}
}

var compiled = map[string]*regexp.Regexp{}

func matches(pattern, text string) bool {
	if compiled[pattern] == nil {
		compiled[pattern] = regexp.MustCompile(pattern)
	}
	return compiled[pattern].MatchString(text)
}

// decision is what the choices come to: what OTTL does with the statements of first.
func decision(choices []choice, logger, level string) string {
	for _, c := range choices {
		if matches(c.logger, logger) && matches(c.level, level) {
			return c.answer
		}
	}
	return ""
}

// normal is what the statements of read make of a level.
func normal(level string) string {
	last := ""
	for _, l := range retention.Levels() {
		if matches(naming(l), level) {
			last = string(l)
		}
	}
	return last
}

// TestTheChoicesAreThoseOfClassify, for any policy and any line.
func TestTheChoicesAreThoseOfClassify(t *testing.T) {
	loggers := []string{"a", "a.b", "a.b.c", "ab", "a-b", "d", "a_b.c"}
	lines := append(slices.Clone(loggers), "", "axb", "a.", ".a", "a.b.c.d", "other", "a\nb", "a.b\n", "$", "A")
	names := []string{
		"DEBUG", "info", " Warning\t", "warn", "ERROR", "fatal", "CRITICAL", "", "TRACE", "INFO\n", "ınfo", "DEBUGS", "\u2003error\u0085",
	}
	levels := retention.Levels()
	rapid.Check(t, func(t *rapid.T) {
		p := retention.Policy{DefaultDays: 30}
		for i := range rapid.IntRange(0, 4).Draw(t, "classes") {
			p.Classes = append(p.Classes, retention.Class{
				Name: "c" + strconv.Itoa(i), Days: 1,
				Loggers: rapid.SliceOfNDistinct(rapid.SampledFrom(loggers), 0, 3, rapid.ID[string]).Draw(t, "loggers"),
				Levels:  rapid.SliceOfNDistinct(rapid.SampledFrom(levels), 0, 3, rapid.ID[retention.Level]).Draw(t, "levels"),
			})
		}
		for _, logger := range rapid.SliceOfNDistinct(rapid.SampledFrom(loggers), 0, 4, rapid.ID[string]).Draw(t, "thresholds") {
			p.Thresholds = append(p.Thresholds, retention.Threshold{Logger: logger, Minimum: rapid.SampledFrom(levels).Draw(t, "minimum")})
		}
		of, at := classes(&p), thresholds(&p)
		for _, logger := range lines {
			for _, name := range names {
				want := p.Classify(retention.Line{Parsed: true, Logger: logger, Level: name})
				level := normal(name)
				if got := decision(of, logger, level); got != want.Class {
					t.Fatalf("%q %q: class %q, want %q", logger, name, got, want.Class)
				}
				least := decision(at, logger, level)
				dropped := least != "" && level != "" &&
					slices.Index(levels, retention.Level(level)) < slices.Index(levels, retention.Level(least))
				if dropped != want.Dropped {
					t.Fatalf("%q %q: dropped %t, want %t", logger, name, dropped, want.Dropped)
				}
			}
		}
	})
}

// TestLevelsAreReadAsParseLevelReadsThem, with every letter there is in every place, and around.
func TestLevelsAreReadAsParseLevelReadsThem(t *testing.T) {
	check := func(text string, level retention.Level) {
		want, known := retention.ParseLevel(text)
		if got := matches(naming(level), text); got != (known && want == level) {
			t.Errorf("%q is %s: %t, but ParseLevel says %q, %t", text, level, got, want, known)
		}
	}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		check(string(r)+"INFO", retention.Info)
		check("FATAL"+string(r), retention.Critical)
		// Only a letter can be another way to write one.
		if !unicode.IsLetter(r) {
			continue
		}
		for _, level := range retention.Levels() {
			for i := range level {
				check(string(level[:i])+string(r)+string(level[i+1:]), level)
			}
		}
	}
}

// TestStatementsAreQuoted: what OTTL reads as a text is what was meant, whatever a pattern has in it. OTTL reads texts
// as Go does, and its lexer finds their ends by the expression below.
func TestStatementsAreQuoted(t *testing.T) {
	literal := regexp.MustCompile(`"(\\.|[^\\"])*"`)
	for _, preset := range retention.Presets() {
		for _, statement := range redact([]retention.Preset{preset}) {
			found := literal.FindAllString(statement, -1)
			pattern, err := strconv.Unquote(found[len(found)-2])
			if err != nil || pattern != preset.Pattern() {
				t.Errorf("%s: %q, %v", preset, pattern, err)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		quoted := quote(text)
		if got, err := strconv.Unquote(literal.FindString(quoted)); err != nil || got != text {
			t.Fatalf("%q becomes %q: %q, %v", text, quoted, got, err)
		}
	})
}

// TestNoVariableIsLeft: what a Collector makes of the texts is what was meant.
func TestNoVariableIsLeft(t *testing.T) {
	in := input(func(in *Input) { in.Environment = "${env:HOME} $x $$y" })
	out := text(t, in)
	if variable := regexp.MustCompile(`(^|[^$])(\$\$)*\$\{`).FindString(out); variable != "" {
		t.Errorf("%q stands for a variable", variable)
	}
	var read any
	if err := yaml.Unmarshal([]byte(out), &read); err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(New(in))
	if err != nil {
		t.Fatal(err)
	}
	var meant any
	if err := json.Unmarshal(want, &meant); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(meant, unescape(read)); diff != "" {
		t.Error(diff)
	}
}

// unescape is what a Collector does when nothing is a variable.
func unescape(node any) any {
	switch value := node.(type) {
	case string:
		return strings.ReplaceAll(value, "$$", "$")
	case []any:
		for i := range value {
			value[i] = unescape(value[i])
		}
	case map[string]any:
		for key := range value {
			value[key] = unescape(value[key])
		}
	}
	return node
}

// TestThePipelineIsWhole: whatever it names is there, whatever is there is in it, and lines pass it in this order.
func TestThePipelineIsWhole(t *testing.T) {
	tests := map[string]struct {
		change func(*Input)
		want   []string
	}{
		"everything": {func(*Input) {}, []string{"memory_limiter/x", "transform/x-class", "filter/x", "transform/x-redact", "groupbyattrs/x"}},
		"nothing is dropped": {
			func(in *Input) { in.Policy.Thresholds = nil }, []string{"memory_limiter/x", "transform/x-class", "transform/x-redact", "groupbyattrs/x"},
		},
		"nothing is redacted": {
			func(in *Input) { in.Policy.Redaction = nil }, []string{"memory_limiter/x", "transform/x-class", "filter/x", "groupbyattrs/x"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			c := New(input(func(in *Input) { in.Name = "x" }, tc.change))
			pipeline := c.Service.Pipelines["logs/x"]
			if diff := cmp.Diff(tc.want, pipeline.Processors); diff != "" {
				t.Error(diff)
			}
			for _, id := range pipeline.Processors {
				if c.Processors[id] == nil {
					t.Errorf("there is no %s", id)
				}
			}
			for _, id := range pipeline.Receivers {
				if storage := c.Receivers[id].Storage; !slices.Contains(c.Service.Extensions, storage) {
					t.Errorf("%s keeps its place in %q, which does not run", id, storage)
				}
			}
			if len(c.Processors) != len(tc.want) || len(c.Receivers) != len(pipeline.Receivers) || len(c.Receivers) != 2 {
				t.Errorf("%d processors, %d receivers", len(c.Processors), len(c.Receivers))
			}
		})
	}
}

// TestNothingIsGivenUp: who cannot send tries again for ever, from a queue on disk, and who reads waits.
func TestNothingIsGivenUp(t *testing.T) {
	c := New(input())
	exporter := c.Exporters["otlphttp/shop-production"]
	if exporter.Retry != forever || exporter.Queue.Storage != "file_storage/shop-production" || !exporter.Queue.BlockOnOverflow {
		t.Errorf("%+v", exporter)
	}
	if exporter.Endpoint != "http://loki.monitoring:3100/otlp" || exporter.Headers["X-Scope-OrgID"] != "tux-production" {
		t.Errorf("%+v", exporter)
	}
	for id, receiver := range c.Receivers {
		if receiver.Retry != forever {
			t.Errorf("%s: %+v", id, receiver.Retry)
		}
	}
}

func TestPodsAreThoseOfTheDeploymentAlone(t *testing.T) {
	long := strings.Repeat("x", 50)
	tests := map[string]struct {
		deployment, pod string
		want            bool
	}{
		"a pod":                                {"tux", "tux-7d9f8b6c5d-x2x4z", true},
		"a short hash":                         {"tux", "tux-7-x2x4z", true},
		"of another Deployment":                {"tux", "tux-worker-7d9f8b6c5d-x2x4z", false},
		"of one whose name ends alike":         {"tux", "my-tux-7d9f8b6c5d-x2x4z", false},
		"a dot is a dot":                       {"t.x", "tux-7d9f8b6c5d-x2x4z", false},
		"a job":                                {"tux", "tux-migrate-x2x4z", false},
		"a name so long that its hash is cut":  {long, long + "-7d9f8b6x2x4z", true},
		"a name so long that its end is cut":   {long + long, long + "xxxxxxxxx2x4z", true},
		"a name nearly so long, and not cut":   {strings.Repeat("x", 46), strings.Repeat("x", 46) + "-7d9f8b6c5d-x2x4z", true},
		"a long name with a short hash":        {strings.Repeat("x", 47), strings.Repeat("x", 47) + "-7d9-x2x4z", true},
		"of another Deployment of a long name": {long, long + "-worker-x2x4z", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			pods := podsOf(tc.deployment)
			got := strings.HasPrefix(tc.pod, pods.prefix) && regexp.MustCompile(pods.pattern).MatchString(tc.pod)
			if got != tc.want {
				t.Errorf("%s by %s: %t", tc.pod, pods.pattern, got)
			}
		})
	}
}
