#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/setup/settings.h"
#include "tests/support/setup_files.h"
#include "tests/support/suite.h"

#define ARENA_CAP (16u * 1024u * 1024u)

static const char all_settings[] = "database: {env: BILLING_DB}\n"
                                   "directories:\n"
                                   "  jobs: j\n"
                                   "  templates: /t\n"
                                   "  documents: ../d\n"
                                   "  zoneinfo: /z\n"
                                   "log_level: debug\n"
                                   "workers: 8\n"
                                   "rules:\n"
                                   "  late_usage: park\n"
                                   "  zero_invoice: record\n"
                                   "  missing_tax_rate: zero\n"
                                   "  flat_fee_at_zero: false\n"
                                   "  consolidate: False\n"
                                   "  catch_up: latest\n"
                                   "  max_catch_up: 13\n"
                                   "invoice_layout: plain-2\n"
                                   "fiscal_year_start: 4\n"
                                   "series:\n"
                                   "  invoice: \"{year}/{number:4}\"\n";

/* A file billmill.yaml of a scratch folder, read. */
struct reading {
    struct arena *arena;
    struct problem_list problems;
    struct settings settings;
    struct scratch scratch;
    bool ok;
};

static struct reading reading_of(const char *text)
{
    struct reading reading = {.arena = arena_create("test", ARENA_CAP),
                              .scratch = scratch_create()};
    struct scratch_path path = scratch_write(&reading.scratch, "billmill.yaml", text);
    reading.problems.arena = reading.arena;
    reading.ok = settings_read(path.text, reading.arena, &reading.problems, &reading.settings);
    return reading;
}

static void reading_end(struct reading *reading)
{
    scratch_remove(&reading->scratch);
    arena_destroy(&reading->arena);
}

static void assert_path(const struct reading *reading, struct setting_text path, const char *below)
{
    struct scratch_path expected = scratch_path(&reading->scratch, below);
    ck_assert_str_eq(path.text, expected.text);
}

START_TEST(has_defaults)
{
    CLEANUP(reading_end) struct reading reading = reading_of("");
    const struct settings *settings = &reading.settings;
    ck_assert_msg(reading.ok && reading.problems.count == 0, "%s",
                  problems_text(&reading.problems, ""));
    ck_assert_ptr_null(settings->database.value.text);
    ck_assert_ptr_null(settings->database.file.text);
    ck_assert_ptr_null(settings->database.env.text);
    assert_path(&reading, settings->directories.jobs, "jobs");
    assert_path(&reading, settings->directories.templates, "templates");
    assert_path(&reading, settings->directories.documents, "documents");
    assert_path(&reading, settings->declines, "declines.yaml");
    ck_assert_str_eq(settings->directories.zoneinfo.text, "/usr/share/zoneinfo");
    ck_assert_int_eq(settings->log_level, LOG_INFO);
    ck_assert_int_eq(settings->workers, 1);
    ck_assert_int_eq(settings->rules.late_usage, LATE_USAGE_NEXT_PERIOD);
    ck_assert_int_eq(settings->rules.zero_invoice, ZERO_INVOICE_ISSUE);
    ck_assert_int_eq(settings->rules.missing_tax_rate, MISSING_TAX_RATE_PARK);
    ck_assert_int_eq(settings->rules.catch_up, CATCH_UP_ALL);
    ck_assert_int_eq(settings->rules.max_catch_up, 120);
    ck_assert(settings->rules.flat_fee_at_zero);
    ck_assert(settings->rules.consolidate);
    ck_assert_str_eq(settings->invoice_layout.text, "default");
    ck_assert_int_eq(settings->fiscal_year_start, 1);
    ck_assert_str_eq(settings->invoice_number.text, "INV-{year}-{number:6}");
    ck_assert_str_eq(settings->directory, reading.scratch.path);
}
END_TEST

