"""Documents in the currency of the books, computed again from published rates (core/billing/document_conversion.h), for recompute.py."""
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction

from recompute_records import counts, minor, same, to_minor


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


def check_conversions(records):
    rates = {}
    codes = defaultdict(set)  # of a publication
    for rate in records.by_kind["exchange_rate"]:
        publication = rate["source"], rate["date"], rate["base"]
        rates[publication + (rate["quote"], rate["version"])] = Fraction(rate["rate"])
        codes[publication] |= {rate["quote"], rate["base"]}
    documents = {(d["tenant"], d["draft_key"]): d for d in records.documents}
    by_number = {(d["tenant"], d["number"]): d for d in records.documents if d.get("number")}
    converted = {(c["tenant"], c["draft_key"], c["currency"]): c for c in records.by_kind["invoice_conversion"]}
    for conversion in records.by_kind["invoice_conversion"]:
        document = documents[conversion["tenant"], conversion["draft_key"]]
        tenant = records.tenants[conversion["tenant"]]
        where = f"{conversion['tenant']} {document['number']} in {conversion['currency']}"
        publication = conversion["source"], conversion["publication_date"], conversion["base"]
        legs = []
        for leg, code in (("from", document["currency"]), ("to", conversion["currency"])):
            version = conversion[leg + "_version"]
            published = Fraction(1) if code == conversion["base"] and version == 0 else rates.get(publication + (code, version))
            same(where, f"the rate of {code}", Fraction(conversion[leg + "_rate"]), published)
            legs.append(Fraction(conversion[leg + "_rate"]))
        same(where, "its currency", conversion["currency"], tenant["currency"])
        same(where, "the day", conversion["date"], tax_day(document, by_number))
        if document["record"] == "credit_note" and document.get("corrects"):
            invoice = converted.get((conversion["tenant"], by_number[document["tenant"], document["corrects"]]["draft_key"], conversion["currency"]))
            for what in ("source", "publication_date", "base", "rule", "from_rate", "from_version", "to_rate", "to_version"):
                same(where, f"{what} as of its invoice", conversion[what], invoice[what] if invoice else conversion[what])
        for day in nearer_days(conversion):
            both = codes.get((conversion["source"], day.isoformat(), conversion["base"]), set())
            same(where, f"a publication of {day}", {document["currency"], conversion["currency"]} <= both, False)
        amounts = {}
        for what in ("tax", "total"):
            exact = Fraction(document[what]) * legs[1] / legs[0]
            amounts[what] = to_minor(exact, conversion["currency"], tenant["rounding"])
            same(where, what, minor(conversion[what], conversion["currency"]), amounts[what])
        same(where, "net", minor(conversion["net"], conversion["currency"]), amounts["total"] - amounts["tax"])
        counts["conversions"] += 1
