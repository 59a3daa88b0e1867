package main

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/hack/binaries"
)

const (
	gitops       = root + "/docs/gitops"
	fluxExample  = gitops + "/example-flux"
	argoExample  = gitops + "/example-argocd"
	exampleNames = "monitoring tux-production tux-staging"
)

// filesOf reads a tree, with names below a prefix.
func filesOf(t *testing.T, dir, prefix string) map[string]string {
	t.Helper()
	files := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[filepath.Join(prefix, name)] = string(text)
		return err
	}))
	return files
}

// TestExamplesAgree: two tools, the same environments, and one health script.
func TestExamplesAgree(t *testing.T) {
	for _, dir := range []string{"environments", "facts"} {
		if diff := cmp.Diff(filesOf(t, filepath.Join(fluxExample, dir), dir), filesOf(t, filepath.Join(argoExample, dir), dir)); diff != "" {
			t.Errorf("-flux +argocd:\n%s", diff)
		}
	}
	script, err := os.ReadFile(gitops + "/argocd-health.lua")
	must(t, err)
	if diff := cmp.Diff(string(script), argoSettings(t)["resource.customizations.health.monitoring.tux.io_TuxMonitoring"]); diff != "" {
		t.Errorf("-script +argocd-cm:\n%s", diff)
	}
}

// argoSettings is what argocd-cm must say.
func argoSettings(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(argoExample + "/argocd/argocd-cm.yaml")
	must(t, err)
	var settings struct{ Data map[string]string }
	must(t, yaml.Unmarshal(text, &settings))
	return settings.Data
}

// TestExamplesAreKnown builds each directory that has a kustomization, and sends every object to the API server, strictly.
func TestExamplesAreKnown(t *testing.T) {
	installFlux(t)
	mustKubectl(t, "", "apply", "--server-side", "-f", root+"/config/crd/bases")
	t.Cleanup(func() { removeCRD(t) })
	established(t, "crd", crdName)
	for namespace := range strings.FieldsSeq(exampleNames + " flux-system argocd") {
		_, _ = kubectl(t, "", "create", "namespace", namespace)
	}
	for _, example := range []string{fluxExample, argoExample} {
		for _, environment := range []string{"production", "staging"} {
			built := mustKubectl(t, "", "kustomize", filepath.Join(example, "environments", environment))
			mustKubectl(t, built, "apply", "--dry-run=server", "--validate=strict", "-f", "-")
			mustKubectl(t, "", "apply", "--dry-run=server", "--validate=strict", "-f", filepath.Join(example, "facts", environment+".yaml"))
		}
	}
	mustKubectl(t, "", "apply", "--dry-run=server", "--validate=strict", "-f", fluxExample+"/clusters/main")

	dir, err := binaries.Find(t.Context(), binaries.Argo, t.Output())
	must(t, err)
	mustKubectl(t, "", "apply", "--server-side", "-f", filepath.Join(dir, "crds.yaml"))
	established(t, "-f", filepath.Join(dir, "crds.yaml"))
	mustKubectl(t, "", "apply", "--dry-run=server", "--validate=strict", "-f", argoExample+"/tux.yaml", "-f", argoExample+"/apps")
	// The component patches the argocd-cm of an installation.
	patched := kustomizeOf(t, argoExample+"/argocd", "argocd-cm.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm, namespace: argocd}\ndata: {url: https://argocd.example}\n")
	mustKubectl(t, patched, "apply", "--dry-run=server", "--validate=strict", "-f", "-")
	if !strings.Contains(patched, "url: https://argocd.example") || !strings.Contains(patched, "monitoring.tux.io_TuxMonitoring") {
		t.Errorf("argocd-cm is\n%s", patched)
	}
}

// kustomizeOf builds a resource with a component.
func kustomizeOf(t *testing.T, component, name, resource string) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.CopyFS(filepath.Join(dir, "component"), os.DirFS(component)))
	must(t, os.WriteFile(filepath.Join(dir, name), []byte(resource), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte("resources: ["+name+"]\ncomponents: [component]\n"), 0o600))
	return mustKubectl(t, "", "kustomize", dir)
}

func installFlux(t *testing.T) string {
	t.Helper()
	dir, err := binaries.Find(t.Context(), binaries.Flux, t.Output())
	must(t, err)
	crds := filepath.Join(dir, "crds.yaml")
	mustKubectl(t, "", "apply", "--server-side", "-f", crds)
	established(t, "-f", crds)
	return filepath.Join(dir, "kustomize-controller")
}

