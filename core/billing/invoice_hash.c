/* The hash chain of finalized documents: the canonical form is described at invoice_hash in
 * invoice.h. Changing anything here changes every hash from then on: give the form a new name. */
#include <string.h>

#include "core/base/text.h"
#include "core/billing/invoice.h"

#define FORM_NAME "billmill.invoice.1"
#define NUMBER_SIZE 24

static void add_text(struct sha256 *digest, const char *name, const char *value)
{
    sha256_add(digest, name, strlen(name));
    if (value == NULL) {
        sha256_add_text(digest, "-");
        return;
    }
    sha256_add(digest, "=", 1);
    sha256_add_text(digest, value);
}

static void add_i64(struct sha256 *digest, const char *name, int64_t value)
{
    char text[NUMBER_SIZE] = {0};
    add_text(digest, name, text_number_before(&text[NUMBER_SIZE - 1], value));
}

static void add_date(struct sha256 *digest, const char *name, struct date date)
{
    struct date_text text = date_text(date);
    add_text(digest, name, text.text);
}

static void add_money(struct sha256 *digest, const char *name, struct money money)
{
    struct money_text text = money_text(money);
    add_text(digest, name, text.text);
}

static void add_decimal(struct sha256 *digest, const char *name, struct decimal value)
{
    struct decimal_text text = decimal_text(value);
    add_text(digest, name, text.text);
}

static void add_head(struct sha256 *digest, const struct invoice_content *content)
{
    add_text(digest, "tenant", content->tenant);
    add_text(digest, "kind", document_kind_name(content->kind));
    add_text(digest, "corrects", content->corrects);
    add_text(digest, "draft_key", content->draft_key);
    add_text(digest, "customer", content->customer);
    add_text(digest, "currency", content->currency.code);
    add_date(digest, "cutoff_on", content->cutoff_on);
    add_date(digest, "tax_point_on", content->tax_point_on);
    add_text(digest, "series", content->series);
    add_i64(digest, "fiscal_year", content->fiscal_year);
    add_i64(digest, "number_in_series", content->number_in_series);
    add_text(digest, "number", content->number);
    add_date(digest, "issued_on", content->issued_on);
    add_date(digest, "due_on", content->due_on);
    add_i64(digest, "payment_terms_days", content->payment_terms_days);
    add_text(digest, "locale", content->locale);
}

#define PARTY_FIELD_COUNT 9

static void add_party(struct sha256 *digest, const char *const names[PARTY_FIELD_COUNT],
                      const struct invoice_party *party)
{
    const char *const values[PARTY_FIELD_COUNT] = {
        party->name,        party->email,  party->line1,   party->line2,  party->city,
        party->postal_code, party->region, party->country, party->tax_id,
    };
    for (size_t i = 0; i < PARTY_FIELD_COUNT; i++)
        add_text(digest, names[i], values[i]);
}

static void add_parties(struct sha256 *digest, const struct invoice_content *content)
{
    static const char *const seller[PARTY_FIELD_COUNT] = {
        "seller.name",        "seller.email",  "seller.line1",   "seller.line2",  "seller.city",
        "seller.postal_code", "seller.region", "seller.country", "seller.tax_id",
    };
    static const char *const buyer[PARTY_FIELD_COUNT] = {
        "buyer.name",        "buyer.email",  "buyer.line1",   "buyer.line2",  "buyer.city",
        "buyer.postal_code", "buyer.region", "buyer.country", "buyer.tax_id",
    };
    add_party(digest, seller, &content->seller);
    add_party(digest, buyer, &content->buyer);
}

static void add_totals(struct sha256 *digest, const struct invoice_totals *totals)
{
    add_money(digest, "subtotal", totals->subtotal);
    add_money(digest, "discount", totals->discount);
    add_money(digest, "tax", totals->tax);
    add_money(digest, "total", totals->total);
    add_money(digest, "credit_applied", totals->credit_applied);
    add_money(digest, "amount_due", totals->amount_due);
}

static void add_line(struct sha256 *digest, const struct invoice_line_content *line)
{
    add_i64(digest, "line", line->line);
    add_text(digest, "kind", line->kind);
    add_text(digest, "subscription", line->subscription);
    add_text(digest, "price", line->price);
    add_date(digest, "price_valid_from", line->price_valid_from);
    add_date(digest, "period_start", line->period_start);
    add_date(digest, "period_end", line->period_end);
    add_text(digest, "description", line->description);
    add_decimal(digest, "quantity", line->quantity);
    if (line->unit_amount.given)
        add_decimal(digest, "unit_amount", line->unit_amount.value);
    else
        add_text(digest, "unit_amount", NULL);
    add_money(digest, "amount", line->amount);
    add_money(digest, "discount", line->discount);
    add_money(digest, "tax", line->tax);
    add_text(digest, "tax_category", line->tax_category);
    add_i64(digest, "tax_number", line->tax_number);
    add_i64(digest, "event_count", line->event_count);
}

static void add_tax(struct sha256 *digest, const struct invoice_tax_content *tax)
{
    add_i64(digest, "tax", tax->tax);
    add_text(digest, "name", tax->name);
    add_text(digest, "category", tax->category);
    add_decimal(digest, "rate_percent", tax->rate_percent);
    add_i64(digest, "inclusive", tax->inclusive ? 1 : 0);
    add_money(digest, "base", tax->base);
    add_money(digest, "tax_amount", tax->tax_amount);
    if (tax->note != NULL)
        add_text(digest, "note", tax->note);
    if (tax->beside != 0)
        add_i64(digest, "beside", tax->beside);
}

void invoice_hash(const struct invoice_content *content, const uint8_t previous_hash[SHA256_SIZE],
                  uint8_t ret_hash[SHA256_SIZE])
{
    struct sha256 *digest = sha256_start();
    char previous[SHA256_HEX_SIZE];
    sha256_hex(previous_hash, previous);
    sha256_add_text(digest, FORM_NAME);
    add_text(digest, "previous_hash", previous);
    add_head(digest, content);
    add_parties(digest, content);
    add_totals(digest, &content->totals);
    add_i64(digest, "lines", (int64_t)content->line_count);
    for (size_t i = 0; i < content->line_count; i++)
        add_line(digest, &content->lines[i]);
    add_i64(digest, "taxes", (int64_t)content->tax_count);
    for (size_t i = 0; i < content->tax_count; i++)
        add_tax(digest, &content->taxes[i]);
    sha256_finish(&digest, ret_hash);
}
