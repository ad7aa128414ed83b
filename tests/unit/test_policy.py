"""A policy file with a mistake: none at the start, the rules of before while running."""

import pytest

from nova_lite import exception, policy
from nova_lite.conf import CONF
from nova_lite.context import RequestContext

RULE = "os_compute_api:limits"


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A policy file in use that lets nobody see limits; looked at on each check."""
    path = tmp_path / "policy.yaml"
    path.write_text(f'"{RULE}": "!"\n')
    CONF([], project="nova", default_config_files=[], default_config_dirs=[])
    policy.reset()
    policy.get_enforcer()  # registers its options
    policy.reset()
    monkeypatch.setattr(policy, "RELOAD_INTERVAL", 0.0)
    CONF.set_override("policy_file", str(path), group="oslo_policy")
    yield path
    CONF.clear_override("policy_file", group="oslo_policy")
    policy.reset()


def _may() -> bool:
    context = RequestContext(user_id="u", project_id="p", roles=["reader"])
    return policy.authorize(context, RULE, {"project_id": "p"}, fatal=False)


@pytest.mark.parametrize("broken", [": : [", "[1, 2]", "words"])
def test_mistakes(file, broken):
    assert not _may()
    file.write_text(broken + "\n")
    assert not _may()
    file.write_text(f'"{RULE}": "@"\n# it is right again, and longer\n')
    assert _may()


@pytest.mark.parametrize("broken", [": : [", "[1, 2]", "words"])
def test_a_mistake_at_the_start(file, broken):
    file.write_text(broken + "\n")
    with pytest.raises(exception.ConfigurationError, match=r"policy\.yaml cannot be read as rules"):
        policy.get_enforcer()
