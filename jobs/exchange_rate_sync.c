/* exchange-rate-sync: what the first source that answers well has published is stored, as far as it
 * is new. An item is a rate of a day; before them stands one that keeps what was fetched.
 *
 * 1. What was fetched commits, byte for byte, with the first rates: whoever goes on with the run,
 * after a kill or on another host, works with the same bytes and asks nobody again.
 * 2. A stored rate never changes: another one of the same day is its next version.
 * 3. A rate that jumps from the last one that was believed (exchange_rate.h, 4), of the day itself
 * where the source has one, else of the days before by whatever source, waits until a person says
 * that it is right (`rates accept`, which alone has it tried again) or waives it. What comes after
 * is compared with what is believed.
 * 4. Where no source answers well the publication is parked, and no run is left unfinished: what
 * was missed comes with the publication of a later run, which takes the item over. */
#include <string.h>

#include "core/base/text.h"
#include "core/engine/parked.h"
#include "jobs/environment.h"
#include "jobs/jobs.h"
#include "jobs/rate_fetch.h"

#define PUBLICATION_ARENA_CAP ((size_t)512 << 20)
#define KEY_FETCHED "0" /* before every day */
#define KEY_LAST "9999-12-31"

struct memory {
    struct rate_publication publication;
    struct error failure; /* nobody has answered well */
    struct parked_waived waived;
};

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    (void)ctx;
    (void)err;
    job_plan_add(plan, 0, "", KEY_LAST, 1);
    return true;
}

static bool fetch(const struct job_ctx *ctx, struct error *err)
{
    struct memory *memory = *ctx->memory;
    if (memory != NULL &&
        (memory->publication.feed.count > 0 || memory->failure.kind != ERROR_NONE))
        return true;
    if (memory == NULL) {
        memory = ARENA_NEW(ctx->arena, struct memory);
        memory->publication.arena = arena_create("exchange rates", PUBLICATION_ARENA_CAP);
        *ctx->memory = memory;
    }
    if (rate_fetch(ctx, &memory->publication, err))
        return true;
    if (err->kind != ERROR_ITEM)
        return false;
    memory->failure = *err;
    memory->publication.feed.count = 0;
    error_clear(err);
    return true;
}

static void release(void *memory)
{
    struct memory *kept = memory;
    if (kept != NULL)
        arena_destroy(&kept->publication.arena);
}

/* ---------------------------------------------------------------- what a chunk is about */

/* NULL instead of it: what was fetched. */
struct rate_item {
    const struct feed_rate *rate;
    int64_t version; /* as which it is stored; 0: it is there */
    bool jumps;
    struct date earlier_on;
    struct decimal earlier;
};

/* The last rate of each pair that is believed, as the walk over the days goes on: whoever published
 * it, of the same day rather that of this source. */
struct believed {
    const char *base, *quote;
    bool is_own;
    struct date on;
    struct decimal rate;
};
struct walk {
    struct arena *arena;
    int32_t jump_percent;
    const char *source;
    struct exchange_rate_add_row *known; /* of all sources, by day and version */
    size_t known_count;
    size_t next; /* of them: those before are of earlier days */
    struct ARRAY_OF(struct believed) believed;
};

static struct believed *believed_of(struct walk *walk, const char *base, const char *quote)
{
    for (size_t i = 0; i < walk->believed.count; i++)
        if (text_equal(walk->believed.items[i].quote, quote) &&
            text_equal(walk->believed.items[i].base, base))
            return &walk->believed.items[i];
    return NULL;
}

static void believe(struct walk *walk, const char *source, const char *base, const char *quote,
                    struct date on, struct decimal rate)
{
    bool is_own = text_equal(source, walk->source);
    struct believed *kept = believed_of(walk, base, quote);
    if (kept == NULL) {
        kept = &ARRAY_ADD(walk->arena, &walk->believed);
        kept->base = base;
        kept->quote = quote;
    }
    if (!is_own && kept->is_own && date_compare(kept->on, on) == 0)
        return;
    kept->is_own = is_own;
    kept->on = on;
    kept->rate = rate;
}

