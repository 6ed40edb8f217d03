"""Random business of a few months, billed by random runs, and whether the books are those of one run at the end.

    random_books.py facts SEED DIRECTORY        catalog.jsonl, and steps: a line for each run, "NUMBER MONTH close" or
                                                "NUMBER MONTH redo"; NUMBER.jsonl is what becomes known before it
    random_books.py corrections SEED DUMP DAY   corrections of random documents of the dump, to be done that day
    random_books.py compare WILD ONCE           what the books of the two dumps have in common, or what differs

Subscriptions live as in random_life.py. Besides, meters of every aggregation have usage that comes early, in time and
late, for prices of every model; some customers pay for others, or for a while, live in other zones, move to other
countries and back, are on hold for a while, have credits, coupons and corrected invoices. Compared are, exactly, in
minor units:

1. what each subscription is charged before coupons, by price and first day: of all lines that are in force, that is
   not billed again since. Credit notes that were decided on are not charges, a void invoice is one all the same.
2. what it paid, by all documents but those notes: the same, where nobody has coupons and nothing was decided but to
   bill again; else less what the lines say that was forgiven, for what a change gives back later is less by what was
   given back already, and so is what it charges. In all that is no more than what was decided.

Of each dump by itself, since documents round:

3. of each payer and rate, the taxes are within half a unit for each document of the exact tax of what they are on; of
   a rate that is never rounded they are it; and of no price more is given back with a rate than was charged with it;
4. of each payer with coupons of percentages, what is paid is within a unit of the exact part for each document (two
   coupons) and half a unit for each line that gives back, or less by what was decided; coupons of amounts take no
   more than they are.

What a correction of kind credit took off is what was asked for. The numbers, dates and totals of single documents
differ, and which document a late line is on. Within each dump: no credit is drawn beyond its amount or outside its
time, what a document says it drew is what was drawn, and its total less that is its due.
"""
import datetime
import json
import math
import random
import sys
from collections import defaultdict
from fractions import Fraction

import random_life

MONTHS = ["2026-09", "2026-10", "2026-11", "2026-12", "2027-01", "2027-02", "2027-03"]
END = "2027-03-31"
EXACT_RATE = "100"  # of a tax that is never rounded
PARENTS = {4: 3, 5: 3, 12: 11}
PAYERS = {0: (None, 2, None), 5: (3, None), 8: (None, 9), 16: (None, 17)}  # who pays, one after the other
ZONES = {2: "Asia/Kolkata", 9: "America/Los_Angeles", 17: "Pacific/Auckland"}
AT_HOME = {"address": {"country": "DE"}}
MOVES = {"AT": {"address": {"country": "AT"}, "tax_id": "ATU13585627"}, "FR": {"address": {"country": "FR"}}, "DE": AT_HOME}
MOVING = (1, 19, 23)
LIMITS = {3: "12.50", 10: "-1", 15: "3.10", 24: "0"}  # of the member and of the project of each
UNITS = (5, 15, 24)  # who has credits in units, too
ON_HOLD = (6, 7, 13, 21)
PERCENT = (10, 11, 12, 13, 14)
STEADY = range(15, 25)  # no change and no end, so that nothing but corrections takes anything back: these are exact
AMOUNT = (20, 21, 22)
METERS = {"peak": "max", "users": "unique_count", "level": "last", "least": "min", "held": "weighted_sum", "visits": "count",
          "paid": "sum", "worth": "sum"}


def name_of(customer):
    return f"c-{customer:03}"


def number_of(customer):
    return int(customer[2:])


# ------------------------------------------------------------------ what there is


def catalog():
    for record in random_life.catalog():
        if record["record"] == "price" and record["price"] in ("quarterly-seat", "tenday-fee", "other-calls"):
            record["product"] = "i"
        elif record["record"] == "price" and record["price"].endswith(("-fee", "-tiers")):
            record["product"] = "x"
        yield record
        if record["record"] == "product":
            yield {**record, "product": "x", "tax_category": "exact"}
            yield {**record, "product": "i", "tax_category": "inside"}
    yield from rates()
    for meter, aggregation in METERS.items():
        yield {"record": "meter", "tenant": "t", "meter": meter, "aggregation": aggregation, **({"property": "user"} if meter == "users" else {})}
    yield from metered_prices("monthly", 1)
    yield from metered_prices("quarterly", 2)
    yield from other_prices()
    yield from coupons()


