package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

// fluxed is a namespace that the real kustomize-controller of Flux keeps as files say. Only its source is made up: the
// test serves the files itself, and says so in the status of a GitRepository.
type fluxed struct {
	t         *testing.T
	namespace string
	server    *httptest.Server
	archives  sync.Map
	revision  int
	requests  int
	log       journal
}

func startFlux(t *testing.T) *fluxed {
	t.Helper()
	controller := installFlux(t)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "flux-"}}
	must(t, admin.Create(t.Context(), namespace))
	f := &fluxed{t: t, namespace: namespace.Name}
	f.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		archive, _ := f.archives.Load(r.URL.Path)
		_, _ = w.Write(archive.([]byte))
	}))
	t.Cleanup(f.server.Close)

	ctx, cancel := context.WithCancel(context.Background())
	c := exec.CommandContext(ctx, controller, "--metrics-addr=127.0.0.1:0", "--health-addr=127.0.0.1:0", "--log-level=info",
		"--requeue-dependency=2s")
	c.Env = append(os.Environ(), "RUNTIME_NAMESPACE="+f.namespace, "KUBECONFIG="+plane.Kubeconfig())
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	c.Stdout, c.Stderr = &f.log, &f.log
	must(t, c.Start())
	t.Cleanup(func() {
		cancel()
		_ = c.Wait()
		if t.Failed() {
			t.Logf("log of kustomize-controller: %s", tail(&f.log))
		}
	})
	return f
}

// commit serves other files from now on, as a new commit would.
func (f *fluxed) commit(files map[string]string) {
	f.t.Helper()
	f.serve(f.namespace, "environments", files)
}

// serve says in a GitRepository, which it makes where there is none, that these are its files.
func (f *fluxed) serve(namespace, name string, files map[string]string) {
	f.t.Helper()
	archive := packed(f.t, files)
	f.revision++
	path := fmt.Sprintf("%d.tar.gz", f.revision)
	f.archives.Store("/"+path, archive)

	source := &unstructured.Unstructured{}
	source.SetGroupVersionKind(schema.GroupVersionKind{Group: "source.toolkit.fluxcd.io", Version: "v1", Kind: "GitRepository"})
	source.SetNamespace(namespace)
	source.SetName(name)
	source.Object["spec"] = map[string]any{"interval": "1h", "url": "https://example.invalid/environments"}
	must(f.t, client.IgnoreAlreadyExists(admin.Create(f.t.Context(), source)))
	status := fmt.Sprintf(`{"status":{"observedGeneration":1,"artifact":{"url":"%s/%s","digest":"sha256:%x","revision":"main@sha1:%d",`+
		`"path":"%s","lastUpdateTime":"%s"},"conditions":[{"type":"Ready","status":"True","reason":"Succeeded","message":"made up",`+
		`"lastTransitionTime":"2026-01-01T00:00:00Z"}]}}`, f.server.URL, path, sha256.Sum256(archive), f.revision, path,
		time.Now().UTC().Format(time.RFC3339))
	must(f.t, admin.Status().Patch(f.t.Context(), source, client.RawPatch(types.MergePatchType, []byte(status))))
}

// packed is a tar.gz of files by name.
func packed(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	w := tar.NewWriter(zipped)
	for name, text := range files {
		must(t, w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(text))}))
		_, err := w.Write([]byte(text))
		must(t, err)
	}
	must(t, w.Close())
	must(t, zipped.Close())
	return out.Bytes()
}

func (f *fluxed) kustomization() *unstructured.Unstructured {
	k := &unstructured.Unstructured{}
	k.SetGroupVersionKind(schema.GroupVersionKind{Group: "kustomize.toolkit.fluxcd.io", Version: "v1", Kind: "Kustomization"})
	k.SetNamespace(f.namespace)
	k.SetName("production")
	return k
}

// says waits until Flux has handled the newest commit and its condition Ready reads like that.
func (f *fluxed) says(status, text string) {
	f.t.Helper()
	last := ""
	defer func() {
		if f.t.Failed() {
			f.t.Logf("the last word of Flux: %s", last)
		}
	}()
	eventually(f.t, "Flux says "+status+": "+text, func() bool {
		k := f.kustomization()
		must(f.t, admin.Get(f.t.Context(), client.ObjectKeyFromObject(k), k))
		attempted, _, _ := unstructured.NestedString(k.Object, "status", "lastAttemptedRevision")
		list, _, _ := unstructured.NestedSlice(k.Object, "status", "conditions")
		for _, item := range list {
			if c := item.(map[string]any); c["type"] == "Ready" {
				last = fmt.Sprintf("%s %s %s", attempted, c["status"], c["message"])
				return attempted == fmt.Sprintf("main@sha1:%d", f.revision) && c["status"] == status && strings.Contains(c["message"].(string), text)
			}
		}
		return false
	})
}

