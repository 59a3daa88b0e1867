package preview

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"image"
	_ "image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/testutil/browser"
)

// show opens a page in the browser. Without one the test is skipped, but not in CI.
func show(t *testing.T, s browser.Shot) *browser.Page {
	t.Helper()
	page, err := browser.Show(t.Context(), s)
	if errors.Is(err, browser.ErrMissing) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Console) > 0 {
		t.Errorf("the console says %q", page.Console)
	}
	return page
}

// everyPanel writes the page of testdata/every-panel.json with made-up data.
func everyPanel(t *testing.T) (file string, board *Board) {
	t.Helper()
	wave := func(height, phase float64, pairs ...string) Series {
		s := series(height, pairs...)
		for i := range 400 {
			s = s.then(height * (1.2 + math.Sin(float64(i)/23+phase)))
		}
		return s
	}
	flip := func(at int, component string) Series {
		s := series(1, "component", component)
		for i := range 400 {
			s = s.then(map[bool]float64{true: 0, false: 1}[i > at && i < at+60])
		}
		return s
	}
	gaps := wave(3e8, 1, "job", "web")
	for i := range gaps.Values {
		if i%90 > 60 {
			gaps.Values[i] = nan
		}
	}
	board, source := build(t, read(t, "testdata/every-panel.json"), map[string][]Series{
		"now": {series(0.0731)}, "wave": {wave(0.4, 0)}, "waves": {wave(1, 0, "job", "web"), wave(2, 2, "job", "worker")},
		"states": {series(1, "pod", "a"), series(0, "pod", "b"), series(1, "pod", "c")},
		"gaps":   {gaps, wave(1e8, 3, "job", "worker")}, "flips": {flip(80, "database"), flip(500, "cache")},
		"buckets":       {wave(1, 0, "le", "0.1"), wave(4, 0, "le", "0.5"), wave(5, 1, "le", "1.0"), wave(6, 0, "le", "+Inf")},
		"topk(3, slow)": {series(4.2, "workspace", "initech"), series(1.5, "workspace", "acme"), series(0.2, "workspace", "globex")},
		"pulse":         {series(1).then(1, 1, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan)},
	})
	if len(source.asked) == 0 {
		t.Fatal("nothing was asked")
	}
	page := &Page{Dashboards: []Board{*board}}
	text, err := page.HTML("dark")
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file, board
}

var section = regexp.MustCompile(`<section [^>]*>`)
var attribute = regexp.MustCompile(`data-([a-z]+)="([^"]*)"`)

func attributes(tag string) map[string]string {
	out := map[string]string{}
	for _, m := range attribute.FindAllStringSubmatch(tag, -1) {
		out[m[1]] = html.UnescapeString(m[2])
	}
	return out
}

