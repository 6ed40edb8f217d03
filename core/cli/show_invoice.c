/* What an invoice still owes: see show_invoice.h. The rule is settlement.h; what happened to an
 * invoice is read as `corrections` reads it. */
#include "core/cli/show_invoice.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/cli/explain_conversion.h"
#include "core/cli/find_document.h"
#include "core/cli/output.h"
#include "core/cli/table.h"
#include "core/engine/effect_store.h"
#include "core/stores/dunning_store.h"
#include "jobs/refund_order.h"

struct owed {
    struct found_document document;
    struct document_claim claim;
    struct settlement settlement;
    struct money total, credit_applied;
    struct money off;  /* what is due besides the total */
    struct money paid; /* by what is no credit of his */
    struct money left;
    struct conversion_explanation conversion;
    struct attempt_row *attempts;
    size_t attempt_count;
    bool is_under_way; /* one more, that is not over */
    struct attempt_under_way attempt;
    struct charge_request request; /* of that */
    bool is_unreadable;            /* so that it is known by its key alone */
    bool is_dunned;
    struct dunning_campaign_row dunning;
    struct dunning_step_row *steps;
    size_t step_count;
    struct money *under_way; /* of each event: that is about to be given back of the payment, … */
    bool *is_more_under_way; /* … and that of one refund the request cannot be read */
    const char **payments;   /* of each event: the reference of the payment; "": it is none */
};

static const char *kind_name(enum settlement_kind kind)
{
    switch (kind) {
    case SETTLEMENT_PAYMENT:
        return "payment";
    case SETTLEMENT_REFUND:
        return "refund";
    case SETTLEMENT_CREDIT_NOTE:
        return "credit_note";
    case SETTLEMENT_GIVEN_BACK:
        return "given_back";
    case SETTLEMENT_WRITE_OFF:
        return "write_off";
    }
    return "";
}

/* ---------------------------------------------------------------- reading */

static bool check_document(const struct stored_invoice *stored, struct error *err)
{
    if (stored->number == NULL) {
        (void)error_run(err, EXIT_USAGE, "%s has no number (%s): nothing is owed for it",
                        stored->draft_key, stored->status);
        return error_hint(err, "`billmill explain` shows its figures");
    }
    if (document_kind_of(stored->kind) == DOCUMENT_INVOICE ||
        (stored->corrects == NULL && stored->amount_due_minor < 0))
        return true;
    (void)error_run(err, EXIT_USAGE, "%s is a credit note: nothing is owed for it", stored->number);
    if (stored->corrects != NULL)
        return error_hint(err, "it credits %s: `billmill show invoice %s`", stored->corrects,
                          stored->corrects);
    return error_hint(err, "`billmill explain %s` shows its figures", stored->number);
}