def rates():
    rate = {"record": "tax_rate", "tenant": "*", "valid_from": "2007-01-01"}
    for country in ("DE", "FR"):
        yield {**rate, "country": country, "category": "exact", "rate_percent": EXACT_RATE, "name": "Abgabe"}
        yield {**rate, "country": country, "category": "inside", "rate_percent": "7" if country == "DE" else "5.5", "name": "USt.", "inclusive": True}
    yield {**rate, "country": "FR", "category": "standard", "rate_percent": "20", "name": "TVA"}


def metered_prices(plan, factor):
    tiers = [{"up_to": "4", "unit_price": f"0.{factor}7"}, {"up_to": None, "unit_price": "0.031", "flat_fee": "0.55"}]
    models = {
        "peak": {"model": "per_unit", "unit_price": f"0.{factor}3", "free_units": "3"},
        "users": {"model": "graduated", "tiers": tiers},
        "level": {"model": "volume", "tiers": tiers},
        "least": {"model": "per_unit", "unit_price": "0.07", "minimum_amount": f"{factor}.33"},
        "held": {"model": "per_unit", "unit_price": f"0.{factor}1", "maximum_amount": "7.77"},
        "visits": {"model": "package", "package_size": "3", "package_price": f"{factor}.10"},
        "paid": {"model": "percentage", "rate_percent": f"{factor}.9", "fixed_fee_per_event": "0.11", "free_events": 2},
        "worth": {"model": "dynamic", "multiplier": f"1.{factor}"},
    }
    for meter, model in models.items():
        yield {"record": "price", "tenant": "t", "price": f"{plan}-{meter}", "valid_from": "2020-01-01", "plan": plan, "product": "x" if factor == 1 else "p",
               "meter": meter, "currency": "EUR", "billing": "in_arrears", **model}


def other_prices():
    """The models that the monthly and the quarterly plan do not have, and other fields of those that they have."""
    rates = [{"up_to": "30", "rate_percent": "3.1", "flat_fee": "0.23"}, {"up_to": None, "rate_percent": "1.7"}]
    models = {
        "other-paid": {"model": "graduated_percentage", "tiers": rates},
        "other-peak": {"model": "committed", "commitment": "4.44", "overage": {"model": "per_unit", "unit_price": "0.19"}},
        "other-held": {"model": "per_unit", "unit_price": "0.13", "minimum_amount": "0.97", "maximum_amount": "3.11"},
        "fortnight-visits": {"model": "package", "package_size": "2", "package_price": "0.77", "package_rounding": "down", "free_units": "1"},
        "fortnight-paid": {"model": "percentage", "rate_percent": "2.7", "fixed_fee_per_event": "0.03", "minimum_per_event": "0.40",
                           "maximum_per_event": "0.90", "free_amount": "5"},
        "fortnight-level": {"model": "graduated", "tiers": [{"up_to": None, "unit_price": "0.29", "flat_fee": "0.41"}], "flat_fee_at_zero": False},
    }
    for price, model in models.items():
        plan, meter = price.split("-")
        yield {"record": "price", "tenant": "t", "price": price, "valid_from": "2020-01-01", "plan": plan, "product": "p", "meter": meter,
               "currency": "EUR", "billing": "in_arrears", **model}


def coupons():
    yield {"record": "coupon", "tenant": "t", "coupon": "tenth", "percent": "10", "duration": "forever"}
    yield {"record": "coupon", "tenant": "t", "coupon": "seats", "percent": "33.3", "duration": "forever", "scope": [{"product": "p"}]}
    yield {"record": "coupon", "tenant": "t", "coupon": "four", "amount": "4.20", "currency": "EUR", "duration": "repeating", "repeat_count": 3}


def customer(number, **fields):
    parent = PAYERS[number][0] if number in PAYERS else PARENTS.get(number)
    record = {"record": "customer", "tenant": "t", "customer": name_of(number), "name": f"Kunde {number}", "business": number in MOVING, **AT_HOME,
              **({"timezone": ZONES[number]} if number in ZONES else {}), **({} if parent is None else {"parent": name_of(parent)})}
    return {**record, **fields}


