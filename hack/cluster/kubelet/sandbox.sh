#!/bin/sh
# Becomes the program of a container: root filesystem, then chroot, then exec, in one process id.
#
#   sandbox.sh ROOT MOUNTS UID GID COMMAND...
#
# MOUNTS is a file with one "SOURCE<tab>TARGET<tab>ro|rw" a line. It runs in a mount namespace of its
# own, so nothing has to be unmounted.
set -eu
root=$1 mounts=$2 uid=$3 gid=$4
shift 4

while IFS='	' read -r from to mode; do
	mount --rbind "$from" "$root$to"
	if [ "$mode" = ro ]; then mount -o remount,bind,ro "$root$to"; fi
done <"$mounts"
exec chroot --userspec="$uid:$gid" --groups= "$root" "$@"
