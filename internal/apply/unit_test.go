package apply

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

func TestNewRefusesAnIncompleteConfig(t *testing.T) {
	complete := Config{Writer: admin, Live: admin, Metadata: &reader{}, FieldManager: manager, ManagedBy: map[string]string{managedKey: manager}, OwnerLabel: ownerKey}
	if _, err := New(complete); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Config){
		"no writer":           func(c *Config) { c.Writer = nil },
		"no live reader":      func(c *Config) { c.Live = nil },
		"no metadata reader":  func(c *Config) { c.Metadata = nil },
		"no field manager":    func(c *Config) { c.FieldManager = "" },
		"no labels":           func(c *Config) { c.ManagedBy = nil },
		"no owner label":      func(c *Config) { c.OwnerLabel = "" },
		"negative cache size": func(c *Config) { c.CacheSize = -1 },
	} {
		config := complete
		spoil(&config)
		if _, err := New(config); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestChangeSet(t *testing.T) {
	s := ChangeSet{{GVK: configMapGVK, Name: "b", Result: Created}, {GVK: gadgetGVK, Name: "a", Result: Unchanged}, {GVK: configMapGVK, Name: "a", Result: Created}}
	if diff := cmp.Diff([]string{"ConfigMap/a", "ConfigMap/b"}, s.Names(Created)); diff != "" {
		t.Error(diff)
	}
	if s.Count(Created) != 2 || s.Count(Deleted) != 0 || !s.Changed() {
		t.Errorf("counts %d %d, changed %v", s.Count(Created), s.Count(Deleted), s.Changed())
	}
	if (ChangeSet{{Result: Unchanged}, {Result: Skipped}}).Changed() {
		t.Error("unchanged and skipped count as changed")
	}
}

func TestExtract(t *testing.T) {
	live := `{"data":{"a":"1","b":"2"},"list":[{"k":"x","v":1},{"k":"y","v":2,"w":3}],"ports":[{"port":80,"protocol":"TCP","n":"h"},{"port":80,"protocol":"UDP","n":"h"}],
		"set":["p","q"],"whole":{"any":["thing"]},"nothing":null}`
	for name, tc := range map[string]struct{ owned, want string }{
		"fields of a map":                 {`{"f:data":{".":{},"f:b":{}}}`, `{"data":{"b":"2"}}`},
		"an item by key":                  {`{"f:list":{"k:{\"k\":\"y\"}":{".":{},"f:k":{},"f:v":{}}}}`, `{"list":[{"k":"y","v":2}]}`},
		"a whole item by key":             {`{"f:list":{"k:{\"k\":\"y\"}":{}}}`, `{"list":[{"k":"y","v":2,"w":3}]}`},
		"an item by two keys":             {`{"f:ports":{"k:{\"port\":80,\"protocol\":\"UDP\"}":{".":{},"f:protocol":{}}}}`, `{"ports":[{"protocol":"UDP"}]}`},
		"an item of a set":                {`{"f:set":{"v:\"q\"":{}}}`, `{"set":["q"]}`},
		"an item by index":                {`{"f:set":{"i:0":{}}}`, `{"set":["p"]}`},
		"an atomic value":                 {`{"f:whole":{}}`, `{"whole":{"any":["thing"]}}`},
		"what is not there is left out":   {`{"f:gone":{},"f:list":{"k:{\"k\":\"z\"}":{".":{}}}}`, `{"list":[]}`},
		"items stay in the order of live": {`{"f:set":{"v:\"q\"":{},"v:\"p\"":{}}}`, `{"set":["p","q"]}`},
	} {
		t.Run(name, func(t *testing.T) {
			set, from := fieldpath.NewSet(), map[string]any{}
			if err := json.Unmarshal([]byte(live), &from); err != nil {
				t.Fatal(err)
			}
			fields := &metav1.FieldsV1{}
			fields.SetRawString(tc.owned)
			if err := set.FromJSON(fields.GetRawReader()); err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(extract(set, from))
			if err != nil || string(got) != tc.want {
				t.Errorf("got %s, %v; want %s", got, err, tc.want)
			}
		})
	}
}

func TestIsNewer(t *testing.T) {
	for name, tc := range map[string]struct {
		a, b string
		want bool
	}{
		"greater":                          {"100", "99", true},
		"equal":                            {"99", "99", false},
		"smaller":                          {"99", "100", false},
		"different and not comparable":     {"v2", "v1", true},
		"the same and not comparable":      {"v1", "v1", false},
		"longer than any integer, greater": {"100000000000000000000001", "100000000000000000000000", true},
	} {
		if got := isNewer(tc.a, tc.b); got != tc.want {
			t.Errorf("%s: isNewer(%q, %q) = %v", name, tc.a, tc.b, got)
		}
	}
}

func TestRequestsForgetTheOldest(t *testing.T) {
	r, err := newRequests(2)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b", "c"} {
		r.put(id{configMapGVK, types.NamespacedName{Name: name}}, record{})
	}
	if _, ok := r.get(id{configMapGVK, types.NamespacedName{Name: "a"}}); ok {
		t.Error("a is remembered beyond the size")
	}
	if _, ok := r.get(id{configMapGVK, types.NamespacedName{Name: "c"}}); !ok {
		t.Error("c is forgotten")
	}
}
