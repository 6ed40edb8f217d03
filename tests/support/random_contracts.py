"""Random contracts over random subscriptions, billed by random runs, against a model of what they must cost.

    random_contracts.py facts SEED DIRECTORY        catalog.jsonl, and steps: a line for each run, "NUMBER MONTH close DAY",
                                                    redo or progressive; NUMBER.jsonl is what becomes known before it
    random_contracts.py corrections SEED DUMP DAY   corrections of random documents of the dump, to be done that day
    random_contracts.py compare DIRECTORY DUMP…     each dump against the model, which reads the facts alone

Contracts have one to three phases, with and without ends and gaps, discounts, prices of their own, commitments of
different priorities and scopes, several over the same charges; some are amended in the middle of a phase, some end
together, some have no end. Subscriptions change, pause and end; usage comes early, late, and past thresholds; invoices
are corrected and billed again; customers have coupons, two currencies, payers, and other payers later.

The model (exact fractions, from DOMAIN 2 to 4 and the rules that open core/billing/contract.h,
subscription_timeline.h and price_spans.h, from nothing of the C code) says of each subscription, price and first day
what is charged before coupons, and of each phase with a commitment what is missing to it. Every dump must say the
same to the cent, whatever runs made it.
"""
import calendar
import datetime
import json
import random
import sys
from collections import defaultdict
from fractions import Fraction

MONTHS = ["2026-09", "2026-10", "2026-11", "2026-12", "2027-01", "2027-02", "2027-03"]
START = datetime.date(2026, 9, 1)
LAST_END = datetime.date(2027, 1, 1)  # of phases that are over: what is charged with them is due by the last run
CUSTOMERS = 12
STEADY = (8, 9, 10, 11)  # without changes, so that nothing but corrections takes anything back
PLANS = {"small": ("month", 1), "large": ("month", 1), "quarter": ("month", 3), "dollar": ("month", 1), "card": ("month", 1)}
DAY = datetime.timedelta(days=1)


def last_day(month):
    year, number = map(int, month.split("-"))
    return datetime.date(year, number, calendar.monthrange(year, number)[1])


def name_of(customer):
    return f"c-{customer:02}"


def date_of(text):
    return datetime.date.fromisoformat(text)


def cents(text):
    return int(text.replace(".", ""))


# ------------------------------------------------------------------ what there is


def record(kind, **fields):
    return {"record": kind, "tenant": "t", **fields}


def catalog(dice):
    yield {"record": "tenant", "tenant": "t", "legal_name": "T GmbH", "address": {"city": "Berlin"}, "country": "DE",
           "currency": "EUR", "timezone": "Europe/Berlin", "locale": "de-DE", "payment_terms_days": 14}
    yield {"record": "tax_rate", "tenant": "*", "country": "DE", "category": "standard", "valid_from": "2007-01-01",
           "rate_percent": "19", "name": "USt."}
    for product in ("seat", "fee", "api", "promise"):
        yield record("product", product=product, name=product)
    for meter in ("calls", "data"):
        yield record("meter", meter=meter, aggregation="sum")
    for plan, (interval, count) in PLANS.items():
        thresholds = {"usage_thresholds": [{"amount": "15"}, {"amount": "20", "recurring": True}]} if plan == "small" else {}
        yield record("plan", plan=plan, name=plan, interval=interval, interval_count=count, **thresholds)
        yield from prices_of(dice, plan)
    yield record("coupon", coupon="tenth", percent="10", duration="forever")


