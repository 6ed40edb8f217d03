/* What is given back of what was written off: see written_off_store.h. */
#include "core/stores/written_off_store.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/billing/invoice.h"
#include "core/stores/give_back_store.h"

static const struct row_field row_fields[] = {
    ROW_FIELD(struct written_off_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct written_off_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct written_off_row, line, "line"),
    ROW_FIELD(struct written_off_row, of_invoice, "of_invoice"),
    ROW_FIELD(struct written_off_row, value_minor, "value_minor"),
    ROW_FIELD(struct written_off_row, given_minor, "given_minor"),
    ROW_FIELD(struct written_off_row, off_minor, "off_minor"),
};
const struct bulk_table WRITTEN_OFF_ADD = {
    .name = "written_off_add",
    .kind = BULK_INSERT,
    .table = "written_off_line",
    .fields = row_fields,
    .field_count = ARRAY_LEN(row_fields),
    .key_count = 4,
    .row_size = sizeof(struct written_off_row),
};

#define INVOICE_FIELDS                                                                             \
    ROW_FIELD(struct written_off_invoice, invoice_id, "invoice_id"),                               \
        ROW_FIELD(struct written_off_invoice, number, "number"),                                   \
        ROW_FIELD(struct written_off_invoice, draft_key, "draft_key"),                             \
        ROW_FIELD(struct written_off_invoice, currency, "currency"),                               \
        ROW_FIELD(struct written_off_invoice, total_minor, "total_minor"),                         \
        ROW_FIELD(struct written_off_invoice, credit_applied_minor, "credit_applied_minor"),       \
        ROW_FIELD(struct written_off_invoice, off_minor, "off_minor"),                             \
        ROW_FIELD(struct written_off_invoice, noted_minor, "noted_minor"),                         \
        ROW_FIELD(struct written_off_invoice, written_off_minor, "written_off_minor")

#define ASK(table_name, statement_, field_list, keys, row)                                         \
    {                                                                                              \
        .name = (table_name), .kind = BULK_ASK, .statement = (statement_), .fields = (field_list), \
        .field_count = ARRAY_LEN(field_list), .key_count = (keys), .row_size = sizeof(row)         \
    }

static const struct row_field of_payer_fields[] = {
    ROW_FIELD(struct written_off_invoice, tenant_id, "tenant_id"),
    ROW_FIELD(struct written_off_invoice, customer_id, "customer_id"), INVOICE_FIELDS};
static const struct bulk_table of_payers = ASK("written_off_of_payer", STMT_WRITTEN_OFF_OF_PAYER,
                                               of_payer_fields, 2, struct written_off_invoice);

static const struct row_field of_subscription_fields[] = {
    ROW_FIELD(struct written_off_invoice, tenant_id, "tenant_id"),
    ROW_FIELD(struct written_off_invoice, subscription_id, "subscription_id"), INVOICE_FIELDS};
static const struct bulk_table of_subscriptions =
    ASK("written_off_of_subscription", STMT_WRITTEN_OFF_OF_SUBSCRIPTION, of_subscription_fields, 2,
        struct written_off_invoice);

/* Another draft of a payer. */
struct other_draft {
    int64_t tenant_id, customer_id, invoice_id;
    const char *draft_key;
};
static const struct row_field other_fields[] = {
    ROW_FIELD(struct other_draft, tenant_id, "tenant_id"),
    ROW_FIELD(struct other_draft, customer_id, "customer_id"),
    ROW_FIELD(struct other_draft, invoice_id, "invoice_id"),
    ROW_FIELD(struct other_draft, draft_key, "draft_key"),
};
static const struct bulk_table other_drafts =
    ASK("written_off_drafts", STMT_WRITTEN_OFF_DRAFTS, other_fields, 2, struct other_draft);

