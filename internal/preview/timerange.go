package preview

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
)

var relative = regexp.MustCompile(`^now(?:([+-])(\d+)([smhdwMy]))?(?:/([mhdwMy]))?$`)

// ParseTime reads a time as Grafana writes it: now, now-3h, now-1d/d, RFC 3339, or milliseconds since
// 1970. With a rounding, the begin of a range is rounded down and its end up. Days begin at 0:00 UTC.
func ParseTime(text string, now time.Time, end bool) (time.Time, error) {
	if m := relative.FindStringSubmatch(text); m != nil {
		t := now.UTC()
		if m[1] != "" {
			count, err := strconv.Atoi(m[1] + m[2])
			if err != nil {
				return time.Time{}, fmt.Errorf("cannot read time %q: %w", text, err)
			}
			t = shift(t, count, m[3])
		}
		if m[4] == "" {
			return t, nil
		}
		begin := roundDown(t, m[4])
		if end {
			return shift(begin, 1, m[4]).Add(-time.Second), nil
		}
		return begin, nil
	}
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.UnixMilli(ms).UTC(), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("cannot read time %q: write now-3h, 2026-11-23T05:00:00Z or milliseconds since 1970", text)
	}
	return t.UTC(), nil
}

func shift(t time.Time, count int, unit string) time.Time {
	switch unit {
	case "s":
		return t.Add(time.Duration(count) * time.Second)
	case "m":
		return t.Add(time.Duration(count) * time.Minute)
	case "h":
		return t.Add(time.Duration(count) * time.Hour)
	case "d":
		return t.AddDate(0, 0, count)
	case "w":
		return t.AddDate(0, 0, 7*count)
	case "M":
		return t.AddDate(0, count, 0)
	}
	return t.AddDate(count, 0, 0)
}

func roundDown(t time.Time, unit string) time.Time {
	switch unit {
	case "m":
		return t.Truncate(time.Minute)
	case "h":
		return t.Truncate(time.Hour)
	case "w":
		day := t.Truncate(24 * time.Hour)
		return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
	case "M":
		return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	case "y":
		return time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return t.Truncate(24 * time.Hour)
}

// span is the time range of a panel, in seconds since 1970.
type span struct{ from, to int64 }

func (s span) length() time.Duration { return time.Duration(s.to-s.from) * time.Second }

// steps of Grafana's axis: an interval is rounded to one of them, so that zooming a little changes
// nothing (rangeUtil.roundInterval in @grafana/data).
var steps = []struct{ below, step time.Duration }{
	{1500 * time.Millisecond, time.Second},
	{3500 * time.Millisecond, 2 * time.Second},
	{7500 * time.Millisecond, 5 * time.Second},
	{12500 * time.Millisecond, 10 * time.Second},
	{17500 * time.Millisecond, 15 * time.Second},
	{25 * time.Second, 20 * time.Second},
	{45 * time.Second, 30 * time.Second},
	{90 * time.Second, time.Minute},
	{210 * time.Second, 2 * time.Minute},
	{450 * time.Second, 5 * time.Minute},
	{750 * time.Second, 10 * time.Minute},
	{1050 * time.Second, 15 * time.Minute},
	{1500 * time.Second, 20 * time.Minute},
	{2700 * time.Second, 30 * time.Minute},
	{5400 * time.Second, time.Hour},
	{9000 * time.Second, 2 * time.Hour},
	{16200 * time.Second, 3 * time.Hour},
	{32400 * time.Second, 6 * time.Hour},
	{86400 * time.Second, 12 * time.Hour},
	{604800 * time.Second, 24 * time.Hour},
}

// interval is the step of a query: the range cut into at most so many points, rounded as Grafana does,
// and never shorter than shortest.
func interval(length time.Duration, points int, shortest time.Duration) time.Duration {
	raw, step := length/time.Duration(max(points, 1)), 7*24*time.Hour
	for _, s := range steps {
		if raw < s.below {
			step = s.step
			break
		}
	}
	return max(step, shortest, time.Second)
}

// rateInterval is $__rate_interval: at least four scrapes, so that a rate survives one that is lost.
func rateInterval(step, scrape time.Duration) time.Duration { return max(step+scrape, 4*scrape) }

// duration reads a Prometheus duration such as 30s; Grafana also writes >30s for "at least".
func duration(text string) (time.Duration, error) {
	if len(text) > 0 && text[0] == '>' {
		text = text[1:]
	}
	d, err := model.ParseDuration(text)
	return time.Duration(d), err
}
