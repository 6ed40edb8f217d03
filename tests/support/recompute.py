#!/usr/bin/env python3
"""Computes everything that billmill has billed a second time, from its dump alone, and says what differs.

    recompute.py DUMP.jsonl [DOCUMENTS]

Written from the rules (DOMAIN 2 to 6 and the comments of core/billing/rating.h and invoice.h), not from the
C code, with exact fractions. For every invoice: each line from the price that held, the quantity of the subscription
after its changes or the usage events of the period, the share of a stub or of what a change left of a period; tax rates, groups and their allocation to
lines; totals; due dates; numbers without a gap and in order; the hash chain, up to the series' counter.
Periods join without gaps, each is on one invoice, and no event that was rated over lies outside of them.
With DOCUMENTS also the bytes of each file. KNOWN_LATE=1: customers' prices and grants became known after what they
would have changed, so that what they were then is taken as it is; ONE_RUN_A_DAY=0: so were documents of one day. The
last line counts; the exit code is 1 when anything differs.
"""
import hashlib
import json
import math
import os
import re
import sys
from collections import defaultdict
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from recompute_given import check_given
from recompute_lines import Life, base_kind, charge_number, check_days, check_forgiven, check_lines, forgiven_of, generation_of, is_progressive, reversed_up_to
from recompute_rating import aggregate, counts_for, gaps_of, percent_off, rated_as, version_on, zone_of
from recompute_records import KNOWN_LATE, PARTY, SERIES, Records, allocate, counts, differences, differs, instant, minor, rounded, same, to_minor


# ------------------------------------------------------------------ contracts


def phases_of(records, contract):
    """(phase, start, end as agreed, end as it held), in order."""
    tenant = contract["tenant"]
    end = contract.get("end") or (records.contracts[tenant, contract["ends_with"]]["end"] if contract.get("ends_with") else "9999")
    closed = [k["start"] for k in records.by_kind["contract"] if k["tenant"] == tenant and k.get("amends") == contract["contract"]]
    phases = sorted((p for p in records.by_kind["contract_phase"] if (p["tenant"], p["contract"]) == (tenant, contract["contract"])),
                    key=lambda p: p["start"])
    for phase, after in zip(phases, phases[1:] + [{"start": end}]):
        agreed = phase.get("end") or after["start"]
        yield phase, phase["start"], agreed, min([agreed] + closed)


def covers(records, phase, currency, line):
    tenant, contract = phase["tenant"], records.contracts[phase["tenant"], phase["contract"]]
    price = records.versions[tenant, line["price"]][0]
    scope = phase.get("scope") or [{}]
    return contract.get("currency", currency) == currency and any(
        s.get("plan", price["plan"]) == price["plan"] and s.get("product", price["product"]) == price["product"] for s in scope)


def draw(accounts, net):
    """A charge draws the first commitment first, and the last takes the rest; what is credited goes back the other way."""
    if net >= 0:
        for account in accounts[:-1]:
            part = max(0, min(net, account["commitment"] - account["drawn"]))
            account["drawn"] += part
            net -= part
    else:
        for account in reversed(accounts):
            part = max(net, -max(0, account["drawn"]))
            account["drawn"] += part
            net -= part
    if accounts:
        accounts[-1]["drawn"] += net


def draw_all(charges):
    """{(day, subscription, price): (net, accounts)}, in order of days; what is below zero in the end goes back after all others."""
    below = []
    for _, (net, accounts) in sorted(charges.items()):
        if net < 0:
            below.append((accounts, net))
        else:
            draw(accounts, net)
    for accounts, net in reversed(below):
        draw(accounts, net)


