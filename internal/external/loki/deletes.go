package loki

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/seal"
)

// ErrClosed is returned by a Loki that takes no requests to delete for a tenant, and does not show those it had.
var ErrClosed = errors.New("loki takes no requests to delete lines of the tenant")

// closedText is how it says so, by deletion_mode.
const closedText = "deletion is not available"

// Requested are the requests to delete lines that Loki has of a tenant, whoever has sent them, in its order. A Loki that
// keeps everything has no such list, and takes no request.
func (c *Client) Requested(ctx context.Context, tenant string) ([]seal.Deletion, error) {
	body, err := c.get(ctx, "list the requests to delete lines", tenant, deletePath, nil)
	if refused := (*external.Answer)(nil); errors.As(err, &refused) {
		if refused.Status == http.StatusForbidden && strings.Contains(refused.Detail, closedText) {
			return nil, ErrClosed
		}
		if refused.Status == http.StatusNotFound || refused.Status == http.StatusBadRequest {
			if deletes, asked := c.Deletes(ctx, tenant); asked == nil && !deletes {
				return nil, nil
			}
		}
	}
	if err != nil {
		return nil, err
	}
	return ReadRequested(body)
}

// ReadRequested reads the list of Loki.
func ReadRequested(body []byte) ([]seal.Deletion, error) {
	var list []struct {
		ID      string  `json:"request_id"`
		From    float64 `json:"start_time"`
		To      float64 `json:"end_time"`
		Query   string  `json:"query"`
		Status  string  `json:"status"`
		Created float64 `json:"created_at"`
	}
	// The error of the decoder may quote what it read.
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, errors.New("cannot read the requests to delete lines: it is no list of Loki")
	}
	all := make([]seal.Deletion, 0, len(list))
	for _, one := range list {
		all = append(all, seal.Deletion{
			ID: one.ID, From: sinceEpoch(one.From), To: sinceEpoch(one.To), Query: one.Query, Status: one.Status, Received: sinceEpoch(one.Created),
		})
	}
	return all, nil
}

// sinceEpoch is a time as Loki writes it, to the millisecond.
func sinceEpoch(since float64) time.Time {
	return time.UnixMilli(int64(math.Round(since * 1000))).UTC()
}
