"""tools/devstack/guest: the image boots everywhere it says, and does what a server's owner asked for."""

import json
import pathlib
import subprocess
import textwrap

import pytest

from tests.support import libvirt

UUID = "0c6fa1a9-5c3b-4a6e-9d6a-3e0f6f1d7a52"
META_DATA = {
    "uuid": UUID,
    "hostname": "web-1.novalocal",
    "name": "web-1",
    "admin_pass": "p:a$s\\ wörd'\"",
    "meta": {"role": "web", 'odd "key"': "a, b: {c}\nsecond line"},
    "public_keys": {"one": "ssh-ed25519 AAAAone user@host\n", "two": "ssh-rsa AAAAtwo"},
}
USER_DATA = """\
    #!/bin/sh
    echo "keys $(grep -c ssh- /root/.ssh/authorized_keys)"
    echo "disk $(df -m / | awk 'NR == 2 {print $2}')"
    hash=$(sed -n 's/^root:\\([^:]*\\):.*/\\1/p' /etc/shadow)
    salt=$(echo "$hash" | cut -d'$' -f3)
    jq -r .admin_pass /run/nova-lite/meta_data.json | mkpasswd -m sha512 -P 0 -S "$salt" >/tmp/expected
    [ "$(cat /tmp/expected)" = "$hash" ] && echo "password is set"
    exit 7
    """


@pytest.fixture(params=["iso9660", "vfat"])
def config_drive(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> pathlib.Path:
    tree = tmp_path / "tree"
    latest = tree / "openstack" / "latest"
    latest.mkdir(parents=True)
    (latest / "meta_data.json").write_text(json.dumps(META_DATA))
    (latest / "user_data").write_text(textwrap.dedent(USER_DATA))
    drive = tmp_path / f"config.{request.param}"
    # The commands that Nova runs for config_drive_format = iso9660, vfat.
    if request.param == "iso9660":
        command = ["genisoimage", "-quiet", "-o", drive, "-ldots", "-allow-lowercase", "-allow-multidot"]
        subprocess.run([*command, "-l", "-J", "-r", "-V", "config-2", tree], check=True, timeout=30)
    else:
        drive.write_bytes(bytes(64 << 20))
        subprocess.run(["/usr/sbin/mkfs.vfat", "-n", "config-2", drive], check=True, timeout=30)
        subprocess.run(["mcopy", "-s", "-i", drive, tree / "openstack", "::/"], check=True, timeout=30)
    return drive


def test_without_network_and_config_drive_it_says_who_it_is(machine):
    guest = machine("-uuid", UUID)
    console = guest.wait_for("nova-lite login: ")
    assert f"instance-id: {UUID}" in console  # from the firmware's tables
    assert "datasource: none" in console


def test_config_drive(machine, config_drive):
    guest = machine("-drive", f"file={config_drive},format=raw,if=virtio,readonly=on", disk_size="300M")
    console = guest.wait_for("web-1 login: ")
    for line in (
        f"instance-id: {UUID}",
        "hostname: web-1",
        "datasource: config-drive",
        "metadata: role: web",
        'metadata: odd "key": a, b: {c} second line',
        "ssh-keys: 2",
        "keys 2",
        "password is set",
        "user-data: exit code 7",
    ):
        assert line in console
    assert META_DATA["admin_pass"] not in console
    size = int(console.partition("\ndisk ")[2].split()[0])
    assert size > 250  # the root file system has grown with the disk


# Nova gives only iso9660 a CD-ROM; Linux reads no vfat from sectors of 2048 bytes.
@pytest.mark.parametrize("config_drive", ["iso9660"], indirect=True)
def test_reads_a_config_drive_in_a_cdrom(machine, config_drive):
    console = machine("-cdrom", str(config_drive)).wait_for("login: ")
    assert "datasource: config-drive" in console


def test_metadata_service(machine, tmp_path):
    # QEMU's user network without a way out; what is sent to the metadata address goes to this program.
    responder = tmp_path / "responder.sh"
    (tmp_path / "meta_data.json").write_text(json.dumps(META_DATA))
    responder.write_text(
        "#!/bin/sh\nread -r method path rest\n"
        'while read -r line && [ "$line" != "$(printf \'\\r\')" ]; do :; done\n'
        "case $path in /openstack/latest/meta_data.json)\n"
        "    printf 'HTTP/1.0 200 OK\\r\\nContent-Type: application/json\\r\\n\\r\\n'\n"
        f"    cat {tmp_path}/meta_data.json ;;\n"
        "*) printf 'HTTP/1.0 404 Not Found\\r\\nContent-Length: 0\\r\\n\\r\\n' ;;\nesac\n"
    )
    responder.chmod(0o755)
    network = "user,id=net0,restrict=on,net=169.254.0.0/16,dhcpstart=169.254.9.15"
    guest = machine(
        "-netdev", f"{network},guestfwd=tcp:169.254.169.254:80-cmd:{responder}",
        "-device", "virtio-net-pci,netdev=net0",
    )  # fmt: skip
    console = guest.wait_for("web-1 login: ")
    assert "address: eth0 169.254.9.15/16" in console
    assert "datasource: metadata-service" in console
    assert "metadata: role: web" in console


NETWORK_DATA = {  # as Nova writes it: one network with fixed addresses only, one with DHCP
    "links": [
        {"id": "tap1", "type": "bridge", "mtu": 1442, "ethernet_mac_address": "FA:16:3e:00:00:01"},
        {"id": "tap2", "type": "bridge", "mtu": None, "ethernet_mac_address": "fa:16:3e:00:00:02"},
    ],
    "networks": [
        {
            "id": "network0",
            "type": "ipv4",
            "link": "tap1",
            "ip_address": "10.9.0.77",
            "netmask": "255.255.255.0",
            "routes": [{"network": "0.0.0.0", "netmask": "0.0.0.0", "gateway": "10.9.0.2"}],
            "services": [{"type": "dns", "address": "10.9.0.3"}],
        },
        {"id": "network1", "type": "ipv4_dhcp", "link": "tap2"},
    ],
    "services": [],
}


def test_fixed_addresses_and_a_hot_plugged_nic(machine, tmp_path):
    latest = tmp_path / "tree" / "openstack" / "latest"
    latest.mkdir(parents=True)
    (latest / "meta_data.json").write_text(json.dumps({"uuid": UUID}))
    (latest / "network_data.json").write_text(json.dumps(NETWORK_DATA))
    (latest / "user_data").write_text(
        "#!/bin/sh\nip -4 route\ncat /etc/resolv.conf /sys/class/net/eth0/mtu\n"
    )
    drive = tmp_path / "config.iso"
    command = ["genisoimage", "-quiet", "-o", drive, "-l", "-J", "-r", "-V", "config-2", tmp_path / "tree"]
    subprocess.run(command, check=True, timeout=30)
    options = ["-drive", f"file={drive},format=raw,if=virtio,readonly=on"]
    for number in (1, 2):
        options += ["-netdev", f"user,id=net{number},restrict=on,net=10.{number}.0.0/24"]
        options += ["-device", f"virtio-net-pci,netdev=net{number},mac=fa:16:3e:00:00:0{number}"]
    guest = machine(*options)
    console = guest.wait_for("login: ")
    for line in (
        "address: eth0 10.9.0.77/24\n",
        "address: eth1 10.2.0.15/24\n",
        "default via 10.9.0.2 dev eth0",
        "nameserver 10.9.0.3",
        "\n1442\n",
    ):
        assert line in console
    guest.qmp("netdev_add", type="user", id="net3", net="10.3.0.0/24", restrict=True)
    guest.qmp("device_add", driver="virtio-net-pci", netdev="net3", id="nic3")
    guest.wait_for("address: eth2 10.3.0.15/24")


def test_a_network_without_dhcp_delays_the_login_a_little_only(machine):
    guest = machine("-netdev", "hubport,id=net0,hubid=1", "-device", "virtio-net-pci,netdev=net0")
    console = guest.wait_for("login: ")
    assert "address: eth0 none" in console
    assert float(console.partition("ready after ")[2].split()[0]) < 30  # udhcpc asks five times, 1 s each


def test_power_button_and_state_over_a_reset(machine):
    guest = machine()
    guest.wait_for("login: ")
    guest.qmp("system_reset")
    guest.wait_for("(?s)login: .*login: ")
    guest.qmp("system_powerdown")
    guest.wait_end()
    assert "Power down" in guest.console()


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        pytest.param([], {"machine": "q35"}, id="q35"),
        pytest.param(["-device", "virtio-scsi-pci"], {"disk_device": "scsi-hd"}, id="virtio-scsi"),
        pytest.param(["-bios", "/usr/share/ovmf/OVMF.fd"], {"machine": "q35", "memory": 256}, id="uefi"),
    ],
)
def test_boots_from(machine, options, settings):
    for part in options:
        if part.startswith("/") and not pathlib.Path(part).exists():
            pytest.skip(f"no {part}: package ovmf is not installed")
    machine(*options, **settings).wait_for("login: ")


