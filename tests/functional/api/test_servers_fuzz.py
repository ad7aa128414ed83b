"""Whatever is sent to servers and what is below them, at any version: an announced answer, and never a 500."""

import pytest
from hypothesis import strategies as st

from nova_lite.api.openstack.compute import (
    admin_actions,
    console_output,
    deferred_delete,
    instance_actions,
    ips,
    lock_server,
    router,
    server_metadata,
    server_power,
    server_security_groups,
    server_tags,
    servers,
)
from tests.functional.api import test_fuzz as fuzz
from tests.functional.api.conftest import brokered
from tests.support import face, rows

MODULES = (
    admin_actions, console_output, deferred_delete, instance_actions, ips, lock_server, server_metadata, server_power,
    server_security_groups, server_tags, servers,
)  # fmt: skip
OPERATIONS = [operation for module in MODULES for operation in module.OPERATIONS]

ACTIVE = "aaaaaaaa-0000-4000-8000-000000000001"
STOPPED = "aaaaaaaa-0000-4000-8000-000000000002"

#: What names may be: of things that are there, and of what should never be believed.
WORDS = st.sampled_from(
    [ACTIVE, STOPPED, rows.IMAGE, rows.IMAGE, "1", "1", "0", "-1", "99999999999999999999", "nova", "nova:host1", "a::b",
     "host1", "auto", "none", "local", "image", "SOFT", "true", "req-1", "aGk=", "192.0.2.1", "2001:db8::1", "web", "ü",
     "²", "%", "[", "(?P<", "a\nb", "2026-01-31T12:00:00Z",
     "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", ","]
) | st.text(min_size=1, max_size=12)  # fmt: skip


@pytest.fixture(scope="module")
def cloud(database):
    """One host, a flavor, an image, two servers; messages arrive."""
    with face.database(database), brokered() as broker, pytest.MonkeyPatch.context() as patch:
        patch.setattr(fuzz, "WORDS", WORDS)
        broker.answers["get_console_output"] = "login:"
        rows.flavor("1")
        rows.image()
        rows.service("host1")
        rows.server(uuid=ACTIVE)
        rows.server(uuid=STOPPED, vm_state="stopped", network_info=[])
        yield


@pytest.mark.parametrize("operation", OPERATIONS, ids=fuzz.name_of)
def test_no_surprise(application, cloud, operation):
    # A tag that is new is 201, one that is there 204.
    fuzz.check_operation(application, operation, *([201] if operation.method == "PUT" else []))


def test_nothing_is_left_out():
    fuzzed = {id(operation) for operation in (*OPERATIONS, *fuzz.OPERATIONS)}
    known = [operation for _, operations in router.load_resources() for operation in operations]
    assert [fuzz.name_of(operation) for operation in known if id(operation) not in fuzzed] == []
