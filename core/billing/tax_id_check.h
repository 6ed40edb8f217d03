/* The check digits of tax ids. Private to tax_id.c. Each function gets a body that fits one of the
 * patterns of its scheme, and answers whether its check digits are right; some bodies have none. */
#ifndef BILLMILL_BILLING_TAX_ID_CHECK_H
#define BILLMILL_BILLING_TAX_ID_CHECK_H

enum tax_id_verdict { TAX_ID_WRONG, TAX_ID_RIGHT, TAX_ID_UNCHECKED };

typedef enum tax_id_verdict tax_id_check(const char *body);

tax_id_check tax_id_check_at, tax_id_check_au, tax_id_check_be, tax_id_check_bg, tax_id_check_ch;
tax_id_check tax_id_check_cy, tax_id_check_cz, tax_id_check_de, tax_id_check_dk, tax_id_check_ee;
tax_id_check tax_id_check_el, tax_id_check_es, tax_id_check_fi, tax_id_check_fr, tax_id_check_gb;
tax_id_check tax_id_check_hr, tax_id_check_hu, tax_id_check_ie, tax_id_check_in, tax_id_check_it;
tax_id_check tax_id_check_lt, tax_id_check_lu, tax_id_check_lv, tax_id_check_mt, tax_id_check_nl;
tax_id_check tax_id_check_no, tax_id_check_pl, tax_id_check_pt, tax_id_check_ro, tax_id_check_se;
tax_id_check tax_id_check_si, tax_id_check_sk;

#endif
