package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/tux-io/tux-monitoring-operator/internal/logcheck"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

func newLogs() *cobra.Command {
	c := &cobra.Command{
		Use:   "logs",
		Short: "Check what a backend logs, plan how long it is kept, ask Loki whether it is, or verify its seals",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newLogsCheck(), newLogsPlan(), newLogsStatus(), newLogsVerifySeals())
	return c
}

type logsCheckOptions struct {
	output                           string
	maxUnparsed, maxWithoutWorkspace string
}

func newLogsCheck() *cobra.Command {
	o := &logsCheckOptions{}
	c := &cobra.Command{
		Use:   "check [FILE...]",
		Short: "Hold log lines against the contract of a TUX backend",
		Long: `check reads log lines, one JSON object each, from files or standard input, and says whether they can be
parsed, have a timestamp, level, logger and message, name a workspace, and are free of credentials, e-mail
addresses and card numbers. It says how much of them belongs to each class of the default classes: audit,
debug, business, error, performance, database, and the rest.

The report has counts and the number of the first line of each kind, never a part of a line.

Exit codes: 0 the lines keep the contract, 1 they break it, 2 the command could not be carried out.`,
		Example: `  # What a backend writes now.
  kubectl logs deployment/tux-backend --tail 10000 | tuxmon logs check

  # In a test of the backend: every line is JSON, and nine of ten name a workspace.
  tuxmon logs check --max-unparsed 0 --max-without-workspace 10 test.log

  # For a program.
  tuxmon logs check -o json test.log`,
		RunE: func(c *cobra.Command, files []string) error {
			return o.run(files, c.InOrStdin(), c.OutOrStdout())
		},
	}
	contract := logcheck.Defaults()
	flags := c.Flags()
	flags.StringVarP(&o.output, "output", "o", "table", "table or json")
	flags.StringVar(&o.maxUnparsed, "max-unparsed", percent(contract.MaxUnparsed), "percentage of lines that may be no JSON objects")
	flags.StringVar(&o.maxWithoutWorkspace, "max-without-workspace", percent(contract.MaxWithoutWorkspace),
		"percentage of parsed lines that may name no workspace")
	return c
}

func percent(share float64) string { return strconv.FormatFloat(100*share, 'f', -1, 64) }

func (o *logsCheckOptions) run(files []string, stdin io.Reader, stdout io.Writer) error {
	if o.output != "table" && o.output != "json" {
		return fmt.Errorf("cannot check: unknown output %q, use table or json", o.output)
	}
	contract, err := o.contract()
	if err != nil {
		return err
	}
	checker := logcheck.New(retention.Defaults(), contract)
	if err := readLines(files, stdin, checker); err != nil {
		return err
	}
	report := checker.Report()
	if err := o.print(stdout, report); err != nil {
		return fmt.Errorf("cannot write the report: %w", err)
	}
	if len(report.Problems()) > 0 {
		return errFindings // the report says which
	}
	return nil
}

func (o *logsCheckOptions) contract() (logcheck.Contract, error) {
	contract := logcheck.Defaults()
	for _, flag := range []struct {
		name, text string
		share      *float64
	}{
		{"max-unparsed", o.maxUnparsed, &contract.MaxUnparsed},
		{"max-without-workspace", o.maxWithoutWorkspace, &contract.MaxWithoutWorkspace},
	} {
		number, err := strconv.ParseFloat(flag.text, 64)
		if err != nil || !(number >= 0 && number <= 100) {
			return contract, fmt.Errorf("cannot check: --%s is %q, not a number from 0 to 100", flag.name, flag.text)
		}
		*flag.share = number / 100
	}
	return contract, nil
}

func readLines(files []string, stdin io.Reader, checker *logcheck.Checker) error {
	if len(files) == 0 {
		return logcheck.Read(stdin, checker)
	}
	for _, name := range files {
		if err := readFile(name, checker); err != nil {
			return err
		}
	}
	return nil
}

func readFile(name string, checker *logcheck.Checker) error {
	file, err := os.Open(name) //nolint:gosec // reading the file the user names is the purpose
	if err != nil {
		return fmt.Errorf("cannot open file: %w", err)
	}
	if err := logcheck.Read(file, checker); err != nil {
		return errors.Join(err, file.Close())
	}
	return file.Close()
}

func (o *logsCheckOptions) print(w io.Writer, report logcheck.Report) error {
	if o.output == "json" {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(struct {
			logcheck.Report
			Problems []string `json:"problems"`
		}{report, report.Problems()})
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CLASS\tDAYS\tLINES\tBYTES")
	for _, class := range slices.Sorted(maps.Keys(report.Classes)) {
		volume := report.Classes[class]
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\n", class, volume.Days, volume.Lines, volume.Bytes)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%d lines, %.4g %% of them JSON objects; the workspace is null in %.4g %% and absent in %.4g %% of those.\n",
		report.Lines, 100*report.ParsedShare(), 100*report.Workspaces.NullShare(), 100*report.Workspaces.AbsentShare())
	for _, problem := range report.Problems() {
		fmt.Fprintln(w, "- "+problem)
	}
	return nil
}
