"""What can be read of a guest and of its host."""

from nova_lite import exception, rpc
from nova_lite.compute.endpoints.base import Endpoint


class ConsoleEndpoint(Endpoint):
    """Console log and host uptime."""

    @rpc.expected_exceptions(
        exception.InstanceNotFound, exception.InstanceNotReady, exception.ConsoleLogNotFound,
        exception.FeatureNotSupported, exception.NotImplementedByDriver,
    )  # fmt: skip
    def get_console_output(self, context, instance, tail_length):
        """Return the last `tail_length` lines (None: all, 0: nothing) of the console log as text."""
        output = self.driver.get_console_output(context, instance).decode("utf-8", "replace")
        if tail_length is None:
            return output
        count = int(tail_length)
        return "\n".join(output.split("\n")[-count:]) if count else ""

    def get_host_uptime(self, context):
        """Return the text of `uptime`."""
        return self.driver.get_host_uptime()
