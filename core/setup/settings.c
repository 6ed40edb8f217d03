/* The fields of billmill.yaml, and reading it: see settings.h. */
#include "core/setup/settings.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/calendar/zone.h"

const char *const settings_places[SETTINGS_PLACE_COUNT] = {"billmill.yaml",
                                                           "/etc/billmill/billmill.yaml"};

static const struct field_choice log_levels[] = {
    {"error",   LOG_ERROR  },
    {"warning", LOG_WARNING},
    {"info",    LOG_INFO   },
    {"debug",   LOG_DEBUG  },
};
static const struct field_choice late_usages[] = {
    {"next_period",  LATE_USAGE_NEXT_PERIOD },
    {"park",         LATE_USAGE_PARK        },
    {"reopen_draft", LATE_USAGE_REOPEN_DRAFT},
};
static const struct field_choice zero_invoices[] = {
    {"issue",  ZERO_INVOICE_ISSUE },
    {"skip",   ZERO_INVOICE_SKIP  },
    {"record", ZERO_INVOICE_RECORD},
};
static const struct field_choice missing_tax_rates[] = {
    {"park", MISSING_TAX_RATE_PARK},
    {"zero", MISSING_TAX_RATE_ZERO},
};
static const struct field_choice prorations[] = {
    {"day",     PRORATE_DAY    },
    {"second",  PRORATE_SECOND },
    {"fixed30", PRORATE_FIXED30},
    {"none",    PRORATE_NONE   },
};
static const struct field_choice catch_ups[] = {
    {"all",    CATCH_UP_ALL   },
    {"latest", CATCH_UP_LATEST},
    {"none",   CATCH_UP_NONE  },
};

static const struct field_choice coupon_stackings[] = {
    {"multiplicative", COUPONS_MULTIPLICATIVE},
    {"additive",       COUPONS_ADDITIVE      },
    {"best",           COUPONS_BEST          },
    {"none",           COUPONS_NONE          },
};

static const struct field_choice missing_days[] = {
    {"previous",   MISSING_DAY_PREVIOUS  },
    {"next",       MISSING_DAY_NEXT      },
    {"day_before", MISSING_DAY_DAY_BEFORE},
};

static const struct field_choice mail_losts[] = {
    {"hold",   MAIL_LOST_HOLD  },
    {"resend", MAIL_LOST_RESEND},
};

static bool check_date(const char *text, struct error *err)
{
    struct date ignored;
    return date_parse(text, &ignored, err);
}

static bool check_number_format(const char *text, struct error *err)
{
    struct invoice_number_format ignored;
    return invoice_number_format_parse(text, &ignored, err);
}

static const struct field directory_fields[] = {
    SCHEMA_PATH(struct settings, directories.jobs, "jobs",
                "The job definitions, one NAME.yaml each.", .preset = "jobs"),
    SCHEMA_PATH(struct settings, directories.templates, "templates", "The layouts of documents.",
                .preset = "templates"),
    SCHEMA_PATH(struct settings, directories.documents, "documents",
                "Where the PDFs of invoices are put.", .preset = "documents"),
    SCHEMA_PATH(struct settings, directories.zoneinfo, "zoneinfo",
                "The time zone files of the system.", .preset = ZONE_DIRECTORY),
};

