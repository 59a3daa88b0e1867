package probes

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProberOf(t *testing.T) {
	cases := map[string]struct {
		url  string
		want prober
	}{
		"a host and a port":             {"http://blackbox.monitoring:9115", prober{"http", "blackbox.monitoring:9115", "/probe"}},
		"a slash says nothing":          {"http://blackbox:9115/", prober{"http", "blackbox:9115", "/probe"}},
		"the complete path":             {"http://blackbox:9115/probe", prober{"http", "blackbox:9115", "/probe"}},
		"a prefix of a proxy":           {"https://tools/blackbox", prober{"https", "tools", "/blackbox/probe"}},
		"a prefix and the path":         {"https://tools/blackbox/probe/", prober{"https", "tools", "/blackbox/probe"}},
		"a prefix that ends like probe": {"http://tools/healthprobe", prober{"http", "tools", "/healthprobe/probe"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, proberOf(tc.url), cmp.AllowUnexported(prober{})); diff != "" {
				t.Errorf("prober of %q (-want +got):\n%s", tc.url, diff)
			}
		})
	}
}

func TestHostPorts(t *testing.T) {
	got := hostPorts([]string{
		"https://api.tux.example/health/live/",
		"http://api.tux.example:8081/health/live/",
		"https://[2001:db8::7]:9443/health/live/",
		"https://tux.example:443/a:b/",
	})
	want := []int32{80, 443, 8000, 8080, 8081, 8443, 9443, 10080, 10443}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ports (-want +got):\n%s", diff)
	}
}