/* What a stored line moved. */
struct stored_moved {
    int64_t tenant_id;
    const char *of_invoice;
    int64_t invoice_id, line;
    const char *draft_key;
    int64_t subscription_id, price_id, plan_id;
    bool is_metered;
    struct date full_start_on;
    int64_t given_minor, off_minor, value_minor;
    size_t of;
};
static const struct row_field moved_fields[] = {
    ROW_FIELD(struct stored_moved, tenant_id, "tenant_id"),
    ROW_FIELD(struct stored_moved, of_invoice, "of_invoice"),
    ROW_FIELD(struct stored_moved, invoice_id, "invoice_id"),
    ROW_FIELD(struct stored_moved, line, "line"),
    ROW_FIELD(struct stored_moved, draft_key, "draft_key"),
    ROW_FIELD(struct stored_moved, subscription_id, "subscription_id"),
    ROW_FIELD(struct stored_moved, price_id, "price_id"),
    ROW_FIELD(struct stored_moved, plan_id, "plan_id"),
    ROW_FIELD(struct stored_moved, is_metered, "is_metered"),
    ROW_FIELD(struct stored_moved, full_start_on, "full_start_on"),
    ROW_FIELD(struct stored_moved, value_minor, "value_minor"),
    ROW_FIELD(struct stored_moved, given_minor, "given_minor"),
    ROW_FIELD(struct stored_moved, off_minor, "off_minor"),
};
static const struct bulk_table moved_lines =
    ASK("written_off_moved", STMT_WRITTEN_OFF_MOVED, moved_fields, 2, struct stored_moved);

/* The billing period of a line. */
struct line_period {
    int64_t tenant_id, invoice_id, line;
    struct date full_start_on;
};
static const struct row_field period_fields[] = {
    ROW_FIELD(struct line_period, tenant_id, "tenant_id"),
    ROW_FIELD(struct line_period, invoice_id, "invoice_id"),
    ROW_FIELD(struct line_period, line, "line"),
    ROW_FIELD(struct line_period, full_start_on, "full_start_on"),
};
static const struct bulk_table line_periods =
    ASK("written_off_periods", STMT_WRITTEN_OFF_PERIODS, period_fields, 2, struct line_period);

/* A draft of somebody whom it may concern. */
struct concerned {
    int64_t invoice_id;
    const char *draft_key;
    struct currency currency;
    const struct stored_line *lines;
    const struct stored_tax *taxes;
    size_t line_count, tax_count;
    struct date *full_start_on; /* of each line; DATE_NONE of what no subscription is charged */
    struct draft *draft;        /* NULL: it is none of the chunk */
};

struct all_concerned ARRAY_OF(struct concerned);
struct all_invoices ARRAY_OF(struct written_off_invoice);
struct all_keys ARRAY_OF(struct stored_billed_line);
struct all_rows ARRAY_OF(struct written_off_row);

struct applying {
    struct db *db;
    const struct billing_catalog *catalog;
    int64_t tenant_id;
    struct arena *arena;
    struct draft *drafts;
    size_t count;
    bool *is_concerned; /* of each draft */
    struct all_invoices invoices;
    struct all_concerned concerned;
    struct off_ledger ledger;
    struct stored_moved *moved; /* in the order of documents */
    size_t moved_count, moved_next;
    struct bulk_found given; /* by the lines that give back, in the order of keys */
    struct all_keys keys;
};

/* ---------------------------------------------------------------- whom it concerns */

static bool gives_back(const struct stored_line *line)
{
    return line->subscription_id != 0 && give_back_does(line->kind, line->amount_minor < 0);
}

static int compare_invoices(const void *a, const void *b)
{
    const struct written_off_invoice *left = a;
    const struct written_off_invoice *right = b;
    int order = invoice_draft_order(left->draft_key, right->draft_key);
    return order != 0 ? order : strcmp(left->draft_key, right->draft_key);
}

static bool is_applicable(const struct draft *draft)
{
    return draft->corrects == NULL || text_equal(draft->kind, "invoice");
}

