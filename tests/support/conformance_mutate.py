#!/usr/bin/env python3
"""Whether the rows of tests/core/billing/conformance_test.c can fail: each expected figure of each case that passes is
made wrong by its smallest unit, and the case's row must find it.

    conformance_mutate.py TESTS CASES WORK      the unit test program; the fixture; a file that is written

One figure of every case is wrong at a time, so there are as many runs as the longest case has figures. Prints the
figures that nobody looks at, but for those of NOT_COMPARED; exit code 1 when there are some, or when a row of NOT_COMPARED
is compared after all.
"""
import copy
import json
import os
import re
import subprocess
import sys
from decimal import Decimal

TABLE = "tests/core/billing/conformance_test.c"
ROW = re.compile(r'\{"([BS]C-\d+)", (\w+),')

# Figures that are no answer of ours, and why.
NOT_COMPARED = {
    "BC-063 gross": "their cut falls on today's slice, ours on the whole total: the nets are compared",
    "BC-063 pct_discount": "as gross",
    "BC-063 max_discount": "as gross",
    "BC-126 amount_documented": "their documentation's wrong figure; amount_exact is compared",
    "BC-145 coupon_share_cents": "of parts of cents: ours are within a cent of it",
    "BC-145 line_tax_cents": "they do not sum to the tax of the invoice; ours do",
    "BC-145 sum_of_line_tax": "as line_tax_cents",
    "BC-164 after_vat_unrounded": "compared as rounded to the cent",
    "BC-246 lago_next": "the wrong numbers; required_next are compared",
    "BC-247 lexical_max_bug": "the wrong number; next is compared",
    "BC-250 xpath_round": "another rule of rounding; half_away_from_zero is compared",
    "SC-014 line_items": "how many lines they print",
    "SC-019 line_items": "how many lines they print",
    "SC-044 total_rounded_alone": "the wrong total; the check shows that ours is the sum of its parts",
    "SC-060 after_last": "a sentence",
    "SC-120 ledger_rows": "rows of payments, which have no job yet; what is refunded is compared",
}


def leaves(value, path=()):
    if isinstance(value, (dict, list)):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, path + (name,))
    else:
        yield path


def wrong(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + (1 if isinstance(value, int) else 0.01)
    if value is None:
        return "7"
    if re.fullmatch(r"-?\d+(\.\d+)?", value):
        return str(Decimal(value) + Decimal(1).scaleb(Decimal(value).as_tuple().exponent))
    date = re.match(r"(\d{4}-\d\d-)(\d\d)(.*)", value)
    if date:
        day = int(date.group(2))
        return f"{date.group(1)}{day - 1 if day > 1 else day + 1:02}{date.group(3)}"
    return value + "x"


def spoil(case, path):
    at = case["expected"]
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = wrong(at[path[-1]])


def rows_that_fail(tests, work, rows):
    ran = subprocess.run([tests, "conformance"], env={**os.environ, "CONFORMANCE_CASES": work}, capture_output=True, text=True,
                         check=False)
    return {rows[int(number)][0] for number in re.findall(r":conforms:(\d+):", ran.stdout)}


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    tests, fixture, work = sys.argv[1:]
    with open(fixture, encoding="utf-8") as file:
        cases = json.load(file)
    with open(TABLE, encoding="utf-8") as file:
        rows = ROW.findall(file.read())
    passing = {case for case, verdict in rows if verdict == "PASSES"}
    paths = {case["id"]: list(leaves(case["expected"])) for case in cases if case["id"] in passing}
    unseen, seen = set(), set()
    for turn in range(max(map(len, paths.values()))):
        spoiled = copy.deepcopy(cases)
        tried = {case["id"] for case in spoiled if turn < len(paths.get(case["id"], ()))}
        for case in spoiled:
            if case["id"] in tried:
                spoil(case, paths[case["id"]][turn])
        with open(work, "w", encoding="utf-8") as file:
            json.dump(spoiled, file)
        failed = rows_that_fail(tests, work, rows)
        for case in tried:
            name = f"{case} {paths[case][turn][0]}"
            (seen if case in failed else unseen).add(name)
    differences = sorted(unseen - NOT_COMPARED.keys()) + sorted(f"{name}, which is compared" for name in seen & NOT_COMPARED.keys())
    differences += sorted(f"{name}, which there is not" for name in NOT_COMPARED.keys() - unseen - seen)
    for name in differences:
        print(name)
    print(f"{sum(map(len, paths.values()))} figures of {len(paths)} cases: {len(differences)} differences")
    sys.exit(1 if differences or not paths else 0)


if __name__ == "__main__":
    main()
