/* One row against what is there by its natural key: added, updated, unchanged, or refused. What is
 * there was read for the whole batch, and is written with it (import_shelf.h); expect_… say what
 * a record will ask for, put_… puts it. Private to core/stores/import_*.c. */
#ifndef BILLMILL_STORES_IMPORT_PUT_H
#define BILLMILL_STORES_IMPORT_PUT_H

#include "core/stores/import_session.h"
#include "core/stores/record_rows.h"

struct put_rules {
    const struct bulk_table *table;
    const struct bulk_table *stored; /* as which it is read; NULL: as `table` */
    size_t id_offset;                /* of the row's own id; SIZE_MAX: it has none */
    const char *id_counter;          /* NULL: the row brings its id */
    const char *const *fixed; /* BULK_UPSERT: columns that never change, NULL-ended; NULL: none */
    const char *fixed_hint;
};

/* Its key will be asked for: of a whole batch at once. */
void put_expect(struct import_session *session, const struct put_rules *rules, const void *row);

/* The row that has the key of `row`, its texts on the session's shelf. */
MUST_CHECK bool put_find(struct import_session *session, const struct put_rules *rules,
                         const void *row, void *ret_existing, bool *ret_found, struct error *err);

/* Writes the row, with its batch, unless it is there; takes over the id of the one that is there.
 */
MUST_CHECK bool put_row(struct import_session *session, const struct put_rules *rules, void *row,
                        enum import_outcome *ret_outcome, struct error *err);

/* Writes a row that belongs to one that was added: a tier, a line. */
void put_part(struct import_session *session, const struct bulk_table *table, const void *row);

/* The id that a name stands for; ERROR_ITEM when there is none: import_lookup_id. */
MUST_CHECK bool put_refer(struct import_session *session, enum record_kind kind, int64_t tenant_id,
                          const char *tenant, const char *name, int64_t *ret_id, struct error *err);

/* The first column behind the key in which the rows differ, or NULL. */
const struct row_field *put_difference(const struct bulk_table *table, const void *a,
                                       const void *b);

/* The first of the fixed columns in which they differ, or NULL. */
const struct row_field *put_fixed_difference(const struct put_rules *rules, const void *a,
                                             const void *b);

/* ERROR_ITEM "conflict" that names the field and both contents, as a file has them; returns false.
 */
bool put_conflict(const struct bulk_table *table, const struct row_field *field, const void *row,
                  const void *existing, const char *hint, struct error *err);

MUST_CHECK bool put_catalog(struct import_session *session, enum record_kind kind,
                            const union record *record, enum import_outcome *ret_outcome,
                            struct error *err); /* import_catalog.c: up to tax_rate */
void expect_catalog(struct import_session *session, enum record_kind kind,
                    const union record *record, int64_t tenant_id);
void expect_price(struct import_session *session, const struct price_record *record,
                  int64_t tenant_id);
MUST_CHECK bool put_price(struct import_session *session, const struct price_record *record,
                          int64_t tenant_id, enum import_outcome *ret_outcome,
                          struct error *err); /* import_price.c */

/* import_change.c. The last two: what is asked for, and why a change changes nothing by all that is
 * stored; NULL: it does. */
MUST_CHECK bool expect_change(struct import_session *session,
                              const struct subscription_change_record *record, int64_t tenant_id,
                              struct error *err);
MUST_CHECK bool put_change(struct import_session *session,
                           const struct subscription_change_record *record, int64_t tenant_id,
                           enum import_outcome *ret_outcome, struct error *err);
void change_expect_idle(struct import_session *session, const struct subscription_change_row *row);
MUST_CHECK bool change_why_idle(struct import_session *session,
                                const struct subscription_change_row *row, const char **ret_why,
                                struct error *err);

/* Once the keys of prices are read. */
MUST_CHECK bool expect_tiers(struct import_session *session, const struct price_record *record,
                             int64_t tenant_id, struct error *err);
MUST_CHECK bool expect_customer_price(struct import_session *session,
                                      const struct price_record *record, int64_t tenant_id,
                                      struct error *err);
MUST_CHECK bool put_customer_price(struct import_session *session,
                                   const struct price_record *record, int64_t tenant_id,
                                   enum import_outcome *ret_outcome, struct error *err);
/* The id of what the price is for the customer of the subscription alone; ERROR_ITEM
 * "unknown_reference". */
MUST_CHECK bool put_refer_customer_price(struct import_session *session, int64_t tenant_id,
                                         int64_t subscription_id, const char *subscription,
                                         const char *price, int64_t *ret_price_id,
                                         struct error *err);
/* import_exchange_rate.c: of every tenant. */
void expect_exchange_rate(struct import_session *session,
                          const struct exchange_rate_record *record);
