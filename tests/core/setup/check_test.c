#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/setup/check.h"
#include "tests/support/setup_files.h"
#include "tests/support/suite.h"

#define ARENA_CAP (16u * 1024u * 1024u)
#define PARTS 6

static const struct known_job known[] = {
    {"period-advance",     BUSINESS_KEY_PERIOD},
    {"corrections",        BUSINESS_KEY_PERIOD},
    {"usage-thresholds",   BUSINESS_KEY_DATE  },
    {"rating",             BUSINESS_KEY_PERIOD},
    {"tax",                BUSINESS_KEY_PERIOD},
    {"credit-expire",      BUSINESS_KEY_PERIOD},
    {"invoice-finalize",   BUSINESS_KEY_PERIOD},
    {"invoice-render",     BUSINESS_KEY_PERIOD},
    {"invoice-convert",    BUSINESS_KEY_PERIOD},
    {"payment-convert",    BUSINESS_KEY_DATE  },
    {"exchange-rate-sync", BUSINESS_KEY_DATE  },
    {"dispatch",           BUSINESS_KEY_DATE  },
    {"dunning",            BUSINESS_KEY_DATE  },
    {"payment-collect",    BUSINESS_KEY_DATE  },
    {"payment-match",      BUSINESS_KEY_DATE  },
    {"payment-apply",      BUSINESS_KEY_DATE  },
    {"payment-reconcile",  BUSINESS_KEY_DATE  },
    {"invoice-mail",       BUSINESS_KEY_DATE  },
    {"webhook-events",     BUSINESS_KEY_DATE  },
};

static char *no_environment(const char *name)
{
    (void)name;
    return NULL;
}

/* The files of the repository, as they are shipped. */
START_TEST(accepts_shipped)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    struct problem_list problems = {.arena = arena};
    struct setup setup;
    struct database_location location;
    struct error err = {0};
    setup_check("config/billmill.yaml", NULL, no_environment, known, ARRAY_LEN(known), true, arena,
                &problems, &setup);
    ck_assert_msg(problems.count == 0, "%s", problems_text(&problems, ""));
    ck_assert_uint_eq(setup.jobs.count, 22);
    ck_assert_uint_eq(setup.declines.gateway_count, 3);
    const struct job_definition *pipeline = job_definition_find(&setup.jobs, "close");
    ck_assert_ptr_nonnull(pipeline);
    ck_assert_uint_eq(pipeline->steps.count, 7);
    ck_assert_int_eq(pipeline->key, BUSINESS_KEY_PERIOD);
    ck_assert(settings_database(&setup.settings, NULL, no_environment, arena, &location, &err));
    ck_assert_str_eq(location.text, "config/../data/billmill.db");
}
END_TEST

static char *broken_environment(const char *name)
{
    static char location[] = "mysql://h/d";
    return strcmp(name, SETTINGS_DATABASE_ENV) == 0 ? location : NULL;
}

/* What is wrong with an argument or the environment has no place in the configuration. */
START_TEST(places_only_what_is_in_the_file)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    struct problem_list argument = {.arena = arena};
    struct problem_list environment = {.arena = arena};
    struct setup setup;
    setup_check("config/billmill.yaml", "sqlite:", no_environment, known, ARRAY_LEN(known), true,
                arena, &argument, &setup);
    ck_assert_str_eq(problems_text(&argument, ""),
                     "--database: not the path of a database file and no known kind of database "
                     "(sqlite:PATH, a PATH, or postgresql://USER@HOST/NAME)\n");
    setup_check("config/billmill.yaml", NULL, broken_environment, known, ARRAY_LEN(known), true,
                arena, &environment, &setup);
    ck_assert_str_eq(problems_text(&environment, ""),
                     "BILLMILL_DATABASE: not the path of a database file and no known kind of "
                     "database (sqlite:PATH, a PATH, or postgresql://USER@HOST/NAME)\n");
}
END_TEST

