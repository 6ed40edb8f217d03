"""A server of exchange rates on loopback, for stories: files of a directory, and what servers do to those who ask.

    feed_server.py DIRECTORY PORT_FILE LOG_FILE

    /good/NAME             with ETag and Last-Modified; 304 where the ETag is that of the file
    /dated/NAME            with Last-Modified alone; 304 where it is that of the file
    /plain/NAME            with neither
    /flaky/N/NAME          503 for the first N requests
    /later/S/NAME          429 with Retry-After: S, once
    /gone/NAME 404, /moved/NAME 301, /broken/NAME 500
    /cut/NAME              says how much it is, sends half and hangs up
    /endless/NAME          sends until nobody reads, without saying how much
    /silent/NAME           accepts and never answers

PORT_FILE is there when it listens. A line of LOG_FILE is a request: status, path, what it was asked with.
"""
import email.utils
import hashlib
import http.server
import os
import sys
import threading
import time

DIRECTORY, PORT_FILE, LOG_FILE = sys.argv[1:4]
seen = {}
lock = threading.Lock()


def count(path):
    """How often that path was asked for before."""
    with lock:
        seen[path] = seen.get(path, 0) + 1
        return seen[path] - 1


class Feed(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=()):
        asked = self.headers.get("If-None-Match") or self.headers.get("If-Modified-Since") or "-"
        with lock, open(LOG_FILE, "a", encoding="ascii") as log:
            print(status, self.path, asked, file=log)
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        how, _, name = self.path.split("?")[0].lstrip("/").partition("/")
        argument = 0
        if how in ("flaky", "later"):
            first, _, name = name.partition("/")
            argument = int(first)
        if how == "flaky" and count(self.path) < argument:
            return self.answer(503)
        if how == "later" and count(self.path) == 0:
            return self.answer(429, headers=[("Retry-After", str(argument))])
        if how == "moved":
            return self.answer(301, headers=[("Location", "/good/" + name)])
        if how == "broken":
            return self.answer(500)
        if how == "silent":
            time.sleep(60)
            return None
        path = os.path.join(DIRECTORY, os.path.basename(name))
        if how == "gone" or not os.path.exists(path):
            return self.answer(404)
        with open(path, "rb") as file:
            return self.send_file(how, file.read(), os.stat(path).st_mtime)

    def send_file(self, how, body, changed):
        etag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'
        modified = email.utils.formatdate(changed, usegmt=True)
        headers = [("Last-Modified", modified)] if how in ("good", "dated") else []
        headers += [("ETag", etag)] if how == "good" else []
        if (how == "good" and self.headers.get("If-None-Match") == etag) or (
                how == "dated" and self.headers.get("If-Modified-Since") == modified):
            return self.answer(304, headers=headers)
        if how == "cut":
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:len(body) // 2])
            self.close_connection = True
            return None
        if how == "endless":
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            try:
                while True:
                    self.wfile.write(body * 100)
            except OSError:
                return None
        return self.answer(200, body, headers)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Feed)
server.daemon_threads = True
server.handle_error = lambda *_: None  # who asked has hung up
with open(PORT_FILE + ".new", "w", encoding="ascii") as port_file:
    print(server.server_port, file=port_file)
os.rename(PORT_FILE + ".new", PORT_FILE)
server.serve_forever()
