/* effects: what is sent to providers, and what a person decides where nobody knows better. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/cli/output.h"
#include "core/cli/session.h"
#include "core/cli/table.h"
#include "core/engine/effect_report.h"
#include "jobs/effect_kinds.h"

#define LIST_LIMIT 1000
#define STATE_WORDS "intent, sending, unknown, held, done, failed"

struct effects_options {
    const char *state, *kind, *tenant, *reason, *done;
    bool failed, nothing_kept;
    int64_t limit;
    const char *const *keys; /* what was named */
    size_t key_count;
};

/* ---------------------------------------------------------------- shown */

static json_t *json_of_effect(const struct effect_report *effect)
{
    json_t *object = json_object();
    (void)json_object_set_new(object, "tenant", json_of_text(effect->tenant));
    (void)json_object_set_new(object, "effect", json_of_text(effect->effect_key));
    (void)json_object_set_new(object, "kind", json_of_text(effect->kind));
    (void)json_object_set_new(object, "subject", json_of_text(effect->subject));
    (void)json_object_set_new(object, "state", json_of_text(effect->state));
    (void)json_object_set_new(object, "outcome", json_of_text(effect->outcome));
    (void)json_object_set_new(object, "provider", json_of_text(effect->provider));
    (void)json_object_set_new(object, "provider_ref", json_of_text(effect->provider_ref));
    (void)json_object_set_new(object, "lane", json_of_text(effect->lane));
    (void)json_object_set_new(object, "intended_on",
                              json_of_text(date_is_none(effect->intended_on)
                                               ? NULL
                                               : date_text(effect->intended_on).text));
    (void)json_object_set_new(object, "code", json_of_text(effect->code));
    (void)json_object_set_new(object, "reason", json_of_text(effect->reason));
    (void)json_object_set_new(object, "attempts", json_of_number(effect->attempts));
    (void)json_object_set_new(
        object, "not_before",
        json_of_time(effect->not_before_us == 0 ? DB_I64_NONE : effect->not_before_us));
    return object;
}

/* Not before that; "-": what is not over has no pause. */
static const char *next_try(struct arena *arena, const struct effect_report *effect)
{
    bool waits = text_equal(effect->state, "intent") || text_equal(effect->state, "unknown");
    return waits && effect->not_before_us > 0 ? cell_of_time(arena, effect->not_before_us) : "-";
}

static void print_effects(struct arena *arena, const struct effect_report *effects, size_t count)
{
    static const struct table_column columns[] = {
        {"effect",   TABLE_LEFT },
        {"tenant",   TABLE_LEFT },
        {"kind",     TABLE_LEFT },
        {"provider", TABLE_LEFT },
        {"state",    TABLE_LEFT },
        {"attempts", TABLE_RIGHT},
        {"next try", TABLE_LEFT },
        {"code",     TABLE_LEFT },
        {"reason",   TABLE_LEFT },
    };
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < count; i++) {
        const char **cells = table_add_row(&table);
        cells[0] = effects[i].effect_key;
        cells[1] = cell_of_text(effects[i].tenant);
        cells[2] = effects[i].kind;
        cells[3] = cell_of_text(effects[i].provider);
        cells[4] = effects[i].state;
        cells[5] = cell_of_number(arena, effects[i].attempts);
        cells[6] = next_try(arena, &effects[i]);
        cells[7] = cell_of_text(effects[i].code);
        cells[8] = cell_of_text(effects[i].reason);
    }
    table_print(&table, stdout);
}

static int list_effects(struct cli *cli, const struct effects_options *options)
{
    struct error err = {0};
    struct effect_report *effects = NULL;
    size_t count = 0;
    const struct effect_filter filter = {.state = options->state,
                                         .kind = options->kind,
                                         .tenant = options->tenant,
                                         .limit = options->limit > 0 ? options->limit : LIST_LIMIT};
    int64_t ignored = 0;
    CLEANUP(session_close) struct session session = {0};
    if (!session_open(cli, SESSION_READ, "effects", &session, &err) ||
        (options->tenant != NULL && !session_tenant(&session, options->tenant, &ignored, &err)) ||
        !effect_report_list(session.db, &filter, cli->arena, &effects, &count, &err))
        return cli_fail(cli, &err);
    if (cli->json) {
        json_t *array = json_array();
        for (size_t i = 0; i < count; i++)
            (void)json_array_append_new(array, json_of_effect(&effects[i]));
        json_print(json_pack("{s:o}", "effects", array));
        return EXIT_DONE;
    }
    if (count == 0) {
        cli_remark(cli,
                   options->state == NULL ? "nothing is waiting to be sent" : "there are none");
        return EXIT_DONE;
    }
    print_effects(cli->arena, effects, count);
    size_t held = 0;
    for (size_t i = 0; i < count; i++)
        held += text_equal(effects[i].state, "held");
    if (held > 0)
        cli_remark(cli, "%zu are held: `billmill effects show KEY` says what can be done", held);
    if (count == (size_t)filter.limit)
        cli_remark(cli, "there may be more: --limit N shows them");
    return EXIT_DONE;
}

