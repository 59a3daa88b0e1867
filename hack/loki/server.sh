#!/usr/bin/env bash
# Prints a directory that holds loki, the server, built from the module beside this file on first use,
# about 10 minutes on two cores.
#
# TUXMON_LOKI   a directory with loki to use
# TUXMON_CACHE  where to keep what was built; default: the user's cache directory
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here label=loki cache_name=loki-server ldflags="-s -w" tags=netgo
# shellcheck source=hack/binaries/binaries.sh
source "$here/../binaries/binaries.sh"

cache_text() { (cd "$here/server" && cat go.mod go.sum && echo "$ldflags $tags"); }

build_parts() {
	local dir=$1
	(cd "$here/server" && GOWORK=off CGO_ENABLED=0 go build -v -trimpath -ldflags="$ldflags" -tags="$tags" \
		-o "$dir/loki" github.com/grafana/loki/v3/cmd/loki)
}

provide TUXMON_LOKI loki
