#!/usr/bin/env bash
# Prints a directory that holds kustomize-controller of Flux, built from the module beside this file on first use, about
# 4 minutes on two cores, and crds.yaml with its CRD and those of the sources it reads.
#
# TUXMON_FLUX   a directory with both to use; only what is missing is made
# TUXMON_CACHE  where to keep what was made; default: the user's cache directory
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here label=flux cache_name=flux ldflags="-s -w"
# shellcheck source=hack/binaries/binaries.sh
source "$here/../binaries/binaries.sh"

cache_text() { (cd "$here" && cat ./*/go.mod ./*/go.sum && echo "$ldflags"); }

# crds_of MODULE: from the source of a pinned module. go.sum says that it is the right one.
crds_of() {
	local dir file
	dir=$(cd "$here/crds" && GOWORK=off go mod download -json "github.com/fluxcd/$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
	for file in "$dir"/config/crd/bases/*.yaml; do
		echo "---"
		cat "$file"
	done
}

build_parts() {
	local dir=$1 part
	shift
	for part in "$@"; do
		case $part in
		kustomize-controller)
			(cd "$here/$part" && GOWORK=off CGO_ENABLED=0 go build -v -trimpath -ldflags="$ldflags" -o "$dir/$part" github.com/fluxcd/kustomize-controller)
			;;
		crds.yaml)
			{ crds_of kustomize-controller && crds_of source-controller; } >"$dir/$part"
			chmod +x "$dir/$part" # what is kept is looked for by that
			;;
		esac || return
	done
}

provide TUXMON_FLUX kustomize-controller crds.yaml