def prices_of(dice, plan):
    in_usd = plan == "dollar"
    base = {"plan": plan, "currency": "USD" if in_usd else "EUR"}
    some = lambda low, high: f"{dice.randrange(low, high)}.{dice.randrange(100):02}"
    for valid_from in ["2020-01-01"] + (["2026-10-13", "2026-11-20"] if plan == "card" else []):
        of_version = {**base, "valid_from": valid_from}
        yield record("price", price=plan + "-seat", product="seat", billing="in_advance", model="per_unit", unit_price=some(9, 40), **of_version)
        yield record("price", price=plan + "-fee", product="fee", billing="in_arrears", model="flat", flat_fee=some(20, 90), **of_version)
        limit = {"minimum_amount": some(1, 9)} if dice.randrange(2) else {}
        tiers = [{"up_to": "40", "unit_price": f"0.{dice.randrange(10, 99)}", "flat_fee": "0.31"}, {"up_to": None, "unit_price": "0.017"}]
        yield record("price", price=plan + "-calls", product="api", meter="calls", billing="in_arrears", model="graduated", tiers=tiers,
                     **limit, **of_version)
        limit = {"maximum_amount": some(9, 30)} if dice.randrange(2) else {}
        yield record("price", price=plan + "-data", product="api", meter="data", billing="in_arrears", model="per_unit",
                     unit_price=f"0.0{dice.randrange(100, 999)}", **limit, **of_version)


def customers(dice):
    for number in range(CUSTOMERS):
        parent = {3: {"parent": name_of(2)}, 9: {"parent": name_of(8)}}.get(number, {})
        yield record("customer", customer=name_of(number), name=f"Kunde {number}", address={"country": "DE"}, **parent)
    for number in (0, 5, 10):
        if dice.randrange(2):
            yield record("coupon_redemption", customer=name_of(number), coupon="tenth", at="2026-09-01")


# ------------------------------------------------------------------ contracts


def phase_fields(dice, has_currency):
    fields = {}
    if dice.randrange(2):
        fields["discount_percent"] = dice.choice(["5", "10", "12.5", "33.3", "100"])
    if has_currency and dice.randrange(5) < 4:
        fields["commitment"] = f"{dice.choice([0, 40, 150, 300, 800, 2000])}.{dice.randrange(100):02}"
        fields["product"] = "promise"
    if dice.randrange(2):
        fields["priority"] = dice.choice([40, 50, 60])
    if dice.randrange(2):
        scope = [{"product": "api"}, {"product": "fee"}, {"plan": "small"}, {"plan": "large", "product": "seat"}, {"product": "seat"}]
        fields["scope"] = dice.sample(scope, dice.choice([1, 1, 2]))
    if dice.randrange(3) == 0:
        prices = [f"{dice.choice(['small', 'large', 'quarter'])}-{what}" for what in dice.sample(["seat", "fee", "calls", "data"], 2)]
        fields["prices"] = [{"price": price, "rated_as": "card" + price[price.index("-"):]} for price in prices]
    return fields


def phases_of_contract(dice, contract, start, end, has_currency):
    """One to three; a phase may end before the next one begins."""
    span = (min(end or LAST_END, LAST_END) - start).days
    starts = sorted({0, *[dice.randrange(1, span) for _ in range(dice.choice([0, 1, 1, 2]))]}) if span > 1 else [0]
    for number, (begun, after) in enumerate(zip(starts, starts[1:] + [None])):
        fields = phase_fields(dice, has_currency)
        if after is not None and after - begun > 3 and dice.randrange(3) == 0:
            fields["end"] = (start + datetime.timedelta(days=begun + dice.randrange(1, after - begun))).isoformat()
        yield record("contract_phase", contract=contract, phase=f"f{number}", start=(start + datetime.timedelta(days=begun)).isoformat(), **fields)


def some_day(dice, first, end):
    return first + datetime.timedelta(days=dice.randrange((end - first).days))


def contract_of(dice, name, customer, start, end, **fields):
    """`end`: a day, None (open), or the name of the contract that it ends with, with its end."""
    known, fields = fields.pop("known", START), dict(fields)
    if dice.randrange(6):
        fields["currency"] = dice.choice(["EUR", "EUR", "EUR", "USD"])
    last = None
    if isinstance(end, tuple):
        fields["ends_with"], last = end
    elif end is not None:
        fields["end"], last = end.isoformat(), end
    yield known, record("contract", contract=name, customer=name_of(customer), start=start.isoformat(), **fields)
    for phase in phases_of_contract(dice, name, start, last, "currency" in fields):
        yield known, phase


