/* The head of an invoice: logo and seller, the buyer's address where a window envelope shows it
 * (DIN 5008 B by the shipped layout), the facts beside it, the title; and the foot of each page. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/outside/pdf_invoice_parts.h"

#define GAP_MPT (4 * MPT_PER_MM)
#define FIELD_SIZE 48
#define FOOT_PAGE_WIDTH_MPT (40 * MPT_PER_MM)
#define SENDER_GAP_MPT (3 * MPT_PER_MM)

static const char *const separator = "  \xC2\xB7  "; /* a middle dot */

/* --- logo and seller --- */

static int32_t place_logo(struct printer *out)
{
    const struct invoice_layout *layout = out->layout;
    if (out->logo->kind == PDF_LOGO_NONE)
        return layout->margin_top_mpt;
    int64_t width = layout->logo_width_mpt;
    int64_t height = width * out->logo->height_px / out->logo->width_px;
    if (height > layout->logo_height_mpt) {
        height = layout->logo_height_mpt;
        width = height * out->logo->width_px / out->logo->height_px;
    }
    int32_t x = layout->logo_right
                    ? layout->page_width_mpt - layout->margin_right_mpt - (int32_t)width
                    : layout->margin_left_mpt;
    ARRAY_ADD(out->arena, &place_page(out)->marks) =
        (struct pdf_mark){.kind = PDF_MARK_LOGO,
                          .x_mpt = x,
                          .y_mpt = layout->margin_top_mpt,
                          .width_mpt = (int32_t)width,
                          .height_mpt = (int32_t)height};
    return layout->margin_top_mpt + (int32_t)height;
}

static const char *tax_id_line(const struct printer *out, enum invoice_label label,
                               const char *tax_id)
{
    return arena_printf(out->arena, "%s %s", label_of(out, label), tax_id);
}

static bool place_address(struct printer *out, const char *who, const struct document_party *party,
                          const struct style *style, int32_t *y_mpt)
{
    for (size_t i = 0; i < party->address_line_count; i++) {
        char field[FIELD_SIZE];
        (void)snprintf(field, sizeof field, "%s address line %zu", who, i + 1);
        if (!text_is_empty(party->address_lines[i]) &&
            !place_wrapped(out, field, party->address_lines[i], style, y_mpt))
            return false;
    }
    return true;
}

/* On the side where the logo is not. */
static bool place_seller(struct printer *out, int32_t *ret_bottom_mpt)
{
    const struct invoice_layout *layout = out->layout;
    const struct document_party *seller = &out->invoice->seller;
    int32_t width = layout->facts_width_mpt, y = layout->margin_top_mpt;
    int32_t x = layout->logo_right ? layout->margin_left_mpt
                                   : layout->page_width_mpt - layout->margin_right_mpt - width;
    struct style style = style_small(out, x, width);
    struct style name = style_text(out, x, width);
    name.bold = true;
    name.align = style.align = layout->logo_right ? ALIGN_LEFT : ALIGN_RIGHT;
    if (!place_wrapped(out, "seller name", seller->name, &name, &y) ||
        !place_address(out, "seller", seller, &style, &y))
        return false;
    if (!text_is_empty(seller->tax_id) &&
        !place_wrapped(out, "seller tax id", tax_id_line(out, LABEL_SELLER_TAX_ID, seller->tax_id),
                       &style, &y))
        return false;
    *ret_bottom_mpt = y;
    return text_is_empty(seller->email) ||
           place_wrapped(out, "seller e-mail", seller->email, &style, ret_bottom_mpt);
}

/* --- the buyer --- */

static const char *joined(const struct printer *out, const char *first,
                          const struct document_party *party)
{
    size_t size = strlen(first) + 1;
    for (size_t i = 0; i < party->address_line_count; i++)
        if (!text_is_empty(party->address_lines[i]))
            size += strlen(separator) + strlen(party->address_lines[i]);
    struct strbuf text = buffer_of(out, size);
    strbuf_add(&text, first);
    for (size_t i = 0; i < party->address_line_count; i++)
        if (!text_is_empty(party->address_lines[i]))
            strbuf_addf(&text, "%s%s", separator, party->address_lines[i]);
    return text.text;
}

