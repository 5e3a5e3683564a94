"""A stand-in for those who take alerts, as a process of its own: a signed webhook, and what Apprise's json:// posts to.

`python receiver.py PORT FILE SECRET`: what it has taken is in FILE, a JSON line each, before it says so.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_WRITING = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    """Takes POST /webhook where it is signed with the secret, and POST /apprise."""

    file: str
    secret: str

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = 204
        if self.path.startswith("/webhook"):
            if self._is_signed(body):
                alert = json.loads(body)
                assert alert["id"] == self.headers["Hipline-Delivery"]
                self._keep({"way": "webhook", "id": alert["id"], "escalation": alert["escalation"], "body": alert})
            else:
                status = 401
        else:
            message = json.loads(body)["message"]
            found = re.search(r"^Escalation ([0-9a-f]{32})$", message, re.MULTILINE)
            token = re.search(r"/alerts/(\S+)", message)
            self._keep(
                {
                    "way": "apprise",
                    "id": token[1] if token else None,
                    "escalation": found[1] if found else None,
                    "body": message,
                }
            )
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _is_signed(self, body: bytes) -> bool:
        parts = dict(part.split("=", 1) for part in self.headers["Hipline-Signature"].split(","))
        wanted = hmac.new(self.secret.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(wanted, parts["v1"]) and abs(time.time() - int(parts["t"])) < 300

    def _keep(self, taken: dict[str, object]) -> None:
        with _WRITING:
            descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.write(descriptor, json.dumps(taken).encode() + b"\n")
            os.close(descriptor)

    def log_message(self, *_: object) -> None:
        """Nothing."""


if __name__ == "__main__":
    Handler.file, Handler.secret = sys.argv[2], sys.argv[3]
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
