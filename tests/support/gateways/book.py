"""What a payment provider of the tests knows, and what it does with a card.

The card decides: its token, behind "tok_" or "pm_", is a script of steps with "-then-" between them.
Each request of a customer to charge it takes the next step; the last one is taken for ever.

    paid                 charged
    insufficient_funds   declined with this code; any word that is not below is one
    advice_CODE          declined (do_not_honor) with this advice_code
    network_CODE         declined (do_not_honor) with this network_decline_code
    processing           accepted, undecided until /test/decide; processing_paid and
                         processing_failed are decided when looked at for the second time
    action               the same with 3-D Secure: action, action_paid, action_failed
    wrong_amount         charged with a unit too little, and says so
    wrong_currency       charged in another currency, and says so
    403 409 429 429_S 500 503 refused     not charged, and says so (429_S: Retry-After S)
    500_stored           not charged, and says so to the same key for ever (Stripe)
    dropped              not charged, and hangs up
    hang                 not charged, and says nothing for a minute
    random               one of settings["weights"], drawn by settings["seed"], the key and the number of
                         the request

Before one of these "+" says how the answer arrives: lost (hangs up), cut (half of it), slow or slow_S
(after so many seconds), garbage, late or late_S (Razorpay: hangs up, and carries it out so many seconds
later, whatever has happened until then). "lost" alone is lost+paid, and so are the others.

All that was done is in an append-only file of JSON lines, from which a provider that was killed goes
on; what belongs together is written at once. Events: charge (executed: id, key, invoice, attempt, amount
in the provider's units, minor, currency, status, code, at), decided, refund, order, and request (every
one that wanted to charge, with what was said).
"""
import decimal
import hashlib
import json
import os
import re
import threading
import time

DELIVERIES = ("lost", "cut", "slow", "garbage", "late")
NOT_EXECUTED = ("403", "409", "429", "500", "503", "500_stored", "refused", "dropped", "hang")
ZERO = "BIF CLP DJF GNF JPY KMF KRW PYG RWF VND VUV XAF XOF XPF UGX ISK".split()
THREE = "BHD JOD KWD OMR TND".split()
STRIPE_DIGITS = {"MGA": 0, "ISK": 2, "UGX": 2}


def iso_digits(currency):
    return 0 if currency in ZERO else 3 if currency in THREE else 2


def minor_of(gateway, amount, currency):
    """Minor units of ISO 4217, of an amount as the provider has it."""
    if gateway == "mercadopago":
        whole, _, part = str(amount).partition(".")
        digits = iso_digits(currency)
        part = part.rstrip("0")
        if len(part) > digits:
            raise ValueError(f"{amount} {currency} has too many digits")
        return int(whole + part.ljust(digits, "0"))
    shift = iso_digits(currency) - (STRIPE_DIGITS.get(currency, iso_digits(currency))
                                    if gateway == "stripe" else iso_digits(currency))
    return int(amount) * 10 ** shift if shift >= 0 else int(amount) // 10 ** -shift


class Step:
    """One step of a script, taken apart."""

    def __init__(self, word):
        delivery, plus, what = word.partition("+")
        if not plus:
            delivery, what = ("", word)
            if re.fullmatch(r"(lost|cut|garbage|slow|late)(_\d+)?", word):
                delivery, what = word, "paid"
        name, _, seconds = delivery.partition("_")
        if delivery and name not in DELIVERIES:
            raise ValueError(f"no delivery {delivery}")
        self.word = word
        self.delivery = name
        self.slow_s = float(seconds or 5) if name in ("slow", "late") else 0.0
        self.what = what
        self.retry_after_s = None
        if what.startswith("429"):
            self.retry_after_s = int(what.partition("_")[2] or 1)
            self.what = "429"
        self.executed = self.what not in NOT_EXECUTED
        self.advice = what[len("advice_"):] if what.startswith("advice_") else None
        self.network = what[len("network_"):] if what.startswith("network_") else None
        self.kind, self.later = self.what, None
        for kind in ("processing", "action"):
            if what == kind or what.startswith(kind + "_"):
                self.kind, self.later = kind, what[len(kind) + 1:] or None

    def is_paid(self):
        return self.what in ("paid", "wrong_amount", "wrong_currency")

    def code(self):
        """The code of a decline, or None."""
        if not self.executed or self.is_paid() or self.kind in ("processing", "action"):
            return None
        return "do_not_honor" if self.advice or self.network else self.what


    def headers(self):
        return {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}


