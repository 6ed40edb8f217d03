/* The shipped layout and labels are good; each mistake in a copy is refused where it stands. */
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/outside/file_read.h"
#include "core/outside/invoice_layout.h"
#include "core/outside/pdf_text.h"
#include "tests/support/suite.h"

#define LAYOUT "templates/invoice/default.layout"
#define ARENA_BYTES ((size_t)4 << 20)

static char copy_path[64];

/* A copy of the shipped layout under build/ with `find` replaced by `put`, its files still found.
 */
static const char *changed_layout(const char *find, const char *put, struct arena *arena)
{
    const char *text;
    size_t size;
    struct error err = {0};
    ck_assert_msg(file_read(LAYOUT, LINE_FILE_BYTES_MAX, arena, &text, &size, &err), "%s",
                  err.message);
    const char *at = strstr(text, find);
    ck_assert_msg(at != NULL, "'%s' is not in the layout", find);
    text = arena_printf(arena, "%.*s%s%s", (int)(at - text), text, put, at + strlen(find));
    const char *directory = strstr(text, "directory = labels");
    if (directory != NULL)
        text =
            arena_printf(arena, "%.*sdirectory = ../templates/invoice/labels%s",
                         (int)(directory - text), text, directory + strlen("directory = labels"));
    (void)snprintf(copy_path, sizeof copy_path, "build/layout-XXXXXX");
    int fd = mkstemp(copy_path);
    ck_assert_int_ge(fd, 0);
    FILE *file = fdopen(fd, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    return copy_path;
}

START_TEST(reads_the_shipped_layout)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct invoice_layout layout;
    struct error err = {0};
    ck_assert_msg(invoice_layout_load(LAYOUT, arena, &layout, &err), "%s", err.message);
    ck_assert_int_eq(layout.page_width_mpt, 595276);
    ck_assert_int_eq(layout.margin_right_mpt, 56693); /* 20 mm */
    ck_assert_int_eq(layout.size_small_mpt, 7500);
    ck_assert_int_eq(layout.colour_accent, 0x1F4E79);
    ck_assert_uint_eq(layout.column_count, COLUMN_KINDS);
    ck_assert_uint_ge(layout.label_count, 14);
    ck_assert_str_eq(invoice_layout_labels(&layout, "de")->text[LABEL_TITLE], "Rechnung");
    ck_assert_str_eq(invoice_layout_labels(&layout, "ja")->language, "en");
    ck_assert_str_eq(layout.logo.path, "templates/invoice/logo.png");
    int32_t width = 0;
    for (size_t i = 0; i < layout.column_count; i++)
        width += layout.columns[i].width_mpt;
    ck_assert_int_eq(width,
                     layout.page_width_mpt - layout.margin_left_mpt - layout.margin_right_mpt);
}
END_TEST

