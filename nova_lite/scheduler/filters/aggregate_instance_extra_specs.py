"""AggregateInstanceExtraSpecsFilter."""

from nova_lite.scheduler.filters import base, utils

SCOPE = "aggregate_instance_extra_specs"


class AggregateInstanceExtraSpecsFilter(base.BaseHostFilter):
    """Passes hosts whose aggregates have metadata for each of the flavor's extra specs.

    Those count that begin with `aggregate_instance_extra_specs:`, and those without a scope.
    """

    run_filter_once_per_request = True

    def needs(self, spec, needs: base.Needs) -> None:
        """Ask for aggregates if the flavor has such extra specs."""
        needs.aggregates |= bool(utils.scoped(spec.flavor.extra_specs, SCOPE))

    def host_passes(self, host_state, spec) -> bool:
        """Compare each with the values of all the host's aggregates: one that matches is enough."""
        for key, wanted in utils.scoped(spec.flavor.extra_specs, SCOPE).items():
            if not any(utils.match(value, wanted) for value in utils.aggregate_values(host_state, key)):
                return False
        return True

    def why(self, spec) -> str:
        """Name the extra specs."""
        wanted = utils.scoped(spec.flavor.extra_specs, SCOPE)
        return "no aggregate with " + ", ".join(f"{key} {value}" for key, value in wanted.items())
