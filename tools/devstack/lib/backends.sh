# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Steps of stack.sh: message broker, database, libvirt. Where systemd is PID 1 they are the distribution's units;
# elsewhere private servers below STATE (rabbitmq.sh, mariadb.sh, postgresql.sh, libvirt.sh). Sourced.

# What both kinds of broker and database call the cloud's account, virtual host and database.
readonly ACCOUNT=nova_lite

# ---- private servers ----

# private_server NAME: start the server NAME.sh below STATE.
private_server() {
    local name=$1
    local -a words=(--dir "$STATE/$name")
    [[ -z $NETNS ]] || words+=(--netns "$NETNS")
    "$DEVSTACK/lib/$name.sh" status "${words[@]}" || changed "started $name below $STATE/$name"
    # It prints a URL with a password.
    detached "$DEVSTACK/lib/$name.sh" start "${words[@]}" >/dev/null
}


private_libvirt() {
    local -a words=(--dir "$STATE/libvirt")
    "$DEVSTACK/lib/libvirt.sh" status "${words[@]}" || changed "started libvirtd below $STATE/libvirt"
    words+=(--group "$SERVICE_USER" --cache "$CACHE/libvirt" --no-install)
    [[ -z $NETNS ]] || words+=(--netns "$NETNS")
    detached "$DEVSTACK/lib/libvirt.sh" start "${words[@]}" >/dev/null
}

# ---- the distribution's units ----

# unit_up UNIT: have it running, now and at each boot.
unit_up() {
    if ! systemctl --quiet is-active "$1"; then
        note "unit $1"
        changed "started $1"
    fi
    systemctl --quiet enable --now "$1"
}

readonly BROKER_CONF=/etc/rabbitmq/conf.d/50-nova-lite.conf
readonly BROKER_DROPIN=/etc/systemd/system/rabbitmq-server.service.d/nova-lite.conf
readonly EPMD_DROPIN=/etc/systemd/system/epmd.socket.d/nova-lite.conf

# The broker, its Erlang distribution and its port mapper listen on all addresses by themselves.
broker_confine() {
    put_file "$BROKER_CONF" 0644 root:root <<'CONF'
# nova-lite: this host only.
listeners.tcp.default = 127.0.0.1:5672
CONF
    put_file "$BROKER_DROPIN" 0644 root:root <<'CONF'
# nova-lite: this host only.
[Service]
Environment=RABBITMQ_NODENAME=rabbit@localhost
Environment=ERL_EPMD_ADDRESS=127.0.0.1
Environment="RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}"
CONF
    put_file "$EPMD_DROPIN" 0644 root:root <<'CONF'
# nova-lite: this host only.
[Socket]
ListenStream=
ListenStream=127.0.0.1:4369
CONF
}

broker_ctl() { RABBITMQ_NODENAME=rabbit@localhost timeout 120 rabbitmqctl --quiet "$@"; }

unit_broker() {
    broker_confine
    if ((${#CHANGES[@]})) && systemctl --quiet is-active rabbitmq-server; then
        systemctl daemon-reload
        systemctl try-restart epmd.socket rabbitmq-server
    fi
    unit_up rabbitmq-server
    # Without --formatter these lists begin with a heading.
    broker_ctl list_vhosts --no-table-headers name | grep -qxF "$ACCOUNT" || {
        broker_ctl add_vhost "$ACCOUNT"
        changed "virtual host $ACCOUNT"
    }
    # The password comes on standard input: an argument shows in a list of processes.
    if broker_ctl list_users --no-table-headers | cut -f1 | grep -qxF "$ACCOUNT"; then
        secret broker | broker_ctl authenticate_user "$ACCOUNT" >/dev/null 2>&1 || {
            secret broker | broker_ctl change_password "$ACCOUNT"
            changed "password of the broker's user $ACCOUNT"
        }
    else
        secret broker | broker_ctl add_user "$ACCOUNT"
        changed "broker's user $ACCOUNT"
    fi
    broker_ctl set_permissions -p "$ACCOUNT" "$ACCOUNT" '.*' '.*' '.*'
}

unit_mariadb() {
    unit_up mariadb
    if [[ -z $(mariadb --batch --skip-column-names <<<"SHOW DATABASES LIKE '$ACCOUNT';") ]]; then
        changed "database $ACCOUNT"
    fi
    mariadb <<SQL
CREATE DATABASE IF NOT EXISTS \`$ACCOUNT\` CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS '$ACCOUNT'@'localhost';
ALTER USER '$ACCOUNT'@'localhost' IDENTIFIED BY '$(secret database)';
CREATE USER IF NOT EXISTS '$ACCOUNT'@'127.0.0.1';
ALTER USER '$ACCOUNT'@'127.0.0.1' IDENTIFIED BY '$(secret database)';
GRANT ALL PRIVILEGES ON \`$ACCOUNT\`.* TO '$ACCOUNT'@'localhost', '$ACCOUNT'@'127.0.0.1';
SQL
}

unit_psql() { runuser -u postgres -- psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1; }

unit_postgresql() {
    unit_up postgresql
    if [[ -z $(unit_psql <<<"SELECT 1 FROM pg_database WHERE datname = '$ACCOUNT';") ]]; then
        changed "database $ACCOUNT"
    fi
    unit_psql <<SQL
SELECT 'CREATE ROLE $ACCOUNT LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$ACCOUNT') \\gexec
ALTER ROLE $ACCOUNT PASSWORD '$(secret database)';
SELECT 'CREATE DATABASE $ACCOUNT OWNER $ACCOUNT TEMPLATE template0 ENCODING ''UTF8'''
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$ACCOUNT') \\gexec
SQL
}

unit_libvirt() {
    unit_up libvirtd
    # Debian's polkit rule lets this group manage guests; it asks the user database, not the process's groups.
    [[ " $(id --groups --name "$SERVICE_USER") " == *" libvirt "* ]] || {
        usermod --append --groups libvirt "$SERVICE_USER"
        changed "$SERVICE_USER is in group libvirt"
    }
}

# ---- steps ----

start_broker() { if uses_systemd; then unit_broker; else private_server rabbitmq; fi; }

start_database() { if uses_systemd; then "unit_$DATABASE"; else private_server "$DATABASE"; fi; }

start_libvirt() { if uses_systemd; then unit_libvirt; else private_libvirt; fi; }

# ---- where the services find them ----

transport_url() {
    if uses_systemd; then
        printf 'rabbit://%s:%s@127.0.0.1:5672/%s\n' "$ACCOUNT" "$(secret broker)" "$ACCOUNT"
    else
        cat "$STATE/rabbitmq/url"
    fi
}

database_url() {
    if [[ $DATABASE == sqlite ]]; then
        printf 'sqlite:///%s/nova.sqlite\n' "$STATE"
    elif ! uses_systemd; then
        cat "$STATE/$DATABASE/url"
    elif [[ $DATABASE == mariadb ]]; then
        printf 'mysql+pymysql://%s:%s@127.0.0.1:3306/%s?charset=utf8mb4\n' "$ACCOUNT" "$(secret database)" "$ACCOUNT"
    else
        printf 'postgresql+psycopg://%s:%s@127.0.0.1:%s/%s\n' \
            "$ACCOUNT" "$(secret database)" "$(unit_psql <<<'SHOW port;')" "$ACCOUNT"
    fi
}

libvirt_uri() { if uses_systemd; then echo qemu:///system; else cat "$STATE/libvirt/uri"; fi; }