def contracts_of(dice, customer):
    for number in range(dice.choice([1, 1, 2, 3])):
        name = f"k-{customer:02}-{number}"
        start = some_day(dice, START, START + 60 * DAY)
        end = dice.choice([some_day(dice, start + 20 * DAY, LAST_END + DAY), some_day(dice, start + 20 * DAY, LAST_END + DAY),
                           datetime.date(2027, 9, 1), None])
        yield from contract_of(dice, name, customer, start, end)
        what = dice.randrange(3)
        if what == 0:
            latest = min(LAST_END, end or LAST_END)
            at = some_day(dice, start + DAY, latest + DAY)
            known = max(START, at - dice.randrange(14, 60) * DAY)
            if at - known < 14 * DAY:
                known = START
            after = dice.choice([some_day(dice, at + DAY, LAST_END + 2 * DAY), None]) if at < LAST_END else None
            yield from contract_of(dice, name + "-new", customer, at, after, amends=name, known=known)
        elif what == 1 and end is not None and end <= LAST_END:
            yield from contract_of(dice, name + "-too", customer, some_day(dice, start, end), (name, end))


# ------------------------------------------------------------------ subscriptions, usage, payers


def change_of(dice, subscription, day):
    fields = {"plan": dice.choice(["small", "large", "quarter"])} if dice.randrange(2) else {}
    if not fields or dice.randrange(3) == 0:
        fields["quantity"] = str(dice.randrange(0, 9))
    if dice.randrange(5) == 0:
        fields = {dice.choice(["pause", "resume"]): True}
    return record("subscription_change", subscription=subscription, at=day.isoformat(), **fields)


def subscription_facts(dice, customer, number):
    name = f"s-{customer:02}-{number}"
    start = some_day(dice, START, START + 40 * DAY)
    plan = dice.choice(["small", "small", "large", "quarter", "dollar"])
    first = record("subscription", subscription=name, customer=name_of(customer), plan=plan, quantity=str(dice.randrange(1, 9)), start=start.isoformat())
    yield START, first
    learn = lambda day: max(START, day + dice.choice([-40, -10, 0, 0, 15, 50]) * DAY)
    day = start
    for _ in range(dice.randrange(4) if customer not in STEADY and plan != "dollar" else 0):
        day += dice.randrange(1, 60) * DAY
        if day <= last_day(MONTHS[-1]):
            yield learn(day), change_of(dice, name, day)
    if customer not in STEADY and dice.randrange(4) == 0:
        gone = start + dice.randrange(5, 200) * DAY
        yield learn(gone), {**first, "cancel_at": gone.isoformat()}
    for event in range(dice.randrange(24)):
        at = some_day(dice, start, last_day(MONTHS[-1]) + DAY)
        meter = dice.choice(["calls", "calls", "data"])
        value = dice.randrange(1, 90) * (12 if meter == "data" else 1)
        known = max(START, at + dice.choice([0, 0, 0, 2, 20, 60]) * DAY)
        yield known, record("usage", meter=meter, subscription=name, key=f"{name}-{event}", value=str(value), at=f"{at}T{dice.randrange(2, 22):02}:30:00Z")


def all_facts(dice):
    facts = []
    for customer in range(CUSTOMERS):
        for number in range(dice.choice([1, 1, 2, 3])):
            facts += subscription_facts(dice, customer, number)
        facts += contracts_of(dice, customer)
    moved = record("customer", customer=name_of(3), name="Kunde 3", address={"country": "DE"})
    facts.append((some_day(dice, START, datetime.date(2027, 2, 1)), {**moved, **dice.choice([{}, {"parent": name_of(1)}])}))
    facts.append((some_day(dice, START, datetime.date(2027, 2, 1)),
                  record("customer", customer=name_of(4), name="Kunde 4", address={"country": "DE"}, parent=name_of(2))))
    order = {"customer": 0, "contract": 1, "contract_phase": 2, "subscription": 1}
    return sorted(facts, key=lambda fact: (fact[0], order.get(fact[1]["record"], 3), fact[1].get("start", ""), fact[1].get("ends_with") is not None))


def steps_of(dice):
    steps = []
    for month in MONTHS[:-1]:
        if dice.randrange(5) < 2:
            day = f"{month}-{dice.randrange(5, 27):02}"
            steps.append((month, "progressive", day))
        if dice.randrange(5) < 3:
            steps += [(month, what, str(last_day(month))) for what in ["close"] + ["redo"] * dice.choice([0, 0, 1])]
    return steps + [(MONTHS[-1], "close", str(last_day(MONTHS[-1])))]


