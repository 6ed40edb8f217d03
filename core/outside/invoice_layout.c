/* The layout file into a struct: each key is asked for once, in the order of the shipped file. */
#include "core/outside/invoice_layout.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/outside/layout_value.h"

#define A4_WIDTH_MPT 595276
#define A4_HEIGHT_MPT 841890
#define LETTER_WIDTH_MPT 612000
#define LETTER_HEIGHT_MPT 792000
#define DESCRIPTION_MIN_MPT 113000 /* 40 mm */

/* --- sections --- */

#define MM(number) ((int32_t)((number)*2835))
#define PT(number) ((number)*1000)

static bool take_page(const struct layout_reader *in, struct invoice_layout *layout)
{
    static const char *const sizes[] = {"A4", "Letter"};
    size_t size = 0;
    if (!layout_take_word(in, "page", "size", sizes, ARRAY_LEN(sizes), &size))
        return false;
    layout->page_width_mpt = size == 0 ? A4_WIDTH_MPT : LETTER_WIDTH_MPT;
    layout->page_height_mpt = size == 0 ? A4_HEIGHT_MPT : LETTER_HEIGHT_MPT;
    return layout_take_length(in, "page", "margin_left", MM(5), MM(50), &layout->margin_left_mpt) &&
           layout_take_length(in, "page", "margin_right", MM(5), MM(50),
                              &layout->margin_right_mpt) &&
           layout_take_length(in, "page", "margin_top", MM(5), MM(50), &layout->margin_top_mpt) &&
           layout_take_length(in, "page", "margin_bottom", MM(20), MM(60),
                              &layout->margin_bottom_mpt);
}

static bool take_places(const struct layout_reader *in, struct invoice_layout *layout)
{
    const struct line_entry *entry;
    if (!layout_take_length(in, "places", "address_left", MM(5), MM(120),
                            &layout->address_left_mpt) ||
        !layout_take_length(in, "places", "address_top", MM(10), MM(120),
                            &layout->address_top_mpt) ||
        !layout_take_length(in, "places", "address_width", MM(50), MM(100),
                            &layout->address_width_mpt) ||
        !layout_take_length(in, "places", "facts_width", MM(50), MM(100),
                            &layout->facts_width_mpt) ||
        !layout_take_length(in, "places", "title_top", MM(30), MM(150), &layout->title_top_mpt) ||
        !layout_need(in, "places", "facts_width", &entry))
        return false;
    int32_t facts_left =
        layout->page_width_mpt - layout->margin_right_mpt - layout->facts_width_mpt;
    if (layout->address_left_mpt + layout->address_width_mpt > facts_left)
        return line_file_refuse(in->file, entry, in->err,
                                "the facts would stand on the buyer's address");
    return true;
}

static bool take_fonts(const struct layout_reader *in, struct invoice_layout *layout)
{
    const struct line_entry *entry;
    if (!layout_take_source(in, "fonts", "regular", &layout->font_regular) ||
        !layout_take_source(in, "fonts", "bold", &layout->font_bold) ||
        !layout_need(in, "fonts", "fallback", &entry))
        return false;
    if (text_equal(entry->value, "none"))
        return true;
    for (const char *name = entry->value; *name != '\0';) {
        size_t length = strcspn(name, ",");
        size_t word = length;
        while (word > 0 && name[word - 1] == ' ')
            word--;
        if (word == 0)
            return line_file_refuse(in->file, entry, in->err,
                                    "expected files separated by commas, or none");
        if (layout->fallback_font_count == LAYOUT_FALLBACK_FONTS_MAX)
            return line_file_refuse(in->file, entry, in->err, "more than %d files",
                                    LAYOUT_FALLBACK_FONTS_MAX);
        layout->fallback_fonts[layout->fallback_font_count++] =
            layout_source_of(in, entry, name, word);
        name += length + (name[length] == ',' ? 1 : 0);
        name += strspn(name, " ");
    }
    return layout->fallback_font_count > 0 ||
           line_file_refuse(in->file, entry, in->err, "expected files, or none");
}

