package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// Escape sequences of terminals.
const (
	bold  = "\x1b[1m"
	faint = "\x1b[2m"
	red   = "\x1b[31m"
	green = "\x1b[32m"
	reset = "\x1b[0m"

	eraseLine = "\r\x1b[K"
	// A line that is too long would wrap, and could not be erased.
	noWrap, wrap = "\x1b[?7l", "\x1b[?7h"
)

// printer writes the story: with colours and a line of status on a terminal, plain into a file or a
// pipe. Several goroutines may use it.
type printer struct {
	out     io.Writer
	colours bool
	// redraws says that a line can be drawn again.
	redraws bool
	started time.Time

	mu sync.Mutex
	// drawn is true while the last line is one of status.
	drawn bool
}

func newPrinter(out *os.File) *printer {
	terminal := isTerminal(out)
	// Who asks for no colours may have the rest, see no-color.org.
	return &printer{out: out, colours: terminal && os.Getenv("NO_COLOR") == "", redraws: terminal, started: time.Now()}
}

func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

// print writes text in place of the line of status.
func (p *printer) print(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
	fmt.Fprint(p.out, text)
}

// draw replaces the line of status; "" takes it away.
func (p *printer) draw(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
	if text != "" {
		fmt.Fprint(p.out, "  "+noWrap+p.styled(faint, text)+wrap)
		p.drawn = true
	}
}

func (p *printer) erase() {
	if p.drawn {
		fmt.Fprint(p.out, eraseLine)
	}
	p.drawn = false
}

func (p *printer) styled(style, text string) string {
	if !p.colours {
		return text
	}
	return style + text + reset
}

func (p *printer) chapter(number, of int, title string) {
	p.print("\n" + p.styled(bold, fmt.Sprintf("[%d/%d] %s", number, of, title)) + "\n")
}

func (p *printer) line(format string, args ...any) {
	p.print(strings.TrimRight("  "+fmt.Sprintf(format, args...), " ") + "\n")
}

// command prints what could be typed.
func (p *printer) command(name string, args ...string) {
	p.line("%s", p.styled(bold, strings.Join(append([]string{"$", name}, args...), " ")))
}

// output prints what a command said.
func (p *printer) output(text string) { p.lines(faint, text) }

// text prints lines that are the demo's own.
func (p *printer) text(text string) { p.lines("", text) }

func (p *printer) lines(style, text string) {
	if text = strings.TrimRight(text, "\n"); text == "" {
		return
	}
	for line := range strings.SplitSeq(text, "\n") {
		if style != "" && line != "" {
			line = p.styled(style, line)
		}
		p.line("%s", line)
	}
}

func (p *printer) failed(err error) {
	p.print("\n" + p.styled(red, "FAILED after "+p.elapsed()+": "+err.Error()) + "\n")
}

func (p *printer) passed() {
	p.print("\n" + p.styled(green, "the demo passed all its checks, "+p.elapsed()) + "\n")
}

func (p *printer) elapsed() string { return time.Since(p.started).Round(time.Second).String() }

// indented returns a writer that indents whole lines.
func (p *printer) indented() io.Writer { return &indenter{printer: p} }

type indenter struct {
	printer *printer

	mu   sync.Mutex
	rest []byte
}

// Write prints each line that is complete.
func (w *indenter) Write(data []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
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
