"""What each billing period must come to, computed from random facts alone, beside what the documents say.

    random_facts.py facts SEED DIRECTORY [FAMILY…]  worlds.json: some worlds of each family (facts_worlds.py; HOLD);
                                                    catalog.jsonl, and STEP.jsonl: what becomes known before a close
    random_facts.py records DIRECTORY               the same files of a worlds.json that is there already
    random_facts.py decide STEP DIRECTORY DUMP      the corrections that are decided before that close, on stdout: of
                                                    documents of the dump; decided.jsonl remembers them
    random_facts.py open DIRECTORY DUMP             the numbers of which `check` wants `show invoice --json`
    random_facts.py check DIRECTORY DUMP [SHOWN]    the sums; exit code 1 when one differs

A world is one customer with one subscription, so each run tests as many worlds as it has customers. Every figure is
exactly divisible: periods in which anything changes have 30 days, a seat is a multiple of 30.00, the tax is 20 % on top.
Facts have random days, and a random close before which they become known. ONLY="life-03 credit-11" leaves the other worlds out.

The rule (README, corrections; DOMAIN 3 and 6; core/billing/subscription_timeline.h): a period comes to what its days
cost, each by the quantity, plan and terms that hold, less what was credited or is void, and never to less than nothing.
Terms are those with which a day was charged: those known when the period was charged first, or when the document that
charges the day, or charged it from the same day on before, was billed again; with a coupon that was redeemed when it was charged. So for each day, the model
remembers on which document it stands. What is due and paid together is that less what is written off: when it costs less
later, what was charged last is given back first, and what nobody owed of that is owed to nobody; when it costs more
again, so much stays written off. What is billed again of an invoice that was written off is owed in full, below what
stays so; that is what others charged in its place, and is never more again.

Undefined by the rules, and left out:

1. several prices with a change of plan, where something was credited: whose credit it is;
2. credits over what an invoice gave back (of which a period comes to less than nothing on it);
3. a change after a part of a period was billed again by other terms (family `rebill_mixed` has it, by those of the
   charge in force before it);
4. a write-off of what was given back before, or together with credits, or of what was billed again.

What was credited of a line is over when its invoice is billed again: the new one asks for all of it.
"""
import json
import sys
from collections import defaultdict
from fractions import Fraction

from facts_expected import Undefined, expected_of, group_of, short
from facts_worlds import CLOSES, FEE, HOLD, START, euros, facts_known, period_of, plan_of, worlds_of, write_records


def cents(text):
    return int(text.replace(".", ""))


# ------------------------------------------------------------------ decisions


def read(path):
    records = defaultdict(list)
    with open(path, encoding="utf-8") as file:
        for record in map(json.loads, file):
            records[record["record"]].append(record)
    return records


def net_of(line):
    return cents(line["amount"]) - cents(line["discount"])


def made_by(document):
    """Which document of its world it is: the close that made it, and what it bills again."""
    return [CLOSES.index(document["cutoff"][:7]), document.get("references")]


def gives(line):
    return line["kind"].replace("rebill:", "").startswith(("reversal:", "proration_credit")) or cents(line["amount"]) < 0


def choose(fact, invoices):
    """The invoice that a decision is about."""
    if fact["of"] == "giver":
        invoices = [invoice for invoice in invoices if any(gives(line) for line in invoice["lines"])]
    if not invoices:
        return None
    place = {"first": 0, "latest": -1}.get(fact["of"], int(fact["line"] * len(invoices)))
    return invoices[place]


def part_of(world, fact, invoice, credited):
    """(fields of the correction, what it credits: [price, first day, kind, net]); None: it cannot be decided."""
    by_period = defaultdict(int)
    for line in invoice["lines"]:
        by_period[period_of(world, line["period_start"])] += net_of(line)
    is_odd = any(net < 0 for net in by_period.values()) or sum(by_period.values()) == 0
    is_new = made_by(invoice)[0] == fact["step"] - 1 and cents(invoice["credit_applied"]) == 0
    if is_odd and fact["what"] != "rebill" or not is_new and fact["what"] == "write_off":
        return None
    lines = [[line["price"], line["period_start"], line["kind"].replace("rebill:", ""), net_of(line), line["line"]] for line in invoice["lines"]]
    if fact["what"] != "credit":
        return {"action": {"whole": "credit"}.get(fact["what"], fact["what"])}, lines
    fit = [line for line in lines if line[3] - credited[invoice["number"], line[4]] >= fact["net"]]
    if not fit:
        return None
    line = fit[int(fact["line"] * len(fit))]
    return {"action": "credit", "lines": [{"line": line[4], "net": euros(fact["net"])}]}, [[*line[:3], fact["net"], line[4]]]