/* What is stored of days before. */
static void walk_to(struct walk *walk, struct date day)
{
    for (; walk->next < walk->known_count && date_compare(walk->known[walk->next].rate_on, day) < 0;
         walk->next++)
        believe(walk, walk->known[walk->next].source, walk->known[walk->next].base,
                walk->known[walk->next].quote, walk->known[walk->next].rate_on,
                walk->known[walk->next].rate);
}

/* The last version that is stored of it, of this source. */
static const struct exchange_rate_add_row *find_known(const struct walk *walk,
                                                      const struct feed_rate *rate)
{
    const struct exchange_rate_add_row *found = NULL;
    for (size_t i = walk->next;
         i < walk->known_count && date_compare(walk->known[i].rate_on, rate->on) == 0; i++)
        if (text_equal(walk->known[i].quote, rate->quote) &&
            text_equal(walk->known[i].base, rate->base) &&
            text_equal(walk->known[i].source, walk->source))
            found = &walk->known[i];
    return found;
}

static void compare(const struct walk *walk, struct rate_item *item, struct decimal earlier,
                    struct date earlier_on)
{
    item->earlier = earlier;
    item->earlier_on = earlier_on;
    item->jumps = exchange_rate_jumps(earlier, item->rate->rate, walk->jump_percent);
}

static void judge(struct walk *walk, const struct feed_rate *rate, struct rate_item *item)
{
    walk_to(walk, rate->on);
    const struct exchange_rate_add_row *known = find_known(walk, rate);
    const struct believed *before = believed_of(walk, rate->base, rate->quote);
    *item = (struct rate_item){.rate = rate, .version = known == NULL ? 1 : known->version + 1};
    if (known != NULL && decimal_compare(known->rate, rate->rate) == 0) {
        item->version = 0;
        return;
    }
    if (known != NULL) {
        compare(walk, item, known->rate, known->rate_on);
        return;
    }
    if (before != NULL && date_days_between(before->on, rate->on) <= RATE_LOOK_BACK_DAYS)
        compare(walk, item, before->rate, before->on);
    if (!item->jumps)
        believe(walk, walk->source, rate->base, rate->quote, rate->on, rate->rate);
}

static size_t first_behind(const struct rate_feed *feed, const char *after_key)
{
    size_t low = 0;
    for (size_t high = feed->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(date_text(feed->items[middle].on).text, after_key) > 0)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Whole days, as many as there is room for. */
static size_t end_of_chunk(const struct rate_feed *feed, size_t first, size_t limit)
{
    size_t end = feed->count - first < limit ? feed->count : first + limit;
    while (end < feed->count && date_compare(feed->items[end].on, feed->items[end - 1].on) == 0)
        end++;
    return end;
}

static bool load_known(const struct job_ctx *ctx, const struct rate_publication *publication,
                       size_t first, size_t end, struct walk *walk, struct error *err)
{
    const struct feed_rate *rates = publication->feed.items;
    struct date from;
    return date_add_days(rates[first].on, -RATE_LOOK_BACK_DAYS, &from, err) &&
           rate_store_list(ctx->db, from, rates[end - 1].on, "", "", walk->arena, &walk->known,
                           &walk->known_count, err);
}

static bool add_rates(const struct job_ctx *ctx, const struct rate_publication *publication,
                      size_t first, size_t end, struct chunk *chunk, struct error *err)
{
    struct arena *arena = chunk_arena(chunk);
    const char *source = rate_publication_source(publication)->source;
    struct walk walk = {.arena = arena,
                        .source = source,
                        .jump_percent = job_environment(ctx)->settings->rates.jump_percent};
    if (!load_known(ctx, publication, first, end, &walk, err))
        return false;
    for (size_t i = first; i < end; i++) {
        const struct feed_rate *rate = &publication->feed.items[i];
        struct rate_item *item = ARENA_NEW(arena, struct rate_item);
        const char *day = arena_copy(arena, date_text(rate->on).text);
        judge(&walk, rate, item);
        (void)chunk_add_item(
            chunk, day,
            arena_printf(arena, "rate %s %s %s/%s", source, day, rate->base, rate->quote), item);
    }
    return true;
}

static bool load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    struct memory *memory = *ctx->memory;
    const struct rate_publication *publication = &memory->publication;
    size_t first = first_behind(&publication->feed, range->after_key);
    if (!parked_load_waived(ctx->db, 0, job_exchange_rate_sync.name, ctx->arena, &memory->waived,
                            err))
        return false;
    chunk_set_waived(chunk, &memory->waived);
    chunk_set_state(chunk, memory);
    if (range->after_key[0] == '\0')
        (void)chunk_add_item(chunk, KEY_FETCHED, "publication", NULL);
    if (first == publication->feed.count)
        return true;
    size_t end = end_of_chunk(&publication->feed, first, range->limit);
    if (end < publication->feed.count)
        chunk_cut(chunk);
    return add_rates(ctx, publication, first, end, chunk, err);
}

