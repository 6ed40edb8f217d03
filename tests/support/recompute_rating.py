"""What a price asks for a quantity or for usage, for recompute.py: versions, aggregates, models, parts of periods."""
import json
from datetime import date, datetime, time
from fractions import Fraction
from zoneinfo import ZoneInfo

from recompute_records import KNOWN_LATE, instant, rounded, same


def version_of(versions, day):
    """The newest version that has begun; where it is over, none holds."""
    begun = [v for v in versions if v["valid_from"] <= day]
    last = max(begun, key=lambda v: v["valid_from"], default=None)
    return last if last and (last.get("valid_to") or "9999") > day else None


def version_on(records, tenant, price, day):
    return version_of(records.versions[tenant, price], day)


def own_version_on(records, tenant, line, day):
    """What its price is for its customer alone; None where a phase of a contract says whose terms it has."""
    if rated_as(records, tenant, line) is not None:
        return None
    customer = records.subscriptions[tenant, line["subscription"]]["customer"]
    return version_of(records.own_versions[tenant, customer, line["price"]], day)


def own_version_billed(records, tenant, line, day):
    """The same, or where it became known later what the line says."""
    own = own_version_on(records, tenant, line, day)
    return None if KNOWN_LATE and "customer_price_valid_from" not in line else own


def version_billed(records, tenant, period, lines):
    """The version that holds on the first day, or the one that held before it was imported: which of them was known
    then only the line says; the last one, for a reversal may be billed by another."""
    held = {v["valid_from"]: v for v in records.versions[tenant, period["price"]]
            if v["valid_from"] <= period["start"] and (v.get("valid_to") or "9999") > period["start"]}
    return held.get(lines[-1]["price_valid_from"]) or version_on(records, tenant, period["price"], period["start"])


def counts_for(meter, event):
    """All filters of the meter hold. What is not there is not equal to anything."""
    def text(value):
        return None if value is None or isinstance(value, (dict, list)) else value if isinstance(value, str) else json.dumps(value)

    def number(value):
        try:
            return Fraction(value) if value.strip() == value and not set(value) & set("/_eE+") else None
        except (ValueError, AttributeError):
            return None

    def same_value(a, b):
        return a is not None and (a == b or (number(a) is not None and number(a) == number(b)))

    for f in meter.get("filters", []):
        have, op = text(event.get("properties", {}).get(f["property"])), f["op"]
        values = [text(v) for v in (f["value"] if isinstance(f["value"], list) else [f["value"]])]
        if op in ("eq", "in", "ne", "not_in"):
            holds = any(same_value(have, v) for v in values) == (op in ("eq", "in"))
        elif op == "contains":
            holds = have is not None and values[0] in have
        else:
            n = number(have)
            holds = n is not None and (n > number(values[0]) if op == "gt" else n < number(values[0]))
        if not holds:
            return False
    return True


def aggregate(meter, events, span, share):
    values = [Fraction(e["value"]) for e in events]
    how = meter["aggregation"]
    if how == "count" or not events and how != "unique_count":
        result = Fraction(len(events))
    elif how == "sum":
        result = sum(values, Fraction(0))
    elif how in ("max", "min"):
        result = max(values) if how == "max" else min(values)
    elif how == "weighted_sum":
        start, end = span
        result = sum((v * (end - e["at_us"]) for v, e in zip(values, events)), Fraction(0)) / (end - start) * share
        return Fraction(rounded(result * 10 ** meter.get("scale", 6), "half_up"), 10 ** meter.get("scale", 6))
    elif how == "last":
        result = Fraction(max(events, key=lambda e: (e["at_us"], e["key"].encode()))["value"])
    else:
        named = [e.get("properties", {}).get(meter["property"]) for e in events]
        result = Fraction(len({json.dumps(v) for v in named if v is not None}))
    if meter.get("scale") is not None:
        result = Fraction(rounded(result * 10 ** meter["scale"], "half_up"), 10 ** meter["scale"])
    return result


def percentage_of(price, amounts):
    """Events in their order: free until a limit is used up, the one that passes the free amount pays on the rest."""
    number = lambda name: Fraction(price.get(name) or 0)
    total, free_events, free_amount = Fraction(0), price.get("free_events"), price.get("free_amount")
    some_free = free_events is not None or free_amount is not None
    events_left = Fraction(free_events) if free_events is not None else Fraction(10**18)
    amount_left = Fraction(free_amount) if free_amount is not None else Fraction(10**18)
    for amount in amounts:
        if amount < 0:
            continue
        if some_free and events_left > 0 and amount_left > 0:
            if amount <= amount_left:
                events_left, amount_left = events_left - 1, amount_left - amount
                continue
            amount, amount_left = amount - amount_left, Fraction(0)
        cost = amount * number("rate_percent") / 100 + number("fixed_fee_per_event")
        if price.get("maximum_per_event") is not None:
            cost = min(cost, number("maximum_per_event"))
        total += max(cost, number("minimum_per_event"))
    return total


