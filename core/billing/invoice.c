/* Totals, dates and keys of invoices: see invoice.h. The hash is in invoice_hash.c. */
#include "core/billing/invoice.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "core/base/text.h"

#define DRAFT_SEQUENCE_MAX 999999
#define MONTHS_IN_YEAR 12

static const char *const status_names[] = {
    [INVOICE_DRAFT] = "draft",
    [INVOICE_OPEN] = "open",
    [INVOICE_PAID] = "paid",
    [INVOICE_PARTIALLY_PAID] = "partially_paid",
    [INVOICE_UNCOLLECTIBLE] = "uncollectible",
    [INVOICE_VOID] = "void",
    [INVOICE_SKIPPED] = "skipped",
    [INVOICE_RECORDED] = "recorded",
};

const char *document_kind_name(enum document_kind kind)
{
    return kind == DOCUMENT_CREDIT_NOTE ? "credit_note" : "invoice";
}

const char *document_kind_label(enum document_kind kind)
{
    return kind == DOCUMENT_CREDIT_NOTE ? "credit note" : "invoice";
}

enum document_kind document_kind_of(const char *name)
{
    return text_equal(name, "credit_note") ? DOCUMENT_CREDIT_NOTE : DOCUMENT_INVOICE;
}

const char *invoice_status_name(enum invoice_status status)
{
    return status_names[status];
}

enum invoice_status invoice_status_of(const char *name)
{
    size_t status = 0;
    while (status + 1 < ARRAY_LEN(status_names) && !text_equal(name, status_names[status]))
        status++;
    return (enum invoice_status)status;
}

static bool sum_lines(const struct invoice_line_content *lines, size_t count,
                      struct invoice_totals *totals, struct error *err)
{
    for (size_t i = 0; i < count; i++)
        if (!money_add(totals->subtotal, lines[i].amount, &totals->subtotal, err) ||
            !money_add(totals->discount, lines[i].discount, &totals->discount, err))
            return false;
    return true;
}

bool invoice_totals_of(const struct invoice_line_content *lines, size_t line_count,
                       const struct invoice_tax_content *taxes, size_t tax_count,
                       struct currency currency, struct invoice_totals *ret_totals,
                       struct error *err)
{
    struct money zero = money_zero(currency);
    struct invoice_totals totals = {zero, zero, zero, zero, zero, zero};
    struct money on_top = zero;
    if (!sum_lines(lines, line_count, &totals, err))
        return false;
    for (size_t i = 0; i < tax_count; i++)
        if (!money_add(totals.tax, taxes[i].tax_amount, &totals.tax, err) ||
            (!taxes[i].inclusive && !money_add(on_top, taxes[i].tax_amount, &on_top, err)))
            return false;
    if (!money_subtract(totals.subtotal, totals.discount, &totals.total, err) ||
        !money_add(totals.total, on_top, &totals.total, err))
        return false;
    totals.amount_due = totals.total;
    *ret_totals = totals;
    return true;
}

bool invoice_line_value(const struct invoice_line_content *line,
                        const struct invoice_tax_content *taxes, size_t tax_count,
                        struct money *ret_value, struct error *err)
{
    struct money value;
    bool is_in = false; /* taxes of a line are all inclusive or none is */
    for (size_t i = 0; i < tax_count; i++)
        is_in = is_in || (taxes[i].inclusive && taxes[i].tax == line->tax_number);
    if (!money_subtract(line->amount, line->discount, &value, err) ||
        (!is_in && !money_add(value, line->tax, &value, err)))
        return false;
    *ret_value = value;
    return true;
}

bool invoice_turn(struct invoice_line_content *lines, size_t line_count,
                  struct invoice_tax_content *taxes, size_t tax_count,
                  struct invoice_totals *totals, struct error *err)
{
    for (size_t i = 0; i < line_count; i++)
        if (!decimal_negate(lines[i].quantity, &lines[i].quantity, err) ||
            !money_negate(lines[i].amount, &lines[i].amount, err) ||
            !money_negate(lines[i].discount, &lines[i].discount, err) ||
            !money_negate(lines[i].tax, &lines[i].tax, err))
            return false;
    for (size_t i = 0; i < tax_count; i++)
        if (!money_negate(taxes[i].base, &taxes[i].base, err) ||
            !money_negate(taxes[i].tax_amount, &taxes[i].tax_amount, err))
            return false;
    return money_negate(totals->subtotal, &totals->subtotal, err) &&
           money_negate(totals->discount, &totals->discount, err) &&
           money_negate(totals->tax, &totals->tax, err) &&
           money_negate(totals->total, &totals->total, err) &&
           money_negate(totals->credit_applied, &totals->credit_applied, err) &&
           money_negate(totals->amount_due, &totals->amount_due, err);
}