// reconcile makes Flux look at everything once more, and waits until it has.
func (f *fluxed) reconcile() {
	f.t.Helper()
	f.requests++
	asked := fmt.Sprint(f.requests)
	patch := fmt.Sprintf(`{"metadata":{"annotations":{"reconcile.fluxcd.io/requestedAt":%q}}}`, asked)
	k := f.kustomization()
	must(f.t, admin.Patch(f.t.Context(), k, client.RawPatch(types.MergePatchType, []byte(patch))))
	eventually(f.t, "Flux reconciles", func() bool {
		must(f.t, admin.Get(f.t.Context(), client.ObjectKeyFromObject(k), k))
		handled, _, _ := unstructured.NestedString(k.Object, "status", "lastHandledReconcileAt")
		return handled == asked
	})
}

const fluxKustomization = `
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: production, namespace: %s}
spec:
  interval: 1h
  retryInterval: 2s
  timeout: %s
  sourceRef: {kind: GitRepository, name: environments}
  path: ./
  targetNamespace: %s
  prune: true
  wait: true
`

// tuxFile has what a typed client would write differently: a duration, an order, nothing that is a default.
func tuxFile(name string) string {
	return fmt.Sprintf(`
apiVersion: monitoring.tux.io/v1alpha1
kind: TuxMonitoring
metadata: {name: %s, labels: {team: shop}}
spec:
  environment: %s
  prometheus: {labels: {release: kps}}
  backends:
  - {name: web, deployment: tux-backend, metrics: {interval: 60s}}
`, name, name)
}

// TestFlux: the real kustomize-controller, with wait and prune, sees a resource healthy, waiting and stalled for what it
// is, finds nothing to correct, and prunes what is its own and nothing else.
func TestFlux(t *testing.T) {
	flux := startFlux(t)
	operator, watched := restricted(t), restricted(t)
	for _, object := range []client.Object{testutil.Deployment(watched, "tux-backend"), testutil.Service(watched, "tux-backend", "tux-backend")} {
		must(t, admin.Create(t.Context(), object))
	}
	mustKubectl(t, "", "apply", "--server-side", "-f", root+"/config/crd/bases")
	t.Cleanup(func() { removeCRD(t) })
	established(t, "crd", crdName)

	// Nobody reconciles: without the default in the status Flux would call that healthy.
	flux.commit(map[string]string{"production.yaml": tuxFile("production")})
	mustKubectl(t, fmt.Sprintf(fluxKustomization, flux.namespace, "5s", watched), "apply", "-f", "-")
	flux.says("False", "status: 'InProgress'")

	kubelet := startKubelet(t, operator)
	mustHelm(t, "install", "tuxmon", chartDir, "--namespace", operator, "--wait", "--timeout", helmPatience, "--take-ownership", "--set", "replicas=1")
	// What is healthy may take its time to be seen so; only a resource nobody reconciles was to run out of it.
	mustKubectl(t, fmt.Sprintf(fluxKustomization, flux.namespace, "150s", watched), "apply", "-f", "-")
	flux.says("True", "Applied revision")

	tux := &tuxv1alpha1.TuxMonitoring{ObjectMeta: metav1.ObjectMeta{Namespace: watched, Name: "production"}}
	made := everything(t, watched)
	if len(made) < 15 {
		t.Fatalf("only %d objects were made", len(made))
	}
	flux.keeps(reload(t, tux), kubelet.processes("tuxmon-")[0], made)

	// Somebody else has an object of a wanted name: a person must choose, and Flux need not wait for the time to be up.
	foreign := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: watched, Name: "second-dashboard-overview"}}
	must(t, admin.Create(t.Context(), foreign))
	flux.commit(map[string]string{"production.yaml": tuxFile("production"), "second.yaml": tuxFile("second")})
	begin := time.Now()
	flux.says("False", "stalled resources")
	if took := time.Since(begin); took > 120*time.Second {
		t.Errorf("Flux waited %s for a resource that is stalled", took)
	}
	must(t, admin.Delete(t.Context(), foreign))
	// Objects of others are not watched, so the person who took it away says so.
	mustKubectl(t, "", "annotate", "-n", watched, "tuxmonitoring", "second", "reconcile.fluxcd.io/requestedAt=now")
	flux.says("True", "Applied revision")

	// Prune takes the resource, and the garbage collector what was made of it; of the other nothing.
	flux.commit(map[string]string{"production.yaml": tuxFile("production")})
	flux.says("True", "Applied revision")
	eventually(t, "what was made of the second is gone", func() bool { return len(of(everything(t, watched), "second-")) == 0 })
	same(t, made, everything(t, watched))

	must(t, admin.Delete(t.Context(), flux.kustomization()))
	eventually(t, "the resource is pruned", func() bool {
		return apierrors.IsNotFound(admin.Get(t.Context(), client.ObjectKeyFromObject(tux), tux))
	})
	eventually(t, "nothing is left of it", func() bool { return len(everything(t, watched)) == 0 })
	mustHelm(t, "uninstall", "tuxmon", "--namespace", operator, "--wait", "--timeout", helmPatience)
	leftOver(t, operator)
}