def charge_of(price, quantity, share, amounts):
    """What the model asks for the whole quantity, before minimum and maximum; share: of the period."""
    number = lambda name: Fraction(price.get(name) or 0)
    if price["model"] == "committed":
        outer = {name: price[name] for name in ("meter", "flat_fee_at_zero") if name in price}
        return charge_of({**price["overage"], **outer}, quantity, share, amounts)
    if price["model"] == "percentage":
        return percentage_of(price, amounts)
    units_share = Fraction(1) if price.get("meter") else share
    model = price["model"]
    quantity = max(quantity, Fraction(0))
    if model == "dynamic":
        return quantity * number("multiplier") * units_share
    if model == "flat":
        return number("flat_fee") * share
    if model == "per_unit":
        return max(quantity - number("free_units"), 0) * number("unit_price") * units_share
    if model == "package":
        packages = max(quantity - number("free_units"), Fraction(0)) / number("package_size")
        whole = packages.numerator // packages.denominator
        if packages != whole and price.get("package_rounding", "up") == "up":
            whole += 1
        return whole * number("package_price") * units_share
    total = Fraction(0)
    low = Fraction(0)
    if not quantity and not price.get("flat_fee_at_zero", True):
        return total
    for tier in price["tiers"]:
        last = tier["up_to"] is None or quantity <= Fraction(tier["up_to"])
        if model != "volume" or last:
            inside = (quantity if last else Fraction(tier["up_to"])) - (low if model != "volume" else 0)
            unit = Fraction(tier["rate_percent"]) / 100 if model == "graduated_percentage" else Fraction(tier["unit_price"])
            total += inside * unit * units_share + Fraction(tier.get("flat_fee", 0)) * share
        if last:
            return total
        low = Fraction(tier["up_to"])
    raise AssertionError(f"the last tier of {price['price']} has an end")


def net_of(price, quantity, share, amounts, percent_off=Fraction(0)):
    net = charge_of(price, quantity, share, amounts) * (100 - percent_off) / 100
    if price.get("maximum_amount") is not None:
        net = min(net, Fraction(price["maximum_amount"]) * share)
    return max(net, Fraction(price.get("minimum_amount") or 0) * share, Fraction(price.get("commitment") or 0) * share)


def days_used(period, start=None, end=None):
    day = date.fromisoformat
    days = (day(end or period["end"]) - day(start or period["start"])).days
    return Fraction(days, (day(period["full_end"]) - day(period["full_start"])).days)


def gaps_of(period):
    """[((first day, first day after), (instant, instant))]: what a part of a period does not count of the time before it."""
    return [tuple(tuple(half.split("/")) for half in gap.split(" ")) for gap in period.get("counts_gaps", "").split(", ") if gap]


def usage_of(records, tenant, period, price, span, share):
    """(quantity, amounts, number of events) of what was used in the span, without what came late and waits. The clock
    stands still in the gaps of the period."""
    start, end = map(instant, span)
    meter = records.meters[tenant, price["meter"]]
    gaps = [tuple(map(instant, instants)) for _, instants in gaps_of(period)]

    def left_out(at):
        return sum(last - first for first, last in gaps if last <= at)

    events = [{**e, "at_us": e["at_us"] - left_out(e["at_us"])}
              for e in records.events[tenant, period["subscription"], price["meter"]]
              if start <= e["at_us"] < end and not e.get("late") and counts_for(meter, e)
              and not any(first <= e["at_us"] < last for first, last in gaps)]
    end -= left_out(end)
    share -= sum(days_used(period, *days) for days, _ in gaps_of(period))
    events.sort(key=lambda e: (e["at_us"], e["key"].encode()))
    amounts = [Fraction(e["value"]) for e in events]
    model = price["overage"]["model"] if price["model"] == "committed" else price["model"]
    if model == "percentage":
        quantity = sum(amounts, Fraction(0))
    elif model == "dynamic":
        quantity = sum((Fraction(e["price_amount"]) for e in events), Fraction(0))
    else:
        quantity = aggregate(meter, events, (start, end), share)
    return quantity, amounts, len(events)


def days_of_30(first, end):
    day = date.fromisoformat
    of_year = [(d.year * 12 + d.month) * 30 + min(d.day, 30) for d in (day(first), day(end))]
    return of_year[1] - of_year[0]


def share_of(records, period):
    """By the basis that its row says; what the row counted is counted again."""
    where = f"{period['tenant']} {period['subscription']} {period['price']} {period['start']}"
    basis, _, said = period.get("proration", "day").partition(" ")
    share = part_by(records, period, basis)
    if basis != "day":
        same(where, "the part of the period", Fraction(said), share)
    return share


def part_by(records, period, basis):
    if basis == "day":
        return days_used(period)
    is_whole = (period["start"], period["end"]) == (period["full_start"], period["full_end"])
    share = Fraction(1)
    if basis == "fixed30" and not is_whole:
        share = Fraction(days_of_30(period["start"], period["end"]), days_of_30(period["full_start"], period["full_end"]))
    if basis == "second" and not is_whole:
        zone = zone_of(records, period["tenant"], period["subscription"])
        start, end, first, last = (midnight(period[name], zone) for name in ("start", "end", "full_start", "full_end"))
        share = Fraction(end - start, last - first)
    return share


def zone_of(records, tenant, subscription):
    record = records.subscriptions[tenant, subscription]
    customer = records.customers[tenant, record["customer"]]
    return ZoneInfo(record.get("timezone") or customer.get("timezone") or records.tenants[tenant]["timezone"])


def midnight(day, zone):
    return int(datetime.combine(date.fromisoformat(day), time(0), zone).timestamp())


def percent_off(records, tenant, line):
    if "contract" not in line:
        return Fraction(0)
    return Fraction(records.phases[tenant, line["contract"], line["phase"]].get("discount_percent") or 0)


def rated_as(records, tenant, line):
    if "contract" not in line:
        return None
    prices = records.phases[tenant, line["contract"], line["phase"]].get("prices", [])
    return {p["price"]: p["rated_as"] for p in prices}.get(line["price"])
