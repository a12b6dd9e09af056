"""A small fake of the desk's REST API: it remembers what it was asked and answers as told."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FakeDesk:
    """Answers by (method, last part of the path); 204 where nothing is said. As a context
    manager it serves on a port of loopback."""

    def __init__(self, answers=None):
        self.answers = dict(answers or {})
        self.calls = []

    def __enter__(self):
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def _any(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length) or "null")
                path = self.path.split("?")[0]
                desk.calls.append((self.command, path, body, self.headers.get("Authorization")))
                answer = desk.answers.get((self.command, path.rsplit("/", 1)[-1]), (204, None))
                status, content = answer(body) if callable(answer) else answer
                data = b"" if content is None else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = _any

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/engine-rest"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def bodies(self, name):
        """The bodies of all calls whose path ends so."""
        return [body for _, path, body, _ in self.calls if path.endswith(name)]
