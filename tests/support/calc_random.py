#!/usr/bin/env python3
"""Random questions to `billmill calc`, every figure compared with tests/support/reference.py, and what
must hold for any answer checked besides: parts sum to wholes, periods tile, nothing goes below zero.

    calc_random.py BILLMILL SEED COUNT CALCULATOR…

COUNT questions to each calculator, in one process as JSON Lines. Prints the first differences, then
"N questions, N answers, N refused, N differences" for each; exit code 1 when there is a difference.
"""
import datetime
import json
import os
import random
import subprocess
import sys
import tempfile
import zoneinfo
from fractions import Fraction

import reference

CURRENCIES = ["EUR"] * 6 + ["USD", "JPY", "KWD", "INR", "CLP", "BHD"]
ZONES = sorted(name for name in zoneinfo.available_timezones()
               if not name.startswith(("posix/", "right/")) and name not in ("localtime", "Factory"))
SHOWN_MAX = 5


class Maker:
    """Random figures; small and round ones are likely, since ties and limits are among them."""

    def __init__(self, seed):
        self.random = random.Random(seed)

        self.scale = 1 # of what is large already: of some questions it is enormous

    def next_question(self, make_question):
        self.scale = self.random.choice([1] * 8 + [10 ** 5, 10 ** 9])
        return make_question(self)

    def chance(self, probability):
        return self.random.random() < probability

    def decimal(self, maximum, digits, minimum=0):
        """A decimal as text with up to that many digits, sometimes an integer."""
        maximum *= self.scale if maximum > 110 else 1
        scale = self.random.choice([0, 0, 1, 2, 2, digits])
        scale = min(scale, digits)
        value = self.random.randint(minimum * 10 ** scale, maximum * 10 ** scale)
        if self.chance(0.05):
            value = self.random.choice([0, 1, 5 * 10 ** max(scale - 1, 0), 10 ** scale])
        if scale == 0:
            return value if self.chance(0.5) else str(value)
        sign, value = ("-" if value < 0 else ""), str(abs(value)).rjust(scale + 1, "0")
        return f"{sign}{value[:-scale]}.{value[-scale:]}"

    def amount(self, currency, maximum=1000, minimum=0):
        """With no more digits than the currency has."""
        digits = reference.DIGITS[currency]
        maximum *= self.scale
        return reference.money(self.random.randint(minimum * 10 ** digits, maximum * 10 ** digits),
                               currency)

    def currency(self):
        return self.random.choice(CURRENCIES)

    def date(self, first="1970-01-01", last="2100-12-31"):
        low, high = (reference.date_of(text).toordinal() for text in (first, last))
        return datetime.date.fromordinal(self.random.randint(low, high))

    def instant(self, date):
        at = datetime.datetime(date.year, date.month, date.day) + \
            datetime.timedelta(seconds=self.random.choice([0, 1, 3600, 82800, 86399,
                                                           self.random.randint(0, 86399)]))
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")

    def maybe(self, question, name, value, probability=0.3):
        if self.chance(probability):
            question[name] = value()


# ---------------------------------------------------------------- questions


def tiers(make, percent):
    ends = sorted({make.random.randint(1, 200) for _ in range(make.random.randint(0, 4))})
    if make.chance(0.3):
        ends = [end + make.random.choice([0, 0.5]) for end in ends]
    rows = []
    for end in ends + [None]:
        row = {"up_to": end if end is None or isinstance(end, int) else str(end)}
        unit = "rate_percent" if percent else "unit_price"
        row[unit] = make.decimal(20, 4)
        make.maybe(row, "flat_fee", lambda: make.decimal(50, 3), 0.5)
        rows.append(row)
    return rows


def model_fields(make, model):
    fields = {"model": model}
    if model == "flat":
        fields["flat_fee"] = make.decimal(500, 4)
    elif model == "per_unit":
        fields["unit_price"] = make.decimal(30, 6)
        make.maybe(fields, "free_units", lambda: make.decimal(50, 2))
    elif model == "package":
        fields["package_size"] = make.decimal(50, 2, 1)
        if reference.exact(fields["package_size"]) == 0:
            fields["package_size"] = 7
        fields["package_price"] = make.decimal(100, 3)
        make.maybe(fields, "free_units", lambda: make.decimal(50, 2))
        make.maybe(fields, "package_rounding", lambda: make.random.choice(["up", "down"]))
    elif model == "percentage":
        fields["rate_percent"] = make.decimal(15, 3)
        make.maybe(fields, "fixed_fee_per_event", lambda: make.decimal(2, 3), 0.5)
        make.maybe(fields, "free_events", lambda: make.random.randint(0, 5))
        make.maybe(fields, "free_amount", lambda: make.decimal(300, 2))
        make.maybe(fields, "minimum_per_event", lambda: make.decimal(3, 2))
        make.maybe(fields, "maximum_per_event", lambda: make.decimal(9, 2))
    elif model == "dynamic":
        fields["multiplier"] = make.decimal(3, 4)
    else:
        fields["tiers"] = tiers(make, model == "graduated_percentage")
    return fields


