#!/usr/bin/env bash
# Prints a directory that holds helm-unittest, which runs the suites of the chart, and kubeconform, which holds manifests
# against schemas; built from the modules beside this file on first use, about 2 minutes on two cores.
#
# TUXMON_MANIFESTS  a directory with binaries to use; only what is missing is built
# TUXMON_CACHE      where to keep what was built; default: the user's cache directory
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here label=manifests cache_name=manifests ldflags="-s -w"
# shellcheck source=hack/binaries/binaries.sh
source "$here/../binaries/binaries.sh"

cache_text() { (cd "$here" && cat ./*/go.mod ./*/go.sum && echo "$ldflags"); }

# package_of PART: the modules have the names of the programs.
package_of() {
	case $1 in
	helm-unittest) echo github.com/helm-unittest/helm-unittest/cmd/helm-unittest ;;
	kubeconform) echo github.com/yannh/kubeconform/cmd/kubeconform ;;
	esac
}

build_parts() {
	local dir=$1 part
	shift
	for part in "$@"; do
		(cd "$here/$part" && GOWORK=off CGO_ENABLED=0 go build -v -trimpath -ldflags="$ldflags" -o "$dir/$part" "$(package_of "$part")") || return
	done
}

provide TUXMON_MANIFESTS helm-unittest kubeconform
