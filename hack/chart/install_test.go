package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

// The definitions of both kinds.
const (
	crdName      = "tuxmonitorings.monitoring.tux.io"
	erasuresName = "tuxlogerasures.monitoring.tux.io"
)

func replace(t *testing.T, path, pattern, with string) {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	changed := regexp.MustCompile(pattern).ReplaceAllString(string(text), with)
	if changed == string(text) {
		t.Fatalf("%q is not in %s", pattern, path)
	}
	must(t, os.WriteFile(path, []byte(changed), 0o600))
}

// specOfCRD is what the server has now.
func specOfCRD(t *testing.T) string {
	t.Helper()
	var crd apiextensionsv1.CustomResourceDefinition
	must(t, admin.Get(t.Context(), client.ObjectKey{Name: crdName}, &crd))
	text, err := json.Marshal(crd.Spec.Versions)
	must(t, err)
	return string(text)
}

// What the operator made for resources, but for Secrets.
const (
	managed   = "app.kubernetes.io/managed-by=tuxmonitoring"
	madeKinds = "cm,svc,deploy,netpol,servicemonitor,podmonitor,probe,prometheusrule,alertmanagerconfig"
)

// removeCRD leaves a cluster for the next test that never had the definition. Without it the garbage collector of Kubernetes cannot
// ask whether the owner of an object lives, and waits longer before each new try, so that for minutes the objects would stay.
func removeCRD(t *testing.T) {
	t.Helper()
	mustKubectl(t, "", "delete", "crd", crdName, erasuresName, "--ignore-not-found", "--wait=true", "--timeout=60s")
	mustKubectl(t, "", "delete", "--all-namespaces", "-l", managed, "--timeout=60s", madeKinds)
}

// environment makes a backend, and a resource that holds a Sentry project and a tenant of Loki: it has two finalizers.
func environment(t *testing.T, namespace string) *tuxv1alpha1.TuxMonitoring {
	t.Helper()
	for _, object := range []client.Object{testutil.Deployment(namespace, "tux-backend"), testutil.Service(namespace, "tux-backend", "tux-backend")} {
		must(t, admin.Create(t.Context(), object))
	}
	tux := testutil.Tux(namespace, "production")
	tux.Spec.Prometheus = &tuxv1alpha1.Prometheus{Labels: tuxv1alpha1.ObjectLabels{"release": "kps"}}
	tux.Spec.Sentry = &tuxv1alpha1.Sentry{
		Organization: "shop", Project: tuxv1alpha1.SentryProject{Slug: "web"}, Teams: []tuxv1alpha1.SentrySlug{"backend"},
		TokenSecretRef: tuxv1alpha1.SecretKeyReference{Name: "none", Key: "token"}, DeletionPolicy: tuxv1alpha1.DeletionPolicyDelete,
	}
	tux.Spec.Logs = &tuxv1alpha1.Logs{
		Tenant: namespace, OnDelete: tuxv1alpha1.LogRemovalRemove,
		Backend: tuxv1alpha1.LogBackend{Loki: &tuxv1alpha1.LokiBackend{
			URL: "http://loki.invalid:3100", Overrides: tuxv1alpha1.LokiOverrides{Namespace: namespace, Name: "loki"},
		}},
	}
	must(t, admin.Create(t.Context(), tux))
	return tux
}

func reload(t *testing.T, tux *tuxv1alpha1.TuxMonitoring) *tuxv1alpha1.TuxMonitoring {
	t.Helper()
	must(t, admin.Get(t.Context(), client.ObjectKeyFromObject(tux), tux))
	return tux
}

func boards(t *testing.T, namespace string) map[string]string {
	t.Helper()
	var list corev1.ConfigMapList
	must(t, admin.List(t.Context(), &list, client.InNamespace(namespace), client.MatchingLabels{"monitoring.tux.io/owner": "production"}))
	versions := map[string]string{}
	for i := range list.Items {
		versions[list.Items[i].Name] = list.Items[i].ResourceVersion
	}
	return versions
}

