package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"github.com/spf13/cobra"
	"go.uber.org/zap/zapcore"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/tux-io/tux-monitoring-operator/controllers"
	"github.com/tux-io/tux-monitoring-operator/internal/errorreport"
)

// leaderElectionID is the name of the Lease.
const leaderElectionID = "tuxmonitoring.monitoring.tux.io"

// gracePeriod is how long running passes may take to end; a pass that hangs is ended by its own
// timeout later than that, and harms nothing when it is cut.
const gracePeriod = 20 * time.Second

// sentryDSNVariable holds the DSN; it is a secret, and so never a flag.
const sentryDSNVariable = "SENTRY_DSN"

type managerOptions struct {
	kubeconfig       string
	metricsAddress   string
	metricsSecure    bool
	healthAddress    string
	profileAddress   string
	leaderElect      bool
	leaderNamespace  string
	concurrency      int
	logLevel         string
	sentryDSNFile    string
	errorEnvironment string
	sentryMonitor    string
	scope            controllers.Scope
}

func newManager() *cobra.Command {
	o := &managerOptions{}
	c := &cobra.Command{
		Use:   "manager",
		Short: "Run the operator",
		Long: `manager runs the operator until it is told to stop by SIGTERM or SIGINT. It logs JSON to standard
error, serves Prometheus metrics, and answers /healthz and /readyz.

Errors of the operator itself that only a person can mend are sent to Sentry, scrubbed, when a DSN is in
the environment variable SENTRY_DSN or in the file --sentry-dsn-file names; with it a cron monitor hears
every ten minutes that the operator is at work. Without one nothing is sent.`,
		Example: `  # In a cluster: as in config/manager.
  tuxmon manager

  # With a Role in each of two namespaces, and no ClusterRole.
  tuxmon manager --watch-namespaces=tux-production,tux-staging

  # On a laptop, against the current context.
  tuxmon manager --leader-elect=false --log-level=debug`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return o.run(c.Context()) },
	}
	flags := c.Flags()
	flags.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig file; unset: KUBECONFIG, then the service account of the pod")
	flags.StringVar(&o.metricsAddress, "metrics-bind-address", ":8080", "address of the metrics endpoint, 0 for none")
	flags.BoolVar(&o.metricsSecure, "metrics-secure", false,
		"serve metrics by HTTPS, with a certificate of its own, to those only whom RBAC allows to get /metrics")
	flags.StringVar(&o.healthAddress, "health-probe-bind-address", ":8081", "address of /healthz and /readyz, 0 for none")
	flags.StringVar(&o.profileAddress, "profile-bind-address", "",
		"loopback address of /debug/pprof/, such as 127.0.0.1:6060, for kubectl port-forward; empty: no profiles")
	flags.BoolVar(&o.leaderElect, "leader-elect", true, "let only one of several replicas work")
	flags.StringVar(&o.leaderNamespace, "leader-election-namespace", "", "namespace of the Lease; unset: that of the pod")
	flags.IntVar(&o.concurrency, "concurrency", 8, "resources reconciled at once")
	flags.StringSliceVar(&o.scope.Namespaces, "watch-namespaces", nil,
		"reconcile the TuxMonitorings of these namespaces only, and need no ClusterRole; unset: all")
	flags.StringSliceVar(&o.scope.SecretNamespaces, "secret-namespaces", nil,
		"namespaces whose Secrets the operator may read, for spec.sentry; unset: all it watches")
	flags.StringVar(&o.logLevel, "log-level", "info", "debug, info or error")
	flags.StringVar(&o.sentryDSNFile, "sentry-dsn-file", "", "file with the Sentry DSN for errors of the operator itself")
	flags.StringVar(&o.errorEnvironment, "sentry-environment", "", "environment those errors are filed under")
	flags.StringVar(&o.sentryMonitor, "sentry-monitor", "tuxmonitoring", "slug of the cron monitor that hears of it; empty: none does")
	c.AddCommand(newRelease())
	return c
}