START_TEST(reads_everything)
{
    CLEANUP(reading_end) struct reading reading = reading_of(all_settings);
    const struct settings *settings = &reading.settings;
    ck_assert_msg(reading.ok && reading.problems.count == 0, "%s",
                  problems_text(&reading.problems, ""));
    ck_assert_str_eq(settings->database.env.text, "BILLING_DB");
    assert_path(&reading, settings->directories.jobs, "j");
    ck_assert_str_eq(settings->directories.templates.text, "/t");
    assert_path(&reading, settings->directories.documents, "../d");
    ck_assert_str_eq(settings->directories.zoneinfo.text, "/z");
    ck_assert_int_eq(settings->log_level, LOG_DEBUG);
    ck_assert_int_eq(settings->workers, 8);
    ck_assert_int_eq(settings->rules.late_usage, LATE_USAGE_PARK);
    ck_assert_int_eq(settings->rules.zero_invoice, ZERO_INVOICE_RECORD);
    ck_assert_int_eq(settings->rules.missing_tax_rate, MISSING_TAX_RATE_ZERO);
    ck_assert_int_eq(settings->rules.catch_up, CATCH_UP_LATEST);
    ck_assert_int_eq(settings->rules.max_catch_up, 13);
    ck_assert(!settings->rules.flat_fee_at_zero);
    ck_assert(!settings->rules.consolidate);
    ck_assert_str_eq(settings->invoice_layout.text, "plain-2");
    ck_assert_int_eq(settings->fiscal_year_start, 4);
    ck_assert_str_eq(settings->invoice_number.text, "{year}/{number:4}");
    ck_assert_uint_eq(settings->directories.documents.at.line, 5);
    ck_assert_uint_eq(settings->directories.documents.at.column, 14);
}
END_TEST

