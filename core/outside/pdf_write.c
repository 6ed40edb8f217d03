/* Writing PDF with libharu 2.3.
 *
 * 1. Each document gets code pages of its own (pdf_code_page.c) and fonts cut to its characters, so
 * every script is one byte a character, and a face is embedded once.
 * 2. libharu's document is made anew for each file and never reused after an error; its error
 * handler is NULL (no longjmp), so the document remembers its first error and each handle is
 * checked.
 * 3. For code pages, fonts from memory and ready-made images this file uses libharu's inner headers
 * (hpdf_doc.h, hpdf_fontdef.h), which Debian installs; the major version is checked below. */
#include "core/outside/pdf_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/outside/pdf_write_parts.h"

_Static_assert(HPDF_MAJOR_VERSION == 2, "pdf_write.c uses inner structures of libharu 2");

#define TAG_LETTERS 6
#define END_PADDING 8
#define RUN_MAX 400 /* bytes of one text operator */

static void free_pdf(HPDF_Doc *pdf)
{
    if (*pdf != NULL)
        HPDF_Free(*pdf);
}

/* --- fonts --- */

/* The bytes of a subset decide its tag, so that two files with the same tag hold the same font. */
static void subset_tag(const uint8_t *bytes, size_t size, char ret_tag[TAG_LETTERS + 1])
{
    uint8_t digest[SHA256_SIZE];
    sha256_of(bytes, size, digest);
    for (size_t i = 0; i < TAG_LETTERS; i++)
        ret_tag[i] = (char)('A' + digest[i] % 26);
    ret_tag[TAG_LETTERS] = '\0';
}

static bool cut_face(const struct writer *out, uint8_t face, const uint8_t **ret_bytes,
                     size_t *ret_size)
{
    size_t size = out->page_count * (LAST_BYTE + 1), count = 0;
    uint32_t *used = ARENA_NEW_ARRAY(out->arena, uint32_t, size + 1);
    used[count++] = ' ';
    for (size_t p = 0; p < out->page_count; p++)
        for (size_t byte = ' '; out->pages[p].face == face && byte <= LAST_BYTE; byte++)
            if (out->pages[p].unicode[byte] != 0)
                used[count++] = out->pages[p].unicode[byte];
    return pdf_fonts_subset(out->fonts, face, used, count, out->arena, ret_bytes, ret_size,
                            out->err);
}

/* Gives libharu the font from memory (its own interface takes file names only) under the name
 * "face-N", to be found by HPDF_GetFont, and "ABCDEF+Name" in the file. */
static bool add_font(const struct writer *out, uint8_t face, char ret_name[16])
{
    static const uint8_t padding[END_PADDING]; /* an empty last glyph is sought behind the end */
    const uint8_t *bytes;
    size_t size;
    if (!cut_face(out, face, &bytes, &size))
        return false;
    HPDF_Stream stream = HPDF_MemStream_New(out->pdf->mmgr, (HPDF_UINT)(size + END_PADDING));
    if (stream == NULL || HPDF_Stream_Write(stream, bytes, (HPDF_UINT)size) != HPDF_OK ||
        HPDF_Stream_Write(stream, padding, END_PADDING) != HPDF_OK)
        return pdf_haru_fails(out, "take a font");
    HPDF_FontDef font = HPDF_TTFontDef_Load(out->pdf->mmgr, stream, HPDF_TRUE);
    if (font == NULL) {
        pdf_haru_fails(out, "read a font");
        error_context(out->err, "font %s", pdf_fonts_name(out->fonts, face));
        return error_hint(out->err, "the font may forbid embedding or lack a table; name another "
                                    "one in the layout");
    }
    if (HPDF_List_Add(out->pdf->fontdef_list, font) != HPDF_OK) {
        HPDF_FontDef_Free(font);
        return pdf_haru_fails(out, "keep a font");
    }
    HPDF_TTFontDefAttr attr = font->attr;
    char tag[TAG_LETTERS + 1];
    subset_tag(bytes, size, tag);
    (void)snprintf(ret_name, 16, "face-%u", (unsigned)face);
    (void)snprintf(font->base_font, sizeof font->base_font, "%s", ret_name);
    (void)snprintf(attr->base_font, sizeof attr->base_font, "%s+%s", tag,
                   pdf_fonts_name(out->fonts, face));
    return true;
}

