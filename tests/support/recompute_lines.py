"""The lines of all documents, for recompute.py: what each is, and what is charged by it."""
import re
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction

from recompute_rating import (days_used, gaps_of, net_of, own_version_billed, part_by, percent_off, rated_as, share_of, usage_of, version_billed,
                              version_on)
from recompute_records import KNOWN_LATE, counts, differs, minor, same, to_minor


# ------------------------------------------------------------------ kinds of lines


def base_kind(kind):
    while kind.startswith("rebill:"):
        kind = kind[len("rebill:"):]
    return kind


def generation_of(kind, of):
    """1 for usage, 2 for usage:2, …; 0: the line is none of these."""
    match = re.fullmatch(re.escape(of) + r"(?::(\d+))?", base_kind(kind))
    return int(match[1] or 1) if match else 0


def charge_number(kind):
    """Which charge of its period it is: 1, 2 after what the first one charged was taken back, …; 0: none."""
    return generation_of(kind, "usage") or generation_of(kind, "recurring")


def reversed_up_to(kinds):
    """The last of these charges that was taken back, with all before it; 0: none."""
    return max((max(generation_of(kind, "reversal:usage"), generation_of(kind, "reversal:recurring")) for kind in kinds), default=0)


def is_progressive(kind):
    """Billed before the end of its period."""
    return base_kind(kind).startswith("progressive")


def payer_of(records, tenant, subscription):
    customer = records.customers[tenant, records.subscriptions[tenant, subscription]["customer"]]
    return customer.get("parent") or customer["customer"]


def forgiven_of(line, invoice):
    """Of the discount, with the sign of the draft; what gives back has it below zero."""
    return minor(line.get("forgiven", "0"), invoice["currency"])

# ------------------------------------------------------------------ what is charged


def check_period_lines(records, tenant, period, lines, rounding, currency):
    """All lines of one period of one price: the whole total, whatever number of invoices it came in."""
    where = f"{tenant} {period['subscription']} {period['price']} {period['start']}"
    price = version_billed(records, tenant, period, lines)
    if price is None:
        return differs(where, "the price", "billed", "no version on that day")
    for line in lines:
        same(where, "the price's version", line["price_valid_from"], price["valid_from"])
        same(where, "the terms", line.get("rated_price"), rated_as(records, tenant, line))
        own = own_version_billed(records, tenant, line, period.get("priced_on", period["start"]))
        same(where, "the customer's own price", line.get("customer_price_valid_from"), own and own["valid_from"])
        same(where, "the tax category", line["tax_category"], records.products[tenant, price["product"]]["tax_category"])
    own = own_version_billed(records, tenant, lines[0], period.get("priced_on", period["start"]))
    if own is not None:
        price = own
    elif "rated_price" in lines[0]:
        price = version_on(records, tenant, lines[0]["rated_price"], period.get("priced_on", period["start"]))
        same(where, "the version of the terms", lines[0]["rated_price_valid_from"], price["valid_from"])
    if is_progressive(period["kind"]):  # what is to be used at least is known at the end alone
        price = {name: value for name, value in price.items() if name not in ("minimum_amount", "commitment")}
    share = share_of(records, period)
    before = before_share = Fraction(0)
    model = price["overage"]["model"] if price["model"] == "committed" else price["model"]
    amounts, before_bill = [], 0
    if price.get("meter"):
        # Where another version held before it, the total counts from there, and what was used till then comes off.
        since, since_at = period.get("counts_from") or period["start"], period.get("counts_from_at") or period["start_at"]
        quantity, amounts, events = usage_of(
            records, tenant, period, price, (since_at, period["end_at"]), days_used(period, start=since))
        if since != period["start"]:
            basis = period.get("proration", "day").partition(" ")[0]
            before_share = part_by(records, {**period, "start": since, "end": period["start"]}, basis)
            for (first, after), _ in gaps_of(period):
                same(where, "a day that is left out lies before it", since < first < after <= period["start"], True)
                before_share -= part_by(records, {**period, "start": first, "end": after}, basis)
            before, before_amounts, events_before = usage_of(
                records, tenant, period, price, (since_at, period["start_at"]), days_used(period, since, period["start"]))
            events -= events_before
            before_bill = to_minor(net_of(price, before, before_share, before_amounts, percent_off(records, tenant, lines[0])),
                                  currency, rounding)
        share += before_share
        same(where, "the number of events", max(line["event_count"] for line in lines if not line["is_superseded"]), events)
    same(where, "the quantity", sum(Fraction(line["quantity"]) for line in lines), quantity - before)
    # What the price itself takes off is shown as the line's discount; of what gives back, so is what coupons took of what was paid.
    gives_back = records.by_kind["coupon_use"] and any(minor(line["amount"], currency) < 0 for line in lines)
    cut = (price.get("maximum_amount") is not None or "contract" in lines[0]) and not gives_back
    same(where, "the amount", sum(minor(line["amount"], currency) - cut * line["price_cut"] for line in lines),
         to_minor(net_of(price, quantity, share, amounts, percent_off(records, tenant, lines[0])), currency, rounding) - before_bill)
    if len(lines) == 1 and lines[0].get("unit_amount") is not None:
        same(where, "the unit amount", Fraction(lines[0]["unit_amount"]), Fraction(price["unit_price"]))
        same(where, "unit amount times quantity", minor(lines[0]["amount"], currency),
             to_minor(Fraction(price["unit_price"]) * quantity, currency, rounding))
    counts["lines"] += len(lines)


