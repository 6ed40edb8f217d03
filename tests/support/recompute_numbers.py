"""Numbers, hashes and files of documents, for recompute.py."""
import hashlib
import os
from datetime import date, timedelta

from recompute_records import PARTY, SERIES, counts, same


def hash_of(invoice, previous):
    digest = hashlib.sha256()

    def add(name, value):
        digest.update((f"{name}-" if value is None else f"{name}={value}").encode() + b"\0")

    digest.update(b"billmill.invoice.1\0")
    add("previous_hash", previous)
    add("tenant", invoice["tenant"])
    add("kind", invoice["record"])
    add("corrects", invoice.get("corrects") or invoice.get("references"))
    for name, field in (("draft_key", "draft_key"), ("customer", "customer"), ("currency", "currency"),
                        ("cutoff_on", "cutoff"), ("tax_point_on", "tax_point"), ("series", "series"),
                        ("fiscal_year", "fiscal_year"), ("number_in_series", "number_in_series"), ("number", "number"),
                        ("issued_on", "issued_on"), ("due_on", "due_on"), ("payment_terms_days", "payment_terms_days"),
                        ("locale", "locale")):
        add(name, invoice[field])
    for party in ("seller", "buyer"):
        for field in PARTY:
            add(f"{party}.{field}", invoice[party].get(field))
    for field in ("subtotal", "discount", "tax", "total", "credit_applied", "amount_due"):
        add(field, invoice[field])
    add("lines", len(invoice["lines"]))
    for line in invoice["lines"]:
        for field in ("line", "kind", "subscription", "price", "price_valid_from", "period_start", "period_end", "description",
                      "quantity", "unit_amount", "amount", "discount", "tax", "tax_category"):
            add(field, line.get(field))
        add("tax_number", line.get("tax_index", 0))
        add("event_count", line.get("event_count", 0))
    add("taxes", len(invoice["taxes"]))
    for tax in invoice["taxes"]:
        add("tax", tax["tax_index"])
        for field in ("name", "category", "rate_percent"):
            add(field, tax[field])
        add("inclusive", int(tax["inclusive"]))
        add("base", tax["base"])
        add("tax_amount", tax["tax"])
        if "note" in tax:
            add("note", tax["note"])
        if "beside_index" in tax:
            add("beside", tax["beside_index"])
    return digest.hexdigest()


def check_series(records, tenant, series, invoices):
    previous, last_number, last_year, last_issued = "0" * 64, 0, None, ""
    order = {}
    for invoice in sorted(invoices, key=lambda i: (i["fiscal_year"], i["number_in_series"])):
        where = f"{tenant} {invoice['number']}"
        expected = last_number + 1 if invoice["fiscal_year"] == last_year else 1
        same(where, "the number in its series", invoice["number_in_series"], expected)
        same(where, "the number", invoice["number"], SERIES[series].format(year=invoice["fiscal_year"], number=expected))
        same(where, "issued not before the one before", invoice["issued_on"] >= last_issued, True)
        same(where, "the due date", invoice["due_on"],
             str(date.fromisoformat(invoice["issued_on"]) + timedelta(days=invoice["payment_terms_days"])))
        same(where, "the previous hash", invoice.get("previous_hash") or "0" * 64, previous)
        same(where, "the hash", invoice["hash"], hash_of(invoice, previous))
        previous, last_number, last_year, last_issued = invoice["hash"], expected, invoice["fiscal_year"], invoice["issued_on"]
        order.setdefault(invoice["issued_on"], []).append(invoice["draft_key"].encode())
        counts["invoices"] += 1
    if os.environ.get("ONE_RUN_A_DAY", "1") == "1":
        for day, keys in order.items():
            same(f"{tenant} {day}", "the order of numbers is that of draft keys", keys == sorted(keys), True)
    counter = [s for s in records.by_kind["number_series"]
               if s["tenant"] == tenant and s["series"] == series and s["fiscal_year"] == last_year]
    same(f"{tenant} {series}", "the counter", [(c["last_number"], c["last_hash"], c["last_issued_on"]) for c in counter],
         [(last_number, previous, last_issued)])


def check_documents(records, directory):
    paths = set()
    for invoice in records.documents:
        if invoice.get("document"):
            path = os.path.join(directory, invoice["document"]["path"])
            with open(path, "rb") as file:
                content = file.read()
            same(path, "its SHA-256", hashlib.sha256(content).hexdigest(), invoice["pdf_sha256"])
            same(path, "its size", len(content), invoice["document"]["size_bytes"])
            paths.add(path)
            counts["documents"] += 1
    found = {os.path.join(folder, name) for folder, _, names in os.walk(directory) for name in names}
    same(directory, "the files that no invoice has", sorted(found - paths), [])