// TestLifeOfARelease: install, upgrade from the chart of the commit before, rollback, upgrade again and uninstall with a resource
// present, the way Helm 4 applies and the way Helm 3 did.
func TestLifeOfARelease(t *testing.T) {
	for _, serverSide := range []string{"true", "false"} {
		t.Run("server-side="+serverSide, func(t *testing.T) {
			namespace, watched := restricted(t), restricted(t)
			kubelet := startKubelet(t, namespace)
			flags := []string{"--namespace", namespace, "--wait", "--timeout", "90s", "--server-side=" + serverSide}
			do := func(args ...string) { mustHelm(t, append(args, flags...)...) }
			t.Cleanup(func() { removeCRD(t) })

			previous := previousRelease(t)
			kubelet.previous = previous.program
			do("install", "tuxmon", previous.chart, "--set", "replicas=1,networkPolicy.enabled=false,image.tag="+previousTag)
			before := specOfCRD(t)
			tux := environment(t, watched)
			eventually(t, "the operator reconciles", func() bool {
				c := meta.FindStatusCondition(reload(t, tux).Status.Conditions, tuxv1alpha1.ConditionBackendsDiscovered)
				return c != nil && c.Status == metav1.ConditionTrue && len(tux.Finalizers) == 2 && len(boards(t, watched)) > 5
			})
			generation, made := tux.Generation, boards(t, watched)

			do("upgrade", "tuxmon", chartDir, "--reset-values")
			upgraded := specOfCRD(t)
			if upgraded == before || !strings.Contains(upgraded, `"name":"Panels"`) {
				t.Error("the CRD was not upgraded")
			}
			for _, p := range kubelet.processes("tuxmon-") {
				if answer(t, "http://"+p.metrics+"/metrics") == "" || answer(t, "http://"+p.metrics+"/debug/pprof/")+answer(t, "http://"+p.health+"/debug/pprof/") != "" {
					t.Error("metrics are not served, or profiles are though nobody asked")
				}
			}
			if got := len(kubelet.processes("tuxmon-")); got != 2 {
				t.Errorf("%d replicas run after the upgrade:\n%s", got, mustKubectl(t, "", "get", "-n", namespace, "deploy,rs,pod", "-o", "wide"))
			}
			if serverSide == "true" {
				other := restricted(t)
				held := environment(t, other)
				eventually(t, "the finalizers are there", func() bool { return len(reload(t, held).Finalizers) == 2 })
				deleteNamespace(t, other) // the operator runs, and neither Sentry nor Loki answers
			}
			do("rollback", "tuxmon", "1")
			var deployment appsv1.Deployment
			must(t, admin.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: "tuxmon-tux-monitoring-operator"}, &deployment))
			if *deployment.Spec.Replicas != 1 {
				t.Errorf("%d replicas are wanted after the rollback", *deployment.Spec.Replicas)
			}
			if specOfCRD(t) != before {
				t.Error("the rollback left the newer CRD")
			}
			if reload(t, tux).Generation != generation {
				t.Errorf("the generation went from %d to %d", generation, tux.Generation)
			}

			// What an uninstall leaves is a matter of this version: the one before may have had a fault that was mended since.
			do("upgrade", "tuxmon", chartDir, "--reset-values", "--set", "replicas=1")
			mustHelm(t, "uninstall", "tuxmon", "--namespace", namespace, "--wait", "--timeout", "90s")
			leftOver(t, namespace)
			if got := reload(t, tux); len(got.Finalizers) != 0 || got.DeletionTimestamp != nil {
				t.Errorf("after the uninstall the resource has finalizers %v, deleted %v", got.Finalizers, got.DeletionTimestamp)
			}
			after := boards(t, watched)
			for name := range made {
				if after[name] == "" {
					t.Errorf("%s is gone after the uninstall", name)
				}
			}
			deleteNamespace(t, watched)
		})
	}
}

// leftOver finds what an uninstall forgot.
func leftOver(t *testing.T, namespace string) {
	t.Helper()
	left := ""
	defer func() {
		if t.Failed() {
			t.Logf("left of the release in %s: %s", namespace, left)
		}
	}()
	eventually(t, "everything of the release is gone", func() bool {
		out := mustKubectl(t, "", "get", "-A", "-o", "name", "-l", "app.kubernetes.io/instance=tuxmon",
			"deploy,job,sa,svc,cm,netpol,pdb,role,rolebinding,clusterrole,clusterrolebinding,validatingadmissionpolicy,servicemonitor")
		if out = strings.TrimSpace(out); out != "" && out != "No resources found" {
			left = out
			return false
		}
		return true
	})
}

// deleteNamespace says how long it took, with nobody there to help; what waits for something waits five minutes.
func deleteNamespace(t *testing.T, name string) {
	t.Helper()
	begin := time.Now()
	must(t, client.IgnoreNotFound(admin.Delete(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})))
	eventually(t, "namespace "+name+" is gone", func() bool {
		return apierrors.IsNotFound(admin.Get(t.Context(), client.ObjectKey{Name: name}, &corev1.Namespace{}))
	})
	t.Logf("deleting the namespace took %s", time.Since(begin).Round(time.Second))
}

