#!/usr/bin/env bash
# Prints a directory that holds what monitors a cluster: prometheus, alertmanager, blackbox_exporter,
# prometheus-operator and prometheus-config-reloader, built from the modules beside this file.
#
# TUXMON_PARTS  a directory with binaries to use; only what is missing is built
# TUXMON_CACHE  where to keep what was built; default: the user's cache directory
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here label=parts cache_name=parts
# Prometheus without these would need the SDKs of every cloud; the demo and the tests discover from
# Kubernetes only.
readonly prometheus_tags=remove_all_sd,enable_kubernetes_sd,netgo
# shellcheck source=hack/binaries/binaries.sh
source "$here/../binaries/binaries.sh"

cache_text() { cat "$here"/*/go.mod "$here"/*/go.sum "${BASH_SOURCE[0]}"; }

# build MODULE DIR PACKAGE [FLAG...]
build() {
	local module=$1 out=$2 package=$3
	shift 3
	(cd "$here/$module" && GOWORK=off CGO_ENABLED=0 go build -v -trimpath -ldflags="-s -w" "$@" -o "$out" "$package")
}

build_part() {
	local out=$1/$2
	case $2 in
	prometheus) build prometheus "$out" github.com/prometheus/prometheus/cmd/prometheus -tags "$prometheus_tags" ;;
	alertmanager) build alertmanager "$out" github.com/prometheus/alertmanager/cmd/alertmanager ;;
	blackbox_exporter) build blackbox-exporter "$out" github.com/prometheus/blackbox_exporter ;;
	prometheus-operator) build prometheus-operator "$out" github.com/prometheus-operator/prometheus-operator/cmd/operator ;;
	prometheus-config-reloader) build prometheus-operator "$out" github.com/prometheus-operator/prometheus-operator/cmd/prometheus-config-reloader ;;
	esac
}

build_parts() {
	local dir=$1 part
	shift
	for part in "$@"; do build_part "$dir" "$part" || return; done
}

provide TUXMON_PARTS prometheus alertmanager blackbox_exporter prometheus-operator prometheus-config-reloader
