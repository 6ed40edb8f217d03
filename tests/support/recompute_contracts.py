"""Commitments of contracts, for recompute.py: what was drawn of them, and what was billed that is missing."""
from collections import defaultdict
from datetime import date
from fractions import Fraction

from recompute_lines import forgiven_of
from recompute_records import counts, minor, same, to_minor


def phases_of(records, contract):
    """(phase, start, end as agreed, end as it held), in order."""
    tenant = contract["tenant"]
    end = contract.get("end") or (records.contracts[tenant, contract["ends_with"]]["end"] if contract.get("ends_with") else "9999")
    closed = [k["start"] for k in records.by_kind["contract"] if k["tenant"] == tenant and k.get("amends") == contract["contract"]]
    phases = sorted((p for p in records.by_kind["contract_phase"] if (p["tenant"], p["contract"]) == (tenant, contract["contract"])),
                    key=lambda p: p["start"])
    for phase, after in zip(phases, phases[1:] + [{"start": end}]):
        agreed = phase.get("end") or after["start"]
        yield phase, phase["start"], agreed, min([agreed] + closed)


def covers(records, phase, currency, line):
    tenant, contract = phase["tenant"], records.contracts[phase["tenant"], phase["contract"]]
    price = records.versions[tenant, line["price"]][0]
    scope = phase.get("scope") or [{}]
    return contract.get("currency", currency) == currency and any(
        s.get("plan", price["plan"]) == price["plan"] and s.get("product", price["product"]) == price["product"] for s in scope)


def draw(accounts, net):
    """A charge draws the first commitment first, and the last takes the rest; what is credited goes back the other way."""
    if net >= 0:
        for account in accounts[:-1]:
            part = max(0, min(net, account["commitment"] - account["drawn"]))
            account["drawn"] += part
            net -= part
    else:
        for account in reversed(accounts):
            part = max(net, -max(0, account["drawn"]))
            account["drawn"] += part
            net -= part
    if accounts:
        accounts[-1]["drawn"] += net


def draw_all(charges):
    """{(day, subscription, price): (net, accounts)}, in order of days; what is below zero in the end goes back after all others."""
    below = []
    for _, (net, accounts) in sorted(charges.items()):
        if net < 0:
            below.append((accounts, net))
        else:
            draw(accounts, net)
    for accounts, net in reversed(below):
        draw(accounts, net)


def check_contracts(records):
    """All that was billed of a phase's commitment is what is missing to it, by all charges that there are."""
    kinds = {(i["tenant"], l["subscription"], l["price"], l["period_start"], l["kind"]) for i in records.bills for l in i["lines"]}
    taken = defaultdict(int)
    for use in records.by_kind["coupon_use"]:
        for line in use.get("lines", []):
            taken[use["tenant"], use["draft_key"], line["line"]] += minor(line["discount"], use["currency"])
    accounts = defaultdict(list)
    for contract in records.by_kind["contract"]:
        for phase, start, agreed, held in phases_of(records, contract):
            account = {"phase": phase, "start": start, "end": held, "drawn": 0, "billed": 0}
            if phase.get("commitment") and held == "9999":
                account["commitment"] = minor(phase["commitment"], contract["currency"])
            elif phase.get("commitment"):
                days = [(date.fromisoformat(end) - date.fromisoformat(start)).days for end in (held, agreed if agreed != "9999" else held)]
                account["commitment"] = to_minor(Fraction(phase["commitment"]) * Fraction(*days) if days[0] > 0 else Fraction(0),
                                                 contract["currency"], records.tenants[contract["tenant"]]["rounding"])
            accounts[contract["tenant"], contract["customer"]].append(account)
    for of_customer in accounts.values():
        of_customer.sort(key=lambda a: (-a["phase"]["priority"], a["start"], a["phase"]["contract"], a["phase"]["phase"]))
    billed, charges = 0, {owner: {} for owner in accounts}
    for invoice in records.bills:
        tenant, currency = invoice["tenant"], invoice["currency"]
        for line in invoice["lines"]:
            where = f"{tenant} {invoice['draft_key']} {line['line']}"
            if line.get("true_up"):
                billed += 1
                contract = records.contracts[tenant, line["contract"]]
                own = [a for a in accounts[tenant, contract["customer"]]
                       if (a["phase"]["contract"], a["phase"]["phase"]) == (line["contract"], line["phase"])][0]
                own["settled"] = min(own.get("settled", "9999"), line["period_end"])
                same(where, "the first day of the phase", line["period_start"], own["start"])
                same(where, "the tax category", line["tax_category"], records.products[tenant, own["phase"]["product"]]["tax_category"])
            customer = None if line.get("true_up") else records.subscriptions[tenant, line["subscription"]]["customer"]
            if (tenant, line["subscription"], line["price"], line["period_start"], "rebill:" + line["kind"]) in kinds:
                continue  # what bills it again stands for it
            gives_back = minor(line["amount"], currency) < 0
            net = minor(line["amount"], currency)
            if not gives_back:
                net += taken[tenant, invoice["draft_key"], line["line"]] + forgiven_of(line, invoice) - minor(line["discount"], currency)
            if line.get("true_up"):
                own["billed"] += net
                continue
            own_period = records.periods.get((tenant, line["subscription"], line["price"], line["period_start"], line["kind"]), {})
            charged_on = own_period.get("priced_on", line["period_start"])
            covering = [a for a in accounts[tenant, customer] if a["start"] <= charged_on < a["end"]
                        and covers(records, a["phase"], currency, line)]
            if line["kind"] in ("recurring", "usage"):
                same(where, "the phase", (line.get("contract"), line.get("phase")),
                     (covering[0]["phase"]["contract"], covering[0]["phase"]["phase"]) if covering else (None, None))
            covering = [a for a in covering if "commitment" in a]
            if covering:
                charge = charged_on, line["subscription"], line["price"]
                before, _ = charges[tenant, customer].get(charge, (0, None))
                charges[tenant, customer][charge] = before + net, covering
    for of_customer in charges.values():
        draw_all(of_customer)
    same("commitments", "periods that are billed", sum(p["state"] != "due" for p in records.true_up_periods), billed)
    done = {(p["tenant"], p["contract"], p["phase"]) for p in records.true_up_periods if p["state"] != "due"}
    for of_customer in accounts.values():
        for account in of_customer:
            phase = account["phase"]
            if (phase["tenant"], phase["contract"], phase["phase"]) in done:
                counts["commitments"] += 1
                same(f"{phase['tenant']} {phase['contract']} {phase['phase']}", "the days of the phase", account.get("settled"), account["end"])
                same(f"{phase['tenant']} {phase['contract']} {phase['phase']}", "what was billed of the commitment",
                     account["billed"], max(0, account["commitment"] - max(0, account["drawn"])))
