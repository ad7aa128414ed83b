"""Links in answers of the identity face."""

from urllib.parse import quote

from nova_lite.conf import CONF


def base_url(req) -> str:
    """Return the URL of the face, without version, as clients reach it."""
    public = CONF.identity.public_endpoint
    return public.rstrip("/").removesuffix("/v3") if public else req.application_url.rstrip("/")


def href(req, *path: str) -> str:
    """Return the URL of a path below /v3: `href(req, "users", id)`."""
    return "/".join([base_url(req), "v3", *(quote(part, safe="") for part in path)])


def of_list(req) -> dict:
    """Return the links of a list; all of it is one page."""
    query = f"?{req.query_string}" if req.query_string else ""
    return {"self": f"{base_url(req)}{quote(req.path_info)}{query}", "previous": None, "next": None}
