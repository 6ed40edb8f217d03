/* Totals, taxes per category and rate, terms and notes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/outside/pdf_invoice_parts.h"

#define TOTALS_WIDTH_MPT (96 * MPT_PER_MM)
#define TOTALS_VALUE_WIDTH_MPT (38 * MPT_PER_MM)
#define GAP_MPT (3 * MPT_PER_MM)
#define FIELD_SIZE 48
#define DUE_PADDING_MPT (2 * CELL_PADDING_MPT)
#define NO_BREAK "\xC2\xA0"
#define PLURAL_DAYS_MIN 5 /* from here on every language of the labels has one form for "days" */

static int32_t row_height(const struct printer *out)
{
    return line_height(out->layout->size_text_mpt) * 108 / 100;
}

static bool has_tax(const struct document_tax *tax)
{
    return !text_is_empty(tax->name) || tax->tax_minor != 0;
}

static struct style name_style(const struct printer *out)
{
    int32_t right = out->layout->page_width_mpt - out->layout->margin_right_mpt;
    return style_text(out, right - TOTALS_WIDTH_MPT,
                      TOTALS_WIDTH_MPT - TOTALS_VALUE_WIDTH_MPT - CELL_PADDING_MPT);
}

static bool place_total(struct printer *out, const char *field, const char *name, const char *value,
                        bool bold)
{
    struct style left = name_style(out);
    struct style right = style_text(out, left.x_mpt + TOTALS_WIDTH_MPT - TOTALS_VALUE_WIDTH_MPT,
                                    TOTALS_VALUE_WIDTH_MPT - CELL_PADDING_MPT);
    left.bold = right.bold = bold;
    right.align = ALIGN_RIGHT;
    if (out->y_mpt + row_height(out) > place_bottom(out)) { /* dozens of taxes */
        place_new_page(out);
        if (!place_continued_head(out))
            return false;
    }
    int32_t y = out->y_mpt;
    if (!place_wrapped(out, field, name, &left, &y) ||
        !place_line(out, field, value, &right, y - line_height(left.size_mpt)))
        return false;
    out->y_mpt = y + row_height(out) - line_height(left.size_mpt);
    return true;
}

static void place_rule(struct printer *out, uint32_t colour)
{
    out->y_mpt += GAP_MPT / 3;
    place_area(out, name_style(out).x_mpt, out->y_mpt, TOTALS_WIDTH_MPT, HAIRLINE_MPT * 2, colour);
    out->y_mpt += GAP_MPT / 2;
}