/* ---------------------------------------------------------------- one of them */

static json_t *json_of_call(const struct effect_call_row *call)
{
    json_t *object = json_object();
    (void)json_object_set_new(object, "claim", json_of_number(call->epoch));
    (void)json_object_set_new(object, "step", json_of_number(call->step));
    (void)json_object_set_new(object, "purpose", json_of_text(call->purpose));
    (void)json_object_set_new(object, "execution", json_of_number(call->execution_id));
    (void)json_object_set_new(object, "sent_at", json_of_time(call->sent_at_us));
    (void)json_object_set_new(object, "ended_at", json_of_time(call->ended_at_us));
    (void)json_object_set_new(object, "ending", json_of_text(call->ending));
    (void)json_object_set_new(object, "status",
                              json_of_number(call->status == 0 ? DB_I64_NONE : call->status));
    (void)json_object_set_new(object, "code", json_of_text(call->code));
    (void)json_object_set_new(object, "message", json_of_text(call->message));
    (void)json_object_set_new(object, "provider_ref", json_of_text(call->provider_ref));
    return object;
}

static void print_calls(struct arena *arena, const struct effect_call_row *calls, size_t count)
{
    static const struct table_column columns[] = {
        {"sent at",   TABLE_LEFT },
        {"execution", TABLE_RIGHT},
        {"claim",     TABLE_RIGHT},
        {"purpose",   TABLE_LEFT },
        {"ending",    TABLE_LEFT },
        {"status",    TABLE_RIGHT},
        {"code",      TABLE_LEFT },
        {"message",   TABLE_LEFT },
    };
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < count; i++) {
        const char **cells = table_add_row(&table);
        cells[0] = cell_of_time(arena, calls[i].sent_at_us);
        cells[1] = cell_of_number(arena, calls[i].execution_id);
        cells[2] = cell_of_number(arena, calls[i].epoch);
        cells[3] = calls[i].purpose;
        cells[4] = calls[i].ending;
        cells[5] = cell_of_number(arena, calls[i].status == 0 ? DB_I64_NONE : calls[i].status);
        cells[6] = cell_of_text(calls[i].code);
        cells[7] = cell_of_text(calls[i].message);
    }
    (void)printf("\n");
    table_print(&table, stdout);
}

static void print_effect(struct arena *arena, const struct effect_report *effect,
                         const char *request)
{
    (void)printf("%s: %s, %s of %s%s%s\n", effect->effect_key, effect->state, effect->kind,
                 cell_of_text(effect->tenant), effect->subject == NULL ? "" : ", about ",
                 text_or_empty(effect->subject));
    (void)printf("  provider %s, %s there\n", cell_of_text(effect->provider),
                 cell_of_text(effect->provider_ref));
    (void)printf("  outcome %s, attempts %" PRId64 ", next try %s, intended on %s\n",
                 cell_of_text(effect->outcome), effect->attempts, next_try(arena, effect),
                 date_is_none(effect->intended_on) ? "-" : date_text(effect->intended_on).text);
    if (effect->code != NULL || effect->reason != NULL)
        (void)printf("  %s: %s\n", cell_of_text(effect->code), cell_of_text(effect->reason));
    (void)printf("  request %s\n", request);
}

