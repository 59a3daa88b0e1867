package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/tux-io/tux-monitoring-operator/hack/binaries"
)

// argoApp is an Application as Argo's controller has it before it: its manifests are rendered. hack/argo/DESIGN.md says what is Argo's and
// what is made up.
type argoApp struct {
	t         *testing.T
	program   string
	health    []string
	name      string
	namespace string
	manifests string
	options   []string
	tracking  []string
}

// argoReport is what hack/argo/sync/main.go writes.
type argoReport struct {
	Phase, Message, Health string
	Results, Resources     map[string]string
	OutOfSync, Extra       []string
	Differences            map[string][2]json.RawMessage
}

// argoApplication is what a test needs of the resource.
type argoApplication struct {
	Metadata metav1.ObjectMeta
	Spec     struct {
		Source struct {
			Path string
			Helm struct{ ValuesObject map[string]any }
		}
		Destination struct{ Namespace string }
		SyncPolicy  struct{ SyncOptions []string }
	}
}

// newArgoApp reads an Application of the example and renders what it names.
func newArgoApp(t *testing.T, file string, byLabel bool) *argoApp {
	t.Helper()
	dir, err := binaries.Find(t.Context(), binaries.Argo, t.Output())
	must(t, err)
	text, err := os.ReadFile(filepath.Join(argoExample, "apps", file))
	must(t, err)
	var app argoApplication
	must(t, yaml.Unmarshal(text, &app))
	a := &argoApp{t: t, program: filepath.Join(dir, "argosync"), name: app.Metadata.Name, namespace: app.Spec.Destination.Namespace}
	if slices.Contains(app.Spec.SyncPolicy.SyncOptions, "ServerSideApply=true") {
		a.options = append(a.options, "-server-side")
	}
	if byLabel {
		a.tracking = []string{"-label"}
	}
	for key, script := range argoSettings(t) {
		if kind, found := strings.CutPrefix(key, "resource.customizations.health."); found {
			path := filepath.Join(t.TempDir(), "health.lua")
			must(t, os.WriteFile(path, []byte(script), 0o600))
			a.health = append(a.health, "-health", strings.Replace(kind, "_", "/", 1)+"="+path)
		}
	}
	if app.Spec.Source.Path == "charts/tux-monitoring-operator" {
		values, err := yaml.Marshal(app.Spec.Source.Helm.ValuesObject)
		must(t, err)
		a.manifests, err = command(t, helmBin, "", "template", a.name, chartDir, "--namespace", a.namespace, "-f", valuesFile(t, string(values)))
		must(t, err)
	} else {
		a.manifests = mustKubectl(t, "", "kustomize", filepath.Join(argoExample, app.Spec.Source.Path))
	}
	return a
}

// run is one sync, or one look.
func (a *argoApp) run(flags ...string) argoReport {
	a.t.Helper()
	args := slices.Concat([]string{"-kubeconfig", plane.Kubeconfig(), "-namespace", a.namespace, "-app", a.name}, a.health, a.tracking, a.options, flags)
	c := exec.CommandContext(a.t.Context(), a.program, args...)
	c.Stdin = strings.NewReader(a.manifests)
	var log journal
	c.Stderr = &log
	out, err := c.Output()
	if err != nil {
		a.t.Fatalf("argosync %s: %v\n%s", strings.Join(args, " "), err, tail(&log))
	}
	var report argoReport
	must(a.t, json.Unmarshal(out, &report))
	return report
}

func (a *argoApp) sync(flags ...string) argoReport {
	a.t.Helper()
	report := a.run(flags...)
	if report.Phase != "Succeeded" {
		a.t.Fatalf("the sync of %s ends %s: %s\n%v", a.name, report.Phase, report.Message, report.Results)
	}
	return report
}

// becomes waits until Argo would show that health.
func (a *argoApp) becomes(health string) {
	a.t.Helper()
	var last argoReport
	defer func() {
		if a.t.Failed() {
			a.t.Logf("the last look at %s: %s %v", a.name, last.Health, last.Resources)
		}
	}()
	eventually(a.t, a.name+" is "+health, func() bool {
		last = a.run("-look")
		return last.Health == health
	})
}

// inSync: neither comparison of Argo sees a difference, and nothing would be pruned.
func (a *argoApp) inSync() {
	a.t.Helper()
	for _, flags := range [][]string{{"-look"}, {"-look", "-server-diff"}} {
		report := a.run(flags...)
		if len(report.OutOfSync) > 0 || len(report.Extra) > 0 {
			a.t.Errorf("%s %v: out of sync %v, to be pruned %v", a.name, flags, report.OutOfSync, report.Extra)
			for name, pair := range report.Differences {
				a.t.Logf("%s is   %.3000s\nand would be %.3000s", name, pair[0], pair[1])
			}
		}
	}
}

