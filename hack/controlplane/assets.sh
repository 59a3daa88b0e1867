#!/usr/bin/env bash
# Prints a directory that holds etcd, kube-apiserver, kube-controller-manager and kubectl.
#
#   export KUBEBUILDER_ASSETS="$(hack/controlplane/assets.sh)"
#
# Why built and not downloaded? The module proxy serves every Go user, the usual download sites not
# everybody; and go.sum pins what runs here. Price: minutes of compiling, once per version.
#
# KUBEBUILDER_ASSETS  binaries found there are used; only what is missing is built
# TUXMON_CACHE        where to keep what was built; default: the user's cache directory
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
readonly parts=(etcd kube-apiserver kube-controller-manager kubectl)
readonly kubernetes_version=v1.37.2
# Without the stamp every part calls itself v0.0.0-master, and kubectl warns about its own server.
readonly ldflags="-s -w -X k8s.io/component-base/version.gitVersion=$kubernetes_version"

say() { echo "assets: $*" >&2; }

fail() {
	say "$*"
	exit 1
}

package_of() {
	case $1 in
	etcd) echo go.etcd.io/etcd/server/v3 ;;
	*) echo "k8s.io/kubernetes/cmd/$1" ;;
	esac
}

# has DIR PART...: every PART is an executable file in DIR.
has() {
	local dir=$1 part
	shift
	for part in "$@"; do
		[[ -f $dir/$part && -x $dir/$part ]] || return 1
	done
}

missing_in() {
	local part
	for part in "${parts[@]}"; do
		has "$1" "$part" || echo "$part"
	done
}

sha() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -c1-12; }

# The key holds everything that changes the bytes of the binaries.
cache_key() {
	local platform
	platform=$(go env GOVERSION GOOS GOARCH)
	(cd "$here/build" && cat go.mod go.sum && echo "$ldflags" "$platform") | sha
}

# progress turns the list of compiled packages into one line now and then; errors pass through.
progress() {
	awk '
		/^go: downloading / { downloads++; if (downloads % 50 == 0) say(downloads " modules downloaded"); next }
		/^[a-z0-9][^ :]*$/  { packages++; if (packages % 250 == 0) say(packages " packages compiled"); next }
		{ print; fflush() }
		function say(text) { print "assets:   " text; fflush() }' >&2
}

# build DIR PART...: each PART appears in DIR whole or not at all.
build() {
	local dir=$1 part started=$SECONDS packages=() tmp
	shift
	for part in "$@"; do packages+=("$(package_of "$part")"); done
	say "building $* $kubernetes_version from the module proxy"
	say "up to 2 500 packages: about 6 minutes on two cores the first time, then kept in $dir"
	tmp=$(mktemp -d "$dir/.build.XXXXXX")
	# shellcheck disable=SC2064 # the path of today is meant
	trap "rm -rf '$tmp'" EXIT
	(cd "$here/build" && GOWORK=off CGO_ENABLED=0 go build -v -trimpath -ldflags="$ldflags" -o "$tmp/" "${packages[@]}") \
		2>&1 | progress || fail "cannot build $*: see the lines above"
	[[ ! -f $tmp/server ]] || mv "$tmp/server" "$tmp/etcd"
	for part in "$@"; do mv -f "$tmp/$part" "$dir/$part"; done
	rm -rf "$tmp"
	trap - EXIT
	say "built in $((SECONDS - started)) s"
}

# link GIVEN CACHE: a directory with links to the binaries of GIVEN, and of CACHE where GIVEN has none.
link() {
	local given=$1 cache=$2 dir tmp part
	dir=$cache/with-$(echo "$given" | sha)
	tmp=$(mktemp -d "$cache/.link.XXXXXX")
	for part in "${parts[@]}"; do
		if has "$given" "$part"; then ln -s "$given/$part" "$tmp/$part"; else ln -s "$cache/$part" "$tmp/$part"; fi
	done
	rm -rf "$dir"
	mv "$tmp" "$dir"
	echo "$dir"
}

# locked DIR: hold a lock on DIR until this script ends, so that two runs do not build twice. Without
# flock both build, which costs time and nothing else.
locked() {
	command -v flock >/dev/null || return 0
	exec 9>"$1/.lock"
	flock -n 9 && return
	say "waiting for another run that builds into $1"
	flock 9
}

main() {
	local given="" missing cache
	if [[ -n ${KUBEBUILDER_ASSETS:-} ]]; then
		given=$(cd "$KUBEBUILDER_ASSETS" 2>/dev/null && pwd) || fail "KUBEBUILDER_ASSETS: no directory \"$KUBEBUILDER_ASSETS\""
		if has "$given" "${parts[@]}"; then
			echo "$given"
			return
		fi
		say "KUBEBUILDER_ASSETS lacks $(missing_in "$given" | paste -sd' ' -)"
	fi

	command -v go >/dev/null || fail "go is needed to build the control plane"
	cache=${TUXMON_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}}/tux-monitoring-operator/controlplane-$(cache_key)
	mkdir -p "$cache" || fail "cannot create \"$cache\"; set TUXMON_CACHE to a directory that can be written"
	locked "$cache"

	missing=()
	for part in "${parts[@]}"; do
		has "$cache" "$part" || { [[ -n $given ]] && has "$given" "$part"; } || missing+=("$part")
	done
	[[ ${#missing[@]} -eq 0 ]] || build "$cache" "${missing[@]}"
	if [[ -n $given ]]; then link "$given" "$cache"; else echo "$cache"; fi
}

main
