"""Checks smtp_server.py: each step as who sends sees it, and what its directory has.

    smtp_check.py DIRECTORY CERTIFICATE KEY

Prints what is not as expected; exit 1 when there was anything."""
import glob
import json
import os
import signal
import smtplib
import ssl
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
WHERE, CERTIFICATE, KEY = sys.argv[1:4]
MESSAGE = ("Message-ID: <m1@billmill>\r\nSubject: x\r\n\r\n.a line with a dot\r\n..two\r\n" + "y" * 200
           + "\r\nlast\r\n")
failures = 0


def expect(name, got, expected):
    global failures
    if got != expected:
        failures += 1
        print(f"{name}: got {got!r}, expected {expected!r}")


class Server:
    def __init__(self, name, *tls, auth=False):
        self.directory = os.path.join(WHERE, name)
        self.port_file = self.directory + ".port"
        self.arguments = [self.port_file, self.directory, *tls]
        self.environment = dict(os.environ, SMTP_AUTH="1" if auth else "0")
        self.start()

    def start(self):
        if os.path.exists(self.port_file):
            os.remove(self.port_file)
        self.process = subprocess.Popen([sys.executable, "-B", os.path.join(HERE, "smtp_server.py"), *self.arguments],
                                        env=self.environment)
        while not os.path.exists(self.port_file):
            time.sleep(0.02)
        with open(self.port_file, encoding="ascii") as file:
            self.port = int(file.read())

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def log(self):
        with open(os.path.join(self.directory, "log"), encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def stored(self):
        return len(glob.glob(os.path.join(self.directory, "*.eml")))


def send(server, recipient, sender="a@billmill.test"):
    """What a mail comes to: 250, the code of a refusal, or "cut" where no
    answer came (in time: to smtplib it is the same)."""
    try:
        with smtplib.SMTP("127.0.0.1", server.port, timeout=2) as smtp:
            smtp.sendmail(sender, [recipient] if isinstance(recipient, str) else recipient, MESSAGE)
        return 250
    except smtplib.SMTPRecipientsRefused as refused:
        return next(iter(refused.recipients.values()))[0]
    except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as refused:
        return refused.smtp_code
    except (smtplib.SMTPServerDisconnected, ConnectionError):
        return "cut"


# recipient, what each mail to it comes to, how many are stored
CASES = [
    ("ann", [250, 250], 2), ("250-then-550", [250, 550, 550], 1), ("450-then-250", [450, 250], 1),
    ("451", [451], 0), ("550", [550], 0), ("552", [552], 0), ("policy550-then-250", [550, 250], 1), ("data554", [554], 0), ("421-then-250", [421, 250], 1),
    ("data451-then-250", [451, 250], 1), ("data550", [550], 0), ("data552", [552], 0),
    ("cut-then-250", ["cut", 250], 2), ("cut_unstored-then-250", ["cut", 250], 1), ("cut_early", ["cut"], 0),
    ("slow_0", [250], 1), ("slow_3", ["cut"], 1), ("silent", ["cut"], 1),
]


def main():
    server = Server("plain")
    stored = 0
    for name, answers, more in CASES:
        got = [send(server, name + "@example.com") for _ in answers]
        stored += more
        expect(name, (got, server.stored()), (answers, stored))
    expect("a sender that is put off", send(server, "ann@example.com", "mail451@billmill.test"), 451)
    with open(os.path.join(server.directory, "000001.eml"), "rb") as file:
        expect("byte for byte", file.read(), MESSAGE.encode())
    first = server.log()[0]
    expect("the log", (first["from"], first["to"], first["stored"], first["message_id"], first["tls"]),
           ("a@billmill.test", ["ann@example.com"], True, "<m1@billmill>", False))
    numbers = [event["number"] for event in server.log()]
    expect("numbered", numbers, list(range(1, len(numbers) + 1)))
    expect("before a kill", send(server, "cut-then-551-then-250@kill.test"), "cut")
    server.kill()
    server.start()
    expect("goes on behind a kill", send(server, "250-then-550@example.com"), 550)
    server.kill()

    secure = Server("tls", CERTIFICATE, KEY, auth=True)
    context = ssl.create_default_context(cafile=CERTIFICATE)
    for mechanism, password, code in (("auth_plain", "mail-secret-1", 235), ("auth_login", "mail-secret-1", 235),
                                      ("auth_plain", "wrong", 535)):
        with smtplib.SMTP("localhost", secure.port, timeout=5) as smtp:
            smtp.ehlo()
            expect("no password before TLS", "auth" in smtp.esmtp_features, False)
            expect("no mail before TLS", smtp.mail("a@billmill.test")[0], 530)
            smtp.starttls(context=context)
            smtp.ehlo()
            expect("no mail before the password", smtp.mail("a@billmill.test")[0], 530)
            smtp.user, smtp.password = "mailer", password
            try:
                got = smtp.auth(mechanism[5:].upper(), getattr(smtp, mechanism))[0]
            except smtplib.SMTPAuthenticationError as refused:
                got = refused.smtp_code
            expect(mechanism + " " + password, got, code)
            if code == 235:
                smtp.sendmail("a@billmill.test", ["ann@example.com", "bob@example.com"], MESSAGE)
    expect("the log of TLS", [(event["tls"], event["user"], len(event["to"])) for event in secure.log()],
           [(True, "mailer", 2)] * 2)
    secure.kill()
    print(f"{failures} failed")
    sys.exit(failures > 0)


main()
