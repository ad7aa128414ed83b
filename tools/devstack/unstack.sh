#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck source-path=SCRIPTDIR
#
# Stops what stack.sh started; with --clean, removes what it made; see --help.
set -euo pipefail

DEVSTACK=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
# shellcheck source=lib/places.sh
source "$DEVSTACK/lib/places.sh"
# shellcheck source=lib/steps.sh
source "$DEVSTACK/lib/steps.sh"
# shellcheck source=lib/backends.sh
source "$DEVSTACK/lib/backends.sh"
# shellcheck source=lib/services.sh
source "$DEVSTACK/lib/services.sh"
# shellcheck source=lib/remove.sh
source "$DEVSTACK/lib/remove.sh"

usage() {
    cat <<TEXT
usage: unstack.sh [--clean] [--prefix DIR]

Stops what stack.sh started: services, database, broker, libvirt. Guests run on, and stack.sh finds them again.
  --clean        also end the guests and remove all that stack.sh made: servers' disks, images, database, broker's
                 data, configuration, secrets, virtualenv, its entries of clouds.yaml, the user, the network
                 namespace. Debian packages stay installed.
  --prefix DIR   of the cloud to stop
Needs root. Exit codes: 0 done, or nothing to do; 1 a step failed; 2 usage.
TEXT
}

parse_options() {
    CLEAN=''
    local prefix=''
    while (($#)); do
        case $1 in
            --clean) CLEAN=yes && shift ;;
            --prefix)
                [[ -n ${2:-} ]] || usage_error "$1 needs a value"
                prefix=$2
                shift 2
                ;;
            -h | --help) usage && exit 0 ;;
            *) usage_error "unknown argument '$1'" ;;
        esac
    done
    set_places "$prefix"
}

main() {
    parse_options "$@"
    ((EUID == 0)) || die "root is needed"
    umask 022
    cd /
    lock_places
    if [[ ! -e $BOOKS/options ]]; then
        echo "There is no cloud of stack.sh's here${PREFIX:+ (below $PREFIX)}."
        return 0
    fi
    FAKE=$(recall FAKE) DATABASE=$(recall DATABASE) NETNS=$(recall NETNS)
    local log=$LOGS/stack.log
    mkdir -p "$LOGS"
    # What removes the log cannot write into it.
    [[ -z $CLEAN ]] || log=$(mktemp /tmp/nova-lite-unstack.XXXXXX)
    steps_begin "$log"
    step "services" stop_services
    [[ -n $FAKE ]] || step "libvirt" stop_libvirt
    [[ $DATABASE == sqlite ]] || step "database" stop_database
    step "message broker" stop_broker
    if [[ -n $CLEAN ]]; then
        step "clients' settings" remove_clients
        step "network namespace" remove_netns
        step "files" remove_files
        step "user" remove_user
        rm -f "$log" "$(lock_file)"
    fi
    if ((ALL_CHANGES)); then echo "Done; $(seconds_since "$BEGAN") s."; else echo "Nothing ran; $(seconds_since "$BEGAN") s."; fi
}

main "$@"
