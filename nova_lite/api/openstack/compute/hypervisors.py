"""Hypervisors. Behaviour: https://docs.openstack.org/api-ref/compute/#hypervisors-os-hypervisors."""

from oslo_utils import strutils

from nova_lite import exception, servicegroup
from nova_lite.api import validation
from nova_lite.api.openstack import links, paging
from nova_lite.api.openstack.compute.schemas import hypervisors as schemas
from nova_lite.api.openstack.compute.services import check_uuid
from nova_lite.api.openstack.compute.views import hypervisors as views
from nova_lite.api.wsgi import Operation
from nova_lite.db import hypervisors as db
from nova_lite.policies import hypervisors as rules


def _get(req, hypervisor_id: str) -> dict:
    """Return a hypervisor by its id, from 2.53 by its uuid.

    Raises:
        ComputeHostNotFound: there is none.
        InvalidInput: 2.53 and later: not a uuid.
    """
    key = check_uuid(hypervisor_id) if req.api_version >= 53 else validation.row_id(hypervisor_id)
    not_found = exception.ComputeHostNotFound(f"Hypervisor with ID '{hypervisor_id}' could not be found.")
    if key is None:
        raise not_found
    try:
        return db.get(key)
    except exception.ComputeHostNotFound:
        raise not_found from None


def _matching(pattern: str) -> list[dict]:
    found = db.search(pattern)
    if not found:
        raise exception.ComputeHostNotFound(f"No hypervisor matching '{pattern}' could be found.")
    return found


def _with_servers(rows: list[dict]) -> list[dict]:
    """Return hypervisors with what runs on them as `servers`."""
    servers = db.servers_of({row["host"] for row in rows})
    return [dict(row, servers=servers.get((row["host"], row["hypervisor_hostname"]), [])) for row in rows]


def _wants_servers(req) -> bool:
    return strutils.bool_from_string(req.query_one("with_servers", "false"))


class HypervisorsController:
    """Lists and shows hypervisors."""

    def index(self, req):
        """List names and states."""
        return self._list(req, views.BRIEF, "os-hypervisors")

    def detail(self, req):
        """List whole records."""
        return self._list(req, views.DETAIL, "os-hypervisors/detail")

    def _list(self, req, view, collection):
        version = req.api_version
        pattern = req.query_one("hypervisor_hostname_pattern") if version >= 53 else None
        paged = version >= 33 and pattern is None
        if pattern is not None:
            if "limit" in req.query or "marker" in req.query:
                raise exception.InvalidInput(
                    "Paging over hypervisors with the hypervisor_hostname_pattern query parameter is not"
                    " supported."
                )
            found = _matching(pattern)
        else:
            found = self._page(req) if paged else db.list_page()
        if version >= 53 and _wants_servers(req):
            found = _with_servers(found)
        body = {"hypervisors": view.render_all(req, found)}
        if not paged:
            return body
        markers = [row["uuid"] if version >= 53 else row["id"] for row in found]
        return links.with_next(req, body, collection, "hypervisors_links", markers)

    @staticmethod
    def _page(req) -> list[dict]:
        limit, marker = paging.limit_and_marker(req)
        unknown = exception.InvalidInput(f"marker [{marker}] not found")
        key: int | str | None = marker
        if marker is not None and req.api_version < 53:
            key = validation.row_id(marker)
            if key is None:
                raise unknown
        try:
            return db.list_page(marker=key, limit=limit)
        except exception.MarkerNotFound:
            raise unknown from None

    def show(self, req, hypervisor_id):
        """Return one hypervisor; from 2.53 with its servers on request."""
        row = _get(req, hypervisor_id)
        if req.api_version >= 53 and _wants_servers(req):
            (row,) = _with_servers([row])
        return {"hypervisor": views.DETAIL.render(req, row)}

    def uptime(self, req, hypervisor_id):
        """Return how long a host has been up (until 2.87), as it last reported."""
        row = _get(req, hypervisor_id)
        if not servicegroup.is_up(row["service"]):
            raise exception.InvalidInput(f"Compute service of {row['host']} is unavailable at this time.")
        if row["uptime"] is None:
            raise exception.FeatureNotSupported(reason="Requested functionality is not supported.")
        return {"hypervisor": views.UPTIME.render(req, row)}

    def search(self, req, pattern):
        """List hypervisors by a part of their hostname (until 2.52)."""
        return {"hypervisors": views.BRIEF.render_all(req, _matching(pattern))}

    def servers(self, req, pattern):
        """As search, with what runs on them (until 2.52)."""
        return {"hypervisors": views.BRIEF.render_all(req, _with_servers(_matching(pattern)))}

    def statistics(self, req):
        """Return sums over all enabled hypervisors (until 2.87)."""
        return {"hypervisor_statistics": db.statistics()}


CONTROLLER = HypervisorsController()


def _get_operation(path: str, handler: str, policy: str, *, query=schemas.OTHER, until=None, faults=()):
    return Operation(
        method="GET",
        path=f"/os-hypervisors{path}",
        handler=handler,
        until=until,
        query=query,
        policy=policy,
        faults=faults,
    )


OPERATIONS = (
    _get_operation("", "index", rules.LIST, query=schemas.LIST, faults=(400, 404)),
    _get_operation("/detail", "detail", rules.LIST_DETAIL, query=schemas.LIST, faults=(400, 404)),
    _get_operation("/statistics", "statistics", rules.STATISTICS, until=87),
    _get_operation("/{hypervisor_id}", "show", rules.SHOW, query=schemas.SHOW, faults=(400, 404)),
    _get_operation("/{hypervisor_id}/uptime", "uptime", rules.UPTIME, until=87, faults=(400, 404, 501)),
    _get_operation("/{pattern}/search", "search", rules.SEARCH, until=52, faults=(404,)),
    _get_operation("/{pattern}/servers", "servers", rules.SERVERS, until=52, faults=(404,)),
)
