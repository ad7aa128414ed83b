"""What requests about flavors may say."""

CREATE = {
    "type": "object",
    "properties": {
        "flavor": {
            "type": "object",
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 255, "format": "name"},
                "id": {"oneOf": [{"type": "string", "minLength": 1, "maxLength": 255}, {"type": "integer"}, {"type": "null"}]},
                "ram": {"type": ["integer", "string"], "pattern": "^[0-9]*$", "minimum": 1, "maximum": 0x7FFFFFFF, "minLength": 1},
            },
            "required": ["name", "ram"],
            "additionalProperties": False,
        }
    },
    "required": ["flavor"],
    "additionalProperties": False,
}