func (o *managerOptions) run(ctx context.Context) error {
	log, err := o.logger()
	if err != nil {
		return err
	}
	ctrl.SetLogger(log)
	config, err := clusterConfig(o.kubeconfig)
	if err != nil {
		return err
	}
	reporter, err := o.reporter()
	if err != nil {
		return err
	}
	defer reporter.Flush(2 * time.Second)
	mgr, err := o.manager(config)
	if err != nil {
		return err
	}
	health, err := controllers.Setup(mgr, controllers.Options{
		Concurrency: o.concurrency, Scope: o.scope, Terminal: reporter, CheckIns: reporter,
		Sentry: controllers.SentryOptions{UserAgent: "tuxmonitoring/" + version},
		Logs:   controllers.LogOptions{UserAgent: "tuxmonitoring/" + version},
	})
	if err != nil {
		return err
	}
	if err := errors.Join(mgr.AddReadyzCheck("caches", within(health.Ready)), mgr.AddHealthzCheck("passes", within(health.Live))); err != nil {
		return err
	}
	log.Info("Starting operator", "version", version, "sentry", reporter.Enabled())
	if err := mgr.Start(ctx); err != nil {
		return fmt.Errorf("cannot run the operator: %w", err)
	}
	return nil
}

func (o *managerOptions) logger() (logr.Logger, error) {
	var level zapcore.Level
	if err := level.UnmarshalText([]byte(o.logLevel)); err != nil {
		return logr.Logger{}, fmt.Errorf("cannot use --log-level: %w", err)
	}
	return zap.New(zap.Level(level), zap.JSONEncoder(func(c *zapcore.EncoderConfig) { c.EncodeTime = zapcore.RFC3339TimeEncoder })), nil
}

func clusterConfig(kubeconfig string) (*rest.Config, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = kubeconfig
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, nil).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("cannot find a cluster: %w", err)
	}
	// The API server has priority and fairness; a limit here would only add to its queue.
	config.QPS = -1
	config.UserAgent = "tuxmonitoring/" + version
	return config, nil
}

func (o *managerOptions) reporter() (*errorreport.Reporter, error) {
	dsn := os.Getenv(sentryDSNVariable)
	if o.sentryDSNFile != "" {
		text, err := os.ReadFile(o.sentryDSNFile)
		if err != nil {
			return nil, fmt.Errorf("cannot read the Sentry DSN: %w", err)
		}
		dsn = strings.TrimSpace(string(text))
	}
	return errorreport.New(errorreport.Config{
		DSN: dsn, Release: "tuxmon@" + version, Environment: cmp.Or(o.errorEnvironment, "production"), Monitor: o.sentryMonitor,
	})
}

func (o *managerOptions) manager(config *rest.Config) (ctrl.Manager, error) {
	if err := o.checkProfileAddress(); err != nil {
		return nil, err
	}
	grace := gracePeriod
	options := o.scope.ManagerOptions()
	options.PprofBindAddress = o.profileAddress
	options.Metrics = metricsserver.Options{BindAddress: o.metricsAddress}
	if o.metricsSecure {
		options.Metrics.SecureServing = true
		options.Metrics.FilterProvider = onlyAllowed
	}
	options.HealthProbeBindAddress = o.healthAddress
	options.LeaderElection = o.leaderElect
	options.LeaderElectionID = leaderElectionID
	options.LeaderElectionNamespace = o.leaderNamespace
	options.LeaderElectionReleaseOnCancel = true
	options.GracefulShutdownTimeout = &grace
	mgr, err := ctrl.NewManager(config, options)
	if err != nil {
		return nil, fmt.Errorf("cannot make the manager: %w", err)
	}
	return mgr, nil
}

// checkProfileAddress: profiles tell what is in memory, Secrets too, and nobody is asked who he is.
func (o *managerOptions) checkProfileAddress() error {
	if o.profileAddress == "" {
		return nil
	}
	address, err := netip.ParseAddrPort(o.profileAddress)
	if err != nil {
		return fmt.Errorf("cannot use --profile-bind-address: %w", err)
	}
	if !address.Addr().IsLoopback() {
		return fmt.Errorf("cannot use --profile-bind-address: %s is no loopback address", address.Addr())
	}
	return nil
}
