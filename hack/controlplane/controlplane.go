package controlplane

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/tux-io/tux-monitoring-operator/hack/binaries"
)

// Options say what to start. The zero value is etcd and kube-apiserver in a temporary directory.
type Options struct {
	// WithControllerManager also starts kube-controller-manager, and the admission plugin that gives
	// pods a ServiceAccount.
	WithControllerManager bool
	// AdmissionPlugins are those the API server runs beside its default ones.
	AdmissionPlugins []string
	// CRDs are files or directories of CRDs installed before the controller-manager starts. It looks
	// for new kinds every 30 s only: a CRD installed later has no garbage collection until then.
	CRDs []string
	// Address the API server serves on, at port 6443. If empty: a loopback address, which no pod can
	// reach, and a free port.
	Address string
	// ServiceRange is where Services get their addresses from, as CIDR. If empty: 10.0.0.0/24, which
	// is fine as long as nobody routes it.
	ServiceRange string
	// Dir takes everything the parts write; Stop leaves only Dir/logs. If empty: a temporary
	// directory, of which Stop leaves nothing.
	Dir string
	// Out takes progress, and the last log lines of a part that dies. If nil: os.Stderr.
	Out io.Writer
}

// ControlPlane is a running control plane.
type ControlPlane struct {
	options  Options
	out      io.Writer
	binaries string
	layout   layout
	env      *envtest.Environment
	running  []*process
	watchdog *watchdog
	logs     []*os.File

	stopping chan struct{}
	stop     func() error
	dead     chan error
}

// Start starts the parts and returns when they serve. The first run on a machine builds them, which
// takes minutes. ctx ends the start early; it does not stop a control plane that runs: call Stop.
func Start(ctx context.Context, options Options) (*ControlPlane, error) {
	c := &ControlPlane{options: options, out: options.Out, stopping: make(chan struct{}), dead: make(chan error, 1)}
	c.stop = sync.OnceValue(c.stopAll)
	if c.out == nil {
		c.out = os.Stderr
	}
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot start the control plane: %w", err), c.Stop())
	}
	go c.watch()
	return c, nil
}

func (c *ControlPlane) start(ctx context.Context) error {
	steps := []func(context.Context) error{
		c.findBinaries, c.makeLayout, c.startAPIServer, c.writeAdminKubeconfig, c.installOptionCRDs, c.startManager,
	}
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (c *ControlPlane) findBinaries(ctx context.Context) (err error) {
	c.binaries, err = binaries.Find(ctx, binaries.ControlPlane, c.out)
	return err
}

// makeLayout also sets the watchdog on what is about to be made.
func (c *ControlPlane) makeLayout(context.Context) (err error) {
	if c.layout, err = newLayout(c.options.Dir); err != nil {
		return err
	}
	c.watchdog, err = setWatchdog(c.layout)
	return err
}

// Stop ends every part and removes every file; it may be called more than once.
func (c *ControlPlane) Stop() error { return c.stop() }

func (c *ControlPlane) stopAll() error {
	close(c.stopping)
	var errs []error
	for _, p := range slices.Backward(c.running) {
		errs = append(errs, p.end(10*time.Second))
	}
	if c.env != nil {
		errs = append(errs, c.env.Stop())
	}
	for _, log := range c.logs {
		errs = append(errs, log.Close())
	}
	if c.watchdog != nil {
		errs = append(errs, c.watchdog.release())
	}
	return errors.Join(errs...)
}

// Config returns the configuration of a cluster administrator.
func (c *ControlPlane) Config() *rest.Config { return rest.CopyConfig(c.env.Config) }

// Kubeconfig returns the path of the kubeconfig of a cluster administrator.
func (c *ControlPlane) Kubeconfig() string { return filepath.Join(c.layout.run, "admin.kubeconfig") }

// Binary returns the path of kubectl or another part.
func (c *ControlPlane) Binary(name string) string { return filepath.Join(c.binaries, name) }

// Wait returns nil when ctx ends, and an error with the last log lines as soon as a part dies.
func (c *ControlPlane) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-c.dead:
		return err
	}
}

// watch looks after the parts. The pid files tell it all it needs: envtest does not say when one of
// its processes ends.
func (c *ControlPlane) watch() {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-c.stopping:
			return
		case <-tick.C:
		}
		if part := c.layout.deadPart(); part != "" {
			c.report(part)
			return
		}
	}
}

// report tells both who waits and who reads. During Stop a dying part is no news.
func (c *ControlPlane) report(part string) {
	select {
	case <-c.stopping:
		return
	default:
	}
	err := fmt.Errorf("%s has died; its last lines:\n%s", part, c.layout.tail(part))
	c.dead <- err
	fmt.Fprintln(c.out, err)
}
