/* The layout file into a struct: each key is asked for once, in the order of the shipped file. */
#include "core/outside/invoice_layout.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"

#define MPT_PER_POINT 1000
/* An inch is 72 points and 25.4 mm: a hundredth of a millimetre is 7200/254 mpt. */
#define LENGTH_DIGITS_MAX 6
#define A4_WIDTH_MPT 595276
#define A4_HEIGHT_MPT 841890
#define LETTER_WIDTH_MPT 612000
#define LETTER_HEIGHT_MPT 792000
#define DESCRIPTION_MIN_MPT 113000 /* 40 mm */

struct reader {
    struct line_file *file;
    struct arena *arena;
    const char *directory;
    struct error *err;
};

/* --- values --- */

/* "12.5mm" or "9pt", at most two decimals, into mpt. */
static bool parse_length(const char *text, size_t length, int32_t *ret_mpt)
{
    int64_t hundredths = 0;
    int32_t decimals = -1;
    size_t i = 0;
    for (; i < length && i <= LENGTH_DIGITS_MAX; i++) {
        if (text[i] == '.' && decimals < 0 && i > 0) {
            decimals = 0;
            continue;
        }
        if (text[i] < '0' || text[i] > '9' || decimals == 2)
            break;
        hundredths = hundredths * 10 + (text[i] - '0');
        decimals += decimals >= 0 ? 1 : 0;
    }
    for (int32_t have = decimals < 0 ? 0 : decimals; have < 2; have++)
        hundredths *= 10;
    if (i == 0 || i + 2 != length || text[i - 1] == '.')
        return false;
    if (strncmp(text + i, "mm", 2) == 0)
        *ret_mpt = (int32_t)((hundredths * 7200 + 127) / 254);
    else if (strncmp(text + i, "pt", 2) == 0)
        *ret_mpt = (int32_t)(hundredths * MPT_PER_POINT / 100);
    else
        return false;
    return true;
}

static bool need(const struct reader *in, const char *section, const char *key,
                 const struct line_entry **ret_entry)
{
    return line_file_need(in->file, section, key, ret_entry, in->err);
}

static bool take_length(const struct reader *in, const char *section, const char *key,
                        int32_t min_mpt, int32_t max_mpt, int32_t *ret_mpt)
{
    const struct line_entry *entry;
    if (!need(in, section, key, &entry))
        return false;
    int32_t mpt;
    if (!parse_length(entry->value, strlen(entry->value), &mpt))
        return line_file_refuse(in->file, entry, in->err,
                                "expected a length such as 20mm, 7.5mm or 9pt");
    if (mpt < min_mpt || mpt > max_mpt)
        return line_file_refuse(in->file, entry, in->err,
                                "%s is not between %" PRId32 "pt and %" PRId32 "pt", entry->value,
                                min_mpt / MPT_PER_POINT, max_mpt / MPT_PER_POINT);
    *ret_mpt = mpt;
    return true;
}

static bool take_colour(const struct reader *in, const char *key, uint32_t *ret_colour)
{
    const struct line_entry *entry;
    if (!need(in, "colours", key, &entry))
        return false;
    uint32_t colour = 0;
    size_t length = strlen(entry->value);
    bool good = length == 7 && entry->value[0] == '#';
    for (size_t i = 1; good && i < length; i++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF";
        const char *digit = strchr(digits, entry->value[i]);
        good = digit != NULL;
        if (good)
            colour = colour << 4 | ((uint32_t)(digit - digits) & 0xF);
    }
    if (!good)
        return line_file_refuse(in->file, entry, in->err, "expected a colour such as #1F4E79");
    *ret_colour = colour;
    return true;
}