MUST_CHECK bool put_exchange_rate(struct import_session *session,
                                  const struct exchange_rate_record *record,
                                  enum import_outcome *ret_outcome, struct error *err);
MUST_CHECK bool put_coupon(struct import_session *session, const struct coupon_record *record,
                           int64_t tenant_id, enum import_outcome *ret_outcome,
                           struct error *err); /* import_coupon.c */
void expect_coupon(struct import_session *session, const struct coupon_record *record,
                   int64_t tenant_id);
MUST_CHECK bool expect_coupon_scope(struct import_session *session,
                                    const struct coupon_record *record, int64_t tenant_id,
                                    struct error *err);
MUST_CHECK bool put_redemption(struct import_session *session,
                               const struct coupon_redemption_record *record, int64_t tenant_id,
                               enum import_outcome *ret_outcome, struct error *err);
MUST_CHECK bool expect_redemption(struct import_session *session,
                                  const struct coupon_redemption_record *record, int64_t tenant_id,
                                  struct error *err);
MUST_CHECK bool put_coupon_use(struct import_session *session,
                               const struct coupon_use_record *record, int64_t tenant_id,
                               enum import_outcome *ret_outcome, struct error *err);
MUST_CHECK bool put_credit_grant(struct import_session *session,
                                 const struct credit_grant_record *record, int64_t tenant_id,
                                 enum import_outcome *ret_outcome,
                                 struct error *err); /* import_credit.c */
MUST_CHECK bool expect_credit_grant(struct import_session *session,
                                    const struct credit_grant_record *record, int64_t tenant_id,
                                    struct error *err);
MUST_CHECK bool put_credit_transaction(struct import_session *session,
                                       const struct credit_transaction_record *record,
                                       int64_t tenant_id, enum import_outcome *ret_outcome,
                                       struct error *err);
MUST_CHECK bool expect_credit_transaction(struct import_session *session,
                                          const struct credit_transaction_record *record,
                                          int64_t tenant_id, struct error *err);
MUST_CHECK bool expect_unit_transaction(struct import_session *session,
                                        const struct credit_unit_transaction_record *record,
                                        int64_t tenant_id, struct error *err);
MUST_CHECK bool put_unit_transaction(struct import_session *session,
                                     const struct credit_unit_transaction_record *record,
                                     int64_t tenant_id, enum import_outcome *ret_outcome,
                                     struct error *err);
MUST_CHECK bool put_holder(struct import_session *session, enum record_kind kind,
                           const struct holder_record *record, int64_t tenant_id,
                           enum import_outcome *ret_outcome,
                           struct error *err); /* import_holder.c */
MUST_CHECK bool expect_holder(struct import_session *session, enum record_kind kind,
                              const struct holder_record *record, int64_t tenant_id,
                              struct error *err);
MUST_CHECK bool put_payment_method(struct import_session *session,
                                   const struct payment_method_record *record, int64_t tenant_id,
                                   enum import_outcome *ret_outcome,
                                   struct error *err); /* import_payment.c */
MUST_CHECK bool expect_payment_method(struct import_session *session,
                                      const struct payment_method_record *record, int64_t tenant_id,
                                      struct error *err);
MUST_CHECK bool put_payment(struct import_session *session, const struct payment_record *record,
                            int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err);
MUST_CHECK bool expect_payment(struct import_session *session, const struct payment_record *record,
                               int64_t tenant_id, struct error *err);
MUST_CHECK bool put_refund(struct import_session *session, const struct refund_record *record,
                           int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err);
void expect_refund(struct import_session *session, const struct refund_record *record,
                   int64_t tenant_id);

/* Attempts to charge, campaigns of dunning and their steps. */
MUST_CHECK bool put_tried(struct import_session *session, enum record_kind kind,
                          const union record *record, int64_t tenant_id,
                          enum import_outcome *ret_outcome, struct error *err);
void expect_tried(struct import_session *session, enum record_kind kind, const union record *record,
                  int64_t tenant_id);
MUST_CHECK bool put_payment_difference(struct import_session *session,
                                       const struct payment_difference_record *record,
                                       enum import_outcome *ret_outcome, struct error *err);
MUST_CHECK bool put_gateway_statement(struct import_session *session,
                                      const struct gateway_statement_record *record,
                                      enum import_outcome *ret_outcome, struct error *err);
MUST_CHECK bool put_limit_use(struct import_session *session,
                              const struct credit_limit_use_record *record, int64_t tenant_id,
                              enum import_outcome *ret_outcome, struct error *err);
MUST_CHECK bool expect_invoice_conversion(struct import_session *session,
                                          const struct invoice_conversion_record *record,
                                          int64_t tenant_id, struct error *err);
