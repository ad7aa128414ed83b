#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A private MariaDB for tests and for hosts without systemd; see --help.
set -euo pipefail

SERVER_NAME=mariadb
SERVER_USER=mysql
SERVER_ENVIRONMENT=()
HERE=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
# shellcheck source=tools/devstack/lib/server.sh
source "$HERE/server.sh"
# shellcheck source=tools/devstack/lib/database.sh
source "$HERE/database.sh"

server_usage() { database_usage 'mariadb (the SQL client)'; }

server_prepare() {
    command -v mariadbd >/dev/null || die "MariaDB is not installed; run: $HERE/packages.sh mariadb"
    write_private "$DIR/my.cnf" <<CONF
[mariadbd]
datadir = $DIR/data
bind_address = 127.0.0.1
port = $(port main)
# Relative to datadir, since a socket's path may have 107 characters only. Nothing uses it: clients come by TCP.
socket = mariadb.sock
pid_file = $DIR/data/mariadb.pid
skip_name_resolve
character_set_server = utf8mb4
collation_server = utf8mb4_unicode_ci
max_connections = 300
innodb_buffer_pool_size = 64M
innodb_log_file_size = 64M
# Files as large as their rows ask for: the defaults are meant for a machine of its own.
innodb_data_file_path = ibdata1:4M:autoextend
innodb_temp_data_file_path = ibtmp1:4M:autoextend
$(if [[ -n $FAST ]]; then printf '%s\n' 'innodb_flush_log_at_trx_commit = 2'; fi)

[client]
protocol = tcp
host = 127.0.0.1
port = $(port main)
user = $DATABASE_USER
password = $(secret password)
CONF
    [[ ! -e $DIR/prepared ]] || return 0
    rm -rf "$DIR/data"
    say "making the system tables"
    run_quietly as_server mariadb-install-db --defaults-file="$DIR/my.cnf" --datadir="$DIR/data" \
        --auth-root-authentication-method=socket --skip-test-db --skip-name-resolve
    # Only through standard input: the password must not show in a list of processes.
    run_quietly as_server mariadbd --defaults-file="$DIR/my.cnf" --bootstrap <<SQL
FLUSH PRIVILEGES;
CREATE USER '$DATABASE_USER'@'127.0.0.1' IDENTIFIED BY '$(secret password)';
GRANT ALL PRIVILEGES ON *.* TO '$DATABASE_USER'@'127.0.0.1' WITH GRANT OPTION;
SQL
    touch "$DIR/prepared"
}

server_launch() { launch mariadb mariadbd --defaults-file="$DIR/my.cnf"; }

client() { as_server mariadb --defaults-file="$DIR/my.cnf" --connect-timeout=10 "$@"; }

server_answers() { client --batch --execute 'SELECT 1' </dev/null >/dev/null 2>&1; }

server_stop() { end_process mariadb "$1"; }

database_create() { client <<<"CREATE DATABASE IF NOT EXISTS \`$1\` CHARACTER SET utf8mb4;"; }

database_drop() { client <<<"DROP DATABASE IF EXISTS \`$1\`;"; }

database_url() {
    printf 'mysql+pymysql://%s:%s@127.0.0.1:%s/%s?charset=utf8mb4\n' \
        "$DATABASE_USER" "$(secret password)" "$(port main)" "$1"
}

server_main "$@"
