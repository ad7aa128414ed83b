"""What keeps a service from starting: one clear line that names the culprit, and exit status 1."""

import socket
import subprocess
import sys

import pytest

from tests.support.cloud import Cloud, write_options


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    path = tmp_path_factory.mktemp("start")
    (path / "broken.ini").write_text("[composite:osapi_compute\n")
    (path / "broken.yaml").write_text(": : [\n")
    (path / "garbage.conf").write_text("garbage\n")
    (path / "latin1.conf").write_bytes(b"[DEFAULT]\nhost = \xe9\n")
    return path


@pytest.fixture(scope="module")
def cloud(directory):
    """A configuration that is right, with keys for tokens, and without broker or tables."""
    cloud = Cloud(directory, "rabbit://u:secret@127.0.0.1:1/", f"sqlite:///{directory}/nova.sqlite")
    cloud.manage("identity", "fernet_setup")
    return cloud


def _start(cloud, binary, *files):
    command = [sys.executable, "-m", f"nova_lite.cmd.{binary.removeprefix('nova-')}"]
    for path in files:
        command += ["--config-file", str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


#: (service, section, option, value, what the message must hold); {} is the test's directory.
WRONG = [
    ("nova-api", "DEFAULT", "osapi_compute_listen_port", "99999", ["osapi_compute_listen_port", "65535"]),
    ("nova-api", "DEFAULT", "enabled_apis", "osapi_compute,nope", ["enabled_apis", "'nope'"]),
    ("nova-api", "DEFAULT", "transport_url", "bogus://u:secret@h/", ["transport_url"]),
    ("nova-api", "database", "connection", "foo://u:secret@h/d", ["[database] connection", "'foo'"]),
    ("nova-api", "wsgi", "api_paste_config", "{}/none.ini", ["[wsgi] api_paste_config", "none.ini"]),
    ("nova-api", "wsgi", "api_paste_config", "{}/broken.ini", ["broken.ini", "line: 1"]),
    ("nova-api", "oslo_policy", "policy_file", "{}/broken.yaml", ["policy_file", "broken.yaml"]),
    ("nova-api", "identity", "key_repository", "{}/none", ["key_repository", "fernet_setup"]),
    ("nova-api", "api", "auth_strategy", "foo", ["auth_strategy", "fernet, keystone, noauth2"]),
    ("nova-conductor", "DEFAULT", "transport_url", "not-a-url", ["transport_url", "rabbit://USER"]),
    ("nova-conductor", "DEFAULT", "report_interval", "-5", ["report_interval", "nova.conf"]),
    ("nova-conductor", "database", "connection", "secret", ["[database] connection"]),
    ("nova-conductor", "database", "connection", "sqlite:///{}/empty.sqlite", ["nova-manage db sync"]),
    ("nova-scheduler", "filter_scheduler", "enabled_filters", "NopeFilter", ["enabled_filters", "NopeFilter"]),
    ("nova-compute", "DEFAULT", "initial_cpu_allocation_ratio", "abc", ["initial_cpu_allocation_ratio"]),
]  # fmt: skip


@pytest.mark.parametrize(("binary", "section", "option", "value", "says"), WRONG)
def test_wrong_values(cloud, directory, binary, section, option, value, says):
    extra = directory / "extra-nova.conf"
    write_options(extra, {section: {option: value.format(directory)}})
    ended = _start(cloud, binary, cloud.config_file(), extra)
    assert ended.returncode == 1
    message = ended.stderr[ended.stderr.rindex(f"{binary} cannot start: ") :]
    assert [each for each in says if each not in message] == []
    assert "secret" not in ended.stderr + ended.stdout


@pytest.mark.parametrize(
    ("name", "says"),
    [("none.conf", "none.conf"), ("garbage.conf", "garbage.conf:1"), ("latin1.conf", "not UTF-8")],
)
def test_wrong_files(cloud, directory, name, says):
    ended = _start(cloud, "nova-conductor", directory / name)
    assert ended.returncode == 1
    assert ended.stderr.startswith("nova-conductor cannot start: ")
    assert says in ended.stderr


def test_occupied_port(cloud, directory):
    with socket.create_server(("127.0.0.1", 0)) as occupied:
        port = occupied.getsockname()[1]
        extra = directory / "extra-nova.conf"
        write_options(extra, {"DEFAULT": {"osapi_compute_listen_port": port}})
        ended = _start(cloud, "nova-api", cloud.config_file(), extra)
    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in ended.stderr.splitlines()[-1]
