package ruletest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

// Read reads a unit-test file. It is strict: an unknown field, a series or expression that does not parse,
// and a time that is none are errors, each with its line.
func Read(content []byte) (File, error) {
	var f File
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(&f); err != nil {
		if errors.Is(err, io.EOF) {
			return f, errors.New("the file is empty")
		}
		return f, err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(content, &document); err != nil {
		return f, err
	}
	return f, f.check(&document)
}

// Write writes a unit-test file that every version of promtool from 2.42 on reads.
func Write(f *File) ([]byte, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(f); err != nil {
		return nil, err
	}
	return out.Bytes(), encoder.Close()
}

func (f *File) evaluation() time.Duration {
	if f.EvaluationInterval == 0 {
		return time.Minute
	}
	return time.Duration(f.EvaluationInterval)
}

// checker collects what is wrong, with lines.
type checker struct {
	root *yaml.Node
	errs []error
}

func (f *File) check(document *yaml.Node) error {
	c := checker{root: document.Content[0]}
	if f.EvaluationInterval < 0 {
		c.add(errors.New("must be above 0"), "evaluation_interval")
	}
	for i, name := range f.GroupEvalOrder {
		if slices.Contains(f.GroupEvalOrder[:i], name) {
			c.add(fmt.Errorf("group %q is named twice", name), "group_eval_order", i)
		}
	}
	for i := range f.Tests {
		c.test(i, &f.Tests[i])
	}
	return errors.Join(c.errs...)
}

func (c *checker) test(i int, t *Test) {
	p := newParser()
	for j, s := range t.InputSeries {
		if _, _, err := p.ParseSeriesDesc(s.Series + " " + s.Values); err != nil {
			c.add(err, "tests", i, "input_series", j)
		}
	}
	for j := range t.AlertTests {
		if t.AlertTests[j].Alertname == "" {
			c.add(errors.New("alertname is missing"), "tests", i, "alert_rule_test", j)
		}
	}
	for j := range t.ExprTests {
		if _, err := p.ParseExpr(t.ExprTests[j].Expr); err != nil {
			c.add(err, "tests", i, "promql_expr_test", j, "expr")
		}
		if _, err := t.ExprTests[j].wanted(); err != nil {
			c.add(err, "tests", i, "promql_expr_test", j, "exp_samples")
		}
	}
}

// add reports an error at the node a path leads to, or at the last one that is there.
func (c *checker) add(err error, path ...any) {
	node := c.root
	for _, step := range path {
		next := child(node, step)
		if next == nil {
			break
		}
		node = next
	}
	c.errs = append(c.errs, fmt.Errorf("line %d: %w", node.Line, err))
}

// child returns the value of a key or an element of a list; nil if there is none.
func child(node *yaml.Node, step any) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	switch step := step.(type) {
	case int:
		if node.Kind == yaml.SequenceNode && step < len(node.Content) {
			return node.Content[step]
		}
	case string:
		for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == step {
				return node.Content[i+1]
			}
		}
	}
	return nil
}
