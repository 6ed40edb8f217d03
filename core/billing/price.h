/* A price as a value: what it charges for and by which model (DOMAIN 3). Rating is in rating.h.
 *
 * A figure that a record may leave out is a `struct price_figure`; what is left out and has a
 * default (free units: none) reads as 0. Texts belong to the caller. */
#ifndef BILLMILL_BILLING_PRICE_H
#define BILLMILL_BILLING_PRICE_H

#include "core/calendar/date.h"
#include "core/money/money.h"

#define PRICE_TIERS_MAX 1000
#define PRICE_FIELD_SIZE 40

enum price_model {
    PRICE_FLAT,      /* flat_fee once per period, whatever the quantity */
    PRICE_PER_UNIT,  /* unit_price for each unit above free_units */
    PRICE_GRADUATED, /* each part of the quantity at the price of its tier */
    PRICE_VOLUME,    /* the whole quantity at the price of the tier that contains it */
    PRICE_PACKAGE    /* package_price for each package_size above free_units */
};
enum price_billing { BILLING_IN_ADVANCE, BILLING_IN_ARREARS };
enum package_rounding { PACKAGE_ROUND_UP, PACKAGE_ROUND_DOWN }; /* of a package begun */

struct price_figure {
    bool given;
    struct decimal value;
};

/* Holds the quantities in (up_to of the tier before, up_to]; only the last has no end. */
struct price_tier {
    bool has_up_to;
    struct decimal up_to;
    struct decimal unit_price;
    struct decimal flat_fee;
};

struct price {
    const char *price;
    const char *plan;
    const char *product;
    const char *meter; /* NULL: the quantity of the subscription */
    struct date valid_from;
    struct date valid_to; /* the first day it no longer holds, or DATE_NONE */
    enum price_model model;
    struct currency currency;
    enum price_billing billing;
    struct price_figure flat_fee, unit_price, free_units, package_size, package_price;
    bool has_package_rounding;
    enum package_rounding package_rounding; /* up when it is left out */
    struct price_figure minimum_amount, maximum_amount;
    const struct price_tier *tiers;
    size_t tier_count;
};

/* The words of import. ERROR_ITEM "bad_price" lists them; a model of DOMAIN that this version does
 * not rate has its own message. */
MUST_CHECK bool price_model_parse(const char *name, enum price_model *ret_model, struct error *err);
const char *price_model_name(enum price_model model);
MUST_CHECK bool price_billing_parse(const char *name, enum price_billing *ret_billing,
                                    struct error *err);
const char *price_billing_name(enum price_billing billing);
MUST_CHECK bool package_rounding_parse(const char *name, enum package_rounding *ret_rounding,
                                       struct error *err);
const char *package_rounding_name(enum package_rounding rounding);

/* NULL or a decimal: the form of a nullable column. */
MUST_CHECK bool price_figure_parse(const char *text, struct price_figure *ret_figure,
                                   struct error *err);

/* What can be priced: the fields of the model are there and no others, nothing is negative, tiers
 * ascend and only the last is open, a package has a size. (A minimum above the maximum is allowed:
 * the maximum cuts first, then the minimum fills up.) ERROR_ITEM "bad_price" names the field, as
 * does `field_at_fault` ("tiers[1].up_to"), which is written on failure. */
MUST_CHECK bool price_check_model(const struct price *price, char field_at_fault[PRICE_FIELD_SIZE],
                                  struct error *err);

/* That, and what a record of a catalogue needs besides: a metered price is billed in arrears (its
 * quantity is not known before), valid_to is after valid_from. */
MUST_CHECK bool price_check(const struct price *price, char field_at_fault[PRICE_FIELD_SIZE],
                            struct error *err);

#endif
