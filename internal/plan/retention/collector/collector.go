package collector

import (
	"strings"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

// Input is everything the configuration depends on.
type Input struct {
	// Policy has no findings.
	Policy retention.Policy
	// Name tells the components of one environment from those of another in the same Collector.
	Name string
	// Environment is the value of deployment.environment.name.
	Environment string
	// Namespace of the pods.
	Namespace string
	// Sources are whose lines are read.
	Sources []Source
	// URL of the Loki that takes lines.
	URL string
	// Storage is a directory that outlives the Collector.
	Storage string
}

// Source is a container of a Deployment.
type Source struct{ Deployment, Container string }

// New returns the configuration: one pipeline from the files of pods to Loki.
func New(in Input) Config {
	id := func(kind string) string { return kind + "/" + in.Name }
	c := Config{
		Extensions: map[string]FileStorage{id("file_storage"): storage(in.Storage)},
		Receivers:  map[string]FileLog{},
		Processors: map[string]any{},
		Exporters:  map[string]OTLPHTTP{id("otlphttp"): exporter(in, id("file_storage"))},
	}
	pipeline := Pipeline{Exporters: []string{id("otlphttp")}}
	for _, source := range in.Sources {
		receiver := id("filelog") + "-" + source.Deployment
		c.Receivers[receiver] = files(in, source, id("file_storage"))
		pipeline.Receivers = append(pipeline.Receivers, receiver)
	}
	for _, p := range processors(&in.Policy, in.Name) {
		c.Processors[p.id] = p.config
		pipeline.Processors = append(pipeline.Processors, p.id)
	}
	c.Service = Service{
		Extensions: []string{id("file_storage")},
		Pipelines:  map[string]Pipeline{id("logs"): pipeline},
	}
	return c
}

// processor is one of the pipeline.
type processor struct {
	id     string
	config any
}

// processors are in the order lines pass them. The class is decided on the line as it was written: to take a card
// number out of a JSON number leaves no JSON. What is dropped need not be redacted.
func processors(p *retention.Policy, name string) []processor {
	all := []processor{
		{"memory_limiter/" + name, MemoryLimiter{CheckInterval: "1s", LimitPercentage: 80, SpikeLimitPercentage: 20}},
		{"transform/" + name + "-class", Transform{ErrorMode: silently, LogStatements: statements(decide(p))}},
	}
	if len(p.Thresholds) > 0 {
		all = append(all, processor{"filter/" + name, Filter{ErrorMode: ignoring, Logs: FilterLogs{LogRecord: []string{isDropped}}}})
	}
	if len(p.Redaction) > 0 {
		all = append(all, processor{
			"transform/" + name + "-redact", Transform{ErrorMode: refusing, LogStatements: statements(redact(p.Redaction))},
		})
	}
	return append(all, processor{"groupbyattrs/" + name, GroupByAttributes{Keys: indexed}})
}

// What a processor does with a line for which a statement fails.
const (
	// silently goes on with the next statement: that a line is no JSON is no error here.
	silently = "silent"
	// ignoring keeps the line, and says so.
	ignoring = "ignore"
	// refusing hands all lines back, and the receiver tries again: what cannot be redacted must not be stored.
	refusing = "propagate"
)

func statements(list []string) []Statements {
	return []Statements{{Context: "log", Statements: list}}
}

// exporter sends to Loki. Nothing is given up: what Loki refuses for now is tried again for as long as it takes,
// while the queue fills the disk up to its size, and then receivers wait. Loki's 400 is final, such as for a line
// that is too long or too old.
func exporter(in Input, storage string) OTLPHTTP {
	return OTLPHTTP{
		// The exporter adds /v1/logs.
		Endpoint: strings.TrimRight(in.URL, "/") + "/otlp",
		Headers:  map[string]string{"X-Scope-OrgID": in.Policy.Tenant},
		Retry:    forever,
		Queue: Queue{
			Enabled: true, Storage: storage, Sizer: sizedInBytes, QueueSize: 512 * mebibyte, BlockOnOverflow: true,
			// The batch processor is not used: it takes lines over and forgets those that the exporter refuses.
			// A batch must hold one line at least, which Kubernetes' logs give up to 1 MiB, and Loki's components
			// refuse messages above 4 MiB.
			Batch: Batch{Sizer: sizedInBytes, FlushTimeout: "1s", MinSize: mebibyte / 2, MaxSize: 2 * mebibyte},
		},
	}
}

const (
	sizedInBytes = "bytes"
	mebibyte     = 1 << 20
)

func storage(directory string) FileStorage {
	return FileStorage{Directory: directory, CreateDirectory: true, Compaction: Compaction{OnStart: true, Directory: directory}}
}
