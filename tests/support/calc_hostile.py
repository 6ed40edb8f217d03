#!/usr/bin/env python3
"""Odd and hostile lines to `billmill calc`: each is answered, in order, with what tests/support/reference.py
says or with an error that has a message and a path; nothing crashes.

    calc_hostile.py BILLMILL SEED COUNT CALCULATOR…

COUNT lines for each calculator: good questions, the same with one thing broken, and lines that are no
question at all. A good one is answered rightly whatever came before it, so that an answer lost or
doubled shows. Prints "N lines, N answers, N right, N errors, N differences"; exit code 1 when there
is a difference.
"""
import json
import subprocess
import sys
import tempfile

import calc_random
import reference

LINE_MAX = 1 << 20
SHOWN_MAX = 5

# In the place of any value, as JSON text.
VALUES = [
    "null", "true", "false", "[]", "{}", "[[]]", '""', '" "', "0", "-0", "-1", "1", "1.5", "1e5", "1E400",
    "-1e-400", "1e999999999", '"0"', '"-0"', '"-0.00"', '"007"', '"+1"', '" 1"', '"1 "', '"1."', '".5"',
    '"1e5"', '"0x10"', '"1,5"', '"1_000"', '"NaN"', '"inf"', '"\\u0661"', '"1\\u0000"', '"1\\u00a0"',
    "9223372036854775807", "-9223372036854775808", "9223372036854775808", "9" * 30, "1" + "0" * 400,
    '"' + "9" * 17 + '"', '"' + "9" * 38 + '"', '"-' + "9" * 38 + '"', '"' + "9" * 39 + '"',
    '"0.' + "0" * 29 + '1"', '"0.' + "1" * 31 + '"', '"' + "7" * 5000 + '"', '"1.' + "0" * 5000 + '"',
    '"EUR"', '"eur"', '"XXX"', '"EURO"', '"JPY"', '"\\ud83d\\ude00"', '"' + "x" * 3000 + '"',
    '"2024-02-30"', '"2024-02-29"', '"0000-01-01"', '"0001-01-01"', '"9999-12-31"', '"10000-01-01"',
    '"2024-1-1"', '"2024-06-30T23:59:60Z"', '"2024-01-01T00:00:00+99:99"', '"2024-01-01T24:00:00Z"',
    '"2024-01-01T00:00:00.1234567Z"', '"2024-01-01 00:00:00Z"', '"Europe/Berlin"', '"../../etc/passwd"',
    '"/etc/localtime"', '"graduated"', '"committed"', '"half_down"', '"up"', '"down"', '"calendar"', '"second"',
    '[{"amount":"1"}]', '[null]', '["1","-1"]', '{"start":"2024-01-01","end":"2024-02-01"}',
    "NaN", "Infinity", "007", "+1", ".5", "1.", "'1'", "undefined", '"\\x"', '"\\ud800"', '"\t"',
]

# Lines that are no question.
LINES = [
    b"nonsense", b"{", b"}", b"[", b"[]", b"{}", b"null", b"12", b'"text"', b"{}{}", b"{} x", b"\xef\xbb\xbf{}",
    b"\xff\xfe\x00\x00", b"\x00", b"{\x00}", b'{"currency":"EU\xc0\xae"}', b'{"\xed\xa0\x80":1}', b"// {}",
    b'{"currency":"EUR",}', b"{'currency':'EUR'}", b'{"":""}', b"\x1b[2J", b"%s%n%s%n", b"\x7f", b"{\"a\"}",
    b"[" * 3000, b'{"a":' * 3000, b"[" * 100000, b'[{"a":' * 20000 + b"1", b"{" + b" " * 70000 + b"}",
    b'{"' + b"k" * 100000 + b'":1}', b'{"x":"' + b"\\u0000" * 500 + b'"}', b"-", b"tru", b"\"",
]
BLANKS = [b"", b" ", b"\t\t", b"\r"]


def long_lines(good):
    """At the limit of a line, one beyond it, and ten million bytes; the first is still a question."""
    for size in (LINE_MAX, LINE_MAX + 1, 10_000_000):
        yield good + b" " * (size - len(good))
    yield b"[" * 10_000_000


def paths_of(value, path=()):
    """Every place in a question but the whole of it."""
    items = value.items() if isinstance(value, dict) else \
        enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield path + (name,)
        yield from paths_of(inner, path + (name,))


MARK = "\ue000"


def with_value(question, path, text):
    """The question as JSON text with the text in the place of one value."""
    copy = json.loads(json.dumps(question))
    inner = copy
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = MARK
    return json.dumps(copy, ensure_ascii=False).replace(f'"{MARK}"', text).encode()