def customers(dice):
    for number in range(25):
        yield customer(number)
    for number, limit in LIMITS.items():
        for kind in ("project", "member"):
            yield {"record": kind, "tenant": "t", "customer": name_of(number), kind: "m", "name": kind, "credit_limit": limit, "currency": "EUR"}
    yield from own_prices(dice)
    for number in PERCENT + AMOUNT:
        coupon = "four" if number in AMOUNT else dice.choice(["tenth", "seats"])
        yield {"record": "coupon_redemption", "tenant": "t", "customer": name_of(number), "coupon": coupon, "at": "2026-09-01"}


def own_prices(dice):
    """What prices are for some customers alone, of every kind: from a day on, often within a month, or up to one."""
    tiers = [{"up_to": "5", "unit_price": "0.41"}, {"up_to": None, "unit_price": "0.029", "flat_fee": "0.77"}]
    models = {
        "seat": {"model": "per_unit", "unit_price": "19.93"}, "fee": {"model": "flat", "flat_fee": "3.37"},
        "tiers": {"model": "volume", "tiers": tiers}, "calls": {"model": "package", "package_size": "7", "package_price": "0.83"},
        "peak": {"model": "graduated", "tiers": tiers}, "held": {"model": "per_unit", "unit_price": "0.091", "minimum_amount": "1.01"},
        "paid": {"model": "percentage", "rate_percent": "2.3", "free_amount": "11"}, "worth": {"model": "dynamic", "multiplier": "0.87"},
    }
    for number in dice.sample(range(25), 12):
        for price in dice.sample(list(models), dice.randrange(1, 4)):
            days = sorted({day_within(dice, dice.choice(MONTHS)).isoformat() for _ in range(dice.choice([1, 1, 2, 3]))})
            for version, day in enumerate(days[:2]):
                own = {"record": "customer_price", "tenant": "t", "customer": name_of(number), "valid_from": day, "currency": "EUR",
                       **({"maximum_amount": "9.10"} if version else {}), **models[price]}
                if len(days) == 3 and version == 1:
                    own["valid_to"] = days[2]
                for plan in ("monthly", "quarterly"):
                    yield {**own, "price": f"{plan}-{price}"}


# ------------------------------------------------------------------ what becomes known, and when


def day_within(dice, month):
    return datetime.date.fromisoformat(f"{month}-{dice.randrange(1, 29):02}")


def usage_of(dice, subscription, start, customer):
    end = datetime.date.fromisoformat(END)
    for event in range(dice.randrange(25)):
        meter = dice.choice(list(METERS) + ["calls"])
        at = start + datetime.timedelta(days=dice.randrange(200))
        value = dice.choice([str(dice.randrange(1, 40)), f"{dice.randrange(90)}.{dice.randrange(100):02}", str(-dice.randrange(1, 15))])
        record = {"record": "usage", "tenant": "t", "meter": meter, "subscription": subscription, "key": f"{subscription}-{meter}-{event}",
                  "value": value, "at": f"{at.isoformat()}T{dice.randrange(24):02}:{dice.randrange(60):02}:07Z"}
        if customer in LIMITS:
            record |= dice.choice([{}, {"project": "m"}, {"member": "m"}, {"project": "m", "member": "m"}])
        if meter == "users":
            record["properties"] = {"user": f"u-{dice.randrange(9)}"}
        if meter == "worth":
            record["price_amount"] = f"{dice.randrange(9)}.{dice.randrange(1000):03}"
        if at <= end:
            yield max(at + datetime.timedelta(days=dice.choice([-20, 0, 0, 1, 5, 40, 90])), random_life.START), record


