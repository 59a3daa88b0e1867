// Package loki asks Loki's own code, for tests: what it makes of overrides and of LogQL. The code is in a
// program of its own, which check.sh builds from the module in check; see there why.
package loki

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"

	"github.com/tux-io/tux-monitoring-operator/hack/binaries"
)

// Question is what to check; what is empty is not checked.
type Question struct {
	Overrides   string   `json:"overrides"`
	Streams     []Stream `json:"streams"`
	Expressions []string `json:"expressions"`
}

// Stream is asked for its retention, and which attributes would become its index labels.
type Stream struct {
	Tenant     string            `json:"tenant"`
	Labels     map[string]string `json:"labels"`
	Attributes []string          `json:"attributes"`
}

// Answer has one entry for each of the question.
type Answer struct {
	// Refused is why Loki does not load the overrides; "" if it does.
	Refused     string       `json:"refused"`
	Streams     []Retention  `json:"streams"`
	Expressions []Expression `json:"expressions"`
}

// Retention is what Loki's compactor and distributor decide.
type Retention struct {
	Hours        float64  `json:"hours"`
	Labels       []string `json:"labels"`
	DeletionMode string   `json:"deletionMode"`
}

// Expression is what Loki's parser says.
type Expression struct {
	Refused string `json:"refused"`
	// Metric is true for an expression that gives samples.
	Metric bool `json:"metric"`
	// Filters is false for a query by which Loki would delete whole streams.
	Filters  bool      `json:"filters"`
	Matchers []Matcher `json:"matchers"`
}

// Matcher is one label matcher of a stream selector.
type Matcher struct{ Name, Op, Value string }

// Ask starts the program once. Progress of a first build goes to out.
func Ask(ctx context.Context, question Question, out io.Writer) (Answer, error) {
	dir, err := binaries.Find(ctx, binaries.Loki, out)
	if err != nil {
		return Answer{}, err
	}
	input, err := json.Marshal(question)
	if err != nil {
		return Answer{}, fmt.Errorf("cannot write the question: %w", err)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "lokicheck"))
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), out
	output, err := cmd.Output()
	if err != nil {
		return Answer{}, fmt.Errorf("cannot ask lokicheck: %w", err)
	}
	var answer Answer
	if err := json.Unmarshal(output, &answer); err != nil {
		return Answer{}, fmt.Errorf("cannot read what lokicheck says: %w", err)
	}
	return answer, nil
}
