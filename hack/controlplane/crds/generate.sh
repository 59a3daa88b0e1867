#!/usr/bin/env bash
# Writes the CRDs of others beside this file: the tests and the demo install them, and the linter of
# our objects reads them. Sources are the pinned modules, so the files change only with a version.
# Descriptions are left out where we generate: they are most of the bytes and nobody reads them here.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
here=hack/controlplane/crds
tools=hack/tools/go.mod
types=github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring
kinds=(servicemonitors podmonitors probes prometheusrules prometheuses alertmanagers alertmanagerconfigs)

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

go tool -modfile="$tools" controller-gen crd:crdVersions=v1,maxDescLen=0 paths="$types/v1;$types/v1alpha1" output:crd:dir="$out"
for kind in "${kinds[@]}"; do
	install -m 0644 "$out/monitoring.coreos.com_$kind.yaml" "$here/"
done

# gateway-api ships its CRDs inside the module; hack/tools/go.mod pins it for these files alone.
gateway=$(go mod download -modfile="$tools" -json sigs.k8s.io/gateway-api | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
for kind in gateways httproutes; do
	install -m 0644 "$gateway/config/crd/standard/gateway.networking.k8s.io_$kind.yaml" "$here/"
done

# grafana-operator ships its CRDs inside its module too. It is downloaded by itself, because naming it in
# hack/tools/go.mod would pin every module it is built from, and nothing here is; the checksum pins it instead.
operator=github.com/grafana/grafana-operator/v5@v5.21.4
sum=h1:wqi4SBE6mC4WcUZvpJm7plRtC/Anu1dVMZxRdqjs0N4=
download=$(go mod download -json "$operator")
if ! grep -qF "\"Sum\": \"$sum\"" <<<"$download"; then
	echo "$operator is not what it was when it was pinned: $download" >&2
	exit 1
fi
grafana=$(sed -n 's/^\t"Dir": "\(.*\)",$/\1/p' <<<"$download")
for kind in grafanadashboards grafanafolders; do
	install -m 0644 "$grafana/config/crd/bases/grafana.integreatly.org_$kind.yaml" "$here/"
done
