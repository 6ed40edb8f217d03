"""Small worlds of random_facts.py, one customer with one subscription each, and the records that say them."""
import datetime
import json
import os
import random

# What the worlds of a family have besides changes. Main keeps the rule of random_facts.py for those of HOLD: whoever
# mends another one adds it there.
FAMILIES = {"life": "usage that comes late, prices and coupons that become known some time, but no decisions",
            "credit": "one credit, or a void, of the first invoice, then one change",
            "credits": "credits and voids of any invoice, before and after changes",
            "withdrawn": "the same, and every change is withdrawn",
            "rebill": "the first invoice is billed again, and nothing changes",
            "rebill_given": "invoices are billed again of which others gave back, and those that did",
            "rebill_mixed": "the same, and changes after that, in periods that have several terms by then",
            "write_off": "the first invoice is written off, then one change",
            "write_offs": "the last ones are, before and after changes",
            "off_rebill": "the first one is, or two, and one is billed again, before and after changes",
            "mixed": "all but write-offs"}
HOLD = ["life", "credit", "credits", "withdrawn", "rebill", "rebill_given", "rebill_mixed", "write_off", "write_offs", "off_rebill", "mixed"]
CLOSES = ["2026-08", "2026-09", "2026-10", "2026-11", "2026-12"]
START = datetime.date(2026, 9, 1)
FEE = {"": 6000, "2": 9000}  # of a seat, in cents, of the first plan and of the other one
ARREARS, CALL = 3000, 100
WORLDS = 10  # of a family


def euros(minor):
    minor = int(minor)
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02}"


# ------------------------------------------------------------------ worlds


def day_of(text):
    return datetime.date.fromisoformat(text)


def within(dice):
    return (START + datetime.timedelta(days=dice.randrange(1, 30))).isoformat()


def step(dice, first=0):
    return dice.randrange(first, len(CLOSES))


def changes_of(dice, world, count, first=0):
    """Changes of one subscription, one a day."""
    kinds = ["quantity"] * 3 + ["pause", "cancel"] + (["plan"] * 2 if not world["second"] else [])
    span = 60 if world["days"] and dice.randrange(2) == 0 else 30  # a month has 30 days, the next one has not
    days = [(START + datetime.timedelta(days=day)).isoformat() for day in sorted(dice.sample(range(1, span), 2 * count))]
    for number in range(count):
        what, day = dice.choice(kinds), days[2 * number]
        if what == "cancel":
            yield {"step": step(dice, first), "what": "cancel", "day": day}
            if dice.randrange(3) == 0:
                yield {"step": step(dice, first), "what": "cancel", "day": dice.choice([None, days[2 * number + 1]])}
        elif what == "pause":
            yield {"step": step(dice, first), "what": "pause", "day": day}
            if dice.randrange(3) > 0:
                yield {"step": step(dice, first), "what": "resume", "day": days[2 * number + 1]}
        elif what == "plan":
            yield {"step": step(dice, first), "what": "plan", "day": day, "to": "2"}
            if dice.randrange(3) == 0:
                yield {"step": step(dice, first), "what": "plan", "day": days[2 * number + 1], "to": ""}
        else:
            yield {"step": step(dice, first), "what": "quantity", "day": day, "to": dice.choice([0, 1, 1, 2, 3, 4, 5])}
            if dice.randrange(3) == 0:
                yield {"step": step(dice, first), "what": "quantity", "day": days[2 * number + 1], "to": world["quantity"]}


def withdrawals_of(dice, facts, odds):
    for fact in facts:
        if fact["what"] in ("quantity", "pause", "plan") and fact["step"] + 1 < len(CLOSES) and dice.randrange(odds) == 0:
            yield {"step": step(dice, fact["step"] + 1), "what": "withdraw", "day": fact["day"]}


def terms_of(dice, world):
    """A price of the customer's own, or a coupon, that becomes known some time."""
    if dice.randrange(2) == 0 or world["second"] == "usage":
        return {"step": step(dice), "what": "price", "from": dice.choice(["2026-09-01", "2026-10-01"]), "to": dice.choice([3000, 9000, 12000])}
    return {"step": step(dice), "what": "coupon"}


def credit_of(dice, first=1, of=None):
    what = dice.choice(["credit", "credit", "whole", "void"])
    return {"step": step(dice, first), "what": what, "of": of or dice.choice(["first", "latest", "any"]), "line": dice.random(),
            **({"net": 500 * dice.randrange(1, 13)} if what == "credit" else {})}


def rebill_of(dice):
    return {"step": step(dice, 1), "what": "rebill", "of": dice.choice(["first", "giver", "any"]), "line": dice.random()}


