package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"github.com/tux-io/tux-monitoring-operator/internal/ruletest"
)

type reportTests func(*ruletest.Summary) error

// reporter returns what --output asks for, or an error before any work is done.
func (o *testOptions) reporter(stdout io.Writer) (reportTests, error) {
	if len(o.files) == 0 {
		return nil, errors.New("cannot test: -f FILE is missing, see tuxmon test --help")
	}
	switch o.output {
	case "table":
		return func(s *ruletest.Summary) error { return printTable(stdout, s, onTerminal(stdout)) }, nil
	case "json":
		return func(s *ruletest.Summary) error {
			encoder := json.NewEncoder(stdout)
			encoder.SetIndent("", "  ")
			return encoder.Encode(s)
		}, nil
	case "junit":
		return func(s *ruletest.Summary) error { return ruletest.WriteJUnit(stdout, s.Results) }, nil
	}
	return nil, fmt.Errorf("cannot test: unknown output %q, use table, json or junit", o.output)
}

func onTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// The colours of a terminal.
const (
	green  = "32"
	red    = "31"
	yellow = "33"
)

// printTable prints one line per alert, and then what failed.
func printTable(w io.Writer, s *ruletest.Summary, coloured bool) error {
	paint := func(colour, text string) string {
		if !coloured {
			return text
		}
		return "\x1b[" + colour + "m" + text + "\x1b[0m"
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "RESOURCE\tALERT\tBACKEND\tPASSED\tRESULT")
	for _, line := range s.Lines {
		result := paint(green, "ok")
		if line.Passed < line.Tests {
			result = paint(red, "FAILED")
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%d of %d\t%s\n", line.Suite, line.Alert, line.Backend, line.Passed, line.Tests, result)
	}
	for _, one := range s.Untested {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", one.Suite, one.Alert, "-", "-", paint(yellow, "no test"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	printFailures(w, s, func(text string) string { return paint(red, text) })
	printSkipped(w, s)
	_, err := fmt.Fprintf(w, "\n%d tests, %d failed\n", len(s.Results), s.Failed)
	return err
}

func printFailures(w io.Writer, s *ruletest.Summary, paint func(string) string) {
	for i := range s.Results {
		if r := &s.Results[i]; !r.Passed {
			_, _ = fmt.Fprintf(w, "\n%s %s: %s\n", paint("FAILED"), r.Suite, r.Test)
			for line := range strings.Lines(r.Message) {
				_, _ = fmt.Fprintf(w, "  %s\n", strings.TrimRight(line, "\n"))
			}
		}
	}
}

func printSkipped(w io.Writer, s *ruletest.Summary) {
	for i, one := range s.Skipped {
		if i == 0 {
			_, _ = fmt.Fprintln(w)
		}
		_, _ = fmt.Fprintf(w, "Not tested: %s: %s\n", one.Case, one.Reason)
	}
}
