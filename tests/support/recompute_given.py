"""What lines that give back take off what they give, for recompute.py: what was not paid of it (core/billing/give_back.h)."""
import re
from collections import defaultdict
from fractions import Fraction

from recompute_lines import base_kind, does_give_back, draft_order, forgiven_of, line_order
from recompute_records import counts, minor, rounded, same


def kind_of(kind):
    """(whether it reverses, the kind, its generation)"""
    match = re.fullmatch(r"(reversal:)?(\w+)(?::(\d+))?", base_kind(kind))
    return bool(match[1]), match[2], int(match[3] or 1)


class Billed:
    """A line that was there when another one gave back: what it charged, and what coupons took of that."""

    def __init__(self, invoice, line):
        self.invoice, self.line = invoice, line
        self.reverses, self.kind, self.generation = kind_of(line["kind"])
        self.start, self.end = line["period_start"], line["period_end"]
        amount, discount = minor(line["amount"], invoice["currency"]), minor(line["discount"], invoice["currency"])
        gives_back = does_give_back(line)
        self.charged = amount - (0 if gives_back else line["price_cut"])
        self.unpaid = discount - forgiven_of(line, invoice) - (0 if gives_back else line["price_cut"])
        self.order = draft_order(invoice["draft_key"]), line_order(line)


def lines_given_of(giving, before, counts_from):
    """Rule 2."""
    if giving.reverses and giving.kind == "usage":
        return [b for b in before if b.start == giving.start and not (b.kind == "usage" and not b.reverses and b.generation > giving.generation)]
    if giving.reverses:
        return [b for b in before if not b.reverses and (b.kind, b.generation, b.start) == (giving.kind, giving.generation, giving.start)]
    if giving.kind == "proration_credit":
        taken = {(b.kind, b.start, b.generation) for b in before if b.reverses}
        begun = [b for b in before if not b.reverses and b.kind in ("recurring", "proration_charge") and b.end == giving.end
                 and b.start < giving.start and (b.kind, b.start, b.generation) not in taken]
        return [max(begun, key=lambda b: (b.start, b.generation))] if begun else []
    own = [b for b in before if b.start == giving.start]
    if sum(b.charged for b in own) < -giving.charged or giving.kind == "usage":
        own += [b for b in before if counts_from <= b.start < giving.start]
    return own


def check_given(records):
    """Of each line that gives back what coupons took of what it gives is not given back: of a reversal all of it, else
    its share, rounded once (rule 3). What is forgiven besides is for check_forgiven."""
    of_price = defaultdict(list)
    for invoice in records.bills:
        for line in invoice["lines"]:
            if not line.get("true_up") and invoice["taxed"]:
                of_price[invoice["tenant"], line["subscription"], line["price"]].append(Billed(invoice, line))
    for key, billed in of_price.items():
        billed.sort(key=lambda b: b.order)
        again = {(b.start, b.line["kind"][len("rebill:"):]): b for b in billed if b.line["kind"].startswith("rebill:")}
        rounding = records.tenants[key[0]]["rounding"]
        for at, giving in enumerate(billed):
            if not does_give_back(giving.line):
                continue
            before = [b for b in billed[:at] if again.get((b.start, b.line["kind"])) not in billed[:at + 1]]
            period = records.periods.get((*key, giving.start, giving.line["kind"])) or {}
            of = lines_given_of(giving, before, period.get("counts_from", giving.start))
            unpaid, charged = sum(b.unpaid for b in of), sum(b.charged for b in of)
            expected = -unpaid if giving.reverses else \
                rounded(Fraction(giving.charged * unpaid, charged), rounding) if charged and unpaid else 0
            counts["given"] += 1
            same(f"{' '.join(key)} {giving.start} {giving.line['kind']}", "what is not given back of it", giving.unpaid, expected)
