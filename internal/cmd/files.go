package cmd

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// document is one object of a file.
type document struct {
	object *unstructured.Unstructured
	// source is how a message names it: file and position.
	source string
}

// readFiles returns the objects of all files, in order; "-" is standard input. The items of a List
// count one by one.
func readFiles(names []string, stdin io.Reader) ([]document, error) {
	var all []document
	for _, name := range names {
		list, err := readFile(name, stdin)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

func readFile(name string, stdin io.Reader) ([]document, error) {
	if name == "-" {
		return decodeAll("standard input", stdin)
	}
	f, err := os.Open(name) //nolint:gosec // reading the file the user names is the purpose
	if err != nil {
		return nil, fmt.Errorf("cannot open file: %w", err)
	}
	defer func() { _ = f.Close() }()
	return decodeAll(name, f)
}

func decodeAll(name string, r io.Reader) ([]document, error) {
	reader := utilyaml.NewYAMLReader(bufio.NewReader(r))
	var all []document
	for n := 1; ; n++ {
		source := fmt.Sprintf("%s, document %d", name, n)
		text, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", source, err)
		}
		list, err := decode(source, text)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
}

func decode(source string, text []byte) ([]document, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, nil
	}
	// Strict about keys that appear twice, which would otherwise lose one of the two silently.
	asJSON, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return nil, fmt.Errorf("cannot parse %s: %w", source, err)
	}
	if string(asJSON) == "null" {
		return nil, nil
	}
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(asJSON); err != nil {
		return nil, fmt.Errorf("cannot read an object from %s: %w", source, err)
	}
	if !object.IsList() {
		return []document{{object, source}}, nil
	}
	var all []document
	err = object.EachListItem(func(item runtime.Object) error {
		all = append(all, document{item.(*unstructured.Unstructured), source})
		return nil
	})
	return all, err
}
