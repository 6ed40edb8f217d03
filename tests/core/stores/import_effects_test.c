/* Effects in a file: what is sent and what is made into a file have fields of their own, and what
 * was frozen is what it was. */
#include <stdio.h>
#include <string.h>

#include "core/engine/effect.h"
#include "core/stores/import_files.h"
#include "tests/core/storage/storage_support.h"

#define TENANT                                                                                     \
    "{\"record\":\"tenant\",\"tenant\":\"demo\",\"legal_name\":\"Demo\",\"address\":"              \
    "{\"city\":\"Bonn\",\"line1\":\"S 1\",\"postal_code\":\"53111\"},\"country\":\"DE\","          \
    "\"currency\":\"EUR\",\"locale\":\"de\",\"payment_terms_days\":14,\"rounding\":\"half_up\","   \
    "\"tax_id\":\"DE1\",\"timezone\":\"Europe/Berlin\"}\n"
#define HI "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4"
#define CHARGE "\"effect\":\"e\",\"kind\":\"charge\",\"provider\":\"p\",\"attempts\":1,\"epoch\":1,"
#define REQUEST "\"request\":{\"sha256\":\"" HI "\",\"text\":\"hi\"},"
#define FILE_OF "\"effect\":\"f\",\"kind\":\"file\",\"draft_key\":\"d\","
#define ROOM 4000

struct told {
    char message[ERROR_MESSAGE_SIZE];
    size_t prefix;
};

static void keep_told(void *context, const struct error *problem)
{
    struct told *told = context;
    (void)snprintf(told->message, sizeof told->message, "%s", problem->message + told->prefix);
}

/* The records behind a tenant; what was told of the last one that is bad, behind the path. */
static const char *import_text(struct db *db, const char *directory, const char *text,
                               struct told *told)
{
    static const char name[] = "effects.jsonl";
    const char *path = storage_path(directory, name);
    struct import_options options = {.context = told, .on_bad = keep_told};
    struct import_report report;
    struct error err = {0};
    char *file = memory_alloc(sizeof TENANT + strlen(text), "test");
    (void)snprintf(file, sizeof TENANT + strlen(text), "%s%s", TENANT, text);
    storage_write_file(path, file);
    free(file);
    *told = (struct told){.prefix = strlen(path) + 1};
    if (!import_files(db, &path, 1, &options, &report, &err) && told->message[0] == '\0')
        (void)snprintf(told->message, sizeof told->message, "%s", err.message);
    return told->message;
}

static const struct refused_case {
    const char *name, *members, *expect;
} refused_cases[] = {
    {"one that is sent",                       CHARGE REQUEST "\"state\":\"intent\"",                             ""                                                                    },
    {"with an empty request",
     CHARGE "\"state\":\"held\",\"request\":{\"sha256\":"
            "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}",                              ""                                                                    },
    {"as base64",
     CHARGE "\"state\":\"done\",\"request\":{\"sha256\":\"" HI "\",\"base64\":\"aGk=\"}",                         ""                                                                    },
    {"what others said has lines",             CHARGE REQUEST "\"state\":\"failed\",\"reason\":\"a\\nb\"",        ""                                                                    },
    {"an unknown field",                       CHARGE REQUEST "\"state\":\"intent\",\"owner\":\"me\"",
     "2: unknown field \"owner\" in record effect"                                                                                                                                      },
    {"an unknown field of the request",
     CHARGE "\"state\":\"intent\",\"request\":{\"xml\":\"<a/>\"}",
     "2: unknown field \"xml\" in record effect"                                                                                                                                        },
    {"a state that is none",                   CHARGE REQUEST "\"state\":\"open\"",
     "2: field \"state\": \"open\" is not one of intent, done, failed, unknown, held"                                                                                                   },
    {"nobody is sending it",                   CHARGE REQUEST "\"state\":\"sending\"",
     "2: field \"state\": \"sending\" is not one of intent, done, failed, unknown, held"                                                                                                },
    {"not JSON",                               CHARGE REQUEST "\"state\":}",                                      "2:211: not valid JSON: unexpected token near '}'"                    },
    {"another request than was frozen",
     CHARGE "\"state\":\"intent\",\"request\":{\"sha256\":\"" HI "\",\"text\":\"ho\"}",
     "2: field \"request.sha256\": is not that of the request: it was frozen"                                                                                                           },
    {"no request",                             CHARGE "\"state\":\"intent\",\"request\":{\"sha256\":\"" HI "\"}",
     "2: field \"request.sha256\": is not that of the request: it was frozen"                                                                                                           },
    {"two requests",
     CHARGE "\"state\":\"intent\",\"request\":{\"sha256\":\"" HI
            "\",\"text\":\"hi\",\"base64\":\"aGk=\"}",                                                            "2: fields \"request.text\" and \"request.base64\" exclude each other"},
    {"no base64",
     CHARGE "\"state\":\"intent\",\"request\":{\"sha256\":\"" HI "\",\"base64\":\"aGk\"}",
     "2: field \"request.base64\": is not base64 of RFC 4648"                                                                                                                           },
    {"no digest",                              CHARGE "\"state\":\"intent\",\"request\":{\"text\":\"hi\"}",
     "2: what is sent has the fields \"attempts\", \"epoch\" and \"request.sha256\""                                                                                                    },
    {"sent more often than claimed",
     "\"effect\":\"e\",\"kind\":\"charge\",\"provider\":\"p\",\"attempts\":2,\"epoch\":1," REQUEST
     "\"state\":\"intent\"",                                                                                      "2: field \"attempts\": 2 are more than the claims, \"epoch\" 1"      },
    {"fewer than none",
     "\"effect\":\"e\",\"kind\":\"charge\",\"provider\":\"p\",\"attempts\":-1,\"epoch\":1," REQUEST
     "\"state\":\"intent\"",                                                                                      "2: field \"attempts\": -1 is outside 0 to 9223372036854775807"       },
    {"of an invoice and of a provider",        CHARGE REQUEST "\"state\":\"intent\",\"draft_key\":\"d\"",
     "2: field \"draft_key\": an effect with a provider has none"                                                                                                                       },
    {"another kind without a provider",
     "\"effect\":\"e\",\"kind\":\"charge\",\"draft_key\":\"d\",\"state\":\"intent\"",                             "2: field \"provider\" is missing: only a file is not sent"           },
    {"a file that is sent",                    FILE_OF "\"state\":\"intent\",\"lane\":\"l\"",
     "2: field \"lane\": an effect without a provider has none"                                                                                                                         },
    {"a file with a request",                  FILE_OF REQUEST "\"state\":\"intent\"",
     "2: field \"request\": an effect without a provider has none"                                                                                                                      },
    {"a file that is held",                    FILE_OF "\"state\":\"held\"",
     "2: field \"state\": a file is done, with outcome and sha256, or an intent without them"                                                                                           },
    {"a file of no invoice",                   "\"effect\":\"f\",\"kind\":\"file\",\"state\":\"intent\"",
     "2: field \"draft_key\" is missing: of which invoice the file is"                                                                                                                  },
    {"a file of an invoice that is not there", FILE_OF "\"state\":\"intent\"",
     "2: effect \"f\" of tenant \"demo\": invoice \"d\" of tenant \"demo\" does not exist"                                                                                              },
};

