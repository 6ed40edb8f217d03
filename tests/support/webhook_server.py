"""An endpoint of webhooks for stories.

    webhook_server.py PORT_FILE LOG SECRET…

The path says what it does with each event: /200, or one after the other of /500-then-200, for each event by its id (/late/200: of the last word; so paths differ);
"cut" closes the connection once it has the event, 429 asks to wait for a second. LOG has a JSON line for each
request that came whole: path, status, id, secrets (which of them have signed it, by their places), body, and age: how
many seconds ago it was signed."""
import hashlib
import hmac
import http.server
import json
import os
import sys
import time

PORT_FILE, LOG = sys.argv[1:3]
SECRETS = [secret.encode() for secret in sys.argv[3:]]


class Endpoint(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        parts = [part.partition("=") for part in self.headers.get("Billmill-Signature", "").split(",")]
        stamp = next((value for name, _, value in parts if name == "t"), "0")
        given = [value for name, _, value in parts if name == "v1"]
        signed = [i for i, secret in enumerate(SECRETS)
                  if any(hmac.compare_digest(hmac.new(secret, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest(), value)
                         for value in given)]
        event = self.headers.get("Billmill-Event-Id")
        steps = self.path.rpartition("/")[2].split("-then-")
        seen = self.server.seen.get((self.path, event), 0)
        self.server.seen[self.path, event] = seen + 1
        step = steps[min(seen, len(steps) - 1)]
        with open(LOG, "a", encoding="utf-8") as log:
            log.write(json.dumps({"path": self.path, "status": step, "id": event, "secrets": signed, "signatures": len(given),
                                  "age": int(time.time()) - int(stamp), "type": self.headers.get("Content-Type"),
                                  "body": body.decode()}) + "\n")
        if step == "cut":
            self.close_connection = True
            return
        self.send_response(int(step))
        if step == "429":
            self.send_header("Retry-After", "1")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """Who asked has hung up; everything else is a mistake of this server."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


server = Server(("127.0.0.1", 0), Endpoint)
server.daemon_threads = True
server.seen = {}
with open(PORT_FILE + ".new", "w", encoding="ascii") as port_file:
    print(server.server_address[1], file=port_file)
os.rename(PORT_FILE + ".new", PORT_FILE)
server.serve_forever()
