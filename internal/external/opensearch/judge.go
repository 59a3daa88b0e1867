package opensearch

import (
	"context"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/external/logstore"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/opensearch"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
)

// Judge looks whether OpenSearch does what was written: two requests, one for about fifty indices, and one for each class
// that has a data stream.
func (c *Client) Judge(
	ctx context.Context, tenant string, holds retention.Commitment, have store.State, now time.Time,
) (logstore.Judgement, error) {
	f := plan.Facts{Revisions: have.Revisions}
	var err error
	if f.Off, err = c.Off(ctx); err != nil {
		return logstore.Judgement{}, err
	}
	if f.Streams, err = c.Streams(ctx, tenant); err != nil {
		return logstore.Judgement{}, err
	}
	var indices []string
	for _, stream := range store.StreamsOf(tenant, holds, f.Streams) {
		indices = append(indices, stream.Indices...)
	}
	if f.Indices, err = c.Explain(ctx, indices); err != nil {
		return logstore.Judgement{}, err
	}
	if f.Overdue, err = logstore.Overdue(ctx, tenant, holds, f.Streams, now, c.HasLine); err != nil {
		return logstore.Judgement{}, err
	}
	verdict, stragglers := plan.Judge(tenant, holds, f)
	return logstore.Judgement{Verdict: verdict, Stragglers: stragglers}, nil
}
