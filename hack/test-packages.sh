#!/usr/bin/env bash
# Makes sure that this machine has what the tests of dashboards need: node and npm, which compile them against the types
# of Grafana, and chromium, which draws the previews.
set -euo pipefail
# shellcheck source=hack/debian.sh
source "$(dirname "${BASH_SOURCE[0]}")/debian.sh"

missing=()
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
# A browser without any font of the system has no glyphs for signs the embedded typeface lacks.
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
	missing+=(chromium fonts-dejavu-core)
[[ ${#missing[@]} -eq 0 ]] || install_for "the tests of dashboards" "${missing[@]}"
