package loki

import (
	"fmt"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/logql"
)

// Volume is how much is stored. Loki knows it by chunk, so that it is an estimate.
type Volume struct{ Lines, Bytes int64 }

// Add returns both together.
func (v Volume) Add(other Volume) Volume { return Volume{v.Lines + other.Lines, v.Bytes + other.Bytes} }

// String is for people.
func (v Volume) String() string {
	lines := retention.AboutLines(v.Lines)
	if v.Lines == 0 {
		return lines
	}
	if v.Bytes < 1024 {
		return lines + ", below 1 KiB" // the index has KiB, each chunk rounded down
	}
	size, unit := float64(v.Bytes), 0
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	for size >= 1024 && unit < len(units)-1 {
		size, unit = size/1024, unit+1
	}
	return fmt.Sprintf("%s, %.3g %s", lines, size, units[unit])
}

// Going asks for the lines that a decrease would let go: those older than it, and no older than was promised.
func Going(c retention.Commitment, d retention.Decrease) (Question, error) {
	q := Question{Class: d.Class, Streams: logql.Selector{logql.Is(retention.ClassLabel, d.Class)}}
	if d.Class == retention.DefaultClass {
		q.Streams = withoutClass(c)
	}
	q.Youngest, q.Eldest = time.Duration(d.To)*day, time.Duration(d.From)*day
	var err error
	q.LogQL, err = q.Streams.LogQL()
	return q, err
}

// withoutClass are the lines that live as long as the default.
func withoutClass(c retention.Commitment) logql.Selector {
	others := append([]string{retention.DefaultClass, retention.UnparsedClass}, c.Retired...)
	return logql.Selector{logql.OneOf(retention.ClassLabel, others...)}
}
