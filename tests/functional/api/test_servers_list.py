"""Lists of servers: filters, order, pages, and who may see whose."""

import datetime as dt
import time
from urllib.parse import quote, urlsplit

import pytest
import sqlalchemy as sa

from nova_lite.conf import CONF
from nova_lite.db import api, models
from tests.support import rows

DAY = dt.timedelta(days=1)


@pytest.fixture
def api_database(each_database):
    """Regular expressions, NULLs in an order, and times: three databases have three minds."""


@pytest.fixture
def servers(broker):
    """Six servers of demo (a to f, oldest first), one of elsewhere, one deleted."""
    made = {}
    for index, (name, values) in enumerate(
        [
            ("a", {"vm_state": "active"}),
            ("b", {"vm_state": "active", "task_state": "rebooting"}),
            ("c", {"vm_state": "stopped", "locked": True, "flavorid": "2"}),
            ("d", {"vm_state": "error", "host": "host2", "node": "node-host2"}),
            ("e", {"vm_state": "building", "host": None, "node": None, "availability_zone": None}),
            ("f", {"vm_state": "soft-delete"}),
            ("foreign", {"project_id": "elsewhere", "user_id": "eve"}),
            ("gone", {"vm_state": "deleted", "deleted": 99}),
        ]
    ):
        when = rows.NOW + index * DAY
        made[name] = rows.server(display_name=f"srv-{name}", created_at=when, updated_at=when, **values)
    for name, tags in (("a", "x"), ("b", "xy"), ("c", "y")):
        for tag in tags:
            rows.insert(models.Tag, resource_id=made[name], tag=tag)
    return made


def names(caller, query, version="2.100", path="/servers"):
    answer = caller.at(version).get(f"{path}?{query}")
    assert answer.status_int == 200, answer.text
    return "".join(each["name"].removeprefix("srv-")[0] for each in answer.json["servers"])


FILTERS = [
    # query, version, found by a member of demo (newest first)
    ("", 1, "edcba"),
    ("name=srv-[ab]$", 1, "ba"),
    ("name=SRV-A", 1, ""),
    ("status=ACTIVE", 1, "ba"),
    ("status=active", 1, "ba"),
    ("status=REBOOT", 1, "b"),
    ("status=SHUTOFF&status=error", 1, "dc"),
    ("status=nonsense", 37, ""),
    ("flavor=2", 1, "c"),
    ("flavor=none", 1, ""),
    (f"image={rows.IMAGE}", 1, "edcba"),
    ("reservation_id=r-1", 1, "edcba"),
    ("tags=x", 26, "ba"),
    ("tags=x,y", 26, "b"),
    ("tags-any=x,y", 26, "cba"),
    ("not-tags=x,y", 26, "edca"),
    ("not-tags-any=x,y", 26, "ed"),
    ("tags=x", 25, "edcba"),
    ("locked=true", 73, "c"),
    ("locked=false", 73, "edba"),
    ("changes-since=2026-02-02T00:00:00Z", 1, "gfedc"),
    ("changes-since=2026-02-02T00:00:00Z&changes-before=2026-02-03T18:00:00Z", 66, "dc"),
    ("changes-before=2026-02-02T00:00:00Z", 66, "ba"),
    ("changes-since=2026-02-02T01:00:00%2B01:00", 1, "gfedc"),
    ("vm_state=active", 82, "edcba"),
    ("vm_state=active", 83, "ba"),
    ("task_state=rebooting", 83, "b"),
    ("power_state=1", 83, "edcba"),
    ("power_state=4", 83, ""),
    ("availability_zone=nova", 83, "dcba"),
    ("launched_at=2026-01-31", 83, "edcba"),
    ("hostname=web", 90, "edcba"),
    ("hostname=db", 90, ""),
    ("hostname=db", 89, "edcba"),
    ("host=host2", 100, "edcba"),  # for administrators only: left out
    ("deleted=True", 100, "edcba"),
    ("unknown=1", 74, "edcba"),
    ("all_tenants=0", 1, "edcba"),
    ("project_id=elsewhere", 1, "edcba"),
]