/* Keys of one kind: one for each draft, or for each of its lines that gives back. */
static bool ask_invoices(struct applying *applying, const struct bulk_table *table,
                         const struct written_off_invoice *keys, const size_t *draft_of,
                         size_t count, struct error *err)
{
    struct bulk_found found;
    if (!bulk_find(applying->db, table, keys, count, applying->arena, &found, err))
        return error_context(err, "looking for what was written off");
    const struct written_off_invoice *invoices = found.rows;
    for (size_t i = 0; i < found.count; i++) {
        applying->is_concerned[draft_of[found.places[i]]] = true;
        ARRAY_ADD(applying->arena, &applying->invoices) = invoices[i];
    }
    return true;
}

static bool find_invoices(struct applying *applying, struct error *err)
{
    size_t most = applying->count;
    size_t payers = 0, givers = 0;
    for (size_t i = 0; i < applying->count; i++)
        most += applying->drafts[i].line_count;
    struct written_off_invoice *by_payer =
        ARENA_NEW_ARRAY(applying->arena, struct written_off_invoice, applying->count + 1);
    struct written_off_invoice *by_subscription =
        ARENA_NEW_ARRAY(applying->arena, struct written_off_invoice, most + 1);
    size_t *draft_of_payer = ARENA_NEW_ARRAY(applying->arena, size_t, applying->count + 1);
    size_t *draft_of_giver = ARENA_NEW_ARRAY(applying->arena, size_t, most + 1);
    for (size_t i = 0; i < applying->count; i++) {
        const struct draft *draft = &applying->drafts[i];
        if (!is_applicable(draft))
            continue;
        draft_of_payer[payers] = i;
        by_payer[payers++] = (struct written_off_invoice){.tenant_id = applying->tenant_id,
                                                          .customer_id = draft->customer_id};
        for (size_t l = 0; l < draft->line_count; l++)
            if (gives_back(&draft->lines[l]) &&
                (givers == 0 || draft_of_giver[givers - 1] != i ||
                 by_subscription[givers - 1].subscription_id != draft->lines[l].subscription_id)) {
                draft_of_giver[givers] = i;
                by_subscription[givers++] = (struct written_off_invoice){
                    .tenant_id = applying->tenant_id,
                    .subscription_id = draft->lines[l].subscription_id};
            }
    }
    if (!ask_invoices(applying, &of_payers, by_payer, draft_of_payer, payers, err) ||
        !ask_invoices(applying, &of_subscriptions, by_subscription, draft_of_giver, givers, err))
        return false;
    struct all_invoices *invoices = &applying->invoices;
    invoices->count = array_sort_once(invoices->items, invoices->count, sizeof *invoices->items,
                                      compare_invoices);
    return true;
}

/* ---------------------------------------------------------------- their drafts */

static int compare_concerned(const void *a, const void *b)
{
    const struct concerned *left = a;
    const struct concerned *right = b;
    int order = invoice_draft_order(left->draft_key, right->draft_key);
    return order != 0 ? order : strcmp(left->draft_key, right->draft_key);
}

static bool add_other(struct applying *applying, const struct other_draft *other, struct error *err)
{
    struct stored_invoice stored;
    bool found = false;
    for (size_t i = 0; i < applying->concerned.count; i++)
        if (applying->concerned.items[i].invoice_id == other->invoice_id)
            return true;
    if (!draft_store_find(applying->db, applying->tenant_id, other->draft_key, applying->arena,
                          &stored, &found, err))
        return false;
    if (found && stored.number == NULL) /* else it was numbered just now */
        ARRAY_ADD(applying->arena, &applying->concerned) = (struct concerned){
            .invoice_id = stored.invoice_id,
            .draft_key = stored.draft_key,
            .currency = stored.currency,
            .lines = stored.lines,
            .taxes = stored.taxes,
            .line_count = stored.line_count,
            .tax_count = stored.tax_count,
        };
    return true;
}

