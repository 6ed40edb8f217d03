/* Cases about what happens once, or never to two at a time: what keeps it is not a rule but the
 * rows in which grants, redemptions and counters stand, so these checks have a database. */
#include <string.h>

#include "core/billing/credit.h"
#include "core/billing/invoice_number.h"
#include "core/stores/credit_store.h"
#include "core/stores/draft_store.h"
#include "core/stores/import_files.h"
#include "tests/core/billing/conformance.h"
#include "tests/core/storage/storage_support.h"

#define TENANT                                                                                     \
    "{\"record\":\"tenant\",\"tenant\":\"t\",\"legal_name\":\"T\",\"country\":\"DE\","             \
    "\"currency\":\"EUR\",\"timezone\":\"UTC\"}\n"                                                 \
    "{\"record\":\"customer\",\"tenant\":\"t\",\"customer\":\"a\",\"name\":\"A\"}\n"               \
    "{\"record\":\"customer\",\"tenant\":\"t\",\"customer\":\"b\",\"name\":\"B\"}\n"
#define FISCAL_YEAR 2026

struct world {
    const char *directory;
    struct db *db;
};

static struct world begin(void)
{
    struct world world = {.directory = storage_directory()};
    world.db = storage_migrated(storage_path(world.directory, "test.db"));
    return world;
}

static void end(struct world *world)
{
    db_close(&world->db);
}

static bool import_text(const struct world *world, const char *text)
{
    const char *path = storage_path(world->directory, "records.jsonl");
    struct import_options options = {0};
    struct import_report report = {0};
    struct error err = {0};
    storage_write_file(path, text);
    return import_files(world->db, &path, 1, &options, &report, &err);
}

static const char *grant_text(const struct conformance_case *c, const char *amount)
{
    return arena_printf(c->arena,
                        TENANT "{\"record\":\"credit_grant\",\"tenant\":\"t\",\"customer\":\"a\","
                               "\"source\":\"event-1\",\"amount\":\"%s\",\"currency\":\"EUR\","
                               "\"effective_at\":\"2026-10-01T00:00:00Z\"}\n",
                        amount);
}

/* ---------------------------------------------------------------- grants */

/* What is granted is named by its source: told twice it is there once. */
static void expect_one_grant(const struct conformance_case *c, const char *amount,
                             const json_t *expected)
{
    CLEANUP(end) struct world world = begin();
    for (int times = 0; times < 2; times++)
        ck_assert_msg(import_text(&world, grant_text(c, amount)), "%s: time %d", c->id, times);
    int64_t grants = storage_number(world.db, "SELECT count(*) FROM credit_grant");
    expect_same(c, "grants", decimal_from_i64(grants), expected);
}

void credit_grant_twice(const struct conformance_case *c)
{
    ck_assert(json_is_true(given(c, c->input, "same_key_twice")));
    expect_one_grant(c, input_text(c, "amount"), given(c, c->expected, "transfers"));
}

void credit_event_twice(const struct conformance_case *c)
{
    ck_assert(json_is_true(given(c, c->input, "same_event_id_twice")));
    expect_one_grant(c, "10.00", given(c, c->expected, "grants"));
}

static struct money balance_in(const struct world *world)
{
    return money_of_minor(
        storage_number(world->db, "SELECT amount_minor - used_minor FROM credit_grant"),
        (struct currency){"EUR"});
}

static struct money wanted_of(const struct conformance_case *c, struct money balance,
                              struct money due)
{
    struct credit_grant grant = {balance, CREDIT_PRIORITY_DEFAULT, CREDIT_ALWAYS_EFFECTIVE,
                                 CREDIT_NEVER_EXPIRES};
    struct credit_draw_request request = {.amount_due = due};
    struct credit_result result = {0};
    struct error err = {0};
    expect_ok(c, credit_draw(&grant, 1, &request, c->arena, &result, &err), &err);
    return result.credit_applied;
}

/* Adds what was drawn; false where the grant is no longer as it was read. */
static bool draw(const struct world *world, int64_t drawn_before, struct money amount,
                 struct money *applied, struct error *err)
{
    struct credit_used_row row = {
        .tenant_id = storage_number(world->db, "SELECT tenant_id FROM tenant"),
        .customer_id = storage_number(world->db, "SELECT customer_id FROM credit_grant"),
        .source = "event-1",
        .expected_minor = drawn_before,
        .used_minor = drawn_before + money_minor(amount)};
    int64_t written = 0;
    size_t bad_row = 0;
    return storage_bulk(world->db, &CREDIT_USE, &row, 1, &written, &bad_row, err) &&
           money_add(*applied, amount, applied, err);
}

/* Both have read the whole balance before either writes: the second must read again, and finds
 * nothing. */
void credit_two_at_once(const struct conformance_case *c)
{
    CLEANUP(end) struct world world = begin();
    struct money due = euros(c, input_decimal(c, "two_concurrent_applications_of"));
    struct money applied = money_zero((struct currency){"EUR"});
    struct error err = {0};
    ck_assert(import_text(&world, grant_text(c, input_text(c, "balance"))));
    struct money first = wanted_of(c, balance_in(&world), due);
    struct money second = wanted_of(c, balance_in(&world), due);
    ck_assert(money_equal(first, due) && money_equal(second, due));
    expect_ok(c, draw(&world, 0, first, &applied, &err), &err);
    ck_assert_msg(!draw(&world, 0, second, &applied, &err) && err.kind == ERROR_RETRY,
                  "%s: both have drawn", c->id);
    ck_assert_int_eq(money_sign(wanted_of(c, balance_in(&world), due)), 0);
    expect_money(c, "applied", applied, given(c, c->expected, "total_applied"));
    expect_money(c, "balance", balance_in(&world), given(c, c->expected, "balance_after"));
}

