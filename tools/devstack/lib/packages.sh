#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Debian packages in named groups, installed only when they are missing.
#
# As a command:   packages.sh [--check | --list] GROUP...
# As a library:   . packages.sh; packages_install broker mariadb
#
# Functions:
#   packages_groups                 the names of the groups, one a line
#   packages_list GROUP...          the packages of these groups, one a line
#   packages_missing GROUP...       those of them that dpkg does not have installed
#   packages_install GROUP...       installs what is missing; without anything missing apt is not touched
#   packages_install_names PKG...   the same for packages by name
#   packages_refresh_lists          apt-get update, when the lists are older than a day (or absent)
#
# Services never start on installation when systemd is not PID 1, or when PACKAGES_NO_AUTOSTART=1.
# Environment: PACKAGES_LOCK_TIMEOUT (seconds to wait for another apt, default 300),
#              PACKAGES_APT_TIMEOUT (seconds that one apt-get may take, default 1800).

_packages_qemu() {
    case "$(dpkg --print-architecture)" in
        amd64 | i386) echo qemu-system-x86 ;;
        arm64 | armhf) echo qemu-system-arm ;;
        ppc64el) echo qemu-system-ppc ;;
        *) echo qemu-system-misc ;;
    esac
}

# The one table: group -> packages.
_packages_table() {
    case "$1" in
        broker) echo rabbitmq-server ;;
        mariadb) echo mariadb-server ;;
        postgresql) echo postgresql ;;
        # iproute2, util-linux: ip, nsenter, unshare. python3: subreaper.py (python3-minimal lacks ctypes).
        # genisoimage: config drives (Nova's mkisofs_cmd).
        libvirt) echo libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients "$(_packages_qemu)" \
            qemu-utils genisoimage iproute2 util-linux python3 ;;
        # Where systemd is PID 1: libvirtd's units, users and AppArmor profiles.
        libvirt-system) echo libvirt-daemon-system ;;
        # What only some image properties ask for: UEFI, TPM, vfat config drives.
        libvirt-extra) echo ovmf swtpm swtpm-tools dosfstools mtools ;;
        # cpio, lz4: initrd; dosfstools, mtools: EFI system partition; e2fsprogs: root file system.
        guest-build) echo cpio lz4 dosfstools mtools e2fsprogs qemu-utils fdisk ;;
        # setpriv, nsenter, flock: util-linux. uptime, which nova-compute runs: procps.
        python) echo python3 python3-venv ca-certificates util-linux passwd procps ;;
        netns) echo iproute2 util-linux ;;
        build) echo python3-venv python3-dev gcc libc6-dev pkg-config libvirt-dev make ;;
        # systemd-analyze verifies the units; systemd need not run for that.
        lint) echo shellcheck systemd git ;;
        *)
            echo "packages.sh: no package group '$1'; there are: $(packages_groups | tr '\n' ' ')" >&2
            return 2
            ;;
    esac
}

packages_groups() {
    printf '%s\n' broker mariadb postgresql libvirt libvirt-system libvirt-extra guest-build python netns build lint
}

packages_list() {
    local group names
    for group in "$@"; do
        names=$(_packages_table "$group") || return
        # shellcheck disable=SC2086  # one word a package
        printf '%s\n' $names
    done
}