static const struct field rule_fields[] = {
    SCHEMA_CHOICE(struct settings, rules.late_usage, "late_usage", late_usages,
                  "Usage that arrives after its period was invoiced: billed with the next open "
                  "period as its own line; parked until somebody decides; or, as long as the "
                  "invoice is a draft, that is made again with it.",
                  .preset = "next_period"),
    SCHEMA_CHOICE(struct settings, rules.zero_invoice, "zero_invoice", zero_invoices,
                  "An invoice whose total is zero: issued like any other, skipped, or recorded "
                  "without a document.",
                  .preset = "issue"),
    SCHEMA_CHOICE(struct settings, rules.missing_tax_rate, "missing_tax_rate", missing_tax_rates,
                  "No tax rate where one is expected: the customer is parked, or taxed with 0.",
                  .preset = "park"),
    SCHEMA_CHOICE(struct settings, rules.coupon_stacking, "coupon_stacking", coupon_stackings,
                  "Several coupons on one invoice: each of what the others left, or percentages of "
                  "the lines as they were, or the best alone, or the first alone.",
                  .preset = "multiplicative"),
    SCHEMA_BOOLEAN(struct settings, rules.flat_fee_at_zero, "flat_fee_at_zero",
                   "Whether graduated prices charge the first flat fee when nothing was used.",
                   .preset = "true"),
    SCHEMA_BOOLEAN(struct settings, rules.consolidate, "consolidate",
                   "One invoice for all subscriptions of a payer, or one for each.",
                   .preset = "true"),
    SCHEMA_CHOICE(struct settings, rules.proration, "proration", prorations,
                  "What a part of a period is measured in: days, real seconds, days of months that "
                  "have 30, or nothing: a period begun is charged whole, and changes hold from the "
                  "next one on.",
                  .preset = "day"),
    SCHEMA_CHOICE(struct settings, rules.catch_up, "catch_up", catch_ups,
                  "Periods that were missed: all of them are billed, one invoice each, oldest "
                  "first; or only the latest; or none.",
                  .preset = "all"),
    SCHEMA_INTEGER(struct settings, rules.max_catch_up, "max_catch_up", 1, 10000,
                   "The most missed periods of one subscription that a run bills; with more it is "
                   "parked.",
                   .preset = "120"),
};

static const struct field series_fields[] = {
    SCHEMA_TEXT(struct settings, invoice_number_text, "invoice",
                "How invoice numbers look: {year} of the fiscal year and {number} in it, "
                "{number:6} with leading zeros.",
                .preset = "INV-{year}-{number:6}", .pattern = "\\{number(:[0-9]+)?\\}",
                .expected = "a format with {year} and {number}, such as INV-{year}-{number:6}",
                .check = check_number_format),
    SCHEMA_TEXT(struct settings, credit_note_number_text, "credit_note",
                "How numbers of credit notes look: a series of its own.",
                .preset = "CN-{year}-{number:6}", .pattern = "\\{number(:[0-9]+)?\\}",
                .expected = "a format with {year} and {number}, such as CN-{year}-{number:6}",
                .check = check_number_format),
};

#define SOURCE_FORMATS "ecb_xml|ecb_csv|ecb_zip|frankfurter|openexchangerates"

static const struct field rate_fields[] = {
    SCHEMA_TEXT_LIST(struct settings, rates.sources, "sources",
                     "Where exchange rates are fetched, in this order, until one answers well: "
                     "NAME FORMAT ADDRESS. {date} in the address is the day of the run, {key} the "
                     "key below. The order is also that in which conversions look for a day.",
                     .pattern = "^[a-z][a-z0-9_-]* (" SOURCE_FORMATS ") https?://[^ ]+$",
                     .expected = "NAME FORMAT ADDRESS, with a FORMAT of ecb_xml, ecb_csv, ecb_zip, "
                                 "frankfurter, openexchangerates"),
    SCHEMA_SECRET(struct settings, rates.key, "key",
                  "What {key} in an address stands for: {file: PATH} or {env: NAME}."),
    SCHEMA_CHOICE(struct settings, rates.missing_day, "missing_day", missing_days,
                  "Which publication counts for a day without one: the last one before it, the "
                  "next one, or always one before the day.",
                  .preset = "previous"),
    SCHEMA_INTEGER(struct settings, rates.max_age_days, "max_age_days", 1, 60,
                   "How many days away a publication may be.", .preset = "14"),
    SCHEMA_INTEGER(struct settings, rates.jump_percent, "jump_percent", 1, 1000000,
                   "A rate that differs by more than that from the one before waits for a person.",
                   .preset = "20"),
    SCHEMA_INTEGER(struct settings, rates.timeout_s, "timeout_s", 1, 600,
                   "How long a source may take to answer.", .preset = "30"),
    SCHEMA_INTEGER(struct settings, rates.attempts, "attempts", 1, 10,
                   "How often a source is asked that does not answer.", .preset = "3"),
};

