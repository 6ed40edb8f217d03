#!/usr/bin/env python3
"""Good records and broken ones to `billmill import`: nothing crashes, every line that is refused has its place and a
reason, and what is right between them is loaded, all of it with --skip-bad, nothing without.

    import_fuzz.py BILLMILL CONFIG DATABASE DIRECTORY SEED FILES LINES

The database has the catalogue of tests/fixtures/reading/hostile.jsonl. FILES files, JSON Lines and CSV in turn, each of
LINES broken lines with a good one behind each. A line may happen to be right after it was broken: then it is loaded, or
refused for what it says. Prints "N files, N lines, N refused, N differences"; exit code 1 when there is a difference.
"""
import csv
import io
import json
import os
import random
import subprocess
import sys

FIXTURE = "tests/fixtures/reading/hostile.jsonl"
SHOWN_MAX = 10
TIMEOUT_S = 120

# In the place of any value, as JSON text.
VALUES = [
    b"null", b"true", b"[]", b"{}", b"[[]]", b'""', b'" "', b"0", b"-0", b"-1", b"1.5", b"1e5", b"1E400", b"1e999999999", b"9" * 30,
    b"1" + b"0" * 400, b"9223372036854775807", b"-9223372036854775808", b"9223372036854775808", b'"-0.00"', b'"+1"', b'"1e5"', b'"NaN"',
    b'"' + b"9" * 38 + b'"', b'"' + b"9" * 39 + b'"', b'"0.' + b"0" * 40 + b'1"', b'"' + b"7" * 5000 + b'"', b'"' + b"x" * 3000 + b'"',
    b'"\\u0000"', b'"a\\u0000b"', b'"\\ud800"', b'"\\ud83d\\ude00"', b'"\x00"', b'"\xff"', b'"\xc0\xae"', b'"\xed\xa0\x80"', b'"\\x"',
    b'"0000-00-00"', b'"0001-01-01"', b'"9999-12-31"', b'"2026-02-30"', b'"2026-1-1"', b'"2026-01-01T24:00:00Z"', b'"2026-06-30T23:59:60Z"',
    b'"../../etc/passwd"', b'"/dev/zero"', b'"%s%n"', b'"\'; DROP TABLE tenant; --"', b"NaN", b"Infinity", b"007", b"+1", b".5", b"1.",
    b"'x'", b"undefined", b"[" * 3000, b"[" * 3000 + b"]" * 3000, b'{"a":' * 500 + b"1" + b"}" * 500, b'[{"up_to":null},{"up_to":"1"}]',
    b'[{"price":"r","rated_as":"r"}]', b'[null]', b'[{"line":1,"net":"1"},{"line":1,"net":"1"}]',
]
# Lines that are no record.
LINES = [
    b"nonsense", b"{", b"}", b"[]", b"{}", b"null", b'"text"', b"{}{}", b"\xff\xfe", b"\x00", b"{\x00}", b"// {}", b'{"record":', b"\x1b[2J",
    b"{'record':'usage'}", b"[" * 100000, b'{"a":' * 50000, b'{"' + b"k" * 100000 + b'":1}', b'{"record":"usage"}', b'{"record":"\\u0000"}',
    b'{"record":"usage","tenant":"t","properties":' + b"[" * 2000 + b"]" * 2000 + b"}", b"x" * 1000000,
]


def samples():
    """A good record of each kind, the first of the catalogue or the one of its own."""
    found = {}
    with open(FIXTURE, encoding="utf-8") as file:
        for entry in map(json.loads, file):
            record = entry.get("catalog") or entry.get("base")
            if record:
                found.setdefault(record["record"], record)
    return list(found.values())


