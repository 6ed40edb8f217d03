/* What billed the period of a line besides it, and the parts that count with it: see explanation.h.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/billing/correction.h"
#include "core/billing/progressive.h"
#include "core/stores/explanation_parts.h"

static const struct row_field earlier_fields[] = {
    ROW_FIELD(struct explained_earlier, draft_key, "draft_key"),
    ROW_FIELD(struct explained_earlier, kind, "kind"),
    ROW_FIELD(struct explained_earlier, document, "document"),
    ROW_FIELD(struct explained_earlier, line, "line"),
    ROW_FIELD(struct explained_earlier, quantity, "quantity"),
    ROW_FIELD(struct explained_earlier, amount_minor, "amount_minor"),
    ROW_FIELD(struct explained_earlier, discount_minor, "discount_minor"),
    ROW_FIELD(struct explained_earlier, coupon_minor, "coupon_minor"),
    ROW_FIELD(struct explained_earlier, is_turned, "is_turned"),
};

/* ---------------------------------------------------------------- what billed the same period */

/* progressive, progressive:2 … usage, late_usage, late_usage:2 …: in the order in which they were
 * billed. */
static int64_t kind_order(const char *kind)
{
    int64_t number = progressive_number(kind);
    if (number > 0)
        return INT32_MIN + number;
    if (!text_starts_with(kind, "late_usage"))
        return 0;
    const char *colon = strchr(kind, ':');
    return colon != NULL && text_parse_i64(colon + 1, &number) ? number : 1;
}

static bool is_rebill(const char *kind)
{
    return correction_base_kind(kind) != kind;
}

/* Of another line's document, beside that of the line. */
static int order_of(const struct explained_line *line, const char *draft_key)
{
    return invoice_draft_order(draft_key, line->draft_key);
}

/* Whether a line was billed again: it bills nothing any more. When the line was made, that was by
 * itself or before; what takes back comes after what is billed beside it. */
static bool is_replaced(const struct explained_line *line, const struct explained_earlier *all,
                        size_t count, size_t index, bool when_made)
{
    bool is_reversal = explained_is_reversal(line);
    for (size_t i = 0; i < count; i++) {
        int order = order_of(line, all[i].draft_key);
        if (correction_is_rebill_of(all[i].kind, all[index].kind) &&
            (order < 0 || (order == 0 && (!when_made || is_reversal ||
                                          text_equal(all[i].kind, line->stored->kind)))))
            return true;
    }
    return false;
}

static int compare_earlier(const void *a, const void *b)
{
    int64_t left = kind_order(((const struct explained_earlier *)a)->kind);
    int64_t right = kind_order(((const struct explained_earlier *)b)->kind);
    return left < right ? -1 : left > right;
}

static bool turn_back(struct explained_earlier *lines, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (lines[i].is_turned && !draft_turn_line_back(&lines[i].quantity, &lines[i].amount_minor,
                                                        &lines[i].discount_minor, err))
            return false;
    }
    return true;
}

static void take_coupons_out(struct explained_earlier *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (give_back_does(lines[i].kind, lines[i].amount_minor + lines[i].discount_minor < 0))
            lines[i].coupon_minor = lines[i].discount_minor;
        lines[i].amount_minor += lines[i].coupon_minor;
    }
}

/* Of usage a reversal takes back whatever was billed up to its generation; else its one line. What
 * came late after `limit`, its invoice or the one that it was billed by first, it does not; nor
 * what was billed again later, when the reversal itself was void. */
static bool takes_back(const struct explained_line *reversal, const char *limit,
                       const struct explained_earlier *earlier)
{
    struct slot_entry entry;
    const struct slot_entry *own = &reversal->slot;
    if (is_rebill(earlier->kind) && order_of(reversal, earlier->draft_key) > 0)
        return false;
    if (!slot_entry_parse_kind(correction_base_kind(earlier->kind), &entry))
        return own->slot.kind == SLOT_USAGE && invoice_draft_order(earlier->draft_key, limit) <= 0;
    if (own->slot.kind == SLOT_USAGE)
        return entry.reversal ? entry.generation < own->generation
                              : entry.generation <= own->generation;
    return !entry.reversal && entry.slot.kind == own->slot.kind &&
           entry.generation == own->generation;
}

static void keep_taken_back(struct explained_line *line, const struct explained_earlier *all,
                            size_t count, struct arena *arena)
{
    const char *limit = line->draft_key;
    for (size_t i = 0; i < count; i++)
        if (correction_is_rebill_of(line->stored->kind, all[i].kind))
            limit = all[i].draft_key;
    struct explained_earlier *kept = ARENA_NEW_ARRAY(arena, struct explained_earlier, count + 1);
    for (size_t i = 0; i < count; i++)
        if (!is_replaced(line, all, count, i, true) && takes_back(line, limit, &all[i]))
            kept[line->earlier_count++] = all[i];
    line->earlier = kept;
}

/* Billed before the line: late usage after what was used in time, in the order of its numbers; what
 * was taken back, and billed again, only where that was done before. */
static bool is_before(const struct explained_line *line, const struct explained_earlier *other)
{
    struct slot_entry entry;
    int64_t begun = progressive_number(correction_base_kind(other->kind));
    if (line->progressive > 0)
        return begun > 0 && begun < line->progressive;
    if (begun > 0 && line->is_slot && !is_rebill(line->stored->kind))
        return line->slot.generation == 1;
    if (is_rebill(line->stored->kind))
        return line->price->meter_id != DB_I64_NONE && order_of(line, other->draft_key) < 0;
    if (is_rebill(other->kind))
        return kind_order(line->stored->kind) > 0 && order_of(line, other->draft_key) < 0;
    if (kind_order(other->kind) >= kind_order(line->stored->kind))
        return false;
    if (!slot_entry_parse_kind(other->kind, &entry) || (!entry.reversal && entry.generation == 1))
        return true;
    return order_of(line, other->draft_key) < 0;
}

