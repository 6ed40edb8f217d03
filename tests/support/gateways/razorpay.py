"""Razorpay: orders with a receipt, recurring payments on them, refunds."""
import json
import re
import threading

STATUS = {"paid": "captured", "failed": "failed", "processing": "created", "action": "created"}
REASONS = {"expired_card": "card_expired", "stolen_card": "debit_instrument_blocked",
           "do_not_honor": "card_declined", "authentication_required": "authentication_failed"}
UNKNOWN_ID = "The id provided does not exist"


def reason_of(payment):
    return REASONS.get(payment["code"], payment["code"])


def error(code, description, **more):
    return {"error": dict({"code": code, "description": description, "field": None, "source": "business",
                           "step": "payment_initiation", "reason": "input_validation_failed",
                           "metadata": {}}, **more)}


def declined(payment):
    return error("BAD_REQUEST_ERROR", "Your payment could not be completed.", reason=reason_of(payment),
                 source="issuer_bank", step="payment_authorization",
                 metadata={"payment_id": payment["id"], "order_id": payment["order"]})


def collection(items):
    items = list(items)
    return {"entity": "collection", "count": len(items), "items": items}


def payment_object(payment):
    failed = payment["status"] == "failed"
    return {"id": payment["id"], "entity": "payment", "amount": payment["amount"],
            "currency": payment["currency"], "status": STATUS[payment["status"]],
            "order_id": payment["order"], "method": "card", "captured": payment["status"] == "paid",
            "amount_refunded": payment.get("given_back", 0), "customer_id": payment["customer"],
            "notes": payment["notes"], "error_code": "BAD_REQUEST_ERROR" if failed else None,
            "error_description": "Your payment could not be completed." if failed else None,
            "error_reason": reason_of(payment) if failed else None, "created_at": payment["created"]}


def refund_object(refund):
    return {"id": refund["id"], "entity": "refund", "amount": refund["amount"],
            "currency": refund["currency"], "payment_id": refund["payment"], "notes": refund["notes"],
            "status": "processed"}


