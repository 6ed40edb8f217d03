#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/strbuf.h"
#include "core/setup/yaml_tree.h"
#include "tests/support/setup_files.h"
#include "tests/support/suite.h"

#define ARENA_CAP (64u * 1024u * 1024u)
#define DUMP_SIZE 4096u
#define FAST_MS                                                                                    \
    300 /* a refusal never takes long; the time of the processor, so that a busy machine does not  \
           matter */

static int64_t processor_ms(void)
{
    return (int64_t)clock() * 1000 / CLOCKS_PER_SEC;
}

/* --- accepted --------------------------------------------------------------------------------- */

/* {a@1:1: b@1:4, …}: every key and value with its place; quoted scalars in quotes. */
static void dump(struct strbuf *buf, const struct yaml_node *node)
{
    const char *quote = node->plain ? "" : "'";
    if (node->kind == YAML_SCALAR) {
        strbuf_addf(buf, "%s%s%s@%u:%u", quote, node->text, quote, node->at.line, node->at.column);
        return;
    }
    strbuf_add_char(buf, node->kind == YAML_MAPPING ? '{' : '[');
    for (const struct yaml_node *child = node->first; child != NULL; child = child->next) {
        if (child->key != NULL)
            strbuf_addf(buf, "%s@%u:%u: ", child->key, child->key_at.line, child->key_at.column);
        dump(buf, child);
        strbuf_add(buf, child->next == NULL ? "" : ", ");
    }
    strbuf_add_char(buf, node->kind == YAML_MAPPING ? '}' : ']');
}

static const struct accept_case {
    const char *name, *text, *tree;
} accept_cases[] = {
    {"a mapping",                    "a: b\nc:\n  d: e\n",                        "{a@1:1: b@1:4, c@2:1: {d@3:3: e@3:6}}"    },
    {"lists",                        "a: [x, 'y']\nb:\n- z\n",                    "{a@1:1: [x@1:5, 'y'@1:8], b@2:1: [z@3:3]}"},
    {"nothing",                      "",                                          "{}"                                       },
    {"only a comment",               "# nothing\n",                               "{}"                                       },
    {"everything is text",           "a: no\nb: 01\nc: 1e3\nd: 12:30\n",
     "{a@1:1: no@1:4, b@2:1: 01@2:4, c@3:1: 1e3@3:4, d@4:1: 12:30@4:4}"                                                      },
    {"a BOM takes no column",        "\xEF\xBB\xBF\x61: b\n",                     "{a@1:1: b@1:4}"                           },
    {"CRLF",                         "a: b\r\nc: d\r\n",                          "{a@1:1: b@1:4, c@2:1: d@2:4}"             },
    {"columns are characters",       "\xC3\xA4: [\xE6\x97\xA5, b]\n",
     "{\xC3\xA4@1:1: [\xE6\x97\xA5@1:5, b@1:8]}"                                                                             },
    {"a document with its marks",    "---\na: b\n...\n",                          "{a@2:1: b@2:4}"                           },
    {"the same key in two mappings", "a: {k: 1}\nb: {k: 2}\n",
     "{a@1:1: {k@1:5: 1@1:8}, b@2:1: {k@2:5: 2@2:8}}"                                                                        },
    {"a quoted << is a key",         "'<<': a\n",                                 "{<<@1:1: a@1:7}"                          },
    {"a tab behind a value",         "a: b\t# c\n",                               "{a@1:1: b@1:4}"                           },
    {"an empty value",               "a:\n",                                      "{a@1:1: @1:3}"                            },
    {"as deep as allowed",           "[[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]",
     "[[[[[[[[[[[[[[[[[[[[x@1:21]]]]]]]]]]]]]]]]]]]]"                                                                        },
};

