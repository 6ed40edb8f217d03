/* What went wrong in other systems, and what it comes to here: the accidents among their public
 * issues that gave a wrong or a missing amount, date, number or document. `row` is the row of our
 * list of them (users' issues by number, traps of specifications by name). Those that one question
 * to the rules decides are asked here; what shows with rows in a database, several runs or several
 * documents has its test elsewhere, and here it is named. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/billing/invoice.h"
#include "core/cli/calc.h"
#include "tests/core/storage/storage_support.h"

#define ANSWERS_MAX 8
#define PATH_SIZE 64

/* clang-format off */
static const struct pain_figure {
    const char *row, *topic, *calculator, *question;
    struct { const char *path, *text; } answers[ANSWERS_MAX]; /* until one without a path */
} figures[] = {
    {"35", "the billing day does not slide: after 28 February comes 31 March again", "periods",
     "{'anchor':'2026-01-31','interval':'month','count':3}",
     {{"periods.0.start", "2026-01-31"}, {"periods.1.start", "2026-02-28"}, {"periods.2.start", "2026-03-31"}}},
    {"36", "a day on which one period ends begins the next, and is in one of them", "periods",
     "{'anchor':'2026-10-15','interval':'month','timezone':'Europe/Berlin','count':2}",
     {{"periods.0.end", "2026-11-15"}, {"periods.1.start", "2026-11-15"},
      {"periods.0.end_at", "2026-11-14T23:00:00Z"}, {"periods.1.start_at", "2026-11-14T23:00:00Z"}}},
    {"41", "the 31st outlives summer time and short months", "periods",
     "{'anchor':'2025-12-31','interval':'month','timezone':'America/New_York','count':5}",
     {{"periods.2.end", "2026-03-31"}, {"periods.3.end", "2026-04-30"}, {"periods.4.end", "2026-05-31"}}},
    {"42", "a zone, not the offset of the first day: midnight stays midnight", "periods",
     "{'anchor':'2026-03-01','interval':'month','timezone':'Europe/Berlin','count':1}",
     {{"periods.0.start_at", "2026-02-28T23:00:00Z"}, {"periods.0.end_at", "2026-03-31T22:00:00Z"}}},
    {"43", "an instant is the date of its zone: it is April already in Berlin", "periods",
     "{'anchor':'2026-03-31T23:30:00Z','interval':'month','timezone':'Europe/Berlin','count':1}",
     {{"periods.0.start", "2026-04-01"}, {"periods.0.end", "2026-05-01"}}},
    {"43", "and the day before in New York", "periods",
     "{'anchor':'2026-04-01T03:30:00Z','interval':'month','timezone':'America/New_York','count':1}",
     {{"periods.0.start", "2026-03-31"}, {"periods.0.end", "2026-04-30"}}},
    {"43", "an anchor day of 31 counts from the month, not from its last day", "periods",
     "{'anchor':'2026-02-28','anchor_day':31,'interval':'month','count':3}",
     {{"periods.0.start", "2026-02-28"}, {"periods.1.start", "2026-03-31"}, {"periods.2.start", "2026-04-30"}}},
    {"46", "two taxes: 13.965 is a tie and exact, where binary fractions are below it", "invoice",
     "{'currency':'CAD','lines':[{'id':'1','amount':'140.00','taxes':[{'name':'GST','rate_percent':'5'},"
     "{'name':'QST','rate_percent':'9.975'}]}]}",
     {{"taxes.0.tax", "7.00"}, {"taxes.1.tax", "13.97"}, {"tax", "20.97"}, {"total", "160.97"}, {"lines.0.tax", "20.97"}}},
    {"47", "a line has minor units only, the exact figure stands beside it", "price",
     "{'currency':'EUR','model':'per_unit','unit_price':'34.116425','quantity':'1'}",
     {{"amount", "34.12"}, {"unrounded", "34.116425"}}},
    {"48", "a credit over two lines loses no cent", "allocation",
     "{'currency':'USD','amount':'-99.99','weights':['1','1']}",
     {{"parts.0", "-50.00"}, {"parts.1", "-49.99"}}},
    {"48", "nor does a charge over three", "allocation",
     "{'currency':'USD','amount':'100.00','weights':['1','1','1']}",
     {{"parts.0", "33.34"}, {"parts.1", "33.33"}, {"parts.2", "33.33"}}},
    {"52", "a tax is that of its group, the taxes of lines sum to it, and all to the total", "invoice",
     "{'currency':'EUR','lines':[{'id':'1','amount':'0.13','taxes':[{'rate_percent':'19'}]},"
     "{'id':'2','amount':'0.13','taxes':[{'rate_percent':'19'}]},{'id':'3','amount':'0.13','taxes':[{'rate_percent':'19'}]}]}",
     {{"taxes.0.base", "0.39"}, {"tax", "0.07"}, {"total", "0.46"},
      {"lines.0.tax", "0.03"}, {"lines.1.tax", "0.02"}, {"lines.2.tax", "0.02"}}},
    {"52", "a discount is taken off before the tax, so the base of the tax is what is charged", "invoice",
     "{'currency':'EUR','lines':[{'id':'1','amount':'10.00','taxes':[{'rate_percent':'19'}]},"
     "{'id':'2','amount':'5.00','taxes':[{'rate_percent':'7'}]}],'coupons':[{'amount':'1.00'}]}",
     {{"discount", "1.00"}, {"lines.0.discount", "0.67"}, {"lines.1.discount", "0.33"}, {"taxes.0.base", "9.33"},
      {"taxes.0.tax", "1.77"}, {"taxes.1.base", "4.67"}, {"taxes.1.tax", "0.33"}, {"total", "16.10"}}},
    {"Proration", "exactly three months are three, not 90 of 31 days", "proration",
     "{'currency':'EUR','amount':'100.00','period':{'start':'2026-01-01','end':'2026-02-01'},"
     "'service':{'start':'2026-01-01','end':'2026-04-01'}}",
     {{"amount", "300.00"}}},
    {"DST", "by days an hour that is missing does not matter", "proration",
     "{'currency':'EUR','amount':'100.00','timezone':'America/New_York','period':{'start':'2025-03-01','end':'2025-04-01'},"
     "'service':{'start':'2025-03-16','end':'2025-04-01'}}",
     {{"amount", "51.61"}}},
    {"DST", "by seconds it does", "proration",
     "{'currency':'EUR','amount':'100.00','basis':'second','timezone':'America/New_York',"
     "'period':{'start':'2025-03-01','end':'2025-04-01'},'service':{'start':'2025-03-16','end':'2025-04-01'}}",
     {{"amount", "51.68"}}},
    {"Tier bounds", "half a unit beyond a tier is half a unit of the next", "price",
     "{'currency':'EUR','model':'graduated','quantity':'100.5','tiers':[{'up_to':'100','unit_price':'1'},{'unit_price':'0.5'}]}",
     {{"amount", "100.25"}}},
    {"Zero usage", "the first flat fee is charged", "price",
     "{'currency':'EUR','model':'graduated','quantity':'0','tiers':[{'unit_price':'1','flat_fee':'5'}]}",
     {{"amount", "5.00"}}},
    {"Zero usage", "or is not", "price",
     "{'currency':'EUR','model':'graduated','quantity':'0','flat_fee_at_zero':false,'tiers':[{'unit_price':'1','flat_fee':'5'}]}",
     {{"amount", "0.00"}}},
    {"Split periods", "the whole less what was billed: the second half is in the cheaper tier", "price",
     "{'currency':'EUR','model':'graduated','already_billed_quantity':'100','quantity':'50',"
     "'tiers':[{'up_to':'100','unit_price':'1'},{'unit_price':'0.5'}]}",
     {{"amount", "25.00"}}},
    {"Discount order", "the percentage first, then the maximum", "price",
     "{'currency':'EUR','model':'per_unit','unit_price':'1','quantity':'150','discount_percent':'10','maximum_amount':'100'}",
     {{"amount", "100.00"}}},
    {"Inclusive tax", "net and tax are the price that was shown", "invoice",
     "{'currency':'EUR','prices_include_tax':true,'lines':[{'id':'1','amount':'12.65','taxes':[{'rate_percent':'19'}]}]}",
     {{"total", "12.65"}, {"tax", "2.02"}, {"taxes.0.base", "10.63"}}},
    {"Credit note", "rounded net and rounded tax make the total", "credit_note",
     "{'currency':'EUR','net':'200.00','unused':{'numerator':29,'denominator':30},'taxes':[{'name':'VAT','rate_percent':'25'}]}",
     {{"net", "193.33"}, {"tax", "48.33"}, {"total", "241.66"}}},
    {"Credit note", "the last takes what is left", "credit_note",
     "{'currency':'EUR','net':'100.05','already_credited':{'net':'66.70','tax':'12.67'},'taxes':[{'name':'VAT','rate_percent':'19'}]}",
     {{"net", "33.35"}, {"tax", "6.34"}, {"total", "39.69"}}},
    {"Dunning gap", "two days after are two days after", "dunning",
     "{'failed_on':'2025-01-07','offsets_days':[2,4]}",
     {{"attempts.0.on", "2025-01-09"}, {"attempts.1.on", "2025-01-11"}}},
};