static bool load_periods(struct applying *applying, struct error *err)
{
    size_t count = applying->concerned.count;
    struct line_period *keys = ARENA_NEW_ARRAY(applying->arena, struct line_period, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++)
        keys[i] = (struct line_period){.tenant_id = applying->tenant_id,
                                       .invoice_id = applying->concerned.items[i].invoice_id};
    if (!bulk_find(applying->db, &line_periods, keys, count, applying->arena, &found, err))
        return error_context(err, "loading the periods of drafts");
    struct bulk_cursor rows = {&found, 0};
    for (size_t i = 0; i < count; i++) {
        struct concerned *concerned = &applying->concerned.items[i];
        const struct line_period *row = bulk_cursor_next(&rows, i, sizeof *row);
        concerned->full_start_on =
            ARENA_NEW_ARRAY(applying->arena, struct date, concerned->line_count + 1);
        for (size_t l = 0; l < concerned->line_count; l++) {
            while (row != NULL && row->line < concerned->lines[l].line)
                row = bulk_cursor_next(&rows, i, sizeof *row);
            concerned->full_start_on[l] = row != NULL && row->line == concerned->lines[l].line
                                              ? row->full_start_on
                                              : DATE_NONE;
        }
        while (row != NULL)
            row = bulk_cursor_next(&rows, i, sizeof *row);
    }
    return true;
}

/* Those of the chunk, then the others of their payers. */
static bool find_concerned(struct applying *applying, struct error *err)
{
    struct other_draft *keys =
        ARENA_NEW_ARRAY(applying->arena, struct other_draft, applying->count + 1);
    struct bulk_found found;
    size_t count = 0;
    for (size_t i = 0; i < applying->count; i++) {
        struct draft *draft = &applying->drafts[i];
        if (!applying->is_concerned[i])
            continue;
        keys[count++] = (struct other_draft){.tenant_id = applying->tenant_id,
                                             .customer_id = draft->customer_id};
        ARRAY_ADD(applying->arena, &applying->concerned) =
            (struct concerned){.invoice_id = draft->invoice_id,
                               .draft_key = draft->draft_key,
                               .currency = draft->currency,
                               .lines = draft->lines,
                               .taxes = draft->taxes,
                               .line_count = draft->line_count,
                               .tax_count = draft->tax_count,
                               .draft = draft};
    }
    if (!bulk_find(applying->db, &other_drafts, keys, count, applying->arena, &found, err))
        return error_context(err, "looking for other drafts");
    const struct other_draft *others = found.rows;
    for (size_t i = 0; i < found.count; i++)
        if (!add_other(applying, &others[i], err))
            return false;
    if (applying->concerned.count > 1)
        qsort(applying->concerned.items, applying->concerned.count,
              sizeof *applying->concerned.items, compare_concerned);
    return load_periods(applying, err);
}

/* ---------------------------------------------------------------- what was moved before */

static void add_event(struct settlement_event *events, size_t *count, enum settlement_kind kind,
                      const char *reference, int64_t minor, struct currency currency)
{
    if (minor > 0)
        events[(*count)++] =
            (struct settlement_event){kind, reference, money_of_minor(minor, currency)};
}

static struct off_invoice off_invoice_of(const struct written_off_invoice *invoice,
                                         struct arena *arena)
{
    struct currency currency = invoice->currency;
    struct money zero = money_zero(currency);
    struct settlement_event *events = ARENA_NEW_ARRAY(arena, struct settlement_event, 3);
    size_t count = 0;
    add_event(events, &count, SETTLEMENT_PAYMENT, "credits",
              invoice->credit_applied_minor + invoice->off_minor, currency);
    add_event(events, &count, SETTLEMENT_CREDIT_NOTE, "notes", invoice->noted_minor, currency);
    add_event(events, &count, SETTLEMENT_WRITE_OFF, "written off", invoice->written_off_minor,
              currency);
    return (struct off_invoice){
        .invoice_id = invoice->invoice_id,
        .total = money_of_minor(invoice->total_minor + invoice->off_minor, currency),
        .events = events,
        .event_count = count,
        .given = zero,
        .off = zero,
        .later = zero};
}

static int compare_moved(const void *a, const void *b)
{
    const struct stored_moved *left = a;
    const struct stored_moved *right = b;
    int order = invoice_draft_order(left->draft_key, right->draft_key);
    if (order == 0)
        order = strcmp(left->draft_key, right->draft_key);
    if (order == 0 && left->line != right->line)
        order = left->line < right->line ? -1 : 1;
    return order != 0 ? order : strcmp(left->of_invoice, right->of_invoice);
}

