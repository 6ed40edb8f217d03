/* The choices of DOMAIN that a tenant may make, as values: settings carry them, rules obey them.
 * The first word of each is the default. */
#ifndef BILLMILL_BILLING_RULES_H
#define BILLMILL_BILLING_RULES_H

enum late_usage { LATE_USAGE_NEXT_PERIOD, LATE_USAGE_PARK, LATE_USAGE_REOPEN_DRAFT }; /* DOMAIN 3 */
enum zero_invoice { ZERO_INVOICE_ISSUE, ZERO_INVOICE_SKIP, ZERO_INVOICE_RECORD };     /* DOMAIN 4 */
enum missing_tax_rate { MISSING_TAX_RATE_PARK, MISSING_TAX_RATE_ZERO };               /* DOMAIN 5 */
enum tax_rounding { TAX_ROUNDING_GROUP, TAX_ROUNDING_LINE, TAX_ROUNDING_INVOICE };    /* DOMAIN 5 */
enum catch_up { CATCH_UP_ALL, CATCH_UP_LATEST, CATCH_UP_NONE };                       /* DOMAIN 2 */

#endif
