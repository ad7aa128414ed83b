"""Which services are up."""

import datetime as dt

import pytest

from nova_lite import servicegroup

NOW = dt.datetime(2026, 1, 2, 3, 4, 5)


def row(**changes):
    values = {"forced_down": False, "last_seen_up": NOW, "created_at": NOW - dt.timedelta(days=1)}
    return values | changes


@pytest.mark.parametrize(("age", "up"), [(0, True), (60, True), (61, False), (-60, True), (-61, False)])
def test_up_within_service_down_time(age, up):
    assert servicegroup.is_up(row(last_seen_up=NOW - dt.timedelta(seconds=age)), NOW) is up


def test_forced_down_is_down():
    assert servicegroup.is_up(row(forced_down=True), NOW) is False


def test_a_new_service_is_up_from_its_making():
    assert servicegroup.is_up(row(last_seen_up=None, created_at=NOW), NOW) is True
    assert servicegroup.is_up(row(last_seen_up=None), NOW) is False
    assert servicegroup.is_up(row(last_seen_up=None, created_at=None), NOW) is False
