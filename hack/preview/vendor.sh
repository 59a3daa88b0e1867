#!/usr/bin/env bash
# Fetches what the pages of `tuxmon preview` embed, from npm, at the versions below, and writes it with
# its licences and checksums to internal/preview/assets/vendor. Run it after changing a version; npm
# checks the archives against the registry, the test of the package checks the files against SHA256SUMS.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

uplot=1.6.32          # MIT: the chart library Grafana itself uses
inter=5.3.0           # OFL-1.1: the typeface of Grafana; without it a picture depends on the fonts of a machine

vendor=internal/preview/assets/vendor
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# fetch PACKAGE@VERSION: unpacks the archive of a package into a directory and prints that.
fetch() {
	local archive
	archive=$(cd "$work" && npm pack --silent "$1")
	mkdir "$work/${archive%.tgz}"
	tar -xzf "$work/$archive" -C "$work/${archive%.tgz}" --strip-components 1
	echo "$work/${archive%.tgz}"
}

from=$(fetch "uplot@$uplot")
cp "$from/dist/uPlot.iife.min.js" "$from/dist/uPlot.min.css" "$vendor/"
cp "$from/LICENSE" "$vendor/uPlot.LICENSE"
from=$(fetch "@fontsource-variable/inter@$inter")
cp "$from/files/inter-latin-wght-normal.woff2" "$vendor/"
cp "$from/LICENSE" "$vendor/Inter.LICENSE"
chmod 644 "$vendor"/*
(cd "$vendor" && sha256sum Inter.LICENSE inter-latin-wght-normal.woff2 uPlot.LICENSE uPlot.iife.min.js uPlot.min.css >SHA256SUMS)
cat "$vendor/SHA256SUMS"