static bool take_logo(const struct layout_reader *in, struct invoice_layout *layout)
{
    static const char *const sides[] = {"left", "right"};
    const struct line_entry *entry;
    size_t side = 0;
    if (!layout_need(in, "logo", "file", &entry) ||
        !layout_take_length(in, "logo", "width", MM(5), MM(120), &layout->logo_width_mpt) ||
        !layout_take_length(in, "logo", "height", MM(5), MM(60), &layout->logo_height_mpt) ||
        !layout_take_word(in, "logo", "side", sides, ARRAY_LEN(sides), &side))
        return false;
    if (!text_equal(entry->value, "none") && !layout_take_source(in, "logo", "file", &layout->logo))
        return false;
    layout->logo_right = side == 1;
    return true;
}

static bool take_text(const struct layout_reader *in, struct invoice_layout *layout)
{
    static const char *const styles[] = {"long", "numeric"};
    size_t style = 0;
    if (!layout_take_length(in, "text", "size", PT(6), PT(14), &layout->size_text_mpt) ||
        !layout_take_length(in, "text", "small_size", PT(5), PT(12), &layout->size_small_mpt) ||
        !layout_take_length(in, "text", "title_size", PT(10), PT(36), &layout->size_title_mpt) ||
        !layout_take_word(in, "text", "dates", styles, ARRAY_LEN(styles), &style))
        return false;
    layout->dates = style == 0 ? LOCALE_DATE_LONG : LOCALE_DATE_NUMERIC;
    return layout_take_colour(in, "text", &layout->colour_text) &&
           layout_take_colour(in, "muted", &layout->colour_muted) &&
           layout_take_colour(in, "accent", &layout->colour_accent) &&
           layout_take_colour(in, "rule", &layout->colour_rule) &&
           layout_take_colour(in, "shade", &layout->colour_shade);
}

/* --- the table's columns: "position 8mm, description, quantity 20mm, …" --- */

static const char *const column_names[COLUMN_KINDS] = {
    [COLUMN_POSITION] = "position", [COLUMN_DESCRIPTION] = "description",
    [COLUMN_QUANTITY] = "quantity", [COLUMN_UNIT_AMOUNT] = "unit_amount",
    [COLUMN_TAX_RATE] = "tax_rate", [COLUMN_AMOUNT] = "amount",
};

static bool take_column(const struct layout_reader *in, const struct line_entry *entry,
                        const char *text, size_t length, struct invoice_layout *layout)
{
    size_t word = strcspn(text, " ,");
    word = word > length ? length : word;
    size_t kind = 0;
    while (kind < COLUMN_KINDS &&
           (strlen(column_names[kind]) != word || strncmp(column_names[kind], text, word) != 0))
        kind++;
    if (kind == COLUMN_KINDS)
        return line_file_refuse(in->file, entry, in->err, "\"%.*s\" is no column", (int)word, text);
    for (size_t i = 0; i < layout->column_count; i++)
        if (layout->columns[i].kind == (enum layout_column_kind)kind)
            return line_file_refuse(in->file, entry, in->err, "%s stands twice",
                                    column_names[kind]);
    struct layout_column column = {.kind = (enum layout_column_kind)kind};
    size_t space = word + strspn(text + word, " ");
    if (kind == COLUMN_DESCRIPTION) {
        if (space < length)
            return line_file_refuse(in->file, entry, in->err,
                                    "description takes what is left and has no width");
    } else if (space >= length ||
               !layout_parse_length(text + space, length - space, &column.width_mpt) ||
               column.width_mpt < MM(5)) {
        return line_file_refuse(in->file, entry, in->err, "%s needs a width of at least 5mm",
                                column_names[kind]);
    }
    layout->columns[layout->column_count++] = column;
    return true;
}

static bool fit_columns(const struct layout_reader *in, const struct line_entry *entry,
                        struct invoice_layout *layout)
{
    int32_t left = layout->page_width_mpt - layout->margin_left_mpt - layout->margin_right_mpt;
    struct layout_column *description = NULL;
    bool amount = false;
    for (size_t i = 0; i < layout->column_count; i++) {
        left -= layout->columns[i].width_mpt;
        amount = amount || layout->columns[i].kind == COLUMN_AMOUNT;
        if (layout->columns[i].kind == COLUMN_DESCRIPTION)
            description = &layout->columns[i];
    }
    if (description == NULL || !amount)
        return line_file_refuse(in->file, entry, in->err,
                                "the columns description and amount must be there");
    if (left < DESCRIPTION_MIN_MPT)
        return line_file_refuse(in->file, entry, in->err,
                                "the columns leave less than 40mm for the description");
    description->width_mpt = left;
    return true;
}