/* In the currency of the books, where it was converted. */
static bool load_conversion(struct session *session, struct owed *owed, struct error *err)
{
    struct tenant_facts *tenants = NULL;
    size_t count = 0;
    if (!tenants_load(session->db, session->arena, &tenants, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (tenants[i].tenant_id == owed->document.tenant_id)
            return conversion_explanation_load(session->db, &tenants[i], &owed->document.stored,
                                               session->arena, &owed->conversion, err);
    return true;
}

/* Payments are called "GATEWAY REFERENCE". */
static bool load_under_way(struct session *session, struct owed *owed, struct error *err)
{
    size_t count = owed->claim.event_count;
    const char **payments = ARENA_NEW_ARRAY(session->arena, const char *, count + 1);
    owed->payments = payments;
    int64_t *minor = ARENA_NEW_ARRAY(session->arena, int64_t, count + 1);
    owed->under_way = ARENA_NEW_ARRAY(session->arena, struct money, count + 1);
    owed->is_more_under_way = ARENA_NEW_ARRAY(session->arena, bool, count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct settlement_event *event = &owed->claim.events[i];
        const char *space = strchr(event->reference, ' ');
        bool is_payment = event->kind == SETTLEMENT_PAYMENT && space != NULL &&
                          !text_equal(event->reference, CREDIT_APPLIED_REFERENCE);
        payments[i] = is_payment ? space + 1 : "";
    }
    if (!refund_orders_under_way(session->db, owed->document.tenant_id, payments, count,
                                 session->arena, minor, owed->is_more_under_way, err))
        return false;
    for (size_t i = 0; i < count; i++)
        owed->under_way[i] = money_of_minor(minor[i], owed->document.stored.currency);
    return true;
}

static bool load_attempt(struct session *session, struct owed *owed, struct error *err)
{
    struct arena *arena = session->arena;
    struct attempt_under_way *attempt = &owed->attempt;
    if (!collect_store_find_under_way(
            session->db, owed->document.tenant_id,
            arena_printf(arena, CHARGE_KIND ":%s", owed->document.stored.number), arena, attempt,
            &owed->is_under_way, err))
        return false;
    if (!owed->is_under_way)
        return true;
    struct error unreadable = {0};
    struct effect_claimed claimed = {
        .effect = {.tenant_id = owed->document.tenant_id,
                   .effect_key = attempt->effect_key,
                   .kind = CHARGE_KIND,
                   .provider = attempt->provider}
    };
    if (!effect_load_requests(session->db, &claimed, 1, arena, err))
        return false;
    owed->is_unreadable = !charge_request_read(&claimed.effect, arena, &owed->request, &unreadable);
    if (owed->is_unreadable)
        charge_request_of_key(&claimed.effect, arena, &owed->request);
    return true;
}

/* How it stands, in a word. */
static const char *standing_of(const struct attempt_under_way *attempt)
{
    if (text_equal(attempt->state, "intent"))
        return "to_be_sent";
    if (!text_equal(attempt->state, "unknown"))
        return attempt->state;
    return attempt->outcome == NULL ? "asked_for" : attempt->outcome;
}

static bool load(struct session *session, const char *number, const char *tenant, struct owed *owed,
                 struct error *err)
{
    const struct stored_invoice *stored = &owed->document.stored;
    if (!find_document(session, number, tenant, &owed->document, err) ||
        !check_document(stored, err) ||
        !correction_store_load_claim(session->db, owed->document.tenant_id, stored, session->arena,
                                     &owed->claim, err) ||
        !load_under_way(session, owed, err) || !load_attempt(session, owed, err) ||
        !load_conversion(session, owed, err) ||
        !collect_store_load_attempts(session->db, owed->document.tenant_id, stored->number,
                                     session->arena, &owed->attempts, &owed->attempt_count, err) ||
        !dunning_store_find(session->db, owed->document.tenant_id, stored->number, session->arena,
                            &owed->dunning, &owed->is_dunned, &owed->steps, &owed->step_count, err))
        return false;
    owed->total = money_of_minor(stored->total_minor, stored->currency);
    if (document_kind_of(stored->kind) == DOCUMENT_CREDIT_NOTE &&
        !money_negate(owed->total, &owed->total, err))
        return false;
    owed->credit_applied = money_of_minor(owed->claim.drawn_minor, stored->currency);
    if (!money_subtract(owed->claim.claim, owed->total, &owed->off, err) ||
        !settlement_compute(owed->claim.claim, owed->claim.events, owed->claim.event_count,
                            session->arena, &owed->settlement, err) ||
        !money_subtract(owed->settlement.sums[SETTLEMENT_PAYMENT], owed->credit_applied,
                        &owed->paid, err))
        return error_context(err, "%s", stored->number);
    owed->left = invoice_status_of(stored->status) == INVOICE_VOID ? money_zero(stored->currency)
                                                                   : owed->settlement.balance;
    return true;
}

/* ---------------------------------------------------------------- output */

static json_t *json_of(struct money amount)
{
    return json_string(money_text(amount).text);
}

static json_t *json_of_attempts(const struct owed *owed)
{
    json_t *attempts = json_array();
    for (size_t i = 0; i < owed->attempt_count; i++) {
        const struct attempt_row *attempt = &owed->attempts[i];
        (void)json_array_append_new(
            attempts,
            json_pack("{s:I, s:s, s:s, s:s, s:o, s:s, s:s?, s:s?, s:s?, s:s?}", "attempt",
                      (json_int_t)attempt->attempt, "on", date_text(attempt->ended_on).text,
                      "payment_method", attempt->payment_method, "gateway", attempt->gateway,
                      "amount", json_of(money_of_minor(attempt->amount_minor, attempt->currency)),
                      "outcome", attempt->outcome, "decline", attempt->decline, "code",
                      attempt->code, "message", attempt->message, "provider_ref",
                      attempt->provider_ref));
    }
    return attempts;
}

static json_t *json_of_under_way(const struct owed *owed)
{
    const struct attempt_under_way *attempt = &owed->attempt;
    const struct charge_request *request = &owed->request;
    if (!owed->is_under_way)
        return json_null();
    return json_pack("{s:I, s:s, s:s, s:s?, s:s, s:o, s:s, s:s?, s:s?, s:s?}", "attempt",
                     (json_int_t)request->attempt, "effect", attempt->effect_key, "on",
                     date_text(attempt->intended_on).text, "payment_method",
                     request->method.payment_method, "gateway", attempt->provider, "amount",
                     owed->is_unreadable ? json_null() : json_of(request->amount), "standing",
                     standing_of(attempt), "code", attempt->code, "message", attempt->reason,
                     "provider_ref", attempt->provider_ref);
}

static json_t *json_of_day(struct date day)
{
    return date_is_none(day) ? json_null() : json_string(date_text(day).text);
}

static json_t *json_of_dunning(const struct owed *owed)
{
    const struct dunning_campaign_row *dunning = &owed->dunning;
    json_t *steps = json_array();
    if (!owed->is_dunned) {
        json_decref(steps);
        return json_null();
    }
    for (size_t i = 0; i < owed->step_count; i++) {
        const struct dunning_step_row *step = &owed->steps[i];
        (void)json_array_append_new(
            steps,
            json_pack("{s:I, s:o, s:o, s:s, s:s, s:s?}", "step", (json_int_t)step->step, "due_on",
                      json_of_day(step->due_on), "done_on", json_of_day(step->done_on), "state",
                      step->state, "actions", step->actions, "note", step->note));
    }
    return json_pack("{s:s, s:s, s:o, s:s, s:o, s:o, s:o}", "policy", dunning->policy, "terms",
                     dunning->terms, "started_on", json_of_day(dunning->started_on), "state",
                     dunning->state, "paused_on", json_of_day(dunning->paused_on), "ended_on",
                     json_of_day(dunning->ended_on), "steps", steps);
}

static json_t *json_of_owed(const struct owed *owed)
{
    const struct stored_invoice *stored = &owed->document.stored;
    const struct settlement *settlement = &owed->settlement;
    json_t *events = json_array();
    for (size_t i = 0; i < owed->claim.event_count; i++) {
        const struct settlement_event *event = &owed->claim.events[i];
        json_t *object = json_pack("{s:s, s:s, s:o}", "kind", kind_name(event->kind), "reference",
                                   event->reference, "amount", json_of(event->amount));
        if (*owed->payments[i] != '\0')
            (void)json_object_set_new(object, "payment", json_of_text(owed->payments[i]));
        if (money_sign(owed->under_way[i]) > 0 || owed->is_more_under_way[i])
            (void)json_object_set_new(object, "to_be_refunded",
                                      owed->is_more_under_way[i] ? json_null()
                                                                 : json_of(owed->under_way[i]));
        (void)json_array_append_new(events, object);
    }
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
        "s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
        "tenant", owed->document.tenant, "customer", stored->customer, "number", stored->number,
        "status", stored->status, "currency", stored->currency.code, "issued_on",
        date_text(stored->issued_on).text, "due_on", date_text(stored->due_on).text, "total",
        json_of(owed->total), "due_besides", json_of(owed->off), "given_back",
        json_of(settlement->sums[SETTLEMENT_GIVEN_BACK]), "credit_applied",
        json_of(owed->credit_applied), "credited",
        json_of(settlement->sums[SETTLEMENT_CREDIT_NOTE]), "paid", json_of(owed->paid), "refunded",
        json_of(settlement->sums[SETTLEMENT_REFUND]), "written_off",
        json_of(settlement->written_off), "overpaid", json_of(settlement->overpaid), "left_to_pay",
        json_of(owed->left), "events", events, "attempts", json_of_attempts(owed), "under_way",
        json_of_under_way(owed), "dunning", json_of_dunning(owed), "in_books",
        conversion_explanation_json(&owed->conversion));
}

static void add_amount(struct table *table, const char *what, struct money amount, const char *who)
{
    const char **cells = table_add_row(table);
    cells[0] = what;
    cells[1] = arena_copy(table->arena, money_text(amount).text);
    cells[2] = who;
}

static void add_unreadable_refund(struct table *table, const char *payment)
{
    const char **cells = table_add_row(table);
    cells[0] = "to be refunded";
    cells[1] = "?";
    cells[2] = arena_printf(table->arena, "%s: the request of a refund cannot be read", payment);
}

/* Of one kind what there is, in the order of their references. */
static void add_events(struct table *table, const struct owed *owed, enum settlement_kind kind,
                       const char *what)
{
    for (size_t i = 0; i < owed->claim.event_count; i++)
        if (owed->claim.events[i].kind == kind)
            add_amount(table, what, owed->claim.events[i].amount, owed->claim.events[i].reference);
}

/* Since the day on which it was intended. */
static void add_under_way(struct table *table, const struct owed *owed)
{
    const struct attempt_under_way *attempt = &owed->attempt;
    const struct charge_request *request = &owed->request;
    const char **cells = table_add_row(table);
    cells[0] = arena_printf(table->arena, "%" PRId64, request->attempt);
    cells[1] = arena_copy(table->arena, date_text(attempt->intended_on).text);
    cells[2] =
        arena_printf(table->arena, "%s %s", attempt->provider,
                     request->method.payment_method == NULL ? "?" : request->method.payment_method);
    cells[3] =
        owed->is_unreadable ? "?" : arena_copy(table->arena, money_text(request->amount).text);
    cells[4] = standing_of(attempt);
    cells[6] = attempt->code;
    cells[7] = attempt->reason;
}

static void print_attempts(const struct owed *owed, struct arena *arena)
{
    static const struct table_column columns[] = {
        {"attempt", TABLE_RIGHT},
        {"on",      TABLE_LEFT },
        {"method",  TABLE_LEFT },
        {"amount",  TABLE_RIGHT},
        {"outcome", TABLE_LEFT },
        {"retry",   TABLE_LEFT },
        {"code",    TABLE_LEFT },
        {"message", TABLE_LEFT },
    };
    struct table table;
    if (owed->attempt_count == 0 && !owed->is_under_way)
        return;
    (void)printf("\nattempts to charge it:\n\n");
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    table.indent = "  ";
    for (size_t i = 0; i < owed->attempt_count; i++) {
        const struct attempt_row *attempt = &owed->attempts[i];
        struct money amount = money_of_minor(attempt->amount_minor, attempt->currency);
        const char **cells = table_add_row(&table);
        cells[0] = arena_printf(arena, "%" PRId64, attempt->attempt);
        cells[1] = arena_copy(arena, date_text(attempt->ended_on).text);
        cells[2] = arena_printf(arena, "%s %s", attempt->gateway, attempt->payment_method);
        cells[3] = arena_copy(arena, money_text(amount).text);
        cells[4] = attempt->outcome;
        cells[5] = attempt->decline;
        cells[6] = attempt->code;
        cells[7] = attempt->message;
    }
    if (owed->is_under_way)
        add_under_way(&table, owed);
    table_print(&table, stdout);
    if (owed->is_under_way)
        (void)printf("\n  the last one is under way%s: `billmill effects show %s`\n",
                     owed->is_unreadable ? ", and its request cannot be read" : "",
                     owed->attempt.effect_key);
}

static void print_dunning(const struct owed *owed, struct arena *arena)
{
    static const struct table_column columns[] = {
        {"step",  TABLE_RIGHT},
        {"due",   TABLE_LEFT },
        {"done",  TABLE_LEFT },
        {"state", TABLE_LEFT },
        {"what",  TABLE_LEFT },
        {"note",  TABLE_LEFT },
    };
    const struct dunning_campaign_row *dunning = &owed->dunning;
    struct table table;
    if (!owed->is_dunned)
        return;
    (void)printf("\ndunning by policy %s since %s: %s\n  %s\n", dunning->policy,
                 date_text(dunning->started_on).text, dunning->state, dunning->terms);
    if (!date_is_none(dunning->paused_on))
        (void)printf("  paused from %s\n", date_text(dunning->paused_on).text);
    if (owed->step_count == 0)
        return;
    (void)printf("\n");
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    table.indent = "  ";
    for (size_t i = 0; i < owed->step_count; i++) {
        const struct dunning_step_row *step = &owed->steps[i];
        const char **cells = table_add_row(&table);
        cells[0] = arena_printf(arena, "%" PRId64, step->step);
        cells[1] = arena_copy(arena, date_text(step->due_on).text);
        cells[2] = arena_copy(arena, date_text(step->done_on).text);
        cells[3] = step->state;
        cells[4] = step->actions;
        cells[5] = step->note;
    }
    table_print(&table, stdout);
}

static void print_owed(const struct owed *owed, struct arena *arena)
{
    static const struct table_column columns[] = {
        {"", TABLE_LEFT },
        {"", TABLE_RIGHT},
        {"", TABLE_LEFT },
    };
    const struct stored_invoice *stored = &owed->document.stored;
    struct table table;
    size_t first = 0;
    (void)printf("invoice %s of customer %s of tenant %s: %s\n", stored->number, stored->customer,
                 owed->document.tenant, stored->status);
    (void)printf("  issued on %s, due on %s, in %s\n\n", date_text(stored->issued_on).text,
                 date_text(stored->due_on).text, stored->currency.code);
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    table.indent = "  ";
    add_amount(&table, "total", owed->total, NULL);
    if (money_sign(owed->off) != 0)
        add_amount(&table, "due besides", owed->off,
                   "given back of what was written off and never paid");
    add_events(&table, owed, SETTLEMENT_CREDIT_NOTE, "credited by");
    add_events(&table, owed, SETTLEMENT_GIVEN_BACK, "given back by");
    add_events(&table, owed, SETTLEMENT_PAYMENT, "paid by");
    add_events(&table, owed, SETTLEMENT_REFUND, "refunded by");
    for (size_t i = 0; i < owed->claim.event_count; i++)
        if (money_sign(owed->under_way[i]) > 0)
            add_amount(&table, "to be refunded", owed->under_way[i],
                       owed->claim.events[i].reference);
    for (size_t i = 0; i < owed->claim.event_count; i++)
        if (owed->is_more_under_way[i])
            add_unreadable_refund(&table, owed->claim.events[i].reference);
    if (money_sign(owed->settlement.written_off) > 0)
        add_amount(&table, "written off", owed->settlement.written_off, NULL);
    if (money_sign(owed->settlement.overpaid) > 0)
        add_amount(&table, "more than was owed", owed->settlement.overpaid,
                   "becomes a credit of the customer");
    add_amount(&table, "left to pay", owed->left,
               invoice_status_of(stored->status) == INVOICE_VOID ? "it is void" : NULL);
    table_print(&table, stdout);
    for (size_t i = 0; i < owed->claim.event_count; i++)
        if (*owed->payments[i] != '\0')
            (void)printf("%s  `billmill show payment %s`\n", first++ == 0 ? "\n" : "",
                         owed->payments[i]);
    print_attempts(owed, arena);
    print_dunning(owed, arena);
    if (owed->conversion.found)
        (void)printf("\n");
    conversion_explanation_print(&owed->conversion);
}

bool show_invoice(struct session *session, const char *number, const char *tenant, bool json,
                  struct error *err)
{
    struct owed owed = {0};
    if (!load(session, number, tenant, &owed, err))
        return false;
    if (json)
        json_print(json_of_owed(&owed));
    else
        print_owed(&owed, session->arena);
    return true;
}
