/* The fixed words of an invoice in one language: templates/invoice/labels/<language>.labels. A file
 * must have every label and nothing else; a label with placeholders must hold each of them once. */
#ifndef BILLMILL_OUTSIDE_INVOICE_LABELS_H
#define BILLMILL_OUTSIDE_INVOICE_LABELS_H

#include "core/base/strbuf.h"
#include "core/outside/line_file.h"

/* name in code, key in the file, placeholders it must hold */
#define INVOICE_LABELS(LABEL)                                                                      \
    LABEL(TITLE, "invoice", "")                                                                    \
    LABEL(CREDIT_NOTE, "credit_note", "")                                                          \
    LABEL(NUMBER, "invoice_number", "")                                                            \
    LABEL(CREDIT_NOTE_NUMBER, "credit_note_number", "")                                            \
    LABEL(ISSUED_ON, "issue_date", "")                                                             \
    LABEL(CREDIT_NOTE_DATE, "credit_note_date", "")                                                \
    LABEL(CORRECTED_INVOICE, "corrected_invoice", "")                                              \
    LABEL(DUE_ON, "due_date", "")                                                                  \
    LABEL(TAX_POINT, "tax_point", "")                                                              \
    LABEL(PERIOD, "billing_period", "")                                                            \
    LABEL(CUSTOMER_NUMBER, "customer_number", "")                                                  \
    LABEL(SELLER_TAX_ID, "seller_tax_id", "")                                                      \
    LABEL(BUYER_TAX_ID, "buyer_tax_id", "")                                                        \
    LABEL(COLUMN_POSITION, "column_position", "")                                                  \
    LABEL(COLUMN_DESCRIPTION, "column_description", "")                                            \
    LABEL(COLUMN_QUANTITY, "column_quantity", "")                                                  \
    LABEL(COLUMN_UNIT_AMOUNT, "column_unit_amount", "")                                            \
    LABEL(COLUMN_TAX_RATE, "column_tax_rate", "")                                                  \
    LABEL(COLUMN_AMOUNT, "column_amount", "")                                                      \
    LABEL(LINE_SUBSCRIPTION, "line_subscription", "{subscription}")                                \
    LABEL(LATE_USAGE, "late_usage", "{description}")                                               \
    LABEL(USED_SO_FAR, "used_so_far", "{description}")                                             \
    LABEL(REMAINING_TIME, "remaining_time", "{description}")                                       \
    LABEL(UNUSED_TIME, "unused_time", "{description}")                                             \
    LABEL(TAKEN_BACK, "taken_back", "{description}")                                               \
    LABEL(COMMITMENT, "commitment", "{description}{contract}{phase}")                              \
    LABEL(REFERS_TO, "refers_to", "{documents}")                                                   \
    LABEL(CARRIED_FORWARD, "carried_forward", "")                                                  \
    LABEL(BROUGHT_FORWARD, "brought_forward", "")                                                  \
    LABEL(SUBTOTAL, "subtotal", "")                                                                \
    LABEL(DISCOUNT, "discount", "")                                                                \
    LABEL(DISCOUNT_TAKEN_BACK, "discount_taken_back", "")                                          \
    LABEL(ALREADY_CREDITED, "already_credited", "")                                                \
    LABEL(TAX, "tax", "{name}{rate}{base}")                                                        \
    LABEL(TAX_INCLUDED, "tax_included", "{name}{rate}{base}")                                      \
    LABEL(TOTAL, "total", "")                                                                      \
    LABEL(CREDIT_APPLIED, "credit_applied", "")                                                    \
    LABEL(NEVER_PAID, "never_paid", "")                                                            \
    LABEL(AMOUNT_DUE, "amount_due", "")                                                            \
    LABEL(AMOUNT_CREDITED, "amount_credited", "")                                                  \
    LABEL(TERMS_DAYS, "terms_days", "{amount}{days}{date}")                                        \
    LABEL(TERMS_DATE, "terms_date", "{amount}{date}")                                              \
    LABEL(NOTHING_DUE, "nothing_due", "")                                                          \
    LABEL(IN_BOOKS, "in_books", "{net}{tax}{total}{rate}{source}{date}")                           \
    LABEL(PAGE, "page_n_of_m", "{n}{m}")

enum invoice_label {
#define LABEL(name, key, placeholders) LABEL_##name,
    INVOICE_LABELS(LABEL)
#undef LABEL
        LABEL_COUNT
};

struct invoice_labels {
    char language[4];
    const char *text[LABEL_COUNT];
};

/* Takes the labels out of a file that was read. EXIT_CONFIG with file:line:column. */
MUST_CHECK bool invoice_labels_take(struct line_file *file, const char *language,
                                    struct invoice_labels *ret_labels, struct error *err);

/* Adds `text` with "{key}" replaced by the value of the pair with that key; `pairs` is key, value,
 * …, NULL. */
void label_add(struct strbuf *target, const char *text, const char *const *pairs);

#endif
