#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck source-path=SCRIPTDIR
#
# One command from a fresh Debian 12 machine to a running nova-lite; see --help. The steps stand at the end of this
# file, their parts in lib/, what talks to the running cloud in cloud/.
set -euo pipefail

DEVSTACK=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
# shellcheck source=lib/places.sh
source "$DEVSTACK/lib/places.sh"
# shellcheck source=lib/steps.sh
source "$DEVSTACK/lib/steps.sh"
# shellcheck source=lib/packages.sh
source "$DEVSTACK/lib/packages.sh"
# shellcheck source=lib/install.sh
source "$DEVSTACK/lib/install.sh"
# shellcheck source=lib/backends.sh
source "$DEVSTACK/lib/backends.sh"
# shellcheck source=lib/config.sh
source "$DEVSTACK/lib/config.sh"
# shellcheck source=lib/services.sh
source "$DEVSTACK/lib/services.sh"
# shellcheck source=lib/cloud.sh
source "$DEVSTACK/lib/cloud.sh"

readonly DATABASES=(sqlite mariadb postgresql)
readonly DEFAULT_PORTS=8774,5000,9292

usage() {
    cat <<TEXT
usage: stack.sh [--fake] [--database sqlite|mariadb|postgresql] [--netns NAME] [--no-boot]
                [--ports COMPUTE,IDENTITY,IMAGE] [--prefix DIR]

Makes this machine a cloud of one host: installs what is missing, starts everything, and boots a server.
Run again, it changes only what is not as it should be; a new version of this checkout is installed, and only
the services that it concerns are restarted. Takes some minutes at first, seconds later. Needs root.

  --fake            no hypervisor: servers are records of the fake driver
  --database NAME   sqlite (default), mariadb or postgresql
  --netns NAME      run it all, guests too, in this network namespace, made if there is none
  --no-boot         do not boot the server 'demo'
  --ports C,I,I     ports of the compute, identity and image APIs on 127.0.0.1 (default: $DEFAULT_PORTS)
  --prefix DIR      keep all files below DIR (DIR/etc, DIR/opt, DIR/var), so that several clouds can stand
                    side by side; no systemd units then
  --help            this text

All but --no-boot are remembered: a later run needs none of them, and refuses others (first: unstack.sh --clean).
Everything listens on 127.0.0.1 only. Environment: PIP_* as pip reads them; PYTHON, a Python 3.11 or newer
(default: /usr/bin/python3). Exit codes: 0 the cloud runs; 1 a step failed; 2 usage.
TEXT
}

parse_options() {
    FAKE='' DATABASE='' NETNS='' PORTS='' BOOT=yes
    local prefix=''
    while (($#)); do
        case $1 in
            --fake) FAKE=yes && shift ;;
            --no-boot) BOOT='' && shift ;;
            --database | --netns | --ports | --prefix)
                [[ -n ${2:-} ]] || usage_error "$1 needs a value"
                case $1 in
                    --database) DATABASE=$2 ;;
                    --netns) NETNS=$2 ;;
                    --ports) PORTS=$2 ;;
                    --prefix) prefix=$2 ;;
                esac
                shift 2
                ;;
            -h | --help) usage && exit 0 ;;
            *) usage_error "unknown argument '$1'" ;;
        esac
    done
    [[ -z $DATABASE || " ${DATABASES[*]} " == *" $DATABASE "* ]] ||
        usage_error "--database is one of ${DATABASES[*]}, not '$DATABASE'"
    [[ -z $NETNS || $NETNS =~ ^[A-Za-z0-9._-]{1,64}$ ]] || usage_error "--netns: not a name: '$NETNS'"
    [[ -z $PORTS || $PORTS =~ ^[1-9][0-9]{0,4},[1-9][0-9]{0,4},[1-9][0-9]{0,4}$ ]] ||
        usage_error "--ports takes three ports, such as $DEFAULT_PORTS, not '$PORTS'"
    set_places "$prefix"
}

# same NAME DEFAULT: set the variable of that name to the cloud's own choice; another one asked for is refused.
same() {
    local name=$1 asked=${!1} made
    [[ ! -e $BOOKS/options ]] || {
        made=$(recall "$name")
        [[ -z $asked || $asked == "$made" ]] ||
            die "this cloud was made with ${name,,} ${made:-none}, not $asked; remove it first: unstack.sh --clean"
        printf -v "$name" '%s' "$made"
        return 0
    }
    printf -v "$name" '%s' "${asked:-$2}"
}

