/* Choosing the taxes of lines: see tax_choice.h. A chain of lines that are not taxed yet ends: each
 * is of one that was charged before it, or of an earlier generation of its slot (charge_slots.h);
 * late usage, which is of all that is there of its day, looks no further than these. */
#include "jobs/tax_choice.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/base/text.h"
#include "core/billing/charge_slots.h"
#include "core/billing/correction.h"
#include "core/stores/line_taxes.h"

/* ---------------------------------------------------------------- what lines are of */

static const char *taking_kind(const struct stored_line *line, struct arena *arena)
{
    return give_back_taxed_by(line->kind, line->amount_minor < 0, arena);
}

static int compare_ids(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

static int compare_giving(const struct stored_billed_line *stored, int64_t invoice_id, int64_t line)
{
    if (stored->giving_invoice_id != invoice_id)
        return stored->giving_invoice_id < invoice_id ? -1 : 1;
    return stored->giving_line < line ? -1 : stored->giving_line > line;
}

static int compare_keys(const void *a, const void *b)
{
    const struct stored_billed_line *key = b;
    return compare_giving(a, key->giving_invoice_id, key->giving_line);
}

static bool load_taxes(struct db *db, int64_t tenant_id, struct arena *arena,
                       struct tax_origins *origins, struct error *err)
{
    int64_t *ids = ARENA_NEW_ARRAY(arena, int64_t, origins->line_count + 1);
    struct stored_tax *taxes = NULL;
    size_t used = 0, distinct = 0;
    for (size_t i = 0; i < origins->line_count; i++)
        if (origins->lines[i].is_taxed)
            ids[used++] = origins->lines[i].invoice_id;
    if (used > 1)
        qsort(ids, used, sizeof *ids, compare_ids);
    for (size_t i = 0; i < used; i++)
        if (distinct == 0 || ids[distinct - 1] != ids[i])
            ids[distinct++] = ids[i];
    if (!draft_store_load_taxes(db, tenant_id, ids, distinct, arena, &taxes, &origins->tax_count,
                                err))
        return false;
    origins->taxes = taxes;
    return true;
}

bool tax_origins_load(struct db *db, int64_t tenant_id, const struct draft *drafts, size_t count,
                      struct arena *arena, struct tax_origins *ret_origins, struct error *err)
{
    struct tax_origins origins = {.drafts = drafts, .draft_count = count};
    struct asking ARRAY_OF(struct stored_billed_line) keys = {0};
    for (size_t i = 0; i < count; i++)
        for (size_t l = 0; l < drafts[i].line_count; l++)
            if (taking_kind(&drafts[i].lines[l], arena) != NULL)
                ARRAY_ADD(arena, &keys) =
                    (struct stored_billed_line){.tenant_id = tenant_id,
                                                .giving_invoice_id = drafts[i].invoice_id,
                                                .giving_line = drafts[i].lines[l].line};
    if (keys.count > 0) {
        struct bulk_found found;
        qsort(keys.items, keys.count, sizeof *keys.items, compare_keys);
        if (!give_back_store_ask(db, keys.items, keys.count, arena, &found, err))
            return false;
        origins.lines = found.rows;
        origins.line_count = found.count;
        if (!load_taxes(db, tenant_id, arena, &origins, err))
            return false;
    }
    *ret_origins = origins;
    return true;
}

/* ---------------------------------------------------------------- by buyer and rates */

static bool by_rates(const struct tax_chooser *chooser, const struct draft *draft,
                     const struct stored_line *line, struct date tax_point,
                     struct tax_choices *ret_choices, struct error *err)
{
    const struct billing_catalog *catalog = chooser->catalog;
    struct tax_query query = {
        .seller_country = catalog->tenant.country,
        .seller_region = catalog->tenant.region,
        .buyer_country = draft->buyer.country,
        .buyer_region = draft->buyer.region,
        .buyer_tax_id = draft->buyer.tax_id,
        .buyer_is_business = draft->business,
        .category = line->tax_category,
        .exempt = draft->tax_exempt,
        .exempt_reason = draft->tax_exempt_reason,
        .locale = draft->locale == NULL ? catalog->tenant.locale : draft->locale,
        .tax_point = tax_point,
    };
    return tax_choose(catalog->tax_rates, catalog->tax_rate_count, &query, chooser->missing,
                      ret_choices, err);
}

/* ---------------------------------------------------------------- as it was billed */

static const struct stored_line *find_line(const struct tax_origins *origins, int64_t invoice_id,
                                           int64_t line, const struct draft **ret_draft)
{
    for (size_t i = 0; i < origins->draft_count; i++)
        for (size_t l = 0;
             origins->drafts[i].invoice_id == invoice_id && l < origins->drafts[i].line_count; l++)
            if (origins->drafts[i].lines[l].line == line) {
                *ret_draft = &origins->drafts[i];
                return &origins->drafts[i].lines[l];
            }
    return NULL;
}

static bool is_slot(const char *kind)
{
    struct slot_entry entry;
    return slot_entry_parse_kind(correction_base_kind(kind), &entry);
}

/* Of a line that is not taxed yet: as that draft will be. A draft of another chunk is of the same
 * buyer, whom no import changes meanwhile. */
static bool as_drafted(const struct tax_chooser *chooser, const struct draft *draft,
                       const struct stored_line *line, const struct stored_billed_line *of,
                       struct tax_choices *ret_choices, struct error *err)
{
    const struct draft *other = NULL;
    const struct stored_line *found = find_line(chooser->origins, of->invoice_id, of->line, &other);
    struct invoice_supply supply = {line->is_ahead, of->period_start_on, of->period_end_on,
                                    DATE_NONE};
    if (found != NULL && is_slot(line->kind))
        return tax_choice_make(chooser, other, found, ret_choices, err);
    return by_rates(chooser, draft, line, invoice_line_tax_point(draft->tax_point_on, &supply),
                    ret_choices, err);
}

/* Of those that are there for the line, and preceded it; *ret_found false: there are none. */
static bool by_origin(const struct tax_chooser *chooser, const struct draft *draft,
                      const struct stored_line *line, const char *kind,
                      const struct stored_billed_line *stored, size_t stored_count,
                      struct tax_choices *ret_choices, bool *ret_found, struct error *err)
{
    struct arena *arena = chooser->arena;
    struct billed_line *billed = ARENA_NEW_ARRAY(arena, struct billed_line, stored_count + 1);
    struct tax_choices *choices = ARENA_NEW_ARRAY(arena, struct tax_choices, stored_count + 1);
    bool *takes = ARENA_NEW_ARRAY(arena, bool, stored_count + 1);
    const struct stored_billed_line **of = (const struct stored_billed_line **)arena_alloc_array(
        arena, stored_count + 1, sizeof(const struct stored_billed_line *));
    struct giving_line giving = {kind, line->period_start_on, line->period_end_on,
                                 money_of_minor(line->amount_minor, draft->currency)};
    size_t count = 0;
    for (size_t i = 0; i < stored_count; i++) {
        if (!stored_billed_line_precedes(&stored[i], draft->draft_key))
            continue;
        of[count] = &stored[i];
        if (!stored_billed_line_of(&stored[i], draft->currency, &billed[count++], err))
            return false;
    }
    *ret_found = give_back_choose(&giving, billed, count, takes);
    if (!*ret_found)
        return true;
    for (size_t i = 0; i < count; i++)
        if (takes[i] &&
            !(of[i]->is_taxed
                  ? line_taxes_as_billed(chooser->origins->taxes, chooser->origins->tax_count,
                                         of[i], &choices[i], err)
                  : as_drafted(chooser, draft, line, of[i], &choices[i], err)))
            return false;
    size_t like = 0;
    if (!line_taxes_choose(billed, takes, choices, count, arena, &like, err))
        return false;
    *ret_choices = choices[like];
    return true;
}

/* They are in the order of the lines that are of them: there may be thousands of both. */
static size_t first_of(const struct tax_origins *origins, int64_t invoice_id, int64_t line)
{
    size_t low = 0, high = origins->line_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_giving(&origins->lines[middle], invoice_id, line) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool tax_choice_make(const struct tax_chooser *chooser, const struct draft *draft,
                     const struct stored_line *line, struct tax_choices *ret_choices,
                     struct error *err)
{
    const struct tax_origins *origins = chooser->origins;
    const char *kind = taking_kind(line, chooser->arena);
    bool found = false;
    if (kind != NULL) {
        size_t first = first_of(origins, draft->invoice_id, line->line);
        size_t count = 0;
        while (first + count < origins->line_count &&
               compare_giving(&origins->lines[first + count], draft->invoice_id, line->line) == 0)
            count++;
        if (count > 0 && !by_origin(chooser, draft, line, kind, &origins->lines[first], count,
                                    ret_choices, &found, err))
            return error_context(err, "line %" PRId64, line->line);
    }
    return found || by_rates(chooser, draft, line, stored_line_tax_point(line, draft->tax_point_on),
                             ret_choices, err);
}

bool tax_choice_is_same(const struct tax_chooser *chooser, const struct draft *draft,
                        const struct stored_line *line, const struct stored_line *other)
{
    return taking_kind(line, chooser->arena) == NULL &&
           taking_kind(other, chooser->arena) == NULL &&
           text_equal(line->tax_category, other->tax_category) &&
           date_compare(stored_line_tax_point(line, draft->tax_point_on),
                        stored_line_tax_point(other, draft->tax_point_on)) == 0;
}
