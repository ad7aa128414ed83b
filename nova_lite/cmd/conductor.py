"""nova-conductor."""

from nova_lite import concurrency

concurrency.select_backend()

from nova_lite import service
from nova_lite.cmd import common
from nova_lite.conf import CONF


def main() -> None:
    """Run nova-conductor until a signal ends it."""
    common.prepare("nova-conductor")
    with common.clear_failure("nova-conductor"):
        service.serve(
            service.Service.create(binary="nova-conductor", topic="conductor"), workers=CONF.conductor.workers
        )
    service.wait()


if __name__ == "__main__":
    main()
