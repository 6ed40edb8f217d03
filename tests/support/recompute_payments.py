"""What was paid and given back, for recompute.py (core/billing/settlement.h)."""
import os
from collections import defaultdict

from recompute_records import counts, minor, same


def payments_of(records, invoice):
    """Those that count for an invoice: another customer's, or in another currency, are of none."""
    return [p for p in records.by_kind["payment"] if (p["tenant"], p.get("invoice"), p["currency"], p["customer"]) ==
            (invoice["tenant"], invoice.get("number"), invoice["currency"], invoice["customer"])]


def paid_of(records, invoice):
    return sum(minor(p["amount"], p["currency"]) for p in payments_of(records, invoice))


def kept_of(records, invoice):
    """Paid and not refunded."""
    references = {p["gateway_reference"] for p in payments_of(records, invoice)}
    return paid_of(records, invoice) - sum(minor(r["amount"], r["currency"]) for r in records.by_kind["refund"]
                                           if r["tenant"] == invoice["tenant"] and r["payment"] in references)


def check_parts(records, payments):
    """What pays invoices of a payment that names none, and what of it is a credit, is no more than was received; the parts
    are its payer's, in its currency."""
    used = defaultdict(int)
    for part in payments.values():
        if "part_of" not in part:
            continue
        whole = payments[part["tenant"], part["part_of"]]
        what = f"{part['tenant']} {part['gateway_reference']}"
        for field in ("customer", "currency", "gateway", "at"):
            same(what, field, part[field], whole[field])
        same(what, "it is of a payment without an invoice", (whole.get("invoice"), whole.get("part_of")), (None, None))
        used[part["tenant"], part["part_of"]] += minor(part["amount"], part["currency"])
    for grant in records.by_kind["credit_grant"]:
        key = (grant["tenant"], grant["source"].removeprefix("payment "))
        if grant["source"].startswith("payment ") and key in payments and not payments[key].get("invoice"):
            used[key] += minor(grant["amount"], grant["currency"])
    for key, sum_minor in used.items():
        whole = payments[key]
        same(" ".join(key), "no more is used than was received", sum_minor <= minor(whole["amount"], whole["currency"]), True)
        counts["figures"] += 1


def check_given_back(records, payments, refunded):
    """No more is taken off the parts of a payment than was given back of it."""
    taken = defaultdict(int)
    for key, payment in payments.items():
        if "part_of" in payment:
            taken[key[0], payment["part_of"]] += refunded[key]
    for key, sum_minor in taken.items():
        same(" ".join(key), "no more is taken off its parts than was given back", sum_minor <= refunded[key], True)
        counts["figures"] += 1


def check_statuses(records, invoices):
    """What is paid of an invoice and not given back makes its status, whatever of it is a credit besides."""
    decided = {(c["tenant"], c["invoice"]) for c in records.by_kind["correction"] if c["action"] in ("write_off", "void")}
    for key, invoice in invoices.items():
        if key in decided or not payments_of(records, invoice):
            continue
        notes = [n for n in records.by_kind["credit_note"] if (n["tenant"], n.get("corrects")) == key]
        owed = minor(invoice["amount_due"], invoice["currency"]) - sum(minor(n["credit_applied"], n["currency"]) for n in notes)
        kept = kept_of(records, invoice)
        same(" ".join(key), "the status", invoice["status"], "paid" if kept >= owed else "partially_paid" if kept > 0 else "open")


def check_payments(records):
    """Nothing more is given back than was paid, in its currency; what credit notes over an invoice leave to the customer is
    at most what was paid of it, by his credits too."""
    payments = {(p["tenant"], p["gateway_reference"]): p for p in records.by_kind["payment"]}
    refunded = defaultdict(int)
    for refund in records.by_kind["refund"]:
        payment = payments[refund["tenant"], refund["payment"]]
        same(f"{refund['tenant']} {refund['gateway_reference']}", "the currency", refund["currency"], payment["currency"])
        refunded[refund["tenant"], refund["payment"]] += minor(refund["amount"], refund["currency"])
    for key, payment in payments.items():
        same(" ".join(key), "no more given back than paid", refunded[key] <= minor(payment["amount"], payment["currency"]), True)
        counts["figures"] += 1
    check_parts(records, payments)
    check_given_back(records, payments, refunded)
    numbers = {(i["tenant"], i["number"]): i for i in records.by_kind["invoice"] if i.get("number")}
    if os.environ.get("APPLIED") == "1":
        check_statuses(records, numbers)
    for key in sorted({(p["tenant"], p["invoice"]) for p in payments.values() if p.get("invoice")} & set(numbers)):
        invoice = numbers[key]
        money = lambda text: minor(text, invoice["currency"])
        notes = [n for n in records.by_kind["credit_note"] if (n["tenant"], n.get("corrects")) == key]
        due = sum(money(n["amount_due"]) for n in notes)
        same(" ".join(key), "what notes leave was paid", due <= money(invoice["credit_applied"]) + paid_of(records, invoice), True)
