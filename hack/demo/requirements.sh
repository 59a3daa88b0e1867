#!/usr/bin/env bash
# Ends with an error that names the alternative if this machine cannot run the full demo. Installs
# what the backend needs if it can.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

refuse() {
	echo "demo: $*" >&2
	echo "demo: \"make demo DEMO=fast\" needs neither root nor packages: no pods run in it, the operator is a process" >&2
	exit 1
}

[[ $(uname -s) == Linux ]] || refuse "pods run as processes of this machine, which must be Linux"
[[ $(id -u) == 0 ]] || refuse "needs root, for pods run in network namespaces of this machine"
hack/backend/packages.sh || refuse "the Django backend cannot run here"
