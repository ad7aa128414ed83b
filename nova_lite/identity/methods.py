"""Ways to prove who one is. Each fails with the same NotAuthenticated, whatever was wrong.

A method is a function from its part of the request (`auth.identity.METHOD`, validated) to `Proof`.
"""

import dataclasses

from nova_lite import exception
from nova_lite.db import api
from nova_lite.db.identity import application_credentials, domains, users
from nova_lite.db.models import utcnow
from nova_lite.identity import check, passwords, tokens


@dataclasses.dataclass(frozen=True)
class Proof:
    """Who it is (a row of users and of domains), and what proved it."""

    user: dict
    domain: dict
    token: tokens.Token | None = None
    credential: dict | None = None


@api.reader
def find_domain(conn, reference: dict) -> dict | None:
    """Return the domain that `{"id": …}` or `{"name": …}` names, or None."""
    wanted = {"id": reference["id"]} if "id" in reference else {"name": reference.get("name", "")}
    return domains.find.within(conn, **wanted)


@api.reader
def _find_user(conn, reference: dict) -> tuple[dict | None, dict | None]:
    """Return (user, domain) that `{"id": …}` or `{"name": …, "domain": …}` names; None each if there is none."""
    if "id" in reference:
        user = users.find.within(conn, id=reference["id"])
    else:
        domain = find_domain.within(conn, reference["domain"])
        user = domain and users.find.within(conn, name=reference["name"], domain_id=domain["id"])
    if not user:
        return None, None
    return user, domains.get.within(conn, user["domain_id"])


def _active(user: dict | None, domain: dict | None) -> bool:
    return bool(user and domain and user["enabled"] and domain["enabled"])


def password(part: dict) -> Proof:
    """Prove by name or id and password."""
    user, domain = _find_user(part["user"])
    # The hash is computed in every case, so that the time tells nothing about which part was wrong.
    right = passwords.check(part["user"]["password"], user["password_hash"] if user else None)
    if not right or not _active(user, domain):
        raise exception.NotAuthenticated
    return Proof(user, domain)


def token(part: dict) -> Proof:
    """Prove by an earlier token."""
    parent = check.token(part["id"])
    user, domain = _find_user({"id": parent.user.id})
    if not _active(user, domain):
        raise exception.NotAuthenticated
    credential = None
    if parent.application_credential_id:
        credential = application_credentials.find(id=parent.application_credential_id)
        if credential is None:
            raise exception.NotAuthenticated
    return Proof(user, domain, token=parent, credential=credential)


@api.reader
def _find_credential(conn, part: dict) -> tuple[dict | None, dict | None, dict | None]:
    """Return (application credential, user, domain), or None for each."""
    if "id" in part:
        credential = application_credentials.find.within(conn, id=part["id"])
    else:
        user, _ = _find_user.within(conn, part["user"])
        credential = user and application_credentials.find.within(conn, name=part["name"], user_id=user["id"])
    if not credential:
        return None, None, None
    return credential, *_find_user.within(conn, {"id": credential["user_id"]})


def application_credential(part: dict) -> Proof:
    """Prove by an application credential, by its id or by its user and name."""
    credential, user, domain = _find_credential(part)
    right = passwords.check(part["secret"], credential["secret_hash"] if credential else None)
    if not right or not _active(user, domain):
        raise exception.NotAuthenticated
    if credential["expires_at"] is not None and credential["expires_at"] <= utcnow():
        raise exception.NotAuthenticated
    return Proof(user, domain, credential=credential)


METHODS = {"password": password, "token": token, "application_credential": application_credential}


def prove(identity: dict) -> Proof:
    """Return who a request's `auth.identity` proves to be; all its methods must name the same user.

    Raises:
        NotAuthenticated: a method fails, or names another user than the one before.
    """
    merged: Proof | None = None
    for name in dict.fromkeys(identity["methods"]):
        if name not in METHODS or name not in identity:
            raise exception.NotAuthenticated
        proof = METHODS[name](identity[name])
        if merged is not None and proof.user["id"] != merged.user["id"]:
            raise exception.NotAuthenticated
        merged = proof if merged is None else dataclasses.replace(
            merged, token=proof.token or merged.token, credential=proof.credential or merged.credential
        )  # fmt: skip
    if merged is None:
        raise exception.NotAuthenticated
    return merged
