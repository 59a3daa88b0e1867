package cmd

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/logql"
	settings "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/loki"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/seal"
)

type verifySealsOptions struct {
	planOptions

	seals, publicKeys, erasures, accounted []string

	loki, output, from, to, now string
}

func newLogsVerifySeals() *cobra.Command {
	o := &verifySealsOptions{}
	c := &cobra.Command{
		Use:   "verify-seals -f FILE --seals PATH --public-key FILE",
		Short: "Look whether sealed log lines are still there, and the seals as they were made",
		Long: `verify-seals looks at the seals of all protected classes of the TuxMonitorings in the files: at their signatures, and
whether one is missing, was edited or put in the place of another. Then it reads every sealed hour from Loki again, and says
what became of it:

  Intact           every sealed line is there, and no other
  LateLines        every sealed line is there, and others came after the seal
  Erased           lines are missing, where only deletions were asked for that are accounted for
  DeletedByOthers  lines are missing, where a deletion was asked for that nobody has accounted for
  Missing          lines are missing, and no deletion was asked for
  Undecided        lines came or are missing; the hour had too many lines to tell which
  Unread           Loki does not find lines that old, by max_query_lookback, or the hour cannot be read wholly

Hours whose lines are gone by their age are not read. A deletion is accounted for by spec.logs.acknowledgedDeletions, by
--accounted, and by the TuxLogErasures of --erasures and what they left. A list of Loki in --erasures accounts for none: it says
when those were that Loki has forgotten by now. With a file as kubectl get tuxmonitoring -o yaml prints it the last seals are
those that its status names.

Neither lines nor queries are printed. What seals do not prove: docs/logs.md.

Exit codes: 0 nothing is missing, 1 lines or seals are missing or changed, 2 the command could not be carried out.`,
		Example: `  kubectl get tuxmonitoring -n tux-production production -o yaml > production.yaml
  kubectl get configmap -n tux-production -l monitoring.tux.io/seals=production -o yaml > seals.yaml
  kubectl port-forward -n monitoring service/loki 3100 &
  tuxmon logs verify-seals -f production.yaml --seals seals.yaml --public-key seal.pub --loki http://localhost:3100

  # One day, for a program.
  tuxmon logs verify-seals -f production.yaml --seals seals.yaml --public-key seal.pub \
    --from 2026-11-24T00:00:00Z --to 2026-11-25T00:00:00Z -o json

  # A request that was sent by hand, of the list that was kept when Loki still had it.
  curl -H 'X-Scope-OrgID: tux-production' http://localhost:3100/loki/api/v1/delete > erasures.json
  tuxmon logs verify-seals -f production.yaml --seals seals.yaml --public-key seal.pub \
    --erasures erasures.json --accounted tux-production/a1b2c3d4

  # Those of the cluster, with the records of such as are gone.
  kubectl get tuxlogerasure -n tux-production -o yaml > erasures.yaml
  kubectl get configmap -n tux-production -l monitoring.tux.io/record=log-erasure -o yaml > records.yaml
  tuxmon logs verify-seals -f production.yaml --seals seals.yaml --public-key seal.pub \
    --erasures erasures.yaml --erasures records.yaml`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return o.run(c) },
	}
	flags := c.Flags()
	flags.StringArrayVarP(&o.files, "filename", "f", nil, "file with TuxMonitoring resources, - for standard input; may be repeated")
	flags.StringVarP(&o.namespace, "namespace", "n", "default", "namespace of objects that name none")
	flags.StringArrayVar(&o.seals, "seals", nil, "file with the ConfigMaps of the seals, or a directory of such files; may be repeated")
	flags.StringArrayVar(&o.publicKeys, "public-key", nil, "file with a public key, as openssl pkey -pubout writes it; may be repeated")
	flags.StringArrayVar(&o.erasures, "erasures", nil,
		"file with requests as Loki has listed them, or with TuxLogErasures and what they left; may be repeated")
	flags.StringArrayVar(&o.accounted, "accounted", nil,
		"request that somebody has accounted for, as TENANT/ID; may be repeated")
	flags.StringVar(&o.loki, "loki", "", "URL of Loki, instead of spec.logs.backend.loki.url")
	flags.StringVar(&o.from, "from", "", "read no hours before this time, such as 2026-11-24T00:00:00Z")
	flags.StringVar(&o.to, "to", "", "read no hours from this time on")
	flags.StringVar(&o.now, "now", "", "look as at this time; for seals and lines that were kept elsewhere")
	flags.StringVarP(&o.output, "output", "o", "table", "table or json")
	return c
}

