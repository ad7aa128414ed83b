#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A private libvirtd and virtlogd for tests and for hosts without systemd; see --help.
#
# libvirtd's directories are compiled in, so each copy gets a mount namespace in which they are its own:
#   DIR/run -> /run/libvirt, DIR/lib -> /var/lib/libvirt, DIR/log -> /var/log/libvirt,
#   DIR/cache -> /var/cache/libvirt, DIR/etc -> /etc/libvirt, DIR/hosts -> /etc/hosts
# All else, DIR itself and the instances' directories too, is the host's and has the same path inside and
# outside; file systems that the host mounts later appear inside as well (slave propagation), none goes out.
# So nova-compute runs outside, connects to DIR/run/libvirt-sock, and gives QEMU paths that QEMU sees.
#
# Process tree: subreaper.py -> virtlogd, libvirtd, and each QEMU (adopted when it daemonises).
set -euo pipefail

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
# shellcheck source-path=SCRIPTDIR source=packages.sh
. "$here/packages.sh"

# Seconds until libvirtd answers; its first start asks each QEMU binary what it can do.
START_TIMEOUT=${LIBVIRT_START_TIMEOUT:-120}
MARK=.nova-lite-libvirt

usage() {
    cat <<'TEXT'
usage: libvirt.sh start  --dir DIR [--netns NAME] [--hostname NAME] [--cache DIR] [--group NAME]
                         [--no-install]
       libvirt.sh stop   --dir DIR [--clean]
       libvirt.sh kill   --dir DIR
       libvirt.sh status --dir DIR

A libvirtd of its own, with all its state below DIR.
  start   prints the URI to connect to; DIR/uri holds it too. On a running one it changes nothing. A libvirtd
          that has died comes back; its guests live on and are found again.
  stop    leaves running guests running, and virtlogd, which writes their console logs; with no guest left,
          or with --clean, everything ends.
  kill    ends libvirtd with SIGKILL, for tests of what happens then.
  status  names the processes; exit code 3 when it cannot be connected to.

  --dir DIR        state directory; made when absent
  --netns NAME     run, with all guests, in this network namespace (see ip-netns(8))
  --hostname NAME  the host's name as libvirt sees it; live migration needs two that differ
  --cache DIR      share what QEMU can do, which takes seconds to probe, between several --dir
  --group NAME     members of this Unix group may use the socket too (default: root only)
  --no-install     do not install Debian packages that are missing
  --clean          with stop: destroy the guests and remove DIR
Exit codes: 0 done, running; 1 failed; 2 usage; 3 status: not running.
TEXT
}

say() { echo "libvirt: $*" >&2; }
die() {
    echo "libvirt.sh: $*" >&2
    exit 1
}
usage_error() {
    echo "libvirt.sh: $* (see --help)" >&2
    exit 2
}