static bool open_page(const struct writer *out, struct code_page *page, const char *font_name,
                      size_t number)
{
    char encoder[32];
    (void)snprintf(encoder, sizeof encoder, "page-%zu", number);
    if (!code_page_register(out, page, encoder))
        return false;
    page->font = HPDF_GetFont(out->pdf, font_name, encoder);
    if (page->font == NULL)
        return pdf_haru_fails(out, "open a font");
    HPDF_Dict map = HPDF_DictStream_New(out->pdf->mmgr, out->pdf->xref);
    if (map == NULL)
        return pdf_haru_fails(out, "make a stream");
    map->filter = HPDF_STREAM_FILTER_FLATE_DECODE;
    return (HPDF_Dict_Add(page->font, "ToUnicode", map) == HPDF_OK &&
            HPDF_Stream_WriteStr(map->stream, code_page_unicode_map(page, out->arena)) ==
                HPDF_OK) ||
           pdf_haru_fails(out, "write a character map");
}

static bool open_fonts(struct writer *out)
{
    char names[PDF_FACES_MAX][16] = {{0}};
    for (size_t p = 0; p < out->page_count; p++) {
        uint8_t face = out->pages[p].face;
        if (names[face][0] == '\0' && !add_font(out, face, names[face]))
            return false;
        if (!open_page(out, &out->pages[p], names[face], p))
            return false;
    }
    return true;
}

/* --- logo --- */

/* Called by libharu inside the image's dictionary. libharu itself would inflate the pixels and
 * deflate them again for each file. */
static HPDF_STATUS write_image_keys(HPDF_Dict image, HPDF_Stream stream)
{
    const struct pdf_logo *logo = image->attr;
    return HPDF_Stream_WriteStr(stream, logo->image_keys);
}

static HPDF_Image add_deflated(const struct writer *out)
{
    HPDF_Dict image = HPDF_DictStream_New(out->pdf->mmgr, out->pdf->xref);
    if (image == NULL)
        return NULL;
    union {
        const struct pdf_logo *logo;
        void *attr;
    } borrowed = {.logo = out->logo}; /* libharu's field is not const; nobody writes to it */
    image->header.obj_class |= HPDF_OSUBCLASS_XOBJECT;
    image->attr = borrowed.attr;
    image->write_fn = write_image_keys;
    HPDF_STATUS status = HPDF_Dict_AddName(image, "Type", "XObject");
    status |= HPDF_Dict_AddName(image, "Subtype", "Image");
    status |= HPDF_Dict_AddNumber(image, "Width", (HPDF_INT32)out->logo->width_px);
    status |= HPDF_Dict_AddNumber(image, "Height", (HPDF_INT32)out->logo->height_px);
    status |= HPDF_Stream_Write(image->stream, out->logo->bytes, (HPDF_UINT)out->logo->size);
    return status == HPDF_OK ? image : NULL;
}

static bool open_logo(struct writer *out)
{
    const struct pdf_logo *logo = out->logo;
    switch (logo->kind) {
    case PDF_LOGO_NONE:
        return true;
    case PDF_LOGO_JPEG:
        out->image = HPDF_LoadJpegImageFromMem(out->pdf, logo->bytes, (HPDF_UINT)logo->size);
        break;
    case PDF_LOGO_PNG:
        out->image = HPDF_LoadPngImageFromMem(out->pdf, logo->bytes, (HPDF_UINT)logo->size);
        break;
    case PDF_LOGO_DEFLATED:
        out->image = add_deflated(out);
        break;
    }
    return out->image != NULL || pdf_haru_fails(out, "take the logo");
}

/* --- marks --- */

static HPDF_REAL points(int32_t mpt)
{
    return (HPDF_REAL)mpt / 1000;
}

