"""PUT /servers/{id}."""

import pytest

from nova_lite.conf import CONF
from nova_lite.db import models
from tests.support import rows


@pytest.fixture
def api_database(each_database):
    """All databases: some know how long a text may be."""


def get(server):
    (row,) = rows.select(models.Instance, uuid=server)
    return row


CHANGES = [
    ({"name": "new"}, 1, {"display_name": "new"}),
    ({"accessIPv4": "192.0.2.9", "accessIPv6": "2001:db8::9"}, 1,
     {"access_ip_v4": "192.0.2.9", "access_ip_v6": "2001:db8::9"}),
    ({"accessIPv6": "0000:0000:0000:0000:0000:ffff:255.255.255.255"}, 1, {"access_ip_v6": "::ffff:ffff:ffff"}),
    ({"OS-DCF:diskConfig": "AUTO"}, 1, {"auto_disk_config": True}),
    ({"description": "d"}, 19, {"display_description": "d"}),
    ({"description": None}, 19, {"display_description": None}),
    ({"hostname": "db1"}, 90, {"hostname": "db1"}),
    ({"hostname": "db1.example.org"}, 94, {"hostname": "db1.example.org"}),
    ({"pinned_availability_zone": "nova"}, 104, {"pinned_availability_zone": "nova"}),
    ({"pinned_availability_zone": None}, 104, {"pinned_availability_zone": None}),
    ({}, 1, {"display_name": "web"}),
]  # fmt: skip


@pytest.mark.parametrize(("values", "version", "columns"), CHANGES)
def test_changes(member, broker, values, version, columns):
    rows.service("host1")
    server = rows.server(display_description="before", pinned_availability_zone="before")
    data = {"nova_object.data": {"availability_zone": "before", "num_instances": 1}}
    rows.insert(models.RequestSpec, instance_uuid=server, spec=data)
    answer = member.at(f"2.{version}").put(f"/servers/{server}", {"server": values})
    assert answer.status_int == 200
    row = get(server)
    assert {name: row[name] for name in columns} == columns
    if values:
        assert row["updated_at"] > rows.NOW
    (spec,) = rows.select(models.RequestSpec)
    wanted = values.get("pinned_availability_zone", "before")
    assert spec["spec"]["nova_object.data"] == {"availability_zone": wanted, "num_instances": 1}


REFUSED = [
    ({"name": ""}, 1, "Invalid input for field/attribute name."),
    ({"name": " x"}, 1, "Invalid input for field/attribute name."),
    ({"accessIPv4": "x"}, 1, "Invalid input for field/attribute accessIPv4."),
    ({"description": "d"}, 18, "'description' was unexpected"),
    ({"hostname": "h1"}, 89, "'hostname' was unexpected"),
    ({"hostname": "a.b"}, 93, "Invalid input for field/attribute hostname."),
    ({"pinned_availability_zone": "nova"}, 103, "'pinned_availability_zone' was unexpected"),
    ({"pinned_availability_zone": "mars"}, 104, "The requested availability zone is not available"),
    ({"pinned_availability_zone": "east"}, 104, "The server's host is not in availability zone east"),
    ({"metadata": {}}, 104, "'metadata' was unexpected"),
]


@pytest.mark.parametrize(("values", "version", "message"), REFUSED)
def test_refused(member, broker, values, version, message):
    rows.service("host1")
    rows.service("host2")
    rows.insert(models.Aggregate, id=1, uuid="a", name="east")
    rows.insert(models.AggregateHost, aggregate_id=1, host="host2")
    rows.insert(models.AggregateMetadata, aggregate_id=1, key="availability_zone", value="east")
    server = rows.server()
    answer = member.at(f"2.{version}").put(f"/servers/{server}", {"server": values})
    assert answer.status_int == 400
    assert message in answer.json["badRequest"]["message"]
    assert get(server)["updated_at"] == rows.NOW


def test_who_may(callers, broker):
    server = rows.server()
    body = {"server": {"name": "x"}}
    assert callers["reader"].put(f"/servers/{server}", body).status_int == 403
    assert callers["other"].put(f"/servers/{server}", body).status_int == 404
    assert callers["admin"].put(f"/servers/{server}", body).status_int == 200
    assert callers["member"].put("/servers/nonsense", body).status_int == 404


def test_unique_names(member, broker):
    CONF.set_override("osapi_compute_unique_server_name_scope", "project")
    server, _ = rows.server(display_name="one"), rows.server(display_name="two")
    answer = member.put(f"/servers/{server}", {"server": {"name": "TWO"}})
    assert (answer.status_int, answer.json["conflictingRequest"]["message"]) == (
        409,
        "Instance two already exists.",
    )
    assert member.put(f"/servers/{server}", {"server": {"name": "ONE"}}).status_int == 200
