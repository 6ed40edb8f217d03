/* Cutting faces: what libharu must be able to read back. */
#include "core/outside/pdf_font.h"
#include "tests/support/suite.h"

#define HARU_BUFFER_SIZE 4096
#define SETS 3000
#define CODE_POINTS_MAX 60

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

/* A font whose bytes fill libharu's buffers exactly cannot be saved by it: about one set in a
 * thousand, so enough sets meet it. */
START_TEST(never_fills_buffers_exactly)
{
    CLEANUP(arena_destroy) struct arena *kept = arena_create("layout", (size_t)64 << 20);
    CLEANUP(arena_destroy) struct arena *arena = arena_create("fonts", (size_t)64 << 20);
    CLEANUP(pdf_fonts_free) struct pdf_fonts *fonts = load(kept);
    struct error err = {0};
    for (uint32_t set = 0; set < SETS; set++) {
        uint32_t points[CODE_POINTS_MAX];
        size_t count = 1 + set % CODE_POINTS_MAX;
        const uint8_t *bytes = NULL;
        size_t size = 0;
        for (size_t i = 0; i < count; i++)
            points[i] = 0x21 + (uint32_t)(i * (1 + set / CODE_POINTS_MAX) + set) % 0x3A0;
        ck_assert_msg(pdf_fonts_subset(fonts, 0, points, count, arena, &bytes, &size, &err), "%s",
                      err.message);
        ck_assert_msg(size % HARU_BUFFER_SIZE != 0, "set %u: %zu bytes", set, size);
        arena_reset(arena);
    }
}
END_TEST

TEST_SUITE(pdf_font)
{
    TEST_ONE(never_fills_buffers_exactly);
}