/* A code of UNTDID 5305, as auditors read it; a seller's own word for a kind of goods is none. */
static bool is_category_code(const char *category)
{
    size_t length = text_is_empty(category) ? 0 : strlen(category);
    return length > 0 && strspn(category, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == length;
}

/* "VAT 19 % on 1.000,00 €"; the code where it is not the standard one: "VAT 0 % (AE) …". */
static bool place_tax(struct printer *out, const struct document_tax *tax, size_t number)
{
    enum invoice_label label = out->invoice->prices_include_tax ? LABEL_TAX_INCLUDED : LABEL_TAX;
    const char *tax_name = tax->name == NULL ? "" : tax->name;
    struct strbuf rate = buffer_of(out, VALUE_SIZE);
    struct strbuf name =
        buffer_of(out, strlen(label_of(out, label)) + strlen(tax_name) + (size_t)2 * VALUE_SIZE);
    char field[FIELD_SIZE];
    (void)snprintf(field, sizeof field, "tax %zu", number);
    if (!text_is_empty(tax->rate_percent))
        locale_add_percent(out->locale, tax->rate_percent, &rate);
    if (is_category_code(tax->category) && !text_equal(tax->category, "S"))
        strbuf_addf(&rate, " (%s)", tax->category);
    label_add(&name, label_of(out, label),
              (const char *[]){"name", tax_name, "rate", rate.text, "base",
                               money_of(out, tax->base_minor), NULL});
    return place_total(out, field, name.text, money_of(out, tax->tax_minor), false);
}

static bool place_taxes(struct printer *out)
{
    for (size_t i = 0; i < out->invoice->tax_count; i++)
        if (has_tax(&out->invoice->taxes[i]) && !place_tax(out, &out->invoice->taxes[i], i + 1))
            return false;
    return true;
}

static bool place_total_row(struct printer *out)
{
    place_rule(out, out->layout->colour_rule);
    return place_total(out, "total", label_of(out, LABEL_TOTAL),
                       money_of(out, out->invoice->total_minor), true);
}

static int64_t owed_minor(const struct invoice_document *invoice)
{
    return invoice->is_credit_note ? -invoice->amount_due_minor : invoice->amount_due_minor;
}

static bool place_amount_due(struct printer *out)
{
    const struct invoice_layout *layout = out->layout;
    int32_t line = line_height(layout->size_text_mpt * 12 / 10);
    struct style left = name_style(out);
    out->y_mpt += GAP_MPT / 2;
    place_area(out, left.x_mpt - DUE_PADDING_MPT, out->y_mpt, TOTALS_WIDTH_MPT + DUE_PADDING_MPT,
               line + 2 * DUE_PADDING_MPT, layout->colour_shade);
    left.bold = true;
    left.size_mpt = layout->size_text_mpt * 12 / 10;
    left.colour = layout->colour_accent;
    struct style right = left;
    right.x_mpt = left.x_mpt + TOTALS_WIDTH_MPT - TOTALS_VALUE_WIDTH_MPT;
    right.width_mpt = TOTALS_VALUE_WIDTH_MPT - CELL_PADDING_MPT;
    right.align = ALIGN_RIGHT;
    out->y_mpt += DUE_PADDING_MPT;
    /* What becomes of a credit note is no matter here, unless something is owed for it. */
    bool is_credited = out->invoice->is_credit_note && owed_minor(out->invoice) <= 0;
    enum invoice_label label = is_credited ? LABEL_AMOUNT_CREDITED : LABEL_AMOUNT_DUE;
    int64_t amount_minor = is_credited ? out->invoice->total_minor : owed_minor(out->invoice);
    if (!place_line(out, "label amount_due", label_of(out, label), &left, out->y_mpt) ||
        !place_line(out, "amount due", money_of(out, amount_minor), &right, out->y_mpt))
        return false;
    out->y_mpt += line + DUE_PADDING_MPT;
    return true;
}

/* What raises the sum says why: a discount of what is given back, or that credit notes gave it back
 * before. */
static bool place_discounts(struct printer *out)
{
    const struct invoice_document *invoice = out->invoice;
    enum invoice_label label =
        invoice->discount_minor < 0 ? LABEL_DISCOUNT_TAKEN_BACK : LABEL_DISCOUNT;
    return (invoice->discount_minor == 0 ||
            place_total(out, "discount", label_of(out, label),
                        money_of(out, -invoice->discount_minor), false)) &&
           (invoice->already_credited_minor == 0 ||
            place_total(out, "already credited", label_of(out, LABEL_ALREADY_CREDITED),
                        money_of(out, -invoice->already_credited_minor), false));
}

bool place_totals(struct printer *out)
{
    const struct invoice_document *invoice = out->invoice;
    out->y_mpt += GAP_MPT;
    if (!place_total(out, "subtotal", label_of(out, LABEL_SUBTOTAL),
                     money_of(out, invoice->subtotal_minor), false))
        return false;
    if (!place_discounts(out))
        return false;
    bool placed = invoice->prices_include_tax ? place_total_row(out) && place_taxes(out)
                                              : place_taxes(out) && place_total_row(out);
    if (!placed)
        return false;
    if (invoice->credit_applied_minor != 0 && !invoice->is_credit_note &&
        !place_total(out, "credit applied", label_of(out, LABEL_CREDIT_APPLIED),
                     money_of(out, -invoice->credit_applied_minor), false))
        return false;
    if (invoice->never_paid_minor != 0 && (!invoice->is_credit_note || owed_minor(invoice) > 0) &&
        !place_total(out, "never paid", label_of(out, LABEL_NEVER_PAID),
                     money_of(out, invoice->is_credit_note ? -invoice->never_paid_minor
                                                           : invoice->never_paid_minor),
                     false))
        return false;
    return place_amount_due(out);
}

/* --- terms and notes --- */

static const char *terms_of(const struct printer *out)
{
    const struct invoice_document *invoice = out->invoice;
    if (owed_minor(invoice) <= 0)
        return label_of(out, LABEL_NOTHING_DUE);
    if (invoice->payment_terms_days < 0 || invoice->due_on.year == 0)
        return "";
    char days[16];
    enum invoice_label label =
        invoice->payment_terms_days >= PLURAL_DAYS_MIN ? LABEL_TERMS_DAYS : LABEL_TERMS_DATE;
    struct strbuf text = buffer_of(out, strlen(label_of(out, label)) + (size_t)3 * VALUE_SIZE);
    (void)snprintf(days, sizeof days, "%" PRId32, invoice->payment_terms_days);
    label_add(&text, label_of(out, label),
              (const char *[]){"amount", money_of(out, owed_minor(invoice)), "days", days, "date",
                               date_of(out, invoice->due_on), NULL});
    return text.text;
}

/* With the code and not a sign: there are two currencies on the page. */
static const char *in_books_of(const struct printer *out, int64_t minor)
{
    const struct document_in_books *books = &out->invoice->in_books;
    struct strbuf value = buffer_of(out, VALUE_SIZE);
    locale_add_money_as(out->locale, minor, books->currency_digits, books->currency, &value);
    return value.text;
}

/* "1 EUR = 1,1498 USD, 1 EUR = 183,39 JPY" */
static const char *rates_of(const struct printer *out)
{
    const struct document_in_books *books = &out->invoice->in_books;
    struct strbuf text = buffer_of(out, (size_t)DOCUMENT_RATES_MAX * VALUE_SIZE);
    for (size_t i = 0; i < books->rate_count; i++) {
        strbuf_addf(&text, "%s1" NO_BREAK "%s = ", i == 0 ? "" : ", ", books->rates[i].base);
        locale_add_decimal(out->locale, books->rates[i].rate, &text);
        strbuf_addf(&text, NO_BREAK "%s", books->rates[i].quote);
    }
    return text.text;
}

static const char *conversion_of(const struct printer *out)
{
    const struct document_in_books *books = &out->invoice->in_books;
    if (text_is_empty(books->currency))
        return "";
    const char *label = label_of(out, LABEL_IN_BOOKS);
    const char *rates = rates_of(out);
    struct strbuf text = buffer_of(out, strlen(label) + strlen(rates) + strlen(books->source) +
                                            (size_t)4 * VALUE_SIZE);
    label_add(&text, label,
              (const char *[]){"net", in_books_of(out, books->net_minor), "tax",
                               in_books_of(out, books->tax_minor), "total",
                               in_books_of(out, books->total_minor), "rate", rates, "source",
                               books->source, "date", date_of(out, books->published_on), NULL});
    return text.text;
}

/* A paragraph, over the page where it must. */
static bool place_paragraph(struct printer *out, const char *field, const char *utf8)
{
    struct style style = style_text(out, out->layout->margin_left_mpt, place_content_width(out));
    struct pdf_text text, line;
    size_t cursor = 0;
    if (text_is_empty(utf8))
        return true;
    if (!pdf_text_make(out->fonts, false, field, utf8, out->arena, &text, out->err))
        return false;
    out->y_mpt += GAP_MPT;
    while (pdf_text_next_line(&text, style.size_mpt, style.width_mpt, &cursor, &line)) {
        if (out->y_mpt + line_height(style.size_mpt) > place_bottom(out)) {
            place_new_page(out);
            if (!place_continued_head(out))
                return false;
        }
        place_text(out, &line, &style, out->y_mpt);
        out->y_mpt += line_height(style.size_mpt);
    }
    return true;
}

bool place_closing(struct printer *out)
{
    out->y_mpt += GAP_MPT;
    if (!place_paragraph(out, "payment terms", terms_of(out)) ||
        !place_paragraph(out, "in the books", conversion_of(out)))
        return false;
    for (size_t i = 0; i < out->invoice->note_count; i++) {
        char field[FIELD_SIZE];
        (void)snprintf(field, sizeof field, "note %zu", i + 1);
        if (!place_paragraph(out, field, out->invoice->notes[i]))
            return false;
    }
    return true;
}

/* --- what stands together --- */

/* Places it at the top of the page and takes the marks back: the height is then exact. 0: it is
 * longer than a page. */
static bool measure(struct printer *out, bool with_closing, int32_t *ret_height_mpt)
{
    size_t pages = out->document->pages.count, marks = place_page(out)->marks.count;
    int32_t y = out->y_mpt;
    out->y_mpt = out->layout->margin_top_mpt;
    bool placed = place_totals(out) && (!with_closing || place_closing(out));
    bool one_page = out->document->pages.count == pages;
    *ret_height_mpt = one_page ? out->y_mpt - out->layout->margin_top_mpt : 0;
    out->document->pages.count = pages;
    out->page = pages - 1;
    place_page(out)->marks.count = marks;
    out->y_mpt = y;
    return placed;
}

/* Terms and notes belong to the sum that they speak of, unless they are a letter of their own. */
bool measure_end(struct printer *out, int32_t *ret_height_mpt)
{
    int32_t page = place_bottom(out) - out->layout->margin_top_mpt;
    int32_t totals = 0, all = 0;
    if (!measure(out, false, &totals) || !measure(out, true, &all))
        return false;
    *ret_height_mpt = all > 0 && all <= page / 2 ? all : totals;
    return true;
}
