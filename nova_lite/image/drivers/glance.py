"""Images by HTTP: nova-lite's own image API, or a real Glance (API v2).

The caller's token goes with each request. `[glance] api_servers` are tried in turn; no request waits longer
than `[glance] timeout` seconds for the next byte.
"""

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import requests
from oslo_log import log as logging
from requests.adapters import HTTPAdapter

from nova_lite import exception
from nova_lite.conf import CONF
from nova_lite.image import filters, metadata, store
from nova_lite.image.drivers import base

LOG = logging.getLogger(__name__)

_PATCH = "application/openstack-images-v2.1-json-patch"
#: Answers after which another try may succeed.
_TRANSIENT = {500, 502, 503, 504}
#: Seconds before a second round over the same servers; doubled each round.
_PAUSE = 0.2


class _UnreachableError(Exception):
    """One server did not answer, or not with an answer; the next one may."""


def _path(image_id: str, *more: str) -> str:
    return "/".join(["/v2/images", quote(str(image_id), safe=""), *more])


def _refused(response: requests.Response, image_id: str | None) -> exception.NovaException:
    """Return what an error status means."""
    code = response.status_code
    text = " ".join(response.text.split())[:500]
    if code in (401, 403):
        return exception.ImageNotAuthorized(image_id=image_id)
    if code == 404:
        return exception.ImageNotFound(image_id=image_id)
    if code == 409:
        return exception.ImageConflict(reason=text)
    if code == 410:
        return exception.ImageGone(image_id=image_id)
    if code == 413:
        return exception.ImageStorageFull(reason=text)
    return exception.ImageBadRequest(image_id=image_id, response=f"{code} {text}")