def check_contracts(records):
    """All that was billed of a phase's commitment is what is missing to it, by all charges that there are."""
    kinds = {(i["tenant"], l["subscription"], l["price"], l["period_start"], l["kind"]) for i in records.bills for l in i["lines"]}
    taken = defaultdict(int)
    for use in records.by_kind["coupon_use"]:
        for line in use.get("lines", []):
            taken[use["tenant"], use["draft_key"], line["line"]] += minor(line["discount"], use["currency"])
    accounts = defaultdict(list)
    for contract in records.by_kind["contract"]:
        for phase, start, agreed, held in phases_of(records, contract):
            account = {"phase": phase, "start": start, "end": held, "drawn": 0, "billed": 0}
            if phase.get("commitment") and held == "9999":
                account["commitment"] = minor(phase["commitment"], contract["currency"])
            elif phase.get("commitment"):
                days = [(date.fromisoformat(end) - date.fromisoformat(start)).days for end in (held, agreed if agreed != "9999" else held)]
                account["commitment"] = to_minor(Fraction(phase["commitment"]) * Fraction(*days) if days[0] > 0 else Fraction(0),
                                                 contract["currency"], records.tenants[contract["tenant"]]["rounding"])
            accounts[contract["tenant"], contract["customer"]].append(account)
    for of_customer in accounts.values():
        of_customer.sort(key=lambda a: (-a["phase"]["priority"], a["start"], a["phase"]["contract"], a["phase"]["phase"]))
    billed, charges = 0, {owner: {} for owner in accounts}
    for invoice in records.bills:
        tenant, currency = invoice["tenant"], invoice["currency"]
        for line in invoice["lines"]:
            where = f"{tenant} {invoice['draft_key']} {line['line']}"
            if line.get("true_up"):
                billed += 1
                contract = records.contracts[tenant, line["contract"]]
                own = [a for a in accounts[tenant, contract["customer"]]
                       if (a["phase"]["contract"], a["phase"]["phase"]) == (line["contract"], line["phase"])][0]
                own["settled"] = min(own.get("settled", "9999"), line["period_end"])
                same(where, "the first day of the phase", line["period_start"], own["start"])
                same(where, "the tax category", line["tax_category"], records.products[tenant, own["phase"]["product"]]["tax_category"])
            customer = None if line.get("true_up") else records.subscriptions[tenant, line["subscription"]]["customer"]
            if (tenant, line["subscription"], line["price"], line["period_start"], "rebill:" + line["kind"]) in kinds:
                continue  # what bills it again stands for it
            gives_back = minor(line["amount"], currency) < 0
            net = minor(line["amount"], currency)
            if not gives_back:
                net += taken[tenant, invoice["draft_key"], line["line"]] + forgiven_of(line, invoice) - minor(line["discount"], currency)
            if line.get("true_up"):
                own["billed"] += net
                continue
            own_period = records.periods.get((tenant, line["subscription"], line["price"], line["period_start"], line["kind"]), {})
            charged_on = own_period.get("priced_on", line["period_start"])
            covering = [a for a in accounts[tenant, customer] if a["start"] <= charged_on < a["end"]
                        and covers(records, a["phase"], currency, line)]
            if line["kind"] in ("recurring", "usage"):
                same(where, "the phase", (line.get("contract"), line.get("phase")),
                     (covering[0]["phase"]["contract"], covering[0]["phase"]["phase"]) if covering else (None, None))
            covering = [a for a in covering if "commitment" in a]
            if covering:
                charge = charged_on, line["subscription"], line["price"]
                before, _ = charges[tenant, customer].get(charge, (0, None))
                charges[tenant, customer][charge] = before + net, covering
    for of_customer in charges.values():
        draw_all(of_customer)
    same("commitments", "periods that are billed", sum(p["state"] != "due" for p in records.true_up_periods), billed)
    done = {(p["tenant"], p["contract"], p["phase"]) for p in records.true_up_periods if p["state"] != "due"}
    for of_customer in accounts.values():
        for account in of_customer:
            phase = account["phase"]
            if (phase["tenant"], phase["contract"], phase["phase"]) in done:
                counts["commitments"] += 1
                same(f"{phase['tenant']} {phase['contract']} {phase['phase']}", "the days of the phase", account.get("settled"), account["end"])
                same(f"{phase['tenant']} {phase['contract']} {phase['phase']}", "what was billed of the commitment",
                     account["billed"], max(0, account["commitment"] - max(0, account["drawn"])))


def standing_periods(periods):
    """In order, without what was taken back of each start."""
    kinds = defaultdict(list)
    for period in periods:
        kinds[period["start"]].append(period["kind"])
    return sorted((p for p in periods if not p["kind"].startswith("reversal:")
                   and (not charge_number(p["kind"]) or charge_number(p["kind"]) > reversed_up_to(kinds[p["start"]]))), key=lambda p: p["start"])


