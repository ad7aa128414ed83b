# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Steps of stack.sh: what a new cloud needs, made through nova-manage and the running APIs. Sourced.

# nova_manage WORD...: as the services' user, so that the database's files are its own.
nova_manage() {
    in_netns env -i PATH=/usr/bin:/bin LANG=C.UTF-8 HOME=/ \
        setpriv --reuid "$SERVICE_USER" --regid "$SERVICE_USER" --init-groups \
        bash -c 'umask 0027; exec "$@"' nova-manage "$VENV/bin/nova-manage" --config-file "$ETC/nova.conf" "$@"
}

prepare_database() {
    local printed
    printed=$(nova_manage db sync)
    [[ $printed == *"up to date" ]] || changed "$printed"
    # As root: the keys lie below /etc.
    if [[ ! -e $ETC/fernet-keys/0 ]]; then
        "$VENV/bin/nova-manage" --config-file "$ETC/nova.conf" identity fernet_setup \
            --user "$SERVICE_USER" --group "$SERVICE_USER"
        changed "keys of tokens"
    fi
    # Passwords go by a pipe: neither arguments nor files of another user's.
    printed=$(grep -E '^(admin|demo|nova)=' "$ETC/passwords" | bootstrap)
    [[ $printed == *"up to date" ]] || changed "identity: $(wc -l <<<"$printed") things made or set right"
    printf '%s\n' "$printed"
}

bootstrap() {
    local name password
    # In the environment of one process, which root and its own user alone can read.
    while IFS='=' read -r name password; do
        local "NOVA_LITE_${name^^}_PASSWORD=$password"
        export "NOVA_LITE_${name^^}_PASSWORD"
    done
    in_netns setpriv --reuid "$SERVICE_USER" --regid "$SERVICE_USER" --init-groups \
        "$VENV/bin/nova-manage" --config-file "$ETC/nova.conf" identity bootstrap
}

identity_url() { printf 'http://127.0.0.1:%s/v3\n' "$IDENTITY_PORT"; }

build_guest_image() {
    local printed
    printed=$("$DEVSTACK/guest/build.sh" --output "$CACHE/guest")
    printf '%s\n' "$printed"
    [[ $printed == *"is up to date"* ]] || changed "built $CACHE/guest/nova-lite-guest.qcow2"
}

seed() {
    local image=$CACHE/guest/nova-lite-guest.qcow2
    [[ -z $FAKE ]] || image=fake
    changed_lines python_helper seed --passwords "$ETC/passwords" --identity "$(identity_url)" --image "$image"
}

write_clients() {
    changed_lines python_helper clients add --passwords "$ETC/passwords" --identity "$(identity_url)" --file "$CLOUDS"
    local user file
    for user in demo admin; do
        file=$ETC/openrc
        [[ $user == demo ]] || file=$ETC/$user-openrc
        put_file "$file" 0640 root:root <<RC
# The environment of an OpenStack client, as user $user of nova-lite: . $file
unset OS_CLOUD
export OS_AUTH_TYPE=password
export OS_AUTH_URL=$(identity_url)
export OS_IDENTITY_API_VERSION=3
export OS_USERNAME=$user
export OS_PASSWORD=$(secret "$user")
export OS_PROJECT_NAME=$user
export OS_USER_DOMAIN_NAME=Default
export OS_PROJECT_DOMAIN_NAME=Default
export OS_REGION_NAME=RegionOne
RC
    done
}

# The demo server: what a boot of it printed goes to a file, for the summary.
boot_demo() {
    local -a words=(--passwords "$ETC/passwords" --identity "$(identity_url)" --console "$BOOKS/demo.console")
    [[ -z $FAKE ]] || words+=(--no-login)
    changed_lines python_helper demo "${words[@]}"
}
