#!/usr/bin/env python3
"""Computes everything that billmill has billed a second time, from its dump alone, and says what differs.

    recompute.py DUMP.jsonl [DOCUMENTS]

Written from the rules (DOMAIN 2 to 6 and the comments of core/billing/rating.h and invoice.h), not from the
C code, with exact fractions. For every invoice: each line from the price that held, the quantity of the subscription
after its changes or the usage events of the period, the share of a stub or of what a change left of a period; tax rates, groups and their allocation to
lines; totals; due dates; numbers without a gap and in order; the hash chain, up to the series' counter.
Periods join without gaps, each is on one invoice, and no event that was rated over lies outside of them.
With DOCUMENTS also the bytes of each file. KNOWN_LATE=1: customers' prices and grants became known after what they
would have changed, so that what they were then is taken as it is; ONE_RUN_A_DAY=0: so were documents of one day.
APPLIED=1: payment-apply ran behind all that was paid. The
last line counts; the exit code is 1 when anything differs.
"""
import sys
from collections import defaultdict
from datetime import date, datetime

from recompute_contracts import check_contracts
from recompute_conversions import check_conversions
from recompute_credits import check_balances, check_shares
from recompute_given import check_given
from recompute_forgiven import check_forgiven
from recompute_lines import Life, charge_number, check_days, check_lines, reversed_up_to
from recompute_numbers import check_documents, check_series
from recompute_payments import check_payments
from recompute_rating import gaps_of, version_on, zone_of
from recompute_records import KNOWN_LATE, Records, counts, differences, instant, same
from recompute_taxes import check_credits, check_taxes, check_totals
from recompute_written_off import check_written_off


# ------------------------------------------------------------------ periods


def standing_periods(periods):
    """In order, without what was taken back of each start."""
    kinds = defaultdict(list)
    for period in periods:
        kinds[period["start"]].append(period["kind"])
    return sorted((p for p in periods if not p["kind"].startswith("reversal:")
                   and (not charge_number(p["kind"]) or charge_number(p["kind"]) > reversed_up_to(kinds[p["start"]]))), key=lambda p: p["start"])


def rests(records, tenant, subscription, price, day):
    """Whether nothing of the price is charged on the day: no version holds, it is paused, has another plan, or is over."""
    life = Life(records, (tenant, subscription))
    plan, _, paused = life.on(day)
    version = version_on(records, tenant, price, day)
    ended = [s["since"] for s in records.by_kind["subscription_state"]
             if (s["tenant"], s["subscription"], s["state"]) == (tenant, subscription, "canceled")]
    is_over = life.is_over(day) or (life.record.get("cancel_at_period_end") and any(since <= day for since in ended))
    return version is None or paused or version["plan"] != plan or is_over


def all_rest(records, tenant, subscription, price, first, after):
    days = range(date.fromisoformat(first).toordinal(), date.fromisoformat(after).toordinal())
    return all(rests(records, tenant, subscription, price, date.fromordinal(day).isoformat()) for day in days)


def check_gaps(records, tenant, subscription, price, periods):
    """Of usage: each part counts what the parts before it in its full period count, and leaves the days in between out."""
    for at, period in enumerate(periods):
        parts = [p for p in periods[:at] if (p["full_start"], p["full_end"]) == (period["full_start"], period["full_end"])]
        ends = [(p["end"], q["start"]) for p, q in zip(parts, parts[1:] + [period]) if p["end"] < q["start"]]
        where = f"{tenant} {subscription} {price} {period['start']}"
        same(where, "from where it counts", period.get("counts_from", period["start"]), parts[0]["start"] if parts else period["start"])
        same(where, "what it leaves out", [days for days, _ in gaps_of(period)], ends)


def check_periods(records):
    """Periods of usage of one price of one subscription join (of other prices: check_days); no event that was rated
    over lies outside of them."""
    of_price = defaultdict(list)
    for period in records.by_kind["billing_period"]:
        if not period["kind"].startswith(("late", "rebill:", "progressive")):
            of_price[period["tenant"], period["subscription"], period["price"]].append(period)
    covered = defaultdict(list)
    for (tenant, subscription, price), periods in of_price.items():
        meter = records.versions[tenant, price][0].get("meter")
        periods = standing_periods(periods) if meter else []
        for before, after in zip(periods, periods[1:]):
            if after["start"] > before["end"] and all_rest(records, tenant, subscription, price, before["end"], after["start"]):
                continue
            same(f"{tenant} {subscription} {price} {after['start']}", "the start", after["start"], before["end"])
        if meter:
            check_gaps(records, tenant, subscription, price, periods)
            covered[tenant, subscription, meter] += [(instant(p["start_at"]), instant(p["end_at"])) for p in periods]
    plans = defaultdict(set)
    for tenant, subscription, price in of_price:
        plans[tenant, subscription, records.versions[tenant, price][0].get("meter")].add(price)
    for rated in records.by_kind["usage_rated"]:
        key = (rated["tenant"], rated["subscription"], rated["meter"])
        through = instant(rated["through"])
        for event in records.events[key]:
            is_in = any(s <= event["at_us"] < e for s, e in covered[key])
            if event["at_us"] < through and not is_in:
                zone = zone_of(records, *key[:2])
                day = datetime.fromtimestamp(event["at_us"] // 1000000, zone).date().isoformat()
                is_in = all(rests(records, *key[:2], price, day) for price in plans[key])
                same(f"{' '.join(key)} {event['key']}", "in a period, or in days that nobody is charged for", is_in, True)


# ------------------------------------------------------------------ all of it


def main():
    records = Records(sys.argv[1])
    check_lines(records)
    check_days(records)
    check_contracts(records)
    check_given(records)
    check_forgiven(records)
    check_written_off(records)
    check_periods(records)
    check_credits(records)
    check_shares(records)
    check_conversions(records)
    check_payments(records)
    if not KNOWN_LATE:
        check_balances(records)
    series = defaultdict(list)
    for invoice in records.bills:
        if invoice["taxed"]:
            check_taxes(records, invoice)
    for invoice in records.documents:
        check_totals(invoice)
        if invoice.get("number"):
            series[invoice["tenant"], invoice["series"]].append(invoice)
    for (tenant, name), invoices in series.items():
        check_series(records, tenant, name, invoices)
    if len(sys.argv) > 2:
        check_documents(records, sys.argv[2])
    finish(counts["invoices"])


def finish(found):
    for difference in differences[:50]:
        print(difference)
    print(", ".join(f"{counts[what]} {what}" for what in ("invoices", "lines", "taxes", "grants", "documents", "figures")) +
          f", {len(differences)} differences")
    sys.exit(1 if differences or found == 0 else 0)


main()
