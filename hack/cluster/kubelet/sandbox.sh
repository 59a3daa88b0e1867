#!/bin/sh
# Becomes the program of a container: root filesystem, then chroot, then exec, in one process id.
#
#   sandbox.sh ROOT MOUNTS UID GID COMMAND...
#
# MOUNTS is a file with one "SOURCE<tab>TARGET<tab>ro|rw" a line. It runs in a mount namespace of its
# own, so nothing has to be unmounted.
#
# It begins with a line of input, which comes when somebody has taken note of this process. Without one
# it ends: then there is nobody left who would ever end the program.
set -eu
root=$1 mounts=$2 uid=$3 gid=$4
shift 4
read -r _

# The PATH is that of the container, and none of this machine's.
path=$PATH
PATH=/usr/sbin:/usr/bin:/sbin:/bin
while IFS='	' read -r from to mode; do
	mount --rbind "$from" "$root$to"
	if [ "$mode" = ro ]; then mount -o remount,bind,ro "$root$to"; fi
done <"$mounts"
chroot=$(command -v chroot)
PATH=$path
exec "$chroot" --userspec="$uid:$gid" --groups= "$root" "$@" </dev/null