#define ADDRESS_PATTERN "^[A-Za-z0-9!#$%&'*+/=?_`{|}~.-]+@[A-Za-z0-9.-]+$"
#define ADDRESS_EXPECTED "a bare address such as billing@example.com"
#define DATE_PATTERN "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
#define DATE_EXPECTED "a day, YYYY-MM-DD"

static const struct field mail_fields[] = {
    SCHEMA_TEXT(struct settings, mail.server, "server",
                "Who takes mails: smtps://HOST, or smtp://HOST, which has to begin TLS unless it "
                "is this machine; with :PORT where it is another than 465 or 25.",
                .pattern = "^smtps?://[^/@ ?#]+$",
                .expected = "smtps://HOST:PORT or smtp://HOST:PORT"),
    SCHEMA_TEXT(struct settings, mail.user, "user", "Who billmill is to the server."),
    SCHEMA_SECRET(struct settings, mail.password, "password",
                  "His password: {file: PATH} or {env: NAME}."),
    SCHEMA_TEXT(struct settings, mail.from, "from",
                "The sender's address; his name is that of the tenant.", .pattern = ADDRESS_PATTERN,
                .expected = ADDRESS_EXPECTED),
    SCHEMA_TEXT(struct settings, mail.reply_to, "reply_to",
                "Where answers go, if not to the sender.", .pattern = ADDRESS_PATTERN,
                .expected = ADDRESS_EXPECTED),
    SCHEMA_TEXT(struct settings, mail.bcc, "bcc",
                "Who gets a copy of every mail that was taken, as a mail of its own.",
                .pattern = ADDRESS_PATTERN, .expected = ADDRESS_EXPECTED),
    SCHEMA_INTEGER(struct settings, mail.connections, "connections", 1, 100,
                   "How many mails a run of dispatch sends at the same time, each in a connection: "
                   "many servers take few from one sender.",
                   .preset = "4"),
    SCHEMA_CHOICE(struct settings, mail.lost, "lost", mail_losts,
                  "A mail whose connection ended behind its last byte may have arrived: it waits "
                  "for a person, or is sent again with the same Message-ID.",
                  .preset = "hold"),
    SCHEMA_TEXT(struct settings, mail.since, "since",
                "The day from which on documents are mailed by invoice-mail: those issued before "
                "are not.",
                .pattern = DATE_PATTERN, .expected = DATE_EXPECTED, .check = check_date),
};

#define EVENT_PATTERN                                                                              \
    "^(invoice\\.finalized|invoice\\.paid|invoice\\.voided|invoice\\.uncollectible|"               \
    "credit_note\\.issued|payment\\.failed|subscription\\.paused|subscription\\.canceled)$"
#define LOCAL_HOST "(localhost|127\\.0\\.0\\.1|\\[::1\\])(:[0-9]+)?"

