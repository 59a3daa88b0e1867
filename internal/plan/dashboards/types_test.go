package dashboards

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const typesDir = "../../../hack/grafana"

// TestGrafanasTypesAcceptEveryDashboard compiles what Render makes with what Grafana publishes in
// @grafana/schema, with the options of each panel type.
func TestGrafanasTypesAcceptEveryDashboard(t *testing.T) {
	files := map[string]string{}
	for shape, e := range environments {
		for name, json := range texts(t, e) {
			files[strings.ReplaceAll(shape, " ", "-")+"-"+name] = json
		}
	}
	for _, problem := range compile(t, files) {
		t.Error(problem)
	}
}

// TestGrafanasTypesRefuseMistakes spoils one thing in each of several dashboards.
func TestGrafanasTypesRefuseMistakes(t *testing.T) {
	all := texts(t, production())
	mistakes := map[string]struct{ dashboard, was, is string }{
		"a misspelled option":          {"overview", `"colorMode": "background"`, `"colourMode": "background"`},
		"a value that is none":         {"overview", `"graphMode": "none"`, `"graphMode": "spark"`},
		"an option that is missing":    {"overview", `"justifyMode": "auto",`, ``},
		"a text for a number":          {"http", `"lineWidth": 1`, `"lineWidth": "1"`},
		"a panel type that is none":    {"health", `"type": "state-timeline"`, `"type": "status-timeline"`},
		"an option of another panel":   {"health", `"mergeValues": true`, `"wideLayout": true`},
		"a variable type that is none": {"business", `"type": "custom"`, `"type": "list"`},
		"a link without a title":       {"http", `"title": "Runbooks",`, ``},
		"a wrong override":             {"overview", `"id": "custom.width"`, `"id": "custom.with"`},
		"a property that is none":      {"monitoring", `"schemaVersion": 41`, `"version_of_schema": 41`},
		"a threshold without a color":  {"saturation", `"color": "green",`, ``},
		"a heatmap without colors":     {"http", `"scheme": "Oranges",`, ``},
	}
	files := map[string]string{}
	for name, m := range mistakes {
		if !strings.Contains(all[m.dashboard], m.was) {
			t.Fatalf("%s: %s has no %s", name, m.dashboard, m.was)
		}
		files[strings.ReplaceAll(name, " ", "-")] = strings.Replace(all[m.dashboard], m.was, m.is, 1)
	}
	problems := strings.Join(compile(t, files), "\n")
	for name := range files {
		if !strings.Contains(problems, name+".ts") {
			t.Errorf("%s: not found", name)
		}
	}
}

// compile returns what the TypeScript compiler has against dashboards.
func compile(t *testing.T, dashboards map[string]string) []string {
	t.Helper()
	packages, err := exec.Command(typesDir + "/packages.sh").Output()
	if err != nil {
		problem := err.Error()
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			problem = string(exit.Stderr)
		}
		t.Fatalf("cannot check against Grafana's types: %s", problem)
	}
	installed := strings.TrimSpace(string(packages))
	dir := t.TempDir()
	for _, name := range []string{"dashboard.ts", "tsconfig.json"} {
		writeFile(t, filepath.Join(dir, name), readFile(t, filepath.Join(typesDir, name)))
	}
	for name, json := range dashboards {
		writeFile(t, filepath.Join(dir, name+".ts"),
			"import type { DashboardJSON } from './dashboard';\nexport const dashboard: DashboardJSON = "+strings.TrimSpace(json)+";\n")
	}
	if err := os.Symlink(filepath.Join(installed, "node_modules"), filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(filepath.Join(installed, "node_modules/.bin/tsc"), "--pretty", "false", "-p", dir).CombinedOutput()
	problems := slices.DeleteFunc(strings.Split(string(out), "\n"), func(line string) bool { return line == "" })
	if err != nil && len(problems) == 0 {
		problems = append(problems, fmt.Sprintf("tsc: %v", err))
	}
	return problems
}
