// Only for the files of CRDs in this module: nothing imports it, and go mod tidy would take it away.
module github.com/tux-io/tux-monitoring-operator/hack/argo/crds

go 1.26.0

require github.com/argoproj/argo-cd/v3 v3.2.1
