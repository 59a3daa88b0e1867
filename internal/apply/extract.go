package apply

import (
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/value"
)

// extract returns the part of v, the JSON of a live object, that set names. A path that ends in set
// takes the whole value: it is a scalar, or a map or list that is owned as one. What v does not have is
// left out.
func extract(set *fieldpath.Set, v any) any {
	switch v := v.(type) {
	case map[string]any:
		return extractFields(set, v)
	case []any:
		return extractItems(set, v)
	}
	return v
}

func extractFields(set *fieldpath.Set, from map[string]any) any {
	out := map[string]any{}
	for name, v := range from {
		if part, ok := extractElement(set, fieldpath.FieldNameElement(name), v); ok {
			out[name] = part
		}
	}
	return out
}

// extractItems keeps the order of the live list.
func extractItems(set *fieldpath.Set, from []any) any {
	out := []any{}
	for i, item := range from {
		element, ok := elementOf(set, i, item)
		if !ok {
			continue
		}
		if part, ok := extractElement(set, element, item); ok {
			out = append(out, part)
		}
	}
	return out
}

func extractElement(set *fieldpath.Set, element fieldpath.PathElement, v any) (any, bool) {
	if children, ok := set.Children.Get(element); ok {
		return extract(children, v), true
	}
	return v, set.Members.Has(element)
}

// elementOf returns the element of set that names the item, which is number i of its list.
func elementOf(set *fieldpath.Set, i int, item any) (fieldpath.PathElement, bool) {
	var found *fieldpath.PathElement
	look := func(element fieldpath.PathElement) {
		if found == nil && names(element, i, item) {
			found = &element
		}
	}
	set.Members.Iterate(look)
	set.Children.Iterate(look)
	if found == nil {
		return fieldpath.PathElement{}, false
	}
	return *found, true
}

// names is true if element stands for the item: by the values of its key fields (k:), by its own value
// (v:) or by its index (i:).
func names(element fieldpath.PathElement, i int, item any) bool {
	switch {
	case element.Key != nil:
		return hasKey(item, *element.Key)
	case element.Value != nil:
		return value.Equals(value.NewValueInterface(item), *element.Value)
	case element.Index != nil:
		return *element.Index == i
	}
	return false
}

func hasKey(item any, key value.FieldList) bool {
	m, ok := item.(map[string]any)
	if !ok {
		return false
	}
	for _, f := range key {
		v, ok := m[f.Name]
		if !ok || !value.Equals(value.NewValueInterface(v), f.Value) {
			return false
		}
	}
	return true
}
