/* Loading what is corrected: see correction_invoices.h. Each statement is asked of all invoices at
 * once: a server takes longer to plan one than to answer it. */
#include "core/stores/correction_invoices.h"

#include <string.h>

#include "core/base/array.h"
#include "core/base/text.h"
#include "core/stores/correction_accounts.h"
#include "core/stores/correction_given.h"

struct loading {
    struct db *db;
    int64_t tenant_id;
    struct arena *arena;
    struct corrected_invoice *const *items;
    size_t count;
};

/* What is asked by the number of an invoice, and by its id: rows begin so. */
struct by_number {
    int64_t tenant_id;
    const char *number;
};
struct by_id {
    int64_t tenant_id, invoice_id;
};

#define ASKED(bulk_name, asked, field_list, keys, row)                                             \
    {                                                                                              \
        .name = (bulk_name), .kind = BULK_ASK, .statement = (asked), .fields = (field_list),       \
        .field_count = ARRAY_LEN(field_list), .key_count = (keys), .row_size = sizeof(row)         \
    }

static bool ask_by_number(const struct loading *loading, const struct bulk_table *table,
                          struct bulk_found *ret_found, struct error *err)
{
    char *keys = arena_alloc_array(loading->arena, loading->count + 1, table->row_size);
    for (size_t i = 0; i < loading->count; i++) {
        const struct by_number key = {loading->tenant_id, loading->items[i]->subject.number};
        memcpy(keys + i * table->row_size, &key, sizeof key);
    }
    return bulk_find(loading->db, table, keys, loading->count, loading->arena, ret_found, err);
}

static bool ask_by_id(const struct loading *loading, const struct bulk_table *table,
                      struct bulk_found *ret_found, struct error *err)
{
    char *keys = arena_alloc_array(loading->arena, loading->count + 1, table->row_size);
    for (size_t i = 0; i < loading->count; i++) {
        const struct by_id key = {loading->tenant_id, loading->items[i]->stored.invoice_id};
        memcpy(keys + i * table->row_size, &key, sizeof key);
    }
    return bulk_find(loading->db, table, keys, loading->count, loading->arena, ret_found, err);
}

/* ---------------------------------------------------------------- what was credited */

/* What one note took of one line, or of one tax. */
struct taken {
    struct by_number of;
    int64_t number, taken_minor;
};

static const struct row_field taken_line_fields[] = {
    ROW_FIELD(struct taken, of.tenant_id, "tenant_id"),
    ROW_FIELD(struct taken, of.number, "corrects"),
    ROW_FIELD(struct taken, number, "line"),
    ROW_FIELD(struct taken, taken_minor, "net_minor"),
};
static const struct row_field taken_tax_fields[] = {
    ROW_FIELD(struct taken, of.tenant_id, "tenant_id"),
    ROW_FIELD(struct taken, of.number, "corrects"),
    ROW_FIELD(struct taken, number, "tax"),
    ROW_FIELD(struct taken, taken_minor, "tax_minor"),
};
static const struct bulk_table taken_lines =
    ASKED("correction_note_lines", STMT_CORRECTION_NOTE_LINES, taken_line_fields, 2, struct taken);
static const struct bulk_table taken_taxes =
    ASKED("correction_note_taxes", STMT_CORRECTION_NOTE_TAXES, taken_tax_fields, 2, struct taken);

static bool add_taken(const struct taken *taken, struct currency currency, struct money *sum,
                      struct error *err)
{
    return money_add(*sum, money_of_minor(taken->taken_minor, currency), sum, err);
}

static bool fill_credited(const struct loading *loading, struct error *err)
{
    struct bulk_found lines, taxes;
    if (!ask_by_number(loading, &taken_lines, &lines, err) ||
        !ask_by_number(loading, &taken_taxes, &taxes, err))
        return error_context(err, "loading what was credited");
    struct bulk_cursor line_rows = {&lines, 0};
    struct bulk_cursor tax_rows = {&taxes, 0};
    for (size_t i = 0; i < loading->count; i++) {
        struct correction_subject *subject = &loading->items[i]->subject;
        const struct taken *taken = NULL;
        while ((taken = bulk_cursor_next(&line_rows, i, sizeof *taken)) != NULL)
            for (size_t l = 0; l < subject->line_count; l++)
                if (subject->lines[l].line == taken->number &&
                    !add_taken(taken, subject->currency, &subject->credited_nets[l], err))
                    return false;
        while ((taken = bulk_cursor_next(&tax_rows, i, sizeof *taken)) != NULL)
            for (size_t t = 0; t < subject->tax_count; t++)
                if (subject->taxes[t].tax == taken->number &&
                    !add_taken(taken, subject->currency, &subject->credited_taxes[t], err))
                    return false;
    }
    return true;
}