static bool place_buyer(struct printer *out, int32_t *ret_bottom_mpt)
{
    const struct invoice_layout *layout = out->layout;
    const struct document_party *buyer = &out->invoice->buyer;
    int32_t y = layout->address_top_mpt;
    struct style sender = style_small(out, layout->address_left_mpt, layout->address_width_mpt);
    struct style text = style_text(out, layout->address_left_mpt, layout->address_width_mpt);
    struct style name = text;
    name.bold = true;
    sender.size_mpt = sender.size_mpt * 9 / 10;
    if (!place_line(out, "seller address",
                    joined(out, out->invoice->seller.name, &out->invoice->seller), &sender, y))
        return false;
    y += line_height(sender.size_mpt);
    place_area(out, layout->address_left_mpt, y, layout->address_width_mpt, HAIRLINE_MPT,
               layout->colour_rule);
    y += SENDER_GAP_MPT;
    if (!place_wrapped(out, "buyer name", buyer->name, &name, &y) ||
        !place_address(out, "buyer", buyer, &text, &y))
        return false;
    *ret_bottom_mpt = y;
    return true;
}

/* --- number, dates, references --- */

static bool place_fact(struct printer *out, enum invoice_label label, const char *field,
                       const char *value, int32_t *y_mpt)
{
    const struct invoice_layout *layout = out->layout;
    int32_t width = layout->facts_width_mpt;
    int32_t x = layout->page_width_mpt - layout->margin_right_mpt - width;
    struct style name = style_text(out, x, width);
    struct style style = style_text(out, x, width);
    struct pdf_text left, right;
    if (text_is_empty(value))
        return true;
    name.colour = layout->colour_muted;
    style.align = ALIGN_RIGHT;
    if (!pdf_text_make(out->fonts, false, "label", label_of(out, label), out->arena, &left,
                       out->err) ||
        !pdf_text_make(out->fonts, false, field, value, out->arena, &right, out->err))
        return false;
    place_text(out, &left, &name, *y_mpt);
    bool beside = pdf_text_width(&left, name.size_mpt) + pdf_text_width(&right, style.size_mpt) +
                      CELL_PADDING_MPT <=
                  width;
    if (!beside)
        *y_mpt += line_height(name.size_mpt);
    place_text(out, &right, &style, *y_mpt);
    *y_mpt += line_height(style.size_mpt) * 11 / 10;
    return true;
}

static bool same_day(struct document_date a, struct document_date b)
{
    return a.year == b.year && a.month == b.month && a.day == b.day;
}

static const char *date_or_nothing(const struct printer *out, struct document_date date)
{
    return date.year == 0 ? "" : date_of(out, date);
}

static bool place_facts(struct printer *out, int32_t *y_mpt)
{
    const struct invoice_document *invoice = out->invoice;
    const char *tax_point = same_day(invoice->tax_point, invoice->issued_on)
                                ? ""
                                : date_or_nothing(out, invoice->tax_point);
    const char *period = invoice->period_start.year == 0
                             ? ""
                             : period_of(out, invoice->period_start, invoice->period_end);
    bool is_credit_note = invoice->is_credit_note;
    return place_fact(out, is_credit_note ? LABEL_CREDIT_NOTE_NUMBER : LABEL_NUMBER,
                      "invoice number", invoice->number, y_mpt) &&
           place_fact(out, is_credit_note ? LABEL_CREDIT_NOTE_DATE : LABEL_ISSUED_ON, "issue date",
                      date_or_nothing(out, invoice->issued_on), y_mpt) &&
           place_fact(out, LABEL_CORRECTED_INVOICE, "corrected invoice", invoice->corrects,
                      y_mpt) &&
           place_fact(out, LABEL_TAX_POINT, "tax point", tax_point, y_mpt) &&
           place_fact(out, LABEL_PERIOD, "billing period", period, y_mpt) &&
           place_fact(out, LABEL_DUE_ON, "due date",
                      is_credit_note ? "" : date_or_nothing(out, invoice->due_on), y_mpt) &&
           place_fact(out, LABEL_CUSTOMER_NUMBER, "customer number", invoice->buyer_reference,
                      y_mpt) &&
           place_fact(out, LABEL_BUYER_TAX_ID, "buyer tax id", invoice->buyer.tax_id, y_mpt);
}

