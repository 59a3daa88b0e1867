package kubelet

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func TestThresholds(t *testing.T) {
	const u, g, b = undecided, good, bad
	cases := map[string]struct {
		successes, failures int32
		answers             string // + is a success, - a failure
		want                []verdict
	}{
		"one of each is enough":           {1, 1, "+-+", []verdict{g, b, g}},
		"failures must be in a row":       {1, 3, "--+---", []verdict{u, u, g, u, u, b}},
		"successes must be in a row":      {2, 1, "+-++", []verdict{u, b, u, g}},
		"a verdict holds as long as rows": {2, 2, "+++---", []verdict{u, g, g, u, b, b}},
		"the first answer may be no":      {1, 2, "--", []verdict{u, b}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			count := thresholds{successes: tc.successes, failures: tc.failures}
			var got []verdict
			for _, answer := range tc.answers {
				got = append(got, count.add(answer == '+'))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("verdicts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPort(t *testing.T) {
	spec := &corev1.Container{Ports: []corev1.ContainerPort{{Name: "metrics", ContainerPort: 9000}, {Name: "web", ContainerPort: 8000}}}
	cases := map[string]struct {
		port intstr.IntOrString
		want string
	}{
		"a number":                   {intstr.FromInt32(8080), "8080"},
		"a name":                     {intstr.FromString("web"), "8000"},
		"a name the container lacks": {intstr.FromString("admin"), ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := port(spec, tc.port)
			if got != tc.want || (err == nil) != (tc.want != "") {
				t.Errorf("got %q and error %v, want %q", got, err, tc.want)
			}
		})
	}
}

func TestAnswersHTTP(t *testing.T) {
	serve := func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.RequestURI() == "/ok?deep=1" && r.Host == "shop.example" && r.Header.Get("X-Probe") == "yes":
		case r.URL.Path == "/moved":
			w.Header().Set("Location", "/none")
			w.WriteHeader(http.StatusFound)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}
	plain, secure := httptest.NewServer(http.HandlerFunc(serve)), httptest.NewTLSServer(http.HandlerFunc(serve))
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	headers := []corev1.HTTPHeader{{Name: "host", Value: "shop.example"}, {Name: "X-Probe", Value: "yes"}}
	cases := map[string]struct {
		get    corev1.HTTPGetAction
		server *httptest.Server
		want   bool
	}{
		"path, host and headers are those of the spec": {corev1.HTTPGetAction{Path: "/ok?deep=1", HTTPHeaders: headers}, plain, true},
		"a path without its slash":                     {corev1.HTTPGetAction{Path: "ok?deep=1", HTTPHeaders: headers}, plain, true},
		"without the headers":                          {corev1.HTTPGetAction{Path: "/ok?deep=1"}, plain, false},
		"a redirect is not followed":                   {corev1.HTTPGetAction{Path: "/moved"}, plain, true},
		"a certificate nobody knows":                   {corev1.HTTPGetAction{Path: "/moved", Scheme: "HTTPS"}, secure, true},
		"the wrong scheme":                             {corev1.HTTPGetAction{Path: "/moved", Scheme: "HTTPS"}, plain, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			address := tc.server.Listener.Addr().String()
			if got := answersHTTP(t.Context(), &tc.get, address); got != tc.want {
				t.Errorf("got %t, want %t", got, tc.want)
			}
		})
	}
}

func TestUnsupported(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	probe := func(handler corev1.ProbeHandler) *corev1.Probe { return &corev1.Probe{ProbeHandler: handler} }
	cases := map[string]struct {
		policy corev1.RestartPolicy
		spec   corev1.Container
		init   bool
		want   string
	}{
		"a plain container": {policy: corev1.RestartPolicyAlways},
		"a job":             {policy: corev1.RestartPolicyNever, want: "restart policy"},
		"a sidecar":         {spec: corev1.Container{RestartPolicy: &always}, init: true, want: "init containers"},
		"a probe by exec": {
			spec: corev1.Container{LivenessProbe: probe(corev1.ProbeHandler{Exec: &corev1.ExecAction{}})}, want: "liveness probe",
		},
		"a probe of another host": {
			spec: corev1.Container{ReadinessProbe: probe(corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Host: "db"}})}, want: "other host",
		},
		"a probe of an unknown port": {
			spec: corev1.Container{StartupProbe: probe(corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromString("web")}})},
			want: `no port "web"`,
		},
		"a probe that can be asked": {
			spec: corev1.Container{StartupProbe: probe(corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(80)}})},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			pod := &corev1.Pod{Spec: corev1.PodSpec{RestartPolicy: tc.policy}}
			err := unsupported(pod, &tc.spec, tc.init)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("got error %v, want %q in it", err, tc.want)
			}
		})
	}
}