static void remark_on(const struct cli *cli, const struct effect_report *effect)
{
    const struct effect_kind *kind = effect_kind_find(effect->kind);
    bool is_there = kind != NULL && kind->when_there != NULL && effect->provider_ref != NULL;
    if (!text_equal(effect->state, "held"))
        return;
    if (kind != NULL && kind->never_asked != NULL && text_equal(effect->code, kind->never_asked)) {
        cli_remark(cli, "%s", kind->never_asked_hint);
        return;
    }
    cli_remark(cli,
               "look at the provider's side whether it was carried out, then `billmill effects "
               "resolve %s --done REF` or `--failed`; or %s: `billmill effects "
               "retry %s`, each with --reason TEXT",
               effect->effect_key, is_there ? "ask for it again" : "send it again",
               effect->effect_key);
    if (is_there)
        cli_remark(cli, "%s has %s of it: %s", cell_of_text(effect->provider), effect->provider_ref,
                   kind->when_there);
}

static int show_effect(struct cli *cli, const struct effects_options *options)
{
    struct error err = {0};
    struct effect_report effect;
    struct effect_call_row *calls = NULL;
    const char *request = NULL;
    size_t count = 0;
    CLEANUP(session_close) struct session session = {0};
    if (!session_open(cli, SESSION_READ, "effects show", &session, &err) ||
        !effect_report_find(session.db, options->keys[0], options->tenant, cli->arena, &effect,
                            &err) ||
        !effect_report_calls(session.db, &effect, cli->arena, &calls, &count, &err) ||
        !effect_report_request(session.db, &effect, cli->arena, &request, &err))
        return cli_fail(cli, &err);
    if (cli->json) {
        json_t *object = json_of_effect(&effect);
        json_t *array = json_array();
        for (size_t i = 0; i < count; i++)
            (void)json_array_append_new(array, json_of_call(&calls[i]));
        (void)json_object_set_new(object, "calls", array);
        (void)json_object_set_new(object, "request", json_of_text(request));
        json_print(object);
        return EXIT_DONE;
    }
    print_effect(cli->arena, &effect, request);
    if (count > 0)
        print_calls(cli->arena, calls, count);
    remark_on(cli, &effect);
    return EXIT_DONE;
}

/* ---------------------------------------------------------------- decided */

/* " to ann@example.com"; "" where its kind does not say. */
static const char *whom(struct cli *cli, struct session *session,
                        const struct effect_report *effect)
{
    struct error ignored = {0};
    const char *request = NULL;
    const struct effect_kind *kind = effect_kind_find(effect->kind);
    if (kind == NULL || kind->goes_to == NULL ||
        !effect_report_request(session->db, effect, cli->arena, &request, &ignored))
        return "";
    const char *to = kind->goes_to(request, strlen(request), cli->arena);
    return to == NULL ? "" : arena_printf(cli->arena, " to %s", to);
}

static int say_decided(struct cli *cli, struct session *session,
                       const struct effects_options *options, const char *word, bool is_sent)
{
    struct error err = {0};
    json_t *array = json_array();
    for (size_t i = 0; i < options->key_count; i++) {
        struct effect_report effect;
        if (!effect_report_find(session->db, options->keys[i], options->tenant, cli->arena, &effect,
                                &err)) {
            json_decref(array);
            return cli_fail(cli, &err);
        }
        (void)json_array_append_new(array, json_of_effect(&effect));
        if (!cli->json)
            (void)printf("%s: %s%s, now %s\n", effect.effect_key, word,
                         is_sent ? whom(cli, session, &effect) : "", effect.state);
    }
    if (cli->json)
        json_print(json_pack("{s:O}", "effects", array));
    json_decref(array);
    return EXIT_DONE;
}

static bool find_kind(const struct effect_report *effect, const struct effect_kind **ret_kind,
                      struct error *err)
{
    *ret_kind = effect_kind_find(effect->kind);
    return *ret_kind != NULL ||
           error_run(err, EXIT_CONFIG, "this billmill knows no kind of effect '%s'", effect->kind);
}

static int retry_effects(struct cli *cli, const struct effects_options *options)
{
    struct error err = {0};
    CLEANUP(session_close) struct session session = {0};
    if (!session_open(cli, SESSION_WRITE, "effects retry", &session, &err))
        return cli_fail(cli, &err);
    for (size_t i = 0; i < options->key_count; i++) {
        struct effect_report effect;
        const struct effect_kind *kind = NULL;
        if (!effect_report_find(session.db, options->keys[i], options->tenant, cli->arena, &effect,
                                &err) ||
            !find_kind(&effect, &kind, &err) ||
            !effect_retry(&session.engine, kind, &effect, options->reason, cli->arena, &err))
            return cli_fail(cli, &err);
    }
    int code = say_decided(cli, &session, options, "to be tried again", true);
    cli_remark(cli, "the next `billmill run dispatch` goes on with them");
    return code;
}