static const struct field endpoint_fields[] = {
    SCHEMA_TEXT(struct settings_endpoint, name, "name",
                "What it is called: part of the keys of its effects, so it is not changed.",
                .required = true, .pattern = "^[a-z][a-z0-9_-]{0,39}$",
                .expected = "lower-case letters, digits, - and _"),
    SCHEMA_TEXT(struct settings_endpoint, url, "url",
                "Where events are sent: https, or http to this machine.", .required = true,
                .pattern = "^(https://[^ @/]+|http://" LOCAL_HOST ")(/[^ ]*)?$",
                .expected = "https://HOST/PATH"),
    SCHEMA_SECRET(struct settings_endpoint, secret, "secret",
                  "What events are signed with: {file: PATH} or {env: NAME}.", .required = true),
    SCHEMA_SECRET(struct settings_endpoint, old_secret, "old_secret",
                  "The one before, while it is changed: events are signed with both."),
    SCHEMA_TEXT_LIST(struct settings_endpoint, events, "events", "The events it wants; else all.",
                     .pattern = EVENT_PATTERN,
                     .expected = "invoice.finalized, invoice.paid, invoice.voided, "
                                 "invoice.uncollectible, credit_note.issued, payment.failed, "
                                 "subscription.paused or subscription.canceled"),
    SCHEMA_TEXT_LIST(struct settings_endpoint, tenants, "tenants", "Whose events; else all."),
    SCHEMA_TEXT(struct settings_endpoint, since, "since",
                "The day from which on it is told: what was issued before is not.",
                .required = true, .pattern = DATE_PATTERN, .expected = DATE_EXPECTED,
                .check = check_date),
};

static const struct field webhook_fields[] = {
    SCHEMA_ITEMS(struct settings, webhooks.endpoints, "endpoints", struct settings_endpoint,
                 endpoint_fields, "Who is told."),
};

#define GATEWAY_URL                                                                                \
    "^(https://[^ ]*[^ /]|http://(127[.]0[.]0[.]1|localhost)(:[0-9]+)?(/[^ ]*[^ /])?)$"
#define GATEWAY_FIELDS(gateway, secret_words)                                                      \
    SCHEMA_SECRET(struct settings, gateways.gateway.secret, "secret",                              \
                  secret_words ": {file: PATH} or {env: NAME}."),                                  \
        SCHEMA_TEXT(struct settings, gateways.gateway.url, "url",                                  \
                    "Another address than the gateway's own: for tests.", .pattern = GATEWAY_URL,  \
                    .expected = "https://…, or http:// to this machine, without / at the end")

static const struct field stripe_fields[] = {
    GATEWAY_FIELDS(stripe, "The secret key"),
    SCHEMA_TEXT(struct settings, gateways.stripe.version, "version",
                "The version of the API, where it is not the one that billmill was written for.",
                .pattern = "^[0-9a-z.-]+$", .expected = "a version such as 2026-10-28.endive"),
};
static const struct field razorpay_fields[] = {
    SCHEMA_TEXT(struct settings, gateways.razorpay.key, "key", "The key_id of the account.",
                .pattern = "^[A-Za-z0-9_]+$", .expected = "a key_id such as rzp_live_…"),
    GATEWAY_FIELDS(razorpay, "The key_secret"),
    SCHEMA_INTEGER(
        struct settings, gateways.razorpay.absent_after_s, "absent_after_s", 1, 86400,
        "A payment whose answer was lost, and that Razorpay does not have, is made again "
        "so many seconds later: it keeps no keys, and may still be at it.",
        .preset = "600"),
};
static const struct field mercadopago_fields[] = {
    GATEWAY_FIELDS(mercadopago, "The access token"),
};
static const struct field gateway_fields[] = {
    SCHEMA_MAPPING("stripe", stripe_fields, "The account at Stripe."),
    SCHEMA_MAPPING("razorpay", razorpay_fields, "The account at Razorpay."),
    SCHEMA_MAPPING("mercadopago", mercadopago_fields, "The account at Mercado Pago."),
    SCHEMA_INTEGER(struct settings, gateways.reconcile_days, "reconcile_days", 1, 366,
                   "The days, up to its own, of which payment-reconcile asks.", .preset = "7"),
};

#define POLICY_NAME "[a-z][a-z0-9_-]*"

