package cmd

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/tux-io/tux-monitoring-operator/internal/preview"
)

type previewOptions struct {
	planOptions

	dashboards []string
	only       string
	output     string
	theme      string

	source previewSource

	from, to       string
	variables      []string
	points         int
	concurrency    int
	scrapeInterval time.Duration
}

func newPreview() *cobra.Command {
	o := &previewOptions{}
	c := &cobra.Command{
		Use:   "preview (-f FILE | --dashboard FILE) (--prometheus URL | --data FILE) -o FILE",
		Short: "Draw the dashboards with live or recorded data into one HTML file, without a Grafana",
		Long: `preview draws dashboards as Grafana lays them out into one HTML file that needs nothing else: for pull
requests, documentation and incident reports.

The dashboards are those of TuxMonitoring resources (-f, planned as tuxmon render does), or any classic
Grafana JSON (--dashboard). The data come from a Prometheus (--prometheus) or from a file --record has
written (--data). Variables are expanded, each query of each panel is asked once. A query that fails or
returns nothing is told in its panel; what the preview cannot draw, too.

The same dashboards and data give the same bytes. Exit codes: 0 all well, 1 the plan has findings or
queries failed (the page is written all the same), 2 no page could be made.`,
		Example: `  # All dashboards of a resource, with the data of now.
  tuxmon preview -f production.yaml --cluster-facts facts.yaml --prometheus http://localhost:9090 -o preview.html

  # One dashboard as it was during an incident, and its data for later.
  tuxmon preview -f production.yaml --cluster-facts facts.yaml --only overview \
    --prometheus https://prometheus.example --token-file token --ca-file ca.crt \
    --from 2026-11-23T04:00:00Z --to 2026-11-23T06:00:00Z --record incident.json.gz -o incident.html

  # The same page again, without a Prometheus.
  tuxmon preview -f production.yaml --cluster-facts facts.yaml --data incident.json.gz -o incident.html

  # Any other dashboard, for one value of a variable.
  tuxmon preview --dashboard node.json --var instance=node-1:9100 --prometheus http://localhost:9090 -o node.html`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return o.run(c.Context(), c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	o.addFlags(c)
	return c
}

func (o *previewOptions) addFlags(c *cobra.Command) {
	flags := c.Flags()
	o.planOptions.addFlags(flags)
	flags.StringArrayVar(&o.dashboards, "dashboard", nil, "file with a dashboard as classic Grafana JSON; may be repeated")
	flags.StringVar(&o.only, "only", "", "draw only the dashboard of this name, title or uid")
	flags.StringVarP(&o.output, "output", "o", "", "HTML file to write, - for standard output")
	flags.StringVar(&o.theme, "theme", "auto", "dark, light, or auto: what the browser prefers")
	flags.StringVar(&o.source.url, "prometheus", "", "URL of the Prometheus to ask")
	flags.StringVar(&o.source.tokenFile, "token-file", "", "file with a bearer token for the Prometheus")
	flags.StringVar(&o.source.caFile, "ca-file", "", "file with the certificates that prove the Prometheus; unset: those of the system")
	flags.DurationVar(&o.source.timeout, "query-timeout", 30*time.Second, "how long one query may take")
	flags.StringVar(&o.source.record, "record", "", "write the answers of the Prometheus to this file; .gz compresses")
	flags.StringVar(&o.source.data, "data", "", "take the answers from a file --record has written")
	flags.StringVar(&o.from, "from", "", "begin: now-3h, 2026-11-23T05:00:00Z or milliseconds; unset: that of each dashboard")
	flags.StringVar(&o.to, "to", "", "end, written like --from; unset: that of each dashboard")
	flags.StringArrayVar(&o.variables, "var", nil, "value of a variable as name=value; may be repeated, for several values too")
	flags.IntVar(&o.points, "points", 600, fmt.Sprintf("points a panel over the full width asks for at most, up to %d", preview.MaxPoints))
	flags.IntVar(&o.concurrency, "concurrency", 4, "queries asked at once")
	flags.DurationVar(&o.scrapeInterval, "scrape-interval", 15*time.Second, "that of the data source in Grafana, for $__rate_interval")
	c.MarkFlagsMutuallyExclusive("filename", "dashboard")
	c.MarkFlagsMutuallyExclusive("prometheus", "data")
	// What was asked is part of a recording; asked differently, it has no answers.
	for _, flag := range []string{"from", "to", "var", "points", "scrape-interval", "record", "token-file", "ca-file"} {
		c.MarkFlagsMutuallyExclusive("data", flag)
	}
	c.MarkFlagsOneRequired("filename", "dashboard")
	c.MarkFlagsOneRequired("prometheus", "data")
	if err := c.MarkFlagRequired("output"); err != nil {
		panic(err) // the flag is defined above
	}
}

func (o *previewOptions) run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
	options, err := o.previewed()
	if err != nil {
		return err
	}
	chosen, findings, err := o.load(ctx, stdin)
	if err != nil {
		return err
	}
	source, err := o.source.open(&options)
	if err != nil {
		return err
	}
	page, err := preview.Build(ctx, chosen, source, options)
	if err != nil {
		return err
	}
	if err := o.source.keep(source, options); err != nil {
		return err
	}
	text, err := page.HTML(o.theme)
	if err != nil {
		return err
	}
	if err := writeOutput(o.output, text, stdout); err != nil {
		return err
	}
	findings = append(findings, page.Failures()...)
	return tell(findings, stderr)
}

// previewed returns what the flags say about what is asked.
func (o *previewOptions) previewed() (preview.Options, error) {
	variables, err := parseVariables(o.variables)
	return preview.Options{
		Now: time.Now(), From: o.from, To: o.to, Points: o.points, Concurrency: o.concurrency,
		ScrapeInterval: o.scrapeInterval, Variables: variables,
	}, err
}
