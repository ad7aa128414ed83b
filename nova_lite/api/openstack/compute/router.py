"""APIRouterV21: the compute API as one WSGI application, its resources loaded by stevedore.

A resource is a module named in setup.cfg under `nova_lite.api.compute`, with `CONTROLLER` (an instance) and
`OPERATIONS` (its table). Adding one is one module and one line.
"""

import stevedore
from oslo_log import log as logging

from nova_lite import exception
from nova_lite.api import wsgi
from nova_lite.api.openstack import faults, microversions

LOG = logging.getLogger(__name__)

NAMESPACE = "nova_lite.api.compute"


def load_resources() -> list[tuple[object, tuple[wsgi.Operation, ...]]]:
    """Return (controller, operations) of every installed resource, by name.

    Raises:
        ConfigurationError: an entry point cannot be loaded, or has no table.
    """

    def failed(_manager, entry_point, error):
        raise exception.ConfigurationError(
            reason=f"API resource {entry_point.name} cannot be loaded: {error}"
        )

    manager = stevedore.ExtensionManager(NAMESPACE, on_load_failure_callback=failed)
    return [
        (each.plugin.CONTROLLER, each.plugin.OPERATIONS)
        for each in sorted(manager, key=lambda each: each.name)
    ]


class APIRouterV21(wsgi.Face):
    """The compute API at /v2.1 (and, without microversions, at /v2)."""

    prefixes = ("", "/{project_id:[0-9a-f\\-]+}")

    @classmethod
    def factory(cls, _global_conf, **_local_conf):
        """Return the application for PasteDeploy."""
        return cls(load_resources())

    def negotiate(self, req):
        """Set the microversion; /v2 has none."""
        if not req.is_legacy_v2:
            req.environ["nova.asked_version"] = microversions.requested(req.headers)
            req.environ["nova.api_version"] = microversions.negotiate(req.headers)

    def stamp(self, req, response):
        """Say which version answered; a refused version is repeated as it was asked."""
        if req.is_legacy_v2:
            return
        version = req.environ.get("nova.api_version")
        microversions.stamp(
            response, microversions.text(version) if version else req.environ["nova.asked_version"]
        )

    def fault(self, req, code, message, headers):
        """Return Nova's fault envelope."""
        return faults.fault(code, message, headers)

    def check_path(self, req, match):
        """Refuse a project id in the path that is not the token's."""
        project_id = match.pop("project_id", None)
        context = req.context
        if project_id is not None and context is not None and project_id != context.project_id:
            raise exception.MalformedRequestBody(
                f"Malformed request URL: URL's project_id '{project_id}' doesn't match Context's project_id"
                f" '{context.project_id}'"
            )
        req.environ["nova.url_project_id"] = project_id
