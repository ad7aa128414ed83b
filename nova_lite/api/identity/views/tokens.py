"""The `token` document."""

from nova_lite.db.identity import application_credentials
from nova_lite.identity import catalog, tokens


def moment(value: int) -> str:
    """Return a token's time as Keystone writes it."""
    return tokens.to_datetime(value).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def named(value: tokens.Named) -> dict:
    """Return `{"id": …, "name": …}`."""
    return {"id": value.id, "name": value.name}


def _project(scope: tokens.Scope) -> dict:
    return {
        "project": {"id": scope.id, "name": scope.name}
        | ({"domain": named(scope.domain)} if scope.domain else {}),
        "is_domain": False,
    }


_SCOPES = {
    tokens.PROJECT: _project,
    tokens.DOMAIN: lambda scope: {"domain": {"id": scope.id, "name": scope.name}},
    tokens.SYSTEM: lambda _scope: {"system": {"all": True}},
}


def render(token: tokens.Token, *, with_catalog: bool) -> dict:
    """Return the document; the catalog and an application credential's name are read from the database."""
    made = {
        "methods": list(token.methods),
        "user": {**named(token.user), "domain": named(token.user_domain), "password_expires_at": None},
        "audit_ids": list(token.audit_ids),
        "expires_at": moment(token.expires_at),
        "issued_at": moment(token.issued_at),
    }
    if token.scope is not None:
        made |= _SCOPES[token.scope.kind](token.scope)
        made["roles"] = [named(role) for role in token.roles]
        if with_catalog:
            made["catalog"] = catalog.of(token)
    if token.application_credential_id is not None:
        own = application_credentials.find(id=token.application_credential_id)
        if own is not None:
            made["application_credential"] = {
                "id": own["id"],
                "name": own["name"],
                "restricted": not own["unrestricted"],
            }
    return {"token": made}
