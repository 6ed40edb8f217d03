#!/usr/bin/env python3
"""Lives of subscriptions with coupons, whose facts may become known in any order, for the story coupons_kept.

    random_coupons.py SEED CUSTOMERS catalog               all that is there from the beginning
    random_coupons.py SEED CUSTOMERS facts WORLD MONTH     what becomes known before MONTH is closed
    random_coupons.py SEED CUSTOMERS decided MONTH DUMP    what people decide before MONTH is closed: credits and voids of first invoices

What differs by when it becomes known, by the rules, is left out: an amount that several lines share, or of which a rest is
left (what is taken back of a line is not spread anew); days that are charged for the first time on the invoice of the
next month (after a pause over the end of one: "the first invoices", whatever periods they bill); and, where something
was given back or an amount is kept, a change that becomes known after one of a later day. What is not left out: who has
two subscriptions may have a cent more or less, as a percentage of what both are charged anew is rounded on one document or on two.

In the world `first` everything is known when the first invoices are there, or with the decision about one's own; in
`random` each fact, and in `last` all of them, may become known months later. Whatever is decided of a customer is
decided in every world in the same month, before anything else becomes known of him: then his books are the same in the end.
"""
import json
import random
import sys

MONTHS = ["2026-09", "2026-10", "2026-11"]
COUPONS = {
    "half": {"percent": "50"},
    "twice": {"percent": "50", "duration": "repeating", "repeat_count": 2},
    "ever": {"percent": "20", "duration": "forever"},
    "four": {"amount": "4", "currency": "EUR"},
}


def put(kind, **fields):
    print(json.dumps({"record": kind, "tenant": "t", **fields}))


class Customer:
    def __init__(self, seed, number):
        draw = random.Random(f"{seed} {number}")
        self.name = f"c{number}"
        self.coupons = draw.sample(sorted(COUPONS), draw.choice([1, 1, 2]))
        self.action = draw.choice(["credit", "void", "credit", None])
        self.decided = draw.choice(MONTHS[:2]) if self.action else MONTHS[0]
        self.subscriptions = [f"s{number}-{part}" for part in range(1 if "four" in self.coupons else 2)]
        self.plans = {name: draw.choice(["basic", "pro"]) for name in self.subscriptions}
        self.quantities = {name: draw.randint(1, 4) for name in self.subscriptions}
        self.facts = []  # (subscription, day, fields)
        for name in self.subscriptions:
            self.live(draw, name)
        self.known = {world: [self.month(draw, world) for _ in self.facts] for world in ("first", "random", "last")}
        for known in self.known.values():
            for at, (name, _, fields) in enumerate(self.facts):
                if at > 0 and self.facts[at - 1][0] == name:
                    is_ordered = self.action or "four" in self.coupons
                    known[at] = known[at - 1] if "resume" in fields else max(known[at], known[at - 1]) if is_ordered else known[at]

    def live(self, draw, name):
        days = sorted(draw.sample(range(60), draw.choice([1, 1, 2, 3])))
        for at, place in enumerate(days):
            day = f"2026-{9 + place // 30:02}-{place % 30 + 1:02}"
            kind = draw.choice(["quantity", "quantity", "plan", "pause", "cancel"])
            if kind == "quantity":
                self.facts.append((name, day, {"quantity": str(draw.randint(1, 6))}))
            elif kind == "plan":
                self.facts.append((name, day, {"plan": draw.choice(["basic", "pro"])}))
            elif kind == "pause" and at + 1 < len(days) and place % 30 > 0 and days[at + 1] // 30 == place // 30:
                after = days[at + 1]
                self.facts.append((name, day, {"pause": True}))
                self.facts.append((name, f"2026-{9 + after // 30:02}-{after % 30 + 1:02}", {"resume": True}))
                return
            elif kind == "cancel":
                self.facts.append((name, day, {"cancel_at": day}))
                return

    def month(self, draw, world):
        left = MONTHS[MONTHS.index(self.decided):]
        return {"first": left[0], "last": MONTHS[-1], "random": draw.choice(left)}[world]

    def subscription(self, name, **fields):
        put("subscription", subscription=name, customer=self.name, plan=self.plans[name], start="2026-09-01", quantity=str(self.quantities[name]),
            **fields)

    def put_facts(self, world, month):
        for (name, day, fields), known in zip(self.facts, self.known[world]):
            if known == month and "cancel_at" in fields:
                self.subscription(name, **fields)
            elif known == month:
                put("subscription_change", subscription=name, at=day, **fields)


def catalog(customers):
    for coupon, fields in COUPONS.items():
        put("coupon", coupon=coupon, **fields)
    for customer in customers:
        put("customer", customer=customer.name, name=customer.name, address={"country": "DE"})
        for name in customer.subscriptions:
            customer.subscription(name)
        for coupon in customer.coupons:
            put("coupon_redemption", coupon=coupon, customer=customer.name, at="2026-08-15")


def decided(customers, month, dump):
    first = {}
    with open(dump, encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            if record["record"] == "invoice" and record["total"] != "0.00":
                first.setdefault(record["customer"], record["number"])
    for customer in customers:
        if customer.action and customer.decided == month and customer.name in first:
            put("correction", correction=f"k-{customer.name}", invoice=first[customer.name], action=customer.action, on=f"{month}-05", reason="because")


def main():
    customers = [Customer(sys.argv[1], number) for number in range(int(sys.argv[2]))]
    if sys.argv[3] == "catalog":
        catalog(customers)
    elif sys.argv[3] == "facts":
        for customer in customers:
            customer.put_facts(*sys.argv[4:6])
    else:
        decided(customers, *sys.argv[4:6])


main()
