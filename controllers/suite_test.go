package controllers

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onsi/gomega"
	"go.uber.org/zap/zapcore"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logzap "sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/yaml"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/hack/controlplane"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

const (
	// patience is how long a test waits for what must happen. It is long because a slow machine must
	// not fail a test; nothing is asserted about time.
	patience = time.Minute
	glance   = 50 * time.Millisecond

	operatorNamespace = "tux-monitoring-system"
	operatorAccount   = "tuxmon-manager"
)

var (
	// plane is the control plane all tests of this package share.
	plane *controlplane.ControlPlane
	// admin may do everything; the operator runs as its ServiceAccount, with the RBAC of config/.
	admin client.Client
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx := context.Background()
	ctrl.SetLogger(logzap.New(logzap.WriteTo(everything), logzap.Level(zapcore.DebugLevel)))
	var err error
	plane, err = controlplane.Start(ctx, controlplane.Options{
		WithControllerManager: true,
		// As on OpenShift: who makes a child must be allowed to hold up its owner.
		AdmissionPlugins: []string{"OwnerReferencesPermissionEnforcement"},
		CRDs:             []string{"../config/crd/bases", "../hack/controlplane/crds"},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = plane.Stop() }()
	if err := prepare(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// prepare installs what a cluster has before the first TuxMonitoring: the operator's permissions, a
// Prometheus like that of kube-prometheus-stack, and an Alertmanager.
func prepare(ctx context.Context) (err error) {
	if admin, err = client.New(plane.Config(), client.Options{Scheme: NewScheme()}); err != nil {
		return err
	}
	apply := exec.CommandContext(ctx, plane.Binary("kubectl"), "--kubeconfig", plane.Kubeconfig(), "apply", "-k", "../config/default")
	if out, err := apply.CombinedOutput(); err != nil {
		return fmt.Errorf("kubectl apply -k config/default: %w\n%s", err, out)
	}
	if err := grantSecrets(ctx); err != nil {
		return err
	}
	if err := admin.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "monitoring"}}); err != nil {
		return err
	}
	if err := admin.Create(ctx, testutil.Alertmanager("monitoring", "kps", "kps")); err != nil {
		return err
	}
	return admin.Create(ctx, testutil.Prometheus("monitoring", "kps", "kps"))
}

// grantSecrets gives the rules of config/sentry everywhere: each test has namespaces of its own.
func grantSecrets(ctx context.Context) error {
	text, err := os.ReadFile("../config/sentry/role.yaml")
	if err != nil {
		return err
	}
	role := &rbacv1.ClusterRole{}
	if err := yaml.Unmarshal(text, role); err != nil {
		return err
	}
	if err := admin.Create(ctx, &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: role.Name}, Rules: role.Rules}); err != nil {
		return err
	}
	return admin.Create(ctx, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: role.Name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: operatorNamespace, Name: operatorAccount}},
	})
}

// scenario is one test: a namespace of its own and Gomega.
type scenario struct {
	*gomega.WithT
	t  *testing.T
	ns string
}

func newScenario(t *testing.T) *scenario {
	t.Helper()
	s := &scenario{WithT: gomega.NewWithT(t), t: t}
	s.SetDefaultEventuallyTimeout(patience)
	s.SetDefaultEventuallyPollingInterval(glance)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "tux-"}}
	s.must(admin.Create(t.Context(), namespace))
	s.ns = namespace.Name
	// The test's own context has ended when this runs.
	t.Cleanup(func() {
		_ = admin.DeleteAllOf(context.Background(), &tuxv1alpha1.TuxMonitoring{}, client.InNamespace(s.ns))
	})
	return s
}

func (s *scenario) must(err error) {
	s.t.Helper()
	s.Expect(err).NotTo(gomega.HaveOccurred())
}

func (s *scenario) create(objects ...client.Object) {
	s.t.Helper()
	for _, object := range objects {
		s.must(admin.Create(s.t.Context(), object))
	}
}

// backend creates the usual Deployment with its Service and Ingress.
func (s *scenario) backend(name string) {
	s.t.Helper()
	s.create(testutil.Deployment(s.ns, name), testutil.Service(s.ns, name, name),
		testutil.Ingress(s.ns, name, name+".example", "/", name, name+".example"))
}

// change updates the spec of a resource as a user would.
func (s *scenario) change(tux *tuxv1alpha1.TuxMonitoring, change func(*tuxv1alpha1.TuxMonitoringSpec)) {
	s.t.Helper()
	s.Eventually(func() error {
		if err := admin.Get(s.t.Context(), client.ObjectKeyFromObject(tux), tux); err != nil {
			return err
		}
		change(&tux.Spec)
		return admin.Update(s.t.Context(), tux)
	}).Should(gomega.Succeed())
}

// condition waits until the newest generation of a resource has a condition, and returns it.
func (s *scenario) condition(tux *tuxv1alpha1.TuxMonitoring, kind string, status metav1.ConditionStatus, reason string) *metav1.Condition {
	s.t.Helper()
	var found *metav1.Condition
	s.Eventually(func(g gomega.Gomega) {
		g.Expect(admin.Get(s.t.Context(), client.ObjectKeyFromObject(tux), tux)).To(gomega.Succeed())
		g.Expect(tux.Status.ObservedGeneration).To(gomega.Equal(tux.Generation), "%+v", tux.Status.Conditions)
		found = meta.FindStatusCondition(tux.Status.Conditions, kind)
		g.Expect(found).NotTo(gomega.BeNil(), "%+v", tux.Status.Conditions)
		g.Expect(string(found.Status)+"/"+found.Reason).To(gomega.Equal(string(status)+"/"+reason), "%+v", tux.Status.Conditions)
	}).Should(gomega.Succeed())
	return found
}

