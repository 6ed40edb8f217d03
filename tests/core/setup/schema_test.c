/* The shipped JSON Schemas are those of the tables, and the reader and the schema say the same
 * about the same files: what the reader accepts the schema accepts, and what the reader alone
 * refuses is named below. */
#include <string.h>

#include "core/setup/decline_file.h"
#include "core/setup/job_file.h"
#include "core/setup/settings.h"
#include "core/setup/small_file.h"
#include "tests/support/json_schema.h"
#include "tests/support/setup_files.h"
#include "tests/support/suite.h"

#define ARENA_CAP (16u * 1024u * 1024u)
#define SCHEMA_BYTES_MAX (1024u * 1024u)

static const struct shipped_case {
    const char *path;
    const char *(*make)(struct arena *arena);
} shipped_cases[] = {
    {"config/schema/billmill.schema.json", settings_schema_json},
    {"config/schema/job.schema.json",      job_schema_json     },
    {"config/schema/declines.schema.json", decline_schema_json },
};

START_TEST(is_shipped)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    const struct shipped_case *c = &shipped_cases[_i];
    struct small_file file;
    struct error err = {0};
    ck_assert_msg(small_file_read(c->path, SCHEMA_BYTES_MAX, arena, &file, &err), "%s: %s", c->path,
                  err.message);
    ck_assert_msg(strcmp(file.bytes, c->make(arena)) == 0, "%s: run `make schema`", c->path);
}
END_TEST

/* --- YAML as other tools read it ---------------------------------------------------------------
 */

static json_t *value_json(const struct yaml_node *node);

static json_t *scalar_json(const struct yaml_node *node)
{
    switch (yaml_scalar_type(node)) {
    case YAML_TYPE_NULL:
        return json_null();
    case YAML_TYPE_BOOLEAN:
        return json_boolean(node->text[0] == 't' || node->text[0] == 'T');
    case YAML_TYPE_INTEGER:
        return json_integer(strtoll(node->text, NULL, 0));
    case YAML_TYPE_FLOAT:
        return json_real(0.5); /* any: no schema takes one */
    case YAML_TYPE_TEXT:
        return json_string(node->text);
    }
    return NULL;
}

static json_t *value_json(const struct yaml_node *node)
{
    if (node->kind == YAML_SCALAR)
        return scalar_json(node);
    json_t *json = node->kind == YAML_MAPPING ? json_object() : json_array();
    for (const struct yaml_node *child = node->first; child != NULL; child = child->next)
        if (node->kind == YAML_MAPPING)
            ck_assert_int_eq(json_object_set_new(json, child->key, value_json(child)), 0);
        else
            ck_assert_int_eq(json_array_append_new(json, value_json(child)), 0);
    return json;
}

/* --- agreement -------------------------------------------------------------------------------- */

enum verdict {
    BOTH_ACCEPT,
    BOTH_REFUSE,
    READER_REFUSES /* for a reason that a JSON Schema cannot express */
};

struct agreement_case {
    const char *text;
    enum verdict verdict;
};

