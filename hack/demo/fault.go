package main

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/tux-io/tux-monitoring-operator/hack/e2e/live"
)

const (
	routeManifest = "hack/demo/manifests/route.yaml"
	// The following are in routeManifest: what leads here, and the routes as they arrive.
	receiverHost = "receiver.tux.example"
	receiverPort = "9199"
	pager        = "pager"
	chat         = "chat"

	hurryManifest = "hack/demo/manifests/hurry.yaml"
	// databaseAlert names the fault.
	databaseAlert = "TuxDatabaseUnavailable"
	// hurriedFor and hurriedInterval are in hurryManifest.
	hurriedFor      = 15 * time.Second
	hurriedInterval = "5s"
	// settle is how long the fault goes on after its page, for a wrong alert to come too: longer than the
	// longest for in hurryManifest, a question and an evaluation.
	settle = 30 * time.Second
)

// breakDatabase breaks the database of all pods and shows who notices, and who is told.
func (f *full) breakDatabase(ctx context.Context) error {
	if err := f.route(ctx); err != nil {
		return err
	}
	if err := f.hurry(ctx); err != nil {
		return err
	}
	before := f.traffic.Counts()
	if err := f.flip(ctx, live.Faults{"database_down": true}); err != nil {
		return err
	}
	if err := f.watch(ctx, f.broken, f.outage()...); err != nil {
		return err
	}
	if err := f.showOutage(ctx); err != nil {
		return err
	}
	if err := f.showPage(); err != nil {
		return err
	}
	if err := f.linger(ctx, "does anybody else call?", time.Now().Add(settle)); err != nil {
		return err
	}
	f.printer.line("Users got meanwhile: %s", describeCounts(before, f.traffic.Counts()))
	return f.showSilence(ctx)
}

// flip turns fault switches of all pods, or with nil all of them back, and notes the time.
func (f *full) flip(ctx context.Context, faults live.Faults) error {
	pods, err := f.env.Pods(ctx, backendName)
	if err != nil {
		return err
	}
	for i := range pods {
		f.printer.command("curl", curlArgs(faults, controlURL(&pods[i]))...)
	}
	if faults == nil {
		f.healed = time.Now()
		return f.env.Heal(ctx, backendName)
	}
	f.broken = time.Now()
	return f.env.Break(ctx, backendName, faults)
}

func controlURL(pod *corev1.Pod) string {
	return "http://" + net.JoinHostPort(pod.Status.PodIP, "8000") + "/control/faults/"
}

// curlArgs do by hand what live.Environment does.
func curlArgs(faults live.Faults, url string) []string {
	if faults == nil {
		return []string{"-X", "DELETE", url}
	}
	var switches []string
	for name, value := range faults {
		switches = append(switches, fmt.Sprintf("%q: %v", name, value))
	}
	slices.Sort(switches)
	return []string{"-X", "PATCH", "-d", "'{" + strings.Join(switches, ", ") + "}'", url}
}
