"""From Nova's dictionary to Glance's record, and the patches between."""

from nova_lite.image import document, metadata

RECORD = {
    "id": "i",
    "name": "a",
    "status": "active",
    "visibility": "public",
    "created_at": "2026-01-31T12:00:00Z",
    "min_disk": None,
    "tags": None,
    "self": "/v2/images/i",
    "direct_url": "file:///x",
    "stores": "ceph",
    "os_type": "linux",
    "kernel_id": None,
}


def test_a_record_of_a_real_glance():
    image = metadata.from_record(RECORD)
    assert image["properties"] == {"os_type": "linux"}
    assert (image["is_public"], image["min_disk"], image["min_ram"], image["tags"]) == (True, 0, 0, [])
    assert image["created_at"].isoformat() == "2026-01-31T12:00:00+00:00"
    assert image["updated_at"] is None
    assert image["checksum"] is None


def test_what_is_sent():
    meta = {
        "name": "snap",
        "is_public": False,
        "status": "active",
        "size": 1,
        "min_disk": 0,
        "owner": None,
        "properties": {"base": None, "n": 1, "yes": True, "mappings": [{"virtual": "root"}], "status": "x"},
    }
    assert metadata.to_record(meta) == {
        "name": "snap",
        "visibility": "shared",
        "min_disk": 0,
        "n": "1",
        "yes": "True",
        "mappings": '[{"virtual": "root"}]',
    }


def test_a_patch_makes_the_record_like_the_dictionary():
    row = {"name": "a", "tags": [], "properties": {"os_type": "linux", "a/b": "1", "same": "x"}}
    record = {"name": "a", "tags": [], **row["properties"], "status": "active"}
    meta = {"id": "other", "name": "b", "properties": {"a/b": "2", "same": "x", "~": "3"}}
    patch = metadata.changes(record, meta, purge=True)
    assert document.patched(row, document.read_patch(patch)) == {
        "name": "b",
        "properties": {"a/b": "2", "same": "x", "~": "3"},
    }
    kept = document.patched(row, document.read_patch(metadata.changes(record, meta, purge=False)))
    assert kept["properties"]["os_type"] == "linux"


def test_nothing_to_change():
    assert (
        metadata.changes(
            {"name": "a", "os_type": "x"}, {"name": "a", "properties": {"os_type": "x"}}, purge=True
        )
        == []
    )
