"""Implied roles."""

from nova_lite.identity import roles

KNOWN = [
    {"id": name[:2], "name": name, "domain_id": ""}
    for name in ("admin", "manager", "member", "reader", "service")
]


def _names(*given, known=KNOWN):
    return [role["name"] for role in roles.expand([row for row in KNOWN if row["name"] in given], known)]


def test_a_role_implies_the_ones_below_it():
    assert _names("admin") == ["admin", "manager", "member", "reader"]
    assert _names("member") == ["member", "reader"]
    assert _names("reader", "service") == ["reader", "service"]


def test_a_role_that_was_deleted_is_passed_over():
    assert _names("admin", known=[row for row in KNOWN if row["name"] != "manager"]) == [
        "admin",
        "member",
        "reader",
    ]


def test_a_domains_role_of_the_same_name_implies_nothing():
    assert len(roles.expand([{"id": "x", "name": "admin", "domain_id": "d"}], KNOWN)) == 1
