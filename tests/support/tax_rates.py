#!/usr/bin/env python3
"""Makes config/tax from three public collections of tax rates, and says where they differ.

    tax_rates.py SOURCES [config/tax]

SOURCES holds the files of the three projects as they publish them: the first of each of *ibericode*.json,
*kdeldycke*.csv and *sales-tax*.json (config/tax/manifest.json names the places). Nothing is taken on trust where two of them
speak of the same day: a rate is written where at least two agree, or where only one knows the country and
then into a file of its own. What was left out, and why, is in the manifest.
"""
import csv
import glob
import hashlib
import json
import os
import sys
from datetime import date, datetime, timedelta
from decimal import Decimal

SINCE = date(2015, 1, 1)  # rates that ended before are history
IBERICODE_ON = date(2025, 8, 12)  # last change of each source
KDELDYCKE_ON = date(2025, 9, 25)
SALES_TAX_ON = date(2026, 1, 1)  # of its version only the year is known
EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()
NAMES = {  # what the tax is called on an invoice
    "AT": "USt.", "BE": "TVA/btw", "BG": "ДДС", "CY": "ΦΠΑ", "CZ": "DPH", "DE": "USt.", "DK": "moms", "EE": "KM",
    "ES": "IVA", "FI": "ALV", "FR": "TVA", "GR": "ΦΠΑ", "HR": "PDV", "HU": "ÁFA", "IE": "VAT", "IT": "IVA",
    "LT": "PVM", "LU": "TVA", "LV": "PVN", "MT": "VAT", "NL": "btw", "PL": "VAT", "PT": "IVA", "RO": "TVA",
    "SE": "moms", "SI": "DDV", "SK": "DPH", "CH": "MWST", "NO": "MVA", "MC": "TVA", "AU": "GST", "NZ": "GST",
}
# Regions by ISO 3166-2 without the country, as addresses have them: the name in ibericode, the code in kdeldycke.
REGIONS = {
    ("ES", "CN"): ("Canary Islands", "ES-CN"), ("ES", "CE"): ("Ceuta", "ES-CE"), ("ES", "ML"): ("Melilla", "ES-ML"),
    ("FR", "971"): ("Guadeloupe", "FR-GP"), ("FR", "972"): ("Martinique", "FR-MQ"), ("FR", "973"): ("Guyane", "FR-GF"),
    ("FR", "974"): ("Reunion", "FR-RE"), ("FR", "976"): ("Mayotte", "FR-YT"), ("GR", "69"): ("Mount Athos", "GR-69"),
    ("PT", "30"): ("Madeira", "PT-30"),
}
LEFT_OUT = [
    "PT, region 20 (Azores): ibericode and kdeldycke agree on 18 %, but neither has a change after 2015; import your own row",
    "TH: only sales-tax knows it, with the planned end of a reduction that has been put off again and again",
    "postal codes with a rate of their own (Jungholz, Mittelberg, Heligoland, Büsingen, Livigno, Campione d'Italia): "
    "a tax_rate record has a region, not a postal code; set the region of such customers and import a row for it",
    "US: the sources have rates of states only, a sale's tax depends on county and city too",
    "CA, provinces with a tax of their own beside the GST (BC, MB, QC, SK): a region's rate takes the place of the "
    "country's; those with one harmonised tax are there",
]
differences = []


def differs(text):
    differences.append(text)


def percent(share):
    """0.255 and 25.5 as "25.5"."""
    text = format((Decimal(str(share)) * 100).normalize(), "f")
    return text


def plain(number):
    return format(Decimal(str(number)).normalize(), "f")


class Rates(list):
    """Ascending (start, rate) of one place: each holds until the next."""

    def at(self, day):
        found = None
        for start, rate in self:
            if start is None or start <= day:
                found = rate
        return found

    def add(self, start, rate):
        if not self or self[-1][1] != rate:
            self.append((start, rate))


# ---------------------------------------------------------------- the sources


def read_ibericode(path):
    countries, regions, reduced = {}, {}, {}
    for country, periods in json.load(open(path, encoding="utf-8"))["items"].items():
        countries[country] = Rates()
        for period in sorted(periods, key=lambda period: period["effective_from"]):
            undated = period["effective_from"] == "0000-01-01"
            start = None if undated else date.fromisoformat(period["effective_from"])
            countries[country].add(start, plain(period["rates"]["standard"]))
            reduced.setdefault(country, []).append((start, period["rates"]))
            for special in period.get("exceptions", []):
                regions[country, special["name"]] = plain(special["standard"])
    return countries, regions, reduced