def grants_of(dice, number):
    for grant in range(dice.choice([0, 0, 1, 2])):
        known = day_within(dice, dice.choice(MONTHS))
        record = {"record": "credit_grant", "tenant": "t", "customer": name_of(number), "source": f"g-{grant}", "currency": "EUR",
                  "amount": f"{dice.randrange(1, 90)}.{dice.randrange(100):02}", "priority": dice.choice([50, 50, 90]),
                  "effective_at": f"{day_within(dice, dice.choice(MONTHS)).isoformat()}T00:00:00Z"}
        if dice.randrange(3) == 0:
            record["expires_at"] = "2027-03-29T00:00:00Z"
        yield known, record
    if number in UNITS:
        for meter in dice.sample(["calls", *METERS], 2):
            yield day_within(dice, dice.choice(MONTHS)), {
                "record": "credit_grant", "tenant": "t", "customer": name_of(number), "source": f"u-{meter}", "meter": meter,
                "units": f"{dice.randrange(60)}.5", "effective_at": f"{day_within(dice, dice.choice(MONTHS)).isoformat()}T00:00:00Z"}


def holds_of(dice, number):
    begun = dice.randrange(len(MONTHS) - 1)
    yield day_within(dice, MONTHS[begun]), customer(number, hold=True)
    yield day_within(dice, MONTHS[dice.randrange(begun + 1, len(MONTHS))]), customer(number, hold=False)


def payers_of(dice, number):
    """Each pays from the day on which it becomes known."""
    days = sorted(day_within(dice, dice.choice(MONTHS)) for _ in PAYERS[number][1:])
    for day, payer in zip(days, PAYERS[number][1:]):
        yield day, {name: value for name, value in customer(number).items() if name != "parent"} | ({} if payer is None else {"parent": name_of(payer)})


def moves_of(dice, number):
    for day in sorted(day_within(dice, dice.choice(MONTHS)) for _ in range(dice.randrange(1, 4))):
        yield day, customer(number, **MOVES[dice.choice(list(MOVES))])


def all_facts(dice):
    """(day on which it becomes known, record), in this order."""
    known = {month: [] for month in MONTHS}
    for number in range(random_life.SUBSCRIPTIONS):
        random_life.facts_of(dice, number, MONTHS, known)
    facts, seen, customer_of, started, last = [], set(), {}, {}, {}
    for month in MONTHS:
        for record in known[month]:
            subscription = record["subscription"]
            is_first = record["record"] == "subscription" and subscription not in seen
            if is_first:
                seen.add(subscription)
                customer_of[subscription] = number_of(record["customer"])
                started[subscription] = datetime.date.fromisoformat(record["start"])
            elif customer_of[subscription] in STEADY and record["record"] != "usage":
                continue
            day = random_life.START if is_first else max(day_within(dice, month), last.get(subscription, random_life.START))
            last[subscription] = day  # what withdraws a change comes after it, and what is instead of it after that
            facts.append((day, record))
    for subscription, start in started.items():
        facts += usage_of(dice, subscription, start, customer_of[subscription])
    for number in range(25):
        facts += grants_of(dice, number)
    for number in ON_HOLD:
        facts += holds_of(dice, number)
    for number in PAYERS:
        facts += payers_of(dice, number)
    for number in MOVING:
        facts += moves_of(dice, number)
    return sorted(facts, key=lambda fact: fact[0])


def steps_of(dice):
    """Months that are closed and, some, redone; one may come after a later one. The last is closed at the end."""
    steps = []
    for month in MONTHS[:-1]:
        if dice.randrange(5) < 3:
            steps.append((month, "close"))
            steps += [(month, "redo")] * dice.choice([0, 0, 1])
    if len(steps) > 1 and dice.randrange(3) == 0:
        at = dice.randrange(len(steps) - 1)
        steps[at], steps[at + 1] = steps[at + 1], steps[at]
    closed = set()
    for month, what in steps:
        yield month, "close" if month not in closed else what
        closed.add(month)
    yield MONTHS[-1], "close"


def write_facts(seed, directory):
    dice = random.Random(seed)
    random_life.write(f"{directory}/catalog.jsonl", list(catalog()) + list(customers(dice)))
    facts = all_facts(dice)
    day = random_life.START
    with open(f"{directory}/steps", "w", encoding="utf-8") as file:
        for place, (month, what) in enumerate(steps_of(dice)):
            # what becomes known after a month's last day may still come before the month is closed
            day = max(day, random_life.last_day(month) + datetime.timedelta(days=dice.choice([-9, 0, 3, 20])))
            until = day if month != MONTHS[-1] else datetime.date.max
            random_life.write(f"{directory}/{place:02}.jsonl", [record for known, record in facts if known <= until])
            facts = [fact for fact in facts if fact[0] > until]
            print(f"{place:02}", month, what, random_life.last_day(month), file=file)


