/* Choosing the taxes of lines: see tax_choice.h. A chain of lines that are not taxed yet ends: each
 * is of a draft before its own (stored_billed_line_precedes), or of its own one; there a slot is of
 * one that was charged before it, or of an earlier generation (charge_slots.h), and what is no
 * slot, as usage that came late, follows the slots, and of its like those of lower numbers. So the
 * slots of the same draft say how such usage is taxed, and are not asked the other way round.
 * Chains meet: what was chosen is remembered. */
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

/* Puts them into order, and leaves out which are there twice. */
static size_t distinct_ids(int64_t *ids, size_t count)
{
    size_t distinct = 0;
    if (count > 1)
        qsort(ids, count, sizeof *ids, compare_ids);
    for (size_t i = 0; i < count; i++)
        if (distinct == 0 || ids[distinct - 1] != ids[i])
            ids[distinct++] = ids[i];
    return distinct;
}

static bool load_taxes(struct db *db, int64_t tenant_id, struct arena *arena,
                       struct tax_origins *origins, struct error *err)
{
    int64_t *ids = ARENA_NEW_ARRAY(arena, int64_t, origins->line_count + 1);
    struct stored_tax *taxes = NULL;
    size_t used = 0;
    for (size_t i = 0; i < origins->line_count; i++)
        if (origins->lines[i].is_taxed)
            ids[used++] = origins->lines[i].invoice_id;
    if (!draft_store_load_taxes(db, tenant_id, ids, distinct_ids(ids, used), arena, &taxes,
                                &origins->tax_count, err))
        return false;
    origins->taxes = taxes;
    return true;
}

static int compare_drafts(const void *a, const void *b)
{
    const struct tax_origin_draft *left = a;
    const struct tax_origin_draft *right = b;
    return compare_ids(&left->draft->invoice_id, &right->draft->invoice_id);
}

static struct tax_origin_draft *find_draft(const struct tax_origins *origins, int64_t invoice_id)
{
    size_t low = 0, high = origins->draft_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (origins->drafts[middle].draft->invoice_id < invoice_id)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < origins->draft_count && origins->drafts[low].draft->invoice_id == invoice_id;
    return found ? &origins->drafts[low] : NULL;
}

static void add_drafts(const struct draft *drafts, size_t count, struct tax_origins *origins)
{
    struct tax_origin_draft *all =
        ARENA_NEW_ARRAY(origins->arena, struct tax_origin_draft, origins->draft_count + count + 1);
    for (size_t i = 0; i < origins->draft_count; i++)
        all[i] = origins->drafts[i];
    for (size_t i = 0; i < count; i++)
        all[origins->draft_count++].draft = &drafts[i];
    if (origins->draft_count > 1)
        qsort(all, origins->draft_count, sizeof *all, compare_drafts);
    origins->drafts = all;
}

/* Of all lines of the drafts. */
static bool ask(struct db *db, int64_t tenant_id, struct tax_origins *origins, struct error *err)
{
    struct arena *arena = origins->arena;
    struct asking ARRAY_OF(struct stored_billed_line) keys = {0};
    struct bulk_found found;
    for (size_t i = 0; i < origins->draft_count; i++) {
        const struct draft *draft = origins->drafts[i].draft;
        for (size_t l = 0; l < draft->line_count; l++)
            if (taking_kind(&draft->lines[l], arena) != NULL)
                ARRAY_ADD(arena, &keys) =
                    (struct stored_billed_line){.tenant_id = tenant_id,
                                                .giving_invoice_id = draft->invoice_id,
                                                .giving_line = draft->lines[l].line};
    }
    if (keys.count == 0)
        return true;
    qsort(keys.items, keys.count, sizeof *keys.items, compare_keys);
    if (!give_back_store_ask(db, keys.items, keys.count, arena, &found, err))
        return false;
    origins->lines = found.rows;
    origins->line_count = found.count;
    return true;
}

/* Drafts without taxes that are not there, but have what lines of those may be of: of other payers.
 * Ascending, each once. */
static size_t find_missing(const struct tax_origins *origins, int64_t **ret_ids)
{
    int64_t *ids = ARENA_NEW_ARRAY(origins->arena, int64_t, origins->line_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < origins->line_count; i++) {
        const struct stored_billed_line *of = &origins->lines[i];
        if (!of->is_taxed && find_draft(origins, of->invoice_id) == NULL &&
            stored_billed_line_precedes(
                of, find_draft(origins, of->giving_invoice_id)->draft->draft_key))
            ids[count++] = of->invoice_id;
    }
    *ret_ids = ids;
    return distinct_ids(ids, count);
}

