// Package lab runs a real Loki for tests, and fills it with lines of any age.
//
// Loki keeps nothing shorter than a day, so a test that wants to see something expire brings old lines. Four habits of
// Loki 3.7.8 make that a procedure (Fill):
//
//	a stream refuses lines much older than its newest     each age is a stream of its own
//	only what is flushed can expire                        chunks are flushed when they are idle for seconds
//	the index of old lines is built at a start             Loki is started once more, without its log of writes
//	what is in the log of writes comes back                it is removed before retention is on
//
// Without that, references to deleted chunks come back, and queries lose lines beside them.
package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/tux-io/tux-monitoring-operator/hack/binaries"
	"github.com/tux-io/tux-monitoring-operator/hack/logtail"
)

// GlobalPeriod is what holds for tenants that are in no document.
const GlobalPeriod = "744h"

// Loki is one on this machine. Make one with New, end it with Stop.
type Loki struct {
	// URL of it.
	URL string
	// Overrides is the file that it reads every second.
	Overrides string
	// Rules is the directory of the ruler's files, which are in one of the name of their tenant.
	Rules string

	binary, dir string
	http, grpc  int
	cmd         *exec.Cmd
	// ended is closed when the process has ended.
	ended chan struct{}
}

// New finds or builds Loki, which takes ten minutes the first time, and lays out its directory. It does not run yet.
func New(ctx context.Context, dir string, out io.Writer) (*Loki, error) {
	found, err := binaries.Find(ctx, binaries.LokiServer, out)
	if err != nil {
		return nil, err
	}
	l := &Loki{
		binary: filepath.Join(found, "loki"), dir: dir,
		Overrides: filepath.Join(dir, "overrides.yaml"), Rules: filepath.Join(dir, "rules"),
	}
	for _, port := range []*int{&l.http, &l.grpc} {
		if *port, err = freePort(ctx); err != nil {
			return nil, err
		}
	}
	l.URL = fmt.Sprintf("http://127.0.0.1:%d", l.http)
	return l, errors.Join(os.Mkdir(l.Rules, 0o700), os.WriteFile(l.Overrides, []byte("overrides: {}\n"), 0o600))
}

func freePort(ctx context.Context) (int, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("cannot find a free port: %w", err)
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}

// config has short times for everything; a compactor that is off is what Loki has by default.
func (l *Loki) config(retention bool) string {
	return strings.NewReplacer("DIR", l.dir, "HTTP", strconv.Itoa(l.http), "GRPC", strconv.Itoa(l.grpc),
		"RETENTION", strconv.FormatBool(retention), "PERIOD", GlobalPeriod).Replace(`
auth_enabled: true
analytics: {reporting_enabled: false}
server:
  http_listen_address: 127.0.0.1
  http_listen_port: HTTP
  grpc_listen_address: 127.0.0.1
  grpc_listen_port: GRPC
  log_level: warn
common:
  instance_addr: 127.0.0.1
  path_prefix: DIR/data
  replication_factor: 1
  storage: {filesystem: {chunks_directory: DIR/data/chunks, rules_directory: DIR/data/rules}}
  ring: {kvstore: {store: inmemory}, instance_addr: 127.0.0.1}
memberlist: {bind_addr: [127.0.0.1], bind_port: 0}
schema_config:
  configs:
  - {from: 2020-01-01, store: tsdb, object_store: filesystem, schema: v13, index: {prefix: index_, period: 24h}}
storage_config: {tsdb_shipper: {resync_interval: 2s}}
chunk_store_config: {chunk_cache_config: {embedded_cache: {enabled: false}}}
ingester:
  chunk_idle_period: 2s
  flush_check_period: 1s
  lifecycler: {min_ready_duration: 0s, final_sleep: 0s}
compactor:
  retention_enabled: RETENTION
  delete_request_store: filesystem
  compaction_interval: 3s
  apply_retention_interval: 3s
  retention_delete_delay: 1s
  delete_request_cancel_period: 1s
limits_config:
  retention_period: PERIOD
  reject_old_samples: false
  allow_structured_metadata: true
runtime_config: {file: DIR/overrides.yaml, period: 1s}
ruler:
  storage: {type: local, local: {directory: DIR/rules}}
  rule_path: DIR/data/loaded-rules
  poll_interval: 1s
`)
}

