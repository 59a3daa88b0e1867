package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/manifest"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	elasticsettings "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/elastic"
	settings "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
)

type logsOptions struct {
	planOptions

	// documents are files with ConfigMaps as they are in the cluster.
	documents []string
	output    string
	// credentials is a directory with the files of the Secret of an Elasticsearch.
	credentials string
	// erasures are files with TuxLogErasures as they are in the cluster.
	erasures []string
	// stores are found by made, beside the documents.
	stores []logsStore
}

func newLogsPlan() *cobra.Command {
	o := &logsOptions{}
	c := &cobra.Command{
		Use:   "plan -f FILE",
		Short: "Show what the log store would be told, and what would shorten the life of stored logs",
		Long: `plan makes the documents of spec.logs of all TuxMonitorings in the files, as the operator does. Nothing is asked.

What is promised so far is in the ConfigMap of the cluster: hand it in with --document, or each tenant is taken for a
new one, of which nothing is stored. For an Elasticsearch, which has it itself, it always is: ask with tuxmon logs status.

Exit codes: 0 all is as declared, 1 something needs a person, 2 no document could be made.`,
		Example: `  kubectl get configmap -n monitoring tux-loki-overrides -o yaml > document.yaml
  tuxmon logs plan -f production.yaml --document document.yaml

  # The ConfigMaps, for kubectl apply where no operator runs.
  tuxmon logs plan -f production.yaml --document document.yaml -o yaml

  # The requests to an Elasticsearch.
  tuxmon logs plan -f production.yaml -o yaml`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return o.plan(c) },
	}
	o.addLogsFlags(c)
	c.Flags().StringVarP(&o.output, "output", "o", "table", "table or yaml")
	return c
}

func newLogsStatus() *cobra.Command {
	o := &logsOptions{output: "table"}
	c := &cobra.Command{
		Use:   "status -f FILE",
		Short: "Ask the log store whether it does what is declared, and whether what is too old is gone",
		Long: `status asks the Loki of every TuxMonitoring in the files, as the operator does: which limits hold for the tenant,
whether the compactor deletes, whether lines have their class as a label, and whether lines are stored that are older
than their class allows by more than a day. An Elasticsearch is asked for its policies and templates, what was promised,
which indices follow them, and for lines that are too old. It only reads.

Exit codes: 0 verified, 1 the log store does otherwise or something needs a person, 2 it could not be asked.`,
		Example: `  kubectl port-forward -n monitoring service/loki 3100 &
  tuxmon logs status -f production.yaml

  # An Elasticsearch: apiKey, or username and password, and ca.crt are files of the directory, as in the Secret.
  tuxmon logs status -f production.yaml --credentials-dir ./elasticsearch

  # With the erasures of the namespace; whose lines they are about is not shown.
  kubectl get tuxlogerasures -n tux-production -o yaml > erasures.yaml
  tuxmon logs status -f production.yaml --erasures erasures.yaml`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return o.status(c) },
	}
	o.addLogsFlags(c)
	c.Flags().StringVar(&o.credentials, "credentials-dir", "", "directory with the files of the Secret of an Elasticsearch")
	c.Flags().StringArrayVar(&o.erasures, "erasures", nil, "file with TuxLogErasures as they are in the cluster; may be repeated")
	return c
}

func (o *logsOptions) addLogsFlags(c *cobra.Command) {
	flags := c.Flags()
	flags.StringArrayVarP(&o.files, "filename", "f", nil, "file with TuxMonitoring resources, - for standard input; may be repeated")
	flags.StringVarP(&o.namespace, "namespace", "n", "default", "namespace of objects that name none")
	flags.StringArrayVar(&o.documents, "document", nil, "file with the ConfigMap as it is in the cluster; may be repeated")
}

// logsDocument is one document, with what becomes of each resource that names it.
type logsDocument struct {
	env.LogDocument

	last, next settings.Document
	results    []retention.Result
	wants      map[string]*env.Logs
}

