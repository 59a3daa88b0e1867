// Package kubelet runs the pods of a control plane as processes of this machine: a node without
// containers. It does for a pod what the real one does as far as monitoring can see it: an address of
// its own, volumes that follow their ConfigMaps and Secrets, init containers, probes, restarts, a
// status, memory figures as of cAdvisor. Images are not pulled: a table says which files an image stands
// for (image.go).
//
//	pod -> network namespace -> volumes -> init containers -> containers -> probes -> status
//
// What it cannot do and what would change the pod shows in its status as CreateContainerConfigError:
// hostNetwork, probes by exec and gRPC, init containers that go on running, restart policies but
// Always. It leaves out without a word: lifecycle hooks, resource limits, capabilities, file modes of
// volumes, ephemeral containers, and kubectl's logs, exec and port-forward.
//
// Start with pod.go. It needs root, for namespaces, mounts and chroot.
package kubelet
