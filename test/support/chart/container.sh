#!/bin/sh
# usage: unshare --mount container.sh FOLDER USER CAPABILITIES COMMAND...
# Runs a command as a container would: the file system of this machine, read-only, below what FOLDER/mounts says
# (lines of SOURCE TARGET MODE), as USER (`uid:gid`, '' for that of now), with no other CAPABILITIES (`,+chown,+kill`,
# '' for none), which only count for the user 0. Nothing of it stays.
set -e
folder=$1
user=$2
capabilities=$3
shift 3
mount -t tmpfs tmpfs "$folder/layers"
mkdir "$folder/layers/upper" "$folder/layers/work" "$folder/layers/root"
root="$folder/layers/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/layers/upper,workdir=$folder/layers/work" "$root"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
while read -r source target mode; do
  if [ -d "$source" ]; then
    mkdir -p "$root$target"
  else
    mkdir -p "$(dirname "$root$target")"
    : >>"$root$target"
  fi
  mount --rbind "$source" "$root$target"
  if [ "$mode" = ro ]; then mount -o remount,bind,ro "$root$target"; fi
done <"$folder/mounts"
mount -o remount,bind,ro "$root"
if [ -n "$user" ]; then
  set -- setpriv --reuid "${user%:*}" --regid "${user#*:}" --clear-groups --no-new-privs \
    --bounding-set="-all$capabilities" "$@"
else
  set -- setpriv --no-new-privs "$@"
fi
exec chroot "$root" "$@"