def read_kdeldycke(path):
    places = {}
    for row in csv.DictReader(open(path, encoding="utf-8", newline="")):
        start = date.fromisoformat(row["start_date"])
        stop = date.fromisoformat(row["stop_date"]) if row["stop_date"] else None
        for code in row["territory_codes"].split():
            places.setdefault(code, []).append((start, stop, percent(row["rate"])))
    result = {}
    for code, rows in places.items():
        rows.sort()
        result[code] = Rates()
        for index, (start, stop, rate) in enumerate(rows):
            after = rows[index + 1][0] if index + 1 < len(rows) else None
            if stop is not None and after is not None and after == stop + timedelta(days=1) and len(code) == 2:
                differs(f"{code}: kdeldycke ends {rate} % on {stop}, its last day; elsewhere on the first day after")
            elif stop is not None and after is not None and after != stop and stop >= SINCE:
                differs(f"{code}: kdeldycke has {rate} % until {stop}, though the next rate begins on {after}")
            result[code].add(start, rate)
    return result


def local_day(instant):
    """Bounds are instants in UTC that mean midnight somewhere east of it: the nearest day."""
    return (datetime.fromisoformat(instant.replace("Z", "+00:00")) + timedelta(hours=12)).date()


def sales_tax_rates(entry):
    bounds = sorted((local_day(instant), before["rate"]) for instant, before in entry.get("before", {}).items())
    rates = Rates()
    start = None
    for until, rate in bounds:
        rates.add(start, percent(rate))
        start = until
    rates.add(start, percent(entry["rate"]))
    return rates


def read_sales_tax(path):
    entries = json.load(open(path, encoding="utf-8"))
    return entries, {country: sales_tax_rates(entry) for country, entry in entries.items() if entry["type"] != "none"}


# ---------------------------------------------------------------- comparing


def compare_days(country, sources):
    """Every day on which a source changes its rate: who says what. True when they agree in the end."""
    days = {start for rates in sources.values() for start, _ in rates if start is not None and start >= SINCE}
    agreed = True
    for day in sorted(day for day in days | {SINCE, KDELDYCKE_ON} if day <= KDELDYCKE_ON):
        said = {name: rates.at(day) for name, rates in sources.items()}
        agreed = len({rate for rate in said.values() if rate is not None}) <= 1
        if not agreed:
            differs(f"{country} on {day}: " + ", ".join(f"{name} {rate} %" for name, rate in said.items() if rate))
    return agreed


def majority(country, sources):
    """Before SINCE as kdeldycke, the only one with a history, has it; then what two sources agree on."""
    result = Rates((start, rate) for start, rate in sources["kdeldycke"] if start < SINCE)
    days = sorted({start for rates in sources.values() for start, _ in rates if start is not None and start >= SINCE})
    for day in days:
        said = [rates.at(day) for rates in sources.values()]
        winner = max(set(said), key=said.count)
        if said.count(winner) >= 2:
            result.add(day, winner)
        else:
            differs(f"{country} on {day}: no two sources agree, so the rate before it stays")
    return result


# ---------------------------------------------------------------- records


def records_of(country, region, category, rates, name):
    rows = []
    for index, (start, rate) in enumerate(rates):
        stop = rates[index + 1][0] if index + 1 < len(rates) else None
        if stop is not None and stop <= SINCE:
            continue
        row = {"record": "tax_rate", "tenant": "*", "country": country}
        if region:
            row["region"] = region
        row.update(category=category, valid_from=start.isoformat(), rate_percent=rate, name=name)
        if stop is not None:
            row["valid_to"] = stop.isoformat()
        rows.append(row)
    return rows


def reduced_records(country, periods):
    """Categories as ibericode names them. A rate without a date holds at least since the source's own."""
    rows = []
    for category in sorted({name for _, rates in periods for name in rates if name != "standard"}):
        spans = []
        for index, (start, rates) in enumerate(periods):
            stop = periods[index + 1][0] if index + 1 < len(periods) else None
            if category not in rates or (start is None and stop is not None):
                continue
            start = start or IBERICODE_ON
            rate = plain(rates[category])
            if spans and spans[-1][1] == start and spans[-1][2] == rate:
                spans[-1] = (spans[-1][0], stop, rate)
            else:
                spans.append((start, stop, rate))
        for start, stop, rate in spans:
            if stop is not None and stop <= SINCE:
                continue
            row = {"record": "tax_rate", "tenant": "*", "country": country, "category": category,
                   "valid_from": start.isoformat(), "rate_percent": rate, "name": NAMES[country]}
            if stop is not None:
                row["valid_to"] = stop.isoformat()
            rows.append(row)
    return rows


