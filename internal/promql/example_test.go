package promql

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestExample(t *testing.T) {
	cases := map[string]struct {
		matchers []string
		want     map[string]string
	}{
		"equal":        {[]string{`a="b"`}, map[string]string{"a": "b"}},
		"alternatives": {[]string{`a=~"b|c.+"`, `a!="b"`}, map[string]string{"a": "cx"}},
		"not empty":    {[]string{`a!=""`}, map[string]string{"a": "success"}},
		"empty":        {[]string{`a=""`}, map[string]string{}},
		"contradicted": {[]string{`a="b"`, `a!="b"`}, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Example(tc.matchers)
			if (err == nil) != (tc.want != nil) {
				t.Fatalf("error is %v", err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("labels (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCounterexample(t *testing.T) {
	got, err := Counterexample([]string{`w!=""`}, []string{`w!=""`, `status=~"error|success"`})
	if diff := cmp.Diff(map[string]string{"w": "success", "status": "ok"}, got); diff != "" || err != nil {
		t.Errorf("labels (-want +got):\n%s%v", diff, err)
	}
	if got, err := Counterexample(nil, nil); err == nil {
		t.Errorf("everything is a counterexample: %v", got)
	}
}