def decide(at, directory, dump):
    records = read(dump)
    credited = defaultdict(int)
    for note in records["credit_note"]:
        for line in note["lines"] if note.get("corrects") else []:
            credited[note["corrects"], line["line"]] += net_of(line)
    invoices = defaultdict(list)
    for invoice in records["invoice"]:
        if invoice.get("number") and invoice["status"] != "void":
            invoices[invoice["customer"]].append(invoice)
    done = {r["correction"] for r in records["correction"] if r.get("done")}
    with open(f"{directory}/decided.jsonl", encoding="utf-8") as file:
        for decision in map(json.loads, file):
            if decision["request"]["correction"] not in done:  # what could not be done is asked for no more
                print(json.dumps({**decision["request"], "withdrawn": True}))
    with open(f"{directory}/decided.jsonl", "a", encoding="utf-8") as file:
        for world in load(directory):
            for number, fact in enumerate(world["facts"]):
                if fact["step"] != at or "of" not in fact:
                    continue
                invoice = choose(fact, sorted(invoices[world["name"]], key=lambda invoice: invoice["number"]))
                part = part_of(world, fact, invoice, credited) if invoice else None
                if part is None:
                    continue
                if fact["what"] == "credit":
                    credited[invoice["number"], part[1][0][4]] += fact["net"]
                request = {"record": "correction", "tenant": "t", "correction": f"{world['name']}-{number}", "invoice": invoice["number"],
                           "on": f"{CLOSES[at]}-20", "reason": "because", **part[0]}
                print(json.dumps(request))
                print(json.dumps({"request": request, "world": world["name"], "step": at, "what": fact["what"], "invoice": invoice["number"],
                                  "made_by": made_by(invoice), "lines": part[1]}), file=file)


# ------------------------------------------------------------------ what the documents say


def seen_of(world, documents):
    seen, lines = defaultdict(int), defaultdict(list)
    for document in documents:
        sign = -1 if document["record"] == "credit_note" else 1
        for line in document["lines"]:
            key = (period_of(world, line["period_start"]), group_of(world, short(line["price"])))
            text = f"{document['number']} {document['cutoff']} {line['period_start']} {line['kind']} {euros(sign * net_of(line))}"
            if document["status"] != "void":
                seen[key] += sign * net_of(line)
            lines[key].append(text + (" (void)" if document["status"] == "void" else ""))
    return seen, lines


def tell_fact(fact):
    words = {"quantity": "{to} seats from {day}", "plan": "plan month{to} from {day}", "pause": "paused from {day}", "resume": "resumed on {day}",
             "withdraw": "the change of {day} is withdrawn", "cancel": "ends on {day}", "price": "own price {to} from {from}", "coupon": "half, from the start",
             "usage": "{value} calls on {day}"}
    return words[fact["what"]].format(**{**fact, **({"to": euros(fact["to"])} if fact["what"] == "price" else {})})


def tell_world(world, decided):
    print(f"    {plan_of(world)} at {euros(FEE[''])} a seat ahead, {world['quantity']} seats from {START}" + (f", and {world['second']}" if world["second"] else ""))
    for at, month in enumerate(CLOSES):
        told = [tell_fact(fact) for fact in facts_known(world) if fact["step"] == at and "of" not in fact]
        for decision in (decision for decision in decided if decision["step"] == at):
            lines = "" if decision["what"] in ("rebill", "whole") else " " + ", ".join(f"{start} {kind} {euros(net)}" for _, start, kind, net, _ in decision["lines"])
            told.append(f"{decision['what']} {decision['invoice']}{lines}" + ("" if decision["done"] else " (refused)"))
        if told:
            print(f"    before {month}: {'; '.join(told)}")


def load(directory):
    with open(f"{directory}/worlds.json", encoding="utf-8") as file:
        return json.load(file)


def decisions_of(directory, records):
    """By world; a note over the whole of an invoice says itself what it credits."""
    requests = {r["correction"]: r for r in records["correction"]}
    notes = {r["draft_key"]: r for r in records["credit_note"]}
    decided = defaultdict(list)
    with open(f"{directory}/decided.jsonl", encoding="utf-8") as file:
        for decision in map(json.loads, file):
            done = requests[decision["request"]["correction"]].get("done")
            decision["done"] = done is not None
            if done and decision["what"] == "whole":
                note = notes[done["draft_key"]]
                kinds = {line[4]: line[2] for line in decision["lines"]}
                decision["lines"] = [[line["price"], line["period_start"], kinds[line["line"]], net_of(line), line["line"]] for line in note["lines"]]
            decided[decision["world"]].append(decision)
    return decided


