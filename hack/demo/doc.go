// Command demo shows the operator at work on this machine, and checks what it shows: make demo ends with
// an error if anything is not as it says. It has two forms:
//
//	full.go   a cluster (hack/cluster) with Prometheus, Alertmanager and a Django backend in it, whose
//	          database is broken until the pager has heard of it; needs root
//	fast.go   a control plane without nodes: no pods, the operator is a process of this machine
//
// Both are a list of chapters. Start with story.go, then one of the lists. It changes nothing outside
// its own temporary directory but the network of the pods, which goes with it.
package main