static const struct field dunning_fields[] = {
    SCHEMA_TEXT(struct settings, dunning.policy, "policy",
                "The policy of tenants and customers that name none: one of policies, or standard, "
                "gentle, chained, hours; or none.",
                .preset = "standard", .pattern = "^" POLICY_NAME "$",
                .expected = "the name of a policy"),
    SCHEMA_TEXT_LIST(struct settings, dunning.tenants, "tenants",
                     "The policy of single tenants: TENANT POLICY.",
                     .pattern = "^[^ ]+ " POLICY_NAME "$", .expected = "TENANT POLICY"),
    SCHEMA_TEXT_LIST(struct settings, dunning.policies, "policies",
                     "NAME days|chained|hours N ACTION, ACTION; N ACTION; end "
                     "pause|cancel|uncollectible, with actions charge, mail TEMPLATE, webhook, "
                     "past_due and pause.",
                     .check = dunning_terms_check),
    SCHEMA_INTEGER(struct settings, dunning.tries_max, "tries_max", 1, 1000,
                   "An invoice that was tried so often within tries_days, or a payment method that "
                   "was declined so often, for whichever invoice, is not charged again by a run.",
                   .preset = "15"),
    SCHEMA_INTEGER(struct settings, dunning.tries_days, "tries_days", 1, 365,
                   "The days in which tries_max counts.", .preset = "30"),
    SCHEMA_INTEGER(struct settings, dunning.undecided_days, "undecided_days", 1, 365,
                   "An attempt that still waits for the customer's confirmation after so many "
                   "days, or for a person, has failed, unless the gateway knows better.",
                   .preset = "7"),
};

static const struct field settings_fields[] = {
    SCHEMA_SECRET(struct settings, database, "database",
                  "sqlite:PATH or a PATH, or postgres://USER@HOST/NAME; or {file: PATH} or {env: "
                  "NAME} that holds it."),
    SCHEMA_MAPPING("directories", directory_fields, "Relative paths are relative to this file."),
    SCHEMA_CHOICE(struct settings, log_level, "log_level", log_levels,
                  "How much is said on stderr.", .preset = "info"),
    SCHEMA_INTEGER(struct settings, workers, "workers", 1, SETTINGS_WORKERS_MAX,
                   "The processes that a run works with on this host; on SQLite they print "
                   "documents only.",
                   .preset = "1"),
    SCHEMA_MAPPING("rules", rule_fields, "The rules that may be chosen, for all tenants."),
    SCHEMA_MAPPING("exchange_rates", rate_fields, "Published exchange rates."),
    SCHEMA_MAPPING("mail", mail_fields, "Who sends mails, and as whom."),
    SCHEMA_MAPPING("webhooks", webhook_fields, "Who is told what happens, by signed messages."),
    SCHEMA_MAPPING("gateways", gateway_fields,
                   "The accounts at payment gateways that charges are made with."),
    SCHEMA_MAPPING("dunning", dunning_fields, "What is done about invoices whose charges failed."),
    SCHEMA_PATH(struct settings, declines, "declines",
                "The file that says which declined charges may be tried again, relative to this "
                "one.",
                .preset = "declines.yaml"),
    SCHEMA_TEXT(struct settings, invoice_layout, "invoice_layout",
                "The layout of invoices: invoice/NAME.layout in the templates directory.",
                .preset = "default", .pattern = "^[a-z][a-z0-9_-]*$",
                .expected = "lower-case letters, digits, - and _"),
    SCHEMA_INTEGER(struct settings, fiscal_year_start, "fiscal_year_start", 1, 12,
                   "The month in which the fiscal year begins.", .preset = "1"),
    SCHEMA_MAPPING("series", series_fields, "The numbers of each kind of document."),
};

/* --- finding and reading ---------------------------------------------------------------------- */

bool settings_find(const char *config_argument, const char *const places[], size_t place_count,
                   const char **ret_path, struct error *err)
{
    if (config_argument != NULL) {
        *ret_path = config_argument;
        return true;
    }
    for (size_t i = 0; i < place_count; i++)
        if (access(places[i], F_OK) == 0 || errno != ENOENT) { /* unreadable is not absent */
            *ret_path = places[i];
            return true;
        }
    (void)error_run(err, EXIT_CONFIG, "no configuration file");
    return error_hint(err, "name one with --config, or put it at %s or %s",
                      place_count > 0 ? places[0] : "-", place_count > 1 ? places[1] : "-");
}

