// Package browser shows a page to a headless Chromium and tells what became of it, for tests and for the
// pictures of the documentation.
package browser

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Page is a page as the browser has it once it is drawn.
type Page struct {
	// DOM is the document, written as HTML.
	DOM string
	// Console is what the page wrote to the console, and what the browser had to say about it.
	Console []string
	// PNG is the picture, if one was wanted.
	PNG []byte
}

// Shot says how a page is shown.
type Shot struct {
	// File is the HTML file, Fragment what follows # in its address.
	File, Fragment string
	// Width and Height of the window in pixels.
	Width, Height int
	// Picture takes a picture of the window.
	Picture bool
	// Scale is how many dots a pixel has in each direction; default 1.
	Scale float64
}

// names of the program; Debian's package chromium has the first.
var names = []string{"chromium", "chromium-browser", "google-chrome"}

// ErrMissing means that there is no browser.
var ErrMissing = errors.New("cannot find chromium: install it (Debian: apt-get install chromium)")

// Find returns the path of the browser, or ErrMissing.
func Find() (string, error) {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", ErrMissing
}

// patience is how long the browser may take on a slow machine.
const patience = 2 * time.Minute

// Show opens a page and waits until its scripts are idle.
func Show(ctx context.Context, s Shot) (*Page, error) {
	program, err := Find()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "browser")
	if err != nil {
		return nil, fmt.Errorf("cannot make a directory for the browser: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	picture := filepath.Join(dir, "page.png")
	args, err := s.arguments(dir, picture)
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, program, args...)
	// Its helpers keep the pipes open for a moment after it is killed.
	command.WaitDelay = 5 * time.Second
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("cannot show %s in %s: %w\n%s", s.File, program, err, stderr.String())
	}
	page := &Page{DOM: stdout.String(), Console: console(stderr.String())}
	if s.Picture {
		if page.PNG, err = os.ReadFile(picture); err != nil { //nolint:gosec // the file the browser was told to write
			return nil, fmt.Errorf("cannot show %s: no picture was made: %w", s.File, err)
		}
	}
	return page, nil
}

func (s *Shot) arguments(dir, picture string) ([]string, error) {
	file, err := filepath.Abs(s.File)
	if err != nil {
		return nil, fmt.Errorf("cannot show %s: %w", s.File, err)
	}
	scale := s.Scale
	if scale == 0 {
		scale = 1
	}
	args := []string{
		"--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-extensions", "--disable-background-networking",
		// Nothing a page of ours asks for may be outside of it; a name that resolves would hide that.
		"--host-resolver-rules=MAP * ~NOTFOUND",
		// In a container /dev/shm is small, and root has no sandbox. The pages are our own.
		"--disable-dev-shm-usage", "--no-sandbox",
		"--font-render-hinting=none", "--force-color-profile=srgb",
		"--force-device-scale-factor=" + strconv.FormatFloat(scale, 'g', -1, 64),
		fmt.Sprintf("--window-size=%d,%d", s.Width, s.Height),
		"--user-data-dir=" + filepath.Join(dir, "profile"),
		"--virtual-time-budget=20000", "--enable-logging=stderr", "--dump-dom",
	}
	if s.Picture {
		args = append(args, "--screenshot="+picture)
	}
	return append(args, "file://"+file+"#"+s.Fragment), nil
}

var consoleLine = regexp.MustCompile(`:CONSOLE[:(]\d+\)?\] (.*)`)

func console(log string) []string {
	var out []string
	for _, line := range strings.Split(log, "\n") {
		if m := consoleLine.FindStringSubmatch(line); m != nil {
			out = append(out, m[1])
		}
	}
	return out
}