/* ---------------------------------------------------------------- what became of it */

struct noted {
    struct by_number of;
    struct correction_note note;
};

static const struct row_field noted_fields[] = {
    ROW_FIELD(struct noted, of.tenant_id, "tenant_id"),
    ROW_FIELD(struct noted, of.number, "corrects"),
    ROW_FIELD(struct noted, note.draft_key, "draft_key"),
    ROW_FIELD(struct noted, note.number, "number"),
    ROW_FIELD(struct noted, note.status, "status"),
    ROW_FIELD(struct noted, note.total_minor, "total_minor"),
    ROW_FIELD(struct noted, note.amount_due_minor, "amount_due_minor"),
    ROW_FIELD(struct noted, note.off_minor, "off_minor"),
};
static const struct bulk_table notes_of =
    ASKED("correction_notes", STMT_CORRECTION_NOTES, noted_fields, 2, struct noted);
static const struct bulk_table rebilled_of =
    ASKED("correction_rebilled", STMT_CORRECTION_REBILLED, noted_fields, 2, struct noted);

struct decision {
    struct by_number of;
    const char *correction, *action;
    int64_t amount_minor;
};

static const struct row_field decision_fields[] = {
    ROW_FIELD(struct decision, of.tenant_id, "tenant_id"),
    ROW_FIELD(struct decision, of.number, "invoice"),
    ROW_FIELD(struct decision, correction, "correction"),
    ROW_FIELD(struct decision, action, "action"),
    ROW_FIELD(struct decision, amount_minor, "amount_minor"),
};
static const struct bulk_table decisions_of =
    ASKED("correction_decisions", STMT_CORRECTION_DECISIONS, decision_fields, 2, struct decision);

/* What was paid of it, or given back of that. */
struct paid {
    struct by_number of;
    const char *gateway, *reference;
    int64_t amount_minor;
};

static const struct row_field paid_fields[] = {
    ROW_FIELD(struct paid, of.tenant_id, "tenant_id"),
    ROW_FIELD(struct paid, of.number, "invoice"),
    ROW_FIELD(struct paid, gateway, "gateway"),
    ROW_FIELD(struct paid, reference, "gateway_reference"),
    ROW_FIELD(struct paid, amount_minor, "amount_minor"),
};
static const struct bulk_table payments_of =
    ASKED("payments_of_invoice", STMT_PAYMENTS_OF_INVOICE, paid_fields, 2, struct paid);
static const struct bulk_table refunds_of =
    ASKED("refunds_of_invoice", STMT_REFUNDS_OF_INVOICE, paid_fields, 2, struct paid);

struct event_list ARRAY_OF(struct settlement_event);

static void add_event(const struct loading *loading, const struct corrected_invoice *of,
                      enum settlement_kind kind, const char *reference, int64_t amount_minor,
                      struct event_list *events)
{
    if (amount_minor > 0)
        ARRAY_ADD(loading->arena, events) =
            (struct settlement_event){.kind = kind,
                                      .reference = reference,
                                      .amount = money_of_minor(amount_minor, of->subject.currency)};
}

/* By the gateway's name too: references are its own. */
static void add_paid(const struct loading *loading, const struct corrected_invoice *of,
                     size_t place, enum settlement_kind kind, struct bulk_cursor *rows,
                     struct event_list *events)
{
    const struct paid *paid = NULL;
    while ((paid = bulk_cursor_next(rows, place, sizeof *paid)) != NULL)
        add_event(loading, of, kind,
                  arena_printf(loading->arena, "%s %s", paid->gateway, paid->reference),
                  paid->amount_minor, events);
}

/* By how much another document lowered what stays written off; below zero: that much of what was
 * lowered before it is charged there. */
struct off_by {
    struct by_number of;
    const char *document; /* its number, or the key of a draft */
    int64_t off_minor;
};