_packages_installed() {
    [[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null || true)" == installed ]]
}

_packages_filter_missing() {
    local name
    for name in "$@"; do
        _packages_installed "$name" || printf '%s\n' "$name"
    done
}

packages_missing() {
    local names
    names=$(packages_list "$@") || return
    # shellcheck disable=SC2086
    _packages_filter_missing $names
}

packages_install() {
    local names
    names=$(packages_list "$@") || return
    # shellcheck disable=SC2086
    packages_install_names $names
}

_packages_apt() {
    DEBIAN_FRONTEND=noninteractive timeout --foreground -k 30 "${PACKAGES_APT_TIMEOUT:-1800}" \
        apt-get -q -o "DPkg::Lock::Timeout=${PACKAGES_LOCK_TIMEOUT:-300}" -o Dpkg::Use-Pty=0 \
        -o Acquire::Retries=3 "$@" </dev/null
}

packages_refresh_lists() {
    # Lists that are absent or old name files which the mirror no longer has (404). The directories' times
    # tell when apt last looked: the files themselves carry the mirror's times.
    local lists=/var/lib/apt/lists
    if [[ -n "$(find "$lists" -maxdepth 1 -name '*Packages*' -print -quit 2>/dev/null)" &&
        -n "$(find "$lists" "$lists/partial" -maxdepth 0 -mtime -1 -print -quit 2>/dev/null)" ]]; then
        return 0
    fi
    if ((EUID != 0)); then
        echo "packages.sh: the package lists are old; run 'sudo apt-get update' if a package is not found" >&2
        return 0
    fi
    echo "packages: apt-get update" >&2
    _packages_apt update >&2
    touch "$lists"
}

_PACKAGES_LOCK=/run/lock/nova-lite-packages.lock
_PACKAGES_POLICY=/usr/sbin/policy-rc.d
_PACKAGES_POLICY_SAVED=/usr/sbin/policy-rc.d.nova-lite-saved
_PACKAGES_POLICY_MARK='# nova-lite packages.sh: services must not start while packages are installed'

_packages_wants_autostart() {
    [[ "${PACKAGES_NO_AUTOSTART:-0}" != 1 && -d /run/systemd/system ]]
}

# Undoes _packages_deny_autostart, also that of an earlier run which was killed.
_packages_restore_autostart() {
    if grep -qsF "$_PACKAGES_POLICY_MARK" "$_PACKAGES_POLICY"; then
        rm -f "$_PACKAGES_POLICY"
    fi
    if [[ -e "$_PACKAGES_POLICY_SAVED" || -L "$_PACKAGES_POLICY_SAVED" ]]; then
        mv "$_PACKAGES_POLICY_SAVED" "$_PACKAGES_POLICY"
    fi
}

_packages_deny_autostart() {
    local verdict=0
    if [[ -x "$_PACKAGES_POLICY" ]]; then
        "$_PACKAGES_POLICY" nova-lite-probe start >/dev/null 2>&1 || verdict=$?
        # 101 = "forbidden by policy": what is there already says what is wanted.
        [[ "$verdict" == 101 ]] && return 0
    fi
    if [[ -e "$_PACKAGES_POLICY" || -L "$_PACKAGES_POLICY" ]]; then
        mv "$_PACKAGES_POLICY" "$_PACKAGES_POLICY_SAVED"
    fi
    printf '#!/bin/sh\n%s\nexit 101\n' "$_PACKAGES_POLICY_MARK" >"$_PACKAGES_POLICY"
    chmod 755 "$_PACKAGES_POLICY"
}

packages_install_names() {
    local -a missing
    mapfile -t missing < <(_packages_filter_missing "$@" | sort -u)
    ((${#missing[@]})) || return 0
    if ((EUID != 0)); then
        echo "packages.sh: packages are missing and only root can install them; run:" >&2
        echo "    sudo apt-get install --no-install-recommends ${missing[*]}" >&2
        return 1
    fi
    (
        set -euo pipefail
        # Two runs at once would put away each other's policy-rc.d.
        mkdir -p "${_PACKAGES_LOCK%/*}"
        exec 9>"$_PACKAGES_LOCK"
        flock -w "${PACKAGES_LOCK_TIMEOUT:-300}" 9 || {
            echo "packages.sh: another packages.sh has held $_PACKAGES_LOCK for too long" >&2
            exit 1
        }
        _packages_restore_autostart
        mapfile -t missing < <(_packages_filter_missing "${missing[@]}")
        ((${#missing[@]})) || exit 0
        packages_refresh_lists 9>&-
        if ! _packages_wants_autostart; then
            trap _packages_restore_autostart EXIT
            trap 'exit 129' HUP
            trap 'exit 130' INT
            trap 'exit 143' TERM
            _packages_deny_autostart
        fi
        echo "packages: installing ${missing[*]}" >&2
        # The lock must not live on in a daemon that a package starts.
        _packages_apt install -y --no-install-recommends "${missing[@]}" >&2 9>&-
    )
}

_packages_main() {
    set -euo pipefail
    local mode=install
    case "${1:-}" in
        -h | --help | '')
            cat <<TEXT
usage: packages.sh [--check | --list] GROUP...

Installs the Debian packages of the groups, those that are missing only.
  --check   names the missing packages, installs nothing; exit code 1 when there are any
  --list    names all packages of the groups
Groups: $(packages_groups | tr '\n' ' ')
Services do not start by themselves when systemd is not PID 1 or PACKAGES_NO_AUTOSTART=1.
TEXT
            [[ -n "${1:-}" ]] && return 0 || return 2
            ;;
        --check) mode=check && shift ;;
        --list) mode=list && shift ;;
        -*)
            echo "packages.sh: unknown option '$1' (see --help)" >&2
            return 2
            ;;
    esac
    (($#)) || {
        echo "packages.sh: name at least one group of: $(packages_groups | tr '\n' ' ')" >&2
        return 2
    }
    case "$mode" in
        list) packages_list "$@" ;;
        check)
            local missing
            missing=$(packages_missing "$@")
            [[ -z "$missing" ]] || {
                echo "$missing"
                return 1
            }
            ;;
        install) packages_install "$@" ;;
    esac
}

if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then
    _packages_main "$@"
fi
