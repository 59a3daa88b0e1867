#!/usr/bin/env bash
# Prints a directory that holds helm, which the chart is tested with, and helm-docs, which writes its README;
# built from the modules beside this file on first use, about 3 minutes on two cores.
#
# TUXMON_HELM   a directory with binaries to use; only what is missing is built
# TUXMON_CACHE  where to keep what was built; default: the user's cache directory
#
# Why the program, and not Helm's library in our tests? It is what people run, its flags are what the docs
# show, and its 130 modules stay out of ours.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here label=helm cache_name=helm ldflags="-s -w"
# shellcheck source=hack/binaries/binaries.sh
source "$here/../binaries/binaries.sh"

cache_text() { (cd "$here" && cat ./*/go.mod ./*/go.sum && echo "$ldflags"); }

# package_of PART: the modules have the names of the programs.
package_of() {
	case $1 in
	helm) echo helm.sh/helm/v4/cmd/helm ;;
	helm-docs) echo github.com/norwoodj/helm-docs/cmd/helm-docs ;;
	esac
}

build_parts() {
	local dir=$1 part
	shift
	for part in "$@"; do
		(cd "$here/$part" && GOWORK=off CGO_ENABLED=0 go build -v -trimpath -ldflags="$ldflags" -o "$dir/$part" "$(package_of "$part")") || return
	done
}

provide TUXMON_HELM helm helm-docs
