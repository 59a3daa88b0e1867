#!/usr/bin/env bash
# manifests.sh VERSION DIR: writes what kubectl apply needs, for the image of that version: install.yaml has
# everything, namespaced.yaml the operator for one namespace, crds.yaml the CRD, which that one lacks.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
version=$1 out=$2
kubectl=${KUBEBUILDER_ASSETS:?}/kubectl
mkdir -p "$out"

# kustomize takes no absolute path, so that the overlay stands beside config: a copy, for others read config meanwhile.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R config "$work/config"
mkdir "$work/release"

# build NAME DIR
build() {
	cat >"$work/release/kustomization.yaml" <<-END
		resources: [../config/$2]
		images: [{name: ghcr.io/tux-io/tux-monitoring-operator, newTag: "$version"}]
	END
	"$kubectl" kustomize "$work/release" >"$out/$1.yaml"
}

build install default
build namespaced namespaced
build crds crd
echo "wrote $out/install.yaml, $out/namespaced.yaml and $out/crds.yaml for $version"