static const struct layout_case {
    const char *name, *find, *put;
    const char *message; /* behind the path: ":line:column: …" */
} layout_cases[] = {
    {"unknown size",      "size = A4",            "size = A3",                              ":8:8: size: expected A4 or Letter, not \"A3\""},
    {"unit missing",      "margin_left = 25mm",   "margin_left = 25",                       ":9:15: margin_left: expected"                 },
    {"unit unknown",      "margin_left = 25mm",   "margin_left = 2in",                      ":9:15: margin_left: expected"                 },
    {"three decimals",    "margin_left = 25mm",   "margin_left = 2.555mm",                  ":9:15: margin_left"                           },
    {"negative",          "margin_left = 25mm",   "margin_left = -5mm",                     ":9:15: margin_left: expected"                 },
    {"out of range",      "margin_left = 25mm",   "margin_left = 90mm",                     ":9:15: margin_left: 90mm is"                  },
    {"huge",              "margin_left = 25mm",   "margin_left = 99999999999mm",            ":9:15: margin_left: expected"                 },
    {"empty",             "margin_left = 25mm",   "margin_left =",                          ":9:14: margin_left: expected a length"        },
    {"misspelt",          "margin_left = 25mm",   "margin_lefft = 25mm",                    ": margin_left is missing in"                  },
    {"unknown key",       "margin_left = 25mm",   "margin_left = 25mm\nborder = 1mm",
     ":10:1: unknown key border in section [page]"                                                                                         },
    {"unknown section",   "[page]",               "[extra]\nkey = 1\n[page]",               ":8:1: unknown key key"                        },
    {"twice",             "margin_left = 25mm",   "margin_left = 25mm\nmargin_left = 25mm",
     ":10:1: margin_left is already set in line 9"                                                                                         },
    {"no equals sign",    "margin_left = 25mm",   "margin_left 25mm",                       ":9:1: expected \"key = value\""               },
    {"upper case",        "margin_left = 25mm",   "  Margin = 25mm",                        ":9:3: a key is a lower-case word"             },
    {"section open",      "[page]",               "[page",                                  ":7:1: a section is written [word]"            },
    {"section empty",     "[page]",               "[]",                                     ":7:1: a section is written [word]"            },
    {"windows line",      "size = A4",            "size = A4\r",                            ":8:10: a carriage return"                     },
    {"not UTF-8",         "size = A4",            "size = \xFF",                            ":8:8: not UTF-8"                              },
    {"colour",            "accent = #1F4E79",     "accent = blue",                          ": accent: expected a colour such as"          },
    {"colour digit",      "accent = #1F4E79",     "accent = #1F4E7G",                       ": accent: expected a colour"                  },
    {"column unknown",    "quantity 19mm",        "amounts 19mm",                           ": columns: \"amounts\" is no column"          },
    {"column twice",      "quantity 19mm",        "amount 19mm",                            ": columns: amount stands twice"               },
    {"column narrow",     "quantity 19mm",        "quantity 1mm",                           ": columns: quantity needs a width"            },
    {"column widthless",  "quantity 19mm",        "quantity",                               ": columns: quantity needs a width"            },
    {"columns too wide",  "quantity 19mm",        "quantity 60mm",                          ": columns: the columns leave less"            },
    {"no description",    "description, ",        "",                                       ": columns: the columns description and amount"},
    {"description width", "description,",         "description 20mm,",                      ": columns: description takes"                 },
    {"overlap",           "address_width = 80mm", "address_width = 95mm",                   ": facts_width: the facts would"               },
    {"yes or no",         "carry_totals = yes",   "carry_totals = maybe",                   ": carry_totals: expected no or"               },
    {"fallback",          "fallback = none",      "fallback = a.ttf,,b.ttf",                ": fallback: expected files"                   },
    {"fallback empty",    "fallback = none",      "fallback =",                             ": fallback: expected files"                   },
    {"five fallbacks",    "fallback = none",      "fallback = a, b, c, d, e",               ": fallback: more than 4"                      },
    {"labels missing",    "directory = labels",   "directory = nowhere",                    "nowhere/en.labels"                            },
};

START_TEST(refuses_layouts)
{
    const struct layout_case *c = &layout_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct invoice_layout layout;
    struct error err = {0};
    const char *path = changed_layout(c->find, c->put, arena);
    bool loaded = invoice_layout_load(path, arena, &layout, &err);
    (void)remove(path);
    ck_assert_msg(!loaded, "%s: accepted", c->name);
    ck_assert_msg(err.exit_code == EXIT_CONFIG, "%s: exit %d", c->name, err.exit_code);
    ck_assert_msg(strstr(err.message, c->message) != NULL, "%s: %s", c->name, err.message);
}
END_TEST

START_TEST(hints_at_a_misspelt_key)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct invoice_layout layout;
    struct error err = {0};
    const char *path = changed_layout("margin_left = ", "margin_lefft = ", arena);
    ck_assert(!invoice_layout_load(path, arena, &layout, &err));
    (void)remove(path);
    ck_assert_str_eq(err.hint, "line 9 says margin_lefft: did you mean margin_left?");
}
END_TEST

