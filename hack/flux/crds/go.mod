// Only for the files of CRDs in these modules: nothing imports them, and go mod tidy would take them away.
module github.com/tux-io/tux-monitoring-operator/hack/flux/crds

go 1.26.0

require (
	github.com/fluxcd/kustomize-controller v1.9.4
	github.com/fluxcd/source-controller v1.9.4
)
