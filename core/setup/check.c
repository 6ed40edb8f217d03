/* The whole set-up at once: see check.h. */
#include "core/setup/check.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/calendar/zone.h"
#include "core/setup/mail_template.h"

/* A zone that every machine has, to see whether a directory holds zone files. */
#define ZONE_PROBE "Europe/Berlin"

struct check {
    struct arena *arena;
    struct problem_list *problems;
};

static void zone_cache_close(struct zone_cache **cache)
{
    zone_cache_destroy(cache);
}

/* The place of a path: where it was written, or the file for a default. */
static bool check_directory(const struct check *check, const char *what,
                            const struct setting_text *path)
{
    struct stat status;
    if (stat(path->text, &status) != 0) {
        problem_add(check->problems, path->at, "create it, or name another in `directories:`",
                    "%s directory %s: %s", what, path->text, strerror(errno));
        return false;
    }
    if (!S_ISDIR(status.st_mode)) {
        problem_add(check->problems, path->at, "name a directory",
                    "%s directory %s: not a directory", what, path->text);
        return false;
    }
    if (access(path->text, R_OK | X_OK) != 0) {
        problem_add(check->problems, path->at,
                    "give the user that runs billmill the right to read it", "%s directory %s: %s",
                    what, path->text, strerror(errno));
        return false;
    }
    return true;
}

/* Whether the layout can be drawn is seen when it is read; here only whether there is one. */
static void check_layout(const struct check *check, const struct settings *settings)
{
    const char *path =
        arena_printf(check->arena, "%s/invoice/%s.layout", settings->directories.templates.text,
                     settings->invoice_layout.text);
    if (access(path, R_OK) != 0)
        problem_add(check->problems, settings->invoice_layout.at,
                    "invoice_layout names a file of the templates directory", "layout %s: %s", path,
                    strerror(errno));
}

/* The path itself, or the nearest directory above it that exists. */
static const char *nearest_existing(const char *path, struct arena *arena)
{
    char *text = arena_copy(arena, path);
    struct stat status;
    while (stat(text, &status) != 0 && errno == ENOENT) {
        char *slash = strrchr(text, '/');
        if (slash == NULL)
            return ".";
        if (slash == text)
            return "/";
        *slash = '\0';
    }
    return text;
}

/* It is created by the first document, so until then it is enough that it can be. */
static void check_documents(const struct check *check, const struct setting_text *path)
{
    struct stat status;
    const char *existing = nearest_existing(path->text, check->arena);
    if (stat(existing, &status) != 0)
        problem_add(check->problems, path->at, NULL, "documents directory %s: %s", path->text,
                    strerror(errno));
    else if (!S_ISDIR(status.st_mode))
        problem_add(check->problems, path->at, "name a directory",
                    "documents directory %s: %s is not a directory", path->text, existing);
    else if (access(existing, W_OK | X_OK) != 0)
        problem_add(check->problems, path->at,
                    "give the user that runs billmill the right to write there",
                    "documents directory %s: cannot write in %s: %s", path->text, existing,
                    strerror(errno));
}

/* Without a file every decline is an unknown one; who names a file means it. */
static void check_declines(const struct check *check, const struct setting_text *path,
                           struct decline_table *ret_declines)
{
    if (path->at.line == 0 && access(path->text, F_OK) != 0)
        return;
    if (!decline_file_read(path->text, check->arena, check->problems, ret_declines))
        *ret_declines = (struct decline_table){0};
}

/* ---------------------------------------------------------------- gateways */

/* What a secret's file says is read when it is used: who checks need not be allowed to. */
static void check_gateway(const struct check *check, const struct settings_gateway *gateway,
                          const char *name, bool has_key)
{
    const struct setting_text *secret = gateway->secret.file.text != NULL  ? &gateway->secret.file
                                        : gateway->secret.env.text != NULL ? &gateway->secret.env
                                                                           : &gateway->secret.value;
    if (gateway->secret.value.text != NULL)
        problem_add(check->problems, gateway->secret.value.at,
                    "write {file: PATH} of a file of mode 0600, or {env: NAME}",
                    "gateways.%s.secret: a secret may not stand there", name);
    if (secret->text == NULL && gateway->key.text != NULL)
        problem_add(check->problems, gateway->key.at, "write it as {file: PATH} or {env: NAME}",
                    "gateways.%s has a key and no secret", name);
    if (secret->text != NULL && has_key && gateway->key.text == NULL)
        problem_add(check->problems, secret->at,
                    "the key_id stands beside it, as key:", "gateways.%s has a secret and no key",
                    name);
}

static void check_gateways(const struct check *check, const struct settings *settings)
{
    check_gateway(check, &settings->gateways.stripe, "stripe", false);
    check_gateway(check, &settings->gateways.razorpay, "razorpay", true);
    check_gateway(check, &settings->gateways.mercadopago, "mercadopago", false);
}

