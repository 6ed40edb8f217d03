/* What was given back of invoices: see correction_given.h. Two statements for all of them: which
 * lines may give back, and of what each of those does. Of what bills another invoice again is given
 * back what was given back of that before: the line that gave it names the line that is replaced.
 * Nobody asks that of a reversal, for what it took back is not billed again, nor of a credit for
 * the rest of a period that was billed again itself: that one is of the old line, another one that
 * names it (it was made up for later, on an earlier draft) of the new one. */
#include "core/stores/correction_given.h"

#include <string.h>

#include "core/base/array.h"
#include "core/base/text.h"
#include "core/money/allocation.h"
#include "core/stores/give_back_store.h"

/* A line, as it is stored, that may give back of one of the invoice. */
struct stored_giver {
    int64_t tenant_id, of_invoice_id; /* that is corrected */
    int64_t invoice_id, line;
    const char *draft_key;
    const char *kind;
    int64_t subscription_id, price_id;
    struct date period_start_on, period_end_on;
    int64_t amount_minor, discount_minor;
    int64_t noted_minor;
    bool is_taxed, is_turned;
    bool is_again; /* it is billed again itself */
};

static const struct row_field giver_fields[] = {
    ROW_FIELD(struct stored_giver, tenant_id, "tenant_id"),
    ROW_FIELD(struct stored_giver, of_invoice_id, "invoice_id"),
    ROW_FIELD(struct stored_giver, invoice_id, "invoice_id"),
    ROW_FIELD(struct stored_giver, line, "line"),
    ROW_FIELD(struct stored_giver, draft_key, "draft_key"),
    ROW_FIELD(struct stored_giver, kind, "kind"),
    ROW_FIELD(struct stored_giver, subscription_id, "subscription_id"),
    ROW_FIELD(struct stored_giver, price_id, "price_id"),
    ROW_FIELD(struct stored_giver, period_start_on, "period_start_on"),
    ROW_FIELD(struct stored_giver, period_end_on, "period_end_on"),
    ROW_FIELD(struct stored_giver, amount_minor, "amount_minor"),
    ROW_FIELD(struct stored_giver, discount_minor, "discount_minor"),
    ROW_FIELD(struct stored_giver, noted_minor, "noted_minor"),
    ROW_FIELD(struct stored_giver, is_taxed, "taxed"),
    ROW_FIELD(struct stored_giver, is_turned, "is_turned"),
    ROW_FIELD(struct stored_giver, is_again, "is_again"),
};
static const struct bulk_table givers_of = {
    .name = "correction_givers",
    .kind = BULK_ASK,
    .statement = STMT_CORRECTION_GIVERS,
    .fields = giver_fields,
    .field_count = ARRAY_LEN(giver_fields),
    .key_count = 2,
    .row_size = sizeof(struct stored_giver),
};

/* One that does, with the lines that it gives back of. */
struct giver {
    const struct stored_giver *stored;
    struct given_back given;
    struct money amount;  /* of the draft that it was */
    const size_t *places; /* of each line given back of that of the invoice; SIZE_MAX: none … */
    const bool *replaced; /* … and whether that bills it again */
    struct money net;     /* that it gives back, above zero but for a reversal of a credit */
    bool is_reversal;
    bool is_rest; /* a credit for the rest of a period */
};

struct givers ARRAY_OF(struct giver);

/* Of one invoice. */
struct finding {
    enum rounding rounding;
    struct arena *arena;
    struct corrected_invoice *of;
    struct givers givers;
    struct credits ARRAY_OF(struct line_elsewhere) credits; /* by document */
};

/* The amounts of the draft that it was. */
static bool turn(const struct stored_giver *stored, struct currency currency,
                 struct money *ret_amount, struct money *ret_discount, struct error *err)
{
    *ret_amount = money_of_minor(stored->amount_minor, currency);
    *ret_discount = money_of_minor(stored->discount_minor, currency);
    return !stored->is_turned || (money_negate(*ret_amount, ret_amount, err) &&
                                  money_negate(*ret_discount, ret_discount, err));
}

static bool does_give_back(const struct stored_giver *stored)
{
    return give_back_does(stored->kind,
                          stored->is_turned ? stored->amount_minor > 0 : stored->amount_minor < 0);
}

/* The line bills the other one again, once or more often. */
static bool is_again(const char *kind, const char *other)
{
    return strlen(kind) > strlen(other) &&
           text_equal(correction_base_kind(kind), correction_base_kind(other));
}

static size_t find_replacing(const struct stored_invoice *invoice, const struct stored_giver *giver,
                             const struct stored_billed_line *of)
{
    size_t i = 0;
    for (; i < invoice->line_count; i++) {
        const struct stored_line *line = &invoice->lines[i];
        if (line->subscription_id == giver->subscription_id && line->price_id == giver->price_id &&
            date_compare(line->period_start_on, of->period_start_on) == 0 &&
            is_again(line->kind, of->kind))
            return i;
    }
    return SIZE_MAX;
}