command='' dir='' netns='' host='' cache='' group='' install=1 clean=0
parse() {
    while (($#)); do
        case "$1" in
            --dir | --netns | --cache | --group | --hostname)
                [[ -n "${2:-}" ]] || usage_error "$1 needs a value"
                case "$1" in
                    --hostname) host=$2 ;;
                    *) printf -v "${1#--}" '%s' "$2" ;;
                esac
                shift 2
                ;;
            --no-install) install=0 && shift ;;
            --clean) clean=1 && shift ;;
            -h | --help) usage && exit 0 ;;
            -*) usage_error "unknown option '$1'" ;;
            *)
                [[ -z "$command" ]] || usage_error "two commands, '$command' and '$1'"
                command=$1
                shift
                ;;
        esac
    done
    [[ " start stop kill status _inside " == *" $command "* ]] ||
        usage_error "say start, stop, kill or status"
    [[ -n "$dir" ]] || usage_error "--dir is missing"
    dir=$(realpath -m "$dir")
    # It stands in a URI and in configuration files, unquoted; a Unix socket's path has 107 bytes at most.
    [[ "$dir" =~ ^/[A-Za-z0-9._/+-]+$ ]] || usage_error "--dir may hold letters, digits and ._/+- only: $dir"
    ((${#dir} <= 107 - ${#socket_name})) || usage_error "--dir is too long for a socket's path: $dir"
    uri="qemu+unix:///system?socket=$dir/$socket_name"
}
socket_name=run/libvirt-sock

# --- processes -------------------------------------------------------------------------------------

# pid_of NAME: its pid when it is alive and is ours (a number in a file may have got another owner since).
pid_of() {
    local pid
    pid=$(cat "$dir/pid/$1.pid" 2>/dev/null) || return 1
    [[ "$pid" =~ ^[0-9]+$ ]] && tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "$dir/" || return 1
    [[ "$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$pid/status" 2>/dev/null)" != Z ]] || return 1
    echo "$pid"
}

# The pids of the running guests: libvirt writes /run/libvirt/qemu/NAME.pid.
guest_pids() {
    local file pid
    for file in "$dir"/run/qemu/*.pid; do
        [[ -s "$file" && "${file##*/}" != driver.pid ]] || continue
        pid=$(<"$file")
        # The pid file's name without .pid is the guest's, which QEMU has as -name guest=NAME.
        tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "guest=$(basename "$file" .pid)" || continue
        echo "$pid"
    done
}

# end_pids SECONDS PID...: SIGTERM, and SIGKILL to those that are left.
end_pids() {
    local seconds=$1 limit pid signal deadline
    shift
    (($#)) || return 0
    for signal in TERM KILL; do
        kill "-$signal" "$@" 2>/dev/null || true
        deadline=$((SECONDS + seconds))
        for pid in "$@"; do
            # tail --pid waits for the end of a process that is not our child.
            limit=$((deadline > SECONDS ? deadline - SECONDS : 1))
            timeout "$limit" tail -s 0.1 --pid="$pid" -f /dev/null || continue 2
        done
        return 0
    done
    die "processes $* do not end"
}

# First connection attempts are bounded: libvirtd accepts clients when its drivers are ready.
connects() { timeout -k 5 "${1:-15}" virsh -q -c "$uri" hostname >/dev/null 2>&1; }

# --- start -----------------------------------------------------------------------------------------

require() {
    ((EUID == 0)) || die "start needs root: libvirt's system driver, mount namespaces"
    ((!install)) || packages_install libvirt
    local program
    for program in libvirtd virtlogd virsh unshare nsenter; do
        PATH=$PATH:/usr/sbin command -v "$program" >/dev/null ||
            die "no $program here; packages: $(packages_list libvirt | tr '\n' ' ')"
    done
    if [[ -n "$netns" && ! -e "/run/netns/$netns" ]]; then
        die "no network namespace '$netns' (make it: ip netns add $netns)"
    fi
    [[ -z "$group" ]] || getent group "$group" >/dev/null || die "no group '$group'"
    # libvirtd wants this user to exist, although QEMU runs as root here: "Failed to parse user". The number
    # is the one that Debian's libvirt-daemon-system gives it.
    if ! getent group libvirt-qemu >/dev/null; then
        groupadd --system --gid 64055 libvirt-qemu 2>/dev/null || groupadd --system libvirt-qemu
    fi
    if ! getent passwd libvirt-qemu >/dev/null; then
        local -a options=(--system --gid libvirt-qemu --home-dir /var/lib/libvirt --no-create-home
            --shell /usr/sbin/nologin)
        useradd --uid 64055 "${options[@]}" libvirt-qemu 2>/dev/null || useradd "${options[@]}" libvirt-qemu
    fi
}

make_directory() {
    if [[ ! -e "$dir" || -z "$(ls -A "$dir")" ]]; then
        mkdir -p "$dir"
        # Ours whole: stop --clean removes it. A directory that held something is left, without what is ours.
        echo whole >"$dir/$MARK"
    elif [[ ! -e "$dir/$MARK" ]]; then
        echo part >"$dir/$MARK"
    fi
    mkdir -p "$dir"/{run,lib,log/qemu,cache,etc,pid}
    # Mount points; empty on the host's side.
    mkdir -p /run/libvirt /var/lib/libvirt /var/log/libvirt /var/cache/libvirt /etc/libvirt
    [[ -n "$host" ]] || host=$(hostname)
    [[ -s "$dir/host_uuid" ]] || cat /proc/sys/kernel/random/uuid >"$dir/host_uuid"
    # libvirt asks for its own name's address at each start of a guest: never let that go to a DNS server.
    {
        printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$host"
        [[ ! -e /etc/hosts ]] || cat /etc/hosts
    } >"$dir/hosts"
    write_configuration
}

write_configuration() {
    local perms=0700 socket_group=root
    [[ -z "$group" ]] || perms=0770 socket_group=$group
    cat >"$dir/etc/libvirtd.conf" <<TEXT
host_uuid = "$(<"$dir/host_uuid")"
auth_unix_ro = "none"
auth_unix_rw = "none"
unix_sock_group = "$socket_group"
unix_sock_ro_perms = "$perms"
unix_sock_rw_perms = "$perms"
log_outputs = "2:file:/var/log/libvirt/libvirtd.log"
TEXT
    # The files that QEMU opens are made by a nova-compute which runs as root: libvirt need not change owners.
    cat >"$dir/etc/qemu.conf" <<TEXT
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
namespaces = [ ]
max_core = 0
vnc_listen = "127.0.0.1"
spice_listen = "127.0.0.1"
TEXT
    # In a container that hides the cgroups, libvirt would refuse to start a guest.
    if ! grep -q '^[^ ]* /sys/fs/cgroup[ /]' /proc/self/mounts; then
        echo 'cgroup_controllers = [ ]' >>"$dir/etc/qemu.conf"
    fi
    echo 'log_outputs = "2:file:/var/log/libvirt/virtlogd.log"' >"$dir/etc/virtlogd.conf"
}

# Runs as the first process of the new namespaces; its arguments are those of start.
inside() {
    if [[ -n "$netns" ]]; then
        # /sys shows the network devices of the namespace in which it was mounted. The cgroups below it stay.
        mkdir -p "$dir/cgroup"
        [[ ! -d /sys/fs/cgroup ]] || mount --rbind /sys/fs/cgroup "$dir/cgroup"
        mount -t sysfs sysfs /sys
        [[ ! -d /sys/fs/cgroup ]] || mount --rbind "$dir/cgroup" /sys/fs/cgroup
        # No name server can be reached from a namespace of trial guests.
        : >"$dir/resolv.conf"
        [[ ! -e /etc/resolv.conf ]] || mount --bind "$dir/resolv.conf" /etc/resolv.conf
    fi
    hostname "$host"
    mount --bind "$dir/run" /run/libvirt
    mount --bind "$dir/lib" /var/lib/libvirt
    mount --bind "$dir/log" /var/log/libvirt
    mount --bind "$dir/cache" /var/cache/libvirt
    mount --bind "$dir/etc" /etc/libvirt
    # Where the host has no such file there is nothing to mount upon.
    [[ ! -e /etc/hosts ]] || mount --bind "$dir/hosts" /etc/hosts
    local -a daemons=()
    # One that has outlived its subreaper still writes the guests' logs.
    pid_of virtlogd >/dev/null || daemons+=("virtlogd=/usr/sbin/virtlogd -p $dir/run/virtlogd.pid")
    daemons+=("libvirtd=/usr/sbin/libvirtd -p $dir/run/libvirtd.pid")
    exec /usr/bin/python3 "$here/subreaper.py" --dir "$dir/pid" "${daemons[@]}"
}

cache_fill() {
    if [[ -n "$cache" && -d "$cache/qemu" && ! -e "$dir/cache/qemu" ]]; then
        cp -a "$cache/qemu" "$dir/cache/qemu"
    fi
}

# libvirt compares each file with the QEMU binary, itself and the kernel; it probes anew what has changed.
cache_store() {
    [[ -n "$cache" && -d "$dir/cache/qemu/capabilities" ]] || return 0
    local file
    mkdir -p "$cache/qemu/capabilities"
    for file in "$dir"/cache/qemu/capabilities/*.xml; do
        [[ -s "$file" ]] || continue
        cmp -s "$file" "$cache/qemu/capabilities/${file##*/}" && continue
        cp -a "$file" "$cache/qemu/capabilities/.${file##*/}.$$"
        mv "$cache/qemu/capabilities/.${file##*/}.$$" "$cache/qemu/capabilities/${file##*/}"
    done
}

wait_until_ready() {
    local deadline=$((SECONDS + START_TIMEOUT))
    while ((SECONDS < deadline)); do
        if [[ -S "$dir/$socket_name" ]] && connects $((deadline - SECONDS + 1)); then return 0; fi
        # Gone before it was ready: waiting is in vain. (Its pid file appears a moment after the launch.)
        if ((SECONDS > deadline - START_TIMEOUT + 5)) && ! pid_of libvirtd >/dev/null; then break; fi
        sleep 0.05
    done
    echo "libvirt.sh: libvirtd does not answer; the ends of its logs:" >&2
    tail -n 20 "$dir/log/start.log" "$dir/log/libvirtd.log" >&2 || true
    return 1
}

start() {
    require
    make_lock
    local began=$SECONDS
    if [[ -S "$dir/$socket_name" ]] && pid_of libvirtd >/dev/null && connects "$START_TIMEOUT"; then
        say "libvirtd runs already, pid $(pid_of libvirtd), $(guest_pids | wc -l) guests"
        echo "$uri"
        return 0
    fi
    local pid
    if pid=$(pid_of subreaper); then
        # A libvirtd that hangs is not one that works.
        ! pid=$(pid_of libvirtd) || end_pids 10 "$pid"
        say "libvirtd is not running; starting it again ($(guest_pids | wc -l) guests run)"
        kill -HUP "$(pid_of subreaper)"
    else
        ! pid=$(pid_of libvirtd) || end_pids 10 "$pid"
        rm -f "$dir/$socket_name"
        make_directory
        cache_fill
        say "starting libvirtd in $dir"
        local -a enter=(unshare --mount --uts --propagation slave)
        # Not ip netns exec: it mounts a /sys without cgroups.
        [[ -z "$netns" ]] || enter+=(nsenter "--net=/run/netns/$netns")
        local -a arguments=(--dir "$dir" --hostname "$host")
        [[ -z "$netns" ]] || arguments+=(--netns "$netns")
        setsid "${enter[@]}" bash "$here/libvirt.sh" _inside "${arguments[@]}" \
            </dev/null >>"$dir/log/start.log" 2>&1 8>&- &
    fi
    if ! wait_until_ready; then
        [[ -n "$(guest_pids)" ]] || ! pid=$(pid_of subreaper) || end_pids 15 "$pid"
        return 1
    fi
    # The first question for the capabilities runs every QEMU binary: now, not while a first server waits.
    timeout -k 5 "$START_TIMEOUT" virsh -q -c "$uri" capabilities >/dev/null
    cache_store
    echo "$uri" >"$dir/uri"
    say "libvirtd runs, pid $(pid_of libvirtd); virtlogd $(pid_of virtlogd); ready after $((SECONDS - began)) s"
    echo "$uri"
}

# --- stop, status ----------------------------------------------------------------------------------

make_lock() {
    mkdir -p "$(dirname "$dir")"
    # Beside DIR, because stop --clean removes DIR.
    exec 8>"$dir.lock"
    flock -w 180 8 || die "another libvirt.sh has worked on $dir for 3 minutes"
}

remove_directory() {
    case "$(cat "$dir/$MARK")" in
        whole) rm -rf --one-file-system "$dir" ;;
        *)
            rm -rf --one-file-system "${dir:?}"/{run,lib,log,cache,etc,pid,cgroup} \
                "${dir:?}"/{hosts,resolv.conf,host_uuid,uri,"$MARK"}
            rmdir "$dir" 2>/dev/null || say "$dir held other files before; they are left there"
            ;;
    esac
}

stop() {
    local pid name
    local -a guests
    if [[ ! -e "$dir/$MARK" ]]; then
        say "nothing to stop in $dir"
        return 0
    fi
    make_lock
    mapfile -t guests < <(guest_pids)
    if ((clean && ${#guests[@]})); then
        say "destroying ${#guests[@]} guests"
        end_pids 10 "${guests[@]}"
        guests=()
    fi
    if ((${#guests[@]})); then
        ! pid=$(pid_of libvirtd) || end_pids 15 "$pid"
        say "libvirtd stopped; ${#guests[@]} guests and their virtlogd run on (stop --clean destroys them)"
    else
        # It ends its daemons and whatever they have left.
        ! pid=$(pid_of subreaper) || end_pids 30 "$pid"
        for name in libvirtd virtlogd; do
            ! pid=$(pid_of "$name") || end_pids 15 "$pid"
        done
        say "libvirtd and virtlogd stopped"
    fi
    rm -f "$dir/uri"
    if ((clean)); then
        remove_directory
        rm -f "$dir.lock"
    fi
}

# As a crash of libvirtd would; its guests and virtlogd live on.
kill_() {
    local pid
    pid=$(pid_of libvirtd) || die "libvirtd is not running in $dir"
    kill -KILL "$pid"
    timeout 10 tail -s 0.05 --pid="$pid" -f /dev/null || die "libvirtd, pid $pid, survives SIGKILL"
    say "libvirtd killed"
}

status() {
    local pid name running=0
    for name in subreaper virtlogd libvirtd; do
        if pid=$(pid_of "$name"); then echo "$name: pid $pid"; else echo "$name: not running"; fi
    done
    echo "guests: $(guest_pids | wc -l)"
    if [[ -S "$dir/$socket_name" ]] && connects; then
        echo "connects: yes"
        echo "$uri"
    else
        echo "connects: no"
        running=3
    fi
    return "$running"
}

parse "$@"
case "$command" in
    kill) kill_ ;;
    _inside) inside ;;
    *) "$command" ;;
esac