/* ---------------------------------------------------------------- an item */

static void append_fetched(const struct rate_publication *publication, struct chunk *chunk)
{
    const struct fetched_row *source = rate_publication_source(publication);
    if (publication->is_stored)
        return;
    for (size_t i = 0; i < publication->fetched.count; i++)
        *(struct fetched_row *)chunk_append(chunk, &FETCHED_ADD) = publication->fetched.items[i];
    if (!text_equal(source->outcome, "stored"))
        return;
    struct fetched_body_row *body = chunk_append(chunk, &FETCHED_BODY_ADD);
    memcpy(body->digest, source->digest, SHA256_SIZE);
    body->body = publication->body;
}

static bool refuse_jump(const struct rate_item *item, int32_t jump_percent, struct error *err)
{
    const struct feed_rate *rate = item->rate;
    struct date_text on = date_text(rate->on), earlier_on = date_text(item->earlier_on);
    (void)error_item(err, "rate_jump", "1 %s = %s %s on %s, and %s on %s: more than %d %% apart",
                     rate->base, decimal_text(rate->rate).text, rate->quote, on.text,
                     decimal_text(item->earlier).text, earlier_on.text, jump_percent);
    return error_hint(err, "if it is right, `billmill rates accept` stores it; else `billmill "
                           "parked waive`");
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    const struct memory *memory = chunk_state(chunk);
    const struct rate_publication *publication = &memory->publication;
    const struct rate_item *data = item->data;
    if (data == NULL && memory->failure.kind != ERROR_NONE) {
        *err = memory->failure;
        return false;
    }
    if (data == NULL) {
        append_fetched(publication, chunk);
        return true;
    }
    if (data->version == 0)
        return true;
    if (data->jumps && !item->tried_again)
        return refuse_jump(data, job_environment(ctx)->settings->rates.jump_percent, err);
    struct exchange_rate_add_row *row = chunk_append(chunk, &EXCHANGE_RATE_ADD);
    *row = (struct exchange_rate_add_row){.source = rate_publication_source(publication)->source,
                                          .rate_on = data->rate->on,
                                          .base = data->rate->base,
                                          .quote = data->rate->quote,
                                          .version = data->version,
                                          .rate = data->rate->rate};
    memcpy(row->digest, rate_publication_source(publication)->digest, SHA256_SIZE);
    return true;
}

static const struct bulk_table *const tables[] = {&FETCHED_BODY_ADD, &FETCHED_ADD,
                                                  &EXCHANGE_RATE_ADD};

const struct job job_exchange_rate_sync = {
    .name = "exchange-rate-sync",
    .summary = "fetch published exchange rates and store what is new",
    .key = JOB_KEY_DATE,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .fetch = fetch,
    .load = load,
    .compute = compute,
    .release = release,
};
