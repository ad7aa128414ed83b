"""tools/devstack/cloud: edits of clouds.yaml and nova.conf; etc/nova.conf shows the defaults that are true."""

import importlib.util
import pathlib
import re

import pytest
import yaml
from oslo_config import cfg

from nova_lite import conf

ROOT = pathlib.Path(__file__).parents[3]


def load(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools/devstack/cloud" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


clients = load("clients")
fill = load("fill")
OURS = clients.entries({"demo": "d: #1", "admin": "a"}, "http://127.0.0.1:5000/v3")

FOREIGN = """\
# mine
clouds:   # all of them
    # the other one
    other:
        auth: {username: me, password: secret}  # kept

cache:
  expiration_time: 3600
"""


@pytest.mark.parametrize(
    "before",
    ["", "clouds:\n", "clouds: {}\n", "# only a comment\n", FOREIGN, FOREIGN.rstrip("\n"), "cache: {}\n"],
)
def test_entries_come_and_go_and_leave_the_rest(before):
    others = yaml.safe_load(before) or {}
    added = clients.edit(before, OURS)
    parsed = yaml.safe_load(added)
    assert parsed["clouds"] == (others.get("clouds") or {}) | OURS
    assert {key: value for key, value in parsed.items() if key != "clouds"} == {
        key: value for key, value in others.items() if key != "clouds"
    }
    assert clients.edit(added, OURS) == added
    removed = yaml.safe_load(clients.edit(added, {})) or {}
    assert (removed.get("clouds") or {}) == (others.get("clouds") or {})


def test_comments_and_style_of_others_survive():
    assert clients.edit(clients.edit(FOREIGN, OURS), {}) == FOREIGN


def test_changed_passwords_replace_the_old_entries():
    other = clients.entries({"demo": "new", "admin": "new"}, "http://127.0.0.1:5001/v3")
    again = clients.edit(clients.edit(FOREIGN, OURS), other)
    assert yaml.safe_load(again)["clouds"]["nova-lite"] == other["nova-lite"]
    assert again.count(clients.BEGIN) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("clouds:\n  nova-lite: {}\n", "entries of its own named nova-lite"),
        ("clouds: [1]\n", "mapping named clouds"),
        ("- a\n", "mapping named clouds"),
        ("clouds: {other: {}}\n", "block style"),
        ("clouds:\n\tother: {}\n", "not YAML"),
    ],
)
def test_what_cannot_be_edited_is_refused(text, words):
    with pytest.raises(clients.ClientsError, match=words):
        clients.edit(text, OURS)


def test_options_are_set_in_their_own_section():
    sample = "[DEFAULT]\n#a = 1\n[x]\n# text\n#a = 1\nb = 2\n#empty =\n"
    made = fill.fill(sample, [("x", "a", "9"), ("x", "b", "3"), ("x", "empty", "v=w")])
    assert made == "[DEFAULT]\n#a = 1\n[x]\n# text\na = 9\nb = 3\nempty = v=w\n"


def test_a_default_stays_a_comment():
    assert fill.fill("[DEFAULT]\n#a = 1\n", [("DEFAULT", "a", "1")]) == "[DEFAULT]\n#a = 1\n"


def test_an_option_that_the_sample_does_not_have_is_an_error():
    with pytest.raises(fill.UnknownOptionError, match=r"\[y\] a"):
        fill.fill("[x]\n#a = 1\n", [("y", "a", "2")])


# ---- etc/nova.conf ----

#: Their defaults come from other places: the machine, libraries.
NOT_OURS = {("DEFAULT", "debug"), ("DEFAULT", "transport_url"), ("oslo_concurrency", "lock_path")}


def shown():
    section = "DEFAULT"
    for line in (ROOT / "etc/nova.conf").read_text().splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif match := re.match(r"^#?([a-z_0-9]+) =[ ]?(.*)$", line):
            yield section, match[1], match[2]


def options():
    return {
        (group if isinstance(group, str) else group.name if group else "DEFAULT", option.dest): option
        for group, found in conf.list_opts()
        for option in found
    }


@pytest.mark.parametrize(("section", "name", "value"), [each for each in shown() if each[:2] not in NOT_OURS])
def test_the_sample_shows_the_default(section, name, value):
    option = options()[section, name]
    default = option.default
    if name == "host" or default is None:
        assert value == ""
        return
    if isinstance(option, cfg.ListOpt):
        default = ",".join(default)
    elif isinstance(option, cfg.BoolOpt):
        default = str(default).lower()
    assert value == str(default)


def test_the_sample_sets_nothing():
    assert not [
        line for line in (ROOT / "etc/nova.conf").read_text().splitlines() if re.match(r"^[a-z]", line)
    ]
