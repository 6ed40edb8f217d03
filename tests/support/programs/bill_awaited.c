/* bill_awaited: renews and invoices subscriptions as engines do it that wait for each statement
 * before they send the next, one subscription after the other, a transaction each: for the
 * benchmark.
 *
 *     bill_awaited DATABASE COUNT
 *
 * Subscriptions 1 to COUNT of tests/bench/postgres/tables.sql, into awaited_tables.sql beside it:
 * 18 statements for one with all three metrics. The rules are those of
 * tests/bench/postgres/bill.sql. It is kinder to such engines than they are: C, no objects, nothing
 * read twice. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "tests/support/generate/output.h"
#include "tests/support/generate/workload.h"

#define PARAMETERS_MAX 5
#define TEXT_SIZE 48

enum { PER_UNIT, GRADUATED, VOLUME, PACKAGE, MODEL_COUNT };

struct text {
    char text[TEXT_SIZE];
};

static struct text text_of(int64_t value)
{
    struct text text;
    snprintf(text.text, sizeof text.text, "%" PRId64, value);
    return text;
}

/* Sends one statement and waits for its result, of which the caller reads what he needs. */
static PGresult *await_rows(PGconn *connection, const char *sql, const char *const *parameters,
                            int count)
{
    PGresult *result = PQexecParams(connection, sql, count, NULL, parameters, NULL, NULL, 0);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        fatal("%s: %s", sql, PQerrorMessage(connection));
    return result;
}

#define AWAIT(connection, sql, ...)                                                                \
    await_rows(connection, sql, (const char *const[PARAMETERS_MAX]){__VA_ARGS__},                  \
               (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)))
#define AWAIT_DONE(...) PQclear(AWAIT(__VA_ARGS__))

static int64_t whole_at(const PGresult *result, int column)
{
    if (PQntuples(result) != 1)
        fatal("%d rows instead of one", PQntuples(result));
    return strtoll(PQgetvalue(result, 0, column), NULL, 10);
}

static int64_t await_whole(PGresult *result)
{
    int64_t value = whole_at(result, 0);
    PQclear(result);
    return value;
}

static int64_t at_least(int64_t value, int64_t least)
{
    return value < least ? least : value;
}

static int64_t at_most(int64_t value, int64_t most)
{
    return value > most ? most : value;
}

/* In minor units, rounded half up; `used` in thousandths. */
static int64_t usage_amount_minor(int64_t plan, int64_t metric, int64_t used)
{
    int64_t base = 1000 + 137 * plan + 59 * metric;
    int64_t tenths = used <= 1000000 ? 10 : used <= 10000000 ? 8 : 5;
    switch ((plan + metric) % MODEL_COUNT) {
    case PER_UNIT:
        return (2 * used * base + 10000000) / 20000000;
    case GRADUATED:
        return (2 * base *
                    (at_most(used, 1000000) * 10 +
                     at_least(at_most(used, 10000000) - 1000000, 0) * 8 +
                     at_least(used - 10000000, 0) * 5) +
                100000000) /
               200000000;
    case VOLUME:
        return (2 * base * used * tenths + 100000000) / 200000000;
    case PACKAGE:
        return ((used + 999999) / 1000000 * base + 5) / 10;
    }
    fatal("no model");
}

struct renewal {
    struct text subscription_id, invoice_id;
    int64_t plan, rate_percent;
    bool exempt;
    char currency[TEXT_SIZE];
    int64_t subtotal_minor;
};

static void load_subscription(PGconn *connection, int64_t number, struct renewal *renewal)
{
    char name[TEXT_SIZE], country[TEXT_SIZE];
    snprintf(name, sizeof name, "s%07" PRId64, number);
    PGresult *row = AWAIT(connection,
                          "SELECT id, plan, exempt, country FROM subscription"
                          " WHERE subscription = $1 FOR UPDATE",
                          name);
    renewal->subscription_id = text_of(whole_at(row, 0));
    renewal->plan = whole_at(row, 1);
    renewal->exempt = whole_at(row, 2) == 1;
    snprintf(country, sizeof country, "%s", PQgetvalue(row, 0, 3));
    PQclear(row);
    row = AWAIT(connection, "SELECT plan, currency FROM plan WHERE plan = $1",
                text_of(renewal->plan).text);
    (void)whole_at(row, 0);
    snprintf(renewal->currency, sizeof renewal->currency, "%s", PQgetvalue(row, 0, 1));
    PQclear(row);
    renewal->rate_percent =
        await_whole(AWAIT(connection, "SELECT percent FROM rate WHERE country = $1", country));
    AWAIT_DONE(connection, "SELECT next_on FROM awaited_renewal WHERE subscription_id = $1",
               renewal->subscription_id.text);
}

