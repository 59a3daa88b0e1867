package preview

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// TestVendoredFilesAreThoseOfTheirSums: hack/preview/vendor.sh writes both.
func TestVendoredFilesAreThoseOfTheirSums(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(read(t, vendorDir+"SHA256SUMS")), "\n")
	entries, err := assets.ReadDir(strings.TrimSuffix(vendorDir, "/"))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(lines)+1 {
		t.Errorf("%d files have %d sums", len(entries)-1, len(lines))
	}
	for _, line := range lines {
		sum, name, _ := strings.Cut(line, "  ")
		text, err := assets.ReadFile(vendorDir + name)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(text)); got != sum {
			t.Errorf("%s has the sum %s, not %s", name, got, sum)
		}
	}
}

// planted is text that would be a script if it were taken for HTML.
const planted = `</script><script>document.title='planted'</script><img src=x onerror=alert(1)>`

func TestTextOfADashboardStaysText(t *testing.T) {
	d := parse(t, single(`{"type": "stat", "title": "x", "targets": [{"expr": "x", "instant": true, "legendFormat": "{{l}}"}]}`))
	d.Title, d.Panels[0].Title, d.Panels[0].Description = planted, planted, planted
	page, err := Build(t.Context(), []*Dashboard{d}, &fakeSource{answers: map[string][]Series{"x": {series(1, "l", planted)}}}, Options{Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	text := string(pageOf(t, page))
	if got := strings.Count(text, "</script>"); got != 2 {
		t.Errorf("the page has %d ends of scripts, not 2", got)
	}
	if strings.Contains(text, "<img") {
		t.Error("the page has an element of the dashboard's")
	}
}

// TestThePageAsksNobody: every address in it is a name space, a link of a licence, or data.
func TestThePageAsksNobody(t *testing.T) {
	page, err := Build(t.Context(), []*Dashboard{parse(t, single(`{"type": "text"}`))}, &fakeSource{}, Options{Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	text := string(pageOf(t, page))
	if !strings.Contains(text, "default-src &#39;none&#39;") && !strings.Contains(text, "default-src 'none'") {
		t.Error("the page has no policy")
	}
	for _, m := range regexp.MustCompile(`(?:src|href)=["']?([^"'\s>]+)|url\(([^)]{1,40})|@import|fetch\(|XMLHttpRequest|WebSocket`).FindAllStringSubmatch(text, -1) {
		if !strings.HasPrefix(m[2], "data:font/woff2") {
			t.Errorf("the page may ask for %q", m[0])
		}
	}
	if !strings.Contains(text, "Permission is hereby granted") {
		t.Error("the page lacks the licence of the charts")
	}
}

func TestUnknownThemesAreRefused(t *testing.T) {
	page := &Page{Dashboards: []Board{{}}}
	if _, err := page.HTML("pink"); err == nil {
		t.Error("written")
	}
}
