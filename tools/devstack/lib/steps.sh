# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Steps: each prints one line with its time and what it changed; the rest goes to a log, whose end is shown when a
# step fails. Sourced.

# shellcheck disable=SC2034  # BEGAN is for the summary
STEP='' STEP_OFFSET=0 STEP_BEGAN=0 BEGAN=$EPOCHREALTIME LOG=''
CHANGES=() ALL_CHANGES=0

# steps_begin LOG: what steps print from now on goes to this file. stack.sh prints itself on file descriptor 3.
steps_begin() {
    LOG=$1
    exec 3>&1 4>&2
    trap _steps_end EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap 'exit 129' HUP
}

# step TITLE COMMAND...: a step; the command calls `changed` for what it changes.
step() {
    STEP=$1
    shift
    STEP_BEGAN=$EPOCHREALTIME
    CHANGES=()
    printf '  %-26s' "$STEP" >&3
    printf '\n---- %s: %s ----\n' "$(date '+%F %T')" "$STEP" >>"$LOG"
    STEP_OFFSET=$(stat -c %s "$LOG")
    "$@" >>"$LOG" 2>&1
    printf '%6.1f s  %s\n' "$(seconds_since "$STEP_BEGAN")" "$(_join_changes)" >&3
    ALL_CHANGES=$((ALL_CHANGES + ${#CHANGES[@]}))
    STEP=''
}

# detached COMMAND...: for what starts daemons: they must not hold our caller's pipes or our lock open.
detached() { "$@" 3>&- 4>&- 9>&-; }

# changed TEXT: the step has changed something.
changed() {
    CHANGES+=("$1")
    printf 'changed: %s\n' "$1"
}

# changed_lines COMMAND...: run it; each line that it prints is a change.
changed_lines() {
    local printed line
    printed=$("$@")
    while read -r line; do
        [[ -z $line ]] || changed "$line"
    done <<<"$printed"
}

seconds_since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN {printf "%.1f", b - a}'; }

_join_changes() {
    local IFS=';'
    ((${#CHANGES[@]})) || { echo "as it was" && return; }
    local shown=("${CHANGES[@]:0:3}")
    ((${#CHANGES[@]} <= 3)) || shown+=("and $((${#CHANGES[@]} - 3)) more")
    local text="${shown[*]}"
    printf '%s\n' "${text//;/; }"
}

_steps_end() {
    local code=$?
    [[ -n $STEP && $code != 0 ]] || return "$code"
    printf '%6.1f s  FAILED\n\n' "$(seconds_since "$STEP_BEGAN")" >&3
    {
        printf '%s: step "%s" failed. The end of %s:\n' "${0##*/}" "$STEP" "$LOG"
        tail -c "+$((STEP_OFFSET + 1))" "$LOG" | tail -n 25 | sed 's/^/    /'
        printf 'Mend what it says and run it again: what is done stays done.\n'
    } >&4
    return "$code"
}

# put_file PATH MODE OWNER:GROUP: standard input becomes PATH, unless it is so already. Succeeds either way.
put_file() {
    local path=$1 mode=$2 owner=$3 part
    mkdir -p "${path%/*}"
    part=$(mktemp "$path.XXXXXX")
    cat >"$part"
    chmod "$mode" "$part"
    chown "$owner" "$part"
    if cmp -s "$part" "$path" && [[ $(stat -c %a:%U:%G "$path") == "$(stat -c %a:%U:%G "$part")" ]]; then
        rm -f "$part"
    else
        mv "$part" "$path"
        changed "$path"
    fi
}

# put_directory PATH MODE OWNER:GROUP
put_directory() {
    [[ -d $1 && "$(stat -c 0%a:%U:%G "$1")" == "$2:$3" ]] && return 0
    mkdir -p "$1"
    chmod "$2" "$1"
    chown "$3" "$1"
    changed "$1"
}