static const struct agreement_case settings_cases[] = {
    {"",                                                                                            BOTH_ACCEPT   },
    {"database: a.db\n",                                                                            BOTH_ACCEPT   },
    {"database: {file: a}\n",                                                                       BOTH_ACCEPT   },
    {"database: {env: A}\n",                                                                        BOTH_ACCEPT   },
    {"database: {env: A, file: b}\n",                                                               BOTH_REFUSE   },
    {"database: {env: 1A}\n",                                                                       BOTH_REFUSE   },
    {"database: {}\n",                                                                              BOTH_REFUSE   },
    {"database: {password: x}\n",                                                                   BOTH_REFUSE   },
    {"database: [a]\n",                                                                             BOTH_REFUSE   },
    {"database: 7\n",                                                                               BOTH_REFUSE   },
    {"database: '7'\n",                                                                             BOTH_ACCEPT   },
    {"database: ''\n",                                                                              BOTH_REFUSE   },
    {"database:\n",                                                                                 BOTH_REFUSE   },
    {"directories: {}\n",                                                                           BOTH_ACCEPT   },
    {"directories: {jobs: j, templates: t, documents: d, zoneinfo: z}\n",                           BOTH_ACCEPT   },
    {"directories: {job: j}\n",                                                                     BOTH_REFUSE   },
    {"directories: {jobs: true}\n",                                                                 BOTH_REFUSE   },
    {"directories: {jobs: 1.5}\n",                                                                  BOTH_REFUSE   },
    {"directories: {jobs: ''}\n",                                                                   BOTH_REFUSE   },
    {"directories: {jobs: \"a\\nb\"}\n",                                                            READER_REFUSES},
    {"directories: jobs\n",                                                                         BOTH_REFUSE   },
    {"log_level: debug\n",                                                                          BOTH_ACCEPT   },
    {"log_level: 'debug'\n",                                                                        BOTH_ACCEPT   },
    {"log_level: Debug\n",                                                                          BOTH_REFUSE   },
    {"log_level: 3\n",                                                                              BOTH_REFUSE   },
    {"rules: {late_usage: park}\n",                                                                 BOTH_ACCEPT   },
    {"rules: {late_usage: reopen_draft}\n",                                                         BOTH_ACCEPT   },
    {"rules: {zero_invoice: record, missing_tax_rate: zero, catch_up: none}\n",                     BOTH_ACCEPT   },
    {"rules: {zero_invoice: true}\n",                                                               BOTH_REFUSE   },
    {"rules: {consolidate: true, flat_fee_at_zero: FALSE}\n",                                       BOTH_ACCEPT   },
    {"rules: {consolidate: yes}\n",                                                                 BOTH_REFUSE   },
    {"rules: {consolidate: 'true'}\n",                                                              BOTH_REFUSE   },
    {"rules: {consolidate: 1}\n",                                                                   BOTH_REFUSE   },
    {"rules: {max_catch_up: 1}\n",                                                                  BOTH_ACCEPT   },
    {"rules: {max_catch_up: 10000}\n",                                                              BOTH_ACCEPT   },
    {"rules: {max_catch_up: 0}\n",                                                                  BOTH_REFUSE   },
    {"rules: {max_catch_up: 10001}\n",                                                              BOTH_REFUSE   },
    {"rules: {max_catch_up: '5'}\n",                                                                BOTH_REFUSE   },
    {"rules: {max_catch_up: 5.0}\n",                                                                BOTH_REFUSE   },
    {"rules: {max_catch_up: 05}\n",                                                                 READER_REFUSES},
    {"rules: {max_catch_up: 0x5}\n",                                                                READER_REFUSES},
    {"rules: {max_catch_up: +5}\n",                                                                 READER_REFUSES},
    {"mail: {server: 'smtps://h:465', from: a@b.example, lost: resend}\n",                          BOTH_ACCEPT   },
    {"mail: {server: 'http://h', from: a@b.example}\n",                                             BOTH_REFUSE   },
    {"mail: {server: 'smtp://h'}\n",                                                                READER_REFUSES},
    {"mail: {from: 'A <a@b.example>'}\n",                                                           BOTH_REFUSE   },
    {"mail: {password: {file: p}, since: 2026-11-01}\n",                                            BOTH_ACCEPT   },
    {"mail: {since: 2026-02-30}\n",                                                                 READER_REFUSES},
    {"mail: {since: soon}\n",                                                                       BOTH_REFUSE   },
    {"mail: {lost: ask}\n",                                                                         BOTH_REFUSE   },
    {"webhooks: {endpoints: [{name: a, url: 'https://h', secret: {env: A}, since: 2026-11-01}]}\n",
     BOTH_ACCEPT                                                                                                  },
    {"webhooks: {endpoints: [{name: a, url: 'http://[::1]:8/x', secret: {env: A}, since: "
     "2026-11-01, events: [invoice.paid], tenants: [t]}]}\n",                                  BOTH_ACCEPT   },
    {"webhooks: {endpoints: [{name: a, url: 'https://h', since: 2026-11-01}]}\n",                   BOTH_REFUSE   },
    {"webhooks: {endpoints: [{name: A, url: 'https://h', secret: {env: A}, since: 2026-11-01}]}\n",
     BOTH_REFUSE                                                                                                  },
    {"webhooks: {endpoints: [{name: a, url: 'https://u@h', secret: {env: A}, since: "
     "2026-11-01}]}\n",                                                                        BOTH_REFUSE   },
    {"webhooks: {endpoints: [{name: a, url: 'https://h', secret: {env: A}, since: 2026-11-01, "
     "events: [paid]}]}\n",                                                                    BOTH_REFUSE   },
    {"webhooks: {endpoints: [a]}\n",                                                                BOTH_REFUSE   },
    {"webhooks: {endpoints: {}}\n",                                                                 BOTH_REFUSE   },
    {"fiscal_year_start: 12\n",                                                                     BOTH_ACCEPT   },
    {"fiscal_year_start: 13\n",                                                                     BOTH_REFUSE   },
    {"invoice_layout: a-b_2\n",                                                                     BOTH_ACCEPT   },
    {"invoice_layout: A\n",                                                                         BOTH_REFUSE   },
    {"invoice_layout: null\n",                                                                      BOTH_REFUSE   },
    {"series: {invoice: '{year}-{number:6}'}\n",                                                    BOTH_ACCEPT   },
    {"series: {invoice: '{year}'}\n",                                                               BOTH_REFUSE   },
    {"series: {invoice: '{number}'}\n",                                                             READER_REFUSES},
    {"series: {credit_note: 'GS-{year}-{number}'}\n",                                               BOTH_ACCEPT   },
    {"series: {credit_note: 'INV-{year}-{number}'}\n",                                              READER_REFUSES},
    {"series: {receipt: '{year}-{number}'}\n",                                                      BOTH_REFUSE   },
    {"colour: red\n",                                                                               BOTH_REFUSE   },
    {"[]\n",                                                                                        BOTH_REFUSE   },
    {"text\n",                                                                                      BOTH_REFUSE   },
};

