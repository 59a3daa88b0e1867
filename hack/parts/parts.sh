#!/usr/bin/env bash
# Prints a directory that holds what monitors a cluster: prometheus, promtool, alertmanager,
# blackbox_exporter, prometheus-operator and prometheus-config-reloader, built from the modules beside
# this file.
#
# TUXMON_PARTS  a directory with binaries to use; only what is missing is built
# TUXMON_CACHE  where to keep what was built; default: the user's cache directory
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here label=parts cache_name=parts ldflags="-s -w"
# Prometheus without these would need the SDKs of every cloud; the demo and the tests discover from
# Kubernetes only.
readonly prometheus_tags=remove_all_sd,enable_kubernetes_sd,netgo
# shellcheck source=hack/binaries/binaries.sh
source "$here/../binaries/binaries.sh"

# module_and_package PART
module_and_package() {
	local operator=github.com/prometheus-operator/prometheus-operator/cmd
	case $1 in
	prometheus) echo prometheus github.com/prometheus/prometheus/cmd/prometheus ;;
	promtool) echo prometheus github.com/prometheus/prometheus/cmd/promtool ;;
	alertmanager) echo alertmanager github.com/prometheus/alertmanager/cmd/alertmanager ;;
	blackbox_exporter) echo blackbox-exporter github.com/prometheus/blackbox_exporter ;;
	prometheus-operator) echo prometheus-operator $operator/operator ;;
	prometheus-config-reloader) echo prometheus-operator $operator/prometheus-config-reloader ;;
	esac
}

# tags_of MODULE
tags_of() { [[ $1 != prometheus ]] || echo "$prometheus_tags"; }

cache_text() { (cd "$here" && cat ./*/go.mod ./*/go.sum && echo "$ldflags $prometheus_tags"); }

build_part() {
	local out=$1/$2 module package tags
	read -r module package < <(module_and_package "$2")
	tags=$(tags_of "$module")
	(cd "$here/$module" && GOWORK=off CGO_ENABLED=0 go build -v -trimpath -ldflags="$ldflags" -tags="$tags" -o "$out" "$package")
}

build_parts() {
	local dir=$1 part
	shift
	for part in "$@"; do build_part "$dir" "$part" || return; done
}

provide TUXMON_PARTS prometheus promtool alertmanager blackbox_exporter prometheus-operator prometheus-config-reloader
