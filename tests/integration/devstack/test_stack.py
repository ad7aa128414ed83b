"""tools/devstack/stack.sh and unstack.sh: a cloud on the fake driver, in directories of its own."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest
import yaml

from tests.support import cloud
from tests.support.libvirt import DEVSTACK

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="stack.sh needs root"),
    pytest.mark.timeout(1200),  # the first step that is not cached downloads 60 MB of Python packages
]

TIMEOUT = 900
#: What services write into while they run.
LIVE = re.compile(r"/(rabbitmq|log)/|nova\.sqlite|/fake-guests|/stack/nova\.conf\.sum$|/stack/options$")


def run(script, *words):
    return subprocess.run(
        [DEVSTACK / script, *words], capture_output=True, text=True, timeout=TIMEOUT, stdin=subprocess.DEVNULL,
        check=False,
    )  # fmt: skip


def succeed(script, *words):
    done = run(script, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def state_of(root):
    """Every file below root: its content's time, mode and owner."""
    return {
        str(path): (stat.st_mtime_ns, stat.st_mode, stat.st_uid, stat.st_gid)
        for path in root.rglob("*")
        if not LIVE.search(str(path)) and path.is_file()
        for stat in [path.stat()]
    }


def pids(prefix):
    return {path.name: path.read_text() for path in (prefix / "var/lib/nova-lite/stack").glob("*.pid")}


@pytest.fixture(scope="module")
def prefix():
    # Short, and not below pytest's directories: the services run as other users.
    path = pathlib.Path(tempfile.mkdtemp(prefix="nova-lite-stack-"))
    path.chmod(0o755)
    yield path
    subprocess.run([DEVSTACK / "unstack.sh", "--clean", "--prefix", path], timeout=TIMEOUT, check=True)
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def stack(prefix):
    clouds = prefix / "etc/openstack/clouds.yaml"
    clouds.parent.mkdir(parents=True)
    clouds.write_text("# of the owner\nclouds:\n  other: {region_name: elsewhere} # kept\n")
    ports = ",".join(str(port) for port in cloud.free_ports(3))
    return succeed("stack.sh", "--fake", "--prefix", prefix, "--ports", ports)


def test_the_cloud_runs_and_says_how_to_reach_it(stack, prefix):
    assert re.search(r"server demo ACTIVE after \d", stack)
    assert f"{prefix}/etc/openstack/clouds.yaml" in stack
    assert len(pids(prefix)) == 4
    entries = yaml.safe_load((prefix / "etc/openstack/clouds.yaml").read_text())["clouds"]
    assert set(entries) == {"other", "nova-lite", "nova-lite-admin"}
    assert entries["nova-lite"]["auth"]["username"] == "demo"


def test_secrets_are_closed_to_others_and_not_in_logs(stack, prefix):
    etc = prefix / "etc/nova-lite"
    secrets = [line.partition("=")[2] for line in (etc / "passwords").read_text().splitlines()]
    assert len(set(secrets)) == len(secrets) >= 3
    assert all(len(secret) >= 32 for secret in secrets)
    for path in [*etc.rglob("*"), prefix / "etc/openstack/clouds.yaml", *prefix.rglob("var/log/**/*.log")]:
        assert not path.stat().st_mode & 0o007, path
    url = (prefix / "var/lib/nova-lite/rabbitmq/url").read_text().strip()
    secrets.append(re.search(r":([^:@]+)@", url)[1])
    for path in prefix.rglob("var/log/**/*.log"):
        text = path.read_text(errors="replace")
        assert not [secret for secret in secrets if secret in text], path
    assert not [secret for secret in secrets if secret in stack]


def test_the_second_run_changes_nothing(stack, prefix):
    before, running = state_of(prefix), pids(prefix)
    again = succeed("stack.sh", "--prefix", prefix)
    assert "All is well, nothing was changed" in again, again
    assert pids(prefix) == running
    assert state_of(prefix) == before


def test_other_choices_are_refused(stack, prefix):
    done = run("stack.sh", "--prefix", prefix, "--database", "mariadb")
    assert done.returncode == 1
    assert "made with database sqlite, not mariadb" in done.stderr


def test_a_service_that_died_is_started_again_alone(stack, prefix):
    before = pids(prefix)
    os.kill(int(before["nova-scheduler.pid"].split()[0]), 9)
    again = succeed("stack.sh", "--prefix", prefix)
    assert "started nova-scheduler" in again
    after = pids(prefix)
    assert {name for name in after if after[name] != before[name]} == {"nova-scheduler.pid"}


def test_a_step_that_fails_says_why(stack, prefix):
    conf = prefix / "etc/nova-lite/nova.conf"
    good = conf.read_text()
    conf.write_text(good.replace("[api]", "[api]\nmax_limit = many"))
    try:
        done = run("stack.sh", "--prefix", prefix)
    finally:
        conf.write_text(good)
    assert done.returncode == 1
    assert "FAILED" in done.stdout
    assert "max_limit" in done.stderr
    assert "many" in done.stderr
    # What is mended goes on.
    succeed("stack.sh", "--prefix", prefix)


def test_an_edited_configuration_is_kept(stack, prefix):
    conf = prefix / "etc/nova-lite/nova.conf"
    good = conf.read_text()
    edited = good.replace("#max_limit = 1000", "max_limit = 500")
    assert edited != good
    conf.write_text(edited)
    try:
        said = succeed("stack.sh", "--prefix", prefix)
        assert "was edited and is kept" in said
        assert "restarted nova-conductor" in said
        assert conf.read_text() == edited
        assert (prefix / "etc/nova-lite/nova.conf.new").read_text() == good
    finally:
        conf.write_text(good)
    succeed("stack.sh", "--prefix", prefix)
    assert "nothing was changed" in succeed("stack.sh", "--prefix", prefix)


def test_unstack_stops_and_stack_brings_it_back(stack, prefix):
    running = pids(prefix)
    assert "stopped nova-api" in succeed("unstack.sh", "--prefix", prefix)
    for line in running.values():
        stat = pathlib.Path(f"/proc/{line.split()[0]}/stat")
        assert not stat.exists() or line.split()[1] not in stat.read_text() or ") Z " in stat.read_text()
    said = succeed("stack.sh", "--prefix", prefix)
    assert "started nova-conductor" in said
    # The server of the first run is still known.
    assert "server demo ACTIVE" not in said.split("Server demo")[0]


def test_clean_leaves_nothing_of_ours(stack, prefix):
    succeed("unstack.sh", "--clean", "--prefix", prefix)
    left = [str(path.relative_to(prefix)) for path in prefix.rglob("*") if path.is_file()]
    assert left == ["etc/openstack/clouds.yaml"]
    assert (prefix / left[0]).read_text() == (
        "# of the owner\nclouds:\n  other: {region_name: elsewhere} # kept\n"
    )
    assert "no cloud" in succeed("unstack.sh", "--clean", "--prefix", prefix)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--database", "oracle"], "--database is one of"),
        (["--netns", "a b"], "--netns"),
        (["--ports", "1,2"], "--ports"),
        (["--frobnicate"], "--frobnicate"),
        (["--prefix"], "needs a value"),
    ],
)
def test_usage(words, text):
    done = run("stack.sh", *words)
    assert done.returncode == 2
    assert text in done.stderr
