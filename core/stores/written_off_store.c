/* What is given back of what was written off: see written_off_store.h. */
#include "core/stores/written_off_store.h"

#include "core/base/array.h"
#include "core/billing/settlement.h"
#include "core/stores/give_back_store.h"

/* An invoice that lines give back of. */
struct written_off {
    int64_t invoice_id;
    int64_t total_minor, credit_applied_minor, noted_minor;
    int64_t written_off_minor; /* DB_I64_NONE: nothing was */
    int64_t taken_minor;       /* off that, by documents and by drafts that are done here */
};

static const struct row_field fields[] = {
    ROW_FIELD(struct written_off, invoice_id, "invoice_id"),
    ROW_FIELD(struct written_off, total_minor, "total_minor"),
    ROW_FIELD(struct written_off, credit_applied_minor, "credit_applied_minor"),
    ROW_FIELD(struct written_off, noted_minor, "noted_minor"),
    ROW_FIELD(struct written_off, written_off_minor, "written_off_minor"),
};

/* By what an earlier document gave back of one subscription. */
struct taken_by {
    int64_t invoice_id;
    int64_t credit_applied_minor; /* of the document */
    int64_t net_minor;            /* gave back in all */
    int64_t given_minor;          /* by lines that may give back of the invoice */
};

static const struct row_field taken_fields[] = {
    ROW_FIELD(struct taken_by, invoice_id, "invoice_id"),
    ROW_FIELD(struct taken_by, credit_applied_minor, "credit_applied_minor"),
    ROW_FIELD(struct taken_by, net_minor, "net_minor"),
    ROW_FIELD(struct taken_by, given_minor, "given_minor"),
};

struct all_written_off ARRAY_OF(struct written_off);

struct applying {
    struct db *db;
    int64_t tenant_id;
    enum rounding rounding;
    struct arena *arena;
    struct all_written_off invoices; /* that were asked for */
};

