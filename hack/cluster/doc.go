// Package cluster is a Kubernetes cluster on this machine with the real parts of monitoring in it:
//
//	control plane (hack/controlplane)        kube-apiserver, etcd, kube-controller-manager
//	node (kubelet, network)                  pods are processes with addresses of their own
//	prometheus-operator, as its project ships it, with its CRDs
//	Prometheus and Alertmanager, configured as kube-prometheus-stack does (manifests/)
//
// What runs in it is what the manifests say: commands, volumes, probes, ServiceAccounts. Only the
// images are this machine's own files (images.go). Tests (hack/e2e) and the demo start it with Start.
// It needs root, and Debian's python3-django, python3-djangorestframework, python3-django-prometheus
// and gunicorn for the backend.
package cluster
