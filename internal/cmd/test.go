package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/spf13/cobra"

	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
	"github.com/tux-io/tux-monitoring-operator/internal/ruletest"
)

// errTestsFailed ends a command whose report is printed already.
var errTestsFailed = errors.New("tests failed")

type testOptions struct {
	planOptions

	tests        []string
	output       string
	export       string
	requireTests bool
}

func newTest() *cobra.Command {
	o := &testOptions{}
	c := &cobra.Command{
		Use:   "test -f FILE",
		Short: "Test the alerts of a resource, without a cluster",
		Long: `test renders the rules of a resource as the operator does and tests them on Prometheus' own engine: each
alert must fire just above its threshold, with the labels that route it, only after its wait, and be silent
just below, in near misses, while somebody else has the same fault, and when the fault is over. Thresholds,
waits and windows of spec.alerts.overrides are those of the tests; objectives are tested with their burn
alerts.

The groups of spec.alerts.additionalGroups are evaluated along with every test. Their own tests, in the format
of promtool test rules, are given with --tests and run against all rules; rule_files in them is not read. An
alert of yours that no test asks about is listed.

The report goes to standard output, findings of the plan to standard error. Exit codes: 0 all tests pass,
1 a test fails or the plan has findings, 2 the command could not be carried out.`,
		Example: `  # Resource, Deployment and Service in one file.
  tuxmon test -f production.yaml

  # The tests of your own alerts, none of which may be missing.
  tuxmon test -f production.yaml --cluster-facts facts.yaml --tests imports.test.yaml --require-tests

  # For a CI system.
  tuxmon test -f production.yaml --output junit > report.xml

  # The same rules and tests for promtool.
  tuxmon test -f production.yaml --export rules/
  promtool test rules rules/*.test.yaml`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return o.run(c.Context(), c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	flags := c.Flags()
	o.addFlags(flags)
	flags.StringArrayVar(&o.tests, "tests", nil, "file with tests of your own rules, as for promtool; may be repeated")
	flags.StringVarP(&o.output, "output", "o", "table", "table, json or junit")
	flags.StringVar(&o.export, "export", "", "directory to write rules and generated tests to, for promtool; made if it is not there")
	flags.BoolVar(&o.requireTests, "require-tests", false, "fail if an alert of additionalGroups has no test")
	return c
}

func (o *testOptions) run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
	report, err := o.reporter(stdout)
	if err != nil {
		return err
	}
	userFiles, err := readTests(o.tests)
	if err != nil {
		return err
	}
	subjects, findings, err := o.subjects(ctx, stdin)
	if err != nil {
		return err
	}
	if err := o.exportAll(subjects); err != nil {
		return err
	}
	summary, err := runTests(ctx, subjects, userFiles)
	if err != nil {
		return err
	}
	if err := report(summary); err != nil {
		return err
	}
	found := tell(findings, stderr)
	if summary.Failed > 0 || (o.requireTests && len(summary.Untested) > 0) {
		return errTestsFailed
	}
	return found
}

func runTests(ctx context.Context, subjects []ruletest.Subject, userFiles []ruletest.UserFile) (*ruletest.Summary, error) {
	jobs, err := ruletest.Jobs(subjects, userFiles)
	if err != nil {
		return nil, err
	}
	results := ruletest.Run(ctx, jobs, runtime.GOMAXPROCS(0), time.Now)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("cannot finish the tests: %w", err)
	}
	return ruletest.Summarise(subjects, userFiles, results), nil
}

// subjects plans all resources and returns what there is to test, and the findings.
func (o *testOptions) subjects(ctx context.Context, stdin io.Reader) (subjects []ruletest.Subject, findings []string, err error) {
	plans, findings, err := o.plans(ctx, "test", stdin)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range plans {
		s, err := subjectOf(p)
		if err != nil {
			return nil, nil, err
		}
		if len(s.Shipped)+len(s.Additional) > 0 {
			subjects = append(subjects, s)
		}
	}
	return subjects, findings, nil
}

// subjectOf takes the rules out of a plan. A plan without rules has nothing to test, and findings that say
// why.
func subjectOf(p *plan.Plan) (ruletest.Subject, error) {
	s := ruletest.Subject{Name: p.Environment.Namespace + "/" + p.Environment.Name}
	shipped := map[string]bool{}
	for _, name := range rules.ShippedObjects(p.Environment) {
		shipped[name] = true
	}
	for i := range p.Outputs {
		if p.Outputs[i].Name != env.OutputRules {
			continue
		}
		for _, object := range p.Outputs[i].Objects {
			rule, ok := object.(*monitoringv1.PrometheusRule)
			if !ok {
				continue
			}
			f, err := ruletest.NewRuleFile(rule)
			if err != nil {
				return s, err
			}
			if shipped[rule.Name] {
				s.Shipped = append(s.Shipped, f)
			} else {
				s.Additional = append(s.Additional, f)
			}
		}
	}
	if len(s.Shipped) == 0 {
		return s, nil
	}
	cases, err := rules.Cases(p.Environment)
	s.Cases = cases
	return s, err
}

func readTests(names []string) ([]ruletest.UserFile, error) {
	out := make([]ruletest.UserFile, 0, len(names))
	for _, name := range names {
		content, err := os.ReadFile(name) //nolint:gosec // reading the file the user names is the purpose
		if err != nil {
			return nil, fmt.Errorf("cannot open file: %w", err)
		}
		f, err := ruletest.Read(content)
		if err != nil {
			return nil, fmt.Errorf("cannot read tests %s: %w", name, err)
		}
		out = append(out, ruletest.UserFile{Name: name, File: f})
	}
	return out, nil
}

// exportAll writes rules and tests. Files that are there already and are none of ours are left alone.
func (o *testOptions) exportAll(subjects []ruletest.Subject) error {
	if o.export == "" {
		return nil
	}
	if err := os.MkdirAll(o.export, 0o750); err != nil {
		return fmt.Errorf("cannot make directory: %w", err)
	}
	for i := range subjects {
		files, err := subjects[i].Export()
		if err != nil {
			return err
		}
		for _, f := range files {
			if err := os.WriteFile(filepath.Join(o.export, f.Name), f.Content, 0o600); err != nil {
				return fmt.Errorf("cannot write file: %w", err)
			}
		}
	}
	return nil
}
