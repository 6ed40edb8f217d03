"""Documents in the currency of the books, and what their payments gained or lost there, computed again from published rates
(core/billing/document_conversion.h, exchange_difference.h), for recompute.py."""
from collections import defaultdict
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from recompute_payments import payments_of
from recompute_records import counts, instant, minor, same, to_minor


def tax_day(document, by_number):
    """The earlier one of tax point and issue; of a credit note over an invoice that of the invoice."""
    if document["record"] == "credit_note" and document.get("corrects"):
        document = by_number[document["tenant"], document["corrects"]]
    return min(document["tax_point"], document["issued_on"])


def nearer_days(conversion):
    """Days that would have counted rather than the one that did, if there had been a publication."""
    asked, published = date.fromisoformat(conversion["date"]), date.fromisoformat(conversion["publication_date"])
    if conversion["rule"] == "next":
        return [asked + timedelta(days=n) for n in range((published - asked).days)]
    last = asked - timedelta(days=1) if conversion["rule"] == "day_before" else asked
    return [last - timedelta(days=n) for n in range((last - published).days)]


class Rates:
    """What was published, by version."""

    def __init__(self, records):
        self.rates = {}
        self.codes = defaultdict(set)  # of a publication
        for rate in records.by_kind["exchange_rate"]:
            publication = rate["source"], rate["date"], rate["base"]
            self.rates[publication + (rate["quote"], rate["version"])] = Fraction(rate["rate"])
            self.codes[publication] |= {rate["quote"], rate["base"]}

    def check(self, where, conversion, currency):
        """What a conversion says of its rates is published, and no nearer day was; 1 of the currency in that of the books."""
        publication = conversion["source"], conversion["publication_date"], conversion["base"]
        legs = []
        for leg, code in (("from", currency), ("to", conversion["currency"])):
            version = conversion[leg + "_version"]
            published = Fraction(1) if code == conversion["base"] and version == 0 else self.rates.get(publication + (code, version))
            same(where, f"the rate of {code}", Fraction(conversion[leg + "_rate"]), published)
            legs.append(Fraction(conversion[leg + "_rate"]))
        for day in nearer_days(conversion):
            both = self.codes.get((conversion["source"], day.isoformat(), conversion["base"]), set())
            same(where, f"a publication of {day}", {currency, conversion["currency"]} <= both, False)
        return legs[1] / legs[0]


def check_documents(records, rates):
    documents = {(d["tenant"], d["draft_key"]): d for d in records.documents}
    by_number = {(d["tenant"], d["number"]): d for d in records.documents if d.get("number")}
    converted = {(c["tenant"], c["draft_key"], c["currency"]): c for c in records.by_kind["invoice_conversion"]}
    for conversion in records.by_kind["invoice_conversion"]:
        document = documents[conversion["tenant"], conversion["draft_key"]]
        tenant = records.tenants[conversion["tenant"]]
        where = f"{conversion['tenant']} {document['number']} in {conversion['currency']}"
        rate = rates.check(where, conversion, document["currency"])
        same(where, "its currency", conversion["currency"], tenant["currency"])
        same(where, "the day", conversion["date"], tax_day(document, by_number))
        if document["record"] == "credit_note" and document.get("corrects"):
            invoice = converted.get((conversion["tenant"], by_number[document["tenant"], document["corrects"]]["draft_key"], conversion["currency"]))
            for what in ("source", "publication_date", "base", "rule", "from_rate", "from_version", "to_rate", "to_version"):
                same(where, f"{what} as of its invoice", conversion[what], invoice[what] if invoice else conversion[what])
        amounts = {}
        for what in ("tax", "total"):
            amounts[what] = to_minor(Fraction(document[what]) * rate, conversion["currency"], tenant["rounding"])
            same(where, what, minor(conversion[what], conversion["currency"]), amounts[what])
        same(where, "net", minor(conversion["net"], conversion["currency"]), amounts["total"] - amounts["tax"])
        counts["conversions"] += 1


def local_day(at, zone):
    microseconds = instant(at)
    return (datetime.fromtimestamp(microseconds // 1000000, ZoneInfo(zone))).date().isoformat()


def events_of(records, invoice):
    """What was paid of an invoice and given back: by kind and reference the amount and when."""
    payments = {p["gateway_reference"]: p for p in payments_of(records, invoice)}
    events = {("payment", name): (Fraction(p["amount"]), p["at"]) for name, p in payments.items()}
    for refund in records.by_kind["refund"]:
        if refund["tenant"] == invoice["tenant"] and refund["payment"] in payments:
            events["refund", refund["gateway_reference"]] = -Fraction(refund["amount"]), refund["at"]
    return events


def may_be_lowered(records, invoice):
    """Whether something besides money lowers what is asked for: how much of it was so when a payment came is not known."""
    documents = [d for d in records.documents if d["tenant"] == invoice["tenant"]]
    return invoice["status"] == "void" or any(
        d.get("corrects") == invoice["number"] or any(w["invoice"] == invoice["number"] for w in d.get("written_off", ())) for d in documents)


def check_paid(records, rates, invoice, conversion, entries):
    """In the order of their conversion: each settles what is asked for, or takes back what was kept of it."""
    tenant = records.tenants[invoice["tenant"]]
    currency = conversion["currency"]
    total, books = Fraction(invoice["total"]), Fraction(conversion["total"])
    asked = total - Fraction(invoice["credit_applied"])
    is_lowered = may_be_lowered(records, invoice)
    events = events_of(records, invoice)
    kept = settled = Fraction(0)
    relieved = 0
    same(invoice["number"], "entries", [e["entry"] for e in entries], list(range(1, len(entries) + 1)))
    for entry in entries:
        where = f"{invoice['tenant']} {invoice['number']} {entry['kind']} {entry['reference']}"
        amount, at = events[entry["kind"], entry["reference"]]
        rate = rates.check(where, entry, invoice["currency"])
        same(where, "its currency", currency, entry["currency"])
        same(where, "the day", entry["date"], local_day(at, tenant["timezone"]))
        part = Fraction(entry["settled"])
        kept += amount
        most = max(min(kept, asked), settled) - settled if amount > 0 else min(settled, max(kept, 0)) - settled
        if amount < 0 or not is_lowered:
            same(where, "what it settles", part, most)
        else:
            same(where, "it settles no more than is asked for", 0 <= part <= most, True)
        settled += part
        worth = to_minor(part * rate, currency, tenant["rounding"])
        before, relieved = relieved, to_minor(books * settled / total, currency, tenant["rounding"])
        same(where, "worth", minor(entry["worth"], currency), worth)
        same(where, "relieved", minor(entry["relieved"], currency), relieved - before)
        same(where, "difference", minor(entry["difference"], currency), worth - (relieved - before))
        counts["differences of rates"] += 1
    if settled == total:
        same(invoice["number"], "all parts relieve the books of", relieved, minor(conversion["total"], currency))


def check_conversions(records):
    rates = Rates(records)
    check_documents(records, rates)
    invoices = {(d["tenant"], d["draft_key"]): d for d in records.documents}
    conversions = {(c["tenant"], c["draft_key"]): c for c in records.by_kind["invoice_conversion"]}
    paid = defaultdict(list)
    for entry in records.by_kind["payment_conversion"]:
        paid[entry["tenant"], entry["draft_key"]].append(entry)
    for key, entries in paid.items():
        check_paid(records, rates, invoices[key], conversions[key], sorted(entries, key=lambda e: e["entry"]))