/* The line of the invoice, by what bills it again. */
static bool is_billed_again(const struct corrected_invoice *of, size_t line)
{
    for (size_t i = 0; line != SIZE_MAX && i < of->period_count; i++)
        if (of->periods[i].line == of->subject.lines[line].line)
            return of->periods[i].again_for != NULL;
    return false;
}

static void find_places(const struct finding *finding, struct giver *giver)
{
    const struct corrected_invoice *of = finding->of;
    size_t count = giver->given.count;
    size_t *places = ARENA_NEW_ARRAY(finding->arena, size_t, count + 1);
    bool *replaced = ARENA_NEW_ARRAY(finding->arena, bool, count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct stored_billed_line *billed = &giver->given.of[i];
        bool is_own = billed->invoice_id == of->stored.invoice_id;
        places[i] = SIZE_MAX;
        for (size_t line = 0; is_own && line < of->subject.line_count; line++)
            if (of->subject.lines[line].line == billed->line)
                places[i] = line;
        if (is_own && giver->is_rest && !giver->stored->is_again && is_billed_again(of, places[i]))
            places[i] = SIZE_MAX;
        if (!is_own && !giver->is_reversal && !(giver->is_rest && giver->stored->is_again))
            places[i] = find_replacing(&of->stored, giver->stored, billed);
        replaced[i] = !is_own && places[i] != SIZE_MAX;
    }
    giver->places = places;
    giver->replaced = replaced;
}

/* `billed`: what was found that it may give back of. */
static bool add_giver(struct finding *finding, const struct stored_giver *stored,
                      struct stored_billed_line *billed, size_t billed_count, struct error *err)
{
    struct currency currency = finding->of->subject.currency;
    struct giver giver = {.stored = stored,
                          .is_reversal = give_back_reverses(stored->kind),
                          .is_rest = give_back_of_rest(stored->kind)};
    struct giving_line line = {stored->kind, stored->period_start_on, stored->period_end_on,
                               money_zero(currency)};
    struct money discount, net;
    struct money noted = money_of_minor(stored->noted_minor, currency);
    if (!turn(stored, currency, &line.amount, &discount, err) ||
        !money_subtract(line.amount, discount, &net, err) ||
        !give_back_store_read(billed, billed_count, stored->draft_key, &line, finding->rounding,
                              finding->arena, &giver.given, err) ||
        !money_subtract(noted, net, &giver.net, err))
        return false;
    giver.amount = line.amount;
    find_places(finding, &giver);
    ARRAY_ADD(finding->arena, &finding->givers) = giver;
    return true;
}

/* What it gave is taken back itself. */
static bool is_taken_back(const struct finding *finding, const struct giver *giver)
{
    for (size_t i = 0; i < finding->givers.count; i++) {
        const struct giver *other = &finding->givers.items[i];
        for (size_t k = 0; other->is_reversal && k < other->given.count; k++)
            if (other->given.of[k].invoice_id == giver->stored->invoice_id &&
                other->given.of[k].line == giver->stored->line)
                return true;
    }
    return false;
}

/* Of each line that it gives back of: a reversal all that was left, another by what was left; of
 * what a credit note over its own invoice took back, nothing. What is billed again was credited in
 * full for that, and is asked of as if it were not. */
static bool split(const struct finding *finding, const struct giver *giver, struct money *nets,
                  struct error *err)
{
    size_t count = giver->given.count;
    struct money zero = money_zero(giver->net.currency);
    struct money *weights = ARENA_NEW_ARRAY(finding->arena, struct money, count + 1);
    bool is_weighty = false;
    for (size_t i = 0; i < count; i++) {
        struct billed_line billed = giver->given.billed[i];
        billed.noted = giver->replaced[i] ? zero : billed.noted;
        if (!give_back_left(&billed, &nets[i], err))
            return false;
        weights[i] = money_sign(nets[i]) > 0 ? nets[i] : zero;
        is_weighty = is_weighty || money_sign(weights[i]) > 0;
    }
    if (giver->is_reversal && giver->stored->noted_minor == 0)
        return true;
    is_weighty = is_weighty && money_sign(giver->net) != 0;
    for (size_t i = 0; i < count && !is_weighty; i++)
        nets[i] = zero;
    return !is_weighty ||
           money_allocate_by_amounts(giver->net, weights, count, finding->arena, nets, err);
}

/* Whether the credit is billed again with what it gave back of, also if it gave less, or nothing,
 * for what was credited, which is over then (forgiven.h, rule 5). Not if its own invoice was
 * credited whole. */
static bool goes_along(const struct giver *giver)
{
    const struct stored_giver *stored = giver->stored;
    bool gives = stored->noted_minor == 0 || money_sign(giver->net) != 0;
    return giver->is_rest && (stored->is_again || gives);
}

static void add_credit(struct finding *finding, const struct giver *giver)
{
    ARRAY_ADD(finding->arena, &finding->credits) =
        (struct line_elsewhere){giver->stored->invoice_id, giver->stored->line};
}