/* A folder with all that a set-up needs, and one thing wrong. */
/* clang-format off: version 14 crashes on tables inside tables */
static const struct check_case {
    const char *name;
    struct {
        const char *name, *text;
    } files[PARTS];
    const char *problems;
} check_cases[] = {
    {"nothing wrong",
     {{"billmill.yaml", "database: b.db\n"},
      {"jobs/rating.yaml",
       "name: rating\njob: rating\nkey: period\nschedule: daily Europe/Berlin\n"},
      {"templates/invoice/default.layout", ""}},
     ""                                                                                          },
    {"accounts and policies",
     {{"billmill.yaml", "database: b.db\ngateways:\n  stripe: {secret: sk_live_1}\n  razorpay: "
                        "{secret: {env: R}}\n  "
                        "mercadopago: {url: http://example.com}\ndunning:\n  policy: harsh\n  "
                        "tenants: [acme harsh]\n  "
                        "policies:\n    - mine days 3 shout; end pause\n"},
      {"jobs/rating.yaml", "name: rating\njob: rating\nkey: period\n"},
      {"templates/invoice/default.layout", ""}},
     "billmill.yaml:3:20: gateways.stripe.secret: a secret may not stand there (write {file: PATH} "
     "of "
     "a file of mode 0600, or {env: NAME})\n"
     "billmill.yaml:4:28: gateways.razorpay has a secret and no key (the key_id stands beside it, "
     "as "
     "key:)\n"
     "billmill.yaml:4:28: gateways.razorpay.secret: environment variable R is not set (the "
     "configuration names it)\n"
     "billmill.yaml:5:22: 'gateways.mercadopago.url' cannot be 'http://example.com' (expected "
     "https://…, or http:// to this machine, without / at the end)\n"
     "billmill.yaml:7:11: there is no dunning policy 'harsh' (there are standard, gentle, "
     "chained, hours; others under dunning: policies)\n"
     "billmill.yaml:8:13: there is no dunning policy 'harsh' (there are standard, gentle, "
     "chained, hours; others under dunning: policies)\n"
     "billmill.yaml:10:7: 'dunning.policies' cannot be 'mine days 3 shout; end pause': policy "
     "'mine': expected charge, mail TEMPLATE, webhook, past_due or "
     "pause, "
     "not 'shout'\n"                                                                             },
    {"what cannot be had",
     {{"billmill.yaml",
       "database: b.db\nmail:\n  server: smtp://localhost\n  from: a@b.example\n  since: "
       "2026-01-01\n"
       "  password: {file: gone}\nwebhooks:\n  endpoints:\n    - name: erp\n      "
       "url: https://erp.example\n      secret: {env: ERP}\n      since: 2026-01-01\n"
       "gateways:\n  stripe: {url: http://localhost:1}\n  mercadopago: {secret: {env: MP}}\n"
       "dunning:\n  tenants:\n    - acme: mine\n  policy: mine\n  policies:\n    - mine days 3 "
       "charge; end pause\n"
       "    - mine days 4 charge; end pause\n"},
      {"jobs/rating.yaml", "name: rating\njob: rating\nkey: period\n"},
      {"templates/invoice/default.layout", ""},
      {"templates/mail/invoice.en.mail", "[subject]\na\n[text]\nb\n"},
      {"templates/mail/credit_note.en.mail", "[subject]\na\n[text]\nb\n"}},
     "billmill.yaml:3:11: mails are sent, and there is no "
     "@/templates/mail/payment_action_required.en.mail (copy it from the templates that billmill "
     "came with)\n"
     "billmill.yaml:6:20: mail.password: secret file @/gone: cannot be opened: No such file or "
     "directory (it must exist and be readable for the user that runs billmill)\n"
     "billmill.yaml:11:21: the secret of webhook endpoint erp: environment variable ERP is not set "
     "(the configuration names it)\n"
     "billmill.yaml:14:17: gateways.stripe has a url and no secret: it is no account (write "
     "secret: {file: PATH} or {env: NAME} beside it)\n"
     "billmill.yaml:15:31: gateways.mercadopago.secret: environment variable MP is not set (the "
     "configuration names it)\n"
     "billmill.yaml:18:7: 'dunning.tenants' must be a text, not a mapping (expected TENANT "
     "POLICY)\n"
     "billmill.yaml:22:7: dunning policy 'mine' is there twice (give one of them another name)\n"},
    {"templates of policies",
     {{"billmill.yaml", "database: b.db\nmail: {server: smtp://localhost, from: a@b.example}\n"
                        "dunning:\n  policy: mine\n  tenants: [acme standard]\n  policies:\n    - "
                        "mine days 3 mail there; 7 mail gone, webhook; 9 mail gone; end pause\n"},
      {"jobs/rating.yaml", "name: rating\njob: rating\nkey: period\n"},
      {"templates/invoice/default.layout", ""},
      {"templates/mail/there.en.mail", "[subject]\na\n[text]\nb\n"},
      {"templates/mail/payment_failed.en.mail", "[subject]\na\n[text]\nb\n"},
      {"templates/mail/credit_note.en.mail", "[subject]\na\n[text]\nb\n"}},
     "billmill.yaml:2:16: mails are sent, and there is no @/templates/mail/invoice.en.mail (copy "
     "it from the templates that billmill came with)\n"
     "billmill.yaml:2:16: mails are sent, and there is no "
     "@/templates/mail/payment_action_required.en.mail (copy it from the templates that billmill "
     "came with)\n"
     "billmill.yaml:5:13: dunning policy 'standard' mails payment_reminder: there is no "
     "@/templates/mail/payment_reminder.en.mail (write it, or name another one in the policy)\n"
     "billmill.yaml:7:7: dunning policy 'mine' mails gone: there is no "
     "@/templates/mail/gone.en.mail "
     "(write it, or name another one in the policy)\n"                                           },
    {"everything at once",
     {{"billmill.yaml", "log_levl: info\ndirectories:\n  documents: billmill.yaml/below\n  "
                        "zoneinfo: nowhere\ninvoice_layout: fancy\n"},
      {"jobs/a.yaml", "name: a\njob: nothing\nkey: period\nafter: [b]\n"},
      {"jobs/b.yaml", "name: b\njob: rating\nkey: date\nafter: [b]\n"},
      {"templates/invoice/default.layout", ""}},
     "billmill.yaml: no database (--database PLACE, BILLMILL_DATABASE, or `database: PLACE` in the "
     "configuration: a file or a server)\n"
     "billmill.yaml:1:1: unknown key 'log_levl' (did you mean 'log_level'?)\n"
     "billmill.yaml:3:14: documents directory @/billmill.yaml/below: Not a directory\n"
     "billmill.yaml:4:13: zoneinfo directory @/nowhere: No such file or directory (create it, or "
     "name another in `directories:`)\n"
     "billmill.yaml:5:17: layout @/templates/invoice/fancy.layout: No such file or directory "
     "(invoice_layout names a file of the templates directory)\n"
     "jobs/a.yaml:2:6: no job 'nothing' (jobs are period-advance, corrections, usage-thresholds, "
     "rating, tax, credit-expire, invoice-finalize, invoice-render, "
     "invoice-convert, payment-convert, exchange-rate-sync, dispatch, dunning, payment-collect, "
     "payment-match, payment-apply, payment-reconcile, "
     "invoice-mail, webhook-events)\n"
     "jobs/b.yaml:2:6: job 'rating' is run for a key of kind period, not date (write key: period)\n"
     "jobs/b.yaml:4:9: 'b' would wait for itself (remove it)\n"                                  },
    {"folders that are missing",
     {{"billmill.yaml", "database: b.db\n"}},
     "billmill.yaml: templates directory @/templates: No such file or directory (create it, or "
     "name another in `directories:`)\n"
     "jobs: the directory of the jobs cannot be read: No such file or directory (see `directories: "
     "jobs:` in the configuration)\n"                                                            },
    {"a zone that does not exist",
     {{"billmill.yaml", "database: b.db\n"},
      {"jobs/rating.yaml",
       "name: rating\njob: rating\nkey: period\nschedule: daily Europe/Berlim\n"},
      {"templates/invoice/default.layout", ""}},
     "jobs/rating.yaml:4:11: 'Europe/Berlim' is not a known time zone (use a name of the IANA time "
     "zone database, as Europe/Berlin)\n"                                                        },
    {"no zone files there",
     {{"billmill.yaml", "database: b.db\ndirectories: {zoneinfo: jobs}\n"},
      {"jobs/rating.yaml", "name: rating\njob: rating\nkey: period\n"},
      {"templates/invoice/default.layout", ""}},
     "billmill.yaml:2:25: zoneinfo directory @/jobs: 'Europe/Berlin' is not a known time zone "
     "(install the "
     "package tzdata)\n"                                                                         },
    {"a password in the file",
     {{"billmill.yaml", "database: postgres://a:geheim@h/d\n"},
      {"jobs/rating.yaml", "name: rating\njob: rating\nkey: period\n"},
      {"templates/invoice/default.layout", ""}},
     "billmill.yaml:1:11: database: a password may not stand there (put the whole URL into a file "
     "of mode 0600 and write {file: PATH}, or give it in the environment variable "
     "BILLMILL_DATABASE)\n"                                                                      },
    {"declines that are wrong",
     {{"billmill.yaml", "database: b.db\n"},
      {"declines.yaml", "stripe:\n  codes:\n    later: [a]\n    never: [a]\n"},
      {"jobs/rating.yaml", "name: rating\njob: rating\nkey: period\n"},
      {"templates/invoice/default.layout", ""}},
     "declines.yaml:4:13: 'a' is of another class in line 3 (leave it in one of the classes)\n"  },
    {"declines that are named and not there",
     {{"billmill.yaml", "database: b.db\ndeclines: other.yaml\n"},
      {"jobs/rating.yaml", "name: rating\njob: rating\nkey: period\n"},
      {"templates/invoice/default.layout", ""}},
     "other.yaml: cannot be opened: No such file or directory (it must exist and be readable "
     "for the user that runs billmill)\n"                                                        },
    {"no configuration",
     {{"jobs/rating.yaml", ""}},
     "billmill.yaml: cannot be opened: No such file or directory (it must exist and be readable "
     "for the user that runs billmill)\n"                                                        },
};
/* clang-format on */