START_TEST(accepts)
{
    const struct accept_case *c = &accept_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    struct problem_list problems = {.arena = arena};
    struct yaml_node *root = NULL;
    char storage[DUMP_SIZE];
    struct strbuf buf;
    bool ok = yaml_tree_parse("f", c->text, strlen(c->text), arena, &problems, &root);
    ck_assert_msg(ok && problems.count == 0, "%s: %s", c->name, problems_text(&problems, ""));
    strbuf_init(&buf, storage, sizeof storage);
    dump(&buf, root);
    ck_assert_msg(strcmp(buf.text, c->tree) == 0, "%s: %s", c->name, buf.text);
}
END_TEST

/* --- refused ---------------------------------------------------------------------------------- */

static const struct refuse_case {
    const char *name;
    bool tree; /* a tree comes out all the same, so that the other mistakes are found */
    const char *text, *problems;
} refuse_cases[] = {
    {"an anchor and an alias",          true,  "a: &x 1\nb: *x\n",
     "1:4: anchor '&x': anchors and aliases are not used here (write the value out where it is "
     "needed)\n"
     "2:4: alias '*x': anchors and aliases are not used here (put a text that begins with * in "
     "quotes)\n"                                                                                                                                           },
    {"an alias of nothing",             true,  "b: *nowhere\n",
     "1:4: alias '*nowhere': anchors and aliases are not used here (put a text that begins with * "
     "in quotes)\n"                                                                                                                                        },
    {"a schedule without quotes",       false, "schedule: *-*-01 02:00\n",
     "1:13: not valid YAML: did not find expected alphabetic or numeric character (put a text that "
     "begins with * in quotes)\n"                                                                                                                          },
    {"a merge key",                     true,  "a:\n  <<: {b: 1}\n",
     "2:3: merge key '<<': merging is not used here (write the merged keys out)\n"                                                                         },
    {"tags",                            true,  "a: !!int 1\nb: !own {c: d}\nc: ! x\n",
     "1:4: tag 'tag:yaml.org,2002:int': tags are not used here (leave it out: what type a value "
     "has is known by its key)\n"
     "2:4: tag '!own': tags are not used here (leave it out: what type a value has is known by its "
     "key)\n"
     "3:4: tag '!': tags are not used here (leave it out: what type a value has is known by its "
     "key)\n"                                                                                                                                              },
    {"a duplicate key",                 true,  "a: 1\nb: 2\na: 3\n",
     "3:1: key 'a' is there twice, first in line 1 (keep one of the two)\n"                                                                                },
    {"a duplicate key, quoted",         true,  "a: 1\n\"a\": 3\n",
     "2:1: key 'a' is there twice, first in line 1 (keep one of the two)\n"                                                                                },
    {"a duplicate key inside",          true,  "x:\n  a: 1\n  a: 2\ny: *z\n",
     "3:3: key 'a' is there twice, first in line 2 (keep one of the two)\n"
     "4:4: alias '*z': anchors and aliases are not used here (put a text that begins with * in "
     "quotes)\n"                                                                                                                                           },
    {"two documents",                   false, "a: 1\n---\nb: 2\n",
     "2:1: a second document begins here (one file holds one document: remove the '---' and what "
     "follows)\n"                                                                                                                                          },
    {"directives",                      true,  "%YAML 1.1\n---\na: 1\n",
     "1:1: YAML directives are not used here (leave the line that begins with % out)\n"                                                                    },
    {"a list as key",                   false, "a: 1\n? [x]\n: 2\n",
     "2:3: a list or mapping stands where a key is expected (a key is a single word)\n"                                                                    },
    {"a tab as indentation",            false, "a:\n\tb: 1\n",
     "2:1: a tab cannot indent YAML (indent with spaces)\n"                                                                                                },
    {"a tab behind spaces",             false, "a:\n  \tb: 1\n",
     "2:3: a tab cannot indent YAML (indent with spaces)\n"                                                                                                },
    {"a quote left open",               false, "a: 'b\nc: d\n",
     "3:1: not valid YAML: found unexpected end of stream while scanning a quoted scalar that "
     "begins in line 1 (look at the indentation, the quotes and the colons there)\n"                                                                       },
    {"a bracket left open",             false, "a: [b\nc: d\n",
     "2:2: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence that "
     "begins in line 1 (look at the indentation, the quotes and the colons there)\n"                                                                       },
    {"no colon",                        false, "a: 1\nb\nc: 2\n",
     "3:1: not valid YAML: could not find expected ':' while scanning a simple key that begins in "
     "line 2 (look at the indentation, the quotes and the colons there)\n"                                                                                 },
    {"two colons",                      false, "a: b: c\n",
     "1:5: not valid YAML: mapping values are not allowed in this context (look at the "
     "indentation, the quotes and the colons there)\n"                                                                                                     },
    {"latin-1",                         false, "a: 1\nb: caf\xE9\n",
     "2:7: not UTF-8 from here on (save the file as UTF-8)\n"                                                                                              },
    {"UTF-16",                          false,
     "\xFF\xFE"
     "a",                                                                                          "1:1: not UTF-8 from here on (save the file as UTF-8)\n"},
    {"a control character",             false, "a: 1\r\nb: x\x07y\n",
     "2:5: not readable as text: control characters are not allowed (save the file as plain UTF-8 "
     "text)\n"                                                                                                                                             },
    {"a second BOM",                    false, "a: 1\n\xEF\xBB\xBF\x62: 1\n",
     "2:2: not valid YAML: did not find expected key while parsing a block mapping that begins in "
     "line 1 (look at the indentation, the quotes and the colons there)\n"                                                                                 },
    {"a NUL in quotes",                 true,  "a: \"x\\0y\"\n",
     "1:4: a value holds a NUL character (leave the \\0 out)\n"                                                                                            },
    {"a message is one printable line", true,  "\"k\\n\\e[2J\\x9b\": 1\n\"k\\n\\e[2J\\x9b\": 2\n",
     "2:1: key 'k?\?[2J?\?' is there twice, first in line 1 (keep one of the two)\n"                                                                       },
    {"too deep by one",                 false, "a: [[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]",
     "1:23: nested more than 20 levels deep\n"                                                                                                             },
};

