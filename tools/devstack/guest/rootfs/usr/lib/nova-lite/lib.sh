# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
state=/run/nova-lite

# Prints one line on the serial console (the server's console log) and on the screen.
say() {
    printf 'nova-lite: %s\n' "$*" >/dev/ttyS0
    printf 'nova-lite: %s\n' "$*" >/dev/tty0
} 2>/dev/null

# NICs, not lo and other devices without hardware behind them.
nics() {
    for n in /sys/class/net/*; do
        [ -e "$n/device" ] && basename "$n"
    done
    return 0
}

# A jq question to meta_data.json; nothing when there is none.
meta() {
    [ -s $state/meta_data.json ] || return 0
    jq -r "$1" $state/meta_data.json 2>/dev/null
}