// TestWaitWaitsForTheOperator: helm --wait must not be content with objects, nor with processes.
func TestWaitWaitsForTheOperator(t *testing.T) {
	for name, tc := range map[string]struct {
		node       bool
		sets, time string
	}{
		"nobody runs the pods":          {false, "replicas=1", "3s"},
		"the operator may read nothing": {true, "replicas=1,rbac.create=false", "12s"}, // one that may is ready after four
	} {
		t.Run(name, func(t *testing.T) {
			namespace := restricted(t)
			t.Cleanup(func() { removeCRD(t) })
			if tc.node {
				startKubelet(t, namespace)
			}
			out, err := helm(t, "install", "tuxmon", chartDir, "--namespace", namespace, "--wait", "--timeout", tc.time, "--set", tc.sets)
			if err == nil {
				t.Fatalf("helm was content:\n%s", out)
			}
			if !strings.Contains(out, "Deployment") {
				t.Errorf("it does not say what is missing:\n%s", out)
			}
			mustHelm(t, "uninstall", "tuxmon", "--namespace", namespace, "--no-hooks")
		})
	}
}

// TestUninstallWithoutTheHook is what the hook is for: a resource, and its namespace, that nobody can delete.
func TestUninstallWithoutTheHook(t *testing.T) {
	namespace, watched := restricted(t), restricted(t)
	startKubelet(t, namespace)
	t.Cleanup(func() { removeCRD(t) })
	mustHelm(t, "install", "tuxmon", chartDir, "--namespace", namespace, "--wait", "--timeout", "90s",
		"--set", "replicas=1,hooks.preDelete.enabled=false")
	tux := environment(t, watched)
	eventually(t, "the finalizers are there", func() bool { return len(reload(t, tux).Finalizers) == 2 })
	mustHelm(t, "uninstall", "tuxmon", "--namespace", namespace, "--wait", "--timeout", "90s")
	if len(reload(t, tux).Finalizers) != 2 {
		t.Fatal("the finalizers are gone without the hook: there is nothing the hook is for")
	}
	tux.Finalizers = nil
	must(t, admin.Update(t.Context(), tux))
}

// TestSomeNamespacesWithoutClusterRoles installs for two namespaces and looks at everything the release made.
func TestSomeNamespacesWithoutClusterRoles(t *testing.T) {
	namespace, first, second := restricted(t), restricted(t), restricted(t)
	startKubelet(t, namespace)
	mustKubectl(t, "", "apply", "--server-side", "-f", root+"/config/crd/bases") // by who may
	t.Cleanup(func() { removeCRD(t) })
	mustHelm(t, "install", "tuxmon", chartDir, "--namespace", namespace, "--wait", "--timeout", "90s",
		"--set", fmt.Sprintf("crds.enabled=false,watchNamespaces={%s,%s},sentry.namespaces={%s}", first, second, first))
	for _, object := range objects(t, mustHelm(t, "get", "manifest", "tuxmon", "--namespace", namespace)) {
		switch object.GetKind() {
		case "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding":
			t.Errorf("%s %s is not in a namespace", object.GetKind(), object.GetName())
		}
		if object.GetNamespace() == "" {
			t.Errorf("%s %s names no namespace", object.GetKind(), object.GetName())
		}
	}
	var bindings rbacv1.ClusterRoleBindingList
	must(t, admin.List(t.Context(), &bindings))
	for i := range bindings.Items {
		for _, subject := range bindings.Items[i].Subjects {
			if subject.Namespace == namespace {
				t.Errorf("ClusterRoleBinding %s is for the release", bindings.Items[i].Name)
			}
		}
	}
	for _, watched := range []string{first, second} {
		tux := environment(t, watched)
		eventually(t, "the resource of "+watched+" is reconciled", func() bool {
			held := len(reload(t, tux).Finalizers) == 2
			return held && meta.IsStatusConditionTrue(tux.Status.Conditions, tuxv1alpha1.ConditionBackendsDiscovered)
		})
	}
	// The operator runs, but with the namespace its Role goes, maybe before it has let go. Then somebody who may does.
	must(t, admin.Delete(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: first}}))
	gone := &tuxv1alpha1.TuxMonitoring{}
	eventually(t, "the resource goes", func() bool {
		err := admin.Get(t.Context(), client.ObjectKey{Namespace: first, Name: "production"}, gone)
		return apierrors.IsNotFound(err) || err == nil && gone.DeletionTimestamp != nil
	})
	programs(t).types("tuxmon manager release --watch-namespaces=" + first)
	deleteNamespace(t, first)
	mustHelm(t, "uninstall", "tuxmon", "--namespace", namespace, "--wait", "--timeout", "90s")
	leftOver(t, namespace)
	deleteNamespace(t, second) // nobody runs
}

