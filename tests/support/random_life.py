"""Random lives of subscriptions, as files for `billmill import`, and what a dump says they were billed.

    random_life.py facts SEED DIRECTORY MONTH…   catalog.jsonl, and MONTH.jsonl with what becomes known in it
    random_life.py books DUMP                    a line for every subscription and price: all that was billed

Facts become known in a random month: before their day, in its month, or up to three months later; some changes are
withdrawn after that, and another one has their day. Nothing is asked
of billmill here; only json and the calendar of Python are used.
"""
import calendar
import datetime
import json
import random
import sys

START = datetime.date(2026, 9, 1)
PLANS = {"monthly": ("month", 1), "other": ("month", 1), "fortnight": ("week", 2), "quarterly": ("month", 3), "yearly": ("year", 1),
         "tenday": ("day", 10), "half": ("half_year", 1)}
ZONES = ["Pacific/Auckland", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kolkata"]
SUBSCRIPTIONS = 40
VERSIONS = [{"valid_from": "2020-01-01"}, {"valid_from": "2026-10-13"}, {"valid_from": "2026-10-20", "valid_to": "2026-12-06"},
            {"valid_from": "2026-12-11"}]


def last_day(month):
    year, number = map(int, month.split("-"))
    return datetime.date(year, number, calendar.monthrange(year, number)[1])


def catalog():
    yield {"record": "tenant", "tenant": "t", "legal_name": "T GmbH", "address": {"city": "Berlin"}, "country": "DE",
           "currency": "EUR", "timezone": "Europe/Berlin", "locale": "de-DE", "payment_terms_days": 14}
    yield {"record": "tax_rate", "tenant": "*", "country": "DE", "category": "standard", "valid_from": "2007-01-01",
           "rate_percent": "19", "name": "USt."}
    yield {"record": "product", "tenant": "t", "product": "p", "name": "Produkt", "type": "saas"}
    yield {"record": "meter", "tenant": "t", "meter": "calls", "aggregation": "sum"}
    for number, (plan, (interval, count)) in enumerate(PLANS.items()):
        base = {"record": "price", "tenant": "t", "plan": plan, "product": "p", "currency": "EUR", "valid_from": "2020-01-01"}
        yield {"record": "plan", "tenant": "t", "plan": plan, "name": plan, "interval": interval, "interval_count": count}
        # Each in versions, of which some begin within periods, and one price rests for some days.
        for cents, valid in enumerate(VERSIONS):
            of_version = {**base, **valid}
            yield {**of_version, "price": plan + "-seat", "model": "per_unit", "unit_price": f"{29 + number}.9{cents}",
                   "billing": "in_advance"}
            yield {**of_version, "price": plan + "-fee", "model": "flat", "flat_fee": f"{7 + number}.7{cents}", "billing": "in_arrears"}
            yield {**of_version, "price": plan + "-tiers", "model": "graduated", "billing": "in_arrears",
                   "tiers": [{"up_to": "3", "unit_price": f"5.5{cents}"}, {"up_to": None, "unit_price": "3.33", "flat_fee": "1.11"}]}
            yield {**of_version, "price": plan + "-calls", "model": "graduated", "billing": "in_arrears", "meter": "calls",
                   "minimum_amount": f"{2 + cents}", "tiers": [{"up_to": "50", "unit_price": f"0.1{number + cents}", "flat_fee": "0.31"},
                                                               {"up_to": None, "unit_price": "0.017"}]}


def change_of(dice, subscription, day):
    record = {"record": "subscription_change", "tenant": "t", "subscription": subscription, "at": day.isoformat()}
    what = dice.randrange(6)
    if what in (0, 1):
        record["plan"] = dice.choice(list(PLANS))
    if what in (1, 2, 3):
        record["quantity"] = str(dice.randrange(0, 12))
    if what == 4:
        record["pause"] = True
    if what == 5:
        record["resume"] = True
    return record


def facts_of(dice, number, months, known):
    """Puts the facts of one subscription into `known`, by month; the first month has the subscription itself."""
    name = f"s-{number:03}"
    end = last_day(months[-1])
    first = last_day(months[0])
    record = {"record": "subscription", "tenant": "t", "subscription": name, "customer": f"c-{number % 25:03}",
              "plan": dice.choice(list(PLANS)), "quantity": str(dice.randrange(1, 9)),
              "start": (START + datetime.timedelta(days=dice.randrange(40))).isoformat(),
              "align": dice.choice(["anniversary", "anniversary", "calendar"])}
    start = datetime.date.fromisoformat(record["start"])
    if dice.randrange(4) == 0:
        record["timezone"] = dice.choice(ZONES)
    if dice.randrange(5) == 0:
        record["trial_end"] = (start + datetime.timedelta(days=dice.randrange(1, 30))).isoformat()

    def tell(month, fact):
        month = max(min(month, end.year * 12 + end.month), first.year * 12 + first.month)
        known[f"{(month - 1) // 12}-{(month - 1) % 12 + 1:02}"].append(fact)

    def learn(day, fact, latest=3):
        month = day.year * 12 + day.month + dice.choice([-1, 0, 0, 0, 1, 2, latest])
        tell(month, fact)
        return month

    known[months[0]].append(record)
    day = start
    for _ in range(dice.randrange(5)):
        day += datetime.timedelta(days=1 + dice.randrange(60))
        if day > end:
            continue
        change = change_of(dice, name, day)
        month = learn(day, change)
        if dice.randrange(3) == 0:  # it was never meant
            month += dice.choice([0, 0, 1, 2])
            tell(month, {**change, "withdrawn": True})
            if dice.randrange(2) == 0:  # but another one
                tell(month + dice.choice([0, 1]), change_of(dice, name, day))
    if dice.randrange(3) == 0:
        gone = start + datetime.timedelta(days=dice.randrange(5, 200))
        # a record of its own, which says the same besides
        learn(gone, {**record, "cancel_at": gone.isoformat(), "cancel_at_period_end": dice.randrange(2) == 0})
        if dice.randrange(3) == 0:  # taken back, or another day: what is known last holds
            other = gone + datetime.timedelta(days=dice.randrange(-20, 40))
            learn(gone, {**record, **({"cancel_at": max(start, other).isoformat()} if dice.randrange(2) else {})})
    for event in range(dice.randrange(12)):
        at = start + datetime.timedelta(days=dice.randrange(180))
        if at <= end:
            learn(at, {"record": "usage", "tenant": "t", "meter": "calls", "subscription": name, "key": f"{name}-{event}",
                       "value": str(dice.randrange(1, 90)), "at": f"{at.isoformat()}T{dice.randrange(24):02}:30:00Z"}, latest=2)


def write(path, records):
    with open(path, "w", encoding="utf-8") as file:
        for record in records:
            print(json.dumps(record), file=file)


def write_facts(seed, directory, months):
    dice = random.Random(seed)
    known = {month: [] for month in months}
    customers = [{"record": "customer", "tenant": "t", "customer": f"c-{n:03}", "name": f"Kunde {n}", "address": {"country": "DE"}}
                 for n in range(25)]
    for number in range(SUBSCRIPTIONS):
        facts_of(dice, number, months, known)
    write(f"{directory}/catalog.jsonl", list(catalog()) + customers)
    for month, facts in known.items():
        write(f"{directory}/{month}.jsonl", facts)


def print_books(path):
    cents = {}
    with open(path, encoding="utf-8") as file:
        for record in map(json.loads, file):
            if record["record"] not in ("invoice", "credit_note"):
                continue
            sign = -1 if record["record"] == "credit_note" else 1
            for line in record["lines"]:
                key = (line["subscription"], line["price"])
                amount = line["amount"].replace(".", "")
                cents[key] = cents.get(key, 0) + sign * int(amount) - sign * int(line["discount"].replace(".", ""))
    for (subscription, price), sum_of in sorted(cents.items()):
        if sum_of != 0:
            print(subscription, price, sum_of)


if __name__ == "__main__":
    if sys.argv[1] == "facts":
        write_facts(int(sys.argv[2]), sys.argv[3], sys.argv[4:])
    else:
        print_books(sys.argv[2])