/* "config" of "config/billmill.yaml", "" when there is no slash. */
static const char *directory_of(const char *path, struct arena *arena)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return "";
    return slash == path ? "/" : arena_copy_n(arena, path, (size_t)(slash - path));
}

/* A number is one document, whatever its kind. */
static void check_series(const struct settings *settings, struct problem_list *problems)
{
    if (invoice_number_formats_meet(&settings->invoice_number, &settings->credit_note_number))
        problem_add(problems, settings->credit_note_number_text.at,
                    "such as CN-{year}-{number:6} beside INV-{year}-{number:6}",
                    "series.credit_note gives the same numbers as series.invoice");
}

static void check_mail(const struct settings_mail *mail, struct problem_list *problems)
{
    const struct setting_secret *password = &mail->password;
    bool has_password =
        password->value.text != NULL || password->file.text != NULL || password->env.text != NULL;
    if (mail->server.text != NULL && mail->from.text == NULL)
        problem_add(problems, mail->server.at, "from: billing@example.com",
                    "mail.server without mail.from");
    if (password->value.text != NULL)
        problem_add(problems, password->value.at,
                    "write {file: PATH} of a file of mode 0600, or {env: NAME}",
                    "mail.password: a secret may not stand there");
    if (mail->user.text != NULL && !has_password)
        problem_add(problems, mail->user.at, "password: {file: PATH}",
                    "mail.user without mail.password");
}

static void check_endpoints(const struct setting_items *endpoints, struct problem_list *problems)
{
    const struct settings_endpoint *items = endpoints->items;
    for (size_t i = 0; i < endpoints->count; i++) {
        if (items[i].secret.value.text != NULL || items[i].old_secret.value.text != NULL)
            problem_add(problems,
                        items[i].secret.value.text != NULL ? items[i].secret.value.at
                                                           : items[i].old_secret.value.at,
                        "write {file: PATH} of a file of mode 0600, or {env: NAME}",
                        "webhooks.endpoints: a secret may not stand there");
        for (size_t before = 0; before < i; before++)
            if (items[i].name.text != NULL &&
                text_equal(items[i].name.text, items[before].name.text))
                problem_add(problems, items[i].name.at, NULL, "there are two endpoints '%s'",
                            items[i].name.text);
    }
}

bool settings_read(const char *path, struct arena *arena, struct problem_list *problems,
                   struct settings *ret_settings)
{
    struct yaml_node *root = NULL;
    struct error err = {0};
    if (!yaml_tree_read(path, arena, problems, &root))
        return false;
    struct settings settings = {.file = arena_copy(arena, path),
                                .directory = directory_of(path, arena)};
    struct schema_reading reading = {arena, problems, settings.directory};
    schema_read(&reading, root, settings_fields, ARRAY_LEN(settings_fields), &settings);
    bool parsed = invoice_number_format_parse(settings.invoice_number_text.text,
                                              &settings.invoice_number, &err) &&
                  invoice_number_format_parse(settings.credit_note_number_text.text,
                                              &settings.credit_note_number, &err);
    assert(parsed); /* refused texts were reported and left the default behind */
    (void)parsed;
    check_series(&settings, problems);
    check_mail(&settings.mail, problems);
    check_endpoints(&settings.webhooks.endpoints, problems);
    *ret_settings = settings;
    return true;
}

const char *settings_dunning_policy(const struct settings *settings, const char *tenant)
{
    const struct setting_texts *tenants = &settings->dunning.tenants;
    size_t length = strlen(tenant);
    for (size_t i = 0; i < tenants->count; i++) {
        const char *text = tenants->items[i].text;
        if (strncmp(text, tenant, length) == 0 && text[length] == ' ')
            return text + length + 1;
    }
    return settings->dunning.policy.text;
}