/* One of `count` words; *ret_index says which. */
static bool take_word(const struct reader *in, const char *section, const char *key,
                      const char *const *words, size_t count, size_t *ret_index)
{
    const struct line_entry *entry;
    if (!need(in, section, key, &entry))
        return false;
    char list[120] = "";
    struct strbuf names;
    strbuf_init(&names, list, sizeof list);
    for (size_t i = 0; i < count; i++) {
        if (text_equal(entry->value, words[i])) {
            *ret_index = i;
            return true;
        }
        strbuf_addf(&names, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", words[i]);
    }
    return line_file_refuse(in->file, entry, in->err, "expected %s, not \"%s\"", names.text,
                            entry->value);
}

static struct layout_source source_of(const struct reader *in, const struct line_entry *entry,
                                      const char *name, size_t length)
{
    const char *path = arena_copy_n(in->arena, name, length);
    if (path[0] != '/')
        path = arena_printf(in->arena, "%s/%s", in->directory, path);
    return (struct layout_source){.path = path,
                                  .at = arena_printf(in->arena, "%s:%" PRId32 ":%" PRId32,
                                                     in->file->path, entry->line,
                                                     entry->value_column)};
}

static bool take_source(const struct reader *in, const char *section, const char *key,
                        struct layout_source *ret_source)
{
    const struct line_entry *entry;
    if (!need(in, section, key, &entry))
        return false;
    if (entry->value[0] == '\0')
        return line_file_refuse(in->file, entry, in->err, "expected the name of a file");
    *ret_source = source_of(in, entry, entry->value, strlen(entry->value));
    return true;
}

/* --- sections --- */

#define MM(number) ((int32_t)((number)*2835))
#define PT(number) ((number)*MPT_PER_POINT)

static bool take_page(const struct reader *in, struct invoice_layout *layout)
{
    static const char *const sizes[] = {"A4", "Letter"};
    size_t size = 0;
    if (!take_word(in, "page", "size", sizes, ARRAY_LEN(sizes), &size))
        return false;
    layout->page_width_mpt = size == 0 ? A4_WIDTH_MPT : LETTER_WIDTH_MPT;
    layout->page_height_mpt = size == 0 ? A4_HEIGHT_MPT : LETTER_HEIGHT_MPT;
    return take_length(in, "page", "margin_left", MM(5), MM(50), &layout->margin_left_mpt) &&
           take_length(in, "page", "margin_right", MM(5), MM(50), &layout->margin_right_mpt) &&
           take_length(in, "page", "margin_top", MM(5), MM(50), &layout->margin_top_mpt) &&
           take_length(in, "page", "margin_bottom", MM(20), MM(60), &layout->margin_bottom_mpt);
}

static bool take_places(const struct reader *in, struct invoice_layout *layout)
{
    return take_length(in, "places", "address_left", MM(5), MM(120), &layout->address_left_mpt) &&
           take_length(in, "places", "address_top", MM(10), MM(120), &layout->address_top_mpt) &&
           take_length(in, "places", "address_width", MM(50), MM(100),
                       &layout->address_width_mpt) &&
           take_length(in, "places", "facts_width", MM(50), MM(100), &layout->facts_width_mpt) &&
           take_length(in, "places", "title_top", MM(30), MM(150), &layout->title_top_mpt);
}

static bool take_fonts(const struct reader *in, struct invoice_layout *layout)
{
    const struct line_entry *entry;
    if (!take_source(in, "fonts", "regular", &layout->font_regular) ||
        !take_source(in, "fonts", "bold", &layout->font_bold) ||
        !need(in, "fonts", "fallback", &entry))
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
        layout->fallback_fonts[layout->fallback_font_count++] = source_of(in, entry, name, word);
        name += length + (name[length] == ',' ? 1 : 0);
        name += strspn(name, " ");
    }
    return layout->fallback_font_count > 0 ||
           line_file_refuse(in->file, entry, in->err, "expected files, or none");
}