func (s *scenario) ready(tux *tuxv1alpha1.TuxMonitoring) {
	s.t.Helper()
	s.condition(tux, tuxv1alpha1.ConditionReady, metav1.ConditionTrue, tuxv1alpha1.ReasonApplied)
}

// monitored starts the operator over the usual backend and the ten-line resource, and waits until all of
// it is applied.
func (s *scenario) monitored() (*tuxv1alpha1.TuxMonitoring, *operator) {
	s.t.Helper()
	o := s.startOperator()
	s.backend("tux-backend")
	tux := testutil.Tux(s.ns, "production")
	s.create(tux)
	s.ready(tux)
	return tux, o
}

// children lists what the operator made for a resource, as "Kind/name".
func (s *scenario) children(owner string) []string {
	s.t.Helper()
	var names []string
	for _, kind := range childKinds() {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(kind)
		s.must(admin.List(s.t.Context(), list, client.InNamespace(s.ns), client.MatchingLabels{"monitoring.tux.io/owner": owner}))
		for i := range list.Items {
			names = append(names, kind.Kind+"/"+list.Items[i].Name)
		}
	}
	return names
}

// operator is one running manager with the permissions of config/rbac.
type operator struct {
	requests *testutil.Requests
	ready    func(context.Context) error
	live     func(context.Context) error
	terminal terminalErrors
	stop     func()
}

// startOperator starts the operator and stops it with the test.
func (s *scenario) startOperator() *operator {
	s.t.Helper()
	config, err := plane.ServiceAccountConfig(s.t.Context(), operatorNamespace, operatorAccount)
	s.must(err)
	return s.startOperatorWith(config)
}

func (s *scenario) startOperatorWith(config *rest.Config) *operator {
	s.t.Helper()
	o, err := startManager(config, 4)
	s.must(err)
	s.t.Cleanup(o.stop)
	return o
}

// startManager runs the operator in this process until stop.
func startManager(config *rest.Config, concurrency int) (*operator, error) {
	return startManagerWith(config, Options{Concurrency: concurrency, Sentry: hurried(), Logs: hurriedLogs()})
}

// hurried are times of seconds, and limits that a test does not feel.
func hurried() SentryOptions {
	limits := sentry.Limits()
	limits.PerSecond, limits.Burst, limits.OpenFor = 300, 60, time.Second
	return SentryOptions{
		UserAgent: "tuxmonitoring/test", Interval: time.Hour, Spread: time.Millisecond, MinBackoff: 20 * time.Millisecond,
		MaxBackoff: 200 * time.Millisecond, Grace: time.Hour, DeletionTimeout: time.Minute, Limits: limits,
		ProofReadDelay: 10 * time.Millisecond, ProofAgainDelay: 20 * time.Millisecond,
	}
}

func startManagerWith(config *rest.Config, opts Options, change ...func(*ctrl.Options)) (*operator, error) {
	o := &operator{requests: &testutil.Requests{}}
	opts.Terminal = &o.terminal
	config.QPS = -1
	config.Wrap(o.requests.Wrap)
	options := opts.Scope.ManagerOptions()
	options.Metrics = metricsserver.Options{BindAddress: "0"}
	skip := true
	options.Controller.SkipNameValidation = &skip
	for _, with := range change {
		with(&options)
	}
	mgr, err := ctrl.NewManager(config, options)
	if err != nil {
		return nil, err
	}
	health, err := Setup(mgr, opts)
	if err != nil {
		return nil, err
	}
	o.ready, o.live = health.Ready, health.Live
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- mgr.Start(ctx) }()
	o.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				panic(fmt.Sprintf("the operator ended with %v", err))
			}
		case <-time.After(patience):
			// A manager whose caches were never filled, for want of a permission, does not end by itself.
			panic("the operator does not end")
		}
	})
	return o, nil
}

// asked is a fake that knows what it was asked.
type asked interface{ Requests() []string }

// settle waits as quiet does, and forgets what the operator has sent.
func (s *scenario) settle(o *operator, fakes ...asked) {
	s.t.Helper()
	s.quiet(o, fakes...)
	o.requests.Reset()
}

// quiet waits until the operator sends nothing for a while, neither to the cluster nor to these. A look takes a request
// itself, so that the while is longer on a machine on which the operator waits for its answers, and for the news of its
// watches.
func (s *scenario) quiet(o *operator, fakes ...asked) {
	s.t.Helper()
	total := func() int {
		n := o.requests.Total()
		for _, fake := range fakes {
			n += len(fake.Requests())
		}
		return n
	}
	last := -1
	quiet := 0
	s.Eventually(func() int {
		s.must(admin.Get(s.t.Context(), client.ObjectKey{Name: s.ns}, &corev1.Namespace{}))
		if now := total(); now == last && o.requests.Pending() == 0 {
			quiet++
		} else {
			last, quiet = now, 0
		}
		return quiet
	}).Should(gomega.BeNumerically(">=", 20))
}

// terminalErrors keeps what would be reported to Sentry.
type terminalErrors struct {
	mu   sync.Mutex
	seen []string
}

// Terminal remembers resource and reason.
func (e *terminalErrors) Terminal(_ context.Context, resource types.NamespacedName, reason string, _ error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seen = append(e.seen, resource.String()+" "+reason)
}

func (e *terminalErrors) list() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.seen)
}

func names(list []string, kind string) []string {
	var found []string
	for _, name := range list {
		if rest, ok := strings.CutPrefix(name, kind+"/"); ok {
			found = append(found, rest)
		}
	}
	return found
}

// deploymentOf shortens what tests change most.
func deploymentOf(ns, name string, change func(*appsv1.Deployment)) *appsv1.Deployment {
	d := testutil.Deployment(ns, name)
	change(d)
	return d
}