// examplePlace makes what the examples take for granted: the namespaces, a backend in each, Prometheus and Alertmanager.
func examplePlace(t *testing.T) {
	t.Helper()
	for namespace := range strings.FieldsSeq(exampleNames) {
		_, _ = kubectl(t, "", "create", "namespace", namespace)
	}
	mustKubectl(t, "", "apply", "--server-side", "-f", fluxExample+"/facts")
	t.Cleanup(func() {
		mustKubectl(t, "", "delete", "--ignore-not-found", "--wait=true", kubectlPatience, "-f", fluxExample+"/facts")
	})
}

func exampleResource(environment string) *tuxv1alpha1.TuxMonitoring {
	return &tuxv1alpha1.TuxMonitoring{ObjectMeta: metav1.ObjectMeta{Namespace: "tux-" + environment, Name: "tux"}}
}

// TestFluxExample: kustomize-controller keeps a cluster as the example says, from nothing to nothing.
func TestFluxExample(t *testing.T) {
	flux := startFlux(t)
	_, _ = kubectl(t, "", "create", "namespace", "flux-system")
	examplePlace(t)
	clusters := fluxExample + "/clusters/main"
	t.Cleanup(func() { _, _ = kubectl(t, "", "delete", "--ignore-not-found", kubectlPatience, "-f", clusters) })
	mustKubectl(t, "", "apply", "--validate=strict", "-f", clusters)
	flux.serve("flux-system", "flux-system", filesOf(t, fluxExample, ""))
	flux.serve("flux-system", "tux-monitoring-operator", filesOf(t, root+"/config", "config"))

	// Nobody runs the pods of the operator yet, so that nobody goes on.
	waits := func(name, status, text string) {
		t.Helper()
		eventually(t, name+" says "+status+": "+text, func() bool {
			gotStatus, message := flux.readiness(t.Context(), "flux-system", name)
			return gotStatus == status && strings.Contains(message, text)
		})
	}
	waits("tux-production", "False", "tux-operator")
	waits("tux-staging", "False", "tux-operator")
	if err := admin.Get(t.Context(), client.ObjectKeyFromObject(exampleResource("production")), exampleResource("production")); err == nil {
		t.Error("a resource came before the operator was ready")
	}

	startKubelet(t, "tux-monitoring-system")
	for _, environment := range []string{"production", "staging"} {
		waits("tux-"+environment, "True", "Applied revision")
		tux := reload(t, exampleResource(environment))
		ready := meta.FindStatusCondition(tux.Status.Conditions, tuxv1alpha1.ConditionReady)
		if ready == nil || ready.Reason != tuxv1alpha1.ReasonApplied || len(everything(t, tux.Namespace)) < 15 {
			t.Errorf("%s: %v, with %d objects", environment, ready, len(everything(t, tux.Namespace)))
		}
	}

	// Environments first, the operator last; with one command Flux would have to find that out.
	mustKubectl(t, "", "delete", "--wait=true", kubectlPatience, "-f", clusters+"/tux-production.yaml", "-f", clusters+"/tux-staging.yaml")
	for _, environment := range []string{"production", "staging"} {
		err := admin.Get(t.Context(), client.ObjectKeyFromObject(exampleResource(environment)), exampleResource(environment))
		if !apierrors.IsNotFound(err) {
			t.Errorf("%s is still there: %v", environment, err)
		}
		left := everything(t, "tux-"+environment)
		t.Logf("the garbage collector has to find %d objects of %s", len(left), environment)
		eventually(t, "nothing is left of "+environment, func() bool { return len(everything(t, "tux-"+environment)) == 0 })
	}
	mustKubectl(t, "", "delete", "--wait=true", kubectlPatience, "-f", clusters+"/tux-operator.yaml")
	eventually(t, "the operator is gone", func() bool {
		_, err := kubectl(t, "", "get", "namespace", "tux-monitoring-system")
		return err != nil
	})
}

// readiness is the condition Ready of a Kustomization.
func (f *fluxed) readiness(ctx context.Context, namespace, name string) (status, message string) {
	k := &unstructured.Unstructured{}
	k.SetGroupVersionKind(schema.GroupVersionKind{Group: "kustomize.toolkit.fluxcd.io", Version: "v1", Kind: "Kustomization"})
	if err := admin.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, k); err != nil {
		return "", err.Error()
	}
	list, _, _ := unstructured.NestedSlice(k.Object, "status", "conditions")
	for _, item := range list {
		if c := item.(map[string]any); c["type"] == "Ready" {
			status, _ = c["status"].(string)
			message, _ = c["message"].(string)
		}
	}
	return status, message
}

