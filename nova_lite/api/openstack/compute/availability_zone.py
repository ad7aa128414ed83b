"""Availability zones. Behaviour: https://docs.openstack.org/api-ref/compute/#availability-zones-os-availability-zone."""

from nova_lite import availability_zones
from nova_lite.api.openstack.compute.schemas import availability_zone as schemas
from nova_lite.api.openstack.compute.views import availability_zone as views
from nova_lite.api.wsgi import Operation
from nova_lite.compute import services
from nova_lite.conf import CONF
from nova_lite.policies import availability_zone as rules


class AvailabilityZoneController:
    """Lists availability zones."""

    def index(self, req):
        """List the zones that a server can ask for."""
        zones = availability_zones.split(services.list_all())
        return {
            "availabilityZoneInfo": [
                views.zone(name, available=available)
                for available, names in zip((True, False), zones, strict=True)
                for name in names
                if name != CONF.internal_service_availability_zone
            ]
        }

    def detail(self, req):
        """List all zones with their hosts and the state of what runs there."""
        rows = services.list_all()
        available, others = availability_zones.split(rows)
        return {
            "availabilityZoneInfo": [
                *(views.zone(name, available=True, hosts=views.hosts(rows, name)) for name in available),
                *(views.zone(name, available=False) for name in others),
            ]
        }


CONTROLLER = AvailabilityZoneController()

OPERATIONS = (
    Operation(
        method="GET", path="/os-availability-zone", handler="index", query=schemas.LIST, policy=rules.LIST
    ),
    Operation(
        method="GET",
        path="/os-availability-zone/detail",
        handler="detail",
        query=schemas.LIST,
        policy=rules.DETAIL,
    ),
)
