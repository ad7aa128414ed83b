# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the private servers of this directory (rabbitmq.sh, mariadb.sh, postgresql.sh) have in common.
#
# A private server keeps everything (data, configuration, secrets, logs, pid files) below one directory, listens on
# 127.0.0.1 only, and is started and ended without systemd. Several may live side by side on one machine.
#
# A script that sources this file sets SERVER_NAME, SERVER_USER and SERVER_ENVIRONMENT, defines
#   server_prepare   write configuration and secrets; called before every start, must change nothing the second time
#   server_launch    start the daemon with `launch`
#   server_answers   succeed once the server serves requests
#   server_stop      end what server_launch started
#   server_url       print the connection URL
# SERVER_COMMANDS (the names of its own commands) and server_command (runs one), then calls `server_main "$@"`.

set -euo pipefail

readonly START_TIMEOUT=90 # seconds; a cold start of the slowest server takes 13 on a loaded two-core machine
readonly STOP_TIMEOUT=60  # seconds before SIGKILL
readonly POLL_INTERVAL=0.1
# Outside the kernel's usual range for outgoing connections, which could take the port between two starts.
readonly PORT_RANGE_LOW=20000
readonly PORT_RANGE_SIZE=12000
readonly STATUS_NOT_RUNNING=3 # as the LSB says for init scripts

say() { printf '%s: %s\n' "$SERVER_NAME" "$*" >&2; }

die() {
    say "$*"
    exit 1
}

