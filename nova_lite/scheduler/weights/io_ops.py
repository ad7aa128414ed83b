"""IoOpsWeigher."""

from nova_lite.scheduler.filters.base import Needs
from nova_lite.scheduler.weights import base


class IoOpsWeigher(base.BaseHostWeigher):
    """Prefers hosts with fewer builds, resizes and snapshots under way: its multiplier is negative."""

    option = "io_ops_weight_multiplier"

    def needs(self, spec, needs: Needs) -> None:
        """Ask for their number."""
        needs.io_ops = True

    def weigh(self, host_state, spec) -> float:
        """Count them."""
        return host_state.num_io_ops
