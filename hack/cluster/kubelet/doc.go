// Package kubelet runs the pods of a control plane as processes of this machine: a node without
// containers. It does for a pod what the real one does as far as monitoring can see it: an address of
// its own, volumes that follow their ConfigMaps and Secrets, init containers, readiness and liveness
// probes, restarts, a status, memory figures as of cAdvisor. Images are not pulled: a table says which
// files an image stands for (image.go).
//
//	pod -> network namespace -> volumes -> init containers -> containers -> probes -> status
//
// Start with pod.go. It needs root, for namespaces, mounts and chroot.
package kubelet
