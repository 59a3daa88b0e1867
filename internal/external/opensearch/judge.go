package opensearch

import (
	"context"
	"slices"
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
	if err := c.explain(ctx, tenant, holds, &f); err != nil {
		return logstore.Judgement{}, err
	}
	if f.Overdue, err = logstore.Overdue(ctx, tenant, holds, f.Streams, now, c.HasLine); err != nil {
		return logstore.Judgement{}, err
	}
	verdict, stragglers := plan.Judge(tenant, holds, f)
	return logstore.Judgement{Verdict: verdict, Stragglers: stragglers}, nil
}

// explain asks about all indices of the data streams. Of those that are left out some were deleted meanwhile, and others are
// hidden from us: these are still there.
func (c *Client) explain(ctx context.Context, tenant string, holds retention.Commitment, f *plan.Facts) error {
	indices := indicesOf(tenant, holds, f.Streams)
	var err error
	if f.Indices, err = c.Explain(ctx, indices); err != nil || len(f.Indices) == len(indices) {
		return err
	}
	later, err := c.Streams(ctx, tenant)
	if err != nil {
		return err
	}
	f.Streams = still(f.Streams, indicesOf(tenant, holds, later))
	// One that is missing may be the end of the whole answer.
	f.Indices, err = c.Explain(ctx, indicesOf(tenant, holds, f.Streams))
	return err
}

func indicesOf(tenant string, holds retention.Commitment, streams []store.DataStream) []string {
	var all []string
	for _, stream := range store.StreamsOf(tenant, holds, streams) {
		all = append(all, stream.Indices...)
	}
	return all
}

// still are the data streams without the indices that are gone.
func still(streams []store.DataStream, indices []string) []store.DataStream {
	var all []store.DataStream
	for _, stream := range streams {
		stream.Indices = slices.DeleteFunc(slices.Clone(stream.Indices), func(name string) bool { return !slices.Contains(indices, name) })
		all = append(all, stream)
	}
	return all
}
