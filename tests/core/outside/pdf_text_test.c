/* Breaking texts into lines. The digits of the shipped font are 556/1000 em wide, a space 277: a
 * width is given in digits. */
#include <string.h>

#include "core/base/strbuf.h"
#include "core/outside/pdf_text.h"
#include "tests/support/suite.h"

#define ARENA_BYTES ((size_t)8 << 20)
#define DIGIT_WIDTH 556
#define SIZE_MPT 1000 /* so that a digit is 556 mpt wide */

static const struct break_case {
    const char *name, *text;
    int32_t digits;
    const char *lines; /* joined by "|" */
} break_cases[] = {
    {"fits",                               "000 000",      7, "000 000"    },
    {"at a space",                         "000 000",      4, "000|000"    },
    {"exactly",                            "000 000",      3, "000|000"    },
    {"several spaces vanish at the break", "000   000",    4, "000|000"    },
    {"a word too long is cut",             "0000000",      3, "000|000|0"  },
    {"a long word after a short one",      "00 0000000",   4, "00|0000|000"},
    {"narrower than one digit",            "00",           0, "0|0"        },
    {"no break at a no-break space",
     "00\xC2\xA0"
     "00 00",                                              5,
     "00\xC2\xA0"
     "00|00"                                                               },
    {"no break at a narrow one",
     "00\xE2\x80\xAF"
     "00 00",                                              5,
     "00\xE2\x80\xAF"
     "00|00"                                                               },
    {"behind a hyphen before a letter",    "000-aaa",      5, "000-|aaa"   },
    {"not before a digit",                 "000-000",      5, "000-0|00"   },
    {"line breaks",                        "0\n00\n\n000", 9, "0|00||000"  },
    {"an ending line break",               "0\n",          9, "0"          },
    {"ending spaces",                      "0  ",          9, "0"          },
    {"empty",                              "",             9, ""           },
};

START_TEST(breaks_lines)
{
    const struct break_case *c = &break_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    CLEANUP(pdf_fonts_free) struct pdf_fonts *fonts = NULL;
    struct invoice_layout layout;
    struct pdf_text text, line;
    struct error err = {0};
    ck_assert(invoice_layout_load("templates/invoice/default.layout", arena, &layout, &err));
    ck_assert_msg(pdf_fonts_load(&layout, &fonts, &err), "%s", err.message);
    ck_assert_msg(pdf_text_make(fonts, false, "text", c->text, arena, &text, &err), "%s",
                  err.message);
    char storage[100];
    struct strbuf lines;
    strbuf_init(&lines, storage, sizeof storage);
    size_t cursor = 0;
    for (int32_t i = 0;
         pdf_text_next_line(&text, SIZE_MPT, c->digits * DIGIT_WIDTH, &cursor, &line); i++) {
        ck_assert_msg(i < 20, "%s: never ends", c->name);
        if (i > 0)
            strbuf_add_char(&lines, '|');
        for (size_t j = 0; j < line.count; j++) {
            if (line.code_points[j] == 0xA0)
                strbuf_add(&lines, "\xC2\xA0");
            else if (line.code_points[j] == 0x202F)
                strbuf_add(&lines, "\xE2\x80\xAF");
            else
                strbuf_add_char(&lines, (char)line.code_points[j]);
        }
        ck_assert_msg(c->digits == 0 || pdf_text_width(&line, SIZE_MPT) <= c->digits * DIGIT_WIDTH,
                      "%s: line %d is too wide", c->name, i);
    }
    ck_assert_msg(strcmp(lines.text, c->lines) == 0, "%s: got '%s'", c->name, lines.text);
}
END_TEST

TEST_SUITE(pdf_text)
{
    TEST_TABLE(breaks_lines, break_cases);
}
