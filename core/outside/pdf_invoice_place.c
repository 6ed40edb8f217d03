/* Placing texts and areas on the pages of an invoice, and writing its values. */
#include <string.h>

#include "core/base/text.h"
#include "core/outside/pdf_invoice_parts.h"

#define LINE_HEIGHT_PERCENT 138
#define BASELINE_PERCENT 104 /* of the size, from the upper edge of the line */

void place_new_page(struct printer *out)
{
    ARRAY_ADD(out->document->arena, &out->document->pages) = (struct pdf_page){.marks = {0}};
    out->page = out->document->pages.count - 1;
    out->y_mpt = out->layout->margin_top_mpt;
}

struct pdf_page *place_page(const struct printer *out)
{
    assert(out->page < out->document->pages.count);
    return &out->document->pages.items[out->page];
}

int32_t place_bottom(const struct printer *out)
{
    return out->layout->page_height_mpt - out->layout->margin_bottom_mpt;
}

int32_t place_content_width(const struct printer *out)
{
    return out->layout->page_width_mpt - out->layout->margin_left_mpt -
           out->layout->margin_right_mpt;
}

int32_t line_height(int32_t size_mpt)
{
    return size_mpt * LINE_HEIGHT_PERCENT / 100;
}

struct style style_text(const struct printer *out, int32_t x_mpt, int32_t width_mpt)
{
    return (struct style){.size_mpt = out->layout->size_text_mpt,
                          .colour = out->layout->colour_text,
                          .x_mpt = x_mpt,
                          .width_mpt = width_mpt};
}

struct style style_small(const struct printer *out, int32_t x_mpt, int32_t width_mpt)
{
    return (struct style){.size_mpt = out->layout->size_small_mpt,
                          .colour = out->layout->colour_muted,
                          .x_mpt = x_mpt,
                          .width_mpt = width_mpt};
}

void place_area(struct printer *out, int32_t x_mpt, int32_t y_mpt, int32_t width_mpt,
                int32_t height_mpt, uint32_t colour)
{
    ARRAY_ADD(out->arena, &place_page(out)->marks) = (struct pdf_mark){.kind = PDF_MARK_AREA,
                                                                       .x_mpt = x_mpt,
                                                                       .y_mpt = y_mpt,
                                                                       .width_mpt = width_mpt,
                                                                       .height_mpt = height_mpt,
                                                                       .colour = colour};
}

void place_text(struct printer *out, const struct pdf_text *text, const struct style *style,
                int32_t y_mpt)
{
    int32_t size = style->size_mpt;
    int32_t width = pdf_text_width(text, size);
    if (width > style->width_mpt) { /* an amount too wide for its column stays whole */
        size = (int32_t)((int64_t)size * style->width_mpt / width);
        width = pdf_text_width(text, size);
    }
    int32_t x = style->x_mpt;
    if (style->align == ALIGN_RIGHT)
        x += style->width_mpt - width;
    if (text->count == 0)
        return;
    ARRAY_ADD(out->arena, &place_page(out)->marks) =
        (struct pdf_mark){.kind = PDF_MARK_TEXT,
                          .x_mpt = x,
                          .y_mpt = y_mpt + style->size_mpt * BASELINE_PERCENT / 100,
                          .colour = style->colour,
                          .size_mpt = size,
                          .text = *text};
}

bool place_line(struct printer *out, const char *field, const char *utf8, const struct style *style,
                int32_t y_mpt)
{
    struct pdf_text text;
    if (!pdf_text_make(out->fonts, style->bold, field, utf8, out->arena, &text, out->err))
        return false;
    place_text(out, &text, style, y_mpt);
    return true;
}

bool place_wrapped(struct printer *out, const char *field, const char *utf8,
                   const struct style *style, int32_t *y_mpt)
{
    struct pdf_text text, line;
    size_t cursor = 0;
    if (!pdf_text_make(out->fonts, style->bold, field, utf8, out->arena, &text, out->err))
        return false;
    while (pdf_text_next_line(&text, style->size_mpt, style->width_mpt, &cursor, &line)) {
        place_text(out, &line, style, *y_mpt);
        *y_mpt += line_height(style->size_mpt);
    }
    return true;
}

/* --- values --- */

const char *label_of(const struct printer *out, enum invoice_label label)
{
    return out->labels->text[label];
}

const char *title_of(const struct printer *out)
{
    return label_of(out, out->invoice->is_credit_note ? LABEL_CREDIT_NOTE : LABEL_TITLE);
}

struct strbuf buffer_of(const struct printer *out, size_t size)
{
    struct strbuf buffer;
    strbuf_init(&buffer, arena_alloc(out->arena, size), size);
    return buffer;
}

static int32_t days_of_month(int32_t year, int32_t month)
{
    static const int32_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static struct document_date day_before(struct document_date date)
{
    date.day--;
    if (date.day > 0)
        return date;
    date.month--;
    if (date.month == 0) {
        date.month = 12;
        date.year--;
    }
    date.day = days_of_month(date.year, date.month);
    return date;
}

static void add_date(const struct printer *out, struct document_date date, struct strbuf *value)
{
    locale_add_date(out->locale, out->dates, date.year, date.month, date.day, value);
}

const char *date_of(const struct printer *out, struct document_date date)
{
    struct strbuf value = buffer_of(out, VALUE_SIZE);
    add_date(out, date, &value);
    return value.text;
}

const char *period_of(const struct printer *out, struct document_date start,
                      struct document_date end)
{
    struct strbuf value = buffer_of(out, VALUE_SIZE);
    add_date(out, start, &value);
    struct document_date last = end.year == 0 ? start : day_before(end);
    if (last.year != start.year || last.month != start.month || last.day != start.day) {
        strbuf_add(&value, " – ");
        add_date(out, last, &value);
    }
    return value.text;
}

const char *amount_of(const struct printer *out, int64_t minor)
{
    struct strbuf value = buffer_of(out, VALUE_SIZE);
    locale_add_amount(out->locale, minor, out->invoice->currency_digits, &value);
    return value.text;
}

const char *money_of(const struct printer *out, int64_t minor)
{
    struct strbuf value = buffer_of(out, VALUE_SIZE);
    locale_add_money_as(out->locale, minor, out->invoice->currency_digits, out->currency_sign,
                        &value);
    return value.text;
}
