/* Loading what is given back of: see give_back_store.h. */
#include "core/stores/give_back_store.h"

#include "core/billing/invoice.h"

enum { KEY_FIELDS = 3 };
static const struct row_field asked_fields[] = {
    ROW_FIELD(struct stored_billed_line, tenant_id, "tenant_id"),
    ROW_FIELD(struct stored_billed_line, giving_invoice_id, "giving_invoice_id"),
    ROW_FIELD(struct stored_billed_line, giving_line, "giving_line"),
    ROW_FIELD(struct stored_billed_line, payer_id, "payer_id"),
    ROW_FIELD(struct stored_billed_line, again_id, "again_id"),
    ROW_FIELD(struct stored_billed_line, invoice_id, "invoice_id"),
    ROW_FIELD(struct stored_billed_line, line, "line"),
    ROW_FIELD(struct stored_billed_line, draft_key, "draft_key"),
    ROW_FIELD(struct stored_billed_line, document, "document"),
    ROW_FIELD(struct stored_billed_line, series, "series"),
    ROW_FIELD(struct stored_billed_line, fiscal_year, "fiscal_year"),
    ROW_FIELD(struct stored_billed_line, number_in_series, "number_in_series"),
    ROW_FIELD(struct stored_billed_line, issued_on, "issued_on"),
    ROW_FIELD(struct stored_billed_line, is_taxed, "taxed"),
    ROW_FIELD(struct stored_billed_line, is_void, "is_void"),
    ROW_FIELD(struct stored_billed_line, is_part_before, "is_part_before"),
    ROW_FIELD(struct stored_billed_line, is_turned, "is_turned"),
    ROW_FIELD(struct stored_billed_line, kind, "kind"),
    ROW_FIELD(struct stored_billed_line, period_start_on, "period_start_on"),
    ROW_FIELD(struct stored_billed_line, period_end_on, "period_end_on"),
    ROW_FIELD(struct stored_billed_line, amount_minor, "amount_minor"),
    ROW_FIELD(struct stored_billed_line, discount_minor, "discount_minor"),
    ROW_FIELD(struct stored_billed_line, tax, "tax"),
    ROW_FIELD(struct stored_billed_line, coupon_minor, "coupon_minor"),
    ROW_FIELD(struct stored_billed_line, noted_minor, "noted_minor"),
    ROW_FIELD(struct stored_billed_line, forgiven_minor, "forgiven_minor"),
};

/* All but the tenant. */
static const struct row_field *const fields = asked_fields + 1;
enum { FIELD_COUNT = ARRAY_LEN(asked_fields) - 1 };

static const struct bulk_table billed_lines = {
    .name = "give_back_of_line",
    .kind = BULK_ASK,
    .statement = STMT_GIVE_BACK_OF_LINE,
    .fields = asked_fields,
    .field_count = ARRAY_LEN(asked_fields),
    .key_count = KEY_FIELDS,
    .row_size = sizeof(struct stored_billed_line),
};

bool give_back_store_ask(struct db *db, const struct stored_billed_line *keys, size_t count,
                         struct arena *arena, struct bulk_found *ret_found, struct error *err)
{
    return bulk_find(db, &billed_lines, keys, count, arena, ret_found, err) ||
           error_context(err, "loading what lines give back of");
}

bool give_back_store_load(struct db *db, const struct db_value range[GIVE_BACK_ARGS],
                          struct arena *arena, struct stored_billed_line **ret_lines,
                          size_t *ret_count, struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, STMT_GIVE_BACK_OF_PAYERS, range, GIVE_BACK_ARGS, arena, fields,
                       FIELD_COUNT, sizeof(struct stored_billed_line), &items, ret_count, err))
        return error_context(err, "loading what is given back");
    *ret_lines = items;
    return true;
}

