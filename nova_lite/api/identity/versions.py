"""The version documents of the identity face."""

from nova_lite.api import wsgi
from nova_lite.api.identity import links


class Versions:
    """`/` and `/v3`; neither needs a token."""

    @staticmethod
    def _v3(req) -> dict:
        return {
            "id": "v3.14",
            "status": "stable",
            "updated": "2020-04-07T00:00:00Z",
            "links": [{"rel": "self", "href": links.href(req) + "/"}],
            "media-types": [
                {"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"},
            ],
        }

    def index(self, req):
        """List the versions: 300, as Keystone."""
        body = {"versions": {"values": [self._v3(req)]}}
        return wsgi.Reply(body, status=300, headers={"Location": links.href(req) + "/"})

    def show(self, req):
        """Show version 3."""
        return {"version": self._v3(req)}


CONTROLLER = Versions()
OPERATIONS = (
    wsgi.Operation(method="GET", path="/", handler="index", status=300),
    wsgi.Operation(method="GET", path="/v3", handler="show"),
)
