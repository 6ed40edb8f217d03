"""What is given back of invoices that were written off, for recompute.py: nobody paid it (core/billing/written_off.h)."""
from collections import defaultdict
from fractions import Fraction

from recompute_forgiven import owed
from recompute_given import Billed, lines_given_of
from recompute_lines import does_give_back, draft_order, line_order
from recompute_records import allocate, counts, minor, rounded, same


def net_of(line, document):
    return minor(line["amount"], document["currency"]) - minor(line["discount"], document["currency"])


def values_of(document, rounding):
    """{line: what it comes to with its taxes}, by their rates; the cents that are left go to the largest lines."""
    values = {line["line"]: net_of(line, document) for line in document["lines"]}
    for tax in document["taxes"]:
        lines = [l for l in document["lines"] if l.get("tax_index") == tax.get("beside_index", tax["tax_index"])]
        if tax["inclusive"] or not lines:
            continue
        parts = {l["line"]: rounded(net_of(l, document) * Fraction(tax["rate_percent"]) / 100, rounding) for l in lines}
        left = minor(tax["tax"], document["currency"]) - sum(parts.values())
        largest = sorted(lines, key=lambda l: -abs(minor(l["amount"], document["currency"])))
        for i in range(abs(left)):
            parts[largest[i % len(largest)]["line"]] += 1 if left > 0 else -1
        for line, part in parts.items():
            values[line] += part
    return values


class Ledger:
    def __init__(self, records, tenant):
        self.records, self.tenant, self.rounding = records, tenant, records.tenants[tenant]["rounding"]
        self.invoices, self.off_of = {}, defaultdict(int)  # by number; of each document, by key
        for document in records.documents:
            if document["tenant"] == tenant:
                self.off_of[document["draft_key"]] = sum(minor(w["off"], document["currency"]) for w in document.get("written_off", []))
        decided = defaultdict(list)
        for c in records.by_kind["correction"]:
            if c["tenant"] == tenant and c["action"] == "write_off" and c.get("done"):
                decided[c["invoice"]].append(c)
        for invoice in records.by_kind["invoice"]:
            found = decided.get(invoice.get("number"), []) if invoice["tenant"] == tenant else []
            # Of what stays written off of it to the end: when another one was paid off meanwhile is not in a dump.
            if found and invoice["status"] == "uncollectible":
                self.invoices[invoice["number"]] = {
                    "invoice": invoice, "from": min(c["done"]["on"] for c in found), "given": 0,
                    "written_off": sum(c["done"]["amount_minor"] for c in found)}
        self.entries = []  # {document, line, of, given, value, period, price}

    def off(self, of, given, on):
        """What is off it by rule 3, by what was known on that day."""
        invoice, found = self.invoices[of]["invoice"], self.invoices[of]
        left = minor(invoice["total"], invoice["currency"]) - minor(invoice["credit_applied"], invoice["currency"])
        for note in self.records.by_kind["credit_note"]:
            if note["tenant"] == self.tenant and note.get("corrects") == of and (note.get("issued_on") or "9") <= on:
                left -= minor(note["total"], note["currency"]) - self.off_of[note["draft_key"]]
        stays = lambda less: min(found["written_off"], max(0, left - less))
        return stays(0) - stays(max(0, given))

    def move(self, document, line, of, given, value):
        if given == 0:
            return
        own = [e for e in self.entries if (e["document"], e["line"], e["of"]) == (document["draft_key"], line["line"], of)]
        on = document.get("issued_on") or document["cutoff"]
        off = self.off(of, self.invoices[of]["given"] + given, on) - self.off(of, self.invoices[of]["given"], on)
        self.invoices[of]["given"] += given
        if not own:
            own = [dict(document=document["draft_key"], line=line["line"], of=of, given=0, off=0, value=value,
                        period=self.period_of(line), price=line["price"])]
            self.entries += own
        own[0]["given"] += given
        own[0]["off"] += off

    def give(self, document, line, given, of_document, of_line, value, is_noted=False):
        rest = given
        for e in [e for e in self.entries if (e["document"], e["line"]) == (of_document["draft_key"], of_line)]:
            part = rounded(Fraction(given * -e["given"], e["value"]), self.rounding)
            rest -= part
            self.move(document, line, e["of"], part, value)
        number = of_document.get("number")
        if not is_noted and self.is_there(number, document):
            self.move(document, line, number, rest, value)

    def is_there(self, number, document):
        return number in self.invoices and self.invoices[number]["from"] <= (document.get("issued_on") or document["cutoff"])

    def period_of(self, line):
        period = self.records.periods.get((self.tenant, line["subscription"], line["price"], line["period_start"], line["kind"]))
        return line["subscription"], period["full_start"] if period else line["period_start"]

    def replace(self, document, line, value):
        """Rule 2: what is charged in place of what was given back of the period, as if a note had given it (forgiven.h)."""
        left, own = value, self.version(line["price"])
        for of in sorted(self.invoices, key=lambda n: draft_order(self.invoices[n]["invoice"]["draft_key"])):
            given = defaultdict(int)
            for e in self.entries:
                if (e["of"], e["period"]) == (of, self.period_of(line)):
                    given[e["price"]] += e["given"]
            accounts = {line["price"]: (own["plan"], 0, given[line["price"]])}
            if "meter" not in own:
                accounts.update({name: (self.version(name)["plan"], 0, v) for name, v in given.items() if "meter" not in self.version(name)})
            before = owed(accounts)
            accounts[line["price"]] = (own["plan"], left, given[line["price"]])
            part = left - (owed(accounts) - before)
            if part > 0 and self.is_there(of, document):
                left -= part
                self.move(document, line, of, -part, value)

    def version(self, price):
        return self.records.versions[self.tenant, price][0]


