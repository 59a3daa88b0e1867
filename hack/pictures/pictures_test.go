package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/tux-io/tux-monitoring-operator/internal/preview"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil/browser"
)

// TestADatabaseThatIsDownIsSeen plays an hour instead of a month, and draws all dashboards of it.
func TestADatabaseThatIsDownIsSeen(t *testing.T) {
	s, err := loadSample()
	if err != nil {
		t.Fatal(err)
	}
	h, err := newHistory(time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	if err := h.live(t.Context(), func(at time.Time) moment { return momentOf(databaseDown, at) }, s.series(), s.rules); err != nil {
		t.Fatal(err)
	}
	firing, err := h.Query(t.Context(), preview.Query{Expr: `count by (alertname) (ALERTS{alertstate="firing",severity="critical"})`, Start: now.Unix(), End: now.Unix()})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, alert := range firing {
		names = append(names, alert.Metric["alertname"])
	}
	if !slices.Contains(names, "TuxDatabaseUnavailable") {
		t.Errorf("critical alerts are %q", names)
	}
	for _, d := range s.dashboards {
		drawn(t, d, h)
	}
}

// drawn shows a dashboard in the browser; without one this is skipped, but not in CI.
func drawn(t *testing.T, d named, h *history) {
	t.Helper()
	page, err := preview.Build(t.Context(), []*preview.Dashboard{d.Dashboard}, h, preview.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if failures := page.Failures(); len(failures) > 0 {
		t.Errorf("%s: %q", d.name, failures)
	}
	text, err := page.HTML("dark")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	png, err := picture(t.Context(), file, page.Dashboards[0].UID)
	if errors.Is(err, browser.ErrMissing) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil || len(png) < 20_000 {
		t.Errorf("%s: a picture of %d bytes: %v", d.name, len(png), err)
	}
}

// TestSeriesAreToldApart: two meters of one name and labels would be one series that jumps.
func TestSeriesAreToldApart(t *testing.T) {
	s, err := loadSample()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, m := range s.series() {
		if key := m.labels.String(); seen[key] {
			t.Errorf("%s is exported twice", key)
		} else {
			seen[key] = true
		}
	}
}

func TestStatesDifferOnlyWhileTheirFaultLasts(t *testing.T) {
	for _, which := range states[1:] {
		before, after := now.Add(-begins[which]-3*time.Minute), now
		if m, want := momentOf(which, before), momentOf(healthy, before); m != want {
			t.Errorf("%s before its fault: %+v, want %+v", which, m, want)
		}
		if m := momentOf(which, after); m.database+m.slow+m.noisy != 1 {
			t.Errorf("%s at the end: %+v", which, m)
		}
	}
}

// TestNothingFiresOnAGoodDay: a picture of a healthy day must not show alerts.
func TestNothingFiresOnAGoodDay(t *testing.T) {
	s, err := loadSample()
	if err != nil {
		t.Fatal(err)
	}
	h, err := newHistory(time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	if err := h.live(t.Context(), func(at time.Time) moment { return momentOf(healthy, at) }, s.series(), s.rules); err != nil {
		t.Fatal(err)
	}
	alerts, err := h.Query(t.Context(), preview.Query{Expr: `ALERTS{severity!="none"}`, Start: now.Unix(), End: now.Unix()})
	if err != nil {
		t.Fatal(err)
	}
	for _, alert := range alerts {
		t.Errorf("%v", alert.Metric)
	}
}

func TestNoMoreThanAllOfABudgetIsLeft(t *testing.T) {
	budget := labels.FromStrings(model.MetricNameLabel, "job_objective:tux_slo_error_budget:remaining")
	for _, tc := range []struct{ value, factor, want float64 }{{1, 1.06, 1}, {1, 0.94, 1}, {0.5, 1.5, 0.25}} {
		if got := unlike(budget, tc.value, tc.factor); got != tc.want {
			t.Errorf("%g of a budget times %g is %g, want %g", tc.value, tc.factor, got, tc.want)
		}
	}
	if got := unlike(labels.FromStrings(model.MetricNameLabel, "x"), 2, 1.5); got != 3 {
		t.Errorf("2 times 1.5 is %g", got)
	}
}
