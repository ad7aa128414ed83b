# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What mariadb.sh and postgresql.sh have in common, on top of server.sh. They define
#   client ARG...           the SQL client, signed in as DATABASE_USER; SQL comes on standard input
#   database_create NAME    make the database unless it is there
#   database_drop NAME      remove it, whoever uses it
#   database_url NAME       print its SQLAlchemy URL

set -euo pipefail

# shellcheck disable=SC2034  # read by the scripts that source this one
readonly DATABASE_USER=nova_lite
readonly DATABASE_DEFAULT=nova_lite # the database that DIR/url names
# shellcheck disable=SC2034
SERVER_COMMANDS=(create-database drop-database ctl)

database_usage() {
    cat <<USAGE
  create-database NAME   make it unless it is there; print its URL
  drop-database NAME     remove it and its data
  ctl ...                $1, signed in
USAGE
}

server_ready() { database_create "$DATABASE_DEFAULT"; }

server_url() { database_url "$DATABASE_DEFAULT"; }

server_command() {
    local command=$1
    shift
    case $command in
        create-database | drop-database)
            (($# == 1)) || die "$command needs one name"
            # Also what keeps the name from being read as SQL.
            [[ $1 =~ ^[a-z_][a-z0-9_]{0,62}$ ]] || die "not a database name (a-z, 0-9, _; at most 63): $1"
            if [[ $command == create-database ]]; then
                database_create "$1"
                database_url "$1"
            else
                database_drop "$1"
            fi
            ;;
        ctl) client "$@" ;;
    esac
}