def check_written_off(records):
    """Every line of every document, in the order in which they follow from each other; what is stored of the same."""
    for tenant in {c["tenant"] for c in records.by_kind["correction"] if c["action"] == "write_off" and c.get("done")}:
        ledger = Ledger(records, tenant)
        numbered = {i["number"]: i for i in records.documents if i["tenant"] == tenant and i.get("number")}
        signed = {i["draft_key"]: i for i in records.bills if i["tenant"] == tenant}
        of_price = defaultdict(list)
        for document in signed.values():
            for line in document["lines"]:
                if not line.get("true_up") and document["taxed"]:
                    of_price[line["subscription"], line["price"]].append(Billed(document, line))
        for billed in of_price.values():
            billed.sort(key=lambda b: b.order)
        again = {key: {(b.start, b.line["kind"][len("rebill:"):]): b for b in billed if b.line["kind"].startswith("rebill:")}
                 for key, billed in of_price.items()}
        documents = [d for d in signed.values() if d["status"] not in ("draft", "void")]
        documents += [d for d in records.by_kind["credit_note"] if d["tenant"] == tenant and d.get("corrects")]
        for document in sorted(documents, key=lambda d: draft_order(d["draft_key"])):
            values = values_of(document, ledger.rounding)
            is_note = document.get("corrects") and document["record"] == "credit_note"
            for line in document["lines"] if is_note else sorted(document["lines"], key=line_order):
                if line.get("true_up"):
                    continue
                value = values[line["line"]]
                if is_note:
                    ledger.give(document, line, value, numbered[document["corrects"]], line["line"], -value, is_noted=True)
                    continue
                if not does_give_back(line):
                    ledger.replace(document, line, value)
                    continue
                key = line["subscription"], line["price"]
                giving = next(b for b in of_price[key] if b.line is line)
                before = [b for b in of_price[key] if b.order < giving.order and b.invoice["status"] != "void"]
                before = [b for b in before if again[key].get((b.start, b.line["kind"])) not in before + [giving]]
                period = records.periods.get((tenant, *key, giving.start, line["kind"])) or {}
                of = lines_given_of(giving, before, period.get("counts_from", giving.start))
                lefts = [max(0, b.charged - b.unpaid) for b in of]
                shares = allocate(-value, lefts)
                for b, share in zip(of, shares):
                    ledger.give(document, line, share, b.invoice, b.line["line"], value)
        moved = {(e["document"], e["line"], e["of"]): (e["given"], e["off"], e["value"]) for e in ledger.entries}
        stored = {}
        for document in records.documents:
            for w in document.get("written_off", []) if document["tenant"] == tenant and document["status"] != "void" else []:
                if w["invoice"] in ledger.invoices:
                    stored[document["draft_key"], w["line"], w["invoice"]] = tuple(minor(w[f], document["currency"]) for f in ("given", "off", "value"))
        for key in set(moved) | set(stored):
            counts["written_off"] += 1
            same(f"{tenant} {' '.join(map(str, key))}", "what it gives back of what was written off", stored.get(key), moved.get(key))