def write(path, records):
    with open(path, "w", encoding="utf-8") as file:
        for one in records:
            print(json.dumps(one), file=file)


def write_facts(seed, directory):
    dice = random.Random(seed)
    write(f"{directory}/catalog.jsonl", list(catalog(dice)) + list(customers(dice)))
    facts = all_facts(dice)
    until = START
    with open(f"{directory}/steps", "w", encoding="utf-8") as file:
        for place, (month, what, day) in enumerate(steps_of(dice)):
            # what becomes known after a month's last day may still come before the month is closed
            delay = dice.choice([-9, 0, 3, 20]) if what != "progressive" else dice.choice([-9, 0])
            until = max(until, date_of(day) + delay * DAY)
            if (month, what) == (MONTHS[-1], "close"):
                until = datetime.date.max
            write(f"{directory}/{place:02}.jsonl", [fact for known, fact in facts if known <= until])
            facts = [fact for fact in facts if fact[0] > until]
            print(f"{place:02}", month, what, day, file=file)


# ------------------------------------------------------------------ corrections


def print_corrections(seed, path, day):
    dice = random.Random(f"{seed} {day}")
    numbered = [invoice for invoice in read(path)["invoice"] if invoice.get("number") and int(invoice["customer"][2:]) in STEADY]
    for invoice in dice.sample(numbered, min(len(numbered), dice.randrange(4))):
        action = dice.choice(["rebill", "rebill", "credit", "void", "write_off"])
        part = {"unused": {"numerator": dice.randrange(1, 30), "denominator": 30}} if action == "credit" and dice.randrange(2) else {}
        print(json.dumps(record("correction", correction=f"{seed}-{invoice['number']}", invoice=invoice["number"], on=day, reason="because",
                                action=action, **part)))


# ------------------------------------------------------------------ what a dump says


def read(path):
    records = defaultdict(list)
    with open(path, encoding="utf-8") as file:
        for one in map(json.loads, file):
            records[one["record"]].append(one)
    return records


def gives_back(line, amount):
    """core/billing/give_back.h, rule 1."""
    return line["kind"].removeprefix("rebill:").startswith(("reversal:", "proration_credit")) or amount < 0


def books_of(path):
    """Before coupons: of each subscription, price and first day, and of each contract and phase, what was charged. What
    a correction of kind credit took off, and a void invoice, is no difference: nobody billed it again."""
    records = read(path)
    rebilled = {r["invoice"] for r in records["correction"] if r.get("done") and r["action"] == "rebill"}
    cuts = defaultdict(int)
    for use in records["coupon_use"]:
        for cut in use["lines"]:
            cuts[use["draft_key"], cut["line"]] += cents(cut["discount"])
    nets = defaultdict(int)
    for document in records["invoice"] + records["credit_note"]:
        again, corrects = document.get("number") in rebilled, document.get("corrects")
        if (corrects and corrects not in rebilled) or (document["status"] == "void" and again):
            continue
        sign = -1 if document["record"] == "credit_note" else 1
        for line in document["lines"]:
            key = (line["subscription"], line["price"], line["period_start"]) if "price" in line else (line["contract"], line["phase"])
            amount, discount = sign * cents(line["amount"]), sign * cents(line["discount"])
            cut = cuts[document["draft_key"], line["line"]]
            if again or corrects:
                nets[key] += amount - discount
            else:
                nets[key] += amount if gives_back(line, amount) else amount - discount + cut
    return {key: net for key, net in nets.items() if net != 0}, records


# ------------------------------------------------------------------ the model: contracts