def rests(records, tenant, subscription, price, day):
    """Whether nothing of the price is charged on the day: no version holds, it is paused, has another plan, or is over."""
    life = Life(records, (tenant, subscription))
    plan, _, paused = life.on(day)
    version = version_on(records, tenant, price, day)
    ended = [s["since"] for s in records.by_kind["subscription_state"]
             if (s["tenant"], s["subscription"], s["state"]) == (tenant, subscription, "canceled")]
    is_over = life.is_over(day) or (life.record.get("cancel_at_period_end") and any(since <= day for since in ended))
    return version is None or paused or version["plan"] != plan or is_over


def all_rest(records, tenant, subscription, price, first, after):
    days = range(date.fromisoformat(first).toordinal(), date.fromisoformat(after).toordinal())
    return all(rests(records, tenant, subscription, price, date.fromordinal(day).isoformat()) for day in days)


def check_gaps(records, tenant, subscription, price, periods):
    """Of usage: each part counts what the parts before it in its full period count, and leaves the days in between out."""
    for at, period in enumerate(periods):
        parts = [p for p in periods[:at] if (p["full_start"], p["full_end"]) == (period["full_start"], period["full_end"])]
        ends = [(p["end"], q["start"]) for p, q in zip(parts, parts[1:] + [period]) if p["end"] < q["start"]]
        where = f"{tenant} {subscription} {price} {period['start']}"
        same(where, "from where it counts", period.get("counts_from", period["start"]), parts[0]["start"] if parts else period["start"])
        same(where, "what it leaves out", [days for days, _ in gaps_of(period)], ends)


