/* A price as a value: what it charges for and by which model (DOMAIN 3). Rating is in rating.h.
 *
 * A figure that a record may leave out is a `struct price_figure`; what is left out and has a
 * default (free units: none) reads as 0. Texts belong to the caller. */
#ifndef BILLMILL_BILLING_PRICE_H
#define BILLMILL_BILLING_PRICE_H

#include "core/calendar/date.h"
#include "core/money/money.h"

#define PRICE_TIERS_MAX 1000
#define PRICE_FIELD_SIZE 48

enum price_model {
    PRICE_FLAT,       /* flat_fee once per period, whatever the quantity */
    PRICE_PER_UNIT,   /* unit_price for each unit above free_units */
    PRICE_GRADUATED,  /* each part of the quantity at the price of its tier */
    PRICE_VOLUME,     /* the whole quantity at the price of the tier that contains it */
    PRICE_PACKAGE,    /* package_price for each package_size above free_units */
    PRICE_PERCENTAGE, /* rate_percent of the amount of each event, and a fee: percentage.h */
    PRICE_GRADUATED_PERCENTAGE, /* each part of the amount at the rate of its tier */
    PRICE_DYNAMIC,              /* the events' own price_amount, times multiplier */
    PRICE_COMMITTED             /* what `overage` charges, at least the commitment */
};
#define PRICE_MODEL_COUNT (PRICE_COMMITTED + 1)
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
    struct decimal unit_price;   /* of graduated and volume */
    struct decimal rate_percent; /* of graduated_percentage */
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
    struct price_figure rate_percent, fixed_fee_per_event, free_events, free_amount;
    struct price_figure minimum_per_event, maximum_per_event;
    struct price_figure multiplier, commitment;
    struct price_figure minimum_amount, maximum_amount;
    const struct price_tier *tiers;
    size_t tier_count;
    bool free_at_zero; /* flat_fee_at_zero is false: nothing of the tiers at a total of zero */
    const struct price *overage; /* of a committed price: what values the quantity, not committed
                                    itself, with figures and tiers of its model alone */
};

/* The words of import. ERROR_ITEM "bad_price" lists them. */
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

/* The price whose model values the quantity: of a committed one its overage. */
const struct price *price_rated_by(const struct price *price);

/* Whether it charges amounts of money that events bring with them, not units: percentage,
 * graduated_percentage, dynamic, and what is committed over them. */
bool price_charges_amounts(const struct price *price);

/* What can be priced: the fields of the model are there and no others, nothing is negative, tiers
 * ascend and only the last is open, a package has a size, free events are a whole number. (A
 * minimum above the maximum is allowed: the maximum cuts first, then the minimum fills up.)
 * ERROR_ITEM "bad_price" names the field, as does `field_at_fault` ("tiers[1].up_to",
 * "overage.unit_price"), which is written on failure. */
MUST_CHECK bool price_check_model(const struct price *price, char field_at_fault[PRICE_FIELD_SIZE],
                                  struct error *err);

/* What a model says of a field of prices, by its name in a record: it is needed, allowed, refused;
 * or it belongs to no model in particular (currency, minimum_amount). */
enum price_field_use { PRICE_FIELD_NEEDED, PRICE_FIELD_ALLOWED, PRICE_FIELD_REFUSED };
enum price_field_use price_model_field(enum price_model model, const char *field);
bool price_field_is_of_model(const char *field);

/* That, and what a record of a catalogue needs besides: a metered price is billed in arrears (its
 * quantity is not known before), one that charges amounts has a meter, valid_to is after
 * valid_from, and no maximum is below its minimum: it would never be reached. */
MUST_CHECK bool price_check(const struct price *price, char field_at_fault[PRICE_FIELD_SIZE],
                            struct error *err);

#endif
