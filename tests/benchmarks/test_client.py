"""Requests over a real connection."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.client import RequestFailed, Session


class Answers(BaseHTTPRequestHandler):
    """Says what came; fails on /broken."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        came = {"body": body, "port": self.client_address[1], "key": self.headers.get("Authorization")}
        content = b"no json" if self.path == "/text" else json.dumps(came).encode()
        self.send_response(500 if self.path == "/broken" else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_one_connection_serves_all_requests_of_a_session(url: str) -> None:
    with Session() as session:
        session.headers["Authorization"] = "Bearer key"
        came = [session.post(f"{url}/", {"text": text}) for text in ("how", "why")]
    assert [one["body"]["text"] for one in came] == ["how", "why"]
    assert came[0]["port"] == came[1]["port"]
    assert came[0]["key"] == "Bearer key"


@pytest.mark.parametrize(("path", "why"), [("/broken", "status 500"), ("/text", "JSONDecodeError")])
def test_an_answer_that_is_none_says_why(url: str, path: str, why: str) -> None:
    with Session() as session:
        with pytest.raises(RequestFailed, match=why):
            session.post(url + path, {})
        assert session.post(f"{url}/", {})["body"] == {}


def test_nobody_there_says_so() -> None:
    with Session() as session, pytest.raises(RequestFailed, match="ConnectionRefusedError"):
        session.post("http://127.0.0.1:9/", {})