// Start runs it, and returns when it takes questions.
func (l *Loki) Start(ctx context.Context, retention bool) error {
	config, log := filepath.Join(l.dir, "loki.yaml"), filepath.Join(l.dir, "loki.log")
	if err := os.WriteFile(config, []byte(l.config(retention)), 0o600); err != nil {
		return err
	}
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }()
	l.cmd = exec.Command(l.binary, "-config.file="+config) //nolint:noctx // ended by Stop, in the order Loki needs
	l.cmd.Stdout, l.cmd.Stderr = out, out
	if err := l.cmd.Start(); err != nil {
		return fmt.Errorf("cannot start Loki: %w", err)
	}
	l.ended = make(chan struct{})
	go func(cmd *exec.Cmd, ended chan struct{}) {
		_ = cmd.Wait() // why it ended is in its log
		close(ended)
	}(l.cmd, l.ended)
	err = l.until(ctx, func() (bool, error) {
		select {
		case <-l.ended:
			l.cmd = nil
			return false, errors.New("loki ended")
		default:
		}
		_, err := l.ask(ctx, http.MethodGet, "", "/ready", nil, nil)
		return err == nil, nil
	})
	if err != nil {
		return fmt.Errorf("%w: %s", err, logtail.Read(log))
	}
	return nil
}

// Stop ends it, and waits for that.
func (l *Loki) Stop() error {
	if l.cmd == nil {
		return nil
	}
	_ = l.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-l.ended:
	case <-time.After(30 * time.Second):
		_ = l.cmd.Process.Kill()
		<-l.ended
	}
	l.cmd = nil
	return nil
}

// Stream is a number of lines of one age.
type Stream struct {
	Tenant string
	Labels map[string]string
	At     time.Time
	Lines  int
	// Text of the lines, which get structured metadata; empty: they are numbered.
	Text     string
	Metadata map[string]string
}

// Fill stores lines in a Loki that does not run, which does not run afterwards either. See the package for how.
func (l *Loki) Fill(ctx context.Context, streams []Stream) error {
	if err := l.Start(ctx, false); err != nil {
		return err
	}
	for i, stream := range streams {
		if err := l.push(ctx, stream, i); err != nil {
			return errors.Join(err, l.Stop())
		}
	}
	flushed := l.until(ctx, func() (bool, error) {
		n, err := l.chunks()
		return n >= len(streams), err
	})
	if err := errors.Join(flushed, l.Stop(), l.drop("wal")); err != nil {
		return err
	}
	if err := l.Start(ctx, false); err != nil {
		return err
	}
	return errors.Join(l.Stop(), l.drop("wal", "tsdb-shipper-active", "tsdb-shipper-cache"))
}

func (l *Loki) drop(parts ...string) error {
	for _, part := range parts {
		if err := os.RemoveAll(filepath.Join(l.dir, "data", part)); err != nil {
			return err
		}
	}
	return nil
}

// chunks counts the files of chunks: those of tenants, which are directories beside that of the index.
func (l *Loki) chunks() (int, error) {
	n := 0
	root := filepath.Join(l.dir, "data", "chunks")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil //nolint:nilerr // Loki makes and removes files while we look
		}
		if !strings.HasPrefix(path, filepath.Join(root, "index")) && !strings.HasSuffix(path, ".json") {
			n++
		}
		return nil
	})
	return n, err
}

