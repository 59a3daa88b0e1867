package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	overlayFile := flag.String("overlay", "", "JSON file that replaces files, as for go list")
	flag.Parse()
	os.Exit(run(context.Background(), ".", *overlayFile, os.Stdout, os.Stderr))
}

// run returns the exit code: 0 all rules hold, 1 violations, 2 the tree cannot be read.
func run(ctx context.Context, dir, overlayFile string, out, errOut io.Writer) int {
	tree, err := load(ctx, dir, overlayFile)
	if err != nil {
		fmt.Fprintln(errOut, err)
		return 2
	}
	violations, err := check(tree, Rules)
	if err != nil {
		fmt.Fprintln(errOut, err)
		return 2
	}
	for _, violation := range violations {
		fmt.Fprintln(out, violation)
	}
	if len(violations) > 0 {
		fmt.Fprintf(out, "%d violations of the import rules (hack/importrules/rules.go)\n", len(violations))
		return 1
	}
	return 0
}
