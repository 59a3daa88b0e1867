package loki

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
)

const (
	day = 24 * time.Hour
	// lately is how far back lines are looked for to see which labels they have.
	lately = day
	// window is how much Loki looks through at once, by its default for max_query_length of 721h.
	window = 30 * day
	// horizon is how far back logs are looked for before a tenant is taken over.
	horizon = 13 * window
)

// Limits reads what holds for a tenant.
func (c *Client) Limits(ctx context.Context, tenant string) (plan.Limits, error) {
	body, err := c.get(ctx, "read the limits of the tenant", tenant, "/config/tenant/v1/limits", nil)
	if err != nil {
		return plan.Limits{}, err
	}
	return plan.ReadLimits(body)
}

// Deletes says whether the compactor applies retention.
func (c *Client) Deletes(ctx context.Context, tenant string) (bool, error) {
	body, err := c.get(ctx, "read the configuration", tenant, "/config", nil)
	if err != nil {
		return false, err
	}
	var config struct {
		Compactor struct {
			Enabled *bool `json:"retention_enabled"`
		} `json:"compactor"`
	}
	// The error of the decoder may quote what it read.
	if err := yaml.Unmarshal(body, &config); err != nil || config.Compactor.Enabled == nil {
		return false, fmt.Errorf("cannot read the configuration: it does not say whether compactor.retention_enabled is set")
	}
	return *config.Compactor.Enabled, nil
}

// Labels are the index labels that lines between two times have.
func (c *Client) Labels(ctx context.Context, tenant string, from, to time.Time) ([]string, error) {
	var names []string
	return names, c.query(ctx, "list the labels", tenant, "/loki/api/v1/labels", between(from, to), &names)
}

// HasLine says whether a line of the streams is stored between two times.
func (c *Client) HasLine(ctx context.Context, tenant, streams string, from, to time.Time) (bool, error) {
	return c.hasLine(ctx, "look for lines that are too old", tenant, streams, between(from, to))
}

// hasLine asks for one line of a range; name is for people.
func (c *Client) hasLine(ctx context.Context, name, tenant, streams string, query url.Values) (bool, error) {
	query.Set("query", streams)
	query.Set("limit", "1")
	var data struct {
		Result []struct {
			Values []any `json:"values"`
		} `json:"result"`
	}
	if err := c.query(ctx, name, tenant, "/loki/api/v1/query_range", query, &data); err != nil {
		return false, err
	}
	for _, stream := range data.Result {
		if len(stream.Values) > 0 {
			return true, nil
		}
	}
	return false, nil
}

func between(from, to time.Time) url.Values {
	return url.Values{"start": {nanoseconds(from)}, "end": {nanoseconds(to)}}
}

func nanoseconds(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 10) }

// Before is what was promised to the lines of a tenant that we never wrote, nil if it has none. It looks back a year
// and a month, and stops at the first line it finds: at most fourteen requests, once for a tenant.
func (c *Client) Before(ctx context.Context, tenant string, now time.Time) (*retention.Commitment, error) {
	limits, err := c.Limits(ctx, tenant)
	if err != nil {
		return nil, err
	}
	for age := time.Duration(0); age < horizon; age += window {
		labels, err := c.Labels(ctx, tenant, now.Add(-age-window), now.Add(-age))
		if err != nil {
			return nil, err
		}
		if len(labels) > 0 {
			return limits.Before(), nil
		}
	}
	return nil, nil
}

// Observe finds the facts that say whether Loki does what was written: four requests, and one for each class.
func (c *Client) Observe(ctx context.Context, tenant string, written retention.Commitment, now time.Time) (plan.Facts, error) {
	var f plan.Facts
	var err error
	if f.Limits, err = c.Limits(ctx, tenant); err != nil {
		return f, err
	}
	if f.Deletes, err = c.Deletes(ctx, tenant); err != nil {
		return f, err
	}
	if f.ReloadFailed, err = c.ReloadFailed(ctx, tenant); err != nil {
		return f, err
	}
	labels, err := c.Labels(ctx, tenant, now.Add(-lately), now)
	if err != nil {
		return f, err
	}
	f.Lines, f.Labelled = len(labels) > 0, slices.Contains(labels, retention.ClassLabel)
	questions, err := plan.Questions(written)
	if err != nil {
		return f, err
	}
	for _, q := range questions {
		found, err := c.HasLine(ctx, tenant, q.LogQL, now.Add(-q.Eldest), now.Add(-q.Youngest))
		if err != nil {
			return f, err
		}
		if found {
			f.Overdue = append(f.Overdue, q.Class)
		}
	}
	return f, nil
}