def broken(dice, record):
    """The record as a line that is wrong somewhere, or as good as wrong."""
    members = [(json.dumps(name).encode(), json.dumps(value).encode()) for name, value in record.items()]
    place = dice.randrange(len(members))
    how = dice.randrange(9)
    if how == 0:
        del members[place]
    elif how in (1, 2, 3):
        members[place] = (members[place][0], dice.choice(VALUES))
    elif how == 4:
        members.append((members[place][0], dice.choice(VALUES)))  # a key twice
    elif how == 5:
        members.append((dice.choice([b'"nmae"', b'"a.b"', b'""', b'"\\u0000"', b'"record"', b'"' + b"k" * 300 + b'"']), dice.choice(VALUES)))
    line = b"{" + b",".join(name + b":" + value for name, value in members) + b"}"
    at = dice.randrange(len(line))
    if how == 6:
        line = line[:at]
    elif how == 7:
        line = line[:at] + dice.choice([b"\x00", b"\xff", b"\xef\xbb\xbf", b"\r", b"\t", b"}", b'"', b"\\"]) + line[at + dice.randrange(2):]
    elif how == 8:
        line = dice.choice(LINES)
    return line


def broken_cells(dice, cells):
    """The same of a line of CSV. No quote opens a field and is left open: that one ends with the next quote, wherever."""
    cells = [cell.encode() for cell in cells]
    place = dice.randrange(len(cells))
    how = dice.randrange(5)
    if how == 0:
        del cells[place]
    elif how == 1:
        cells.insert(place, b"x")
    elif how == 2:
        cells[place] = dice.choice([b"", b"x" * 5000, b'a"b', b'"a"b', b'a""b', b'"a""b"', b"\xff", b"\x00", b"9" * 60, b"1e9", b" ", b"\xef\xbb\xbf", b"-"])
    line = b",".join(cells)
    at = dice.randrange(1, len(line))
    if how == 3 and b'"' not in line:
        line = line[:at]
    elif how == 4:
        noise = [b"\x00", b"\xff", b"\r", b",", b"\t"] + ([] if line[at - 1:at] in b',"' else [b'"'])
        line = line[:at] + dice.choice(noise) + line[at:]
    return line


class Fuzz:
    def __init__(self, billmill, config, database, directory):
        self.command = [billmill, "--config", config, "--database", database]
        self.directory = directory
        self.lines = self.refused = self.differences = 0

    def differ(self, what):
        self.differences += 1
        if self.differences <= SHOWN_MAX:
            print("#", what)

    def run(self, name, *arguments):
        done = subprocess.run([self.command[0], arguments[0], *self.command[1:], *arguments[1:]], capture_output=True, timeout=TIMEOUT_S)
        if done.returncode not in (0, 3, 65) or b"Sanitizer" in done.stderr or b"runtime error" in done.stderr:
            self.differ(f"{name}: exit {done.returncode}: {done.stderr[-800:]!r}")
        return done

    def usage(self):
        return {json.loads(line)["key"] for line in self.run("dump", "dump", "--record", "usage", "--quiet").stdout.splitlines()}

    def check_skipped(self, path, skip, lines):
        """Each line that was refused is kept as it was, once, with its place and a reason."""
        with open(skip + ".reasons", encoding="utf-8") as file:
            reasons = [json.loads(line) for line in file]
        kept = []
        for reason in reasons:
            place = f"{path}:{reason['line']}:"
            if not reason["reason"].startswith(place) or len(reason["reason"]) < len(place) + 5:
                self.differ(f"{place} no place and reason: {reason}")
            kept.append(reason["line"])
        if len(set(kept)) != len(kept):
            self.differ(f"{path}: a line is refused twice")
        with open(skip, "rb") as file:
            of_file = file.read()
        wanted = b"".join(lines[line - 1].rstrip(b"\r") + b"\n" for line in kept)
        if not of_file.replace(b"\r\n", b"\n").endswith(wanted):
            self.differ(f"{path}: what was set aside is not what stands there")
        self.refused += len(kept)
        return len(kept)

    def check_file(self, number, name, lines, good):
        """`good`: the keys of usage that must be there when the rest is skipped."""
        path = f"{self.directory}/{name}"
        skip = f"{self.directory}/skipped-{number}"
        with open(path, "wb") as file:
            file.write(b"\n".join(lines) + b"\n")
        before = self.usage()
        plain = self.run(path, "import", "--json", path)
        if plain.returncode != 65 or self.usage() != before:
            self.differ(f"{path}: exit {plain.returncode}, or something of it is loaded")
        done = self.run(path, "import", "--json", "--skip-bad", skip, path)
        if done.returncode != 3:
            self.differ(f"{path}: exit {done.returncode} with --skip-bad")
            return
        counts = json.loads(done.stdout)
        bad = sum(kind["bad"] for kind in counts["records"].values())
        every = sum(sum(kind.values()) for kind in counts["records"].values())
        if bad != self.check_skipped(path, skip, lines) or every != counts["total"]:
            self.differ(f"{path}: {bad} refused, {every} of {counts['total']} counted")
        if not good <= self.usage():
            self.differ(f"{path}: good lines are lost: {sorted(good - self.usage())[:5]}")
        self.lines += len(lines)