static int replay_effects(struct cli *cli, const struct effects_options *options)
{
    struct error err = {0};
    CLEANUP(session_close) struct session session = {0};
    if (!session_open(cli, SESSION_WRITE, "effects replay", &session, &err))
        return cli_fail(cli, &err);
    for (size_t i = 0; i < options->key_count; i++) {
        struct effect_report effect;
        const struct effect_kind *kind = NULL;
        if (!effect_report_find(session.db, options->keys[i], options->tenant, cli->arena, &effect,
                                &err) ||
            !find_kind(&effect, &kind, &err) ||
            !effect_replay(&session.engine, kind, &effect, options->reason, cli->arena, &err))
            return cli_fail(cli, &err);
    }
    int code = say_decided(cli, &session, options, "to be sent once more", true);
    cli_remark(cli, "the next `billmill run dispatch` goes on with them");
    return code;
}

static int resolve_effect(struct cli *cli, const struct effects_options *options)
{
    struct error err = {0};
    struct effect_report effect;
    const struct effect_kind *kind = NULL;
    const struct effect_resolution resolution = {.done = options->done != NULL,
                                                 .provider_ref = options->done,
                                                 .nothing_kept = options->nothing_kept,
                                                 .reason = options->reason};
    CLEANUP(session_close) struct session session = {0};
    if (!session_open(cli, SESSION_WRITE, "effects resolve", &session, &err) ||
        !effect_report_find(session.db, options->keys[0], options->tenant, cli->arena, &effect,
                            &err) ||
        !find_kind(&effect, &kind, &err) ||
        !effect_resolve(&session.engine, kind, &effect, &resolution, cli->arena, &err))
        return cli_fail(cli, &err);
    return say_decided(cli, &session, options, "resolved", false);
}

/* ---------------------------------------------------------------- the command */

static bool check_reason(const struct effects_options *options, struct error *err)
{
    if (!text_is_empty(options->reason))
        return true;
    (void)error_run(err, EXIT_USAGE, "a reason is needed: it stays in the audit log");
    return error_hint(err, "add --reason \"why\"");
}

static bool check_keys(const struct effects_options *options, const char *action, bool several,
                       struct error *err)
{
    if (options->key_count == 1 || (several && options->key_count > 1))
        return true;
    (void)error_run(err, EXIT_USAGE, "effects %s needs the key of %s", action,
                    several ? "at least one effect" : "one effect");
    return error_hint(err, "`billmill effects list` shows the keys");
}

static bool check_state(const struct effects_options *options, struct error *err)
{
    static const char *const states[] = {"intent", "sending", "unknown", "held", "done", "failed"};
    if (options->state == NULL)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        if (text_equal(options->state, states[i]))
            return true;
    (void)error_run(err, EXIT_USAGE, "'%s' is not a state of an effect", options->state);
    return error_hint(err, "states are " STATE_WORDS);
}

static bool check_kind(const struct cli *cli, const struct effects_options *options,
                       struct error *err)
{
    const char *known = "";
    if (options->kind == NULL || effect_kind_find(options->kind) != NULL)
        return true;
    for (size_t i = 0; all_effect_kinds[i] != NULL; i++)
        known = arena_printf(cli->arena, "%s%s%s", known, i == 0 ? "" : ", ",
                             all_effect_kinds[i]->name);
    (void)error_run(err, EXIT_USAGE, "'%s' is not a kind of effect", options->kind);
    return error_hint(err, "kinds are %s", known);
}

static bool check_resolution(const struct effects_options *options, struct error *err)
{
    if (options->done != NULL && options->failed)
        return error_run(err, EXIT_USAGE,
                         "it was carried out (--done REF) or not (--failed): not both");
    if ((options->done != NULL && !options->nothing_kept) || options->failed)
        return true;
    (void)error_run(err, EXIT_USAGE, "say what became of it: --done REF, or --failed");
    return error_hint(err, "REF is what the provider calls it: pi_3Nq…");
}