def check_periods(records):
    """Periods of usage of one price of one subscription join (of other prices: check_days); no event that was rated
    over lies outside of them."""
    of_price = defaultdict(list)
    for period in records.by_kind["billing_period"]:
        if not period["kind"].startswith(("late", "rebill:", "progressive")):
            of_price[period["tenant"], period["subscription"], period["price"]].append(period)
    covered = defaultdict(list)
    for (tenant, subscription, price), periods in of_price.items():
        meter = records.versions[tenant, price][0].get("meter")
        periods = standing_periods(periods) if meter else []
        for before, after in zip(periods, periods[1:]):
            if after["start"] > before["end"] and all_rest(records, tenant, subscription, price, before["end"], after["start"]):
                continue
            same(f"{tenant} {subscription} {price} {after['start']}", "the start", after["start"], before["end"])
        if meter:
            check_gaps(records, tenant, subscription, price, periods)
            covered[tenant, subscription, meter] += [(instant(p["start_at"]), instant(p["end_at"])) for p in periods]
    plans = defaultdict(set)
    for tenant, subscription, price in of_price:
        plans[tenant, subscription, records.versions[tenant, price][0].get("meter")].add(price)
    for rated in records.by_kind["usage_rated"]:
        key = (rated["tenant"], rated["subscription"], rated["meter"])
        through = instant(rated["through"])
        for event in records.events[key]:
            is_in = any(s <= event["at_us"] < e for s, e in covered[key])
            if event["at_us"] < through and not is_in:
                zone = zone_of(records, *key[:2])
                day = datetime.fromtimestamp(event["at_us"] // 1000000, zone).date().isoformat()
                is_in = all(rests(records, *key[:2], price, day) for price in plans[key])
                same(f"{' '.join(key)} {event['key']}", "in a period, or in days that nobody is charged for", is_in, True)


# ------------------------------------------------------------------ taxes and totals


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


def taxes_as_billed(records, invoice, line):
    """What gives back has the taxes of what was billed, and so has what is charged in its place: of several the lowest, then
    the newest. None: those of its day."""
    match = re.fullmatch(r"(reversal:)?(recurring|usage|proration_charge)(?::([0-9]+))?", line["kind"])
    generation = int(match[3] or 1) - (0 if match[1] else 1) if match else 0
    if not generation:
        return None
    found = []
    for bill in sorted(records.bills, key=lambda bill: bill["draft_key"]):
        for other in bill["lines"] if bill["tenant"] == invoice["tenant"] else ():
            if any(other[name] != line[name] for name in ("subscription", "price", "period_start")):
                continue
            kind = other["kind"].removeprefix("rebill:")
            if generation_of(kind, match[2]) == generation or match[2] == "usage" and kind.startswith("late_usage"):
                found = [pair for pair in found if other["kind"] != "rebill:" + pair[0]["kind"]] + [(other, bill)]
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
        parts = [allocate(tax, bases) for tax in taxes_on(sum(bases))]
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
                same(f"{where} {note['number']}", "the tax is about its rate", abs(money(tax["tax"]) - exact) <= len(notes), True)
                if not tax["inclusive"] and len(notes) == 1 and note["total"] != invoice["total"]:
                    same(f"{where} {note['number']}", "the tax", money(tax["tax"]), rounded(exact, rounding))
        for line in invoice["lines"]:
            same(f"{where} line {line['line']}", "within what was billed", left[line["line"]] >= min(0, net(line)), True)
        for tax in invoice["taxes"]:
            first = tax.get("beside_index") or tax["tax_index"]
            rest = sum(left[line["line"]] for line in invoice["lines"] if line.get("tax_index") == first)
            same(f"{where} tax {tax['tax_index']}", "nothing is left of an empty tax", rest != 0 or tax_left[tax["tax_index"]] == 0, True)
            same(f"{where} tax {tax['tax_index']}", "within what was billed", tax_left[tax["tax_index"]] >= min(0, money(tax["tax"])), True)
        if not any(left.values()):
            same(where, "the status", invoice["status"], "paid")
        counts["taxes"] += len(notes)


# ------------------------------------------------------------------ whose usage it is


def share_key(record):
    return record.get("project", ""), record.get("member", "")


def split(value, shares):
    """By largest remainder over the weights that have its sign; where none has, over the others; else it is nobody's."""
    sign = -1 if value < 0 else 1
    weights = [max(sign * Fraction(s["quantity"]), Fraction(0)) for s in shares]
    if not any(weights):
        weights = [max(-sign * Fraction(s["quantity"]), Fraction(0)) for s in shares]
    return allocate(value, weights) if any(weights) else [0] * len(shares)


def standing_period(records, key, kinds):
    """The period of the last usage that is billed and was not taken back; None: all was."""
    usage = max((kind for kind in kinds if charge_number(kind)), key=charge_number)
    return records.periods[(*key, usage)] if charge_number(usage) > reversed_up_to(kinds) else None


def shares_of_period(records, key, valid_from, kinds):
    """What the events of everybody alone come to; None where that is not computed here."""
    price = records.prices.get((key[0], key[2], valid_from))
    if not price or not price.get("meter") or not any(charge_number(kind) for kind in kinds):
        return None
    meter = {**records.meters[key[0], price["meter"]], "scale": None}
    period = standing_period(records, key, kinds)
    if period is None or meter["aggregation"] == "weighted_sum":
        return {} if period is None else None
    start, end = instant(period["start_at"]), instant(period["end_at"])
    events = [e for e in records.events[key[0], key[1], price["meter"]]
              if start <= e["at_us"] < end and not e.get("late") and counts_for(meter, e)]
    model = price["overage"]["model"] if price["model"] == "committed" else price["model"]
    expected = {}
    for who in {share_key(e) for e in events}:
        own = [e for e in events if share_key(e) == who]
        expected[who] = sum((Fraction(e["price_amount"]) for e in own), Fraction(0)) if model == "dynamic" else \
            sum((Fraction(e["value"]) for e in own), Fraction(0)) if model == "percentage" else aggregate(meter, own, (start, end), 1)
    return expected


def check_shares(records):
    """All lines of a period together, but those that were billed again, say of everybody what his events alone come to."""
    if not records.by_kind["usage_share"]:
        return
    lines_of = defaultdict(list)
    for invoice in records.bills:
        for line in invoice["lines"]:
            key = invoice["tenant"], line["subscription"], line["price"], line["period_start"]
            lines_of[key].append((line, records.shares.get((invoice["tenant"], invoice["draft_key"], line["line"]), [])))
    for key, found in lines_of.items():
        kinds = {line["kind"] for line, _ in found}
        standing = [(line, shares) for line, shares in found if f"rebill:{line['kind']}" not in kinds]
        if not any(shares for _, shares in standing):
            continue
        of = defaultdict(Fraction)
        for line, shares in standing:
            for share in shares:
                of[share_key(share)] += Fraction(share["quantity"])
        expected = shares_of_period(records, key, standing[-1][0]["price_valid_from"], [line["kind"] for line, _ in standing])
        if expected is None:
            continue
        counts["shares"] += 1
        same(" ".join(key), "whose usage it is", {who: value for who, value in of.items() if any(who) and value},
             {who: value for who, value in expected.items() if any(who) and value})


def line_value(invoice, line):
    """With its tax, less its discount."""
    inclusive = {t["tax_index"] for t in invoice["taxes"] if t["inclusive"]}
    value = minor(line["amount"], invoice["currency"]) - minor(line["discount"], invoice["currency"])
    return value + (0 if line.get("tax_index") in inclusive else minor(line["tax"], invoice["currency"]))


def draw_units(records, grants, invoice, due, at_us):
    """(draws, what they pay of each line): units pay for their part of a line's value, the last of them for the rest."""
    draws, paid = {}, defaultdict(int)
    for line in invoice["lines"]:
        price = records.prices.get((invoice["tenant"], line["price"], line["price_valid_from"])) or {}
        value, quantity = line_value(invoice, line), Fraction(line["quantity"])
        if not price.get("meter") or value <= 0 or quantity <= 0:
            continue
        wanted = Fraction(-((-quantity * 10**6).numerator // (quantity * 10**6).denominator), 10**6)  # counted up
        asked = wanted
        for grant in sorted(grants, key=lambda g: g.rank):
            units = min(grant.left, wanted)
            if grant.record["meter"] != price["meter"] or not grant.is_there(at_us) or units <= 0 or due <= 0:
                continue
            rest = value - paid[line["line"]]
            amount = rest if units == wanted else min(rounded(value * units / quantity, "half_up"), rest)
            if amount > due:  # as many as what is due asks for, counted up
                units, amount = min(units, Fraction(math.ceil(asked * due / value * 10**6), 10**6)), due
            draws[grant.record["source"], line["line"]] = units, amount, invoice["issued_on"]
            grant.left, wanted, due = grant.left - units, wanted - units, due - amount
            paid[line["line"]] += amount
    return draws, paid


def limited_parts(records, invoice, paid):
    """What of the invoice, less what units paid, is of projects and members with limits, in the order of lines, then of
    project and member."""
    parts = {}
    for line in invoice["lines"]:
        shares = records.shares.get((invoice["tenant"], invoice["draft_key"], line["line"]), [])
        shares = sorted(shares, key=lambda s: tuple(n.encode() for n in share_key(s)))
        value = line_value(invoice, line) - paid[line["line"]]
        for share, part in zip(shares, split(value, shares)):
            customer = records.subscriptions[invoice["tenant"], line["subscription"]]["customer"]
            holders = [name if records.limit_of(invoice["tenant"], customer, kind, name) else ""
                       for kind, name in zip(("project", "member"), share_key(share))]
            month = str(date.fromisoformat(line["period_end"]) - timedelta(days=1))[:7]
            if part and any(holders):
                key = customer, *holders, month
                parts[key] = parts.get(key, 0) + part
    return parts


# ------------------------------------------------------------------ credits


def midnight_us(day, zone):
    """The instant at which a day begins there; one that begins twice, or does not at midnight, at its first."""
    return int(datetime.combine(day, datetime.min.time(), zone).timestamp()) * 1000000


class Grant:
    def __init__(self, record, zone):
        self.record, self.zone = record, zone
        self.begins_us = instant(record["effective_at"])
        self.ends_us = instant(record["expires_at"]) if record.get("expires_at") else None
        self.left = Fraction(record["units"]) if "units" in record else minor(record["amount"], record["currency"])
        self.rank = (-record["priority"], self.ends_us is None, self.ends_us or 0, self.begins_us, record["source"].encode())

    def is_there(self, at_us):
        return self.begins_us <= at_us and (self.ends_us is None or at_us < self.ends_us)

    def day_of(self, at_us):
        return str(datetime.fromtimestamp(at_us // 1000000, self.zone).date())


def check_balances(records):
    """What invoices draw of grants, one after the other as they are numbered: by priority, end and beginning, only what
    is there as their day ends; what is left of a grant that is over ends on its day. Never more than there is."""
    grants, unit_grants, moves, draws = defaultdict(list), defaultdict(list), defaultdict(dict), defaultdict(dict)
    unit_moves, unit_draws = defaultdict(dict), defaultdict(dict)
    for move in records.by_kind["credit_unit_transaction"]:
        owner = move["tenant"], move["customer"]
        if move["kind"] == "draw":
            unit_draws[owner + (move["draft_key"],)][move["source"], move["line"]] = \
                Fraction(move["units"]), minor(move["amount"], move["currency"]), move["on"]
        else:
            unit_moves[owner + (move["source"],)][move["kind"]] = move
    for record in records.by_kind["credit_grant"]:
        zone = ZoneInfo(records.tenants[record["tenant"]]["timezone"])
        (unit_grants if "units" in record else grants)[record["tenant"], record["customer"]].append(Grant(record, zone))
    for move in records.by_kind["credit_transaction"]:
        owner = move["tenant"], move["customer"]
        if move["kind"] in ("draw", "overdraft"):
            of = (move.get("holder_customer", move["customer"]), *share_key(move), move["month"]) if "month" in move else ()
            draws[owner + (move["draft_key"],)][move["kind"], move["source"], of] = minor(move["amount"], move["currency"]), move["on"]
        else:
            moves[owner + (move["source"],)][move["kind"]] = move
    debts, expected, used = defaultdict(list), defaultdict(dict), defaultdict(int)

    def limits_of(tenant, of):
        """The limits that a part counts against: (key of what is used, limit, currency)."""
        customer, project, member, month = of
        for kind, name in (("project", project), ("member", member)):
            limit = records.limit_of(tenant, customer, kind, name) if name else None
            if limit:
                yield (tenant, customer, kind, name, month, limit[1]), limit[0], limit[1]

    def repay(owner, until_us):
        """Grants pay back, as soon as they are there: the oldest debt first, by the grant that was there first."""
        for debt in debts[owner]:
            while debt["left"] > 0:
                able = [(max(g.begins_us, debt["since_us"]), g.rank, g) for g in grants[owner]
                        if g.left > 0 and g.is_there(max(g.begins_us, debt["since_us"]))
                        and max(g.begins_us, debt["since_us"]) <= until_us and g.record["currency"] == debt["currency"]]
                if not able:
                    break
                at_us, _, grant = min(able, key=lambda a: a[:2])
                part = min(debt["left"], grant.left)
                debt["left"], grant.left = debt["left"] - part, grant.left - part
                source, day = grant.record["source"], grant.day_of(at_us)
                expected[owner + (debt["draft_key"],)]["draw", source, ()] = part, day
                expected[owner + (debt["draft_key"],)]["overdraft", source, ()] = -part, day

    for invoice in sorted((i for i in records.by_kind["invoice"] if i.get("number")),
                          key=lambda i: (i["tenant"], i["fiscal_year"], i["number_in_series"])):
        owner = invoice["tenant"], invoice["customer"]
        zone = ZoneInfo(records.tenants[invoice["tenant"]]["timezone"])
        at_us = midnight_us(date.fromisoformat(invoice["issued_on"]) + timedelta(days=1), zone) - 1
        drawn, tenant = expected[owner + (invoice["draft_key"],)], records.tenants[invoice["tenant"]]
        repay(owner, at_us)
        due = minor(invoice["total"], invoice["currency"])
        of_units, paid = draw_units(records, unit_grants[owner], invoice, due, at_us)
        same(" ".join(owner + (invoice["draft_key"],)), "what units pay", unit_draws.pop(owner + (invoice["draft_key"],), {}), of_units)
        due -= sum(paid.values())
        parts = limited_parts(records, invoice, paid)
        # First what has no limit, then each part within its own.
        for of, value in [((), due - sum(v for v in parts.values() if v > 0))] + list(parts.items()):
            wanted = min(value, due)
            for key, limit, currency in limits_of(owner[0], of) if of else ():
                wanted = min(wanted, limit - used[key] if currency == invoice["currency"] else 0)
            left = wanted = max(wanted, 0)
            for grant in sorted(grants[owner], key=lambda g: g.rank):
                part = min(left, grant.left)
                if part > 0 and grant.is_there(at_us) and grant.record["currency"] == invoice["currency"]:
                    drawn["draw", grant.record["source"], of] = part, invoice["issued_on"]
                    left, grant.left = left - part, grant.left - part
            if tenant.get("overdraft_limit") and tenant["currency"] == invoice["currency"] and left > 0:
                part = min(left, minor(tenant["overdraft_limit"], tenant["currency"]) - sum(d["left"] for d in debts[owner]))
                if part > 0:
                    drawn["overdraft", "", of] = part, invoice["issued_on"]
                    left -= part
                    if not debts[owner] or debts[owner][-1]["draft_key"] != invoice["draft_key"]:
                        debts[owner].append({"left": 0, "since_us": at_us, "draft_key": invoice["draft_key"], "currency": invoice["currency"]})
                    debts[owner][-1]["left"] += part
            due -= wanted - left
            for key, _, _ in limits_of(owner[0], of) if of else ():
                used[key] += wanted - left
        same(f"{' '.join(owner)} {invoice['number']}", "the credit", minor(invoice["credit_applied"], invoice["currency"]),
             sum(amount for amount, _ in drawn.values()) + sum(paid.values()))
    settled = [r["business_date"] for r in records.by_kind["run"] if r["job"] in ("close", "credit-expire")]
    for owner in list(debts):
        zone = ZoneInfo(records.tenants[owner[0]]["timezone"])
        repay(owner, midnight_us(date.fromisoformat(max(settled, default="1970-01-01")) + timedelta(days=1), zone) - 1)
    for key in set(expected) | set(draws):
        same(" ".join(key), "what is drawn of each grant and overdrawn", draws[key], expected[key])
    same("credits", "units drawn for no invoice", dict(unit_draws), {})
    for owner, of_customer in unit_grants.items():
        for grant in of_customer:
            where, kinds = " ".join(owner + (grant.record["source"],)), unit_moves.pop(owner + (grant.record["source"],), {})
            same(where, "the units", (kinds.get("grant") or {}).get("units"), grant.record["units"])
            same(where, "their first day", (kinds.get("grant") or {}).get("on"), grant.day_of(grant.begins_us))
            if "expire" in kinds:
                same(where, "what ended", Fraction(kinds["expire"]["units"]), grant.left)
                same(where, "the last day", kinds["expire"]["on"], grant.day_of(grant.ends_us) if grant.ends_us else None)
            counts["grants"] += 1
    same("credits", "units of no grant", sorted(unit_moves), [])
    for owner, of_customer in grants.items():
        for grant in of_customer:
            where, kinds = " ".join(owner + (grant.record["source"],)), moves.pop(owner + (grant.record["source"],), {})
            same(where, "the grant", (kinds.get("grant") or {}).get("amount"), grant.record["amount"])
            same(where, "its first day", (kinds.get("grant") or {}).get("on"), grant.day_of(grant.begins_us))
            if "expire" in kinds:
                same(where, "what ended", minor(kinds["expire"]["amount"], grant.record["currency"]), grant.left)
                same(where, "its last day", kinds["expire"]["on"], grant.day_of(grant.ends_us) if grant.ends_us else None)
            counts["grants"] += 1
    same("credits", "transactions of no grant", sorted(moves), [])
    same("credits", "what is used of limits",
         {(r["tenant"], r["customer"], *(("project", r["project"]) if "project" in r else ("member", r["member"])), r["month"], r["currency"]):
          minor(r["used"], r["currency"]) for r in records.by_kind["credit_limit_use"]}, {key: value for key, value in used.items() if value})


# ------------------------------------------------------------------ numbers and hashes


def hash_of(invoice, previous):
    digest = hashlib.sha256()

    def add(name, value):
        digest.update((f"{name}-" if value is None else f"{name}={value}").encode() + b"\0")

    digest.update(b"billmill.invoice.1\0")
    add("previous_hash", previous)
    add("tenant", invoice["tenant"])
    add("kind", invoice["record"])
    add("corrects", invoice.get("corrects") or invoice.get("references"))
    for name, field in (("draft_key", "draft_key"), ("customer", "customer"), ("currency", "currency"),
                        ("cutoff_on", "cutoff"), ("tax_point_on", "tax_point"), ("series", "series"),
                        ("fiscal_year", "fiscal_year"), ("number_in_series", "number_in_series"), ("number", "number"),
                        ("issued_on", "issued_on"), ("due_on", "due_on"), ("payment_terms_days", "payment_terms_days"),
                        ("locale", "locale")):
        add(name, invoice[field])
    for party in ("seller", "buyer"):
        for field in PARTY:
            add(f"{party}.{field}", invoice[party].get(field))
    for field in ("subtotal", "discount", "tax", "total", "credit_applied", "amount_due"):
        add(field, invoice[field])
    add("lines", len(invoice["lines"]))
    for line in invoice["lines"]:
        for field in ("line", "kind", "subscription", "price", "price_valid_from", "period_start", "period_end", "description",
                      "quantity", "unit_amount", "amount", "discount", "tax", "tax_category"):
            add(field, line.get(field))
        add("tax_number", line.get("tax_index", 0))
        add("event_count", line.get("event_count", 0))
    add("taxes", len(invoice["taxes"]))
    for tax in invoice["taxes"]:
        add("tax", tax["tax_index"])
        for field in ("name", "category", "rate_percent"):
            add(field, tax[field])
        add("inclusive", int(tax["inclusive"]))
        add("base", tax["base"])
        add("tax_amount", tax["tax"])
        if "note" in tax:
            add("note", tax["note"])
        if "beside_index" in tax:
            add("beside", tax["beside_index"])
    return digest.hexdigest()


def check_series(records, tenant, series, invoices):
    previous, last_number, last_year, last_issued = "0" * 64, 0, None, ""
    order = {}
    for invoice in sorted(invoices, key=lambda i: (i["fiscal_year"], i["number_in_series"])):
        where = f"{tenant} {invoice['number']}"
        expected = last_number + 1 if invoice["fiscal_year"] == last_year else 1
        same(where, "the number in its series", invoice["number_in_series"], expected)
        same(where, "the number", invoice["number"], SERIES[series].format(year=invoice["fiscal_year"], number=expected))
        same(where, "issued not before the one before", invoice["issued_on"] >= last_issued, True)
        same(where, "the due date", invoice["due_on"],
             str(date.fromisoformat(invoice["issued_on"]) + timedelta(days=invoice["payment_terms_days"])))
        same(where, "the previous hash", invoice.get("previous_hash") or "0" * 64, previous)
        same(where, "the hash", invoice["hash"], hash_of(invoice, previous))
        previous, last_number, last_year, last_issued = invoice["hash"], expected, invoice["fiscal_year"], invoice["issued_on"]
        order.setdefault(invoice["issued_on"], []).append(invoice["draft_key"].encode())
        counts["invoices"] += 1
    if os.environ.get("ONE_RUN_A_DAY", "1") == "1":
        for day, keys in order.items():
            same(f"{tenant} {day}", "the order of numbers is that of draft keys", keys == sorted(keys), True)
    counter = [s for s in records.by_kind["number_series"]
               if s["tenant"] == tenant and s["series"] == series and s["fiscal_year"] == last_year]
    same(f"{tenant} {series}", "the counter", [(c["last_number"], c["last_hash"], c["last_issued_on"]) for c in counter],
         [(last_number, previous, last_issued)])


def check_documents(records, directory):
    paths = set()
    for invoice in records.documents:
        if invoice.get("document"):
            path = os.path.join(directory, invoice["document"]["path"])
            with open(path, "rb") as file:
                content = file.read()
            same(path, "its SHA-256", hashlib.sha256(content).hexdigest(), invoice["pdf_sha256"])
            same(path, "its size", len(content), invoice["document"]["size_bytes"])
            paths.add(path)
            counts["documents"] += 1
    found = {os.path.join(folder, name) for folder, _, names in os.walk(directory) for name in names}
    same(directory, "the files that no invoice has", sorted(found - paths), [])


def main():
    records = Records(sys.argv[1])
    check_lines(records)
    check_days(records)
    check_contracts(records)
    check_forgiven(records)
    check_given(records)
    check_periods(records)
    check_credits(records)
    check_shares(records)
    if not KNOWN_LATE:
        check_balances(records)
    series = defaultdict(list)
    for invoice in records.bills:
        if invoice["taxed"]:
            check_taxes(records, invoice)
    for invoice in records.documents:
        check_totals(invoice)
        if invoice.get("number"):
            series[invoice["tenant"], invoice["series"]].append(invoice)
    for (tenant, name), invoices in series.items():
        check_series(records, tenant, name, invoices)
    if len(sys.argv) > 2:
        check_documents(records, sys.argv[2])
    finish(counts["invoices"])


def finish(found):
    for difference in differences[:50]:
        print(difference)
    print(", ".join(f"{counts[what]} {what}" for what in ("invoices", "lines", "taxes", "grants", "documents", "figures")) +
          f", {len(differences)} differences")
    sys.exit(1 if differences or found == 0 else 0)


main()