static const struct refuse_case {
    const char *name, *text, *problems;
} refuse_cases[] = {
    {"an unknown key",               "databse: x\n",                                        "1:1: unknown key 'databse' (did you mean 'database'?)\n"                             },
    {"an unknown key far from all",  "colour: red\n",
     "1:1: unknown key 'colour' (known here are database, directories, log_level, workers, rules, "
     "exchange_rates, mail, webhooks, gateways, dunning, declines, invoice_layout, "
     "fiscal_year_start or series)\n"                                                                                                                                             },
    {"an unknown key inside",        "rules:\n  late_usge: park\n",
     "2:3: unknown key 'rules.late_usge' (did you mean 'late_usage'?)\n"                                                                                                          },
    {"all mistakes at once",
     "rules:\n  zero_invoice: isue\n  max_catch_up: 0\n  consolidate: yes\nfiscal_year_start: "
     "13\nx: 1\n",                                                                          "6:1: unknown key 'x' (known here are database, directories, log_level, workers, rules, "
     "exchange_rates, mail, webhooks, gateways, dunning, declines, invoice_layout, "
     "fiscal_year_start or series)\n"
     "2:17: 'rules.zero_invoice' cannot be 'isue' (did you mean 'issue'?)\n"
     "4:16: 'rules.consolidate' must be true or false, not 'yes' (without quotes)\n"
     "3:17: 'rules.max_catch_up' must be a whole number from 1 to 10000, not 0\n"
     "5:20: 'fiscal_year_start' must be a whole number from 1 to 12, not 13\n"                                                                                  },
    {"no worker at all",             "workers: 0\n",
     "1:10: 'workers' must be a whole number from 1 to 64, not 0\n"                                                                                                               },
    {"a choice far from all",        "log_level: loud\n",
     "1:12: 'log_level' cannot be 'loud' (choose error, warning, info or debug)\n"                                                                                                },
    {"no value",                     "log_level:\n",
     "1:11: 'log_level' has no value (leave the line out for the default)\n"                                                                                                      },
    {"null",                         "log_level: ~\n",
     "1:12: 'log_level' has no value (leave the line out for the default)\n"                                                                                                      },
    {"an empty text",                "invoice_layout: ''\n",                                "1:17: 'invoice_layout' is empty\n"                                                   },
    {"a number for a text",          "invoice_layout: 12\n",
     "1:17: 'invoice_layout' must be a text, and 12 without quotes is a number (put it in quotes: "
     "\"12\")\n"                                                                                                                                                                  },
    {"a boolean for a text",         "directories: {jobs: true}\n",
     "1:21: 'directories.jobs' must be a text, and true without quotes is a yes-or-no value (put "
     "it in quotes: \"true\")\n"                                                                                                                                                  },
    {"a list for a text",            "invoice_layout: [a]\n",
     "1:17: 'invoice_layout' must be a text, not a list\n"                                                                                                                        },
    {"a mapping for a number",       "fiscal_year_start: {month: 4}\n",
     "1:20: 'fiscal_year_start' must be a whole number, not a mapping\n"                                                                                                          },
    {"a text for a mapping",         "rules: strict\n",
     "1:8: 'rules' must be a mapping of keys (indent its keys below it)\n"                                                                                                        },
    {"a control character",          "directories: {jobs: \"a\\nb\"}\n",
     "1:21: 'directories.jobs' holds a control character (write it on one line)\n"                                                                                                },
    {"a quoted number",              "fiscal_year_start: '4'\n",
     "1:20: 'fiscal_year_start' must be a whole number from 1 to 12, not \"4\" (leave the quotes "
     "out)\n"                                                                                                                                                                     },
    {"a word for a number",          "fiscal_year_start: april\n",
     "1:20: 'fiscal_year_start' must be a whole number from 1 to 12, not april\n"                                                                                                 },
    {"a leading zero",               "fiscal_year_start: 04\n",
     "1:20: 'fiscal_year_start' must be a whole number from 1 to 12, not 04\n"                                                                                                    },
    {"a number beyond 64 bits",      "rules: {max_catch_up: 99999999999999999999}\n",
     "1:23: 'rules.max_catch_up' must be a whole number from 1 to 10000, not "
     "99999999999999999999\n"                                                                                                                                                     },
    {"a number with a point",        "fiscal_year_start: 4.0\n",
     "1:20: 'fiscal_year_start' must be a whole number from 1 to 12, not 4.0\n"                                                                                                   },
    {"a quoted boolean",             "rules: {consolidate: 'true'}\n",
     "1:22: 'rules.consolidate' must be true or false, not 'true' (without quotes)\n"                                                                                             },
    {"a layout that is a path",      "invoice_layout: ../../etc/passwd\n",
     "1:17: 'invoice_layout' cannot be '../../etc/passwd' (expected lower-case letters, digits, - "
     "and _)\n"                                                                                                                                                                   },
    {"a mail server without sender", "mail: {server: 'smtp://localhost'}\n",
     "1:16: mail.server without mail.from (from: billing@example.com)\n"                                                                                                          },
    {"a mail server that is none",   "mail: {server: 'https://h', from: a@b.example}\n",
     "1:16: 'mail.server' cannot be 'https://h' (expected smtps://HOST:PORT or "
     "smtp://HOST:PORT)\n"                                                                                                                                                        },
    {"a user in its address",        "mail: {server: 'smtp://u:p@h', from: a@b.example}\n",
     "1:16: 'mail.server' cannot be 'smtp://u:p@h' (expected smtps://HOST:PORT or "
     "smtp://HOST:PORT)\n"                                                                                                                                                        },
    {"a sender with a name",         "mail: {from: 'A <a@b.example>'}\n",
     "1:14: 'mail.from' cannot be 'A <a@b.example>' (expected a bare address such as "
     "billing@example.com)\n"                                                                                                                                                     },
    {"a password in the file",       "mail: {user: u, password: x}\n",
     "1:27: mail.password: a secret may not stand there (write {file: PATH} of a file of mode "
     "0600, or {env: NAME})\n"                                                                                                                                                    },
    {"a user without password",      "mail: {user: u}\n",
     "1:14: mail.user without mail.password (password: {file: PATH})\n"                                                                                                           },
    {"a day that does not exist",    "mail: {since: 2026-02-30}\n",
     "1:15: 'mail.since' cannot be '2026-02-30': there is no day 2026-02-30\n"                                                                                                    },
    {"an endpoint without a secret",
     "webhooks: {endpoints: [{name: a, url: 'https://h/x', since: 2026-11-01}]}\n",         "1:24: 'webhooks.endpoints.secret' is missing\n"                                      },
    {"two endpoints of a name",
     "webhooks:\n  endpoints:\n  - {name: a, url: 'https://h', secret: {env: A}, since: "
     "2026-11-01}\n"
     "  - {name: a, url: 'http://localhost:1/x', secret: {env: A}, since: 2026-11-01}\n",   "4:12: there are two endpoints 'a'\n"                                                 },
    {"an endpoint that others hear",
     "webhooks:\n  endpoints:\n  - {name: a, url: 'http://h/x', secret: {env: A}, since: "
     "2026-11-01}\n",                                                                       "3:20: 'webhooks.endpoints.url' cannot be 'http://h/x' (expected https://HOST/PATH)\n"},
    {"an endpoint that is a text",   "webhooks: {endpoints: [a]}\n",
     "1:24: an item of 'webhooks.endpoints' must be a mapping (indent its keys below it)\n"                                                                                       },
    {"endpoints that are no list",   "webhooks: {endpoints: {name: a}}\n",
     "1:23: 'webhooks.endpoints' must be a list (write each as `- key: value`)\n"                                                                                                 },
    {"a format without number",      "series: {invoice: 'INV-{year}'}\n",
     "1:19: 'series.invoice' cannot be 'INV-{year}' (expected a format with {year} and {number}, "
     "such as INV-{year}-{number:6})\n"                                                                                                                                           },
    {"a format without year",        "series: {invoice: 'INV-{number}'}\n",
     "1:19: 'series.invoice' cannot be 'INV-{number}': number format 'INV-{number}' has no {year}, "
     "so the numbers of two years would be the same (such as INV-{year}-{number:6}, which gives "
     "INV-2026-000042)\n"                                                                                                                                                         },
    {"two secrets",                  "database: {file: a, env: B}\n",
     "1:11: 'database' needs either a file or an env ({file: PATH} or {env: NAME})\n"                                                                                             },
    {"no secret",                    "database: {}\n",
     "1:11: 'database' needs either a file or an env ({file: PATH} or {env: NAME})\n"                                                                                             },
    {"an odd secret",                "database: {fil: a}\n",
     "1:12: unknown key 'database.fil' (did you mean 'file'?)\n"                                                                                                                  },
    {"an odd variable",              "database: {env: A-B}\n",
     "1:17: 'database.env' cannot be 'A-B' (expected the name of an environment variable)\n"                                                                                      },
    {"a list for the database",      "database: [a]\n",                                     "1:11: 'database' must be a text, not a list\n"                                       },
    {"a list as file",               "- a\n- b\n",
     "1:1: the file must be a mapping of keys (write `key: value` lines)\n"                                                                                                       },
    {"an alias is reported once",    "log_level: *x\n",
     "1:12: alias '*x': anchors and aliases are not used here (put a text that begins with * in "
     "quotes)\n"                                                                                                                                                                  },
    {"an alias as file",             "*x\n",
     "1:1: alias '*x': anchors and aliases are not used here (put a text that begins with * in "
     "quotes)\n"                                                                                                                                                                  },
    {"a long value is cut",
     "log_level: 0123456789012345678901234567890123456789012345678901234567890123456789\n", "1:12: 'log_level' cannot be "
     "'012345678901234567890123456789012345678901234567890123456789...' (choose error, warning, "
     "info or debug)\n"                                                                },
};

