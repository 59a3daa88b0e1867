package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"

	"github.com/tux-io/tux-monitoring-operator/controllers"
	"github.com/tux-io/tux-monitoring-operator/hack/binaries"
	"github.com/tux-io/tux-monitoring-operator/hack/controlplane"
	"github.com/tux-io/tux-monitoring-operator/internal/cmd"
)

const (
	root     = "../.."
	chartDir = root + "/charts/tux-monitoring-operator"
	// asProgram makes this test binary be tuxmon: what the chart's pods run is then what is tested here, and no
	// cached result is of older code.
	asProgram = "TUXMON_CHART_TEST_IS_PROGRAM"
)

var (
	plane   *controlplane.ControlPlane
	admin   client.Client
	helmBin string
)

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(cmd.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	ctx := context.Background()
	ctrl.SetLogger(zap.New(zap.WriteTo(os.Stderr)))
	if err := prepare(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = plane.Stop() }()
	return m.Run()
}

func prepare(ctx context.Context) error {
	// Helm and kubectl read these files, and go test must know that a result depends on them.
	for _, dir := range []string{chartDir, root + "/config", root + "/docs"} {
		if err := readAll(dir); err != nil {
			return err
		}
	}
	dir, err := binaries.Find(ctx, binaries.Helm, os.Stderr)
	if err != nil {
		return err
	}
	helmBin = filepath.Join(dir, "helm")
	plane, err = controlplane.Start(ctx, controlplane.Options{WithControllerManager: true, CRDs: []string{"../controlplane/crds"}})
	if err != nil {
		return err
	}
	admin, err = client.New(plane.Config(), client.Options{Scheme: controllers.NewScheme()})
	return err
}

func readAll(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		_, err = os.ReadFile(path)
		return err
	})
}

// helm runs Helm against the control plane, with an empty home.
func helm(t *testing.T, args ...string) (string, error) {
	t.Helper()
	return command(t, helmBin, "", append(args, "--kubeconfig", plane.Kubeconfig())...)
}

func mustHelm(t *testing.T, args ...string) string {
	t.Helper()
	out, err := helm(t, args...)
	if err != nil {
		t.Fatalf("helm %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// kubectl gives input to a kubectl of an administrator.
func kubectl(t *testing.T, input string, args ...string) (string, error) {
	t.Helper()
	return command(t, plane.Binary("kubectl"), input, append(args, "--kubeconfig", plane.Kubeconfig())...)
}

func mustKubectl(t *testing.T, input string, args ...string) string {
	t.Helper()
	out, err := kubectl(t, input, args...)
	if err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// established waits until definitions are served. kubectl wait fails at once for one that has no conditions at all yet, and
// what is Established is found by clients a moment later.
func established(t *testing.T, which ...string) {
	t.Helper()
	eventually(t, "established: "+strings.Join(which, " "), func() bool {
		_, err := kubectl(t, "", append([]string{"wait", "--for=condition=Established", "--timeout=60s"}, which...)...)
		return err == nil
	})
	for crd := range strings.FieldsSeq(mustKubectl(t, "", append([]string{"get", "-o", "name"}, which...)...)) {
		_, name, _ := strings.Cut(crd, "/")
		eventually(t, "served: "+name, func() bool {
			_, err := kubectl(t, "", "get", name, "--all-namespaces")
			return err == nil
		})
	}
}

// command returns what a program writes to its standard output: that a client was throttled is no data. If it fails, it
// returns all that it says.
func command(t *testing.T, path, input string, args ...string) (string, error) {
	t.Helper()
	out, all, err := spoken(t, path, input, args...)
	if err != nil {
		return all, err
	}
	return out, nil
}

// spoken is for those who look for warnings: what a program writes to its standard output, and to both.
func spoken(t *testing.T, path, input string, args ...string) (out, all string, err error) {
	t.Helper()
	// Also for what cleans up, when the context of the test has ended.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, path, args...)
	c.Env = append(os.Environ(), "HELM_CACHE_HOME="+t.TempDir(), "HELM_CONFIG_HOME="+t.TempDir(), "HELM_DATA_HOME="+t.TempDir())
	c.Stdin = strings.NewReader(input)
	var stdout bytes.Buffer
	var both journal
	c.Stdout, c.Stderr = io.MultiWriter(&stdout, &both), &both
	err = c.Run()
	return stdout.String(), both.String(), err
}

// restricted makes a namespace in which only pods of the profile restricted run.
func restricted(t *testing.T) string {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "chart-", Labels: map[string]string{
		"pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/warn": "restricted",
	}}}
	must(t, admin.Create(t.Context(), namespace))
	return namespace.Name
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// patience is longer than the garbage collector of Kubernetes takes to get to know a CRD that came or went, on a busy
// machine, and shorter than anything that hangs: deadlines of ours are five minutes.
const (
	patience = 3 * time.Minute
	// kubectlPatience is the same for kubectl; what removes something waits for the garbage collector too.
	kubectlPatience = "--timeout=170s"
	// helmPatience is for more than one wait, a rollout and a hook, and shorter than those deadlines too.
	helmPatience = "4m"
)

// eventually waits for what must happen; a slow machine must not fail a test.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for begin := time.Now(); time.Since(begin) < patience; time.Sleep(100 * time.Millisecond) {
		if done() {
			return
		}
	}
	t.Fatalf("not within %s: %s", patience, what)
}