// fluxRounds is how often Flux looks at an unchanged resource: of ten minutes at an interval of ten seconds, sixty times as often as
// docs/install.md has it. fluxTime in the environment, such as 10m, goes on for that long instead.
const (
	fluxRounds = 60
	fluxTime   = "TUXMON_FLUX_TIME"
)

// keeps: Flux and the operator look again and again, and neither corrects anything.
func (f *fluxed) keeps(tux *tuxv1alpha1.TuxMonitoring, operator *process, made map[string]string) {
	f.t.Helper()
	begin, rounds := time.Now(), 0
	least, err := time.ParseDuration(cmp.Or(os.Getenv(fluxTime), "0s"))
	must(f.t, err)
	for rounds < fluxRounds || time.Since(begin) < least {
		f.reconcile()
		rounds++
	}
	before := tux.ResourceVersion
	if after := reload(f.t, tux); after.ResourceVersion != before || after.Generation != 1 {
		f.t.Errorf("after %d reconciliations the resource is %s of generation %d, it was %s", rounds, after.ResourceVersion, after.Generation, before)
	}
	same(f.t, made, everything(f.t, tux.Namespace))
	applied := strings.Count(f.log.String(), "server-side apply completed")
	corrected := strings.Count(f.log.String(), `"configured"`)
	metrics := answer(f.t, "http://"+operator.metrics+"/metrics")
	if applied < rounds || corrected > 0 || strings.Contains(f.log.String(), "garbage collection completed") {
		f.t.Errorf("Flux applied %d times, corrected something %d times, or pruned: %s", applied, corrected, tail(&f.log))
	}
	if !strings.Contains(metrics, "tuxmonitoring_ready{") || strings.Contains(metrics, "tuxmonitoring_drift_corrected_total{") {
		f.t.Error("the operator has no metrics, or corrected drift")
	}
	f.t.Logf("%d reconciliations in %s: generation %d, %d corrections by Flux, 0 by the operator, 0 of %d objects changed or pruned",
		rounds, time.Since(begin).Round(time.Second), tux.Generation, corrected, len(made))
}

// everything the operator made in a namespace, by kind and name, with its version.
func everything(t *testing.T, namespace string) map[string]string {
	t.Helper()
	out := mustKubectl(t, "", "get", "-n", namespace, "-l", managed, "--ignore-not-found", "-o",
		`jsonpath={range .items[*]}{.kind}/{.metadata.name}={.metadata.resourceVersion}{"\n"}{end}`, madeKinds)
	versions := map[string]string{}
	for line := range strings.Lines(out) {
		if key, version, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(key, "Deployment/") {
			versions[key] = version // the status of a Deployment is written by others
		}
	}
	return versions
}

func of(objects map[string]string, prefix string) []string {
	var out []string
	for key := range objects {
		if _, name, _ := strings.Cut(key, "/"); strings.HasPrefix(name, prefix) {
			out = append(out, key)
		}
	}
	return out
}

// same compares those of the resource production.
func same(t *testing.T, want, got map[string]string) {
	t.Helper()
	for key, version := range want {
		if strings.Contains(key, "/production-") && got[key] != version {
			t.Errorf("%s was %s and is %q", key, version, got[key])
		}
	}
}
