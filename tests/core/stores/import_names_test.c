/* Names and ids, by tenant and kind, until there is no more room. */
#include <stdio.h>
#include <string.h>

#include "core/stores/import_names.h"
#include "tests/support/suite.h"

static const struct name_case {
    enum record_kind kind;
    int64_t tenant_id;
    const char *name;
} name_cases[] = {
    {RECORD_CUSTOMER,     1, "a" },
    {RECORD_SUBSCRIPTION, 1, "a" },
    {RECORD_CUSTOMER,     2, "a" },
    {RECORD_CUSTOMER,     1, "ab"},
    {RECORD_CUSTOMER,     1, ""  },
};

START_TEST(keeps_tenants_and_kinds_apart)
{
    CLEANUP(import_names_destroy) struct import_names *names = import_names_create();
    int64_t id = 0;
    for (size_t i = 0; i < ARRAY_LEN(name_cases); i++) {
        const struct name_case *c = &name_cases[i];
        ck_assert(!import_names_find(names, c->kind, c->tenant_id, c->name, &id));
        import_names_add(names, c->kind, c->tenant_id, c->name, (int64_t)i + 100);
        import_names_add(names, c->kind, c->tenant_id, c->name, 0); /* the first one stays */
    }
    for (size_t i = 0; i < ARRAY_LEN(name_cases); i++) {
        const struct name_case *c = &name_cases[i];
        ck_assert(import_names_find(names, c->kind, c->tenant_id, c->name, &id));
        ck_assert_int_eq(id, (int64_t)i + 100);
    }
    import_names_forget(names);
    ck_assert(!import_names_find(names, RECORD_CUSTOMER, 1, "a", &id));
}
END_TEST

/* Whatever is remembered is right, also when it is full. */
START_TEST(is_bounded)
{
    enum { NAMES = 450000 };
    CLEANUP(import_names_destroy) struct import_names *names = import_names_create();
    char name[32];
    int64_t id = 0, found = 0;
    for (int64_t i = 0; i < NAMES; i++) {
        (void)snprintf(name, sizeof name, "name-%" PRId64, i);
        import_names_add(names, RECORD_SUBSCRIPTION, 1, name, i);
    }
    ck_assert(import_names_is_full(names));
    for (int64_t i = 0; i < NAMES; i++) {
        (void)snprintf(name, sizeof name, "name-%" PRId64, i);
        if (!import_names_find(names, RECORD_SUBSCRIPTION, 1, name, &id))
            continue;
        ck_assert_int_eq(id, i);
        found++;
    }
    ck_assert_int_gt(found, 300000);
    ck_assert_int_lt(found, NAMES);
}
END_TEST

TEST_SUITE(import_names)
{
    TEST_ONE(keeps_tenants_and_kinds_apart);
    TEST_ONE(is_bounded);
}