static const struct row_field off_by_fields[] = {
    ROW_FIELD(struct off_by, of.tenant_id, "tenant_id"),
    ROW_FIELD(struct off_by, of.number, "of_invoice"),
    ROW_FIELD(struct off_by, document, "document"),
    ROW_FIELD(struct off_by, off_minor, "off_minor"),
};
static const struct bulk_table off_by_others =
    ASKED("correction_off_by", STMT_WRITTEN_OFF_BY_OTHERS, off_by_fields, 2, struct off_by);

static const int64_t *ids_of(const struct loading *loading)
{
    int64_t *ids = ARENA_NEW_ARRAY(loading->arena, int64_t, loading->count + 1);
    for (size_t i = 0; i < loading->count; i++)
        ids[i] = loading->items[i]->stored.invoice_id;
    return ids;
}

struct changes {
    struct by_id of;
    int64_t changes;
};

static const struct row_field changes_fields[] = {
    ROW_FIELD(struct changes, of.tenant_id, "tenant_id"),
    ROW_FIELD(struct changes, of.invoice_id, "invoice_id"),
    ROW_FIELD(struct changes, changes, "changes"),
};
static const struct bulk_table changes_of = {.name = "correction_changes",
                                             .kind = BULK_INSERT,
                                             .table = "invoice",
                                             .fields = changes_fields,
                                             .field_count = ARRAY_LEN(changes_fields),
                                             .key_count = 2,
                                             .row_size = sizeof(struct changes)};

/* Before anything else is read of them: what comes later is seen as the chunk is written. */
static bool fill_changes(const struct loading *loading, struct error *err)
{
    struct bulk_found found;
    if (!ask_by_id(loading, &changes_of, &found, err))
        return false;
    const struct changes *rows = found.rows;
    for (size_t i = 0; i < found.count; i++)
        loading->items[found.places[i]]->changes = rows[i].changes;
    return true;
}

/* What it asked for. */
static bool fill_claim(const struct loading *loading, struct error *err)
{
    int64_t *off_minor = ARENA_NEW_ARRAY(loading->arena, int64_t, loading->count + 1);
    if (!written_off_store_load_sums(loading->db, loading->tenant_id, ids_of(loading),
                                     loading->count, loading->arena, off_minor, err))
        return false;
    for (size_t i = 0; i < loading->count; i++) {
        struct corrected_invoice *of = loading->items[i];
        const struct stored_invoice *stored = &of->stored;
        bool is_note = document_kind_of(stored->kind) == DOCUMENT_CREDIT_NOTE;
        of->drawn_minor = is_note ? 0 : stored->credit_applied_minor + off_minor[i];
        of->claim =
            money_of_minor(is_note ? -stored->amount_due_minor : stored->total_minor + off_minor[i],
                           of->subject.currency);
    }
    return true;
}

/* What notes over those of which something is asked are off. */
static bool fill_off(const struct loading *loading, const struct wanted_invoice *const *wanted,
                     struct error *err)
{
    struct written_off_book *book = ARENA_NEW(loading->arena, struct written_off_book);
    bool is_asked = false;
    for (size_t i = 0; i < loading->count; i++)
        is_asked = is_asked || wanted[i]->request_count > 0;
    if (!is_asked)
        return true;
    if (!written_off_store_open(loading->db, loading->tenant_id, ids_of(loading), loading->count,
                                loading->arena, book, err))
        return false;
    for (size_t i = 0; i < loading->count && book->ledger.invoice_count > 0; i++)
        loading->items[i]->off = book;
    return true;
}

/* With room for one more by request. */
static void take_events(const struct loading *loading, const struct event_list *events,
                        size_t request_count, struct corrected_invoice *of)
{
    of->event_count = events->count;
    of->events =
        ARENA_NEW_ARRAY(loading->arena, struct settlement_event, events->count + request_count + 1);
    if (events->count > 0)
        memcpy(of->events, events->items, events->count * sizeof *of->events);
}

/* By whom what stays written off of it was lowered. Where one charges again what another gave back,
 * they are one event: each is above zero. */