def documents_of(records):
    documents = defaultdict(list)
    for document in records["invoice"] + records["credit_note"]:
        if document.get("number"):
            documents[document["customer"]].append(document)
    for of in documents.values():
        of.sort(key=lambda document: (document["cutoff"], document["number"]))
    return documents


def differences(world, decided, documents, due):
    """Of each period: (what is compared, expected, seen, why)."""
    expected = expected_of(world, [decision for decision in decided if decision["done"]])
    seen, lines = seen_of(world, documents)
    for key in sorted(expected.keys() | seen.keys()):
        comes_to, used, credited, _ = expected.get(key, (0, 0, 0, 0))
        if comes_to != seen[key]:
            yield f"{key[0]} {key[1]}", comes_to, seen[key], [f"used {euros(used)}, credited {euros(credited)}", *lines[key]]
    total = sum((-1 if d["record"] == "credit_note" else 1) * cents(d["total"]) for d in documents if d["status"] != "void")
    if total * 5 != sum(seen.values()) * 6:
        yield "total with tax", Fraction(sum(seen.values()) * 6, 5), total, []
    if due is not None:
        owed = sum(owed for _, _, _, owed in expected.values())
        if due * 5 != owed * 6:
            yield "due and paid", owed * 6 / 5, due, [line for key in sorted(lines) for line in lines[key]]


def is_owed(document):
    """A note may leave something to pay: what it charges besides what it gives back of what was written off."""
    return document["record"] == "invoice" or document["amount_due"].startswith("-")


def due_of(world, documents, records, shown):
    """What is left to pay, less what there is to pay it with; of a world of which something was written off."""
    numbers = [document["number"] for document in documents if is_owed(document)]
    moves = [r for r in records["credit_transaction"] if r["customer"] == world["name"]]
    return sum(cents(shown[number]) for number in numbers) - sum((1 if r["kind"] == "grant" else -1) * cents(r["amount"]) for r in moves)


def worlds_written_off(directory, records):
    decided = decisions_of(directory, records)
    return [world for world in load(directory) if any(d["what"] == "write_off" and d["done"] for d in decided[world["name"]])]


def print_open(directory, dump):
    records = read(dump)
    documents = documents_of(records)
    for world in worlds_written_off(directory, records):
        for document in documents[world["name"]]:
            if is_owed(document):
                print(document["number"])


def check(directory, dump, shown_path=None):
    records = read(dump)
    documents, decided = documents_of(records), decisions_of(directory, records)
    shown = {}
    if shown_path:
        with open(shown_path, encoding="utf-8") as file:
            shown = {r["number"]: r["left_to_pay"] for r in map(json.loads, file)}
    count, failed, left_out = 0, defaultdict(int), defaultdict(int)
    for world in load(directory):
        of, by = documents[world["name"]], decided[world["name"]]
        due = due_of(world, of, records, shown) if shown and any(d["what"] == "write_off" and d["done"] for d in by) else None
        try:
            found = list(differences(world, by, of, due))
        except Undefined as why:
            left_out[str(why)] += 1
            continue
        count += 1
        for number, (what, expected, seen, why) in enumerate(found):
            if number == 0:
                failed[world["family"]] += 1
                print(f"{world['name']}:")
                tell_world(world, by)
            print(f"    {what}: expected {euros(expected)}, seen {euros(seen)}", *(f"        {line}" for line in why), sep="\n")
    refused = sum(not d["done"] for of in decided.values() for d in of)
    print(f"{count} worlds, {sum(map(len, decided.values()))} decisions, {refused} refused; "
          f"{sum(failed.values())} differ" + "".join(f", {n} of {family}" for family, n in failed.items()) +
          "".join(f"; {n} left out: {why}" for why, n in left_out.items()))
    sys.exit(1 if failed or not count else 0)


if __name__ == "__main__":
    if sys.argv[1] == "facts":
        made = worlds_of(sys.argv[2], sys.argv[4:] or HOLD)
        with open(f"{sys.argv[3]}/worlds.json", "w", encoding="utf-8") as out:
            json.dump(made, out, indent=1)
        write_records(sys.argv[3], made)
    elif sys.argv[1] == "records":
        write_records(sys.argv[2], load(sys.argv[2]))
    elif sys.argv[1] == "decide":
        decide(int(sys.argv[2]), sys.argv[3], sys.argv[4])
    elif sys.argv[1] == "open":
        print_open(sys.argv[2], sys.argv[3])
    else:
        check(*sys.argv[2:])
