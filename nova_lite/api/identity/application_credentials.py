"""Application credentials: a user's passwords for one project. The secret is shown once, when it is made."""

import secrets
import uuid

from oslo_utils import timeutils

from nova_lite import exception
from nova_lite.api import wsgi
from nova_lite.api.identity import filters, links, resource
from nova_lite.api.identity.schemas import rows as schemas
from nova_lite.db.identity import application_credentials as rows
from nova_lite.db.identity import roles
from nova_lite.db.identity.rows import Filter
from nova_lite.db.models import utcnow
from nova_lite.identity import passwords

_PATH = "/v3/users/{user_id}/application_credentials"


def _may(req, verb: str, user_id: str) -> None:
    plural = "s" if verb == "list" else ""
    req.context.can(f"identity:{verb}_application_credential{plural}", {"user_id": user_id})


class ApplicationCredentials:
    """`/v3/users/{user_id}/application_credentials`."""

    @staticmethod
    def _record(req, row: dict, known: dict) -> dict:
        expires_at = row["expires_at"]
        return {
            "id": row["id"],
            "name": row["name"],
            "description": row["description"],
            "project_id": row["project_id"],
            "user_id": row["user_id"],
            "expires_at": expires_at and expires_at.strftime("%Y-%m-%dT%H:%M:%S.%f"),
            "unrestricted": row["unrestricted"],
            "system": None,
            "roles": [
                {"id": key, "name": known[key]["name"], "domain_id": known[key]["domain_id"] or None}
                for key in row["role_ids"] or ()
                if key in known
            ],
            "links": {"self": links.href(req, "users", row["user_id"], "application_credentials", row["id"])},
        }

    @staticmethod
    def _known_roles() -> dict:
        return {row["id"]: row for row in roles.list()}

    @staticmethod
    def _get(user_id: str, key: str) -> dict:
        row = rows.get(key)
        if row["user_id"] != user_id:
            raise exception.IdentityNotFound(noun="application credential", id=key)
        return row

    def index(self, req, user_id):
        """List a user's."""
        _may(req, "list", user_id)
        conditions = [*filters.parse(req, {"name": filters.text}), Filter("user_id", user_id)]
        known = self._known_roles()
        records = [self._record(req, row, known) for row in rows.list(conditions)]
        return {"application_credentials": records, "links": links.of_list(req)}

    def show(self, req, user_id, key):
        """Show one."""
        _may(req, "get", user_id)
        return {"application_credential": self._record(req, self._get(user_id, key), self._known_roles())}

    def create(self, req, user_id, body):
        """Make one for the token's project, with some or all of the token's roles."""
        _may(req, "create", user_id)
        token = req.environ["nova.token"]
        given = body["application_credential"]
        self._refuse_restricted(token)
        if given.get("access_rules"):  # clients send an empty list, which Keystone takes for none
            raise exception.FeatureNotSupported(
                reason="Access rules of application credentials are not supported."
            )
        if token.project is None:
            raise exception.ValidationError(
                detail="Application credentials are made with a token for the project that they are for."
            )
        secret = given.get("secret") or secrets.token_urlsafe(64)
        row = rows.create(
            {
                "id": uuid.uuid4().hex,
                "name": given["name"],
                "user_id": user_id,
                "project_id": token.project.id,
                "secret_hash": passwords.make_hash(secret),
                "description": given.get("description"),
                "expires_at": self._expiry(given.get("expires_at")),
                "unrestricted": given.get("unrestricted", False),
                "role_ids": self._role_ids(token, given.get("roles")),
            }
        )
        record = self._record(req, row, self._known_roles())
        return {"application_credential": {**record, "secret": secret}}

    def delete(self, req, user_id, key):
        """Remove one; its tokens end with it."""
        _may(req, "delete", user_id)
        self._refuse_restricted(req.environ["nova.token"])
        self._get(user_id, key)
        rows.delete(key)

    @staticmethod
    def _refuse_restricted(token) -> None:
        """Raise IdentityForbidden when the token itself came from a restricted application credential."""
        if token.application_credential_id is None:
            return
        own = rows.find(id=token.application_credential_id)
        if own is None or not own["unrestricted"]:
            raise exception.IdentityForbidden(
                reason="Using method 'application_credential' is not allowed for managing additional application"
                " credentials."
            )

    @staticmethod
    def _expiry(text: str | None):
        """Return the moment that a request names, naive UTC.

        Raises:
            ValidationError: it has passed, or is no time of the calendar.
        """
        if text is None:
            return None
        try:
            moment = timeutils.normalize_time(timeutils.parse_isotime(text))
        except (ValueError, OverflowError):
            raise resource.expect("a time in ISO 8601", "expires_at") from None
        if moment <= utcnow():
            raise resource.expect("a time in the future", "expires_at")
        return moment

    @staticmethod
    def _role_ids(token, wanted: list[dict] | None) -> list[str]:
        if not wanted:
            return [role.id for role in token.roles]
        found = {}
        for each in wanted:
            match = [
                role.id
                for role in token.roles
                if each.get("id", role.id) == role.id and each.get("name", role.name) == role.name
            ]
            if not match:
                raise exception.IdentityNotFound(
                    noun="role assignment with role",
                    id=f"{each.get('id') or each.get('name')}, user {token.user.id}",
                )
            found[match[0]] = True
        return list(found)


CONTROLLER = ApplicationCredentials()
OPERATIONS = (
    wsgi.Operation(
        method="GET",
        path=_PATH,
        handler="index",
        policy="identity:list_application_credentials",
        target="handler",
    ),
    wsgi.Operation(
        method="POST",
        path=_PATH,
        handler="create",
        status=201,
        body=schemas.APPLICATION_CREDENTIAL_CREATE,
        policy="identity:create_application_credential",
        target="handler",
    ),
    wsgi.Operation(
        method="GET",
        path=_PATH + "/{key}",
        handler="show",
        policy="identity:get_application_credential",
        target="handler",
    ),
    wsgi.Operation(
        method="DELETE",
        path=_PATH + "/{key}",
        handler="delete",
        status=204,
        policy="identity:delete_application_credential",
        target="handler",
    ),
)