/* With what all documents moved, in the order of these; it counts as later until it is added. */
static bool open_ledger(struct db *db, int64_t tenant_id, enum rounding rounding,
                        const struct all_invoices *invoices, struct arena *arena,
                        struct off_ledger *ledger, struct stored_moved **ret_moved,
                        size_t *ret_count, struct error *err)
{
    struct bulk_found found;
    struct stored_moved *keys = ARENA_NEW_ARRAY(arena, struct stored_moved, invoices->count + 1);
    *ledger = (struct off_ledger){
        .chains = ARENA_NEW_ARRAY(arena, size_t, OFF_CHAINS),
        .invoices = ARENA_NEW_ARRAY(arena, struct off_invoice, invoices->count + 1),
        .invoice_count = invoices->count,
        .rounding = rounding,
        .arena = arena};
    memset(ledger->chains, 0, OFF_CHAINS * sizeof *ledger->chains);
    for (size_t i = 0; i < invoices->count; i++) {
        ledger->invoices[i] = off_invoice_of(&invoices->items[i], arena);
        keys[i] =
            (struct stored_moved){.tenant_id = tenant_id, .of_invoice = invoices->items[i].number};
    }
    if (!bulk_find(db, &moved_lines, keys, invoices->count, arena, &found, err))
        return error_context(err, "loading what was given back of what was written off");
    struct stored_moved *moved = found.rows;
    for (size_t i = 0; i < found.count; i++) {
        struct off_invoice *invoice = &ledger->invoices[found.places[i]];
        moved[i].of = found.places[i];
        if (!money_add(invoice->later, money_of_minor(moved[i].off_minor, invoice->total.currency),
                       &invoice->later, err))
            return false;
    }
    if (found.count > 1)
        qsort(moved, found.count, sizeof *moved, compare_moved);
    *ret_moved = moved;
    *ret_count = found.count;
    return true;
}

static bool add_stored(struct off_ledger *ledger, const struct stored_moved *moved,
                       struct error *err)
{
    struct off_invoice *invoice = &ledger->invoices[moved->of];
    struct currency currency = invoice->total.currency;
    struct off_entry entry = {
        .place = {moved->invoice_id, moved->line, moved->subscription_id, moved->price_id,
                  moved->plan_id, moved->is_metered, moved->full_start_on,
                  money_of_minor(moved->value_minor, currency)},
        .of = moved->of,
        .given = money_of_minor(moved->given_minor, currency),
        .off = money_of_minor(moved->off_minor, currency),
    };
    return money_subtract(invoice->later, entry.off, &invoice->later, err) &&
           written_off_add_stored(ledger, &entry, err);
}

/* What documents before the draft moved. */
static bool add_moved(struct applying *applying, const char *draft_key, struct error *err)
{
    for (; applying->moved_next < applying->moved_count; applying->moved_next++) {
        const struct stored_moved *moved = &applying->moved[applying->moved_next];
        if (invoice_draft_order(moved->draft_key, draft_key) > 0)
            return true;
        if (!add_stored(&applying->ledger, moved, err))
            return false;
    }
    return true;
}

/* ---------------------------------------------------------------- what is given back of */

static int compare_keys(const void *item, const void *key)
{
    const struct stored_billed_line *stored = item;
    const struct stored_billed_line *wanted = key;
    if (stored->giving_invoice_id != wanted->giving_invoice_id)
        return stored->giving_invoice_id < wanted->giving_invoice_id ? -1 : 1;
    if (stored->giving_line != wanted->giving_line)
        return stored->giving_line < wanted->giving_line ? -1 : 1;
    return 0;
}

