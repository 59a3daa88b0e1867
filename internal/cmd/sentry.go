package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	settings "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// tokenVariable holds the token; it is a secret, and so never a flag.
const tokenVariable = "SENTRY_AUTH_TOKEN" //nolint:gosec // the name of a variable is no credential

type sentryOptions struct {
	planOptions

	tokenFile string
	projectID string
	dsnFile   string
	timeout   time.Duration
}

func newSentry() *cobra.Command {
	c := &cobra.Command{
		Use:   "sentry",
		Short: "Compare Sentry projects with spec.sentry, bring them in step, or prove what they remove",
		Long: `sentry does from a laptop or a pipeline what the operator does with spec.sentry of a TuxMonitoring.

The token is in the environment variable SENTRY_AUTH_TOKEN or in the file --token-file names, never on the
command line. spec.sentry.tokenSecretRef is not looked at: there is no cluster.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newSentryPlan(), newSentrySync(), newSentryProve())
	return c
}

func newSentryPlan() *cobra.Command {
	o := &sentryOptions{}
	c := &cobra.Command{
		Use:   "plan -f FILE",
		Short: "List what sync would change in Sentry; only reads",
		Long: `plan reads the Sentry project of every TuxMonitoring in the files and lists what sync would change.

Exit codes: 0 nothing would change, 1 something would, or something needs a person, 2 Sentry could not be asked.`,
		Example: `  SENTRY_AUTH_TOKEN=... tuxmon sentry plan -f production.yaml`,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return o.each(c, func(ctx context.Context, t sentryTarget) (bool, error) { return t.plan(ctx, c.OutOrStdout()) })
		},
	}
	o.addSentryFlags(c)
	return c
}

func newSentrySync() *cobra.Command {
	o := &sentryOptions{}
	c := &cobra.Command{
		Use:   "sync -f FILE",
		Short: "Bring Sentry projects in step, and read back whether they are",
		Long: `sync makes or changes the Sentry project of every TuxMonitoring in the files as the operator does: it writes
only what differs, reads it back, and names what Sentry answered with success and did not keep. It deletes nothing.

Where a cluster has the number of the project in the status of the resource, sync has nothing. A project that it made,
or that the operator has, is somebody else's to the next run unless --project-id names it, or
spec.sentry.project.adoption is IfUnowned.

Exit codes: 0 in step, 1 something needs a person, 2 Sentry could not be asked or refused.`,
		Example: `  SENTRY_AUTH_TOKEN=... tuxmon sentry sync -f production.yaml --dsn-file dsn.txt

  # Again, by the number that the first run printed.
  tuxmon sentry sync -f production.yaml --token-file token.txt --project-id 4505278496`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return o.each(c, func(ctx context.Context, t sentryTarget) (bool, error) {
				return t.sync(ctx, c.OutOrStdout(), o.dsnFile)
			})
		},
	}
	o.addSentryFlags(c)
	c.Flags().StringVar(&o.dsnFile, "dsn-file", "", "file the DSN is written to, readable by its owner only; one resource only")
	return c
}

func (o *sentryOptions) addSentryFlags(c *cobra.Command) {
	flags := c.Flags()
	flags.StringArrayVarP(&o.files, "filename", "f", nil, "file with TuxMonitoring resources, - for standard input; may be repeated")
	flags.StringVarP(&o.namespace, "namespace", "n", "default", "namespace of objects that name none")
	flags.StringVar(&o.tokenFile, "token-file", "", "file with the token; unset: the environment variable SENTRY_AUTH_TOKEN")
	flags.StringVar(&o.projectID, "project-id", "", "number of the project, if it is known; one resource only")
}

// sentryTarget is the project of one resource.
type sentryTarget struct {
	name   string
	config sentry.Config
	want   sentry.Wanted
	// environment is that of the event of a proof.
	environment string
}

// each does something for every resource with spec.sentry; true means that a person should look.
func (o *sentryOptions) each(c *cobra.Command, do func(context.Context, sentryTarget) (bool, error)) error {
	plans, _, err := o.plans(c.Context(), "ask Sentry", c.InOrStdin())
	if err != nil {
		return err
	}
	targets, findings, err := o.targets(plans)
	if err != nil {
		return err
	}
	for _, target := range targets {
		look, err := do(c.Context(), target)
		if err != nil {
			return fmt.Errorf("%s: %w", target.name, err)
		}
		if look {
			findings = append(findings, "")
		}
	}
	for _, finding := range findings {
		if finding != "" {
			_, _ = fmt.Fprintln(c.ErrOrStderr(), finding)
		}
	}
	if len(findings) > 0 {
		return errFindings
	}
	return nil
}

func (o *sentryOptions) targets(plans []*plan.Plan) ([]sentryTarget, []string, error) {
	config, err := o.config()
	if err != nil {
		return nil, nil, err
	}
	var targets []sentryTarget
	var findings []string
	for _, p := range plans {
		name, s := p.Environment.Namespace+"/"+p.Environment.Name, p.Environment.Sentry
		if s == nil {
			continue
		}
		findings = append(findings, findingsBelow(p, "spec.sentry")...)
		if p.Refused(tuxv1alpha1.ConditionSentrySynced) {
			continue
		}
		config.URL, config.Organization = s.URL, s.Organization
		targets = append(targets, sentryTarget{name: name, config: config, environment: s.Environment, want: sentry.Wanted{
			Slug: s.Slug, Name: s.Name, Platform: s.Platform, Team: s.Team, Member: s.Member, KeyName: s.KeyName, Settings: s.Settings,
			Deploy: s.Deploy, Rotation: s.Rotation, Now: time.Now(),
			// There is no UID. The name is as good a mark until the project has its own.
			Claim: settings.Claim{UID: "tuxmon " + name, Adoption: s.Adoption, RecordedID: o.projectID},
		}})
	}
	switch {
	case len(targets)+len(findings) == 0:
		return nil, nil, errors.New("no TuxMonitoring of the files has spec.sentry")
	case len(targets) > 1 && (o.projectID != "" || o.dsnFile != ""):
		return nil, nil, errors.New("--project-id and --dsn-file are for one resource, the files have several")
	}
	return targets, findings, nil
}

// findingsBelow are those about a part of a resource, with its name.
func findingsBelow(p *plan.Plan, path string) []string {
	var all []string
	for _, finding := range p.Findings {
		if strings.HasPrefix(finding.Path, path) {
			all = append(all, fmt.Sprintf("%s/%s: %s: %s", p.Environment.Namespace, p.Environment.Name, finding.Reason, finding))
		}
	}
	return all
}

// config has all but the server. The limits are those of the operator, shared by all resources of the files.
func (o *sentryOptions) config() (sentry.Config, error) {
	content := os.Getenv(tokenVariable)
	if o.tokenFile != "" {
		text, err := os.ReadFile(o.tokenFile)
		if err != nil {
			return sentry.Config{}, fmt.Errorf("cannot read the token: %w", err)
		}
		content = string(text)
	}
	token, err := sentry.NewToken(content)
	if err != nil {
		return sentry.Config{}, fmt.Errorf("cannot use the token of %s or --token-file: %w", tokenVariable, err)
	}
	hosts, err := external.NewHosts(external.HostsConfig{
		Clock: external.SystemClock(), Jitter: rand.Float64, Limits: sentry.Limits(), Read: sentry.ReadLimits,
	})
	return sentry.Config{Token: token, UserAgent: "tuxmonitoring/" + version, Transport: hosts}, err
}

func (t sentryTarget) plan(ctx context.Context, out io.Writer) (bool, error) {
	p, err := sentry.Look(ctx, t.config, t.want)
	if err != nil {
		return false, err
	}
	would := t.would(p)
	for _, one := range would {
		_, _ = fmt.Fprintf(out, "%s: would %s\n", t.name, one)
	}
	if len(would) > 0 {
		return true, nil
	}
	_, _ = fmt.Fprintf(out, "%s: project %q (%s) is as declared\n", t.name, t.want.Slug, p.ProjectID)
	return t.exposed(out, p.Privacy), nil
}

// would says in words what sync would do.
func (t sentryTarget) would(p sentry.Preview) []string {
	var all []string
	for _, one := range []struct {
		is   bool
		text string
	}{
		{p.NewProject, fmt.Sprintf("create project %q in team %q", t.want.Slug, t.want.Team)},
		{p.NewKey, fmt.Sprintf("create client key %q", t.want.KeyName)},
		{p.ReplacedKey, fmt.Sprintf("replace client key %q", t.want.KeyName)},
		{p.ExpiredKeys > 0, fmt.Sprintf("switch off replaced client keys: %d", p.ExpiredKeys)},
	} {
		if one.is {
			all = append(all, one.text)
		}
	}
	for _, path := range p.Drift {
		all = append(all, fmt.Sprintf("change %s from %q to %q", path, p.Observed.Text(path), t.want.Settings.Text(path)))
	}
	if p.NewDeploy {
		all = append(all, fmt.Sprintf("tell of release %q in %q", t.want.Deploy.Release, t.want.Deploy.Environment))
	}
	return all
}

// corrected says in words what was done about a path.
func (t sentryTarget) corrected(path string, identity sentry.Identity) string {
	switch {
	case path == settings.PathDeploys:
		return fmt.Sprintf("told of release %q in %q", t.want.Deploy.Release, t.want.Deploy.Environment)
	case path == settings.PathRotation && identity.Replaced.IsZero():
		return "switched off replaced client keys"
	case path == settings.PathRotation:
		return fmt.Sprintf("replaced client key %q, the old one takes events until %s", t.want.KeyName, identity.Replaced.Format(time.RFC3339))
	default:
		return fmt.Sprintf("changed %s to %q", path, t.want.Settings.Text(path))
	}
}

func (t sentryTarget) exposed(out io.Writer, privacy settings.EffectivePrivacy) bool {
	for _, field := range privacy.Exposed {
		_, _ = fmt.Fprintf(out, "%s: the organization calls %q safe, so its values are stored\n", t.name, field)
	}
	return len(privacy.Exposed) > 0
}

func (t sentryTarget) sync(ctx context.Context, out io.Writer, dsnFile string) (bool, error) {
	var identity sentry.Identity
	report, err := sentry.Sync(ctx, t.config, t.want, external.Outcome{}, func(_ context.Context, found sentry.Identity) error {
		identity = found
		return nil
	})
	if identity.ProjectID != "" {
		_, _ = fmt.Fprintf(out, "%s: project %q is number %s\n", t.name, identity.Slug, identity.ProjectID)
	}
	if err != nil {
		return false, err
	}
	for _, path := range report.Outcome.Corrected {
		_, _ = fmt.Fprintf(out, "%s: %s\n", t.name, t.corrected(path, identity))
	}
	for _, path := range report.Outcome.Ignored {
		_, _ = fmt.Fprintf(out, "%s: Sentry answered with success and kept its own value of %s: %s\n", t.name, path, settings.LikelyCause(path))
	}
	for _, path := range report.Waiting {
		_, _ = fmt.Fprintf(out, "%s: %s can be made when the environment has sent its first event\n", t.name, path)
	}
	if dsnFile != "" {
		if err := os.WriteFile(dsnFile, []byte(identity.DSN+"\n"), 0o600); err != nil {
			return false, fmt.Errorf("cannot write the DSN: %w", err)
		}
	}
	return t.exposed(out, report.Privacy) || len(report.Outcome.Ignored) > 0, nil
}
