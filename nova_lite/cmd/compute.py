"""nova-compute: one service over one virt driver; never opens the database, never forks."""

from nova_lite import concurrency

concurrency.select_backend()

from nova_lite import objects, service
from nova_lite.cmd import common
from nova_lite.conf import CONF
from nova_lite.conductor import rpcapi as conductor_rpcapi
from nova_lite.db import api as db_api
from nova_lite.objects import base as objects_base


def _hosts() -> list[str]:
    """Return the names of the services to run: one, or `[fake] hosts` of them on the fake driver."""
    if CONF.compute_driver != "fake.FakeDriver":
        return [CONF.host]
    return [CONF.host, *(f"{CONF.host}-{number}" for number in range(1, CONF.fake.hosts))]


def main() -> None:
    """Run nova-compute until a signal ends it."""
    common.prepare("nova-compute")
    with common.clear_failure("nova-compute"):
        db_api.forbid("nova-compute has no database: its objects are read and written by nova-conductor")
        objects.register_all()
        objects_base.NovaObject.indirection_api = conductor_rpcapi.ConductorAPI()
        service.serve(
            *(service.Service.create(host=host, binary="nova-compute", topic="compute") for host in _hosts())
        )
    service.wait()


if __name__ == "__main__":
    main()