// TestMetricsAreForThoseWhoMay asks for metrics as nobody, as somebody, and as Prometheus; for profiles, where they were asked for;
// and for health.
func TestMetricsAreForThoseWhoMay(t *testing.T) {
	namespace := restricted(t)
	kubelet := startKubelet(t, namespace)
	// The CRD of somebody who used kubectl is taken over.
	mustKubectl(t, "", "apply", "--server-side", "-f", root+"/config/crd/bases")
	t.Cleanup(func() { removeCRD(t) })
	profiles, err := freeAddress()
	must(t, err)
	mustHelm(t, "install", "tuxmon", chartDir, "--namespace", namespace, "--wait", "--timeout", "90s", "--take-ownership",
		"--set", "replicas=1,metrics.secure=true,extraArgs={--profile-bind-address="+profiles+"}")
	for _, name := range []string{"somebody", "prometheus"} {
		must(t, admin.Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}))
	}
	reader := namespace + "-tuxmon-tux-monitoring-operator-metrics-reader"
	mustKubectl(t, "", "create", "clusterrolebinding", namespace, "--clusterrole="+reader, "--serviceaccount="+namespace+":prometheus")
	t.Cleanup(func() { mustKubectl(t, "", "delete", "clusterrolebinding", namespace) })
	process := kubelet.processes("tuxmon-")[0]
	address := process.metrics
	for path, want := range map[string]string{
		profiles + "/debug/pprof/cmdline": "manager", process.health + "/healthz?verbose": "[+]passes ok", process.health + "/readyz?verbose": "[+]caches ok",
	} {
		if got := answer(t, "http://"+path); !strings.Contains(got, want) {
			t.Errorf("%s says %q, want %q", path, got, want)
		}
	}
	// A pod may be ready before it has made the certificate of its metrics.
	eventually(t, "somebody listens at "+address, func() bool {
		connection, err := net.Dial("tcp", address)
		if err == nil {
			err = connection.Close()
		}
		return err == nil
	})
	if status, _ := scrape(t, address, ""); status != http.StatusUnauthorized {
		t.Errorf("nobody gets %d", status)
	}
	if status, _ := scrape(t, address, "made-up"); status != http.StatusUnauthorized {
		t.Errorf("a made-up token gets %d", status)
	}
	token := func(name string) string {
		config, err := plane.ServiceAccountConfig(t.Context(), namespace, name)
		must(t, err)
		return config.BearerToken
	}
	if status, _ := scrape(t, address, token("somebody")); status != http.StatusForbidden {
		t.Errorf("somebody gets %d", status)
	}
	eventually(t, "Prometheus gets metrics", func() bool {
		status, body := scrape(t, address, token("prometheus"))
		return status == http.StatusOK && strings.Contains(body, "controller_runtime_")
	})
	mustHelm(t, "uninstall", "tuxmon", "--namespace", namespace, "--wait", "--timeout", "90s")
	leftOver(t, namespace)
}

// answer is what anybody gets; empty where nobody listens.
func answer(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	must(t, err)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return ""
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	must(t, err)
	if response.StatusCode != http.StatusOK {
		return ""
	}
	return string(text)
}

func scrape(t *testing.T, address, token string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+address+"/metrics", nil)
	must(t, err)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	// As the ServiceMonitor says: the operator makes its certificate when it starts.
	c := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	response, err := c.Do(request)
	must(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	must(t, err)
	return response.StatusCode, string(text)
}

// TestTheHookRunsAsAJobOfTheRestrictedProfile holds the one pod that lives too short to be looked at.
func TestTheHookRunsAsAJobOfTheRestrictedProfile(t *testing.T) {
	namespace := restricted(t)
	for _, object := range objects(t, render(t, namespace)) {
		if object.GetKind() != "Job" {
			continue
		}
		var job batchv1.Job
		convert(t, &object, &job)
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "hook"}, Spec: job.Spec.Template.Spec}
		pod.Spec.ServiceAccountName = ""
		eventually(t, "a pod like that of the hook is accepted", func() bool {
			return admin.Create(t.Context(), pod.DeepCopy(), client.DryRunAll) == nil // until the account default is there
		})
		return
	}
	t.Fatal("the chart has no Job")
}
