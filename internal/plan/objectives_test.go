package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
)

// promised plans the ten lines with objectives on a Prometheus that keeps its samples for retention.
func promised(t *testing.T, retention string, edit func(*plan.Input), objectives ...tuxv1alpha1.Objective) *plan.Plan {
	t.Helper()
	in := input(t, "ten-lines")
	in.Cluster.Prometheuses[0].Spec.Retention = monitoringv1.Duration(retention)
	in.Tux.Spec.Objectives = objectives
	if edit != nil {
		edit(&in)
	}
	return plan.Build(in)
}

// watched are the objectives in force as name target/window, and what was refused.
func watched(p *plan.Plan) (inForce, refused []string) {
	for _, o := range p.Objectives {
		inForce = append(inForce, o.Name+" "+o.Target+"/"+o.Window)
	}
	for _, f := range p.Findings {
		refused = append(refused, f.Reason+" "+f.Path+": "+f.Message)
	}
	return inForce, refused
}

func TestTheWindowIsWhatThePrometheusKeeps(t *testing.T) {
	of := func(window string) []string {
		return []string{"availability 99.5/" + window, "latency 95/" + window, "propagation 99/" + window}
	}
	size := func(in *plan.Input) { in.Cluster.Prometheuses[0].Spec.RetentionSize = "10GB" }
	shorter := func(in *plan.Input) {
		second := in.Cluster.Prometheuses[0].DeepCopy()
		second.Name, second.Spec.Retention = "second", "8d"
		in.Cluster.Prometheuses = append(in.Cluster.Prometheuses, *second)
	}
	labels := func(in *plan.Input) {
		in.Tux.Spec.Prometheus = &tuxv1alpha1.Prometheus{Labels: tuxv1alpha1.ObjectLabels{"a": "b"}}
	}
	cases := map[string]struct {
		retention string
		edit      func(*plan.Input)
		want      []string
	}{
		"long enough":                       {"30d", nil, of("28d")},
		"exactly":                           {"4w", nil, of("28d")},
		"shorter":                           {"10d", nil, of("10d")},
		"whole days of it":                  {"250h", nil, of("10d")},
		"the shortest an objective can use": {"7d", nil, of("7d")},
		"too short":                         {"6d23h", nil, nil},
		"unset is a day":                    {"", nil, nil},
		"a size alone says nothing":         {"", size, of("28d")},
		"the shortest of two":               {"30d", shorter, of("8d")},
		"unknown where labels are given":    {"1d", labels, of("28d")},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := promised(t, tc.retention, tc.edit)
			got, refused := watched(p)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("objectives (-want +got):\n%s", diff)
			}
			if len(refused) > 0 {
				t.Errorf("nothing is wrong with the resource: %v", refused)
			}
			noData := func(o tuxv1alpha1.OmittedAlert) bool { return o.Alert == "TuxObjectiveNoData" }
			if omitted := slices.ContainsFunc(p.Omitted, noData); omitted != (tc.want == nil) {
				t.Errorf("omitted %v", p.Omitted)
			}
		})
	}
}

func TestObjectivesThatCannotBeWatchedAreRefused(t *testing.T) {
	latency := func(target string) tuxv1alpha1.Objective {
		return tuxv1alpha1.Objective{Name: "latency", Target: tuxv1alpha1.Percentage(target)}
	}
	silent := latency("90")
	silent.Alerting = &tuxv1alpha1.ObjectiveAlerting{Page: tuxv1alpha1.StateDisabled}
	probed := tuxv1alpha1.Objective{Name: "availability", Indicator: &tuxv1alpha1.Indicator{
		Type: tuxv1alpha1.IndicatorAvailability, Source: tuxv1alpha1.SourceProbes,
	}}
	noProbes := func(in *plan.Input) { in.Tux.Spec.Probes = &tuxv1alpha1.Probes{State: tuxv1alpha1.StateDisabled} }
	cases := map[string]struct {
		in   tuxv1alpha1.Objective
		edit func(*plan.Input)
		// inForce is the objective of that name, wantErr part of why the entry is refused.
		inForce, wantErr string
	}{
		"a window of the retention": {in: tuxv1alpha1.Objective{Name: "latency", Window: "30d"}, inForce: "latency 95/30d"},
		"a window longer than the samples": {
			in: tuxv1alpha1.Objective{Name: "latency", Window: "31d"}, inForce: "latency 95/28d",
			wantErr: "spec.objectives[latency].window: 31d is longer than Prometheus monitoring/kps keeps its samples, which is 30d",
		},
		"a burn that can just be reached": {in: latency("92.56"), inForce: "latency 92.56/28d"},
		"a burn that cannot be reached": {
			in: latency("92.5"), inForce: "latency 95/28d",
			wantErr: "set a target of at least 92.56, a shorter window, or alerting.page to Disabled",
		},
		"unless nobody is paged": {in: silent, inForce: "latency 90/28d"},
		"probes":                 {in: probed, inForce: "availability 99.5/28d"},
		"probes that are disabled": {
			in: probed, edit: noProbes, inForce: "availability 99.5/28d",
			wantErr: "spec.objectives[availability].indicator.source: is Probes, but spec.probes.state is Disabled",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			inForce, refused := watched(promised(t, "30d", tc.edit, tc.in))
			if !strings.Contains(strings.Join(inForce, ","), tc.inForce) || len(inForce) != 3 {
				t.Errorf("in force are %v, want %s", inForce, tc.inForce)
			}
			all := strings.Join(refused, "\n")
			if (all == "") != (tc.wantErr == "") || !strings.Contains(all, tc.wantErr) {
				t.Errorf("refused %q, want %q", all, tc.wantErr)
			}
		})
	}
}

func TestObjectivesAreSwitched(t *testing.T) {
	off := func(names ...string) []tuxv1alpha1.Objective {
		var all []tuxv1alpha1.Objective
		for _, name := range names {
			all = append(all, tuxv1alpha1.Objective{Name: name, State: tuxv1alpha1.StateDisabled})
		}
		return all
	}
	if got, _ := watched(promised(t, "30d", nil, off("latency")...)); len(got) != 2 || strings.Contains(strings.Join(got, ","), "latency") {
		t.Errorf("without latency there are %v", got)
	}
	p := promised(t, "30d", nil, off("latency", "availability", "propagation")...)
	for name := range files(t, p) {
		if strings.Contains(name, "objectives") {
			t.Errorf("without objectives there is %s", name)
		}
	}
	elsewhere := tuxv1alpha1.Objective{Name: "latency", Backends: []tuxv1alpha1.EntryName{"other"}}
	if got, _ := watched(promised(t, "30d", nil, elsewhere)); len(got) != 2 {
		t.Errorf("latency is for another backend: %v", got)
	}
}

// TestNothingIsDeletedWhileAnObjectiveIsRefused: its rules may be all that the object had.
func TestNothingIsDeletedWhileAnObjectiveIsRefused(t *testing.T) {
	p := promised(t, "30d", nil, tuxv1alpha1.Objective{Name: "latency", Window: "31d"})
	for _, output := range p.Outputs {
		if output.Incomplete != (output.Name == "rules") {
			t.Errorf("%s is incomplete: %v", output.Name, output.Incomplete)
		}
	}
}