START_TEST(refuses)
{
    const struct refuse_case *c = &refuse_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    struct problem_list problems = {.arena = arena};
    struct yaml_node *root = NULL;
    bool ok = yaml_tree_parse("f", c->text, strlen(c->text), arena, &problems, &root);
    const char *text = problems_text(&problems, "f:");
    ck_assert_msg(strcmp(text, c->problems) == 0, "%s:\n%s", c->name, text);
    ck_assert_msg(ok == c->tree && (root != NULL) == c->tree, "%s", c->name);
}
END_TEST

START_TEST(refuses_nul_bytes)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    struct problem_list problems = {.arena = arena};
    struct yaml_node *root = NULL;
    ck_assert(!yaml_tree_parse("f", "a: 1\nb: \0\n", 10, arena, &problems, &root));
    ck_assert_str_eq(problems_text(&problems, ""),
                     "f:2:4: not readable as text: control characters are not allowed (save the "
                     "file as plain UTF-8 text)\n");
}
END_TEST

/* --- made large at run time ------------------------------------------------------------------- */

/* `head` once, then `unit` so many times. */
static const struct large_case {
    const char *name, *head, *unit;
    size_t times;
    const char *first_problem;
    size_t problem_count; /* with those that were dropped */
} large_cases[] = {
    {"20,000 levels of lists",    "",                                                            "[",                         20000,  "f:1:21: nested more than 20 levels deep",                   1   },
    {"20,000 levels of mappings", "",                                                            "{a: ",                      20000,  "f:1:81: nested more than 20 levels deep",                   1   },
    {"20,000 levels of dashes",   "",                                                            "- ",                        20000,  "f:1:41: nested more than 20 levels deep",                   1   },
    {"too many values",           "a: [",                                                        "x,",                        40000,  "f:1:39999: more than 20000 keys and values",                1   },
    {"equal keys",                "",                                                            "k: v\n",                    9000,   "f:2:1: key 'k' is there twice, first in line 1",            8999},
    {"a long value",              "a: ",                                                         "x",                         5000,   "f:1:4: a value of 5000 bytes, at most 4096 are allowed",    1   },
    {"a billion laughs",
     "a: &a [lol, lol]\n"
     "b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\n", "d: [*c, *c, *c, *c, *c]\n", 1,      "f:1:4: anchor '&a': anchors and aliases are not used here",
     26                                                                                                                                                                                                },
    {"a file over the cap",       "# ",                                                          "x",                         262144, "f: 262146 bytes, at most 262144 are read",                  1   },
    {"a long key",                "",                                                            "k",                         100000, NULL,                                                        1   },
};