MUST_CHECK bool put_invoice_conversion(struct import_session *session,
                                       const struct invoice_conversion_record *record,
                                       int64_t tenant_id, enum import_outcome *ret_outcome,
                                       struct error *err);
MUST_CHECK bool expect_payment_conversion(struct import_session *session,
                                          const struct payment_conversion_record *record,
                                          int64_t tenant_id, struct error *err);
MUST_CHECK bool put_payment_conversion(struct import_session *session,
                                       const struct payment_conversion_record *record,
                                       int64_t tenant_id, enum import_outcome *ret_outcome,
                                       struct error *err);
MUST_CHECK bool expect_usage_share(struct import_session *session,
                                   const struct usage_share_record *record, int64_t tenant_id,
                                   struct error *err);
MUST_CHECK bool put_usage_share(struct import_session *session,
                                const struct usage_share_record *record, int64_t tenant_id,
                                enum import_outcome *ret_outcome, struct error *err);
void expect_contract(struct import_session *session, const struct contract_record *record,
                     int64_t tenant_id);
MUST_CHECK bool put_contract(struct import_session *session, const struct contract_record *record,
                             int64_t tenant_id, enum import_outcome *ret_outcome,
                             struct error *err); /* import_contract.c */
MUST_CHECK bool expect_contract_phase(struct import_session *session,
                                      const struct contract_phase_record *record, int64_t tenant_id,
                                      struct error *err);
/* Once the keys of phases are read. */
MUST_CHECK bool expect_contract_parts(struct import_session *session,
                                      const struct contract_phase_record *record, int64_t tenant_id,
                                      struct error *err);
MUST_CHECK bool put_contract_phase(struct import_session *session,
                                   const struct contract_phase_record *record, int64_t tenant_id,
                                   enum import_outcome *ret_outcome, struct error *err);
/* The id of a phase by its names; ERROR_ITEM "unknown_reference". What will be asked for is read
 * together. */
MUST_CHECK bool put_expect_phase(struct import_session *session, int64_t tenant_id,
                                 const char *tenant, const char *contract, const char *phase,
                                 struct error *err);
MUST_CHECK bool put_refer_phase(struct import_session *session, int64_t tenant_id,
                                const char *tenant, const char *contract, const char *phase,
                                int64_t *ret_phase_id, struct error *err);

/* What a line or period is about: subscription and price, or, without them, the phase of a contract
 * (subscription_id 0). `phase_id` is the phase in either case, or DB_I64_NONE. */
struct put_subject {
    const char *subscription, *price, *contract, *phase;
};
MUST_CHECK bool put_refer_subject(struct import_session *session, int64_t tenant_id,
                                  const char *tenant, const struct put_subject *subject,
                                  int64_t *ret_subscription_id, int64_t *ret_price_id,
                                  int64_t *ret_phase_id, struct error *err);
MUST_CHECK bool put_made(struct import_session *session, enum record_kind kind,
                         const union record *record, enum import_outcome *ret_outcome,
                         struct error *err); /* import_made.c: what the jobs made */
MUST_CHECK bool expect_made(struct import_session *session, enum record_kind kind,
                            const union record *record, int64_t tenant_id, struct error *err);
/* Of a commitment, once the phases that periods name are read. */
MUST_CHECK bool expect_period_of_phase(struct import_session *session,
                                       const struct billing_period_record *record,
                                       int64_t tenant_id, struct error *err);
void expect_correction(struct import_session *session, const struct correction_record *record,
                       int64_t tenant_id); /* import_correction.c */
MUST_CHECK bool put_correction(struct import_session *session,
                               const struct correction_record *record, int64_t tenant_id,
                               enum import_outcome *ret_outcome, struct error *err);
/* Before the COMMIT of a file: ERROR_RETRY where what it withdraws was carried out meanwhile. */
MUST_CHECK bool import_corrections_confirm(struct import_session *session, struct error *err);
MUST_CHECK bool expect_invoice(struct import_session *session, enum record_kind kind,
                               const struct invoice_record *record, int64_t tenant_id,
                               struct error *err);
MUST_CHECK bool put_invoice(struct import_session *session, enum record_kind kind,
                            const struct invoice_record *record, int64_t tenant_id,
                            enum import_outcome *ret_outcome,
                            struct error *err); /* import_invoice.c */
MUST_CHECK bool put_run(struct import_session *session, const struct run_record *record,
                        enum import_outcome *ret_outcome, struct error *err);
MUST_CHECK bool put_parked_item(struct import_session *session,
                                const struct parked_item_record *record, int64_t tenant_id,
                                enum import_outcome *ret_outcome,
                                struct error *err); /* import_run_items.c */
void expect_effect(struct import_session *session, const struct effect_record *record,
                   int64_t tenant_id);
MUST_CHECK bool put_effect(struct import_session *session, const struct effect_record *record,
                           int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err);

#endif
