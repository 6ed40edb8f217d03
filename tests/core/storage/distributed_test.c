/* What a database that is distributed by tenant asks of our SQL, as far as texts can show it:
 * nothing in a statement that such an engine lacks, every key begins with the tenant, and the
 * optional file places each table once. */
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/storage/schema_text.h"
#include "core/storage/statements.h"
#include "tests/core/storage/storage_support.h"

#define ARENA_BYTES (4u << 20)
#define INITIAL MIGRATIONS_POSTGRES "/0001_initial.sql"
#define OPTIONAL MIGRATIONS_POSTGRES "/optional/distribute_by_tenant.sql"

/* Tables that all tenants share: small, and the same on every node. */
static const char *const shared[] =
    {
        "schema_migration",  "id_counter",
        "job_definition",    "job_instance",
        "job_execution",     "job_partition",
        "job_chunk",         "job_chunk_total",
        "audit_log",         "tenant",
        "parked_item",                        /* the engine decides runs by it */
        "tax_rate",          "exchange_rate", /* tenant 0: of every tenant */
        "fetched",           "fetched_body",
        "gateway_statement", "payment_difference", /* of accounts that tenants may share */
};

static bool is_shared(const char *table)
{
    for (size_t i = 0; i < ARRAY_LEN(shared); i++)
        if (text_equal(shared[i], table))
            return true;
    return false;
}

static char *read_file(struct arena *arena, const char *path)
{
    char *text = arena_alloc(arena, 1u << 18);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s", path);
    size_t size = fread(text, 1, (1u << 18) - 1, file);
    ck_assert_int_eq(fclose(file), 0);
    text[size] = '\0';
    return text;
}

static const char *const lacking[] = {"now()",
                                      "current_timestamp",
                                      "clock_timestamp",
                                      "random()",
                                      "nextval",
                                      "SERIAL",
                                      "advisory",
                                      "LISTEN",
                                      "NOTIFY",
                                      "MERGE",
                                      "TRIGGER",
                                      "SEQUENCE",
                                      "TEMP",
                                      "WITH HOLD",
                                      "SKIP LOCKED",
                                      "FOR UPDATE",
                                      "FOR SHARE",
                                      "SAVEPOINT",
                                      "DEFERRABLE",
                                      "rowid",
                                      "ctid",
                                      "LOCK TABLE",
                                      "SERIALIZABLE"};

START_TEST(uses_nothing_that_is_lacking)
{
    const char *word = lacking[_i];
    for (int id = 0; id < STATEMENT_COUNT; id++)
        ck_assert_msg(strstr(statement_text((enum statement_id)id), word) == NULL, "%s has %s",
                      statement_name((enum statement_id)id), word);
}
END_TEST

static struct schema_items read_tables(struct arena *arena)
{
    struct schema_items items = {0};
    struct error err = {0};
    STORAGE_OK(schema_text_read("0001_initial", read_file(arena, INITIAL), arena, &items, &err));
    return items;
}

START_TEST(keys_begin_with_the_tenant)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct schema_items items = read_tables(arena);
    size_t keys = 0;
    for (size_t i = 0; i < items.count; i++) {
        const struct schema_item *item = &items.items[i];
        bool is_unique = item->kind == SCHEMA_KEY ||
                         (item->kind == SCHEMA_INDEX && text_starts_with(item->form, "UNIQUE "));
        if (!is_unique || is_shared(item->table))
            continue;
        const char *columns = strchr(item->form, '(');
        ck_assert_msg(text_starts_with(columns, "(tenant_id"), "%s %s", item->table, item->form);
        keys++;
    }
    ck_assert_uint_ge(keys, 20);
}
END_TEST

START_TEST(places_every_table_once)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct schema_items items = read_tables(arena);
    const char *text = read_file(arena, OPTIONAL);
    const char *last = "";
    size_t tables = 0;
    size_t placed = 0;
    for (size_t i = 0; i < items.count; i++) {
        const char *table = items.items[i].table;
        if (items.items[i].kind != SCHEMA_COLUMN || text_equal(table, last))
            continue;
        last = table;
        tables++;
        const char *place =
            is_shared(table)
                ? arena_printf(arena, "create_reference_table('%s')", table)
                : arena_printf(arena, "create_distributed_table('%s', 'tenant_id'", table);
        ck_assert_msg(strstr(text, place) != NULL, "%s", place);
    }
    for (const char *at = text; (at = strstr(at, "SELECT create_")) != NULL; at++)
        placed++;
    ck_assert_uint_eq(placed, tables);
}
END_TEST

TEST_SUITE(distributed)
{
    TEST_TABLE(uses_nothing_that_is_lacking, lacking);
    TEST_ONE(keys_begin_with_the_tenant);
    TEST_ONE(places_every_table_once);
}