START_TEST(refuses)
{
    const struct refuse_case *c = &refuse_cases[_i];
    CLEANUP(reading_end) struct reading reading = reading_of(c->text);
    struct error err = {0};
    struct scratch_path path = scratch_path(&reading.scratch, "billmill.yaml:");
    const char *text = problems_text(&reading.problems, path.text);
    ck_assert_msg(strcmp(text, c->problems) == 0, "%s:\n%s", c->name, text);
    ck_assert(!problem_list_ok(&reading.problems, &err));
    ck_assert_int_eq(err.exit_code, EXIT_CONFIG);
    /* Where the value was refused, the default is there: nothing is half-set. */
    ck_assert_int_eq(reading.settings.fiscal_year_start, 1);
    ck_assert_str_eq(reading.settings.invoice_layout.text, "default");
    ck_assert_str_eq(reading.settings.invoice_number.text, "INV-{year}-{number:6}");
}
END_TEST

START_TEST(says_how_many_more)
{
    CLEANUP(reading_end) struct reading reading = reading_of("x: 1\ny: 1\nlog_levl: info\n");
    struct error err = {0};
    ck_assert(!problem_list_ok(&reading.problems, &err));
    const char *expected =
        arena_printf(reading.arena, "%s/billmill.yaml:1:1: unknown key 'x'", reading.scratch.path);
    ck_assert_str_eq(err.message, expected);
    ck_assert_str_eq(
        err.hint,
        "known here are database, directories, log_level, workers, rules, exchange_rates, "
        "mail, webhooks, gateways, dunning, declines, invoice_layout, fiscal_year_start or series; "
        "2 more: `billmill "
        "check` lists "
        "them all");
}
END_TEST

