"""What a dump says, for recompute.py: its records by what they are, exact numbers, and what differs."""
import json
import os
from collections import defaultdict
from datetime import datetime, timedelta
from fractions import Fraction

DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "BHD": 3, "KWD": 3, "TND": 3, "OMR": 3, "JOD": 3}
PARTY = ("name", "email", "line1", "line2", "city", "postal_code", "region", "country", "tax_id")
SERIES = {"invoice": "INV-{year}-{number:06d}", "credit_note": "CN-{year}-{number:06d}"}  # as config/billmill.yaml is shipped

KNOWN_LATE = os.environ.get("KNOWN_LATE") == "1"

differences = []
counts = defaultdict(int)


def differs(where, what, got, expected):
    differences.append(f"{where}: {what} is {got}, computed {expected}")


def same(where, what, got, expected):
    counts["figures"] += 1
    if got != expected:
        differs(where, what, got, expected)


# ------------------------------------------------------------------ numbers


def rounded(value, how):
    """A fraction to a whole number: half_up is away from zero on ties."""
    sign = -1 if value < 0 else 1
    value = abs(value)
    whole, rest = divmod(value.numerator, value.denominator)
    twice = 2 * rest - value.denominator
    if twice > 0 or (twice == 0 and (how == "half_up" or whole % 2 == 1)):
        whole += 1
    return sign * whole


def minor(text, currency):
    value = Fraction(text) * 10 ** DIGITS.get(currency, 2)
    assert value.denominator == 1, text
    return value.numerator


def to_minor(value, currency, how):
    return rounded(value * 10 ** DIGITS.get(currency, 2), how)


def allocate(total, weights):
    """Largest remainder; ties go to the first. A negative total mirrors the positive one, and what has the other
    sign is cut downward, so that each part is within a unit of its share."""
    if total < 0:
        return [-part for part in allocate(-total, weights)]
    if sum(weights) == 0:
        return [total] + [0] * (len(weights) - 1)
    shares = [Fraction(total) * w / sum(weights) for w in weights]
    parts = [s.numerator // s.denominator for s in shares]
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - shares[i], i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts


def instant(text):
    """Microseconds, exactly."""
    text = text.replace("Z", "+00:00")
    moment = datetime.fromisoformat(text if "." not in text else pad(text))
    return (moment - datetime.fromisoformat("1970-01-01T00:00:00+00:00")) // timedelta(microseconds=1)


def pad(text):
    head, rest = text.split(".")
    digits = rest[: len(rest) - 6]
    return f"{head}.{digits.ljust(6, '0')[:6]}{rest[-6:]}"


# ------------------------------------------------------------------ records


def turned(note):
    """A credit note with the signs of the draft that it was."""
    if not note.get("number"):
        return note

    def opposite(record, *fields):
        back = dict(record)
        for field in fields:
            back[field] = record[field][1:] if record[field].startswith("-") else "-" + record[field]
        return back

    back = opposite(note, "subtotal", "discount", "tax", "total", "credit_applied", "amount_due")
    back["lines"] = [opposite(line, "quantity", "amount", "discount", "tax") for line in note["lines"]]
    back["taxes"] = [opposite(tax, "base", "tax") for tax in note["taxes"]]
    return back


class Records:
    def __init__(self, path):
        self.by_kind = defaultdict(list)
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                if record["record"] in SERIES:  # what is empty is left out
                    record.setdefault("lines", [])
                    record.setdefault("taxes", [])
                self.by_kind[record["record"]].append(record)
        self.documents = self.by_kind["invoice"] + self.by_kind["credit_note"]
        # What is missing to a commitment has a contract and its phase in the place of subscription and price.
        self.true_up_periods = [p for p in self.by_kind["billing_period"] if "subscription" not in p]
        self.by_kind["billing_period"] = [p for p in self.by_kind["billing_period"] if "subscription" in p]
        for document in self.documents:
            for line in document["lines"]:
                if "subscription" not in line:
                    line.update(true_up=True, subscription=line["contract"], price=line["phase"])
        self.contracts = self.index("contract", "contract")
        self.phases = self.index("contract_phase", "contract", "phase")
        # What bills: invoices, and credit notes that credit none of them, which were drafts with a negative total.
        self.bills = self.by_kind["invoice"] + [turned(n) for n in self.by_kind["credit_note"] if not n.get("corrects")]
        self.bills_in_order = sorted(self.bills, key=lambda bill: bill["draft_key"])
        self.tenants = {r["tenant"]: r for r in self.by_kind["tenant"]}
        self.customers = self.index("customer", "customer")
        self.products = self.index("product", "product")
        self.meters = self.index("meter", "meter")
        self.plans = self.index("plan", "plan")
        self.subscriptions = self.index("subscription", "subscription")
        self.changes = defaultdict(list)
        for change in self.by_kind["subscription_change"]:
            if not change.get("withdrawn"):
                self.changes[change["tenant"], change["subscription"]].append(change)
        self.prices = self.index("price", "price", "valid_from")
        self.periods = self.index("billing_period", "subscription", "price", "start", "kind")
        self.versions = defaultdict(list)
        for price in self.by_kind["price"]:
            self.versions[price["tenant"], price["price"]].append(price)
        # What a price is for one customer alone; what it charges for is said by the listed one.
        self.own_versions = defaultdict(list)
        for own in self.by_kind["customer_price"]:
            listed = self.versions[own["tenant"], own["price"]][0]
            same_as = {name: listed[name] for name in ("plan", "product", "meter", "billing") if name in listed}
            self.own_versions[own["tenant"], own["customer"], own["price"]].append({**same_as, **own})
        self.events = defaultdict(list)
        for event in self.by_kind["usage"]:
            event["at_us"] = instant(event["at"])
            self.events[event["tenant"], event["subscription"], event["meter"]].append(event)

        self.shares = defaultdict(list)
        for share in self.by_kind["usage_share"]:
            self.shares[share["tenant"], share["draft_key"], share["line"]].append(share)
        self.holders = {("project",) + key: r for key, r in self.index("project", "customer", "project").items()}
        self.holders.update({("member",) + key: r for key, r in self.index("member", "customer", "member").items()})

    def limit_of(self, tenant, customer, kind, name):
        """(limit, currency), or None."""
        holder = self.holders.get((kind, tenant, customer, name))
        if holder is None or holder["credit_limit"] == "-1":
            return None
        return minor(holder["credit_limit"], holder["currency"]), holder["currency"]

    def index(self, kind, *fields):
        return {(r["tenant"],) + tuple(r[f] for f in fields): r for r in self.by_kind[kind]}
