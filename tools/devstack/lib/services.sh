# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Steps of stack.sh: nova-lite's four services, as systemd units or as processes of our own. Sourced.

readonly READY_TIMEOUT=120 # seconds; as TimeoutStartSec of the units
readonly STOP_TIMEOUT=200  # seconds; above graceful_shutdown_timeout: a stopping service finishes its work first
readonly UNITS=/etc/systemd/system

# fingerprint SERVICE: of all that a service reads at its start; another one than it was started with: restart.
fingerprint() {
    local -a files=("$ETC/nova.conf" "$VENV/.lock" "$VENV/.package")
    [[ ! -e $ETC/api-paste.ini ]] || files+=("$ETC/api-paste.ini")
    if uses_systemd; then
        files+=("$UNITS/$(unit_of "$1").service")
        [[ ! -e $UNITS/$(unit_of "$1").service.d/stack.conf ]] || files+=("$UNITS/$(unit_of "$1").service.d/stack.conf")
    fi
    cat "${files[@]}" | sha256sum | cut -d' ' -f1
}

as_started() { [[ "$(cat "$BOOKS/$1.started" 2>/dev/null)" == "$(fingerprint "$1")" ]]; }

# ---- processes of our own ----

# Set WORDS to what runs a service as its user, with the rights that its systemd unit would give it.
service_words() {
    local service=$1 capabilities=''
    [[ $service != nova-compute || -n $FAKE ]] || capabilities=,+chown,+dac_override,+fowner
    WORDS=()
    [[ -z $NETNS ]] || WORDS+=(nsenter "--net=/run/netns/$NETNS" --)
    WORDS+=(setpriv --reuid "$SERVICE_USER" --regid "$SERVICE_USER" --init-groups --no-new-privs
        "--inh-caps=-all$capabilities" "--ambient-caps=-all$capabilities" "--bounding-set=-all$capabilities"
        "$VENV/bin/$service" --config-file "$ETC/nova.conf")
}

process() {
    local action=$1 service=$2
    shift 2
    /usr/bin/python3 "$DEVSTACK/lib/process.py" "$action" --pid-file "$BOOKS/$service.pid" "$@"
}

process_start() {
    local service=$1 umask=0027 verb=started
    if process status "$service"; then
        ! as_started "$service" || return 0
        process stop "$service" --timeout "$STOP_TIMEOUT"
        verb=restarted
    fi
    # Guests' disks are opened by QEMU, which is another user.
    [[ $service != nova-compute ]] || umask=0022
    service_words "$service"
    process start "$service" --log "$LOGS/$service.log" --umask "$umask" --timeout "$READY_TIMEOUT" -- "${WORDS[@]}"
    fingerprint "$service" >"$BOOKS/$service.started"
    echo "$verb $service"
}

# nova-conductor first: the others ask it when they start, and would wait longer for one that comes up beside them.
processes_start() {
    local part service line
    part=$(mktemp -d)
    processes_start_group "$part" "${SERVICES[0]}"
    processes_start_group "$part" "${SERVICES[@]:1}"
    for service in "${SERVICES[@]}"; do
        while read -r line; do changed "$line"; done <"$part/$service"
    done
    rm -rf "$part"
}

# processes_start_group DIR SERVICE...: side by side; what each has done goes to DIR/SERVICE.
processes_start_group() {
    local part=$1 service failed=''
    shift
    local -A pids=()
    for service in "$@"; do
        process_start "$service" >"$part/$service" &
        pids[$service]=$!
    done
    for service in "$@"; do
        wait "${pids[$service]}" || failed+=" $service"
    done
    [[ -z $failed ]] || die "did not start:$failed"
}

# ---- systemd units ----

unit_of() { printf 'nova-lite-%s\n' "${1#nova-}"; }

units_install() {
    local unit before=${#CHANGES[@]}
    for unit in "$SOURCE"/etc/systemd/*; do
        put_file "$UNITS/${unit##*/}" 0644 root:root <"$unit"
    done
    if [[ -n $FAKE ]]; then
        put_file "$UNITS/nova-lite-compute.service.d/stack.conf" 0644 root:root <<'CONF'
# The fake driver needs neither libvirt nor its rights.
[Service]
SupplementaryGroups=
CapabilityBoundingSet=
AmbientCapabilities=
CONF
    fi
    ((${#CHANGES[@]} == before)) || systemctl daemon-reload
}

units_start() {
    local service unit
    units_install
    for service in "${SERVICES[@]}"; do
        unit=$(unit_of "$service")
        if ! systemctl --quiet is-active "$unit"; then
            changed "started $unit"
        elif ! as_started "$service"; then
            systemctl stop "$unit"
            changed "restarted $unit"
        fi
        systemctl --quiet enable "$unit"
        fingerprint "$service" >"$BOOKS/$service.started"
    done
    systemctl --quiet enable nova-lite.target
    # It returns when all have said READY=1.
    systemctl start nova-lite.target "${SERVICES[@]/#nova-/nova-lite-}" || {
        for service in "${SERVICES[@]}"; do
            systemctl --quiet is-active "$(unit_of "$service")" ||
                journalctl --no-pager --quiet --output cat --lines 5 --unit "$(unit_of "$service")"
        done
        return 1
    }
}

# ---- steps ----

start_services() { if uses_systemd; then units_start; else processes_start; fi; }

stop_services() {
    if uses_systemd; then
        if systemctl --quiet is-active nova-lite.target "${SERVICES[@]/#nova-/nova-lite-}"; then changed "stopped the services"; fi
        ! [[ -e $UNITS/nova-lite.target ]] || systemctl stop nova-lite.target "${SERVICES[@]/#nova-/nova-lite-}"
        return 0
    fi
    # nova-conductor last: the others still have to tell it what they ended with.
    processes_stop "${SERVICES[@]:1}"
    processes_stop "${SERVICES[0]}"
}

# processes_stop SERVICE...: side by side.
processes_stop() {
    local service failed=''
    local -A pids=()
    for service in "$@"; do
        process status "$service" || continue
        process stop "$service" --timeout "$STOP_TIMEOUT" &
        pids[$service]=$!
    done
    for service in "${!pids[@]}"; do
        if wait "${pids[$service]}"; then changed "stopped $service"; else failed+=" $service"; fi
    done
    [[ -z $failed ]] || die "did not stop:$failed"
}
