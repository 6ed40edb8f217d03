/* config/billmill.yaml as a struct. Looked for at --config, else ./billmill.yaml, else
 * /etc/billmill/billmill.yaml; the database at --database, else BILLMILL_DATABASE, else in the
 * file. Nothing here reads the environment by itself: callers pass getenv.
 *
 * The rules are those that DOMAIN calls settings, as defaults for every tenant; choices that no job
 * carries out yet are refused rather than ignored. */
#ifndef BILLMILL_SETUP_SETTINGS_H
#define BILLMILL_SETUP_SETTINGS_H

#include "core/base/log.h"
#include "core/billing/discount.h"
#include "core/billing/dunning_terms.h"
#include "core/billing/exchange_rate.h"
#include "core/billing/invoice.h"
#include "core/billing/invoice_number.h"
#include "core/billing/rules.h"
#include "core/calendar/proration.h"
#include "core/setup/schema.h"

#define SETTINGS_WORKERS_MAX 64
#define SETTINGS_DATABASE_ENV "BILLMILL_DATABASE"

struct settings_rules {
    enum late_usage late_usage;
    enum zero_invoice zero_invoice;
    enum missing_tax_rate missing_tax_rate;
    enum proration_basis proration; /* of periods of which nothing is made yet */
    enum catch_up catch_up;
    enum coupon_stacking coupon_stacking;
    int32_t max_catch_up; /* periods of one subscription in one run; beyond it the subscription is
                             parked */
    bool flat_fee_at_zero;
    bool consolidate;
};

/* Where exchange rates come from, and which of them count. */
struct settings_rates {
    struct setting_texts sources; /* "NAME FORMAT ADDRESS", in the order in which they are asked */
    struct setting_secret key;    /* {key} in an address */
    enum missing_day missing_day;
    int32_t max_age_days, jump_percent, timeout_s, attempts;
};

/* What becomes of a mail whose connection ended behind its last byte: it may have arrived, or not.
 */
enum mail_lost { MAIL_LOST_HOLD, MAIL_LOST_RESEND };

struct settings_mail {
    struct setting_text server; /* smtps://HOST[:PORT] or smtp://HOST[:PORT]; text NULL: no mails */
    struct setting_text user;
    struct setting_secret password;
    struct setting_text from, reply_to, bcc; /* bare addresses */
    int32_t connections;                     /* at the same time */
    enum mail_lost lost;
    struct setting_text since; /* documents issued before are not mailed; YYYY-MM-DD */
};

/* Who is told what happens. */
struct settings_endpoint {
    struct setting_text name, url, since; /* since: YYYY-MM-DD */
    struct setting_secret secret, old_secret;
    struct setting_texts events, tenants; /* none: all */
};

/* An account at a payment gateway; without a secret there is none. */
struct settings_gateway {
    struct setting_text url; /* text NULL: where the gateway is in the world */
    struct setting_text key, version;
    struct setting_secret secret;
    int32_t absent_after_s; /* what is not found there is not there, so long behind the last word;
                               0: at once, for it keeps keys */
};

/* What is done about invoices whose charges failed. */
struct settings_dunning {
    struct setting_text policy;    /* of those that have none of their own */
    struct setting_texts tenants;  /* "TENANT POLICY" */
    struct setting_texts policies; /* dunning_terms.h */
    int32_t tries_max, tries_days; /* the networks' cap, of an invoice and of a method */
    int32_t undecided_days;        /* then what waits for the customer or a person has failed */
};

