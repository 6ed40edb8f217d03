"""Stripe as billmill and npm's stripe use it: payment_intents, refunds. Form-encoded requests with keys
in brackets; answers as the API 2026-10-28 has them, as far as somebody reads them."""
import hashlib
import time
import urllib.parse

MESSAGES = {"insufficient_funds": "Your card has insufficient funds.", "expired_card": "Your card has expired."}
CODES = ("expired_card", "incorrect_cvc", "incorrect_number", "processing_error", "authentication_required",
         "invalid_cvc", "invalid_expiry_year", "incorrect_zip")
STATUS = {"paid": "succeeded", "failed": "requires_payment_method", "processing": "processing",
          "action": "requires_action", "canceled": "canceled"}


def parse_form(body):
    """a[b][0]=c as {"a": {"b": {"0": "c"}}}."""
    root = {}
    for name, value in urllib.parse.parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body)):
        parts = name.replace("]", "").split("[")
        at = root
        for part in parts[:-1]:
            at = at.setdefault(part, {})
        at[parts[-1]] = value
    return root


def error(kind, code=None, message="", **more):
    body = {"type": kind, "message": message, "request_log_url": "https://dashboard.stripe.com/test/logs/req_1"}
    if code:
        body.update(code=code, doc_url=f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}")
    return {"error": dict(body, **more)}


def card_error(payment):
    code = payment["code"]
    body = error("card_error", code if code in CODES else "card_declined",
                 MESSAGES.get(code, "Your card was declined."), decline_code=code)["error"]
    body.pop("request_log_url")
    if payment.get("advice"):
        body["advice_code"] = payment["advice"]
    if payment.get("network"):
        body["network_decline_code"] = payment["network"]
    body["charge"] = payment["id"].replace("pi_", "ch_")
    return body


def charge_object(payment):
    paid = payment["status"] == "paid"
    return {"id": payment["id"].replace("pi_", "ch_"), "object": "charge", "amount": payment["amount"],
            "amount_captured": payment["amount"] if paid else 0, "created": payment["created"],
            "currency": payment["currency"].lower(), "status": "succeeded" if paid else "failed",
            "amount_refunded": payment.get("given_back", 0), "disputed": payment.get("disputed", False),
            "payment_intent": payment["id"]}


def dispute_object(payment):
    return {"id": payment["id"].replace("pi_", "du_"), "object": "dispute", "amount": payment["amount"],
            "currency": payment["currency"].lower(), "charge": payment["id"].replace("pi_", "ch_"),
            "payment_intent": payment["id"],
            "status": {"disputed": "needs_response"}.get(payment["dispute"], payment["dispute"])}


def expanded(request, body, payment):
    """With its charge, where that was asked for."""
    if (request.query.get("expand[]") or "").endswith("latest_charge") and body["latest_charge"]:
        body["latest_charge"] = charge_object(payment)
    return body


def next_action(payment):
    """Of an even number of minor units there is a page; else the shop's own has to do it."""
    if payment["amount"] % 2:
        return {"type": "use_stripe_sdk"}
    return {"type": "redirect_to_url",
            "redirect_to_url": {"return_url": None, "url": "https://hooks.example.test/3d?intent=" + payment["id"] + "&v=1"}}


def intent(payment):
    paid = payment["status"] == "paid"
    return {
        "id": payment["id"], "object": "payment_intent", "amount": payment["amount"],
        "amount_capturable": 0, "amount_received": payment["amount"] if paid else 0,
        "capture_method": "automatic", "client_secret": payment["id"] + "_secret_x",
        "confirmation_method": "automatic", "created": payment["created"],
        "currency": payment["currency"].lower(), "customer": payment["customer"],
        "description": payment.get("description"),
        "last_payment_error": card_error(payment) if payment["status"] == "failed" else None,
        "latest_charge": None if payment["status"] == "new" else payment["id"].replace("pi_", "ch_"),
        "livemode": False, "metadata": payment.get("metadata") or {},
        "next_action": next_action(payment) if payment["status"] == "action" else None,
        "payment_method": None if payment["status"] == "failed" else payment["token"],
        "payment_method_types": ["card"],
        "status": STATUS.get(payment["status"], "requires_confirmation"),
    }


def refund_object(refund):
    return {"id": refund["id"], "object": "refund", "amount": refund["amount"],
            "charge": refund["payment"].replace("pi_", "ch_"), "created": refund["created"],
            "currency": refund["currency"].lower(), "metadata": refund.get("metadata") or {},
            "payment_intent": refund["payment"], "reason": None, "status": "succeeded"}