class Razorpay:
    name = "razorpay"

    def __init__(self, book):
        self.book = book
        self.user = (book.settings.get("razorpay_key", "rzp_test_1"),
                     book.settings.get("razorpay_secret", "rzp_secret_1"))

    def handle(self, request):
        if request.basic != self.user:
            return request.answer(401, error("BAD_REQUEST_ERROR", "Authentication failed"))
        try:
            form = json.loads(request.body) if request.body else {}
        except ValueError:
            return request.answer(400, error("BAD_REQUEST_ERROR", "no JSON"))
        for method, pattern, act in (
                ("POST", "/v1/orders", self.make_order),
                ("GET", "/v1/orders", self.find_orders),
                ("GET", "/v1/orders/([^/]+)/payments", self.payments_of),
                ("POST", "/v1/payments/create/recurring", self.pay),
                ("GET", "/v1/payments", self.list),
                ("GET", "/v1/payments/([^/]+)", self.payment),
                ("POST", "/v1/payments/([^/]+)/refund", self.refund),
                ("GET", "/v1/payments/([^/]+)/refunds", self.refunds_of),
                ("GET", "/v1/refunds/([^/]+)", self.one_refund)):
            match = re.fullmatch(pattern, request.path)
            if match and request.method == method:
                return act(request, form, *match.groups())
        return request.answer(404, error("BAD_REQUEST_ERROR", "The requested URL was not found"))

    # ------------------------------------------------------------ orders

    def make_order(self, request, form):
        amount, receipt = form.get("amount"), form.get("receipt")
        if not isinstance(amount, int) or amount < 1 or not isinstance(receipt, str) or len(receipt) > 40:
            return request.answer(400, error("BAD_REQUEST_ERROR", "the amount or receipt is invalid"))
        with self.book.lock:
            if form.get("unique_receipt") and ("receipt", receipt) in self.book.found:
                return request.answer(400, error(
                    "BAD_REQUEST_ERROR", "An order with the same receipt value has already been created"))
            order_id, number = self.book.next_id("order_")
            order = {"id": order_id, "entity": "order", "amount": amount, "currency": form.get("currency"),
                     "receipt": receipt, "status": "created", "notes": form.get("notes") or {}}
            self.book.write({"event": "order", "gateway": self.name, "id": order_id, "number": number,
                             "receipt": receipt, "order": order})
        return request.answer(200, order)

    def find_orders(self, request, _form):
        receipt = request.query.get("receipt")
        with self.book.lock:
            return request.answer(200, collection(
                self.book.orders[order] for order in self.book.found.get(("receipt", receipt), [])))

    def payments_of(self, request, _form, order_id):
        if order_id not in self.book.orders:
            return request.answer(400, error("BAD_REQUEST_ERROR", UNKNOWN_ID))
        with self.book.lock:
            return request.answer(200, collection(
                payment_object(payment) for payment in self.book.look_at("order", self.name, order_id)))

    # ------------------------------------------------------------ payments

    def check(self, form, order):
        if order is None or form.get("recurring") not in ("1", True):
            return "order_id and recurring are needed"
        if not form.get("token") or not form.get("customer_id") or not form.get("email"):
            return "token, customer_id and email are needed"
        if (form.get("amount"), form.get("currency")) != (order["amount"], order["currency"]):
            return "Your payment amount is different from your order amount."
        return None

    def pay(self, request, form):
        with self.book.lock:
            order = self.book.orders.get(form.get("order_id"))
            wrong = self.check(form, order)
            if wrong:
                return request.answer(400, error("BAD_REQUEST_ERROR", wrong))
            notes = form.get("notes") or {}
            attempt = notes.get("attempt")
            if order["status"] == "paid":
                request.log(self.name, attempt, "order paid")
                return request.answer(400, error("BAD_REQUEST_ERROR", "The order is already paid",
                                                 reason="order_already_paid"))
            payment = {"key": attempt, "invoice": notes.get("invoice_id"), "attempt": attempt,
                       "customer": form["customer_id"], "token": form["token"], "amount": form["amount"],
                       "currency": form["currency"], "order": order["id"], "notes": notes}
            step = self.book.next_step(self.name, attempt, payment["customer"], payment["token"])
            events = [request.log_event(self.name, attempt, step, payment)]
            if step.executed and step.delivery == "late":
                self.book.write(*events)
                threading.Timer(step.slow_s, self.make_late, (payment, step)).start()
                return request.deliver(step)
            if step.executed:
                made_events = self.make(payment, step)
                made = made_events[0]["payment"]
                events += made_events
            self.book.write(*events)
        if not step.executed:
            return self.refuse(request, step)
        if made["status"] == "failed":
            return request.deliver(step, 400, declined(made))
        return request.deliver(step, 200, {"razorpay_payment_id": made["id"],
                                           "razorpay_order_id": order["id"],
                                           "razorpay_signature": "0" * 64})

    def make(self, payment, step):
        event = self.book.charge_events(self.name, "pay_", payment, step)[1]
        status = "paid" if event["payment"]["status"] == "paid" else "attempted"
        return [event, {"event": "order_status", "id": payment["order"], "status": status}]

    def make_late(self, payment, step):
        with self.book.lock:
            self.book.write(*self.make(payment, step))

    def refuse(self, request, step):
        trouble = error("SERVER_ERROR", "We are facing some trouble completing your request")
        said = {"403": (403, error("BAD_REQUEST_ERROR", "not permitted")),
                "429": (429, error("BAD_REQUEST_ERROR", "Too many requests")),
                "409": (409, error("BAD_REQUEST_ERROR", "Another request is in progress")),
                "500": (500, trouble), "500_stored": (500, trouble), "503": (503, trouble),
                "refused": (400, error("BAD_REQUEST_ERROR", "no"))}
        if step.what not in said:
            return request.deliver(step)
        return request.answer(*said[step.what], step.headers())

    def list(self, request, _form):
        """Newest first, from and to inclusive."""
        since, until, count, skip = (int(request.query[name]) for name in ("from", "to", "count", "skip"))
        with self.book.lock:
            found = self.book.made_between(self.name, since, until + 1)[::-1]
        return request.answer(200, collection(payment_object(payment) for payment in found[skip:skip + count]))

    def payment(self, request, _form, payment_id):
        with self.book.lock:
            payment = self.book.look(payment_id)
            if payment is None:
                return request.answer(400, error("BAD_REQUEST_ERROR", UNKNOWN_ID))
            return request.answer(200, payment_object(payment))

    # ------------------------------------------------------------ refunds

    def refund(self, request, form, payment_id):
        key = request.headers.get("X-Refund-Idempotency")
        with self.book.lock:
            stored = self.book.stored.get((self.name, key))
            if key and stored:
                return request.answer(stored[1], stored[2])
            payment, amount = self.book.payments.get(payment_id), form.get("amount")
            if payment is None or payment["status"] != "paid" or not isinstance(amount, int) \
                    or amount > payment["amount"] - payment.get("given_back", 0):
                return request.answer(400, error("BAD_REQUEST_ERROR",
                                                 "The refund amount is greater than the amount captured"))
            refund = {"payment": payment_id, "amount": amount, "currency": payment["currency"],
                      "notes": form.get("notes") or {}}
            events = self.book.refund_events(self.name, "rfnd_", key, refund,
                                             payment.get("given_back", 0) + amount)
            body = refund_object(refund)
            if key:
                events.append({"event": "stored", "gateway": self.name, "key": key, "digest": "",
                               "status": 200, "body": body})
            self.book.write(*events)
        return request.answer(200, body)

    def refunds_of(self, request, _form, payment_id):
        with self.book.lock:
            return request.answer(200, collection(
                refund_object(refund) for refund in self.book.refunds_of(payment_id)))

    def one_refund(self, request, _form, refund_id):
        refund = self.book.refunds.get(refund_id)
        if refund is None:
            return request.answer(400, error("BAD_REQUEST_ERROR", UNKNOWN_ID))
        return request.answer(200, refund_object(refund))