class Book:
    def __init__(self, path, settings):
        self.settings = settings
        self.lock = threading.RLock()
        self.payments, self.orders, self.refunds = {}, {}, {}
        self.found = {}      # (what, of which): the ids of payments, orders and refunds, in their order
        self.stored = {}     # (gateway, key): digest of the request, status, body
        self.busy = set()    # keys that are being worked on
        self.taken = {}      # (gateway, customer, token): steps
        self.number = 0
        if os.path.exists(path):
            with open(path, encoding="utf-8") as lines:
                for line in lines:
                    if line.endswith("\n"):
                        self.replay(json.loads(line))
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def replay(self, event):
        kind = event["event"]
        self.number = max(self.number, event.get("number", 0))
        if kind == "charge":
            payment = self.payments[event["id"]] = dict(event["payment"])
            for what in ("customer", "key", "order"):
                self.index((what, payment["gateway"], payment.get(what)), event["id"])
        elif kind in ("decided", "given_back"):
            self.payments[event["id"]].update(event["change"])
        elif kind == "order":
            self.orders[event["id"]] = dict(event["order"])
            self.index(("receipt", event["receipt"]), event["id"])
        elif kind == "order_status":
            self.orders[event["id"]]["status"] = event["status"]
        elif kind == "refund":
            self.refunds[event["id"]] = dict(event["refund"])
            self.index(("payment", event["payment"]), event["id"])
        elif kind == "stored":
            self.stored[(event["gateway"], event["key"])] = (event["digest"], event["status"],
                                                            event["body"])
        elif kind == "request":
            taken = (event["gateway"], event["customer"], event["token"])
            if event.get("step"):
                self.taken[taken] = self.taken.get(taken, 0) + 1

    def index(self, of, what):
        self.found.setdefault(of, {})[what] = True

    def refunds_of(self, payment_id):
        return [self.refunds[refund] for refund in self.found.get(("payment", payment_id), [])]

    def look_at(self, what, gateway, of):
        """The payments of a customer, key or order, each looked at."""
        return [self.look(payment) for payment in self.found.get((what, gateway, of), [])]

    def write(self, *events):
        """Known from now on, whoever is killed."""
        for event in events:
            event.setdefault("at", round(time.time(), 3))
        os.write(self.file, "".join(json.dumps(event) + "\n" for event in events).encode())
        for event in events:
            self.replay(event)

    def next_id(self, prefix):
        self.number += 1
        return f"{prefix}{self.number:014d}", self.number

    def next_step(self, gateway, key, customer, token):
        """The step that this request takes; the caller writes the request."""
        script = re.sub(r"^(tok|pm|card|token)_", "", token).split("-then-")
        count = self.taken.get((gateway, customer, token), 0)
        word = script[min(count, len(script) - 1)]
        if word == "random":
            word = self.draw(f"{gateway} {key} {count}")
        return Step(word)

    def draw(self, what):
        weights = sorted(self.settings["weights"].items())
        digest = hashlib.sha256(f"{self.settings['seed']} {what}".encode()).digest()
        at = int.from_bytes(digest[:8], "big") % sum(weight for _, weight in weights)
        for word, weight in weights:
            at -= weight
            if at < 0:
                return word
        raise AssertionError

    def look(self, payment_id):
        """A payment as somebody looks at it: what was to be decided by then is."""
        payment = self.payments.get(payment_id)
        if payment is None:
            return None
        if payment["status"] in ("processing", "action") and payment.get("later"):
            payment["looks"] = payment.get("looks", 0) + 1
            if payment["looks"] >= 2:
                self.decide(payment_id, payment["later"])
        return payment

    def made_between(self, gateway, since, until):
        """The payments that somebody wanted to make from `since` on, before `until`, in their order."""
        return [self.look(payment_id) for payment_id, payment in sorted(
            self.payments.items(), key=lambda item: item[1]["number"])
                if payment["gateway"] == gateway and since <= payment["created"] < until]

    def decide(self, payment_id, how):
        if how in ("disputed", "won", "lost"):
            self.write({"event": "decided", "gateway": self.payments[payment_id]["gateway"], "id": payment_id,
                        "key": None, "status": how, "change": {"disputed": True, "dispute": how}})
            return
        change = {"status": "paid"} if how == "paid" else {
            "status": "failed", "code": "insufficient_funds"}
        payment = self.payments[payment_id]
        events = [{"event": "decided", "gateway": payment["gateway"], "id": payment_id,
                   "key": payment.get("key"), "status": change["status"], "change": change}]
        order = payment.get("order")
        if order and how == "paid":
            events.append({"event": "order_status", "id": order, "status": "paid"})
        self.write(*events)

    def cancel(self, payment_id):
        """One that waits for the customer, who can act no more; false: it does not."""
        payment = self.payments.get(payment_id)
        if payment is None or payment["status"] not in ("action", "canceled"):
            return False
        if payment["status"] == "action":
            self.write({"event": "decided", "gateway": payment["gateway"], "id": payment_id,
                        "key": payment.get("key"), "status": "failed", "change": {"status": "canceled"}})
        return True

    def charge_events(self, gateway, prefix, payment, step):
        """A payment that was executed by a step; the amount and currency are those that were charged."""
        payment_id, number = payment.get("id"), payment.get("number")
        if payment_id is None:
            payment_id, number = self.next_id(prefix)
            payment_id = payment_id if prefix else str(number)
        status = ("paid" if step.is_paid() else step.kind if step.kind in ("processing", "action")
                  else "failed")
        payment = dict(payment, id=payment_id, gateway=gateway, status=status, code=step.code(),
                       advice=step.advice, network=step.network, later=step.later, number=number,
                       created=int(self.settings.get("now") or time.time()))
        if step.what == "wrong_amount":
            payment["amount"] = (int(payment["amount"]) - 1 if gateway != "mercadopago"
                                 else str(decimal.Decimal(payment["amount"]) - 1))
        if step.what == "wrong_currency":
            payment["currency"] = "USD" if payment["currency"] != "USD" else "EUR"
        event = {"event": "charge", "gateway": gateway, "id": payment_id, "number": number,
                 "key": payment.get("key"), "invoice": payment.get("invoice"),
                 "attempt": payment.get("attempt"), "customer": payment.get("customer"),
                 "token": payment.get("token"), "amount": payment["amount"],
                 "minor": minor_of(gateway, payment["amount"], payment["currency"]),
                 "currency": payment["currency"], "status": status, "code": payment["code"],
                 "step": step.word, "payment": payment}
        return payment_id, event

    def refund_events(self, gateway, prefix, key, refund, given_back):
        """A refund, which gets its id here; `given_back` is what was refunded of the payment in all."""
        refund_id, number = self.next_id(prefix)
        refund.update(id=refund_id if prefix else str(number), gateway=gateway)
        return [{"event": "refund", "gateway": gateway, "id": refund["id"], "number": number, "key": key,
                 "payment": refund["payment"], "amount": refund["amount"], "currency": refund["currency"],
                 "minor": minor_of(gateway, refund["amount"], refund["currency"]), "refund": refund},
                {"event": "given_back", "gateway": gateway, "id": refund["payment"],
                 "change": {"given_back": given_back}}]
