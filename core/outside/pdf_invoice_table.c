/* The lines of an invoice as a table over as many pages as it takes. A line that fits on a page is
 * never divided; one that does not (a description of a hundred lines) is. At the end of a page
 * stands the sum so far, which the next page repeats. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/outside/pdf_invoice_parts.h"

#define FIELD_SIZE 48
#define SIGNS_FACTOR 8 /* signs and spaces about a digit, in bytes */

/* One line, ready to be placed. */
struct row {
    struct pdf_text cells[COLUMN_KINDS];
    struct pdf_text subscription; /* under the description */
    struct pdf_text references;   /* under that */
    struct pdf_text period;       /* and that */
    int32_t height_mpt;
};

static const enum invoice_label column_labels[COLUMN_KINDS] = {
    [COLUMN_POSITION] = LABEL_COLUMN_POSITION, [COLUMN_DESCRIPTION] = LABEL_COLUMN_DESCRIPTION,
    [COLUMN_QUANTITY] = LABEL_COLUMN_QUANTITY, [COLUMN_UNIT_AMOUNT] = LABEL_COLUMN_UNIT_AMOUNT,
    [COLUMN_TAX_RATE] = LABEL_COLUMN_TAX_RATE, [COLUMN_AMOUNT] = LABEL_COLUMN_AMOUNT,
};

static struct style cell_style(const struct printer *out, size_t column, int32_t x_mpt)
{
    const struct layout_column *at = &out->layout->columns[column];
    struct style style =
        style_text(out, x_mpt + CELL_PADDING_MPT, at->width_mpt - 2 * CELL_PADDING_MPT);
    bool left = at->kind == COLUMN_DESCRIPTION || at->kind == COLUMN_POSITION;
    style.align = left ? ALIGN_LEFT : ALIGN_RIGHT;
    return style;
}

/* Room at the end of a page for the sum that is carried. */
static int32_t carry_height(const struct printer *out)
{
    return out->layout->carry_totals
               ? line_height(out->layout->size_text_mpt) + 2 * CELL_PADDING_MPT
               : 0;
}

static int32_t table_bottom(const struct printer *out)
{
    return place_bottom(out) - carry_height(out);
}

/* --- head of the table --- */

static int32_t label_lines(const struct pdf_text *text, const struct style *style)
{
    struct pdf_text line;
    size_t cursor = 0;
    int32_t lines = 0;
    while (pdf_text_next_line(text, style->size_mpt, style->width_mpt, &cursor, &line))
        lines++;
    return lines;
}

static bool place_columns_head(struct printer *out)
{
    const struct invoice_layout *layout = out->layout;
    struct pdf_text texts[COLUMN_KINDS];
    struct style styles[COLUMN_KINDS];
    int32_t x = layout->margin_left_mpt, lines = 1;
    for (size_t i = 0; i < layout->column_count; i++) {
        styles[i] = cell_style(out, i, x);
        styles[i].size_mpt = layout->size_small_mpt;
        styles[i].bold = true;
        styles[i].colour = layout->colour_accent;
        x += layout->columns[i].width_mpt;
        const char *label = label_of(out, column_labels[layout->columns[i].kind]);
        if (layout->columns[i].kind == COLUMN_AMOUNT)
            label = arena_printf(out->arena, "%s (%s)", label, out->invoice->currency);
        if (!pdf_text_make(out->fonts, true, "label of a column", label, out->arena, &texts[i],
                           out->err))
            return false;
        int32_t needed = label_lines(&texts[i], &styles[i]);
        lines = needed > lines ? needed : lines;
    }
    int32_t line = line_height(layout->size_small_mpt);
    int32_t height = lines * line + 2 * CELL_PADDING_MPT;
    place_area(out, layout->margin_left_mpt, out->y_mpt, place_content_width(out), height,
               layout->colour_shade);
    for (size_t i = 0; i < layout->column_count; i++) {
        struct pdf_text part;
        size_t cursor = 0;
        int32_t y =
            out->y_mpt + CELL_PADDING_MPT + (lines - label_lines(&texts[i], &styles[i])) * line;
        for (;
             pdf_text_next_line(&texts[i], styles[i].size_mpt, styles[i].width_mpt, &cursor, &part);
             y += line)
            place_text(out, &part, &styles[i], y);
    }
    out->y_mpt += height;
    return true;
}

