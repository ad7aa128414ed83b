"""Tokens: what goes in comes out, and nothing else is taken."""

import dataclasses
import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nova_lite import exception
from nova_lite.identity import keys, tokens
from nova_lite.identity.tokens import Named, Scope, Token

USER = Named("9d8eca32c05a4e2986255d97ad968cb4", "admin")
DEFAULT = Named("default", "Default")


def make(**changes) -> Token:
    moment = tokens.now()
    values = {
        "user": USER,
        "user_domain": DEFAULT,
        "scope": Scope(tokens.PROJECT, "f4978290fb394d5fa60d6e73bb8156ef", "admin", DEFAULT),
        "roles": (Named("2025474e841141f3a0c6cc1bdbcda12d", "admin"),),
        "methods": ("password",),
        "audit_ids": (tokens.new_audit_id(),),
        "issued_at": moment,
        "expires_at": moment + 3600 * 1_000_000,
    }
    return Token(**(values | changes))


SCOPES = st.one_of(
    st.none(),
    st.builds(
        Scope, st.just("project"), st.text(min_size=1), st.text(), st.builds(Named, st.text(), st.text())
    ),
    st.builds(Scope, st.just("domain"), st.text(min_size=1), st.text()),
    st.just(Scope(tokens.SYSTEM, "all")),
)


@given(
    scope=SCOPES,
    user=st.builds(Named, st.text(), st.text()),
    roles=st.lists(st.builds(Named, st.uuids().map(lambda each: each.hex), st.text())).map(tuple),
    methods=st.permutations(tokens.METHODS).map(
        lambda each: tuple(m for m in tokens.METHODS if m in each[:2])
    ),
    audit_ids=st.lists(st.builds(tokens.new_audit_id), min_size=1, max_size=2).map(tuple),
    credential=st.none() | st.uuids().map(lambda each: each.hex),
)
@settings(max_examples=50)
def test_unpacking_is_the_reverse_of_packing(scope, user, roles, methods, audit_ids, credential):
    token = make(
        scope=scope,
        user=user,
        roles=roles,
        methods=methods,
        audit_ids=audit_ids,
        application_credential_id=credential,
    )
    assert tokens.unpack(tokens.pack(token)) == token


def test_a_token_is_short(repository):
    chain = tuple(Named(tokens.new_audit_id(), name) for name in ("admin", "manager", "member", "reader"))
    assert len(tokens.codec().encode(make(roles=chain))) < 600


def test_a_token_that_no_header_can_hold_is_refused(repository):
    roles = tuple(Named(f"{number:032x}", "r" * 255) for number in range(40))
    with pytest.raises(exception.IdentityForbidden, match="40 roles"):
        tokens.codec().encode(make(roles=roles))


def test_decoding(repository):
    token = make()
    text = tokens.codec().encode(token)
    assert tokens.codec().decode(text) == token
    assert tokens.codec().decode(text) is tokens.codec().decode(text)  # decrypted once


@given(text=st.text() | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_anything_else_is_refused(repository, text):
    with pytest.raises(exception.NotAuthenticated):
        tokens.codec().decode(text)


def test_a_changed_letter_is_refused(repository):
    text = tokens.codec().encode(make())
    for position in (0, len(text) // 2, len(text) - 5):
        other = "A" if text[position] != "A" else "B"
        with pytest.raises(exception.NotAuthenticated):
            tokens.codec().decode(text[:position] + other + text[position + 1 :])


def test_another_format_under_the_right_key_is_refused(repository):
    _, cipher = tokens.codec().keys.load()
    for clear in (b"", b"\xc1", b"\x01", tokens.pack(make()).replace(b"\x01", b"\x09", 1)):
        with pytest.raises(exception.NotAuthenticated):
            tokens.codec().decode(cipher.encrypt(clear).decode())


def test_a_dropped_key_takes_its_tokens_with_it_also_the_remembered_ones(repository):
    text = tokens.codec().encode(make())
    tokens.codec().decode(text)
    keys.rotate(repository, 2)
    with pytest.raises(exception.NotAuthenticated):
        tokens.codec().decode(text)


def test_memory_of_decoded_tokens_is_bounded(repository):
    codec = tokens.Codec(str(repository), 3)
    for text in [codec.encode(make()) for _ in range(5)]:
        codec.decode(text)
    assert len(codec._cache) == 3


def test_expiry():
    token = make(expires_at=tokens.now() - 5_000_000)
    assert token.is_expired()
    assert token.is_expired(late=4)
    assert not token.is_expired(late=60)
    assert not dataclasses.replace(token, expires_at=tokens.now() + 5_000_000).is_expired()


def test_times_keep_their_microseconds():
    moment = datetime.datetime(2026, 11, 21, 4, 18, 31, 171745)
    assert tokens.to_datetime(tokens.from_datetime(moment)) == moment


def test_revocation_keys_name_all_that_a_revocation_may_name():
    token = make(application_credential_id="c")
    scope = f"project:{token.scope.id}"
    assert set(token.revocation_keys) == {
        ("audit_id", token.audit_ids[0]),
        ("user_id", USER.id),
        ("scope", scope),
        ("user_id", USER.id, "scope", scope),
        ("application_credential_id", "c"),
        ("domain_id", "default"),
        ("role_id", token.roles[0].id),
    }
