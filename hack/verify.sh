#!/usr/bin/env bash
# Generates, lints and vets, and fails if that changed the tree: then a generated file was not
# committed, or was edited. The tree is compared with itself before, so that it also works with
# changes that are not committed yet.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# snapshot prints a checksum of every file that git tracks or would track.
snapshot() {
	git ls-files --cached --others --exclude-standard -z |
		while IFS= read -r -d '' file; do [[ -f $file ]] && git hash-object "$file" | sed "s|\$| $file|"; done
}

step() {
	echo "==> $*"
	"$@"
}

before=$(snapshot)
step make --no-print-directory generate
step make --no-print-directory lint
step go vet ./...

if changes=$(diff <(echo "$before") <(snapshot)); then
	echo "==> verified: nothing to generate, nothing to lint"
	exit
fi
echo "verify: these files are not as make generate writes them; commit what it wrote:" >&2
sed -n 's/^[<>] [0-9a-f]* /  /p' <<<"$changes" | sort -u >&2
git --no-pager diff --stat >&2
exit 1
