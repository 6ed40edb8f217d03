"""The rules of billing once more, from the text of the rules and not from the C: exact fractions, one
function for each calculator of `billmill calc`. tests/support/calc_random.py compares the two.

A question is the JSON object that calc reads, an answer the one that it writes; Refused stands for
its error. Questions are well-formed here: reading them is not what is compared.
"""
import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

DIGITS = {"EUR": 2, "USD": 2, "GBP": 2, "JPY": 0, "KWD": 3, "INR": 2, "CLP": 0, "BHD": 3}
MINOR_MAX = 2 ** 63 - 1  # of an amount


class Refused(Exception):
    """The rules have no answer to the question."""


# ---------------------------------------------------------------- numbers


def exact(value):
    return Fraction(value if isinstance(value, (int, Fraction)) else str(value))


def round_whole(value, rounding="half_up"):
    """To a whole number; a negative one mirrors the positive one."""
    sign = -1 if value < 0 else 1
    whole, rest = divmod(abs(value.numerator), value.denominator)
    twice = 2 * rest
    if rounding == "up":
        up = rest > 0
    elif rounding == "down":
        up = False
    elif rounding == "half_even":
        up = twice > value.denominator or (twice == value.denominator and whole % 2 == 1)
    else:
        up = twice >= value.denominator
    return sign * (whole + (1 if up else 0))


def rounding_of(question):
    rounding = question.get("rounding", "half_up")
    if rounding not in ("half_up", "half_even"):
        raise Refused("a rounding of packages")
    return rounding


def to_minor(value, currency, rounding="half_up"):
    return round_whole(exact(value) * 10 ** DIGITS[currency], rounding)


def from_minor(minor, currency):
    return Fraction(minor, 10 ** DIGITS[currency])


def money(minor, currency):
    digits = DIGITS[currency]
    text = str(abs(minor)).rjust(digits + 1, "0")
    if digits:
        text = text[:-digits] + "." + text[-digits:]
    return ("-" if minor < 0 else "") + text


