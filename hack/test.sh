#!/usr/bin/env bash
# Runs go test with the given arguments and ends with one line that counts the packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# hack/chart looks for the chart of an earlier commit, and makes one up where there is none; its log is not shown when it passes.
if [[ $(git rev-list -n 2 HEAD -- charts 2>/dev/null | wc -l) -lt 2 || $(git rev-parse --is-shallow-repository) == true ]]; then
	echo "WARNING: without the history the upgrade of the chart is tested from a made-up one: git fetch --unshallow" >&2
fi

results=$(mktemp)
trap 'rm -f "$results"' EXIT
status=0
# make verify has vetted, and nobody debugs these binaries: both would take minutes.
go test -timeout=40m -vet=off -ldflags='-s -w' "$@" 2>&1 | tee "$results" || status=$?

awk -v seconds="$SECONDS" '
	/^ok / { ok++ }
	/^FAIL[\t ]/ { failed++ }
	/\[no test files\]/ { without++ }
	END { printf "test summary: %d packages ok, %d failed, %d without tests, %d s\n", ok, failed, without, seconds }
' "$results"
exit "$status"
