/* From UTF-8 to drawable text, and lines of it. */
#include "core/outside/pdf_text.h"

#include <inttypes.h>
#include <string.h>

#include <utf8proc.h>

#include "core/base/text.h"

#define NO_BREAK_SPACE 0xA0
#define FIGURE_SPACE 0x2007
#define NARROW_NO_BREAK_SPACE 0x202F
#define JAMO_VOWELS 0x1160 /* a loose vowel or final of a Korean syllable */
#define JAMO_END 0x11FF

/* --- composing --- */

static bool has_marks(const uint32_t *code_points, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t c = code_points[i];
        if (c < 0x300)
            continue;
        if (utf8proc_get_property((utf8proc_int32_t)c)->combining_class != 0 ||
            (c >= JAMO_VOWELS && c <= JAMO_END))
            return true;
    }
    return false;
}

/* NFC of a text that has marks. Others are left alone: NFC would also replace a few letters of old
 * Han encodings by others that look different. */
static size_t compose(const char *utf8, uint32_t *code_points, size_t count, struct arena *arena)
{
    if (!has_marks(code_points, count))
        return count;
    utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    size_t size = count * 4 + 4; /* a character has at most four canonical parts */
    utf8proc_int32_t *parts = ARENA_NEW_ARRAY(arena, utf8proc_int32_t, size);
    utf8proc_ssize_t length =
        utf8proc_decompose((const utf8proc_uint8_t *)utf8, (utf8proc_ssize_t)strlen(utf8), parts,
                           (utf8proc_ssize_t)size, options);
    if (length < 0 || (size_t)length > size)
        return count;
    length = utf8proc_normalize_utf32(parts, length, options);
    if (length < 0 || (size_t)length > count)
        return count; /* composing never lengthens a text; if it did, show it as it came */
    for (utf8proc_ssize_t i = 0; i < length; i++)
        code_points[i] = (uint32_t)parts[i];
    return (size_t)length;
}

/* --- checking --- */

static bool unprintable(struct error *err, const char *field, uint32_t code_point,
                        const char *reason, const char *hint)
{
    error_item(err, "unprintable_character", "%s: U+%04" PRIX32 " %s", field, code_point, reason);
    return error_hint(err, "%s", hint);
}

static bool check_kind(struct error *err, const char *field, uint32_t code_point)
{
    switch (pdf_character_kind(code_point)) {
    case PDF_CHARACTER_SHOWN:
    case PDF_CHARACTER_SPACE:
    case PDF_CHARACTER_INVISIBLE:
        return true;
    case PDF_CHARACTER_CONTROL:
        return unprintable(err, field, code_point, "is a control character",
                           "take the character out of the record and import it again");
    case PDF_CHARACTER_COMBINING:
        return unprintable(err, field, code_point, "is a mark that fits on no letter before it",
                           "write the letter with its mark as one character");
    case PDF_CHARACTER_RIGHT_TO_LEFT:
        return unprintable(err, field, code_point, "is written from right to left",
                           "invoices are printed from left to right only: give the name in "
                           "another script as well");
    case PDF_CHARACTER_SHAPED:
        return unprintable(err, field, code_point, "belongs to a script that is not printed",
                           "give the name in Latin, Greek or Cyrillic letters as well");
    }
    return false;
}

