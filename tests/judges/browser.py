"""Chromium for a judge, by puppeteer-core; and a door between browser and server that can be closed, or answer some questions itself."""

import http.client
import json
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from common import REPOSITORY

PACKAGES = REPOSITORY / "target" / "judges-npm"
EXECUTABLE = "/usr/bin/chromium"


class BrowserError(Exception):
    pass


class Browser:
    """One Chromium with a profile of its own. Commands are those of browser.mjs."""

    def __init__(self, work, flags=()):
        self.work, self.flags = Path(work), list(flags)

    def __enter__(self):
        script = Path(__file__).with_name("browser.mjs")
        self.process = subprocess.Popen(["node", str(script), str(PACKAGES)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ask("launch", executable=EXECUTABLE, flags=self.flags, profile=str(self.work))
        return self

    def __exit__(self, *_):
        try:
            self.ask("close")
        finally:
            self.process.stdin.close()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def ask(self, name, **more):
        self.process.stdin.write(json.dumps({"name": name, **more}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise BrowserError(f"{name}: the browser's driver has ended")
        answer = json.loads(line)
        if "error" in answer:
            raise BrowserError(answer["error"])
        return answer["value"]

    def run(self, script):
        return self.ask("run", script=script)

    def wait(self, script, seconds=20):
        return self.ask("wait", script=script, timeout=int(seconds * 1000))


class Door:
    """Passes requests on to a server of this machine. What `instead` names (path -> status, type, body) it answers itself; `delay` names how many seconds it
    waits before it answers a path; `open()` and `close()` decide whether there is a network at all."""

    def __init__(self, server_port):
        self.server_port, self.instead, self.asked = server_port, {}, []
        self.delay = {}
        self.http, self.port = None, 0

    def open(self):
        door = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self, status, headers, body):
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def pass_on(self):
                door.asked.append(f"{self.command} {self.path}")
                path = self.path.split("?")[0]
                time.sleep(door.delay.get(path, 0))
                if path in door.instead:
                    status, kind, body = door.instead[path]
                    return self.answer(status, [("Content-Type", kind), ("Cache-Control", "no-cache")], body)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                connection = http.client.HTTPConnection("127.0.0.1", door.server_port, timeout=30)
                try:
                    headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection", "content-length")}
                    connection.request(self.command, self.path, body or None, headers)
                    found = connection.getresponse()
                    self.answer(found.status, found.getheaders(), found.read())
                except OSError:
                    self.answer(502, [("Content-Type", "text/plain")], b"no server")
                finally:
                    connection.close()

            do_GET = do_POST = do_HEAD = pass_on

        class Server(ThreadingHTTPServer):
            daemon_threads, allow_reuse_address = True, True
            connections = set()

            def process_request(self, request, client_address):
                self.connections.add(request)
                super().process_request(request, client_address)

        self.http = Server(("127.0.0.1", self.port), Handler)
        self.port = self.http.server_port
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def close(self):
        """Nobody listens any longer, and what was connected no longer is."""
        if self.http:
            self.http.shutdown()
            self.http.server_close()
            for connection in self.http.connections:
                try:
                    connection.shutdown(2)
                except OSError:
                    pass
            self.http = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"
