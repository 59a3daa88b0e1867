#!/usr/bin/env bash
# Checks the given shell scripts. CI insists on it; elsewhere a machine without shellcheck is told so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v shellcheck >/dev/null; then
	echo "shellcheck is not installed: $# scripts were not checked (Debian: apt-get install shellcheck)" >&2
	[[ ${CI:-} != true ]]
	exit
fi
# -x: what a script sources is read too.
shellcheck -x "$@"
echo "shellcheck: $# scripts checked"
