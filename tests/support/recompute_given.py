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


class Uses:
    """Which coupons cut which line, and of which that was given back with the document (core/billing/coupon_keep.h, rule 4)."""

    def __init__(self, records):
        self.versions = records.versions
        self.lines = {(i["tenant"], i["draft_key"], line["line"]): (i, line) for i in records.bills for line in i["lines"]}
        self.limited = {(k["tenant"], k["coupon"]) for k in records.by_kind["coupon"] if k.get("duration") != "forever"}
        self.cuts, self.of = defaultdict(list), defaultdict(list)  # of a line; of a redemption
        for use in records.by_kind["coupon_use"]:
            redemption = use["tenant"], use["coupon"], use.get("customer"), use.get("subscription")
            for cut in use["lines"]:
                place = use["tenant"], use["draft_key"], cut["line"]
                self.cuts[place].append((redemption, minor(cut["discount"], use["currency"]), bool(cut.get("kept"))))
                self.of[redemption].append((place, bool(cut.get("kept"))))
        self.noted = defaultdict(int)
        for note in records.by_kind["credit_note"]:
            for line in note["lines"] if note.get("corrects") else []:
                self.noted[note["tenant"], note["corrects"], line["line"]] += \
                    minor(line["amount"], note["currency"]) - minor(line["discount"], note["currency"])
        self.reversed = {(i["tenant"], line["subscription"], line["price"], line["period_start"], line["kind"][len("reversal:"):])
                         for i, line in self.lines.values() if line["kind"].startswith("reversal:") and i["status"] != "void"}

    def basis(self, place):
        price = self.versions[place[0], self.lines[place][1]["price"]][0]
        return price.get("meter") is None, price["billing"] == "in_arrears"

    def is_given_back(self, place):
        invoice, line = self.lines[place]
        noted = place[0], invoice.get("number"), place[2]
        net = minor(line["amount"], invoice["currency"]) - minor(line["discount"], invoice["currency"])
        return invoice["status"] == "void" or (noted in self.noted and self.noted[noted] == net)

    def stands(self, place):
        _, line = self.lines[place]
        key = place[0], line.get("subscription"), line.get("price"), line["period_start"], base_kind(line["kind"])
        return key not in self.reversed and not self.is_given_back(place)

    def near(self, place, redemption):
        """What the coupon cut of the same subscription, charged in the same way, in the days of the line."""
        _, line = self.lines[place]
        for other, kept in self.of[redemption]:
            one = self.lines[other][1]
            if one.get("price") and self.basis(other) == self.basis(place) and one.get("subscription") == line.get("subscription") and one["period_start"] < line["period_end"] and line["period_start"] < one["period_end"]:
                yield other, kept

    def is_undone(self, redemption, draft_key):
        cut = [place for place, kept in self.of[redemption] if place[1] == draft_key and not kept]
        return not any(self.stands(place) or any(kept and self.stands(other) for other, kept in self.near(place, redemption)) for place in cut)

    def freed(self, place):
        """What coupons took of it that were given back with it."""
        total = 0
        for redemption, cut, kept in self.cuts[place] if self.is_given_back(place) else []:
            uses = [place[1]] if not kept else [other[1] for other, is_kept in self.near(place, redemption) if not is_kept]
            if redemption[:2] in self.limited and uses and self.is_undone(redemption, uses[0]):
                total += cut
        return total


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
    if giving.kind == "usage":  # what was billed before its end, unless that was taken back since
        own = [b for b in own if b.kind == "progressive" and giving.generation == 1]
    if sum(b.charged for b in own) < -giving.charged:
        own += [b for b in before if counts_from <= b.start < giving.start]
    return own


def check_given(records):
    """Of each line that gives back what coupons took of what it gives is not given back: of a reversal all of it, else
    its share, rounded once (rule 3); what of it was given back with the document is (rule 4). What is forgiven is for
    check_forgiven."""
    of_price, uses = defaultdict(list), Uses(records)
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
            # a document that bills it again, maybe with its charge, may come before it in this order
            own = again.get((giving.start, giving.line["kind"]))
            known = [b for b in billed[:at + 1] if own is None or b.invoice is not own.invoice]
            before = [b for b in known if b is not giving and again.get((b.start, b.line["kind"])) not in known]
            period = records.periods.get((*key, giving.start, giving.line["kind"])) or {}
            of = lines_given_of(giving, before, period.get("counts_from", giving.start))
            if giving.kind == "proration_credit" and not giving.reverses and of:
                for what in ("price_valid_from", "rated_price", "rated_price_valid_from", "customer_price_valid_from", "phase"):
                    same(f"{' '.join(key)} {giving.start} {giving.line['kind']}", f"{what}, as of its charge", giving.line.get(what), of[0].line.get(what))
            unpaid, charged = sum(b.unpaid for b in of), sum(b.charged for b in of)
            expected = giving.charged + charged - unpaid if giving.reverses else \
                rounded(Fraction(giving.charged * unpaid, charged), rounding) if charged and unpaid else 0
            places = [(key[0], b.invoice["draft_key"], b.line["line"]) for b in of]
            freed = sum(uses.freed(place) for place in places)
            if freed and all(uses.is_given_back(place) for place in places):
                expected -= expected if freed >= unpaid else rounded(Fraction(expected * freed, unpaid), rounding)
            counts["given"] += 1
            same(f"{' '.join(key)} {giving.start} {giving.line['kind']}", "what is not given back of it", giving.unpaid, expected)
