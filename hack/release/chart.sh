#!/usr/bin/env bash
# chart.sh VERSION DIR: packages the chart; its version is that of the application, without the v.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
version=$1 out=$2 flags=()
mkdir -p "$out"
# What git describes between two releases is no version: then that of Chart.yaml stays.
if [[ $version =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]]; then flags=(--version "${version#v}" --app-version "$version"); fi
"$(hack/helm/helm.sh)/helm" package charts/tux-monitoring-operator --destination "$out" "${flags[@]}"
