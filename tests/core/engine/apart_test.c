/* Computing a chunk in several processes: the same rows, outcomes, row ends and totals as in one,
 * and what becomes of a helper that fails, dies or cannot say all. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "core/engine/apart.h"
#include "tests/support/suite.h"

#define ITEMS_MAX 100

struct row {
    int64_t number;
    const char *text;
    uint8_t digest[SHA256_SIZE];
};
static const struct row_field fields[] = {
    ROW_FIELD(struct row, number, "number"),
    ROW_FIELD(struct row, text, "text"),
    ROW_FIELD(struct row, digest, "digest"),
};
#define TABLE(table_name)                                                                          \
    {                                                                                              \
        .name = (table_name), .table = (table_name), .fields = fields,                             \
        .field_count = ARRAY_LEN(fields), .key_count = 1, .row_size = sizeof(struct row)           \
    }
static const struct bulk_table ONE = TABLE("one");
static const struct bulk_table SOME = TABLE("some");
static const struct bulk_table *const tables[] = {&ONE, &SOME};
static const struct job job = {.name = "apart", .tables = tables, .table_count = 2};

/* What the computing process does at one item. */
enum deed { DEED_NONE, DEED_FAIL, DEED_DIE };
struct deeds {
    pid_t parent;
    size_t at;
    enum deed deed;
};

static void append(struct chunk *chunk, const struct bulk_table *table, int64_t number,
                   const char *text)
{
    struct row *row = chunk_append(chunk, table);
    row->number = number;
    row->text = text;
    memset(row->digest, (int)number, sizeof row->digest);
}

/* One row of ONE and number % 3 rows of SOME, one of them without a text; every seventh is parked.
 */
static bool compute_one(struct chunk *chunk, size_t index, struct error *err)
{
    const char *name = chunk->list.items[index].name;
    int64_t number = (int64_t)index;
    if (number % 7 == 6) {
        struct error *parked = ARENA_NEW(chunk->arena, struct error);
        (void)error_item(parked, "seventh", "item %s", name);
        chunk->outcomes[index].parked = parked;
        return true;
    }
    append(chunk, &ONE, number, name);
    for (int64_t i = 0; i < number % 3; i++)
        append(chunk, &SOME, number * 10 + i,
               i == 1 ? NULL : arena_printf(chunk->arena, "%s/%d", name, (int)i));
    struct currency currency;
    return currency_parse(number % 2 == 0 ? "EUR" : "USD", &currency, err) &&
           chunk_add_total(chunk, money_of_minor(number, currency), err);
}

static bool compute(const void *argument, struct chunk *chunk, size_t *row_ends, size_t first,
                    size_t end, struct error *err)
{
    const struct deeds *deeds = argument;
    for (size_t i = first; i < end; i++) {
        if (i == deeds->at && deeds->deed == DEED_FAIL)
            return error_run(err, EXIT_CANTCREATE, "the disk is full at %zu", i);
        if (i == deeds->at && deeds->deed == DEED_DIE && getpid() != deeds->parent)
            (void)kill(getpid(), SIGKILL);
        if (!compute_one(chunk, i, err))
            return false;
        for (size_t table = 0; table < chunk->table_count; table++)
            row_ends[i * chunk->table_count + table] = chunk->tables[table].count;
    }
    return true;
}

struct computed {
    struct arena *arena;
    struct chunk chunk;
    size_t row_ends[ITEMS_MAX * 2];
    uint8_t digest[SHA256_SIZE];
    bool ok, whole;
    struct error err;
};