bool pdf_text_make(const struct pdf_fonts *fonts, bool bold, const char *field, const char *utf8,
                   struct arena *arena, struct pdf_text *ret_text, struct error *err)
{
    size_t size = strlen(utf8), bad = 0;
    if (!text_utf8_valid(utf8, size, &bad))
        return error_item(err, "invalid_text", "%s: not UTF-8 at byte %zu", field, bad + 1);
    uint32_t *code_points = ARENA_NEW_ARRAY(arena, uint32_t, size + 1);
    size_t count = 0;
    for (const char *cursor = utf8; *cursor != '\0';)
        code_points[count++] = text_utf8_next(&cursor);
    count = compose(utf8, code_points, count, arena);
    uint8_t *faces = ARENA_NEW_ARRAY(arena, uint8_t, count + 1);
    int16_t *advances = ARENA_NEW_ARRAY(arena, int16_t, count + 1);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (!check_kind(err, field, code_points[i]))
            return false;
        enum pdf_character kind = pdf_character_kind(code_points[i]);
        if (kind == PDF_CHARACTER_INVISIBLE)
            continue;
        uint32_t shown = kind == PDF_CHARACTER_SPACE ? ' ' : code_points[i];
        uint8_t face = pdf_fonts_face(fonts, bold, shown);
        if (face == PDF_NO_FACE)
            return unprintable(err, field, code_points[i], "is in none of the fonts",
                               "add a TrueType font that has it to \"fallback\" in section "
                               "[fonts] of the layout");
        code_points[kept] = code_points[i];
        faces[kept] = face;
        advances[kept++] = (int16_t)pdf_fonts_advance(fonts, face, shown);
    }
    *ret_text = (struct pdf_text){
        .code_points = code_points, .faces = faces, .advances = advances, .count = kept};
    return true;
}

/* --- measuring and breaking --- */

struct pdf_text pdf_text_part(const struct pdf_text *text, size_t from, size_t count)
{
    assert(from + count <= text->count);
    return (struct pdf_text){.code_points = text->code_points + from,
                             .faces = text->faces + from,
                             .advances = text->advances + from,
                             .count = count};
}

int32_t pdf_text_width(const struct pdf_text *text, int32_t size_mpt)
{
    int64_t width = 0;
    for (size_t i = 0; i < text->count; i++)
        width += text->advances[i];
    return (int32_t)(width * size_mpt / 1000);
}

static bool is_breaking_space(uint32_t c)
{
    return c != NO_BREAK_SPACE && c != FIGURE_SPACE && c != NARROW_NO_BREAK_SPACE &&
           pdf_character_kind(c) == PDF_CHARACTER_SPACE;
}

/* May a line end behind this character? After "/" and "-" only before a letter, so that "10/2026"
 * and
 * "-5" stay whole; between Han and kana anywhere. */
static bool may_break_behind(const struct pdf_text *text, size_t i)
{
    uint32_t c = text->code_points[i];
    uint32_t next = i + 1 < text->count ? text->code_points[i + 1] : 0;
    if ((c == '-' || c == '/' || c == 0x2010 || c == 0x2013 || c == 0x2014) && next > '9')
        return true;
    return c >= 0x2E80 && next >= 0x2E80 && pdf_character_kind(next) == PDF_CHARACTER_SHOWN;
}

bool pdf_text_next_line(const struct pdf_text *text, int32_t size_mpt, int32_t width_mpt,
                        size_t *cursor, struct pdf_text *ret_line)
{
    size_t start = *cursor, end = 0, next = 0; /* the best break so far: line end, next start */
    if (start >= text->count)
        return false;
    int64_t width = 0, limit = (int64_t)width_mpt * 1000;
    size_t i = start;
    for (; i < text->count; i++) {
        uint32_t c = text->code_points[i];
        bool space = is_breaking_space(c);
        width += (int64_t)text->advances[i] * size_mpt;
        if (width > limit && !space)
            break;
        if (space) {
            end = i;
            next = i + 1;
        } else if (may_break_behind(text, i)) {
            end = next = i + 1;
        }
        if (c == '\n')
            break;
    }
    if (i == text->count) /* all the rest fits */
        end = next = i;
    else if (next == 0) /* one word wider than the line: cut it, at least one character */
        end = next = i > start ? i : start + 1;
    while (end > start && is_breaking_space(text->code_points[end - 1]))
        end--;
    *ret_line = pdf_text_part(text, start, end - start);
    while (next < text->count && next > start && text->code_points[next - 1] != '\n' &&
           is_breaking_space(text->code_points[next]) && text->code_points[next] != '\n')
        next++;
    *cursor = next;
    return true;
}
