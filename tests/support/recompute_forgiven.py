"""What stays forgiven of what was credited, for recompute.py: by the accounts of billing periods (core/billing/forgiven.h)."""
from collections import defaultdict

from recompute_lines import base_kind, draft_order, forgiven_of, line_order
from recompute_records import counts, minor, same


def net_of(line, document):
    return minor(line["amount"], document["currency"]) - minor(line["discount"], document["currency"])


def owed(accounts):
    """Of {price: (plan or None of a metered one, cost, noted)} what is owed for those that share: of each plan what another
    one's notes gave beyond its cost is off. The most that can be is found by hand, price by price and plan by plan."""
    rests, early = defaultdict(int), 0
    short = defaultdict(int)
    for plan, cost, noted in accounts.values():
        if cost < noted and noted == 0:
            early += cost
        rests[plan] += max(0, cost - noted)
        short[plan] += max(0, noted - cost) if noted else 0
    most, total = sum(short.values()), sum(rests.values())
    flow = min([most, total] + [most - short[plan] + total - rests[plan] for plan in rests])
    return early + total - flow


class Line:
    """Of a document that bills, or of a note that credits one (`of` is its line)."""

    def __init__(self, records, document, line, of=None):
        self.document, self.line, self.of = document, line, of
        self.key = (document["tenant"], document["draft_key"], line["line"])
        price = {} if line.get("true_up") else records.versions[document["tenant"], line["price"]][0]
        self.price, self.plan = line["price"], None if price.get("meter") else price.get("plan")
        self.net, self.forgiven = net_of(line, document), forgiven_of(line, document)
        self.order = draft_order(document["draft_key"]), line_order(line)
        self.issued = document.get("issued_on")

    def shares(self, other):
        return self.price == other.price or (self.plan is not None and other.plan is not None)


class Accounts:
    """The lines of one subscription, payer, currency and billing period."""

    def __init__(self, records, decided):
        self.records, self.decided, self.lines = records, decided, []
        self.is_last = False  # of its day: which run of that taxed a draft is not in a dump

    def decided_on(self, line, action):
        """When its document became void, or the line (of a note the one that it credits) was billed again; None: it did not."""
        document = line.document
        if action == "void" and document["status"] != "void":
            return None
        if action == "rebill":
            said = line.line
            again = self.records.periods.get((document["tenant"], said["subscription"], said["price"], said["period_start"], "rebill:" + said["kind"]))
            return again and self.decided.get((document["tenant"], again["references"], action), again["due_on"])
        return self.decided.get((document["tenant"], document["number"], action), document["issued_on"])

    def is_void(self, line, at):
        on = self.decided_on(line, "void")
        return on is not None and line.document is not at.document and (at.issued is None or on <= at.issued)

    def is_again(self, line, at):
        on = self.decided_on(line, "rebill")
        return on is not None and line.document is not at.document and (at.issued is None or on <= at.issued) and not self.is_later(line, at)

    def is_later(self, line, at):
        """It is billed again on the day of the document, whose own lines are as well: by a later run."""
        days = {self.decided_on(other, "rebill") for other in self.lines if other.of is None and other.document is at.document}
        return at.issued in days and self.decided_on(line, "rebill") == at.issued

    def is_before(self, line, at):
        if line.of is not None:  # a note: corrections come first on a day, but behind what they credit
            if line.of.document is at.document or (at.issued is not None and (line.issued is None or line.issued > at.issued)):
                return False
            if line.issued == at.issued and self.is_later(line, at):
                return False
            if line.issued != at.issued or line.of.issued != at.issued or self.is_last:
                return True
            return line.of.order < at.order and line.document["cutoff"] <= at.document["cutoff"]
        if line.document is at.document or line.issued == at.issued:
            return line.order < at.order or (self.is_last and line.document is not at.document)
        return at.issued is None or (line.issued is not None and line.issued < at.issued)

    def is_noted(self, line, at):
        """Nobody is credited less than nothing: by a void document, or by the notes over one, that gave back more than it charged."""
        of = [other for other in self.lines if other.shares(line) and self.is_before(other, at) and not self.is_again(other, at) and (
            other.of is not None and other.of.document is line.of.document if line.of is not None
            else other.of is None and other.document is line.document)]
        return sum(other.net for other in of) >= 0

    def before(self, at):
        """({price: [plan, cost, noted]}, what is billed), of those that share with the line."""
        accounts, billed = {at.price: [at.plan, 0, 0]}, 0
        for line in self.lines:
            if not line.shares(at) or not self.is_before(line, at):
                continue
            account = accounts.setdefault(line.price, [line.plan, 0, 0])
            stands = not self.is_again(line, at)  # what is billed again leaves, and the notes over it: as if it had never been
            if line.of is not None:
                billed -= line.net
                account[2] += line.net if stands and self.is_noted(line, at) else 0
                continue
            account[1] += line.net + line.forgiven if stands else 0
            if not self.is_void(line, at):
                billed += line.net
            elif stands and self.is_noted(line, at):
                account[2] += line.net
        return accounts, billed

    def forgiven(self, at, is_last):
        self.is_last = is_last
        accounts, billed = self.before(at)
        net = at.net + at.forgiven
        accounts[at.price][1] += net
        return net - min(max(owed(accounts) - billed, min(net, 0)), max(net, 0))

    def check(self, at):
        forgiven = self.forgiven(at, False)
        if forgiven != at.forgiven and at.issued is not None and self.forgiven(at, True) == at.forgiven:
            forgiven = at.forgiven
        counts["forgiven"] += 1
        same(f"{at.document['tenant']} {at.document['draft_key']} line {at.line['line']}, {at.line['kind']} {at.line['period_start']}",
             "what is forgiven of it", at.forgiven, forgiven)


def accounts_of(records):
    """Those of the payers of whom anything was credited or is void."""
    decided = {}
    for request in records.by_kind["correction"]:
        done = request.get("done")
        if done:
            key = request["tenant"], request["invoice"], request["action"]
            decided[key] = max(done["on"], decided.get(key, ""))
    noted = {(d["tenant"], d["customer"]) for d in records.documents if d["status"] == "void" or (d["record"] == "credit_note" and d.get("corrects"))}
    found, lines, numbers = {}, {}, {}
    for document in records.bills:
        numbers[document["tenant"], document.get("number")] = document

    def add(line, document):
        said = line.line
        full = (said["period_start"], None)
        if not said.get("true_up"):
            period = records.periods[document["tenant"], said["subscription"], said["price"], said["period_start"], said["kind"]]
            full = (period["full_start"], period["full_end"])
        key = document["tenant"], document["customer"], document["currency"], said["subscription"], full, bool(said.get("true_up"))
        found.setdefault(key, Accounts(records, decided)).lines.append(line)

    for document in records.bills:
        for line in document["lines"]:
            if document["taxed"] and (document["tenant"], document["customer"]) in noted:
                one = lines[document["tenant"], document["draft_key"], line["line"]] = Line(records, document, line)
                add(one, document)
    for note in records.by_kind["credit_note"]:
        of = numbers.get((note["tenant"], note["corrects"])) if note.get("corrects") else None
        for line in note["lines"] if of else []:
            credited = lines[note["tenant"], of["draft_key"], line["line"]]
            add(Line(records, note, line, credited), of)
    return found


def check_forgiven(records):
    """Every line of every account, by what was there before it: what is billed of it makes what is billed of all of them what
    is owed."""
    for accounts in accounts_of(records).values():
        for line in accounts.lines:
            if line.of is None:
                accounts.check(line)
