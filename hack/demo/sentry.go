package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
)

const (
	sentryManifest = "hack/demo/manifests/sentry.yaml"
	// The following are in sentryManifest.
	sentryHost = "sentry.tux.example"
	sentryPort = "9198"
	// sentryToken opens the Sentry of the demo and nothing else.
	sentryToken = "sntryi_de30de30de30de30de30de30de30de30de30de30de30de30de30de30de30de30" //nolint:gosec // of a fake
)

// serveSentry starts a Sentry, which ends with ctx. It returns its address.
func (d *demo) serveSentry(ctx context.Context, address string) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return "", fmt.Errorf("cannot listen for Sentry: %w", err)
	}
	d.sentry = sentrytest.New(sentryToken)
	server := &http.Server{Handler: d.sentry, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			d.end(fmt.Errorf("the Sentry of the demo has ended: %w", err))
		}
	}()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return listener.Addr().String(), nil
}

// declareSentry asks for a Sentry project at a host, and waits until it is there and is proven to scrub.
func (d *demo) declareSentry(ctx context.Context, host string) error {
	manifest, err := d.sentryManifest(host)
	if err != nil {
		return err
	}
	token := filepath.Join(filepath.Dir(manifest), "token")
	if err := os.WriteFile(token, []byte(sentryToken), 0o600); err != nil {
		return err
	}
	if err := d.show(ctx, "create", "secret", "generic", "sentry-token", "-n", resourceNamespace, "--from-file=token="+token); err != nil {
		return err
	}
	if err := d.show(ctx, "apply", "-n", resourceNamespace, "-k", "config/sentry"); err != nil {
		return err
	}
	if err := d.cat(manifest); err != nil {
		return err
	}
	err = d.show(ctx, "patch", "-n", resourceNamespace, "tuxmon", resourceName, "--type=merge", "--patch-file="+manifest)
	if err != nil {
		return err
	}
	for _, condition := range []string{"SentrySynced", "PrivacyVerified"} {
		err := d.show(ctx, "wait", "-n", resourceNamespace, "--for=condition="+condition, kubectlPatience, "tuxmon/"+resourceName)
		if err != nil {
			return fmt.Errorf("%w\n%s", err, d.conditions(ctx))
		}
	}
	if err := d.show(ctx, "get", "-n", resourceNamespace, "tuxmon"); err != nil {
		return err
	}
	d.printer.line("The second condition is true because an event with made-up secrets was sent to Sentry and read back:")
	return d.showPlants(ctx)
}

// sentryManifest is the file of the repository, or, where the cluster does not know its host, a copy with another one.
func (d *demo) sentryManifest(host string) (string, error) {
	text, err := os.ReadFile(sentryManifest)
	if err != nil {
		return "", err
	}
	copied := filepath.Join(filepath.Dir(d.machine.Kubeconfig()), "sentry.yaml")
	//nolint:gosec // beside the kubeconfig of the demo
	return copied, os.WriteFile(copied, []byte(strings.ReplaceAll(string(text), sentryHost+":"+sentryPort, host)), 0o600)
}

// showPlants says what became of each made-up secret.
func (d *demo) showPlants(ctx context.Context) error {
	t, err := d.resource(ctx)
	if err != nil {
		return err
	}
	if t.Status.Sentry == nil || t.Status.Sentry.Proof == nil || len(t.Status.Sentry.Proof.Plants) == 0 {
		return errors.New("the status has no proof")
	}
	rows := [][]string{{"SECRET", "RESULT", "BECAUSE OF spec.sentry."}}
	for _, plant := range t.Status.Sentry.Proof.Plants {
		if plant.Result == "Leaked" {
			return fmt.Errorf("%s got through", plant.Plant)
		}
		rows = append(rows, []string{plant.Plant, string(plant.Result), plant.AskedBy})
	}
	d.printer.text(table(rows))
	return nil
}

// tamper switches scrubbing off behind the operator's back and waits until it is on again.
func (d *demo) tamper(ctx context.Context) error {
	d.printer.line("Somebody switches the data scrubber off, in Sentry. Every ten minutes the operator looks; today somebody asks:")
	scrubs := func() (on bool) {
		d.sentry.Edit(func(s *sentrytest.State) { on = s.Projects[0].Settings["dataScrubber"] == true })
		return on
	}
	if !scrubs() {
		return errors.New("the data scrubber is not on")
	}
	d.sentry.Edit(func(s *sentrytest.State) { s.Projects[0].Settings["dataScrubber"] = false })
	began := time.Now()
	err := d.show(ctx, "annotate", "-n", resourceNamespace, "tuxmon", resourceName, "reconcile.fluxcd.io/requestedAt=now", "--overwrite")
	if err != nil {
		return err
	}
	const what = "Corrected drift in Sentry: privacy.scrubber"
	err = d.await(ctx, "the scrubber comes back", func(ctx context.Context) string {
		if !scrubs() {
			return "it is off"
		}
		out, err := d.runKubectl(ctx, "get", "events", "-n", resourceNamespace, "-o", "custom-columns=NOTE:.message", "--no-headers")
		if err != nil {
			return err.Error()
		}
		if !strings.Contains(out, what) {
			return "no event tells of it"
		}
		return ""
	})
	if err == nil {
		d.printer.line("%s later it is on again, and an event says: %s", tenths(time.Since(began)), what)
	}
	return err
}
