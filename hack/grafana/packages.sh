#!/usr/bin/env bash
# Prints a directory that holds Grafana's published types and the TypeScript compiler, as package-lock.json
# pins them, beside the files of this directory.
#
# TUXMON_CACHE  where to keep what was installed; default: the user's cache directory
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here

for program in node npm; do
	if ! command -v "$program" >/dev/null; then
		echo "grafana types: $program is missing, install it (Debian: apt-get install nodejs npm)" >&2
		exit 1
	fi
done

key=$(cksum <"$here/package-lock.json" | cut -d' ' -f1)
dir=${TUXMON_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tux-monitoring-operator}/grafana-types-$key
if [[ ! -x $dir/node_modules/.bin/tsc ]]; then
	echo "grafana types: installing $(cd "$here" && grep -o '"@grafana/schema": "[^"]*"' package.json)" >&2
	mkdir -p "${dir%/*}"
	# It appears whole or not at all, for two tests may want it at the same time.
	tmp=$(mktemp -d "$dir.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	cp "$here"/package.json "$here"/package-lock.json "$tmp/"
	(cd "$tmp" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
	[[ -d $dir ]] || mv "$tmp" "$dir"
fi
echo "$dir"
