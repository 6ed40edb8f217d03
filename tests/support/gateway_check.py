"""Checks gateway_server.py: each outcome as who asks it sees it, and as its log says it was.

    gateway_check.py DIRECTORY      where its files go

Prints what is not as expected; exit 1 when there was anything."""
import base64
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
WHERE = sys.argv[1]
PORT_FILE, LOG_FILE, SETTINGS_FILE = (os.path.join(WHERE, name) for name in ("port", "gateway.log", "settings"))
failures = 0


def expect(name, got, expected):
    global failures
    if got != expected:
        failures += 1
        print(f"{name}: got {got!r}, expected {expected!r}")


# ---------------------------------------------------------------- the server and who asks it

class Server:
    def __enter__(self):
        self.start()
        return self

    def start(self):
        if os.path.exists(PORT_FILE):
            os.remove(PORT_FILE)
        self.process = subprocess.Popen([sys.executable, "-B", os.path.join(HERE, "gateway_server.py"),
                                         PORT_FILE, LOG_FILE, SETTINGS_FILE])
        while not os.path.exists(PORT_FILE):
            time.sleep(0.02)
        with open(PORT_FILE, encoding="ascii") as file:
            self.port = int(file.read())

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def __exit__(self, *_):
        self.kill()


def ask(server, method, path, body=None, headers=None):
    """(status, body, headers); the status is a word where no whole answer came."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=3)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        data = response.read()
    except http.client.IncompleteRead:
        return "cut", None, {}
    except TimeoutError:
        return "slow", None, {}
    except (http.client.RemoteDisconnected, ConnectionError):
        return "lost", None, {}
    finally:
        connection.close()
    try:
        return response.status, json.loads(data), dict(response.getheaders())
    except ValueError:
        return "garbage", None, {}


def stripe(server, method, path, form=None, key=None, secret="sk_test_1"):
    headers = {"Authorization": f"Bearer {secret}"}
    if key:
        headers["Idempotency-Key"] = key
    body = urllib.parse.urlencode(form) if form else None
    if form:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    return ask(server, method, "/stripe/v1/" + path, body, headers)


def intent_form(token, attempt, amount="2999", currency="eur"):
    return {"amount": amount, "currency": currency, "customer": "cus_" + attempt, "payment_method": token,
            "off_session": "true", "confirm": "true", "metadata[invoice_id]": "INV", "metadata[attempt]": attempt}


def razorpay(server, method, path, body=None, headers=None):
    basic = base64.b64encode(b"rzp_test_1:rzp_secret_1").decode()
    return ask(server, method, "/razorpay/v1/" + path, json.dumps(body) if body else None,
               dict({"Authorization": "Basic " + basic}, **(headers or {})))


def mercadopago(server, method, path, body=None, key=None):
    headers = {"Authorization": "Bearer APP_USR_1"}
    if key:
        headers["X-Idempotency-Key"] = key
    return ask(server, method, "/mercadopago/v1/" + path, body, headers)


def log():
    with open(LOG_FILE, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def executed(key):
    """What the log says was done under a key: statuses and minor units."""
    return [(event["status"], event["minor"], event["currency"]) for event in log()
            if event["event"] == "charge" and event.get("key") == key]


# ---------------------------------------------------------------- Stripe

PAID = [("paid", 2999, "EUR")]
FAILED = [("failed", 2999, "EUR")]
# token, how often it is asked, statuses, what the log has under the key
STRIPE_CASES = [
    ("pm_paid", 1, [200], PAID),
    ("pm_paid", 3, [200, 200, 200], PAID),
    ("pm_insufficient_funds", 2, [402, 402], FAILED),
    ("pm_advice_do_not_try_again", 1, [402], FAILED),
    ("pm_action", 1, [200], [("action", 2999, "EUR")]),
    ("pm_processing", 1, [200], [("processing", 2999, "EUR")]),
    ("pm_wrong_amount", 1, [200], [("paid", 2998, "EUR")]),
    ("pm_wrong_currency", 1, [200], [("paid", 2999, "USD")]),
    ("pm_409", 1, [409], []),
    ("pm_429", 1, [429], []),
    ("pm_500", 4, [500, 500, 500, 500], []),
    ("pm_500-then-paid", 2, [500, 200], PAID),
    ("pm_500_stored-then-paid", 3, [500, 500, 500], []),
    ("pm_429-then-409-then-insufficient_funds", 3, [429, 409, 402], FAILED),
    ("pm_refused", 1, [400], []),
    ("pm_lost", 2, ["lost", 200], PAID),
    ("pm_lost+insufficient_funds", 2, ["lost", 402], FAILED),
    ("pm_cut", 2, ["cut", 200], PAID),
    ("pm_garbage", 2, ["garbage", 200], PAID),
    ("pm_dropped-then-paid", 2, ["lost", 200], PAID),
    ("pm_slow_4", 2, ["slow", 200], PAID),
    ("pm_hang-then-paid", 2, ["slow", 409], []),
]


def check_stripe(server):
    for number, (token, times, statuses, expected) in enumerate(STRIPE_CASES):
        key = f"key-{number}"
        form = intent_form(token, key)
        got = [stripe(server, "POST", "payment_intents", form, key)[0] for _ in range(times)]
        expect(f"stripe {token}", got, statuses)
        expect(f"stripe {token}, the log", executed(key), expected)


def check_stripe_details(server):
    status, body, _ = stripe(server, "POST", "payment_intents", intent_form("pm_x", "d1"), "d1", "wrong")
    expect("a wrong key", (status, body["error"]["type"]), (401, "invalid_request_error"))
    status, body, headers = stripe(server, "POST", "payment_intents", intent_form("pm_429_7", "d2"), "d2")
    expect("429 says how long", (status, headers.get("Retry-After")), (429, "7"))
    status, body, _ = stripe(server, "POST", "payment_intents", intent_form("pm_stolen_card", "d3"), "d3")
    expect("a decline", (status, body["error"]["code"], body["error"]["decline_code"],
                         body["error"]["payment_intent"]["status"]),
           (402, "card_declined", "stolen_card", "requires_payment_method"))
    status, body, headers = stripe(server, "POST", "payment_intents", intent_form("pm_stolen_card", "d3"), "d3")
    expect("a decline again", (status, headers.get("Idempotent-Replayed")), (402, "true"))
    status, body, _ = stripe(server, "POST", "payment_intents", intent_form("pm_stolen_card", "d3", "1"), "d3")
    expect("a key with another amount", (status, body["error"]["type"]), (400, "idempotency_error"))
    expect("which was not charged", executed("d3"), [("failed", 2999, "EUR")])
    for amount, currency in (("0", "eur"), ("-1", "eur"), ("1.5", "eur"), ("1", "EUR"), ("50", "ugx"), ("1", "kwd")):
        expect(f"{amount} {currency}",
               stripe(server, "POST", "payment_intents", intent_form("pm_x", "d4", amount, currency), "d4")[0], 400)
    body = stripe(server, "POST", "payment_intents", intent_form("pm_action_paid", "d5"), "d5")[1]
    expect("3-D Secure", body["status"], "requires_action")
    looks = [stripe(server, "GET", "payment_intents/" + body["id"])[1]["status"] for _ in range(2)]
    expect("decided when looked at again", looks, ["requires_action", "succeeded"])
    body = stripe(server, "POST", "payment_intents", intent_form("pm_processing", "d6"), "d6")[1]
    ask(server, "POST", f"/test/decide/{body['id']}/failed")
    failed = stripe(server, "GET", "payment_intents/" + body["id"])[1]
    expect("decided from outside", (failed["status"], failed["last_payment_error"]["decline_code"]),
           ("requires_payment_method", "insufficient_funds"))


def check_stripe_lists(server):
    for number in range(5):
        form = dict(intent_form("pm_paid", f"list-{number}"), customer="cus_list")
        stripe(server, "POST", "payment_intents", form, f"list-{number}")
    first = stripe(server, "GET", "payment_intents?customer=cus_list&limit=3")[1]
    attempts = [item["metadata"]["attempt"] for item in first["data"]]
    expect("newest first", (attempts, first["has_more"]), (["list-4", "list-3", "list-2"], True))
    rest = stripe(server, "GET", "payment_intents?customer=cus_list&limit=3&starting_after="
                  + first["data"][-1]["id"])[1]
    attempts = [item["metadata"]["attempt"] for item in rest["data"]]
    expect("then the rest", (attempts, rest["has_more"]), (["list-1", "list-0"], False))
    paid = first["data"][0]["id"]
    refund = {"payment_intent": paid, "amount": "1000", "metadata[attempt]": "r"}
    got = [stripe(server, "POST", "refunds", refund, "r1") for _ in range(2)]
    expect("a refund is made once", (got[0][0], got[0][1]["id"]), (200, got[1][1]["id"]))
    expect("more than is left", stripe(server, "POST", "refunds", dict(refund, amount="2000"), "r2")[0], 400)
    expect("the rest", stripe(server, "POST", "refunds", dict(refund, amount="1999"), "r3")[0], 200)
    status, body, _ = stripe(server, "POST", "refunds", dict(refund, amount="1"), "r4")
    expect("nothing is left", (status, body["error"]["code"]), (400, "charge_already_refunded"))
    listed = stripe(server, "GET", "refunds?payment_intent=" + paid)[1]["data"]
    expect("both are listed", [refund["amount"] for refund in listed], [1999, 1000])


def check_together(server):
    """One key at the same time, eight times: charged once."""
    got = []
    form = intent_form("pm_paid", "together")

    def one():
        got.append(stripe(server, "POST", "payment_intents", form, "together")[0])

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect("together", set(got) <= {200, 409} and 200 in got, True)
    expect("together, once", executed("together"), PAID)


# ---------------------------------------------------------------- Razorpay

def order_body(receipt, amount=2999):
    return {"amount": amount, "currency": "INR", "receipt": receipt, "unique_receipt": True, "payment_capture": True}


def pay_body(order, token, attempt, amount=2999):
    return {"email": "a@example.com", "amount": amount, "currency": "INR", "order_id": order, "customer_id": "cust_1",
            "token": token, "recurring": "1", "notes": {"attempt": attempt, "invoice_id": "INV"}}


def check_razorpay(server):
    made = razorpay(server, "POST", "orders", order_body("r-1"))
    expect("an order", made[0], 200)
    order = made[1]["id"]
    again = razorpay(server, "POST", "orders", order_body("r-1"))
    expect("a receipt twice", (again[0], "same receipt" in again[1]["error"]["description"]), (400, True))
    found = razorpay(server, "GET", "orders?receipt=r-1")[1]
    expect("found by its receipt", [item["id"] for item in found["items"]], [order])
    status, body, _ = razorpay(server, "POST", "payments/create/recurring",
                               pay_body(order, "token_insufficient_funds", "rz-1"))
    expect("a decline", (status, body["error"]["reason"]), (400, "insufficient_funds"))
    expect("another amount", razorpay(server, "POST", "payments/create/recurring",
                                      pay_body(order, "token_paid", "rz-2", 1))[0], 400)
    status = razorpay(server, "POST", "payments/create/recurring", pay_body(order, "token_lost", "rz-2"))[0]
    expect("an answer that is lost", status, "lost")
    status, body, _ = razorpay(server, "POST", "payments/create/recurring", pay_body(order, "token_paid", "rz-3"))
    expect("the order is paid", (status, body["error"]["reason"]), (400, "order_already_paid"))
    payments = razorpay(server, "GET", f"orders/{order}/payments")[1]["items"]
    expect("its payments", [(item["status"], item["notes"]["attempt"]) for item in payments],
           [("failed", "rz-1"), ("captured", "rz-2")])
    expect("the log", [executed(key) for key in ("rz-1", "rz-2", "rz-3")],
           [[("failed", 2999, "INR")], [("paid", 2999, "INR")], []])
    paid = payments[1]["id"]
    refunds = [razorpay(server, "POST", f"payments/{paid}/refund", {"amount": 500, "notes": {"attempt": "x"}},
                        {"X-Refund-Idempotency": "x"})[1]["id"] for _ in range(2)]
    expect("a refund is made once", refunds[0], refunds[1])
    expect("and listed", razorpay(server, "GET", f"payments/{paid}/refunds")[1]["count"], 1)


# ---------------------------------------------------------------- Mercado Pago

def mercado_body(token, key, amount="700.50"):
    return (f'{{"transaction_amount":{amount},"token":"{token}","installments":1,"external_reference":"{key}",'
            '"payer":{"type":"customer","id":"c1"},"metadata":{"invoice_id":"INV"}}')


def check_mercadopago(server):
    status, body, _ = mercadopago(server, "POST", "payments", mercado_body("tok_paid", "m1"), "m1")
    expect("approved", (status, body["status"], body["transaction_amount"]), (201, "approved", 700.5))
    expect("in the log", executed("m1"), [("paid", 70050, "BRL")])
    expect("the same again", mercadopago(server, "POST", "payments", mercado_body("tok_paid", "m1"), "m1")[1], body)
    expect("another amount", mercadopago(server, "POST", "payments", mercado_body("tok_paid", "m1", "1"), "m1")[0], 409)
    expect("no key", mercadopago(server, "POST", "payments", mercado_body("tok_paid", "m2"))[0], 400)
    declined = mercadopago(server, "POST", "payments", mercado_body("tok_insufficient_funds", "m3"), "m3")
    expect("declined with 201", (declined[0], declined[1]["status"], declined[1]["status_detail"]),
           (201, "rejected", "cc_rejected_insufficient_amount"))
    found = mercadopago(server, "GET", "payments/search?external_reference=m1")[1]["results"]
    expect("found", [payment["id"] for payment in found], [body["id"]])
    expect("an amount as text", mercadopago(server, "POST", "payments", mercado_body("tok_paid", "m4", '"7"'), "m4")[0],
           400)
    refund = mercadopago(server, "POST", f"payments/{body['id']}/refunds", '{"amount":200.25}', "mr")
    expect("a refund", (refund[0], refund[1]["amount"]), (201, 200.25))
    expect("too much", mercadopago(server, "POST", f"payments/{body['id']}/refunds", '{"amount":500.26}', "mr2")[0], 400)
    listed = mercadopago(server, "GET", f"payments/{body['id']}/refunds")[1]
    expect("listed", [item["amount"] for item in listed], [200.25])


# ---------------------------------------------------------------- killed, and drawn

def check_kill(server):
    """Killed and started again it knows what it knew, and nothing is charged again."""
    stripe(server, "POST", "payment_intents", intent_form("pm_lost-then-stolen_card", "k1"), "k1")
    server.kill()
    server.start()
    body = stripe(server, "POST", "payment_intents", intent_form("pm_lost-then-stolen_card", "k1"), "k1")
    expect("replayed after a kill", (body[0], body[2].get("Idempotent-Replayed")), (200, "true"))
    form = dict(intent_form("pm_lost-then-stolen_card", "k2"), customer="cus_k1")
    expect("the next step after a kill", stripe(server, "POST", "payment_intents", form, "k2")[0], 402)
    expect("charged once", executed("k1"), PAID)
    numbers = [event["number"] for event in log() if event["event"] == "charge"]
    expect("no number twice", len(numbers), len(set(numbers)))


def check_random(server):
    drawn = {}
    for number in range(300):
        status = stripe(server, "POST", "payment_intents", intent_form("pm_random", f"x{number}"), f"x{number}")[0]
        drawn[status] = drawn.get(status, 0) + 1
    expect("drawn by weight", (sorted(map(str, drawn)), 150 < drawn[200] < 210), (["200", "402", "500"], True))


def main():
    with open(SETTINGS_FILE, "w", encoding="ascii") as file:
        json.dump({"seed": 7, "weights": {"paid": 6, "insufficient_funds": 3, "500": 1}}, file)
    if os.path.exists(LOG_FILE):
        os.remove(LOG_FILE)
    with Server() as server:
        for check in (check_stripe, check_stripe_details, check_stripe_lists, check_together, check_razorpay,
                      check_mercadopago, check_kill, check_random):
            check(server)
    print(f"{failures} failed")
    sys.exit(failures > 0)


main()
