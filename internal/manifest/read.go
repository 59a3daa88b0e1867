package manifest

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

// Document is one object of a file.
type Document struct {
	Object *unstructured.Unstructured
	// Source is how a message names it: file and position.
	Source string
}

// Read returns the objects of all files, in order; "-" is standard input. The items of a List
// count one by one.
func Read(names []string, stdin io.Reader) ([]Document, error) {
	var all []Document
	for _, name := range names {
		list, err := readFile(name, stdin)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

func readFile(name string, stdin io.Reader) ([]Document, error) {
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

func decodeAll(name string, r io.Reader) ([]Document, error) {
	reader := utilyaml.NewYAMLReader(bufio.NewReader(r))
	var all []Document
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

func decode(source string, text []byte) ([]Document, error) {
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
		return []Document{{object, source}}, nil
	}
	var all []Document
	err = object.EachListItem(func(item runtime.Object) error {
		all = append(all, Document{item.(*unstructured.Unstructured), source})
		return nil
	})
	return all, err
}