/* What was taken back is compared no more: the events belong to what was billed instead. */
static bool was_taken_back(const struct explained_line *line, const struct explained_earlier *all,
                           size_t count)
{
    struct slot_entry entry;
    for (size_t i = 0; i < count; i++)
        if (slot_entry_parse_kind(all[i].kind, &entry) && entry.reversal &&
            (line->is_slot ? entry.generation >= line->slot.generation
                           : order_of(line, all[i].draft_key) >= 0))
            return true;
    return false;
}

static bool is_billed_again(const struct explained_line *line, const struct explained_earlier *all,
                            size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_rebill(all[i].kind) && order_of(line, all[i].draft_key) > 0)
            return true;
    return false;
}

/* All lines of the period; those before this one become `earlier`. */
bool explanation_load_earlier(const struct explanation_loading *loading,
                              struct explained_line *line, struct error *err)
{
    const struct stored_line *stored = line->stored;
    void *items = NULL;
    size_t count = 0;
    if (!rows_load_all(loading->db, STMT_EXPLAIN_LINES_OF_PERIOD,
                       DB_ARGS(db_i64(loading->catalog->tenant.tenant_id),
                               db_i64(stored->subscription_id), db_i64(stored->price_id),
                               db_text(date_text(stored->period_start_on).text)),
                       loading->arena, earlier_fields, ARRAY_LEN(earlier_fields),
                       sizeof(struct explained_earlier), &items, &count, err))
        return false;
    struct explained_earlier *all = items;
    if (!turn_back(all, count, err))
        return false;
    take_coupons_out(all, count);
    if (count > 1)
        qsort(all, count, sizeof *all, compare_earlier);
    line->usage.lines_quantity = decimal_from_i64(0);
    if (explained_is_reversal(line)) {
        keep_taken_back(line, all, count, loading->arena);
        return true;
    }
    line->usage.is_taken_back =
        line->progressive > 0 || /* more has come since, which the line at the end bills */
        was_taken_back(line, all, count) || is_billed_again(line, all, count);
    const struct price *rated_by = price_rated_by(&line->price->price);
    struct explained_earlier *kept =
        ARENA_NEW_ARRAY(loading->arena, struct explained_earlier, count + 1);
    size_t in_force = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_replaced(line, all, count, i, true) && is_before(line, &all[i]))
            kept[line->earlier_count++] = all[i];
        if (is_replaced(line, all, count, i, false))
            continue;
        in_force++;
        if (!decimal_add(line->usage.lines_quantity, all[i].quantity, &line->usage.lines_quantity,
                         err))
            return false;
    }
    line->earlier = kept;
    line->as_billed = rated_by->model == PRICE_PERCENTAGE &&
                      (line->earlier_count + 1 < in_force || line->progressive > 0);
    return true;
}

/* ---------------------------------------------------------------- what counts from before */

/* A line of a part before. */
struct part_line {
    const char *draft_key;
    const char *kind;
    struct date period_start_on;
    struct decimal quantity;
    bool is_turned;
};

static const struct row_field part_line_fields[] = {
    ROW_FIELD(struct part_line, draft_key, "draft_key"),
    ROW_FIELD(struct part_line, kind, "kind"),
    ROW_FIELD(struct part_line, period_start_on, "period_start_on"),
    ROW_FIELD(struct part_line, quantity, "quantity"),
    ROW_FIELD(struct part_line, is_turned, "is_turned"),
};

/* Billed when the line was, and not replaced by what billed it again before. */
static bool counts_for(const struct explained_line *line, const struct part_line *all, size_t count,
                       const struct part_line *part)
{
    if (order_of(line, part->draft_key) > 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (order_of(line, all[i].draft_key) <= 0 &&
            date_compare(all[i].period_start_on, part->period_start_on) == 0 &&
            correction_is_rebill_of(all[i].kind, part->kind))
            return false;
    return true;
}

bool explanation_load_before(const struct explanation_loading *loading, struct explained_line *line,
                             struct error *err)
{
    const struct stored_line *stored = line->stored;
    struct period before =
        period_charge_before(line->period.counts_from_on, stored->period_start_on);
    void *items = NULL;
    size_t count = 0;
    line->charge.before = before;
    line->charge.before_us = line->period.start_at_us - line->period.counts_from_us -
                             counted_gaps_us(line->period.gaps, line->period.start_at_us);
    line->charge.before_quantity = decimal_from_i64(0);
    if (!rows_load_all(loading->db, STMT_EXPLAIN_LINES_OF_PARTS,
                       DB_ARGS(db_i64(loading->catalog->tenant.tenant_id),
                               db_i64(stored->subscription_id), db_i64(stored->price_id),
                               db_text(date_text(before.start).text),
                               db_text(date_text(before.end).text)),
                       loading->arena, part_line_fields, ARRAY_LEN(part_line_fields),
                       sizeof(struct part_line), &items, &count, err))
        return false;
    struct part_line *parts = items;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].is_turned && !decimal_negate(parts[i].quantity, &parts[i].quantity, err))
            return false;
        if (counts_for(line, parts, count, &parts[i]) &&
            !decimal_add(line->charge.before_quantity, parts[i].quantity,
                         &line->charge.before_quantity, err))
            return false;
        line->as_billed =
            line->as_billed || (price_rated_by(&line->price->price)->model == PRICE_PERCENTAGE &&
                                order_of(line, parts[i].draft_key) > 0);
    }
    return true;
}
