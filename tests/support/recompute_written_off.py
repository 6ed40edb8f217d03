"""What is given back of invoices that were written off, for recompute.py: nobody paid it (core/billing/written_off.h)."""
from collections import defaultdict

from recompute_forgiven import net_of, owed
from recompute_lines import draft_order, line_order
from recompute_payments import kept_of
from recompute_records import counts, minor, same


def value_of(line, document):
    """With its tax, where that is not in its price."""
    own = [tax for tax in document["taxes"] if tax["tax_index"] == line.get("tax_index")]
    return net_of(line, document) + (0 if any(tax["inclusive"] for tax in own) else minor(line["tax"], document["currency"]))


class Line:
    """Of a document that bills, or of a note that credits one (`of`). `day` is when it was made, `rank` the order of decisions."""

    def __init__(self, records, document, line, of=None, request=None):
        self.document, self.line, self.of = document, line, of
        self.asked_by = of or document
        price = {} if line.get("true_up") else records.versions[document["tenant"], line["price"]][0]
        self.price, self.plan = line["price"], None if price.get("meter") else price.get("plan")
        self.value = -value_of(line, document) if of else value_of(line, document)
        self.day = document.get("issued_on") or document["cutoff"]
        self.rank = (self.day, "", "")
        if request:
            self.rank = request["done"]["on"], request["on"], request["correction"]
        self.order = draft_order(document["draft_key"]), line_order(line)
        self.period = None
        self.replaces = None  # a line that it bills again

    def key(self):
        return self.document["draft_key"], self.line["line"]


def is_before(line, at):
    """Whether a line was there when the other one was made. Corrections come first on a day, behind what they credit."""
    if at.of is not None:
        if line.of is not None:
            return line.rank < at.rank or (line.document is at.document and line.line["line"] < at.line["line"])
        return line.document is at.of or line.day < at.rank[0]
    if line.of is not None:
        if line.of is at.document:
            return False
        if line.day != at.day or (line.of.get("issued_on") or line.of["cutoff"]) != at.day:
            return line.day <= at.day
        return draft_order(line.of["draft_key"]) < at.order[0] and line.document["cutoff"] <= at.document["cutoff"]
    return line.order < at.order if line.document is at.document or line.day == at.day else line.day < at.day


def flow(moved):
    """Of {price: (plan, what rose, what fell)} what goes from what fell to what rose of other plans."""
    return sum(rose for _, rose, _ in moved.values()) - owed(moved)


def given_of(prices):
    """Rule 2, of {price: (plan or None of a metered one, what was asked, what the lines behind come to, and those before)}."""
    groups = defaultdict(dict)
    for price, found in prices.items():
        groups[None if found[0] is not None else price][price] = found
    given = 0
    for group in groups.values():
        fell = {price: max(0, -behind) for price, (_, _, behind, _) in group.items()}
        own = {price: min(fell[price], max(0, asked)) for price, (_, asked, _, _) in group.items()}
        left = sum(fell.values()) - flow({p: (plan, max(0, behind), fell[p]) for p, (plan, _, behind, _) in group.items()})
        others = flow({p: (plan, max(0, asked) - own[p], fell[p] - own[p]) for p, (plan, asked, _, _) in group.items()})
        all_asked = sum(asked for _, asked, _, _ in group.values())
        comes_to = sum(asked + behind + before for _, asked, behind, before in group.values())
        given += min(max(min(left, sum(own.values()) + others), all_asked - max(0, comes_to)), max(0, all_asked))
    return given


class Payer:
    """What one has of a tenant, in one currency."""

    def __init__(self):
        self.lines, self.invoices = [], {}  # written off: number -> {invoice, rank (of the decision), again, written_off}
        self.first_of = {}  # a line of each document, by key

    def is_not_behind(self, line, invoice):
        """Whether it is before the invoice, or is asked for by it, or bills again what is so."""
        own = self.first_of[invoice["draft_key"]]
        while line:
            if line.asked_by is invoice or is_before(self.first_of[line.asked_by["draft_key"]], own):
                return True
            line = line.replaces
        return False

    def find_replaced(self):
        """Of what bills again what was credited for the rest of a charge, the charge is meant: it may be on another document."""
        for line in self.lines:
            of = [other for other in self.lines if line.again_for and other.of is None and other.document.get("number") == line.again_for and
                  (other.price, other.period) == (line.price, line.period)]
            line.replaces = max(of, key=lambda other: (line.bills == (other.bills[0], "rebill:" + other.bills[1]), bool(other.again_for), -other.line["line"]), default=None)


