/* Cutting faces: what libharu must be able to read back. */
#include <string.h>

#include "core/outside/pdf_font.h"
#include "tests/support/suite.h"

static struct pdf_fonts *load(struct arena *arena)
{
    struct error err = {0};
    struct invoice_layout layout;
    struct pdf_fonts *fonts = NULL;
    ck_assert_msg(invoice_layout_load("templates/invoice/default.layout", arena, &layout, &err),
                  "%s", err.message);
    ck_assert_msg(pdf_fonts_load(&layout, &fonts, &err), "%s", err.message);
    return fonts;
}

static uint32_t read_u32(const uint8_t *bytes)
{
    return ((uint32_t)bytes[0] << 24) | ((uint32_t)bytes[1] << 16) | ((uint32_t)bytes[2] << 8) |
           bytes[3];
}

/* The length of a table by the font's directory: 12 bytes of header, 16 for each table. */
static uint32_t table_length(const uint8_t *font, const char *tag)
{
    uint32_t tables = ((uint32_t)font[4] << 8) | font[5];
    for (uint32_t i = 0; i < tables; i++)
        if (memcmp(font + 12 + (size_t)16 * i, tag, 4) == 0)
            return read_u32(font + 12 + (size_t)16 * i + 12);
    return 0;
}

/* libharu cannot save a font whose last table is empty when its buffers are filled exactly: about
 * one document in ten thousand. */
START_TEST(last_table_is_never_empty)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("fonts", (size_t)64 << 20);
    CLEANUP(pdf_fonts_free) struct pdf_fonts *fonts = load(arena);
    struct error err = {0};
    for (uint8_t face = 0; face < 2; face++) {
        static const uint32_t points[] = {'A', 'b', 0xE9, 0x3A9, 0x416};
        const uint8_t *bytes = NULL;
        size_t size = 0;
        ck_assert_msg(
            pdf_fonts_subset(fonts, face, points, ARRAY_LEN(points), arena, &bytes, &size, &err),
            "%s", err.message);
        ck_assert_msg(table_length(bytes, "prep") > 0, "face %d", face);
        ck_assert_msg(table_length(bytes, "glyf") > 0, "face %d", face);
    }
}
END_TEST

TEST_SUITE(pdf_font)
{
    TEST_ONE(last_table_is_never_empty);
}
