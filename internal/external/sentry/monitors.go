package sentry

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// Monitor expects check-ins of a job. Its slug is unique in the organization.
type Monitor struct {
	Slug    string        `json:"slug"`
	Name    string        `json:"name"`
	Status  string        `json:"status"`
	Config  MonitorConfig `json:"config"`
	Project struct {
		ID string `json:"id"`
	} `json:"project"`
}

// MonitorConfig says when check-ins are expected. Times are minutes; null is Sentry's own default.
type MonitorConfig struct {
	ScheduleType string `json:"schedule_type"`
	// Schedule is a text for a crontab, and a list with a number and a unit for an interval.
	Schedule         json.RawMessage `json:"schedule"`
	Timezone         string          `json:"timezone,omitempty"`
	CheckInMargin    *int            `json:"checkin_margin,omitempty"`
	MaxRuntime       *int            `json:"max_runtime,omitempty"`
	FailureThreshold *int            `json:"failure_issue_threshold,omitempty"`
	RecoverThreshold *int            `json:"recovery_threshold,omitempty"`
}

// MonitorUpdate is a whole monitor: what is left out is set to Sentry's default.
type MonitorUpdate struct {
	// Project is the number of the project.
	Project string        `json:"project"`
	Slug    string        `json:"slug"`
	Name    string        `json:"name"`
	Status  string        `json:"status"`
	Config  MonitorConfig `json:"config"`
}

const (
	monitorActive   = "active"
	monitorDisabled = "disabled"
	crontab         = "crontab"
)

// Monitors lists the cron monitors of a project.
func (c *Client) Monitors(ctx context.Context, project string) ([]Monitor, error) {
	address, err := c.organization("monitors")
	if err != nil {
		return nil, err
	}
	return list[Monitor](ctx, c, "list cron monitors", address, url.Values{"project": {project}})
}

// CreateMonitor makes a monitor. A slug that is taken, by whatever project, is refused.
func (c *Client) CreateMonitor(ctx context.Context, wanted MonitorUpdate) error {
	address, err := c.organization("monitors")
	if err != nil {
		return err
	}
	_, err = c.do(ctx, call{
		name: "create cron monitor", method: http.MethodPost, address: address, in: wanted, success: []int{http.StatusCreated},
	})
	return err
}

// UpdateMonitor writes a monitor.
func (c *Client) UpdateMonitor(ctx context.Context, wanted MonitorUpdate) error {
	address, err := c.organization("monitors", wanted.Slug)
	if err != nil {
		return err
	}
	_, err = c.do(ctx, call{
		name: "update cron monitor", method: http.MethodPut, address: address, in: wanted, success: []int{http.StatusOK},
	})
	return err
}

func (p *Project) readMonitors(ctx context.Context, observed *plan.Settings) error {
	found, err := p.client.Monitors(ctx, p.id)
	if err != nil {
		return err
	}
	observed.CronMonitors = map[string]plan.CronMonitor{}
	for _, one := range found {
		if one.Project.ID == p.id {
			observed.CronMonitors[one.Slug] = monitorOf(one)
		}
	}
	return nil
}

func monitorOf(m Monitor) plan.CronMonitor {
	schedule := string(m.Config.Schedule)
	if m.Config.ScheduleType == crontab {
		// What is no text stays as it came, and differs from everything that can be wanted.
		_ = json.Unmarshal(m.Config.Schedule, &schedule)
	}
	return plan.CronMonitor{
		Name: m.Name, Schedule: schedule, Timezone: m.Config.Timezone, Margin: minutes(m.Config.CheckInMargin),
		MaxRuntime: minutes(m.Config.MaxRuntime), Failures: minutes(m.Config.FailureThreshold),
		Recoveries: minutes(m.Config.RecoverThreshold), Active: m.Status == monitorActive,
	}
}

func minutes(p *int) int {
	if p == nil {
		return 0
	}
	return *p
}

// updateMonitor makes or changes the monitor of a path. Who declares less than Sentry has keeps the rest.
func updateMonitor(ctx context.Context, p *Project, want plan.Settings, paths []string) error {
	slug, _ := plan.CronMonitorOf(paths[0])
	got, exists := p.observed.CronMonitors[slug]
	monitor := want.CronMonitors[slug].Over(got)
	update, err := monitorUpdate(p.id, slug, monitor)
	if err != nil {
		return err
	}
	if exists {
		return p.client.UpdateMonitor(ctx, update)
	}
	return p.client.CreateMonitor(ctx, update)
}

func monitorUpdate(project, slug string, m plan.CronMonitor) (MonitorUpdate, error) {
	schedule, err := json.Marshal(m.Schedule)
	if err != nil {
		return MonitorUpdate{}, err
	}
	update := MonitorUpdate{Project: project, Slug: slug, Name: m.Name, Status: monitorDisabled, Config: MonitorConfig{
		ScheduleType: crontab, Schedule: schedule, Timezone: m.Timezone,
		CheckInMargin: positive(m.Margin), MaxRuntime: positive(m.MaxRuntime),
		FailureThreshold: positive(m.Failures), RecoverThreshold: positive(m.Recoveries),
	}}
	if m.Name == "" {
		update.Name = slug
	}
	if m.Active {
		update.Status = monitorActive
	}
	return update, nil
}

// positive is nil for what is not set.
func positive(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}