START_TEST(refuses_large)
{
    const struct large_case *c = &large_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    struct problem_list problems = {.arena = arena};
    struct yaml_node *root = NULL;
    struct strbuf buf;
    size_t size = strlen(c->head) + strlen(c->unit) * c->times + 1;
    int64_t before = processor_ms();
    strbuf_init(&buf, arena_alloc(arena, size), size);
    strbuf_add(&buf, c->head);
    for (size_t i = 0; i < c->times; i++)
        strbuf_add(&buf, c->unit);
    (void)!yaml_tree_parse("f", buf.text, buf.length, arena, &problems, &root);
    int64_t spent_ms = processor_ms() - before;
    ck_assert_msg(problems.count > 0, "%s", c->name);
    if (c->first_problem != NULL) {
        const char *first = problem_text(&problems.items[0], arena);
        ck_assert_msg(strcmp(first, c->first_problem) == 0, "%s: %s", c->name, first);
    }
    ck_assert_msg(problems.count + problems.dropped == c->problem_count, "%s: %zu", c->name,
                  problems.count + problems.dropped);
    ck_assert_msg(spent_ms < FAST_MS, "%s: %" PRId64 " ms", c->name, spent_ms);
}
END_TEST

/* --- files ------------------------------------------------------------------------------------ */

/* A scalar of 70 MB as a sparse file: refused by its size, without being read. */
START_TEST(refuses_huge_file)
{
    CLEANUP(scratch_remove) struct scratch scratch = scratch_create();
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    struct problem_list problems = {.arena = arena};
    struct yaml_node *root = NULL;
    struct scratch_path path = scratch_write(&scratch, "huge.yaml", "a: x");
    ck_assert_int_eq(truncate(path.text, 70000000), 0);
    int64_t before = processor_ms();
    ck_assert(!yaml_tree_read(path.text, arena, &problems, &root));
    ck_assert_int_lt(processor_ms() - before, FAST_MS);
    ck_assert_str_eq(
        problems_text(&problems, path.text),
        ": 70000000 bytes, at most 262144 are read (look whether it is the right file)\n");
}
END_TEST

START_TEST(refuses_what_is_no_file)
{
    CLEANUP(scratch_remove) struct scratch scratch = scratch_create();
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    struct problem_list problems = {.arena = arena};
    struct yaml_node *root = NULL;
    struct scratch_path pipe_path = scratch_path(&scratch, "pipe.yaml");
    struct scratch_path dangling = scratch_path(&scratch, "dangling.yaml");
    ck_assert_int_eq(mkfifo(pipe_path.text, 0600), 0);
    ck_assert_int_eq(symlink("nowhere", dangling.text), 0);
    ck_assert(!yaml_tree_read(pipe_path.text, arena, &problems, &root));
    ck_assert(!yaml_tree_read(scratch.path, arena, &problems, &root));
    ck_assert(!yaml_tree_read(dangling.text, arena, &problems, &root));
    const char *expected = arena_printf(
        arena,
        "%s: not a regular file (put a file there)\n"
        "%s: not a regular file (put a file there)\n"
        "%s: cannot be opened: No such file or directory (it must exist and be readable for the "
        "user that runs billmill)\n",
        pipe_path.text, scratch.path, dangling.text);
    ck_assert_str_eq(problems_text(&problems, ""), expected);
}
END_TEST

