package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
)

// TestReleasedManifests makes the files of a release, applies them as the docs say, and waits for the operator.
func TestReleasedManifests(t *testing.T) {
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "bash", root+"/hack/release/manifests.sh", "v1.2.3", dir)
	build.Env = append(os.Environ(), "KUBEBUILDER_ASSETS="+filepath.Dir(plane.Binary("kubectl")))
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	file := func(name string) string { return filepath.Join(dir, name+".yaml") }
	const namespace = "tux-monitoring-system"
	t.Cleanup(func() { mustKubectl(t, "", "delete", "--ignore-not-found", "--timeout=60s", "-f", file("install")) })

	// Client-side, which writes the whole object into an annotation, and again, which must change nothing.
	mustKubectl(t, "", "apply", "--server-side=false", "-f", file("install"))
	for line := range strings.Lines(mustKubectl(t, "", "apply", "--server-side=false", "-f", file("install"))) {
		if !strings.HasSuffix(strings.TrimSpace(line), "unchanged") {
			t.Errorf("a second apply: %s", line)
		}
	}
	mustKubectl(t, "", "diff", "-f", file("install"))
	kubelet := startKubelet(t, namespace)
	mustKubectl(t, "", "rollout", "status", "-n", namespace, "deployment/tuxmon-manager", "--timeout=90s")
	for _, p := range kubelet.processes("tuxmon-manager-") {
		if image := p.pod.Spec.Containers[0].Image; !strings.HasSuffix(image, ":v1.2.3") {
			t.Errorf("a pod runs %s", image)
		}
	}
	watched := restricted(t)
	tux := environment(t, watched)
	eventually(t, "the operator reconciles", func() bool {
		return meta.IsStatusConditionTrue(reload(t, tux).Status.Conditions, tuxv1alpha1.ConditionBackendsDiscovered)
	})
	for _, path := range []string{"spec", "spec.backends", "spec.sentry.privacy", "spec.logs", "spec.logs.collector", "spec.logs.redaction", "status"} {
		explained(t, "tuxmonitoring."+path)
	}

	// Uninstalling, as the docs say: first stop and let go, with a kubeconfig of somebody who may.
	self, err := os.Executable()
	must(t, err)
	release := exec.CommandContext(t.Context(), self, "manager", "release", "--kubeconfig", plane.Kubeconfig(),
		"--deployment", "tuxmon-manager", "--deployment-namespace", namespace)
	release.Env = append(os.Environ(), asProgram+"=1")
	out, err := release.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "released 1 resources") {
		t.Errorf("manager release: %v\n%s", err, out)
	}
	kubelet.stop()
	deleteNamespace(t, watched)
}

// explained: kubectl explain describes the field and each below it, in sentences, and says of optional ones what happens if unset.
func explained(t *testing.T, path string) {
	t.Helper()
	text := mustKubectl(t, "", "explain", path)
	_, fields, found := strings.Cut(text, "\nFIELDS:\n")
	description, _, _ := strings.Cut(text, "\nFIELDS:\n")
	_, description, described := strings.Cut(description, "DESCRIPTION:\n")
	if !found || !described || !strings.HasSuffix(strings.TrimSpace(description), ".") || strings.Contains(text, "<no description>") {
		t.Errorf("%s reads\n%s", path, text)
	}
	count := 0
	for field := range strings.SplitSeq(strings.TrimSpace(fields), "\n\n") {
		name, sentence, _ := strings.Cut(strings.TrimSpace(field), "\n")
		sentence = strings.TrimSpace(sentence)
		if len(strings.Fields(sentence)) < 3 || !strings.Contains(sentence, ".") {
			t.Errorf("%s: %q is described by %q", path, name, sentence)
		}
		count++
	}
	if count == 0 {
		t.Errorf("%s has %d fields", path, count)
	}
}

// TestSamplesAreAccepted, strictly.
func TestSamplesAreAccepted(t *testing.T) {
	mustKubectl(t, "", "apply", "--server-side", "-f", root+"/config/crd/bases")
	t.Cleanup(func() { removeCRD(t) })
	for _, namespace := range []string{"tux-production", "tux-staging"} {
		_, _ = kubectl(t, "", "create", "namespace", namespace)
	}
	established(t, "crd", crdName)
	mustKubectl(t, "", "apply", "--dry-run=server", "--validate=strict", "-k", root+"/config/samples")
}
