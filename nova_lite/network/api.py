"""The Python interface to networks: what nova-api and nova-compute ask, whoever provides the networks.

`get_api()` returns the driver in use. Today there is one: a cloud without networks, where servers have no NICs.
"""

from nova_lite import exception


class NetworkAPI:
    """The contract. `requested_networks` is an objects.NetworkRequestList or None (the user said nothing)."""

    def validate_networks(self, context, requested_networks, max_count: int) -> int:
        """Check what the user asked for and return how many servers of `max_count` can have it.

        Raises:
            NetworkNotFound, PortNotFound, NetworkRequestInvalid: 400 in the API.
        """
        raise NotImplementedError

    def allocate_for_instance(self, context, instance, requested_networks) -> list[dict]:
        """Make or take the server's ports and return its network info (a list of VIF dictionaries, in order)."""
        raise NotImplementedError

    def deallocate_for_instance(self, context, instance) -> None:
        """Give back what `allocate_for_instance` took; nothing happens the second time."""
        raise NotImplementedError

    def list_security_groups(self, context, instance) -> list[dict]:
        """Return the security groups of a server's ports: `id`, `name`, `description`, `tenant_id`, `rules`."""
        raise NotImplementedError


class NoNetworks(NetworkAPI):
    """A cloud without networks: `none`, `auto` and nothing at all give no NIC; a network or port is not found."""

    def validate_networks(self, context, requested_networks, max_count):
        """Refuse every network and port by name."""
        if requested_networks is None or requested_networks.no_allocate or requested_networks.auto_allocate:
            return max_count
        for request in requested_networks:
            if request.port_id:
                raise exception.PortNotFound(port_id=request.port_id)
            if request.network_id:
                raise exception.NetworkNotFound(network_id=request.network_id)
        return max_count

    def allocate_for_instance(self, context, instance, requested_networks):
        """Return no NICs."""
        return []

    def deallocate_for_instance(self, context, instance):
        """Nothing was taken."""

    def list_security_groups(self, context, instance):
        """No ports, no groups."""
        return []


def get_api() -> NetworkAPI:
    """Return the driver in use."""
    return NoNetworks()