// push sends a stream; its number is a label, so that no two are one.
func (l *Loki) push(ctx context.Context, s Stream, number int) error {
	labels := map[string]string{"batch": strconv.Itoa(number)}
	for name, value := range s.Labels {
		labels[name] = value
	}
	var values [][]any
	for i := range s.Lines {
		at, text := s.At.Add(time.Duration(i)*time.Millisecond), s.Text
		if text == "" {
			text = fmt.Sprintf("line %d", i)
		}
		value := []any{strconv.FormatInt(at.UnixNano(), 10), text}
		if len(s.Metadata) > 0 {
			value = append(value, s.Metadata)
		}
		values = append(values, value)
	}
	body, err := json.Marshal(map[string]any{"streams": []any{map[string]any{"stream": labels, "values": values}}})
	if err != nil {
		return err
	}
	_, err = l.ask(ctx, http.MethodPost, s.Tenant, "/loki/api/v1/push", nil, body)
	return err
}

// Count is how many lines of a selector there are from a minute before a time to a minute after it.
func (l *Loki) Count(ctx context.Context, tenant, selector string, at time.Time) (int, error) {
	query := url.Values{
		"query": {selector}, "limit": {"1000"},
		"start": {strconv.FormatInt(at.Add(-time.Minute).UnixNano(), 10)}, "end": {strconv.FormatInt(at.Add(time.Minute).UnixNano(), 10)},
	}
	body, err := l.ask(ctx, http.MethodGet, tenant, "/loki/api/v1/query_range", query, nil)
	if err != nil {
		return 0, err
	}
	var answer struct {
		Data struct {
			Result []struct {
				Values []any `json:"values"`
			} `json:"result"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return 0, err
	}
	n := 0
	for _, stream := range answer.Data.Result {
		n += len(stream.Values)
	}
	return n, nil
}

// Line is one that is stored, with its labels and structured metadata.
type Line struct {
	Labels map[string]string
	Text   string
}

// Lines are all of a selector in the last hour, up to five thousand.
func (l *Loki) Lines(ctx context.Context, tenant, selector string) ([]Line, error) {
	query := url.Values{"query": {selector}, "limit": {"5000"}, "since": {"1h"}}
	body, err := l.ask(ctx, http.MethodGet, tenant, "/loki/api/v1/query_range", query, nil)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Data struct {
			Result []struct {
				Stream map[string]string `json:"stream"`
				Values [][2]string       `json:"values"`
			} `json:"result"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, err
	}
	var all []Line
	for _, stream := range answer.Data.Result {
		for _, value := range stream.Values {
			all = append(all, Line{Labels: stream.Stream, Text: value[1]})
		}
	}
	return all, nil
}

// Alert is one that is pending or firing.
type Alert struct {
	State  string            `json:"state"`
	Labels map[string]string `json:"labels"`
}

// Alerts are those of a tenant.
func (l *Loki) Alerts(ctx context.Context, tenant string) ([]Alert, error) {
	body, err := l.ask(ctx, http.MethodGet, tenant, "/prometheus/api/v1/alerts", nil, nil)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Data struct {
			Alerts []Alert `json:"alerts"`
		} `json:"data"`
	}
	err = json.Unmarshal(body, &answer)
	return answer.Data.Alerts, err
}

// Metric is the value of the first series whose text begins with the given one; false if there is none.
func (l *Loki) Metric(ctx context.Context, series string) (float64, bool, error) {
	body, err := l.ask(ctx, http.MethodGet, "", "/metrics", nil, nil)
	if err != nil {
		return 0, false, err
	}
	for line := range strings.Lines(string(body)) {
		if fields := strings.Fields(line); len(fields) == 2 && strings.HasPrefix(line, series) {
			value, err := strconv.ParseFloat(fields[1], 64)
			return value, true, err
		}
	}
	return 0, false, nil
}

// ask sends a request and returns the answer to one that succeeds.
func (l *Loki) ask(ctx context.Context, method, tenant, path string, query url.Values, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, l.URL+path+"?"+query.Encode(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if tenant != "" {
		request.Header.Set("X-Scope-OrgID", tenant)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode/100 != 2 {
		return nil, fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, bytes.TrimSpace(text))
	}
	return text, nil
}

// until asks again and again, for two minutes at most.
func (l *Loki) until(ctx context.Context, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("loki did not get ready: %w", ctx.Err())
		case <-time.After(200 * time.Millisecond):
		}
	}
}