static void add_given(const struct loading *loading, const struct corrected_invoice *of,
                      size_t place, struct bulk_cursor *rows, struct event_list *events)
{
    const struct off_by *by = NULL;
    size_t first = rows->next, end = rows->next;
    int64_t sum_minor = 0;
    bool is_mixed = false;
    for (; (by = bulk_cursor_next(rows, place, sizeof *by)) != NULL; end = rows->next) {
        sum_minor += by->off_minor;
        is_mixed = is_mixed || by->off_minor < 0;
    }
    if (is_mixed)
        add_event(loading, of, SETTLEMENT_GIVEN_BACK, "several documents", sum_minor, events);
    by = rows->found->rows;
    for (size_t i = first; i < end && !is_mixed; i++)
        add_event(loading, of, SETTLEMENT_GIVEN_BACK, by[i].document, by[i].off_minor, events);
}

/* `wanted`: of each how many requests there are; NULL: none. */
static bool fill_events(const struct loading *loading, const struct wanted_invoice *const *wanted,
                        struct error *err)
{
    struct bulk_found notes, decisions, others, payments, refunds;
    if (!ask_by_number(loading, &notes_of, &notes, err) ||
        !ask_by_number(loading, &off_by_others, &others, err) ||
        !ask_by_number(loading, &decisions_of, &decisions, err) ||
        !ask_by_number(loading, &payments_of, &payments, err) ||
        !ask_by_number(loading, &refunds_of, &refunds, err))
        return error_context(err, "loading what was decided of invoices");
    struct bulk_cursor note_rows = {&notes, 0};
    struct bulk_cursor decision_rows = {&decisions, 0};
    struct bulk_cursor other_rows = {&others, 0};
    struct bulk_cursor payment_rows = {&payments, 0};
    struct bulk_cursor refund_rows = {&refunds, 0};
    struct event_list events = {0};
    for (size_t i = 0; i < loading->count; i++) {
        struct corrected_invoice *of = loading->items[i];
        const struct noted *noted = NULL;
        const struct decision *decision = NULL;
        events.count = 0;
        add_event(loading, of, SETTLEMENT_PAYMENT, CREDIT_APPLIED_REFERENCE, of->drawn_minor,
                  &events);
        add_paid(loading, of, i, SETTLEMENT_PAYMENT, &payment_rows, &events);
        add_paid(loading, of, i, SETTLEMENT_REFUND, &refund_rows, &events);
        add_given(loading, of, i, &other_rows, &events);
        for (; (noted = bulk_cursor_next(&note_rows, i, sizeof *noted)) != NULL; of->note_count++) {
            bool is_draft = noted->note.number == NULL;
            add_event(loading, of, SETTLEMENT_CREDIT_NOTE,
                      is_draft ? noted->note.draft_key : noted->note.number,
                      noted->note.total_minor - noted->note.off_minor, &events);
            of->notes_due_minor += is_draft ? noted->note.amount_due_minor : 0;
            of->notes_given_minor += noted->note.amount_due_minor;
        }
        while ((decision = bulk_cursor_next(&decision_rows, i, sizeof *decision)) != NULL) {
            if (text_equal(decision->action, "write_off"))
                add_event(loading, of, SETTLEMENT_WRITE_OFF, decision->correction,
                          decision->amount_minor, &events);
            if (text_equal(decision->action, "rebill"))
                of->rebilled_by = decision->correction;
        }
        take_events(loading, &events, wanted == NULL ? 0 : wanted[i]->request_count, of);
    }
    return true;
}

struct overdrawn {
    struct by_id of;
    int64_t customer_id;
    int64_t overdrawn_minor;
};

static const struct row_field overdrawn_fields[] = {
    ROW_FIELD(struct overdrawn, of.tenant_id, "tenant_id"),
    ROW_FIELD(struct overdrawn, of.invoice_id, "invoice_id"),
    ROW_FIELD(struct overdrawn, customer_id, "customer_id"),
    ROW_FIELD(struct overdrawn, overdrawn_minor, "overdrawn_minor"),
};
static const struct bulk_table overdrawn_of =
    ASKED("correction_overdrawn", STMT_CORRECTION_OVERDRAWN, overdrawn_fields, 3, struct overdrawn);

