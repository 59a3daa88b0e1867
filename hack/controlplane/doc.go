// Package controlplane runs a real Kubernetes control plane on this machine for tests and the demo:
// etcd, kube-apiserver and, on request, kube-controller-manager, which brings Deployments to life,
// collects garbage and empties deleted namespaces. There is no kubelet: pods stay Pending.
//
//	Start -> binaries (assets.sh) -> etcd + kube-apiserver (envtest) -> CRDs -> controller-manager
//	Stop, or the death of this process -> watchdog ends every process and removes every file
//
// The parts take free ports on loopback, so that several can run at once. Start with
// controlplane.go; crds/ holds the CRDs of other projects, build/ the module the parts come from.
package controlplane