def json_lines(dice, number, count):
    records = samples()
    usage = next(record for record in records if record["record"] == "usage")
    lines, good = [b"\xef\xbb\xbf" + json.dumps({**usage, "key": f"first-{number}"}).encode()], set()
    for at in range(count):
        key = f"good-{number}-{at}"
        good.add(key)
        lines.append(broken(dice, dice.choice(records)))
        lines.append(json.dumps({**usage, "key": key}).encode() + dice.choice([b"", b"", b"\r", b"  "]))
    return f"{number}.jsonl", lines, good


def csv_lines(dice, number, count):
    header = ["tenant", "meter", "key", "subscription", "value", "at", "properties"]
    lines, good = [",".join(header).encode()], set()
    for at in range(count):
        key = f"good-{number}-{at}"
        cells = ["t", "m", key, "s", str(dice.randrange(1, 99)), "2026-01-02T00:00:00Z", ""]
        text = io.StringIO()
        csv.writer(text, lineterminator="").writerow(cells[:6] + [json.dumps({"a": "b,c"})])
        lines.append(broken_cells(dice, ["t", "m", f"bad-{number}-{at}", "s", "1", "2026-01-02T00:00:00Z", ""]))
        lines.append(text.getvalue().encode())
        good.add(key)
    return f"usage-{number}.csv", lines, good


def check_long_line(fuzz, dice):
    """A line beyond what a record may be is an error of its file, whatever else is skipped."""
    name, lines, _ = json_lines(dice, "long", 3)
    lines.insert(4, b'{"record":"usage","key":"' + b"x" * 10_000_000 + b'"}')
    path = f"{fuzz.directory}/{name}"
    with open(path, "wb") as file:
        file.write(b"\n".join(lines) + b"\n")
    before = fuzz.usage()
    done = fuzz.run(path, "import", "--skip-bad", f"{fuzz.directory}/skipped-long", path)
    if done.returncode != 65 or f"{path}:5: a record is longer than".encode() not in done.stderr or fuzz.usage() != before:
        fuzz.differ(f"{path}: exit {done.returncode}: {done.stderr[-300:]!r}")


def main():
    billmill, config, database, directory, seed, files, count = sys.argv[1:8]
    os.makedirs(directory, exist_ok=True)
    fuzz = Fuzz(billmill, config, database, directory)
    dice = random.Random(int(seed))
    for number in range(int(files)):
        fuzz.check_file(number, *(csv_lines if number % 2 else json_lines)(dice, number, int(count)))
    check_long_line(fuzz, dice)
    print(f"{files} files, {fuzz.lines} lines, {fuzz.refused} refused, {fuzz.differences} differences")
    return 1 if fuzz.differences else 0


sys.exit(main())