// made returns the documents of all resources in the files, sorted, and findings about spec.logs.
func (o *logsOptions) made(c *cobra.Command) ([]logsDocument, []string, error) {
	if o.output != "table" && o.output != "yaml" {
		return nil, nil, fmt.Errorf("cannot plan: unknown output %q, use table or yaml", o.output)
	}
	plans, _, err := o.plans(c.Context(), "look at logs", c.InOrStdin())
	if err != nil {
		return nil, nil, err
	}
	have, err := o.have(c.InOrStdin())
	if err != nil {
		return nil, nil, err
	}
	contributions := map[env.LogDocument][]settings.Contribution{}
	wants := map[string]*env.Logs{}
	var findings []string
	for _, p := range plans {
		owner, want := p.Environment.Namespace+"/"+p.Environment.Name, p.Environment.Logs
		if want == nil {
			continue
		}
		findings = append(findings, findingsBelow(p, "spec.logs")...)
		if want.Policy.Backend == retention.Elasticsearch {
			o.stores = append(o.stores, logsStore{url: want.URL, secret: want.Secret, want: elasticsettings.Want{
				Owner: owner, Policy: want.Policy, Acknowledged: want.Acknowledged,
			}})
			continue
		}
		wants[owner] = want
		contributions[want.Document] = append(contributions[want.Document], settings.Contribution{
			Owner: owner, Policy: want.Policy, Acknowledged: want.Acknowledged,
		})
	}
	if len(wants)+len(o.stores) == 0 {
		return nil, nil, errors.New("no TuxMonitoring of the files has spec.logs")
	}
	var all []logsDocument
	for document, list := range contributions {
		d := logsDocument{LogDocument: document, wants: wants, last: have[document]}
		if d.next, d.results, err = settings.Aggregate(d.last, list); err != nil {
			return nil, nil, fmt.Errorf("cannot make %s: %w", document, err)
		}
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b logsDocument) int { return strings.Compare(a.String(), b.String()) })
	return all, findings, nil
}

// have are the documents of the ConfigMaps that were handed in.
func (o *logsOptions) have(stdin io.Reader) (map[env.LogDocument]settings.Document, error) {
	read, err := manifest.Read(o.documents, stdin)
	if err != nil {
		return nil, err
	}
	all := map[env.LogDocument]settings.Document{}
	for _, d := range read {
		var found corev1.ConfigMap
		if d.Object.GetKind() != "ConfigMap" {
			return nil, fmt.Errorf("%s is no ConfigMap", d.Source)
		}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(d.Object.Object, &found); err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", d.Source, err)
		}
		for key, text := range found.Data {
			if !strings.HasSuffix(key, env.LedgerSuffix) {
				document := env.LogDocument{Namespace: found.Namespace, Name: found.Name, Key: key}
				all[document] = settings.Document{Overrides: text, Ledger: found.Data[document.Ledger()]}
			}
		}
	}
	return all, nil
}

func (o *logsOptions) plan(c *cobra.Command) error {
	all, findings, err := o.made(c)
	if err != nil {
		return err
	}
	for i := range all {
		findings = append(findings, all[i].findings()...)
		if o.output == "yaml" {
			err = all[i].manifest(c.OutOrStdout())
		} else {
			err = all[i].table(c.OutOrStdout())
		}
		if err != nil {
			return err
		}
	}
	for i := range o.stores {
		if err := o.stores[i].plan(c.OutOrStdout(), o.output); err != nil {
			return err
		}
	}
	return tell(findings, c.ErrOrStderr())
}

// findings are what needs a person; an invalid declaration was told with its field before.
func (d *logsDocument) findings() []string {
	var all []string
	for i := range d.results {
		all = append(all, findingsOf(&d.results[i])...)
	}
	return all
}

