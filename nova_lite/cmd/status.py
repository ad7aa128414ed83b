"""nova-status: is this installation ready? `nova-status upgrade check`; exit 0 success, 1 warning, 2 failure."""

from nova_lite import concurrency

concurrency.select_backend()

import sys
from collections.abc import Callable

from oslo_config import cfg

from nova_lite import exception
from nova_lite.cmd import common
from nova_lite.conf import CONF
from nova_lite.db import migration, services
from nova_lite.objects.service import SERVICE_VERSION

SUCCESS, WARNING, FAILURE = 0, 1, 2
_WORDS = {SUCCESS: "Success", WARNING: "Warning", FAILURE: "Failure"}


def _schema() -> tuple[int, str]:
    current, newest = migration.current(), migration.newest()
    if current == newest:
        return SUCCESS, f"the database is at {newest}"
    return (
        FAILURE,
        f"the database is at {current or 'nothing'}, this code wants {newest}: run nova-manage db sync",
    )


def _computes() -> tuple[int, str]:
    oldest = services.minimum_version("nova-compute")
    if oldest == 0:
        return WARNING, "no nova-compute has registered yet"
    if oldest < SERVICE_VERSION - 1:
        return FAILURE, f"a nova-compute of version {oldest} is running; upgrade it first"
    return SUCCESS, f"the oldest nova-compute is of version {oldest}"


def _policy_file() -> tuple[int, str]:
    if CONF.oslo_policy.policy_file.endswith(".json"):
        return FAILURE, "the policy file must be YAML: convert it with oslopolicy-convert-json-to-yaml"
    return SUCCESS, "the policy file is YAML"


CHECKS: tuple[tuple[str, Callable[[], tuple[int, str]]], ...] = (
    ("Database schema", _schema),
    ("Older than N-1 computes", _computes),
    ("Policy File JSON to YAML Migration", _policy_file),
)


def _check() -> int:
    worst = SUCCESS
    for name, check in CHECKS:
        try:
            result, details = check()
        except exception.NovaException as error:
            result, details = FAILURE, error.format_message()
        worst = max(worst, result)
        print(f"{_WORDS[result]:8} {name}: {details}")
    return worst


def _add_parsers(subparsers) -> None:
    upgrade = subparsers.add_parser("upgrade", help="upgrade commands").add_subparsers(
        required=True, metavar="COMMAND"
    )
    upgrade.add_parser("check", help="check that an upgrade can go on").set_defaults(run=_check)


def main() -> None:
    """Run the checks."""
    from oslo_policy import opts

    opts.set_defaults(CONF, policy_file="policy.yaml")
    CONF.register_cli_opt(
        cfg.SubCommandOpt("category", title="groups", dest="category", handler=_add_parsers)
    )
    common.configure("nova-status")
    if CONF.category.name is None:
        sys.exit("nova-status: name a command: nova-status upgrade check")
    sys.exit(CONF.category.run())


if __name__ == "__main__":
    main()
