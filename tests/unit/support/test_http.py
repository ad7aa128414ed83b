"""The HTTP client's headers, seen by a real server."""

import http.server
import json
import threading

import pytest

from tests.support.http import Client, authenticate


class _Echo(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = {"token": {"asked": json.loads(body), "headers": dict(self.headers), "path": self.path}}
        self.send_response(201)
        self.send_header("X-Subject-Token", "secret")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *args):
        pass


@pytest.fixture
def url():
    with http.server.HTTPServer(("127.0.0.1", 0), _Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v3"
        server.shutdown()
        thread.join()


def test_token_and_microversion_headers(url):
    client = Client(url, token="t").with_(microversion="2.90")
    seen = client.post("/servers", {"a": 1}, headers={"X-Extra": "x"}).json()["token"]
    assert seen["path"] == "/v3/servers"
    assert seen["asked"] == {"a": 1}
    names = ("X-Auth-Token", "OpenStack-API-Version", "X-Extra")
    assert [seen["headers"][name] for name in names] == ["t", "compute 2.90", "x"]


def test_authenticate_asks_for_a_project(url):
    token = authenticate(url, "demo", "pw", "demo")
    assert token["id"] == "secret"
    assert token["path"] == "/v3/auth/tokens"
    assert token["asked"]["auth"]["scope"]["project"] == {"name": "demo", "domain": {"name": "Default"}}
