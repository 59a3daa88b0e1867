package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tux-io/tux-monitoring-operator/internal/preview"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil/browser"
)

// overview is the dashboard that is shown in all states; the others are shown on a healthy day.
const overview = "overview"

func main() {
	out := flag.String("out", "docs/pictures", "directory for the pictures")
	pages := flag.String("pages", "", "directory for the HTML pages too; unset: they are not kept")
	only := flag.String("state", "", "make the pictures of this state only")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *out, *pages, state(*only)); err != nil {
		log.Fatalf("Error: %v", err)
	}
}

func run(ctx context.Context, out, pages string, only state) error {
	if _, err := browser.Find(); err != nil {
		return err
	}
	s, err := loadSample()
	if err != nil {
		return err
	}
	day, err := ordinaryDay(ctx, s)
	if err != nil {
		return err
	}
	if pages == "" {
		if pages, err = os.MkdirTemp("", "pages"); err != nil {
			return fmt.Errorf("cannot make a directory for the pages: %w", err)
		}
		defer func() { _ = os.RemoveAll(pages) }()
	}
	for _, dir := range []string{out, pages} {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return fmt.Errorf("cannot make a directory: %w", err)
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(2)
	for _, which := range states {
		if only == "" || only == which {
			group.Go(func() error { return show(ctx, s, which, day, pages, out) })
		}
	}
	return group.Wait()
}

// show makes the pictures of one state.
func show(ctx context.Context, s *sample, which state, day []past, pages, out string) error {
	begin := time.Now()
	page, err := draw(ctx, s, which, day)
	if err != nil {
		return fmt.Errorf("%s: %w", which, err)
	}
	log.Printf("%s: %v of history and queries", which, time.Since(begin).Round(time.Second))
	if err := photograph(ctx, s, which, page, pages, out); err != nil {
		return fmt.Errorf("%s: %w", which, err)
	}
	return nil
}

// ordinaryDay is what the rules record on a day without any incident: the days before the last one.
func ordinaryDay(ctx context.Context, s *sample) ([]past, error) {
	h, err := newHistory(scraped)
	if err != nil {
		return nil, err
	}
	defer func() { _ = h.close() }()
	uneventful := func(at time.Time) moment {
		m := momentOf(healthy, at)
		m.evening = 0
		return m
	}
	if err := h.live(ctx, uneventful, s.series(), s.rules); err != nil {
		return nil, err
	}
	return h.lastDay(ctx)
}

// draw plays a state and returns the page of all dashboards.
func draw(ctx context.Context, s *sample, which state, day []past) (*preview.Page, error) {
	h, err := newHistory(scraped)
	if err != nil {
		return nil, err
	}
	defer func() { _ = h.close() }()
	if err := h.repeat(ctx, day); err != nil {
		return nil, err
	}
	if err := h.live(ctx, func(at time.Time) moment { return momentOf(which, at) }, s.series(), s.rules); err != nil {
		return nil, err
	}
	var dashboards []*preview.Dashboard
	for _, d := range s.dashboards {
		if which == healthy || d.name == overview {
			dashboards = append(dashboards, d.Dashboard)
		}
	}
	page, err := preview.Build(ctx, dashboards, h, preview.Options{Now: now, Concurrency: 2, Points: 900})
	if err != nil {
		return nil, err
	}
	for _, failure := range page.Failures() {
		return nil, fmt.Errorf("a query failed: %s", failure)
	}
	return page, nil
}

// photograph takes a picture of each dashboard of a page.
func photograph(ctx context.Context, s *sample, which state, page *preview.Page, pages, out string) error {
	text, err := page.HTML("dark")
	if err != nil {
		return err
	}
	file := filepath.Join(pages, string(which)+".html")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return fmt.Errorf("cannot write the page: %w", err)
	}
	log.Printf("%s: %d kB", file, len(text)>>10)
	for i := range page.Dashboards {
		name := s.dashboards[i].name
		if which != healthy {
			name = overview + "-" + string(which)
		}
		png, err := picture(ctx, file, page.Dashboards[i].UID)
		if err != nil {
			return err
		}
		target := filepath.Join(out, name+".png")
		if err := os.WriteFile(target, png, 0o600); err != nil {
			return fmt.Errorf("cannot write the picture: %w", err)
		}
		log.Printf("%s: %d kB", target, len(png)>>10)
	}
	return nil
}

// width of the pictures in pixels: that of a laptop.
const width = 1440

// broken is what the page writes into itself when a script fails.
var broken = regexp.MustCompile(`data-problems="[^"]*"`)

var heightOfPage = regexp.MustCompile(`data-height="(\d+)"`)

// picture shows the page twice: to learn how high it is, and to take the picture of all of it.
func picture(ctx context.Context, file, uid string) ([]byte, error) {
	shot := browser.Shot{File: file, Fragment: uid + "&check", Width: width, Height: 900}
	first, err := browser.Show(ctx, shot)
	if err != nil {
		return nil, err
	}
	m := heightOfPage.FindStringSubmatch(first.DOM)
	if m == nil || len(first.Console) > 0 || broken.MatchString(first.DOM) {
		return nil, fmt.Errorf("the page %s#%s was not drawn; the browser says: %q %q", file, uid, first.Console, broken.FindString(first.DOM))
	}
	if shot.Height, err = strconv.Atoi(m[1]); err != nil {
		return nil, err
	}
	shot.Picture = true
	second, err := browser.Show(ctx, shot)
	if err != nil {
		return nil, err
	}
	return second.PNG, nil
}