def rounded(value):
    """To whole cents; ties away from zero."""
    sign, value = (-1, -value) if value < 0 else (1, value)
    return sign * ((2 * value.numerator + value.denominator) // (2 * value.denominator))


class Phase:
    def __init__(self, own, contract, agreed_end, closed):
        self.own, self.contract = own, contract
        self.start = date_of(own["start"])
        self.agreed_end = agreed_end
        self.end = min(agreed_end or datetime.date.max, closed or datetime.date.max)
        self.end = None if self.end == datetime.date.max else max(self.end, self.start)
        self.rank = (-own.get("priority", 50), self.start, contract["contract"], own["phase"])
        self.discount = Fraction(own.get("discount_percent", 0))
        self.terms = {price["price"]: price["rated_as"] for price in own.get("prices", [])}

    def covers(self, price, day):
        scope = self.own.get("scope") or [{}]
        return (self.start <= day and (self.end is None or day < self.end)
                and self.contract.get("currency", price["currency"]) == price["currency"]
                and any(s.get("plan", price["plan"]) == price["plan"] and s.get("product", price["product"]) == price["product"] for s in scope))

    def commitment(self):
        """Cents; of a phase that was cut short the part for its days. None: there is none."""
        if "commitment" not in self.own or self.end == self.start:
            return None
        if self.end is None:
            return cents(self.own["commitment"])
        agreed = ((self.agreed_end or self.end) - self.start).days
        return rounded(Fraction(self.own["commitment"]) * 100 * (self.end - self.start).days / agreed)


def phases_of(facts):
    contracts = {contract["contract"]: contract for contract in facts["contract"]}
    closed = {contract["amends"]: date_of(contract["start"]) for contract in contracts.values() if "amends" in contract}
    found = defaultdict(list)
    for name, contract in contracts.items():
        end = contract.get("end") or contracts.get(contract.get("ends_with"), {}).get("end")
        own = sorted((phase for phase in facts["contract_phase"] if phase["contract"] == name), key=lambda phase: phase["start"])
        for phase, after in zip(own, own[1:] + [None]):
            until = phase.get("end") or (after["start"] if after else end)
            found[contract["customer"]].append(Phase(phase, contract, until and date_of(until), closed.get(name)))
    for phases in found.values():
        phases.sort(key=lambda phase: phase.rank)
    return found


def missing(phases, charges):
    """{(contract, phase): cents}. What is charged for draws in order of days; each fills one commitment after the other."""
    drawn = {phase.rank: 0 for phase in phases}
    totals = defaultdict(int)
    for charge in charges:
        totals[charge["on"], charge["subscription"], charge["price"]["price"]] += charge["net"]
    prices = {charge["price"]["price"]: charge["price"] for charge in charges}
    for (on, _, price), net in sorted(totals.items()):
        covering = [phase for phase in phases if phase.commitment() is not None and phase.covers(prices[price], on)]
        for phase in covering:
            is_last = phase is covering[-1]
            part = net if is_last else min(net, max(0, phase.commitment() - drawn[phase.rank]))
            drawn[phase.rank] += part
            net -= part
    return {(phase.contract["contract"], phase.own["phase"]): max(0, phase.commitment() - drawn[phase.rank])
            for phase in phases if phase.commitment() is not None and phase.end is not None and phase.end <= LAST_END + DAY}


# ------------------------------------------------------------------ the model: what a subscription is charged


def month_after(anchor, months):
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(anchor.day, calendar.monthrange(year, month + 1)[1]))


class State:
    def __init__(self, plan, quantity, since):
        self.plan, self.quantity, self.paused, self.since = plan, quantity, False, since


def stretches_of(subscription, changes):
    """[(first day, plan, quantity, paused, since when that plan)]"""
    start = date_of(subscription["start"])
    state, found, begun = State(subscription["plan"], Fraction(subscription["quantity"]), start), [], start
    for change in sorted(changes, key=lambda change: change["at"]):
        at = date_of(change["at"])
        if at > begun:
            found.append((begun, state.plan, state.quantity, state.paused, state.since))
            begun = at
        if change.get("plan", state.plan) != state.plan:
            state.plan, state.since = change["plan"], max(at, start)
        state.quantity = Fraction(change.get("quantity", state.quantity))
        state.paused = (state.paused or "pause" in change) and "resume" not in change
    return found + [(begun, state.plan, state.quantity, state.paused, state.since)]


