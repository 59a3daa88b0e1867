package compat

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tux-io/tux-monitoring-operator/hack/ports"
)

// patience is how long a server may take to start, and to evaluate everything once.
const patience = time.Minute

// server is a Prometheus that loads rule files and scrapes nothing.
type server struct{ url string }

// rule is what a server says of one rule of one group.
type rule struct {
	Name, Health, LastError string
	LastEvaluation          time.Time
}

// ruleGroup is what a server says of one group.
type ruleGroup struct {
	Name  string
	Rules []rule
}

// serve starts the prometheus of dir with the rule files. It is stopped at the end of the test.
func serve(t *testing.T, dir string, files []string) *server {
	t.Helper()
	data := t.TempDir()
	config := filepath.Join(data, "prometheus.yml")
	text := fmt.Sprintf("global: {evaluation_interval: 1s}\nrule_files:\n- %s\n", strings.Join(files, "\n- "))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	address, err := ports.FreeAddress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(dir, "prometheus"),
		"--config.file="+config, "--storage.tsdb.path="+filepath.Join(data, "tsdb"), "--web.listen-address="+address, "--log.level=warn")
	log := &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	// A test that is killed takes its servers with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		if t.Failed() {
			t.Logf("the server said:\n%s", log)
		}
	})
	return &server{url: "http://" + address}
}

// evaluated waits until every rule was evaluated, and returns all groups.
func (s *server) evaluated(t *testing.T, groups int) []ruleGroup {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var why error
	for {
		var all []ruleGroup
		if all, why = s.groups(ctx); why == nil {
			if why = pending(all, groups); why == nil {
				return all
			}
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the rules are not evaluated after %v: %v", patience, why)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// pending returns what is still missing; nil if every rule of that many groups was evaluated.
func pending(all []ruleGroup, groups int) error {
	if len(all) != groups {
		return fmt.Errorf("%d groups, want %d", len(all), groups)
	}
	for _, g := range all {
		for _, r := range g.Rules {
			if r.LastEvaluation.IsZero() {
				return fmt.Errorf("%s of %q was not evaluated yet", r.Name, g.Name)
			}
		}
	}
	return nil
}

func (s *server) groups(ctx context.Context) ([]ruleGroup, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/api/v1/rules", http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s", response.Status)
	}
	var answer struct{ Data struct{ Groups []ruleGroup } }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, err
	}
	return answer.Data.Groups, nil
}
