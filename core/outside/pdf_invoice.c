/* The renderer: what is read once, and one invoice after the other. */
#include "core/outside/pdf_invoice.h"

#include <string.h>

#include "core/base/text.h"
#include "core/outside/pdf_invoice_parts.h"
#include "core/outside/pdf_write.h"

#define RENDERER_BYTES_MAX ((size_t)16 << 20)
/* A line takes about 6 KB while its invoice is laid out. */
#define INVOICE_LINES_MAX 20000
#define SCRATCH_BYTES_MAX ((size_t)512 << 20)
#define SCRATCH_BYTES_KEPT ((size_t)8 << 20)

struct pdf_renderer {
    struct arena *arena;
    struct arena *scratch; /* emptied for each invoice */
    struct invoice_layout layout;
    struct pdf_fonts *fonts;
    struct pdf_logo logo;
    uint8_t digest[SHA256_SIZE];
};

static void make_digest(struct pdf_renderer *renderer)
{
    struct sha256 *digest = sha256_start();
    sha256_add(digest, renderer->layout.files_digest, SHA256_SIZE);
    sha256_add(digest, renderer->logo.digest, SHA256_SIZE);
    pdf_fonts_digest(renderer->fonts, digest);
    sha256_finish(&digest, renderer->digest);
}

/* Prints a page with a character of each face and the logo: what libharu does not take (a font that
 * forbids embedding, a picture that is none) is a mistake in the layout and shows at the start of
 * the run, not at its first invoice. */
static bool try_out(struct pdf_renderer *renderer, const char *layout_path, struct error *err)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("trial page", RENDERER_BYTES_MAX);
    struct pdf_document trial = {.arena = arena,
                                 .page_width_mpt = renderer->layout.page_width_mpt,
                                 .page_height_mpt = renderer->layout.page_height_mpt,
                                 .title = "",
                                 .author = "",
                                 .language = "en"};
    ARRAY_ADD(arena, &trial.pages) = (struct pdf_page){.marks = {.count = 0}};
    struct pdf_page *page = &trial.pages.items[0];
    const uint8_t *bytes;
    size_t size;
    if (renderer->logo.kind != PDF_LOGO_NONE)
        ARRAY_ADD(arena, &page->marks) = (struct pdf_mark){
            .kind = PDF_MARK_LOGO, .width_mpt = MPT_PER_MM, .height_mpt = MPT_PER_MM};
    size_t count = pdf_fonts_count(renderer->fonts);
    for (size_t i = 0; i < count; i++) {
        uint8_t face = (uint8_t)i;
        uint32_t *character = ARENA_NEW(arena, uint32_t);
        uint8_t *faces = ARENA_NEW(arena, uint8_t);
        int16_t *advances = ARENA_NEW(arena, int16_t);
        *character = pdf_fonts_sample(renderer->fonts, face);
        *faces = face;
        if (*character == 0)
            return error_run(err, EXIT_CONFIG, "%s: the font %s shows no character that is printed",
                             layout_path, pdf_fonts_name(renderer->fonts, face));
        ARRAY_ADD(arena, &page->marks) = (struct pdf_mark){
            .kind = PDF_MARK_TEXT,
            .size_mpt = renderer->layout.size_text_mpt,
            .text = {.code_points = character, .faces = faces, .advances = advances, .count = 1}
        };
    }
    if (!pdf_write(&trial, renderer->fonts, &renderer->logo, arena, &bytes, &size, err)) {
        err->exit_code = EXIT_CONFIG;
        return error_context(err, "%s", layout_path);
    }
    return true;
}

bool pdf_renderer_create(const char *layout_path, struct pdf_renderer **ret_renderer,
                         struct error *err)
{
    struct arena *arena = arena_create("invoice renderer", RENDERER_BYTES_MAX);
    CLEANUP(pdf_renderer_destroy)
    struct pdf_renderer *renderer = ARENA_NEW(arena, struct pdf_renderer);
    renderer->arena = arena;
    renderer->scratch = arena_create("invoice", SCRATCH_BYTES_MAX);
    if (!invoice_layout_load(layout_path, arena, &renderer->layout, err))
        return false;
    if (renderer->layout.logo.path != NULL &&
        !pdf_logo_load(&renderer->layout.logo, arena, &renderer->logo, err))
        return false;
    if (!pdf_fonts_load(&renderer->layout, &renderer->fonts, err))
        return false;
    if (!try_out(renderer, layout_path, err))
        return false;
    make_digest(renderer);
    *ret_renderer = renderer;
    renderer = NULL;
    return true;
}