@pytest.mark.parametrize(("query", "version", "found"), FILTERS)
def test_filters(member, servers, query, version, found):
    assert names(member, query, f"2.{version}") == found
    assert names(member, query, f"2.{version}", "/servers/detail") == found


ADMIN_FILTERS = [
    ("all_tenants=1", "fedcba"),
    ("all_tenants", "fedcba"),
    ("all_tenants=1&project_id=elsewhere", "f"),
    ("all_tenants=true&tenant_id=demo", "edcba"),
    ("all_tenants=1&host=host2", "d"),
    ("all_tenants=1&node=node-host2", "d"),
    ("all_tenants=1&user_id=eve", "f"),
    ("all_tenants=1&deleted=true", "gf"),
    ("all_tenants=1&deleted=true&soft_deleted=false", "g"),
    ("all_tenants=1&soft_deleted=true", "ffedcba"),
    ("all_tenants=1&status=deleted", "g"),
    ("all_tenants=1&launch_index=0", "fedcba"),
    ("all_tenants=1&progress=5", ""),
    ("tenant_id=demo", ""),  # without all_tenants: the administrator's own project
]


@pytest.mark.parametrize(("query", "found"), ADMIN_FILTERS)
def test_filters_of_administrators(admin, servers, query, found):
    assert names(admin, query, "2.74") == found


REFUSED = [
    ("member", "all_tenants=1", 1, 403, "Policy doesn't allow os_compute_api:servers:index:get_all_tenants"),
    ("member", "all_tenants=perhaps", 1, 400, "Invalid input for query parameters all_tenants. Value: perhaps."),
    ("member", "status=nonsense", 38, 400, "Invalid status value"),
    ("member", "status=deleted", 1, 403, "Only administrators may list deleted instances"),
    ("member", "name=[", 1, 400, "Invalid input for query parameters name. Value: ["),
    ("member", "name=a{99999999999999}", 1, 400, "Invalid input for query parameters name."),
    ("member", "name=%00", 1, 400, "Query string holds a NUL character"),
    ("member", "changes-since=yesterday", 1, 400, "Invalid input for query parameters changes-since."),
    ("member", "changes-before=yesterday", 66, 400, "Invalid input for query parameters changes-before."),
    ("member", "changes-since=2026-02-02T00:00:00Z&changes-before=2026-02-01T00:00:00Z", 66, 400,
     "The value of changes-since must be less than or equal to changes-before."),
    ("member", "locked=perhaps", 73, 400, "Invalid input for query parameters locked."),
    ("member", "locked=true", 72, 200, ""),
    ("member", "limit=-1", 1, 400, "Invalid input for query parameters limit."),
    ("member", "limit=many", 1, 400, "Invalid input for query parameters limit."),
    ("member", "marker=nobody", 1, 400, "marker [nobody] not found"),
    ("member", "sort_key=shoe_size", 1, 400, "Invalid input for query parameters sort_key."),
    ("member", "sort_key=host", 1, 403, "Only administrators can sort servers by host"),
    ("member", "sort_key=uuid&sort_dir=up", 1, 400, "Unknown sort direction"),
    ("member", "unknown=1", 75, 400, "unknown"),
    ("admin", "metadata=x", 1, 400, "Invalid filter: metadata"),
    ("admin", "_sa_instance_state=x", 1, 400, "Invalid filter: _sa_instance_state"),
    ("member", "metadata=x", 1, 200, ""),
    ("member", "name=%ff", 1, 400, "Query string is not UTF-8 encoded"),
]  # fmt: skip