# ------------------------------------------------------------------ corrections


def read(path):
    records = defaultdict(list)
    with open(path, encoding="utf-8") as file:
        for record in map(json.loads, file):
            records[record["record"]].append(record)
    return records


def request_of(dice, invoice, is_new):
    """Of a new one no bill again: what becomes known later changes what was credited, or is void."""
    if not is_new and dice.randrange(2) == 0:
        return {"action": "rebill"}
    what = dice.choice(["net", "lines", "unused", "all", "void", "all" if is_new else "write_off"])
    net = cents(invoice["subtotal"]) - cents(invoice["discount"])
    if what in ("void", "write_off"):
        return {"action": what}
    if what == "net" and net > 1:
        return {"action": "credit", "net": euros(dice.randrange(1, net))}
    given = {(line["subscription"], line["price"]) for line in invoice["lines"] if gives_back(line, cents(line["amount"]))}
    lines = [line for line in invoice["lines"] if cents(line["amount"]) - cents(line["discount"]) > 1 and (line["subscription"], line["price"]) not in given]
    if what == "lines" and lines:
        line = dice.choice(lines)
        return {"action": "credit", "lines": [{"line": line["line"], "net": euros(dice.randrange(1, cents(line["amount"]) - cents(line["discount"])))}]}
    if what == "unused":
        return {"action": "credit", "unused": {"numerator": dice.randrange(1, 30), "denominator": 30}}
    return {"action": "credit"}


