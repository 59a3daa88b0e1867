package loki

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
)

// Volume estimates how much the streams of a question have, by Loki's index: a request for each thirty days. What is
// older than the horizon is not counted.
func (c *Client) Volume(ctx context.Context, tenant string, q plan.Question, now time.Time) (plan.Volume, error) {
	var all plan.Volume
	for age := q.Youngest; age < min(q.Eldest, horizon); age += window {
		query := between(now.Add(-min(age+window, q.Eldest)), now.Add(-age))
		query.Set("query", q.LogQL)
		const name = "estimate what would go"
		body, err := c.get(ctx, name, tenant, "/loki/api/v1/index/stats", query)
		if err != nil {
			return plan.Volume{}, err
		}
		var found struct {
			Entries *int64 `json:"entries"`
			Bytes   int64  `json:"bytes"`
		}
		if err := json.Unmarshal(body, &found); err != nil || found.Entries == nil {
			return plan.Volume{}, errors.New("cannot " + name + ": the answer is not that of Loki")
		}
		all = all.Add(plan.Volume{Lines: *found.Entries, Bytes: found.Bytes})
	}
	return all, nil
}
