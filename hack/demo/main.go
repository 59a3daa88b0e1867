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
	fast := flag.Bool("fast", false, "a control plane only: no pods run, no root is needed")
	flag.Parse()
	os.Exit(run(*fast, *once, newPrinter(os.Stdout)))
}

// run returns the exit code. A signal ends the demo in order, and so does a reader of the output who goes
// away; more of them change nothing, because stopping takes seconds and what it has not come to would stay.
// After SIGQUIT and SIGKILL the watchdog of the control plane ends the processes, and the next start takes
// away the network.
func run(fast, once bool, p *printer) int {
	ctx, _ := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)

	d := &demo{printer: p, once: once}
	f := newFull(d)
	if fast {
		f = newFast(d)
	}
	err := d.tell(ctx, f)
	if stopErr := d.stop(); err == nil {
		err = stopErr
	}
	if err != nil {
		p.failed(err)
		return 1
	}
	return 0
}
