/* The glyf and loca tables of a TrueType font, read just far enough (OpenType 1.9, "glyf"). */
#include "core/outside/pdf_nesting.h"

#include "core/base/compiler.h"

#define COMPOSITE_WORDS 0x0001 /* flags of a component */
#define COMPOSITE_SCALE 0x0008
#define COMPOSITE_MORE 0x0020
#define COMPOSITE_XY_SCALE 0x0040
#define COMPOSITE_TWO_BY_TWO 0x0080

struct glyph_table {
    const uint8_t *glyf, *loca;
    unsigned int glyf_size, loca_size;
    bool long_offsets;
};

static uint32_t big_endian(const uint8_t *bytes, size_t count)
{
    uint32_t value = 0;
    for (size_t i = 0; i < count; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* The glyph's bytes; NULL when it is empty or the table is cut off. */
static const uint8_t *glyph_bytes(const struct glyph_table *table, uint32_t glyph,
                                  uint32_t *ret_size)
{
    uint32_t width = table->long_offsets ? 4 : 2;
    if ((uint64_t)(glyph + 2) * width > table->loca_size)
        return NULL;
    uint32_t scale = table->long_offsets ? 1 : 2;
    uint32_t start = big_endian(table->loca + (size_t)glyph * width, width) * scale;
    uint32_t end = big_endian(table->loca + (size_t)(glyph + 1) * width, width) * scale;
    if (end > table->glyf_size || start + 10 > end)
        return NULL;
    *ret_size = end - start;
    return table->glyf + start;
}

static bool is_composite(const struct glyph_table *table, uint32_t glyph)
{
    uint32_t size;
    const uint8_t *bytes = glyph_bytes(table, glyph, &size);
    return bytes != NULL && (bytes[0] & 0x80) != 0; /* a negative number of contours */
}

static bool is_nested(const struct glyph_table *table, uint32_t glyph)
{
    uint32_t size = 0;
    const uint8_t *bytes = glyph_bytes(table, glyph, &size);
    if (bytes == NULL || (bytes[0] & 0x80) == 0)
        return false;
    for (uint32_t at = 10; at + 4 <= size;) {
        uint32_t flags = big_endian(bytes + at, 2);
        if (is_composite(table, big_endian(bytes + at + 2, 2)))
            return true;
        at += 4U + ((flags & COMPOSITE_WORDS) != 0 ? 4U : 2U);
        at += (flags & COMPOSITE_SCALE) != 0 ? 2U : 0U;
        at += (flags & COMPOSITE_XY_SCALE) != 0 ? 4U : 0U;
        at += (flags & COMPOSITE_TWO_BY_TWO) != 0 ? 8U : 0U;
        if ((flags & COMPOSITE_MORE) == 0)
            break;
    }
    return false;
}

void pdf_find_nested(hb_face_t *face, hb_set_t *nested)
{
    hb_blob_t *glyf = hb_face_reference_table(face, HB_TAG('g', 'l', 'y', 'f'));
    hb_blob_t *loca = hb_face_reference_table(face, HB_TAG('l', 'o', 'c', 'a'));
    hb_blob_t *head = hb_face_reference_table(face, HB_TAG('h', 'e', 'a', 'd'));
    struct glyph_table table = {0};
    unsigned int head_size;
    const char *head_bytes = hb_blob_get_data(head, &head_size);
    table.glyf = (const uint8_t *)hb_blob_get_data(glyf, &table.glyf_size);
    table.loca = (const uint8_t *)hb_blob_get_data(loca, &table.loca_size);
    table.long_offsets = head_size >= 52 && head_bytes[51] != 0;
    uint32_t count = hb_face_get_glyph_count(face);
    for (uint32_t glyph = 0; glyph < count; glyph++)
        if (is_nested(&table, glyph))
            hb_set_add(nested, glyph);
    hb_blob_destroy(glyf);
    hb_blob_destroy(loca);
    hb_blob_destroy(head);
}
