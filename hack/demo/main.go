package main

import (
	"context"
	"flag"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	once := flag.Bool("once", false, "end after the checks instead of waiting for Ctrl-C")
	flag.Parse()
	os.Exit(run(*once, newPrinter(os.Stdout)))
}

// run returns the exit code. The first signal ends the demo in order; the second ends it at once, and
// the watchdog of the control plane cleans up.
func run(once bool, p *printer) int {
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()
	context.AfterFunc(ctx, release)

	d := &demo{printer: p, once: once}
	err := d.tell(ctx)
	if stopErr := d.stop(); err == nil {
		err = stopErr
	}
	if err != nil {
		p.failed(err)
		return 1
	}
	p.passed()
	return 0
}