static bool ask_given(struct applying *applying, struct error *err)
{
    for (size_t i = 0; i < applying->concerned.count; i++) {
        const struct concerned *concerned = &applying->concerned.items[i];
        for (size_t l = 0; l < concerned->line_count; l++)
            if (gives_back(&concerned->lines[l]))
                ARRAY_ADD(applying->arena, &applying->keys) = (struct stored_billed_line){
                    .tenant_id = applying->tenant_id,
                    .giving_invoice_id = concerned->invoice_id,
                    .giving_line = concerned->lines[l].line,
                };
    }
    struct all_keys *keys = &applying->keys;
    keys->count = array_sort_once(keys->items, keys->count, sizeof *keys->items, compare_keys);
    return give_back_store_ask(applying->db, applying->keys.items, applying->keys.count,
                               applying->arena, &applying->given, err);
}

static struct giving_line giving_of(const struct concerned *concerned,
                                    const struct stored_line *line)
{
    return (struct giving_line){line->kind, line->period_start_on, line->period_end_on,
                                money_of_minor(line->amount_minor, concerned->currency)};
}

/* The lines that it gives back of (places[first…end) are of its key), each with its share. */
static bool share_out(struct applying *applying, const struct concerned *concerned,
                      const struct stored_line *line, struct money given, size_t first, size_t end,
                      struct off_share **ret_shares, size_t *ret_count, struct error *err)
{
    struct giving_line giving = giving_of(concerned, line);
    const struct stored_billed_line *stored = applying->given.rows;
    struct arena *arena = applying->arena;
    struct billed_line *billed = ARENA_NEW_ARRAY(arena, struct billed_line, end - first + 1);
    struct off_share *shares = ARENA_NEW_ARRAY(arena, struct off_share, end - first + 1);
    struct money *lefts = ARENA_NEW_ARRAY(arena, struct money, end - first + 1);
    bool *takes = ARENA_NEW_ARRAY(arena, bool, end - first + 1);
    size_t *places = ARENA_NEW_ARRAY(arena, size_t, end - first + 1);
    size_t count = 0, taken = 0;
    for (size_t i = first; i < end; i++)
        if (stored_billed_line_precedes(&stored[i], concerned->draft_key)) {
            places[count] = i;
            if (!stored_billed_line_of(&stored[i], concerned->currency, &billed[count++], err))
                return false;
        }
    *ret_shares = shares;
    *ret_count = 0;
    if (!give_back_choose(&giving, billed, count, takes))
        return true;
    for (size_t i = 0; i < count; i++)
        if (takes[i]) {
            const struct stored_billed_line *of = &stored[places[i]];
            shares[taken] = (struct off_share){.invoice_id = of->invoice_id, .line = of->line};
            if (!give_back_left(&billed[i], &lefts[taken++], err))
                return false;
        }
    *ret_count = taken;
    return written_off_spread(given, lefts, taken, arena, shares, err);
}

/* ---------------------------------------------------------------- a draft */

static struct off_place place_of(const struct applying *applying, const struct concerned *concerned,
                                 const struct stored_line *line, struct money value)
{
    const struct catalog_price *price = catalog_price_newest(applying->catalog, line->price_id);
    return (struct off_place){.invoice_id = concerned->invoice_id,
                              .line = line->line,
                              .subscription_id = line->subscription_id,
                              .price_id = line->price_id,
                              .plan_id = price == NULL ? 0 : price->plan_id,
                              .is_metered = price != NULL && price->meter_id != DB_I64_NONE,
                              .full_start_on = concerned->full_start_on[line - concerned->lines],
                              .value = value};
}

static bool apply_line(struct applying *applying, const struct concerned *concerned,
                       const struct stored_line *line, struct money value, struct error *err)
{
    struct off_share *shares = NULL;
    struct money given;
    size_t count = 0;
    if (line->subscription_id == 0)
        return true;
    if (!money_negate(value, &given, err))
        return false;
    if (gives_back(line)) {
        const struct stored_billed_line *all = applying->given.rows;
        const struct stored_billed_line key = {.giving_invoice_id = concerned->invoice_id,
                                               .giving_line = line->line};
        size_t first =
            array_lower_bound(all, applying->given.count, sizeof *all, &key, compare_keys);
        size_t end = first;
        while (end < applying->given.count && compare_keys(&all[end], &key) == 0)
            end++;
        if (!share_out(applying, concerned, line, given, first, end, &shares, &count, err))
            return false;
        if (count == 0)
            return true;
    }
    struct off_place place = place_of(applying, concerned, line, value);
    return written_off_add(&applying->ledger, &place, shares, count, err);
}