/* `text` with every @ as the folder. */
static const char *with_folder(struct arena *arena, const char *text, const char *folder)
{
    const char *at = strchr(text, '@');
    if (at == NULL || strncmp(at, "@/", 2) != 0)
        return text;
    return arena_printf(arena, "%.*s%s%s", (int)(at - text), text, folder,
                        with_folder(arena, at + 1, folder));
}

START_TEST(finds_everything)
{
    const struct check_case *c = &check_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    CLEANUP(scratch_remove) struct scratch scratch = scratch_create();
    struct problem_list problems = {.arena = arena};
    struct setup setup;
    for (size_t i = 0; i < PARTS && c->files[i].name != NULL; i++)
        (void)scratch_write(&scratch, c->files[i].name, c->files[i].text);
    setup_check(scratch_path(&scratch, "billmill.yaml").text, NULL, no_environment, known,
                ARRAY_LEN(known), true, arena, &problems, &setup);
    setup_check_mails(&setup.settings, arena, &problems);
    setup_check_secrets(&setup.settings, no_environment, arena, &problems);
    const char *text = problems_text(&problems, scratch_path(&scratch, "").text);
    ck_assert_msg(strcmp(text, with_folder(arena, c->problems, scratch.path)) == 0, "%s:\n%s",
                  c->name, text);
}
END_TEST

TEST_SUITE(setup_check)
{
    TEST_ONE(accepts_shipped);
    TEST_ONE(places_only_what_is_in_the_file);
    TEST_TABLE(finds_everything, check_cases);
}
