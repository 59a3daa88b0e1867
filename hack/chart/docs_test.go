package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
)

// shell finds what a page tells people to type, and marks as runnable. Blocks without the mark need what is not here: logs and
// shells of containers, an account somewhere.
var shell = regexp.MustCompile("(?s)```sh runnable\n(.*?)```")

// typedElsewhere are pages whose commands have a story of their own.
var typedElsewhere = map[string]string{
	"docs/install.md": "TestDocs", "docs/security.md": "TestDocs", "charts/tux-monitoring-operator/README.md": "TestDocs", "README.md": "TestDocs",
	"docs/troubleshooting.md": "TestTroubleshooting", "docs/gitops/README.md": "TestGitOpsPage",
}

// marked are the pages with commands that are marked, and those commands.
func marked(t *testing.T) map[string][]string {
	t.Helper()
	pages := map[string][]string{}
	for name := range strings.FieldsSeq(git(t, "ls-files", "--cached", "--others", "--exclude-standard", "--", "*.md")) {
		text, err := os.ReadFile(filepath.Join(root, name))
		must(t, err)
		for _, block := range shell.FindAllStringSubmatch(string(text), -1) {
			pages[name] = append(pages[name], block[1])
		}
	}
	return pages
}

// TestEveryMarkedCommand types those of every other page, while the operator runs and a resource is Ready, as somebody who reads the page.
func TestEveryMarkedCommand(t *testing.T) {
	pages := marked(t)
	for page, test := range typedElsewhere {
		if len(pages[page]) == 0 {
			t.Errorf("%s has no command for %s", page, test)
		}
		delete(pages, page)
	}
	d := newDesk(t)
	examplePlace(t)
	d.types("kubectl apply -f dist/install.yaml && kubectl rollout status -n tux-monitoring-system deployment/tuxmon-manager --timeout=90s")
	t.Cleanup(func() {
		mustKubectl(t, "", "delete", "--ignore-not-found", "--timeout=60s", "-f", filepath.Join(d.dir, "dist/install.yaml"))
	})
	d.types("cp config/samples/monitoring_v1alpha1_tuxmonitoring.yaml production.yaml && kubectl apply -f production.yaml")
	d.types("kubectl patch -n tux-production tuxmon production --type=merge -p '" + `{"spec":{"routing":{"receivers":[{"name":"team",` +
		`"severities":["critical"],"webhook":{"urlSecretRef":{"name":"pager","key":"url"}}}]}}}` + "'")
	d.types("kubectl wait -n tux-production tuxmon/production --for=condition=Ready --timeout=60s")
	typed := 0
	for _, page := range slices.Sorted(maps.Keys(pages)) {
		for _, block := range pages[page] {
			out, err := d.tries(block)
			if strings.Contains(out, "please wait before attempting") { // two pages restart the same within a second
				time.Sleep(2 * time.Second)
				out, err = d.tries(block)
			}
			if err != nil {
				t.Errorf("%s: %s%v\n%s", page, block, err, out)
			}
			rolledOut(t, "tux-monitoring-system")
			typed++
		}
	}
	if typed < 20 {
		t.Errorf("only %d commands are marked", typed)
	}
	t.Logf("%d blocks of %d pages", typed, len(pages))
}

// rolledOut waits for the pods a rollout ends. kubectl describe lists pods before it asks for each, and fails if one is gone by then.
func rolledOut(t *testing.T, namespace string) {
	t.Helper()
	eventually(t, "the rollout in "+namespace+" ended", func() bool {
		deployments, pods := &appsv1.DeploymentList{}, &corev1.PodList{}
		must(t, admin.List(t.Context(), deployments, client.InNamespace(namespace)))
		must(t, admin.List(t.Context(), pods, client.InNamespace(namespace)))
		return !slices.ContainsFunc(deployments.Items, func(d appsv1.Deployment) bool {
			return d.Status.ObservedGeneration != d.Generation || d.Status.UpdatedReplicas != d.Status.Replicas
		}) && !slices.ContainsFunc(pods.Items, func(p corev1.Pod) bool { return p.DeletionTimestamp != nil })
	})
}

// TestDocs types every command of the pages about installing, in the order of the page, with helm, kubectl and tuxmon as
// somebody has them. What a page installs is uninstalled as the page says before the next way is tried.
func TestDocs(t *testing.T) {
	uninstall := "helm uninstall tux-monitoring-operator -n tux-monitoring-system --wait"
	removed := "kubectl delete crd " + crdName + " " + erasuresName
	for page, after := range map[string]map[string][]string{
		"docs/install.md": {
			"helm upgrade":   {uninstall, removed},
			"kubectl apply":  {"kubectl delete -f dist/install.yaml --timeout=60s"},
			"helm install":   nil,
			"tuxmon manager": nil,
		},
		"docs/security.md": {"kubectl create": nil},
		"README.md":        {"helm install": {"kubectl delete tuxmon -n tux-production production", uninstall, removed}},
		"charts/tux-monitoring-operator/README.md": {"helm install": {uninstall, removed}},
	} {
		t.Run(page, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(root, page))
			must(t, err)
			for _, want := range []string{uninstall, removed} {
				if page == "docs/install.md" && !strings.Contains(string(text), want) {
					t.Errorf("the page does not say %q", want)
				}
			}
			d := newDesk(t)
			if page == "README.md" {
				examplePlace(t)
			}
			blocks := shell.FindAllStringSubmatch(string(text), -1)
			if len(blocks) == 0 {
				t.Fatal("no command is shown")
			}
			for _, block := range blocks {
				words := strings.Fields(block[1])
				next, known := after[strings.Join(words[:2], " ")]
				if !known {
					t.Errorf("nobody thought of what to do after %q", block[1])
				}
				d.prepare(block[1])
				d.types(block[1])
				if strings.Contains(block[1], "watchNamespaces") {
					next = []string{uninstall, removed}
				}
				for _, command := range next {
					d.types(command)
				}
			}
		})
	}
}

