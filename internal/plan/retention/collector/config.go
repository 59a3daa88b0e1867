package collector

// Config is the part of a Collector's configuration that we write. The types have the fields we set, in the words of
// the components.
type Config struct {
	Extensions map[string]FileStorage `json:"extensions"`
	Receivers  map[string]FileLog     `json:"receivers"`
	Processors map[string]any         `json:"processors"`
	Exporters  map[string]OTLPHTTP    `json:"exporters"`
	Service    Service                `json:"service"`
}

// Service says which components run.
type Service struct {
	Extensions []string            `json:"extensions"`
	Pipelines  map[string]Pipeline `json:"pipelines"`
}

// Pipeline is the way of lines.
type Pipeline struct {
	Receivers  []string `json:"receivers"`
	Processors []string `json:"processors"`
	Exporters  []string `json:"exporters"`
}

// FileStorage is an extension that keeps what others ask it to in files.
type FileStorage struct {
	Directory       string     `json:"directory"`
	CreateDirectory bool       `json:"create_directory"`
	Compaction      Compaction `json:"compaction"`
}

// Compaction gives disk space back.
type Compaction struct {
	OnStart   bool   `json:"on_start"`
	Directory string `json:"directory"`
}

// FileLog is a receiver.
type FileLog struct {
	Include         []string          `json:"include"`
	StartAt         string            `json:"start_at"`
	IncludeFilePath bool              `json:"include_file_path"`
	IncludeFileName bool              `json:"include_file_name"`
	Storage         string            `json:"storage"`
	Retry           Retry             `json:"retry_on_failure"`
	Resource        map[string]string `json:"resource"`
	Operators       []Operator        `json:"operators"`
}

// Operator is a step of a receiver.
type Operator struct {
	Type string `json:"type"`
	// Expr is for filter: lines for which it is true are dropped.
	Expr string `json:"expr,omitempty"`
}

// Retry says for how long to try again; 0s is for ever, and not what holds if it is left out.
type Retry struct {
	Enabled        bool   `json:"enabled"`
	MaxElapsedTime string `json:"max_elapsed_time"`
}

var forever = Retry{Enabled: true, MaxElapsedTime: "0s"}

// MemoryLimiter is a processor.
type MemoryLimiter struct {
	CheckInterval        string `json:"check_interval"`
	LimitPercentage      int    `json:"limit_percentage"`
	SpikeLimitPercentage int    `json:"spike_limit_percentage"`
}

// Transform is a processor.
type Transform struct {
	ErrorMode     string       `json:"error_mode"`
	LogStatements []Statements `json:"log_statements"`
}

// Statements run one after the other for each line, with a cache of their own.
type Statements struct {
	Context    string   `json:"context"`
	Statements []string `json:"statements"`
}

// Filter is a processor that drops lines.
type Filter struct {
	ErrorMode string     `json:"error_mode"`
	Logs      FilterLogs `json:"logs"`
}

// FilterLogs are conditions, of which any drops a line.
type FilterLogs struct {
	LogRecord []string `json:"log_record"`
}

// GroupByAttributes is a processor that moves attributes of lines to the resource they come from.
type GroupByAttributes struct {
	Keys []string `json:"keys"`
}

// OTLPHTTP is an exporter.
type OTLPHTTP struct {
	Endpoint string            `json:"endpoint"`
	Headers  map[string]string `json:"headers"`
	Retry    Retry             `json:"retry_on_failure"`
	Queue    Queue             `json:"sending_queue"`
}

// Queue is what waits for being sent.
type Queue struct {
	Enabled         bool   `json:"enabled"`
	Storage         string `json:"storage"`
	Sizer           string `json:"sizer"`
	QueueSize       int    `json:"queue_size"`
	BlockOnOverflow bool   `json:"block_on_overflow"`
	Batch           Batch  `json:"batch"`
}

// Batch is what is sent at once.
type Batch struct {
	Sizer        string `json:"sizer"`
	FlushTimeout string `json:"flush_timeout"`
	MinSize      int    `json:"min_size"`
	MaxSize      int    `json:"max_size"`
}