/* An overdraft paid nothing: whoever has it owes it instead. */
static bool fill_overdrawn(const struct loading *loading, struct error *err)
{
    struct overdrawn *keys = ARENA_NEW_ARRAY(loading->arena, struct overdrawn, loading->count + 1);
    struct corrected_invoice **asked = (struct corrected_invoice **)arena_alloc_array(
        loading->arena, loading->count + 1, sizeof *asked);
    struct bulk_found found;
    size_t count = 0;
    for (size_t i = 0; i < loading->count; i++) {
        const struct stored_invoice *stored = &loading->items[i]->stored;
        if (loading->items[i]->drawn_minor <= 0)
            continue;
        asked[count] = loading->items[i];
        keys[count++] = (struct overdrawn){
            {loading->tenant_id, stored->invoice_id},
            stored->customer_id, 0
        };
    }
    if (!bulk_find(loading->db, &overdrawn_of, keys, count, loading->arena, &found, err))
        return error_context(err, "looking for what invoices are overdrawn by");
    const struct overdrawn *rows = found.rows;
    for (size_t i = 0; i < found.count; i++)
        asked[found.places[i]]->overdrawn_minor = rows[i].overdrawn_minor;
    return true;
}

/* ---------------------------------------------------------------- what it billed */

struct period_of_invoice {
    struct by_id of;
    struct corrected_period period;
};

static const struct row_field period_fields[] = {
    ROW_FIELD(struct period_of_invoice, of.tenant_id, "tenant_id"),
    ROW_FIELD(struct period_of_invoice, of.invoice_id, "invoice_id"),
    ROW_FIELD(struct period_of_invoice, period.line, "line"),
    ROW_FIELD(struct period_of_invoice, period.subscription_id, "subscription_id"),
    ROW_FIELD(struct period_of_invoice, period.price_id, "price_id"),
    ROW_FIELD(struct period_of_invoice, period.start_on, "start_on"),
    ROW_FIELD(struct period_of_invoice, period.kind, "kind"),
    ROW_FIELD(struct period_of_invoice, period.end_on, "end_on"),
    ROW_FIELD(struct period_of_invoice, period.start_at_us, "start_at_us"),
    ROW_FIELD(struct period_of_invoice, period.end_at_us, "end_at_us"),
    ROW_FIELD(struct period_of_invoice, period.full_start_on, "full_start_on"),
    ROW_FIELD(struct period_of_invoice, period.full_end_on, "full_end_on"),
    ROW_FIELD(struct period_of_invoice, period.quantity, "quantity"),
    ROW_FIELD(struct period_of_invoice, period.priced_on, "priced_on"),
    ROW_FIELD(struct period_of_invoice, period.proration, "proration"),
    ROW_FIELD(struct period_of_invoice, period.counts_from_on, "counts_from_on"),
    ROW_FIELD(struct period_of_invoice, period.counts_from_us, "counts_from_us"),
    ROW_FIELD(struct period_of_invoice, period.counts_gaps, "counts_gaps"),
    ROW_FIELD(struct period_of_invoice, period.waiting, "waiting"),
    ROW_FIELD(struct period_of_invoice, period.waiting_again, "waiting_again"),
    ROW_FIELD(struct period_of_invoice, period.again_for, "again_for"),
    ROW_FIELD(struct period_of_invoice, period.ended, "ended"),
};
static const struct bulk_table periods_of = ASKED("correction_periods", STMT_CORRECTION_PERIODS,
                                                  period_fields, 2, struct period_of_invoice);

static bool fill_periods(const struct loading *loading, struct error *err)
{
    struct bulk_found found;
    if (!ask_by_id(loading, &periods_of, &found, err))
        return error_context(err, "loading the periods of invoices");
    struct bulk_cursor rows = {&found, 0};
    for (size_t i = 0; i < loading->count; i++) {
        struct corrected_invoice *of = loading->items[i];
        struct periods ARRAY_OF(struct corrected_period) periods = {0};
        const struct period_of_invoice *row = NULL;
        while ((row = bulk_cursor_next(&rows, i, sizeof *row)) != NULL)
            ARRAY_ADD(loading->arena, &periods) = row->period;
        of->periods = periods.items;
        of->period_count = periods.count;
    }
    return true;
}

/* ---------------------------------------------------------------- what is billed again with it */

/* A document that credited rests of periods of an invoice, the place of which is `of`. */
struct crediting {
    size_t of;
    int64_t invoice_id;
};
struct creditings ARRAY_OF(struct crediting);

