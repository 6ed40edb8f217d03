"""What each billing period of a world must come to, by its facts alone: the rule is in random_facts.py."""
import datetime
from collections import defaultdict
from fractions import Fraction

from facts_worlds import ARREARS, CALL, CLOSES, FEE, START, day_of, due_until, close_of, facts_known, period_of, periods_of


class Undefined(Exception):
    pass


class Life:
    """What is charged of a world, by the facts that are known so far."""

    def __init__(self, world):
        self.world = world
        self.changes, self.cancel_at = {}, None
        self.own_prices, self.coupon = {}, False
        self.usage = []

    def know(self, fact):
        what = fact["what"]
        if what in ("quantity", "plan", "pause", "resume"):
            self.changes[day_of(fact["day"])] = fact
        elif what == "withdraw":
            self.changes.pop(day_of(fact["day"]), None)
        elif what == "cancel":
            self.cancel_at = day_of(fact["day"]) if fact["day"] else None
        elif what == "price":
            self.own_prices[day_of(fact["from"])] = fact["to"]
        elif what == "coupon":
            self.coupon = True
        elif what == "usage":
            self.usage.append(fact)

    def unit(self, price, on):
        """In cents for a whole period, as known now."""
        if price == "more":
            return ARREARS
        if price == "fee2":
            return FEE["2"]
        own = [since for since in self.own_prices if since <= on]
        return self.own_prices[max(own)] if own else FEE[""]

    def stretches(self):
        """(from, until, plan, quantity, paused, since when it has the plan), which tile its life."""
        plan, quantity, paused, since, begun = "", self.world["quantity"], False, START, START
        for day in sorted(self.changes):
            change = self.changes[day]
            yield begun, day, plan, quantity, paused, since
            begun = day
            if change["what"] == "plan" and change["to"] != plan:
                plan, since = change["to"], day
            if change["what"] == "quantity":
                quantity = change["to"]
            paused = {"pause": True, "resume": False}.get(change["what"], paused)
        yield begun, datetime.date.max, plan, quantity, paused, since

    def charged(self, day):
        return not (self.cancel_at and day >= self.cancel_at) and any(
            begun <= day < until and not paused for begun, until, _, _, paused, _ in self.stretches())

    def runs(self, price, first, after):
        """Days of a period with one quantity of a price: (from, until, quantity, priced on)."""
        plan = "2" if price == "fee2" else ""
        end = min(after, self.cancel_at) if self.cancel_at else after
        runs, adjoins = [], False
        for begun, until, of_plan, quantity, paused, since in self.stretches():
            begun, until = max(begun, first), min(until, end)
            if begun >= until:
                continue
            if of_plan != plan or paused:
                adjoins = False
            elif adjoins and runs[-1][2] == quantity:
                runs[-1][1] = until
            else:
                runs.append([begun, until, quantity, max(since, first)])
                adjoins = True
        return runs, end

    def slots(self, at):
        """What should be charged by a close: (price, first day, kind) -> (until, quantity, priced on, days, due on)."""
        slots = {}
        prices = ["fee"] + (["fee2"] if not self.world["second"] else ["more"] if self.world["second"] == "arrears" else [])
        for first, after in periods_of(self.world):
            for price in prices:
                runs, end = self.runs(price, first, after)
                for begun, until, quantity, priced_on in runs:
                    if price == "more":
                        add = [("charge", begun, until, end)]
                    else:
                        cut = until == self.cancel_at
                        add = [("charge", begun, until if cut else after, begun)]
                        if not cut and until != after:
                            add.append(("credit", until, after, until))
                    for kind, start, stop, due_on in add:
                        if due_on <= due_until(at):
                            rests = after if price != "more" and until > due_until(at) else until  # its credit is not made yet
                            slots[price, start, kind] = {"until": stop, "quantity": quantity, "priced_on": priced_on, "due_on": due_on, "period": (first, after),
                                                         "days": (min(rests, stop) - begun).days if kind == "charge" else 0}
        return slots