static bool take_logo(const struct reader *in, struct invoice_layout *layout)
{
    static const char *const sides[] = {"left", "right"};
    const struct line_entry *entry;
    size_t side = 0;
    if (!need(in, "logo", "file", &entry) ||
        !take_length(in, "logo", "width", MM(5), MM(120), &layout->logo_width_mpt) ||
        !take_length(in, "logo", "height", MM(5), MM(60), &layout->logo_height_mpt) ||
        !take_word(in, "logo", "side", sides, ARRAY_LEN(sides), &side))
        return false;
    if (!text_equal(entry->value, "none") && !take_source(in, "logo", "file", &layout->logo))
        return false;
    layout->logo_right = side == 1;
    return true;
}

static bool take_text(const struct reader *in, struct invoice_layout *layout)
{
    static const char *const styles[] = {"long", "numeric"};
    size_t style = 0;
    if (!take_length(in, "text", "size", PT(6), PT(14), &layout->size_text_mpt) ||
        !take_length(in, "text", "small_size", PT(5), PT(12), &layout->size_small_mpt) ||
        !take_length(in, "text", "title_size", PT(10), PT(36), &layout->size_title_mpt) ||
        !take_word(in, "text", "dates", styles, ARRAY_LEN(styles), &style))
        return false;
    layout->dates = style == 0 ? LOCALE_DATE_LONG : LOCALE_DATE_NUMERIC;
    return take_colour(in, "text", &layout->colour_text) &&
           take_colour(in, "muted", &layout->colour_muted) &&
           take_colour(in, "accent", &layout->colour_accent) &&
           take_colour(in, "rule", &layout->colour_rule) &&
           take_colour(in, "shade", &layout->colour_shade);
}

/* --- the table's columns: "position 8mm, description, quantity 20mm, …" --- */

static const char *const column_names[COLUMN_KINDS] = {
    [COLUMN_POSITION] = "position", [COLUMN_DESCRIPTION] = "description",
    [COLUMN_QUANTITY] = "quantity", [COLUMN_UNIT_AMOUNT] = "unit_amount",
    [COLUMN_TAX_RATE] = "tax_rate", [COLUMN_AMOUNT] = "amount",
};

static bool take_column(const struct reader *in, const struct line_entry *entry, const char *text,
                        size_t length, struct invoice_layout *layout)
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
    } else if (space >= length || !parse_length(text + space, length - space, &column.width_mpt) ||
               column.width_mpt < MM(5)) {
        return line_file_refuse(in->file, entry, in->err, "%s needs a width of at least 5mm",
                                column_names[kind]);
    }
    layout->columns[layout->column_count++] = column;
    return true;
}

static bool fit_columns(const struct reader *in, const struct line_entry *entry,
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

static bool take_table(const struct reader *in, struct invoice_layout *layout)
{
    static const char *const answers[] = {"no", "yes"};
    const struct line_entry *entry;
    size_t carry = 0;
    if (!need(in, "table", "columns", &entry) ||
        !take_word(in, "table", "carry_totals", answers, ARRAY_LEN(answers), &carry))
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

static bool take_footer(const struct reader *in, struct invoice_layout *layout)
{
    static const char *const keys[LAYOUT_FOOTER_LINES_MAX] = {"line_1", "line_2", "line_3"};
    for (size_t i = 0; i < LAYOUT_FOOTER_LINES_MAX; i++) {
        const struct line_entry *entry;
        if (!need(in, "footer", keys[i], &entry))
            return false;
        layout->footer[i] = entry->value;
    }
    return true;
}

/* --- labels --- */

static bool load_labels(const struct reader *in, const char *directory, struct sha256 *digest,
                        struct invoice_layout *layout)
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
    struct reader in = {
        .file = &file,
        .arena = arena,
        .err = err,
        .directory = slash == NULL ? "." : arena_copy_n(arena, path, (size_t)(slash - path))};
    if (!take_page(&in, &layout) || !take_places(&in, &layout) || !take_fonts(&in, &layout) ||
        !take_logo(&in, &layout) || !take_text(&in, &layout) || !take_table(&in, &layout) ||
        !take_footer(&in, &layout) || !take_source(&in, "labels", "directory", &labels) ||
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