START_TEST(reads_what_a_dump_has)
{
    const struct refused_case *c = &refused_cases[_i];
    const char *directory = storage_directory();
    struct db *db = storage_migrated(storage_path(directory, "test.db"));
    struct told told;
    char text[ROOM];
    (void)snprintf(text, sizeof text, "{\"record\":\"effect\",\"tenant\":\"demo\",%s}\n",
                   c->members);
    const char *message = import_text(db, directory, text, &told);
    ck_assert_msg(strcmp(message, c->expect) == 0, "%s: %s", c->name, message);
    db_close(&db);
}
END_TEST

/* Its channel's cursor holds no longer ones. */
START_TEST(reads_keys_that_can_be_intended)
{
    const char *directory = storage_directory();
    struct db *db = storage_migrated(storage_path(directory, "test.db"));
    struct told told;
    char key[EFFECT_KEY_MAX + 2] = {0};
    char text[ROOM];
    for (size_t length = EFFECT_KEY_MAX; length <= EFFECT_KEY_MAX + 1; length++) {
        memset(key, 'k', length);
        (void)snprintf(
            text, sizeof text,
            "{\"record\":\"effect\",\"tenant\":\"demo\",\"effect\":\"%s\",\"kind\":\"charge\","
            "\"provider\":\"p\",\"attempts\":0,\"epoch\":0," REQUEST "\"state\":\"intent\"}\n",
            key);
        const char *message = import_text(db, directory, text, &told);
        ck_assert_msg((message[0] == '\0') == (length <= EFFECT_KEY_MAX), "%zu: %s", length,
                      message);
    }
    db_close(&db);
}
END_TEST

/* What is undecided is alone in its lane, and never changes by an import. */
START_TEST(keeps_what_is_there)
{
    static const struct {
        const char *name, *key, *more;
        bool good;
    } rows[] = {
        {"undecided in a lane",    "a", "\"lane\":\"l\",\"state\":\"unknown\"", true },
        {"the same once more",     "a", "\"lane\":\"l\",\"state\":\"unknown\"", true },
        {"another state",          "a", "\"lane\":\"l\",\"state\":\"done\"",    false},
        {"another lane",           "a", "\"lane\":\"m\",\"state\":\"unknown\"", false},
        {"one that waits in it",   "b", "\"lane\":\"l\",\"state\":\"intent\"",  true },
        {"a second undecided one", "c", "\"lane\":\"l\",\"state\":\"held\"",    false},
    };
    const char *directory = storage_directory();
    struct db *db = storage_migrated(storage_path(directory, "test.db"));
    struct told told;
    char text[ROOM];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        (void)snprintf(
            text, sizeof text,
            "{\"record\":\"effect\",\"tenant\":\"demo\",\"effect\":\"%s\",\"kind\":\"charge\","
            "\"provider\":\"p\",\"attempts\":1,\"epoch\":1," REQUEST "%s}\n",
            rows[i].key, rows[i].more);
        const char *message = import_text(db, directory, text, &told);
        ck_assert_msg((message[0] == '\0') == rows[i].good, "%s: %s", rows[i].name, message);
    }
    db_close(&db);
}
END_TEST

TEST_SUITE(import_effects)
{
    TEST_TABLE(reads_what_a_dump_has, refused_cases);
    TEST_ONE(reads_keys_that_can_be_intended);
    TEST_ONE(keeps_what_is_there);
}