static bool take_table(const struct layout_reader *in, struct invoice_layout *layout)
{
    static const char *const answers[] = {"no", "yes"};
    const struct line_entry *entry;
    size_t carry = 0;
    if (!layout_need(in, "table", "columns", &entry) ||
        !layout_take_word(in, "table", "carry_totals", answers, ARRAY_LEN(answers), &carry))
        return false;
    layout->carry_totals = carry == 1;
    for (const char *text = entry->value; *text != '\0';) {
        size_t length = strcspn(text, ",");
        size_t part = length;
        while (part > 0 && text[part - 1] == ' ')
            part--;
        if (!take_column(in, entry, text, part, layout))
            return false;
        text += length + (text[length] == ',' ? 1 : 0);
        text += strspn(text, " ");
    }
    return fit_columns(in, entry, layout);
}

static bool take_footer(const struct layout_reader *in, struct invoice_layout *layout)
{
    static const char *const keys[LAYOUT_FOOTER_LINES_MAX] = {"line_1", "line_2", "line_3"};
    for (size_t i = 0; i < LAYOUT_FOOTER_LINES_MAX; i++) {
        const struct line_entry *entry;
        if (!layout_need(in, "footer", keys[i], &entry))
            return false;
        layout->footer[i] = entry->value;
    }
    return true;
}

/* --- labels --- */

static bool load_labels(const struct layout_reader *in, const char *directory,
                        struct sha256 *digest, struct invoice_layout *layout)
{
    const char *languages[LOCALE_LANGUAGES_MAX];
    size_t count = locale_languages(languages);
    struct invoice_labels *labels = ARENA_NEW_ARRAY(in->arena, struct invoice_labels, count);
    for (size_t i = 0; i < count; i++) {
        struct line_file file;
        const char *path = arena_printf(in->arena, "%s/%s.labels", directory, languages[i]);
        bool english = text_equal(languages[i], "en");
        if (!english && access(path, F_OK) != 0)
            continue; /* that language is printed in English */
        if (!line_file_read(path, in->arena, &file, in->err))
            return false;
        if (!invoice_labels_take(&file, languages[i], &labels[layout->label_count], in->err))
            return false;
        if (english && layout->label_count > 0) { /* English is the one to fall back to: first */
            struct invoice_labels first = labels[0];
            labels[0] = labels[layout->label_count];
            labels[layout->label_count] = first;
        }
        layout->label_count++;
        sha256_add_text(digest, languages[i]);
        sha256_add_text(digest, file.bytes);
    }
    layout->labels = labels;
    return true;
}

bool invoice_layout_load(const char *path, struct arena *arena, struct invoice_layout *ret_layout,
                         struct error *err)
{
    struct line_file file;
    struct invoice_layout layout = {0};
    struct layout_source labels;
    if (!line_file_read(path, arena, &file, err))
        return false;
    const char *slash = strrchr(path, '/');
    struct layout_reader in = {
        .file = &file,
        .arena = arena,
        .err = err,
        .directory = slash == NULL ? "." : arena_copy_n(arena, path, (size_t)(slash - path))};
    if (!take_page(&in, &layout) || !take_places(&in, &layout) || !take_fonts(&in, &layout) ||
        !take_logo(&in, &layout) || !take_text(&in, &layout) || !take_table(&in, &layout) ||
        !take_footer(&in, &layout) || !layout_take_source(&in, "labels", "directory", &labels) ||
        !line_file_finish(&file, err))
        return false;
    CLEANUP(sha256_free) struct sha256 *digest = sha256_start();
    sha256_add_text(digest, file.bytes);
    if (!load_labels(&in, labels.path, digest, &layout))
        return false;
    sha256_finish(&digest, layout.files_digest);
    *ret_layout = layout;
    return true;
}

const struct invoice_labels *invoice_layout_labels(const struct invoice_layout *layout,
                                                   const char *language)
{
    for (size_t i = 0; i < layout->label_count; i++)
        if (text_equal(layout->labels[i].language, language))
            return &layout->labels[i];
    return &layout->labels[0];
}