static bool check_sum(const struct invoice_content *content, const char *what, struct money printed,
                      struct money summed, struct error *err)
{
    if (money_equal(printed, summed))
        return true;
    return error_run(err, EXIT_INTERNAL, "invoice %s: %s says %s but its parts sum to %s",
                     text_is_empty(content->number) ? content->draft_key : content->number, what,
                     money_text(printed).text, money_text(summed).text);
}

bool invoice_tax_covers(const struct invoice_tax_content *tax,
                        const struct invoice_line_content *line)
{
    return line->tax_number != 0 && line->tax_number == (tax->beside == 0 ? tax->tax : tax->beside);
}

/* The lines' taxes, of those that name one tax (by its number) or of all (0). */
static bool sum_line_taxes(const struct invoice_content *content, int64_t tax,
                           struct money *ret_sum, struct error *err)
{
    *ret_sum = money_zero(content->currency);
    for (size_t i = 0; i < content->line_count; i++)
        if ((tax == 0 || content->lines[i].tax_number == tax) &&
            !money_add(*ret_sum, content->lines[i].tax, ret_sum, err))
            return false;
    return true;
}

/* A tax with those beside it. */
static bool sum_taxes_of(const struct invoice_content *content, int64_t tax, struct money *ret_sum,
                         struct error *err)
{
    *ret_sum = money_zero(content->currency);
    for (size_t i = 0; i < content->tax_count; i++)
        if ((content->taxes[i].tax == tax || content->taxes[i].beside == tax) &&
            !money_add(*ret_sum, content->taxes[i].tax_amount, ret_sum, err))
            return false;
    return true;
}

static bool check_taxes(const struct invoice_content *content, struct error *err)
{
    struct money printed, sum;
    for (size_t i = 0; i < content->tax_count; i++)
        if (content->taxes[i].beside == 0 &&
            (!sum_taxes_of(content, content->taxes[i].tax, &printed, err) ||
             !sum_line_taxes(content, content->taxes[i].tax, &sum, err) ||
             !check_sum(content, "a tax", printed, sum, err)))
            return false;
    return sum_line_taxes(content, 0, &sum, err) &&
           check_sum(content, "the tax", content->totals.tax, sum, err);
}

bool invoice_check(const struct invoice_content *content, struct error *err)
{
    struct invoice_totals sums;
    const struct invoice_totals *totals = &content->totals;
    struct money due;
    return invoice_totals_of(content->lines, content->line_count, content->taxes,
                             content->tax_count, content->currency, &sums, err) &&
           check_sum(content, "the subtotal", totals->subtotal, sums.subtotal, err) &&
           check_sum(content, "the discount", totals->discount, sums.discount, err) &&
           check_sum(content, "the tax", totals->tax, sums.tax, err) &&
           check_sum(content, "the total", totals->total, sums.total, err) &&
           money_subtract(totals->total, totals->credit_applied, &due, err) &&
           check_sum(content, "the amount due", totals->amount_due, due, err) &&
           check_taxes(content, err);
}

enum invoice_status invoice_final_status(enum document_kind kind,
                                         const struct invoice_totals *totals,
                                         enum zero_invoice rule)
{
    enum invoice_status numbered = kind == DOCUMENT_CREDIT_NOTE ? INVOICE_PAID : INVOICE_OPEN;
    if (money_sign(totals->total) != 0 || money_sign(totals->amount_due) != 0)
        return numbered;
    switch (rule) {
    case ZERO_INVOICE_ISSUE:
        return INVOICE_PAID;
    case ZERO_INVOICE_SKIP:
        return INVOICE_SKIPPED;
    case ZERO_INVOICE_RECORD:
        return INVOICE_RECORDED;
    }
    return numbered;
}

bool invoice_status_is_numbered(enum invoice_status status)
{
    return status != INVOICE_DRAFT && status != INVOICE_SKIPPED && status != INVOICE_RECORDED;
}

struct date invoice_issue_date(struct date business_date, struct date last_issued_on)
{
    return date_is_none(last_issued_on) ? business_date : date_max(business_date, last_issued_on);
}

bool invoice_due_date(struct date issued_on, int32_t payment_terms_days, struct date *ret_due_on,
                      struct error *err)
{
    if (payment_terms_days < 0)
        return error_item(err, "bad_payment_terms", "payment terms of %" PRId32 " days",
                          payment_terms_days);
    return date_add_days(issued_on, payment_terms_days, ret_due_on, err);
}

int32_t invoice_fiscal_year(struct date date, int32_t start_month)
{
    struct civil_date civil = date_civil(date);
    assert(start_month >= 1 && start_month <= MONTHS_IN_YEAR);
    return civil.month >= start_month ? civil.year : civil.year - 1;
}

static void add_key_part(struct strbuf *key, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (const char *c = text; *c != '\0'; c++) {
        uint8_t byte = (uint8_t)*c;
        if (byte > ' ' && byte != '%' && byte != 0x7f) {
            strbuf_add_char(key, *c);
            continue;
        }
        strbuf_add_char(key, '%');
        strbuf_add_char(key, digits[byte >> 4]);
        strbuf_add_char(key, digits[byte & 15]);
    }
    strbuf_add_char(key, ' ');
}

