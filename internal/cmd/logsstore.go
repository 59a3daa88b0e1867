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
	"slices"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/logstore"
	"github.com/tux-io/tux-monitoring-operator/internal/external/logstores"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	storesettings "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
)

// logsStore is what a resource wants of a log store that is told by its API.
type logsStore struct {
	kind        logstores.Kind
	url, secret string
	want        storesettings.Want
}

// plan prints what is sent for a tenant of which nothing is promised yet.
func (l *logsStore) plan(out io.Writer, output string) error {
	d, err := l.kind.Dialect.Decide(l.want, storesettings.State{})
	if err != nil {
		return err
	}
	if output != "yaml" {
		_, _ = fmt.Fprintf(out, "%s would get %d policies and templates\n", l.url, len(d.Objects))
		return classTable(out, []retention.Result{d.Result})
	}
	for _, object := range d.Objects {
		text, err := yaml.Marshal(map[string]any{"request": "PUT " + l.kind.Dialect.PathOf(object.Ref), "body": json.RawMessage(object.Body)})
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "---\n%s", text); err != nil {
			return err
		}
	}
	return nil
}

// askStores returns what each of them does otherwise.
func (o *logsOptions) askStores(c *cobra.Command) ([]string, error) {
	if len(o.stores) == 0 {
		return nil, nil
	}
	hosts, err := external.NewHosts(logstore.Hosts(external.HostsConfig{
		Clock: external.SystemClock(), Jitter: rand.Float64, Limits: logstore.Limits(),
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
		found := storeFindings(store, report)
		if len(found) == 0 {
			_, _ = fmt.Fprintf(c.OutOrStdout(), "%s: Verified: tenant %q is kept as declared, and no line is too old\n",
				store.want.Owner, store.want.Policy.Tenant)
		}
		findings = append(findings, found...)
	}
	return findings, nil
}

func (o *logsOptions) inspect(ctx context.Context, hosts *external.Hosts, store *logsStore) (logstore.Report, error) {
	config := logstore.Config{URL: store.url, UserAgent: "tuxmonitoring/" + version, Transport: hosts}
	if store.secret != "" && o.credentials == "" {
		return logstore.Report{}, fmt.Errorf("secret %q says how to log in: hand in its files with --credentials-dir", store.secret)
	}
	var err error
	if o.credentials != "" {
		if config.Credentials, err = credentialsIn(o.credentials, store.kind); err != nil {
			return logstore.Report{}, err
		}
	}
	keeper, err := store.kind.Open(config)
	if err != nil {
		return logstore.Report{}, err
	}
	return keeper.Inspect(ctx, store.want, external.SystemClock().Now())
}

// credentialsIn reads a directory like that of a Secret that is mounted.
func credentialsIn(dir string, kind logstores.Kind) (logstore.Credentials, error) {
	data := map[string][]byte{}
	for _, key := range logstore.SecretKeys() {
		content, err := os.ReadFile(filepath.Join(dir, key)) //nolint:gosec // the user names the directory
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return logstore.Credentials{}, fmt.Errorf("cannot read the credentials: %w", err)
		}
		data[key] = content
	}
	return kind.Credentials(data)
}

func storeFindings(store *logsStore, r logstore.Report) []string {
	owner, product := store.want.Owner, store.kind.Dialect.Name
	all := findingsOf(&r.Result)
	for _, name := range r.Corrected {
		all = append(all, fmt.Sprintf("%s: NotEffective: %s does not have %s as declared", owner, product, name))
	}
	if r.Verdict.Off {
		all = append(all, fmt.Sprintf("%s: LifecycleStopped: lifecycle management is stopped, and %s deletes nothing; %s",
			owner, product, store.kind.Dialect.Start))
	}
	for _, difference := range slices.Concat(r.Verdict.Differences, r.Verdict.Underway) {
		all = append(all, fmt.Sprintf("%s: NotEffective: %s has %s", owner, product, difference))
	}
	for _, class := range r.Verdict.Overdue {
		all = append(all, fmt.Sprintf("%s: Overdue: lines of class %q are stored that should be gone", owner, class))
	}
	return all
}
