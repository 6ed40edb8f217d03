/* Code pages made for each document.
 *
 * libharu 2.3 by itself offers fixed code pages, whose glyph names say "Delta" for the increment
 * sign and "tcommaaccent" for a cedilla, or a two-byte encoder with a 128 KB table for each font. A
 * page made for the document holds any characters under their exact Unicode names and has a
 * ToUnicode map, so that search, copying and text extraction work in every script. */
#include <inttypes.h>
#include <stdio.h>

#include "core/base/strbuf.h"
#include "core/outside/pdf_write_parts.h"

#define MAP_SIZE 8192
#define BFCHAR_MAX 100 /* entries of one block, by the CMap specification */

bool pdf_haru_fails(const struct writer *out, const char *what)
{
    return error_run(out->err, EXIT_INTERNAL, "libharu could not %s: error 0x%04lX, detail %lu",
                     what, (unsigned long)HPDF_GetError(out->pdf),
                     (unsigned long)HPDF_GetErrorDetail(out->pdf));
}

uint32_t code_page_character(uint32_t code_point)
{
    return pdf_character_kind(code_point) == PDF_CHARACTER_SPACE ? ' ' : code_point;
}

uint8_t code_page_byte(const struct writer *out, uint8_t face, uint32_t code_point,
                       size_t *ret_page)
{
    for (size_t p = 0; p < out->page_count; p++) {
        const struct code_page *page = &out->pages[p];
        if (page->face != face)
            continue;
        *ret_page = p;
        if (code_point < FIRST_FREE_BYTE)
            return (uint8_t)code_point;
        for (int32_t byte = FIRST_FREE_BYTE; byte <= page->last; byte++)
            if (page->unicode[byte] == code_point)
                return (uint8_t)byte;
    }
    return 0;
}

/* A page of the face with room for the character; a new one when there is none. */
static struct code_page *page_with_room(struct writer *out, uint8_t face, uint32_t code_point)
{
    for (size_t p = 0; p < out->page_count; p++)
        if (out->pages[p].face == face &&
            (code_point < FIRST_FREE_BYTE || out->pages[p].last < LAST_BYTE))
            return &out->pages[p];
    if (out->page_count == CODE_PAGES_MAX)
        return NULL;
    struct code_page *page = &out->pages[out->page_count++];
    *page = (struct code_page){.face = face, .last = FIRST_FREE_BYTE - 1};
    return page;
}

static bool add_character(struct writer *out, uint8_t face, uint32_t code_point)
{
    size_t found;
    if (code_point >= FIRST_FREE_BYTE && code_page_byte(out, face, code_point, &found) != 0)
        return true;
    struct code_page *page = page_with_room(out, face, code_point);
    if (page == NULL)
        return error_item(out->err, "too_many_characters",
                          "the invoice uses more than %d different characters",
                          CODE_PAGES_MAX * (LAST_BYTE - FIRST_FREE_BYTE + 1));
    page->unicode[code_point < FIRST_FREE_BYTE ? (int32_t)code_point : ++page->last] =
        (uint16_t)code_point;
    return true;
}

bool code_pages_collect(struct writer *out)
{
    for (size_t p = 0; p < out->document->pages.count; p++) {
        const struct pdf_page *page = &out->document->pages.items[p];
        for (size_t m = 0; m < page->marks.count; m++) {
            const struct pdf_text *text = &page->marks.items[m].text;
            for (size_t i = 0; i < text->count; i++)
                if (!add_character(out, text->faces[i], code_page_character(text->code_points[i])))
                    return false;
        }
    }
    return true;
}

/* --- encoders --- */

/* Called by libharu inside the font's dictionary: names for what is not ASCII. */
static HPDF_STATUS write_encoding(HPDF_Encoder encoder, HPDF_Stream stream)
{
    const HPDF_BasicEncoderAttr_Rec *attr = encoder->attr;
    HPDF_STATUS status = HPDF_Stream_WriteStr(
        stream, "/Encoding <<\n/Type /Encoding\n/BaseEncoding /WinAnsiEncoding\n");
    if (attr->last_char >= FIRST_FREE_BYTE)
        status |= HPDF_Stream_WriteStr(stream, "/Differences [128");
    for (int32_t byte = FIRST_FREE_BYTE; byte <= attr->last_char; byte++) {
        char name[16];
        (void)snprintf(name, sizeof name, " /uni%04X", (unsigned)attr->unicode_map[byte]);
        status |= HPDF_Stream_WriteStr(stream, name);
    }
    if (attr->last_char >= FIRST_FREE_BYTE)
        status |= HPDF_Stream_WriteStr(stream, "]\n");
    return status | HPDF_Stream_WriteStr(stream, ">>\n");
}

bool code_page_register(const struct writer *out, const struct code_page *page, const char *name)
{
    HPDF_Encoder encoder = HPDF_BasicEncoder_New(out->pdf->mmgr, HPDF_ENCODING_WIN_ANSI);
    if (encoder == NULL)
        return pdf_haru_fails(out, "make an encoder");
    HPDF_BasicEncoderAttr_Rec *attr = encoder->attr;
    (void)snprintf(encoder->name, sizeof encoder->name, "%s", name);
    encoder->write_fn = write_encoding;
    attr->first_char = ' ';
    attr->last_char = (HPDF_BYTE)(page->last < '~' ? '~' : page->last);
    for (int32_t byte = FIRST_FREE_BYTE; byte <= LAST_BYTE; byte++)
        attr->unicode_map[byte] = page->unicode[byte];
    return HPDF_Doc_RegisterEncoder(out->pdf, encoder) == HPDF_OK ||
           pdf_haru_fails(out, "register an encoder");
}

const char *code_page_unicode_map(const struct code_page *page, struct arena *arena)
{
    struct strbuf map;
    strbuf_init(&map, arena_alloc(arena, MAP_SIZE), MAP_SIZE);
    strbuf_add(&map, "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
                     "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
                     "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
                     "1 begincodespacerange\n<00> <FF>\nendcodespacerange\n"
                     "1 beginbfrange\n<20> <7E> <0020>\nendbfrange\n");
    for (int32_t byte = FIRST_FREE_BYTE; byte <= page->last;) {
        int32_t count = page->last - byte + 1;
        count = count > BFCHAR_MAX ? BFCHAR_MAX : count;
        strbuf_addf(&map, "%" PRId32 " beginbfchar\n", count);
        for (; count > 0; count--, byte++)
            strbuf_addf(&map, "<%02" PRIX32 "> <%04X>\n", (uint32_t)byte,
                        (unsigned)page->unicode[byte]);
        strbuf_add(&map, "endbfchar\n");
    }
    strbuf_add(&map, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
    assert(!map.overflowed);
    return map.text;
}