/* What its lines moved becomes its rows. */
static void take_rows(struct applying *applying, struct draft *draft, size_t first)
{
    struct all_rows rows = {0};
    for (size_t i = first; i < applying->ledger.entries.count; i++) {
        const struct off_entry *entry = &applying->ledger.entries.items[i];
        ARRAY_ADD(applying->arena, &rows) = (struct written_off_row){
            .tenant_id = applying->tenant_id,
            .invoice_id = entry->place.invoice_id,
            .line = entry->place.line,
            .of_invoice = applying->invoices.items[entry->of].number,
            .value_minor = money_minor(entry->place.value),
            .given_minor = money_minor(entry->given),
            .off_minor = money_minor(entry->off),
        };
    }
    int64_t off_minor = written_off_sum_minor(rows.items, rows.count);
    draft->off_rows = rows.items;
    draft->off_row_count = rows.count;
    draft->credit_applied_minor -= off_minor;
    draft->amount_due_minor += off_minor;
}

static bool apply_to(struct applying *applying, const struct concerned *concerned,
                     struct error *err)
{
    struct arena *arena = applying->arena;
    size_t first;
    struct giving_place *order =
        ARENA_NEW_ARRAY(arena, struct giving_place, concerned->line_count + 1);
    struct invoice_line_content *contents =
        draft_line_contents(concerned->lines, concerned->line_count, concerned->currency, arena);
    struct invoice_tax_content *taxes =
        draft_tax_contents(concerned->taxes, concerned->tax_count, concerned->currency, arena);
    struct money *values = ARENA_NEW_ARRAY(arena, struct money, concerned->line_count + 1);
    if (!written_off_values(contents, concerned->line_count, taxes, concerned->tax_count,
                            applying->ledger.rounding, values, err) ||
        !add_moved(applying, concerned->draft_key, err))
        return false;
    first = applying->ledger.entries.count;
    for (size_t i = 0; i < concerned->line_count; i++)
        order[i] = (struct giving_place){giving_of(concerned, &concerned->lines[i]), i};
    give_back_sort(order, concerned->line_count);
    for (size_t i = 0; i < concerned->line_count; i++)
        if (!apply_line(applying, concerned, &concerned->lines[order[i].line],
                        values[order[i].line], err))
            return error_context(err, "draft %s", concerned->draft_key);
    if (concerned->draft != NULL)
        take_rows(applying, concerned->draft, first);
    return true;
}

bool written_off_store_apply(struct db *db, const struct billing_catalog *catalog,
                             struct draft *drafts, size_t count, struct arena *arena,
                             struct error *err)
{
    struct applying applying = {.db = db,
                                .catalog = catalog,
                                .tenant_id = catalog->tenant.tenant_id,
                                .arena = arena,
                                .drafts = drafts,
                                .count = count};
    int64_t ignored;
    bool found = false;
    if (!db_query_i64(db, STMT_WRITTEN_OFF_ANY, DB_ARGS(db_i64(applying.tenant_id)), &ignored,
                      &found, err))
        return error_context(err, "looking for what was written off");
    if (!found || count == 0)
        return true;
    applying.is_concerned = ARENA_NEW_ARRAY(arena, bool, count + 1);
    for (size_t i = 0; i < count; i++)
        applying.is_concerned[i] = false;
    if (!find_invoices(&applying, err))
        return false;
    if (applying.invoices.count == 0)
        return true;
    if (!find_concerned(&applying, err) ||
        !open_ledger(db, applying.tenant_id, catalog->tenant.rounding, &applying.invoices, arena,
                     &applying.ledger, &applying.moved, &applying.moved_count, err) ||
        !ask_given(&applying, err))
        return false;
    for (size_t i = 0; i < applying.concerned.count; i++)
        if (!apply_to(&applying, &applying.concerned.items[i], err))
            return false;
    return true;
}

