package preview

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// Options of a preview.
type Options struct {
	// Now is what "now" means in time ranges.
	Now time.Time
	// From and To replace the time range of the dashboards if they are set, as in ParseTime.
	From, To string
	// Points a full-width panel asks for at most; default 600. A narrow panel asks for its share.
	Points int
	// ScrapeInterval is what Grafana knows as the scrape interval of the data source, for
	// $__rate_interval where a query has no interval of its own; default 15s.
	ScrapeInterval time.Duration
	// Concurrency is how many queries run at once; default 4.
	Concurrency int
	// Variables are choices by the name of the variable, instead of those of the dashboard.
	Variables map[string][]string
	// SourceName is shown as the data source; default Prometheus.
	SourceName string
}

// The bounds of what one page may ask for: Prometheus itself refuses more than 11000 points, and nobody
// reads more series in one panel.
const (
	MaxPoints = 5000
	maxSeries = 200
)

func (o *Options) withDefaults() (Options, error) {
	out := *o
	out.Points = cmp.Or(out.Points, 600)
	out.ScrapeInterval = cmp.Or(out.ScrapeInterval, 15*time.Second)
	out.Concurrency = cmp.Or(out.Concurrency, 4)
	if out.Points < 10 || out.Points > MaxPoints {
		return out, fmt.Errorf("cannot ask for %d points: use 10 to %d", out.Points, MaxPoints)
	}
	if out.Concurrency < 1 || out.ScrapeInterval < 0 {
		return out, fmt.Errorf("cannot use concurrency %d and scrape interval %v", out.Concurrency, out.ScrapeInterval)
	}
	return out, nil
}

// Page is everything the page shows.
type Page struct {
	Dashboards []Board `json:"dashboards"`
}

// Board is one dashboard of a page.
type Board struct {
	UID         string       `json:"uid"`
	Title       string       `json:"title"`
	Tab         string       `json:"tab"`
	Description string       `json:"description,omitempty"`
	From        int64        `json:"from"`
	To          int64        `json:"to"`
	Range       string       `json:"range"`
	Variables   []Variable   `json:"variables,omitempty"`
	Links       []Link       `json:"links,omitempty"`
	Annotations []Annotation `json:"annotations,omitempty"`
	Panels      []Panel      `json:"panels"`
	Problems    []string     `json:"problems,omitempty"`
	// Tooltip is 0 if each panel has a crosshair of its own, else all share one.
	Tooltip int `json:"tooltip"`
}

// Link leads to a page.
type Link struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// Build asks the source everything the dashboards want to know and returns the page. A query that fails
// or returns nothing is told in its panel. It fails for a time that cannot be read, and when ctx ends.
func Build(ctx context.Context, dashboards []*Dashboard, source Source, options Options) (*Page, error) {
	o, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	b := &builder{options: o, source: source, tickets: make(chan struct{}, o.Concurrency)}
	page := &Page{Dashboards: make([]Board, len(dashboards))}
	for i, d := range dashboards {
		if page.Dashboards[i], err = b.board(ctx, d); err != nil {
			return nil, fmt.Errorf("cannot preview dashboard %q: %w", d.Title, err)
		}
	}
	page.nameTabs()
	return page, ctx.Err()
}

type builder struct {
	options Options
	source  Source
	// tickets bounds the queries that run at once.
	tickets chan struct{}
}

