"""Links in answers: `self` (with the version), `bookmark` (without), and `next` of a page.

The project id stands in a link only if it stood in the request. `[api] compute_link_prefix` and
`glance_link_prefix` replace scheme, host and port, and come before the path.
"""

import re
from collections.abc import Sequence
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from nova_lite.api.openstack import paging
from nova_lite.conf import CONF

_VERSION = re.compile(r"/v[0-9]+(\.[0-9]+)?$")


def _prefixed(url: str, prefix: str | None) -> str:
    if not prefix:
        return url.rstrip("/")
    own, wanted = urlsplit(url), urlsplit(prefix)
    return urlunsplit((wanted.scheme, wanted.netloc, wanted.path.rstrip("/") + own.path, "", "")).rstrip("/")


def _join(req, base: str, path: Sequence[str]) -> str:
    project_id = req.environ.get("nova.url_project_id")
    parts = [str(part) for part in (project_id, *path) if part]
    return "/".join([base, *(quote(part, safe="/~:@") for part in parts)])


def base_url(req) -> str:
    """Return the URL of the versioned root, as clients reach it: `http://HOST:PORT/v2.1`."""
    return _prefixed(req.application_url, CONF.api.compute_link_prefix)


def href(req, *path: str) -> str:
    """Return the `self` URL of a path: `href(req, "servers", uuid)`."""
    return _join(req, base_url(req), path)


def bookmark(req, *path: str) -> str:
    """Return the URL of a path without the version."""
    root = _VERSION.sub("", req.application_url.rstrip("/"))
    return _join(req, _prefixed(root, CONF.api.compute_link_prefix), path)


def image_bookmark(req, image_id: str) -> str:
    """Return the bookmark of an image, as server records show it."""
    root = _VERSION.sub("", req.application_url.rstrip("/"))
    return _join(req, _prefixed(root, CONF.api.glance_link_prefix), ("images", image_id))


def pair(req, *path: str) -> list[dict[str, str]]:
    """Return the `self` and `bookmark` links of a record."""
    return [{"rel": "self", "href": href(req, *path)}, {"rel": "bookmark", "href": bookmark(req, *path)}]


def next_page(req, collection: str, markers: Sequence[str]) -> list[dict[str, str]]:
    """Return the `next` link of a list, or [] when the page is not full.

    Args:
        req: the request.
        collection: path of the list as it was asked: `servers/detail`.
        markers: what each record of this page is found again by, in order.

    A page is full when it holds as many records as were asked for (or `[api] max_limit`), even if nothing
    follows; `limit=0` has no next page.
    """
    limit, _ = paging.limit_and_marker(req)
    if not limit or len(markers) != limit:
        return []
    asked = [(name, value) for name, values in req.query.items() for value in values if name != "marker"]
    return [
        {"rel": "next", "href": f"{href(req, collection)}?{urlencode([*asked, ('marker', markers[-1])])}"}
    ]


def with_next(req, body: dict, collection: str, key: str, markers: Sequence[str]) -> dict:
    """Return the body of a list with its `next` link under `key`, where there is one."""
    found = next_page(req, collection, markers)
    return {**body, key: found} if found else body