def with_member(question, text):
    return (json.dumps(question)[:-1] + ", " + text + "}").encode()


def broken(chance, question):
    """The question with one thing broken."""
    line = json.dumps(question).encode()
    kind = chance.randrange(9)
    if kind < 5:
        path = chance.choice(list(paths_of(question)))
        text = chance.choice(VALUES)
        # An answer of 95,000 periods is right, but no test.
        if "until" in question and any(year in text for year in ("0001-", "9999-")):
            return line
        return with_value(question, path, text)
    if kind == 5:
        return line[:chance.randrange(1, len(line))]
    if kind == 6:
        name = chance.choice(list(question))
        value = json.dumps(chance.choice([1, question[name]]))
        return with_member(question, chance.choice([f'"{name}": {value}', '"surprise": 1', '"": 0']))
    if kind == 7:
        at = chance.randrange(1, len(line))
        byte = bytes([chance.choice([0, 1, 0x80, 0xc3, 0xff, chance.randrange(256)])])
        return (line[:at] + byte + line[at + chance.randrange(2):]).replace(b"\n", b"?")
    question = dict(question)
    del question[chance.choice(list(question))]
    return json.dumps(question).encode()


def odd(chance, question):
    """The same question in other words."""
    members = list(question.items())
    chance.shuffle(members)
    return json.dumps(dict(members), separators=(" , ", " :\t")).encode() + b" \r"


def lines_of(calculator, seed, count):
    """Pairs of a line and the good question in it, if it is one."""
    make = calc_random.Maker(f"{seed}-hostile-{calculator}")
    chance = make.random
    make_question = calc_random.KINDS[calculator][0]
    long = list(long_lines(json.dumps(make_question(make)).encode()))
    lines = []
    while len(lines) < count:
        kind = chance.randrange(20)
        question = make_question(make)
        if kind < 5:
            lines.append((json.dumps(question).encode(), question))
        elif kind < 6:
            lines.append((odd(chance, question), question))
        elif kind < 17:
            lines.append((broken(chance, question), None))
        else:
            lines.append((chance.choice(LINES if kind < 19 else BLANKS), None))
    for line in long:
        lines[chance.randrange(1, count)] = line, None
    return lines


def no_constant(text):
    raise ValueError(text)


def unique(pairs):
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a field twice")
    return {name: value for name, value in pairs if value is not None}


def judged(calculator, line):
    """The reference's answer, or None where it has none."""
    try:
        question = json.loads(line.decode(), object_pairs_hook=unique, parse_constant=no_constant,
                              parse_float=no_constant)
        return reference.answer(calculator, question)
    except (reference.Refused, NotImplementedError, ValueError, TypeError, AttributeError,
            ArithmeticError, RecursionError, LookupError, OSError):
        return None


def is_error(answer):
    return set(answer) == {"error"} and set(answer["error"]) == {"message", "path"} and \
        answer["error"]["message"] != "" and answer["error"]["path"].startswith("$")


def check(billmill, calculator, seed, count):
    lines = lines_of(calculator, seed, count)
    with tempfile.TemporaryFile() as file:
        file.write(b"\n".join(line for line, _ in lines))
        file.seek(0)
        done = subprocess.run([billmill, "calc", calculator], stdin=file, capture_output=True, check=False)
    answers = [json.loads(answer) for answer in done.stdout.decode().split("\n")[:-1]]
    asked = [(line, question) for line, question in lines if line.strip(b" \t\r\n")]
    right = errors = differences = 0
    for (line, question), answer in zip(asked, answers):
        expected = judged(calculator, line)
        if is_error(answer):
            errors += 1
            is_good = question is None or expected is None
        else:
            right += 1
            is_good = expected is not None and calc_random.same(expected, answer)
        if not is_good:
            differences += 1
            if differences <= SHOWN_MAX:
                print(f"{calculator}: {line[:600]}\n  is       {json.dumps(answer)[:600]}\n"
                      f"  expected {json.dumps(expected)[:600]}")
    if done.returncode != 65 or len(answers) != len(asked) or done.stderr:
        print(f"{calculator}: {len(answers)} answers to {len(asked)} lines, exit {done.returncode}\n"
              f"{done.stderr.decode(errors='replace')[:2000]}")
        differences += 1
    print(f"{calculator}: {len(lines)} lines, {len(answers)} answers, {right} right, {errors} errors, "
          f"{differences} differences")
    return differences


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    billmill, seed, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    sys.exit(1 if sum(check(billmill, name, seed, count) for name in sys.argv[4:]) else 0)


if __name__ == "__main__":
    main()
