"""When revocations are read, and which tokens they fit."""

import datetime

import pytest
import sqlalchemy as sa

from nova_lite.conf import CONF
from nova_lite.db import api
from nova_lite.db.identity import revocations as rows
from nova_lite.db.models import IdentityRevocation, utcnow
from nova_lite.identity import revocations
from tests.support import tables
from tests.unit.identity.test_tokens import make

REFRESH = "revocation_refresh"


@api.writer
def _insert(conn, **values):
    conn.execute(sa.insert(IdentityRevocation).values(values))


@pytest.fixture
def db(tmp_path):
    CONF.set_override(REFRESH, 3600, group="identity")
    with tables.made(f"sqlite:///{tmp_path}/t.sqlite"):
        yield revocations.Revocations()
    CONF.clear_override(REFRESH, group="identity")


def test_each_kind_fits_its_tokens_and_no_others(db):
    token = make(application_credential_id="c1")
    fitting = (
        {"audit_id": token.audit_ids[0]},
        {"user_id": token.user.id},
        {"user_id": token.user.id, "scope": token.scope.key},
        {"scope": token.scope.key},
        {"domain_id": "default"},
        {"role_id": token.roles[0].id},
        {"application_credential_id": "c1"},
    )
    for fits in fitting:
        rows.add(**dict.fromkeys(fits, "other"))
        db.forget()
        assert not db.is_revoked(token), fits
    rows.add(user_id=token.user.id, scope="project:other")
    db.forget()
    assert not db.is_revoked(token), "the same user, another project"
    for fits in fitting:
        own = revocations.Revocations()
        rows.add(**fits)
        assert own.is_revoked(token), fits
        tables.empty()


def test_tokens_issued_later_count(db):
    rows.add(user_id=make().user.id)
    assert not db.is_revoked(make())


def test_a_process_trusts_what_it_read_until_it_is_told_or_the_time_is_over(db):
    token = make()
    assert not db.is_revoked(token)
    rows.add(user_id=token.user.id)
    assert not db.is_revoked(token)
    db.forget()
    assert db.is_revoked(token)


def test_zero_seconds_of_trust_read_at_each_check(db):
    CONF.set_override(REFRESH, 0, group="identity")
    token = make()
    assert not db.is_revoked(token)
    rows.add(user_id=token.user.id)
    assert db.is_revoked(token)


def test_rows_whose_tokens_expired_go_and_their_ids_used_again_are_noticed(db):
    token = make()
    long_ago = utcnow() - datetime.timedelta(days=30)
    _insert(user_id="old", issued_before=long_ago, expires_at=long_ago)
    assert not db.is_revoked(token)
    rows.add(user_id=token.user.id)  # removes the old row; SQLite gives its id again
    assert [row["user_id"] for row in rows.list_all()] == [token.user.id]
    db.forget()
    assert db.is_revoked(token)
