// Package discover reads the facts a plan needs out of objects of the cluster: which Deployments the
// entries of spec.backends mean, which port serves HTTP, whether gunicorn runs several workers, which
// Service and hosts lead to the pods, and which labels make a Prometheus select our objects.
//
//	Cluster --Backends--> []Backend        Cluster --Prometheus--> Selection
//
// It must not read anything itself: package controllers gathers the objects from the cluster's cache,
// the CLI from files, and both get the same answers. What is missing or ambiguous becomes a Finding
// that names what was looked for and what to write. Start with cluster.go.
package discover
