#!/usr/bin/env bash
# Runs go test with the given arguments and ends with one line that counts the packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

results=$(mktemp)
trap 'rm -f "$results"' EXIT
status=0
go test -timeout=20m "$@" 2>&1 | tee "$results" || status=$?

awk -v seconds="$SECONDS" '
	/^ok / { ok++ }
	/^FAIL[\t ]/ { failed++ }
	/\[no test files\]/ { without++ }
	END { printf "test summary: %d packages ok, %d failed, %d without tests, %d s\n", ok, failed, without, seconds }
' "$results"
exit "$status"