START_TEST(caps_problems)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    struct problem_list problems = {.arena = arena};
    struct error err = {0};
    for (unsigned i = 0; i < PROBLEMS_MAX + 7; i++)
        problem_add(&problems, (struct place){"f", i + 1, 1}, NULL, "number %u", i);
    ck_assert_uint_eq(problems.count, PROBLEMS_MAX);
    ck_assert_uint_eq(problems.dropped, 7);
    ck_assert(!problem_list_ok(&problems, &err));
    ck_assert_str_eq(err.message, "f:1:1: number 0");
    ck_assert_str_eq(err.hint, "506 more: `billmill check` lists them all");
}
END_TEST

/* --- finding ---------------------------------------------------------------------------------- */

START_TEST(finds_file)
{
    CLEANUP(scratch_remove) struct scratch scratch = scratch_create();
    struct scratch_path missing = scratch_path(&scratch, "missing.yaml");
    struct scratch_path here = scratch_write(&scratch, "here.yaml", "");
    const char *const places[] = {missing.text, here.text};
    struct error err = {0};
    const char *path = NULL;
    ck_assert(settings_find("given.yaml", places, 2, &path, &err));
    ck_assert_str_eq(path, "given.yaml");
    ck_assert(settings_find(NULL, places, 2, &path, &err));
    ck_assert_ptr_eq(path, here.text);
    ck_assert(!settings_find(NULL, places, 1, &path, &err));
    ck_assert_int_eq(err.exit_code, EXIT_CONFIG);
    ck_assert_str_eq(err.message, "no configuration file");
    ck_assert_str_eq(settings_places[0], "billmill.yaml");
    ck_assert_str_eq(settings_places[1], "/etc/billmill/billmill.yaml");
}
END_TEST

/* --- the database ----------------------------------------------------------------------------- */

static char *environment(const char *name)
{
    static char path[] = "env.db";
    static char url[] = "postgres://billing:geheim@db.example/main";
    if (strcmp(name, "BILLING_PATH") == 0)
        return path;
    return strcmp(name, "BILLING_URL") == 0 ? url : NULL;
}

static char *environment_with_keywords(const char *name)
{
    static char words[] = "host=db.example dbname=main password=geheim";
    return strcmp(name, SETTINGS_DATABASE_ENV) == 0 ? words : environment(name);
}

static char *environment_with_database(const char *name)
{
    static char path[] = "from-env.db";
    return strcmp(name, SETTINGS_DATABASE_ENV) == 0 ? path : environment(name);
}