const char *const *settings_dunning_names(const struct settings *settings, struct arena *arena,
                                          size_t *ret_count)
{
    const struct setting_texts *policies = &settings->dunning.policies;
    size_t count = policies->count;
    while (dunning_presets[count - policies->count] != NULL)
        count++;
    const char **names = ARENA_NEW_ARRAY(arena, const char *, count + 1);
    for (size_t i = 0; i < count; i++) {
        const char *text =
            i < policies->count ? policies->items[i].text : dunning_presets[i - policies->count];
        names[i] = arena_copy_n(arena, text, strcspn(text, " "));
    }
    names[count] = DUNNING_NO_POLICY;
    *ret_count = count + 1;
    return names;
}

/* What configuration says of a name wins over the preset. */
bool settings_dunning_terms(const struct settings *settings, const char *name, struct arena *arena,
                            struct dunning_terms *ret_terms, struct error *err)
{
    const struct setting_texts *policies = &settings->dunning.policies;
    for (size_t i = 0; i < policies->count; i++)
        if (!dunning_terms_parse(policies->items[i].text, arena, ret_terms, err) ||
            text_equal(ret_terms->name, name))
            return err->kind == ERROR_NONE;
    for (size_t i = 0; dunning_presets[i] != NULL; i++)
        if (!dunning_terms_parse(dunning_presets[i], arena, ret_terms, err) ||
            text_equal(ret_terms->name, name))
            return err->kind == ERROR_NONE;
    (void)error_item(err, "unknown_policy", "there is no dunning policy '%.40s'", name);
    size_t count = 0;
    const char *const *names = settings_dunning_names(settings, arena, &count);
    const char *known = "";
    const char *meant = text_nearest(name, names, count);
    if (meant != NULL)
        return error_hint(err, "did you mean '%s'?", meant);
    for (size_t i = 0; i + 1 < count; i++) /* "none" is none */
        known = arena_printf(arena, "%s%s%s", known, i == 0 ? "" : ", ", names[i]);
    return error_hint(err, "there are %s; others under dunning: policies", known);
}

static bool is_given(const struct setting_secret *secret)
{
    return secret->value.text != NULL || secret->file.text != NULL || secret->env.text != NULL;
}

const struct settings_gateway *settings_gateway_find(const struct settings *settings,
                                                     const char *name)
{
    const struct settings_gateway *gateway = NULL;
    if (text_equal(name, "stripe"))
        gateway = &settings->gateways.stripe;
    else if (text_equal(name, "razorpay"))
        gateway = &settings->gateways.razorpay;
    else if (text_equal(name, "mercadopago"))
        gateway = &settings->gateways.mercadopago;
    return gateway != NULL && is_given(&gateway->secret) ? gateway : NULL;
}

const struct invoice_number_format *settings_number_format(const struct settings *settings,
                                                           enum document_kind kind)
{
    return kind == DOCUMENT_CREDIT_NOTE ? &settings->credit_note_number : &settings->invoice_number;
}

struct rate_rule settings_rate_rule(const struct settings *settings, struct arena *arena)
{
    const struct setting_texts *texts = &settings->rates.sources;
    const char **names = ARENA_NEW_ARRAY(arena, const char *, texts->count + 1);
    for (size_t i = 0; i < texts->count; i++)
        names[i] = arena_copy_n(arena, texts->items[i].text, strcspn(texts->items[i].text, " "));
    return (struct rate_rule){.missing_day = settings->rates.missing_day,
                              .max_age_days = settings->rates.max_age_days,
                              .sources = names,
                              .source_count = texts->count};
}

const char *settings_schema_json(struct arena *arena)
{
    return schema_document_text("billmill.yaml", "The configuration of billmill.",
                                schema_object_json(settings_fields, ARRAY_LEN(settings_fields)),
                                arena);
}