/* Where a row is proved by more than one question: the file, and words that stand there. */
#define HERE "tests/core/billing/pains_test.c"
static const struct pain_proof {
    const char *row, *topic, *file, *words;
} proofs[] = {
    {"1", "a day that is today or tomorrow by the zone", "tests/stories/between_closes.sh", "a zone (rows 1 and 42)"},
    {"2", "a charge has one key, whatever made it due", HERE, "START_TEST(a_period_has_one_row)"},
    {"3", "starts, changes and ends too", HERE, "START_TEST(a_period_has_one_row)"},
    {"6", "terminated while its draft waits", "tests/stories/pains.sh", "row 6: no period is on two documents"},
    {"7", "taxed and numbered by several at once", "tests/stories/pains.sh", "row 7: taxed by three processes at once"},
    {"8", "a grant told twice is one", "tests/core/billing/conformance_store.c", "void credit_grant_twice("},
    {"8", "a payment told twice is one", "tests/core/billing/settlement_test.c", "the same payment twice"},
    {"10", "a month by eight workers is the month by one", "tests/stories/workers.sh", "same \"$number on PostgreSQL\""},
    {"11", "a command given again makes nothing", "tests/stories/repeat.sh", "closed again"},
    {"12", "nor does it from several processes at once", "tests/stories/fault_workers.sh", "frozen: the same dump and documents each time"},
    {"12", "nor by several closes on one host", "tests/stories/pains.sh", "rows 12 and 15: closed by three at once"},
    {"15", "a job that is started twice", "tests/stories/pains.sh", "rows 7, 12 and 15: each invoice is taxed, numbered and printed once"},
    {"16", "a key is what is billed, not when it was made", "tests/core/billing/invoice_test.c", "START_TEST(keys_drafts)"},
    {"17", "what was made is found by its period", "tests/core/billing/subscription_periods_test.c", "START_TEST(any_rhythm_of_runs_makes_the_same)"},
    {"18", "a change that is not due yet", "tests/core/billing/subscription_timeline_test.c", "row 18: "},
    {"21", "a coupon for one invoice", "tests/core/billing/coupon_test.c", "once is once (pains 21)"},
    {"21", "a coupon for one redemption", "tests/core/billing/conformance_store.c", "void coupon_claimed_once("},
    {"22", "the population is frozen", "tests/core/engine/run_test.c", "START_TEST(freezes_the_plan)"},
    {"23", "a second run makes nothing", "tests/core/billing/charge_slots_test.c", "row 23: "},
    {"24", "what blocks an account is said, tried and repaired", "tests/stories/pains.sh", "row 24: a trial says what a repair would do"},
    {"25", "months in which nothing ran", "tests/core/billing/subscription_periods_test.c", "row 25: "},
    {"25", "and their invoices", "tests/stories/catch_up.sh", "no period twice, none left out"},
    {"26", "how much is caught up", "tests/stories/catch_up.sh", "the others are parked, loudly"},
    {"27", "numbers of several workers have no gap", "tests/stories/workers.sh", "numbers are gapless"},
    {"28", "a draft that nobody took further", "tests/stories/pains.sh", "row 28: October's drafts have their numbers"},
    {"29", "one who cannot be billed keeps nobody else waiting", "tests/stories/pains.sh", "row 29: the others have their invoices"},
    {"30", "arrears are billed after the end", "tests/core/billing/subscription_periods_test.c", "canceled in mid-period: the last one ends there"},
    {"30", "and usage before it", "tests/stories/pains.sh", "row 30: usage before the end is billed after it"},
    {"31", "billed or parked, and never neither", "tests/stories/pains.sh", "row 31: each of the eleven is billed or parked"},
    {"32", "the lines of a child are on its parent's invoice", "tests/stories/coupons.sh", "of a child only the child's lines"},
    {"32", "five hundred of them, seven at a time", "tests/stories/pains.sh", "row 32: one invoice of each cutoff"},
    {"34", "a deadlock is tried again", "tests/stories/fault_commit.sh", "states=(40001 40P01"},
    {"34", "and who was left out would show", "tests/stories/pains.sh", "row 34: and the count at the end holds"},
    {"35", "31 January on", "tests/core/billing/subscription_periods_test.c", "row 35: "},
    {"36", "periods tile in every zone", "tests/core/calendar/tiling_test.c", "START_TEST(tiles_in_every_zone)"},
    {"37", "a total of zero: issued, skipped or recorded", "tests/core/billing/invoice_test.c", "START_TEST(decides_on_zero)"},
    {"38", "a draft whose tax is missing keeps its periods, month after month", "tests/stories/catch_up.sh", "13 months of fees for each subscription"},
    {"44", "a true-up, and every date of a document, by one zone", "tests/stories/pains.sh", "row 44: a true-up by the days of the customer's zone"},
    {"45", "terms are those of the customer", HERE, "START_TEST(dates_documents)"},
    {"46", "another program comes to the same figures", "tests/stories/recompute.sh", "comes out the same"},
    {"48", "random allocations sum to their total", "tests/core/money/allocation_test.c", "START_TEST(sums_to_the_total)"},
    {"49", "each period is on one line of one document", "tests/support/recompute_lines.py", "\"each kind of line\", len(set(kinds)), len(kinds)"},
    {"50", "numbers in the order of dates, without a gap", "tests/stories/corrections.sh", "two series are proved"},
    {"51", "after 9 and 10 comes 11", "tests/core/billing/conformance_store.c", "void number_after_ten("},
    {"52", "what does not add up is found before it is a document", "tests/core/billing/invoice_test.c", "START_TEST(finds_what_does_not_add_up)"},
    {"57", "a change that is taken back", "tests/core/billing/charge_slots_test.c", "a cancellation that is taken back"},
    {"Late event", "the whole total less what was billed", "tests/stories/recompute.sh", "late usage is the whole total less what was billed"},
};