/* ---------------------------------------------------------------- dunning */

static bool is_named_before(const struct dunning_terms *terms, size_t step, const char *template)
{
    for (size_t i = 0; i < step; i++)
        for (size_t a = 0; a < terms->steps[i].action_count; a++)
            if (text_equal(terms->steps[i].actions[a].mail_template, template))
                return true;
    return false;
}

static void check_templates(const struct check *check, const char *directory,
                            const struct dunning_terms *terms, struct place at)
{
    for (size_t i = 0; i < terms->policy.step_count; i++)
        for (size_t a = 0; a < terms->steps[i].action_count; a++) {
            const char *template = terms->steps[i].actions[a].mail_template;
            if (template != NULL && !is_named_before(terms, i, template) &&
                !mail_template_is_there(directory, template, check->arena))
                problem_add(check->problems, at, "write it, or name another one in the policy",
                            "dunning policy '%s' mails %s: there is no %s/%s.en.mail", terms->name,
                            template, directory, template);
        }
}

/* Where no mail server is configured nobody is mailed. */
static void check_policy(const struct check *check, const struct settings *settings,
                         const char *name, struct place at)
{
    struct dunning_terms terms;
    struct error err = {0};
    if (text_equal(name, DUNNING_NO_POLICY))
        return;
    if (!settings_dunning_terms(settings, name, check->arena, &terms, &err))
        problem_add_error(check->problems, at, &err);
    else if (settings->mail.server.text != NULL)
        check_templates(
            check,
            arena_printf(check->arena, "%s/" MAIL_TEMPLATES, settings->directories.templates.text),
            &terms, at);
}

static const char *name_of(const struct setting_text *policy, struct arena *arena)
{
    return arena_copy_n(arena, policy->text, strcspn(policy->text, " "));
}

static bool is_listed(const struct check *check, const struct setting_texts *policies,
                      const char *name)
{
    for (size_t i = 0; i < policies->count; i++)
        if (text_equal(name_of(&policies->items[i], check->arena), name))
            return true;
    return false;
}

static void refuse_again(const struct check *check, const struct setting_texts *policies, size_t at)
{
    const char *name = name_of(&policies->items[at], check->arena);
    for (size_t i = 0; i < at; i++)
        if (text_equal(name_of(&policies->items[i], check->arena), name)) {
            problem_add(check->problems, policies->items[at].at, "give one of them another name",
                        "dunning policy '%s' is there twice", name);
            return;
        }
}

/* Each that is listed, for customers may name it, and those that the configuration names. */
static void check_dunning(const struct check *check, const struct settings *settings)
{
    const struct settings_dunning *dunning = &settings->dunning;
    const struct setting_texts *listed = &dunning->policies;
    for (size_t i = 0; i < listed->count; i++) {
        refuse_again(check, listed, i);
        check_policy(check, settings, name_of(&listed->items[i], check->arena),
                     listed->items[i].at);
    }
    if (!is_listed(check, listed, dunning->policy.text))
        check_policy(check, settings, dunning->policy.text, dunning->policy.at);
    for (size_t i = 0; i < dunning->tenants.count; i++) {
        const struct setting_text *tenant = &dunning->tenants.items[i];
        const char *name = strrchr(tenant->text, ' ') + 1;
        if (!is_listed(check, listed, name))
            check_policy(check, settings, name, tenant->at);
    }
}

/* --- zones ------------------------------------------------------------------------------------ */

static void check_schedule_zones(const struct check *check, struct zone_cache *zones,
                                 const struct job_definitions *jobs)
{
    for (size_t i = 0; i < jobs->count; i++) {
        const struct job_definition *job = &jobs->items[i];
        const struct zone *zone = NULL;
        struct error err = {0};
        if (job->schedule.zone[0] != '\0' && !zone_load(zones, job->schedule.zone, &zone, &err))
            problem_add_error(check->problems, job->schedule_text.at, &err);
    }
}

static void check_zones(const struct check *check, const struct setting_text *directory,
                        const struct job_definitions *jobs)
{
    const struct zone *zone = NULL;
    struct error err = {0};
    if (!check_directory(check, "zoneinfo", directory))
        return;
    CLEANUP(zone_cache_close) struct zone_cache *zones = zone_cache_create(directory->text);
    if (zone_load(zones, ZONE_PROBE, &zone, &err))
        check_schedule_zones(check, zones, jobs);
    else
        problem_add(check->problems, directory->at, "install the package tzdata",
                    "zoneinfo directory %s: %s", directory->text, err.message);
}

/* ---------------------------------------------------------------------------------------------- */

