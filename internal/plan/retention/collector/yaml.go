package collector

import (
	"encoding/json"
	"fmt"
	"strings"

	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// YAML is the configuration as a Collector reads it.
func (c Config) YAML() (string, error) {
	tree, err := c.Tree()
	if err != nil {
		return "", err
	}
	out, err := yaml.Marshal(tree)
	if err != nil {
		return "", fmt.Errorf("cannot write the configuration of the collector: %w", err)
	}
	return string(out), nil
}

// Tree is the configuration as the field of another object, which becomes what YAML writes. Numbers are whole ones, since
// an API server keeps those apart from others.
func (c Config) Tree() (map[string]any, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("cannot write the configuration of the collector: %w", err)
	}
	var tree map[string]any
	if err := utiljson.Unmarshal(text, &tree); err != nil {
		return nil, fmt.Errorf("cannot read the configuration of the collector again: %w", err)
	}
	escape(tree)
	return tree, nil
}

// escape doubles every dollar of every text: the Collector takes ${...} for a variable, and $$ for a dollar. It is
// done here for all of them, so that nobody who writes a text has to know.
func escape(node any) any {
	switch value := node.(type) {
	case string:
		return strings.ReplaceAll(value, "$", "$$")
	case []any:
		for i := range value {
			value[i] = escape(value[i])
		}
	case map[string]any:
		for key := range value {
			value[key] = escape(value[key])
		}
	}
	return node
}