class Stripe:
    name = "stripe"

    def __init__(self, book):
        self.book = book
        self.secret = book.settings.get("stripe_secret", "sk_test_1")

    def allowed(self, request):
        return request.bearer == self.secret or request.basic == (self.secret, "")

    def handle(self, request):
        if not self.allowed(request):
            return request.answer(401, error("invalid_request_error", None, "Invalid API Key provided"))
        parts = request.path.strip("/").split("/")
        if parts[:2] == ["v1", "payment_intents"]:
            return self.intents(request, parts[2:])
        if parts[:2] == ["v1", "refunds"]:
            return self.refunds(request, parts[2:])
        if parts[:2] == ["v1", "charges"] and len(parts) == 3 and request.method == "GET":
            return self.charge(request, parts[2])
        if parts[:2] == ["v1", "disputes"] and request.method == "GET":
            return self.disputes(request)
        return request.answer(404, error("invalid_request_error", None, f"Unrecognized request URL ({request.path})"))

    # ------------------------------------------------------------ reading

    def page(self, request, items, url):
        """Newest first, as Stripe lists."""
        limit = int(request.query.get("limit", "10"))
        if not 1 <= limit <= 100:
            return request.answer(400, error("invalid_request_error", "parameter_invalid_integer", "limit", param="limit"))
        items = sorted(items, key=lambda item: -int(item["id"].split("_")[1]))
        after = request.query.get("starting_after")
        if after:
            items = items[[item["id"] for item in items].index(after) + 1:]
        return request.answer(200, {"object": "list", "url": url, "has_more": len(items) > limit,
                                    "data": items[:limit]})

    def intents(self, request, rest):
        if request.method == "GET" and not rest:
            with self.book.lock:
                if "customer" in request.query:
                    since = int(request.query.get("created[gte]", "0"))
                    found = [payment for payment in self.book.look_at("customer", self.name, request.query["customer"])
                             if payment["created"] >= since]
                else:
                    found = self.book.made_between(self.name, int(request.query["created[gte]"]),
                                                   int(request.query["created[lt]"]))
            return self.page(request, [expanded(request, intent(payment), payment) for payment in found],
                             "/v1/payment_intents")
        if request.method == "GET" and len(rest) == 1:
            with self.book.lock:
                payment = self.book.look(rest[0])
            if payment is None:
                return request.answer(404, error("invalid_request_error", "resource_missing",
                                                 f"No such payment_intent: '{rest[0]}'", param="intent"))
            return request.answer(200, expanded(request, intent(payment), payment))
        if request.method == "POST" and not rest:
            return self.once(request, self.create)
        if request.method == "POST" and len(rest) == 2 and rest[1] == "cancel":
            return self.once(request, lambda asked, form: self.cancel(asked, rest[0]))
        if request.method == "POST" and len(rest) == 2 and rest[1] == "confirm":
            return self.once(request, lambda asked, form: self.confirm(asked, form, rest[0]))
        return request.answer(404, error("invalid_request_error", None, "Unrecognized request URL"))

    def charge(self, request, charge_id):
        with self.book.lock:
            payment = self.book.look(charge_id.replace("ch_", "pi_"))
        if payment is None or not charge_id.startswith("ch_"):
            return request.answer(404, error("invalid_request_error", "resource_missing", f"No such charge: '{charge_id}'"))
        return request.answer(200, dict(charge_object(payment), payment_intent=intent(payment)))

    def disputes(self, request):
        of = request.query.get("payment_intent") or request.query.get("charge", "").replace("ch_", "pi_")
        with self.book.lock:
            payment = self.book.look(of)
        found = [dispute_object(payment)] if payment and payment.get("disputed") else []
        return request.answer(200, {"object": "list", "url": "/v1/disputes", "has_more": False, "data": found})

    def cancel(self, request, payment_id):
        with self.book.lock:
            if not self.book.cancel(payment_id):
                return request.answer(400, error("invalid_request_error", "payment_intent_unexpected_state",
                                                 "You cannot cancel this PaymentIntent."))
        time.sleep(self.book.settings.get("cancel_slow_s", 0))
        return request.answer(200, intent(self.book.payments[payment_id]))

    # ------------------------------------------------------------ once per key

    def once(self, request, act):
        """The stored answer of the key, or that of `act`, which says whether it is to be stored."""
        key = request.headers.get("Idempotency-Key")
        digest = hashlib.sha256(request.path.encode() + b"\n" + request.body).hexdigest()
        if key is None:
            return act(request, parse_form(request.body))
        with self.book.lock:
            stored = self.book.stored.get((self.name, key))
            if stored and stored[0] != digest:
                request.log(self.name, key, "other parameters")
                return request.answer(400, error(
                    "idempotency_error", None, "Keys for idempotent requests can only be used with the same"
                    " parameters they were first used with."))
            if stored:
                request.log(self.name, key, "replayed")
                return request.answer(stored[1], stored[2], {"Idempotent-Replayed": "true",
                                                             "Original-Request": "req_1"})
            if key in self.book.busy:
                request.log(self.name, key, "in use")
                return request.answer(409, error("idempotency_error", "idempotency_key_in_use",
                                                 "There is currently another in-progress request"))
            self.book.busy.add(key)
        try:
            request.store = {"event": "stored", "gateway": self.name, "key": key, "digest": digest}
            return act(request, parse_form(request.body))
        finally:
            self.book.busy.discard(key)

    def refuse(self, request, step):
        """What was not executed."""
        said = {"403": (403, error("invalid_request_error", "permission_error", "not with this key")),
                "409": (409, error("idempotency_error", "idempotency_key_in_use", "in progress")),
                "429": (429, error("rate_limit_error", "rate_limit", "Too many requests")),
                "500": (500, error("api_error", None, "An unknown error occurred")),
                "503": (503, error("api_error", None, "unavailable")),
                "500_stored": (500, error("api_error", None, "An unknown error occurred")),
                "refused": (400, error("invalid_request_error", "parameter_invalid", "no"))}
        if step.what not in said:
            return request.deliver(step)
        status, body = said[step.what]
        if step.what == "500_stored" and request.store:
            self.book.write(dict(request.store, status=status, body=body))
        return request.answer(status, body, step.headers())

    # ------------------------------------------------------------ charging

    def check(self, form):
        if not str(form.get("amount", "")).isdigit() or int(form["amount"]) <= 0:
            return error("invalid_request_error", "parameter_invalid_integer", "amount", param="amount")
        currency = form.get("currency", "")
        if len(currency) != 3 or not currency.islower():
            return error("invalid_request_error", None, f"Invalid currency: {currency}", param="currency")
        if currency in ("isk", "ugx") and int(form["amount"]) % 100 != 0:
            return error("invalid_request_error", "invalid_charge_amount_no_decimal_compatible", "amount")
        if currency in ("bhd", "jod", "kwd", "omr", "tnd") and int(form["amount"]) % 10 != 0:
            return error("invalid_request_error", "invalid_charge_amount", "amount")
        if form.get("confirm") == "true" and not form.get("payment_method"):
            return error("invalid_request_error", "parameter_missing", "payment_method", param="payment_method")
        return None

    def create(self, request, form):
        wrong = self.check(form)
        if wrong:
            return request.answer(400, wrong)
        metadata = form.get("metadata") or {}
        payment = {"key": request.headers.get("Idempotency-Key"), "invoice": metadata.get("invoice_id"),
                   "attempt": metadata.get("attempt"), "customer": form.get("customer"),
                   "token": form.get("payment_method"), "amount": int(form["amount"]),
                   "currency": form["currency"].upper(), "metadata": metadata,
                   "description": form.get("description")}
        if form.get("confirm") != "true":
            with self.book.lock:
                payment_id, number = self.book.next_id("pi_")
                payment.update(id=payment_id, gateway=self.name, status="new", created=0, number=number)
                self.book.write({"event": "charge", "id": payment_id, "number": number, "status": "new",
                                 "gateway": self.name, "payment": payment})
            return request.answer(200, intent(payment))
        return self.execute(request, payment)

    def confirm(self, request, form, payment_id):
        payment = self.book.payments.get(payment_id)
        if payment is None or payment["status"] in ("paid", "processing"):
            return request.answer(400, error("invalid_request_error", "payment_intent_unexpected_state", "no"))
        return self.execute(request, dict(payment, token=form.get("payment_method", payment["token"]),
                                          key=request.headers.get("Idempotency-Key")))

    def execute(self, request, payment):
        with self.book.lock:
            step = self.book.next_step(self.name, payment["key"], payment["customer"], payment["token"])
            asked = request.log_event(self.name, payment["key"], step, payment)
            if not step.executed:
                self.book.write(asked)
            else:
                payment_id, event = self.book.charge_events(self.name, "pi_", payment, step)
                made = event["payment"]
                status, body = 200, intent(made)
                if made["status"] == "failed":
                    status = 402
                    body = {"error": dict(card_error(made), payment_intent=intent(made))}
                stored = [dict(request.store, status=status, body=body)] if request.store else []
                self.book.write(asked, event, *stored)
        if not step.executed:
            return self.refuse(request, step)
        return request.deliver(step, status, body)

    # ------------------------------------------------------------ refunds

    def refunds(self, request, rest):
        if request.method == "GET" and rest:
            refund = self.book.refunds.get(rest[0])
            if refund is None:
                return request.answer(404, error("invalid_request_error", "resource_missing", "No such refund"))
            return request.answer(200, refund_object(refund))
        if request.method == "GET":
            of = request.query.get("payment_intent") or request.query.get("charge", "").replace("ch_", "pi_")
            return self.page(request, [refund_object(refund) for refund in self.book.refunds_of(of)], "/v1/refunds")
        return self.once(request, self.refund)

    def refund(self, request, form):
        of = form.get("payment_intent") or form.get("charge", "").replace("ch_", "pi_")
        with self.book.lock:
            payment = self.book.payments.get(of)
            if payment is None or payment["status"] != "paid":
                return request.answer(400, error("invalid_request_error", "resource_missing", "No such payment"))
            left = payment["amount"] - payment.get("given_back", 0)
            amount = int(form.get("amount", left))
            if left == 0 or amount > left:
                return request.answer(400, error(
                    "invalid_request_error", "charge_already_refunded" if left == 0 else None,
                    f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"))
            refund = {"payment": of, "amount": amount, "currency": payment["currency"],
                      "metadata": form.get("metadata"), "created": 0}
            events = self.book.refund_events(self.name, "re_", request.headers.get("Idempotency-Key"),
                                             refund, payment.get("given_back", 0) + amount)
            body = refund_object(refund)
            if request.store:
                events.append(dict(request.store, status=200, body=body))
            self.book.write(*events)
        return request.answer(200, body)
