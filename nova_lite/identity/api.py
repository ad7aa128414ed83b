"""The identity service as Python calls: what the HTTP face and the auth filters use."""

from oslo_log import log as logging

from nova_lite.conf import CONF
from nova_lite.db.identity import revocations as revocation_rows
from nova_lite.identity import check, methods, revocations, scopes, tokens

LOG = logging.getLogger(__name__)

check_token = check.token


def authenticate(identity: dict, scope: dict | str | None = None) -> tuple[str, tokens.Token]:
    """Return a new token (its text, and what it says) for an `auth` request of the v3 API.

    Args:
        identity: `{"methods": […], METHOD: …}`.
        scope: `{"project": …}`, `{"domain": …}`, `{"system": {"all": true}}`, `"unscoped"`, or None for the
            user's default project.

    Raises:
        NotAuthenticated: whatever was wrong.
        IdentityForbidden: the token would be too long.
    """
    # Taken first: a password that changes while it is being checked revokes the token that it leads to.
    issued_at = tokens.now()
    proof = methods.prove(identity)
    scope_, roles = scopes.resolve(proof, scope)
    expires_at = issued_at + CONF.identity.token_expiration * 1_000_000
    audit_ids: tuple[str, ...] = (tokens.new_audit_id(),)
    used = dict.fromkeys(identity["methods"])
    if proof.token is not None:
        # Rescoping must not be a way to live longer, nor to hide where the token came from.
        expires_at = min(expires_at, proof.token.expires_at)
        audit_ids += (proof.token.audit_ids[-1],)
        used = dict.fromkeys((*proof.token.methods, *used))
    if proof.credential is not None and proof.credential["expires_at"] is not None:
        expires_at = min(expires_at, tokens.from_datetime(proof.credential["expires_at"]))
    token = tokens.Token(
        user=scopes.named(proof.user),
        user_domain=scopes.named(proof.domain),
        scope=scope_,
        roles=tuple(scopes.named(role) for role in roles),
        methods=tuple(used),
        audit_ids=audit_ids,
        issued_at=issued_at,
        expires_at=expires_at,
        application_credential_id=proof.credential["id"] if proof.credential else None,
    )
    text = tokens.codec().encode(token)
    LOG.info(
        "Token for user %(user)s, %(scope)s, by %(methods)s, audit id %(audit_id)s",
        {
            "user": token.user.id,
            "scope": scope_.key if scope_ else scopes.UNSCOPED,
            "methods": ",".join(token.methods),
            "audit_id": audit_ids[0],
        },
    )
    return text, token


def revoke_token(token: tokens.Token) -> None:
    """Make a token count no longer, in this process at once, in others within `revocation_refresh` seconds."""
    revocation_rows.add(audit_id=token.audit_ids[0], issued_before=tokens.to_datetime(token.issued_at))
    revocations.forget()