// TestArgo: Argo's own engine syncs the chart and a resource as the Applications of the example say, sees them healthy, finds nothing to
// correct afterwards, corrects what somebody changes, and prunes what is its own, but nothing the operator made.
func TestArgo(t *testing.T) {
	for tracking, byLabel := range map[string]bool{"annotation": false, "label": true} {
		t.Run(tracking, func(t *testing.T) {
			examplePlace(t)
			_, _ = kubectl(t, "", "create", "namespace", "tux-monitoring-system") // CreateNamespace=true
			operator := newArgoApp(t, "tux-operator.yaml", byLabel)
			t.Cleanup(func() {
				mustKubectl(t, operator.manifests, "delete", "--ignore-not-found", kubectlPatience, "-f", "-")
				removeCRD(t)
			})

			operator.sync("-prune")
			operator.becomes("Progressing") // nobody runs its pods
			if jobs := mustKubectl(t, "", "get", "jobs", "-n", operator.namespace, "-o", "name"); jobs != "" {
				t.Errorf("the hook for the deletion ran at the sync: %s", jobs)
			}
			environment := newArgoApp(t, "tux-production.yaml", byLabel)
			environment.sync("-prune")
			environment.becomes("Progressing") // nobody reconciles
			startKubelet(t, "tux-monitoring-system")
			operator.becomes("Healthy")
			environment.becomes("Healthy")
			operator.inSync()
			environment.inSync()

			tux := reload(t, exampleResource("production"))
			made := everything(t, tux.Namespace)
			if len(made) < 15 {
				t.Fatalf("only %d objects were made", len(made))
			}
			for range 3 {
				operator.sync("-prune")
				environment.sync("-prune")
			}
			if after := reload(t, tux); after.Generation != 1 {
				t.Errorf("the resource has generation %d after syncs of the same", after.Generation)
			}
			allThere(t, made)
			argoCorrects(t, environment)
			argoPrunes(t, environment, byLabel, made)
		})
	}
}

// argoCorrects: a change of a field that is wanted is seen and taken back; a resource that cannot be is Degraded.
func argoCorrects(t *testing.T, environment *argoApp) {
	t.Helper()
	mustKubectl(t, "", "patch", "tuxmon", "tux", "-n", environment.namespace, "--type=merge", "-p", `{"spec":{"environment":"elsewhere"}}`)
	if report := environment.run("-look"); len(report.OutOfSync) != 1 || !strings.Contains(report.OutOfSync[0], "TuxMonitoring") {
		t.Errorf("out of sync: %v", report.OutOfSync)
	}
	environment.sync("-prune")
	environment.becomes("Healthy")
	environment.inSync()

	// An object of somebody else is where one of ours shall be, from the next environment on.
	foreign := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "tux-staging", Name: "tux-dashboard-overview"}}
	must(t, admin.Create(t.Context(), foreign))
	staging := newArgoApp(t, "tux-staging.yaml", len(environment.tracking) > 0)
	staging.sync("-prune")
	staging.becomes("Degraded")
	must(t, admin.Delete(t.Context(), foreign))
	mustKubectl(t, "", "annotate", "-n", "tux-staging", "tuxmon", "tux", "reconcile.fluxcd.io/requestedAt=now")
	staging.becomes("Healthy")
	staging.inSync()
	mustKubectl(t, "", "delete", "-n", "tux-staging", "tuxmon", "tux", kubectlPatience)
}

// argoPrunes: somebody marks an object the operator made, and one nobody made, as if both were of the Application. What has an owner stays.
func argoPrunes(t *testing.T, environment *argoApp, byLabel bool, made map[string]string) {
	t.Helper()
	stray := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: environment.namespace, Name: "stray"}}
	must(t, admin.Create(t.Context(), stray))
	marked := []string{"stray", "tux-dashboard-overview"}
	for _, name := range marked {
		verb, mark := "annotate", "argocd.argoproj.io/tracking-id="+environment.name+":/ConfigMap:"+environment.namespace+"/"+name
		if byLabel {
			verb, mark = "label", "app.kubernetes.io/instance="+environment.name
		}
		mustKubectl(t, "", verb, "configmap", name, "-n", environment.namespace, "--overwrite", mark)
	}
	want := "/ConfigMap/" + environment.namespace + "/stray"
	if report := environment.run("-look"); !slices.Equal(report.Extra, []string{want}) {
		t.Errorf("to be pruned: %v, want %s", report.Extra, want)
	}
	// Else the child would be left alone for another reason than its owner.
	if child := mustKubectl(t, "", "get", "configmap", "tux-dashboard-overview", "-n", environment.namespace, "-o", "jsonpath={.metadata}"); !strings.Contains(child,
		map[bool]string{false: `"argocd.argoproj.io/tracking-id":"tux-production:`, true: `"app.kubernetes.io/instance":"tux-production"`}[byLabel]) {
		t.Errorf("the child is not marked any more: %s", child)
	}
	environment.sync("-prune")
	if err := admin.Get(t.Context(), client.ObjectKeyFromObject(stray), stray); err == nil && stray.DeletionTimestamp == nil {
		t.Error("what is its own was not pruned, so that this test shows nothing")
	}
	allThere(t, made)
	environment.becomes("Healthy")
	if tux := reload(t, exampleResource("production")); tux.Status.ObservedGeneration != tux.Generation {
		t.Error("the operator has not seen the resource")
	}
}

// allThere compares names: a child that was marked has another version.
func allThere(t *testing.T, made map[string]string) {
	t.Helper()
	now := everything(t, "tux-production")
	for key := range made {
		if _, found := now[key]; !found {
			t.Errorf("%s is gone", key)
		}
	}
}
