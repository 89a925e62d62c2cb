#!/bin/sh
# Makes the file system that a container of the image has, and becomes its process. Runs as root in new mount, process and name
# namespaces: pod-root.sh <root> <host name> <setpriv options…> -- <VARIABLE=value…> <program…>
# MOUNTS holds one line for each volume: <source> <target> <ro|rw>.
set -eu
root=$1
echo "$2" >/proc/sys/kernel/hostname
shift 2
mount -t tmpfs -o mode=755,size=1m tmpfs "$root"
add() {
  mkdir -p "$root$2"
  mount --bind "$1" "$root$2"
  mount -o "remount,bind,nosuid,$3" "$root$2"
}
for path in bin lib lib64 sbin; do
  if [ -L "/$path" ]; then cp -P "/$path" "$root/$path"; elif [ -d "/$path" ]; then add "/$path" "/$path" ro; fi
done
add /usr /usr ro
mkdir "$root/etc"
for path in hosts nsswitch.conf resolv.conf passwd; do [ ! -f "/etc/$path" ] || cp "/etc/$path" "$root/etc/"; done
while read -r source target mode; do
  [ -z "$source" ] || if [ -f "$source" ]; then
    mkdir -p "$root$(dirname "$target")"
    : >"$root$target"
    mount --bind "$source" "$root$target"
    mount -o "remount,bind,$mode" "$root$target"
  else
    add "$source" "$target" "$mode"
  fi
done <<END
$MOUNTS
END
mkdir "$root/proc" "$root/dev" "$root/old"
mount -t proc proc "$root/proc"
for device in null zero random urandom; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mount -o remount,"${ROOT_MODE:-ro}" "$root"
cd "$root"
pivot_root . old
umount -l /old
cd /app
exec setpriv "$@"