MODELS = ["flat", "per_unit", "package", "graduated", "volume", "percentage", "graduated_percentage",
          "dynamic", "committed"]


def price(make):
    model = make.random.choice(MODELS)
    rated = make.random.choice(MODELS[:-1]) if model == "committed" else model
    question = {"currency": make.currency()}
    if model == "committed":
        question |= {"model": model, "commitment": make.decimal(900, 2),
                     "overage": model_fields(make, rated)}
        make.maybe(question, "used_amount", lambda: make.decimal(1500, 3), 0.2)
    else:
        question |= model_fields(make, rated)
        make.maybe(question, "commitment", lambda: make.decimal(900, 2), 0.1)
    if rated in ("percentage", "graduated_percentage", "dynamic") and make.chance(0.6) and \
            "used_amount" not in question:
        question["events"] = [{"amount": make.decimal(200, 2, -5 if make.chance(0.1) else 0)}
                              for _ in range(make.random.randint(0, 8))]
    else:
        question["quantity"] = make.decimal(400, 3, -20 if make.chance(0.1) else 0)
        make.maybe(question, "already_billed_quantity", lambda: make.decimal(200, 2), 0.25)
    make.maybe(question, "already_billed_amount", lambda: make.amount(question["currency"], 400), 0.15)
    make.maybe(question, "minimum_amount", lambda: make.decimal(300, 3), 0.2)
    make.maybe(question, "maximum_amount", lambda: make.decimal(600, 3), 0.2)
    make.maybe(question, "discount_percent", lambda: make.decimal(100, 2), 0.3)
    make.maybe(question, "rounding", lambda: make.random.choice(["half_up", "half_even"]), 0.3)
    make.maybe(question, "flat_fee_at_zero", lambda: make.chance(0.5), 0.3)
    return question


def periods(make):
    anchor = make.date("1971-01-01", "2095-12-31")
    if make.chance(0.3):
        anchor = reference.in_month(anchor.year * 12 + anchor.month - 1, make.random.randint(28, 31))
    question = {"anchor": anchor.isoformat(),
                "interval": make.random.choice(["day", "week", "month", "month", "quarter",
                                                "half_year", "year"])}
    make.maybe(question, "anchor_day", lambda: make.random.randint(1, 31))
    make.maybe(question, "interval_count", lambda: make.random.randint(1, 14))
    make.maybe(question, "timezone", lambda: make.random.choice(ZONES), 0.7)
    make.maybe(question, "align", lambda: make.random.choice(["anniversary", "calendar"]), 0.4)
    if make.chance(0.2):
        question["anchor"] = make.instant(anchor)
    if make.chance(0.3):
        start = anchor + datetime.timedelta(days=make.random.randint(-800, 800))
        question["start"] = make.instant(start) if make.chance(0.3) else start.isoformat()
    if make.chance(0.7):
        question["count"] = make.random.randint(0, 8)
    else:
        until = anchor + datetime.timedelta(days=make.random.randint(-30, 400))
        question["until"] = make.instant(until) if make.chance(0.5) else until.isoformat()
    return question


def proration(make):
    start = make.date("1990-01-01", "2060-12-31")
    if make.chance(0.6):
        months = make.random.choice([1, 1, 1, 3, 12])
        first = start.year * 12 + start.month - 1
        end = reference.in_month(first + months, start.day)
    else:
        end = start + datetime.timedelta(days=make.random.randint(1, 60))
    days = (end - start).days
    used_start = start + datetime.timedelta(days=make.random.randint(0, days))
    used_end = used_start + datetime.timedelta(days=make.random.randint(0, (end - used_start).days))
    if make.chance(0.3):
        used_start = start
    if make.chance(0.2):
        used_start, used_end = start, end + datetime.timedelta(days=make.random.randint(0, 4 * days))
    elif make.chance(0.05):
        used_end = end + datetime.timedelta(days=make.random.randint(1, 20))
    write = make.instant if make.chance(0.1) else datetime.date.isoformat
    question = {
        "currency": make.currency(),
        "amount": make.decimal(900, 4, -900 if make.chance(0.2) else 0),
        "period": {"start": start.isoformat(), "end": end.isoformat()},
        "service": {"start": write(used_start), "end": write(used_end)},
    }
    make.maybe(question, "basis", lambda: make.random.choice(["day", "second", "fixed30", "none"]), 0.7)
    make.maybe(question, "timezone", lambda: make.random.choice(ZONES), 0.7)
    return question