def windows_of(stretches, end):
    """(first day, day after the last, full period), over the whole life; another interval is a new anchor."""
    eras = []
    for begun, plan, *_ in stretches:
        if not eras or PLANS[plan] != eras[-1][1]:
            eras.append((begun, PLANS[plan]))
    for (begun, (_, count)), until in zip(eras, [era[0] for era in eras[1:]] + [end]):
        number = 0
        while month_after(begun, number * count) < min(until, end):
            full = month_after(begun, number * count), month_after(begun, (number + 1) * count)
            yield full[0], min(full[1], until, end), full
            number += 1


def runs_of(stretches, window, plan, tells):
    """Adjoining stretches of the plan with the same of what tells them apart: [first day, day after, quantity, since]"""
    runs, open_run = [], False
    for (begun, of_plan, quantity, paused, since), after in zip(stretches, [s[0] for s in stretches[1:]] + [datetime.date.max]):
        first, last = max(begun, window[0]), min(after, window[1])
        if first >= last:
            continue
        charged = of_plan == plan and not paused
        if charged and open_run and tells(quantity) == tells(runs[-1][2]):
            runs[-1][1] = last
        elif charged:
            runs.append([first, last, quantity, max(since, window[0])])
        open_run = charged
    return runs


class Model:
    def __init__(self, directory):
        facts = defaultdict(list)
        with open(f"{directory}/steps", encoding="utf-8") as steps:
            names = ["catalog"] + [step.split()[0] for step in steps]
        for name in names:
            for kind, records in read(f"{directory}/{name}.jsonl").items():
                facts[kind] += records
        self.end = last_day(MONTHS[-1]) + DAY  # what is due with this day is billed
        self.versions = defaultdict(list)
        for price in facts["price"]:
            self.versions[price["price"]].append(price)
        self.usage, self.changes = defaultdict(list), defaultdict(list)
        for event in facts["usage"]:
            # 2 to 21 o'clock in Greenwich is the same day in Berlin
            self.usage[event["subscription"], event["meter"]].append((date_of(event["at"][:10]), Fraction(event["value"])))
        for change in facts["subscription_change"]:
            self.changes[change["subscription"]] = [c for c in self.changes[change["subscription"]] if c["at"] != change["at"]] + [change]
        self.phases = phases_of(facts)
        self.nets = {}
        charges = defaultdict(list)
        for subscription in {s["subscription"]: s for s in facts["subscription"]}.values():
            for charge in self.charges_of(subscription):
                charges[subscription["customer"]].append(charge)
        for customer, of_customer in charges.items():
            for charge in of_customer:
                key = (charge["subscription"], charge["price"]["price"], str(charge["start"]))
                self.nets[key] = self.nets.get(key, 0) + charge["net"]
        for customer, phases in self.phases.items():
            self.nets.update(missing(phases, charges[customer]))
        self.nets = {key: net for key, net in self.nets.items() if net != 0}

    def version(self, price, day):
        return max((v for v in self.versions[price] if v["valid_from"] <= str(day)), key=lambda v: v["valid_from"])

    def terms(self, customer, price, day):
        """By which version of which price a charge of that day is charged, and what its contract takes off."""
        phase = next((phase for phase in self.phases[customer] if phase.covers(price, day)), None)
        if phase is None:
            return self.version(price["price"], day), Fraction(0)
        return self.version(phase.terms.get(price["price"], price["price"]), day), phase.discount

    def charges_of(self, subscription):
        stretches = stretches_of(subscription, self.changes[subscription["subscription"]])
        end = date_of(subscription["cancel_at"]) if "cancel_at" in subscription else datetime.date(2030, 1, 1)
        end = max(end, date_of(subscription["start"]))
        for window in windows_of(stretches, end):
            if window[0] > self.end:
                break
            for versions in list(self.versions.values()):
                price = versions[0]
                if price["plan"] not in {stretch[1] for stretch in stretches}:
                    continue
                charge = self.metered if "meter" in price else self.ahead if price["billing"] == "in_advance" else self.behind
                tells = (lambda quantity: quantity) if price["model"] == "per_unit" and "meter" not in price else lambda quantity: None
                for run in runs_of(stretches, window, price["plan"], tells):
                    yield from charge(subscription, price, window, run, end)

    def made(self, subscription, price, on, start, net):
        return {"subscription": subscription["subscription"], "price": price, "on": on, "start": start, "net": net}

    def ahead(self, subscription, price, window, run, end):
        """Charged to the period's end, by the terms of its first day, and given back from the next change on."""
        first, until, quantity, since = run
        if first > self.end:
            return
        version, off = self.terms(subscription["customer"], price, since)
        whole = (window[2][1] - window[2][0]).days
        net = lambda begun, ended: rounded(
            quantity * Fraction(version["unit_price"]) * (100 - off) * Fraction((ended - begun).days, whole))
        last = until if until == end else window[2][1]
        yield self.made(subscription, price, since, first, net(first, last))
        if until not in (last, window[2][1]) and until <= self.end:
            yield self.made(subscription, price, since, until, -net(until, window[2][1]))

    def cuts(self, customer, price, first, until):
        """The days on which other terms begin to hold."""
        days = {date_of(v["valid_from"]) for v in self.versions[price["price"]]}
        for phase in self.phases[customer]:
            if phase.covers(price, phase.start):
                days |= {phase.start, phase.end}
                rated = phase.terms.get(price["price"])
                days |= {day for day in (date_of(v["valid_from"]) for v in self.versions.get(rated, [])) if phase.covers(price, day)}
        days = sorted(day for day in days if day and first < day < until)
        return list(zip([first] + days, days + [until]))

    def behind(self, subscription, price, window, run, _):
        if window[1] > self.end:
            return
        for first, until in self.cuts(subscription["customer"], price, run[0], run[1]):
            version, off = self.terms(subscription["customer"], price, first)
            share = Fraction((until - first).days, (window[2][1] - window[2][0]).days)
            yield self.made(subscription, price, first, first, rounded(Fraction(version["flat_fee"]) * (100 - off) * share))

    def metered(self, subscription, price, window, run, _):
        """What is used counts on over a change of terms: a part costs all so far less what was before, by its own terms."""
        if window[1] > self.end:
            return
        whole = (window[2][1] - window[2][0]).days
        for first, until in self.cuts(subscription["customer"], price, run[0], run[1]):
            version, off = self.terms(subscription["customer"], price, first)
            total = lambda ended: rounded(self.cost(subscription, version, run[0], ended, Fraction((ended - run[0]).days, whole), off))
            yield self.made(subscription, price, first, first, total(until) - (total(first) if first > run[0] else 0))

    def cost(self, subscription, price, first, until, share, off):
        used = sum((value for day, value in self.usage[subscription["subscription"], price["meter"]] if first <= day < until), Fraction(0))
        if price["model"] == "graduated":
            bound = Fraction(price["tiers"][0]["up_to"])
            gross = min(used, bound) * Fraction(price["tiers"][0]["unit_price"]) + Fraction(price["tiers"][0]["flat_fee"]) * share
            gross += max(used - bound, 0) * Fraction(price["tiers"][1]["unit_price"])
        else:
            gross = used * Fraction(price["unit_price"])
        net = gross * (100 - off) / 100
        if "maximum_amount" in price:
            net = min(net, Fraction(price["maximum_amount"]) * share)
        return 100 * max(net, Fraction(price.get("minimum_amount", 0)) * share)


def compare(directory, paths):
    model = Model(directory)
    wrong = 0
    for path in paths:
        nets, records = books_of(path)
        for key in sorted(model.nets.keys() | nets.keys()):
            if model.nets.get(key, 0) != nets.get(key, 0):
                wrong += 1
                print(f"{path.rsplit('/', 1)[-1]}: {' '.join(key)}: {nets.get(key, 0)}, by the model {model.nets.get(key, 0)}")
        commitments = sum(len(key) == 2 for key in model.nets)
        print(f"{len(model.nets)} nets, {commitments} of commitments, {len(records['invoice'])} invoices and {len(records['credit_note'])} credit notes")
    print(f"{wrong} differences")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    if sys.argv[1] == "facts":
        write_facts(int(sys.argv[2]), sys.argv[3])
    elif sys.argv[1] == "corrections":
        print_corrections(sys.argv[2], sys.argv[3], sys.argv[4])
    else:
        compare(sys.argv[2], sys.argv[3:])
