"""What the bodies of server actions may say."""

from nova_lite.api.openstack.compute.schemas.parameters import closed

#: Actions without arguments take any value; clients send null.
START = closed({"os-start": {}}, "os-start")
STOP = closed({"os-stop": {}}, "os-stop")
PAUSE = closed({"pause": {}}, "pause")
UNPAUSE = closed({"unpause": {}}, "unpause")
SUSPEND = closed({"suspend": {}}, "suspend")
RESUME = closed({"resume": {}}, "resume")
UNLOCK = closed({"unlock": {}}, "unlock")
FORCE_DELETE = closed({"forceDelete": {}}, "forceDelete")

REBOOT = closed(
    {
        "reboot": closed(
            {"type": {"type": "string", "enum": ["HARD", "Hard", "hard", "SOFT", "Soft", "soft"]}}, "type"
        )
    },
    "reboot",
)
LOCK = (
    (1, closed({"lock": {}}, "lock")),
    (
        73,
        closed(
            {
                "lock": {
                    "type": ["object", "null"],
                    "properties": {"locked_reason": {"type": "string", "minLength": 1, "maxLength": 255}},
                    "additionalProperties": False,
                }
            },
            "lock",
        ),
    ),
)
RESET_STATE = closed(
    {"os-resetState": closed({"state": {"type": "string", "enum": ["active", "error"]}}, "state")},
    "os-resetState",
)
CONSOLE_OUTPUT = closed(
    {
        "os-getConsoleOutput": closed(
            {
                "length": {
                    "type": ["integer", "string", "null"],
                    "pattern": "^-?[0-9]+$",
                    "minimum": -1,
                    "maxLength": 10,
                }
            }
        )
    },
    "os-getConsoleOutput",
)
