# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Steps of stack.sh: Debian packages, the virtualenv, nova-lite in it, the user. Sourced.

readonly PIP_TIMEOUT=1800 # seconds that one run of pip may take

install_packages() {
    local -a groups=(python broker) missing
    case $DATABASE in mariadb | postgresql) groups+=("$DATABASE") ;; esac
    [[ -z $NETNS ]] || groups+=(netns)
    if [[ -z $FAKE ]]; then
        # libvirt-python comes as source.
        groups+=(libvirt guest-build build)
        ! uses_systemd || groups+=(libvirt-system)
    fi
    mapfile -t missing < <(packages_missing "${groups[@]}" | sort -u)
    ((${#missing[@]})) || return 0
    if uses_systemd; then
        # Before the packages: a broker that starts at its installation must not listen on all addresses.
        broker_confine
    else
        export PACKAGES_NO_AUTOSTART=1
    fi
    packages_install "${groups[@]}"
    changed "installed ${#missing[@]} packages"
}

system_python() {
    local python=${PYTHON:-/usr/bin/python3}
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        die "Python 3.11 or newer is needed; $python is $("$python" -V 2>&1) (PYTHON=... names another)"
    printf '%s\n' "$python"
}

# The locked versions, without what only the libvirt driver needs when it is not used.
locked_requirements() {
    if [[ -n $FAKE ]]; then grep -v '^libvirt-python==' "$SOURCE/requirements/lock.txt"; else cat "$SOURCE/requirements/lock.txt"; fi
}

run_pip() {
    timeout -k 30 "$PIP_TIMEOUT" "$VENV/bin/python" -m pip --disable-pip-version-check --no-input "$@" </dev/null
}

install_venv() {
    local python wanted version
    python=$(system_python)
    version=$("$python" -V)
    wanted=$(locked_requirements | sha256sum | cut -d' ' -f1)
    if [[ "$(cat "$VENV/.python" 2>/dev/null)" == "$version" && -x $VENV/bin/python ]]; then
        [[ "$(cat "$VENV/.lock" 2>/dev/null)" != "$wanted" ]] || return 0
    else
        rm -rf "$VENV"
        "$python" -m venv "$VENV"
        printf '%s\n' "$version" >"$VENV/.python"
        changed "made $VENV"
    fi
    locked_requirements >"$VENV/.requirements"
    # --no-deps: exactly the locked set.
    run_pip install --no-deps --requirement "$VENV/.requirements"
    printf '%s\n' "$wanted" >"$VENV/.lock"
    changed "installed $(grep -c == "$VENV/.requirements") Python packages"
}

# The files that an installation is made of, relative to the checkout; each ends with a null byte.
package_files() {
    local -a parts
    mapfile -t parts < <(cd "$SOURCE" && ls -d nova_lite setup.cfg pyproject.toml etc/api-paste.ini LICENSE README.md \
        2>/dev/null)
    (cd "$SOURCE" && find "${parts[@]}" -type f -not -path '*/__pycache__/*' -print0) | LC_ALL=C sort -z
}

install_package() {
    local wanted tree
    wanted=$( (cd "$SOURCE" && package_files | xargs -0 sha256sum) | sha256sum | cut -d' ' -f1)
    [[ "$(cat "$VENV/.package" 2>/dev/null)" != "$wanted" ]] || return 0
    # From a copy: a build leaves files in its tree, and the checkout may be read-only.
    tree=$(mktemp -d)
    (cd "$SOURCE" && package_files | xargs -0 cp --parents -t "$tree")
    run_pip install --no-deps --no-build-isolation --force-reinstall "$tree"
    rm -rf "$tree"
    run_pip check
    printf '%s\n' "$wanted" >"$VENV/.package"
    changed "installed nova-lite $("$VENV/bin/python" -c 'from nova_lite.version import __version__ as v; print(v)') from $SOURCE"
}

make_user() {
    if ! getent group "$SERVICE_USER" >/dev/null; then
        groupadd --system "$SERVICE_USER"
        note "group $SERVICE_USER"
        changed "group $SERVICE_USER"
    fi
    if ! getent passwd "$SERVICE_USER" >/dev/null; then
        useradd --system --gid "$SERVICE_USER" --home-dir /var/lib/nova-lite --no-create-home \
            --shell /usr/sbin/nologin "$SERVICE_USER"
        note "user $SERVICE_USER"
        changed "user $SERVICE_USER"
    fi
    # The broker's, the database's and QEMU's users pass through it; each part below it has its own mode.
    put_directory "$STATE" 0711 "$SERVICE_USER:$SERVICE_USER"
    put_directory "$LOGS" 0750 "$SERVICE_USER:$SERVICE_USER"
    put_directory "$ETC" 0750 "root:$SERVICE_USER"
    put_directory "$CACHE" 0755 root:root
}

make_netns() {
    if [[ ! -e /run/netns/$NETNS ]]; then
        ip netns add "$NETNS"
        note "netns $NETNS"
        changed "network namespace $NETNS"
    fi
    if [[ $(ip -n "$NETNS" -o link show dev lo up) != *,UP* ]]; then
        ip -n "$NETNS" link set lo up
        changed "$NETNS: lo up"
    fi
}
