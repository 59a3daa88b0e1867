package logcheck

// Contract is what log lines have to be like.
type Contract struct {
	// Required are the keys that every line has, with a text that is not empty.
	Required []string
	// MaxUnparsed is the share of lines, from 0 to 1, that may be no JSON objects. It is not 0 by default:
	// an interpreter that dies writes its traceback past every formatter.
	MaxUnparsed float64
	// MaxWithoutWorkspace is the share of parsed lines that may say nothing about a workspace. 1 allows
	// all.
	MaxWithoutWorkspace float64
}

// Keys of a line with a meaning of their own.
const (
	keyTimestamp = "timestamp"
	keyLevel     = "level"
	keyLogger    = "logger"
	keyMessage   = "message"
	keyWorkspace = "workspace_id"
)

// Defaults is the contract of the TUX backend. Lines without a workspace are counted, and allowed:
// starting a request and everything outside of one knows none.
func Defaults() Contract {
	return Contract{Required: []string{keyTimestamp, keyLevel, keyLogger, keyMessage}, MaxUnparsed: 0.01, MaxWithoutWorkspace: 1}
}

// MaxLine is how long a line may be in bytes. Loki refuses longer ones by default.
const MaxLine = 256 << 10