prepare() {
    ((EUID == 0)) || die "root is needed: it installs packages, makes a user and starts services"
    command -v dpkg-query >/dev/null || die "this is made for Debian 12: there is no dpkg here"
    umask 022
    cd /
    lock_places
    same FAKE '' && same DATABASE sqlite && same NETNS '' && same PORTS "$DEFAULT_PORTS"
    # shellcheck disable=SC2034  # used by the parts
    IFS=, read -r COMPUTE_PORT IDENTITY_PORT IMAGE_PORT <<<"$PORTS"
    [[ -e $BOOKS/options || ! -e $STATE/nova.sqlite ]] ||
        die "$STATE/nova.sqlite is there, but stack.sh did not make it; move it away first"
    mkdir -p "$BOOKS" "$LOGS"
    chmod 0700 "$BOOKS"
    chmod 0750 "$LOGS"
    printf '%s\n' "FAKE=$FAKE" "DATABASE=$DATABASE" "NETNS=$NETNS" "PORTS=$PORTS" >"$BOOKS/options"
    touch "$LOGS/stack.log"
    chmod 0640 "$LOGS/stack.log"
}

banner() {
    local driver=libvirt where='processes of its own'
    [[ -z $FAKE ]] || driver='the fake driver'
    ! uses_systemd || where='systemd units'
    echo "nova-lite on $driver and $DATABASE, as $where${NETNS:+ in the network namespace $NETNS}"
}

summary() {
    local run='' indent='      ' console=$BOOKS/demo.console
    [[ -z $NETNS ]] || run="ip netns exec $NETNS "
    if ((BOOTED)); then
        printf '\nServer demo: %s. The end of its console:\n' "$(head -n 1 "$console")"
        tail -n +2 "$console" | sed 's/^/    | /'
    fi
    if ((ALL_CHANGES)); then
        printf '\nnova-lite runs; %s s.\n\n' "$(seconds_since "$BEGAN")"
    else
        printf '\nAll is well, nothing was changed; %s s.\n\n' "$(seconds_since "$BEGAN")"
    fi
    cat <<TEXT
  compute     http://127.0.0.1:$COMPUTE_PORT/v2.1
  identity    http://127.0.0.1:$IDENTITY_PORT/v3
  image       http://127.0.0.1:$IMAGE_PORT

  users       nova-lite (demo), nova-lite-admin (admin): entries of $CLOUDS;
              their environment: . $ETC/openrc, . $ETC/admin-openrc (all readable by root)
  client      pip install python-openstackclient, in a virtualenv
  try         ${run}openstack --os-cloud nova-lite server list
              ${run}openstack --os-cloud nova-lite server create --image nova-lite-guest --flavor m1.nano \\
              $indent--no-network --config-drive True --wait first
              ${run}openstack --os-cloud nova-lite console log show first
              ${run}openstack --os-cloud nova-lite-admin hypervisor list --long
TEXT
    [[ -z $PREFIX ]] || echo "              (export OS_CLIENT_CONFIG_FILE=$CLOUDS)"
    echo "  settings    $ETC/nova.conf"
    if uses_systemd; then
        echo "  logs        journalctl -u 'nova-lite-*'; this script's: $LOGS/stack.log"
    else
        echo "  logs        $LOGS"
    fi
    echo "  stop        $DEVSTACK/unstack.sh${PREFIX:+ --prefix $PREFIX} (--clean: and remove it all)"
}

main() {
    parse_options "$@"
    prepare
    banner
    steps_begin "$LOGS/stack.log"
    step "Debian packages" install_packages
    step "user and directories" make_user
    step "Python packages" install_venv
    step "nova-lite itself" install_package
    [[ -z $NETNS ]] || step "network namespace" make_netns
    step "secrets" make_secrets
    step "message broker" start_broker
    [[ $DATABASE == sqlite ]] || step "database" start_database
    [[ -n $FAKE ]] || step "libvirt" start_libvirt
    step "configuration" write_configuration
    step "schema, keys, users" prepare_database
    step "services" start_services
    [[ -n $FAKE ]] || step "guest image" build_guest_image
    step "flavors, image" seed
    step "clients' settings" write_clients
    BOOTED=0
    if [[ -n $BOOT ]]; then
        step "server demo" boot_demo
        BOOTED=${#CHANGES[@]}
    fi
    summary
}

main "$@"