/* Of invoices that are billed again. The lines come by document. */
static struct creditings find_crediting(const struct loading *loading,
                                        const struct wanted_invoice *const *wanted)
{
    struct creditings found = {0};
    for (size_t i = 0; i < loading->count; i++) {
        const struct corrected_invoice *of = loading->items[i];
        for (size_t k = 0; wanted[i]->is_billed_again && k < of->credit_count; k++)
            if (k == 0 || of->credits[k].invoice_id != of->credits[k - 1].invoice_id)
                ARRAY_ADD(loading->arena, &found) =
                    (struct crediting){i, of->credits[k].invoice_id};
    }
    return found;
}

static bool is_credit(const struct corrected_invoice *of, int64_t invoice_id, int64_t line)
{
    for (size_t i = 0; i < of->credit_count; i++)
        if (of->credits[i].invoice_id == invoice_id && of->credits[i].line == line)
            return true;
    return false;
}

static bool fill_credited_periods(const struct loading *loading,
                                  const struct wanted_invoice *const *wanted, struct error *err)
{
    struct creditings crediting = find_crediting(loading, wanted);
    struct period_of_invoice *keys =
        ARENA_NEW_ARRAY(loading->arena, struct period_of_invoice, crediting.count + 1);
    struct bulk_found found;
    if (crediting.count == 0)
        return true;
    for (size_t i = 0; i < crediting.count; i++)
        keys[i].of = (struct by_id){loading->tenant_id, crediting.items[i].invoice_id};
    if (!bulk_find(loading->db, &periods_of, keys, crediting.count, loading->arena, &found, err))
        return error_context(err, "loading what gave back of invoices");
    const struct period_of_invoice *rows = found.rows;
    for (size_t i = 0; i < found.count; i++) {
        const struct crediting *by = &crediting.items[found.places[i]];
        struct corrected_invoice *of = loading->items[by->of];
        if (!is_credit(of, by->invoice_id, rows[i].period.line) || rows[i].period.again_for != NULL)
            continue;
        if (of->credited == NULL)
            of->credited =
                ARENA_NEW_ARRAY(loading->arena, struct corrected_period, of->credit_count);
        of->credited[of->credited_count++] = rows[i].period;
    }
    return true;
}

/* ---------------------------------------------------------------- what was given back */

static struct money *zeros(struct arena *arena, struct currency currency, size_t count)
{
    struct money *amounts = ARENA_NEW_ARRAY(arena, struct money, count + 1);
    for (size_t i = 0; i < count; i++)
        amounts[i] = money_zero(currency);
    return amounts;
}

/* What is credited is the same array for both subjects. */
static void begin_given(struct corrected_invoice *of, struct arena *arena)
{
    struct correction_subject *subject = &of->subject;
    of->is_gone = ARENA_NEW_ARRAY(arena, bool, subject->line_count + 1);
    for (size_t i = 0; i < subject->line_count; i++)
        of->is_gone[i] = false;
    of->valid = *subject;
    subject->given_nets = zeros(arena, subject->currency, subject->line_count);
    subject->given_taxes = zeros(arena, subject->currency, subject->tax_count);
    of->valid.given_nets = zeros(arena, subject->currency, subject->line_count);
    of->valid.given_taxes = zeros(arena, subject->currency, subject->tax_count);
}

/* ---------------------------------------------------------------- all of it */

static struct corrected_invoice *begin_invoice(const struct stored_invoice *stored,
                                               enum rounding rounding, struct arena *arena)
{
    struct corrected_invoice *of = ARENA_NEW(arena, struct corrected_invoice);
    *of = (struct corrected_invoice){
        .stored = *stored,
        .status = invoice_status_of(stored->status),
        .subject =
            {
                      .number = stored->number,
                      .lines =
                    draft_line_contents(stored->lines, stored->line_count, stored->currency, arena),
                      .taxes =
                    draft_tax_contents(stored->taxes, stored->tax_count, stored->currency, arena),
                      .line_count = stored->line_count,
                      .tax_count = stored->tax_count,
                      .credited_nets = zeros(arena, stored->currency, stored->line_count),
                      .credited_taxes = zeros(arena, stored->currency, stored->tax_count),
                      .currency = stored->currency,
                      .rounding = rounding,
                      },
    };
    begin_given(of, arena);
    return of;
}

