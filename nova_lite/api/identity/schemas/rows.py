"""What requests about the nouns of the identity face may say."""

from nova_lite.api.identity.schemas import common

_DOMAIN = {
    "name": common.name(64),
    "description": common.DESCRIPTION,
    "enabled": common.ENABLED,
    "tags": {"type": "array", "maxItems": 0},
}
DOMAIN_CREATE = common.body("domain", _DOMAIN, ("name",))
DOMAIN_UPDATE = common.body("domain", _DOMAIN)

_TAGS = {
    "type": "array",
    "items": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^,/]*$"},
    "uniqueItems": True,
    "maxItems": 80,
}
_PROJECT = {
    "name": common.name(64),
    "description": common.DESCRIPTION,
    "enabled": common.ENABLED,
    "domain_id": common.NULL_ID,
    "parent_id": common.NULL_ID,
    "is_domain": {"enum": [False]},
    "tags": _TAGS,
}
PROJECT_CREATE = common.body("project", _PROJECT, ("name",))
PROJECT_UPDATE = common.body("project", _PROJECT)

_PASSWORD = {"type": ["string", "null"]}
_USER = {
    "name": common.NAME,
    "description": common.DESCRIPTION,
    "email": common.text(255),
    "enabled": common.ENABLED,
    "domain_id": common.ID,
    "default_project_id": common.NULL_ID,
    "password": _PASSWORD,
    "federated": {"type": "array", "maxItems": 0},
}
USER_CREATE = common.body("user", _USER, ("name",))
USER_UPDATE = common.body("user", _USER)
PASSWORD_CHANGE = common.body(
    "user",
    {"password": {"type": "string"}, "original_password": {"type": "string"}},
    ("password", "original_password"),
)

_ROLE = {"name": common.NAME, "description": common.DESCRIPTION, "domain_id": common.NULL_ID}
ROLE_CREATE = common.body("role", _ROLE, ("name",))
ROLE_UPDATE = common.body("role", _ROLE)

_REGION = {
    "id": {"type": ["string", "null"], "maxLength": 255, "pattern": r"^[^\x00/]*$"},
    "description": common.DESCRIPTION,
    "parent_region_id": common.text(255),
}
REGION_CREATE = {
    "type": "object",
    "properties": {"region": {"type": "object", "properties": _REGION}},
    "required": ["region"],
}
REGION_UPDATE = common.body("region", _REGION)

_SERVICE = {
    "type": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[^\x00]*$"},
    "name": common.text(255),
    "description": common.DESCRIPTION,
    "enabled": common.ENABLED,
}
SERVICE_CREATE = common.body("service", _SERVICE, ("type",))
SERVICE_UPDATE = common.body("service", _SERVICE)

_ENDPOINT = {
    "service_id": common.ID,
    "interface": {"enum": ["admin", "public", "internal"]},
    "region_id": common.text(255),
    "region": common.text(255),
    "url": {"type": "string", "minLength": 1, "maxLength": 2000, "pattern": r"^[a-zA-Z0-9+.-]+:[^\x00]+$"},
    "enabled": common.ENABLED,
}
ENDPOINT_CREATE = common.body("endpoint", _ENDPOINT, ("service_id", "interface", "url"))
ENDPOINT_UPDATE = common.body("endpoint", _ENDPOINT)

APPLICATION_CREDENTIAL_CREATE = common.body(
    "application_credential",
    {
        "name": common.NAME,
        "description": common.DESCRIPTION,
        "secret": {"type": ["string", "null"], "minLength": 1},
        "expires_at": {"oneOf": [{"type": "null"}, {"type": "string", "format": "date-time"}]},
        "unrestricted": {"type": "boolean"},
        "roles": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"id": common.ID, "name": common.NAME},
                "anyOf": [{"required": ["id"]}, {"required": ["name"]}],
            },
        },
    },
    ("name",),
)
