package store

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// same says whether two bodies of an object mean the same. A log store gives back more than it got: defaults, dates,
// settings as a tree of texts.
func (d Dialect) same(kind Kind, a, b []byte) (bool, error) {
	first, err := d.normal(kind, a)
	if err != nil {
		return false, err
	}
	second, err := d.normal(kind, b)
	return reflect.DeepEqual(first, second), err
}

// normal is what of a body decides.
func (d Dialect) normal(kind Kind, body []byte) (Tree, error) {
	of, err := decode(body)
	if err != nil {
		return nil, err
	}
	switch kind {
	case d.Policy:
		return d.Normal(of), nil
	case IndexTemplate:
		_, streams := of["data_stream"]
		return Tree{
			"_meta": of["_meta"], "index_patterns": of["index_patterns"], "priority": of["priority"], "data_stream": streams,
			"composed_of": of["composed_of"], "ignore_missing": of["ignore_missing_component_templates"],
			"settings": flat(of),
		}, nil
	default:
		return Tree{"_meta": of["_meta"], "settings": flat(of), "mappings": Below(of, "template", "mappings")}, nil
	}
}

// Below is an object in an Tree, an empty one if it is not there.
func Below(of Tree, path ...string) Tree {
	for _, name := range path {
		of, _ = of[name].(Tree)
	}
	if of == nil {
		return Tree{}
	}
	return of
}

// units are those of both, the longer names first.
var units = []struct {
	name string
	of   time.Duration
}{
	{"nanos", time.Nanosecond}, {"micros", time.Microsecond}, {"ms", time.Millisecond}, {"s", time.Second}, {"m", time.Minute},
	{"h", time.Hour}, {"d", day},
}

// Period reads a text that is a time, so that 24h is 1d; everything else stays what it is.
func Period(value any) any {
	text, ok := value.(string)
	if !ok {
		return value
	}
	for _, unit := range units {
		digits, found := strings.CutSuffix(text, unit.name)
		if n, err := strconv.Atoi(digits); found && err == nil {
			return time.Duration(n) * unit.of
		}
	}
	return value
}

// flat are the settings of a template: their full names, and texts as values.
func flat(of Tree) map[string]string {
	all := map[string]string{}
	var add func(prefix string, settings Tree)
	add = func(prefix string, settings Tree) {
		for name, value := range settings {
			if deeper, ok := value.(Tree); ok {
				add(prefix+name+".", deeper)
				continue
			}
			name = prefix + name
			if !strings.HasPrefix(name, "index.") {
				name = "index." + name
			}
			all[name] = fmt.Sprint(value)
		}
	}
	add("", Below(of, "template", "settings"))
	return all
}