struct settings {
    const char *file;               /* as found */
    const char *directory;          /* of the file: relative paths inside it start here */
    struct setting_secret database; /* as written; settings_database says which one counts */
    struct {
        struct setting_text jobs, templates, documents, zoneinfo;
    } directories;
    enum log_level log_level;
    int32_t workers; /* processes that a launch works with */
    struct settings_rules rules;
    struct settings_rates rates;
    struct settings_mail mail;
    struct {
        struct setting_items endpoints; /* struct settings_endpoint */
    } webhooks;
    struct {
        struct settings_gateway stripe, razorpay, mercadopago;
        int32_t reconcile_days;
    } gateways;
    struct settings_dunning dunning;
    struct setting_text declines; /* the file of decline_file.h; the default need not be there */
    struct setting_text invoice_layout;
    int32_t fiscal_year_start; /* the month, 1 to 12 */
    struct setting_text invoice_number_text, credit_note_number_text;
    struct invoice_number_format invoice_number, credit_note_number; /* the same, parsed */
};

/* How the numbers of its series look. */
const struct invoice_number_format *settings_number_format(const struct settings *settings,
                                                           enum document_kind kind);

/* Where a configuration is looked for without --config, in this order. */
#define SETTINGS_PLACE_COUNT 2u
extern const char *const settings_places[SETTINGS_PLACE_COUNT];

/* The file to read: `config_argument` when it is not NULL, else the first place that exists.
 * EXIT_CONFIG when there is none. Owns nothing: *ret_path is one of the arguments. */
MUST_CHECK bool settings_find(const char *config_argument, const char *const places[],
                              size_t place_count, const char **ret_path, struct error *err);

/* Reads the file into *ret_settings, defaults filled in. False when it cannot be read as YAML at
 * all; true otherwise, with what is wrong in `problems`: use problem_list_ok before you use the
 * settings. */
MUST_CHECK bool settings_read(const char *path, struct arena *arena, struct problem_list *problems,
                              struct settings *ret_settings);

enum database_kind { DATABASE_SQLITE, DATABASE_POSTGRES };

struct database_location {
    enum database_kind kind;
    const char *text;    /* the path, or the postgres:// URL: may hold a password, never print it */
    const char *display; /* the same without the password: for people and logs */
};

/* getenv fits. */
typedef char *environment_get(const char *name);

/* Which database: the argument, else the environment, else the file (where {file: …} and {env: …}
 * are read now). A path of the argument or the environment is relative to the working directory,
 * one in the file to the file. Refused with EXIT_CONFIG: none at all, an unknown kind, a password
 * in an argument or in the file itself, a secret file that others may read. `settings` may be NULL
 * (no file). */
MUST_CHECK bool settings_database(const struct settings *settings, const char *database_argument,
                                  environment_get *get_env, struct arena *arena,
                                  struct database_location *ret_location, struct error *err);

/* Which publications count; names of sources in their order, in the arena. */
struct rate_rule settings_rate_rule(const struct settings *settings, struct arena *arena);

/* What a secret says; *ret_text NULL: it is not given. EXIT_CONFIG for a file that others may read,
 * a variable that is not set, a secret that stands in the file itself. `name` is for messages. */
MUST_CHECK bool settings_secret(const struct setting_secret *secret, const char *name,
                                environment_get *get_env, struct arena *arena,
                                const char **ret_text, struct error *err);

/* By the gateway's name; NULL: it has no account there. */
const struct settings_gateway *settings_gateway_find(const struct settings *settings,
                                                     const char *name);

/* The name of a tenant's policy; "none" is one. */
const char *settings_dunning_policy(const struct settings *settings, const char *tenant);

/* Those that there are: of the settings, presets, and "none". In the arena. */
const char *const *settings_dunning_names(const struct settings *settings, struct arena *arena,
                                          size_t *ret_count);

/* The policy of that name, of the settings or a preset. In the arena. ERROR_ITEM "unknown_policy".
 */
MUST_CHECK bool settings_dunning_terms(const struct settings *settings, const char *name,
                                       struct arena *arena, struct dunning_terms *ret_terms,
                                       struct error *err);

/* The JSON Schema of billmill.yaml, as shipped in config/schema/. In the arena. */
const char *settings_schema_json(struct arena *arena);

#endif