def check_lines(records):
    lines_of = defaultdict(list)
    for invoice in records.bills:
        for line in invoice["lines"]:
            if not line.get("true_up"):
                lines_of[invoice["tenant"], line["subscription"], line["price"], line["period_start"]].append((line, invoice))
    billed = sum(len(found) for found in lines_of.values())
    coupons = defaultdict(int)  # what they take of each line
    for use in records.by_kind["coupon_use"]:
        for line in use["lines"]:
            coupons[use["tenant"], use["draft_key"], line["line"]] += minor(line["discount"], use["currency"])
    for (tenant, subscription, price, start), found in lines_of.items():
        kinds = [line["kind"] for line, _ in found]
        where = f"{tenant} {subscription} {price} {start}"
        same(where, "each kind of line", len(set(kinds)), len(kinds))
        for line, invoice in found:
            own = records.periods.get((tenant, subscription, price, start, line["kind"]))
            same(where, "the period's invoice", own and own.get("draft_key"), invoice["draft_key"])
            same(where, "the period's end", line["period_end"], own and own["end"])
            if not KNOWN_LATE:  # then another one may have paid when it was billed
                same(where, "the invoice's customer", invoice["customer"], payer_of(records, tenant, subscription))
            same(where, "the invoice's cutoff", invoice["cutoff"], own and own["cutoff"])
            line["price_cut"] = minor(line["discount"], invoice["currency"]) - coupons[tenant, invoice["draft_key"], line["line"]] - forgiven_of(line, invoice)
        # What was billed again stands for what it replaced.
        found[:] = [pair for pair in found if f"rebill:{pair[0]['kind']}" not in kinds]
        if records.versions[tenant, price][0].get("meter"):
            check_usage_lines(records, (tenant, subscription, price, start), found)
        else:
            by_kind = {base_kind(line["kind"]): line for line, _ in found}
            for line, invoice in found:
                check_charge_line(records, (tenant, subscription, price, start), line, invoice["currency"], by_kind)
    same("billing periods", "those drafted or invoiced", sum(p["state"] != "due" for p in records.by_kind["billing_period"]), billed)