usage() {
    cat <<USAGE
Usage: ${0##*/} COMMAND --dir DIR [OPTION]... [-- ARGUMENT]...

A private $SERVER_NAME server: all its state is below DIR, it listens on 127.0.0.1 only.

Commands:
  start            start the server, return when it answers, print its URL (also in DIR/url, mode 0600)
  stop             end the server and wait for its end
  restart          stop, then start
  kill             end the server with SIGKILL, as a crash would; its data stays
  status           print whether it runs; exit 0 if so, $STATUS_NOT_RUNNING if not
$(server_usage)

Options:
  --dir DIR        the server's directory; made if it does not exist
  --port N         TCP port on 127.0.0.1; default: a free one, chosen at the first start and kept
  --netns NAME     run in this network namespace
  --fast           for tests: do not wait for the disk; a power cut may lose data
  --help           this text
USAGE
}

# ---- arguments ------------------------------------------------------------------------------------------------------

parse_arguments() {
    COMMAND='' DIR='' PORT='' NETNS='' FAST='' ARGUMENTS=()
    while (($#)); do
        case $1 in
            --dir | --port | --netns)
                (($# >= 2)) || die "$1 needs a value"
                case $1 in
                    --dir) DIR=$2 ;;
                    --port) PORT=$2 ;;
                    --netns) NETNS=$2 ;;
                esac
                shift 2
                ;;
            --fast)
                # shellcheck disable=SC2034  # read by the databases' scripts
                FAST=yes
                shift
                ;;
            --help | -h) usage && exit 0 ;;
            --)
                shift
                ARGUMENTS+=("$@")
                break
                ;;
            -*)
                # Options of the server's own tool follow `ctl`; anywhere else they are mistakes.
                [[ $COMMAND == ctl ]] || die "unknown option: $1 (see --help)"
                ARGUMENTS+=("$1") && shift
                ;;
            *)
                if [[ -z $COMMAND ]]; then COMMAND=$1; else ARGUMENTS+=("$1"); fi
                shift
                ;;
        esac
    done
    [[ -n $COMMAND ]] || { usage >&2 && exit 64; }
    [[ " start stop restart kill status ${SERVER_COMMANDS[*]} " == *" $COMMAND "* ]] ||
        die "unknown command: $COMMAND (see --help)"
    [[ -n $DIR ]] || die "--dir is missing (see --help)"
    [[ $DIR == /* ]] || DIR=$PWD/$DIR
    if [[ -n $PORT ]]; then
        [[ $PORT =~ ^[1-9][0-9]{0,4}$ ]] || die "--port is not a TCP port: $PORT"
        ((PORT <= 65535)) || die "--port is not a TCP port: $PORT"
    fi
}

# The whole script moves into the namespace, so that its probes and its administration see the server.
enter_namespace() {
    [[ -z $NETNS || ${SERVER_IN_NETNS:-} == "$NETNS" ]] && return 0
    [[ -e /run/netns/$NETNS ]] || die "no network namespace $NETNS (ip netns add $NETNS)"
    # Not `ip netns exec`: that mounts a fresh /sys and so hides the control groups from what is started below.
    SERVER_IN_NETNS=$NETNS exec nsenter --net="/run/netns/$NETNS" "$0" "$@"
}

# ---- files and secrets ----------------------------------------------------------------------------------------------

# Our daemons refuse to run as root or should not: root hands the directory to the package's own user.
make_directory() {
    mkdir -p "$DIR"
    DIR=$(realpath "$DIR")
    if ((EUID == 0)); then
        id -u "$SERVER_USER" >/dev/null 2>&1 || die "no user $SERVER_USER: is the server's package installed?"
        chown "$SERVER_USER:" "$DIR"
        as_server test -x "$DIR" ||
            die "user $SERVER_USER cannot enter $DIR: a directory above it is closed (chmod a+x)"
    fi
    chmod 0700 "$DIR"
}

# write_private FILE: standard input becomes FILE, readable by the server's user only.
write_private() {
    local file=$1
    (umask 077 && cat >"$file.new")
    ((EUID != 0)) || chown "$SERVER_USER:" "$file.new"
    mv "$file.new" "$file"
}

# secret NAME: print the secret of that name, generated at its first use.
secret() {
    local file=$DIR/secret.$1
    [[ -s $file ]] || od -An -N24 -tx1 /dev/urandom | tr -d ' \n' | write_private "$file"
    cat "$file"
}

# run_quietly COMMAND...: run it; show what it printed only if it fails.
run_quietly() {
    local output
    output=$("$@" 2>&1) || {
        local code=$?
        printf '%s\n' "$output" >&2
        return "$code"
    }
}

# ---- ports ----------------------------------------------------------------------------------------------------------

port_taken() { (: >"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# port NAME [WISH]: print the port kept under NAME; choose a free one at its first use.
port() {
    local file=$DIR/port.$1 wish=${2:-} try
    if [[ -n $wish ]]; then
        printf '%s\n' "$wish" >"$file"
    elif [[ ! -s $file ]]; then
        for ((try = 0; try < 50; try++)); do
            wish=$((PORT_RANGE_LOW + (RANDOM * 32768 + RANDOM) % PORT_RANGE_SIZE))
            port_taken "$wish" || break
        done
        printf '%s\n' "$wish" >"$file"
    fi
    cat "$file"
}

# ---- processes ------------------------------------------------------------------------------------------------------

# Set AS_SERVER to the words that run a command as the server's user, with nothing of the caller's environment.
as_server_words() {
    AS_SERVER=(env -i PATH="$PATH" LANG=C.UTF-8 HOME="$DIR" "${SERVER_ENVIRONMENT[@]}")
    ((EUID != 0)) || AS_SERVER+=(setpriv --reuid="$SERVER_USER" --regid="$SERVER_USER" --init-groups)
}

as_server() {
    as_server_words
    "${AS_SERVER[@]}" "$@"
}

# Print the state letter and the start time (clock ticks) of a process; the time tells it from a later one with its pid.
process_stat() {
    local line fields
    line=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    read -ra fields <<<"${line##*) }"
    printf '%s %s\n' "${fields[0]}" "${fields[19]}"
}

# launch NAME COMMAND...: start a daemon in a session of its own; its pid goes to DIR/NAME.pid, its output to DIR/NAME.log.
launch() {
    local name=$1 pid stat
    shift
    (
        cd "$DIR"
        # The lock of this script must not live on in the daemon.
        exec {LOCK}>&-
        as_server_words
        # A plain command, no function: $! has to be the daemon, not a shell that waits for it.
        "${AS_SERVER[@]}" setsid "$@" </dev/null >>"$DIR/$name.log" 2>&1 &
        printf '%s\n' "$!" >"$DIR/$name.pid"
    )
    pid=$(<"$DIR/$name.pid")
    stat=$(process_stat "$pid") || die "$name ended at once; see $DIR/$name.log"
    printf '%s %s\n' "$pid" "${stat#* }" >"$DIR/$name.pid"
}

# alive NAME: does the process of DIR/NAME.pid run? A zombie does not: who adopted it may take seconds to reap it.
alive() {
    local pid started state ticks
    read -r pid started 2>/dev/null <"$DIR/$1.pid" || return 1
    read -r state ticks < <(process_stat "$pid") || return 1
    [[ $ticks == "$started" && $state != Z ]]
}

# Print "pid start-time" of a daemon and of all it started: its session, and its children that made their own.
family() {
    local pid file line fields
    read -r pid _ 2>/dev/null <"$DIR/$1.pid" || return 0
    for file in /proc/[0-9]*/stat; do
        line=$(<"$file") || continue
        read -ra fields <<<"${line##*) }" # state, parent, process group, session, ...; start time is the 20th
        if [[ ${fields[1]} == "$pid" || ${fields[3]} == "$pid" ]] && [[ ${fields[0]} != Z ]]; then
            printf '%s %s\n' "${line%% *}" "${fields[19]}"
        fi
    done 2>/dev/null
}

# Of the "pid start-time" lines on standard input, print the pids that still run.
still_running() {
    local pid ticks state now
    while read -r pid ticks; do
        read -r state now < <(process_stat "$pid") && [[ $now == "$ticks" && $state != Z ]] && printf '%s\n' "$pid"
    done
    return 0
}

# end_process NAME SIGNAL: send it, wait until the daemon and all it started are gone; after STOP_TIMEOUT, SIGKILL.
end_process() {
    local name=$1 signal=$2 members left deadline=$((SECONDS + STOP_TIMEOUT))
    if alive "$name"; then
        members=$(family "$name")
        kill -s "$signal" "$(cut -d' ' -f1 "$DIR/$name.pid")" 2>/dev/null || true
        while left=$(still_running <<<"$members") && [[ -n $left ]]; do
            if ((SECONDS >= deadline)); then
                say "$name does not end within $STOP_TIMEOUT s of SIG$signal; killed"
                xargs kill -s KILL <<<"$left" || true
                deadline=$((SECONDS + STOP_TIMEOUT))
            fi
            sleep "$POLL_INTERVAL"
        done
    fi
    rm -f "$DIR/$name.pid"
}

# wait_until_answers NAME: until server_answers, the death of NAME, or START_TIMEOUT.
wait_until_answers() {
    local name=$1 deadline=$((SECONDS + START_TIMEOUT))
    until server_answers; do
        alive "$name" || { tail -n 20 "$DIR/$name.log" >&2 && die "$name ended while starting; log: $DIR/$name.log"; }
        ((SECONDS < deadline)) || { tail -n 20 "$DIR/$name.log" >&2 && die "no answer within $START_TIMEOUT s"; }
        sleep "$POLL_INTERVAL"
    done
}

# ---- commands -------------------------------------------------------------------------------------------------------

start_server() {
    if alive "$SERVER_NAME" && server_answers; then
        say "already running on port $(port main)"
    else
        server_stop KILL # leftovers of a crash
        server_prepare
        ! port_taken "$(port main)" || die "port $(port main) on 127.0.0.1 is taken by another program"
        server_launch
        wait_until_answers "$SERVER_NAME"
        server_ready
    fi
    server_url | write_private "$DIR/url"
    cat "$DIR/url"
}

server_ready() { :; }

server_main() {
    parse_arguments "$@"
    enter_namespace "$@"
    if [[ $COMMAND == start || $COMMAND == restart ]]; then
        make_directory
    elif [[ ! -d $DIR ]]; then
        [[ $COMMAND == stop ]] && return 0
        say "not running: no directory $DIR"
        return "$STATUS_NOT_RUNNING"
    fi
    DIR=$(realpath "$DIR")
    exec {LOCK}<"$DIR"
    case $COMMAND in
        start | stop | restart | kill) flock --timeout "$START_TIMEOUT" "$LOCK" || die "another ${0##*/} works on $DIR" ;;
    esac
    [[ -z $PORT ]] || [[ $COMMAND != *start ]] || port main "$PORT" >/dev/null
    case $COMMAND in
        start) start_server ;;
        stop) server_stop TERM ;;
        kill) server_stop KILL ;;
        restart)
            server_stop TERM
            start_server
            ;;
        status)
            if alive "$SERVER_NAME" && server_answers; then
                say "running on port $(port main)"
            else
                say "not running"
                return "$STATUS_NOT_RUNNING"
            fi
            ;;
        *)
            alive "$SERVER_NAME" || die "not running: $DIR"
            server_command "$COMMAND" "${ARGUMENTS[@]}"
            ;;
    esac
}
