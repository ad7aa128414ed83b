#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the nova-lite guest image, a small Linux for trying out servers, from Debian packages only.
# See --help, and README.md beside this file for what the guest does.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/packages.sh
. "$here/../lib/packages.sh"

name=nova-lite-guest
output=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/nova-lite/guest
variant=stock
password=
force=0
# MiB of the image's disk; the guest grows its file system when its disk is larger.
disk_size=64
# MiB: the boot loader lies before the first partition (the EFI system partition), the root partition is last.
esp_start=1
esp_size=1
root_start=$((esp_start + esp_size))

# What is unpacked into the guest, or used for the build, without being installed on this machine.
guest_packages=(
    busybox-static dropbear-bin jq qemu-guest-agent e2fsprogs
    libc6 libcom-err2 libcrypt1 libext2fs2 libglib2.0-0 libgmp10 libjq1 libnuma1 libonig5 libpcre2-8-0
    libtomcrypt1 libtommath1 libudev1 liburing2 zlib1g
)
tool_packages=(grub-common grub-pc-bin grub-efi-amd64-bin kmod libdevmapper1.02.1 libkmod2 liblzma5
    libselinux1 libssl3 libzstd1)
guest_programs=(usr/sbin/dropbear usr/bin/jq usr/sbin/qemu-ga sbin/resize2fs)

usage() {
    cat <<TEXT
usage: build.sh [--output DIR] [--variant stock|generic] [--password TEXT] [--force]

Builds DIR/$name.qcow2 ($name-generic.qcow2 for that variant), and does nothing when it is up to date.
  --output DIR     where the image and the downloaded packages go (default: $output)
  --variant NAME   stock: Debian's cloud kernel: virtio, NVMe and IDE devices (default)
                   generic: Debian's ordinary kernel: SATA, e1000, watchdog too; a larger download
  --password TEXT  a password for root (default: none; it is set from the server's adminPass)
  --force          build although the image is up to date, from the newest packages
Missing build packages are installed with apt (this alone needs root).
TEXT
}

die() {
    echo "build.sh: $*" >&2
    exit 1
}

say() { printf '[guest %3ds] %s\n' "$SECONDS" "$*"; }

while (($#)); do
    case "$1" in
        --output | --variant | --password)
            (($# >= 2)) || die "$1 needs a value (see --help)"
            printf -v "${1#--}" '%s' "$2"
            shift 2
            ;;
        --force) force=1 && shift ;;
        -h | --help) usage && exit 0 ;;
        *) die "unknown argument '$1' (see --help)" ;;
    esac
done
case "$variant" in
    stock) kernel_package=linux-image-cloud-amd64 ;;
    generic)
        kernel_package=linux-image-amd64
        name+=-generic
        ;;
    *) die "--variant is stock or generic, not '$variant'" ;;
esac
[[ "$(dpkg --print-architecture)" == amd64 ]] ||
    die "the image is made of amd64 packages; this machine is $(dpkg --print-architecture)"

mkdir -p "$output"
output=$(cd "$output" && pwd)
image=$output/$name.qcow2

# Everything that decides what the image contains, except the versions of the packages: a newer kernel in
# the archive is no reason to rebuild on every run of stack.sh (--force takes it).
inputs_hash() {
    (
        cd "$here"
        find build.sh modules.list initrd-init grub.cfg rootfs -type f -print0 | sort -z | xargs -0 sha256sum
        find rootfs -type f -perm -100 | sort
        printf '%s\n' "$variant" "$password"
    ) | sha256sum | cut -d' ' -f1
}

report() {
    local memory='96 MiB of memory (256 MiB with UEFI)' buses='virtio, SCSI, NVMe or IDE'
    if [[ "$variant" == generic ]]; then
        memory='96 MiB of memory (512 MiB with UEFI)'
        buses='virtio, SCSI, NVMe, SATA or IDE'
    fi
    cat <<TEXT
guest image: $image
  size:      $(du -h "$image" | cut -f1) on disk, $disk_size MiB as the guest sees it
  kernel:    $(sed -n 's/^kernel //p' "$image.manifest")
  needs:     $memory, one $buses disk
next: openstack image create --disk-format qcow2 --container-format bare --file $image $name
TEXT
}

exec 8>"$output/.lock"
flock -w 900 8 || die "another build has held $output/.lock for 15 minutes"
hash=$(inputs_hash)
if ((!force)) && [[ -s "$image" && "$(sed -n 's/^inputs //p' "$image.manifest" 2>/dev/null)" == "$hash" ]]; then
    echo "guest image is up to date"
    report
    exit 0
fi