def dunning(make):
    question = {"failed_on": make.date().isoformat()}
    kind = make.random.choice(["policy", "offsets_days", "chained_days"])
    count = make.random.randint(1, 12)
    if kind == "policy":
        question["policy"] = "default"
    elif kind == "offsets_days":
        question[kind] = sorted(make.random.sample(range(1, 200), count))
    else:
        question[kind] = [make.random.randint(1, 40) for _ in range(count)]
    return question


def conversion(make):
    codes = ["EUR", "USD", "JPY", "GBP", "KWD", "INR"]
    published = make.date("2000-01-01")
    base = make.random.choice(codes)
    rates = {code: make.decimal(100, 5, 1) for code in codes if code != base and make.chance(0.9)}
    rates = {code: rate if reference.exact(rate) > 0 else "0.012" for code, rate in rates.items()}
    return {
        "amount": make.decimal(100, 4) if make.scale > 1 else make.decimal(100000, 4, -1000 if make.chance(0.1) else 0),
        "from": make.random.choice(codes),
        "to": make.random.choice(codes),
        "date": (published + datetime.timedelta(days=make.random.randint(-1, 16))).isoformat(),
        "rates": {"date": published.isoformat(), "base": base, "rates": rates},
    }


def mrr(make):
    rows = []
    for _ in range(make.random.randint(0, 6)):
        row = {"amount": make.decimal(5000, 4, -50 if make.chance(0.1) else 0),
               "interval": make.random.choice(["day", "week", "month", "quarter", "half_year", "year"])}
        make.maybe(row, "interval_count", lambda: make.random.randint(1, 24))
        make.maybe(row, "quantity", lambda: make.decimal(60, 2))
        rows.append(row)
    return {"currency": make.currency(), "prices": rows}


def allocation(make):
    currency = make.currency()
    return {"currency": currency,
            "amount": make.amount(currency, 2000, -500 if make.chance(0.2) else 0),
            "weights": [make.decimal(50, 3) for _ in range(make.random.randint(1, 12))]}


TAXES = [
    [{"name": "VAT", "rate_percent": "19", "category": "S"}],
    [{"name": "VAT", "rate_percent": "7", "category": "S"}],
    [{"name": "VAT", "rate_percent": 0, "category": "Z"}],
    [{"name": "GST", "rate_percent": "5"}, {"name": "QST", "rate_percent": "9.975"}],
    [{"name": "CGST", "rate_percent": "9"}, {"name": "SGST", "rate_percent": "9"}],
    [{"name": "GST", "rate_percent": "5.0"}],
    [],
]


def coupon(make, currency, ids):
    row = {"percent": make.decimal(110, 2, -5)} if make.chance(0.6) else \
        {"amount": make.amount(currency, 150)}
    make.maybe(row, "lines", lambda: make.random.sample(ids, make.random.randint(0, len(ids))))
    return row


def credit(make, currency, number):
    row = {"id": number, "amount": make.amount(currency, 200)}
    make.maybe(row, "priority", lambda: make.random.choice([10, 50, 90]), 0.4)
    make.maybe(row, "expires_at", lambda: make.date("2025-01-01", "2025-01-04").isoformat(), 0.4)
    return row


def invoice(make):
    currency = make.currency()
    catalog = make.random.sample(TAXES, make.random.randint(1, 3))
    lines = [{"id": f"l{number}",
              "amount": make.amount(currency, 300, -100 if make.chance(0.1) else 0),
              "taxes": make.random.choice(catalog)} for number in range(make.random.randint(0, 7))]
    ids = [line["id"] for line in lines]
    question = {"currency": currency, "lines": lines}
    make.maybe(question, "coupons", lambda: [coupon(make, currency, ids)
                                             for _ in range(make.random.randint(0, 3))], 0.6)
    make.maybe(question, "stacking", lambda: make.random.choice(
        ["multiplicative", "additive", "best", "none"]), 0.6)
    make.maybe(question, "credits", lambda: [credit(make, currency, number)
                                             for number in range(make.random.randint(0, 5))], 0.4)
    make.maybe(question, "prices_include_tax", lambda: make.chance(0.7), 0.4)
    make.maybe(question, "tax_rounding", lambda: make.random.choice(["group", "line", "invoice"]), 0.6)
    make.maybe(question, "rounding", lambda: make.random.choice(["half_up", "half_even"]))
    return question


