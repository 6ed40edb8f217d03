/* Faces by HarfBuzz: loading, coverage, widths, cutting. */
#include "core/outside/pdf_font.h"

#include <string.h>

#include <hb-ot.h>
#include <hb-subset.h>
#include <hb.h>

#include "core/outside/file_read.h"
#include "core/outside/pdf_nesting.h"

#define FONT_BYTES_MAX ((size_t)48 << 20)
#define FONTS_BYTES_MAX ((size_t)256 << 20)
#define PRECUT_GLYPHS_MAX 8000 /* larger faces (Han) are cut per document only */
#define BASIC_PLANE_MAX 0xFFFF

struct pdf_face {
    hb_face_t *face; /* precut, or as loaded */
    hb_font_t *font;
    hb_set_t *nested; /* glyphs that libharu would draw incomplete */
    uint32_t units_per_em;
    char name[PDF_FONT_NAME_SIZE];
    uint8_t digest[SHA256_SIZE];
};

struct pdf_fonts {
    struct arena *arena;
    struct pdf_face faces[PDF_FACES_MAX]; /* 0 regular, 1 bold, then the fallbacks */
    size_t count;
};

/* --- cutting --- */

/* Cutting drops the hinting programs and with them `prep`, the last table that libharu writes: it
 * would seek behind everything, which it cannot where its buffers are filled exactly (one font in
 * some thousand). The shortest usual program, "scan conversion always on", keeps it from that. */
static void add_last_table(hb_face_t *face)
{
    static const char program[] = {(char)0xB8, 0x01, (char)0xFF, (char)0x85,
                                   (char)0xB0, 0x04, (char)0x8D, 0x00};
    hb_blob_t *blob = hb_blob_create(program, sizeof program, HB_MEMORY_MODE_READONLY, NULL, NULL);
    (void)hb_face_builder_add_table(face, HB_TAG('p', 'r', 'e', 'p'), blob);
    hb_blob_destroy(blob);
}

static hb_face_t *cut(hb_face_t *face, const hb_set_t *code_points)
{
    static const hb_tag_t dropped[] = {HB_TAG('G', 'S', 'U', 'B'), HB_TAG('G', 'P', 'O', 'S'),
                                       HB_TAG('G', 'D', 'E', 'F'), HB_TAG('k', 'e', 'r', 'n'),
                                       HB_TAG('g', 'a', 's', 'p'), HB_TAG('m', 'o', 'r', 'x')};
    hb_subset_input_t *input = hb_subset_input_create_or_fail();
    if (input == NULL)
        return NULL;
    hb_set_union(hb_subset_input_unicode_set(input), code_points);
    hb_subset_input_set_flags(input, HB_SUBSET_FLAGS_NO_HINTING);
    hb_set_t *drop = hb_subset_input_set(input, HB_SUBSET_SETS_DROP_TABLE_TAG);
    for (size_t i = 0; i < ARRAY_LEN(dropped); i++)
        hb_set_add(drop, dropped[i]);
    hb_face_t *small = hb_subset_or_fail(face, input);
    hb_subset_input_destroy(input);
    if (small == NULL)
        return NULL;
    add_last_table(small);
    hb_blob_t *blob = hb_face_reference_blob(small); /* compiled once, not at every use */
    hb_face_destroy(small);
    hb_face_t *compiled = hb_face_create(blob, 0);
    hb_blob_destroy(blob);
    return compiled;
}

static void precut(struct pdf_face *face)
{
    if (hb_face_get_glyph_count(face->face) > PRECUT_GLYPHS_MAX)
        return;
    hb_set_t *all = hb_set_create();
    hb_face_collect_unicodes(face->face, all);
    hb_set_del_range(all, BASIC_PLANE_MAX + 1, HB_SET_VALUE_INVALID - 1);
    hb_face_t *small = cut(face->face, all);
    hb_set_destroy(all);
    if (small == NULL)
        return; /* the whole face does as well, a little slower */
    hb_face_destroy(face->face);
    face->face = small;
}

/* --- loading --- */

static bool has_table(hb_face_t *face, hb_tag_t tag)
{
    hb_blob_t *blob = hb_face_reference_table(face, tag);
    bool there = hb_blob_get_length(blob) > 0;
    hb_blob_destroy(blob);
    return there;
}

static void read_name(struct pdf_face *face)
{
    unsigned int size = PDF_FONT_NAME_SIZE;
    char name[PDF_FONT_NAME_SIZE];
    hb_ot_name_get_utf8(face->face, HB_OT_NAME_ID_POSTSCRIPT_NAME, HB_LANGUAGE_INVALID, &size,
                        name);
    size_t length = 0;
    for (size_t i = 0; i < size && name[i] != '\0'; i++) /* what a PDF name holds unescaped */
        if ((name[i] >= 'A' && name[i] <= 'Z') || (name[i] >= 'a' && name[i] <= 'z') ||
            (name[i] >= '0' && name[i] <= '9') || name[i] == '-' || name[i] == '_')
            face->name[length++] = name[i];
    face->name[length] = '\0';
    if (length == 0)
        memcpy(face->name, "Font", sizeof "Font");
}

