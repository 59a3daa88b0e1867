package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Escape sequences of terminals.
const (
	bold  = "\x1b[1m"
	faint = "\x1b[2m"
	red   = "\x1b[31m"
	green = "\x1b[32m"
	reset = "\x1b[0m"
)

// printer writes the story: with colours on a terminal, plain into a file or a pipe.
type printer struct {
	out     io.Writer
	colours bool
	started time.Time
}

func newPrinter(out *os.File) *printer {
	return &printer{out: out, colours: isTerminal(out), started: time.Now()}
}

// isTerminal also respects who asks for no colours, see no-color.org.
func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

func (p *printer) styled(style, text string) string {
	if !p.colours {
		return text
	}
	return style + text + reset
}

func (p *printer) chapter(number, of int, title string) {
	fmt.Fprintf(p.out, "\n%s\n", p.styled(bold, fmt.Sprintf("[%d/%d] %s", number, of, title)))
}

func (p *printer) line(format string, args ...any) {
	fmt.Fprintf(p.out, "  %s\n", fmt.Sprintf(format, args...))
}

// command prints what could be typed.
func (p *printer) command(name string, args ...string) {
	p.line("%s", p.styled(bold, strings.Join(append([]string{"$", name}, args...), " ")))
}

// output prints what a command said.
func (p *printer) output(text string) {
	if text = strings.TrimRight(text, "\n"); text == "" {
		return
	}
	for line := range strings.SplitSeq(text, "\n") {
		p.line("%s", p.styled(faint, line))
	}
}

func (p *printer) failed(err error) {
	fmt.Fprintf(p.out, "\n%s\n", p.styled(red, "FAILED after "+p.elapsed()+": "+err.Error()))
}

func (p *printer) passed() {
	fmt.Fprintf(p.out, "\n%s\n", p.styled(green, "the demo passed all its checks, "+p.elapsed()))
}

func (p *printer) elapsed() string { return time.Since(p.started).Round(time.Second).String() }

// handOver says how to go on by hand.
func (p *printer) handOver(kubeconfig, kubectl string) {
	fmt.Fprintf(p.out, `
%s
  export KUBECONFIG=%s
  alias kubectl=%s
  kubectl get tuxmon -A -o wide
  kubectl get tuxmon -n %s %s -o yaml
  kubectl get prometheusrules -n %s -o yaml | less
  kubectl patch tuxmon -n %s %s --type=merge -p '{"spec":{"mode":"Plan"}}'
  kubectl scale -n %s deployment/tux-backend --replicas=5
Ctrl-C ends everything and leaves nothing behind.
`, p.styled(bold, "It is yours. In another terminal:"), kubeconfig, kubectl,
		resourceNamespace, resourceName, resourceNamespace, resourceNamespace, resourceName, resourceNamespace)
}

// indented returns a writer that indents whole lines.
func (p *printer) indented() io.Writer { return &indenter{printer: p} }

type indenter struct {
	printer *printer
	rest    []byte
}

// Write prints each line that is complete.
func (w *indenter) Write(data []byte) (int, error) {
	w.rest = append(w.rest, data...)
	for {
		line, rest, complete := bytes.Cut(w.rest, []byte("\n"))
		if !complete {
			return len(data), nil
		}
		w.printer.line("%s", line)
		w.rest = rest
	}
}