def credit_note(make):
    currency = make.currency()
    net = make.amount(currency, 900)
    question = {"currency": currency, "net": net,
                "taxes": [{"name": tax["name"], "rate_percent": tax["rate_percent"]}
                          for tax in make.random.choice(TAXES)]}
    whole = make.random.randint(1, 366)
    make.maybe(question, "unused", lambda: {"numerator": make.random.randint(0, whole),
                                            "denominator": whole}, 0.7)
    if make.chance(0.4):
        rate = total(str(tax["rate_percent"]) for tax in question["taxes"])
        before = make.random.randint(0, reference.to_minor(net, currency))
        tax = reference.round_whole(before * rate / 100) + make.random.randint(-1, 1)
        question["already_credited"] = {"net": reference.money(before, currency),
                                        "tax": reference.money(max(tax, 0), currency)}
    return question


# ---------------------------------------------------------------- what holds for any answer


def total(texts):
    return sum((Fraction(text) for text in texts), Fraction(0))


def price_holds(question, answer):
    discount = Fraction(answer.get("discount", 0))
    if not lines_hold(question, answer["lines"]):
        return False
    if "gross" not in answer:
        return discount == 0
    return discount >= 0 and Fraction(answer["gross"]) - Fraction(answer.get("discount", 0)) + \
        Fraction(answer.get("true_up", 0)) == Fraction(answer["amount"])


def lines_hold(question, lines):
    """What a line says of itself is its amount; where its price has limits for each event it has no one unit price."""
    rated = question.get("overage", question)
    if rated["model"] in ("percentage", "committed"):
        return True
    return all(Fraction(line["quantity"]) * Fraction(line["unit_price"]) + Fraction(line["flat_fee"]) == Fraction(line["amount"])
               for line in lines)


def invoice_holds(question, answer):
    lines, included = answer["lines"], question.get("prices_include_tax", False)
    figure = {name: Fraction(answer[name]) for name in
              ("subtotal", "discount", "tax", "total", "credit_applied", "amount_due")}
    column = lambda name: total(line[name] for line in lines)
    sums = column("amount") == figure["subtotal"] and column("discount") == figure["discount"] and \
        column("tax") == figure["tax"] == total(tax["tax"] for tax in answer["taxes"]) and \
        column("net") == figure["subtotal"] - figure["discount"] - (figure["tax"] if included else 0)
    due = column("net") + column("tax") == figure["total"] and \
        figure["total"] - figure["credit_applied"] == figure["amount_due"]
    credits = question.get("credits", [])
    drawn = total(row["applied"] for row in answer["credits"]) == figure["credit_applied"] and \
        figure["credit_applied"] <= max(figure["total"], 0) and \
        all(0 <= Fraction(row["applied"]) <= Fraction(credit["amount"])
            for row, credit in zip(answer["credits"], credits))
    no_negative = all(Fraction(line["net"]) >= 0 or Fraction(line["amount"]) < 0 for line in lines) and \
        (any(Fraction(line["amount"]) < 0 for line in lines) or
         all(Fraction(tax[name]) >= 0 for tax in answer["taxes"] for name in ("base", "tax")))
    return sums and due and drawn and no_negative and taxes_recompute(question, answer, included)


def taxes_recompute(question, answer, included):
    """The taxes once more from what is printed beside them: from bases, from lines, or all at once."""
    currency, rounding = question["currency"], question.get("rounding", "half_up")
    how = question.get("tax_rounding", "group")
    minor = lambda text: reference.to_minor(text, currency)
    rounded = lambda figure: reference.to_minor(figure, currency, rounding)
    taxes = answer["taxes"]
    part = lambda tax: Fraction(tax["rate_percent"]) / 100
    if included:
        # Of lines with one tax: the net is the rounded part of the price. Two are looked at in reference.py alone.
        several = any(len(line["taxes"]) > 1 for line in question["lines"])
        return several or how != "group" or all(
            rounded((Fraction(tax["base"]) + Fraction(tax["tax"])) / (1 + part(tax))) == minor(tax["base"]) for tax in taxes)
    if how == "group":
        return all(rounded(Fraction(tax["base"]) * part(tax)) == minor(tax["tax"]) for tax in taxes)
    if how == "invoice":
        return rounded(sum(Fraction(tax["base"]) * part(tax) for tax in taxes)) == minor(answer["tax"])
    nets = {line["id"]: Fraction(line["net"]) for line in answer["lines"]}
    same_tax = lambda a, b: a.get("name", "") == b["name"] and Fraction(a["rate_percent"]) == Fraction(b["rate_percent"])
    return all(sum(rounded(nets[line["id"]] * part(tax)) for line in question["lines"]
                   if any(same_tax(one, tax) for one in line["taxes"])) == minor(tax["tax"]) for tax in taxes)


