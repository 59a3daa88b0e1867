package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/tux-io/tux-monitoring-operator/hack/e2e/live"
)

// commands are worth typing in both forms.
func commands() []string {
	return []string{
		"kubectl get tuxmon -A -o wide",
		fmt.Sprintf("kubectl get tuxmon -n %s %s -o yaml", resourceNamespace, resourceName),
		fmt.Sprintf("kubectl get prometheusrules -n %s -o yaml | less", resourceNamespace),
		fmt.Sprintf(`kubectl patch tuxmon -n %s %s --type=merge -p '{"spec":{"mode":"Plan"}}'`, resourceNamespace, resourceName),
		fmt.Sprintf("kubectl scale -n %s deployment/%s --replicas=5", resourceNamespace, backendName),
	}
}

// printHandOver says how to go on by hand.
func (d *demo) printHandOver(sections ...[]string) {
	p := d.printer
	p.print("\n" + p.styled(bold, "It is yours. In another terminal of this machine:") + "\n")
	p.line("export %s", strings.Join(d.kubectlEnv(), " "))
	p.line("alias kubectl=%s", d.kubectl)
	for _, section := range sections {
		p.text(strings.Join(section, "\n"))
	}
	p.print("Ctrl-C ends everything and leaves nothing behind.\n")
}

// handOver lets users go on coming, and prints what the pager and the chat hear until ctx ends.
func (f *full) handOver(ctx context.Context) error {
	addresses, err := f.addresses(ctx)
	if err != nil {
		return err
	}
	f.printHandOver(commands(), addresses)
	heard := map[string]int{}
	for _, route := range []string{pager, chat} {
		heard[route] = len(f.env.Receiver.Since(route, time.Time{}))
	}
	for ctx.Err() == nil {
		for route, n := range heard {
			for _, notification := range f.env.Receiver.Since(route, time.Time{})[n:] {
				heard[route]++
				f.printer.line("%s  %s: %s %s", notification.Arrived.Format(time.TimeOnly), route,
					notification.Labels["alertname"], notification.Status)
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(look):
		}
	}
	return nil
}

// prometheusURLs are examples of what its API is asked.
func (f *full) prometheusURLs() []string {
	base := f.env.Prometheus.URL
	return []string{
		base + "/api/v1/query?query=job:tux_http_requests:rate5m",
		base + "/api/v1/alerts",
		base + "/api/v1/targets?state=active",
	}
}

// checkAddresses: what the end of the story says to look at can be looked at.
func (f *full) checkAddresses(ctx context.Context) error {
	for _, url := range append(f.prometheusURLs(), f.alertmanager+"/", f.service+"/health/") {
		if err := answersOK(ctx, url); err != nil {
			return err
		}
	}
	return nil
}

// addresses are where to look, and how to break something.
func (f *full) addresses(ctx context.Context) ([]string, error) {
	pods, err := f.env.Pods(ctx, backendName)
	if err != nil {
		return nil, err
	}
	if len(pods) == 0 {
		return nil, fmt.Errorf("backend %q has no pods any more", backendName)
	}
	lines := []string{"", "# Prometheus. This build has no web pages, because npm makes them; the API is all there:"}
	for _, url := range f.prometheusURLs() {
		lines = append(lines, "curl -s '"+url+"'")
	}
	lines = append(lines,
		"", "# Alertmanager, in a browser:", f.alertmanager+"/",
		"", "# The backend, and how to break it yourself; hack/backend has more switches. Who is called, stands below.",
		"curl -s "+f.service+"/health/",
		curl(live.Faults{"cache_down": true}, &pods[0]),
		curl(live.Faults{"dead": true}, &pods[len(pods)-1]))
	for i := range pods {
		lines = append(lines, curl(nil, &pods[i]))
	}
	return lines, nil
}

// curl is the command line that turns fault switches of a pod.
func curl(faults live.Faults, pod *corev1.Pod) string {
	return strings.Join(append([]string{"curl"}, curlArgs(faults, controlURL(pod))...), " ")
}
