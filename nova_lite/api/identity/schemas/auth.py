"""What `POST /v3/auth/tokens` may say."""

_STRING = {"type": "string"}

_DOMAIN = {
    "type": "object",
    "properties": {"id": _STRING, "name": _STRING},
    "anyOf": [{"required": ["id"]}, {"required": ["name"]}],
}


def _by_id_or_name(**others: dict) -> dict:
    required = {"required": list(others)} if others else {}  # draft 4 wants at least one name in it
    return {
        "type": "object",
        "properties": {"id": _STRING, "name": _STRING, "domain": _DOMAIN, **others},
        "anyOf": [{"required": ["id"]}, {"required": ["name", "domain"]}],
        **required,
    }


_PASSWORD = {"type": "object", "properties": {"user": _by_id_or_name(password=_STRING)}, "required": ["user"]}
_TOKEN = {"type": "object", "properties": {"id": _STRING}, "required": ["id"]}
_APPLICATION_CREDENTIAL = {
    "type": "object",
    "properties": {"id": _STRING, "name": _STRING, "secret": _STRING, "user": _by_id_or_name()},
    "required": ["secret"],
    "anyOf": [{"required": ["id"]}, {"required": ["name", "user"]}],
}

_SCOPE = {
    "oneOf": [
        {"enum": ["unscoped"]},
        {
            "type": "object",
            "properties": {
                "project": _by_id_or_name(),
                "domain": _DOMAIN,
                "system": {"type": "object", "properties": {"all": {"enum": [True]}}, "required": ["all"]},
                "unscoped": {"type": "object"},
            },
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        },
    ]
}
ISSUE = {
    "type": "object",
    "properties": {
        "auth": {
            "type": "object",
            "properties": {
                "identity": {
                    "type": "object",
                    "properties": {
                        "methods": {"type": "array", "items": _STRING, "minItems": 1, "maxItems": 10},
                        "password": _PASSWORD,
                        "token": _TOKEN,
                        "application_credential": _APPLICATION_CREDENTIAL,
                    },
                    "required": ["methods"],
                },
                "scope": _SCOPE,
            },
            "required": ["identity"],
        }
    },
    "required": ["auth"],
}