def unrounded(value):
    """The decimal where it ends, else n/d."""
    rest, digits = value.denominator, 0
    for prime in (2, 5):
        power = 0
        while rest % prime == 0:
            rest //= prime
            power += 1
        digits = max(digits, power)
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    text = str(abs(value.numerator) * 10 ** digits // value.denominator).rjust(digits + 1, "0")
    if digits:
        text = (text[:-digits] + "." + text[-digits:]).rstrip("0").rstrip(".")
    return ("-" if value < 0 else "") + text


def spread(total, weights):
    """A whole total by weights: shares cut toward zero, what is left to those that lost most, ties
    to the first. A negative weight's share is cut downward."""
    whole = sum(weights)
    if total == 0:
        return [0] * len(weights)
    if whole == 0:
        raise Refused("weights sum to zero")
    if whole < 0:
        weights, whole = [-weight for weight in weights], -whole
    sign = -1 if total < 0 else 1
    shares = [Fraction(abs(total)) * weight / whole for weight in weights]
    parts = [share.numerator // share.denominator for share in shares]
    order = sorted(range(len(weights)), key=lambda i: (parts[i] - shares[i], i))
    for i in order[:abs(total) - sum(parts)]:
        parts[i] += 1
    return [sign * part for part in parts]


# ---------------------------------------------------------------- prices


def flat_and_units(price, quantity):
    model = price["model"]
    free = exact(price.get("free_units", 0))
    rest = max(quantity - free, Fraction(0))
    if model == "flat":
        return [(1, exact(price["flat_fee"]))]
    if model == "per_unit":
        return [(1, rest * exact(price["unit_price"]))]
    packages = rest / exact(price["package_size"])
    count = round_whole(packages, price.get("package_rounding", "up"))
    return [(1, count * exact(price["package_price"]))]


def tier_bounds(price):
    below = Fraction(0)
    for number, tier in enumerate(price["tiers"], 1):
        end = None if tier.get("up_to") is None else exact(tier["up_to"])
        yield number, tier, below, end
        below = end


def by_tiers(price, quantity):
    """(tier, charge) of every tier that is reached."""
    percent = price["model"] == "graduated_percentage"
    lines = []
    for number, tier, below, end in tier_bounds(price):
        unit = exact(tier.get("rate_percent", 0)) / 100 if percent else exact(tier.get("unit_price", 0))
        fee = exact(tier.get("flat_fee", 0))
        holds = end is None or quantity <= end
        if price["model"] == "volume":
            if holds:
                return [(number, quantity * unit + fee)]
        else:
            lines.append((number, ((quantity if holds else end) - below) * unit + fee))
            if holds:
                return lines
    raise Refused("no tier holds the quantity")


def percentage_events(price, amounts):
    """Free while both limits are open; who passes the free amount pays on the rest."""
    free_events = price.get("free_events")
    free_amount = price.get("free_amount")
    total, seen, used = Fraction(0), 0, Fraction(0)
    for amount in amounts:
        if amount < 0:
            continue
        free = free_events is not None or free_amount is not None
        if free_events is not None and seen >= exact(free_events):
            free = False
        if free_amount is not None and used >= exact(free_amount):
            free = False
        if free:
            used += amount
            seen += 1
            if free_amount is None or used <= exact(free_amount):
                continue
            amount = used - exact(free_amount)
        cost = amount * exact(price["rate_percent"]) / 100 + exact(price.get("fixed_fee_per_event", 0))
        if price.get("maximum_per_event") is not None:
            cost = min(cost, exact(price["maximum_per_event"]))
        if price.get("minimum_per_event") is not None:
            cost = max(cost, exact(price["minimum_per_event"]))
        total += cost
    return [(1, total)]


def charge_lines(price, quantity, events, fee_at_zero):
    quantity = max(quantity, Fraction(0))
    model = price["model"]
    if model in ("graduated", "volume", "graduated_percentage"):
        return [] if quantity == 0 and not fee_at_zero else by_tiers(price, quantity)
    if model == "percentage":
        if events is None:
            events = [quantity] if quantity > 0 else []
        return percentage_events(price, events)
    if model == "dynamic":
        return [(1, quantity * exact(price["multiplier"]))]
    return flat_and_units(price, quantity)


def price(question):
    currency, rounding = question["currency"], rounding_of(question)
    committed = question["model"] == "committed"
    rated = question["overage"] if committed and "overage" in question else question
    events = None
    billed_quantity = exact(question.get("already_billed_quantity", 0))
    if "events" in question:
        events = [exact(event["amount"]) for event in question["events"]]
        total = sum(events, Fraction(0))
    else:
        total = billed_quantity + exact(question.get("quantity", 0))
    fee_at_zero = question.get("flat_fee_at_zero", True)

    def lines_of(quantity, with_events):
        if committed and "used_amount" in question:
            return [(1, exact(question["used_amount"]))]
        return charge_lines(rated, quantity, with_events, fee_at_zero)

    def net_of(charge):
        """Percent, then the maximum, then the larger of minimum and commitment: exact, what the
        first two took and what the last added, in minor units."""
        net = charge * (100 - exact(question.get("discount_percent", 0))) / 100
        if "maximum_amount" in question:
            net = min(net, exact(question["maximum_amount"]))
        cut = to_minor(charge, currency, rounding) - to_minor(net, currency, rounding)
        floor = max(exact(question.get("minimum_amount", 0)), exact(question.get("commitment", 0)))
        if floor > net:
            return floor, cut, to_minor(floor, currency, rounding) - to_minor(net, currency, rounding)
        return net, cut, 0

    lines = lines_of(total, events)
    charge = sum((amount for _, amount in lines), Fraction(0))
    net, discount, true_up = net_of(charge)
    billed = 0
    if "already_billed_amount" in question:
        billed = to_minor(question["already_billed_amount"], currency)
    elif billed_quantity > 0:
        before = sum((amount for _, amount in lines_of(billed_quantity, None)), Fraction(0))
        billed = to_minor(net_of(before)[0], currency, rounding)
    left = net - from_minor(billed, currency)
    amount = to_minor(left, currency, rounding)
    return {
        "amount": money(amount, currency),
        "unrounded": unrounded(left),
        "gross": money(amount + discount - true_up, currency),
        "discount": money(discount, currency),
        "true_up": money(true_up, currency),
        "lines": [{"tier": tier, "amount": unrounded(value)} for tier, value in lines],
    }


# ---------------------------------------------------------------- time

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
SECOND = datetime.timedelta(seconds=1)
MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
DAYS = {"day": 1, "week": 7}
PERIODS_MAX = 100000


def date_of(text):
    return datetime.date.fromisoformat(text)


def month_length(year, month):
    following = datetime.date(year + month // 12, month % 12 + 1, 1)
    return (following - datetime.timedelta(days=1)).day


def in_month(months, day):
    """The day, or the month's last, of month number `months` since year 0."""
    year, month = months // 12, months % 12 + 1
    return datetime.date(year, month, min(day, month_length(year, month)))


def is_instant(text):
    return "T" in text


def instant_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(
        datetime.timezone.utc)


def midnight(date, zone):
    """The first instant whose local time is not before 00:00 of the date."""
    local = datetime.datetime(date.year, date.month, date.day, tzinfo=zone)
    at = local.replace(fold=0).astimezone(datetime.timezone.utc)
    if at.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return at
    # The clock skipped it: fold 0 has the offset before the jump, fold 1 the one after.
    after = local.replace(fold=1).utcoffset()
    low = (local.replace(tzinfo=None) - after).replace(tzinfo=datetime.timezone.utc) - SECOND
    high = at
    while high - low > SECOND:
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == after:
            high = middle
        else:
            low = middle
    return high


def instant_text(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def local_date(text, zone):
    return instant_of(text).astimezone(zone).date() if is_instant(text) else date_of(text)


def moment(text, zone):
    return instant_of(text) if is_instant(text) else midnight(date_of(text), zone)


def boundary(question, anchor, k):
    """The k-th boundary, from the anchor."""
    unit, count = question["interval"], int(question.get("interval_count", 1))
    calendar = question.get("align") == "calendar"
    if unit in DAYS:
        origin = anchor
        if calendar and unit == "week":
            origin -= datetime.timedelta(days=anchor.weekday())
        return origin + datetime.timedelta(days=k * count * DAYS[unit])
    day = int(question.get("anchor_day", anchor.day))
    months = anchor.year * 12 + anchor.month - 1
    if calendar:
        day, months = 1, anchor.year * 12
    return in_month(months + k * count * MONTHS[unit], day)


def near(question, days):
    """A k whose boundary is not far from that many days behind the anchor: where counting begins."""
    count = int(question.get("interval_count", 1))
    if abs(days) < 2000:
        return 0
    if question["interval"] in DAYS:
        return days // (count * DAYS[question["interval"]])
    return days * 12 // (366 * count * MONTHS[question["interval"]])


def periods(question):
    zone = ZoneInfo(question.get("timezone", "UTC"))
    if int(question.get("count", 0)) > PERIODS_MAX or int(question.get("interval_count", 1)) < 1:
        raise Refused("too many periods, or periods of nothing")
    if "count" not in question and "until" not in question:
        raise Refused("without an end")
    anchor = local_date(question["anchor"], zone)
    start = local_date(question["start"], zone) if "start" in question else anchor
    if question.get("count") == 0:
        return {"periods": []}
    k = near(question, (start - anchor).days)
    while boundary(question, anchor, k) > start:
        k -= 1
    while boundary(question, anchor, k) <= start:
        k += 1
    answer = []
    while "count" not in question or len(answer) < int(question["count"]):
        if "until" in question and midnight(start, zone) >= moment(question["until"], zone):
            break
        end = boundary(question, anchor, k)
        answer.append({
            "start": start.isoformat(),
            "end": end.isoformat(),
            "start_at": instant_text(midnight(start, zone)),
            "end_at": instant_text(midnight(end, zone)),
        })
        start, k = end, k + 1
    return {"periods": answer}


def days_30e(start, end):
    return (end.year - start.year) * 360 + (end.month - start.month) * 30 + \
        min(end.day, 30) - min(start.day, 30)


def following_end(start, end, number):
    """The end of period `number` (0: the given one) in a row of the same length: in months when it
    begins and ends on one anchor day, else in days."""
    months = (end.year - start.year) * 12 + end.month - start.month
    day = max(start.day, end.day)
    first = start.year * 12 + start.month - 1
    if months > 0 and in_month(first, day) == start and in_month(first + months, day) == end:
        return in_month(first + months * (number + 1), day)
    return start + (end - start) * (number + 1)


def part_of(length, start, end, used_start, used_end, ends):
    """length(a, b) counts a basis; ends(n) is the end of the n-th period."""
    if used_end < used_start or used_start < start or (used_end > end and used_start != start):
        raise Refused("the service is outside its period")
    whole = length(start, end)
    if used_start != start or used_end <= end:
        return length(used_start, used_end), whole
    number, begin, finish = 0, start, end
    while used_end >= finish: # whole periods first
        number, begin, finish = number + 1, finish, ends(number + 1)
    if used_end > begin:
        whole = length(begin, finish)
    return number * whole + length(begin, used_end) * (used_end > begin), whole


def proration(question):
    zone = ZoneInfo(question.get("timezone", "UTC"))
    basis = question.get("basis", "day")
    texts = [question[name][end] for name in ("period", "service") for end in ("start", "end")]
    dates = [local_date(text, zone) for text in texts]

    def real(low, high):
        return (moment_of(high) - moment_of(low)) // SECOND

    moment_of = lambda date: midnight(date, zone)
    if any(is_instant(text) for text in texts) and basis == "second":
        if is_instant(texts[0]) or is_instant(texts[1]):
            raise NotImplementedError("a period of instants: dates are asked here")
        start, end, used_start, used_end = [moment(text, zone) for text in texts]
        numerator, denominator = part_of(
            lambda a, b: (b - a) // SECOND, start, end, used_start, used_end,
            lambda n: midnight(following_end(dates[0], dates[1], n), zone))
    else:
        start, end, used_start, used_end = dates
        length = {"day": lambda a, b: (b - a).days, "second": real, "fixed30": days_30e,
                  "none": lambda a, b: 1}[basis]
        numerator, denominator = part_of(length, start, end, used_start, used_end,
                                         lambda n: following_end(start, end, n))
    if denominator == 0:
        raise Refused("the period has no days")
    share = Fraction(numerator, denominator) * exact(question["amount"])
    return {
        "amount": money(to_minor(share, question["currency"]), question["currency"]),
        "numerator": numerator,
        "denominator": denominator,
        "unrounded": unrounded(share),
    }


def dunning(question):
    failed = date_of(question["failed_on"])
    offsets = [int(days) for days in question.get("offsets_days", [3, 7, 14, 21])]
    if "chained_days" in question:
        steps = [int(days) for days in question["chained_days"]]
        offsets = [sum(steps[:i + 1]) for i in range(len(steps))]
    days = [(failed + datetime.timedelta(days=offset)).isoformat() for offset in offsets]
    return {
        "attempts": [{"attempt": i, "on": day} for i, day in enumerate(days, 1)],
        "end": {"on": days[-1], "action": "pause"},
    }


# ---------------------------------------------------------------- conversion, revenue, allocation


def conversion(question):
    published = question["rates"]
    age = (date_of(question["date"]) - date_of(published["date"])).days
    if age < 0 or age > 14:
        raise Refused("no publication of that day or of the 14 before")

    def leg(code):
        if code == published["base"]:
            return Fraction(1)
        if code not in published["rates"]:
            raise Refused("no rate")
        return exact(published["rates"][code])

    rate = leg(question["to"]) / leg(question["from"])
    amount = to_minor(exact(question["amount"]) * rate, question["to"])
    return {"amount": money(amount, question["to"]), "rate": unrounded(rate),
            "publication_date": published["date"]}


def mrr(question):
    currency = question["currency"]
    factors = {"month": Fraction(1), "quarter": Fraction(1, 3), "half_year": Fraction(1, 6),
               "year": Fraction(1, 12), "day": Fraction(365, 12), "week": Fraction(365, 84)}
    figures = []
    for row in question["prices"]:
        monthly = exact(row["amount"]) * exact(row.get("quantity", 1)) * factors[row["interval"]]
        figures.append(to_minor(monthly / int(row.get("interval_count", 1)), currency))
    if sum(figures) > MINOR_MAX:
        raise Refused("a total that 64 bits do not hold")
    return {"prices": [{"mrr": money(figure, currency)} for figure in figures],
            "total": money(sum(figures), currency)}


def allocation(question):
    currency = question["currency"]
    weights = [exact(weight) for weight in question["weights"]]
    if sum(weights) == 0:
        raise Refused("no weight")
    parts = spread(to_minor(question["amount"], currency), weights)
    return {"parts": [money(part, currency) for part in parts]}


# ---------------------------------------------------------------- invoices


def discounts_of(amounts, coupons, stacking, currency, rounding):
    """What coupons take off each line: of a negative line nothing, of none more than it has."""
    whole = [max(amount, 0) for amount in amounts]

    def apply(coupon, left, base):
        covered = coupon["covered"]
        if "percent" in coupon:
            percent = Fraction(min(max(exact(coupon["percent"]), 0), 100))
            wanted = round_whole(percent * sum(base[i] for i in covered) / 100, rounding)
        else:
            wanted = to_minor(coupon["amount"], currency)
        there = sum(left[i] for i in covered)
        parts = spread(min(wanted, there), [left[i] for i in covered])
        for i, part in zip(covered, parts):
            left[i] -= part

    def taken(these):
        left = list(whole)
        for coupon in these:
            apply(coupon, left, whole if stacking == "additive" else left)
        return [a - b for a, b in zip(whole, left)]

    if stacking == "none":
        return taken(coupons[:1])
    if stacking == "best":
        return max([taken([coupon]) for coupon in coupons] or [taken([])], key=sum)
    return taken(coupons)


def by_weight(total, weights):
    """Weights that cancel each other out leave nothing to share by: the first takes it all."""
    if sum(weights) == 0:
        return [total] + [0] * (len(weights) - 1)
    return spread(total, weights)


def by_exact(total, exacts):
    """By exact figures as weights; where some are below zero each is cut toward zero instead, and the
    units that are missing go to those that lost most in their direction."""
    if all(figure >= 0 for figure in exacts):
        return by_weight(total, exacts)
    return by_signed(total, exacts)


def by_signed(total, exacts):
    parts = [round_whole(figure, "down") for figure in exacts]
    missing = total - sum(parts)
    unit = 1 if missing > 0 else -1
    order = sorted(range(len(exacts)), key=lambda i: (unit * (parts[i] - exacts[i]), i))
    for turn in range(abs(missing)):
        parts[order[turn % len(order)]] += unit
    return parts


class TaxSet:
    """Lines whose tax is computed together: those with one exclusive tax, or with the same inclusive
    ones, whose net is found at the summed rate."""

    def __init__(self, taxes, inclusive):
        self.taxes, self.inclusive, self.lines = taxes, inclusive, []
        self.rates = [exact(rate) for _, _, rate in taxes]
        self.divisor = 100 + sum(self.rates) if inclusive else Fraction(100)

    def exact(self, amounts):
        return [amounts * rate / self.divisor for rate in self.rates]

    def rounded(self, amount, rounding):
        """Of an inclusive amount the net is rounded; the taxes share what is left by rate."""
        tax = round_tax(sum(self.exact(Fraction(amount))), amount, self.inclusive, rounding)
        return [tax] if len(self.rates) == 1 else \
            spread(tax, self.rates) if tax else [0] * len(self.rates)


def round_tax(tax, amount, inclusive, rounding):
    return amount - round_whole(amount - tax, rounding) if inclusive else round_whole(tax, rounding)


def tax_sets(lines, inclusive):
    sets, groups = [], []
    for number, line in enumerate(lines):
        taxes = [(tax.get("name", ""), tax.get("category", ""), exact(tax["rate_percent"]))
                 for tax in line.get("taxes", [])]
        if len(set(taxes)) != len(taxes):
            raise Refused("a tax twice on a line")
        groups += [tax for tax in taxes if tax not in groups]
        for members in ([taxes] if inclusive and taxes else [[tax] for tax in taxes]):
            found = [one for one in sets if set(one.taxes) == set(members)]
            if not found:
                found = [TaxSet(members, inclusive)]
                sets += found
            found[0].lines.append(number)
    return sets, groups


def taxes_of_sets(sets, groups, nets, tax_rounding, inclusive, rounding):
    """For each set and line the tax of each of its taxes."""
    sums = [sum(nets[i] for i in one.lines) for one in sets]
    if tax_rounding == "line":
        return [[one.rounded(nets[i], rounding) for i in one.lines] for one in sets]
    if tax_rounding == "group":
        totals = [one.rounded(amount, rounding) for one, amount in zip(sets, sums)]
    else:
        exacts = [one.exact(Fraction(amount)) for one, amount in zip(sets, sums)]
        of_group = [[(s, t) for s, one in enumerate(sets) for t, tax in enumerate(one.taxes)
                     if tax == group] for group in groups]
        exact_groups = [sum(exacts[s][t] for s, t in members) for members in of_group]
        total = round_tax(sum(exact_groups), sum(sums), inclusive, rounding)
        totals = [[0] * len(one.taxes) for one in sets]
        for members, part in zip(of_group, by_exact(total, exact_groups) if groups else []):
            for (s, t), share in zip(members, by_exact(part, [exacts[s][t] for s, t in members])):
                totals[s][t] = share
    shares = []
    for one, taxes in zip(sets, totals):
        amounts = [nets[i] for i in one.lines]
        if min(amounts, default=0) < 0 < max(amounts, default=0):  # by what each line's own tax is
            columns = [by_signed(tax, column) for tax, column in
                       zip(taxes, zip(*(one.exact(Fraction(amount)) for amount in amounts)))]
        else:
            columns = [by_weight(tax, amounts) for tax in taxes]
        shares.append([list(row) for row in zip(*columns)])
    return shares


def credits_of(credits, due, currency):
    """Highest priority first, then the earliest expiry (none last), then in order."""
    last = datetime.datetime.max.replace(tzinfo=datetime.timezone.utc)
    utc = ZoneInfo("UTC")

    def rank(i):
        expiry = credits[i].get("expires_at")
        return (-int(credits[i].get("priority", 50)), moment(expiry, utc) if expiry else last, i)

    applied = [0] * len(credits)
    for i in sorted(range(len(credits)), key=rank):
        applied[i] = min(to_minor(credits[i]["amount"], currency), max(due, 0))
        due -= applied[i]
    return applied


def invoice(question):
    currency, rounding = question["currency"], rounding_of(question)
    inclusive = question.get("prices_include_tax", False)
    lines = question["lines"]
    ids = [line["id"] for line in lines]
    amounts = [to_minor(line["amount"], currency) for line in lines]
    coupons = [coupon | {"covered": sorted(ids.index(i) for i in coupon.get("lines", ids))}
               for coupon in question.get("coupons", [])]
    discounts = discounts_of(amounts, coupons, question.get("stacking", "multiplicative"), currency,
                             rounding)
    nets = [amount - discount for amount, discount in zip(amounts, discounts)]
    sets, groups = tax_sets(lines, inclusive)
    shares = taxes_of_sets(sets, groups, nets, question.get("tax_rounding", "group"), inclusive,
                           rounding)
    line_taxes = [0] * len(lines)
    bases, group_taxes = [0] * len(groups), [0] * len(groups)
    for one, rows in zip(sets, shares):
        base = sum(nets[i] for i in one.lines)
        if inclusive:
            base -= sum(sum(row) for row in rows)
        for tax in one.taxes:
            bases[groups.index(tax)] += base
        for i, row in zip(one.lines, rows):
            line_taxes[i] += sum(row)
            for tax, part in zip(one.taxes, row):
                group_taxes[groups.index(tax)] += part
    tax = sum(group_taxes)
    total = sum(nets) + (0 if inclusive else tax)
    credits = question.get("credits", [])
    applied = credits_of(credits, total, currency)
    write = lambda minor: money(minor, currency)
    return {
        "subtotal": write(sum(amounts)),
        "discount": write(sum(discounts)),
        "taxes": [{"name": name, "rate_percent": unrounded(rate), "base": write(base), "tax": write(part)}
                  for (name, _, rate), base, part in zip(groups, bases, group_taxes)],
        "tax": write(tax),
        "total": write(total),
        "credit_applied": write(sum(applied)),
        "amount_due": write(total - sum(applied)),
        "lines": [{"id": i, "amount": write(amount), "discount": write(discount),
                   "net": write(net - (part if inclusive else 0)), "tax": write(part)}
                  for i, amount, discount, net, part in zip(ids, amounts, discounts, nets, line_taxes)],
        "credits": [{"id": credit["id"], "applied": write(part)}
                    for credit, part in zip(credits, applied)],
    }


def credit_note(question):
    currency = question["currency"]
    net = to_minor(question["net"], currency)
    taxes = question.get("taxes", [])
    rates = [exact(tax["rate_percent"]) for tax in taxes]
    own = lambda amount: [round_whole(amount * rate / 100) for rate in rates]
    already = question.get("already_credited", {"net": 0, "tax": 0})
    net_left = net - to_minor(already["net"], currency)
    tax_left = sum(own(net)) - to_minor(already["tax"], currency)
    if net_left < 0 or tax_left < 0:
        raise Refused("more credited than invoiced")
    credited = net_left
    if "unused" in question:
        unused = Fraction(int(question["unused"]["numerator"]), int(question["unused"]["denominator"]))
        credited = min(round_whole(net * unused), net_left)
    parts = own(credited)
    tax = tax_left if credited == net_left else min(sum(parts), tax_left)
    if tax != sum(parts):
        parts = spread(tax, rates)
    return {
        "net": money(credited, currency),
        "taxes": [{"name": row.get("name", ""), "rate_percent": unrounded(rate),
                   "tax": money(part, currency)} for row, rate, part in zip(taxes, rates, parts)],
        "tax": money(tax, currency),
        "total": money(credited + tax, currency),
    }


CALCULATORS = {
    "price": price,
    "invoice": invoice,
    "credit_note": credit_note,
    "periods": periods,
    "proration": proration,
    "dunning": dunning,
    "conversion": conversion,
    "mrr": mrr,
    "allocation": allocation,
}


def answer(calculator, question):
    return CALCULATORS[calculator](question)
