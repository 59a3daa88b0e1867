package loki

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/seal"
)

const (
	readLines = "read lines"
	// pageLines is how many lines an answer has at most; those of a TUX backend have about one KiB.
	pageLines = 1000
)

// before is how much earlier than wanted Loki is asked. Its index has times in milliseconds, and leaves out a chunk whose last
// line is of the very millisecond a question begins with: those lines are found in memory, and not any more when they
// are flushed.
const before = time.Millisecond

// uncached keeps Loki from answering out of its cache of results, where an hour that had no lines once has none for a day.
var uncached = map[string]string{"Cache-Control": "no-cache"}

// ReasonUnreadable is that of an error which says that lines cannot be read without leaving any out.
const ReasonUnreadable = "SealRefused"

// Bounds reads within what limits the lines of a tenant can be read.
func (c *Client) Bounds(ctx context.Context, tenant string) (plan.Bounds, error) {
	body, err := c.get(ctx, "read the limits of the tenant", tenant, "/config/tenant/v1/limits", nil)
	if err != nil {
		return plan.Bounds{}, err
	}
	return plan.ReadBounds(body)
}

// Lines hands over every line of the streams from one time to before another, in the order of their times. Those of one
// nanosecond come in any order. It holds one answer at a time, and leaves nothing out: what cannot be read wholly is an
// error, and then what was handed over is not all.
func (c *Client) Lines(ctx context.Context, tenant, streams string, b plan.Bounds, from, to time.Time, each func(seal.Line) error) error {
	p := pager{limit: min(pageLines, b.Entries), ceiling: b.Entries, most: b.Entries, from: from.UnixNano(), to: to.UnixNano()}
	for p.from < p.to {
		page, err := c.page(ctx, tenant, streams, &p)
		if err == nil {
			page, err = p.turn(page)
		} else if errors.Is(err, errTooLarge) {
			err = p.shrink()
		}
		if err != nil {
			return err
		}
		for _, line := range page {
			if err := each(line); err != nil {
				return err
			}
		}
	}
	return nil
}

// pager says what is asked next. An answer that is full may have cut off lines of its last nanosecond, which is therefore
// asked for again as a whole. What comes from before that was there already.
type pager struct {
	from, to int64
	// limit of the next answer, and what it may be raised to: less than the most where lines are large.
	limit, ceiling, most int
}

// turn takes an answer, sorted, and returns those of its lines that are new, and there wholly.
func (p *pager) turn(page []seal.Line) ([]seal.Line, error) {
	first := slices.IndexFunc(page, func(line seal.Line) bool { return line.At >= p.from })
	if len(page) < p.limit {
		p.from = p.to
		return page[max(first, 0):newest(page, first)], nil
	}
	last := page[len(page)-1].At
	switch {
	case last > p.from:
		// Large lines are behind: the answers grow again.
		p.from, p.ceiling = last, p.most
		p.limit = min(max(2*p.limit, 2), pageLines, p.most)
		return page[first:slices.IndexFunc(page, func(line seal.Line) bool { return line.At == last })], nil
	case p.limit < p.ceiling:
		p.limit = min(2*p.limit, p.ceiling)
		return nil, nil
	}
	return nil, fault.Terminal(ReasonUnreadable, fmt.Errorf(
		"cannot %s: of one nanosecond, and the millisecond before, there are more than the %d that an answer has", readLines, p.ceiling))
}

// newest is the end of the lines that are new: none where first is not there.
func newest(page []seal.Line, first int) int {
	if first < 0 {
		return 0
	}
	return len(page)
}

// shrink is for an answer with too many bytes.
func (p *pager) shrink() error {
	p.ceiling = p.limit / 2
	p.limit = p.ceiling
	if p.limit < 1 {
		return fault.Terminal(ReasonUnreadable, fmt.Errorf("cannot %s: one of them has more than %d bytes", readLines, maxBody))
	}
	return nil
}

// page asks for the first lines of what is left, and sorts them by their times.
func (c *Client) page(ctx context.Context, tenant, streams string, p *pager) ([]seal.Line, error) {
	query := url.Values{
		"query": {streams}, "direction": {"forward"}, "limit": {strconv.Itoa(p.limit)},
		"start": {strconv.FormatInt(p.from-int64(before), 10)}, "end": {strconv.FormatInt(p.to, 10)},
	}
	body, err := c.ask(ctx, readLines, tenant, "/loki/api/v1/query_range", query, uncached)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Status   string   `json:"status"`
		Warnings []string `json:"warnings"`
		Data     *struct {
			Type   string `json:"resultType"`
			Result []struct {
				Stream map[string]string `json:"stream"`
				Values [][2]string       `json:"values"`
			} `json:"result"`
		} `json:"data"`
	}
	// An answer that says nothing of lines is no answer of an hour without any.
	if err := json.Unmarshal(body, &answer); err != nil || answer.Status != "success" || answer.Data == nil || answer.Data.Type != "streams" {
		return nil, fmt.Errorf("cannot %s: the answer is not that of Loki", readLines)
	}
	if len(answer.Warnings) > 0 {
		return nil, fmt.Errorf("cannot %s: Loki warns that its answer may lack some", readLines)
	}
	var page []seal.Line
	for _, stream := range answer.Data.Result {
		labels := seal.LabelsOf(stream.Stream)
		for _, value := range stream.Values {
			at, err := strconv.ParseInt(value[0], 10, 64)
			if err != nil || at < p.from-int64(before) || at >= p.to {
				return nil, fmt.Errorf("cannot %s: the answer has one of another time", readLines)
			}
			page = append(page, seal.Line{At: at, Labels: labels, Text: value[1]})
		}
	}
	slices.SortFunc(page, func(a, b seal.Line) int { return cmp.Compare(a.At, b.At) })
	return page, nil
}