func findingsOf(r *retention.Result) []string {
	var all []string
	switch r.State {
	case retention.Conflict:
		all = append(all, fmt.Sprintf("%s: TenantCollision: tenant %q belongs to %s", r.Owner, r.Tenant, r.Winner))
	case retention.Held:
		for _, decrease := range r.Held {
			all = append(all, fmt.Sprintf("%s: Held: %s", r.Owner, decrease))
		}
		if r.Acknowledgement != "" {
			all = append(all, fmt.Sprintf("%s: to accept what no protection forbids set spec.logs.acknowledgedDecrease to %q",
				r.Owner, r.Acknowledgement))
		}
	}
	return all
}

func (d *logsDocument) table(out io.Writer) error {
	change := "would be written"
	if d.next == d.last {
		change = "is unchanged"
	}
	_, _ = fmt.Fprintf(out, "%s %s, %d bytes\n", d, change, d.next.Size())
	return classTable(out, d.results)
}

func classTable(out io.Writer, results []retention.Result) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "RESOURCE\tTENANT\tSTATE\tCLASS\tDAYS")
	for _, r := range results {
		if r.Holds == nil {
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t\t\n", r.Owner, r.Tenant, r.State)
			continue
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\n", r.Owner, r.Tenant, r.State, retention.DefaultClass, r.Holds.DefaultDays)
		for _, class := range r.Holds.Classes {
			_, _ = fmt.Fprintf(table, "\t\t\t%s\t%d\n", class.Name, class.Days)
		}
	}
	return table.Flush()
}

// manifest prints the ConfigMap as the operator writes it.
func (d *logsDocument) manifest(out io.Writer) error {
	text, err := yaml.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": metav1.ObjectMeta{Namespace: d.Namespace, Name: d.Name, Labels: env.DocumentLabels()},
		"data":     map[string]string{d.Key: d.next.Overrides, d.Ledger(): d.next.Ledger},
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "---\n%s", text)
	return err
}

func (o *logsOptions) status(c *cobra.Command) error {
	all, findings, err := o.made(c)
	if err != nil {
		return err
	}
	hosts, err := external.NewHosts(external.HostsConfig{
		Clock: external.SystemClock(), Jitter: rand.Float64, Limits: loki.Limits(), Read: loki.ReadLimits,
	})
	if err != nil {
		return err
	}
	for i := range all {
		findings = append(findings, all[i].findings()...)
		for _, r := range all[i].results {
			if r.Holds == nil {
				continue
			}
			found, err := ask(c.Context(), hosts, all[i].wants[r.Owner], *r.Holds)
			if err != nil {
				return fmt.Errorf("%s: %w", r.Owner, err)
			}
			if len(found) == 0 {
				_, _ = fmt.Fprintf(c.OutOrStdout(), "%s: Verified: tenant %q is kept as declared, and no line is too old\n", r.Owner, r.Tenant)
			}
			for _, one := range found {
				findings = append(findings, r.Owner+": "+one)
			}
		}
	}
	told, err := o.askStores(c)
	if err != nil {
		return err
	}
	open, err := o.erasureStatus(c.OutOrStdout())
	if err != nil {
		return err
	}
	return tell(slices.Concat(findings, told, open), c.ErrOrStderr())
}

// ask returns what a Loki does otherwise.
func ask(ctx context.Context, hosts *external.Hosts, want *env.Logs, holds retention.Commitment) ([]string, error) {
	client, err := loki.New(loki.Config{URL: want.URL, UserAgent: "tuxmonitoring/" + version, Transport: hosts})
	if err != nil {
		return nil, err
	}
	facts, err := client.Observe(ctx, want.Policy.Tenant, holds, external.SystemClock().Now())
	if err != nil {
		return nil, err
	}
	verdict := settings.Judge(holds, facts)
	var all []string
	if verdict.Off {
		all = append(all, "CompactorOff: retention_enabled is false, and Loki deletes nothing; set "+settings.CompactorSnippet)
	}
	for _, difference := range verdict.Differences {
		all = append(all, "NotEffective: Loki has "+difference)
	}
	for _, class := range verdict.Overdue {
		all = append(all, fmt.Sprintf("Overdue: lines of class %q are stored that should be gone", class))
	}
	return all, nil
}
