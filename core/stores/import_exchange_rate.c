/* Exchange rates that people import are looked at as those that are fetched (exchange_rate.h, 4):
 * one that jumps from its nearest neighbour, or is of a day that has not come, is refused. Where
 * its version is written, as in a correction and in a dump, somebody has looked at it, and it is
 * taken as it is. */
#include "core/base/text.h"
#include "core/billing/exchange_rate.h"
#include "core/stores/import_put.h"
#include "core/stores/import_shelf.h"
#include "core/stores/rate_store.h"

static const struct put_rules exchange_rate_rules = {
    .table = &exchange_rate_rows,
    .id_offset = SIZE_MAX,
    .fixed_hint = "a stored rate never changes: import a corrected one with the next version",
};

#define FIRST_VERSION 1
#define LOOKED_AT_HINT                                                                             \
    "if it is right, import it with its version, \"version\":1: it is taken as it is then"

static struct exchange_rate_row row_of(const struct exchange_rate_record *record)
{
    struct exchange_rate_row row = {.tenant_id = 0, .record = *record};
    if (record->version == RECORD_INT_NONE)
        row.record.version = FIRST_VERSION;
    return row;
}

void expect_exchange_rate(struct import_session *session, const struct exchange_rate_record *record)
{
    const struct exchange_rate_row row = row_of(record);
    put_expect(session, &exchange_rate_rules, &row);
}

static bool check_jump(const struct exchange_rate_record *record, struct date on,
                       int32_t jump_percent, const struct exchange_rate_add_row *nearest,
                       struct error *err)
{
    struct decimal rate;
    if (!decimal_parse(record->rate, &rate, err))
        return false;
    if (!exchange_rate_jumps(nearest->rate, rate, jump_percent))
        return true;
    (void)error_item(
        err, "bad_value", "field \"rate\": 1 %s = %s %s on %s, and %s on %s: more than %d %% apart",
        record->base, record->rate, record->quote, date_text(on).text,
        decimal_text(nearest->rate).text, date_text(nearest->rate_on).text, jump_percent);
    return error_hint(err, LOOKED_AT_HINT);
}

/* One that is new. The nearest one is asked for of the database, where what waits has to be. */
static bool check_new(struct import_session *session, const struct exchange_rate_record *record,
                      struct error *err)
{
    const struct import_options *options = session->options;
    struct exchange_rate_add_row nearest;
    struct date on;
    bool found = false;
    if (!date_parse(record->date, &on, err))
        return false;
    if (!date_is_none(options->today) && date_compare(on, options->today) > 0) {
        (void)error_item(err, "bad_value", "field \"date\": %s has not come: today is %s",
                         record->date, date_text(options->today).text);
        return error_hint(err, LOOKED_AT_HINT);
    }
    if (options->rate_jump_percent == 0)
        return true;
    if (!import_batch_write(session, err) ||
        !rate_store_nearest(session->db, record->base, record->quote, on, session->scratch,
                            &nearest, &found, err))
        return false;
    return !found || check_jump(record, on, options->rate_jump_percent, &nearest, err);
}

bool put_exchange_rate(struct import_session *session, const struct exchange_rate_record *record,
                       enum import_outcome *ret_outcome, struct error *err)
{
    struct exchange_rate_row row = row_of(record), existing;
    bool found = false;
    return put_find(session, &exchange_rate_rules, &row, &existing, &found, err) &&
           (found || record->version != RECORD_INT_NONE || check_new(session, record, err)) &&
           put_row(session, &exchange_rate_rules, &row, ret_outcome, err);
}
