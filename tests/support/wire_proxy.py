#!/usr/bin/env python3
"""Stands between billmill and PostgreSQL on sockets of this host, and hurts one request.

    wire_proxy.py LISTEN_SOCKET SERVER_SOCKET PLAN LOG

PLAN is a file of one line, read before each request:

    ROUND commit|request K HOW [ARGUMENT [TIMES]]

The K-th COMMIT (or request of any kind) of that round, counted over all connections, is hurt:

    none          not at all
    before        the connection is cut; the server never sees the request
    half          the server gets the first half of its bytes
    flight        the server gets it, and the connection is cut at once
    after         the server has answered, and nothing of the answer is passed on
    mid BYTES     of the answer so many bytes arrive
    error STATE   the server does not see it (its transaction fails), the client gets that SQLSTATE;
                  classes 08 and 57 cut the connection, as the server would
    lie STATE     the server does it, and the client gets that SQLSTATE

TIMES more requests of the kind are hurt in the same way (0). LOG gets one line "ROUND HOW K" for each,
and "ROUND counts COMMITS REQUESTS" at the end of each connection.

A request is a Query, what ends with a Sync, or the end of a COPY that a Query began. Requests wait until
everything before them is answered, so one that is hurt is hurt alone.
"""
import os
import select
import socket
import struct
import sys
import threading

SSL_REQUEST, CANCEL_REQUEST, GSS_REQUEST = 80877103, 80877102, 80877104

lock = threading.Lock()
state = {"plan": None, "commits": 0, "requests": 0, "hurt": 0}


class Gone(Exception):
    """One of the two ends is closed."""


def read_plan(path):
    with open(path, encoding="ascii") as file:
        words = file.readline().split()
    words += [""] * (6 - len(words))
    return {"round": words[0], "kind": words[1], "k": int(words[2]), "how": words[3], "argument": words[4],
            "times": int(words[5] or 0)}


def log(path, line):
    with open(path, "a", encoding="ascii") as file:
        file.write(line + "\n")


def next_hurt(plan_path, log_path, commits):
    """Counts the request; the plan when it is to be hurt."""
    with lock:
        plan = read_plan(plan_path)
        if state["plan"] != plan:
            state.update(plan=plan, commits=0, requests=0, hurt=0)
        state["requests"] += 1
        state["commits"] += commits
        count = state["commits"] if plan["kind"] == "commit" else state["requests"]
        if plan["how"] == "none" or (plan["kind"] == "commit" and not commits):
            return None
        if count < plan["k"] or state["hurt"] > plan["times"]:
            return None
        state["hurt"] += 1
        log(log_path, f"{plan['round']} {plan['how']} {count}")
        return plan


def message(kind, body):
    return kind + struct.pack("!I", len(body) + 4) + body


def error_message(severity, sqlstate):
    fields = [b"S" + severity, b"V" + severity, b"C" + sqlstate, b"Mprovoked by a test"]
    return message(b"E", b"\0".join(fields) + b"\0\0")


class Stream:
    """Whole messages out of a socket."""

    def __init__(self, sock):
        self.sock = sock
        self.data = b""

    def fill(self):
        more = self.sock.recv(1 << 18)
        if not more:
            raise Gone
        self.data += more

    def take(self):
        """The next message with its type, or None before it is whole."""
        if len(self.data) < 5:
            return None
        size = 1 + struct.unpack("!I", self.data[1:5])[0]
        if len(self.data) < size:
            return None
        taken, self.data = self.data[:size], self.data[size:]
        return taken

    def take_startup(self):
        while len(self.data) < 4 or len(self.data) < struct.unpack("!I", self.data[:4])[0]:
            self.fill()
        size = struct.unpack("!I", self.data[:4])[0]
        taken, self.data = self.data[:size], self.data[size:]
        return taken


