package preview

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Panel is one panel of the page.
type Panel struct {
	ID          int    `json:"id"`
	Type        string `json:"type"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Grid        Grid   `json:"grid"`
	// From and To differ from those of the dashboard if the panel has a range of its own.
	From int64 `json:"from,omitempty"`
	To   int64 `json:"to,omitempty"`
	// Config are the field defaults and Options the panel options, both as Grafana writes them.
	Config  map[string]any `json:"config,omitempty"`
	Options map[string]any `json:"options,omitempty"`
	Links   []Link         `json:"links,omitempty"`
	Lines   []Line         `json:"lines,omitempty"`
	Table   *Table         `json:"table,omitempty"`
	Heat    *Heat          `json:"heat,omitempty"`
	// Errors are queries that failed, Notes what is drawn differently from Grafana.
	Errors []string `json:"errors,omitempty"`
	Notes  []string `json:"notes,omitempty"`
	// Queries are the expressions that were asked.
	Queries []string `json:"queries,omitempty"`
	// Unsupported is why the panel is not drawn at all.
	Unsupported string `json:"unsupported,omitempty"`
}

// drawn are the panel types the page draws.
var drawn = []string{"timeseries", "stat", "bargauge", "table", "state-timeline", "status-history", "heatmap", "text", "gauge"}

func (b *builder) panel(ctx context.Context, p *panel, s scope, at span) Panel {
	out := Panel{
		ID: p.ID, Type: p.Type, Title: s.describe(p.Title), Description: s.describe(p.Description), Grid: p.GridPos,
		Config: p.FieldConfig.Defaults, Options: p.Options, Links: links(p.Links, s),
	}
	switch {
	case p.Type == "row":
		return Panel{ID: p.ID, Type: p.Type, Title: s.describe(p.Title), Grid: p.GridPos}
	case p.LibraryPanel != nil:
		out.Unsupported = fmt.Sprintf("This is the library panel %q, which is kept in Grafana and not in the dashboard.", p.LibraryPanel.Name)
		return out
	case !slices.Contains(drawn, p.Type):
		out.Unsupported = fmt.Sprintf("The preview does not draw panels of type %q.", p.Type)
		return out
	case p.Type == "text":
		out.Options = map[string]any{"content": s.describe(lookup[string](p.Options, "content")), "mode": p.Options["mode"]}
		return out
	}
	out.Notes = append(p.FieldConfig.unsupported(), p.notes()...)
	at, err := b.ownRange(p, at, &out)
	if err != nil {
		out.Errors = append(out.Errors, err.Error())
	}
	answers := b.answers(ctx, p, s, at, &out)
	out.arrange(p, answers)
	return out
}

func (p *panel) notes() []string {
	var out []string
	if p.Repeat != "" {
		out = append(out, fmt.Sprintf("Grafana repeats this panel for each value of $%s; here it is drawn once for all", p.Repeat))
	}
	if p.TimeShift != "" {
		out = append(out, fmt.Sprintf("the time shift %s is not supported", p.TimeShift))
	}
	return out
}

// ownRange is the time range of a panel, which may end with the dashboard's but begin elsewhere.
func (b *builder) ownRange(p *panel, at span, out *Panel) (span, error) {
	if p.TimeFrom == "" {
		return at, nil
	}
	length, err := duration(strings.TrimPrefix(p.TimeFrom, "now-"))
	if err != nil {
		return at, fmt.Errorf("cannot read the time range %q: %w", p.TimeFrom, err)
	}
	at.from = at.to - int64(length.Seconds())
	out.From, out.To = at.from, at.to
	return at, nil
}

// answer is what one target of a panel got.
type answer struct {
	target *target
	query  Query
	series []Series
}

func (b *builder) answers(ctx context.Context, p *panel, s scope, at span, out *Panel) []answer {
	var answers []answer
	for i := range p.Targets {
		t := &p.Targets[i]
		if t.Hide {
			continue
		}
		a, err := b.answer(ctx, p, t, s, at)
		if a.query.Expr != "" {
			out.Queries = append(out.Queries, a.query.Expr)
		}
		if err != nil {
			out.Errors = append(out.Errors, fmt.Sprintf("%s: %v", first(t.RefID, "query"), err))
			continue
		}
		if extra := len(a.series) - maxSeries; extra > 0 {
			a.series = a.series[:maxSeries]
			out.Notes = append(out.Notes, fmt.Sprintf("%s: %d more series are not shown", t.RefID, extra))
		}
		answers = append(answers, a)
	}
	return answers
}

func (b *builder) answer(ctx context.Context, p *panel, t *target, s scope, at span) (answer, error) {
	if err := answerable(p, t); err != nil {
		return answer{}, err
	}
	shortest, scrape, err := b.shortest(p, t)
	if err != nil {
		return answer{}, err
	}
	step := b.step(at, p.GridPos.W, shortest)
	if p.MaxDataPoints > 0 {
		step = max(step, interval(at.length(), p.MaxDataPoints, shortest))
	}
	expr := s.at(at, step, scrape).expand(t.Expr)
	q := rangeQuery(expr, at, step)
	if t.Instant && !t.Range || t.Instant && t.Format == "table" {
		q = Query{Expr: expr, Start: at.to, End: at.to}
	}
	series, err := b.query(ctx, q)
	return answer{target: t, query: q, series: series}, err
}

// answerable returns why a query cannot be asked of a Prometheus.
func answerable(p *panel, t *target) error {
	for _, source := range []*dataSource{t.DataSource, p.DataSource} {
		if source != nil && source.Type != "" && source.Type != "prometheus" && source.Type != "datasource" {
			return fmt.Errorf("data sources of type %q are not supported", source.Type)
		}
	}
	if strings.TrimSpace(t.Expr) == "" {
		return errors.New("the query is empty")
	}
	return nil
}

// shortest is the shortest step of a query, and the scrape interval $__rate_interval counts with:
// Grafana takes the former for the latter.
func (b *builder) shortest(p *panel, t *target) (shortest, scrape time.Duration, err error) {
	text := first(t.Interval, p.Interval)
	if text == "" || strings.HasPrefix(text, "$") {
		return 0, b.options.ScrapeInterval, nil
	}
	shortest, err = duration(text)
	if err != nil {
		return 0, 0, fmt.Errorf("cannot read interval %q: %w", text, err)
	}
	return shortest, cmp.Or(shortest, b.options.ScrapeInterval), nil
}

// rangeQuery begins and ends at multiples of the step, as Grafana asks it.
func rangeQuery(expr string, at span, step time.Duration) Query {
	seconds := max(int64(step.Seconds()), 1)
	return Query{Expr: expr, Start: at.from - at.from%seconds, End: at.to - at.to%seconds, Step: seconds}
}

// arrange brings the answers into the shape the panel type draws.
func (out *Panel) arrange(p *panel, answers []answer) {
	switch p.Type {
	case "table":
		out.Table, out.Notes = tabulate(p, answers, out.Notes)
	case "heatmap":
		out.Heat = heat(answers)
	default:
		if len(p.Transformations) > 0 {
			out.Notes = append(out.Notes, "transformations are only supported in tables")
		}
		out.Lines = lines(p, answers)
	}
}

// links keeps what a file can lead to: pages of the web and other dashboards of the page.
func links(all []link, s scope) []Link {
	var out []Link
	for i := range all {
		address := s.describe(all[i].URL)
		if uid, ok := dashboardOf(address); ok {
			address = "#" + uid
		}
		if strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://") || strings.HasPrefix(address, "#") {
			out = append(out, Link{Title: s.describe(first(all[i].Title, "Link")), URL: address})
		}
	}
	return out
}

// dashboardOf returns the uid in a link such as /d/<uid>/<name>?var-backend=web.
func dashboardOf(address string) (string, bool) {
	rest, found := strings.CutPrefix(address, "/d/")
	uid, _, _ := strings.Cut(rest, "/")
	uid, _, _ = strings.Cut(uid, "?")
	return uid, found && uid != ""
}
