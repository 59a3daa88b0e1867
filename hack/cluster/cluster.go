package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/hack/binaries"
	"github.com/tux-io/tux-monitoring-operator/hack/cluster/kubelet"
	"github.com/tux-io/tux-monitoring-operator/hack/cluster/network"
	"github.com/tux-io/tux-monitoring-operator/hack/controlplane"
)

// nodeName is the one node.
const nodeName = "this-machine"

// Options say what to start.
type Options struct {
	// Operator is the binary the image of the operator stands for, usually bin/tuxmon. If empty: there is
	// no such image.
	Operator string
	// Dir takes logs, which Stop leaves, and everything else, which it does not. If empty: a temporary
	// directory, of which Stop leaves nothing.
	Dir string
	// Out takes progress and problems. If nil: os.Stderr.
	Out io.Writer
}

// Cluster is a running cluster.
type Cluster struct {
	options Options
	root    string
	dir     string
	// operator is the directory of the module of prometheus-operator.
	operator string
	network  *network.Network
	plane    *controlplane.ControlPlane
	kubelet  *kubelet.Kubelet
	client   client.WithWatch

	// running counts what works in the background until cancel.
	running sync.WaitGroup
	cancel  context.CancelFunc
	stop    func() error
	// dead is closed after the first death, which is kept in death.
	dead  chan struct{}
	death error
	once  sync.Once
}

// Start starts the control plane and the node; see InstallMonitoring and InstallOperator for what runs
// on it. The first run on a machine builds what is missing, which takes minutes.
func Start(ctx context.Context, options Options) (*Cluster, error) {
	discardLibraryLogs()
	c := &Cluster{options: options, dead: make(chan struct{})}
	c.stop = sync.OnceValue(c.stopAll)
	if options.Out == nil {
		options.Out = os.Stderr
	}
	c.options.Out = &sharedWriter{to: options.Out}
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot start the cluster: %w", err), c.Stop())
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context) (err error) {
	if c.root, err = binaries.Root(); err != nil {
		return err
	}
	if err := errors.Join(c.findOperator(), c.makeDir()); err != nil {
		return err
	}
	images, err := c.images(ctx)
	if err != nil {
		return err
	}
	if c.operator, err = operatorDir(ctx, c.root); err != nil {
		return err
	}
	if c.network, err = network.Open(network.Options{Out: c.options.Out}); err != nil {
		return err
	}
	c.plane, err = controlplane.Start(ctx, controlplane.Options{
		WithControllerManager: true,
		Address:               c.network.Node().String(),
		ServiceRange:          c.network.ServiceRange().String(),
		CRDs:                  []string{filepath.Join(c.operator, operatorCRDs), filepath.Join(c.root, gatewayCRDs)},
		Dir:                   filepath.Join(c.dir, "controlplane"),
		Out:                   c.options.Out,
	})
	if err != nil {
		return err
	}
	if c.client, err = newClient(c.plane); err != nil {
		return err
	}
	return c.startNode(images)
}

// findOperator makes the path one that holds in every directory.
func (c *Cluster) findOperator() (err error) {
	if c.options.Operator == "" {
		return nil
	}
	if c.options.Operator, err = filepath.Abs(c.options.Operator); err == nil {
		_, err = os.Stat(c.options.Operator)
	}
	if err != nil {
		return fmt.Errorf("no binary of the operator: %w", err)
	}
	return nil
}

func (c *Cluster) makeDir() (err error) {
	if c.options.Dir == "" {
		c.dir, err = os.MkdirTemp("", "tuxmon-cluster-")
	} else {
		// Commands run in other directories than we do.
		c.dir, err = filepath.Abs(c.options.Dir)
	}
	if err != nil {
		return fmt.Errorf("cannot make a directory for the cluster: %w", err)
	}
	return errors.Join(os.MkdirAll(c.podDir(), 0o700), os.MkdirAll(c.logDir(), 0o700))
}

func (c *Cluster) podDir() string     { return filepath.Join(c.dir, "pods") }
func (c *Cluster) logDir() string     { return filepath.Join(c.dir, "logs") }
func (c *Cluster) kubectlDir() string { return filepath.Join(c.dir, "kubectl") }

// startNode starts what a node has: kubelet, DNS, the proxy of Services, and the kubelet's figures.
func (c *Cluster) startNode(images kubelet.Images) error {
	clients, err := kubernetes.NewForConfig(fast(c.plane))
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(hostOf(c.plane.Config().Host))
	if err != nil {
		return err
	}
	c.kubelet = kubelet.New(kubelet.Options{
		Clients: clients, Network: c.network, Images: images, Dir: c.podDir(), Logs: c.logDir(),
		NodeName: nodeName, NodeAddress: c.network.Node().String(), APIHost: host, APIPort: port,
		Guardian: c.plane, Died: c.died, Out: c.options.Out,
	})
	var background context.Context
	background, c.cancel = context.WithCancel(context.Background())
	c.running.Go(func() { c.reportUnless(background, "the kubelet", c.kubelet.Run(background)) })
	c.running.Go(func() { c.reportUnless(background, "the network", c.network.Serve(background, fast(c.plane))) })
	c.running.Go(func() { c.reportUnless(background, "the control plane", c.plane.Wait(background)) })
	return c.serveStats(background)
}

// serveStats serves what a kubelet serves at its read-only port.
func (c *Cluster) serveStats(ctx context.Context) error {
	address := net.JoinHostPort(c.network.Node().String(), "10255")
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("cannot serve the kubelet's metrics: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics/cadvisor", c.kubelet.Stats())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	c.running.Go(func() { c.reportUnless(ctx, "the server of the kubelet's metrics", server.Serve(listener)) })
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return nil
}

// died keeps the first death; those after it are most often its consequence.
func (c *Cluster) died(err error) {
	c.once.Do(func() {
		fmt.Fprintln(c.options.Out, err)
		c.death = err
		close(c.dead)
	})
}

func (c *Cluster) reportUnless(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		c.died(fmt.Errorf("%s has stopped: %w", what, err))
	}
}

// Wait returns nil when ctx ends, and an error with the last log lines as soon as a part has died that
// nobody had asked to.
func (c *Cluster) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-c.dead:
		return c.death
	}
}

// Stop ends everything; it may be called more than once.
func (c *Cluster) Stop() error { return c.stop() }

// stopAll goes from the pods to the network under them.
func (c *Cluster) stopAll() error {
	var errs []error
	if c.cancel != nil {
		c.cancel()
		c.running.Wait()
	}
	if c.plane != nil {
		errs = append(errs, c.plane.Stop())
	}
	if c.network != nil {
		errs = append(errs, c.network.Close())
	}
	return errors.Join(append(errs, c.removeFiles())...)
}

func (c *Cluster) removeFiles() error {
	switch {
	case c.dir == "":
		return nil
	case c.options.Dir == "":
		return os.RemoveAll(c.dir)
	default:
		return errors.Join(os.RemoveAll(c.podDir()), os.RemoveAll(c.kubectlDir()))
	}
}

func newClient(plane *controlplane.ControlPlane) (client.WithWatch, error) {
	scheme := runtime.NewScheme()
	err := errors.Join(clientgoscheme.AddToScheme(scheme), tuxv1alpha1.AddToScheme(scheme), monitoringv1.AddToScheme(scheme))
	if err != nil {
		return nil, err
	}
	return client.NewWithWatch(fast(plane), client.Options{Scheme: scheme})
}
