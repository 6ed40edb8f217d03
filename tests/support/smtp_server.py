"""A mail server on loopback, for tests: it stores what it accepts, and does to a mail what its recipient says.

    smtp_server.py PORT_FILE DIRECTORY [CERTIFICATE KEY]

PORT_FILE is there when it listens. With CERTIFICATE and KEY it offers STARTTLS, and takes neither
passwords nor mail before it. A user "mailer" with the password "mail-secret-1" may log in (PLAIN, LOGIN);
AUTH is only asked for where the environment has SMTP_AUTH=1.

The part of the first recipient's address before the "@" is a script of steps with "-then-" between
them; each mail (of any message) to that address takes the next, the last for ever. A word that is none of
these is "250":

    250           stored and accepted
    421 450 451 550 552          said to RCPT TO
    policy550 554                the same, of the sender and not of the recipient (5.7.1), the first in two lines
    data421 data451 data550 data552 data554     said behind the final dot; nothing is stored
    mail451 mail550       said to MAIL FROM of the next mail of that sender: the sender is the script here
    cut           stored, and hangs up behind the final dot, without an answer
    cut_unstored  hangs up behind the final dot, and nothing is stored
    cut_early     hangs up in the middle of the message
    slow slow_S   stored, and accepted after so many seconds (3)
    silent        stored, and no answer for a minute
    stall         no answer to RCPT TO for a minute, and nothing is stored

DIRECTORY/NNNNNN.eml is a message as it was sent, without the stuffed dots; DIRECTORY/log has a JSON line for
each mail that came as far as a recipient: number, from, to, step, stored, message_id, tls, user, at, and
at_once: how many connections there were. It is
written before the answer, and the server goes on from it when it is started again.
"""
import base64
import json
import os
import re
import socketserver
import ssl
import sys
import threading
import time

PORT_FILE, DIRECTORY = sys.argv[1:3]
CERTIFICATE = sys.argv[3:5]
USER, PASSWORD = b"mailer", b"mail-secret-1"
SIZE_MAX = 10 * 1024 * 1024
REPLIES = {"421": "421 4.3.2 closing", "450": "450 4.2.1 busy", "451": "451 4.3.0 try again",
           "550": "550 5.1.1 no such user", "552": "552 5.2.2 mailbox full",
           "policy550": "550-5.7.1 Sender address rejected:\r\n550 5.7.1 not owned by user mailer",
           "554": "554 5.7.1 Message rejected by policy"}
LOG = os.path.join(DIRECTORY, "log")


class Book:
    """What came so far, by address: how many steps were taken."""

    def __init__(self):
        self.lock = threading.Lock()
        self.taken = {}
        self.number = 0
        self.open = 0
        if os.path.exists(LOG):
            with open(LOG, encoding="utf-8") as lines:
                for line in lines:
                    if line.endswith("\n"):
                        self.count(json.loads(line))
        self.file = os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def count(self, event):
        self.number = max(self.number, event["number"])
        self.taken[event["script"]] = self.taken.get(event["script"], 0) + 1

    def opened(self, more):
        with self.lock:
            self.open += more

    def step(self, address):
        script = address.partition("@")[0].split("-then-")
        with self.lock:
            return script[min(self.taken.get(address, 0), len(script) - 1)]

    def record(self, event, message=None):
        """The mail is stored before its line, so that no line speaks of a mail that is not there."""
        with self.lock:
            event["number"] = self.number + 1
            if message is not None:
                path = os.path.join(DIRECTORY, f"{event['number']:06d}.eml")
                with open(path + ".new", "wb") as file:
                    file.write(message)
                os.rename(path + ".new", path)
            os.write(self.file, (json.dumps(event) + "\n").encode())
            self.count(event)


class Gone(Exception):
    """The connection is over."""