// query asks when fewer than Concurrency others do.
func (b *builder) query(ctx context.Context, q Query) ([]Series, error) {
	select {
	case b.tickets <- struct{}{}:
		defer func() { <-b.tickets }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	series, err := b.source.Query(ctx, q)
	if err != nil {
		return nil, err
	}
	if q.Step == 0 && ordered.MatchString(q.Expr) {
		return series, nil
	}
	series = slices.Clone(series)
	slices.SortFunc(series, func(x, y Series) int { return cmp.Compare(notation(x.Metric), notation(y.Metric)) })
	return series, nil
}

// ordered matches instant queries whose answer comes in an order that means something.
var ordered = regexp.MustCompile(`^\s*(topk|bottomk|sort|sort_desc|sort_by_label|sort_by_label_desc)\b`)

func (b *builder) board(ctx context.Context, d *Dashboard) (Board, error) {
	at, err := b.timeRange(d)
	if err != nil {
		return Board{}, err
	}
	s, shown := b.resolve(ctx, d, at)
	out := Board{
		UID: d.UID, Title: s.describe(d.Title), Description: d.Description,
		From: at.from, To: at.to, Range: describeRange(first(b.options.From, d.Time.From), first(b.options.To, d.Time.To)),
		Variables: shown, Links: links(d.Links, s), Tooltip: d.GraphTooltip,
	}
	panels := expanded(d.Panels)
	out.Panels = make([]Panel, len(panels))
	var group errgroup.Group
	// Panels wait for tickets; this only bounds the goroutines.
	group.SetLimit(4 * b.options.Concurrency)
	for i := range panels {
		group.Go(func() error {
			out.Panels[i] = b.panel(ctx, &panels[i], s, at)
			return nil
		})
	}
	group.Go(func() error {
		out.Annotations, out.Problems = b.annotations(ctx, d, s, at)
		return nil
	})
	return out, group.Wait()
}

func (b *builder) timeRange(d *Dashboard) (span, error) {
	from, err := ParseTime(first(b.options.From, d.Time.From, "now-6h"), b.options.Now, false)
	if err != nil {
		return span{}, err
	}
	to, err := ParseTime(first(b.options.To, d.Time.To, "now"), b.options.Now, true)
	if err != nil {
		return span{}, err
	}
	if !from.Before(to) {
		return span{}, fmt.Errorf("the time range begins at %s and ends at %s", from.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	return span{from.Unix(), to.Unix()}, nil
}

// step of a panel that is so many columns wide; shortest is that of its query.
func (b *builder) step(at span, width int, shortest time.Duration) time.Duration {
	return interval(at.length(), max(b.options.Points*width/columns, 1), shortest)
}

var rangeWords = map[string]string{"m": "minutes", "h": "hours", "d": "days", "w": "weeks", "M": "months", "y": "years"}

// describeRange says a range in words if it is one of the usual ones.
func describeRange(from, to string) string {
	m := relative.FindStringSubmatch(from)
	if m == nil || m[1] != "-" || m[4] != "" || first(to, "now") != "now" || rangeWords[m[3]] == "" {
		return ""
	}
	if m[2] == "1" {
		return "Last 1 " + rangeWords[m[3]][:len(rangeWords[m[3]])-1]
	}
	return "Last " + m[2] + " " + rangeWords[m[3]]
}

// nameTabs shortens the titles to what tells the dashboards apart: a title such as
// "TUX / production / HTTP (shop/tux)" loses the words all titles begin and end with.
func (p *Page) nameTabs() {
	titles := make([]string, 0, len(p.Dashboards))
	for i := range p.Dashboards {
		titles = append(titles, p.Dashboards[i].Title)
	}
	names := shorten(titles)
	for i := range p.Dashboards {
		p.Dashboards[i].Tab = names[i]
	}
}

// Failures lists the queries that failed, with dashboard and panel.
func (p *Page) Failures() []string {
	var out []string
	for i := range p.Dashboards {
		d := &p.Dashboards[i]
		for _, v := range d.Variables {
			if v.Problem != "" {
				out = append(out, fmt.Sprintf("%s: variable %q: %s", d.Title, v.Label, v.Problem))
			}
		}
		for _, problem := range d.Problems {
			out = append(out, d.Title+": "+problem)
		}
		for j := range d.Panels {
			for _, problem := range d.Panels[j].Errors {
				out = append(out, fmt.Sprintf("%s: panel %q: %s", d.Title, d.Panels[j].Title, problem))
			}
		}
	}
	return out
}