// sealsReport is what was found, for a program.
type sealsReport struct {
	Resource string        `json:"resource"`
	Tenant   string        `json:"tenant"`
	Classes  []classReport `json:"classes"`
}

type classReport struct {
	Class    string         `json:"class"`
	Seals    int            `json:"seals"`
	Problems []seal.Problem `json:"problems"`
	Hours    []hourReport   `json:"hours"`
}

type hourReport struct {
	Hour    string       `json:"hour"`
	Outcome seal.Outcome `json:"outcome"`
	Sealed  int          `json:"sealed"`
	Lines   int          `json:"lines"`
	Missing int          `json:"missing"`
	Late    int          `json:"late"`
	// Why it was not read, where it cannot be read wholly.
	Why string `json:"why,omitempty"`
	// Requests are IDs of deletions that may have taken the lines.
	Requests []string       `json:"requests,omitempty"`
	Minutes  []minuteReport `json:"minutes,omitempty"`
}

type minuteReport struct {
	From    string `json:"from"`
	Missing int    `json:"missing"`
	Late    int    `json:"late"`
}

// unread is the outcome of an hour that Loki does not find any more.
const unread seal.Outcome = "Unread"

// verifying is what all hours are looked at with.
type verifying struct {
	keys          seal.Keys
	stored        map[string]sealObjects
	accounted     accounts
	hosts         *external.Hosts
	now, from, to time.Time
	began         time.Time
	warn          io.Writer
	url           string
	client        *loki.Client
	bounds        settings.Bounds
	deletions     []seal.Deletion
	tenant        string
}

func (o *verifySealsOptions) run(c *cobra.Command) error {
	v, err := o.prepare(c.InOrStdin())
	if err != nil {
		return err
	}
	v.warn = c.ErrOrStderr()
	tuxes, err := o.resources(c)
	if err != nil {
		return err
	}
	var all []sealsReport
	for i := range tuxes {
		tux := &tuxes[i]
		want := plan.LogsOf(tux)
		if want == nil || want.Policy.Backend != retention.Loki || want.Seals == nil {
			continue
		}
		report, err := v.resource(c.Context(), tux, want)
		if err != nil {
			return fmt.Errorf("%s/%s: %w", tux.Namespace, tux.Name, err)
		}
		all = append(all, report)
	}
	if len(all) == 0 {
		return errors.New("cannot verify seals: no TuxMonitoring of the files has spec.logs.seals")
	}
	if err := o.print(c.OutOrStdout(), all); err != nil {
		return fmt.Errorf("cannot write the report: %w", err)
	}
	return tell(sealFindings(all), c.ErrOrStderr())
}

// times reads the flags that are times.
func (o *verifySealsOptions) times(v *verifying) error {
	for _, flag := range []struct {
		name, text string
		at         *time.Time
	}{{"from", o.from, &v.from}, {"to", o.to, &v.to}, {"now", o.now, &v.now}} {
		if flag.text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, flag.text)
		if err != nil {
			return fmt.Errorf("cannot verify seals: --%s is %q, no time such as 2026-11-24T00:00:00Z", flag.name, flag.text)
		}
		*flag.at = at
	}
	return nil
}

// prepare reads everything but the resources.
func (o *verifySealsOptions) prepare(stdin io.Reader) (*verifying, error) {
	if o.output != "table" && o.output != "json" {
		return nil, fmt.Errorf("cannot verify seals: unknown output %q, use table or json", o.output)
	}
	if len(o.seals) == 0 || len(o.publicKeys) == 0 {
		return nil, errors.New("cannot verify seals: --seals and --public-key are required")
	}
	v := &verifying{keys: seal.Keys{}, now: external.SystemClock().Now(), began: external.SystemClock().Now(), url: o.loki}
	err := o.times(v)
	if err != nil {
		return nil, err
	}
	for _, name := range o.publicKeys {
		text, err := os.ReadFile(name) //nolint:gosec // reading the file the user names is the purpose
		if err == nil {
			err = v.keys.AddPEM(text)
		}
		if err != nil {
			return nil, fmt.Errorf("cannot use public key %q: %w", name, err)
		}
	}
	if v.accounted, err = readErasures(o.erasures, o.accounted); err != nil {
		return nil, err
	}
	if v.stored, err = readSeals(o.seals, stdin); err != nil {
		return nil, err
	}
	v.hosts, err = external.NewHosts(external.HostsConfig{
		Clock: external.SystemClock(), Jitter: rand.Float64, Limits: loki.Limits(), Read: loki.ReadLimits,
	})
	return v, err
}