bool invoice_draft_key(struct date cutoff_on, const char *customer, struct currency currency,
                       const char *billing_group, int64_t sequence, struct arena *arena,
                       const char **ret_key, struct error *err)
{
    struct strbuf key;
    const size_t fixed = DATE_TEXT_SIZE + sizeof currency.code + 16;
    const size_t size = 3 * (strlen(customer) + strlen(billing_group)) + fixed;
    if (sequence < 0 || sequence > DRAFT_SEQUENCE_MAX)
        return error_item(err, "bad_sequence", "customer %s has %" PRId64 " invoices of one cutoff",
                          customer, sequence);
    strbuf_init(&key, arena_alloc(arena, size), size);
    add_key_part(&key, date_text(cutoff_on).text);
    add_key_part(&key, customer);
    add_key_part(&key, currency.code);
    add_key_part(&key, billing_group);
    strbuf_addf(&key, "%06" PRId64, sequence);
    assert(!key.overflowed);
    *ret_key = key.text;
    return true;
}

struct date invoice_line_day(struct date invoice_on, struct date covered_from)
{
    bool is_later = !date_is_none(covered_from) && date_compare(covered_from, invoice_on) > 0;
    return is_later ? covered_from : invoice_on;
}

struct date invoice_line_tax_point(struct date invoice_on, const struct invoice_supply *supply)
{
    if (supply->is_ahead) {
        bool is_rest = !date_is_none(supply->charged_from);
        struct date first = is_rest ? supply->charged_from : supply->start_on;
        return date_is_none(first) ? invoice_on : first;
    }
    if (date_is_none(supply->end_on))
        return invoice_on;
    return date_min((struct date){supply->end_on.days - 1}, invoice_on);
}

#define CREDIT_MARK "%credit:"
#define REBILL_MARK "%rebill:"
enum { SEQUENCE_DIGITS = 6 };

/* The mark is no part that add_key_part writes. */
static bool marked_key(struct date cutoff_on, const char *customer, struct currency currency,
                       const char *mark, const char *subject, int64_t sequence, struct arena *arena,
                       const char **ret_key, struct error *err)
{
    struct strbuf key;
    const size_t fixed = DATE_TEXT_SIZE + sizeof currency.code + strlen(mark) + 16;
    const size_t size = 3 * (strlen(customer) + strlen(subject)) + fixed;
    if (text_is_empty(subject))
        return error_item(err, "bad_correction", "a correction of customer %s has no name",
                          customer);
    strbuf_init(&key, arena_alloc(arena, size), size);
    add_key_part(&key, date_text(cutoff_on).text);
    add_key_part(&key, customer);
    add_key_part(&key, currency.code);
    strbuf_add(&key, mark);
    add_key_part(&key, subject);
    strbuf_addf(&key, "%0*" PRId64, SEQUENCE_DIGITS, sequence);
    assert(!key.overflowed);
    *ret_key = key.text;
    return true;
}

bool invoice_credit_key(struct date cutoff_on, const char *customer, struct currency currency,
                        const char *correction, struct arena *arena, const char **ret_key,
                        struct error *err)
{
    return marked_key(cutoff_on, customer, currency, CREDIT_MARK, correction, 0, arena, ret_key,
                      err);
}

bool invoice_key_rebills(const char *draft_key)
{
    return strstr(draft_key, " " REBILL_MARK) != NULL;
}

bool invoice_rebill_key(struct date cutoff_on, const char *customer, struct currency currency,
                        struct date tax_point_on, const char *number, int64_t sequence,
                        struct arena *arena, const char **ret_key, struct error *err)
{
    const char *mark = arena_printf(arena, "%s%s:", REBILL_MARK, date_text(tax_point_on).text);
    assert(sequence >= 0 && sequence <= DRAFT_SEQUENCE_MAX);
    return marked_key(cutoff_on, customer, currency, mark, number, sequence, arena, ret_key, err);
}

static const char *sequence_of(const char *key)
{
    size_t length = strlen(key);
    return length < SEQUENCE_DIGITS ? key : key + length - SEQUENCE_DIGITS;
}

int invoice_draft_sequence_order(const char *a, const char *b)
{
    return strcmp(sequence_of(a), sequence_of(b));
}

int invoice_draft_order(const char *a, const char *b)
{
    int order = strncmp(a, b, DATE_TEXT_SIZE - 1);
    if (order == 0)
        order = invoice_draft_sequence_order(a, b);
    if (order != 0)
        return order;
    bool a_rebills = invoice_key_rebills(a);
    bool b_rebills = invoice_key_rebills(b);
    return a_rebills != b_rebills ? (int)b_rebills - (int)a_rebills : strcmp(a, b);
}