def credit_note_holds(question, answer):
    before = question.get("already_credited", {"net": 0})
    return total(tax["tax"] for tax in answer["taxes"]) == Fraction(answer["tax"]) and \
        Fraction(answer["net"]) + Fraction(answer["tax"]) == Fraction(answer["total"]) and \
        0 <= Fraction(answer["net"]) <= Fraction(question["net"]) - Fraction(before["net"])


def periods_hold(question, answer):
    rows = answer["periods"]
    return all(a["end"] == b["start"] and a["end_at"] == b["start_at"]
               for a, b in zip(rows, rows[1:])) and \
        all(row["start"] < row["end"] and row["start_at"] <= row["end_at"] for row in rows)


def mrr_holds(question, answer):
    return total(row["mrr"] for row in answer["prices"]) == Fraction(answer["total"])


def allocation_holds(question, answer):
    return total(answer["parts"]) == Fraction(str(question["amount"]))


KINDS = {
    "price": (price, price_holds),
    "invoice": (invoice, invoice_holds),
    "credit_note": (credit_note, credit_note_holds),
    "periods": (periods, periods_hold),
    "proration": (proration, None),
    "dunning": (dunning, None),
    "conversion": (conversion, None),
    "mrr": (mrr, mrr_holds),
    "allocation": (allocation, allocation_holds),
}

# ---------------------------------------------------------------- asking and comparing

WHERE_THEY_APPLY = {"gross", "discount", "true_up"}  # left out where nothing makes them differ


def same(expected, got):
    """Every figure of the reference is in the answer."""
    if isinstance(expected, dict):
        if not isinstance(got, dict):
            return False
        for name, value in expected.items():
            if name not in got and name in WHERE_THEY_APPLY:
                if value != (expected["amount"] if name == "gross" else value) or \
                        (name != "gross" and Fraction(value) != 0):
                    return False
            elif name not in got or not same(value, got[name]):
                return False
        return True
    if isinstance(expected, list):
        return isinstance(got, list) and len(expected) == len(got) and \
            all(same(a, b) for a, b in zip(expected, got))
    return expected == got


def ask(billmill, calculator, questions):
    with tempfile.TemporaryFile("w+") as lines:
        for question in questions:
            lines.write(json.dumps(question) + "\n")
        lines.flush()
        os.lseek(lines.fileno(), 0, os.SEEK_SET)
        done = subprocess.run([billmill, "calc", calculator], stdin=lines, stdout=subprocess.PIPE,
                              check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.decode().split("\n")[:-1]]


def expected_of(calculator, question):
    try:
        return reference.answer(calculator, question)
    except reference.Refused:
        return None


def compare(billmill, calculator, seed, count):
    make_question, holds = KINDS[calculator]
    make = Maker(f"{seed}-{calculator}")
    questions = [make.next_question(make_question) for _ in range(count)]
    code, answers = ask(billmill, calculator, questions)
    refused = differences = 0
    for question, got in zip(questions, answers):
        expected = expected_of(calculator, question)
        if expected is None:
            refused += 1
            wrong = "error" not in got
        else:
            wrong = "error" in got or not same(expected, got) or \
                (holds is not None and not holds(question, got))
        if wrong:
            differences += 1
            if differences <= SHOWN_MAX:
                print(f"{calculator}: {json.dumps(question)}\n  is       {json.dumps(got)}\n"
                      f"  expected {json.dumps(expected)}")
    if len(answers) != count or code != (65 if refused else 0):
        print(f"{calculator}: {len(answers)} answers to {count} questions, exit {code}")
        differences += 1
    print(f"{calculator}: {count} questions, {len(answers)} answers, {refused} refused, "
          f"{differences} differences")
    return differences


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    billmill, seed, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    sys.exit(1 if sum(compare(billmill, name, seed, count) for name in sys.argv[4:]) else 0)


if __name__ == "__main__":
    main()