def check_usage_lines(records, key, found):
    """Of one price and first day, whatever they were billed on."""
    tenant, where = key[0], " ".join(key)
    found.sort(key=lambda pair: pair[1]["cutoff"])  # a dump has credit notes behind invoices
    kinds = [line["kind"] for line, _ in found]
    begun = [kind for kind in kinds if is_progressive(kind)]
    back = reversed_up_to(kinds)
    first = max((kind for kind in kinds if charge_number(kind)), key=charge_number,
                default=max(begun, key=lambda kind: (len(kind), kind), default=None))
    if back and charge_number(first) <= back:
        currency = found[0][1]["currency"]  # the price's own cut is off what a reversal takes back
        left = sum(minor(line["amount"], currency) - (0 if does_give_back(line) else line["price_cut"]) for line, _ in found)
        same(where, "the quantity that is left of what was taken back", sum(Fraction(line["quantity"]) for line, _ in found), Fraction(0))
        same(where, "the amount that is left of what was taken back", left, 0)
        return
    for at, (line, _) in enumerate(found):
        is_earlier = at < kinds.index(first) or 0 < charge_number(line["kind"]) <= back
        line["is_superseded"] = bool(back) and is_earlier or line["kind"].startswith("reversal:")
    # The first line, then late ones as they came: late_usage, late_usage:2, …
    found.sort(key=lambda pair: (pair[0]["kind"] != first, len(pair[0]["kind"]), pair[0]["kind"]))
    check_period_lines(records, tenant, records.periods[(*key, first)], [line for line, _ in found],
                       records.tenants[tenant]["rounding"], found[0][1]["currency"])


# ------------------------------------------------------------------ what is charged for a quantity


def check_charge_line(records, key, line, currency, by_kind):
    """A charge without usage: the row's quantity for the row's days; a credit is the same with the other sign, and a
    reversal is what it takes back. Whether quantity and days are right is for check_days."""
    tenant, where, kind = key[0], f"{' '.join(key)} {line['kind']}", base_kind(line["kind"])
    counts["lines"] += 1
    # What gives back shows what it takes back as it was rated; what the price took off a charge is its discount.
    value = lambda of: minor(of["amount"], currency) - (of["price_cut"] if not does_give_back(of) else 0)
    if kind.startswith("reversal:"):
        taken = by_kind.get(kind[len("reversal:"):])
        if taken is None:
            return differs(where, "what it takes back", "billed", "nothing")
        for what in ("subscription", "price", "price_valid_from", "rated_price", "period_end", "tax_category"):
            same(where, what, line.get(what), taken.get(what))
        same(where, "the quantity", Fraction(line["quantity"]), -Fraction(taken["quantity"]))
        return same(where, "the amount", value(line), -value(taken))
    period = records.periods[(*key, line["kind"])]
    day = period.get("priced_on", period["start"])
    listed = version_billed(records, tenant, {**period, "start": day}, [line])
    if listed is None:
        return differs(where, "the price", "billed", "no version on that day")
    same(where, "the price's version", line["price_valid_from"], listed["valid_from"])
    same(where, "the terms", line.get("rated_price"), rated_as(records, tenant, line))
    own = own_version_billed(records, tenant, line, day)
    same(where, "the customer's own price", line.get("customer_price_valid_from"), own and own["valid_from"])
    same(where, "the tax category", line["tax_category"], records.products[tenant, listed["product"]]["tax_category"])
    price = own or listed
    if "rated_price" in line:
        price = version_on(records, tenant, line["rated_price"], day)
        same(where, "the version of the terms", line["rated_price_valid_from"], price["valid_from"])
    sign = -1 if kind.startswith("proration_credit") else 1
    quantity = Fraction(1) if price["model"] == "flat" else \
        Fraction(period.get("quantity", records.subscriptions[tenant, key[1]]["quantity"]))
    same(where, "the quantity", Fraction(line["quantity"]), sign * quantity)
    rated = net_of(price, quantity, share_of(records, period), [], percent_off(records, tenant, line))
    same(where, "the amount", value(line), sign * to_minor(rated, currency, records.tenants[tenant]["rounding"]))
    if line.get("unit_amount") is not None:
        unit = price["flat_fee"] if price["model"] == "flat" else price["unit_price"]
        same(where, "the unit amount", Fraction(line["unit_amount"]), Fraction(unit))