def test_guest_agent(machine, tmp_path):
    path = tmp_path / "agent"
    guest = machine(
        "-device", "virtio-serial-pci", "-chardev", f"socket,id=agent,path={path},server=on,wait=off",
        "-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0",
    )  # fmt: skip
    guest.wait_for("login: ")
    answers = subprocess.run(
        ["python3", "-c", AGENT_CLIENT, path], capture_output=True, text=True, check=True, timeout=60
    ).stdout.splitlines()
    assert json.loads(answers[0]) == {"return": {}}
    assert json.loads(answers[1])["return"]["host-name"] == "nova-lite"
    guest.wait_end()


AGENT_CLIENT = """
import socket, sys
channel = socket.socket(socket.AF_UNIX)
channel.settimeout(30)
channel.connect(sys.argv[1])
stream = channel.makefile("rw")
for command in ("guest-ping", "guest-get-host-name"):
    stream.write('{"execute": "%s"}\\n' % command)
    stream.flush()
    print(stream.readline().strip())
stream.write('{"execute": "guest-shutdown"}\\n')
stream.flush()
"""


def test_build_does_nothing_when_up_to_date(guest_image):
    before = guest_image.stat()
    again = libvirt.build_guest_image(guest_image.parent)
    assert again == guest_image
    assert (again.stat().st_ino, again.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_build_refuses_an_unknown_variant(tmp_path):
    with pytest.raises(AssertionError, match="--variant is stock or generic, not 'tiny'"):
        libvirt.build_guest_image(tmp_path, "--variant", "tiny")
