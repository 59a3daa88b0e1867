#!/usr/bin/env bash
# Installs packages of Debian that something here needs; sourced. On Debian, root installs what is missing;
# everybody else is told what to install.

# install_for WHAT PACKAGE...: for WHAT, which is named in messages.
install_for() {
	local what=$1 try
	shift
	if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
		echo "$what needs: $* (Debian: apt-get install $*)" >&2
		return 1
	fi
	echo "installing for $what: $*" >&2
	export DEBIAN_FRONTEND=noninteractive
	for try in 1 2 3; do
		# Mirrors of package archives are sometimes away for a minute.
		if apt-get update -q >&2 && apt-get install -qy --no-install-recommends "$@" >&2; then return; fi
		[[ $try -lt 3 ]] && sleep $((try * 5))
	done
	return 1
}