static int32_t larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

bool place_head(struct printer *out)
{
    const struct invoice_layout *layout = out->layout;
    int32_t seller_bottom = 0, buyer_bottom = 0;
    int32_t logo_bottom = place_logo(out);
    if (!place_seller(out, &seller_bottom) || !place_buyer(out, &buyer_bottom))
        return false;
    int32_t facts_side = layout->logo_right ? logo_bottom : seller_bottom;
    int32_t facts = larger(layout->address_top_mpt, facts_side + GAP_MPT);
    if (!place_facts(out, &facts))
        return false;
    out->y_mpt = larger(layout->title_top_mpt, larger(buyer_bottom, facts) + 2 * GAP_MPT);
    struct style title = style_text(out, layout->margin_left_mpt, place_content_width(out));
    title.bold = true;
    title.size_mpt = layout->size_title_mpt;
    title.colour = layout->colour_accent;
    const char *text = arena_printf(out->arena, "%s %s", title_of(out), out->invoice->number);
    if (!place_line(out, "invoice number", text, &title, out->y_mpt))
        return false;
    out->y_mpt += line_height(title.size_mpt) + GAP_MPT;
    return true;
}

bool place_continued_head(struct printer *out)
{
    int32_t x = out->layout->margin_left_mpt, width = place_content_width(out);
    struct style left = style_text(out, x, width / 2);
    struct style right = style_small(out, x + width / 2, width - width / 2);
    left.bold = true;
    left.colour = out->layout->colour_accent;
    right.align = ALIGN_RIGHT;
    const char *text = arena_printf(out->arena, "%s %s", title_of(out), out->invoice->number);
    if (!place_line(out, "invoice number", text, &left, out->y_mpt) ||
        !place_line(out, "seller name", out->invoice->seller.name, &right, out->y_mpt))
        return false;
    out->y_mpt += line_height(left.size_mpt) + 2 * GAP_MPT;
    return true;
}

/* --- feet --- */

static const char *contact_line(const struct printer *out)
{
    const struct document_party *seller = &out->invoice->seller;
    bool has_tax_id = !text_is_empty(seller->tax_id), has_email = !text_is_empty(seller->email);
    return arena_printf(out->arena, "%s%s%s",
                        has_tax_id ? tax_id_line(out, LABEL_SELLER_TAX_ID, seller->tax_id) : "",
                        has_tax_id && has_email ? separator : "", has_email ? seller->email : "");
}

static bool place_foot(struct printer *out, size_t number)
{
    const struct invoice_layout *layout = out->layout;
    int32_t x = layout->margin_left_mpt, width = place_content_width(out);
    int32_t y = place_bottom(out) + GAP_MPT;
    struct style left = style_small(out, x, width - FOOT_PAGE_WIDTH_MPT);
    struct style right = style_small(out, x + width - FOOT_PAGE_WIDTH_MPT, FOOT_PAGE_WIDTH_MPT);
    char n[24], m[24];
    right.align = ALIGN_RIGHT;
    place_area(out, x, y, width, HAIRLINE_MPT, layout->colour_rule);
    y += SENDER_GAP_MPT / 2;
    (void)snprintf(n, sizeof n, "%zu", number);
    (void)snprintf(m, sizeof m, "%zu", out->document->pages.count);
    struct strbuf page = buffer_of(out, strlen(label_of(out, LABEL_PAGE)) + VALUE_SIZE);
    label_add(&page, label_of(out, LABEL_PAGE), (const char *[]){"n", n, "m", m, NULL});
    const char *lines[2 + LAYOUT_FOOTER_LINES_MAX] = {
        joined(out, out->invoice->seller.name, &out->invoice->seller), contact_line(out)};
    memcpy(&lines[2], layout->footer, sizeof layout->footer);
    if (!place_line(out, "label page_n_of_m", page.text, &right, y))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        if (text_is_empty(lines[i]))
            continue;
        if (!place_line(out, "footer", lines[i], &left, y))
            return false;
        y += line_height(left.size_mpt);
    }
    return true;
}

bool place_feet(struct printer *out)
{
    for (out->page = 0; out->page < out->document->pages.count; out->page++)
        if (!place_foot(out, out->page + 1))
            return false;
    return true;
}