/* --- carrying --- */

static bool place_carry(struct printer *out, enum invoice_label label, int64_t sum_minor)
{
    int32_t x = out->layout->margin_left_mpt + CELL_PADDING_MPT;
    int32_t width = place_content_width(out) - 2 * CELL_PADDING_MPT;
    struct style left = style_text(out, x, width / 2);
    struct style right = style_text(out, x + width / 2, width - width / 2);
    left.bold = right.bold = true;
    right.align = ALIGN_RIGHT;
    if (!place_line(out, "label of the carried sum", label_of(out, label), &left,
                    out->y_mpt + CELL_PADDING_MPT) ||
        !place_line(out, "carried sum", amount_of(out, sum_minor), &right,
                    out->y_mpt + CELL_PADDING_MPT))
        return false;
    out->y_mpt += carry_height(out);
    return true;
}

static bool turn_page(struct printer *out, bool carry, int64_t sum_minor)
{
    carry = carry && out->layout->carry_totals;
    if (carry && !place_carry(out, LABEL_CARRIED_FORWARD, sum_minor))
        return false;
    place_new_page(out);
    if (!place_continued_head(out) || !place_columns_head(out))
        return false;
    if (carry && !place_carry(out, LABEL_BROUGHT_FORWARD, sum_minor))
        return false;
    if (carry)
        place_area(out, out->layout->margin_left_mpt, out->y_mpt, place_content_width(out),
                   HAIRLINE_MPT, out->layout->colour_rule);
    return true;
}

/* --- one line --- */

/* "5+9.975" as "5 % + 9,975 %". */
static const char *rates_of(const struct printer *out, const char *rates)
{
    struct strbuf value = buffer_of(out, SIGNS_FACTOR * strlen(rates) + VALUE_SIZE);
    for (const char *rate = rates; *rate != '\0';) {
        size_t length = strcspn(rate, "+");
        locale_add_percent(out->locale, arena_copy_n(out->arena, rate, length), &value);
        rate += length;
        if (*rate == '+') {
            strbuf_add(&value, " + ");
            rate++;
        }
    }
    return value.text;
}

static const char *description_text(const struct printer *out, const struct document_line *line)
{
    static const enum invoice_label labels[] = {
        [REMARK_LATE_USAGE] = LABEL_LATE_USAGE,         [REMARK_USED_SO_FAR] = LABEL_USED_SO_FAR,
        [REMARK_REMAINING_TIME] = LABEL_REMAINING_TIME, [REMARK_UNUSED_TIME] = LABEL_UNUSED_TIME,
        [REMARK_TAKEN_BACK] = LABEL_TAKEN_BACK,         [REMARK_COMMITMENT] = LABEL_COMMITMENT};
    const char *description = line->description == NULL ? "" : line->description;
    if (line->remark == REMARK_NONE)
        return description;
    const char *label = label_of(out, labels[line->remark]);
    const char *contract = line->contract == NULL ? "" : line->contract;
    const char *phase = line->phase == NULL ? "" : line->phase;
    struct strbuf text =
        buffer_of(out, strlen(label) + strlen(description) + strlen(contract) + strlen(phase) + 1);
    label_add(
        &text, label,
        (const char *[]){"description", description, "contract", contract, "phase", phase, NULL});
    return text.text;
}

static const char *cell_value(const struct printer *out, const struct document_line *line,
                              size_t number, enum layout_column_kind kind)
{
    const char *quantity = line->quantity == NULL ? "" : line->quantity;
    const char *unit_amount = line->unit_amount == NULL ? "" : line->unit_amount;
    struct strbuf value =
        buffer_of(out, SIGNS_FACTOR * (strlen(quantity) + strlen(unit_amount)) + VALUE_SIZE);
    switch (kind) {
    case COLUMN_POSITION:
        strbuf_addf(&value, "%zu", number);
        return value.text;
    case COLUMN_DESCRIPTION:
        return description_text(out, line);
    case COLUMN_QUANTITY:
        if (quantity[0] != '\0')
            locale_add_decimal(out->locale, quantity, &value);
        return value.text;
    case COLUMN_UNIT_AMOUNT:
        if (unit_amount[0] != '\0')
            locale_add_price(out->locale, unit_amount, out->invoice->currency_digits, &value);
        return value.text;
    case COLUMN_TAX_RATE:
        return text_is_empty(line->tax_rate_percent) ? "" : rates_of(out, line->tax_rate_percent);
    case COLUMN_AMOUNT:
        return amount_of(out, line->amount_minor);
    case COLUMN_KINDS:
        break;
    }
    return "";
}

