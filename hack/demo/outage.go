package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tux-io/tux-monitoring-operator/hack/cluster"
	"github.com/tux-io/tux-monitoring-operator/hack/e2e/live"
)

// outage is what follows from a database that is down.
func (f *full) outage() []milestone {
	return []milestone{
		{"probes of every pod: live yes, ready no, database no", func(ctx context.Context) string {
			return f.answersDiffer(ctx, map[string]float64{"live": 1, "ready": 0, "database": 0})
		}},
		{"no pod is ready, and the Service has no endpoint that is", func(ctx context.Context) string {
			return f.endpointsDiffer(ctx, false)
		}},
		{databaseAlert + " is pending", f.reaches(live.Pending, live.Firing)},
		{databaseAlert + " fires in Prometheus", f.reaches(live.Firing)},
		{databaseAlert + " has come through Alertmanager to the pager", func(context.Context) string {
			return f.notArrived("firing", f.broken)
		}},
	}
}

// reaches wants databaseAlert in one of the states.
func (f *full) reaches(states ...string) func(context.Context) string {
	return func(ctx context.Context) string {
		for _, state := range states {
			names, err := f.env.Prometheus.Now(ctx, resourceNamespace, state)
			if err != nil {
				return err.Error()
			}
			if slices.Contains(names, databaseAlert) {
				return ""
			}
		}
		return fmt.Sprintf("%s is not yet %s", databaseAlert, states[0])
	}
}

func (f *full) notArrived(status string, since time.Time) string {
	if _, ok := f.env.Receiver.Arrived(pager, databaseAlert, status, since); !ok {
		return fmt.Sprintf("the pager has not heard that %s is %s", databaseAlert, status)
	}
	return ""
}

// answersDiffer wants all probes of each question to have come to the same.
func (f *full) answersDiffer(ctx context.Context, want map[string]float64) string {
	answers, err := f.answers(ctx)
	if err != nil {
		return err.Error()
	}
	for question, value := range want {
		got := answers[backendName+"-"+question]
		if len(got) == 0 || slices.ContainsFunc(got, func(v float64) bool { return v != value }) {
			return fmt.Sprintf("probes of %q come to %v", question, got)
		}
	}
	return ""
}

// endpointsDiffer wants all pods and all endpoints of the Service ready, or none.
func (f *full) endpointsDiffer(ctx context.Context, ready bool) string {
	pods, err := f.env.Pods(ctx, backendName)
	if err != nil {
		return err.Error()
	}
	for i := range pods {
		if cluster.IsReady(&pods[i]) != ready {
			return fmt.Sprintf("pod %s has not noticed", pods[i].Name)
		}
	}
	list := &discoveryv1.EndpointSliceList{}
	of := client.MatchingLabels{discoveryv1.LabelServiceName: backendName}
	if err := f.reader.List(ctx, list, client.InNamespace(resourceNamespace), of); err != nil {
		return err.Error()
	}
	for _, slice := range list.Items {
		for _, endpoint := range slice.Endpoints {
			if is := endpoint.Conditions.Ready; is == nil || *is != ready {
				return "the endpoints of the Service have not changed"
			}
		}
	}
	return ""
}

// showOutage shows what kubectl has to say.
func (f *full) showOutage(ctx context.Context) error {
	if err := f.show(ctx, "get", "-n", resourceNamespace, "pods", "-l", "app.kubernetes.io/name="+backendName); err != nil {
		return err
	}
	return f.show(ctx, "get", "-n", resourceNamespace, "endpointslices", "-l", discoveryv1.LabelServiceName+"="+backendName,
		"-o", "custom-columns=ENDPOINTS:.endpoints[*].addresses[0],READY:.endpoints[*].conditions.ready")
}