def print_corrections(seed, path, day):
    dice = random.Random(f"{seed} {day}")
    numbered = [invoice for invoice in read(path)["invoice"] if invoice.get("number")]
    last = max((invoice["cutoff"] for invoice in numbered), default="")
    new = [invoice for invoice in numbered if invoice["cutoff"] == last]
    chosen = [(invoice, False) for invoice in dice.sample(numbered, min(len(numbered), dice.randrange(8)))]
    chosen += [(invoice, True) for invoice in dice.sample(new, len(new) // 3) if invoice not in [one for one, _ in chosen]]
    for invoice, is_new in chosen:
        name = f"{seed}-{invoice['number']}"
        print(json.dumps({"record": "correction", "tenant": "t", "correction": name, "invoice": invoice["number"], "on": day, "reason": "because",
                          **request_of(dice, invoice, is_new)}))


# ------------------------------------------------------------------ the books


def cents(text):
    return int(text.replace(".", ""))


def euros(minor):
    return f"{minor // 100}.{minor % 100:02}"


def key_of(line, kind):
    return line["subscription"], line["price"], line["period_start"], kind


def gives_back(line, amount):
    """core/billing/give_back.h, rule 1."""
    kind = line["kind"].replace("rebill:", "")
    return kind.startswith(("reversal:", "proration_credit")) or amount < 0


class Books:
    def __init__(self, path):
        records = read(path)
        self.records = records
        self.wrong = []
        self.done = {r["correction"]: r for r in records["correction"] if r.get("done")}
        self.rebilled = {r["invoice"] for r in self.done.values() if r["action"] == "rebill"}
        self.by_draft_key = {r["done"]["draft_key"]: r for r in self.done.values() if r["done"].get("draft_key")}
        self.invoices = [r for r in records["invoice"] if r.get("number")]
        self.notes = [r for r in records["credit_note"] if r.get("number")]
        self.nets = defaultdict(int)  # (subscription, price, start): before coupons
        self.taxes = defaultdict(lambda: [0, 0])  # (payer, category, rate, inclusive): base, tax
        # (subscription, category, rate): nets, but of usage, which may be below zero; of all plans: what was credited of one that
        # turns out to have been another is off the charges of that
        self.bases = defaultdict(int)
        self.documents = defaultdict(int)  # of a payer
        self.off = defaultdict(int)  # by coupons, of a payer
        self.paid = defaultdict(int)  # as nets
        self.forgiven = defaultdict(int)  # as nets: what is off charges, less what lines that give back gave less
        self.decided, self.taken = defaultdict(int), defaultdict(int)  # (subscription, price)
        self.decided_by, self.taken_by = defaultdict(int), defaultdict(int)  # of a payer
        self.exact, self.paid_by, self.roundings = defaultdict(Fraction), defaultdict(int), defaultdict(int)  # of a payer
        self.products = {r["price"]: r["product"] for r in records["price"]}
        self.owners = {r["subscription"]: number_of(r["customer"]) for r in records["subscription"]}
        self.metered = {r["price"] for r in records["price"] if "meter" in r}
        self.fulls = {(r["subscription"], r["price"], r["start"]): r["full_start"] for r in records["billing_period"] if "subscription" in r}
        self.percents = defaultdict(Fraction)
        for redemption in records["coupon_redemption"]:
            for coupon in records["coupon"]:
                if coupon["coupon"] == redemption["coupon"] and coupon.get("percent"):
                    for product in {scope["product"] for scope in coupon.get("scope", [])} or {"p", "x", "i"}:
                        self.percents[number_of(redemption["customer"]), product] = Fraction(coupon["percent"])
        self.cuts = {(use["draft_key"], cut["line"]): 0 for use in records["coupon_use"] for cut in use["lines"]}
        for use in records["coupon_use"]:
            for cut in use["lines"]:
                self.cuts[use["draft_key"], cut["line"]] += cents(cut["discount"])
        self.sum_up()
        self.check_credits()
        self.check_corrections()
        self.check_taxes()
        self.check_paid()
        self.check_coupons()

    def sum_up(self):
        replaced = {key_of(line, line["kind"].removeprefix("rebill:")) for document in self.invoices for line in document["lines"]
                    if line["kind"].startswith("rebill:")}
        credited = defaultdict(int)  # what takes nothing off in the end uses no coupon up
        for note in self.notes:
            for line in note["lines"]:
                credited[note.get("corrects"), line["line"]] += cents(line["amount"]) - cents(line["discount"])
        for document in self.invoices + self.notes:
            sign = -1 if document["record"] == "credit_note" else 1
            is_note = document.get("corrects") is not None
            is_void = document["status"] == "void"
            is_decided = (is_note or is_void) and (document["corrects"] if is_note else document["number"]) not in self.rebilled
            self.documents[document["customer"]] += 1
            for line in document["lines"]:
                cut = self.cuts.get((document["draft_key"], line["line"]), 0)  # in the sign of the draft
                amount, net = sign * cents(line["amount"]), sign * (cents(line["amount"]) - cents(line["discount"]))
                # a line that was taken back before its invoice was billed again is not, and what was credited of it stays so
                is_given = (is_note or is_void) and key_of(line, line["kind"]) not in replaced
                if is_given:
                    self.decide(document, line, net if is_void else -net)
                if is_given == is_void:
                    self.pay(document, line, net)
                if not is_void and line["price"] not in self.metered:
                    for tax in document["taxes"]:
                        if tax["tax_index"] == line.get("tax_index"):
                            self.bases[line["subscription"], tax["category"], tax["rate_percent"]] += net
                if not is_note and key_of(line, line["kind"]) not in replaced:
                    # the discount of a line that gives back is what was not paid of that
                    forgiven = cents(line.get("forgiven", "0.00")) - self.given_before(document, line)  # in the sign of the draft
                    self.charge(document, line, amount if gives_back(line, amount) else net + cut + forgiven)
                    self.forgiven[line["subscription"], line["price"], line["period_start"]] += forgiven
                    if not is_void and credited[document["number"], line["line"]] != net:
                        self.off[number_of(document["customer"])] += cut
                if gives_back(line, amount):
                    self.roundings[number_of(document["customer"])] += 1
            if not is_decided:
                for tax in document["taxes"]:
                    at = self.taxes[document["customer"], tax["category"], tax["rate_percent"], tax["inclusive"]]
                    at[0] += sign * cents(tax["base"])
                    at[1] += sign * cents(tax["tax"])

    def given_before(self, document, line):
        """A credit that gave less is billed again with each invoice of its period. Where its charge is on another one, what it
        gave stays, and what bills it again gives the rest."""
        if line["kind"] != "rebill:proration_credit":
            return 0
        full = self.full_of(line)
        if any(self.full_of(other) == full for invoice in self.invoices if invoice["number"] == document["references"] for other in invoice["lines"]):
            return 0
        return sum((-1 if other["record"] == "credit_note" else 1) * (cents(l["amount"]) - cents(l["discount"])) for other in self.invoices + self.notes
                   for l in other["lines"] if not other.get("corrects") and key_of(l, "rebill:" + l["kind"]) == key_of(line, line["kind"]))

    def full_of(self, line):
        key = line["subscription"], line["price"], line["period_start"]
        return *key[:2], self.fulls.get(key, key[2])

    def charge(self, document, line, before):
        """`before` coupons: of a line that is in force."""
        payer = number_of(document["customer"])
        owner = self.owners[line["subscription"]]
        owners = {payer, owner}  # who pays has a coupon for all that he pays
        if payer not in {owner, PARENTS.get(owner), *PAYERS.get(owner, ())}:
            self.wrong.append(f"{document['number']}: {line['subscription']} is billed to {name_of(payer)}")
        part = math.prod(1 - self.percents[owner, self.products[line["price"]]] / 100 for owner in owners)
        self.nets[line["subscription"], line["price"], line["period_start"]] += before
        self.exact[payer] += before * part

    def pay(self, document, line, net):
        self.paid[line["subscription"], line["price"], line["period_start"]] += net
        self.paid_by[number_of(document["customer"])] += net

    def decide(self, document, line, net):
        """Given up for good: it is paid for all that, and counted here."""
        # a credit note over an invoice takes back what that gave back, too
        of, by = (self.decided, self.decided_by) if net > 0 else (self.taken, self.taken_by)
        of[line["subscription"], line["price"]] += abs(net)
        by[number_of(document["customer"])] += abs(net)

    def check_paid(self):
        """Of who has no coupons: but for what credit notes forgave, all of it. They forgive no more than they gave."""
        forgiven, decided = defaultdict(int), defaultdict(int)
        nets, paid, off = defaultdict(int), defaultdict(int), defaultdict(int)
        for key in self.nets.keys() | self.paid.keys():
            # of the whole period: what is billed again with what gave back of it credits what was left of its first day
            of = *key[:2], self.fulls.get(key, key[2])
            nets[of], paid[of], off[of] = nets[of] + self.nets[key], paid[of] + self.paid[key], off[of] + self.forgiven[key]
            forgiven[key[0]] += self.forgiven[key]
        for key, net in nets.items():
            if self.has_no_coupons(key[0]) and paid[key] != net - off[key]:
                self.wrong.append(f"{' '.join(key)}: {paid[key]} are paid of {net}, {off[key]} forgiven")
        for (subscription, _), amount in [*self.decided.items(), *self.taken.items()]:
            decided[subscription] += amount
        for subscription, amount in forgiven.items():
            if abs(amount) > decided[subscription]:
                self.wrong.append(f"{subscription}: {amount} are forgiven of {decided[subscription]}")

    def has_no_coupons(self, subscription):
        return not {self.owners[subscription], PARENTS.get(self.owners[subscription])} & {*PERCENT, *AMOUNT}

    def check_coupons(self):
        """Amounts take at most what they are; percentages their part, rounded once a document and once a line that gives back."""
        for payer in AMOUNT:
            if not 0 <= self.off[payer] <= 3 * 420:
                self.wrong.append(f"{name_of(payer)}: coupons took {self.off[payer]}")
        for payer in PERCENT:
            exact, paid = self.exact[payer], self.paid_by[payer]
            may_be_off = self.documents[name_of(payer)] + Fraction(self.roundings[payer], 2)
            if not -may_be_off - self.taken_by[payer] <= paid - exact <= may_be_off + self.decided_by[payer]:
                self.wrong.append(f"{name_of(payer)}: {paid} after coupons, exactly {float(exact):.1f}")

    def check_credits(self):
        drawn, by_draft = defaultdict(Fraction), defaultdict(int)
        grants = {(r["customer"], r["source"]): r for r in self.records["credit_grant"]}
        for move in self.records["credit_transaction"] + self.records["credit_unit_transaction"]:
            if move["kind"] != "draw":
                continue
            grant = grants[move["customer"], move["source"]]
            drawn[move["customer"], move["source"]] += Fraction(move["units"] if "units" in move else move["amount"])
            by_draft[move["draft_key"]] += cents(move["amount"])
            if not grant["effective_at"][:10] <= move["on"] < grant.get("expires_at", "9999")[:10]:
                self.wrong.append(f"{move['source']} of {move['customer']} is drawn on {move['on']}")
        for key, amount in drawn.items():
            whole = grants[key].get("units") or grants[key]["amount"]
            if amount > Fraction(whole):
                self.wrong.append(f"{key} gave {float(amount)}, and is {whole}")
        for use in self.records["credit_limit_use"]:
            if not 0 <= cents(use["used"]) <= cents(use["limit"]):
                self.wrong.append(f"{use['customer']} used {use['used']} of {use['limit']} in {use['month']}")
        for invoice in self.invoices:
            applied, due, total = (cents(invoice[field]) for field in ("credit_applied", "amount_due", "total"))
            off = sum(cents(line["off"]) for line in invoice.get("written_off", []))  # given back, never paid: due besides the total
            if applied != by_draft[invoice["draft_key"]] - off or due != total - applied or due < 0:
                self.wrong.append(f"{invoice['number']}: total {total}, drawn {by_draft[invoice['draft_key']]}, says {applied}, due {due}")

    def check_corrections(self):
        invoices = {invoice["number"]: invoice for invoice in self.invoices}
        credited = defaultdict(int)
        for note in self.notes:
            if not note.get("corrects"):
                continue
            request = self.by_draft_key[note["draft_key"]]
            net = cents(note["subtotal"]) - cents(note["discount"])
            for line in note["lines"]:
                credited[note["corrects"], line["line"]] += cents(line["amount"]) - cents(line["discount"])
            asked = cents_of(request.get("net")) if request.get("net") else sum(cents_of(line["net"]) for line in request.get("lines", []))
            if asked and asked != net:
                self.wrong.append(f"{note['number']}: net {net}, asked for {asked}")
        for (number, line), net in credited.items():
            of = next(of for of in invoices[number]["lines"] if of["line"] == line)
            if abs(net) > abs(cents(of["amount"]) - cents(of["discount"])):
                self.wrong.append(f"{number}: of line {line}, {of['amount']}, {net} are credited")

    def check_taxes(self):
        """Each document rounds once a rate; a note may round once for a part and take the rest with the last."""
        for (payer, category, rate, inclusive), (base, tax) in self.taxes.items():
            exact = base * Fraction(rate) / 100
            unit = 0 if rate == EXACT_RATE else 1 + Fraction(rate) / 100 if inclusive else 1  # the net is what is rounded
            if abs(tax - exact) > Fraction(self.documents[payer] * unit, 2):
                self.wrong.append(f"{payer}, {category} {rate} %: tax {tax} of {base}, {self.documents[payer]} documents")
        for key, base in self.bases.items():
            if base < 0:
                self.wrong.append(f"{' '.join(key)} %: {-base} more are given back than were charged")


def cents_of(text):
    return int(Fraction(text) * 100)


def compare(wild_path, once_path):
    wild, once = Books(wild_path), Books(once_path)
    wrong = [f"wild: {text}" for text in wild.wrong] + [f"once: {text}" for text in once.wrong]
    for key in sorted(wild.nets.keys() | once.nets.keys()):
        if wild.nets[key] != once.nets[key]:
            wrong.append(f"{' '.join(key)}: {wild.nets[key]}, at once {once.nets[key]}")
    for text in wrong:
        print(text)
    print(f"{len(once.nets)} nets and {len(once.taxes)} taxes of {len(wild.invoices)} invoices and {len(wild.notes)} credit notes, "
          f"{len(wild.done)} corrections, against {len(once.invoices)} and {len(once.notes)}: {len(wrong)} differences")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    if sys.argv[1] == "facts":
        write_facts(int(sys.argv[2]), sys.argv[3])
    elif sys.argv[1] == "corrections":
        print_corrections(sys.argv[2], sys.argv[3], sys.argv[4])
    else:
        compare(sys.argv[2], sys.argv[3])