bool tax_origins_load(struct db *db, int64_t tenant_id, const struct draft *drafts, size_t count,
                      struct arena *arena, struct tax_origins *ret_origins, struct error *err)
{
    struct tax_origins origins = {.arena = arena};
    int64_t *missing = NULL;
    size_t missing_count = 0;
    add_drafts(drafts, count, &origins);
    if (!ask(db, tenant_id, &origins, err))
        return false;
    while ((missing_count = find_missing(&origins, &missing)) > 0) {
        struct draft *others = NULL;
        if (!draft_store_load_untaxed_of(db, tenant_id, missing, missing_count, arena, &others,
                                         err))
            return false;
        add_drafts(others, missing_count, &origins);
        if (!ask(db, tenant_id, &origins, err))
            return false;
    }
    if (origins.line_count > 0 && !load_taxes(db, tenant_id, arena, &origins, err))
        return false;
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

static size_t find_line(const struct draft *draft, int64_t line)
{
    size_t low = 0, high = draft->line_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (draft->lines[middle].line < line)
            low = middle + 1;
        else
            high = middle;
    }
    return low < draft->line_count && draft->lines[low].line == line ? low : SIZE_MAX;
}

/* Where it is remembered; NULL: it is no line of the drafts. */
static struct tax_choices **place_of(const struct tax_origins *origins, int64_t invoice_id,
                                     int64_t line)
{
    struct tax_origin_draft *of = find_draft(origins, invoice_id);
    size_t found = of == NULL ? SIZE_MAX : find_line(of->draft, line);
    if (found == SIZE_MAX)
        return NULL;
    if (of->chosen == NULL)
        of->chosen = (struct tax_choices **)arena_alloc_array(origins->arena, of->draft->line_count,
                                                              sizeof(struct tax_choices *));
    return &of->chosen[found];
}

static bool is_slot(const char *kind)
{
    struct slot_entry entry;
    return slot_entry_parse_kind(correction_base_kind(kind), &entry);
}

/* Whether the line follows from it; of its own draft: see above. */
static bool follows(const struct draft *draft, const struct stored_line *line,
                    const struct stored_billed_line *of)
{
    if (!stored_billed_line_precedes(of, draft->draft_key))
        return false;
    if (of->invoice_id != draft->invoice_id || is_slot(of->kind))
        return true;
    return !is_slot(line->kind) && of->line < line->line;
}

/* Of a line that is not taxed yet: as that draft will be. */
static bool as_drafted(const struct tax_chooser *chooser, const struct stored_billed_line *of,
                       struct tax_choices *ret_choices, struct error *err)
{
    const struct tax_origin_draft *other = find_draft(chooser->origins, of->invoice_id);
    size_t line = other == NULL ? SIZE_MAX : find_line(other->draft, of->line);
    if (line == SIZE_MAX)
        return error_run(err, EXIT_DATA, "line %" PRId64 " of %s is not in the database", of->line,
                         of->document);
    return tax_choice_make(chooser, other->draft, &other->draft->lines[line], ret_choices, err);
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
        if (!follows(draft, line, &stored[i]))
            continue;
        of[count] = &stored[i];
        if (!stored_billed_line_of(&stored[i], draft->currency, &billed[count++], err))
            return false;
    }
    *ret_found = give_back_choose(&giving, billed, count, takes);
    if (!*ret_found)
        return true;
    for (size_t i = 0; i < count; i++)
        if (takes[i] && !(of[i]->is_taxed ? line_taxes_as_billed(chooser->origins->taxes,
                                                                 chooser->origins->tax_count, of[i],
                                                                 &choices[i], err)
                                          : as_drafted(chooser, of[i], &choices[i], err)))
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

/* *ret_found false: of no other line. */
static bool choose_as_others(const struct tax_chooser *chooser, const struct draft *draft,
                             const struct stored_line *line, const char *kind,
                             struct tax_choices *ret_choices, bool *ret_found, struct error *err)
{
    const struct tax_origins *origins = chooser->origins;
    size_t first = first_of(origins, draft->invoice_id, line->line);
    size_t count = 0;
    *ret_found = false;
    while (first + count < origins->line_count &&
           compare_giving(&origins->lines[first + count], draft->invoice_id, line->line) == 0)
        count++;
    return count == 0 || by_origin(chooser, draft, line, kind, &origins->lines[first], count,
                                   ret_choices, ret_found, err);
}

bool tax_choice_make(const struct tax_chooser *chooser, const struct draft *draft,
                     const struct stored_line *line, struct tax_choices *ret_choices,
                     struct error *err)
{
    const char *kind = taking_kind(line, chooser->arena);
    struct date tax_point = stored_line_tax_point(line, draft->tax_point_on);
    if (kind == NULL)
        return by_rates(chooser, draft, line, tax_point, ret_choices, err);
    struct tax_choices **place = place_of(chooser->origins, draft->invoice_id, line->line);
    bool found = false;
    if (place != NULL && *place != NULL) {
        *ret_choices = **place;
        return true;
    }
    struct tax_choices choices;
    if (!choose_as_others(chooser, draft, line, kind, &choices, &found, err))
        return error_context(err, "line %" PRId64, line->line);
    if (!found && !by_rates(chooser, draft, line, tax_point, &choices, err))
        return false;
    if (place != NULL) {
        *place = ARENA_NEW(chooser->origins->arena, struct tax_choices);
        **place = choices;
    }
    *ret_choices = choices;
    return true;
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
