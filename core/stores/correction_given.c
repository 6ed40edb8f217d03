/* What was given back of an invoice: see correction_given.h. Few invoices are corrected, and little
 * is given back of each: every line that gives back is asked of what it does, by itself. */
#include "core/stores/correction_given.h"

#include "core/base/array.h"
#include "core/money/allocation.h"
#include "core/stores/give_back_store.h"

/* A line, as it is stored, that may give back of one of the invoice. */
struct stored_giver {
    int64_t invoice_id, line;
    const char *draft_key;
    const char *kind;
    struct date period_start_on, period_end_on;
    int64_t amount_minor, discount_minor;
    int64_t noted_minor;
    bool is_taxed, is_turned;
};

static const struct row_field giver_fields[] = {
    ROW_FIELD(struct stored_giver, invoice_id, "invoice_id"),
    ROW_FIELD(struct stored_giver, line, "line"),
    ROW_FIELD(struct stored_giver, draft_key, "draft_key"),
    ROW_FIELD(struct stored_giver, kind, "kind"),
    ROW_FIELD(struct stored_giver, period_start_on, "period_start_on"),
    ROW_FIELD(struct stored_giver, period_end_on, "period_end_on"),
    ROW_FIELD(struct stored_giver, amount_minor, "amount_minor"),
    ROW_FIELD(struct stored_giver, discount_minor, "discount_minor"),
    ROW_FIELD(struct stored_giver, noted_minor, "noted_minor"),
    ROW_FIELD(struct stored_giver, is_taxed, "taxed"),
    ROW_FIELD(struct stored_giver, is_turned, "is_turned"),
};

/* One that does, with the lines that it gives back of. */
struct giver {
    const struct stored_giver *stored;
    struct given_back given;
    struct money net; /* that it gives back, above zero but for a reversal of a credit */
    bool is_reversal;
};

struct givers ARRAY_OF(struct giver);

struct finding {
    struct db *db;
    int64_t tenant_id;
    enum rounding rounding;
    struct arena *arena;
    struct corrected_invoice *of;
    struct givers givers;
};

static void turn(struct stored_giver *stored)
{
    if (!stored->is_turned)
        return;
    stored->amount_minor = -stored->amount_minor;
    stored->discount_minor = -stored->discount_minor;
}

static bool add_giver(struct finding *finding, struct stored_giver *stored, struct error *err)
{
    struct currency currency = finding->of->subject.currency;
    struct giver giver = {.stored = stored, .is_reversal = give_back_reverses(stored->kind)};
    turn(stored);
    if (!give_back_does(stored->kind, stored->amount_minor < 0))
        return true;
    struct giving_line line = {stored->kind, stored->period_start_on, stored->period_end_on,
                               money_of_minor(stored->amount_minor, currency)};
    struct money net = money_of_minor(stored->amount_minor - stored->discount_minor, currency);
    struct money noted = money_of_minor(stored->noted_minor, currency);
    if (!give_back_store_find(finding->db, finding->tenant_id, stored->invoice_id, stored->line,
                              stored->draft_key, &line, finding->rounding, finding->arena,
                              &giver.given, err) ||
        !money_subtract(noted, net, &giver.net, err))
        return false;
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
 * what a credit note over its own invoice took back, nothing. */
static bool split(const struct finding *finding, const struct giver *giver, struct money *nets,
                  struct error *err)
{
    size_t count = giver->given.count;
    struct money zero = money_zero(giver->net.currency);
    struct money *weights = ARENA_NEW_ARRAY(finding->arena, struct money, count + 1);
    bool is_weighty = false;
    for (size_t i = 0; i < count; i++) {
        if (!give_back_left(&giver->given.billed[i], &nets[i], err))
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

/* Whether it would have given back more without credit notes: of what bills the invoice again,
 * which has none, it would. */
static bool gave_less(const struct finding *finding, const struct giver *giver, bool *ret_less,
                      struct error *err)
{
    const struct given_back *given = &giver->given;
    struct billed_line *billed =
        ARENA_NEW_ARRAY(finding->arena, struct billed_line, given->count + 1);
    bool *takes = ARENA_NEW_ARRAY(finding->arena, bool, given->count + 1);
    struct giving_line line = {giver->stored->kind, giver->stored->period_start_on,
                               giver->stored->period_end_on,
                               money_of_minor(giver->stored->amount_minor, giver->net.currency)};
    struct not_given without;
    for (size_t i = 0; i < given->count; i++) {
        billed[i] = given->billed[i];
        billed[i].noted = money_zero(giver->net.currency);
        takes[i] = true;
    }
    *ret_less = false;
    if (giver->is_reversal || given->count == 0)
        return true;
    if (!give_back_compute(&line, billed, takes, given->count, finding->rounding, &without, err))
        return false;
    *ret_less = !money_equal(without.unpaid, given->not_given.unpaid) ||
                !money_equal(without.forgiven, given->not_given.forgiven);
    return true;
}

static bool take_giver(const struct finding *finding, const struct giver *giver, struct error *err)
{
    struct corrected_invoice *of = finding->of;
    bool is_elsewhere = giver->stored->invoice_id != of->stored.invoice_id;
    bool is_less = false;
    struct money *nets = ARENA_NEW_ARRAY(finding->arena, struct money, giver->given.count + 1);
    if (!split(finding, giver, nets, err) || !gave_less(finding, giver, &is_less, err))
        return false;
    for (size_t i = 0; i < giver->given.count; i++) {
        size_t line = 0;
        while (line < of->subject.line_count &&
               of->subject.lines[line].line != giver->given.of[i].line)
            line++;
        if (giver->given.of[i].invoice_id != of->stored.invoice_id || !is_elsewhere ||
            line == of->subject.line_count)
            continue;
        if (!giver->stored->is_taxed)
            of->waits_for = giver->stored->draft_key;
        if (is_less)
            of->gave_less = giver->stored->draft_key;
        of->is_reversed[line] = of->is_reversed[line] || giver->is_reversal;
        if (!correction_give(&of->subject, line, nets[i], finding->arena, err) ||
            (giver->is_reversal &&
             !correction_give(&of->valid, line, nets[i], finding->arena, err)))
            return false;
    }
    return true;
}

bool correction_given_load(struct db *db, int64_t tenant_id, enum rounding rounding,
                           struct arena *arena, struct corrected_invoice *of, struct error *err)
{
    struct finding finding = {
        .db = db, .tenant_id = tenant_id, .rounding = rounding, .arena = arena, .of = of};
    void *items = NULL;
    size_t count = 0;
    if (!rows_load_all(db, STMT_CORRECTION_GIVERS,
                       DB_ARGS(db_i64(tenant_id), db_i64(of->stored.invoice_id)), arena,
                       giver_fields, ARRAY_LEN(giver_fields), sizeof(struct stored_giver), &items,
                       &count, err))
        return error_context(err, "loading what was given back of %s", of->subject.number);
    struct stored_giver *stored = items;
    for (size_t i = 0; i < count; i++)
        if (!add_giver(&finding, &stored[i], err))
            return false;
    for (size_t i = 0; i < finding.givers.count; i++)
        if (!is_taken_back(&finding, &finding.givers.items[i]) &&
            !take_giver(&finding, &finding.givers.items[i], err))
            return false;
    return correction_close_given(&of->subject, err) && correction_close_given(&of->valid, err);
}