/* Every row of the list that says "wrong money or law" (A) or "missing or late" (B), and of what is
 * not about an amount, a date, a number or a document, what it waits for. */
static const struct pain_row {
    const char *row, *waits_for;
} listed[] = {
    {"1", NULL}, {"2", NULL}, {"3", NULL}, {"6", NULL}, {"7", NULL}, {"8", NULL}, {"10", NULL}, {"11", NULL}, {"12", NULL},
    {"13", "reminders: the job that sends them"}, {"15", NULL}, {"16", NULL}, {"17", NULL}, {"18", NULL},
    {"19", "a gateway that calls back: the job that charges"}, {"20", "two payments of one invoice: the job that charges"},
    {"21", NULL}, {"22", NULL}, {"23", NULL}, {"24", NULL}, {"25", NULL}, {"26", NULL}, {"27", NULL}, {"28", NULL}, {"29", NULL},
    {"30", NULL}, {"31", NULL}, {"32", NULL}, {"34", NULL}, {"35", NULL}, {"36", NULL}, {"37", NULL}, {"38", NULL},
    {"41", NULL}, {"42", NULL}, {"43", NULL}, {"44", NULL}, {"45", NULL}, {"46", NULL}, {"47", NULL}, {"48", NULL}, {"49", NULL},
    {"50", NULL}, {"51", NULL}, {"52", NULL}, {"54", "mails: the job that sends them"}, {"55", "payments that fail: the job that charges"},
    {"57", NULL},
};
/* clang-format on */

