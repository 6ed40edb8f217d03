/* payment-reconcile: what the accounts at payment gateways have, of the days up to the run's, is
 * compared with the payments that are here. An item is an account.
 *
 * 1. Each account is asked for all payments of the span, page by page; and singly for those that
 * are here, or differed before, and were not in that list: a payment may have been made on another
 * day than the one that it is booked on. The span begins no later than where the last statement
 * ended, as far back as CATCH_UP_DAYS; what a person has accepted is not asked for singly.
 * 2. Where both differ (core/billing/payment_difference.h) there is a row, which people see by
 * `billmill payments`; one that does not hold any more goes. The same answers make the same rows.
 * One that was accepted stays so until it is another one.
 * 3. An account that cannot be listed as a whole is parked; nothing of it changes.
 * 4. Nothing is booked, here or there. A charge that is undecided here, and paid there, is named
 * with its effect; one of which nobody knows is due to be asked for at once, by the reference that
 * is known now, which `dispatch` does; a held one a person resolves. */
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/billing/payment_difference.h"
#include "core/outside/wire_curl.h"
#include "core/stores/reconcile_store.h"
#include "jobs/charge_request.h"
#include "jobs/environment.h"
#include "jobs/gateway_account.h"
#include "jobs/jobs.h"

#define LISTING_ARENA_CAP ((size_t)1 << 30)
#define PAGE_ARENA_CAP ((size_t)64 << 20)
#define CONNECT_TIMEOUT_MS 10000
#define TIMEOUT_MS 60000
#define ANSWER_BYTES_MAX ((size_t)16 << 20)
#define DAY_S 86400
#define US_PER_S 1000000
#define KEY_BEHIND "~" /* every gateway */
#define CATCH_UP_DAYS 31

/* By name. */
static const char *const gateway_names[] = {"mercadopago", "razorpay", "stripe"};

struct reference_list ARRAY_OF(const char *);

struct span {
    struct date from, until; /* both inclusive, of UTC */
    int64_t from_s, until_s;
};

struct account {
    const char *gateway;
    struct span span;
    struct gateway_listed_items listed; /* of the span first */
    size_t of_span;
    struct reference_list missing; /* asked for singly, and not there */
    const char *why;               /* it could not be listed; NULL: it was */
};
struct memory {
    struct arena *arena;
    struct {
        struct account *items;
        size_t count, capacity;
    } accounts;
};

/* Of an earlier day than the run's, so that the same day again asks for the same; DATE_NONE: none.
 */
