# shellcheck shell=bash
# Sourced by the scripts that build programs of others from pinned modules and print the directory
# they are in. Such a script sets label and cache_name, then calls provide; it defines
#
#   build_parts DIR PART...   build each PART into DIR
#   cache_text                print everything that changes the bytes of the binaries
#
# TUXMON_CACHE  where to keep what was built; default: the user's cache directory

say() { echo "${label:?}: $*" >&2; }

fail() {
	say "$*"
	exit 1
}

# has DIR PART...: every PART is an executable file in DIR.
has() {
	local dir=$1 part
	shift
	for part in "$@"; do
		[[ -f $dir/$part && -x $dir/$part ]] || return 1
	done
}

# missing_in DIR PART...
missing_in() {
	local dir=$1 part
	shift
	for part in "$@"; do
		has "$dir" "$part" || echo "$part"
	done
}

sha() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -c1-12; }

cache_key() { { cache_text && go env GOVERSION GOOS GOARCH; } | sha; }

# progress turns the list of compiled packages into one line now and then; errors pass through.
progress() {
	awk -v label="$label" '
		/^go: downloading / { downloads++; if (downloads % 50 == 0) say(downloads " modules downloaded"); next }
		/^[a-z0-9][^ :]*$/  { packages++; if (packages % 250 == 0) say(packages " packages compiled"); next }
		{ print; fflush() }
		function say(text) { print label ":   " text; fflush() }' >&2
}

# build_into DIR PART...: each PART appears in DIR whole or not at all.
build_into() {
	local dir=$1 part started=$SECONDS tmp
	shift
	tmp=$(mktemp -d "$dir/.build.XXXXXX")
	# shellcheck disable=SC2064 # the path of today is meant
	trap "rm -rf '$tmp'" EXIT
	build_parts "$tmp" "$@" 2>&1 | progress || fail "cannot build $*: see the lines above"
	for part in "$@"; do mv -f "$tmp/$part" "$dir/$part"; done
	rm -rf "$tmp"
	trap - EXIT
	say "built in $((SECONDS - started)) s"
}

# link GIVEN CACHE PART...: a directory with links to the binaries of GIVEN, and of CACHE where GIVEN
# has none.
link() {
	local given=$1 cache=$2 dir tmp part
	shift 2
	dir=$cache/with-$(echo "$given" | sha)
	tmp=$(mktemp -d "$cache/.link.XXXXXX")
	for part in "$@"; do
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

# provide VARIABLE PART...: prints a directory with every PART: that named by VARIABLE if it has all,
# else one of the cache, where what is missing is built first.
provide() {
	local variable=$1 given="" missing cache
	shift
	if [[ -n ${!variable:-} ]]; then
		given=$(cd "${!variable}" 2>/dev/null && pwd) || fail "$variable: no directory \"${!variable}\""
		if has "$given" "$@"; then
			echo "$given"
			return
		fi
		say "$variable lacks $(missing_in "$given" "$@" | paste -sd' ' -)"
	fi

	command -v go >/dev/null || fail "go is needed to build $*"
	cache=${TUXMON_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}}/tux-monitoring-operator/${cache_name:?}-$(cache_key)
	mkdir -p "$cache" || fail "cannot create \"$cache\"; set TUXMON_CACHE to a directory that can be written"
	locked "$cache"

	missing=()
	for part in "$@"; do
		has "$cache" "$part" || { [[ -n $given ]] && has "$given" "$part"; } || missing+=("$part")
	done
	if [[ ${#missing[@]} -gt 0 ]]; then
		say "building ${missing[*]}; kept in $cache"
		build_into "$cache" "${missing[@]}"
	fi
	if [[ -n $given ]]; then link "$given" "$cache" "$@"; else echo "$cache"; fi
}
