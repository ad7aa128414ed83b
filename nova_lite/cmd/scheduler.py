"""nova-scheduler."""

from nova_lite import concurrency

concurrency.select_backend()

from nova_lite import service
from nova_lite.cmd import common
from nova_lite.conf import CONF


def main() -> None:
    """Run nova-scheduler until a signal ends it."""
    common.prepare("nova-scheduler")
    with common.clear_failure("nova-scheduler"):
        service.serve(
            service.Service.create(binary="nova-scheduler", topic="scheduler"), workers=CONF.scheduler.workers
        )
    service.wait()


if __name__ == "__main__":
    main()