static const struct database_case {
    const char *name, *yaml, *argument;
    environment_get *get_env;
    enum database_kind kind;
    const char *text, *display; /* "%s" is the folder of the settings */
    const char *message;        /* when refused */
} database_cases[] = {
    {"from the file",                      "database: sqlite:b.db\n",                   NULL,                                    environment,               DATABASE_SQLITE,   "%s/b.db",
     "%s/b.db",                                                                                                                                                                                                                                                     NULL                                                         },
    {"from the file, a bare path",         "database: ../b.db\n",                       NULL,                                    environment,               DATABASE_SQLITE,
     "%s/../b.db",                                                                                                                                                                                                                            "%s/../b.db",         NULL                                                         },
    {"an absolute path",                   "database: sqlite:/var/b.db\n",              NULL,                                    environment,               DATABASE_SQLITE,
     "/var/b.db",                                                                                                                                                                                                                             "/var/b.db",          NULL                                                         },
    {"the environment wins over the file", "database: b.db\n",                          NULL,                                    environment_with_database,
     DATABASE_SQLITE,                                                                                                                                                          "from-env.db",                                                 "from-env.db",        NULL                                                         },
    {"the argument wins over both",        "database: b.db\n",                          "a.db",                                  environment_with_database,
     DATABASE_SQLITE,                                                                                                                                                          "a.db",                                                        "a.db",               NULL                                                         },
    {"a path in a named variable",         "database: {env: BILLING_PATH}\n",           NULL,                                    environment,
     DATABASE_SQLITE,                                                                                                                                                          "%s/env.db",                                                   "%s/env.db",          NULL                                                         },
    {"a URL in a named variable",          "database: {env: BILLING_URL}\n",            NULL,                                    environment,
     DATABASE_POSTGRES,                                                                                                                                                        "postgres://billing:geheim@db.example/main",
     "postgres://billing:***@db.example/main",                                                                                                                                                                                                                      NULL                                                         },
    {"postgres without a password",
     "database: postgres://billing@db.example:5432/main?sslmode=verify-full\n",         NULL,                                    environment,
     DATABASE_POSTGRES,                                                                                                                                                        "postgres://billing@db.example:5432/main?sslmode=verify-full",
     "postgres://billing@db.example:5432/main?sslmode=verify-full",                                                                                                                                                                                                 NULL                                                         },
    {"postgresql:// too",                  "",                                          "postgresql:///main",                    environment,               DATABASE_POSTGRES,
     "postgresql:///main",                                                                                                                                                                                                                    "postgresql:///main", NULL                                                         },
    {"none",                               "",                                          NULL,                                    environment,               DATABASE_SQLITE,   NULL,                                                          NULL,                 "no database"                                                },
    {"a variable that is not set",         "database: {env: MISSING}\n",                NULL,                                    environment,               DATABASE_SQLITE,
     NULL,                                                                                                                                                                                                                                    NULL,                 "environment variable MISSING is not set"                    },
    {"another kind",                       "database: mysql://root@x/y\n",              NULL,                                    environment,               DATABASE_SQLITE,   NULL,                                                          NULL,
     "database: not the path of a database file and no known kind of database"                                                                                                                                                                                                                                                   },
    {"in memory only",                     "",                                          "sqlite::memory:",                       environment,               DATABASE_SQLITE,   NULL,                                                          NULL,
     "--database: not the path of a database file and no known kind of database"                                                                                                                                                                                                                                                 },
    {"no path",                            "",                                          "sqlite:",                               environment,               DATABASE_SQLITE,   NULL,                                                          NULL,
     "--database: not the path of a database file and no known kind of database"                                                                                                                                                                                                                                                 },
    {"an empty argument",                  "database: b.db\n",                          "",                                      environment,               DATABASE_SQLITE,   NULL,                                                          NULL,
     "--database: not the path of a database file and no known kind of database"                                                                                                                                                                                                                                                 },
    {"a password in the file",             "database: postgres://billing:geheim@h/d\n", NULL,                                    environment,
     DATABASE_POSTGRES,                                                                                                                                                        NULL,                                                          NULL,                 "database: a password may not stand there"                   },
    {"a password in the argument",         "",                                          "postgres://billing:geheim@h/d",         environment,
     DATABASE_POSTGRES,                                                                                                                                                        NULL,                                                          NULL,                 "--database: a password may not stand there"                 },
    {"a password as parameter",            "",                                          "postgres://h/d?user=a&password=geheim", environment,
     DATABASE_POSTGRES,                                                                                                                                                        NULL,                                                          NULL,                 "--database: a password may not stand there"                 },
    {"a password that breaks the URL",     "",                                          "postgres://billing:ge/he?im@h/d",       environment,
     DATABASE_POSTGRES,                                                                                                                                                        NULL,                                                          NULL,                 "--database: a password may not stand there"                 },
    {"keywords of libpq",                  "",                                          "user = billing dbname=main",            environment,               DATABASE_POSTGRES, NULL,
     NULL,                                                                                                                                                                                                                                                          "--database: keywords of libpq, where an address is expected"},
    {"keywords with a password",           "",                                          NULL,                                    environment_with_keywords, DATABASE_POSTGRES, NULL,                                                          NULL,
     "BILLMILL_DATABASE: keywords of libpq, where an address is expected"                                                                                                                                                                                                                                                        },
    {"a file that looks like it",          "",                                          "./host=a.db",                           environment,               DATABASE_SQLITE,   "./host=a.db",
     "./host=a.db",                                                                                                                                                                                                                                                 NULL                                                         },
};