static const struct agreement_case job_cases[] = {
    {"name: a\njob: rating\nkey: period\n",                                               BOTH_ACCEPT   },
    {"name: a\njob: rating\nkey: period\nafter: [b, c]\nschedule: monthly\nchunk_size: "
     "1\npartitions: 1024\nlease_s: 3600\nmax_parked: 0\nmax_parked_percent: 100\n", BOTH_ACCEPT   },
    {"name: a\nsteps: [b]\nkey: none\nafter: []\nschedule: daily\n",                      BOTH_ACCEPT   },
    {"name: a\nkey: period\n",                                                            BOTH_REFUSE   },
    {"job: rating\nkey: period\n",                                                        BOTH_REFUSE   },
    {"name: a\njob: rating\n",                                                            BOTH_REFUSE   },
    {"name: a\njob: rating\nsteps: [b]\nkey: period\n",                                   BOTH_REFUSE   },
    {"name: a\nsteps: []\nkey: period\n",                                                 BOTH_REFUSE   },
    {"name: a\nsteps: [b, b]\nkey: period\n",                                             BOTH_REFUSE   },
    {"name: a\nsteps: [b]\nkey: period\nchunk_size: 5\n",                                 BOTH_REFUSE   },
    {"name: a\nsteps: [b]\nkey: period\nmax_parked_percent: 5\n",                         BOTH_REFUSE   },
    {"name: a\nsteps: b\nkey: period\n",                                                  BOTH_REFUSE   },
    {"name: a\njob: rating\nkey: month\n",                                                BOTH_REFUSE   },
    {"name: a\njob: Rating\nkey: period\n",                                               BOTH_REFUSE   },
    {"name: a\njob: rating\nkey: period\nafter: [B]\n",                                   BOTH_REFUSE   },
    {"name: a\njob: rating\nkey: period\nafter: [1]\n",                                   BOTH_REFUSE   },
    {"name: a\njob: rating\nkey: period\nafter: b\n",                                     BOTH_REFUSE   },
    {"name: a\njob: rating\nkey: period\nchunk_size: 100001\n",                           BOTH_REFUSE   },
    {"name: a\njob: rating\nkey: period\nlease_s: 0\n",                                   BOTH_REFUSE   },
    {"name: a\njob: rating\nkey: period\nmax_parked: -1\n",                               BOTH_REFUSE   },
    {"name: a\njob: rating\nkey: period\nparameters: {}\n",                               BOTH_REFUSE   },
    {"name: a\njob: rating\nkey: period\nschedule: ''\n",                                 BOTH_REFUSE   },
    {"name: a\njob: rating\nkey: period\nschedule: 25:00\n",                              READER_REFUSES},
    {"name: a\njob: unheard-of\nkey: period\n",                                           READER_REFUSES},
    {"name: b\njob: rating\nkey: period\n",                                               READER_REFUSES},
    {"name: a\njob: rating\nkey: date\n",                                                 READER_REFUSES},
};

static void assert_agreement(const struct agreement_case *c, const struct problem_list *problems,
                             const char *schema_text, struct arena *arena)
{
    struct problem_list none = {.arena = arena};
    struct yaml_node *root = NULL;
    ck_assert(yaml_tree_parse("f", c->text, strlen(c->text), arena, &none, &root));
    json_t *value = value_json(root);
    json_t *schema = json_loads(schema_text, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(schema);
    bool schema_accepts = json_schema_accepts(schema, value);
    bool reader_accepts = problems->count == 0;
    ck_assert_msg(schema_accepts == (c->verdict != BOTH_REFUSE), "the schema %s\n%s",
                  schema_accepts ? "accepts" : "refuses", c->text);
    ck_assert_msg(reader_accepts == (c->verdict == BOTH_ACCEPT), "the reader %s\n%s%s",
                  reader_accepts ? "accepts" : "refuses", c->text, problems_text(problems, ""));
    json_decref(value);
    json_decref(schema);
}

START_TEST(agrees_on_settings)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    CLEANUP(scratch_remove) struct scratch scratch = scratch_create();
    struct problem_list problems = {.arena = arena};
    struct settings settings;
    struct scratch_path path = scratch_write(&scratch, "billmill.yaml", settings_cases[_i].text);
    ck_assert(settings_read(path.text, arena, &problems, &settings));
    assert_agreement(&settings_cases[_i], &problems, settings_schema_json(arena), arena);
}
END_TEST

START_TEST(agrees_on_jobs)
{
    static const struct known_job known[] = {
        {"rating", BUSINESS_KEY_PERIOD}
    };
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    CLEANUP(scratch_remove) struct scratch scratch = scratch_create();
    struct problem_list problems = {.arena = arena};
    struct job_definition definition;
    struct scratch_path path = scratch_write(&scratch, "a.yaml", job_cases[_i].text);
    ck_assert(job_file_read(path.text, known, ARRAY_LEN(known), arena, &problems, &definition));
    assert_agreement(&job_cases[_i], &problems, job_schema_json(arena), arena);
}
END_TEST

TEST_SUITE(schema)
{
    TEST_TABLE(is_shipped, shipped_cases);
    TEST_TABLE(agrees_on_settings, settings_cases);
    TEST_TABLE(agrees_on_jobs, job_cases);
}