/* ---------------------------------------------------------------- what is stored */

bool written_off_store_load(struct db *db, int64_t tenant_id, int64_t invoice_id,
                            struct arena *arena, struct written_off_row **ret_rows,
                            size_t *ret_count, struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, STMT_WRITTEN_OFF_BY_DOCUMENT,
                       DB_ARGS(db_i64(tenant_id), db_i64(invoice_id)), arena, row_fields,
                       ARRAY_LEN(row_fields), sizeof(struct written_off_row), &items, ret_count,
                       err))
        return error_context(err, "loading what is given back of what was written off");
    *ret_rows = items;
    return true;
}

static const struct bulk_table rows_of =
    ASK("written_off_rows", STMT_WRITTEN_OFF_BY_DOCUMENT, row_fields, 2, struct written_off_row);

bool written_off_store_load_sums(struct db *db, int64_t tenant_id, const int64_t *invoice_ids,
                                 size_t count, struct arena *arena, int64_t *ret_off_minor,
                                 struct error *err)
{
    struct written_off_row *keys = ARENA_NEW_ARRAY(arena, struct written_off_row, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++) {
        keys[i] = (struct written_off_row){.tenant_id = tenant_id, .invoice_id = invoice_ids[i]};
        ret_off_minor[i] = 0;
    }
    if (!bulk_find(db, &rows_of, keys, count, arena, &found, err))
        return error_context(err, "loading what is given back of what was written off");
    const struct written_off_row *rows = found.rows;
    for (size_t i = 0; i < found.count; i++)
        ret_off_minor[found.places[i]] += rows[i].off_minor;
    return true;
}

int64_t written_off_sum_minor(const struct written_off_row *rows, size_t count)
{
    int64_t off_minor = 0;
    for (size_t i = 0; i < count; i++)
        off_minor += rows[i].off_minor;
    return off_minor;
}

static const struct row_field by_number_fields[] = {
    ROW_FIELD(struct written_off_invoice, tenant_id, "tenant_id"),
    ROW_FIELD(struct written_off_invoice, number, "number"), INVOICE_FIELDS};
static const struct bulk_table by_numbers = ASK("written_off_by_number", STMT_WRITTEN_OFF_BY_NUMBER,
                                                by_number_fields, 2, struct written_off_invoice);

static int compare_numbers(const void *a, const void *b)
{
    const struct written_off_invoice *left = a;
    const struct written_off_invoice *right = b;
    return strcmp(left->number, right->number);
}

bool written_off_store_open(struct db *db, int64_t tenant_id, enum rounding rounding,
                            const struct written_off_row *rows, size_t count, struct arena *arena,
                            struct document_off *ret_off, struct error *err)
{
    struct all_invoices invoices = {0};
    struct bulk_found found;
    struct stored_moved *moved = NULL;
    size_t moved_count = 0;
    struct written_off_invoice *keys =
        ARENA_NEW_ARRAY(arena, struct written_off_invoice, count + 1);
    for (size_t i = 0; i < count; i++)
        keys[i] =
            (struct written_off_invoice){.tenant_id = tenant_id, .number = rows[i].of_invoice};
    count = array_sort_once(keys, count, sizeof *keys, compare_numbers);
    if (!bulk_find(db, &by_numbers, keys, count, arena, &found, err))
        return error_context(err, "loading what was written off");
    invoices.items = found.rows;
    invoices.count =
        array_sort_once(found.rows, found.count, sizeof *invoices.items, compare_invoices);
    if (!open_ledger(db, tenant_id, rounding, &invoices, arena, &ret_off->ledger, &moved,
                     &moved_count, err))
        return false;
    for (size_t i = 0; i < moved_count; i++)
        if (!add_stored(&ret_off->ledger, &moved[i], err))
            return false;
    ret_off->invoices = invoices.items;
    return true;
}
