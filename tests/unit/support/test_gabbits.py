"""The gabbi loader's own promises, against a real HTTP server."""

import http.server
import json
import threading

import pytest

from tests.support import gabbits

FILE = """
tests:
- name: make
  POST: /things
  request_headers: {content-type: application/json}
  data: {name: a}
  status: 201
- name: show
  GET: $HEADERS['location']
  response_json_paths:
    $.name: a
- name: wrong
  GET: /things/1
  status: 404
"""


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("Location", "/api/things/1")
        self.end_headers()

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({"name": "a", "path": self.path}).encode())

    def log_message(self, *args):
        pass


@pytest.fixture
def suites(tmp_path):
    (tmp_path / "things.yaml").write_text(FILE)
    with http.server.HTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield gabbits.Suites(tmp_path, f"http://127.0.0.1:{server.server_port}/api")
        server.shutdown()
        thread.join()


def test_names_in_order(suites):
    assert gabbits.names(suites.directory) == [("things", "make"), ("things", "show"), ("things", "wrong")]


def test_requests_share_their_history(suites):
    suites.run("things", "make")
    suites.run("things", "show")


def test_request_alone_runs_those_before_it(suites):
    suites.run("things", "show")


def test_wrong_answer_fails(suites):
    with pytest.raises(AssertionError, match="404"):
        suites.run("things", "wrong")


def test_double_names_are_refused(tmp_path):
    (tmp_path / "double.yaml").write_text("tests:\n- {name: a, GET: /}\n- {name: a, GET: /}\n")
    with pytest.raises(ValueError, match="must differ: a"):
        gabbits.names(tmp_path)
