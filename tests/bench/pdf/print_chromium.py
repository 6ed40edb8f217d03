"""One page many times by one warm browser: print_chromium.py PAGE.html OUT.pdf TIMES

Headless Chromium, driven through its DevTools pipe (file descriptors 3 and 4, messages end with NUL):
load the page, print it, as a service would that keeps a browser. Prints microseconds for each, the
browser's start and three warming prints not counted.
"""

import base64
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

WARMING = 3


class Browser:
    def __init__(self, profile: str) -> None:
        read_command, self.commands = os.pipe()
        self.answers, write_answer = os.pipe()

        def as_three_and_four() -> None:
            # Neither may lie where the other one goes.
            command, answer = os.dup2(read_command, 13), os.dup2(write_answer, 14)
            os.dup2(command, 3)
            os.dup2(answer, 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank"],
            preexec_fn=as_three_and_four, close_fds=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(read_command)
        os.close(write_answer)
        self.buffer = b""
        self.numbers = itertools.count(1)
        self.seen: list = []  # events since the last navigation

    def receive(self) -> dict:
        while b"\0" not in self.buffer:
            part = os.read(self.answers, 1 << 20)
            if not part:
                sys.exit("the browser went away")
            self.buffer += part
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def send(self, method: str, session: str | None = None, **parameters) -> dict:
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == number:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']}")
                return answer["result"]
            self.seen.append(answer.get("method"))

    def wait_for(self, event: str) -> None:
        while event not in self.seen:
            self.seen.append(self.receive().get("method"))


def main() -> None:
    page, out, times = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    with tempfile.TemporaryDirectory() as profile:
        browser = Browser(profile)
        target = browser.send("Target.createTarget", url="about:blank")["targetId"]
        session = browser.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        browser.send("Page.enable", session)
        started = 0.0
        for turn in range(WARMING + times):
            if turn == WARMING:
                started = time.monotonic()
            browser.seen.clear()
            browser.send("Page.navigate", session, url=pathlib.Path(page).resolve().as_uri())
            browser.wait_for("Page.loadEventFired")
            pdf = browser.send("Page.printToPDF", session, preferCSSPageSize=True, printBackground=True)
            out.write_bytes(base64.b64decode(pdf["data"]))
        print(int((time.monotonic() - started) * 1_000_000 / times))
        browser.send("Browser.close")
        browser.process.wait(30)


main()