@pytest.mark.parametrize(("who", "query", "version", "status", "message"), REFUSED)
def test_refused(callers, servers, who, query, version, status, message):
    answer = callers[who].at(f"2.{version}").get(f"/servers?{query}")
    assert answer.status_int == status
    if status != 200:
        (fault,) = answer.json.values()
        assert message in fault["message"]


SORTED = [
    ("sort_key=display_name", "edcba"),
    ("sort_key=display_name&sort_dir=asc", "abcde"),
    ("sort_key=vm_state&sort_key=display_name&sort_dir=asc&sort_dir=desc", "baedc"),
    ("sort_dir=asc", "abcde"),
    ("sort_key=vcpus&sort_dir=asc", "abcde"),  # taken, and left out
    ("sort_key=locked&sort_dir=desc", "cedba"),
    ("sort_key=availability_zone&sort_dir=asc", "eabcd"),
    ("sort_key=instance_type_id&sort_dir=desc", "cedba"),
]


@pytest.mark.parametrize(("query", "found"), SORTED)
def test_order(member, servers, query, found):
    assert names(member, query) == found


@pytest.mark.parametrize("path", ["/servers", "/servers/detail"])
@pytest.mark.parametrize("query", ["", "&sort_key=availability_zone&sort_dir=asc", "&sort_key=vm_state"])
def test_pages(member, servers, path, query):
    whole = names(member, query.lstrip("&"), path=path)
    found, url = "", f"{path}?limit=2{query}"
    for _ in range(4):
        answer = member.at("2.100").get(url).json
        found += "".join(each["name"].removeprefix("srv-") for each in answer["servers"])
        if "servers_links" not in answer:
            break
        (link,) = answer["servers_links"]
        assert link["rel"] == "next"
        parts = urlsplit(link["href"])
        url = f"{parts.path.removeprefix('/v2.1')}?{parts.query}"
    assert found == whole


def test_limits(member, servers):
    answer = member.get("/servers?limit=0").json
    assert answer == {"servers": []}
    CONF.set_override("max_limit", 3, group="api")
    answer = member.get("/servers?limit=100").json
    assert len(answer["servers"]) == 3
    assert "servers_links" in answer
    assert names(member, f"marker={servers['gone']}&limit=5") == "edc"


def test_deleted_ones_since(member, servers):
    answer = member.at("2.100").get("/servers/detail?changes-since=2026-02-06T18:00:00Z").json
    (gone,) = answer["servers"]
    assert (gone["id"], gone["status"], gone["addresses"]) == (servers["gone"], "DELETED", {})


def test_readers_and_others(callers, servers):
    assert names(callers["reader"], "") == "edcba"
    assert names(callers["other"], "") == "f"


def test_queries_do_not_grow(admin, broker):
    """As many statements for fifty servers as for one."""

    def count():
        statements = []

        def note(_conn, _cursor, statement, *_):
            statements.append(statement)

        sa.event.listen(api.engine(), "before_cursor_execute", note)
        admin.at("2.104").get("/servers/detail?all_tenants=1")
        sa.event.remove(api.engine(), "before_cursor_execute", note)
        return len(statements)

    rows.service("host1")
    rows.server(vm_state="error")
    few = count()
    for _ in range(50):
        rows.server(vm_state="error")
    assert count() == few <= 9


def test_patterns_that_never_end(member, broker, database_backend):
    """A pattern of exponential cost must not hold the service."""
    rows.server(display_name="a" * 250)
    begun = time.monotonic()
    answer = member.get("/servers?name=(a|aa)%2B$b")
    assert answer.status_int in (200, 400)
    if database_backend == "sqlite":
        assert answer.status_int == 400
        assert "regular expression" in answer.json["badRequest"]["message"]
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize("pattern", ["(?P<n>a)", "a++", "[[:alpha:]]", "\\d"])
def test_dialects(member, broker, pattern):
    """Each database has its own; what it does not take is the caller's mistake."""
    rows.server(display_name="a1")
    assert member.get(f"/servers?name={quote(pattern)}").status_int in (200, 400)