static int run_effects(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    struct cli_arguments arguments;
    struct effects_options options = {0};
    const struct cli_option known[] = {
        {.name = "state",        .text = &options.state       },
        {.name = "kind",         .text = &options.kind        },
        {.name = "tenant",       .text = &options.tenant      },
        {.name = "limit",        .number = &options.limit     },
        {.name = "reason",       .text = &options.reason      },
        {.name = "done",         .text = &options.done        },
        {.name = "failed",       .flag = &options.failed      },
        {.name = "nothing-kept", .flag = &options.nothing_kept},
    };
    if (!cli_parse(cli, &command_effects, argc, argv, known, ARRAY_LEN(known), &arguments, &err))
        return cli_fail(cli, &err);
    const char *action = arguments.count == 0 ? "list" : arguments.items[0];
    options.keys = arguments.items + 1;
    options.key_count = arguments.count == 0 ? 0 : arguments.count - 1;
    if (text_equal(action, "list") && options.key_count == 0)
        return check_state(&options, &err) && check_kind(cli, &options, &err)
                   ? list_effects(cli, &options)
                   : cli_fail(cli, &err);
    if (text_equal(action, "show"))
        return check_keys(&options, action, false, &err) ? show_effect(cli, &options)
                                                         : cli_fail(cli, &err);
    if (text_equal(action, "retry"))
        return check_keys(&options, action, true, &err) && check_reason(&options, &err)
                   ? retry_effects(cli, &options)
                   : cli_fail(cli, &err);
    if (text_equal(action, "replay"))
        return check_keys(&options, action, true, &err) && check_reason(&options, &err)
                   ? replay_effects(cli, &options)
                   : cli_fail(cli, &err);
    if (text_equal(action, "resolve"))
        return check_keys(&options, action, false, &err) && check_resolution(&options, &err) &&
                       check_reason(&options, &err)
                   ? resolve_effect(cli, &options)
                   : cli_fail(cli, &err);
    (void)error_run(&err, EXIT_USAGE, "effects does not know '%s'",
                    text_equal(action, "list") ? options.keys[0] : action);
    (void)error_hint(&err, "it knows list, show, retry, replay and resolve");
    return cli_fail(cli, &err);
}

const struct command command_effects = {
    .name = "effects",
    .arguments = "[list | show KEY | retry KEY… | replay KEY… | resolve KEY]",
    .summary = "list what is sent to providers; decide what nobody else can",
    .help =
        "What leaves billmill (charges, refunds, mails, webhooks) is an effect, sent by `run\n"
        "dispatch`: intent (to be sent), sending, done, failed (refused for good), unknown (an\n"
        "answer was lost or the provider has not decided: it is asked), held (a person has to\n"
        "look).\n\n"
        "  list       those that are not over, or those of --state\n"
        "  show       one of them with every call that was made\n"
        "  retry      a held one is sent again, with the same key (a charge or refund that the\n"
        "             gateway has is asked for; one that went through twice is a\n"
        "             person's alone); one that waits is due now\n"
        "  replay     a mail or webhook that failed is sent once more, with the same key\n"
        "  resolve    say what became of it: what follows from that is recorded\n\n"
        "Options:\n"
        "  --state STATE    list: " STATE_WORDS "\n"
        "  --kind KIND      list: of this kind\n"
        "  --limit N        list: at most so many (1000)\n"
        "  --tenant TENANT  list: of this one; else: where several have an effect of that key\n"
        "  --done REF       resolve: it was carried out; REF is what the provider calls it\n"
        "  --failed         resolve: it was not, and is not to be sent any more\n"
        "  --nothing-kept   with --failed, of a charge or refund that the gateway has: nothing of\n"
        "                   it is kept there (a charge was canceled or given back)\n"
        "  --reason TEXT    why; it stays in the audit log (needed to retry, replay and "
        "resolve)\n\n"
        "JSON of list, retry, replay and resolve: effects (tenant, effect, kind, subject, state, "
        "outcome, "
        "provider,\n"
        "provider_ref, lane, intended_on, code, reason, attempts, not_before); of show: one of\n"
        "these with request and calls (claim, step, purpose, execution, sent_at, ended_at, "
        "ending,\n"
        "status, code, message, provider_ref).\n\n"
        "Examples:\n  billmill effects list --state held\n"
        "  billmill effects show charge:INV-2026-0042:1\n"
        "  billmill effects resolve charge:INV-2026-0042:1 --done pi_3Nq --reason \"seen there\"\n"
        "  billmill effects retry mail:invoice:INV-2026-0042 --reason \"it did not arrive\"\n"
        "  billmill effects list --state failed --kind mail\n"
        "  billmill effects replay mail:invoice:INV-2026-0042 --reason \"mailbox is back\"\n",
    .run = run_effects,
};