class Connection:
    def __init__(self, client, server_path, plan_path, log_path):
        self.client = Stream(client)
        self.server_path, self.plan_path, self.log_path = server_path, plan_path, log_path
        self.server = None
        self.request = b""     # messages of the one that is being gathered
        self.commits = 0       # in it
        self.statements = {}   # name: text
        self.status = b"I"     # of the transaction, as the server said last
        self.waiting = 0       # requests that are not answered yet
        self.simple_copy = False
        self.last_kind = b""

    def start(self):
        startup = self.client.take_startup()
        while struct.unpack("!I", startup[4:8])[0] in (SSL_REQUEST, GSS_REQUEST):
            self.client.sock.sendall(b"N")
            startup = self.client.take_startup()
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(self.server_path)
        self.server = Stream(sock)
        sock.sendall(startup)
        self.waiting = 1  # the greeting ends like an answer

    def answers(self):
        """Messages of the server that are there; notes what they mean."""
        taken = b""
        while (one := self.server.take()) is not None:
            if one[:1] == b"Z":
                self.status = one[5:6]
                self.waiting -= 1
            elif one[:1] == b"G":
                self.simple_copy = self.last_kind == b"Q"
                self.waiting -= 1
            taken += one
        return taken

    def rest_of_answer(self):
        taken = b""
        while self.waiting > 0:
            self.server.fill()
            taken += self.answers()
        return taken

    def ask(self, text):
        """A question of our own, whose answer nobody else sees."""
        self.server.sock.sendall(message(b"Q", text + b"\0"))
        self.waiting += 1
        self.rest_of_answer()

    def gather(self, one):
        """Adds a message to the request; true when that is whole."""
        kind, body = one[:1], one[5:]
        self.request += one
        if kind == b"Q":
            self.commits += body.upper().startswith(b"COMMIT")
        elif kind == b"P":
            name, text = body.split(b"\0")[:2]
            self.statements[name] = text
        elif kind == b"B":
            name = body.split(b"\0")[1]
            self.commits += self.statements.get(name, b"").upper().startswith(b"COMMIT")
        if kind in (b"Q", b"S"):
            self.last_kind = kind
            return True
        if kind in (b"c", b"f") and self.simple_copy:
            self.simple_copy = False
            return True
        return False

    def refuse(self, plan, commits):
        sqlstate = plan["argument"].encode()
        severity = b"FATAL" if sqlstate[:2] in (b"08", b"57") else b"ERROR"
        if severity == b"ERROR" and self.status != b"I":
            self.ask(b"ROLLBACK" if commits else b"SELECT 1/0")
        self.client.sock.sendall(error_message(severity, sqlstate))
        if severity == b"FATAL":
            raise Gone
        self.client.sock.sendall(message(b"Z", self.status))

    def hurt(self, plan, request, commits):
        how = plan["how"]
        if how == "error":
            self.refuse(plan, commits)
            return
        if how != "before":
            self.server.sock.sendall(request[: len(request) // 2] if how == "half" else request)
        if how in ("after", "mid", "lie"):
            self.waiting += 1
            answer = self.rest_of_answer()
            if how == "mid":
                self.client.sock.sendall(answer[: min(int(plan["argument"]), len(answer) - 1)])
            if how == "lie":
                self.client.sock.sendall(error_message(b"ERROR", plan["argument"].encode()))
                self.client.sock.sendall(message(b"Z", self.status))
                return
        raise Gone

    def forward_request(self):
        request, commits = self.request, self.commits
        self.request, self.commits = b"", 0
        self.client.sock.sendall(self.rest_of_answer())
        plan = next_hurt(self.plan_path, self.log_path, commits)
        if plan is not None:
            self.hurt(plan, request, commits)
            return
        self.server.sock.sendall(request)
        self.waiting += 1

    def from_client(self):
        while (one := self.client.take()) is not None:
            if one[:1] in (b"X", b"p", b"H"):  # the end, a password, a flush
                self.server.sock.sendall(self.request + one)
                self.request = b""
            elif self.gather(one):
                self.forward_request()

    def relay(self):
        while True:
            ready, _, _ = select.select([self.client.sock, self.server.sock], [], [])
            if self.server.sock in ready:
                self.server.fill()
                self.client.sock.sendall(self.answers())
            if self.client.sock in ready:
                self.client.fill()
                self.from_client()

    def run(self):
        try:
            self.start()
            self.relay()
        except (Gone, OSError):
            pass
        finally:
            if state["plan"] is not None:
                log(self.log_path, f"{state['plan']['round']} counts {state['commits']} {state['requests']}")
            self.client.sock.close()
            if self.server is not None:
                self.server.sock.close()


def main():
    listen_path, server_path, plan_path, log_path = sys.argv[1:]
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(listen_path)
    os.chmod(listen_path, 0o777)
    listener.listen(64)
    print("ready", flush=True)
    while True:
        client, _ = listener.accept()
        connection = Connection(client, server_path, plan_path, log_path)
        threading.Thread(target=connection.run, daemon=True).start()


main()