// resource looks at all sealed classes of one.
func (v *verifying) resource(ctx context.Context, tux *tuxv1alpha1.TuxMonitoring, want *env.Logs) (sealsReport, error) {
	r := sealsReport{Resource: tux.Namespace + "/" + tux.Name, Tenant: want.Policy.Tenant}
	var err error
	v.tenant = want.Policy.Tenant
	v.client, err = loki.New(loki.Config{URL: cmp.Or(v.url, want.URL), UserAgent: "tuxmonitoring/" + version, Transport: v.hosts})
	if err != nil {
		return r, err
	}
	if v.bounds, err = v.client.Bounds(ctx, v.tenant); err != nil {
		return r, err
	}
	// A Loki that takes no requests shows none: then only those that were handed in can explain anything.
	// A gateway that keeps the list for itself does the same, and seals are looked at all the same.
	v.deletions, err = v.client.Requested(ctx, v.tenant)
	if refused := (*external.Answer)(nil); errors.As(err, &refused) && refused.Status/100 == 4 {
		fmt.Fprintf(v.warn, "warning: %s: %v: no deletion explains missing lines but those of --erasures\n", r.Resource, err)
	} else if err != nil && !errors.Is(err, loki.ErrClosed) {
		return r, err
	}
	// What Loki has forgotten by now may have been kept.
	v.deletions = slices.Concat(v.deletions, v.accounted.requests)
	for i := range v.deletions {
		d := &v.deletions[i]
		d.Known = slices.Contains(want.AccountedFor, d.ID) || v.accounted.has(v.tenant, d)
	}
	for i := range want.Policy.Classes {
		if !want.Policy.Classes[i].Protected {
			continue
		}
		report, err := v.class(ctx, tux, want, i)
		if err != nil {
			return r, err
		}
		r.Classes = append(r.Classes, report)
	}
	return r, nil
}

// class looks at its seals, and reads every hour that has one and whose lines are not gone by their age.
func (v *verifying) class(ctx context.Context, tux *tuxv1alpha1.TuxMonitoring, want *env.Logs, i int) (classReport, error) {
	class := &want.Policy.Classes[i]
	of := seal.Of{Tenant: v.tenant, Class: class.Name}
	chain := seal.Link(of, v.stored[tux.Namespace+"/"+tux.Name].of(tux.Name, class.Name), v.keys)
	times := seal.Times{Now: v.now, Grace: want.Seals.Grace, Days: class.Days}
	r := classReport{Class: class.Name, Seals: len(chain.Seals), Hours: []hourReport{}}
	r.Problems = append([]seal.Problem{}, slices.Concat(chain.Problems, chain.Ends(times, headOf(tux, class.Name)))...)
	for _, s := range chain.Seals {
		hour, err := s.Begins()
		if err != nil {
			return r, err
		}
		if _, left := s.Left(); left || !chain.Stores(times, hour) || hour.Before(v.from) || !v.to.IsZero() && !hour.Before(v.to) {
			continue
		}
		report, err := v.hour(ctx, s, hour)
		if err != nil {
			return r, fmt.Errorf("class %q, %s: %w", class.Name, s.Hour, err)
		}
		r.Hours = append(r.Hours, report)
	}
	return r, nil
}

// at is the time to look at: it goes on while hours are read.
func (v *verifying) at() time.Time { return v.now.Add(external.SystemClock().Now().Sub(v.began)) }

// headOf is the last seal by the status of the resource, if the file has that.
func headOf(tux *tuxv1alpha1.TuxMonitoring, class string) string {
	if tux.Status.Logs != nil {
		for _, last := range tux.Status.Logs.Seals {
			if last.Class == class {
				return last.Head
			}
		}
	}
	return ""
}