static bool find_compared_until(const struct job_ctx *ctx, const char *gateway, struct arena *arena,
                                struct date *ret_until, struct error *err)
{
    struct statement_row *rows = NULL;
    size_t count = 0;
    *ret_until = DATE_NONE;
    if (!reconcile_store_load_statements(ctx->db, gateway, arena, &rows, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (date_compare(rows[i].until_on, ctx->business_date) < 0)
            *ret_until = date_max(*ret_until, rows[i].until_on);
    return true;
}

/* The last day of that was compared as far as it had come. */
static bool span_of(const struct job_ctx *ctx, const char *gateway, struct arena *arena,
                    struct span *ret_span, struct error *err)
{
    int32_t days = job_environment(ctx)->settings->gateways.reconcile_days;
    struct span span = {.until = ctx->business_date};
    struct date compared_until, earliest;
    if (!date_add_days(span.until, 1 - days, &span.from, err) ||
        !date_add_days(span.until, 1 - CATCH_UP_DAYS, &earliest, err) ||
        !find_compared_until(ctx, gateway, arena, &compared_until, err))
        return false;
    if (!date_is_none(compared_until) && date_compare(compared_until, span.from) < 0) {
        if (date_compare(compared_until, earliest) < 0)
            log_line(LOG_WARNING,
                     "%s was compared until %s, and is from %s on: what lies between is not",
                     gateway, date_text(compared_until).text,
                     date_text(date_min(earliest, span.from)).text);
        span.from = date_min(span.from, date_max(compared_until, earliest));
    }
    span.from_s = (int64_t)span.from.days * DAY_S;
    span.until_s = ((int64_t)span.until.days + 1) * DAY_S;
    *ret_span = span;
    return true;
}

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    const struct settings *settings = job_environment(ctx)->settings;
    int64_t accounts = 0;
    (void)err;
    for (size_t i = 0; i < ARRAY_LEN(gateway_names); i++)
        accounts += settings_gateway_find(settings, gateway_names[i]) != NULL;
    if (accounts > 0)
        job_plan_add(plan, 0, "", KEY_BEHIND, accounts);
    return true;
}

/* ---------------------------------------------------------------- asking */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Those of `wanted` that are not in the list. Sorts `wanted`; the same one once. */
static void leave_unlisted(const struct gateway_listed_items *listed, struct reference_list *wanted,
                           struct arena *arena)
{
    const char **known = ARENA_NEW_ARRAY(arena, const char *, 2 * listed->count + 1);
    size_t known_count = 0, left = 0;
    for (size_t i = 0; i < listed->count; i++) {
        known[known_count++] = listed->items[i].reference;
        if (listed->items[i].also != NULL)
            known[known_count++] = listed->items[i].also;
    }
    if (known_count > 1)
        qsort(known, known_count, sizeof *known, compare_texts);
    if (wanted->count > 1)
        qsort(wanted->items, wanted->count, sizeof *wanted->items, compare_texts);
    for (size_t i = 0; i < wanted->count; i++) {
        bool again = left > 0 && text_equal(wanted->items[left - 1], wanted->items[i]);
        if (!again && (known_count == 0 || bsearch(&wanted->items[i], known, known_count,
                                                   sizeof *known, compare_texts) == NULL))
            wanted->items[left++] = wanted->items[i];
    }
    wanted->count = left;
}

/* Invariant 1: what is to be asked for singly, before that which was listed is taken out. */
static bool find_wanted(const struct job_ctx *ctx, const struct span *span, const char *gateway,
                        struct arena *arena, struct reference_list *wanted, struct error *err)
{
    struct recorded_payment *ours = NULL;
    struct difference_row *earlier = NULL;
    size_t ours_count = 0, earlier_count = 0;
    if (!reconcile_store_load_span(ctx->db, gateway, span->from_s * US_PER_S,
                                   span->until_s * US_PER_S, arena, &ours, &ours_count, err) ||
        !reconcile_store_load_differences(ctx->db, gateway, arena, &earlier, &earlier_count, err))
        return false;
    for (size_t i = 0; i < ours_count; i++)
        ARRAY_ADD(arena, wanted) = ours[i].reference;
    for (size_t i = 0; i < earlier_count; i++)
        if (earlier[i].accepted == NULL)
            ARRAY_ADD(arena, wanted) = earlier[i].reference;
    return true;
}

static bool ask_singly(const struct account_asking *asking, struct account *account,
                       const struct reference_list *wanted, struct error *err)
{
    for (size_t i = 0; i < wanted->count && account->why == NULL; i++) {
        const struct gateway_question question = {.reference = wanted->items[i]};
        size_t before = account->listed.count;
        if (!gateway_account_list(asking, account->gateway, &question, &account->listed,
                                  &account->why, err))
            return false;
        if (account->why == NULL && account->listed.count == before)
            ARRAY_ADD(asking->arena, &account->missing) = wanted->items[i];
    }
    return true;
}

/* How the disputes of those that were listed stand. */
static bool ask_disputed(const struct account_asking *asking, struct account *account,
                         struct error *err)
{
    struct gateway_listed_items *listed = &account->listed;
    for (size_t i = 0; i < account->of_span && account->why == NULL; i++) {
        const struct gateway_question question = {.reference = listed->items[i].reference};
        if (!listed->items[i].disputed)
            continue;
        if (!gateway_account_list(asking, account->gateway, &question, listed, &account->why, err))
            return false;
        if (listed->count > account->of_span)
            listed->items[i] = listed->items[account->of_span];
        listed->count = account->of_span;
    }
    return true;
}

static bool fetch_account(const struct job_ctx *ctx, const struct account_asking *asking,
                          struct account *account, struct error *err)
{
    struct reference_list wanted = {0};
    if (!span_of(ctx, account->gateway, asking->arena, &account->span, err))
        return false;
    const struct gateway_question question = {.from_s = account->span.from_s,
                                              .until_s = account->span.until_s};
    if (!gateway_account_list(asking, account->gateway, &question, &account->listed, &account->why,
                              err))
        return false;
    account->of_span = account->listed.count;
    if (account->why == NULL && !ask_disputed(asking, account, err))
        return false;
    if (account->why != NULL)
        return true;
    if (!find_wanted(ctx, &account->span, account->gateway, asking->arena, &wanted, err))
        return false;
    leave_unlisted(&account->listed, &wanted, asking->arena);
    return ask_singly(asking, account, &wanted, err);
}

static bool fetch_all(const struct job_ctx *ctx, struct memory *memory, struct error *err)
{
    const struct settings *settings = job_environment(ctx)->settings;
    const struct wire_limits limits = {.connect_timeout_ms = CONNECT_TIMEOUT_MS,
                                       .timeout_ms = TIMEOUT_MS,
                                       .answer_bytes_max = ANSWER_BYTES_MAX};
    CLEANUP(wire_destroy) struct wire *wire = NULL;
    CLEANUP(arena_destroy) struct arena *page = arena_create("a page", PAGE_ARENA_CAP);
    CLEANUP(arena_destroy) struct arena *next_page = arena_create("a page", PAGE_ARENA_CAP);
    if (!wire_curl_create(&limits, &wire, err))
        return false;
    const struct account_asking asking = {
        .ctx = ctx, .wire = wire, .pages = {page, next_page},
                .arena = memory->arena
    };
    for (size_t i = 0; i < ARRAY_LEN(gateway_names); i++) {
        if (settings_gateway_find(settings, gateway_names[i]) == NULL)
            continue;
        struct account *account = &ARRAY_ADD(memory->arena, &memory->accounts);
        account->gateway = gateway_names[i];
        if (!fetch_account(ctx, &asking, account, err))
            return false;
    }
    return true;
}

static void release(void *memory)
{
    struct memory *kept = memory;
    if (kept != NULL)
        arena_destroy(&kept->arena);
}

static bool fetch(const struct job_ctx *ctx, struct error *err)
{
    struct memory *memory = *ctx->memory;
    if (memory != NULL)
        return true;
    memory = ARENA_NEW(ctx->arena, struct memory);
    memory->arena = arena_create("what gateways have", LISTING_ARENA_CAP);
    if (!fetch_all(ctx, memory, err)) {
        release(memory);
        return false;
    }
    *ctx->memory = memory;
    return true;
}

/* ---------------------------------------------------------------- what is here of that */

/* One payment of the account: in its list, or asked for and not there. */
struct subject {
    const char *reference;              /* as it is here, else as it is there */
    const struct gateway_listed *there; /* NULL: it is not */
    struct recorded_payment here;       /* reference NULL: it is not */
    struct recorded_charge charge;
    bool paid_once; /* no other one is of that charge */
};
struct compared_account {
    const struct account *account;
    struct subject *subjects;
    size_t count;
    struct difference_row *earlier; /* by reference */
    size_t earlier_count;
};

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "%3A" and "%25" of the tenant in a key (charge_request.h). */
static const char *unescape(const char *text, size_t length, struct arena *arena)
{
    char *plain = arena_copy_n(arena, text, length);
    size_t to = 0;
    for (size_t from = 0; from < length; from++) {
        bool coded = text[from] == '%' && from + 2 < length && hex_digit(text[from + 1]) >= 0 &&
                     hex_digit(text[from + 2]) >= 0;
        plain[to++] =
            coded ? (char)(hex_digit(text[from + 1]) * 16 + hex_digit(text[from + 2])) : text[from];
        from += coded ? 2 : 0;
    }
    plain[to] = '\0';
    return plain;
}

/* "TENANT:INVOICE:ATTEMPT" is the key of "charge:INVOICE:ATTEMPT". */
static struct recorded_charge charge_of(const char *key, struct arena *arena)
{
    const char *colon = key == NULL ? NULL : strchr(key, ':');
    if (colon == NULL || strchr(colon + 1, ':') == NULL)
        return (struct recorded_charge){0};
    return (struct recorded_charge){.tenant = unescape(key, (size_t)(colon - key), arena),
                                    .effect_key =
                                        arena_printf(arena, CHARGE_KIND ":%s", colon + 1)};
}

static struct compared_account *subjects_of(const struct account *account, struct arena *arena)
{
    struct compared_account *compared = ARENA_NEW(arena, struct compared_account);
    size_t count = account->listed.count + account->missing.count;
    compared->account = account;
    compared->subjects = ARENA_NEW_ARRAY(arena, struct subject, count + account->listed.count + 1);
    compared->count = count;
    for (size_t i = 0; i < account->listed.count; i++)
        compared->subjects[i] = (struct subject){.reference = account->listed.items[i].reference,
                                                 .there = &account->listed.items[i]};
    for (size_t i = 0; i < account->missing.count; i++)
        compared->subjects[account->listed.count + i] =
            (struct subject){.reference = account->missing.items[i]};
    return compared;
}

/* By either name that it has there; by both it is two payments here, of which the gateway has one.
 */
static bool load_payments(const struct job_ctx *ctx, struct compared_account *compared,
                          struct arena *arena, struct error *err)
{
    size_t count = compared->count;
    const char *gateway = compared->account->gateway;
    const char **names = ARENA_NEW_ARRAY(arena, const char *, 2 * count + 1);
    struct recorded_payment *here = ARENA_NEW_ARRAY(arena, struct recorded_payment, 2 * count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct gateway_listed *there = compared->subjects[i].there;
        names[i] = compared->subjects[i].reference;
        names[count + i] = there == NULL || there->also == NULL ? "" : there->also;
    }
    if (!reconcile_store_find(ctx->db, gateway, names, 2 * count, arena, here, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct recorded_payment *also = &here[count + i];
        compared->subjects[i].here = here[i];
        if (also->reference != NULL && here[i].reference == NULL) {
            compared->subjects[i].here = *also;
            compared->subjects[i].reference = also->reference;
        } else if (also->reference != NULL)
            compared->subjects[compared->count++] =
                (struct subject){.reference = also->reference, .here = *also};
    }
    return true;
}

static int compare_charges(const void *a, const void *b)
{
    const struct recorded_charge *left = &(*(struct subject *const *)a)->charge;
    const struct recorded_charge *right = &(*(struct subject *const *)b)->charge;
    int order = strcmp(left->tenant, right->tenant);
    return order != 0 ? order : strcmp(left->effect_key, right->effect_key);
}

static void find_paid_once(struct compared_account *compared, struct arena *arena)
{
    struct subject **sought = ARENA_NEW_ARRAY(arena, struct subject *, compared->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < compared->count; i++)
        if (compared->subjects[i].charge.effect_key != NULL)
            sought[count++] = &compared->subjects[i];
    if (count > 1)
        qsort(sought, count, sizeof(struct subject *), compare_charges);
    for (size_t i = 0; i < count; i++)
        sought[i]->paid_once = (i == 0 || compare_charges(&sought[i - 1], &sought[i]) != 0) &&
                               (i + 1 == count || compare_charges(&sought[i], &sought[i + 1]) != 0);
}

static bool load_charges(const struct job_ctx *ctx, struct compared_account *compared,
                         struct arena *arena, struct error *err)
{
    size_t count = compared->count;
    struct recorded_charge *charges = ARENA_NEW_ARRAY(arena, struct recorded_charge, count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct subject *subject = &compared->subjects[i];
        bool is_sought =
            subject->here.reference == NULL && subject->there != NULL && subject->there->paid;
        charges[i] =
            is_sought ? charge_of(subject->there->key, arena) : (struct recorded_charge){0};
    }
    if (!reconcile_store_load_charges(ctx->db, charges, count, arena, err))
        return false;
    for (size_t i = 0; i < count; i++)
        compared->subjects[i].charge = charges[i];
    find_paid_once(compared, arena);
    return true;
}

static bool load_here(const struct job_ctx *ctx, struct compared_account *compared,
                      struct arena *arena, struct error *err)
{
    return load_payments(ctx, compared, arena, err) && load_charges(ctx, compared, arena, err) &&
           reconcile_store_load_differences(ctx->db, compared->account->gateway, arena,
                                            &compared->earlier, &compared->earlier_count, err);
}

static bool load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    const struct memory *memory = *ctx->memory;
    struct arena *arena = chunk_arena(chunk);
    size_t taken = 0;
    for (size_t i = 0; i < memory->accounts.count; i++) {
        const struct account *account = &memory->accounts.items[i];
        if (strcmp(account->gateway, range->after_key) <= 0)
            continue;
        if (taken++ == range->limit) {
            chunk_cut(chunk);
            break;
        }
        struct compared_account *compared = subjects_of(account, arena);
        if (account->why == NULL && !load_here(ctx, compared, arena, err))
            return false;
        (void)chunk_add_item(chunk, account->gateway,
                             arena_printf(arena, "account %s until %s", account->gateway,
                                          date_text(ctx->business_date).text),
                             compared);
    }
    return true;
}

/* ---------------------------------------------------------------- where both differ */

static size_t differ(const struct subject *subject, enum payment_difference *ret_differences)
{
    const struct gateway_listed *there = subject->there;
    const struct recorded_payment *here = &subject->here;
    const char *state = subject->charge.state;
    struct payment_there is_there = {.found = there != NULL};
    struct payment_here is_here = {.found = here->reference != NULL,
                                   .undecided = state != NULL && !text_equal(state, "done") &&
                                                !text_equal(state, "failed")};
    if (there != NULL) {
        is_there.paid = there->paid;
        is_there.disputed = there->disputed;
        is_there.amount = there->amount;
        is_there.refunded = there->refunded;
    }
    if (is_here.found) {
        is_here.amount = money_of_minor(here->amount_minor, here->currency);
        is_here.refunded = money_of_minor(here->refunded_minor, here->currency);
    }
    return payment_differ(&is_there, &is_here, ret_differences);
}

static struct difference_row row_of(const struct account *account, const struct subject *subject,
                                    enum payment_difference difference, struct date found_on)
{
    const struct gateway_listed *there = subject->there;
    const struct recorded_payment *here = &subject->here;
    bool is_known = subject->charge.state != NULL;
    struct difference_row row = {.gateway = account->gateway,
                                 .reference = subject->reference,
                                 .what = payment_difference_name(difference),
                                 .there_minor = DB_I64_NONE,
                                 .there_refunded_minor = DB_I64_NONE,
                                 .here_minor = DB_I64_NONE,
                                 .here_refunded_minor = DB_I64_NONE,
                                 .found_on = found_on};
    if (there != NULL) {
        row.payment_key = there->key;
        row.status = there->status;
        row.there_currency = there->amount.currency;
        row.there_minor = money_minor(there->amount);
        row.there_refunded_minor = money_minor(there->refunded);
    }
    row.tenant = here->reference != NULL ? here->tenant : is_known ? subject->charge.tenant : NULL;
    row.customer = here->customer;
    row.invoice = here->reference != NULL ? here->invoice : subject->charge.invoice;
    row.effect_key = is_known ? subject->charge.effect_key : NULL;
    if (here->reference != NULL) {
        row.here_currency = here->currency;
        row.here_minor = here->amount_minor;
        row.here_refunded_minor = here->refunded_minor;
    }
    return row;
}

/* Where the earlier ones of that payment begin. */
static size_t first_of(const struct compared_account *compared, const char *reference)
{
    size_t low = 0, high = compared->earlier_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(compared->earlier[middle].reference, reference) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_of(const struct compared_account *compared, size_t k, const char *reference)
{
    return k < compared->earlier_count && text_equal(compared->earlier[k].reference, reference);
}

/* Invariant 4. Two payments of one attempt are told by asking for the attempt, not for one of them.
 */
static void append_due(const struct subject *subject, struct chunk *chunk)
{
    const struct recorded_charge *charge = &subject->charge;
    if (!text_equal(charge->state, "unknown") || charge->lease_until_us != 0 || !subject->paid_once)
        return;
    *(struct charge_due_row *)chunk_append(chunk, &CHARGE_DUE) =
        (struct charge_due_row){.tenant_id = charge->tenant_id,
                                .effect_key = charge->effect_key,
                                .state = charge->state,
                                .provider_ref = subject->reference};
}

/* What became of an earlier one; of one that nobody was asked about nothing is known. */
enum earlier_state { EARLIER_NOT_ASKED, EARLIER_GONE, EARLIER_STAYS };

static void mark_asked(const struct compared_account *compared, const char *reference,
                       enum earlier_state *states)
{
    for (size_t k = first_of(compared, reference); is_of(compared, k, reference); k++)
        if (states[k] == EARLIER_NOT_ASKED)
            states[k] = EARLIER_GONE;
}

static void append_difference(const struct compared_account *compared, struct difference_row row,
                              enum earlier_state *states, struct chunk *chunk)
{
    for (size_t k = first_of(compared, row.reference); is_of(compared, k, row.reference); k++)
        if (text_equal(compared->earlier[k].what, row.what)) {
            row.found_on = compared->earlier[k].found_on;
            states[k] = EARLIER_STAYS;
        }
    *(struct difference_row *)chunk_append(chunk, &DIFFERENCE_PUT) = row;
}

static void append_differences(const struct job_ctx *ctx, const struct compared_account *compared,
                               struct chunk *chunk)
{
    enum earlier_state *states =
        ARENA_NEW_ARRAY(chunk_scratch(chunk), enum earlier_state, compared->earlier_count + 1);
    for (size_t i = 0; i < compared->count; i++) {
        const struct subject *subject = &compared->subjects[i];
        enum payment_difference differences[DIFFERENCES_MAX];
        size_t count = differ(subject, differences);
        append_due(subject, chunk);
        mark_asked(compared, subject->reference, states);
        if (subject->there != NULL) {
            mark_asked(compared, subject->there->reference, states);
            mark_asked(compared, text_or_empty(subject->there->also), states);
        }
        for (size_t d = 0; d < count; d++)
            append_difference(
                compared, row_of(compared->account, subject, differences[d], ctx->business_date),
                states, chunk);
    }
    for (size_t k = 0; k < compared->earlier_count; k++)
        if (states[k] == EARLIER_GONE)
            *(struct difference_row *)chunk_append(chunk, &DIFFERENCE_END) = compared->earlier[k];
}

static void append_statement(const struct account *account, struct chunk *chunk)
{
    struct statement_row *row = chunk_append(chunk, &GATEWAY_STATEMENT_PUT);
    CLEANUP(sha256_free) struct sha256 *digest = sha256_start();
    *row = (struct statement_row){.gateway = account->gateway,
                                  .from_on = account->span.from,
                                  .until_on = account->span.until,
                                  .payments = (int64_t)account->of_span};
    for (size_t i = 0; i < account->of_span; i++) {
        const struct gateway_listed *listed = &account->listed.items[i];
        row->paid += listed->paid;
        sha256_add_text(digest, listed->reference);
        sha256_add_text(digest, listed->status);
        sha256_add_text(digest, listed->amount.currency.code);
        sha256_add_text(digest, money_text(listed->amount).text);
        sha256_add_text(digest, money_text(listed->refunded).text);
    }
    sha256_finish(&digest, row->digest);
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    const struct compared_account *compared = item->data;
    const struct account *account = compared->account;
    if (account->why != NULL) {
        (void)error_item(err, "not_listed", "%s: %s", account->gateway, account->why);
        return error_hint(err, "the run of the next day asks for these days again");
    }
    append_differences(ctx, compared, chunk);
    append_statement(account, chunk);
    return true;
}

static const struct bulk_table *const tables[] = {&CHARGE_DUE, &DIFFERENCE_END, &DIFFERENCE_PUT,
                                                  &GATEWAY_STATEMENT_PUT};

const struct job job_payment_reconcile = {
    .name = "payment-reconcile",
    .summary = "compare what payment gateways have with the payments that are here",
    .key = JOB_KEY_DATE,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .fetch = fetch,
    .load = load,
    .compute = compute,
    .release = release,
};
