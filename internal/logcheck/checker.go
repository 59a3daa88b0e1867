package logcheck

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

// Checker counts what lines are like.
type Checker struct {
	policy   retention.Policy
	contract Contract
	finder   *retention.Finder
	report   Report
}

// New returns a checker for a policy that has no findings.
func New(policy retention.Policy, contract Contract) *Checker {
	return &Checker{policy: policy, contract: contract, finder: retention.NewFinder(policy.Redaction), report: Report{
		contract: contract, Missing: map[string]Occurrence{}, Secrets: map[retention.Preset]Occurrence{}, Classes: map[string]Volume{},
	}}
}

// Report is what was seen so far.
func (c *Checker) Report() Report { return c.report }

// Add checks a line without its end. Lines with nothing but white space do not count.
func (c *Checker) Add(line []byte) {
	if len(bytes.TrimSpace(line)) == 0 {
		return
	}
	c.report.Lines++
	if len(line) > MaxLine {
		c.report.TooLong.at(c.report.Lines)
		return
	}
	for _, preset := range c.finder.Find(string(line)) {
		count(c.report.Secrets, preset, c.report.Lines)
	}
	fields, parsed := parse(line)
	if parsed {
		c.checkFields(fields)
	} else {
		c.report.Unparsed.at(c.report.Lines)
	}
	c.classify(fields, parsed, len(line))
}

func count[K comparable](all map[K]Occurrence, key K, line int) {
	seen := all[key]
	seen.at(line)
	all[key] = seen
}

// parse reads a line that is one JSON object.
func parse(line []byte) (map[string]json.RawMessage, bool) {
	var fields map[string]json.RawMessage
	err := json.Unmarshal(line, &fields)
	return fields, err == nil && fields != nil
}

func (c *Checker) checkFields(fields map[string]json.RawMessage) {
	for _, key := range c.contract.Required {
		if text(fields[key]) == "" {
			count(c.report.Missing, key, c.report.Lines)
		}
	}
	if at := text(fields[keyTimestamp]); at != "" {
		if _, err := time.Parse(time.RFC3339Nano, at); err != nil {
			c.report.BadTimestamps.at(c.report.Lines)
		}
	}
	if level := text(fields[keyLevel]); level != "" {
		if _, known := retention.ParseLevel(level); !known {
			c.report.UnknownLevels.at(c.report.Lines)
		}
	}
	c.report.Workspaces.add(fields)
}

func (c *Checker) classify(fields map[string]json.RawMessage, parsed bool, size int) {
	decision := c.policy.Classify(retention.Line{Parsed: parsed, Logger: text(fields[keyLogger]), Level: text(fields[keyLevel])})
	volume := c.report.Classes[decision.Class]
	volume.Days = decision.Days
	if decision.Dropped {
		volume.Dropped++
	} else {
		volume.Lines++
		volume.Bytes += size
	}
	c.report.Classes[decision.Class] = volume
}

// text is the value of a JSON text, "" for anything else.
func text(value json.RawMessage) string {
	if len(value) < 2 || value[0] != '"' {
		return ""
	}
	if inner := value[1 : len(value)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return string(inner)
	}
	var decoded string
	if json.Unmarshal(value, &decoded) != nil {
		return ""
	}
	return decoded
}
