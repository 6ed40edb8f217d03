"""Mercado Pago: payments with decimal amounts, which are there when they were declined too (201)."""
import datetime
import decimal
import hashlib
import json
import re

STATUS = {"paid": ("approved", "accredited"), "processing": ("in_process", "pending_review_manual"),
          "action": ("pending", "pending_challenge"), "canceled": ("cancelled", "by_collector")}
DETAILS = {"insufficient_funds": "cc_rejected_insufficient_amount", "stolen_card": "cc_rejected_blacklist",
           "expired_card": "cc_rejected_bad_filled_date", "do_not_honor": "cc_rejected_other_reason"}


def error(status, code, message):
    return {"message": message, "error": code, "status": status, "cause": []}


def instant(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).isoformat(timespec="milliseconds")


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


# Amounts are texts in here; Request.answer prints a "#12.30" as the number 12.30.
def payment_object(payment):
    status, detail = STATUS.get(payment["status"]) or (
        "rejected", DETAILS.get(payment["code"], payment["code"]))
    if payment.get("disputed"):
        status = "charged_back"
        detail = {"won": "reimbursed", "lost": "settled"}.get(payment["dispute"], "in_process")
    return {"id": int(payment["id"]), "status": status, "status_detail": detail,
            "transaction_amount": "#" + payment["amount"], "currency_id": payment["currency"],
            "external_reference": payment["key"], "metadata": payment["metadata"],
            "captured": status == "approved", "date_created": instant(payment["created"]),
            "transaction_amount_refunded": "#" + payment.get("given_back", "0")}


def refund_object(refund):
    return {"id": int(refund["id"]), "payment_id": int(refund["payment"]), "amount": "#" + refund["amount"],
            "status": "approved"}


def is_amount(value):
    return isinstance(value, (int, decimal.Decimal)) and not isinstance(value, bool) and value > 0


