"""What every cloud begins with: a domain, projects, roles, users, and the catalog.

It can be run again: what is there stays, what differs from the arguments (a password, a URL) is set right. The
names are those that DevStack makes, which clients and test suites expect.
"""

import uuid

from oslo_log import log as logging

from nova_lite import exception
from nova_lite.db.identity import assignments, domains, endpoints, projects, regions, roles, services, users
from nova_lite.identity import passwords

LOG = logging.getLogger(__name__)

PROJECTS = {
    "admin": "Administrators of the cloud.",
    "demo": "A project to try the cloud with.",
    "service": "Users of the cloud's own services.",
}
ROLES = ("reader", "member", "manager", "admin", "service")

#: user → (project of the user, roles on it, role on the system or None)
USERS = {
    "admin": ("admin", ("admin",), "admin"),
    "demo": ("demo", ("member",), None),
    "nova": ("service", ("service",), None),
}
#: type of a service → (its name, description)
SERVICES = {
    "identity": ("keystone", "Identity service of nova-lite."),
    "compute": ("nova", "Compute service of nova-lite."),
    "image": ("glance", "Image service of nova-lite."),
}
INTERFACES = ("public", "internal", "admin")


def run(given: dict[str, str], urls: dict[str, str], region: str) -> list[str]:
    """Make or mend it all; return what was done, a line a thing.

    Args:
        given: user name → password. A user that is not there yet must have one here; the password of one that
            is there is set when it is another.
        urls: type of a service → URL of its endpoints, as `{"compute": "http://HOST:8774/v2.1"}`.
        region: id of the region of the endpoints.

    Raises:
        InvalidInput: a user or service that is not of the tables above, or a new user without a password.
    """
    for kind, names, known in (("user", given, USERS), ("service", urls, SERVICES)):
        unknown = sorted(set(names) - set(known))
        if unknown:
            raise exception.InvalidInput(
                reason=f"unknown {kind} {', '.join(unknown)}; known: {', '.join(known)}"
            )
    done: list[str] = []
    if domains.find(id=domains.DEFAULT) is None:
        domains.create({"id": domains.DEFAULT, "name": "Default", "description": "The default domain"})
        done.append("domain Default made")
    role_ids = {name: _ensure(done, "role", roles, {"name": name, "domain_id": ""}) for name in ROLES}
    project_ids = {
        name: _ensure(
            done, "project", projects, {"name": name, "domain_id": domains.DEFAULT}, {"description": text}
        )
        for name, text in PROJECTS.items()
    }
    for name, (project, granted, system_role) in USERS.items():
        user_id = _ensure_user(done, name, given.get(name))
        for role in granted:
            _grant(done, name, user_id, ("project", project_ids[project]), role, role_ids[role])
        if system_role:
            _grant(done, name, user_id, ("system", "all"), system_role, role_ids[system_role])
    if urls and regions.find(id=region) is None:
        regions.create({"id": region})
        done.append(f"region {region} made")
    for kind, url in urls.items():
        _ensure_endpoints(done, kind, url, region)
    return done


def _ensure(done: list[str], noun: str, module, key: dict, values: dict | None = None) -> str:
    """Return the id of the row with these values of `key`, made with `values` too when it is missing."""
    row = module.find(**key)
    if row is None:
        row = module.create({"id": uuid.uuid4().hex, **key, **(values or {})})
        done.append(f"{noun} {row['name']} made")
    return row["id"]


def _ensure_user(done: list[str], name: str, password: str | None) -> str:
    row = users.find(name=name, domain_id=domains.DEFAULT)
    if row is None:
        if not password:
            raise exception.InvalidInput(reason=f"user {name} does not exist yet and needs a password")
        key = uuid.uuid4().hex
        values = {"id": key, "name": name, "domain_id": domains.DEFAULT, "enabled": True}
        users.create({**values, "password_hash": passwords.make_hash(password)})
        done.append(f"user {name} made")
        return key
    if password and not passwords.check(password, row["password_hash"]):
        users.update(row["id"], {"password_hash": passwords.make_hash(password)})
        done.append(f"user {name}: password set")
    return row["id"]


def _grant(
    done: list[str], user: str, user_id: str, target: tuple[str, str], role: str, role_id: str
) -> None:
    where = {"user_id": user_id, "target_type": target[0], "target_id": target[1], "role_id": role_id}
    if not assignments.exists(**where):
        assignments.add(**where)
        done.append(f"user {user}: role {role} on {target[0]} {target[1]}")


def _ensure_endpoints(done: list[str], kind: str, url: str, region: str) -> None:
    name, description = SERVICES[kind]
    service_id = _ensure(
        done, "service", services, {"type": kind}, {"name": name, "description": description}
    )
    for interface in INTERFACES:
        key = {"service_id": service_id, "interface": interface, "region_id": region}
        row = endpoints.find(**key)
        if row is None:
            endpoints.create({"id": uuid.uuid4().hex, **key, "url": url})
            done.append(f"{interface} endpoint of {kind} made: {url}")
        elif row["url"] != url:
            endpoints.update(row["id"], {"url": url})
            done.append(f"{interface} endpoint of {kind} changed: {url}")