struct pen {
    const struct writer *out;
    HPDF_Page page;
    bool in_text;
    uint32_t colour;
    const struct code_page *font;
    int32_t size_mpt;
};

static void set_colour(struct pen *pen, uint32_t colour)
{
    if (pen->colour == colour)
        return;
    pen->colour = colour;
    (void)HPDF_Page_SetRGBFill(pen->page, (HPDF_REAL)(colour >> 16 & 0xFF) / 255,
                               (HPDF_REAL)(colour >> 8 & 0xFF) / 255,
                               (HPDF_REAL)(colour & 0xFF) / 255);
}

static void set_in_text(struct pen *pen, bool in_text)
{
    if (pen->in_text == in_text)
        return;
    pen->in_text = in_text;
    (void)(in_text ? HPDF_Page_BeginText(pen->page) : HPDF_Page_EndText(pen->page));
}

static void draw_run(struct pen *pen, const struct code_page *font, const struct pdf_mark *mark,
                     int32_t x_mpt, const char *bytes)
{
    if (pen->font != font || pen->size_mpt != mark->size_mpt)
        (void)HPDF_Page_SetFontAndSize(pen->page, font->font, points(mark->size_mpt));
    pen->font = font;
    pen->size_mpt = mark->size_mpt;
    int32_t height = pen->out->document->page_height_mpt;
    (void)HPDF_Page_TextOut(pen->page, points(x_mpt), points(height - mark->y_mpt), bytes);
}

/* A text is drawn in runs of one code page. */
static void draw_text(struct pen *pen, const struct pdf_mark *mark)
{
    char bytes[RUN_MAX + 1];
    size_t length = 0, page = 0, current = 0;
    int32_t x_mpt = mark->x_mpt, run_x_mpt = x_mpt;
    set_in_text(pen, true);
    set_colour(pen, mark->colour);
    for (size_t i = 0; i < mark->text.count; i++) {
        uint8_t byte = code_page_byte(pen->out, mark->text.faces[i],
                                      code_page_character(mark->text.code_points[i]), &page);
        assert(byte != 0);
        if (length > 0 && (page != current || length == RUN_MAX)) {
            bytes[length] = '\0';
            draw_run(pen, &pen->out->pages[current], mark, run_x_mpt, bytes);
            length = 0;
        }
        if (length == 0) {
            current = page;
            struct pdf_text before = pdf_text_part(&mark->text, 0, i);
            run_x_mpt = x_mpt + pdf_text_width(&before, mark->size_mpt);
        }
        bytes[length++] = (char)byte;
    }
    bytes[length] = '\0';
    if (length > 0)
        draw_run(pen, &pen->out->pages[current], mark, run_x_mpt, bytes);
}

static void draw_mark(struct pen *pen, const struct pdf_mark *mark)
{
    HPDF_REAL x = points(mark->x_mpt), width = points(mark->width_mpt);
    HPDF_REAL y = points(pen->out->document->page_height_mpt - mark->y_mpt - mark->height_mpt);
    switch (mark->kind) {
    case PDF_MARK_TEXT:
        draw_text(pen, mark);
        break;
    case PDF_MARK_AREA:
        set_in_text(pen, false);
        set_colour(pen, mark->colour);
        (void)HPDF_Page_Rectangle(pen->page, x, y, width, points(mark->height_mpt));
        (void)HPDF_Page_Fill(pen->page);
        break;
    case PDF_MARK_LOGO:
        set_in_text(pen, false);
        (void)HPDF_Page_DrawImage(pen->page, pen->out->image, x, y, width,
                                  points(mark->height_mpt));
        break;
    }
}

static bool draw_page(const struct writer *out, const struct pdf_page *from)
{
    struct pen pen = {.out = out, .page = HPDF_AddPage(out->pdf)};
    if (pen.page == NULL)
        return pdf_haru_fails(out, "add a page");
    (void)HPDF_Page_SetWidth(pen.page, points(out->document->page_width_mpt));
    (void)HPDF_Page_SetHeight(pen.page, points(out->document->page_height_mpt));
    for (size_t m = 0; m < from->marks.count; m++)
        draw_mark(&pen, &from->marks.items[m]);
    set_in_text(&pen, false);
    return HPDF_GetError(out->pdf) == HPDF_OK || pdf_haru_fails(out, "draw a page");
}