// desk is a directory like the repository after make install-yaml, and the programs in the path.
type desk struct {
	t   *testing.T
	dir string
	env []string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := programs(t)
	for _, name := range []string{"charts", "config"} {
		must(t, os.CopyFS(filepath.Join(d.dir, name), os.DirFS(filepath.Join(root, name))))
	}
	build := exec.CommandContext(t.Context(), "bash", root+"/hack/release/manifests.sh", "v1.2.3", filepath.Join(d.dir, "dist"))
	build.Env = append(os.Environ(), "KUBEBUILDER_ASSETS="+filepath.Dir(plane.Binary("kubectl")))
	out, err := build.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, namespace := range []string{"tux-production", "tux-staging"} {
		_, _ = kubectl(t, "", "create", "namespace", namespace)
	}
	startKubelet(t, "tux-monitoring-system")
	t.Cleanup(func() { removeCRD(t) })
	return d
}

// programs is an empty directory, and helm, kubectl and tuxmon in the path.
func programs(t *testing.T) *desk {
	t.Helper()
	dir, bin := t.TempDir(), t.TempDir()
	self, err := os.Executable()
	must(t, err)
	must(t, os.Symlink(helmBin, filepath.Join(bin, "helm")))
	must(t, os.Symlink(plane.Binary("kubectl"), filepath.Join(bin, "kubectl")))
	must(t, os.WriteFile(filepath.Join(bin, "tuxmon"), []byte("#!/bin/sh\nexec env "+asProgram+"=1 "+self+" \"$@\"\n"), 0o700))
	return &desk{t: t, dir: dir, env: append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "KUBECONFIG="+plane.Kubeconfig(),
		"HELM_CACHE_HOME="+t.TempDir(), "HELM_CONFIG_HOME="+t.TempDir(), "HELM_DATA_HOME="+t.TempDir())}
}

// prepare does what the text around a command says has been done.
func (d *desk) prepare(block string) {
	d.t.Helper()
	if strings.Contains(block, "watchNamespaces") {
		d.types("kubectl apply -f dist/crds.yaml")
		established(d.t, "crd", crdName)
	}
	if strings.HasPrefix(block, "tuxmon manager release") {
		d.types("kubectl apply -f dist/crds.yaml")
		established(d.t, "crd", crdName)
	}
}

func (d *desk) types(line string) {
	d.t.Helper()
	if out, err := d.tries(line); err != nil {
		d.t.Fatalf("%s\n%v\n%s", line, err, out)
	}
}

// tries types what may fail.
func (d *desk) tries(line string) (string, error) {
	c := exec.CommandContext(d.t.Context(), "bash", "-euo", "pipefail", "-c", line)
	c.Dir, c.Env = d.dir, d.env
	out, err := c.CombinedOutput()
	return string(out), err
}

// TestTroubleshooting types every command of the page while an operator runs and a resource is not well, and sees the answers the page
// names that can be had here.
func TestTroubleshooting(t *testing.T) {
	text, err := os.ReadFile(root + "/docs/troubleshooting.md")
	must(t, err)
	d := newDesk(t)
	install := "helm install tux-monitoring-operator charts/tux-monitoring-operator -n tux-monitoring-system --create-namespace --wait --timeout 90s " +
		"--set 'sentry.namespaces={tux-production}'"

	// The definition came by another way.
	d.types("kubectl apply -f dist/crds.yaml")
	foreign := "exists and cannot be imported into the current release"
	if out, err := d.tries(install); err == nil || !strings.Contains(out, foreign) || !strings.Contains(string(text), foreign) {
		t.Errorf("%v\n%s", err, out)
	}
	d.types(strings.Replace(install, "helm install", "helm upgrade --install", 1) + " --take-ownership")
	unknown := "values don't meet the specifications of the schema"
	if out, err := d.tries("helm template charts/tux-monitoring-operator --set replica=1"); err == nil || !strings.Contains(out, unknown) || !strings.Contains(string(text), unknown) {
		t.Errorf("%v\n%s", err, out)
	}

	tux := environment(t, "tux-production")
	t.Cleanup(func() {
		mustKubectl(t, "", "delete", "-n", "tux-production", "deployment/tux-backend", "service/tux-backend", "tuxmon/production", "--ignore-not-found")
	})
	eventually(t, "the resource says what is wrong with Sentry", func() bool {
		c := meta.FindStatusCondition(reload(t, tux).Status.Conditions, tuxv1alpha1.ConditionSentrySynced)
		return c != nil && c.Reason == "TokenMissing" && len(boards(t, tux.Namespace)) > 5
	})
	answers := map[string]string{
		"type}={.status}": "TokenMissing", "can-i get": "yes", "finalizers": "monitoring.tux.io", "manager release": "released 1",
		"grafana_dashboard": "production-dashboard-overview", "helm status": "deployed",
	}
	var typed int
	for _, block := range shell.FindAllStringSubmatch(string(text), -1) {
		for line := range strings.Lines(block[1]) {
			out, err := d.tries(line)
			if err != nil {
				t.Errorf("%s%v\n%s", line, err, out)
			}
			for part, want := range answers {
				if strings.Contains(line, part) && !strings.Contains(out, want) {
					t.Errorf("%sdoes not say %q:\n%s", line, want, out)
				}
			}
			typed++
		}
	}
	if typed < 20 {
		t.Errorf("only %d commands are shown", typed)
	}
	d.types("helm uninstall tux-monitoring-operator -n tux-monitoring-system --no-hooks --wait")
}
