// Package crds carries the CRDs of other projects that our objects live beside: the monitoring kinds
// of prometheus-operator, which we create or read, and Gateway and HTTPRoute of gateway-api, which we
// read.
//
// The files come from pinned modules by generate.sh (make generate) and are never edited. They are
// installed by the tests and the demo only; a user's cluster has its own. Start with FS.
package crds
