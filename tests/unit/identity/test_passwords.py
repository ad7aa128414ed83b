"""Password hashes."""

import bcrypt
import pytest

from nova_lite import exception
from nova_lite.conf import CONF
from nova_lite.identity import passwords


@pytest.fixture(autouse=True)
def _quick():
    CONF.set_override("password_hash_rounds", 4, group="identity")
    yield
    CONF.clear_override("password_hash_rounds", group="identity")
    CONF.clear_override("strict_password_check", group="identity")


@pytest.mark.parametrize("password", ["secret", "", "pässwörd", "x" * 72, "nul\0inside", "\ud800"])
def test_a_hash_fits_its_password_only(password):
    stored = passwords.make_hash(password)
    assert stored.startswith("$2b$04$")
    assert passwords.check(password, stored)
    assert not passwords.check(f"!{password}", stored)


def test_bytes_after_the_72nd_do_not_count_as_in_keystone():
    stored = passwords.make_hash("x" * 72 + "tail")
    assert passwords.check("x" * 72 + "other", stored)
    assert not passwords.check("x" * 71, stored)


def test_too_long_passwords_are_refused():
    with pytest.raises(exception.ValidationError, match="4096"):
        passwords.make_hash("x" * 4097)
    CONF.set_override("strict_password_check", True, group="identity")
    with pytest.raises(exception.ValidationError, match="72"):
        passwords.make_hash("ä" * 37)


def test_nothing_fits_where_nothing_is_stored_and_it_costs_a_real_check(monkeypatch):
    checked = []
    real = bcrypt.checkpw
    monkeypatch.setattr(bcrypt, "checkpw", lambda *args: checked.append(args) or real(*args))
    assert not passwords.check("x", None)
    assert checked[0][1].startswith(b"$2b$04$")


def test_a_stored_value_that_is_no_hash_fits_nothing():
    assert not passwords.check("x", "x")
