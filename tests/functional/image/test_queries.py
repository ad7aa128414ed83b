"""Lists of images in the database: each filter, each order, paging, and what a list costs."""

import datetime as dt
import threading
import uuid

import pytest
import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import api, images
from nova_lite.db.models import Image
from nova_lite.image import filters
from tests.support import tables

BASE = dt.datetime(2026, 1, 1)


def make(number, **values):
    properties, tags = values.pop("properties", {}), values.pop("tags", [])
    row = {
        "id": str(uuid.UUID(int=number)),
        "owner": "mine",
        "visibility": "shared",
        "status": "active",
    } | values
    images.create(row, properties, tags)
    stamp(row["id"], BASE + dt.timedelta(days=number))


@api.writer
def stamp(conn, image_id, moment):
    conn.execute(sa.update(Image).where(Image.id == image_id).values(created_at=moment, updated_at=moment))


@pytest.fixture(scope="module", autouse=True)
def rows(image_store):
    tables.empty()
    make(1, name="Beta", size=10, disk_format="raw", min_ram=64, tags=["x", "y"], properties={"os": "linux"})
    make(2, name="beta", size=20, disk_format="qcow2", protected=True, properties={"os": "Linux"})
    make(3, name="beta ", size=30, disk_format="iso", tags=["x"], checksum="c" * 32, os_hash_value="h" * 128)
    make(4, name='with, "comma', status="queued", container_format="bare")
    make(5, name=None, os_hidden=True)
    make(6, name="größe", owner="other", visibility="public")
    make(7, name="secret", owner="other", visibility="private")
    make(8, name="club", owner="other", visibility="community")
    make(9, name="gift", owner="other")
    images.add_member(str(uuid.UUID(int=9)), "mine", quota=-1)
    images.set_member_status(str(uuid.UUID(int=9)), "mine", "accepted")
    make(10, name="offer", owner="other")
    images.add_member(str(uuid.UUID(int=10)), "mine", quota=-1)
    make(11, name="club of mine", visibility="community")
    make(12, name="nobody's", owner=None, visibility="private")
    make(13, name="gone")
    images.delete(str(uuid.UUID(int=13)))


def listed(viewer="mine", everything=False, **given):
    query = filters.parse(filters.from_arguments({"sort": "created_at:asc"} | given))
    return [uuid.UUID(row["id"]).int for row in images.get_all(query, viewer=viewer, everything=everything)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [1, 2, 3, 4, 6, 9, 11]),
        ({"visibility": "all"}, [1, 2, 3, 4, 6, 8, 9, 11]),
        ({"visibility": "public"}, [6]),
        ({"visibility": "private"}, []),
        ({"visibility": "community"}, [8, 11]),
        ({"visibility": "shared"}, [1, 2, 3, 4, 9]),
        ({"visibility": "shared", "member_status": "pending"}, [1, 2, 3, 4, 10]),
        ({"member_status": "all"}, [1, 2, 3, 4, 6, 9, 10, 11]),
        ({"os_hidden": True}, [5]),
        ({"name": "beta"}, [2]),
        ({"name": "größe"}, [6]),
        ({"name": 'in:Beta,"with, ""comma"'}, [1, 4]),
        ({"id": f"in:{uuid.UUID(int=2)},{uuid.UUID(int=7)}"}, [2]),
        ({"status": "in:queued,saving"}, [4]),
        ({"status": "active", "disk_format": "in:raw,iso"}, [1, 3]),
        ({"container_format": "bare"}, [4]),
        ({"owner": "other"}, [6, 9]),
        ({"size_min": 20}, [2, 3]),
        ({"size_min": 11, "size_max": 20}, [2]),
        ({"size": 30}, [3]),
        ({"min_ram": 64}, [1]),
        ({"protected": True}, [2]),
        ({"checksum": "c" * 32}, [3]),
        ({"os_hash_value": "h" * 128}, [3]),
        ({"tag": "x"}, [1, 3]),
        ({"tag": ["x", "y"]}, [1]),
        ({"os": "linux"}, [1]),
        ({"os": "linux", "tag": "y", "name": "Beta"}, [1]),
        ({"OS": "linux"}, []),
        ({"created_at": "gt:2026-01-05T00:00:00Z"}, [6, 9, 11]),
        ({"created_at": "lte:2026-01-03T01:00:00+01:00"}, [1, 2]),
        ({"updated_at": "eq:2026-01-04T00:00:00Z"}, [3]),
        ({"updated_at": "neq:2026-01-04T00:00:00Z", "owner": "mine"}, [1, 2, 4, 11]),
        ({"limit": 0}, []),
    ],
)
def test_filters(given, expected):
    assert listed(**given) == expected


def test_administrators():
    assert listed("ops", everything=True) == [1, 2, 3, 4, 6, 7, 9, 10, 12]
    assert listed("ops", everything=True, visibility="all") == [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12]


def test_a_caller_without_a_project_owns_nothing():
    assert listed(None) == [6]


@pytest.mark.parametrize("key", filters.SORT_KEYS)
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_pages_join_in_every_order(key, direction):
    whole = listed(sort=None, sort_key=key, sort_dir=direction)
    assert sorted(whole) == [1, 2, 3, 4, 6, 9, 11]
    pages, marker = [], None
    while page := listed(sort=None, sort_key=key, sort_dir=direction, limit=2, marker=marker):
        pages += page
        marker = str(uuid.UUID(int=page[-1]))
    assert pages == whole


def test_orders_of_several_keys():
    assert listed(sort="disk_format:desc,name:asc", status="active", owner="mine")[:3] == [1, 2, 3]


@pytest.mark.parametrize("number", [7, 13, 99])
def test_markers_that_cannot_be_seen(number):
    with pytest.raises(exception.MarkerNotFound):
        listed(marker=str(uuid.UUID(int=number)))


def test_a_list_costs_the_same_however_long():
    def statements(**given):
        seen = []

        def count(_conn, _cursor, statement, *_more):
            if statement.lstrip().upper().startswith("SELECT"):
                seen.append(statement)

        sa.event.listen(api.engine(), "before_cursor_execute", count)
        try:
            listed(**given)
        finally:
            sa.event.remove(api.engine(), "before_cursor_execute", count)
        return len(seen)

    assert statements(limit=1) == statements(limit=1000) == 3
    assert statements(limit=1000, marker=str(uuid.UUID(int=1))) == 4


def test_changes_at_once_do_not_undo_each_other():
    image_id = str(uuid.UUID(int=4))
    start = threading.Barrier(4)

    def change(number):
        start.wait(30)
        for turn in range(5):
            name = f"p{number}-{turn}"
            images.change(image_id, lambda row, name=name: {"properties": row["properties"] | {name: "1"}})

    threads = [threading.Thread(target=change, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(images.get(image_id)["properties"]) == 20


def test_a_state_is_left_once():
    image_id = str(uuid.UUID(int=11))
    assert images.transition(image_id, ("active",), "deactivated")
    assert not images.transition(image_id, ("active",), "deactivated")
    assert images.transition(image_id, ("active", "deactivated"), "active")
