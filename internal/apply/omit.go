package apply

import (
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// field is one JSON field of a struct type; fields of inlined structs count as the struct's own.
type field struct {
	name string
	typ  reflect.Type
	// emptyIsAbsent: an empty JSON object in this field says the same as no field.
	emptyIsAbsent bool
}

var (
	fieldsByType  sync.Map // reflect.Type -> []field; tags are slow to parse and never change
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
)

// dropTyped removes from content, the JSON of obj, what says nothing.
func dropTyped(obj any, content map[string]any) {
	drop(reflect.TypeOf(obj), content)
}

// drop descends into the JSON value v of Go type t.
func drop(t reflect.Type, v any) {
	t = pointee(t)
	if isOpaque(t) {
		return
	}
	switch t.Kind() {
	case reflect.Struct:
		dropFields(t, v)
	case reflect.Slice:
		dropItems(t.Elem(), v)
	case reflect.Map:
		dropEntries(t.Elem(), v)
	}
}

func dropFields(t reflect.Type, v any) {
	m, _ := v.(map[string]any)
	for _, f := range fieldsOf(t) {
		value, ok := m[f.name]
		if !ok {
			continue
		}
		drop(f.typ, value)
		if saysNothing(f, value) {
			delete(m, f.name)
		}
	}
}

// dropItems never drops an item: in a list even {} has a meaning.
func dropItems(elem reflect.Type, v any) {
	items, _ := v.([]any)
	for _, item := range items {
		drop(elem, item)
	}
}

func dropEntries(elem reflect.Type, v any) {
	m, _ := v.(map[string]any)
	for key, value := range m {
		if value == nil {
			delete(m, key)
			continue
		}
		drop(elem, value)
	}
}

func saysNothing(f field, value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case []any:
		return len(value) == 0 && !isOpaque(f.typ)
	case map[string]any:
		return len(value) == 0 && f.emptyIsAbsent
	}
	return false
}

func fieldsOf(t reflect.Type) []field {
	if known, ok := fieldsByType.Load(t); ok {
		return known.([]field)
	}
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case name == "" && f.Anonymous && pointee(f.Type).Kind() == reflect.Struct:
			fields = append(fields, fieldsOf(pointee(f.Type))...)
		case f.IsExported():
			fields = append(fields, newField(name, options, f))
		}
	}
	fieldsByType.Store(t, fields)
	return fields
}

func newField(name, options string, f reflect.StructField) field {
	if name == "" {
		name = f.Name
	}
	byValue := f.Type.Kind() == reflect.Struct && strings.Contains(options, "omit")
	isMap := f.Type.Kind() == reflect.Map
	return field{name: name, typ: f.Type, emptyIsAbsent: (byValue || isMap) && !isOpaque(f.Type)}
}

// isOpaque is true if the type writes its own JSON, which we cannot judge.
func isOpaque(t reflect.Type) bool {
	return t.Implements(jsonMarshaler) || reflect.PointerTo(t).Implements(jsonMarshaler)
}

func pointee(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// dropUntyped removes nulls and empty lists. Without a type an empty object may be a struct whose
// presence counts, so it stays.
func dropUntyped(v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			dropUntyped(item)
		}
	case map[string]any:
		for key, value := range v {
			dropUntyped(value)
			if list, ok := value.([]any); value == nil || ok && len(list) == 0 {
				delete(v, key)
			}
		}
	}
}

func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}
