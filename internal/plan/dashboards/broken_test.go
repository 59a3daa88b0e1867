package dashboards

import (
	"testing"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// TestChecksFindBrokenDashboards breaks one thing of a sound dashboard and wants the check of that
// thing, which was content before, to object.
func TestChecksFindBrokenDashboards(t *testing.T) {
	first := func(change func(*panel)) func(*board) {
		return func(b *board) { change(b.pictures()[0]) }
	}
	expr := func(text string) func(*board) {
		return first(func(p *panel) { p.Targets[0].Expr = text })
	}
	cases := map[string]struct {
		check string
		spoil func(*board)
	}{
		"no uid":       {"the uid has 1 to 40 characters", func(b *board) { b.UID = "" }},
		"a long uid":   {"the uid has 1 to 40 characters", func(b *board) { b.UID += "-0123456789-0123456789" }},
		"an id twice":  {"ids are unique", func(b *board) { b.Panels[3].ID = b.Panels[1].ID }},
		"an id of 0":   {"ids are unique", func(b *board) { b.Panels[3].ID = 0 }},
		"two in place": {"panels neither overlap nor leave the grid", func(b *board) { b.Panels[2].GridPos = b.Panels[1].GridPos }},
		"too wide":     {"panels neither overlap nor leave the grid", func(b *board) { b.Panels[0].GridPos.W = 25 }},
		"a narrow row": {"rows fill the grid", func(b *board) { b.Panels[1].GridPos.W-- }},
		"a low panel":  {"rows fill the grid", func(b *board) { b.Panels[2].GridPos.H-- }},
		"no title":     {"every panel has a title, unit and text", first(func(p *panel) { p.Title = "" })},
		"no unit":      {"every panel has a title, unit and text", first(func(p *panel) { p.FieldConfig.Defaults.Unit = "" })},
		"no text":      {"every panel has a title, unit and text", first(func(p *panel) { p.Description = "" })},
		"no base":      {"every panel says what nothing looks like", first(func(p *panel) { p.FieldConfig.Defaults.Thresholds.Steps = nil })},
		"a base that is a number": {"every panel says what nothing looks like", first(func(p *panel) {
			p.FieldConfig.Defaults.Thresholds.Steps[0].Value = new(1.0)
		})},
		"lines across gaps": {"every panel says what nothing looks like", func(b *board) {
			for _, p := range b.pictures() {
				p.FieldConfig.Defaults.Custom.SpanNulls = new(true)
			}
		}},
		"no word for no value": {"every panel says what nothing looks like", func(b *board) {
			b.pictures()[1].FieldConfig.Defaults.NoValue = ""
		}},
		"a number over a range": {"single values ask for now only", first(func(p *panel) {
			p.Targets[0].Instant, p.Targets[0].Range = false, true
		})},
		"neither now nor range": {"single values ask for now only", first(func(p *panel) { p.Targets[0].Instant = false })},
		"no legend":             {"every query has a name", first(func(p *panel) { p.Targets[0].LegendFormat = "" })},
		"no query":              {"every query has a name", first(func(p *panel) { p.Targets = nil })},
		"a named source":        {"no data source is named", first(func(p *panel) { p.Targets[0].DataSource = &source{"prometheus", "P1809F7CD0C75ACF3"} })},
		"a panel's own source":  {"no data source is named", first(func(p *panel) { p.DataSource = &source{"prometheus", "Prometheus"} })},
		"no source":             {"no data source is named", first(func(p *panel) { p.DataSource = nil })},
		"an address as name":    {"no legend names an address", first(func(p *panel) { p.Targets[0].LegendFormat = "{{instance}}" })},
		"every workspace":       {"what is drawn per workspace is bounded", first(func(p *panel) { p.Targets[0].LegendFormat = "{{workspace_id}}" })},
		"a runbook nobody wrote": {"links lead somewhere", first(func(p *panel) {
			p.Links = []link{{Type: "link", Title: "Runbook", URL: env.RunbookURL("TuxNothing")}}
		})},
		"a dashboard that is not there": {"links lead somewhere", first(func(p *panel) {
			p.FieldConfig.Defaults.Links = []link{{Title: "More", URL: "/d/tux-nothing?x=y"}}
		})},
		"a unit Grafana does not know": {"every panel has a title, unit and text", first(func(p *panel) { p.FieldConfig.Defaults.Unit = "requests" })},
		"states without words": {"every panel says what nothing looks like", func(b *board) {
			for _, p := range b.pictures() {
				p.FieldConfig.Defaults.Mappings = nil
			}
		}},
		"an annotation of another source":   {"no data source is named", func(b *board) { b.Annotations.List[0].DataSource = nil }},
		"an annotation that does not parse": {"every query parses", func(b *board) { b.Annotations.List[0].Target.Expr = "up{" }},
		"a difference of a counter and a gauge": {"rates are of counters and counters in rates",
			expr(`tux_string_generations_total{namespace="shop"} - up{namespace="shop"}`)},
		"an unknown variable": {"every variable that is used exists", expr(`up{namespace="$namespace"}`)},
		"an unused variable": {"every variable that exists is used", func(b *board) {
			b.Templating.List = append(b.Templating.List, variable{Name: "pod"})
		}},
		"no PromQL":        {"every query parses", expr(`sum(up{namespace="shop"}`)},
		"a forgotten name": {"every query parses", expr(`up{namespace="shop"} > $limit`)},
		// The bugs of the seed's own dashboard.
		"Request Rate of the seed":   {"every metric is known", expr(`rate(django_http_requests_total{namespace="shop"}[$__rate_interval])`)},
		"Response Times of the seed": {"every metric is known", expr(`django_http_request_duration_seconds{namespace="shop",quantile="0.95"}`)},
		"Propagation of the seed":    {"every metric is known", expr(`tux_propagation_duration_seconds{namespace="shop"}`)},
		"a counter as it is":         {"rates are of counters and counters in rates", expr(`tux_string_generations_total{namespace="shop"}`)},
		"a rate of a gauge":          {"rates are of counters and counters in rates", expr(`rate(django_migrations_unapplied_total{namespace="shop"}[$__rate_interval])`)},
		"a rate of a recorded rate":  {"rates are of counters and counters in rates", expr(`increase(job:tux_http_requests:rate5m{namespace="shop"}[$__rate_interval])`)},
		"a fixed window":             {"windows fit the zoom", expr(`rate(tux_string_generations_total{namespace="shop"}[5m])`)},
		"all namespaces":             {"every selector is of the namespace", expr(`up{job="web"}`)},
		"another namespace":          {"every selector is of the namespace", expr(`up{namespace=~"shop.*"}`)},
		"a quantile without le": {"quantiles keep the buckets they are taken of",
			expr(`histogram_quantile(0.95, sum by (job) (rate(tux_propagation_duration_seconds_bucket{namespace="shop"}[$__rate_interval])))`)},
	}
	k := learn(t)
	k.uids, k.workspace = uids(t, production()), "workspace_id"
	proven := map[string]bool{}
	for name, tc := range cases {
		proven[tc.check] = true
		t.Run(name, func(t *testing.T) {
			b := boards(t, production())["overview"]
			if problems := checks[tc.check](k, b); len(problems) > 0 {
				t.Fatalf("not sound before: %v", problems)
			}
			tc.spoil(b)
			if problems := checks[tc.check](k, b); len(problems) == 0 {
				t.Error("not found")
			}
		})
	}
	for name := range checks {
		if !proven[name] {
			t.Errorf("nothing proves the check %q", name)
		}
	}
}
