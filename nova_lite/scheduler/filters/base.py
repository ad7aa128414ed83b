"""What every filter is, and what filters may ask to be read."""

from dataclasses import dataclass, field


@dataclass
class Needs:
    """What must be read of the hosts for one request, beside the columns that always are.

    `columns`: names of db.host_states.EXTRA_COLUMNS. `aggregates`: the metadata of each host's aggregates.
    `instances`: servers (uuids) whose hosts matter. `io_ops`: the number of busy servers of each host.
    """

    columns: set[str] = field(default_factory=set)
    aggregates: bool = False
    instances: set[str] = field(default_factory=set)
    io_ops: bool = False


class BaseHostFilter:
    """Says for one host whether a server may go there. Filters keep nothing between calls: threads share them.

    The entry point's name is the name in `[filter_scheduler] enabled_filters`.
    """

    #: The answer does not depend on what the request's other servers take of the host.
    run_filter_once_per_request = False

    def needs(self, spec, needs: Needs) -> None:
        """Add to `needs` what `host_passes` will look at; anything else cannot be read of a HostState."""

    def host_passes(self, host_state, spec) -> bool:
        """Return whether the host (HostState) does for the request (objects.RequestSpec)."""
        raise NotImplementedError

    def why(self, spec) -> str:
        """Return what the hosts lacked, for the text of NoValidHost."""
        return ""