def usage_of(dice):
    for number in range(dice.randrange(1, 4)):
        yield {"step": step(dice), "what": "usage", "key": number, "day": within(dice), "value": dice.choice([10, 20, 30, 60, -10])}


def world_of(dice, name, family):
    world = {"name": name, "family": family, "quantity": dice.randrange(1, 5), "days": dice.randrange(3) == 0,
             "second": dice.choice(["", "", "", "arrears", "usage"])}
    if family.startswith(("rebill", "off_rebill", "mixed")) and world["second"] == "usage":
        world["second"] = ""
    facts = []
    if family == "life":
        facts += changes_of(dice, world, dice.randrange(1, 4))
        facts += withdrawals_of(dice, facts, 3)
        facts += [terms_of(dice, world) for _ in range(dice.randrange(2))]
    elif family == "credit":
        at = dice.randrange(1, 3)
        facts += [{**credit_of(dice, of="first"), "step": at}]
        facts += [{**fact, "step": at if dice.randrange(2) else at + 1} for fact in changes_of(dice, world, 1)][:1]
    elif family in ("credits", "withdrawn"):
        facts += changes_of(dice, world, dice.randrange(1, 4))
        facts += withdrawals_of(dice, facts, 1 if family == "withdrawn" else 4)
        facts += [credit_of(dice) for _ in range(dice.randrange(1, 3))]
        facts += [terms_of(dice, world) for _ in range(dice.randrange(4) // 3)]
    elif family == "rebill":
        facts += [terms_of(dice, world) for _ in range(dice.randrange(1, 3))]
        facts += [{"step": step(dice, 1), "what": "rebill", "of": "first", "line": 0}]
    elif family in ("rebill_given", "rebill_mixed"):
        facts += changes_of(dice, world, dice.randrange(1, 3))
        facts += [terms_of(dice, world) for _ in range(dice.randrange(1, 3))]
        facts += [rebill_of(dice) for _ in range(dice.randrange(1, 3))]
    elif family == "write_off":
        facts += [{"step": 1, "what": "write_off", "of": "first", "line": 0}]
        facts += [{**fact, "step": 1 + dice.randrange(2)} for fact in changes_of(dice, world, 1)][:1]
    elif family == "write_offs":
        facts += [{"step": number, "what": "write_off", "of": "latest", "line": 0} for number in sorted(dice.sample(range(1, len(CLOSES)), dice.randrange(1, 3)))]
        facts += changes_of(dice, world, dice.randrange(1, 4))
        facts += withdrawals_of(dice, facts, 4)
    elif family == "off_rebill":
        off = sorted(dice.sample(range(1, len(CLOSES) - 1), dice.randrange(1, 3)))
        facts += [{"step": number, "what": "write_off", "of": "latest", "line": 0} for number in off]
        facts += [{"step": dice.randrange(off[-1] + 1, len(CLOSES)), "what": "rebill", "of": dice.choice(["first", "first", "any"]), "line": dice.random()}]
        facts += changes_of(dice, world, dice.randrange(1, 4))
        facts += withdrawals_of(dice, facts, 4)
        facts += [terms_of(dice, world) for _ in range(dice.randrange(4) // 3)]
    else:
        facts += changes_of(dice, world, dice.randrange(1, 4))
        facts += withdrawals_of(dice, facts, 4)
        facts += [credit_of(dice) for _ in range(dice.randrange(3))]
        facts += [rebill_of(dice) for _ in range(dice.randrange(3))]
        facts += [terms_of(dice, world) for _ in range(dice.randrange(3))]
    if world["second"] == "usage":
        facts += usage_of(dice)
    world["facts"] = sorted(facts, key=lambda fact: fact["step"])
    return world


def worlds_of(seed, families):
    worlds = []
    for family in families:
        for number in range(WORLDS):
            name = f"{family.replace('_', '-')}-{number:02}"
            worlds.append(world_of(random.Random(f"{seed} {name}"), name, family))
    only = os.environ.get("ONLY", "").split()
    return [world for world in worlds if not only or world["name"] in only]


# ------------------------------------------------------------------ records


def plan_of(world, other=""):
    return f"{'days' if world['days'] else 'month'}{'-' + world['second'] if world['second'] else other}"


def catalog(worlds):
    yield {"record": "tenant", "tenant": "t", "legal_name": "T GmbH", "address": {"city": "Berlin"}, "country": "DE",
           "currency": "EUR", "timezone": "Europe/Berlin", "locale": "de-DE", "payment_terms_days": 14}
    yield {"record": "tax_rate", "tenant": "*", "country": "DE", "category": "standard", "valid_from": "2007-01-01", "rate_percent": "20", "name": "USt."}
    yield {"record": "product", "tenant": "t", "product": "p", "name": "Produkt"}
    yield {"record": "meter", "tenant": "t", "meter": "calls", "aggregation": "sum"}
    yield {"record": "coupon", "tenant": "t", "coupon": "half", "percent": "50", "duration": "forever"}
    for cycle in ("month", "days"):
        for plan in ("", "2", "-arrears", "-usage"):
            interval = {"interval": "month"} if cycle == "month" else {"interval": "day", "interval_count": 30}
            yield {"record": "plan", "tenant": "t", "plan": cycle + plan, "name": cycle + plan, **interval}
            price = {"record": "price", "tenant": "t", "plan": cycle + plan, "product": "p", "currency": "EUR", "valid_from": "2020-01-01", "model": "per_unit"}
            yield {**price, "price": f"{cycle}{plan}-fee", "unit_price": euros(FEE.get(plan, FEE[""])), "billing": "in_advance"}
            if plan == "-arrears":
                yield {**price, "price": f"{cycle}{plan}-more", "unit_price": euros(ARREARS), "billing": "in_arrears"}
            if plan == "-usage":
                yield {**price, "price": f"{cycle}{plan}-more", "unit_price": euros(CALL), "billing": "in_arrears", "meter": "calls"}
    for world in worlds:
        yield {"record": "customer", "tenant": "t", "customer": world["name"], "name": world["name"], "address": {"country": "DE"}}
        yield subscription_of(world)


def subscription_of(world, cancel_at=None):
    return {"record": "subscription", "tenant": "t", "subscription": world["name"], "customer": world["name"], "plan": plan_of(world),
            "quantity": str(world["quantity"]), "start": START.isoformat(), **({"cancel_at": cancel_at} if cancel_at else {})}


def change_of(world, fact):
    record = {"record": "subscription_change", "tenant": "t", "subscription": world["name"], "at": fact["day"]}
    if fact["what"] == "quantity":
        return {**record, "quantity": str(fact["to"])}
    if fact["what"] == "plan":
        return {**record, "plan": plan_of(world, fact["to"])}
    return {**record, fact["what"]: True}


def record_of(world, fact):
    """What import is told; None: a decision."""
    what = fact["what"]
    if what in ("quantity", "plan", "pause", "resume"):
        return change_of(world, fact)
    if what == "withdraw":
        changed = next(other for other in world["facts"] if other.get("day") == fact["day"] and other["what"] in ("quantity", "plan", "pause", "resume"))
        return {**change_of(world, changed), "withdrawn": True}
    if what == "cancel":
        return subscription_of(world, fact["day"])
    if what == "price":
        return {"record": "customer_price", "tenant": "t", "customer": world["name"], "price": f"{plan_of(world)}-fee", "valid_from": fact["from"],
                "currency": "EUR", "model": "per_unit", "unit_price": euros(fact["to"])}
    if what == "coupon":
        return {"record": "coupon_redemption", "tenant": "t", "coupon": "half", "customer": world["name"], "at": START.isoformat()}
    if what == "usage":
        return {"record": "usage", "tenant": "t", "meter": "calls", "subscription": world["name"], "key": f"{world['name']}-{fact['key']}",
                "value": str(fact["value"]), "at": f"{fact['day']}T10:00:00Z"}
    return None


def write(path, records):
    with open(path, "w", encoding="utf-8") as file:
        for record in records:
            print(json.dumps(record), file=file)


def write_records(directory, worlds):
    write(f"{directory}/catalog.jsonl", catalog(worlds))
    for at in range(len(CLOSES)):
        known = [record_of(world, fact) for world in worlds for fact in facts_known(world) if fact["step"] == at]
        write(f"{directory}/{at}.jsonl", [record for record in known if record is not None])
    write(f"{directory}/decided.jsonl", [])


def facts_known(world):
    """Without what says the same twice: one price of its own a day, one coupon."""
    seen = set()
    for fact in world["facts"]:
        key = (fact["what"], fact.get("from"))
        if fact["what"] in ("price", "coupon") and key in seen:
            continue
        seen.add(key)
        yield fact


# ------------------------------------------------------------------ periods


def periods_of(world):
    """As many as the closes reach: (first day, the day after)."""
    starts = [START]
    for _ in range(len(CLOSES) + 1):
        last = starts[-1]
        starts.append(last + datetime.timedelta(days=30) if world["days"] else (last.replace(day=28) + datetime.timedelta(days=4)).replace(day=1))
    return list(zip(starts, starts[1:]))


def period_of(world, day):
    return next(first.isoformat() for first, after in periods_of(world) if first <= day_of(day) < after)


def due_until(at):
    year, month = map(int, CLOSES[at].split("-"))
    return datetime.date(year + month // 12, month % 12 + 1, 1)


def close_of(due_on):
    """The close in which a boundary is due."""
    return next((at for at in range(len(CLOSES)) if due_on <= due_until(at)), None)
