# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Steps of unstack.sh; with CLEAN set they remove too. Sourced.

# private_stop NAME: end the server NAME.sh below STATE.
private_stop() {
    local -a words=(--dir "$STATE/$1")
    [[ -z $NETNS || ! -e /run/netns/$NETNS ]] || words+=(--netns "$NETNS")
    [[ -d $STATE/$1 ]] || return 0
    ! "$DEVSTACK/lib/$1.sh" status "${words[@]}" || changed "stopped $1"
    "$DEVSTACK/lib/$1.sh" stop "${words[@]}"
}

# unit_down UNIT: stop and disable it if stack.sh has started it.
unit_down() {
    made "unit $1" || return 0
    systemctl --quiet disable --now "$1"
    changed "stopped $1"
}

stop_broker() {
    if ! uses_systemd; then
        private_stop rabbitmq
        return 0
    fi
    if [[ -n $CLEAN ]] && systemctl --quiet is-active rabbitmq-server; then
        broker_ctl delete_vhost "$ACCOUNT" || true
        broker_ctl delete_user "$ACCOUNT" || true
        changed "removed virtual host and user $ACCOUNT"
    fi
    unit_down rabbitmq-server
    [[ -n $CLEAN ]] || return 0
    rm -f "$BROKER_CONF" "$BROKER_DROPIN" "$EPMD_DROPIN"
    systemctl daemon-reload
}

stop_database() {
    if ! uses_systemd; then
        private_stop "$DATABASE"
        return 0
    fi
    if [[ -n $CLEAN ]] && systemctl --quiet is-active "$DATABASE"; then
        case $DATABASE in
            mariadb)
                mariadb <<<"DROP DATABASE IF EXISTS \`$ACCOUNT\`;
                    DROP USER IF EXISTS '$ACCOUNT'@'localhost', '$ACCOUNT'@'127.0.0.1';"
                ;;
            postgresql)
                unit_psql <<<"DROP DATABASE IF EXISTS $ACCOUNT WITH (FORCE);"
                unit_psql <<<"DROP ROLE IF EXISTS $ACCOUNT;"
                ;;
        esac
        changed "removed database and account $ACCOUNT"
    fi
    unit_down "$DATABASE"
}

stop_libvirt() {
    local uuid
    if uses_systemd; then
        if [[ -n $CLEAN ]]; then
            # Our guests' names are their servers' only within libvirt; their directories are named by uuid.
            for uuid in $(guests_of_ours); do
                virsh --quiet --connect qemu:///system destroy "$uuid" 2>/dev/null || true
                virsh --quiet --connect qemu:///system undefine --managed-save --nvram "$uuid" || true
                changed "removed guest $uuid"
            done
        fi
        unit_down libvirtd
        return 0
    fi
    [[ -d $STATE/libvirt ]] || return 0
    if "$DEVSTACK/lib/libvirt.sh" status --dir "$STATE/libvirt"; then changed "stopped libvirtd"; fi
    local -a words=(--dir "$STATE/libvirt")
    [[ -z $CLEAN ]] || words+=(--clean)
    "$DEVSTACK/lib/libvirt.sh" stop "${words[@]}"
    [[ -d $STATE/libvirt/run/qemu ]] || return 0
    local guests
    guests=$(find "$STATE/libvirt/run/qemu" -name '*.pid' -not -name driver.pid | wc -l)
    ((!guests)) || changed "guests that run on: $guests"
}

guests_of_ours() {
    find "$STATE/instances" -mindepth 1 -maxdepth 1 -type d -name '????????-????-????-????-????????????' \
        -printf '%f\n' 2>/dev/null || true
}

remove_clients() {
    [[ -x $VENV/bin/python && -e $CLOUDS ]] || return 0
    changed_lines "$VENV/bin/python" "$DEVSTACK/cloud/clients.py" remove --file "$CLOUDS"
    rmdir "${CLOUDS%/*}" 2>/dev/null || true
}

remove_netns() {
    local name
    for name in $(all_made netns); do
        [[ -e /run/netns/$name ]] || continue
        if [[ -n $(ip netns pids "$name") ]]; then
            changed "$name is in use and is left"
            continue
        fi
        ip netns del "$name"
        changed "$name"
    done
}

remove_files() {
    local path
    # remove_user, which comes after this, needs it.
    MADE_USER=$(all_made user) MADE_GROUP=$(all_made group)
    if uses_systemd; then
        systemctl --quiet disable nova-lite.target "${SERVICES[@]/#nova-/nova-lite-}" 2>/dev/null || true
        rm -rf "$UNITS"/nova-lite.target "$UNITS"/nova-lite-*.service "$UNITS/nova-lite-compute.service.d"
        systemctl daemon-reload
    fi
    for path in "$ETC" "$HOME_DIR" "$CACHE" "$LOGS" "$STATE"; do
        [[ -e $path ]] || continue
        rm -rf --one-file-system "${path:?}"
        changed "$path"
    done
    [[ -n $PREFIX ]] || return 0
    # The prefix itself is its owner's; below it, only what is empty.
    (cd "$PREFIX" && rmdir -p --ignore-fail-on-non-empty etc opt var/lib var/log var/cache) 2>/dev/null || true
}

remove_user() {
    [[ -n $MADE_USER$MADE_GROUP ]] || return 0
    if [[ -n $MADE_USER ]] && getent passwd "$MADE_USER" >/dev/null; then
        if [[ -n $(pgrep -u "$MADE_USER") ]]; then
            changed "$MADE_USER has processes elsewhere and is left"
            return 0
        fi
        userdel "$MADE_USER"
        changed "user $MADE_USER"
    fi
    if [[ -n $MADE_GROUP ]] && getent group "$MADE_GROUP" >/dev/null; then
        groupdel "$MADE_GROUP"
        changed "group $MADE_GROUP"
    fi
}
