"""The identity face in this process: calls without a server, and sign-ins."""

import dataclasses
from typing import Any

import webob


@dataclasses.dataclass(frozen=True)
class Keystone:
    """Calls of the face; each method returns the `webob.Response`, whatever its status."""

    application: Any
    token: str | None = None

    def call(self, method: str, path: str, json: Any = None, headers: dict[str, str] | None = None):
        """Send a request; `path` is below /v3 unless it begins with a slash."""
        request = webob.Request.blank(path if path.startswith("/") else f"/v3/{path}", method=method)
        if json is not None:
            request.json_body = json
            request.content_type = "application/json"
        if self.token is not None:
            request.headers["X-Auth-Token"] = self.token
        request.headers.update(headers or {})
        return request.get_response(self.application)

    def get(self, path: str, **headers: str):
        """GET; underscores in the names of headers are hyphens."""
        return self.call(
            "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    def post(self, path: str, json: Any):
        """POST a document."""
        return self.call("POST", path, json)

    def patch(self, path: str, json: Any):
        """PATCH with a document."""
        return self.call("PATCH", path, json)

    def put(self, path: str, json: Any = None):
        """PUT."""
        return self.call("PUT", path, json)

    def delete(self, path: str):
        """DELETE."""
        return self.call("DELETE", path)

    def make(self, noun: str, path: str | None = None, **values: Any) -> dict:
        """Create something and return its record."""
        answer = self.post(path or f"{noun}s", {noun: values})
        assert answer.status_int == 201, answer.text
        return answer.json[noun]

    def authenticate(self, identity: dict, scope: Any = None):
        """Ask for a token."""
        auth = {"identity": identity} | ({} if scope is None else {"scope": scope})
        return Keystone(self.application).post("auth/tokens", {"auth": auth})

    def sign_in(self, identity: dict, scope: Any = None) -> "Keystone":
        """Return the same face with a new token."""
        answer = self.authenticate(identity, scope)
        assert answer.status_int == 201, answer.text
        return Keystone(self.application, answer.headers["X-Subject-Token"])

    def works(self) -> bool:
        """Return whether the token is still good."""
        status = self.get("auth/projects").status_int
        assert status in (200, 401)
        return status == 200


def password(name: str, word: str, domain: str = "default") -> dict:
    """Return the `identity` of a sign-in by password."""
    user = {"name": name, "domain": {"id": domain}, "password": word}
    return {"methods": ["password"], "password": {"user": user}}


def by_token(text: str) -> dict:
    """Return the `identity` of a sign-in by token."""
    return {"methods": ["token"], "token": {"id": text}}


def credential(record: dict) -> dict:
    """Return the `identity` of a sign-in by application credential."""
    return {
        "methods": ["application_credential"],
        "application_credential": {"id": record["id"], "secret": record["secret"]},
    }


def project(name: str) -> dict:
    """Return the scope of a project of the default domain."""
    return {"project": {"name": name, "domain": {"id": "default"}}}