static bool take_giver(struct finding *finding, const struct giver *giver, struct error *err)
{
    struct corrected_invoice *of = finding->of;
    bool is_elsewhere = giver->stored->invoice_id != of->stored.invoice_id;
    struct money *nets = ARENA_NEW_ARRAY(finding->arena, struct money, giver->given.count + 1);
    if (!split(finding, giver, nets, err))
        return false;
    for (size_t i = 0; i < giver->given.count; i++) {
        size_t line = giver->places[i];
        if (line == SIZE_MAX || !is_elsewhere)
            continue;
        if (!giver->stored->is_taxed)
            of->waits_for = giver->stored->draft_key;
        of->is_gone[line] = of->is_gone[line] || giver->is_reversal;
        if (goes_along(giver))
            add_credit(finding, giver);
        if (!correction_give(&of->subject, line, nets[i], finding->arena, err) ||
            ((giver->is_reversal || goes_along(giver)) &&
             !correction_give(&of->valid, line, nets[i], finding->arena, err)))
            return false;
    }
    return true;
}

/* A line that gave back of an invoice which was billed again since, and is billed again with that:
 * nothing is left of it. */
static bool take_moved(struct finding *finding, const struct corrected_period *period,
                       struct error *err)
{
    struct corrected_invoice *of = finding->of;
    const struct correction_subject *subject = &of->subject;
    if (period->again_for == NULL || text_equal(period->again_for, subject->number))
        return true;
    for (size_t i = 0; i < subject->line_count; i++) {
        struct money net;
        if (subject->lines[i].line != period->line)
            continue;
        of->is_gone[i] = true;
        if (!money_subtract(subject->lines[i].amount, subject->lines[i].discount, &net, err) ||
            !money_subtract(net, subject->credited_nets[i], &net, err) ||
            !correction_give(&of->subject, i, net, finding->arena, err) ||
            !correction_give(&of->valid, i, net, finding->arena, err))
            return false;
    }
    return true;
}

static bool fill(struct finding *finding, struct error *err)
{
    struct corrected_invoice *of = finding->of;
    for (size_t i = 0; i < of->period_count; i++)
        if (!take_moved(finding, &of->periods[i], err))
            return false;
    for (size_t i = 0; i < finding->givers.count; i++)
        if (!is_taken_back(finding, &finding->givers.items[i]) &&
            !take_giver(finding, &finding->givers.items[i], err))
            return false;
    of->credits = finding->credits.items;
    of->credit_count = finding->credits.count;
    return correction_close_given(&of->subject, err) && correction_close_given(&of->valid, err);
}

/* Those of the lines found that do give back, and what each of them may give back of, as keys. */
static size_t keep_giving(struct bulk_found *found, struct stored_billed_line *keys)
{
    struct stored_giver *rows = found->rows;
    size_t kept = 0;
    for (size_t i = 0; i < found->count; i++) {
        if (!does_give_back(&rows[i]))
            continue;
        keys[kept] = (struct stored_billed_line){.tenant_id = rows[i].tenant_id,
                                                 .giving_invoice_id = rows[i].invoice_id,
                                                 .giving_line = rows[i].line};
        rows[kept] = rows[i];
        found->places[kept++] = found->places[i];
    }
    return kept;
}

bool correction_given_load(struct db *db, int64_t tenant_id, enum rounding rounding,
                           struct corrected_invoice *const *items, size_t count,
                           struct arena *arena, struct error *err)
{
    struct stored_giver *asked = ARENA_NEW_ARRAY(arena, struct stored_giver, count + 1);
    struct bulk_found found, billed;
    for (size_t i = 0; i < count; i++)
        asked[i] = (struct stored_giver){.tenant_id = tenant_id,
                                         .of_invoice_id = items[i]->stored.invoice_id};
    if (!bulk_find(db, &givers_of, asked, count, arena, &found, err))
        return error_context(err, "loading what was given back of invoices");
    struct stored_billed_line *keys =
        ARENA_NEW_ARRAY(arena, struct stored_billed_line, found.count + 1);
    found.count = keep_giving(&found, keys);
    if (!give_back_store_ask(db, keys, found.count, arena, &billed, err))
        return false;
    const struct stored_giver *givers = found.rows;
    struct stored_billed_line *lines = billed.rows;
    size_t giver = 0, first = 0;
    for (size_t i = 0; i < count; i++) {
        struct finding finding = {.rounding = rounding, .arena = arena, .of = items[i]};
        for (; giver < found.count && found.places[giver] == i; giver++) {
            size_t end = first;
            while (end < billed.count && billed.places[end] == giver)
                end++;
            if (!add_giver(&finding, &givers[giver], lines == NULL ? NULL : &lines[first],
                           end - first, err))
                return error_context(err, "what was given back of %s", items[i]->subject.number);
            first = end;
        }
        if (!fill(&finding, err))
            return error_context(err, "what was given back of %s", items[i]->subject.number);
    }
    return true;
}
