#!/usr/bin/env bash
# Prints a directory that holds otelcol, an OpenTelemetry Collector with the components that our configuration names;
# built from the module beside this file on first use, about 5 minutes on two cores.
#
# TUXMON_COLLECTOR  a directory with otelcol to use
# TUXMON_CACHE      where to keep what was built; default: the user's cache directory
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here label=collector cache_name=collector ldflags="-s -w"
# shellcheck source=hack/binaries/binaries.sh
source "$here/../binaries/binaries.sh"

cache_text() { (cd "$here/build" && cat go.mod go.sum ./*.go && echo "$ldflags"); }

build_parts() {
	local dir=$1
	(cd "$here/build" && GOWORK=off CGO_ENABLED=0 go build -v -trimpath -ldflags="$ldflags" -o "$dir/otelcol" .)
}

provide TUXMON_COLLECTOR otelcol