// workflow is what a test needs of a GitHub workflow.
type workflow struct {
	Jobs map[string]struct {
		Steps []struct {
			Name, Run string
			Env       map[string]string
		}
	}
}

// pullRequest is a clone of an example, as a runner of GitHub has it.
type pullRequest struct {
	*desk
	base, summary string
}

func newPullRequest(t *testing.T, example string) *pullRequest {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Fatal("git is needed: it is what the workflow compares with")
	}
	p := &pullRequest{desk: programs(t), summary: filepath.Join(t.TempDir(), "summary.md")}
	must(t, os.CopyFS(p.dir, os.DirFS(example)))
	p.env = append(p.env, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@tux.example", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@tux.example")
	p.types("git init -q && git add -A && git commit -qm base")
	out, err := p.tries("git rev-parse HEAD")
	must(t, err)
	p.base = strings.TrimSpace(out)
	return p
}

// edit replaces text of a file and commits.
func (p *pullRequest) edit(path, old, text string) {
	p.t.Helper()
	full := filepath.Join(p.dir, path)
	before, err := os.ReadFile(full)
	must(p.t, err)
	after := strings.Replace(string(before), old, text, 1)
	if after == string(before) {
		p.t.Fatalf("%q is not in %s", old, path)
	}
	must(p.t, os.WriteFile(full, []byte(after), 0o600))
	p.types("git commit -qam change")
}

// run runs the steps of the workflow in the repository, but those left out; it returns the name of the one that fails.
func (p *pullRequest) run(steps workflow, without ...string) (failed, output string) {
	p.t.Helper()
	p.types("rm -rf rendered before .base test-*.xml && git worktree prune")
	env := p.env
	defer func() { p.env = env }()
	p.env = append(p.env, "BASE="+p.base, "GITHUB_STEP_SUMMARY="+p.summary)
	for _, step := range steps.Jobs["environments"].Steps {
		if step.Run == "" || step.Name == "Build tuxmon" || slices.Contains(without, step.Name) {
			continue // what others made, and what this test is
		}
		if out, err := p.tries(step.Run); err != nil {
			return step.Name, out
		}
	}
	return "", ""
}

// TestPullRequestWorkflow runs the steps of the example as a runner does: they pass for a repository as it is, show a change, and fail for
// a mistake. The other repository has the same environments.
func TestPullRequestWorkflow(t *testing.T) {
	text, err := os.ReadFile(gitops + "/pull-request.yaml")
	must(t, err)
	var steps workflow
	must(t, yaml.Unmarshal(text, &steps))
	p := newPullRequest(t, fluxExample)
	if failed, out := p.run(steps); failed != "" {
		t.Fatalf("step %q fails:\n%s", failed, out)
	}
	for _, want := range []string{"rendered/tux-production/alertmanagerconfig-tux-routing.yaml", "rendered/tux-staging/servicemonitor-tux-tux-backend.yaml"} {
		if _, err := os.Stat(filepath.Join(p.dir, want)); err != nil {
			t.Error(err)
		}
	}
	for _, environment := range []string{"production", "staging"} {
		result, err := os.ReadFile(filepath.Join(p.dir, "test-"+environment+".xml"))
		must(t, err)
		if !strings.Contains(string(result), `failures="0"`) || !strings.Contains(string(result), "TuxHighErrorRate") {
			t.Errorf("%s: %.500s", environment, result)
		}
	}

	const slow = "Test the alerts"
	p.edit("environments/production/tuxmonitoring.yaml", `threshold: "1"`, `threshold: "5"`)
	failed, out := p.run(steps, slow)
	summary, err := os.ReadFile(p.summary)
	must(t, err)
	if failed != "" || !strings.Contains(string(summary), "\n+") || !strings.Contains(string(summary), "> 5") {
		t.Errorf("step %q fails, %s:\n%s", failed, out, summary)
	}

	p.edit("environments/production/tuxmonitoring.yaml", "name: TuxSlowResponses", "name: TuxSlowResponse")
	if failed, out := p.run(steps, slow); failed != "Render" || !strings.Contains(out, "UnknownAlert") {
		t.Errorf("step %q fails:\n%s", failed, out)
	}
}

// TestGitOpsPage types the commands of the page in one of its examples.
func TestGitOpsPage(t *testing.T) {
	text, err := os.ReadFile(gitops + "/README.md")
	must(t, err)
	d := programs(t)
	must(t, os.CopyFS(d.dir, os.DirFS(argoExample)))
	blocks := shell.FindAllStringSubmatch(string(text), -1)
	if len(blocks) == 0 {
		t.Fatal("no command is shown")
	}
	for _, block := range blocks {
		d.types(block[1])
	}
}