bool correction_invoices_load(struct db *db, int64_t tenant_id, enum rounding rounding,
                              struct wanted_invoice *wanted, size_t count, struct arena *arena,
                              struct error *err)
{
    const char **numbers = (const char **)arena_alloc_array(arena, count + 1, sizeof *numbers);
    struct corrected_invoice **items =
        (struct corrected_invoice **)arena_alloc_array(arena, count + 1, sizeof *items);
    const struct wanted_invoice **found =
        (const struct wanted_invoice **)arena_alloc_array(arena, count + 1, sizeof *found);
    struct loading loading = {.db = db, .tenant_id = tenant_id, .arena = arena, .items = items};
    struct stored_invoice *stored = NULL;
    for (size_t i = 0; i < count; i++)
        numbers[i] = wanted[i].number;
    if (!draft_store_find_numbers(db, tenant_id, numbers, count, arena, &stored, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (stored[i].number == NULL)
            continue;
        wanted[i].of = begin_invoice(&stored[i], rounding, arena);
        found[loading.count] = &wanted[i];
        items[loading.count++] = wanted[i].of;
    }
    return fill_changes(&loading, err) && fill_credited(&loading, err) &&
           fill_periods(&loading, err) &&
           correction_given_load(db, tenant_id, rounding, items, loading.count, arena, err) &&
           correction_accounts_load(db, tenant_id, items, loading.count, arena, err) &&
           fill_credited_periods(&loading, found, err) && fill_claim(&loading, err) &&
           fill_off(&loading, found, err) && fill_events(&loading, found, err) &&
           fill_overdrawn(&loading, err);
}

/* ---------------------------------------------------------------- for people */

static bool load_listed(struct db *db, int64_t tenant_id, const struct bulk_table *table,
                        const char *invoice, struct arena *arena,
                        struct correction_note **ret_documents, size_t *ret_count,
                        struct error *err)
{
    const struct noted key = {
        .of = {tenant_id, invoice}
    };
    struct bulk_found found;
    if (!bulk_find(db, table, &key, 1, arena, &found, err))
        return error_context(err, "looking for documents that correct %s", invoice);
    const struct noted *rows = found.rows;
    *ret_documents = ARENA_NEW_ARRAY(arena, struct correction_note, found.count + 1);
    *ret_count = found.count;
    for (size_t i = 0; i < found.count; i++)
        (*ret_documents)[i] = rows[i].note;
    return true;
}

bool correction_store_load_notes(struct db *db, int64_t tenant_id, const char *invoice,
                                 struct arena *arena, struct correction_note **ret_notes,
                                 size_t *ret_count, struct error *err)
{
    return load_listed(db, tenant_id, &notes_of, invoice, arena, ret_notes, ret_count, err);
}

bool correction_store_load_rebilled(struct db *db, int64_t tenant_id, const char *invoice,
                                    struct arena *arena, struct correction_note **ret_invoices,
                                    size_t *ret_count, struct error *err)
{
    return load_listed(db, tenant_id, &rebilled_of, invoice, arena, ret_invoices, ret_count, err);
}

bool correction_store_load_claims(struct db *db, int64_t tenant_id,
                                  const struct stored_invoice *invoices, size_t count,
                                  struct arena *arena, struct document_claim *ret_claims,
                                  struct error *err)
{
    struct corrected_invoice *of = ARENA_NEW_ARRAY(arena, struct corrected_invoice, count + 1);
    struct corrected_invoice **items =
        (struct corrected_invoice **)arena_alloc_array(arena, count + 1, sizeof *items);
    const struct loading loading = {db, tenant_id, arena, items, count};
    for (size_t i = 0; i < count; i++) {
        of[i] = (struct corrected_invoice){
            .stored = invoices[i],
            .subject = {.number = invoices[i].number, .currency = invoices[i].currency}
        };
        items[i] = &of[i];
    }
    if (!fill_claim(&loading, err) || !fill_events(&loading, NULL, err))
        return error_context(err, "loading what became of invoices");
    for (size_t i = 0; i < count; i++)
        ret_claims[i] = (struct document_claim){of[i].claim, of[i].drawn_minor, of[i].events,
                                                of[i].event_count};
    return true;
}

bool correction_store_load_claim(struct db *db, int64_t tenant_id,
                                 const struct stored_invoice *invoice, struct arena *arena,
                                 struct document_claim *ret_claim, struct error *err)
{
    return correction_store_load_claims(db, tenant_id, invoice, 1, arena, ret_claim, err) ||
           error_context(err, "%s", invoice->number);
}
