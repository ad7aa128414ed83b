"""Host states and options without a database."""

import pytest

from nova_lite.conf import CONF
from nova_lite.db import host_states
from nova_lite.scheduler.host_manager import _ROW, HostState
from nova_lite.servicegroup import utcnow

_DEFAULTS = {
    "id": 1, "uuid": "22222222-2222-4222-8222-222222222222", "host": "one", "nodename": "one-node",
    "vcpus_total": 8, "total_usable_ram_mb": 16384, "total_usable_disk_gb": 100,
    "vcpus_used": 0, "ram_mb_used": 0, "disk_gb_used": 0,
    "free_vcpus": 32.0, "free_ram_mb": 16384.0, "free_disk_gb": 100.0,
    "num_instances": 0, "failed_builds": 0, "hypervisor_type": "QEMU", "hypervisor_version": 7002000,
    "disabled": False, "disabled_reason": None, "forced_down": False,
}  # fmt: skip


@pytest.fixture
def make_host():
    """Return a function that makes a HostState; only what is given of the columns on demand can be read."""

    def make(**attributes) -> HostState:
        now = utcnow()
        values = _DEFAULTS | {"last_seen_up": now, "created_at": now} | attributes
        columns = [values.pop(name) for name in _ROW]
        extra = [name for name in values if name in host_states.EXTRA_COLUMNS]
        state = HostState([*columns, *(values.pop(name) for name in extra)], extra)
        for name, value in ({"instances": set(), "group_members": set()} | values).items():
            setattr(state, name, value)
        return state

    return make


@pytest.fixture
def option():
    """Return a function that sets options of `[filter_scheduler]` for the test."""
    touched = []

    def set_option(name, value):
        CONF.set_override(name, value, group="filter_scheduler")
        touched.append(name)

    yield set_option
    for name in touched:
        CONF.clear_override(name, group="filter_scheduler")