/* ---------------------------------------------------------------- redemptions */

static const char *redemption_text(const struct conformance_case *c, const char *customer)
{
    return arena_printf(c->arena,
                        "{\"record\":\"coupon_redemption\",\"tenant\":\"t\",\"coupon\":\"x\","
                        "\"customer\":\"%s\",\"at\":\"2026-10-01\"}\n",
                        customer);
}

/* The figures, and a coupon for one redemption: the same once more counts as that one, a second is
 * refused. */
void coupon_claimed_once(const struct conformance_case *c)
{
    CLEANUP(end) struct world world = begin();
    const char *percent = input_text(c, "percent");
    const json_t *answer =
        ask(c, "invoice",
            json_pack("{s:s, s:[{s:i, s:s}], s:[{s:s}]}", "currency", "JPY", "lines", "id", 1,
                      "amount", input_text(c, "subtotal_cents"), "coupons", "percent", percent));
    expect_same(c, "discount", decimal_of(c, given(c, answer, "discount")),
                given(c, c->expected, "discount"));
    expect_same(c, "total", decimal_of(c, given(c, answer, "total")),
                given(c, c->expected, "total"));
    ck_assert(import_text(
        &world, arena_printf(c->arena,
                             TENANT "{\"record\":\"coupon\",\"tenant\":\"t\",\"coupon\":\"x\","
                                    "\"percent\":\"%s\",\"limit_total\":1}\n",
                             percent)));
    ck_assert(import_text(&world, redemption_text(c, "a")));
    ck_assert(import_text(&world, redemption_text(c, "a")));
    ck_assert_msg(!import_text(&world, redemption_text(c, "b")), "%s: redeemed twice", c->id);
    int64_t used = storage_number(world.db, "SELECT redeemed_count FROM coupon");
    expect_same(c, "redemptions", decimal_from_i64(used),
                given(c, c->expected, "used_count_after"));
}

/* ---------------------------------------------------------------- numbers */

static struct series_row counter_of(const struct conformance_case *c, const struct world *world,
                                    const char *series)
{
    struct series_row row = {0};
    struct error err = {0};
    bool found = false;
    expect_ok(c, draft_store_load_series(world->db, 1, series, c->arena, &row, &found, &err), &err);
    ck_assert_msg(found, "%s: no series %s", c->id, series);
    return row;
}

/* The next number of the series, as a job takes it: its counter moves by one, nobody else's. */
static int64_t take(const struct conformance_case *c, const struct world *world, const char *series)
{
    struct series_row before = counter_of(c, world, series);
    struct series_advance_row row = {.tenant_id = 1,
                                     .series = series,
                                     .fiscal_year = FISCAL_YEAR,
                                     .expected_number = before.last_number,
                                     .last_number = before.last_number + 1,
                                     .last_issued_on = before.last_issued_on};
    struct error err = {0};
    int64_t written = 0;
    size_t bad_row = 0;
    expect_ok(c, storage_bulk(world->db, &SERIES_ADVANCE, &row, 1, &written, &bad_row, &err), &err);
    return counter_of(c, world, series).last_number;
}

static void start_series(const struct conformance_case *c, const struct world *world,
                         const char *series, int64_t issued)
{
    struct series_row row = {.tenant_id = 1,
                             .series = series,
                             .fiscal_year = FISCAL_YEAR,
                             .last_issued_on = case_date(c, "2026-10-31")};
    struct error err = {0};
    int64_t written = 0;
    size_t bad_row = 0;
    expect_ok(c, storage_bulk(world->db, &SERIES_START, &row, 1, &written, &bad_row, &err), &err);
    for (int64_t i = 0; i < issued; i++)
        (void)take(c, world, series);
}

/* Numbers of another series burn none of this one. */
void number_series_apart(const struct conformance_case *c)
{
    CLEANUP(end) struct world world = begin();
    const json_t *issued = given(c, c->input, "issued_in_series_before");
    const json_t *required = given(c, c->expected, "required_next");
    struct invoice_number_format format = {0};
    struct error err = {0};
    expect_ok(c, invoice_number_format_parse("{year}/{number:3}", &format, &err), &err);
    const json_t *last = json_array_get(issued, json_array_size(issued) - 1);
    start_series(c, &world, "invoice", strtol(json_string_value(last), NULL, 10));
    start_series(c, &world, "customer", 4);
    for (size_t i = 0; i < json_array_size(required); i++) {
        char number[INVOICE_NUMBER_SIZE];
        invoice_number_print(&format, FISCAL_YEAR, take(c, &world, "invoice"), number);
        expect_text(c, "number", strchr(number, '/') + 1, json_array_get(required, i));
    }
}

/* Numbers are numbers: after 9 and 10 comes 11. */
void number_after_ten(const struct conformance_case *c)
{
    CLEANUP(end) struct world world = begin();
    const json_t *existing = given(c, c->input, "existing");
    start_series(c, &world, "invoice", (int64_t)json_array_size(existing));
    expect_same(c, "number", decimal_from_i64(take(c, &world, "invoice")),
                given(c, c->expected, "next"));
}
