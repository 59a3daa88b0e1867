package retention

// Backend is a kind of log store.
type Backend string

// The backends.
const (
	Loki          Backend = "Loki"
	LokiStack     Backend = "LokiStack"
	Elasticsearch Backend = "Elasticsearch"
	OpenSearch    Backend = "OpenSearch"
)

// Level is a level of Python's logging.
type Level string

// The levels, in the order of their severity.
const (
	Debug    Level = "DEBUG"
	Info     Level = "INFO"
	Warning  Level = "WARNING"
	Error    Level = "ERROR"
	Critical Level = "CRITICAL"
)

// ClassLabel is the label, attribute or field by which backends know the class of a line.
const ClassLabel = "retention_class"

// The classes that every policy has besides its own. Both live as long as the default says.
const (
	// DefaultClass has the lines that no class takes.
	DefaultClass = "default"
	// UnparsedClass has the lines that are no JSON objects: without logger and level nothing can be
	// decided, and whoever looks for what broke the format finds them under one name.
	UnparsedClass = "unparsed"
)

// Policy says how long which logs of an environment live.
type Policy struct {
	Backend Backend
	// Tenant is the name the backend keeps the environment's logs apart by.
	Tenant string
	// DefaultDays is how long lines live that no class takes.
	DefaultDays int
	// Classes are asked in order, and the first that matches takes the line.
	Classes []Class
	// Thresholds drop lines before they are stored. Of several that concern a logger, the one with the
	// longest name decides, as in Python's logging.
	Thresholds []Threshold
	// Compression is that of what is stored from now on; empty is the best there is.
	Compression Compression
	// Redaction is what is taken out of lines before they are stored.
	Redaction []Preset
}

// Compression is how much work goes into making stored lines small.
type Compression string

// QuickCompression is what a log store does by itself.
const QuickCompression Compression = "Default"

// Class is a set of lines that live equally long.
type Class struct {
	Name string
	// Loggers and Levels a line must have. An empty list is any; with both, both must match. A logger
	// stands for those below it as well, as in Python's logging.
	Loggers []string
	Levels  []Level
	Days    int
	// Protected classes cannot shrink or vanish once they are in force.
	Protected bool
	// Tiers are where lines are moved to before they go, in log stores that have such places.
	Tiers Tiers
}

// Tiers are the ages at which lines move to cheaper places; zero is never.
type Tiers struct {
	WarmDays, ColdDays, FrozenDays int
	// Repository has the snapshots that frozen lines are read from.
	Repository string
	// Attribute of nodes tells their tier, in log stores that know no tiers themselves.
	Attribute string
}

// Threshold is the lowest level of a logger, and of those below it, that is stored.
type Threshold struct {
	Logger  string
	Minimum Level
}

// Defaults are the classes for the loggers of the TUX backend.
//
// Their order decides for lines that several could take. Debug stands before business because
// tux.business writes one debug line per access to a dimension, which nobody wants for half a year.
// Business stands before error because it is kept longer; error before performance and database, so
// that a failed query is kept as long as any other error.
func Defaults() Policy {
	return Policy{
		DefaultDays: 30,
		Classes: []Class{
			{Name: "audit", Loggers: []string{"tux.audit"}, Days: 365, Protected: true},
			{Name: "debug", Levels: []Level{Debug}, Days: 3},
			{Name: "business", Loggers: []string{"tux.business"}, Days: 180},
			{Name: "error", Levels: []Level{Error, Critical}, Days: 90},
			{Name: "performance", Loggers: []string{"tux.performance"}, Days: 14},
			{Name: "database", Loggers: []string{"django.db.backends"}, Days: 3},
		},
		Redaction: Presets(),
	}
}
