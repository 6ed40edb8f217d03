"""Payment providers on loopback, for tests: Stripe, Razorpay and Mercado Pago as far as billmill speaks with
them, with outcomes that are scripted by the token of the card (gateways/book.py says how).

    gateway_server.py PORT_FILE LOG_FILE [SETTINGS_FILE]

PORT_FILE is there when it listens. The addresses are http://127.0.0.1:PORT/stripe, /razorpay and
/mercadopago; without a folder it is Stripe, as npm's stripe can name no folder. LOG_FILE is what was
really done, one JSON a line, and what the server goes on from when it is started again.
SETTINGS_FILE is JSON: seed and weights of the step "random", stripe_secret, razorpay_key, razorpay_secret,
mercadopago_secret, mercadopago_currency, delay_s (before anything is done), cancel_slow_s (behind a cancel, before its answer; Stripe), now (seconds since 1970, when what is made is made).

    POST /test/decide/ID/paid   a payment that is processing or waits for the customer is decided; or /failed
    POST /test/decide/ID/disputed   its payer wants it back (Stripe, Mercado Pago); or /won, /lost: that is decided
"""
import base64
import http.server
import json
import os
import re
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "gateways"))
from book import Book  # noqa: E402
from mercadopago import MercadoPago  # noqa: E402
from razorpay import Razorpay  # noqa: E402
from stripe import Stripe  # noqa: E402

HANG_S = 60
NUMBER = re.compile(r'"#([0-9.]+)"')


class Request(http.server.BaseHTTPRequestHandler):
    """One connection; its members between two answers are those of one request."""
    protocol_version = "HTTP/1.1"
    book = None
    gateways = {}

    def log_message(self, *_):
        pass

    def begin(self, method):
        self.method = method
        self.store = None
        self.done = False
        url = urllib.parse.urlsplit(self.path)
        self.path = url.path
        self.query = dict(urllib.parse.parse_qsl(url.query))
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind, _, said = (self.headers.get("Authorization") or "").partition(" ")
        self.bearer = said if kind == "Bearer" else None
        self.basic = None
        if kind == "Basic":
            user, _, password = base64.b64decode(said).decode().partition(":")
            self.basic = (user, password)

    def act(self, method):
        self.begin(method)
        time.sleep(self.book.settings.get("delay_s", 0))
        folder, _, rest = self.path.lstrip("/").partition("/")
        if folder == "test":
            return self.act_test(rest.split("/"))
        if folder in self.gateways:
            self.path = "/" + rest
            return self.gateways[folder].handle(self)
        return self.gateways["stripe"].handle(self)

    def act_test(self, parts):
        with self.book.lock:
            if len(parts) != 3 or parts[0] != "decide" or parts[1] not in self.book.payments:
                return self.answer(404, {})
            self.book.decide(parts[1], parts[2])
        return self.answer(200, {})

    def do_GET(self):
        self.act("GET")

    def do_POST(self):
        self.act("POST")

    def do_PUT(self):
        self.act("PUT")

    # ------------------------------------------------------------ the log

    def log_event(self, gateway, key, step, payment):
        """The request, to be written with what it did."""
        return {"event": "request", "gateway": gateway, "key": key, "step": step.word,
                "customer": payment.get("customer"), "token": payment.get("token"),
                "attempt": payment.get("attempt"), "invoice": payment.get("invoice")}

    def log(self, gateway, key, said):
        """A request that took no step."""
        self.book.write({"event": "request", "gateway": gateway, "key": key, "customer": None, "token": None,
                         "said": said})

    # ------------------------------------------------------------ answering

    def answer(self, status, body, headers=None, cut=False, garbage=False):
        data = b"\x00{not JSON" if garbage else NUMBER.sub(r"\1", json.dumps(body)).encode()
        self.send_response(status)
        for name, value in dict({"Content-Type": "application/json", "Request-Id": "req_1"},
                                **(headers or {})).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[:len(data) // 2] if cut else data)
        self.close_connection = self.close_connection or cut

    def deliver(self, step, status=0, body=None):
        """The answer of a step, in the way that the step says."""
        if step.what == "hang":
            time.sleep(HANG_S)
        if step.what in ("hang", "dropped") or step.delivery in ("lost", "late"):
            self.close_connection = True
            return
        if step.delivery == "slow":
            time.sleep(step.slow_s)
        self.answer(status, body, cut=step.delivery == "cut", garbage=step.delivery == "garbage")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        """Who asked has hung up; everything else is a mistake of this server."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def main(port_file, log_file, settings_file=None):
    settings = {"seed": 1, "weights": {"paid": 1}}
    if settings_file:
        with open(settings_file, encoding="utf-8") as file:
            settings.update(json.load(file))
    Request.book = Book(log_file, settings)
    Request.gateways = {gateway.name: gateway for gateway in
                        (Stripe(Request.book), Razorpay(Request.book), MercadoPago(Request.book))}
    server = Server(("127.0.0.1", 0), Request)
    with open(port_file + ".new", "w", encoding="ascii") as file:
        print(server.server_port, file=file)
    os.rename(port_file + ".new", port_file)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
