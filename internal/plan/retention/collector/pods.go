package collector

import (
	"regexp"
	"strings"
)

// podLogs is where the kubelet has the files of containers: <namespace>_<pod>_<uid>/<container>/<restarts>.log.
const podLogs = "/var/log/pods"

// rotated is what the kubelet calls a file it has begun a new one for, until it compresses it. A file that was read is known by
// what it begins with, whatever it is called, so that nothing is read twice; and what was not read of one that was
// rotated while there was no Collector is not lost.
const rotated = "*.log.[0-9]*-[0-9][0-9][0-9][0-9][0-9][0-9]"

// files reads the lines of one container of all pods of a Deployment that are on the node.
func files(in Input, source Source, storage string) FileLog {
	pods := podsOf(source.Deployment)
	directory := podLogs + "/" + in.Namespace + "_" + pods.prefix + "*_*/" + source.Container + "/"
	return FileLog{
		Include: []string{directory + "*.log", directory + rotated},
		// What a pod said before there was a Collector is read as well: the kubelet keeps little of it.
		StartAt: "beginning",
		// The operator container has namespace, pod and container from the path, and they are part of the resource.
		IncludeFilePath: true,
		Storage:         storage,
		Retry:           forever,
		Resource:        map[string]string{"deployment.environment.name": in.Environment, "service.name": source.Deployment},
		Operators: []Operator{
			{Type: "container"},
			// A glob cannot tell tux from tux-worker. This can, at the price of reading the lines of both.
			{Type: "filter", Expr: `not (resource["k8s.pod.name"] matches ` + quote(pods.pattern) + `)`},
		},
	}
}

// podNames are what the pods of a Deployment are called.
type podNames struct{ prefix, pattern string }

const (
	// hashed are the letters of what Kubernetes adds to names: no vowels, so that no words come out.
	hashed = "[bcdfghjklmnpqrstvwxz2456789]"
	// maxGenerated is how much of a name Kubernetes keeps in front of the five letters it adds.
	maxGenerated = 58
	// longestHash is that of a ReplicaSet, with the dashes around it.
	longestHash = 12
)

func podsOf(deployment string) podNames {
	prefix := deployment + "-"
	if len(deployment)+longestHash <= maxGenerated {
		return podNames{prefix, "^" + regexp.QuoteMeta(prefix) + hashed + "{1,10}-" + hashed + "{5}$"}
	}
	// Kubernetes has cut the hash, or even the name.
	prefix = prefix[:min(len(prefix), maxGenerated)]
	rest := strings.Replace(hashed, "[", "[-", 1)
	return podNames{prefix, "^" + regexp.QuoteMeta(prefix) + rest + "{5,17}$"}
}
