package apply

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// keptMetadata is all of the metadata that can be wanted; the rest is the server's.
var keptMetadata = []string{"name", "namespace", "labels", "annotations", "ownerReferences"}

// Normalise returns the normal form of obj: identity, labels, annotations, owner references and
// everything outside metadata and status, without what says nothing. It is the one form that is
// printed, hashed and sent. The input is not changed.
//
// "Says nothing" are nulls, empty lists and empty maps, which the API conventions equate with absence,
// and empty structs that the Go type holds by value and marks omitempty (`resources: {}`), which
// encoding/json fails to omit. A pointer to an empty struct, a required struct and an item of a list
// stay: `egress: [{}]` allows everything while `egress: []` allows nothing.
//
// An unstructured object of a kind the scheme knows is read as that kind, and a field the kind does
// not have is an error; of other kinds only nulls and empty lists are dropped.
func Normalise(obj runtime.Object, scheme *runtime.Scheme) (*unstructured.Unstructured, error) {
	gvk, err := apiutil.GVKForObject(obj, scheme)
	if err != nil {
		return nil, fmt.Errorf("cannot find the kind of %T: %w", obj, err)
	}
	content, err := meaningful(obj, scheme)
	if err != nil {
		return nil, fmt.Errorf("cannot normalise %s: %w", gvk.Kind, err)
	}
	delete(content, "status")
	content["metadata"] = keepMetadata(content["metadata"])
	out := &unstructured.Unstructured{Object: content}
	out.SetGroupVersionKind(gvk)
	return out, nil
}

// Marshal returns the canonical bytes of a normal form: JSON with sorted keys. Unlike json.Marshal it
// leaves <, > and & readable, for PromQL is full of them.
func Marshal(u *unstructured.Unstructured) ([]byte, error) {
	var out bytes.Buffer
	if err := encode(&out, u); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// digest is the hash of a normal form.
type digest = [sha256.Size]byte

// hashOf hashes the canonical bytes without holding a copy of them.
func hashOf(u *unstructured.Unstructured) (digest, error) {
	h := sha256.New()
	err := encode(h, u)
	return digest(h.Sum(nil)), err
}

func encode(to io.Writer, u *unstructured.Unstructured) error {
	enc := json.NewEncoder(to)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(u.Object); err != nil {
		return fmt.Errorf("cannot marshal %s %q: %w", u.GetKind(), u.GetName(), err)
	}
	return nil
}

// meaningful returns the content of obj without what says nothing.
func meaningful(obj runtime.Object, scheme *runtime.Scheme) (map[string]any, error) {
	typed, err := asTyped(obj, scheme)
	if err != nil {
		return nil, err
	}
	if u, ok := typed.(*unstructured.Unstructured); ok {
		content := u.DeepCopy().Object
		dropUntyped(content)
		return content, nil
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(typed)
	if err != nil {
		return nil, err
	}
	dropTyped(typed, content)
	return content, nil
}

// asTyped reads an unstructured object of a known kind as that kind, strictly.
func asTyped(obj runtime.Object, scheme *runtime.Scheme) (runtime.Object, error) {
	u, ok := obj.(*unstructured.Unstructured)
	if !ok || !scheme.Recognizes(u.GroupVersionKind()) {
		return obj, nil
	}
	typed, err := scheme.New(u.GroupVersionKind())
	if err != nil {
		return nil, err
	}
	content := u.DeepCopy().Object // the converter keeps parts of what it reads
	return typed, runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(content, typed, true)
}

func keepMetadata(metadata any) map[string]any {
	kept := map[string]any{}
	from, _ := metadata.(map[string]any)
	for _, name := range keptMetadata {
		if value, ok := from[name]; ok && !isEmpty(value) {
			kept[name] = value
		}
	}
	return kept
}
