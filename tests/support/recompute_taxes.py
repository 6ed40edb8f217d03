"""Taxes and totals of documents, for recompute.py, and what credits they say were applied."""
import re
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction

from recompute_lines import charge_number, does_give_back, generation_of
from recompute_records import allocate, counts, differs, minor, rounded, same


EU = set("AT BE BG HR CY CZ DE DK EE ES FI FR GR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())  # since 2021
TREATED_AS = {"MC": "FR"}  # for value added tax


def rate_place(records, tenant, customer):
    address = customer.get("address", {})
    if not address.get("country"):
        return records.tenants[tenant]["country"], ""
    return address["country"], address.get("region") or ""


def rate_for(records, tenant, country, region, category, day):
    best = None
    for rate in records.by_kind["tax_rate"]:
        if (rate["tenant"] not in (tenant, "*") or rate["country"] != country or rate["category"] != category
                or rate.get("region", "") not in ("", region) or rate["valid_from"] > day
                or (rate.get("valid_to") or "9999") <= day):
            continue
        fit = (rate["tenant"] != "*", rate.get("region", "") != "", rate["valid_from"])
        if best is None or fit > best[0]:
            best = (fit, rate)
    return best and best[1]


def taxes_for(records, tenant, customer, category, day):
    """[(name, category, percent, inclusive)] of a line of the category, or None."""
    seller = records.tenants[tenant]
    country, region = rate_place(records, tenant, customer)
    if customer.get("tax_exempt"):
        return [("", "E", Fraction(0), False)]
    rate = rate_for(records, tenant, country, region, category, day)
    beside = []
    if rate and rate.get("on_top"):
        beside = [rate]
        rate = rate_for(records, tenant, country, "", category, day)
    if rate is None:
        return None
    taxes = [(tax["name"], tax["category"], Fraction(tax["rate_percent"]), bool(tax.get("inclusive"))) for tax in [rate] + beside]
    name, category, percent, inclusive = taxes[0]
    if country == seller["country"] == "IN" and percent:
        home = seller.get("address", {}).get("region")
        if home and region in ("", home):
            taxes[:1] = [(half, category, percent / 2, inclusive) for half in ("CGST", "SGST")]
        else:
            taxes[0] = ("IGST", category, percent, inclusive)
    return taxes


def may_be_reverse_charged(records, tenant, customer):
    """Whether the check digits of the buyer's tax id are right is left to the unit tests of tax ids."""
    countries = records.tenants[tenant]["country"], customer.get("address", {}).get("country")
    seller, buyer = (TREATED_AS.get(country, country) for country in countries)
    return (customer.get("business") and customer.get("tax_id") and not customer.get("tax_exempt") and buyer != seller
            and {buyer, seller} <= EU)


def tax_point_of(records, invoice, line):
    """The day of the supply: ahead its first day, of a credit for the rest that of the period; else the period's last."""
    key = invoice["tenant"], line["subscription"], line["price"]
    listed = None if line.get("true_up") else records.versions[key[0], key[2]][0]
    if listed is None or listed.get("meter") or listed["billing"] == "in_arrears":
        return min(str(date.fromisoformat(line["period_end"]) - timedelta(days=1)), invoice["tax_point"])
    if "proration_credit" not in line["kind"]:
        return line["period_start"]
    return records.periods[(*key, line["period_start"], line["kind"])]["full_start"]


def is_taxed_by(line, kind, other, other_kind):
    """Whether the other line, of the same price, is one whose taxes the line has."""
    if kind == "proration_credit" and not line["kind"].startswith("reversal:"):  # of the charge in force: those that end with it
        return (other_kind in ("recurring", "proration_charge") and other["period_end"] == line["period_end"]
                and other["period_start"] < line["period_start"])
    if other["period_start"] != line["period_start"]:
        return False
    if kind == "late_usage":  # all of it so far
        return charge_number(other["kind"]) or other_kind in ("late_usage", "progressive")
    generation = (generation_of(line["kind"], "reversal:" + kind) or generation_of(line["kind"], kind) - 1)
    return generation_of(other["kind"], kind) == generation or kind == "usage" and other_kind in ("late_usage", "progressive")


def precedes(one, another):
    """Draft keys: by cutoff, what bills an invoice again first."""
    if one[:10] != another[:10]:
        return one < another
    return " %rebill:" in one or one <= another


def taxes_as_billed(records, invoice, line):
    """What gives back has the taxes of what was billed, and so has what is charged in its place, and usage that came late: of
    several the lowest, then the newest. None: those of its day."""
    match = re.fullmatch(r"(reversal:)?(recurring|usage|proration_charge|late_usage|proration_credit)(?::([0-9]+))?", line["kind"])
    if not match or match[2] in ("recurring", "usage", "proration_charge") and not match[1] and not match[3]:
        return None
    found = []
    for bill in records.bills_in_order:
        for other in bill["lines"] if bill["tenant"] == invoice["tenant"] else ():
            if other is line or any(other[name] != line[name] for name in ("subscription", "price")):
                continue
            kind = re.fullmatch(r"(?:rebill:)*(.*?)(?::[0-9]+)?", other["kind"])[1]
            if is_taxed_by(line, match[2], other, kind) and precedes(bill["draft_key"], invoice["draft_key"]):
                found = [pair for pair in found if other["kind"] != "rebill:" + pair[0]["kind"]] + [(other, bill)]
    if match[2] == "proration_credit" and not match[1] and found:
        newest = max((other["period_start"], generation_of(other["kind"], "recurring") or generation_of(other["kind"], "proration_charge"))
                     for other, _ in found)
        found = [pair for pair in found if (pair[0]["period_start"], generation_of(pair[0]["kind"], "recurring")
                                            or generation_of(pair[0]["kind"], "proration_charge")) == newest]
    sets = []
    for other, bill in found:
        own = [tax for tax in bill["taxes"] if other.get("tax_index") in (tax["tax_index"], tax.get("beside_index"))]
        sets.append(tuple(("" if tax["category"] == "E" and tax["name"] == tax.get("note") else tax["name"], tax["category"],
                           Fraction(tax["rate_percent"]), tax["inclusive"]) for tax in own))
    return min(reversed(sets), key=lambda taxes: sum(tax[2] for tax in taxes), default=None)


def check_taxes(records, invoice):
    where = f"{invoice['tenant']} {invoice['draft_key']}"
    tenant = records.tenants[invoice["tenant"]]
    currency, rounding = invoice["currency"], tenant["rounding"]
    customer = records.customers[invoice["tenant"], invoice["customer"]]
    if invoice.get("buyer"):  # as he was
        frozen = invoice["buyer"]
        customer = {**customer, "tax_id": frozen.get("tax_id"), "address": {name: frozen[name] for name in ("country", "region") if name in frozen}}
    reverse = may_be_reverse_charged(records, invoice["tenant"], customer) and any(
        tax["category"] == "AE" for tax in invoice["taxes"])
    sets = {}  # the taxes of a line: lines
    for line in invoice["lines"]:
        base = minor(line["amount"], currency) - minor(line["discount"], currency)
        taxes = taxes_as_billed(records, invoice, line)
        if taxes is None:
            taxes = [("Reverse charge", "AE", Fraction(0), False)] if reverse else taxes_for(
                records, invoice["tenant"], customer, line["tax_category"], tax_point_of(records, invoice, line))
        if taxes is None:
            differs(where, "the tax", "computed", "no rate")
            return
        sets.setdefault(tuple(taxes), []).append((line, base))
    same(where, "the number of taxes", len(invoice["taxes"]), sum(map(len, sets)))
    stored_taxes = iter(enumerate(invoice["taxes"], 1))
    for taxes, members in sets.items():
        check_tax_set(where, tenant, currency, taxes, members, stored_taxes)
    counts["taxes"] += len(invoice["taxes"])


def share_out(total, bases, rate):
    """To lines by largest remainder; where some give back each has the tax that it is at the rate, cut, and what is missing
    goes to those that lost most."""
    if not min(bases) < 0 < max(bases):
        return allocate(total, bases)
    own = [base * rate for base in bases]
    parts = [int(tax) for tax in own]
    missing = total - sum(parts)
    unit = 1 if missing > 0 else -1
    order = sorted(range(len(own)), key=lambda i: (unit * (parts[i] - own[i]), i))
    for turn in range(abs(missing)):
        parts[order[turn % len(order)]] += unit
    return parts


def check_tax_set(where, tenant, currency, taxes, members, stored_taxes):
    """Taxes that the same lines pay: each rounds by itself; inclusive ones are one net, then shared by rate."""
    rounding, inclusive = tenant["rounding"], taxes[0][3]
    percents = [tax[2] for tax in taxes]
    bases = [base for _, base in members]

    def taxes_on(amount):
        if not inclusive:
            return [rounded(amount * percent / 100, rounding) for percent in percents]
        return allocate(amount - rounded(Fraction(amount) / (1 + sum(percents) / 100), rounding), percents)

    if tenant["tax_rounding"] == "line":
        parts = list(zip(*map(taxes_on, bases)))
    elif tenant["tax_rounding"] == "group":
        divisor = 100 + (sum(percents) if inclusive else 0)
        parts = [share_out(tax, bases, percent / divisor) for tax, percent in zip(taxes_on(sum(bases)), percents)]
    else:
        raise SystemExit("tax_rounding: invoice is not recomputed")
    first = None
    for tax, part in zip(taxes, parts):
        index, stored = next(stored_taxes, (0, None))
        if stored is None:
            return
        at = f"{where} tax {index}"
        reason = stored["category"] == "E" and stored["name"] == stored.get("note")  # who is exempt reads why
        same(at, "its name", ("" if reason else stored["name"], stored["category"], Fraction(stored["rate_percent"]), stored["inclusive"]), tax)
        same(at, "beside which", stored.get("beside_index"), first)
        same(at, "whether it has a note", "note" in stored, tax[1] in ("AE", "E"))
        same(at, "the tax", minor(stored["tax"], currency), sum(part))
        same(at, "the base", minor(stored["base"], currency), sum(bases) - (sum(map(sum, parts)) if inclusive else 0))
        first = first or index
    for (line, _), of_line in zip(members, zip(*parts)):
        same(f"{where} line {line['line']}", "the tax", minor(line["tax"], currency), sum(of_line))
        same(f"{where} line {line['line']}", "which tax", line.get("tax_index"), first)


def check_totals(invoice):
    where = f"{invoice['tenant']} {invoice['draft_key']}"
    money = lambda text: minor(text, invoice["currency"])
    subtotal = sum(money(line["amount"]) for line in invoice["lines"])
    discount = sum(money(line["discount"]) for line in invoice["lines"])
    tax = sum(money(tax["tax"]) for tax in invoice["taxes"])
    on_top = sum(money(tax["tax"]) for tax in invoice["taxes"] if not tax["inclusive"])
    total = subtotal - discount + on_top
    for field, expected in (("subtotal", subtotal), ("discount", discount), ("tax", tax), ("total", total),
                            ("amount_due", total - money(invoice["credit_applied"]))):
        same(where, field, money(invoice[field]), expected)
    numbers = [line["line"] for line in invoice["lines"]]
    if invoice.get("corrects"):  # those of the lines that it credits
        same(where, "the order of the lines", numbers, sorted(set(numbers)))
    else:
        same(where, "the numbers of the lines", numbers, list(range(1, len(numbers) + 1)))


def check_credits(records):
    """All credit notes of an invoice: never more than it says; what they empty they empty to the cent; else the tax is
    the rate of the net. Who is credited whole is paid."""
    invoices = {(i["tenant"], i["number"]): i for i in records.by_kind["invoice"] if i.get("number")}
    notes_of = defaultdict(list)
    for note in records.by_kind["credit_note"]:
        if note.get("corrects"):
            notes_of[note["tenant"], note["corrects"]].append(note)
    given = {(bill["tenant"], line["subscription"], line["price"]) for bill in records.bills for line in bill["lines"] if does_give_back(line)}

    def is_given_back(invoice, tax):
        """A part of it, by another document: then the tax may be what that has left."""
        return any((invoice["tenant"], line["subscription"], line["price"]) in given for line in invoice["lines"]
                   if line.get("tax_index") in (tax["tax_index"], tax.get("beside_index")))

    for key, notes in notes_of.items():
        where, invoice = " ".join(key), invoices[key]
        money = lambda text: minor(text, invoice["currency"])
        net = lambda line: money(line["amount"]) - money(line["discount"])
        rounding = records.tenants[key[0]]["rounding"]
        left = {line["line"]: net(line) for line in invoice["lines"]}
        tax_left = {tax["tax_index"]: money(tax["tax"]) for tax in invoice["taxes"]}
        for note in notes:
            for line in note["lines"]:
                left[line["line"]] -= net(line)
            for tax in note["taxes"]:
                tax_left[tax["tax_index"]] -= money(tax["tax"])
                exact = money(tax["base"]) * Fraction(tax["rate_percent"]) / 100
                may_be_off = len(notes) + is_given_back(invoice, tax)
                same(f"{where} {note['number']}", "the tax is about its rate", abs(money(tax["tax"]) - exact) <= may_be_off, True)
                if not tax["inclusive"] and len(notes) == 1 and note["total"] != invoice["total"] and not is_given_back(invoice, tax):
                    same(f"{where} {note['number']}", "the tax", money(tax["tax"]), rounded(exact, rounding))
        for line in invoice["lines"]:
            same(f"{where} line {line['line']}", "within what was billed", left[line["line"]] >= min(0, net(line)), True)
        for tax in invoice["taxes"]:
            first = tax.get("beside_index") or tax["tax_index"]
            rest = sum(left[line["line"]] for line in invoice["lines"] if line.get("tax_index") == first)
            same(f"{where} tax {tax['tax_index']}", "nothing is left of an empty tax", rest != 0 or tax_left[tax["tax_index"]] == 0, True)
            if not is_given_back(invoice, tax):  # a line below zero of it, too
                same(f"{where} tax {tax['tax_index']}", "within what was billed", tax_left[tax["tax_index"]] >= min(0, money(tax["tax"])), True)
        if not any(left.values()):
            same(where, "the status", invoice["status"], "paid")
        counts["taxes"] += len(notes)
