package promql

import (
	"slices"
	"sync"

	"github.com/prometheus/prometheus/promql/parser"
)

// memoSize is how many expressions a Memo keeps: more than the rules of the largest environment. When it is full,
// it begins anew.
const memoSize = 4096

// Memo is a parser that parses an expression once, and from then on returns copies of it. Engines parse the
// expression of a rule at each evaluation, which is a quarter of the time of a test of a rule. It is safe for
// concurrent use.
type Memo struct {
	parser.Parser

	mu     sync.RWMutex
	parsed map[string]parser.Expr
}

// NewMemo returns one that accepts what ParseExpr does.
func NewMemo() *Memo { return &Memo{Parser: newParser(), parsed: map[string]parser.Expr{}} }

// ParseExpr implements parser.Parser. Engines change what it returns.
func (m *Memo) ParseExpr(text string) (parser.Expr, error) {
	m.mu.RLock()
	known, found := m.parsed[text]
	m.mu.RUnlock()
	if found {
		return copied(known), nil
	}
	expr, err := m.Parser.ParseExpr(text)
	if err != nil {
		return expr, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.parsed) >= memoSize {
		clear(m.parsed)
	}
	m.parsed[text] = copied(expr)
	return expr, nil
}

// copied returns an expression of its own, of which an engine may change the nodes. What engines only read, as
// matchers and the functions, is shared.
func copied(expr parser.Expr) parser.Expr {
	switch n := expr.(type) {
	case *parser.AggregateExpr:
		c := *n
		c.Expr, c.Param = copied(n.Expr), copied(n.Param)
		return &c
	case *parser.BinaryExpr:
		c := *n
		c.LHS, c.RHS = copied(n.LHS), copied(n.RHS)
		if n.VectorMatching != nil {
			matching := *n.VectorMatching
			c.VectorMatching = &matching
		}
		return &c
	case *parser.Call:
		c := *n
		c.Args = slices.Clone(n.Args)
		for i := range c.Args {
			c.Args[i] = copied(n.Args[i])
		}
		return &c
	case *parser.MatrixSelector:
		c := *n
		c.VectorSelector = copied(n.VectorSelector)
		return &c
	case *parser.VectorSelector:
		c := *n
		c.LabelMatchers = slices.Clone(n.LabelMatchers)
		return &c
	}
	return copiedAround(expr)
}

// copiedAround copies what is wrapped around another expression, or is a literal.
func copiedAround(expr parser.Expr) parser.Expr {
	switch n := expr.(type) {
	case *parser.SubqueryExpr:
		c := *n
		c.Expr = copied(n.Expr)
		return &c
	case *parser.ParenExpr:
		c := *n
		c.Expr = copied(n.Expr)
		return &c
	case *parser.UnaryExpr:
		c := *n
		c.Expr = copied(n.Expr)
		return &c
	case *parser.NumberLiteral:
		c := *n
		return &c
	case *parser.StringLiteral:
		c := *n
		return &c
	}
	// nil: an aggregation without a parameter.
	return expr
}
