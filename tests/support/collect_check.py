"""What the providers of a story did, beside what billmill knows of it.

    collect_check.py DUMP GATEWAY_LOG TRIES_MAX

DUMP is one of billmill, of one tenant whose invoices are charged and dunned; GATEWAY_LOG that of gateway_server.py
(gateways/book.py). Prints what was counted; each disagreement is a line on stderr, and exit 1.
"""
import collections
import json
import sys

NEVER = ("stolen_card", "lost_card", "fraudulent")


class Check:
    def __init__(self, dump, log, tries_max):
        self.wrong = 0
        self.tries_max = tries_max
        self.records = collections.defaultdict(list)
        for line in open(dump, encoding="utf-8"):
            record = json.loads(line)
            self.records[record["record"]].append(record)
        self.charges = collections.defaultdict(list)  # by invoice, in the order in which they were made
        self.cards = collections.defaultdict(list)  # by whose invoices and with what they were charged, likewise
        customers = {i["number"]: i["customer"] for i in self.records["invoice"] if "number" in i}
        decided = {}
        events = [json.loads(line) for line in open(log, encoding="utf-8")]
        for event in events:
            if event["event"] == "decided":
                decided[event["id"]] = event["status"]
        for event in events:
            if event["event"] == "charge":
                event["end"] = decided.get(event["id"], event["status"])
                number = event["payment"]["invoice"].partition(":")[2].partition("/")[0]
                self.charges[number].append(event)
                self.cards[customers.get(number), event["gateway"], event["token"]].append(event)

    def say(self, what, *why):
        self.wrong += 1
        print(f"{what}: {' '.join(map(str, why))}", file=sys.stderr)

    def check_invoice(self, number, charges):
        ends = [charge["end"] for charge in charges]
        if ends.count("paid") > 1:
            self.say(number, "paid more than once:", ends)
        if "paid" in ends[:-1]:
            self.say(number, "charged again behind a payment:", ends)
        if len(charges) > self.tries_max:
            self.say(number, "tried", len(charges), "times")
        for before, after in zip(charges, charges[1:]):
            if before["end"] not in ("failed", "paid"):
                self.say(number, "charged again while one is", before["end"])
        keys = [charge["payment"]["key"] for charge in charges]
        if len(set(keys)) != len(keys):
            self.say(number, "a key was charged twice:", keys)

    def check_card(self, card, charges):
        """Of whichever invoice: what one charge says of it holds for the next one."""
        for place, charge in enumerate(charges):
            declined = [before["code"] for before in charges[:place] if before["status"] == "failed"]
            if set(declined) & set(NEVER) or len(declined) >= self.tries_max:
                self.say(card, charge["payment"]["invoice"], "charged behind", declined)
                return

    def check_attempts(self, number, charges, attempts):
        """The database has an attempt for each charge that was decided, with its end."""
        attempts = [a for a in attempts if a["outcome"] != "canceled"]
        told = [("paid" if a["outcome"] == "paid" else "failed") for a in sorted(attempts, key=lambda a: a["attempt"])]
        # What the provider refused without executing it is an attempt too, or none: it says so of both.
        done = [charge["end"] for charge in charges]
        if told != done:
            self.say(number, "attempts", told, "were", done, "there")

    def check_payments(self):
        """Each payment is one of the log, of this invoice and amount; and each paid charge is a payment."""
        paid = {c["id"]: (number, c["minor"]) for number, charges in self.charges.items() for c in charges if c["end"] == "paid"}
        known = {p["gateway_reference"]: (p["invoice"], round(float(p["amount"]) * 100)) for p in self.records["payment"]}
        for reference in sorted(set(paid) | set(known)):
            if paid.get(reference) != known.get(reference):
                self.say(reference, "there", paid.get(reference), "here", known.get(reference))

    def check_states(self):
        for invoice in self.records["invoice"]:
            number = invoice.get("number")
            is_paid = any(c["end"] == "paid" for c in self.charges[number])
            if (invoice["status"] == "paid") != is_paid:
                self.say(number, "is", invoice["status"], "and paid there:", is_paid)

    def run(self):
        attempts = collections.defaultdict(list)
        for attempt in self.records["payment_attempt"]:
            attempts[attempt["invoice"]].append(attempt)
        for number, charges in sorted(self.charges.items()):
            self.check_invoice(number, charges)
        for card, charges in self.cards.items():
            self.check_card(card, charges)
        for number in sorted(set(self.charges) | set(attempts)):
            self.check_attempts(number, self.charges[number], attempts[number])
        self.check_payments()
        self.check_states()
        charges = sum(len(c) for c in self.charges.values())
        print(f"{len(self.records['invoice'])} invoices, {charges} charges of {len(self.cards)} cards, {len(self.records['payment'])} payments")
        return 1 if self.wrong else 0


if __name__ == "__main__":
    sys.exit(Check(sys.argv[1], sys.argv[2], int(sys.argv[3])).run())