static void add_line(PGconn *connection, struct renewal *renewal, int64_t metric, int64_t quantity,
                     int64_t amount_minor)
{
    AWAIT_DONE(connection,
               "INSERT INTO awaited_line (invoice_id, metric, quantity_1000, amount_minor)"
               " VALUES ($1, $2, $3, $4) RETURNING id",
               renewal->invoice_id.text, text_of(metric).text, text_of(quantity).text,
               text_of(amount_minor).text);
    renewal->subtotal_minor += amount_minor;
}

static void add_lines(PGconn *connection, struct renewal *renewal)
{
    add_line(connection, renewal, -1, 1000, 1000 * renewal->plan);
    for (int64_t metric = 0; metric < WORKLOAD_METRICS; metric++) {
        PGresult *row = AWAIT(connection,
                              "SELECT COUNT(*), SUM(value_1000) FROM event"
                              " WHERE subscription_id = $1 AND metric = $2 AND at >= $3"
                              " AND at < $4",
                              renewal->subscription_id.text, text_of(metric).text,
                              "2026-09-01 00:00:00+00", "2026-10-01 00:00:00+00");
        int64_t events = whole_at(row, 0);
        int64_t used = whole_at(row, 1);
        PQclear(row);
        if (events > 0)
            add_line(connection, renewal, metric, used,
                     usage_amount_minor(renewal->plan, metric, used));
    }
}

static void finalize(PGconn *connection, const struct renewal *renewal)
{
    int64_t tax_minor =
        renewal->exempt ? 0 : (2 * renewal->subtotal_minor * renewal->rate_percent + 100) / 200;
    char number[TEXT_SIZE];
    int64_t next = await_whole(AWAIT(connection,
                                     "UPDATE awaited_counter SET next = next + 1"
                                     " WHERE name = $1 RETURNING next - 1",
                                     "invoice"));
    snprintf(number, sizeof number, "2026-%07" PRId64, next);
    AWAIT_DONE(connection,
               "UPDATE awaited_invoice SET status = 'open', number = $2, subtotal_minor = $3,"
               " tax_minor = $4, total_minor = $5 WHERE id = $1",
               renewal->invoice_id.text, number, text_of(renewal->subtotal_minor).text,
               text_of(tax_minor).text, text_of(renewal->subtotal_minor + tax_minor).text);
}

static void renew(PGconn *connection, int64_t number)
{
    struct renewal renewal = {0};
    PQclear(await_rows(connection, "BEGIN", NULL, 0));
    load_subscription(connection, number, &renewal);
    renewal.invoice_id =
        text_of(await_whole(AWAIT(connection,
                                  "INSERT INTO awaited_invoice (subscription_id, status, currency)"
                                  " VALUES ($1, 'draft', $2) RETURNING id",
                                  renewal.subscription_id.text, renewal.currency)));
    add_lines(connection, &renewal);
    finalize(connection, &renewal);
    AWAIT_DONE(connection,
               "UPDATE awaited_renewal SET next_on = '2026-11-01' WHERE subscription_id = $1",
               renewal.subscription_id.text);
    AWAIT_DONE(connection, "INSERT INTO awaited_log (invoice_id, what) VALUES ($1, $2)",
               renewal.invoice_id.text, "finalized");
    PQclear(await_rows(connection, "COMMIT", NULL, 0));
}

int main(int argc, char **argv)
{
    if (argc != 3)
        fatal("usage: bill_awaited DATABASE COUNT");
    int64_t count = argument_integer("COUNT", argv[2], 1, INT64_C(10000000));
    PGconn *connection = PQconnectdb(argv[1]);
    if (PQstatus(connection) != CONNECTION_OK)
        fatal("%s", PQerrorMessage(connection));
    for (int64_t number = 1; number <= count; number++)
        renew(connection, number);
    PQfinish(connection);
    return EXIT_SUCCESS;
}
