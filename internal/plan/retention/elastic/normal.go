package elastic

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// same says whether two bodies of an object mean the same. Elasticsearch gives back more than it got: defaults, dates,
// settings as a tree of texts.
func same(kind Kind, a, b []byte) (bool, error) {
	first, err := normal(kind, a)
	if err != nil {
		return false, err
	}
	second, err := normal(kind, b)
	return reflect.DeepEqual(first, second), err
}

// normal is what of a body decides.
func normal(kind Kind, body []byte) (object, error) {
	of, err := decode(body)
	if err != nil {
		return nil, err
	}
	switch kind {
	case LifecyclePolicy:
		policy := below(of, "policy")
		phases := object{}
		for name, value := range below(policy, "phases") {
			one, _ := value.(object)
			phases[name] = normalPhase(one)
		}
		return object{"_meta": policy["_meta"], "phases": phases}, nil
	case IndexTemplate:
		_, streams := of["data_stream"]
		return object{
			"_meta": of["_meta"], "index_patterns": of["index_patterns"], "priority": of["priority"], "data_stream": streams,
			"composed_of": of["composed_of"], "ignore_missing": of["ignore_missing_component_templates"],
			"settings": flat(of),
		}, nil
	default:
		return object{"_meta": of["_meta"], "settings": flat(of), "mappings": below(of, "template", "mappings")}, nil
	}
}

// below is an object in an object, an empty one if it is not there.
func below(of object, path ...string) object {
	for _, name := range path {
		of, _ = of[name].(object)
	}
	if of == nil {
		return object{}
	}
	return of
}

// defaults are what Elasticsearch adds to actions that do not say otherwise.
var defaults = map[string]object{
	"delete":              {"delete_searchable_snapshot": true},
	"searchable_snapshot": {"force_merge_index": true},
}

func normalPhase(of object) object {
	actions := object{}
	for name, value := range below(of, "actions") {
		action := object{}
		for key, value := range defaults[name] {
			action[key] = value
		}
		given, _ := value.(object)
		for key, value := range given {
			action[key] = period(value)
		}
		actions[name] = action
	}
	age, there := of["min_age"]
	if !there {
		age = "0ms"
	}
	return object{"min_age": period(age), "actions": actions}
}

// units are those of Elasticsearch, the longer names first.
var units = []struct {
	name string
	of   time.Duration
}{
	{"nanos", time.Nanosecond}, {"micros", time.Microsecond}, {"ms", time.Millisecond}, {"s", time.Second}, {"m", time.Minute},
	{"h", time.Hour}, {"d", day},
}

const day = 24 * time.Hour

// period reads a text that is a time, so that 24h is 1d; everything else stays what it is.
func period(value any) any {
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
func flat(of object) map[string]string {
	all := map[string]string{}
	var add func(prefix string, settings object)
	add = func(prefix string, settings object) {
		for name, value := range settings {
			if deeper, ok := value.(object); ok {
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
	add("", below(of, "template", "settings"))
	return all
}
