"""A small HTTP client for tests of the REST APIs: tokens, microversions, bounded waits, nothing else."""

import dataclasses
from typing import Any

import requests

TIMEOUT = 60  # seconds without a byte from the server
MICROVERSION_HEADER = "OpenStack-API-Version"
LEGACY_MICROVERSION_HEADER = "X-OpenStack-Nova-API-Version"


@dataclasses.dataclass(frozen=True)
class Client:
    """Requests below one base URL. Each method returns `requests.Response` and never raises for a status."""

    url: str
    token: str | None = None
    microversion: str | None = None
    headers: dict[str, str] = dataclasses.field(default_factory=dict)

    def with_(self, **changes: Any) -> "Client":
        """Return a copy with other fields, e.g. `client.with_(microversion="2.90")`."""
        return dataclasses.replace(self, **changes)

    def request(self, method: str, path: str, headers: dict[str, str] | None = None, **arguments: Any):
        """Send a request; `arguments` are those of `requests.request` (`json`, `data`, `params`, …)."""
        sent = dict(self.headers)
        if self.token:
            sent["X-Auth-Token"] = self.token
        if self.microversion:
            sent[MICROVERSION_HEADER] = f"compute {self.microversion}"
        sent.update(headers or {})
        url = path if path.startswith("http") else f"{self.url.rstrip('/')}/{path.lstrip('/')}"
        arguments.setdefault("timeout", TIMEOUT)
        arguments.setdefault("allow_redirects", False)
        # No session: its proxies from the environment and its kept connections would leak from test to test.
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, url, headers=sent, **arguments)

    def get(self, path: str, **arguments: Any):
        """GET."""
        return self.request("GET", path, **arguments)

    def head(self, path: str, **arguments: Any):
        """HEAD."""
        return self.request("HEAD", path, **arguments)

    def post(self, path: str, json: Any = None, **arguments: Any):
        """POST a JSON document."""
        return self.request("POST", path, json=json, **arguments)

    def put(self, path: str, json: Any = None, **arguments: Any):
        """PUT a JSON document."""
        return self.request("PUT", path, json=json, **arguments)

    def patch(self, path: str, json: Any = None, **arguments: Any):
        """PATCH with a JSON document."""
        return self.request("PATCH", path, json=json, **arguments)

    def delete(self, path: str, **arguments: Any):
        """DELETE."""
        return self.request("DELETE", path, **arguments)


def authenticate(
    identity_url: str, username: str, password: str, project: str, domain: str = "Default"
) -> dict:
    """Get a project-scoped token by password from a Keystone v3 API.

    Returns:
        The `token` document of the answer, with the token itself added under the key `id`.

    Raises:
        AssertionError: the answer is not 201.
    """
    user = {"name": username, "password": password, "domain": {"name": domain}}
    answer = Client(identity_url).post(
        "auth/tokens",
        {
            "auth": {
                "identity": {"methods": ["password"], "password": {"user": user}},
                "scope": {"project": {"name": project, "domain": {"name": domain}}},
            }
        },
    )
    assert answer.status_code == 201, f"{answer.status_code}: {answer.text}"
    return {**answer.json()["token"], "id": answer.headers["X-Subject-Token"]}
