//go:build e2e

package network

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/netip"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/tux-io/tux-monitoring-operator/hack/controlplane"
)

// eventually waits; problem says what the condition not being true means.
func eventually(t *testing.T, problem string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("%s after %s", problem, patience)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestServeFollowsACluster(t *testing.T) {
	n := open(t)
	cluster, err := controlplane.Start(t.Context(), controlplane.Options{ServiceRange: n.ServiceRange().String()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cluster.Stop() })
	ctx, end := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- n.Serve(ctx, cluster.Config()) }()
	defer func() {
		end()
		if err := <-served; err != nil {
			t.Errorf("serving ended with %v", err)
		}
	}()
	pod := addPod(t, n, "default/web-1")
	run(t, pod.Namespace, "0.0.0.0:8000", "web-1")
	api, err := kubernetes.NewForConfig(cluster.Config())
	if err != nil {
		t.Fatal(err)
	}

	expectAPIServer(t, n, pod)
	clusterIP := createService(t, api)
	slice := createSlice(t, api, pod)
	eventually(t, "the pod does not answer at the ClusterIP", func() bool {
		got, err := answer(t, pod.Namespace, clusterIP+":80")
		return err == nil && got == "web-1"
	})
	addresses, _ := n.names.lookup("web.default.svc")
	if len(addresses) != 1 || addresses[0].String() != clusterIP {
		t.Errorf("the Service has the addresses %v, want %s", addresses, clusterIP)
	}

	if err := api.DiscoveryV1().EndpointSlices("default").Delete(t.Context(), slice, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the pod still answers at the ClusterIP", func() bool {
		_, err := answer(t, pod.Namespace, clusterIP+":80")
		return err != nil
	})
}

// expectAPIServer asks the way a client in a pod does.
func expectAPIServer(t *testing.T, n *Network, pod Pod) {
	t.Helper()
	eventually(t, "the API server does not answer at its ClusterIP", func() bool {
		addresses, _ := n.names.lookup("kubernetes.default.svc")
		if len(addresses) != 1 {
			return false
		}
		c, err := dial(t, pod.Namespace, netip.AddrPortFrom(addresses[0], 443).String())
		if err != nil {
			return false
		}
		return tls.Client(c, &tls.Config{InsecureSkipVerify: true}).HandshakeContext(t.Context()) == nil
	})
}

func createService(t *testing.T, api kubernetes.Interface) (clusterIP string) {
	t.Helper()
	s := newService("web", "", corev1.ProtocolTCP)
	s.Namespace = "default"
	created, err := api.CoreV1().Services("default").Create(t.Context(), s, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return created.Spec.ClusterIP
}

func createSlice(t *testing.T, api kubernetes.Interface, pod Pod) (name string) {
	t.Helper()
	slice := newSlice("web", 8000, ready(pod.Address.String()))
	slice.Namespace, slice.Name = "default", fmt.Sprintf("web-%d", pod.Address.As4()[3])
	created, err := api.DiscoveryV1().EndpointSlices("default").Create(t.Context(), slice, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if created.AddressType != discoveryv1.AddressTypeIPv4 {
		t.Fatalf("the slice is of type %s", created.AddressType)
	}
	return created.Name
}
