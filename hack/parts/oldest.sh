#!/usr/bin/env bash
# Prints a directory that holds the oldest Prometheus our rules are for: prometheus and promtool 2.42,
# out of the package of Debian 12. Nothing is installed and no service is started.
#
# TUXMON_OLDEST  a directory with both to use instead, for a machine that is no Debian 12
# TUXMON_CACHE   where to keep what was unpacked; default: the user's cache directory
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here label=oldest cache_name=oldest version=2.42
# shellcheck source=hack/binaries/binaries.sh
source "$here/../binaries/binaries.sh"

cache_text() { echo "prometheus $version of Debian"; }

# download DIR: the package file into DIR. In a fresh container apt has no lists yet, and mirrors of
# package archives are sometimes away for a minute.
download() {
	local dir=$1 try
	for try in 1 2 3; do
		(cd "$dir" && apt-get download -q -o APT::Sandbox::User="$(id -un)" "prometheus=$version*") && return
		sleep $(((try - 1) * 5))
		apt-get update -q || say "cannot update the lists of packages"
	done
	return 1
}

build_parts() {
	local dir=$1 part
	shift
	command -v apt-get >/dev/null || fail "Prometheus $version is taken from Debian 12; elsewhere, set TUXMON_OLDEST to a directory with $*"
	download "$dir" || return
	dpkg -x "$dir"/prometheus_*.deb "$dir/root" || return
	for part in "$@"; do mv "$dir/root/usr/bin/$part" "$dir/$part" || return; done
}

provide TUXMON_OLDEST prometheus promtool
