package preview

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"slices"
	"strings"
)

//go:embed assets
var assets embed.FS

// The files a page is made of. The typeface is part of it so that a page looks the same everywhere.
const (
	vendorDir    = "assets/vendor/"
	pageDir      = "assets/page/"
	chartFile    = vendorDir + "uPlot.iife.min.js"
	chartLicence = vendorDir + "uPlot.LICENSE"
	chartStyle   = vendorDir + "uPlot.min.css"
	typeface     = vendorDir + "inter-latin-wght-normal.woff2"
)

// Themes a page can begin with; auto follows the browser.
var Themes = []string{"auto", "dark", "light"}

// The policy lets the page run its own scripts and nothing else, and ask nobody anything.
var skeleton = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{.Policy}}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="tuxmon preview">
<title>{{.Title}}</title>
<style>{{.Style}}</style>
</head>
<body>
<div id="root"></div>
<noscript>This page draws its pictures with JavaScript.</noscript>
<script type="application/json" id="page">{{.Data}}</script>
<script>{{.Script}}</script>
</body>
</html>
`))

// HTML writes the page as one file that needs nothing else: scripts, style, typeface and data are in it.
// The same page gives the same bytes.
func (p *Page) HTML(theme string) ([]byte, error) {
	if !slices.Contains(Themes, theme) {
		return nil, fmt.Errorf("cannot write the page: unknown theme %q, use %s", theme, strings.Join(Themes, ", "))
	}
	data, err := json.Marshal(struct {
		*Page
		Theme string `json:"theme"`
	}{p, theme})
	if err != nil {
		return nil, fmt.Errorf("cannot write the page: %w", err)
	}
	script, style, err := programs()
	if err != nil {
		return nil, fmt.Errorf("cannot write the page: %w", err)
	}
	var out bytes.Buffer
	err = skeleton.Execute(&out, map[string]any{
		"Policy": policy + "; style-src " + hash(style) + "; script-src " + hash(script),
		"Title":  p.Dashboards[0].Title,
		// What follows is ours, or JSON whose <, > and & encoding/json has escaped.
		"Style":  template.CSS(style), // #nosec G203 -- the embedded style sheets
		"Script": template.JS(script), // #nosec G203 -- the embedded scripts
		"Data":   template.JS(data),   // #nosec G203 -- JSON, escaped by encoding/json
	})
	if err != nil {
		return nil, fmt.Errorf("cannot write the page: %w", err)
	}
	return out.Bytes(), nil
}

// policy is what a page may do beside running its own scripts: nothing but show the typeface it brings.
const policy = "default-src 'none'; base-uri 'none'; form-action 'none'; font-src data:"

// programs returns the scripts and the style sheets of a page. Our own scripts share one scope and
// nothing outside of it. The licence of the charts wants to be in every copy; that of the typeface does
// not ask for it in documents, and the typeface names it itself.
func programs() (script, style string, err error) {
	licence, err := assets.ReadFile(chartLicence)
	if err != nil {
		return "", "", err
	}
	chart, err := assets.ReadFile(chartFile)
	if err != nil {
		return "", "", err
	}
	own, err := fs.Glob(assets, pageDir+"*.js")
	if err != nil {
		return "", "", err
	}
	parts := []string{"/*\n" + string(licence) + "*/", string(chart), "(() => {\n\"use strict\";"}
	for _, name := range own {
		text, err := assets.ReadFile(name)
		if err != nil {
			return "", "", err
		}
		parts = append(parts, string(text))
	}
	style, err = styles()
	return strings.Join(append(parts, "})();"), "\n"), style, err
}

func styles() (string, error) {
	font, err := assets.ReadFile(typeface)
	if err != nil {
		return "", err
	}
	out := "@font-face { font-family: Inter; font-weight: 100 900; src: url(data:font/woff2;base64," +
		base64.StdEncoding.EncodeToString(font) + ") format(\"woff2\"); }\n"
	for _, name := range []string{chartStyle, pageDir + "page.css"} {
		text, err := assets.ReadFile(name)
		if err != nil {
			return "", err
		}
		out += string(text)
	}
	return out, nil
}

// hash names a script or style sheet in a content security policy.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