bool stored_billed_line_of(const struct stored_billed_line *stored, struct currency currency,
                           struct billed_line *ret_billed, struct error *err)
{
    struct money amount = money_of_minor(stored->amount_minor, currency);
    struct money discount = money_of_minor(stored->discount_minor, currency);
    struct money forgiven = money_of_minor(stored->forgiven_minor, currency);
    struct money unpaid = money_of_minor(stored->coupon_minor, currency);
    struct money paid, charged;
    if (stored->is_turned &&
        (!money_negate(amount, &amount, err) || !money_negate(discount, &discount, err)))
        return false;
    if (give_back_does(stored->kind, money_sign(amount) < 0))
        unpaid = discount;
    if (!money_subtract(amount, discount, &paid, err) || !money_add(paid, unpaid, &charged, err) ||
        !money_subtract(unpaid, forgiven, &unpaid, err))
        return false;
    *ret_billed = (struct billed_line){
        .kind = stored->kind,
        .start_on = stored->period_start_on,
        .end_on = stored->period_end_on,
        .is_part_before = stored->is_part_before,
        .charged = charged,
        .unpaid = unpaid,
        .noted = stored->is_void ? paid : money_of_minor(stored->noted_minor, currency),
        .forgiven = forgiven,
    };
    return true;
}

bool stored_billed_line_precedes(const struct stored_billed_line *stored, const char *draft_key)
{
    bool is_itself =
        stored->invoice_id == stored->giving_invoice_id && stored->line == stored->giving_line;
    return !is_itself && stored->invoice_id != stored->again_id &&
           invoice_draft_order(stored->draft_key, draft_key) <= 0;
}

/* Of the stored lines those that were there before it. */
static bool keep_preceding(const char *draft_key, struct currency currency, size_t stored_count,
                           struct given_back *given, struct error *err)
{
    for (size_t i = 0; i < stored_count; i++) {
        if (!stored_billed_line_precedes(&given->of[i], draft_key))
            continue;
        given->of[given->count] = given->of[i];
        if (!stored_billed_line_of(&given->of[i], currency, &given->billed[given->count++], err))
            return false;
    }
    return true;
}

static void keep_taken(const bool *takes, struct given_back *given)
{
    size_t kept = 0;
    for (size_t i = 0; i < given->count; i++)
        if (takes[i]) {
            given->is_open = given->is_open || !given->of[i].is_taxed;
            given->billed[kept] = given->billed[i];
            given->of[kept++] = given->of[i];
        }
    given->count = kept;
}

bool give_back_store_read(struct stored_billed_line *stored, size_t stored_count,
                          const char *draft_key, const struct giving_line *giving,
                          enum rounding rounding, struct arena *arena, struct given_back *ret_given,
                          struct error *err)
{
    struct currency currency = giving->amount.currency;
    struct given_back given = {.of = stored, .unpaid = money_zero(currency)};
    given.billed = ARENA_NEW_ARRAY(arena, struct billed_line, stored_count + 1);
    bool *takes = ARENA_NEW_ARRAY(arena, bool, stored_count + 1);
    if (!keep_preceding(draft_key, currency, stored_count, &given, err))
        return false;
    if (give_back_choose(giving, given.billed, given.count, takes) &&
        !give_back_compute(giving, given.billed, takes, given.count, rounding, &given.unpaid, err))
        return false;
    keep_taken(takes, &given);
    *ret_given = given;
    return true;
}

bool give_back_store_find(struct db *db, int64_t tenant_id, int64_t invoice_id, int64_t line,
                          const char *draft_key, const struct giving_line *giving,
                          enum rounding rounding, struct arena *arena, struct given_back *ret_given,
                          struct error *err)
{
    const struct stored_billed_line key = {
        .tenant_id = tenant_id, .giving_invoice_id = invoice_id, .giving_line = line};
    struct bulk_found found;
    return give_back_store_ask(db, &key, 1, arena, &found, err) &&
           give_back_store_read(found.rows, found.count, draft_key, giving, rounding, arena,
                                ret_given, err);
}
