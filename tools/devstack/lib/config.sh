# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Steps of stack.sh: secrets and nova.conf. Sourced.

# NAME=SECRET lines: users of the cloud (as `nova-manage identity bootstrap --password-file` reads them), and the
# accounts at the distribution's broker and database.
secrets_of() {
    printf '%s\n' admin demo nova
    ! uses_systemd || printf '%s\n' broker database
}

secret() { sed -n "s/^$1=//p" "$ETC/passwords"; }

make_secrets() {
    local name all=''
    for name in $(secrets_of); do
        if [[ -s $ETC/passwords && -n $(secret "$name") ]]; then
            all+="$name=$(secret "$name")"$'\n'
        else
            all+="$name=$(od -An -N18 -tx1 /dev/urandom | tr -d ' \n')"$'\n'
        fi
    done
    put_file "$ETC/passwords" 0600 root:root < <(printf '%s' "$all")
}

# Lines "SECTION OPTION VALUE": what differs from the defaults that etc/nova.conf shows.
settings() {
    printf '%s\n' \
        "DEFAULT host $(hostname)" \
        "DEFAULT transport_url $(transport_url)" \
        "DEFAULT state_path $STATE" \
        "DEFAULT osapi_compute_listen_port $COMPUTE_PORT" \
        "DEFAULT identity_listen_port $IDENTITY_PORT" \
        "DEFAULT image_listen_port $IMAGE_PORT" \
        "database connection $(database_url)" \
        "identity key_repository $ETC/fernet-keys" \
        "glance api_servers http://127.0.0.1:$IMAGE_PORT" \
        "oslo_concurrency lock_path $STATE/locks"
    if [[ -n $FAKE ]]; then
        printf '%s\n' \
            "DEFAULT compute_driver fake.FakeDriver" \
            "fake state_file $STATE/fake-guests"
    else
        printf '%s\n' \
            "DEFAULT compute_driver libvirt.LibvirtDriver" \
            "libvirt connection_uri $(libvirt_uri)"
    fi
}

write_configuration() {
    local file=$ETC/nova.conf new ours
    # A variable, not a pipe: a failure in the middle must not install half a file.
    new=$(settings | /usr/bin/python3 "$DEVSTACK/cloud/fill.py" "$SOURCE/etc/nova.conf")
    ours=$(cat "$BOOKS/nova.conf.sum" 2>/dev/null || true)
    if [[ -e $file && "$(sha256sum <"$file")" != "$ours" && "$(cat "$file")" != "$new" ]]; then
        # The operator's own edition stays, as dpkg does with configuration files.
        put_file "$file.new" 0640 "root:$SERVICE_USER" <<<"$new"
        ((!${#CHANGES[@]})) || changed "$file was edited and is kept"
        return 0
    fi
    put_file "$file" 0640 "root:$SERVICE_USER" <<<"$new"
    sha256sum <"$file" >"$BOOKS/nova.conf.sum"
    rm -f "$file.new"
}
