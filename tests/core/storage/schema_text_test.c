/* Migrations of PostgreSQL as text: what they make, and what may not stand there. */
#include <string.h>

#include "core/storage/schema_text.h"
#include "tests/support/suite.h"

#define ARENA_BYTES (1u << 20)

/* Ours, and what PostgreSQL makes of it. */
static const struct condition_case {
    const char *ours, *servers, *expect;
} condition_cases[] = {
    {"a IS NOT NULL;",                                   "(a IS NOT NULL)",                                    "a IS NOT NULL"                                  },
    {"a <> b; -- why",                                   "(a <> b)",                                           "a <> b"                                         },
    {"a >= 'x:' AND a < 'x;';",                          "((a >= 'x:'::text) AND (a < 'x;'::text))",
     "a >= 'x:' AND a < 'x;'"                                                                                                                                   },
    {"a IS NOT NULL AND b IN ('c', 'd e');",
     "((a IS NOT NULL) AND (b = ANY (ARRAY['c'::text, 'd e'::text])))",                                        "a IS NOT NULL AND b IN 'c' , 'd e'"             },
    {"a = 'v' OR (b = 'c' AND d = 1);",                  "((a = 'v'::text) OR ((b = 'c'::text) AND (d = 1)))",
     "a = 'v' OR b = 'c' AND d = 1"                                                                                                                             },
    {"(a = 'v' OR b = 'c') AND d = 1;",                  "(((a = 'v'::text) OR (b = 'c'::text)) AND (d = 1))",
     "( a = 'v' OR b = 'c' ) AND d = 1"                                                                                                                         },
    {"((a = 1 OR b = 2)) AND (c = 3 AND d IN (4, 5))",
     "(((a = 1) OR (b = 2)) AND (c = 3) AND (d = ANY (ARRAY[(4)::bigint, (5)::bigint])))",                     "( a = 1 OR b = 2 ) AND c = 3 AND d IN 4 , 5"    },
    {"a = 1 OR (b = 2 OR c = 3);",                       "((a = 1) OR (b = 2) OR (c = 3))",                    "a = 1 OR b = 2 OR c = 3"                        },
    {"a = 1 AND (b = 2 AND (c = 3 OR d = 4)) OR e = 5;",
     "(((a = 1) AND (b = 2) AND ((c = 3) OR (d = 4))) OR (e = 5))",                                            "a = 1 AND b = 2 AND ( c = 3 OR d = 4 ) OR e = 5"},
    {"NOT (a = 1 AND b = 2) AND c = 3",                  "((NOT ((a = 1) AND (b = 2))) AND (c = 3))",
     "NOT ( a = 1 AND b = 2 ) AND c = 3"                                                                                                                        },
    {"((a + b) * c) > 0",                                "(((a + b) * c) > 0)",                                "( ( a + b ) * c ) > 0"                          },
    {"lower(a) = 'x'",                                   "(lower(a) = 'x'::text)",                             "lower a = 'x'"                                  },
};

START_TEST(reads_conditions)
{
    const struct condition_case *c = &condition_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", (size_t)1 << 20);
    ck_assert_str_eq(schema_condition(c->ours, arena), c->expect);
    ck_assert_str_eq(schema_condition(c->servers, arena), c->expect);
}
END_TEST

static const struct text_case {
    const char *text;
    const char *expected; /* "kind table name form;" for each item; NULL: refused in line 2 */
} text_cases[] = {
    {"-- a comment\n\nCREATE TABLE a (\n    a_id BIGINT PRIMARY KEY, -- NOT NULL UNIQUE\n"
     "    b    TEXT COLLATE \"C\" NOT NULL UNIQUE,\n    c    BYTEA -- NOT NULL\n);\n", "0 a a_id bigint NOT NULL;1 a  PRIMARY KEY (a_id);0 a b text COLLATE \"C\" NOT NULL;"
     "1 a  UNIQUE (b);0 a c bytea;"                                        },
    {"CREATE TABLE a (\n    b BIGINT NOT NULL CHECK (b > 0),\n    PRIMARY KEY (b, c),\n    UNIQUE "
     "(c)\n"
     ") WITH (fillfactor = 50); -- why\nCREATE INDEX i ON a (c);",                     "0 a b bigint NOT NULL;1 a  PRIMARY KEY (b, c);1 a  UNIQUE (c);2 a i (c);"},
    {"CREATE UNIQUE INDEX i ON a (b, c) WHERE d = 1;\nALTER TABLE a ADD COLUMN e BIGINT;\n"
     "ALTER TABLE a ALTER COLUMN e SET STORAGE PLAIN; -- why\n",                       "2 a i UNIQUE (b, c) WHERE d = 1;0 a e bigint;"                           },
    {"",                                                                                    ""                                                                        },
    {"CREATE TABLE a (\n    b TEXT\n);\n",                                                  NULL                                                                      }, /* no collation: sorts otherwise than SQLite */
    {"CREATE TABLE a (\n    b INTEGER\n);\n",                                               NULL                                                                      },
    {"CREATE TABLE a (\n    b SERIAL\n);\n",                                                NULL                                                                      },
    {"\nCREATE TRIGGER t AFTER INSERT ON a EXECUTE FUNCTION f();\n",                        NULL                                                                      },
    {"\nCREATE SEQUENCE s;\n",                                                              NULL                                                                      },
    {"\nCREATE TABLE a (b BIGINT);\n",                                                      NULL                                                                      },
    {"\nDROP TABLE a;\n",                                                                   NULL                                                                      },
    {"\nUPDATE a SET b = 1;\n",                                                             NULL                                                                      },
    {"\nCREATE INDEX i ON a;\n",                                                            NULL                                                                      },
    {"\nALTER TABLE a ADD CONSTRAINT c CHECK (b > 0);\n",                                   NULL                                                                      },
};

START_TEST(reads)
{
    const struct text_case *c = &text_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct schema_items items = {0};
    struct error err = {0};
    const char *got = "";
    bool ok = schema_text_read("0001_a", c->text, arena, &items, &err);
    ck_assert_msg(ok == (c->expected != NULL), "%s: %s", c->text, err.message);
    if (!ok) {
        ck_assert_msg(strstr(err.message, "0001_a.sql:2: ") != NULL, "%s: %s", c->text,
                      err.message);
        ck_assert_int_eq(err.exit_code, EXIT_CONFIG);
        return;
    }
    for (size_t i = 0; i < items.count; i++)
        got = arena_printf(arena, "%s%d %s %s %s;", got, (int)items.items[i].kind,
                           items.items[i].table, items.items[i].name, items.items[i].form);
    ck_assert_str_eq(got, c->expected);
}
END_TEST

TEST_SUITE(schema_text)
{
    TEST_TABLE(reads_conditions, condition_cases);
    TEST_TABLE(reads, text_cases);
}