def eu_records(ibericode, kdeldycke, sales_tax):
    countries, regions, reduced = ibericode
    rows = []
    for country in EU:
        sources = {"ibericode": countries[country], "kdeldycke": kdeldycke[country], "sales-tax": sales_tax[country]}
        compare_days(country, sources)
        rows += records_of(country, None, "standard", majority(country, sources), NAMES[country])
        rows += reduced_records(country, reduced[country])
        for (of, region), (name, code) in sorted(REGIONS.items()):
            if of != country:
                continue
            ours = kdeldycke[code]
            if ours.at(KDELDYCKE_ON) != regions[country, name]:
                differs(f"{country}, {name}: ibericode {regions[country, name]} %, kdeldycke {ours.at(KDELDYCKE_ON)} %")
                continue
            rows += records_of(country, region, "standard", ours, NAMES[country])
    return rows


def world_records(ibericode, kdeldycke, entries, sales_tax):
    """Countries outside the Union: confirmed by two sources, and known to one."""
    two, one = [], []
    for country in sorted(set(sales_tax) | {code for code in kdeldycke if len(code) == 2}):
        if country in EU or country in ("UK", "EL", "TH"):
            continue
        sources = {name: rates[country] for name, rates in
                   (("ibericode", ibericode[0]), ("kdeldycke", kdeldycke), ("sales-tax", sales_tax)) if country in rates}
        if "kdeldycke" in sources and sources["kdeldycke"].at(KDELDYCKE_ON) == "0":
            del sources["kdeldycke"]  # it says that the tax of the country it belongs to is not due there
        if not set(sources) - {"kdeldycke"}:
            continue
        name = NAMES.get(country, entries[country]["type"].upper() if country in entries else "VAT")
        if len(sources) == 1:
            rates = Rates((start or SALES_TAX_ON, rate) for start, rate in sources["sales-tax"] if start or len(sources["sales-tax"]) == 1)
            one += records_of(country, None, "standard", rates, name)
        elif compare_days(country, sources):
            dated = Rates((start, rate) for start, rate in sources["kdeldycke"] if start is not None)
            two += records_of(country, None, "standard", dated, name)
        else:
            LEFT_OUT.append(f"{country}: the sources differ, see differences")
    return two, one + canada(entries["CA"])


def canada(entry):
    rows = []
    for province, tax in sorted(entry["states"].items()):
        if tax["type"] != "hst":
            continue
        rates = Rates((start or SALES_TAX_ON, plain(Decimal(rate) + Decimal(percent(entry["rate"]))))
                      for start, rate in sales_tax_rates(tax) if start or len(sales_tax_rates(tax)) == 1)
        rows += records_of("CA", province, "standard", rates, "HST")
    return rows


# ---------------------------------------------------------------- writing


def digest(path):
    return hashlib.sha256(open(path, "rb").read()).hexdigest()


def write_records(target, name, rows, about):
    path = os.path.join(target, name)
    with open(path, "w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    return {"file": name, "about": about, "rates": len(rows), "sha256": digest(path),
            "newest_valid_from": max(row["valid_from"] for row in rows)}


def main():
    sources, target = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "config/tax"
    files = [
        ("ibericode vat-rates", "*ibericode*.json", "https://github.com/ibericode/vat-rates", "MIT", IBERICODE_ON.isoformat()),
        ("kdeldycke vat-rates", "*kdeldycke*.csv", "https://github.com/kdeldycke/vat-rates", "BSD-2-Clause", KDELDYCKE_ON.isoformat()),
        ("sales-tax 2.23.0", "*sales-tax*.json", "https://github.com/valeriansaliou/node-sales-tax", "MIT", "2026"),
    ]
    paths = [sorted(glob.glob(os.path.join(sources, pattern)))[0] for _, pattern, _, _, _ in files]
    ibericode, kdeldycke = read_ibericode(paths[0]), read_kdeldycke(paths[1])
    entries, sales_tax = read_sales_tax(paths[2])
    eu = eu_records(ibericode, kdeldycke, sales_tax)
    two, one = world_records(ibericode, kdeldycke, entries, sales_tax)
    manifest = {
        "as_of": KDELDYCKE_ON.isoformat(),
        "files": [
            write_records(target, "eu.jsonl", eu, "member states of the European Union; standard rates agreed by two sources"),
            write_records(target, "world.jsonl", two, "other countries, agreed by two sources"),
            write_records(target, "single_source.jsonl", one, "other countries that only sales-tax knows: check before you rely on them"),
        ],
        "sources": [{"source": name, "from": place, "license": terms, "last_change": changed, "sha256": digest(path)}
                    for (name, _, place, terms, changed), path in zip(files, paths)],
        "differences": differences,
        "left_out": LEFT_OUT,
    }
    with open(os.path.join(target, "manifest.json"), "w", encoding="utf-8") as out:
        json.dump(manifest, out, ensure_ascii=False, indent=2)
        out.write("\n")


main()