static int64_t lower(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Documents say in one sum what they took off all invoices: of this one no more than they gave back
 * of it. */
static bool load_taken(struct applying *applying, struct written_off *invoice, struct error *err)
{
    struct taken_by *taken = NULL;
    size_t count = 0;
    if (!rows_load_all(applying->db, STMT_WRITTEN_OFF_TAKEN,
                       DB_ARGS(db_i64(applying->tenant_id), db_i64(invoice->invoice_id)),
                       applying->arena, taken_fields, ARRAY_LEN(taken_fields), sizeof *taken,
                       (void **)&taken, &count, err))
        return false;
    for (size_t first = 0, end = 0; first < count; first = end) {
        int64_t of_document = 0;
        for (; end < count && taken[end].invoice_id == taken[first].invoice_id; end++)
            if (taken[end].net_minor > 0)
                of_document += lower(taken[end].net_minor, taken[end].given_minor);
        invoice->taken_minor += lower(of_document, taken[first].credit_applied_minor);
    }
    return true;
}

static bool find_invoice(struct applying *applying, int64_t invoice_id,
                         struct written_off **ret_invoice, struct error *err)
{
    struct written_off loaded = {0};
    bool found = false;
    for (size_t i = 0; i < applying->invoices.count; i++)
        if (applying->invoices.items[i].invoice_id == invoice_id) {
            *ret_invoice = &applying->invoices.items[i];
            return true;
        }
    if (!rows_load_one(applying->db, STMT_WRITTEN_OFF_INVOICE,
                       DB_ARGS(db_i64(applying->tenant_id), db_i64(invoice_id)), applying->arena,
                       fields, ARRAY_LEN(fields), &loaded, &found, err) ||
        (loaded.written_off_minor != DB_I64_NONE && !load_taken(applying, &loaded, err)))
        return error_context(err, "loading what was written off");
    if (!found)
        return error_run(err, EXIT_DATA, "an invoice that is given back of is not there");
    *ret_invoice = &ARRAY_ADD(applying->arena, &applying->invoices);
    **ret_invoice = loaded;
    return true;
}

static void add_event(struct settlement_event *events, size_t *count, enum settlement_kind kind,
                      const char *reference, struct money amount)
{
    if (money_sign(amount) > 0)
        events[(*count)++] = (struct settlement_event){kind, reference, amount};
}

/* Off what stays written off of the invoice, at most *given, which is less by it. */
static bool take_off(struct applying *applying, struct written_off *invoice, struct money *given,
                     struct money *sum, struct error *err)
{
    struct currency currency = given->currency;
    struct settlement_event events[3];
    size_t count = 0;
    struct money off;
    if (invoice->written_off_minor == DB_I64_NONE || money_sign(*given) <= 0)
        return true;
    add_event(events, &count, SETTLEMENT_PAYMENT, "credit applied",
              money_of_minor(invoice->credit_applied_minor, currency));
    add_event(events, &count, SETTLEMENT_CREDIT_NOTE, "notes",
              money_of_minor(invoice->noted_minor, currency));
    add_event(events, &count, SETTLEMENT_WRITE_OFF, "written off",
              money_of_minor(invoice->written_off_minor, currency));
    if (!settlement_off_written(money_of_minor(invoice->total_minor, currency), events, count,
                                money_of_minor(invoice->taken_minor, currency), *given,
                                applying->arena, &off, err) ||
        !money_subtract(*given, off, given, err) || !money_add(*sum, off, sum, err))
        return false;
    invoice->taken_minor += money_minor(off);
    return true;
}

/* With its tax where that is on top: what it gives back is above zero. */
static struct money given_by(const struct draft *draft, const struct stored_line *line)
{
    int64_t minor = line->amount_minor - line->discount_minor;
    for (size_t i = 0; i < draft->tax_count; i++)
        if (draft->taxes[i].tax == line->tax && !draft->taxes[i].inclusive)
            minor += line->tax_minor;
    return money_of_minor(-minor, draft->currency);
}

/* Of the invoices that the line gives back of, at most what is left for its subscription. */
static bool take_line(struct applying *applying, const struct draft *draft,
                      const struct stored_line *line, struct money *left, struct money *sum,
                      struct error *err)
{
    struct giving_line giving = {line->kind, line->period_start_on, line->period_end_on,
                                 money_of_minor(line->amount_minor, draft->currency)};
    struct money given = given_by(draft, line);
    struct given_back back;
    int32_t order = 0;
    if (money_sign(given) <= 0 || !give_back_does(line->kind, line->amount_minor < 0))
        return true;
    if (!give_back_store_find(applying->db, applying->tenant_id, draft->invoice_id, line->line,
                              draft->draft_key, &giving, applying->rounding, applying->arena, &back,
                              err) ||
        !money_compare(given, *left, &order, err))
        return false;
    if (order > 0)
        given = *left;
    for (size_t i = 0; i < back.count; i++) {
        struct written_off *invoice = NULL;
        struct money before = given;
        if (back.of[i].invoice_id == draft->invoice_id)
            continue;
        if (!find_invoice(applying, back.of[i].invoice_id, &invoice, err) ||
            !take_off(applying, invoice, &given, sum, err) ||
            !money_subtract(before, given, &before, err) ||
            !money_subtract(*left, before, left, err))
            return false;
    }
    return true;
}

static bool is_first_of_subscription(const struct draft *draft, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (draft->lines[i].subscription_id == draft->lines[index].subscription_id)
            return false;
    return true;
}

static bool take_subscription(struct applying *applying, const struct draft *draft,
                              int64_t subscription_id, struct money *sum, struct error *err)
{
    struct money left = money_zero(draft->currency);
    for (size_t i = 0; i < draft->line_count; i++)
        if (draft->lines[i].subscription_id == subscription_id &&
            !money_add(left, given_by(draft, &draft->lines[i]), &left, err))
            return false;
    for (size_t i = 0; i < draft->line_count; i++)
        if (draft->lines[i].subscription_id == subscription_id &&
            !take_line(applying, draft, &draft->lines[i], &left, sum, err))
            return false;
    return true;
}

static bool apply_to(struct applying *applying, struct draft *draft, struct error *err)
{
    struct money sum = money_zero(draft->currency);
    for (size_t i = 0; i < draft->line_count; i++)
        if (is_first_of_subscription(draft, i) &&
            !take_subscription(applying, draft, draft->lines[i].subscription_id, &sum, err))
            return error_context(err, "draft %s", draft->draft_key);
    int64_t off_minor = money_minor(sum);
    if (off_minor > -draft->total_minor)
        off_minor = -draft->total_minor;
    draft->credit_applied_minor -= off_minor;
    draft->amount_due_minor += off_minor;
    return true;
}

bool written_off_store_apply(struct db *db, int64_t tenant_id, enum rounding rounding,
                             struct draft *drafts, size_t count, struct arena *arena,
                             struct error *err)
{
    struct applying applying = {
        .db = db, .tenant_id = tenant_id, .rounding = rounding, .arena = arena};
    int64_t ignored;
    bool found = false;
    if (!db_query_i64(db, STMT_WRITTEN_OFF_ANY, DB_ARGS(db_i64(tenant_id)), &ignored, &found, err))
        return error_context(err, "looking for what was written off");
    for (size_t i = 0; i < count && found; i++)
        if (drafts[i].total_minor < 0 && drafts[i].corrects == NULL &&
            !apply_to(&applying, &drafts[i], err))
            return false;
    return true;
}