class Session(socketserver.StreamRequestHandler):
    timeout = 120

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def line(self):
        line = self.rfile.readline(4096)
        if not line.endswith(b"\n"):
            raise Gone
        return line.rstrip(b"\r\n")

    def handle(self):
        self.tls, self.user = False, None
        self.reset()
        self.open = True
        server.book.opened(1)
        self.say("220 localhost ESMTP test")
        try:
            while True:
                verb, _, rest = self.line().decode("utf-8", "replace").partition(" ")
                act = getattr(self, "do_" + verb.lower(), None) if verb.isalpha() else None
                if act is None:
                    self.say("500 5.5.1 unknown command")
                else:
                    act(rest)
        except (Gone, OSError):
            pass
        finally:
            self.over()

    def over(self):
        if self.open:
            server.book.opened(-1)
        self.open = False

    def reset(self):
        self.sender, self.recipients, self.step = None, [], None

    # ------------------------------------------------------------ the session

    def do_ehlo(self, _rest):
        self.reset()
        offers = ["localhost", f"SIZE {SIZE_MAX}", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"]
        if CERTIFICATE and not self.tls:
            offers.append("STARTTLS")
        else:
            offers.append("AUTH PLAIN LOGIN")
        for offer in offers[:-1]:
            self.say("250-" + offer)
        self.say("250 " + offers[-1])

    def do_helo(self, _rest):
        self.reset()
        self.say("250 localhost")

    def do_noop(self, _rest):
        self.say("250 2.0.0 OK")

    def do_rset(self, _rest):
        self.reset()
        self.say("250 2.0.0 OK")

    def do_quit(self, _rest):
        self.over()
        self.say("221 2.0.0 bye")
        raise Gone

    def do_starttls(self, _rest):
        if not CERTIFICATE or self.tls:
            self.say("503 5.5.1 no")
            return
        self.say("220 2.0.0 go on")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*CERTIFICATE)
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.tls = True
        self.reset()

    def do_auth(self, rest):
        kind, _, first = rest.partition(" ")
        if CERTIFICATE and not self.tls:
            self.say("538 5.7.11 encryption required")
            return
        if kind.upper() == "PLAIN":
            given = first or self.challenge("")
            _, user, password = (base64.b64decode(given) + b"\0\0").split(b"\0")[:3]
        elif kind.upper() == "LOGIN":
            user = base64.b64decode(first or self.challenge("Username:"))
            password = base64.b64decode(self.challenge("Password:"))
        else:
            self.say("504 5.5.4 unknown mechanism")
            return
        if (user, password) == (USER, PASSWORD):
            self.user = user.decode()
            self.say("235 2.7.0 accepted")
        else:
            self.say("535 5.7.8 wrong")

    def challenge(self, text):
        self.say("334 " + base64.b64encode(text.encode()).decode())
        return self.line()

    # ------------------------------------------------------------ a mail

    def do_mail(self, rest):
        match = re.match(r"FROM:\s*<([^>]*)>(.*)", rest, re.I)
        size = re.search(r"SIZE=(\d+)", rest, re.I)
        if CERTIFICATE and not self.tls:
            self.say("530 5.7.0 STARTTLS first")
        elif os.environ.get("SMTP_AUTH") == "1" and self.user is None:
            self.say("530 5.7.0 authentication required")
        elif match is None:
            self.say("501 5.5.4 MAIL FROM:<address>")
        elif size and int(size[1]) > SIZE_MAX:
            self.say("552 5.3.4 too large")
        elif match[1].startswith("mail") and match[1][4:7] in REPLIES:
            self.say(REPLIES[match[1][4:7]])
        else:
            self.reset()
            self.sender = match[1]
            self.say("250 2.1.0 OK")

    def do_rcpt(self, rest):
        match = re.match(r"TO:\s*<([^>]+)>", rest, re.I)
        if self.sender is None or match is None:
            self.say("503 5.5.1 MAIL first, then RCPT TO:<address>")
            return
        step = server.book.step(match[1])
        if self.step is None:
            self.step = step
            self.script = match[1]
        if step in REPLIES or step == "stall":
            server.book.record(self.event([match[1]], step, False, match[1]))
        if step == "stall":
            time.sleep(60)
            raise Gone
        if step in REPLIES:
            self.say(REPLIES[step])
            self.step = None if not self.recipients else self.step
            if step == "421":
                raise Gone
            return
        self.recipients.append(match[1])
        self.say("250 2.1.5 OK")

    def event(self, recipients, step, stored, script, message=b""):
        found = re.search(rb"^message-id:\s*(\S+)", message, re.I | re.M)
        return {"from": self.sender, "to": recipients, "step": step, "stored": stored, "script": script,
                "message_id": found[1].decode() if found else None, "tls": self.tls, "user": self.user,
                "at": round(time.time(), 3), "at_once": server.book.open}

    def message(self):
        lines = []
        size = 0
        while True:
            line = self.rfile.readline(1 << 20)
            if not line.endswith(b"\n"):
                raise Gone
            if self.step == "cut_early" and size > 64:
                server.book.record(self.event(self.recipients, self.step, False, self.script))
                raise Gone
            if line in (b".\r\n", b".\n"):
                return b"".join(lines)
            lines.append(line[1:] if line.startswith(b".") else line)
            size += len(line)

    def do_data(self, _rest):
        if not self.recipients:
            self.say("554 5.5.1 no valid recipients")
            return
        self.say("354 end with a dot")
        message = self.message()
        step, name = self.step, self.step.partition("_")
        refused = step[4:] if step.startswith("data") else None
        stored = refused not in REPLIES and step != "cut_unstored"
        server.book.record(self.event(self.recipients, step, stored, self.script, message),
                           message if stored else None)
        if step in ("cut", "cut_unstored"):
            raise Gone
        if name[0] == "slow" or step == "silent":
            time.sleep(60 if step == "silent" else float(name[2] or 3))
        self.say(REPLIES[refused] if refused in REPLIES else "250 2.0.0 stored")
        self.reset()
        if refused == "421":
            raise Gone


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
    book = None

    def handle_error(self, request, client_address):
        """Who asked has hung up; everything else is a mistake of this server."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


os.makedirs(DIRECTORY, exist_ok=True)
server = Server(("127.0.0.1", 0), Session)
server.book = Book()
with open(PORT_FILE + ".new", "w", encoding="ascii") as port_file:
    print(server.server_address[1], file=port_file)
os.rename(PORT_FILE + ".new", PORT_FILE)
server.serve_forever()
