package main

import (
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

const (
	// within is how long a namespace may take on a machine that has nothing else to do.
	within = 30 * time.Second
	// idle is how long one takes there in which a ConfigMap is held and let go at once: a pass of the namespace controller of Kubernetes,
	// its wait of eight seconds, and another pass.
	idle = 12 * time.Second
)

// TestNamespacesGoInTime deletes namespaces with resources that hold something outside, with the operator, while neither Sentry nor Loki
// can be reached, and without it. Beside each a twin is deleted in which nothing is ours. A slow machine is as slow for the twin,
// so that what we may take is stretched by what the twin took: on a machine that is idle it is thirty seconds.
func TestNamespacesGoInTime(t *testing.T) {
	namespace, first, second := restricted(t), restricted(t), restricted(t)
	startKubelet(t, namespace)
	t.Cleanup(func() { removeCRD(t) })
	mustHelm(t, "install", "tuxmon", chartDir, "--namespace", namespace, "--wait", "--timeout", "90s",
		"--set", "replicas=1,sentry.allNamespaces=true")
	hanging, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = hanging.Close() })
	for _, name := range []string{first, second} {
		tux := stubborn(t, name, "http://"+hanging.Addr().String())
		eventually(t, "the finalizers are there", func() bool { return len(reload(t, tux).Finalizers) == 2 })
	}
	plain := testutil.Tux(second, "plain")
	must(t, admin.Create(t.Context(), plain))
	eventually(t, "the plain one is reconciled", func() bool { return len(reload(t, plain).Status.Conditions) > 0 })
	if len(plain.Finalizers) > 0 {
		t.Errorf("who holds nothing has the finalizers %q, and would wait for an operator that is down", plain.Finalizers)
	}

	goesInTime(t, "with the operator", first)
	mustHelm(t, "uninstall", "tuxmon", "--namespace", namespace, "--wait", "--timeout", "90s")
	for _, tux := range []*tuxv1alpha1.TuxMonitoring{plain, {ObjectMeta: metav1.ObjectMeta{Namespace: second, Name: "production"}}} {
		reload(t, tux) // still there
	}
	goesInTime(t, "without it", second)
}

// stubborn makes a resource that cannot end cleanly: its Sentry takes connections and says nothing, there is a token to ask it with,
// and the document of its Loki is one it may not write. Outside of a namespace that goes the operator waits five minutes for each.
func stubborn(t *testing.T, namespace, url string) *tuxv1alpha1.TuxMonitoring {
	t.Helper()
	tux := testutil.Tux(namespace, "production")
	tux.Spec.Sentry = &tuxv1alpha1.Sentry{
		Organization: "shop", URL: tuxv1alpha1.PlainURL(url), Project: tuxv1alpha1.SentryProject{Slug: "web"},
		Teams: []tuxv1alpha1.SentrySlug{"backend"}, DeletionPolicy: tuxv1alpha1.DeletionPolicyDelete,
		TokenSecretRef: tuxv1alpha1.SecretKeyReference{Name: "sentry", Key: "token"},
	}
	tux.Spec.Logs = &tuxv1alpha1.Logs{
		Tenant: namespace, OnDelete: tuxv1alpha1.LogRemovalRemove, Backend: tuxv1alpha1.LogBackend{Loki: &tuxv1alpha1.LokiBackend{
			URL: "http://loki.invalid:3100", Overrides: tuxv1alpha1.LokiOverrides{Namespace: "default", Name: "nobody-made-it"},
		}},
	}
	for _, object := range []client.Object{
		testutil.Deployment(namespace, "tux-backend"), testutil.Service(namespace, "tux-backend", "tux-backend"), tux, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "sentry"}, StringData: map[string]string{"token": "sntryi_0011"},
		},
	} {
		must(t, admin.Create(t.Context(), object))
	}
	return tux
}

func goesInTime(t *testing.T, what, namespace string) {
	t.Helper()
	twin := restricted(t)
	held := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: twin, Name: "held", Finalizers: []string{"example.com/held"}}}
	must(t, admin.Create(t.Context(), held))
	for _, object := range []client.Object{testutil.Deployment(twin, "tux-backend"), testutil.Service(twin, "tux-backend", "tux-backend")} {
		must(t, admin.Create(t.Context(), object))
	}
	var group sync.WaitGroup
	var ours, others time.Duration
	group.Go(func() { ours = timeOf(t, namespace) })
	group.Go(func() { others = timeOf(t, twin) })
	eventually(t, "the twin is let go", func() bool {
		must(t, admin.Get(t.Context(), client.ObjectKeyFromObject(held), held))
		if held.DeletionTimestamp == nil {
			return false
		}
		held.Finalizers = slices.Delete(held.Finalizers, 0, 1)
		return admin.Update(t.Context(), held) == nil
	})
	group.Wait()
	allowed := time.Duration(float64(within) * max(others, idle).Seconds() / idle.Seconds())
	t.Logf("%s: the namespace took %s, one in which nothing is ours %s, allowed are %s", what, ours.Round(time.Second), others.Round(time.Second),
		allowed.Round(time.Second))
	if ours == 0 || others == 0 || ours > allowed {
		t.Errorf("%s: the namespace took %s, allowed are %s", what, ours, allowed)
	}
}

// timeOf deletes a namespace and waits until it is gone; 0 means that it is not.
func timeOf(t *testing.T, name string) time.Duration {
	begin := time.Now()
	if err := admin.Delete(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}); err != nil {
		t.Error(err)
		return 0
	}
	for time.Since(begin) < patience {
		if apierrors.IsNotFound(admin.Get(t.Context(), client.ObjectKey{Name: name}, &corev1.Namespace{})) {
			return time.Since(begin)
		}
		time.Sleep(100 * time.Millisecond)
	}
	return 0
}
