"""tools/devstack/lib/packages.sh: apt is asked for what is missing only; services stay off meanwhile."""

import pathlib
import subprocess

import pytest

SCRIPT = pathlib.Path(__file__).parents[3] / "tools" / "devstack" / "lib" / "packages.sh"

FAKES = {
    # installed.txt plays dpkg's database.
    "dpkg-query": 'for name; do :; done; grep -qx "$name" {root}/installed.txt && printf installed',
    "apt-get": """
        echo "$*" >>{root}/apt.log
        cp {policy} {root}/policy-during-install 2>/dev/null
        [ ! -e {root}/apt-fails ] || exit 100
        for word; do case $word in -*) ;; *) echo "$word" >>{root}/installed.txt ;; esac; done""",
}
# The directories of the real system are replaced: the library's variables, and root.
PRELUDE = """
    set -euo pipefail
    . {script}
    _PACKAGES_LOCK={policy}.lock
    _PACKAGES_POLICY={policy}
    _PACKAGES_POLICY_SAVED={policy}.saved
    packages_refresh_lists() {{ :; }}
    export PACKAGES_NO_AUTOSTART=1
"""


@pytest.fixture
def run(tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    policy = tmp_path / "policy-rc.d"
    (tmp_path / "installed.txt").write_text("")
    for name, body in FAKES.items():
        (programs / name).write_text("#!/bin/sh\n" + body.format(root=tmp_path, policy=policy) + "\n")
        (programs / name).chmod(0o755)

    def run(script, code=0):
        text = PRELUDE.format(script=SCRIPT, policy=policy) + script
        done = subprocess.run(
            ["unshare", "--map-root-user", "bash", "-c", text],
            capture_output=True, text=True, check=False, timeout=60,
            env={"PATH": f"{programs}:/usr/bin:/bin:/usr/sbin:/sbin"},
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


def test_apt_is_not_touched_when_all_is_there(run, tmp_path):
    (tmp_path / "installed.txt").write_text("mariadb-server\npostgresql\n")
    run("packages_install mariadb postgresql")
    assert not (tmp_path / "apt.log").exists()


def test_only_what_is_missing_is_installed_and_only_once(run, tmp_path):
    (tmp_path / "installed.txt").write_text("mariadb-server\n")
    for _ in range(2):
        run("packages_install mariadb postgresql")
    calls = (tmp_path / "apt.log").read_text().splitlines()
    assert len(calls) == 1
    assert calls[0].endswith("install -y --no-install-recommends postgresql")


@pytest.mark.parametrize("fails", [False, True])
def test_services_cannot_start_during_the_installation_and_no_trace_stays(run, tmp_path, fails):
    if fails:
        (tmp_path / "apt-fails").touch()
    run("packages_install broker", code=100 if fails else 0)
    assert "exit 101" in (tmp_path / "policy-during-install").read_text()
    assert not (tmp_path / "policy-rc.d").exists()
    assert not (tmp_path / "policy-rc.d.saved").exists()


def test_a_policy_that_allows_is_put_back(run, tmp_path):
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 0\n")
    policy.chmod(0o755)
    run("packages_install broker")
    assert "exit 101" in (tmp_path / "policy-during-install").read_text()
    assert policy.read_text() == "#!/bin/sh\nexit 0\n"


def test_the_rest_of_a_killed_run_is_undone(run, tmp_path):
    policy = tmp_path / "policy-rc.d"
    original = "#!/bin/sh\n# the owner's\nexit 0\n"
    policy.write_text(original)
    policy.chmod(0o755)
    run("_packages_deny_autostart")  # and no restore, as after SIGKILL
    assert policy.read_text() != original
    run("packages_install broker")
    assert policy.read_text() == original


def test_unknown_group_is_refused_with_the_names_that_exist(run, tmp_path):
    done = run("packages_install brokre", code=2)
    assert "no package group 'brokre'" in done.stderr
    assert "broker" in done.stderr
    assert not (tmp_path / "apt.log").exists()


def test_every_group_names_packages():
    groups = subprocess.run(
        ["bash", "-c", f". {SCRIPT}; packages_groups"], capture_output=True, text=True, check=True, timeout=60
    ).stdout.split()
    assert "broker" in groups
    for group in groups:
        listed = subprocess.run(
            [SCRIPT, "--list", group], capture_output=True, text=True, check=True, timeout=60
        ).stdout
        assert listed.split(), group