START_TEST(any_change_changes_the_digest)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct invoice_layout first, again, other;
    struct error err = {0};
    ck_assert(invoice_layout_load(LAYOUT, arena, &first, &err));
    ck_assert(invoice_layout_load(LAYOUT, arena, &again, &err));
    ck_assert_mem_eq(first.files_digest, again.files_digest, SHA256_SIZE);
    const char *path = changed_layout("# PNG or JPEG", "# JPEG or PNG", arena);
    ck_assert_msg(invoice_layout_load(path, arena, &other, &err), "%s", err.message);
    (void)remove(path);
    ck_assert_mem_ne(first.files_digest, other.files_digest, SHA256_SIZE);
}
END_TEST

/* --- labels --- */

static const struct label_case {
    const char *name, *find, *put, *message;
} label_cases[] = {
    {"missing",             "total = Total\n", "",                          ": total is missing"                  },
    {"unknown",             "total = Total",   "total = Total\ntotals = x", ": unknown key totals"                },
    {"empty",               "total = Total",   "total =",                   ": total: must not be empty"          },
    {"placeholder lost",    "Page {n} of {m}", "Page {n}",                  ": page_n_of_m: must hold {m} exactly"},
    {"placeholder twice",   "Page {n} of {m}", "{n} {n} {m}",               ": page_n_of_m: must hold {n} exactly"},
    {"placeholder unknown", "Page {n} of {m}", "{n} {m} {x}",               ": page_n_of_m: \"{x}\" is no"        },
    {"brace",               "total = Total",   "total = {Total",            ": total: \"{\" is no placeholder"    },
    {"not its own",         "total = Total",   "total = {n}",               ": total: \"{n}\" is no placeholder"  },
};

START_TEST(refuses_labels)
{
    const struct label_case *c = &label_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct line_file file;
    struct invoice_labels labels;
    struct error err = {0};
    const char *text;
    size_t size;
    ck_assert(file_read("templates/invoice/labels/en.labels", LINE_FILE_BYTES_MAX, arena, &text,
                        &size, &err));
    const char *at = strstr(text, c->find);
    ck_assert_msg(at != NULL, "%s", c->name);
    text = arena_printf(arena, "%.*s%s%s", (int)(at - text), text, c->put, at + strlen(c->find));
    ck_assert(line_file_parse("en.labels", text, strlen(text), arena, &file, &err));
    ck_assert_msg(!invoice_labels_take(&file, "en", &labels, &err), "%s: accepted", c->name);
    ck_assert_msg(strstr(err.message, c->message) != NULL, "%s: %s", c->name, err.message);
}
END_TEST

START_TEST(fills_placeholders)
{
    char storage[100];
    struct strbuf text;
    strbuf_init(&text, storage, sizeof storage);
    label_add(&text, "{m} of {n}, {other} {n", (const char *[]){"n", "1", "m", "{n}", NULL});
    ck_assert_str_eq(text.text, "{n} of 1, {other} {n");
}
END_TEST

START_TEST(shipped_fonts_show_all_labels)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    CLEANUP(pdf_fonts_free) struct pdf_fonts *fonts = NULL;
    struct invoice_layout layout;
    struct error err = {0};
    ck_assert(invoice_layout_load(LAYOUT, arena, &layout, &err));
    ck_assert_msg(pdf_fonts_load(&layout, &fonts, &err), "%s", err.message);
    for (size_t i = 0; i < layout.label_count; i++)
        for (size_t j = 0; j < LABEL_COUNT; j++) {
            struct pdf_text text;
            ck_assert_msg(pdf_text_make(fonts, true, layout.labels[i].language,
                                        layout.labels[i].text[j], arena, &text, &err),
                          "%s", err.message);
        }
}
END_TEST

TEST_SUITE(invoice_layout)
{
    TEST_ONE(reads_the_shipped_layout);
    TEST_TABLE(refuses_layouts, layout_cases);
    TEST_ONE(hints_at_a_misspelt_key);
    TEST_ONE(any_change_changes_the_digest);
    TEST_TABLE(refuses_labels, label_cases);
    TEST_ONE(fills_placeholders);
    TEST_ONE(shipped_fonts_show_all_labels);
}
