#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A private PostgreSQL for tests and for hosts without systemd; see --help.
set -euo pipefail

SERVER_NAME=postgresql
SERVER_USER=postgres
SERVER_ENVIRONMENT=()
HERE=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
# shellcheck source=tools/devstack/lib/server.sh
source "$HERE/server.sh"
# shellcheck source=tools/devstack/lib/database.sh
source "$HERE/database.sh"

server_usage() { database_usage 'psql (the SQL client)'; }

# Debian keeps each major version's programs in a directory of its own, which is not in PATH.
bin() {
    local newest
    newest=$(find /usr/lib/postgresql -mindepth 3 -maxdepth 3 -path '*/bin/postgres' 2>/dev/null | sort -V | tail -n 1)
    [[ -n $newest ]] || die "PostgreSQL is not installed; run: $HERE/packages.sh postgresql"
    # A directory made by one major version cannot be served by another.
    if [[ -s $DIR/data/PG_VERSION && -x /usr/lib/postgresql/$(<"$DIR/data/PG_VERSION")/bin/postgres ]]; then
        newest=/usr/lib/postgresql/$(<"$DIR/data/PG_VERSION")/bin/postgres
    fi
    printf '%s/%s\n' "${newest%/*}" "$1"
}

server_prepare() {
    local initdb
    initdb=$(bin initdb)
    secret password >/dev/null
    if [[ ! -e $DIR/prepared ]]; then
        rm -rf "$DIR/data"
        say "making the cluster's files"
        run_quietly as_server "$initdb" --pgdata="$DIR/data" --username="$DATABASE_USER" --encoding=UTF8 \
            --locale=C.UTF-8 --auth=scram-sha-256 --pwfile="$DIR/secret.password" --no-sync --no-instructions
        printf "include_if_exists '%s'\n" "$DIR/postgresql.conf" >>"$DIR/data/postgresql.conf"
        touch "$DIR/prepared"
    fi
    write_private "$DIR/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $(port main)
unix_socket_directories = ''
max_connections = 300
shared_buffers = 64MB
# synchronous_commit stays on: without it even a crash of the server alone would lose commits.
$(if [[ -n $FAST ]]; then printf '%s\n' 'fsync = off' 'full_page_writes = off'; fi)
CONF
    printf '127.0.0.1:%s:*:%s:%s\n' "$(port main)" "$DATABASE_USER" "$(secret password)" | write_private "$DIR/pgpass"
}

server_launch() {
    local postgres
    postgres=$(bin postgres)
    launch postgresql "$postgres" -D "$DIR/data"
}

client() {
    local psql
    psql=$(bin psql)
    as_server env PGPASSFILE="$DIR/pgpass" PGCONNECT_TIMEOUT=10 "$psql" --no-psqlrc --no-password --quiet \
        --set ON_ERROR_STOP=1 --host 127.0.0.1 --port "$(port main)" --username "$DATABASE_USER" \
        --dbname "${PGDATABASE:-postgres}" "$@"
}

server_answers() { client --command 'SELECT 1' </dev/null >/dev/null 2>&1; }

server_stop() {
    local deadline=$((SECONDS + STOP_TIMEOUT))
    # INT: the fast shutdown. TERM would wait until every client has gone.
    if [[ $1 == TERM ]]; then end_process postgresql INT; else end_process postgresql "$1"; fi
    # After a crash the lock file stays, and PostgreSQL believes in it as long as its writer is a zombie that nobody has
    # reaped. It also guards against backends which outlive their parent; they run in the data directory.
    while [[ -n $(find /proc -maxdepth 2 -path '/proc/[0-9]*/cwd' -lname "$DIR/data" 2>/dev/null) ]]; do
        ((SECONDS < deadline)) || die "processes still use $DIR/data"
        sleep "$POLL_INTERVAL"
    done
    rm -f "$DIR/data/postmaster.pid"
}

database_create() {
    client <<<"SELECT 'CREATE DATABASE \"$1\" TEMPLATE template0'
               WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$1') \\gexec"
}

database_drop() { client <<<"DROP DATABASE IF EXISTS \"$1\" WITH (FORCE);"; }

database_url() {
    printf 'postgresql+psycopg://%s:%s@127.0.0.1:%s/%s\n' "$DATABASE_USER" "$(secret password)" "$(port main)" "$1"
}

server_main "$@"
