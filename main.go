// Command tuxmon is the TuxMonitoring operator and its command line.
package main

import (
	"os"

	"github.com/tux-io/tux-monitoring-operator/internal/cmd"
)

func main() {
	os.Exit(cmd.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
