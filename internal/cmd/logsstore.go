package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/elastic"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	elasticsettings "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/elastic"
)

// logsStore is what a resource wants of an Elasticsearch.
type logsStore struct {
	url, secret string
	want        elasticsettings.Want
}

// plan prints what is sent for a tenant of which nothing is promised yet.
func (l *logsStore) plan(out io.Writer, output string) error {
	d, err := elasticsettings.Decide(l.want, elasticsettings.State{})
	if err != nil {
		return err
	}
	if output != "yaml" {
		_, _ = fmt.Fprintf(out, "%s would get %d policies and templates\n", l.url, len(d.Objects))
		return classTable(out, []retention.Result{d.Result})
	}
	for _, object := range d.Objects {
		text, err := yaml.Marshal(map[string]any{"request": "PUT " + object.Path(), "body": json.RawMessage(object.Body)})
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "---\n%s", text); err != nil {
			return err
		}
	}
	return nil
}

// askStores returns what each Elasticsearch does otherwise.
func (o *logsOptions) askStores(c *cobra.Command) ([]string, error) {
	if len(o.stores) == 0 {
		return nil, nil
	}
	hosts, err := external.NewHosts(elastic.Hosts(external.HostsConfig{
		Clock: external.SystemClock(), Jitter: rand.Float64, Limits: elastic.Limits(),
	}))
	if err != nil {
		return nil, err
	}
	var findings []string
	for i := range o.stores {
		store := &o.stores[i]
		report, err := o.inspect(c.Context(), hosts, store)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", store.want.Owner, err)
		}
		found := storeFindings(store.want.Owner, report)
		if len(found) == 0 {
			_, _ = fmt.Fprintf(c.OutOrStdout(), "%s: Verified: tenant %q is kept as declared, and no line is too old\n",
				store.want.Owner, store.want.Policy.Tenant)
		}
		findings = append(findings, found...)
	}
	return findings, nil
}

func (o *logsOptions) inspect(ctx context.Context, hosts *external.Hosts, store *logsStore) (elastic.Report, error) {
	config := elastic.Config{URL: store.url, UserAgent: "tuxmonitoring/" + version, Transport: hosts}
	if store.secret != "" && o.credentials == "" {
		return elastic.Report{}, fmt.Errorf("secret %q says how to log in: hand in its files with --credentials-dir", store.secret)
	}
	var err error
	if o.credentials != "" {
		if config.Credentials, err = credentialsIn(o.credentials); err != nil {
			return elastic.Report{}, err
		}
	}
	client, err := elastic.New(config)
	if err != nil {
		return elastic.Report{}, err
	}
	return elastic.Inspect(ctx, client, store.want, external.SystemClock().Now())
}

// credentialsIn reads a directory like that of a Secret that is mounted.
func credentialsIn(dir string) (elastic.Credentials, error) {
	data := map[string][]byte{}
	for _, key := range elastic.SecretKeys() {
		content, err := os.ReadFile(filepath.Join(dir, key)) //nolint:gosec // the user names the directory
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return elastic.Credentials{}, fmt.Errorf("cannot read the credentials: %w", err)
		}
		data[key] = content
	}
	return elastic.NewCredentials(data)
}

func storeFindings(owner string, r elastic.Report) []string {
	all := findingsOf(&r.Result)
	for _, name := range r.Corrected {
		all = append(all, fmt.Sprintf("%s: NotEffective: Elasticsearch does not have %s as declared", owner, name))
	}
	if r.Verdict.Off {
		all = append(all, owner+": LifecycleStopped: lifecycle management is stopped, and Elasticsearch deletes nothing; POST _ilm/start")
	}
	for _, difference := range r.Verdict.Differences {
		all = append(all, owner+": NotEffective: Elasticsearch has "+difference)
	}
	for _, class := range r.Verdict.Overdue {
		all = append(all, fmt.Sprintf("%s: Overdue: lines of class %q are stored that should be gone", owner, class))
	}
	return all
}