static bool load_face(struct pdf_fonts *fonts, const struct layout_source *source,
                      struct error *err)
{
    struct pdf_face *face = &fonts->faces[fonts->count];
    const char *bytes;
    size_t size;
    if (!file_read(source->path, FONT_BYTES_MAX, fonts->arena, &bytes, &size, err)) {
        error_context(err, "%s: font", source->at);
        return error_hint(err, "install the package fonts-liberation2, or name another TrueType "
                               "font in the layout");
    }
    hb_blob_t *blob =
        hb_blob_create(bytes, (unsigned int)size, HB_MEMORY_MODE_READONLY, NULL, NULL);
    sha256_of(bytes, size, face->digest);
    face->face = hb_face_create(blob, 0);
    hb_blob_destroy(blob);
    fonts->count++; /* from here on pdf_fonts_free releases it */
    if (hb_face_get_glyph_count(face->face) == 0 ||
        !has_table(face->face, HB_TAG('g', 'l', 'y', 'f'))) {
        error_run(err, EXIT_CONFIG, "%s: %s is no font with TrueType outlines", source->at,
                  source->path);
        return error_hint(err, "use a .ttf file; OpenType fonts with CFF outlines (.otf) cannot "
                               "be embedded");
    }
    face->units_per_em = hb_face_get_upem(face->face);
    read_name(face);
    precut(face);
    face->font = hb_font_create(face->face);
    face->nested = hb_set_create();
    pdf_find_nested(face->face, face->nested);
    return true;
}

bool pdf_fonts_load(const struct invoice_layout *layout, struct pdf_fonts **ret_fonts,
                    struct error *err)
{
    struct arena *arena = arena_create("fonts", FONTS_BYTES_MAX);
    CLEANUP(pdf_fonts_free) struct pdf_fonts *fonts = ARENA_NEW(arena, struct pdf_fonts);
    fonts->arena = arena;
    if (!load_face(fonts, &layout->font_regular, err) || !load_face(fonts, &layout->font_bold, err))
        return false;
    for (size_t i = 0; i < layout->fallback_font_count; i++)
        if (!load_face(fonts, &layout->fallback_fonts[i], err))
            return false;
    *ret_fonts = fonts;
    fonts = NULL;
    return true;
}

void pdf_fonts_free(struct pdf_fonts **fonts)
{
    if (*fonts == NULL)
        return;
    for (size_t i = 0; i < (*fonts)->count; i++) {
        hb_set_destroy((*fonts)->faces[i].nested);
        hb_font_destroy((*fonts)->faces[i].font);
        hb_face_destroy((*fonts)->faces[i].face);
    }
    struct arena *arena = (*fonts)->arena;
    *fonts = NULL;
    arena_destroy(&arena);
}

void pdf_fonts_digest(const struct pdf_fonts *fonts, struct sha256 *digest)
{
    for (size_t i = 0; i < fonts->count; i++)
        sha256_add(digest, fonts->faces[i].digest, SHA256_SIZE);
}

/* --- questions --- */

static bool face_shows(const struct pdf_face *face, uint32_t code_point)
{
    hb_codepoint_t glyph;
    return code_point <= BASIC_PLANE_MAX &&
           hb_font_get_nominal_glyph(face->font, code_point, &glyph) && glyph != 0 &&
           !hb_set_has(face->nested, glyph);
}

uint8_t pdf_fonts_face(const struct pdf_fonts *fonts, bool bold, uint32_t code_point)
{
    uint8_t first = bold ? 1 : 0;
    if (face_shows(&fonts->faces[first], code_point))
        return first;
    for (size_t i = 2; i < fonts->count; i++)
        if (face_shows(&fonts->faces[i], code_point))
            return (uint8_t)i;
    return bold && face_shows(&fonts->faces[0], code_point) ? 0 : PDF_NO_FACE;
}

int32_t pdf_fonts_advance(const struct pdf_fonts *fonts, uint8_t face, uint32_t code_point)
{
    const struct pdf_face *at = &fonts->faces[face];
    hb_codepoint_t glyph = 0;
    (void)hb_font_get_nominal_glyph(at->font, code_point, &glyph);
    return (int32_t)((int64_t)hb_font_get_glyph_h_advance(at->font, glyph) * 1000 /
                     at->units_per_em);
}

uint32_t pdf_fonts_sample(const struct pdf_fonts *fonts, uint8_t face)
{
    hb_set_t *all = hb_set_create();
    hb_codepoint_t code_point = ' ', found = 0;
    hb_face_collect_unicodes(fonts->faces[face].face, all);
    while (found == 0 && hb_set_next(all, &code_point))
        if (pdf_character_kind(code_point) == PDF_CHARACTER_SHOWN &&
            face_shows(&fonts->faces[face], code_point))
            found = code_point;
    hb_set_destroy(all);
    return found;
}

size_t pdf_fonts_count(const struct pdf_fonts *fonts)
{
    return fonts->count;
}

const char *pdf_fonts_name(const struct pdf_fonts *fonts, uint8_t face)
{
    return fonts->faces[face].name;
}

bool pdf_fonts_subset(const struct pdf_fonts *fonts, uint8_t face, const uint32_t *code_points,
                      size_t count, struct arena *arena, const uint8_t **ret_bytes,
                      size_t *ret_size, struct error *err)
{
    hb_set_t *set = hb_set_create();
    for (size_t i = 0; i < count; i++)
        hb_set_add(set, code_points[i]);
    hb_face_t *small = cut(fonts->faces[face].face, set);
    hb_set_destroy(set);
    if (small == NULL)
        return error_run(err, EXIT_INTERNAL, "HarfBuzz could not cut the font %s",
                         fonts->faces[face].name);
    hb_blob_t *blob = hb_face_reference_blob(small);
    unsigned int size;
    const char *bytes = hb_blob_get_data(blob, &size);
    *ret_bytes = (const uint8_t *)arena_copy_n(arena, bytes, size);
    *ret_size = size;
    hb_blob_destroy(blob);
    hb_face_destroy(small);
    return true;
}