work=$(mktemp -d "$output/.build.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

say "build packages"
packages_install guest-build

# Files in the image belong to root. mke2fs copies the owners that it sees, so that an ordinary user
# needs a user namespace in which the files look like root's.
as_root() {
    if ((EUID == 0)); then "$@"; else unshare --map-root-user "$@"; fi
}
as_root true 2>/dev/null || die "unprivileged user namespaces are switched off here: run this as root"

# apt's names for the files of the candidate versions (the colon of an epoch is written %3a).
deb_files() {
    apt-cache show --no-all-versions "$@" 2>/dev/null | awk '
        /^Package: / {p = $2} /^Version: / {v = $2; gsub(":", "%3a", v)} /^Architecture: / {a = $2}
        /^$/ {if (p) print p "_" v "_" a ".deb"; p = ""} END {if (p) print p "_" v "_" a ".deb"}'
}

# Sets kernel, wanted and debs from apt's lists; fails when they do not know everything, or a file is not here.
debs_are_here() {
    kernel=$(apt-cache depends --important "$kernel_package" 2>/dev/null |
        sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p')
    wanted=("${kernel:-$kernel_package}" "${guest_packages[@]}" "${tool_packages[@]}")
    debs=()
    [[ -n "$kernel" ]] || return 1
    mapfile -t debs < <(deb_files "${wanted[@]}")
    ((${#debs[@]} == ${#wanted[@]})) || return 1
    local deb
    for deb in "${debs[@]}"; do
        [[ -s "$output/debs/$deb" ]] || return 1
    done
}

mkdir -p "$output/debs"
kernel='' wanted=() debs=()
if ((force)) || ! debs_are_here; then
    say "download packages"
    packages_refresh_lists
    debs_are_here || true
    ((${#debs[@]} == ${#wanted[@]})) ||
        die "apt does not know $kernel_package or one of: ${wanted[*]} (is Debian's 'main' in its sources?)"
    # apt checks what is there already, and fetches the rest. As root it would rather be _apt, which may
    # not be allowed into the directory.
    (cd "$output/debs" && timeout -k 30 1800 apt-get -q -o APT::Sandbox::User=root -o Acquire::Retries=3 \
        download "${wanted[@]}" </dev/null >"$work/download.log" 2>&1) || {
        cat "$work/download.log" >&2
        die "the download of the packages failed"
    }
fi

say "unpack $(du -ch "${debs[@]/#/$output/debs/}" | tail -n 1 | cut -f1) of packages"
mkdir "$work/debian" "$work/root" "$work/initrd"
for deb in "${debs[@]}"; do
    dpkg-deb -x "$output/debs/$deb" "$work/debian" || die "$deb cannot be unpacked: delete it from $output/debs"
done
deb=$work/debian
version=${kernel#linux-image-}
libs=(lib/x86_64-linux-gnu usr/lib/x86_64-linux-gnu)
library_path=$deb/${libs[0]}:$deb/${libs[1]}
# Runs a program of the unpacked packages with their own libraries, so that none is installed here.
run_deb() { "$deb/lib64/ld-linux-x86-64.so.2" --library-path "$library_path" "$deb/$1" "${@:2}"; }

say "kernel modules"
# kmod is depmod when it is called so.
as_depmod() {
    "$deb/lib64/ld-linux-x86-64.so.2" --argv0 depmod --library-path "$library_path" "$deb/bin/kmod" "$@"
}
# The table of all modules, to look dependencies up in.
as_depmod -b "$deb" "$version"
modules_dir=lib/modules/$version

# copy_modules TREE WHERE...: the modules of these rows of modules.list with all that they depend on.
# The names of those that are to be loaded (all but "demand") go to TREE/etc/modules.
copy_modules() {
    local tree=$1 where module path line
    shift
    mkdir -p "$tree/$modules_dir" "$tree/etc"
    for where in "$@"; do
        while read -r module; do
            line=$(grep -E "/${module//[-_]/[-_]}\.ko:" "$deb/$modules_dir/modules.dep" || true)
            [[ -n "$line" ]] || continue
            for path in ${line/:/}; do
                install -D -m 644 "$deb/$modules_dir/$path" "$tree/$modules_dir/$path"
            done
            [[ "$where" == demand ]] || echo "$module" >>"$tree/etc/modules"
        done < <(awk -v where="$where" '$1 == where {print $2}' "$here/modules.list")
    done
    cp "$deb/$modules_dir"/modules.{builtin,builtin.modinfo,order} "$tree/$modules_dir/"
    as_depmod -b "$tree" "$version"
    rm -f "$tree/$modules_dir"/modules.{builtin.modinfo,order,symbols,softdep,devname,*.bin}
}

say "initrd"
tree=$work/initrd
mkdir -p "$tree"/{bin,dev,proc,sys,run,new}
cp "$deb/bin/busybox" "$tree/bin/"
install -m 755 "$here/initrd-init" "$tree/init"
copy_modules "$tree" initrd
(cd "$tree" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) | lz4 -q -l -9 >"$work/initrd.img"

say "root file system"
tree=$work/root
mkdir -p "$tree"/{bin,boot,dev,etc,lib64,mnt,opt,proc,root,run,sbin,sys,tmp,usr/bin,usr/sbin,var/log,var/tmp}
mkdir -p "$tree/lib/x86_64-linux-gnu"
cp -R --preserve=mode,timestamps "$here/rootfs/." "$tree/"
cp "$deb/bin/busybox" "$tree/bin/"
sbin_applets=' acpid blockdev depmod findfs fstrim getty halt hwclock ifconfig init insmod ip losetup lsmod mdev
    mkswap modinfo modprobe poweroff reboot rmmod route swapoff swapon sysctl udhcpc uevent '
while read -r applet; do
    where=bin
    [[ "$sbin_applets" != *[[:space:]]"$applet"[[:space:]]* ]] || where=sbin
    # What the image brings itself is not covered by an applet of that name.
    [[ "$applet" == busybox || -e "$tree/usr/sbin/$applet" ]] || ln -s /bin/busybox "$tree/$where/$applet"
done < <("$deb/bin/busybox" --list)
for program in "${guest_programs[@]}"; do
    install -D -m 755 "$deb/$program" "$tree/$program"
    # "name => path (address)": the loader of the packages says which of their libraries the program takes.
    while read -r library; do
        [[ "$library" == "$deb"/* ]] || die "$program needs $library, which is in none of the unpacked packages"
        cp -Lu "$library" "$tree/lib/x86_64-linux-gnu/"
    done < <("$deb/lib64/ld-linux-x86-64.so.2" --library-path "$library_path" --list "$deb/$program" |
        sed -n 's/.* => \(.*\) (0x.*/\1/p')
done
cp -L "$deb/lib64/ld-linux-x86-64.so.2" "$tree/lib64/"
ln -s /proc/mounts "$tree/etc/mtab"
ln -s /run "$tree/var/run"
ln -s /run/resolv.conf "$tree/etc/resolv.conf"
echo nova-lite >"$tree/etc/hostname"
echo '127.0.0.1 localhost' >"$tree/etc/hosts"
if [[ -n "$password" ]]; then
    crypted=$(printf '%s\n' "$password" | "$deb/bin/busybox" mkpasswd -m sha512 -P 0)
    printf 'root:%s:19000:0:99999:7:::\n' "$crypted" >"$tree/etc/shadow"
fi
chmod 600 "$tree/etc/shadow"
chmod 700 "$tree/root"
copy_modules "$tree" boot demand
cp "$deb/boot/vmlinuz-$version" "$tree/boot/vmlinuz"
cp "$work/initrd.img" "$tree/boot/initrd"

say "disk"
disk=$work/disk.img
root_size=$((disk_size - root_start))
# Features that GRUB 2.06 reads, named one by one because the defaults differ between versions of mke2fs.
as_root mke2fs -q -F -t ext4 -b 4096 -m 0 -N 4096 -J size=4 -L nova-lite-root -d "$tree" \
    -O none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,flex_bg,sparse_super,large_file \
    -E lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0 "$work/root.img" "${root_size}M" >/dev/null

# GRUB finds its own disk; (,msdos2) is the root partition of that disk, so that no device name is fixed.
grub_image() {
    local format=$1 file=$2
    shift 2
    run_deb usr/bin/grub-mkimage -O "$format" -d "$deb/usr/lib/grub/$format" -o "$file" \
        -p '(,msdos2)/boot/grub' -c "$here/grub.cfg" part_msdos ext2 linux "$@"
}
grub_image i386-pc "$work/core.img" biosdisk
grub_image x86_64-efi "$work/BOOTX64.EFI" fat
(($(stat -c %s "$work/core.img") <= (esp_start * 2048 - 1) * 512)) || die "GRUB does not fit before the partitions"
mkfs.vfat -F 12 -n NOVA-EFI -C "$work/esp.img" $((esp_size * 1024)) >/dev/null
mmd -i "$work/esp.img" ::/EFI ::/EFI/BOOT
mcopy -i "$work/esp.img" "$work/BOOTX64.EFI" ::/EFI/BOOT/

truncate -s "${disk_size}M" "$disk"
# The boot sector's code ends before the partition table; GRUB's core follows it at sector 1, where the
# boot sector looks for it.
dd if="$deb/usr/lib/grub/i386-pc/boot.img" of="$disk" bs=446 count=1 conv=notrunc status=none
dd if="$work/core.img" of="$disk" bs=512 seek=1 conv=notrunc status=none
/usr/sbin/sfdisk -q --no-reread --no-tell-kernel "$disk" <<TEXT
label: dos
start=${esp_start}MiB, size=${esp_size}MiB, type=ef
start=${root_start}MiB, size=${root_size}MiB, type=83, bootable
TEXT
dd if="$work/esp.img" of="$disk" bs=1M seek=$esp_start conv=notrunc status=none
dd if="$work/root.img" of="$disk" bs=1M seek=$root_start conv=notrunc,sparse status=none
qemu-img convert -q -f raw -O qcow2 -c "$disk" "$work/$name.qcow2"

{
    echo "inputs $hash"
    echo "kernel $version"
    printf 'package %s\n' "${debs[@]}"
} >"$work/manifest"
rm -f "$image.manifest"
mv "$work/$name.qcow2" "$image"
mv "$work/manifest" "$image.manifest"
say "done"
report