START_TEST(finds_database)
{
    const struct database_case *c = &database_cases[_i];
    CLEANUP(reading_end) struct reading reading = reading_of(c->yaml);
    struct database_location location = {0};
    struct error err = {0};
    ck_assert_msg(reading.problems.count == 0, "%s: %s", c->name,
                  problems_text(&reading.problems, ""));
    bool ok = settings_database(&reading.settings, c->argument, c->get_env, reading.arena,
                                &location, &err);
    ck_assert_msg(strstr(err.message, "geheim") == NULL && strstr(err.hint, "geheim") == NULL, "%s",
                  c->name);
    if (c->message != NULL) {
        ck_assert_msg(!ok && strcmp(err.message, c->message) == 0, "%s: %s", c->name, err.message);
        ck_assert_msg(err.exit_code == EXIT_CONFIG && err.hint[0] != '\0', "%s", c->name);
        return;
    }
    ck_assert_msg(ok, "%s: %s", c->name, err.message);
    bool below = strncmp(c->text, "%s/", 3) == 0;
    const char *folder = below ? arena_printf(reading.arena, "%s/", reading.scratch.path) : "";
    ck_assert_msg(strcmp(location.text, arena_printf(reading.arena, "%s%s", folder,
                                                     c->text + (below ? 3 : 0))) == 0,
                  "%s: %s", c->name, location.text);
    ck_assert_msg(strcmp(location.display, arena_printf(reading.arena, "%s%s", folder,
                                                        c->display + (below ? 3 : 0))) == 0,
                  "%s: %s", c->name, location.display);
    ck_assert_msg(location.kind == c->kind, "%s", c->name);
}
END_TEST

START_TEST(needs_no_file)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    struct database_location location = {0};
    struct error err = {0};
    ck_assert(settings_database(NULL, "a.db", environment, arena, &location, &err));
    ck_assert_str_eq(location.text, "a.db");
    ck_assert(!settings_database(NULL, NULL, environment, arena, &location, &err));
    ck_assert_str_eq(err.message, "no database");
}
END_TEST

static const struct secret_case {
    const char *name, *content;
    mode_t mode;
    const char *text, *message; /* of the error, behind "secret file PATH: " */
} secret_cases[] = {
    {"only its owner",      "postgres://u:geheim@h/d\n",       0600, "postgres://u:geheim@h/d", NULL                         },
    {"its group too",       "postgres://u:geheim@h/d",         0640, "postgres://u:geheim@h/d", NULL                         },
    {"CRLF",                "postgres://u:geheim@h/d\r\n",     0400, "postgres://u:geheim@h/d", NULL                         },
    {"everybody",           "postgres://u:geheim@h/d\n",       0604, NULL,                      "others may read or write it"},
    {"everybody may write", "postgres://u:geheim@h/d\n",       0602, NULL,                      "others may read or write it"},
    {"nothing in it",       "\n",                              0600, NULL,                      "not one line of text"       },
    {"two lines",           "postgres://u:geheim@h/d\nmore\n", 0600, NULL,                      "not one line of text"       },
};

START_TEST(reads_secret_files)
{
    const struct secret_case *c = &secret_cases[_i];
    CLEANUP(reading_end) struct reading reading = reading_of("database: {file: secret}\n");
    struct database_location location = {0};
    struct error err = {0};
    struct scratch_path path = scratch_write(&reading.scratch, "secret", c->content);
    ck_assert_int_eq(chmod(path.text, c->mode), 0);
    bool ok =
        settings_database(&reading.settings, NULL, environment, reading.arena, &location, &err);
    if (c->message == NULL) {
        ck_assert_msg(ok && strcmp(location.text, c->text) == 0, "%s: %s", c->name, err.message);
        ck_assert_str_eq(location.display, "postgres://u:***@h/d");
        return;
    }
    const char *expected = arena_printf(reading.arena, "secret file %s: %s", path.text, c->message);
    ck_assert_msg(!ok && strcmp(err.message, expected) == 0, "%s: %s", c->name, err.message);
    ck_assert_msg(strstr(err.hint, "geheim") == NULL, "%s", c->name);
}
END_TEST

START_TEST(misses_secret_file)
{
    CLEANUP(reading_end) struct reading reading = reading_of("database: {file: secret}\n");
    struct database_location location = {0};
    struct error err = {0};
    ck_assert(
        !settings_database(&reading.settings, NULL, environment, reading.arena, &location, &err));
    const char *expected = arena_printf(
        reading.arena, "secret file %s/secret: cannot be opened: No such file or directory",
        reading.scratch.path);
    ck_assert_str_eq(err.message, expected);
}
END_TEST

TEST_SUITE(settings)
{
    TEST_ONE(has_defaults);
    TEST_ONE(reads_everything);
    TEST_TABLE(refuses, refuse_cases);
    TEST_ONE(says_how_many_more);
    TEST_ONE(caps_problems);
    TEST_ONE(finds_file);
    TEST_TABLE(finds_database, database_cases);
    TEST_ONE(needs_no_file);
    TEST_TABLE(reads_secret_files, secret_cases);
    TEST_ONE(misses_secret_file);
}
