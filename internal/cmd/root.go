package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// The exit codes of every command.
const (
	exitOK       = 0
	exitFindings = 1
	exitError    = 2
)

// errFindings ends a command that did its work and found something a person should look at. What it
// found is on standard error already.
var errFindings = errors.New("the plan has findings")

// Main runs one command line and returns its exit code.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errFindings), errors.Is(err, errTestsFailed):
		return exitFindings
	}
	_, _ = fmt.Fprintln(stderr, "Error:", err)
	return exitError
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "tuxmon",
		Short: "Monitoring of TUX backends as one Kubernetes resource",
		Long: `tuxmon turns one TuxMonitoring resource into everything that monitors the TUX backends of an
environment: scrape monitors, health probes, alert rules and Grafana dashboards.

The same binary is the operator (tuxmon manager) and works without a cluster (tuxmon render, tuxmon test, tuxmon preview,
tuxmon sentry, tuxmon logs check).

Exit codes: 0 all well, 1 the plan has findings or a test fails, 2 the command could not be carried out.`,
		Example: `  # What would be created for this resource?
  tuxmon render -f production.yaml

  # Do its alerts fire when they should, and only then?
  tuxmon test -f production.yaml

  # What would its dashboards show now?
  tuxmon preview -f production.yaml --prometheus http://localhost:9090 -o preview.html

  # Run the operator against the cluster of the current context.
  tuxmon manager --leader-elect=false`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.AddCommand(newLint(), newLogs(), newManager(), newPreview(), newRender(), newSentry(), newTest(), newVersion())
	return root
}
