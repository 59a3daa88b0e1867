#!/usr/bin/env bash
# Prints a directory that holds etcd, kube-apiserver, kube-controller-manager and kubectl.
#
#   export KUBEBUILDER_ASSETS="$(hack/controlplane/assets.sh)"
#
# Why built and not downloaded? The module proxy serves every Go user, the usual download sites not
# everybody; and go.sum pins what runs here. Price: minutes of compiling, once per version.
#
# KUBEBUILDER_ASSETS  binaries found there are used; only what is missing is built
# TUXMON_CACHE        where to keep what was built; default: the user's cache directory
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here label=assets cache_name=controlplane
readonly kubernetes_version=v1.37.2
# Without the stamp every part calls itself v0.0.0-master, and kubectl warns about its own server.
readonly ldflags="-s -w -X k8s.io/component-base/version.gitVersion=$kubernetes_version"
# shellcheck source=hack/binaries/binaries.sh
source "$here/../binaries/binaries.sh"

package_of() {
	case $1 in
	etcd) echo go.etcd.io/etcd/server/v3 ;;
	*) echo "k8s.io/kubernetes/cmd/$1" ;;
	esac
}

cache_text() { (cd "$here/build" && cat go.mod go.sum && echo "$ldflags"); }

build_parts() {
	local dir=$1 part packages=()
	shift
	for part in "$@"; do packages+=("$(package_of "$part")"); done
	say "Kubernetes $kubernetes_version: up to 2 500 packages, about 6 minutes on two cores the first time"
	(cd "$here/build" && GOWORK=off CGO_ENABLED=0 go build -v -trimpath -ldflags="$ldflags" -o "$dir/" "${packages[@]}") || return
	[[ ! -f $dir/server ]] || mv "$dir/server" "$dir/etcd"
}

provide KUBEBUILDER_ASSETS etcd kube-apiserver kube-controller-manager kubectl
