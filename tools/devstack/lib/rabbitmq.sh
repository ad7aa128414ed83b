#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A private RabbitMQ for tests and for hosts without systemd; see --help.
#
# Several live side by side: each has its own node name, Erlang port mapper (epmd), cookie and ports. The Erlang
# distribution and epmd are bound to 127.0.0.1 like AMQP itself; their defaults are all addresses.
set -euo pipefail

SERVER_NAME=rabbitmq
SERVER_USER=rabbitmq
SERVER_ENVIRONMENT=()
SERVER_COMMANDS=(ctl list-queues list-connections)
HERE=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
# shellcheck source=tools/devstack/lib/server.sh
source "$HERE/server.sh"

readonly BIN=/usr/lib/rabbitmq/bin # not /usr/sbin: Debian's wrappers there allow one node and its directories
readonly USER_NAME=nova_lite VHOST=nova_lite
# The broker stops accepting messages at this use of memory. An idle one takes about 120 MiB.
readonly MEMORY_LIMIT=${RABBITMQ_MEMORY_LIMIT:-512MiB}

server_usage() {
    cat <<'USAGE'
  ctl ...          rabbitmqctl against this node
  list-queues      queues of every vhost: vhost, name, durable, messages, consumers
  list-connections connections: user, peer port, state, client's name
USAGE
}

server_environment() {
    SERVER_ENVIRONMENT=(
        "RABBITMQ_NODENAME=$(node_name)"
        "RABBITMQ_NODE_IP_ADDRESS=127.0.0.1"
        "RABBITMQ_NODE_PORT=$(port main)"
        "RABBITMQ_DIST_PORT=$(port dist)"
        "ERL_EPMD_ADDRESS=127.0.0.1"
        "ERL_EPMD_PORT=$(port epmd)"
        "RABBITMQ_CONF_ENV_FILE=/dev/null"
        "RABBITMQ_CONFIG_FILE=$DIR/rabbitmq.conf"
        "RABBITMQ_ADVANCED_CONFIG_FILE=$DIR/advanced.config"
        "RABBITMQ_GENERATED_CONFIG_DIR=$DIR/config"
        "RABBITMQ_SCHEMA_DIR=$DIR/schema"
        "RABBITMQ_MNESIA_BASE=$DIR/mnesia"
        "RABBITMQ_LOG_BASE=$DIR/log"
        "RABBITMQ_ENABLED_PLUGINS_FILE=$DIR/enabled_plugins"
        "RABBITMQ_PLUGINS_EXPAND_DIR=$DIR/plugins"
        # Schedulers: one or two are enough here, and start faster. No busy waiting: an idle broker takes no CPU.
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1} +S $(schedulers) +SDcpu 1 +A 16 +sbwt none +sbwtdcpu none +sbwtdio none"
        "RABBITMQ_CTL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1} +S 1 +sbwt none"
        "RABBITMQ_CTL_DIST_PORT_MIN=$(port ctl)"
        "RABBITMQ_CTL_DIST_PORT_MAX=$(($(port ctl) + 50))"
        # Makes the start script exec the Erlang machine, so that the pid we keep is the broker's.
        "RABBITMQ_ALLOW_INPUT=yes"
    )
}

node_name() { printf 'nova_lite_%s@localhost' "$(port main)"; }

schedulers() { (($(nproc) > 1)) && echo 2:2 || echo 1:1; }

server_prepare() {
    [[ -x $BIN/rabbitmq-server ]] || die "RabbitMQ is not installed; run: $HERE/packages.sh broker"
    printf '[].\n' | write_private "$DIR/enabled_plugins"
    write_private "$DIR/rabbitmq.conf" <<CONF
listeners.tcp.local = 127.0.0.1:$(port main)
default_user = $USER_NAME
default_pass = $(secret password)
default_vhost = $VHOST
vm_memory_high_watermark.absolute = $MEMORY_LIMIT
disk_free_limit.absolute = 50MB
log.console = false
log.file.level = info
heartbeat = 60
CONF
    # Erlang would make its own cookie from the time of day.
    [[ -s $DIR/.erlang.cookie ]] || secret cookie | write_private "$DIR/.erlang.cookie"
    chmod 0400 "$DIR/.erlang.cookie"
}

server_launch() {
    server_environment
    launch epmd epmd -address 127.0.0.1 -port "$(port epmd)"
    launch rabbitmq "$BIN/rabbitmq-server" -noinput
}

# An AMQP 0-9-1 greeting is answered with a Connection.Start frame, whose first byte is 1.
server_answers() {
    local port byte=''
    port=$(port main)
    (
        exec {amqp}<>"/dev/tcp/127.0.0.1/$port"
        printf 'AMQP\x00\x00\x09\x01' >&"$amqp"
        byte=$(head -c 1 <&"$amqp" | od -An -tu1 | tr -d ' ')
        [[ $byte == 1 ]]
    ) 2>/dev/null
}

server_stop() {
    end_process rabbitmq "$1"
    end_process epmd "$1"
}

server_url() {
    printf 'rabbit://%s:%s@127.0.0.1:%s/%s\n' "$USER_NAME" "$(secret password)" "$(port main)" "$VHOST"
}

ctl() {
    server_environment
    # Erlang insists on a current directory that its user may enter.
    (cd "$DIR" && as_server "$BIN/rabbitmqctl" "$@")
}

server_command() {
    local command=$1 vhost
    shift
    case $command in
        ctl) ctl "$@" ;;
        list-queues)
            ctl --silent list_vhosts name | while read -r vhost; do
                ctl --silent list_queues -p "$vhost" name durable messages consumers </dev/null |
                    sed "s|^|$vhost\t|"
            done
            ;;
        list-connections) ctl --silent list_connections user peer_port state client_properties ;;
    esac
}

server_main "$@"
