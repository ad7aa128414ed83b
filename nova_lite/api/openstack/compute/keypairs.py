"""Key pairs. Behaviour: https://docs.openstack.org/api-ref/compute/#keypairs-keypairs."""

from nova_lite.api.openstack import links, paging
from nova_lite.api.openstack.compute.schemas import keypairs as schemas
from nova_lite.api.openstack.compute.views import keypairs as views
from nova_lite.api.wsgi import Operation
from nova_lite.compute import keypairs as compute
from nova_lite.db import keypairs as db
from nova_lite.policies import keypairs as rules


def _user(req, rule: str, asked: str | None) -> str:
    """Return whose key pairs the request is about: the caller's own, or (2.10) those of the user asked for.

    Raises:
        PolicyNotAuthorized: the caller may not do that to this user's.
    """
    user_id = asked or req.context.user_id
    req.context.can(rule, {"user_id": user_id, "project_id": req.context.project_id})
    return user_id


def _asked(req) -> str | None:
    return req.query.get("user_id", [None])[0] if req.api_version >= 10 else None


class KeypairsController:
    """Lists, shows, makes and removes key pairs."""

    def index(self, req):
        """List a user's key pairs by name; in pages from 2.35."""
        user_id = _user(req, rules.INDEX, _asked(req))
        limit, marker = paging.limit_and_marker(req) if req.api_version >= 35 else (None, None)
        found = db.list_page(user_id, marker=marker, limit=limit)
        body = {"keypairs": [{"keypair": each} for each in views.LISTED.render_all(req, found)]}
        if req.api_version < 35:
            return body
        return links.with_next(req, body, "os-keypairs", "keypairs_links", [row["name"] for row in found])

    def show(self, req, name):
        """Return one key pair."""
        row = db.get(_user(req, rules.SHOW, _asked(req)), name)
        return {"keypair": views.SHOWN.render(req, row)}

    def create(self, req, body):
        """Store a public key, or (up to 2.91) make a key and return its private half once."""
        given = body["keypair"]
        user_id = _user(req, rules.CREATE, given.get("user_id"))
        name, key_type = given["name"], given.get("type", "ssh")
        if req.api_version < 92:
            compute.check_name(name)
        private = None
        if "public_key" in given:
            row = compute.import_key_pair(req.context, user_id, name, given["public_key"], key_type)
        else:
            row, private = compute.create_key_pair(req.context, user_id, name, key_type)
        made = views.CREATED.render(req, row)
        if private is not None:
            made["private_key"] = private
        return {"keypair": made}

    def delete(self, req, name):
        """Remove a key pair."""
        db.delete(_user(req, rules.DELETE, _asked(req)), name)


CONTROLLER = KeypairsController()

_ALL = "/os-keypairs"
_ONE = "/os-keypairs/{name}"


def _create(status: int, since: int, until: int | None) -> Operation:
    return Operation(
        method="POST",
        path=_ALL,
        handler="create",
        since=since,
        until=until,
        status=status,
        body=schemas.CREATE,
        policy=rules.CREATE,
        target="handler",
        faults=(400, 403, 409),
    )


def _delete(status: int, since: int, until: int | None) -> Operation:
    return Operation(
        method="DELETE",
        path=_ONE,
        handler="delete",
        since=since,
        until=until,
        status=status,
        query=schemas.ONE,
        policy=rules.DELETE,
        target="handler",
        faults=(404,),
    )


OPERATIONS = (
    Operation(
        method="GET",
        path=_ALL,
        handler="index",
        query=schemas.LIST,
        policy=rules.INDEX,
        target="handler",
        faults=(400,),
    ),
    Operation(
        method="GET",
        path=_ONE,
        handler="show",
        query=schemas.ONE,
        policy=rules.SHOW,
        target="handler",
        faults=(404,),
    ),
    _create(200, 1, 1),
    _create(201, 2, None),
    _delete(202, 1, 1),
    _delete(204, 2, None),
)
