# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What stack.sh and unstack.sh agree on: where things lie, what a cloud was made with, what was made.
# Sourced; DEVSTACK is the directory of the two scripts.

# shellcheck disable=SC2034  # all of these are used by the other parts
SOURCE=$(realpath "$DEVSTACK/../..")
# shellcheck disable=SC2034
readonly SERVICE_USER=nova-lite
# In the order of their start; unstack.sh stops them the other way round.
# shellcheck disable=SC2034
readonly SERVICES=(nova-conductor nova-scheduler nova-compute nova-api)

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

usage_error() {
    printf '%s: %s (see --help)\n' "${0##*/}" "$*" >&2
    exit 2
}

# set_places PREFIX: name every directory; none is made.
# shellcheck disable=SC2034  # used by the other parts
set_places() {
    PREFIX=$1
    if [[ -n $PREFIX ]]; then
        PREFIX=$(realpath -m "$PREFIX")
        # It stands in configuration files and socket paths, unquoted; a socket's path has 107 bytes at most.
        [[ $PREFIX =~ ^/[A-Za-z0-9._/+-]+$ ]] || die "--prefix may hold letters, digits and ._/+- only: $PREFIX"
        ((${#PREFIX} <= 60)) || die "--prefix is too long for the sockets below it (60 characters): $PREFIX"
    fi
    ETC=$PREFIX/etc/nova-lite
    STATE=$PREFIX/var/lib/nova-lite
    LOGS=$PREFIX/var/log/nova-lite
    CACHE=$PREFIX/var/cache/nova-lite
    HOME_DIR=$PREFIX/opt/nova-lite
    VENV=$HOME_DIR/venv
    CLOUDS=$PREFIX/etc/openstack/clouds.yaml
    BOOKS=$STATE/stack # what stack.sh itself remembers
}

# ---- what a cloud was made with ----

# recall NAME: print the option of that name with which this cloud was made; nothing when there is no cloud.
recall() {
    sed -n "s/^$1=//p" "$BOOKS/options" 2>/dev/null || true
}

# note WHAT: remember that stack.sh made it, so that unstack.sh --clean removes it.
note() {
    made "$1" || printf '%s\n' "$1" >>"$BOOKS/made"
}

made() { grep -qxF -- "$1" "$BOOKS/made" 2>/dev/null; }

# all_made KIND: print what follows KIND in the notes ("unit rabbitmq-server" -> "rabbitmq-server").
all_made() { sed -n "s/^$1 //p" "$BOOKS/made" 2>/dev/null || true; }

lock_file() { printf '/run/lock/nova-lite-stack%s.lock\n' "${PREFIX//\//_}"; }

# One stack.sh or unstack.sh at a time for these places.
lock_places() {
    exec 9>"$(lock_file)"
    flock -w 5 9 || die "another stack.sh or unstack.sh is at work here"
}

# systemd runs the services where it is PID 1, unless the cloud is to live below a prefix or in a namespace.
uses_systemd() { [[ -d /run/systemd/system && -z $PREFIX && -z $NETNS ]]; }

# in_netns COMMAND...: run it where the cloud lives. Not ip netns exec, which mounts a /sys without cgroups.
in_netns() {
    if [[ -n $NETNS ]]; then nsenter --net="/run/netns/$NETNS" -- "$@"; else "$@"; fi
}

# python_helper NAME ARG...: run cloud/NAME.py with the cloud's Python, where the cloud lives. A proxy in the
# caller's environment must not see its requests.
python_helper() {
    local name=$1
    shift
    in_netns env -i PATH="$PATH" LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 \
        "$VENV/bin/python" "$DEVSTACK/cloud/$name.py" "$@"
}
