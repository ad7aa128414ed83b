"""Microversions of the compute API: which exist, which one a request asks for, what the answer says of it.

Behaviour: https://docs.openstack.org/nova/latest/reference/api-microversion-history.html and the API working
group's microversion specification. A version is kept as its minor number: 79 is 2.79.
"""

import re

from nova_lite import exception

MIN = 1
MAX = 104
LEGACY_HEADER = "X-OpenStack-Nova-API-Version"
HEADER = "OpenStack-API-Version"
SERVICE = "compute"

_VERSION = re.compile(r"^([1-9]\d*)\.([1-9]\d*|0)$")


def text(version: int) -> str:
    """Return "2.79" for 79."""
    return f"2.{version}"


def requested(headers) -> str | None:
    """Return the version that the headers name, or None; the newer header wins.

    `OpenStack-API-Version` may hold several "service version" pairs; only compute's counts.
    """
    for pair in headers.get(HEADER, "").split(","):
        words = pair.strip().split(" ")
        if len(words) == 2 and words[0].lower() == SERVICE:
            return words[1].strip()
    return headers.get(LEGACY_HEADER)


def negotiate(headers) -> int:
    """Return the version that a request with these headers is answered in.

    Raises:
        InvalidAPIVersionString: not "MAJOR.MINOR" or "latest" (400).
        InvalidGlobalAPIVersion: well formed, and not served here (406).
    """
    asked = requested(headers)
    if asked is None:
        return MIN
    if asked == "latest":
        return MAX
    match = _VERSION.match(asked)
    if not match:
        raise exception.InvalidAPIVersionString(version=asked)
    major, minor = int(match[1]), int(match[2])
    if major != 2 or not MIN <= minor <= MAX:
        raise exception.InvalidGlobalAPIVersion(req_ver=asked, min_ver=text(MIN), max_ver=text(MAX))
    return minor


def stamp(response, version: str) -> None:
    """Add the version headers and `Vary` to an answer."""
    response.headers[HEADER] = f"{SERVICE} {version}"
    response.headers[LEGACY_HEADER] = version
    response.headers.add("Vary", f"{HEADER}, {LEGACY_HEADER}")
