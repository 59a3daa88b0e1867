#!/usr/bin/env bash
# Prints a directory that holds lokicheck, a program that asks Loki's own code about overrides and LogQL;
# built from the module beside this file on first use, about 2 minutes on two cores.
#
# TUXMON_LOKI   a directory with lokicheck to use
# TUXMON_CACHE  where to keep what was built; default: the user's cache directory
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here label=loki cache_name=loki ldflags="-s -w" tags=netgo
# shellcheck source=hack/binaries/binaries.sh
source "$here/../binaries/binaries.sh"

cache_text() { (cd "$here/check" && cat go.mod go.sum ./*.go && echo "$ldflags $tags"); }

build_parts() {
	local dir=$1
	(cd "$here/check" && GOWORK=off CGO_ENABLED=0 go build -v -trimpath -ldflags="$ldflags" -tags="$tags" -o "$dir/lokicheck" .)
}

provide TUXMON_LOKI lokicheck
