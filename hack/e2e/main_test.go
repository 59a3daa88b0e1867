//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tux-io/tux-monitoring-operator/hack/binaries"
	"github.com/tux-io/tux-monitoring-operator/hack/cluster"
	"github.com/tux-io/tux-monitoring-operator/hack/e2e/live"
)

var logs = flag.String("logs", "", "directory for the logs of all parts; dist/e2e of the repository if empty")

// world is what all tests share: one cluster with everything installed. Its context ends, with the
// last lines of the culprit as cause, as soon as a part dies.
type world struct {
	ctx        context.Context
	cluster    *cluster.Cluster
	prometheus *live.Prometheus
	receiver   *live.Receiver
	began      time.Time
	report     report
}

var shared world

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(runAll(m))
}

func runAll(m *testing.M) int {
	// Ctrl-C fails the tests and then stops everything in order.
	interrupted, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()
	ctx, cancel := context.WithCancelCause(interrupted)
	defer cancel(nil)
	if err := shared.start(ctx, cancel); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if complaints := shared.complaints(); complaints != "" {
		fmt.Printf("the operator was denied something, or panicked:\n%s", complaints)
		code = 1
	}
	shared.report.print(os.Stdout, time.Since(shared.began))
	fmt.Printf("logs of all parts are in %s\n", filepath.Dir(shared.cluster.Logs()))
	if err := shared.cluster.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func (w *world) start(ctx context.Context, cancel context.CancelCauseFunc) (err error) {
	w.ctx, w.began = ctx, time.Now()
	root, err := binaries.Root()
	if err != nil {
		return err
	}
	dir := cmp.Or(*logs, filepath.Join(root, "dist", "e2e"))
	// What is left there is of the run before.
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	options := cluster.Options{Operator: filepath.Join(root, "bin", "tuxmon"), Dir: dir, Out: os.Stderr}
	if w.cluster, err = cluster.Start(ctx, options); err != nil {
		return err
	}
	go func() { cancel(w.cluster.Wait(ctx)) }()
	if err := w.install(ctx); err != nil {
		return fmt.Errorf("%w (stopping: %w)", err, w.cluster.Stop())
	}
	return nil
}

// install installs the parts side by side.
func (w *world) install(ctx context.Context) error {
	var operatorErr error
	var installing sync.WaitGroup
	installing.Go(func() { operatorErr = w.cluster.InstallOperator(ctx) })
	err := w.cluster.InstallMonitoring(ctx)
	installing.Wait()
	if err != nil || operatorErr != nil {
		return fmt.Errorf("monitoring: %w, operator: %w", err, operatorErr)
	}
	if w.receiver, err = live.Listen(ctx, w.cluster.Network().Node().String()); err != nil {
		return err
	}
	address, err := w.serviceAddress(ctx, "kps-prometheus")
	if err != nil {
		return err
	}
	w.prometheus, err = live.NewPrometheus("http://" + address)
	return err
}

func (w *world) serviceAddress(ctx context.Context, name string) (string, error) {
	service := &corev1.Service{}
	key := types.NamespacedName{Namespace: cluster.MonitoringNamespace, Name: name}
	if err := w.cluster.Client().Get(ctx, key, service); err != nil {
		return "", err
	}
	return net.JoinHostPort(service.Spec.ClusterIP, fmt.Sprint(service.Spec.Ports[0].Port)), nil
}

// complaints are lines in the logs of the operator that say its permissions do not suffice, or that it panicked.
func (w *world) complaints() string {
	files, _ := filepath.Glob(filepath.Join(w.cluster.Logs(), cluster.OperatorNamespace+"_*.log"))
	var found strings.Builder
	if len(files) == 0 {
		return "it has no log\n"
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err.Error() + "\n"
		}
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, "forbidden") || strings.Contains(line, "panic:") {
				found.WriteString(line)
			}
		}
	}
	return found.String()
}

// context of a test ends with the test or when a part of the cluster dies.
func (w *world) context(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancelCause(w.ctx)
	t.Cleanup(func() { cancel(nil) })
	return ctx
}

// eventually polls until check says nothing is missing any more. What was missing last explains a
// failure; the death of a part ends it at once.
func eventually(ctx context.Context, t *testing.T, what string, limit time.Duration, check func(context.Context) string) time.Duration {
	t.Helper()
	began := time.Now()
	missing := "nothing was looked at"
	for time.Since(began) < limit {
		if ctx.Err() != nil {
			t.Fatalf("%s: %v", what, context.Cause(ctx))
		}
		if missing = check(ctx); missing == "" {
			return time.Since(began)
		}
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
	t.Fatalf("%s: not within %s: %s", what, limit, missing)
	return 0
}