// hour reads one again.
func (v *verifying) hour(ctx context.Context, s seal.Seal, hour time.Time) (hourReport, error) {
	r := hourReport{Hour: s.Hour, Sealed: s.Lines}
	if !v.bounds.Reaches(hour, v.at().Add(seal.Reading)) {
		r.Outcome = unread
		return r, nil
	}
	streams, err := logql.Selector{logql.Is(retention.ClassLabel, s.Class)}.LogQL()
	if err != nil {
		return r, err
	}
	check, err := seal.NewCheck(s)
	if err != nil {
		return r, err
	}
	err = v.client.Lines(ctx, v.tenant, streams, v.bounds, hour, hour.Add(time.Hour), check.Add)
	if refused, terminal := fault.AsTerminal(err); errors.Is(err, seal.ErrTooMany) || terminal && refused.Reason == loki.ReasonUnreadable {
		r.Outcome, r.Why = unread, err.Error() // whoever can send lines may bring that about: the other hours are read
		return r, nil
	}
	if err != nil {
		return r, err
	}
	if !v.bounds.Reaches(hour, v.at()) {
		r.Outcome = unread // its first lines may not have been found any more
		return r, nil
	}
	verdict, err := check.Verdict()
	if err != nil {
		return r, err
	}
	r.Lines, r.Missing, r.Late = verdict.Lines, verdict.Missing, verdict.Late
	r.Outcome, r.Requests = seal.Explain(verdict, s.Class, v.deletions)
	for _, m := range verdict.Minutes {
		r.Minutes = append(r.Minutes, minuteReport{From: m.From.Format(time.RFC3339), Missing: m.Missing, Late: m.Late})
	}
	return r, nil
}

func (o *verifySealsOptions) print(out io.Writer, all []sealsReport) error {
	if o.output == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(map[string]any{"resources": all})
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RESOURCE\tCLASS\tHOUR\tOUTCOME\tSEALED\tMISSING\tLATE\tMINUTES")
	for i := range all {
		for _, class := range all[i].Classes {
			intact := 0
			for j := range class.Hours {
				h := &class.Hours[j]
				if h.Outcome == seal.Intact {
					intact++
					continue
				}
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%s\n",
					all[i].Resource, class.Class, h.Hour, h.Outcome, h.Sealed, h.Missing, h.Late, h.where())
			}
			fmt.Fprintf(table, "%s\t%s\t%d of %d\t%s\t\t\t\t\n", all[i].Resource, class.Class, intact, len(class.Hours), seal.Intact)
		}
	}
	return table.Flush()
}

// shownMinutes is how many minutes the table names.
const shownMinutes = 5

// where names the minutes that differ.
func (h *hourReport) where() string {
	text := ""
	for i, m := range h.Minutes {
		if i == shownMinutes {
			return text + fmt.Sprintf(" and %d more", len(h.Minutes)-i)
		}
		at, err := time.Parse(time.RFC3339, m.From)
		if err != nil {
			return text
		}
		if i > 0 {
			text += " "
		}
		text += at.Format("15:04")
	}
	return text
}

// sealFindings are what a person has to look at.
func sealFindings(all []sealsReport) []string {
	var findings []string
	for i := range all {
		for _, class := range all[i].Classes {
			of := fmt.Sprintf("%s: class %q, ", all[i].Resource, class.Class)
			for _, problem := range class.Problems {
				findings = append(findings, of+problem.String())
			}
			for j := range class.Hours {
				h := &class.Hours[j]
				if h.Outcome.Bad() || h.Outcome == unread {
					findings = append(findings, of+h.text())
				}
			}
		}
	}
	return findings
}

func (h *hourReport) text() string {
	text := fmt.Sprintf("%s: %s", h.Hour, h.Outcome)
	if h.Missing > 0 {
		text += fmt.Sprintf(": at least %d of %d sealed lines are not there", h.Missing, h.Sealed)
	}
	if h.Why != "" {
		text += ": " + h.Why
	}
	for i, id := range h.Requests {
		text += []string{"; request ", ", "}[min(i, 1)] + id
	}
	return text
}
