package cmd

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// planted is a secret; none of its letters are in the name of a file.
const planted = "0ddba11d0ddba11d0ddba11d0ddba11d"

// onlooker is a server that looks at the process that asks it, as anybody on the machine can (the arguments), or whoever is the same
// user (the environment). The process has the secret at that time: it has just sent it.
type onlooker struct {
	once                   sync.Once
	pid                    chan int
	arguments, environment string
	err                    error
}

// ServeHTTP looks once, when the secret comes, and refuses everything.
func (o *onlooker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.Contains(r.Header.Get("Authorization"), planted) {
		o.once.Do(func() { o.look(<-o.pid) })
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = fmt.Fprint(w, `{"detail":"Invalid token"}`)
}

func (o *onlooker) look(pid int) {
	for name, into := range map[string]*string{"cmdline": &o.arguments, "environ": &o.environment} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
		if err != nil {
			o.err = err
		}
		*into = strings.ReplaceAll(string(text), "\x00", " ")
	}
}

// TestSecretsAreNotInSight runs each command that takes a secret, and looks at its process while it uses it.
func TestSecretsAreNotInSight(t *testing.T) {
	for name, tc := range map[string]struct {
		// URL and DIR stand for the server and for the directory with the files.
		args, env []string
		visible   bool
	}{
		"sentry":     {args: []string{"sentry", "plan", "-f", "DIR/sentry.yaml", "--token-file", "DIR/token"}},
		"log stores": {args: []string{"logs", "status", "-f", "DIR/elastic.yaml", "--credentials-dir", "DIR/elastic"}},
		"preview":    {args: []string{"preview", "--dashboard", "DIR/board.json", "--prometheus", "URL", "--token-file", "DIR/token", "-o", "DIR/page", "--ca-file", "DIR/elastic/ca.crt"}},
		// Documented; and how we know that a secret would be seen.
		"a pipeline's variable": {args: []string{"sentry", "plan", "-f", "DIR/sentry.yaml"}, env: []string{"SENTRY_AUTH_TOKEN=" + planted}, visible: true},
	} {
		t.Run(name, func(t *testing.T) {
			seen := &onlooker{pid: make(chan int, 1)}
			// Sentry is asked in the clear: its certificate could only be one of those the machine trusts.
			start := httptest.NewTLSServer
			if tc.args[0] == "sentry" {
				start = httptest.NewServer
			}
			server := start(seen)
			defer server.Close()
			dir := withSecrets(t, server)
			for i := range tc.args {
				tc.args[i] = strings.NewReplacer("URL", server.URL, "DIR", dir).Replace(tc.args[i])
			}
			c := exec.CommandContext(t.Context(), "tuxmon", tc.args...)
			c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "WITNESS=here"}, tc.env...)
			var out strings.Builder
			c.Stdout, c.Stderr = &out, &out
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			seen.pid <- c.Process.Pid
			_ = c.Wait()
			if seen.err != nil || !strings.Contains(seen.arguments, tc.args[0]) || !strings.Contains(seen.environment, "WITNESS=here") {
				t.Fatalf("nothing was looked at: %v, %q, %q\n%s", seen.err, seen.arguments, seen.environment, out.String())
			}
			if strings.Contains(seen.arguments, planted) || strings.Contains(out.String(), planted) {
				t.Errorf("the secret is in the arguments or in the output:\n%s\n%s", seen.arguments, out.String())
			}
			if got := strings.Contains(seen.environment, planted); got != tc.visible {
				t.Errorf("the secret is in the environment: %t, want %t", got, tc.visible)
			}
		})
	}
}

func withSecrets(t *testing.T, server *httptest.Server) string {
	t.Helper()
	dir := t.TempDir()
	resource := "apiVersion: monitoring.tux.io/v1alpha1\nkind: TuxMonitoring\nmetadata: {name: production, namespace: tux-production}\n" +
		"spec:\n  backends: [{name: web, deployment: tux-backend}]\n"
	files := map[string]string{
		"token": planted, "elastic/apiKey": planted,
		"sentry.yaml": resource + "  sentry: {organization: shop, url: \"" + server.URL +
			"\", tokenSecretRef: {name: a, key: b}, teams: [backend], project: {slug: web}}\n",
		"elastic.yaml": resource + "  logs: {tenant: tux, backend: {elasticsearch: {url: \"" + server.URL + "\", credentialsSecretRef: {name: a}}}}\n",
		"board.json": `{"title":"Board","uid":"board","panels":[{"id":1,"type":"stat","title":"Up","gridPos":{"h":4,"w":4,"x":0,"y":0},` +
			`"targets":[{"refId":"A","expr":"up"}]}]}`,
	}
	if server.Certificate() != nil {
		files["elastic/ca.crt"] = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// harmless are flags with the name of a secret that say where one is, or whose may be read.
var harmless = map[string]bool{
	"token-file": true, "credentials-dir": true, "dsn-file": true, "sentry-dsn-file": true, "secret-namespaces": true, "public-key": true,
}

// TestNoFlagTakesASecret: of the whole command line.
func TestNoFlagTakesASecret(t *testing.T) {
	found := map[string]bool{}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			for _, word := range []string{"token", "secret", "dsn", "password", "credential", "key", "auth", "header", "user", "bearer"} {
				if !strings.Contains(f.Name, word) {
					continue
				}
				found[f.Name] = true
				if !harmless[f.Name] {
					t.Errorf("--%s of %s would take a secret where everybody on the machine can read it", f.Name, c.CommandPath())
				}
			}
		})
		for _, child := range c.Commands() {
			walk(child)
		}
	}
	walk(newRoot())
	for name := range harmless {
		if !found[name] {
			t.Errorf("there is no flag --%s: was anything looked at?", name)
		}
	}
}