def payers_of(records, tenant):
    payers, numbers, requests = defaultdict(Payer), {}, {}
    decided, void, again = defaultdict(list), {}, {}
    periods = {**records.periods, **{(p["tenant"], p["contract"], p["phase"], p["start"], p["kind"]): p for p in records.true_up_periods}}
    for c in records.by_kind["correction"]:
        if c["tenant"] == tenant and c.get("done"):
            requests[c["done"].get("draft_key")] = c
            if c["action"] == "write_off":
                decided[c["invoice"]].append(c)
            if c["action"] == "rebill":
                again[c["invoice"]] = c["done"]["on"], c["on"], c["correction"]
            if c["action"] == "void":
                void[c["invoice"]] = c["done"]["on"], c["on"], c["correction"]
    documents = [d for d in records.bills if d["tenant"] == tenant and d["taxed"] and d["status"] != "draft"]
    for document in documents:
        if document.get("number"):
            numbers[document["number"]] = document
        payer = payers[document["customer"], document["currency"]]
        # Of what stays written off of it to the end: when another one was paid off meanwhile is not in a dump.
        found = decided.get(document.get("number"))
        if found and document["status"] == "uncollectible":
            payer.invoices[document["number"]] = {
                "invoice": document, "rank": min((c["done"]["on"], c["on"], c["correction"]) for c in found), "again": again.get(document["number"], ("9",)), "written_off": sum(c["done"]["amount_minor"] for c in found),
                "kept": kept_of(records, document)}
    notes = [(note, numbers[note["corrects"]]) for note in records.by_kind["credit_note"] if note["tenant"] == tenant and note.get("corrects")]
    for document, of in [(d, None) for d in documents] + notes:
        payer = payers[document["customer"], document["currency"]]
        for said in document["lines"]:
            line = Line(records, document, said, of, requests.get(document["draft_key"]) if of else None)
            kind = next(l["kind"] for l in of["lines"] if l["line"] == said["line"]) if of else said["kind"]
            line.period = said["subscription"], said["period_start"] if said.get("true_up") else records.periods[
                tenant, said["subscription"], said["price"], said["period_start"], kind]["full_start"]
            line.void = void.get(document.get("number"), (line.day, "", "")) if document["status"] == "void" else None
            line.again_for = periods.get((tenant, said["subscription"], said["price"], said["period_start"], kind), {}).get("references")
            line.bills = said["period_start"], kind
            payer.lines.append(line)
            payer.first_of.setdefault(document["draft_key"], line)
    for payer in payers.values():
        payer.find_replaced()
    return payers.values()


class Check:
    """All invoices of a payer as they were when a line was made."""

    def __init__(self, payer, offs, at):
        self.payer, self.offs, self.at = payer, offs, at
        self.there = [line for line in payer.lines if is_before(line, at) and not self.is_void(line)]

    def is_void(self, line):
        if line.void is None or line.document is self.at.document:
            return False
        return line.void < self.at.rank if self.at.of is not None else line.void[0] <= self.at.day

    def then(self, number):
        """The day from which on what comes is behind the invoice: rules 3 and 6."""
        found = self.payer.invoices[number]
        was_again = found["again"] < (self.at.rank if self.at.of is not None else (self.at.day, "~"))
        return (found["again"] if was_again else found["rank"])[0]

    def off(self, number, was_there):
        """By lines that were there then, or by those that came since."""
        return sum(self.offs[line.document["draft_key"]].get((line.line["line"], number), 0) for line in self.there
                   if was_there == (bool(line.document.get("issued_on")) and line.day < self.then(number)))

    def target(self, number, layers):
        """Rules 3 and 4, by what is given of each period."""
        found = self.payer.invoices[number]
        invoice = found["invoice"]
        left = minor(invoice["total"], invoice["currency"]) - minor(invoice["credit_applied"], invoice["currency"])
        left -= self.off(number, True) + found["kept"]
        for note in {line.document["draft_key"]: line.document for line in self.there if line.of is invoice}.values():
            left -= minor(note["total"], note["currency"]) - sum(self.offs[note["draft_key"]].values())
        stays = lambda less: min(found["written_off"], max(0, left - less))
        given = sum(max(0, given_of({p: (plan, asked, behind, before) for p, (plan, asked, behind, _, before) in prices.items()}) -
                        given_of({p: (plan, asked, then, before) for p, (plan, asked, _, then, before) in prices.items()})) for prices in layers.values())
        return stays(0) - stays(given)

    def layers(self, number, lines):
        """{period: {price: [plan, asked, behind, behind when it was written off, before]}}, of periods that it asked for."""
        found = self.payer.invoices[number]
        layers = {line.period: {} for line in self.payer.lines if line.document is found["invoice"]}
        for line in lines:
            if line.period not in layers:
                continue
            account = layers[line.period].setdefault(line.price, [line.plan, 0, 0, 0, 0])
            if line.asked_by is found["invoice"]:
                account[1] += line.value
            elif not self.payer.is_not_behind(line, found["invoice"]):
                account[2] += line.value
                account[3] += line.value if line.document.get("issued_on") and line.day < self.then(number) else 0
            else:
                account[4] += line.value
        return layers

    def expected(self):
        """{invoice: what the line is off it}."""
        at, expected = self.at, {}
        left = -at.value
        for number in sorted(self.payer.invoices, key=lambda n: draft_order(self.payer.invoices[n]["invoice"]["draft_key"])):
            found = self.payer.invoices[number]
            now = at.rank if at.of is not None else (at.day, "~")
            if found["rank"] > now or self.payer.is_not_behind(at, found["invoice"]):
                continue
            layers = self.layers(number, self.there + [at])
            if at.period not in layers:
                continue
            off = self.target(number, layers) - self.off(number, False)
            off = min(max(off, 0), left) if left > 0 else max(min(off, 0), left)
            left -= off
            if off:
                expected[number] = off
        return expected


def check_written_off(records):
    """Every line of every document, by what was there before it."""
    for tenant in {c["tenant"] for c in records.by_kind["correction"] if c["action"] == "write_off" and c.get("done")}:
        offs = defaultdict(dict)  # of each document, by its line and the invoice
        for document in records.documents:
            for w in document.get("written_off", []) if document["tenant"] == tenant else []:
                offs[document["draft_key"]][w["line"], w["invoice"]] = minor(w["off"], document["currency"])
        for payer in payers_of(records, tenant):
            periods = {line.period for line in payer.lines if line.document.get("number") in payer.invoices}
            for line in payer.lines if payer.invoices else []:
                if line.period not in periods:
                    continue
                expected = Check(payer, offs, line).expected()
                for number in payer.invoices:
                    counts["written_off"] += 1
                    same(f"{tenant} {' '.join(map(str, line.key()))} {number}", "what it is off what was written off",
                         offs[line.document["draft_key"]].get((line.line["line"], number), 0), expected.get(number, 0))