func TestEveryPanelIsDrawn(t *testing.T) {
	file, board := everyPanel(t)
	for _, theme := range []string{"dark", "light"} {
		t.Run(theme, func(t *testing.T) {
			page := show(t, browser.Shot{File: file, Fragment: "every-panel&check&theme=" + theme, Width: 1440, Height: 1700, Picture: true})
			root := attributes(regexp.MustCompile(`<html [^>]*>`).FindString(page.DOM))
			if root["theme"] != theme || root["ready"] != strconv.Itoa(len(board.Panels)) || root["problems"] != "" {
				t.Errorf("the page says of itself %v", root)
			}
			checkPanels(t, page.DOM)
			checkPicture(t, page.PNG)
			// To look at it: PREVIEW_PICTURES=directory go test -run EveryPanel
			if dir := os.Getenv("PREVIEW_PICTURES"); dir != "" {
				if err := os.WriteFile(filepath.Join(dir, "every-panel-"+theme+".png"), page.PNG, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestLegendsAreSortedAsInGrafana: web comes first in the answer, and worker has the larger numbers.
func TestLegendsAreSortedAsInGrafana(t *testing.T) {
	file, board := everyPanel(t)
	if first := board.Panels[slices.IndexFunc(board.Panels, func(p Panel) bool { return p.ID == 6 })].Lines[0].Name; first != "web" {
		t.Fatalf("%q comes first in the answer: the case proves nothing", first)
	}
	page := show(t, browser.Shot{File: file, Fragment: "every-panel&check", Width: 1440, Height: 1700})
	_, panel, _ := strings.Cut(page.DOM, `data-panel="6"`)
	panel, _, _ = strings.Cut(panel, "</section>")
	var names []string
	for _, m := range regexp.MustCompile(`</i><span>([^<]+)</span>`).FindAllStringSubmatch(panel, -1) {
		names = append(names, m[1])
	}
	if diff := cmp.Diff([]string{"worker", "web"}, names); diff != "" {
		t.Error(diff)
	}
}

// checkPanels wants of each panel the state it must have, and of those that are drawn marks and inks.
func checkPanels(t *testing.T, dom string) {
	t.Helper()
	states := map[string]string{"14": "failed", "15": "empty", "16": "unsupported"}
	canvas := map[string]bool{"timeseries": true, "state-timeline": true, "heatmap": true}
	tags := section.FindAllString(dom, -1)
	if len(tags) != 16 {
		t.Errorf("%d panels", len(tags))
	}
	for _, tag := range tags {
		is := attributes(tag)
		want := "drawn"
		if other, ok := states[is["panel"]]; ok {
			want = other
		}
		if is["state"] != want {
			t.Errorf("panel %s is %q, want %q", is["panel"], is["state"], want)
		}
		marks, _ := strconv.Atoi(is["marks"])
		inks, _ := strconv.Atoi(is["inks"])
		if want == "drawn" && (marks < 1 || canvas[is["type"]] && inks < 10) {
			t.Errorf("panel %s (%s) has %d marks in %d colours", is["panel"], is["type"], marks, inks)
		}
	}
	for _, text := range []string{"7.31%", "No traffic", "No data", "bad_data: parse error", `type "piechart"`, "4.2 s", "well", "initech", "Last 3 hours"} {
		if !strings.Contains(html.UnescapeString(dom), text) {
			t.Errorf("the page does not say %q", text)
		}
	}
}

// checkPicture wants a picture that is not blank: in each of its 16 parts something stands out.
func checkPicture(t *testing.T, png []byte) {
	t.Helper()
	picture, _, err := image.Decode(bytes.NewReader(png))
	if err != nil {
		t.Fatal(err)
	}
	size := picture.Bounds().Size()
	for part := range 16 {
		seen := map[string]bool{}
		x0, y0 := part%4*size.X/4, part/4*size.Y/4
		for y := y0; y < y0+size.Y/4; y += 2 {
			for x := x0; x < x0+size.X/4; x += 2 {
				r, g, b, _ := picture.At(x, y).RGBA()
				seen[fmt.Sprint(r>>12, g>>12, b>>12)] = true
			}
		}
		if len(seen) < 5 {
			t.Errorf("part %d of the picture has %d colours", part, len(seen))
		}
	}
}

// TestNumbersAreWrittenAsInGrafana runs the units in the browser; what is wanted was taken from
// @grafana/data's own tests of valueFormats, and from its rules where those have no case.
func TestNumbersAreWrittenAsInGrafana(t *testing.T) {
	cases := []struct {
		Value    any
		Unit     string
		Decimals any
		Want     string
	}{
		{0, "short", nil, "0"}, {98765, "short", nil, "98.8 K"}, {1234567, "short", nil, "1.23 Mil"}, {999.96, "short", nil, "1 K"},
		{0.0123, "short", nil, "0.0123"}, {-1500, "short", nil, "-1.5 K"}, {3, "none", nil, "3"}, {2.5, "", nil, "2.5"},
		{0.05, "percentunit", nil, "5%"}, {0.0731, "percentunit", 2, "7.31%"}, {1, "percentunit", nil, "100%"}, {42, "percent", nil, "42%"},
		{0.02, "s", nil, "20 ms"}, {0.00025, "s", nil, "250 µs"}, {1.5, "s", nil, "1.5 s"}, {90, "s", nil, "1.5 min"}, {7200, "s", nil, "2 hours"},
		{86400, "s", nil, "1 day"}, {0, "s", nil, "0 s"}, {1500, "ms", nil, "1.5 s"}, {0.355, "s", 2, "355 ms"}, {2.345, "s", 2, "2.35 s"},
		{3700, "dtdurations", nil, "1 hour, 1 minute"}, {0, "dtdurations", nil, "0 seconds"},
		{1024, "bytes", nil, "1 KiB"}, {1536, "bytes", nil, "1.5 KiB"}, {1e6, "decbytes", nil, "1 MB"}, {512 << 20, "bytes", nil, "512 MiB"}, {2048, "binBps", nil, "2 KiB/s"},
		{28.6, "reqps", nil, "28.6 req/s"}, {12345, "ops", nil, "12.3 K ops/s"}, {0.5, "ops", nil, "0.5 ops/s"},
		{1, "bool", nil, "True"}, {0, "bool_yes_no", nil, "No"}, {0.25, "cores", nil, "0.25 cores"}, {5, "suffix: x", nil, "5  x"}, {5, "prefix:$", nil, "$5"},
		{1795003200000, "dateTimeAsIso", nil, "2026-11-18 12:00:00"}, {"text", "short", nil, "text"},
		{noon.UnixMilli() - 20_000, "dateTimeFromNow", nil, "a few seconds ago"}, {noon.UnixMilli() - 21*60_000, "dateTimeFromNow", nil, "21 minutes ago"},
		{noon.UnixMilli() - 3600_000, "dateTimeFromNow", nil, "an hour ago"}, {noon.UnixMilli() + 3*86400_000, "dateTimeFromNow", nil, "in 3 days"},
		{1e-10, "short", nil, "1e-10"},
	}
	questions, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	units, err := assets.ReadFile(pageDir + "20-units.js")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "units.html")
	text := fmt.Sprintf(`<html><body><script>%s
reference.now = %d;
document.documentElement.dataset.answers = JSON.stringify(%s.map((c) => format(c.Value, c.Unit, c.Decimals)));</script></body></html>`, units, noon.UnixMilli(), questions)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	page := show(t, browser.Shot{File: file, Width: 400, Height: 300})
	var got []string
	if err := json.Unmarshal([]byte(attributes(page.DOM)["answers"]), &got); err != nil {
		t.Fatal(err)
	}
	for i, tc := range cases {
		if diff := cmp.Diff(tc.Want, got[i]); diff != "" {
			t.Errorf("%v in %q: %s", tc.Value, tc.Unit, diff)
		}
	}
}

// TestTicksAreToldApart: a tick at 0.25% must not be written 0.3%.
func TestTicksAreToldApart(t *testing.T) {
	cases := []struct {
		Unit   string
		Splits []float64
		Want   []string
	}{
		{"percentunit", []float64{0, 0.0025, 0.005, 0.0075, 0.01}, []string{"0.00%", "0.25%", "0.50%", "0.75%", "1.00%"}},
		{"percentunit", []float64{0, 0.2, 0.4}, []string{"0%", "20%", "40%"}},
		{"percentunit", []float64{0, 0.001, 0.002}, []string{"0.0%", "0.1%", "0.2%"}},
		{"short", []float64{0, 0.25, 0.5}, []string{"0.00", "0.25", "0.50"}},
		{"short", []float64{0, 5, 10}, []string{"0", "5", "10"}},
		{"s", []float64{0, 0.5, 1}, []string{"0 s", "500 ms", "1 s"}},
	}
	questions, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	var scripts strings.Builder
	for _, name := range []string{"20-units.js", "30-values.js", "40-dom.js", "50-chart.js"} {
		script, err := assets.ReadFile(pageDir + name)
		if err != nil {
			t.Fatal(err)
		}
		scripts.Write(script)
	}
	file := filepath.Join(t.TempDir(), "ticks.html")
	text := fmt.Sprintf(`<html><body><script>%s
document.documentElement.dataset.answers = JSON.stringify(%s.map((c) => c.Splits.map((v) => axisText(v, c.Splits, {unit: c.Unit}))));</script></body></html>`,
		scripts.String(), questions)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var got [][]string
	if err := json.Unmarshal([]byte(attributes(show(t, browser.Shot{File: file, Width: 400, Height: 300}).DOM)["answers"]), &got); err != nil {
		t.Fatal(err)
	}
	for i, tc := range cases {
		if diff := cmp.Diff(tc.Want, got[i]); diff != "" {
			t.Errorf("%v in %q: %s", tc.Splits, tc.Unit, diff)
		}
	}
}