def days_of(first, after):
    return range(date.fromisoformat(first).toordinal(), date.fromisoformat(after).toordinal())


class Life:
    """Of a subscription, from its record and its changes alone: what holds on a day."""

    def __init__(self, records, key, known_until="9999"):
        self.record = records.subscriptions[key]
        plan = records.plans[key[0], self.record["plan"]]
        start = self.record["start"]
        trial = date.fromisoformat(start) + timedelta(days=plan.get("trial_days", 0))
        self.paid_from = self.record.get("trial_end") or str(trial)
        self.changes = sorted((c for c in records.changes[key] if c["at"] <= known_until), key=lambda c: c["at"])
        plans = [(start, self.record["plan"])] + [(c["at"], c["plan"]) for c in self.changes if "plan" in c]
        self.intervals = [(at, (records.plans[key[0], name]["interval"], records.plans[key[0], name].get("interval_count", 1))) for at, name in plans]

    def on(self, day):
        """(plan, quantity, whether it is paused)"""
        plan, quantity, paused = self.record["plan"], self.record["quantity"], False
        for change in self.changes:
            if change["at"] <= day:
                plan, quantity = change.get("plan", plan), change.get("quantity", quantity)
                paused = change.get("pause", False) or (paused and not change.get("resume", False))
        return plan, quantity, paused

    def joined_on(self, day):
        """Since when it has its plan of that day."""
        joined, plan = self.record["start"], self.record["plan"]
        for change in self.changes:
            if change["at"] <= day and change.get("plan", plan) != plan:
                joined, plan = change["at"], change["plan"]
        return joined

    def interval_on(self, day):
        return [interval for at, interval in self.intervals if at <= day][-1]

    def is_over(self, day, full=None):
        """`full`: the period that the day is in. Without it one that ends with its period is not over for that reason."""
        if day < self.paid_from:
            return True
        end = self.record.get("cancel_at")
        if end and self.record.get("cancel_at_period_end"):
            end = full[1] if full and full[0] < end <= full[1] else max(end, full[0]) if full else None
        return bool(end) and day >= end


def check_days(records):
    """Of every day since paid time began, as far as it is due, all entries of a price together charge the quantity that
    the subscription had on that day, once: nothing where it rested, had another plan, or was over."""
    last_run = max((r["business_date"] for r in records.by_kind["run"] if r["job"] in ("close", "period-advance")), default=None)
    if last_run is None:
        return
    until = str(date.fromisoformat(last_run) + timedelta(days=1))
    of_price = defaultdict(list)
    for period in records.by_kind["billing_period"]:
        if re.match("(reversal:)?(recurring|usage|proration)", period["kind"]):
            of_price[period["tenant"], period["subscription"], period["price"]].append(period)
    prices = defaultdict(set)
    for tenant, name in records.versions:
        prices[tenant, records.versions[tenant, name][0]["plan"]].add(name)
    of_subscription = defaultdict(dict)
    for (tenant, subscription, name), periods in of_price.items():
        of_subscription[tenant, subscription][name] = periods
    for tenant, subscription in records.subscriptions:
        life = Life(records, (tenant, subscription), until)
        if life.record.get("status") == "canceled" and not life.record.get("cancel_at"):
            continue  # nothing more is due
        for plan in {life.record["plan"]} | {change["plan"] for change in life.changes if "plan" in change}:
            for name in sorted(prices[tenant, plan]):
                check_days_of_price(records, life, (tenant, subscription, name), of_subscription[tenant, subscription], until)


def is_of_another_currency(records, life, price, day):
    """Who has a currency is charged a plan's prices in it, where it has some; else all of them."""
    tenant = life.record["tenant"]
    wanted = records.customers[tenant, life.record["customer"]].get("currency")
    return wanted not in (None, price["currency"]) and any(
        versions[0]["plan"] == price["plan"] and versions[0]["currency"] == wanted and version_on(records, tenant, name, day)
        for (owner, name), versions in records.versions.items() if owner == tenant)


