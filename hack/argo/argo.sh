#!/usr/bin/env bash
# Prints a directory that holds argosync, a program around the engine of Argo CD (DESIGN.md), built from the module
# beside this file on first use, about 3 minutes on two cores, and crds.yaml with the CRD of an Application.
#
# TUXMON_ARGO   a directory with both to use; only what is missing is made
# TUXMON_CACHE  where to keep what was made; default: the user's cache directory
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here label=argo cache_name=argo ldflags="-s -w"
# shellcheck source=hack/binaries/binaries.sh
source "$here/../binaries/binaries.sh"

cache_text() { (cd "$here" && cat ./*/go.mod ./*/go.sum sync/*.go && echo "$ldflags"); }

# crds prints those of a pinned module. go.sum says that it is the right one.
crds() {
	local dir
	dir=$(cd "$here/crds" && GOWORK=off go mod download -json github.com/argoproj/argo-cd/v3 | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
	cat "$dir/manifests/crds/application-crd.yaml"
}

build_parts() {
	local dir=$1 part
	shift
	for part in "$@"; do
		case $part in
		argosync)
			(cd "$here/sync" && GOWORK=off CGO_ENABLED=0 go build -v -trimpath -ldflags="$ldflags" -o "$dir/$part" .)
			;;
		crds.yaml)
			crds >"$dir/$part"
			chmod +x "$dir/$part" # what is kept is looked for by that
			;;
		esac || return
	done
}

provide TUXMON_ARGO argosync crds.yaml