static bool is_wrapped(enum layout_column_kind kind)
{
    return kind == COLUMN_DESCRIPTION || kind == COLUMN_TAX_RATE;
}

static int32_t description_width(const struct printer *out)
{
    size_t i = 0;
    while (out->layout->columns[i].kind != COLUMN_DESCRIPTION)
        i++;
    return cell_style(out, i, 0).width_mpt;
}

static const char *subscription_text(const struct printer *out, const struct document_line *line)
{
    const char *label = label_of(out, LABEL_LINE_SUBSCRIPTION);
    struct strbuf text = buffer_of(out, strlen(label) + strlen(line->subscription) + 1);
    label_add(&text, label, (const char *[]){"subscription", line->subscription, NULL});
    return text.text;
}

/* "Refers to INV-2025-000001 (31.12.2025), INV-2026-000002 (31.01.2026)" */
static const char *references_text(const struct printer *out, const struct document_line *line)
{
    const char *label = label_of(out, LABEL_REFERS_TO);
    const char *documents = "";
    for (size_t i = 0; i < line->reference_count; i++)
        documents =
            arena_printf(out->arena, "%s%s%s (%s)", documents, i == 0 ? "" : ", ",
                         line->references[i].number, date_of(out, line->references[i].issued_on));
    struct strbuf text = buffer_of(out, strlen(label) + strlen(documents) + 1);
    label_add(&text, label, (const char *[]){"documents", documents, NULL});
    return text.text;
}

/* A text of its own under the description, in small letters; it may be wrapped. */
static bool make_small(struct printer *out, const char *what, const char *value,
                       struct pdf_text *text, struct row *row)
{
    struct style style = style_small(out, 0, description_width(out));
    if (!pdf_text_make(out->fonts, false, what, value, out->arena, text, out->err))
        return false;
    row->height_mpt += label_lines(text, &style) * line_height(out->layout->size_small_mpt);
    return true;
}

static bool make_row(struct printer *out, const struct document_line *line, size_t number,
                     struct row *ret_row)
{
    static const char *const names[COLUMN_KINDS] = {"position",    "description", "quantity",
                                                    "unit amount", "tax rate",    "amount"};
    struct row row = {0};
    for (size_t i = 0; i < out->layout->column_count; i++) {
        enum layout_column_kind kind = out->layout->columns[i].kind;
        char field[FIELD_SIZE];
        (void)snprintf(field, sizeof field, "line %zu %s", number, names[kind]);
        if (!pdf_text_make(out->fonts, false, field, cell_value(out, line, number, kind),
                           out->arena, &row.cells[i], out->err))
            return false;
        if (!is_wrapped(kind))
            continue;
        struct style style = cell_style(out, i, 0);
        int32_t lines = label_lines(&row.cells[i], &style);
        int32_t height = (lines > 1 ? lines : 1) * line_height(style.size_mpt);
        row.height_mpt = height > row.height_mpt ? height : row.height_mpt;
    }
    if ((!text_is_empty(line->subscription) &&
         !make_small(out, "line subscription", subscription_text(out, line), &row.subscription,
                     &row)) ||
        (line->reference_count > 0 &&
         !make_small(out, "line references", references_text(out, line), &row.references, &row)))
        return false;
    if (line->period_start.year != 0) {
        if (!pdf_text_make(out->fonts, false, "line period",
                           period_of(out, line->period_start, line->period_end), out->arena,
                           &row.period, out->err))
            return false;
        row.height_mpt += line_height(out->layout->size_small_mpt);
    }
    row.height_mpt += 2 * CELL_PADDING_MPT;
    *ret_row = row;
    return true;
}