void pdf_renderer_destroy(struct pdf_renderer **renderer)
{
    if (*renderer == NULL)
        return;
    pdf_fonts_free(&(*renderer)->fonts);
    arena_destroy(&(*renderer)->scratch);
    struct arena *arena = (*renderer)->arena;
    *renderer = NULL;
    arena_destroy(&arena);
}

void pdf_renderer_digest(const struct pdf_renderer *renderer, uint8_t ret_digest[SHA256_SIZE])
{
    memcpy(ret_digest, renderer->digest, SHA256_SIZE);
}

/* A description for the file's properties; characters are those of the texts checked below. */
static void describe(struct pdf_document *document, const struct printer *out)
{
    const struct invoice_document *invoice = out->invoice;
    document->title = arena_printf(out->arena, "%s %s", title_of(out), invoice->number);
    document->author = invoice->seller.name;
    document->language = locale_tag(out->locale);
    document->year = invoice->issued_on.year;
    document->month = invoice->issued_on.month;
    document->day = invoice->issued_on.day;
}

static bool place_invoice(struct printer *out)
{
    int32_t end_mpt = 0;
    place_new_page(out);
    return measure_end(out, &end_mpt) && place_head(out) && place_table(out, end_mpt) &&
           place_totals(out) && place_closing(out) && place_feet(out);
}

/* The sign is our choice, not the invoice's text: the fonts shipped lack the lira's, for one. */
static const char *sign_that_shows(const struct printer *out)
{
    const char *sign = locale_currency_sign(out->locale, out->invoice->currency);
    for (const char *cursor = sign; *cursor != '\0';) {
        uint32_t code_point = text_utf8_next(&cursor);
        if (pdf_fonts_face(out->fonts, false, code_point) == PDF_NO_FACE ||
            pdf_fonts_face(out->fonts, true, code_point) == PDF_NO_FACE)
            return out->invoice->currency;
    }
    return sign;
}

static bool lay_out_and_write(struct pdf_renderer *renderer, const struct invoice_document *invoice,
                              const uint8_t **ret_bytes, size_t *ret_size, struct error *err)
{
    const struct locale *locale = locale_find(invoice->locale);
    struct pdf_document document = {.arena = renderer->scratch,
                                    .page_width_mpt = renderer->layout.page_width_mpt,
                                    .page_height_mpt = renderer->layout.page_height_mpt};
    struct printer out = {.layout = &renderer->layout,
                          .fonts = renderer->fonts,
                          .logo = &renderer->logo,
                          .invoice = invoice,
                          .locale = locale,
                          .arena = renderer->scratch,
                          .err = err,
                          .document = &document};
    char language[4];
    locale_language(locale, language);
    out.labels = invoice_layout_labels(&renderer->layout, language);
    /* English labels for want of others: no names of months in the midst of them. */
    bool translated = strcmp(out.labels->language, language) == 0;
    out.dates = translated ? renderer->layout.dates : LOCALE_DATE_NUMERIC;
    out.currency_sign = sign_that_shows(&out);
    describe(&document, &out);
    return place_invoice(&out) && pdf_write(&document, renderer->fonts, &renderer->logo,
                                            renderer->scratch, ret_bytes, ret_size, err);
}

/* The next invoice starts with little memory, however long this one was. */
static void empty_scratch(struct pdf_renderer *renderer)
{
    if (arena_used(renderer->scratch) <= SCRATCH_BYTES_KEPT) {
        arena_reset(renderer->scratch);
        return;
    }
    arena_destroy(&renderer->scratch);
    renderer->scratch = arena_create("invoice", SCRATCH_BYTES_MAX);
}

bool pdf_invoice_render(struct pdf_renderer *renderer, const struct invoice_document *invoice,
                        struct arena *arena, const uint8_t **ret_bytes, size_t *ret_size,
                        struct error *err)
{
    assert(invoice->number != NULL && invoice->currency != NULL);
    assert(invoice->seller.name != NULL && invoice->buyer.name != NULL);
    const uint8_t *bytes = NULL;
    size_t size = 0;
    bool done = invoice->line_count <= INVOICE_LINES_MAX
                    ? lay_out_and_write(renderer, invoice, &bytes, &size, err)
                    : error_item(err, "too_many_lines", "%zu lines are more than %d",
                                 invoice->line_count, INVOICE_LINES_MAX);
    if (done) {
        *ret_bytes = (const uint8_t *)arena_copy_n(arena, (const char *)bytes, size);
        *ret_size = size;
    }
    empty_scratch(renderer);
    return done || error_context(err, "invoice %s", invoice->number);
}