/* The questions are written with ' for ", which none of them contains. */
static json_t *question_of(const struct pain_figure *figure)
{
    json_error_t problem;
    char text[1000];
    (void)snprintf(text, sizeof text, "%s", figure->question);
    for (char *at = text; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    json_t *question = json_loads(text, JSON_REJECT_DUPLICATES, &problem);
    ck_assert_msg(question != NULL, "row %s, %s: %s", figure->row, figure->topic, problem.text);
    return question;
}

/* "lines.0.tax" of an answer; NULL where there is none. */
static const char *text_at(const json_t *value, const char *path)
{
    char steps[PATH_SIZE];
    char *rest = NULL;
    (void)snprintf(steps, sizeof steps, "%s", path);
    for (char *step = strtok_r(steps, ".", &rest); step != NULL; step = strtok_r(NULL, ".", &rest))
        value = json_is_array(value) ? json_array_get(value, strtoul(step, NULL, 10))
                                     : json_object_get(value, step);
    return json_string_value(value);
}

START_TEST(comes_to_the_right_figure)
{
    const struct pain_figure *figure = &figures[_i];
    struct calc_error error = {0};
    json_t *question = question_of(figure);
    json_t *answer = NULL;
    ck_assert_msg(calc_answer(figure->calculator, question, &answer, &error), "row %s, %s: %s %s",
                  figure->row, figure->topic, error.path, error.message);
    ck_assert(figure->answers[0].path != NULL);
    for (size_t i = 0; i < ANSWERS_MAX && figure->answers[i].path != NULL; i++) {
        const char *got = text_at(answer, figure->answers[i].path);
        ck_assert_msg(got != NULL && strcmp(got, figure->answers[i].text) == 0,
                      "row %s, %s: %s is %s, not %s", figure->row, figure->topic,
                      figure->answers[i].path, got == NULL ? "absent" : got,
                      figure->answers[i].text);
    }
    json_decref(answer);
    json_decref(question);
}
END_TEST

static struct date day(const char *text)
{
    struct date date = DATE_NONE;
    struct error err = {0};
    ck_assert_msg(date_parse(text, &date, &err), "%s", err.message);
    return date;
}

/* Row 45 (terms of 3 and 7 days are not 30) and row 50 (never dated before the document before). */
START_TEST(dates_documents)
{
    static const struct {
        const char *row, *business_date, *last_issued_on;
        int32_t terms_days;
        const char *issued_on, *due_on;
    } rows[] = {
        {"50", "2026-10-31", "2026-10-30", 14, "2026-10-31", "2026-11-14"},
        {"50", "2026-10-31", "2026-11-02", 14, "2026-11-02", "2026-11-16"},
        {"45", "2026-10-31", "2026-10-31", 3,  "2026-10-31", "2026-11-03"},
        {"45", "2026-10-31", "2026-10-31", 7,  "2026-10-31", "2026-11-07"},
        {"45", "2026-10-31", "2026-10-31", 30, "2026-10-31", "2026-11-30"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct error err = {0};
        struct date due = DATE_NONE;
        struct date issued =
            invoice_issue_date(day(rows[i].business_date), day(rows[i].last_issued_on));
        ck_assert_msg(invoice_due_date(issued, rows[i].terms_days, &due, &err), "%s", err.message);
        ck_assert_msg(strcmp(date_text(issued).text, rows[i].issued_on) == 0, "row %s: issued %s",
                      rows[i].row, date_text(issued).text);
        ck_assert_msg(strcmp(date_text(due).text, rows[i].due_on) == 0, "row %s: due %s",
                      rows[i].row, date_text(due).text);
    }
}
END_TEST

/* Rows 2, 3 and 10: one key for what is billed in advance, in arrears, at a start, a change or an
 * end. The kind belongs to it, so that a charge and its correction do not meet. */
START_TEST(a_period_has_one_row)
{
    struct db *db = storage_migrated(storage_path(storage_directory(), "test.db"));
    static const struct {
        const char *start, *kind, *end;
        int64_t rows;
    } periods[] = {
        {"2026-10-01", "recurring",        "2026-11-01", 1},
        {"2026-10-01", "recurring",        "2026-11-01", 1},
        {"2026-10-01", "recurring",        "2026-10-16", 1},
        {"2026-10-01", "proration_credit", "2026-11-01", 2},
        {"2026-10-01", "proration_credit", "2026-11-01", 2},
        {"2026-11-01", "recurring",        "2026-12-01", 3},
    };
    for (size_t i = 0; i < ARRAY_LEN(periods); i++) {
        char sql[600];
        (void)snprintf(sql, sizeof sql,
                       "INSERT INTO billing_period VALUES (1, 1, 1, '%s', '%s', '%s', 0, 1, "
                       "'2026-10-01', '2026-11-01', '2026-10-01', '2026-10-31', '1', NULL, NULL, "
                       "NULL, NULL, NULL, NULL, 1, NULL)"
                       " ON CONFLICT DO NOTHING",
                       periods[i].start, periods[i].kind, periods[i].end);
        storage_sql(db, sql);
        ck_assert_msg(storage_number(db, "SELECT count(*) FROM billing_period") == periods[i].rows,
                      "%s %s, step %zu", periods[i].start, periods[i].kind, i);
    }
    db_close(&db);
}
END_TEST

/* A test that was renamed or is gone proves nothing any more. */
START_TEST(is_proved_where_it_says)
{
    const struct pain_proof *proof = &proofs[_i];
    char line[1000];
    bool is_here = strcmp(proof->file, HERE) == 0; /* the table itself is no test */
    bool found = false;
    FILE *file = fopen(proof->file, "r");
    ck_assert_msg(file != NULL, "row %s: there is no %s", proof->row, proof->file);
    while (!found && fgets(line, sizeof line, file) != NULL)
        found = is_here ? strncmp(line, proof->words, strlen(proof->words)) == 0
                        : strstr(line, proof->words) != NULL;
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_msg(found, "row %s, %s: %s has no \"%s\"", proof->row, proof->topic, proof->file,
                  proof->words);
}
END_TEST

/* How many questions and proofs name the row. */
static size_t times_named(const char *row)
{
    size_t times = 0;
    for (size_t i = 0; i < ARRAY_LEN(figures); i++)
        times += strcmp(figures[i].row, row) == 0;
    for (size_t i = 0; i < ARRAY_LEN(proofs); i++)
        times += strcmp(proofs[i].row, row) == 0;
    return times;
}

static bool is_listed(const char *row)
{
    for (size_t i = 0; i < ARRAY_LEN(listed); i++)
        if (strcmp(listed[i].row, row) == 0)
            return true;
    return row[0] < '0' || row[0] > '9'; /* a trap of specifications: by its name */
}

START_TEST(has_a_test_or_waits)
{
    const struct pain_row *row = &listed[_i];
    ck_assert_msg((times_named(row->row) > 0) == (row->waits_for == NULL), "row %s: %zu tests, %s",
                  row->row, times_named(row->row),
                  row->waits_for == NULL ? "and it waits for nothing" : row->waits_for);
}
END_TEST

START_TEST(lists_every_row)
{
    for (size_t i = 0; i < ARRAY_LEN(figures); i++)
        ck_assert_msg(is_listed(figures[i].row), "row %s", figures[i].row);
    for (size_t i = 0; i < ARRAY_LEN(proofs); i++)
        ck_assert_msg(is_listed(proofs[i].row), "row %s", proofs[i].row);
    for (size_t i = 1; i < ARRAY_LEN(listed); i++)
        ck_assert_msg(strtol(listed[i - 1].row, NULL, 10) < strtol(listed[i].row, NULL, 10),
                      "row %s", listed[i].row);
}
END_TEST

TEST_SUITE(pains)
{
    TEST_TABLE(has_a_test_or_waits, listed);
    TEST_ONE(lists_every_row);
    TEST_TABLE(comes_to_the_right_figure, figures);
    TEST_ONE(dates_documents);
    TEST_ONE(a_period_has_one_row);
    TEST_TABLE(is_proved_where_it_says, proofs);
}
