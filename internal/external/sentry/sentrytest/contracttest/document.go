package contracttest

import (
	"context"
	_ "embed" // the document
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// reduced is what Sentry publishes of the operations we use; testdata/README.md says from where, and under which
// licence.
//
//go:embed testdata/openapi.json
var reduced []byte

// documentVariable names a file with Sentry's document to use instead, such as the whole of it, or a newer one.
const documentVariable = "SENTRY_OPENAPI"

// published is the document as a router, which is made once: it is large.
var published = sync.OnceValues(func() (routers.Router, error) {
	content := reduced
	if name := os.Getenv(documentVariable); name != "" {
		var err error
		if content, err = os.ReadFile(name); err != nil { //nolint:gosec // who runs the tests names it
			return nil, fmt.Errorf("%s: %w", documentVariable, err)
		}
	}
	return read(content)
})

func read(content []byte) (routers.Router, error) {
	adapted, err := withNulls(content)
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(adapted)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background(), openapi3.SetRegexCompiler(compile), openapi3.EnableExamplesValidation()); err != nil {
		return nil, err
	}
	doc.Servers = openapi3.Servers{{URL: "/"}}
	return gorillamux.NewRouter(doc)
}

// withNulls lets a schema that allows anything allow null, as JSON schema has it and kin-openapi does not.
func withNulls(content []byte) ([]byte, error) {
	var doc any
	if err := json.Unmarshal(content, &doc); err != nil {
		return nil, err
	}
	var walk func(any)
	walk = func(node any) {
		switch node := node.(type) {
		case []any:
			for _, one := range node {
				walk(one)
			}
		case map[string]any:
			for name, one := range node {
				allowNull(name, one)
				walk(one)
			}
		}
	}
	walk(doc)
	return json.Marshal(doc)
}

// allowNull marks a schema, or each of some properties.
func allowNull(name string, node any) {
	schemas := map[string]any{"": node}
	if properties, ok := node.(map[string]any); ok && name == "properties" {
		schemas = properties
	} else if name != "additionalProperties" && name != "items" {
		return
	}
	for _, one := range schemas {
		if schema, ok := one.(map[string]any); ok && untyped(schema) {
			schema["nullable"] = true
		}
	}
}

func untyped(schema map[string]any) bool {
	for _, name := range []string{"type", "anyOf", "oneOf", "allOf", "enum"} {
		if schema[name] != nil {
			return false
		}
	}
	return true
}

const notAllDigits = `^(?![0-9]+$)`

// pattern is a regular expression, and whether a text of digits alone is excluded by a lookahead, which
// the expressions of Go do not have.
type pattern struct {
	*regexp.Regexp
	notDigits bool
}

var digits = regexp.MustCompile(`^[0-9]+$`)

// MatchString implements openapi3.RegexMatcher.
func (p pattern) MatchString(text string) bool {
	return p.Regexp.MatchString(text) && (!p.notDigits || !digits.MatchString(text))
}

func compile(expression string) (openapi3.RegexMatcher, error) {
	rest, found := strings.CutPrefix(expression, notAllDigits)
	if found {
		rest = "^" + rest
	}
	compiled, err := regexp.Compile(rest)
	return pattern{compiled, found}, err
}