static struct computed *compute_by(int32_t processes, size_t items, size_t at, enum deed deed)
{
    struct arena *arena = arena_create("a chunk", (size_t)64 << 20);
    struct computed *computed = ARENA_NEW(arena, struct computed);
    struct deeds deeds = {.parent = getpid(), .at = at, .deed = deed};
    struct apart apart = {.processes = processes, .compute = compute, .argument = &deeds};
    ck_assert_uint_le(items, ITEMS_MAX);
    computed->arena = arena;
    chunk_init(&computed->chunk, &job, arena, arena, NULL);
    for (size_t i = 0; i < items; i++)
        (void)chunk_add_item(&computed->chunk, arena_printf(arena, "%zu", i),
                             arena_printf(arena, "item %zu", i), NULL);
    computed->chunk.outcomes = ARENA_NEW_ARRAY(arena, struct chunk_outcome, items);
    computed->ok = apart_compute(&apart, &computed->chunk, computed->row_ends, &computed->whole,
                                 &computed->err);
    if (computed->ok && computed->whole)
        chunk_digest(&computed->chunk, computed->digest);
    return computed;
}

static void forget(struct computed *computed)
{
    struct arena *arena = computed->arena;
    arena_destroy(&arena);
}

static const struct same_case {
    const char *name;
    int32_t processes;
    size_t items;
} same_cases[] = {
    {"two processes",                 2,  100},
    {"a number that does not divide", 3,  100},
    {"eight processes",               8,  97 },
    {"more than are useful",          64, 21 },
    {"one item",                      4,  1  },
    {"no item",                       4,  0  },
};

static void assert_same(const char *name, const struct computed *got, const struct computed *alone,
                        size_t items)
{
    ck_assert_msg(got->ok && got->whole, "%s: %s", name, got->err.message);
    ck_assert_msg(memcmp(got->digest, alone->digest, SHA256_SIZE) == 0, "%s: other rows", name);
    ck_assert_msg(memcmp(got->row_ends, alone->row_ends, items * 2 * sizeof got->row_ends[0]) == 0,
                  "%s: other row ends", name);
    ck_assert_msg(got->chunk.total_count == alone->chunk.total_count, "%s: other totals", name);
    for (size_t i = 0; i < alone->chunk.total_count; i++)
        ck_assert_msg(money_equal(got->chunk.totals[i].sum, alone->chunk.totals[i].sum) &&
                          got->chunk.totals[i].amount_count == alone->chunk.totals[i].amount_count,
                      "%s: another total", name);
    for (size_t i = 0; i < items; i++) {
        const struct error *parked = got->chunk.outcomes[i].parked;
        const struct error *expected = alone->chunk.outcomes[i].parked;
        ck_assert_msg((parked == NULL) == (expected == NULL), "%s: item %zu", name, i);
        ck_assert_msg(parked == NULL || strcmp(parked->message, expected->message) == 0,
                      "%s: item %zu: %s", name, i, parked->message);
    }
}

START_TEST(gives_the_same)
{
    const struct same_case *c = &same_cases[_i];
    struct computed *alone = compute_by(1, c->items, 0, DEED_NONE);
    struct computed *got = compute_by(c->processes, c->items, 0, DEED_NONE);
    assert_same(c->name, got, alone, c->items);
    forget(alone);
    forget(got);
}
END_TEST

static const struct deed_case {
    const char *name;
    size_t at;
    enum deed deed;
    bool ok, whole;
} deed_cases[] = {
    {"the first slice fails", 0,  DEED_FAIL, false, true },
    {"a helper fails",        60, DEED_FAIL, false, true },
    {"the last item fails",   99, DEED_FAIL, false, true },
    {"a helper is killed",    60, DEED_DIE,  true,  false},
    {"the last is killed",    99, DEED_DIE,  true,  false},
};

START_TEST(says_what_went_wrong)
{
    const struct deed_case *c = &deed_cases[_i];
    struct computed *got = compute_by(4, 100, c->at, c->deed);
    ck_assert_msg(got->ok == c->ok, "%s", c->name);
    ck_assert_msg(got->whole == c->whole, "%s", c->name);
    ck_assert_msg(c->ok || got->err.exit_code == EXIT_CANTCREATE, "%s: %s", c->name,
                  got->err.message);
    ck_assert_msg(c->ok || strstr(got->err.message, "the disk is full at") != NULL, "%s", c->name);
    forget(got);
}
END_TEST

TEST_SUITE(apart)
{
    TEST_TABLE(gives_the_same, same_cases);
    TEST_TABLE(says_what_went_wrong, deed_cases);
}
