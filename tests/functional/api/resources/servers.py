"""Rows for servers.yaml: what servers are made of, a host, and servers on it."""

import datetime as dt

import oslo_messaging as messaging

from nova_lite import rpc
from nova_lite.conf import CONF
from nova_lite.db import models
from tests.support import rows

ACTIVE = "aaaaaaaa-0000-4000-8000-000000000001"
STOPPED = "aaaaaaaa-0000-4000-8000-000000000002"
BROKEN = "aaaaaaaa-0000-4000-8000-000000000003"
FOREIGN = "aaaaaaaa-0000-4000-8000-000000000004"
HOUR = dt.timedelta(hours=1)


def seed():
    """Make one host, one flavor and image, three servers of demo and one of elsewhere; messages go nowhere."""
    rpc.TRANSPORT = messaging.get_rpc_transport(CONF, url="fake:/")
    rows.flavor("1")
    rows.image()
    rows.service("host1")
    rows.server(uuid=ACTIVE, display_name="active")
    rows.server(
        uuid=STOPPED, display_name="stopped", vm_state="stopped", power_state=4, created_at=rows.NOW + HOUR,
        updated_at=rows.NOW + HOUR,
    )  # fmt: skip
    rows.server(
        uuid=BROKEN, display_name="broken", vm_state="error", host=None, node=None, availability_zone=None,
        launched_at=None, power_state=0, created_at=rows.NOW + 2 * HOUR, updated_at=rows.NOW + 2 * HOUR,
    )  # fmt: skip
    rows.server(uuid=FOREIGN, display_name="foreign", project_id="elsewhere", user_id="eve")
    rows.insert(
        models.InstanceFault, instance_uuid=BROKEN, code=500, message="No valid host was found. ", details="why",
        created_at=rows.NOW,
    )  # fmt: skip
    rows.insert(models.Tag, resource_id=ACTIVE, tag="web")
    rows.insert(models.InstanceMetadata, instance_uuid=ACTIVE, key="role", value="web")
