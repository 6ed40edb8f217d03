"""Credits, for recompute.py: whose usage a line is, units, limits, and what is drawn of each grant."""
import math
from collections import defaultdict
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from recompute_lines import charge_number, reversed_up_to
from recompute_rating import aggregate, counts_for
from recompute_records import allocate, counts, instant, minor, rounded, same


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
        off = sum(minor(w["off"], invoice["currency"]) for w in invoice.get("written_off", []))
        due = minor(invoice["total"], invoice["currency"]) + off
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
             sum(amount for amount, _ in drawn.values()) + sum(paid.values()) - off)
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