class MercadoPago:
    name = "mercadopago"

    def __init__(self, book):
        self.book = book
        self.secret = book.settings.get("mercadopago_secret", "APP_USR_1")
        self.currency = book.settings.get("mercadopago_currency", "BRL")

    def handle(self, request):
        if request.bearer != self.secret:
            return request.answer(401, error(401, "unauthorized", "invalid access token"))
        try:
            form = json.loads(request.body, parse_float=decimal.Decimal) if request.body else {}
        except ValueError:
            return request.answer(400, error(400, "bad_request", "no JSON"))
        for method, pattern, act in (
                ("POST", "/v1/payments", self.pay),
                ("GET", "/v1/payments/search", self.search),
                ("GET", r"/v1/payments/(\d+)", self.payment),
                ("PUT", r"/v1/payments/(\d+)", self.cancel),
                ("POST", r"/v1/payments/(\d+)/refunds", self.refund),
                ("GET", r"/v1/payments/(\d+)/refunds", self.refunds_of),
                ("GET", r"/v1/payments/(\d+)/refunds/(\d+)", self.one_refund)):
            match = re.fullmatch(pattern, request.path)
            if match and request.method == method == "POST":
                return self.once(request, form, act, match.groups())
            if match and request.method == method:
                return act(request, form, *match.groups())
        return request.answer(404, error(404, "not_found", "resource not found"))

    def once(self, request, form, act, groups):
        key = request.headers.get("X-Idempotency-Key")
        if not key:
            return request.answer(400, error(400, "bad_request", "Header X-Idempotency-Key can't be null"))
        digest = hashlib.sha256(request.path.encode() + b"\n" + request.body).hexdigest()
        with self.book.lock:
            stored = self.book.stored.get((self.name, key))
            if stored and stored[0] != digest:
                request.log(self.name, key, "other parameters")
                return request.answer(409, error(409, "conflict", "the key was used with other parameters"))
            if stored:
                request.log(self.name, key, "replayed")
                return request.answer(stored[1], stored[2])
            if key in self.book.busy:
                request.log(self.name, key, "in use")
                return request.answer(423, error(423, "locked", "the key is in use"))
            self.book.busy.add(key)
        try:
            request.store = {"event": "stored", "gateway": self.name, "key": key, "digest": digest}
            return act(request, form, *groups)
        finally:
            self.book.busy.discard(key)

    def cancel(self, request, form, payment_id):
        with self.book.lock:
            if form != {"status": "cancelled"} or not self.book.cancel(payment_id):
                return request.answer(400, error(400, "bad_request", "The status cannot be changed"))
            return request.answer(200, payment_object(self.book.payments[payment_id]))

    def pay(self, request, form):
        amount = form.get("transaction_amount")
        if not is_amount(amount):
            return request.answer(400, error(400, "bad_request", "transaction_amount must be positive"))
        if not form.get("token") or form.get("installments") != 1:
            return request.answer(400, error(400, "bad_request", "token and installments are needed"))
        metadata = form.get("metadata") or {}
        key = form.get("external_reference")
        payment = {"key": key, "attempt": key, "invoice": metadata.get("invoice_id"),
                   "customer": (form.get("payer") or {}).get("id"), "token": form["token"],
                   "amount": str(amount), "currency": self.currency, "metadata": metadata}
        with self.book.lock:
            step = self.book.next_step(self.name, key, payment["customer"], payment["token"])
            events = [request.log_event(self.name, key, step, payment)]
            if step.executed:
                event = self.book.charge_events(self.name, "", payment, step)[1]
                body = payment_object(event["payment"])
                events += [event, dict(request.store, status=201, body=body)]
            self.book.write(*events)
        if not step.executed:
            return self.refuse(request, step)
        return request.deliver(step, 201, body)

    def refuse(self, request, step):
        said = {"403": (403, "forbidden"), "429": (429, "too_many_requests"), "409": (409, "conflict"), "500": (500, "internal_error"),
                "500_stored": (500, "internal_error"), "503": (503, "unavailable"),
                "refused": (400, "bad_request")}
        if step.what not in said:
            return request.deliver(step)
        status, code = said[step.what]
        return request.answer(status, error(status, code, code), step.headers())

    def search(self, request, _form):
        if request.query.get("range") == "date_created":
            return self.list(request)
        reference = request.query.get("external_reference")
        with self.book.lock:
            found = [payment_object(payment)
                     for payment in self.book.look_at("key", self.name, reference)]
        found.sort(key=lambda payment: -payment["id"])
        return request.answer(200, {"paging": {"total": len(found), "limit": 30, "offset": 0},
                                    "results": found})

    def list(self, request):
        """Oldest first, as they are asked for; both ends inclusive."""
        limit, offset = int(request.query["limit"]), int(request.query["offset"])
        with self.book.lock:
            found = self.book.made_between(self.name, seconds(request.query["begin_date"]),
                                           seconds(request.query["end_date"]) + 1)
        return request.answer(200, {"paging": {"total": len(found), "limit": limit, "offset": offset},
                                    "results": [payment_object(payment) for payment in found[offset:offset + limit]]})

    def payment(self, request, _form, payment_id):
        with self.book.lock:
            payment = self.book.look(payment_id)
            if payment is None:
                return request.answer(404, error(404, "not_found", "Payment not found"))
            return request.answer(200, payment_object(payment))

    # ------------------------------------------------------------ refunds

    def refund(self, request, form, payment_id):
        with self.book.lock:
            payment, amount = self.book.payments.get(payment_id), form.get("amount")
            if payment is None or payment["status"] != "paid" or not is_amount(amount):
                return request.answer(400, error(400, "bad_request", "it cannot be given back"))
            given = decimal.Decimal(payment.get("given_back", "0")) + amount
            if given > decimal.Decimal(payment["amount"]):
                return request.answer(400, error(400, "bad_request", "more than was paid"))
            refund = {"payment": payment_id, "amount": str(amount), "currency": payment["currency"]}
            events = self.book.refund_events(self.name, "", request.headers["X-Idempotency-Key"], refund,
                                             str(given))
            body = refund_object(refund)
            self.book.write(*events, dict(request.store, status=201, body=body))
        return request.answer(201, body)

    def refunds_of(self, request, _form, payment_id):
        with self.book.lock:
            return request.answer(200, [refund_object(refund)
                                        for refund in self.book.refunds_of(payment_id)])

    def one_refund(self, request, _form, payment_id, refund_id):
        refund = self.book.refunds.get(refund_id)
        if refund is None or refund["payment"] != payment_id:
            return request.answer(404, error(404, "not_found", "Refund not found"))
        return request.answer(200, refund_object(refund))