static void check_database(const struct check *check, const struct settings *settings,
                           const char *database_argument, environment_get *get_env)
{
    struct database_location location;
    struct error err = {0};
    const struct setting_secret *written = &settings->database;
    const struct setting_text *at = written->value.text != NULL  ? &written->value
                                    : written->file.text != NULL ? &written->file
                                                                 : &written->env;
    struct place place = at->text != NULL ? at->at : (struct place){.file = settings->file};
    if (database_argument != NULL || !text_is_empty(get_env(SETTINGS_DATABASE_ENV)))
        place = (struct place){.file = ""}; /* the configuration's own is not looked at */
    if (!settings_database(settings, database_argument, get_env, check->arena, &location, &err))
        problem_add_error(check->problems, place, &err);
}

void setup_check(const char *path, const char *database_argument, environment_get *get_env,
                 const struct known_job *known, size_t known_count, bool writes_documents,
                 struct arena *arena, struct problem_list *problems, struct setup *ret_setup)
{
    struct check check = {arena, problems};
    struct setup setup = {0};
    if (settings_read(path, arena, problems, &setup.settings)) {
        const struct settings *settings = &setup.settings;
        check_database(&check, settings, database_argument, get_env);
        if (check_directory(&check, "templates", &settings->directories.templates)) {
            check_layout(&check, settings);
            mail_templates_check(
                arena_printf(arena, "%s/" MAIL_TEMPLATES, settings->directories.templates.text),
                arena, problems);
        }
        if (writes_documents)
            check_documents(&check, &settings->directories.documents);
        check_declines(&check, &settings->declines, &setup.declines);
        check_gateways(&check, settings);
        check_dunning(&check, settings);
        job_files_load(settings->directories.jobs.text, known, known_count, arena, problems,
                       &setup.jobs);
        check_zones(&check, &settings->directories.zoneinfo, &setup.jobs);
    }
    problem_list_sort(problems);
    *ret_setup = setup;
}

void setup_check_mails(const struct settings *settings, struct arena *arena,
                       struct problem_list *problems)
{
    static const char *const templates[] = {"invoice", "credit_note", "payment_action_required"};
    const struct setting_text *server = &settings->mail.server;
    if (server->text == NULL)
        return;
    const char *directory =
        arena_printf(arena, "%s/" MAIL_TEMPLATES, settings->directories.templates.text);
    for (size_t i = 0; i < ARRAY_LEN(templates); i++)
        if (!mail_template_is_there(directory, templates[i], arena))
            problem_add(problems, server->at, "copy it from the templates that billmill came with",
                        "mails are sent, and there is no %s/%s.en.mail", directory, templates[i]);
    problem_list_sort(problems);
}

/* Who checks need not be allowed to read it. */
static void check_secret(const struct check *check, const struct setting_secret *secret,
                         const char *name, environment_get *get_env)
{
    struct error err = {0};
    const char *ignored = NULL;
    const struct setting_text *at = secret->file.text != NULL ? &secret->file : &secret->env;
    if (at->text == NULL ||
        (secret->file.text != NULL && access(secret->file.text, R_OK) != 0 && errno == EACCES))
        return;
    if (!settings_secret(secret, name, get_env, check->arena, &ignored, &err))
        problem_add_error(check->problems, at->at, &err);
}

static void check_account(const struct check *check, const struct settings_gateway *gateway,
                          const char *name, environment_get *get_env)
{
    const char *of = arena_printf(check->arena, "gateways.%s.secret", name);
    const struct setting_secret *secret = &gateway->secret;
    if (gateway->url.text != NULL && secret->value.text == NULL && secret->file.text == NULL &&
        secret->env.text == NULL)
        problem_add(check->problems, gateway->url.at,
                    "write secret: {file: PATH} or {env: NAME} beside it",
                    "gateways.%s has a url and no secret: it is no account", name);
    check_secret(check, secret, of, get_env);
}

void setup_check_secrets(const struct settings *settings, environment_get *get_env,
                         struct arena *arena, struct problem_list *problems)
{
    const struct check check = {arena, problems};
    const struct settings_endpoint *endpoints = settings->webhooks.endpoints.items;
    if (settings->rates.sources.count > 0)
        check_secret(&check, &settings->rates.key, "exchange_rates.key", get_env);
    if (settings->mail.server.text != NULL)
        check_secret(&check, &settings->mail.password, "mail.password", get_env);
    for (size_t i = 0; i < settings->webhooks.endpoints.count; i++) {
        const char *of = arena_printf(arena, "the secret of webhook endpoint %s",
                                      text_or_empty(endpoints[i].name.text));
        check_secret(&check, &endpoints[i].secret, of, get_env);
        check_secret(&check, &endpoints[i].old_secret, of, get_env);
    }
    check_account(&check, &settings->gateways.stripe, "stripe", get_env);
    check_account(&check, &settings->gateways.razorpay, "razorpay", get_env);
    check_account(&check, &settings->gateways.mercadopago, "mercadopago", get_env);
    problem_list_sort(problems);
}