class Books:
    """Runs the closes over the facts of a world, and remembers on which document each charge stands."""

    def __init__(self, world, decided):
        self.world, self.decided = world, decided
        self.life = Life(world)
        self.made = {}
        self.first_terms = {}
        self.was = {}  # (price, first day) -> by which terms it was charged last, whatever became of that
        self.made_close = -1
        self.credited = []  # of a line: dicts of made_by, price, start, kind, net
        self.cost = {}  # by the last close
        self.written_off = defaultdict(list)  # (period, group) -> [[from, to, by which document]]: which part of what it cost then
        for at in range(len(CLOSES)):
            for fact in facts_known(world):
                if fact["step"] == at:
                    self.life.know(fact)
            for decision in decided:
                if decision["step"] == at:
                    self.decide(decision)
            self.close(at)

    def decide(self, decision):
        if decision["what"] == "rebill":
            self.rebill(decision)
        elif decision["what"] == "write_off":
            self.write_off(decision)
        else:
            for price, start, kind, net, _ in decision["lines"]:
                self.credited.append({"made_by": decision["made_by"], "price": short(price), "start": start, "kind": kind, "net": net})

    def write_off(self, decision):
        """It is the newest document, so the last that was charged."""
        nets = defaultdict(int)
        for price, start, _, net, _ in decision["lines"]:
            nets[period_of(self.world, start), group_of(self.world, short(price))] += net
        for key, net in nets.items():
            self.written_off[key].append([self.cost[key] - net, self.cost[key], decision["made_by"]])

    def rebill(self, decision):
        """What of the document is still valid is charged by the terms of now; what was credited of that is over. Nobody
        takes back what it took back of others, so that is billed again with it."""
        again = [decision["step"], decision["invoice"]]
        valid = set()
        was, now = defaultdict(Fraction), defaultdict(Fraction)
        for key, slot in self.made.items():
            if slot["made_by"] == decision["made_by"]:
                valid.add(key)
                slot["made_by"] = again
                if key[2] == "charge":
                    period = slot["period"][0].isoformat(), group_of(self.world, key[0])
                    was[period] += cost_of(slot)
                    self.charge(key, slot, True)
                    now[period] += cost_of(slot)
        for period, ranges in self.written_off.items():
            self.bill_again(ranges, self.cost[period], decision["made_by"], was[period], now[period])
        left = defaultdict(list)
        for entry in self.credited:
            if entry["made_by"] == decision["made_by"] and not entry["kind"].startswith("reversal:") and \
                    (entry["price"], day_of(entry["start"]), slot_kind(entry["kind"])) not in valid:
                left[period_of(self.world, entry["start"])].append(entry)
        self.credited = [entry for entry in self.credited if entry["made_by"] != decision["made_by"]]
        for entries in left.values():
            if sum(entry["net"] for entry in entries) >= 0:  # nobody is credited less than nothing
                self.credited += entries

    def bill_again(self, ranges, cost, made_by, was, now):
        """What is billed again is below what stays written off of the document, and of later ones."""
        for one in ranges:
            first, last, of = one
            if of == made_by and first < last:
                off = max(0, max(0, min(last, cost) - first) - was)
                one[:2] = first + now, first + now + off
            elif of[0] > made_by[0]:
                one[:2] = first + now - was, last + now - was

    def charge(self, key, slot, is_again):
        """By the terms of what it is charged in place of; else those of the charge in force before it; else those of the first
        one of its plan in the period, whose own are those of now."""
        terms = (key[0], slot["priced_on"])
        others = sorted((other[1], made["unit"]) for other, made in self.made.items()
                        if "unit" in made and other[:2] != key[:2] and (other[0], made["priced_on"]) == terms)
        before = [unit for start, unit in others if start < key[1]]
        if is_again:
            slot["unit"] = self.life.unit(*terms)
        elif key[:2] in self.was:
            slot["unit"] = self.was[key[:2]]
        elif before:
            slot["unit"] = before[-1]
        else:
            slot["unit"] = self.first_terms.get(terms, self.life.unit(*terms))
        if not before:
            self.first_terms[terms] = slot["unit"]
        self.was[key[:2]] = slot["unit"]
        slot["half"] = self.life.coupon

    def close(self, at):
        self.make(at)
        self.cost = self.used()

    def make(self, at):
        wanted = self.life.slots(at)
        for key in list(self.made):
            same = key in wanted and all(self.made[key][what] == wanted[key][what] for what in ("until", "quantity", "priced_on"))
            if not same:
                del self.made[key]
        last = self.made_close
        for key, slot in wanted.items():
            if key in self.made:
                self.made[key]["days"] = slot["days"]
                continue
            due = close_of(slot["due_on"])
            due = at if due < at and due <= last else due
            self.made_close = max(self.made_close, due)
            self.made[key] = {**slot, "made_by": [due, None]}
            if key[2] == "charge":
                if self.world["family"] != "rebill_mixed" and self.is_mixed(key):
                    raise Undefined("a change after a part was billed again by other terms")
                self.charge(key, self.made[key], False)

    def is_mixed(self, key):
        of = [slot for other, slot in self.made.items() if (other[0], other[2]) == (key[0], "charge") and slot["priced_on"] == self.made[key]["priced_on"]]
        return len({slot["unit"] for slot in of if "unit" in slot}) > 1

    def used(self):
        """(period, group) -> cents, never below nothing."""
        used = defaultdict(Fraction)
        for (price, _, kind), slot in self.made.items():
            if kind == "charge":
                used[slot["period"][0].isoformat(), group_of(self.world, price)] += cost_of(slot)
        for event in self.life.usage:
            period = period_of(self.world, event["day"])
            if self.life.charged(day_of(event["day"])):
                used[period, "more"] += event["value"] * CALL
        return defaultdict(Fraction, {key: max(Fraction(0), cents) for key, cents in used.items()})


def cost_of(slot):
    """Of a charge, up to where another one takes its place."""
    first, after = slot["period"]
    return Fraction(slot["days"] * slot["quantity"] * slot["unit"], (after - first).days) / (2 if slot["half"] else 1)


def short(price):
    """fee, fee2 or more."""
    return ("fee2" if "2-" in price else "fee") if price.endswith("-fee") else "more"


def slot_kind(kind):
    return "credit" if kind.startswith("proration_credit") else "charge" if kind.startswith(("recurring", "proration_charge")) else kind


def group_of(world, price):
    """Whose account it is: after a change of plan that of both plans."""
    return "fee" if price == "fee2" else price


def expected_of(world, decided):
    """(period, group) -> (what it comes to, used, credited, what of it is due or paid)."""
    books = Books(world, decided)
    used, credited = books.cost, defaultdict(int)
    for entry in books.credited:
        credited[period_of(world, entry["start"]), group_of(world, entry["price"])] += entry["net"]
    off = off_of(books, used)
    return {key: (max(0, used[key] - credited[key]), used[key], credited[key], used[key] - off[key]) for key in used.keys() | credited.keys()}


def off_of(books, used):
    """(period, group) -> what of it stays written off. What a document took off itself by what it gave back is not; and of
    a document never less than nothing stays so."""
    off, by_document = defaultdict(Fraction), defaultdict(list)
    for key, ranges in books.written_off.items():
        for first, last, of in ranges:
            by_document[tuple(of)].append((key, max(0, min(last, used[key]) - first) if first < last else last - first))
    for parts in by_document.values():
        for key, part in parts:
            off[key] += part
        off[parts[0][0]] -= min(0, sum(part for _, part in parts))
    return off
