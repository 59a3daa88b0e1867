#!/usr/bin/env bash
# manifests.sh VERSION DIR: writes what kubectl apply needs, for the image of that version: install.yaml has
# everything, namespaced.yaml the operator for one namespace, crds.yaml the CRD, which that one lacks.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
version=$1 out=$2
kubectl=${KUBEBUILDER_ASSETS:?}/kubectl
mkdir -p "$out"

# build NAME DIR: kustomize reads no files but those below its own, so that the overlay stands beside config.
build() {
	local dir
	dir=$(mktemp -d config/.release.XXXXXX)
	cat >"$dir/kustomization.yaml" <<-END
		resources: [../$2]
		images: [{name: ghcr.io/tux-io/tux-monitoring-operator, newTag: "$version"}]
	END
	"$kubectl" kustomize "$dir" >"$out/$1.yaml" || { rm -rf "$dir" && return 1; }
	rm -rf "$dir"
}

build install default
build namespaced namespaced
build crds crd
echo "wrote $out/install.yaml, $out/namespaced.yaml and $out/crds.yaml for $version"
