package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
)

func TestDescribe(t *testing.T) {
	tests := map[string]struct {
		status tuxv1alpha1.TuxMonitoringStatus
		want   []string
	}{
		"nothing found says nothing": {},
		"a backend with all there is": {
			status: tuxv1alpha1.TuxMonitoringStatus{Backends: []tuxv1alpha1.BackendStatus{{
				Deployment: "web", Port: "http/8000", ProcessModel: tuxv1alpha1.ProcessModelSingle,
				Service: "web", Entries: []string{"https://a/", "https://b/"}, Notes: []string{"host c leads elsewhere"},
			}}},
			want: []string{
				"Deployment web", "  port             http/8000", "  process model    Single",
				"  scraped through  Service web", "  users come by    https://a/, https://b/",
				"  note             host c leads elsewhere",
			},
		},
		"a backend behind its Service only": {
			status: tuxv1alpha1.TuxMonitoringStatus{Backends: []tuxv1alpha1.BackendStatus{{Deployment: "web", Port: "8000", Service: "web"}}},
			want: []string{
				"Deployment web", "  port             8000", "  process model    ",
				"  scraped through  Service web", "  users come by    Service web",
			},
		},
		"a backend nobody leads to": {
			status: tuxv1alpha1.TuxMonitoringStatus{Backends: []tuxv1alpha1.BackendStatus{{Deployment: "web", Port: "8000"}}},
			want: []string{
				"Deployment web", "  port             8000", "  process model    ",
				"  scraped through  its pods, there is no Service", "  users come by    nothing that was found",
			},
		},
		"the labels of a Prometheus are sorted": {
			status: tuxv1alpha1.TuxMonitoringStatus{Prometheuses: []tuxv1alpha1.PrometheusStatus{{
				Namespace: "monitoring", Name: "kps", Labels: map[string]string{"ServiceMonitor": "release=kps", "Probe": "role=probe"},
			}}},
			want: []string{
				"Prometheus monitoring/kps selects objects that carry",
				"  Probe            role=probe", "  ServiceMonitor   release=kps",
			},
		},
		"an alert that was left out has its reason": {
			status: tuxv1alpha1.TuxMonitoringStatus{Omitted: []tuxv1alpha1.OmittedAlert{{Alert: "TuxX", Reason: "no series"}}},
			want:   []string{"alert TuxX left out: no series"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, describe(&tc.status)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestPrinterIsPlainInAPipeAndColouredOnATerminal(t *testing.T) {
	for _, colours := range []bool{false, true} {
		t.Run(fmt.Sprintf("colours %t", colours), func(t *testing.T) {
			var out bytes.Buffer
			p := &printer{out: &out, colours: colours, redraws: colours, started: time.Now()}
			p.chapter(1, 2, "title")
			p.command("kubectl", "get", "pods")
			p.output("one\ntwo\n")
			p.output("")
			p.status("pods start").show("1 of 2")
			p.passed()
			p.failed(errors.New("no pods"))
			if got := strings.Contains(out.String(), "\x1b["); got != colours {
				t.Errorf("escape sequences %t, want %t:\n%q", got, colours, out.String())
			}
			for _, want := range []string{"[1/2] title", "$ kubectl get pods", "one", "two", "no pods"} {
				if !strings.Contains(out.String(), want) {
					t.Errorf("no %q in %q", want, out.String())
				}
			}
		})
	}
}

func TestAFileIsNoTerminal(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if isTerminal(file) {
		t.Error("a file was taken for a terminal")
	}
}

func TestIndentedWritesWholeLines(t *testing.T) {
	var out bytes.Buffer
	w := (&printer{out: &out}).indented()
	for _, part := range []string{"sta", "rting\nwait", "ing\n", "rest"} {
		if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatalf("wrote %d bytes of %q, error %v", n, part, err)
		}
	}
	if want := "  starting\n  waiting\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// In another directory config/ is missing: better said at once than after minutes.
func TestOutsideTheRepositoryNothingStarts(t *testing.T) {
	t.Chdir(t.TempDir())
	var out bytes.Buffer
	if code := run(true, true, &printer{out: &out, started: time.Now()}); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	if !strings.Contains(out.String(), "root of the repository") {
		t.Errorf("the message does not say where to run it:\n%s", out.String())
	}
}