START_TEST(follows_links_to_files)
{
    CLEANUP(scratch_remove) struct scratch scratch = scratch_create();
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    struct problem_list problems = {.arena = arena};
    struct yaml_node *root = NULL;
    struct scratch_path link_path = scratch_path(&scratch, "link.yaml");
    (void)scratch_write(&scratch, "real.yaml", "a: b\n");
    ck_assert_int_eq(symlink("real.yaml", link_path.text), 0);
    ck_assert(yaml_tree_read(link_path.text, arena, &problems, &root));
    ck_assert_uint_eq(root->count, 1);
    ck_assert_str_eq(root->first->at.file, link_path.text);
}
END_TEST

/* --- types ------------------------------------------------------------------------------------ */

static const struct type_case {
    const char *text;
    enum yaml_type type;
} type_cases[] = {
    {"",        YAML_TYPE_NULL   },
    {"~",       YAML_TYPE_NULL   },
    {"null",    YAML_TYPE_NULL   },
    {"nULL",    YAML_TYPE_TEXT   },
    {"true",    YAML_TYPE_BOOLEAN},
    {"FALSE",   YAML_TYPE_BOOLEAN},
    {"yes",     YAML_TYPE_TEXT   },
    {"no",      YAML_TYPE_TEXT   },
    {"0",       YAML_TYPE_INTEGER},
    {"-12",     YAML_TYPE_INTEGER},
    {"+3",      YAML_TYPE_INTEGER},
    {"012",     YAML_TYPE_INTEGER},
    {"0x1F",    YAML_TYPE_INTEGER},
    {"0o17",    YAML_TYPE_INTEGER},
    {"0x",      YAML_TYPE_TEXT   },
    {"1_000",   YAML_TYPE_TEXT   },
    {"02:00",   YAML_TYPE_TEXT   },
    {"1.5",     YAML_TYPE_FLOAT  },
    {".5",      YAML_TYPE_FLOAT  },
    {"1.",      YAML_TYPE_FLOAT  },
    {"1e3",     YAML_TYPE_FLOAT  },
    {".",       YAML_TYPE_TEXT   },
    {"-",       YAML_TYPE_TEXT   },
    {"e3",      YAML_TYPE_TEXT   },
    {"1e",      YAML_TYPE_TEXT   },
    {".inf",    YAML_TYPE_FLOAT  },
    {"-.INF",   YAML_TYPE_FLOAT  },
    {".nan",    YAML_TYPE_FLOAT  },
    {"1.2.3",   YAML_TYPE_TEXT   },
    {"2026-10", YAML_TYPE_TEXT   },
};

START_TEST(knows_types)
{
    const struct type_case *c = &type_cases[_i];
    struct yaml_node node = {.kind = YAML_SCALAR, .text = c->text, .plain = true};
    ck_assert_msg(yaml_scalar_type(&node) == c->type, "'%s': %d", c->text,
                  (int)yaml_scalar_type(&node));
    node.plain = false;
    ck_assert_msg(yaml_scalar_type(&node) == YAML_TYPE_TEXT, "'%s' in quotes", c->text);
}
END_TEST

TEST_SUITE(yaml_tree)
{
    TEST_TABLE(accepts, accept_cases);
    TEST_TABLE(refuses, refuse_cases);
    TEST_TABLE(refuses_large, large_cases);
    TEST_ONE(refuses_nul_bytes);
    TEST_ONE(refuses_huge_file);
    TEST_ONE(refuses_what_is_no_file);
    TEST_ONE(follows_links_to_files);
    TEST_TABLE(knows_types, type_cases);
}