/* --- the document --- */

/* A text of the information dictionary, as UTF-16 with its mark, which every reader takes. */
static bool add_info(const struct writer *out, const char *key, const char *utf8)
{
    size_t length = 0, size = strlen(utf8) * 2 + 2;
    uint8_t *bytes = arena_alloc(out->arena, size);
    bytes[length++] = 0xFE;
    bytes[length++] = 0xFF;
    for (const char *cursor = utf8; *cursor != '\0';) {
        uint32_t code_point = text_utf8_next(&cursor);
        if (code_point > UINT16_MAX) /* no text of an invoice gets here with one */
            continue;
        bytes[length++] = (uint8_t)(code_point >> 8);
        bytes[length++] = (uint8_t)code_point;
    }
    HPDF_Binary value = HPDF_Binary_New(out->pdf->mmgr, bytes, (HPDF_UINT)length);
    return (value != NULL && HPDF_Dict_Add(out->pdf->info, key, value) == HPDF_OK) ||
           pdf_haru_fails(out, "describe the document");
}

static bool describe(const struct writer *out)
{
    const struct pdf_document *document = out->document;
    if (HPDF_SetInfoAttr(out->pdf, HPDF_INFO_CREATOR, "billmill") != HPDF_OK)
        return pdf_haru_fails(out, "describe the document");
    if (!add_info(out, "Title", document->title) || !add_info(out, "Author", document->author))
        return false;
    HPDF_String language = HPDF_String_New(out->pdf->mmgr, document->language, NULL);
    if (language == NULL || HPDF_Dict_Add(out->pdf->catalog, "Lang", language) != HPDF_OK)
        return pdf_haru_fails(out, "name the language");
    HPDF_Date date = {
        .year = document->year, .month = document->month, .day = document->day, .ind = '+'};
    if (document->year != 0 &&
        HPDF_SetInfoDateAttr(out->pdf, HPDF_INFO_CREATION_DATE, date) != HPDF_OK)
        return pdf_haru_fails(out, "date the document");
    return true;
}

static bool save(const struct writer *out, const uint8_t **ret_bytes, size_t *ret_size)
{
    if (HPDF_SaveToStream(out->pdf) != HPDF_OK)
        return pdf_haru_fails(out, "save the document");
    HPDF_UINT32 size = HPDF_GetStreamSize(out->pdf);
    uint8_t *bytes = arena_alloc(out->arena, size);
    HPDF_UINT32 got = size;
    HPDF_STATUS status = HPDF_ReadFromStream(out->pdf, bytes, &got);
    if ((status != HPDF_OK && status != HPDF_STREAM_EOF) || got != size)
        return pdf_haru_fails(out, "hand over the document");
    *ret_bytes = bytes;
    *ret_size = size;
    return true;
}

bool pdf_write(const struct pdf_document *document, const struct pdf_fonts *fonts,
               const struct pdf_logo *logo, struct arena *arena, const uint8_t **ret_bytes,
               size_t *ret_size, struct error *err)
{
    CLEANUP(free_pdf) HPDF_Doc pdf = HPDF_New(NULL, NULL);
    if (pdf == NULL)
        return error_run(err, EXIT_INTERNAL, "libharu could not make a document: no memory");
    struct writer *out = ARENA_NEW(arena, struct writer);
    *out = (struct writer){
        .document = document, .fonts = fonts, .logo = logo, .arena = arena, .err = err, .pdf = pdf};
    (void)HPDF_SetCompressionMode(pdf, HPDF_COMP_ALL);
    if (!code_pages_collect(out) || !open_fonts(out) || !open_logo(out))
        return false;
    for (size_t p = 0; p < document->pages.count; p++)
        if (!draw_page(out, &document->pages.items[p]))
            return false;
    return describe(out) && save(out, ret_bytes, ret_size);
}
