/* Ranges of due work: see due_work.h. */
#include "core/stores/due_work.h"

static const struct row_field range_fields[] = {
    ROW_FIELD(struct work_range, tenant_id, "tenant_id"),
    ROW_FIELD(struct work_range, min_key, "min_key"),
    ROW_FIELD(struct work_range, max_key, "max_key"),
    ROW_FIELD(struct work_range, items, "items"),
};

bool work_ranges_load(struct db *db, enum statement_id statement, const struct db_value *args,
                      size_t arg_count, struct arena *arena, struct work_ranges *ret_ranges,
                      struct error *err)
{
    void *items = NULL;
    size_t count = 0;
    if (!rows_load_all(db, statement, args, arg_count, arena, range_fields, ARRAY_LEN(range_fields),
                       sizeof(struct work_range), &items, &count, err))
        return false;
    *ret_ranges = (struct work_ranges){items, count};
    return true;
}

static const struct row_field draft_range_fields[] = {
    ROW_FIELD(struct draft_range, tenant_id, "tenant_id"),
    ROW_FIELD(struct draft_range, kind, "kind"),
    ROW_FIELD(struct draft_range, min_key, "min_key"),
    ROW_FIELD(struct draft_range, max_key, "max_key"),
    ROW_FIELD(struct draft_range, items, "items"),
};

static enum statement_id statement_of(enum due_work work)
{
    switch (work) {
    case WORK_ALL_CUSTOMERS:
        return STMT_WORK_CUSTOMERS;
    case WORK_TO_RATE:
        return STMT_WORK_DUE_PERIODS;
    case WORK_TO_TAX:
        return STMT_WORK_UNTAXED;
    case WORK_TO_PRINT:
        return STMT_WORK_UNPRINTED;
    case WORK_THRESHOLDS:
        return STMT_WORK_THRESHOLDS;
    }
    return STATEMENT_COUNT;
}

/* What is due is due by a date; customers and open effects are there whatever the date. */
static size_t argument_count(enum due_work work)
{
    return work == WORK_TO_RATE || work == WORK_TO_TAX ? 1 : 0;
}

bool due_work_load(struct db *db, enum due_work work, struct date business_date,
                   struct arena *arena, struct work_ranges *ret_ranges, struct error *err)
{
    struct date_text day = date_text(business_date);
    struct db_value argument = db_text(day.text);
    return work_ranges_load(db, statement_of(work), &argument, argument_count(work), arena,
                            ret_ranges, err) ||
           error_context(err, "looking for due work");
}

static enum statement_id statement_of_payer(enum due_work work)
{
    switch (work) {
    case WORK_ALL_CUSTOMERS:
        return STMT_WORK_CUSTOMERS_OF_PAYER;
    case WORK_TO_RATE:
        return STMT_WORK_DUE_PERIODS_OF_PAYER;
    case WORK_TO_TAX:
        return STMT_WORK_UNTAXED_OF_PAYER;
    case WORK_TO_PRINT:
    case WORK_THRESHOLDS: /* a preview is of what a whole period costs */
        break;
    }
    return STATEMENT_COUNT;
}

bool due_work_load_of_payer(struct db *db, enum due_work work, const struct work_payer *payer,
                            struct date business_date, struct arena *arena,
                            struct work_ranges *ret_ranges, struct error *err)
{
    struct date_text day = date_text(business_date);
    const struct db_value arguments[] = {db_i64(payer->tenant_id), db_i64(payer->payer_id),
                                         db_text(day.text)};
    enum statement_id statement = statement_of_payer(work);
    if (statement == STATEMENT_COUNT)
        return error_run(err, EXIT_INTERNAL, "documents are not printed by payer");
    return work_ranges_load(db, statement, arguments, 2 + argument_count(work), arena, ret_ranges,
                            err) ||
           error_context(err, "looking for due work of one payer");
}

bool due_work_load_drafts(struct db *db, struct date business_date, struct arena *arena,
                          struct draft_range **ret_ranges, size_t *ret_count, struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, STMT_WORK_UNNUMBERED, DB_ARGS(db_text(date_text(business_date).text)),
                       arena, draft_range_fields, ARRAY_LEN(draft_range_fields),
                       sizeof(struct draft_range), &items, ret_count, err))
        return error_context(err, "looking for drafts to number");
    *ret_ranges = items;
    return true;
}