/* The description, line by line, so that a very long one can go over the page. */
static bool place_description(struct printer *out, const struct pdf_text *text,
                              const struct style *style, int64_t sum_minor)
{
    struct pdf_text line;
    size_t cursor = 0;
    while (pdf_text_next_line(text, style->size_mpt, style->width_mpt, &cursor, &line)) {
        if (out->y_mpt + line_height(style->size_mpt) > table_bottom(out) &&
            !turn_page(out, true, sum_minor))
            return false;
        place_text(out, &line, style, out->y_mpt);
        out->y_mpt += line_height(style->size_mpt);
    }
    return true;
}

/* Two rates stand below each other. Returns the lower edge. */
static int32_t place_cell(struct printer *out, const struct pdf_text *text,
                          enum layout_column_kind kind, const struct style *style, int32_t y_mpt)
{
    struct pdf_text line;
    size_t cursor = 0;
    if (!is_wrapped(kind)) {
        place_text(out, text, style, y_mpt);
        return y_mpt + line_height(style->size_mpt);
    }
    for (; pdf_text_next_line(text, style->size_mpt, style->width_mpt, &cursor, &line);
         y_mpt += line_height(style->size_mpt))
        place_text(out, &line, style, y_mpt);
    return y_mpt;
}

static bool place_row(struct printer *out, const struct row *row, int64_t sum_minor)
{
    const struct invoice_layout *layout = out->layout;
    int32_t x = layout->margin_left_mpt, top = out->y_mpt + CELL_PADDING_MPT, lowest = top;
    struct style description = {0};
    size_t description_column = 0;
    for (size_t i = 0; i < layout->column_count; i++) {
        struct style style = cell_style(out, i, x);
        x += layout->columns[i].width_mpt;
        if (layout->columns[i].kind == COLUMN_DESCRIPTION) {
            description = style;
            description_column = i;
            continue;
        }
        if (layout->columns[i].kind == COLUMN_POSITION)
            style.colour = layout->colour_muted;
        int32_t bottom = place_cell(out, &row->cells[i], layout->columns[i].kind, &style, top);
        lowest = bottom > lowest ? bottom : lowest;
    }
    out->y_mpt = top;
    size_t page = out->page;
    struct style period = style_small(out, description.x_mpt, description.width_mpt);
    if (!place_description(out, &row->cells[description_column], &description, sum_minor) ||
        !place_description(out, &row->subscription, &period, sum_minor) ||
        !place_description(out, &row->references, &period, sum_minor))
        return false;
    if (row->period.count > 0) {
        place_text(out, &row->period, &period, out->y_mpt);
        out->y_mpt += line_height(period.size_mpt);
    }
    if (out->page == page && out->y_mpt < lowest)
        out->y_mpt = lowest;
    out->y_mpt += CELL_PADDING_MPT;
    place_area(out, layout->margin_left_mpt, out->y_mpt, place_content_width(out), HAIRLINE_MPT,
               layout->colour_rule);
    return true;
}

/* --- the table --- */

bool place_table(struct printer *out, int32_t keep_mpt)
{
    int64_t sum_minor = 0;
    if (!place_columns_head(out))
        return false;
    for (size_t i = 0; i < out->invoice->line_count; i++) {
        const struct document_line *line = &out->invoice->lines[i];
        struct row row;
        if (!make_row(out, line, i + 1, &row))
            return false;
        /* The last line takes the totals with it, so that they never stand alone on a page. */
        bool last = i + 1 == out->invoice->line_count;
        int32_t bottom = last ? place_bottom(out) - keep_mpt : table_bottom(out);
        if (out->y_mpt + row.height_mpt > bottom && i > 0 && !turn_page(out, true, sum_minor))
            return false;
        if (__builtin_add_overflow(sum_minor, line->amount_minor, &sum_minor))
            return error_item(out->err, "amount_overflow",
                              "the lines up to line %zu are too large to be added up", i + 1);
        if (!place_row(out, &row, sum_minor))
            return false;
    }
    if (out->y_mpt + keep_mpt > place_bottom(out))
        return turn_page(out, out->invoice->line_count > 0, sum_minor);
    return true;
}