class GlanceDriver(base.ImageDriver):
    """Images behind `[glance] api_servers`."""

    def __init__(self):
        self._servers = [url.rstrip("/") for url in CONF.glance.api_servers]
        if not self._servers:
            raise exception.ConfigurationError(
                reason="[glance] api_servers is empty; it needs at least one URL"
            )
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy of the environment must not see tokens
        self._session.verify = False if CONF.glance.insecure else CONF.glance.cafile or True
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_connections=len(self._servers), pool_maxsize=32))
        self._first = itertools.count()
        self._lock = threading.Lock()

    def close(self):
        """Close the kept connections."""
        self._session.close()

    # -- one request

    def _tries(self) -> Iterator[str]:
        """Yield servers, round and round, with a pause between rounds; each call begins with another one."""
        with self._lock:
            first = next(self._first)
        for number in range(CONF.glance.num_retries + 1):
            turn, place = divmod(number, len(self._servers))
            if turn and not place:
                time.sleep(_PAUSE * 2 ** (turn - 1))
            yield self._servers[(first + number) % len(self._servers)]

    def _send(self, context, server: str, method: str, path: str, **arguments: Any) -> requests.Response:
        headers = {"Accept": "application/json", **arguments.pop("headers", {})}
        if context.auth_token:
            headers["X-Auth-Token"] = context.auth_token
        request_id = context.global_request_id or context.request_id
        if request_id:
            headers["X-OpenStack-Request-ID"] = request_id
        timeout = (CONF.glance.timeout, CONF.glance.timeout)
        try:
            response = self._session.request(
                method, server + path, headers=headers, timeout=timeout, allow_redirects=False, **arguments
            )
        except requests.RequestException as error:
            raise _UnreachableError(str(error)) from error
        if response.status_code in _TRANSIENT:
            response.close()
            raise _UnreachableError(f"HTTP {response.status_code}")
        return response

    def _request(self, context, method: str, path: str, image_id: str | None = None, **arguments: Any):
        """Return the answer of the first server that has one, if it is a success.

        Raises:
            GlanceConnectionFailed: none has.
            NovaException: what the error status means.
        """
        server = failure = None
        for server in self._tries():
            try:
                response = self._send(context, server, method, path, **arguments)
            except _UnreachableError as error:
                failure = error
                LOG.warning("%s %s%s failed: %s", method, server, path, error)
                continue
            if response.status_code >= 300:
                with contextlib.closing(response):
                    raise _refused(response, image_id)
            return response
        raise exception.GlanceConnectionFailed(server=server, reason=str(failure))

    def _json(self, response: requests.Response) -> dict:
        try:
            return response.json()
        except requests.JSONDecodeError as error:
            raise exception.GlanceConnectionFailed(
                server=response.url, reason="the answer is not JSON"
            ) from error

    # -- the interface

    def _record(self, context, image_id: str) -> dict:
        return self._json(self._request(context, "GET", _path(image_id), image_id))

    def show(self, context, image_id):
        """Return an image."""
        return metadata.from_record(self._record(context, image_id))

    def detail(self, context, **given):
        """Return all images that fit, page by page."""
        found: list[dict] = []
        path: str | None = "/v2/images"
        parameters: dict | None = filters.from_arguments(given)
        while path:
            page = self._json(self._request(context, "GET", path, params=parameters))
            found += page["images"]
            path, parameters = page.get("next"), None  # the link has the filters
        return [metadata.from_record(image) for image in found]

    def create(self, context, meta, data=None):
        """Make an image and, with data, upload it."""
        made = self._json(
            self._request(context, "POST", "/v2/images", meta.get("id"), json=metadata.to_record(meta))
        )
        if data is not None:
            self.upload(context, made["id"], data)
            return self.show(context, made["id"])
        return metadata.from_record(made)

    def update(self, context, image_id, meta, data=None, *, purge_props=True):
        """Set what `meta` has."""
        image = self._record(context, image_id)
        patch = metadata.changes(image, meta, purge=purge_props)
        headers = {"Content-Type": _PATCH}
        image = self._json(
            self._request(context, "PATCH", _path(image_id), image_id, json=patch, headers=headers)
        )
        if data is not None:
            self.upload(context, image_id, data)
            return self.show(context, image_id)
        return metadata.from_record(image)

    def delete(self, context, image_id):
        """Delete an image."""
        self._request(context, "DELETE", _path(image_id), image_id).close()

    def upload(self, context, image_id, data):
        """Give a queued image its data; another server is tried only while nothing of it is gone."""
        touched = False

        def sent() -> Iterator[bytes]:
            nonlocal touched
            for piece in base.pieces(data):
                touched = True
                if piece:  # an empty chunk would end the body
                    yield piece

        headers = {"Content-Type": "application/octet-stream"}
        server = failure = None
        for server in self._tries():
            try:
                response = self._send(
                    context, server, "PUT", _path(image_id, "file"), data=sent(), headers=headers
                )
            except _UnreachableError as error:
                failure = error
                if touched:
                    break
                continue
            with contextlib.closing(response):
                if response.status_code >= 300:
                    raise _refused(response, image_id)
            return
        raise exception.GlanceConnectionFailed(server=server, reason=str(failure))

    def download(self, context, image_id, destination_path):
        """Fetch an image's data into a file; a broken or damaged download begins anew at the next server."""
        image = self.show(context, image_id)
        base.require_active(image)
        failure: exception.NovaException | None = None
        for server in self._tries():
            try:
                base.save(image, self._data(context, server, image), destination_path)
            except (exception.ImageCorrupt, exception.GlanceConnectionFailed) as error:
                failure = error
                LOG.warning("Download of image %s from %s failed: %s", image_id, server, error)
            else:
                return image
        if isinstance(failure, exception.ImageCorrupt):
            raise failure
        raise exception.ImageDownloadFailed(image_id=image_id, reason=str(failure))

    def _data(self, context, server: str, image: dict) -> Iterator[bytes]:
        """Yield an image's data from one server.

        Raises:
            GlanceConnectionFailed: it stops coming.
        """
        try:
            headers = {"Accept": "application/octet-stream", "Accept-Encoding": "identity"}
            path = _path(image["id"], "file")
            response = self._send(context, server, "GET", path, headers=headers, stream=True)
        except _UnreachableError as error:
            raise exception.GlanceConnectionFailed(server=server, reason=str(error)) from error
        with contextlib.closing(response):
            if response.status_code >= 300:
                raise _refused(response, image["id"])
            try:
                yield from response.iter_content(store.CHUNK)
            except requests.RequestException as error:
                raise exception.GlanceConnectionFailed(server=server, reason=str(error)) from error
