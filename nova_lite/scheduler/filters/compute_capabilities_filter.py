"""ComputeCapabilitiesFilter."""

from collections.abc import Mapping
from typing import Any

from oslo_serialization import jsonutils

from nova_lite.db.host_states import EXTRA_COLUMNS
from nova_lite.scheduler.filters import base, utils


class ComputeCapabilitiesFilter(base.BaseHostFilter):
    """Passes hosts that have what the flavor's `capabilities:` extra specs ask for.

    `capabilities:cpu_info:features` walks attributes of the host and the JSON in them; what a host does not
    have, it is asked in its `stats`. An extra spec without a scope counts only if hosts have such an attribute.
    """

    run_filter_once_per_request = True

    def needs(self, spec, needs: base.Needs) -> None:
        """Ask for the documents that the extra specs walk into."""
        heads = {key.partition(":")[0] for key in self._wanted(spec)}
        needs.columns |= (heads & set(EXTRA_COLUMNS)) | ({"stats"} if heads else set())
        needs.io_ops |= "num_io_ops" in heads

    @staticmethod
    def _wanted(spec) -> dict[str, str]:
        found = {}
        for key, value in (spec.flavor.extra_specs or {}).items():
            scope, colon, rest = key.partition(":")
            if (colon and scope == "capabilities") or not colon:
                found[rest or key] = value
        return found

    def host_passes(self, host_state, spec) -> bool:
        """Compare every extra spec."""
        explicit = {key for key in spec.flavor.extra_specs or {} if ":" in key}
        for key, wanted in self._wanted(spec).items():
            value = self._value(host_state, key.split(":"))
            if value is None and f"capabilities:{key}" not in explicit:
                continue  # no scope, and nothing that hosts have: it is meant for someone else
            if value is None or not utils.match(str(value), wanted):
                return False
        return True

    @staticmethod
    def _value(host_state, path: list[str]) -> Any:
        value = host_state.attribute(path[0])
        if value is None:
            value = (host_state.attribute("stats") or {}).get(path[0])
        for key in path[1:]:
            if isinstance(value, str):
                try:
                    value = jsonutils.loads(value)
                except ValueError:
                    return None
            if not isinstance(value, Mapping):
                return None
            value = value.get(key)
        return value

    def why(self, spec) -> str:
        """Name the extra specs."""
        return "extra specs " + ", ".join(f"{key}={value}" for key, value in self._wanted(spec).items())