def last_of(life, period):
    """Up to which day its full period is known to be the one of its plan: a plan of another interval begins others."""
    others = [at for at, interval in life.intervals if period["start"] < at < period["full_end"] and interval != life.interval_on(period["start"])]
    return min(others, default=period["full_end"])


def due_days(life, periods, in_advance, until):
    """Of which something must have been made. In arrears the period is over, as those of its plan's other prices are; where
    another plan came within it, what is after that may be in a period that is not."""
    ends = [last_of(life, p) for p in periods if p["full_end"] <= until]
    return set(days_of(life.paid_from, max(life.paid_from, until if in_advance else max(ends, default=life.paid_from))))


def check_days_of_price(records, life, key, of_price, until):
    tenant, _, name = key
    versions, periods = records.versions[tenant, name], of_price.get(name, [])
    of_plan = [p for other, found in of_price.items() if records.versions[tenant, other][0]["plan"] == versions[0]["plan"] for p in found]
    in_advance = versions[0]["billing"] == "in_advance" and not versions[0].get("meter")
    charged, fulls = defaultdict(Fraction), defaultdict(set)
    for period in periods:
        kind, quantity = period["kind"], Fraction(period.get("quantity", life.record["quantity"]))
        if versions[0].get("meter"):
            quantity = Fraction(1)
        sign = (-1 if "reversal:" in kind else 1) * (-1 if "proration_credit" in kind else 1)
        for day in days_of(period["start"], period["end"]):
            charged[day] += sign * quantity
        is_whole = period.get("proration", "day").startswith("none")
        for day in days_of(period["full_start"], period["full_end"] if is_whole or in_advance else last_of(life, period)):
            fulls[day].add((period["full_start"], period["full_end"], is_whole))
    wrong, has_rested = [], False
    undivided = {day: [(p["full_start"], p["full_end"], True)] for found in of_price.values() for p in found
                 if p.get("proration", "day").startswith("none") for day in days_of(p["full_start"], p["full_end"])}
    for day in sorted(set(fulls) | due_days(life, of_plan, in_advance, until)):
        on = date.fromordinal(day).isoformat()
        full_start, full_end, is_whole = max(fulls.get(day) or undivided.get(day) or [(on, on, False)])
        held = max(full_start, life.paid_from) if is_whole else on
        priced = max(full_start, life.joined_on(on)) if in_advance else on
        version = version_on(records, tenant, name, priced)
        if version and is_of_another_currency(records, life, version, priced):
            version = None
        plan, quantity, paused = life.on(held)
        units = Fraction(1) if version and (version.get("meter") or version["model"] == "flat") else Fraction(quantity)
        rests = paused or version is None or plan != versions[0]["plan"] or life.is_over(on, (full_start, full_end))
        # After days without a version what is charged in advance begins again with the next period.
        has_rested = day not in fulls and (has_rested or version is None)
        rests = rests or (in_advance and has_rested)
        if charged[day] != (0 if rests else units):
            wrong.append((on, str(charged[day]), "0" if rests else str(units)))
    same(" ".join(key), "the quantity of each day", wrong[:2], [])


# ------------------------------------------------------------------ what credit notes forgave


def draft_order(key):
    """By cutoff and sequence; what bills an invoice again comes first."""
    return key[:10], key[-6:], "%rebill:" not in key, key


def line_order(line):
    """Of one document: by day and generation; of these what gives back, what is charged, what reverses either."""
    kind = base_kind(line["kind"])
    match = re.fullmatch(r"(reversal:)?(recurring|usage|proration_charge|proration_credit)(?::(\d+))?", kind)
    reverses = bool(match and match[1])
    return line["period_start"], int(match[3] or 1) if match else 1, 2 if reverses else 0 if does_give_back(line) else 1, line["line"]


def does_give_back(line):
    return base_kind(line["kind"]).startswith(("reversal:", "proration_credit")) or line["amount"].startswith("-")
