/* The demo business: two tenants, their catalog, customers, subscriptions and usage, each record a
 * pure function of its index and the seed. Nothing is kept in memory, so any size streams.
 *
 * 1. A smaller demo is not a prefix of a larger one, but the same arguments give the same bytes.
 * 2. All names are made of word lists and coined syllables; addresses of mail are under
 *    example.com, .net and .org; tax numbers have the form of their country and begin with 900.
 * 3. Nothing here uses the code under test (dates, zones, decimals): the data must not share its
 *    mistakes. */
#ifndef BILLMILL_TESTS_GENERATE_DEMO_H
#define BILLMILL_TESTS_GENERATE_DEMO_H

#include "tests/support/generate/output.h"

/* The first records are hand-made cases (demo_subscriptions.c), so there is a smallest size. */
#define DEMO_SUBSCRIPTIONS_MIN 40
#define DEMO_EVENTS_MIN 1000

struct demo {
    uint64_t seed;
    int64_t customers;
    int64_t subscriptions;
    int64_t events; /* lines, with the exact re-sends */
};

enum demo_tenant { DEMO_BERLIN, DEMO_NEW_YORK };
#define DEMO_TENANT_COUNT 2

/* Streams of random numbers: one per question. The numbers are part of the bytes: never reuse. */
enum demo_stream {
    STREAM_COUNTRY = 1,
    STREAM_BUSINESS,
    STREAM_GIVEN,
    STREAM_FAMILY,
    STREAM_SYLLABLE_A,
    STREAM_SYLLABLE_B,
    STREAM_TRADE,
    STREAM_FORM,
    STREAM_STREET,
    STREAM_HOUSE,
    STREAM_CITY,
    STREAM_TERMS,
    STREAM_TAX_ID,
    STREAM_EXEMPT,
    STREAM_PARENT,
    STREAM_ZONE,
    STREAM_OWNER,
    STREAM_PLAN,
    STREAM_MONTH,
    STREAM_DAY,
    STREAM_QUANTITY,
    STREAM_TRIAL,
    STREAM_CANCEL,
    STREAM_ALIGN,
    STREAM_EVENT_AT,
    STREAM_EVENT_OWNER,
    STREAM_EVENT_METER,
    STREAM_EVENT_VALUE,
    STREAM_EVENT_KEY,
    STREAM_EVENT_RESENT,
};

const char *demo_tenant_name(enum demo_tenant tenant);
enum demo_tenant demo_tenant_of(int64_t customer); /* three of five are Berlin's */

/* ------------------------------------------------------------------ countries and names */

#define COUNTRY_WORDS 6
struct demo_city {
    const char *name, *postal_code, *region;
};
struct demo_country {
    const char *code, *locale, *currency;
    const char *timezone;                /* of some of its customers; NULL: the tenant's */
    const char *vat_prefix, *vat_suffix; /* around six digits */
    bool house_first, family_first;      /* "12 High Street"; "Nguyễn Minh" */
    int32_t share;                       /* of its tenant's customers, in a thousand */
    const char *given[COUNTRY_WORDS], *family[COUNTRY_WORDS];
    const char *first_syllable[COUNTRY_WORDS], *last_syllable[COUNTRY_WORDS];
    const char *trade[COUNTRY_WORDS], *form[3], *street[COUNTRY_WORDS];
    struct demo_city city[4];
};
const struct demo_country *demo_countries(enum demo_tenant tenant, int32_t *ret_count);

/* ------------------------------------------------------------------ catalog */

enum demo_meter {
    METER_API_CALLS,    /* sum */
    METER_TRANSFER_GB,  /* sum, decimals */
    METER_JOBS_RUN,     /* count */
    METER_STORAGE_GB,   /* max, decimals */
    METER_SEATS_USED,   /* last */
    METER_ACTIVE_USERS, /* unique_count of the property user */
    METER_COUNT
};
const char *demo_meter_name(enum demo_meter meter);

enum demo_quantity { QUANTITY_ONE, QUANTITY_SEATS, QUANTITY_DECIMAL };

struct demo_plan {
    enum demo_tenant tenant;
    const char *plan, *name, *currency, *interval;
    int32_t interval_count, trial_days;
    int32_t business_share, person_share; /* how often it is chosen, relative to the others */
    enum demo_quantity quantity;
    uint32_t metered; /* bits 1 << METER_… */
};
const struct demo_plan *demo_plans(int32_t *ret_count);
const struct demo_plan *demo_plan_named(enum demo_tenant tenant, const char *plan);

void demo_write_tenants(const char *directory);
void demo_write_catalog(const char *directory);
void demo_write_tax_rates(const char *directory);

/* ------------------------------------------------------------------ customers */

struct demo_customer {
    int64_t index;
    enum demo_tenant tenant;
    const struct demo_country *country;
    bool business;
    int64_t parent; /* who pays, or -1 */
};
struct demo_customer demo_customer_at(const struct demo *demo, int64_t index);
void demo_write_customers(const struct demo *demo, const char *directory);

/* ------------------------------------------------------------------ subscriptions */

#define DEMO_DAY_NONE INT32_MAX
struct demo_subscription {
    int64_t index;
    struct demo_customer customer;
    const struct demo_plan *plan;
    int32_t start;       /* days since 1970-01-01, as all days here */
    int32_t anchor_day;  /* 0: the day of the start */
    int32_t trial_end;   /* or DEMO_DAY_NONE */
    int32_t active_from; /* the first day that is charged */
    int32_t cancel_at;   /* or DEMO_DAY_NONE */
    bool cancel_at_period_end, calendar;
    const char *timezone;  /* or NULL */
    int64_t quantity_1000; /* thousandths */
};
struct demo_subscription demo_subscription_at(const struct demo *demo, int64_t index);
void demo_write_subscriptions(const struct demo *demo, const char *directory);

/* ------------------------------------------------------------------ usage */

/* usage.csv for Berlin, usage.jsonl for New York. */
void demo_write_usage(const struct demo *demo, const char *directory);

/* ------------------------------------------------------------------ days */

#define DEMO_DATE_SIZE 11
struct demo_date_text {
    char text[DEMO_DATE_SIZE];
};
int32_t demo_day(int32_t year, int32_t month, int32_t day);
struct demo_date_text demo_date_text(int32_t day); /* "" for DEMO_DAY_NONE */
int32_t demo_days_in_month(int32_t year, int32_t month);

#endif
