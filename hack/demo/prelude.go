package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// route leads the alerts of the namespace to this process, and returns once Alertmanager has it.
func (f *full) route(ctx context.Context) error {
	f.cluster.Network().SetHost(receiverHost, f.cluster.Network().Node())
	f.printer.line("Somebody is on call:")
	if err := f.cat(routeManifest); err != nil {
		return err
	}
	if err := f.show(ctx, "apply", "-f", routeManifest); err != nil {
		return err
	}
	began := time.Now()
	err := f.await(ctx, "the route reaches Alertmanager", func(ctx context.Context) string {
		config, err := f.alertmanagerConfig(ctx)
		if err != nil {
			return err.Error()
		}
		if !strings.Contains(config, resourceNamespace+"/team/"+pager) {
			return "Alertmanager has the old one"
		}
		return ""
	})
	if err == nil {
		f.printer.line("Alertmanager has loaded it %s later.", tenths(time.Since(began)))
	}
	return err
}

// alertmanagerConfig returns the configuration that is in force.
func (f *full) alertmanagerConfig(ctx context.Context) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.alertmanager+"/api/v2/status", http.NoBody)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	var status struct {
		Config struct {
			Original string `json:"original"`
		} `json:"config"`
	}
	if err := json.NewDecoder(response.Body).Decode(&status); err != nil {
		return "", fmt.Errorf("cannot read the status of Alertmanager: %w", err)
	}
	return status.Config.Original, nil
}

// hurry shortens intervals and waits, and returns once Prometheus has them.
func (f *full) hurry(ctx context.Context) error {
	f.printer.line("In production an alert waits for minutes. So that you need not, the same resource in a hurry:")
	if err := f.cat(hurryManifest); err != nil {
		return err
	}
	if err := f.show(ctx, "apply", "-f", hurryManifest); err != nil {
		return err
	}
	began := time.Now()
	err := f.await(ctx, "the new intervals reach Prometheus", func(ctx context.Context) string {
		waits, err := f.env.Prometheus.For(ctx, resourceNamespace, databaseAlert)
		if err != nil {
			return err.Error()
		}
		intervals, err := f.env.Prometheus.Intervals(ctx, resourceNamespace)
		if err != nil {
			return err.Error()
		}
		if waits != hurriedFor || !slices.Equal(intervals, []string{hurriedInterval}) {
			return fmt.Sprintf("%s waits %s, intervals are %s", databaseAlert, waits, strings.Join(intervals, " and "))
		}
		return ""
	})
	if err == nil {
		f.printer.line("Prometheus has loaded it %s later.", tenths(time.Since(began)))
	}
	return err
}
