/* rates: published exchange rates as they are stored, what a conversion makes of them, and the
 * files that said so. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/cli/output.h"
#include "core/cli/parked_accept.h"
#include "core/cli/session.h"
#include "core/cli/table.h"
#include "core/engine/history.h"
#include "core/stores/rate_store.h"

#define LAST_DAY ((struct date){DATE_DAYS_MAX})
#define FETCHED_SHOWN 20
#define RATE_DIGITS_SHOWN 12

struct rates_options {
    const char *date_text, *from_text, *to_text, *source, *currency, *reason;
    bool all;
    const char *const *words; /* behind the action */
    size_t word_count;
};

static const char *hex_of(struct arena *arena, const uint8_t digest[SHA256_SIZE])
{
    static const uint8_t none[SHA256_SIZE];
    char hex[SHA256_HEX_SIZE];
    if (memcmp(digest, none, SHA256_SIZE) == 0)
        return NULL;
    sha256_hex(digest, hex);
    return arena_copy(arena, hex);
}

static bool check_words(const struct rates_options *options, const char *action, size_t count,
                        const char *expected, struct error *err)
{
    return options->word_count == count ||
           error_run(err, EXIT_USAGE, "rates %s takes %s", action, expected);
}

/* An option that is a day: EXIT_USAGE. */
static bool read_day(const char *name, const char *text, struct date *ret_date, struct error *err)
{
    struct error why = {0};
    return date_parse(text, ret_date, &why) ||
           error_run(err, EXIT_USAGE, "--%s: %s", name, why.message);
}

/* ---------------------------------------------------------------- list and show */

/* One day, from one to another, or the last one that there is. */
static bool choose_days(const struct session *session, const struct rates_options *options,
                        struct date *ret_first, struct date *ret_last, struct error *err)
{
    bool found = false;
    struct date first = {DATE_DAYS_MIN}, last = LAST_DAY;
    if (options->date_text != NULL && (options->from_text != NULL || options->to_text != NULL))
        return error_run(err, EXIT_USAGE, "--date, or --from and --to, not both");
    if (options->date_text != NULL) {
        if (!read_day("date", options->date_text, &first, err))
            return false;
        last = first;
    } else if (options->from_text != NULL || options->to_text != NULL) {
        if ((options->from_text != NULL && !read_day("from", options->from_text, &first, err)) ||
            (options->to_text != NULL && !read_day("to", options->to_text, &last, err)))
            return false;
    } else {
        if (!rate_store_last_day(session->db, LAST_DAY, session->arena, &last, &found, err))
            return false;
        first = last = found ? last : LAST_DAY;
    }
    *ret_first = first;
    *ret_last = last;
    return true;
}

static json_t *json_of_rate(struct arena *arena, const struct exchange_rate_add_row *row)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:o}", "date", date_text(row->rate_on).text,
                     "source", row->source, "base", row->base, "quote", row->quote, "rate",
                     decimal_text(row->rate).text, "version", (json_int_t)row->version, "sha256",
                     json_of_text(hex_of(arena, row->digest)));
}

static void print_rates(struct arena *arena, const struct exchange_rate_add_row *rows, size_t count)
{
    static const struct table_column columns[] = {
        {"date",    TABLE_LEFT },
        {"source",  TABLE_LEFT },
        {"base",    TABLE_LEFT },
        {"quote",   TABLE_LEFT },
        {"rate",    TABLE_RIGHT},
        {"version", TABLE_RIGHT},
        {"file",    TABLE_LEFT },
    };
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < count; i++) {
        const char **cells = table_add_row(&table);
        const char *hex = hex_of(arena, rows[i].digest);
        cells[0] = arena_copy(arena, date_text(rows[i].rate_on).text);
        cells[1] = rows[i].source;
        cells[2] = rows[i].base;
        cells[3] = rows[i].quote;
        cells[4] = arena_copy(arena, decimal_text(rows[i].rate).text);
        cells[5] = cell_of_number(arena, rows[i].version);
        cells[6] = hex == NULL ? "imported" : arena_printf(arena, "%.12s", hex);
    }
    table_print(&table, stdout);
}

static bool check_currency(const struct rates_options *options, struct error *err)
{
    const char *code = options->currency;
    if (code == NULL ||
        (strlen(code) == 3 && strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(code)))
        return true;
    (void)error_run(err, EXIT_USAGE, "'%s' is not a currency", code);
    return error_hint(err, "expected three capital letters, as USD");
}

static int list_rates(struct cli *cli, const struct rates_options *options)
{
    struct error err = {0};
    struct date first, last;
    struct exchange_rate_add_row *rows = NULL;
    size_t count = 0;
    int64_t corrected = 0;
    CLEANUP(session_close) struct session session = {0};
    if (!check_words(options, "list", 0, "no arguments, but options", &err) ||
        !check_currency(options, &err) ||
        !session_open(cli, SESSION_READ, "rates", &session, &err) ||
        !choose_days(&session, options, &first, &last, &err) ||
        !rate_store_list(session.db, first, last, text_or_empty(options->source),
                         text_or_empty(options->currency), cli->arena, &rows, &count, &err))
        return cli_fail(cli, &err);
    if (cli->json) {
        json_t *array = json_array();
        for (size_t i = 0; i < count; i++)
            (void)json_array_append_new(array, json_of_rate(cli->arena, &rows[i]));
        json_print(json_pack("{s:o}", "rates", array));
        return EXIT_DONE;
    }
    if (count > 0)
        print_rates(cli->arena, rows, count);
    for (size_t i = 0; i < count; i++)
        corrected += rows[i].version > 1;
    if (corrected > 0)
        cli_remark(cli,
                   "%" PRId64 " of them correct an earlier version; conversions that were "
                   "made by that stay as they are",
                   corrected);
    if (count == 0)
        cli_remark(cli, "there are no such rates: `billmill run exchange-rate-sync --date "
                        "YYYY-MM-DD` fetches them");
    return EXIT_DONE;
}

/* ---------------------------------------------------------------- convert */

struct conversion {
    struct decimal amount;
    struct currency from, to;
    struct date on;
    struct money converted;
    struct exchange_rate_choice choice;
    struct rate_rule rule;
};

static bool read_conversion(const struct rates_options *options, struct conversion *conversion,
                            struct error *err)
{
    struct error why = {0};
    if (!check_words(options, "convert", 3, "AMOUNT FROM TO, as 1234.56 USD JPY", err))
        return false;
    if (options->date_text == NULL)
        return error_run(err, EXIT_USAGE, "rates convert needs --date YYYY-MM-DD");
    if (!read_day("date", options->date_text, &conversion->on, err))
        return false;
    if (!decimal_parse(options->words[0], &conversion->amount, &why) ||
        !currency_parse(options->words[1], &conversion->from, &why) ||
        !currency_parse(options->words[2], &conversion->to, &why))
        return error_run(err, EXIT_USAGE, "%s", why.message);
    return !currency_equal(conversion->from, conversion->to) ||
           error_run(err, EXIT_USAGE, "%s is %s already", options->words[1], options->words[2]);
}

static bool convert(const struct session *session, struct conversion *conversion, struct error *err)
{
    conversion->rule = settings_rate_rule(&session->setup.settings, session->arena);
    return rate_store_choose(session->db, &conversion->rule, conversion->from.code,
                             conversion->to.code, conversion->on, session->arena,
                             &conversion->choice, err) &&
           conversion_convert(conversion->amount, conversion->choice.rate, conversion->to,
                              ROUND_HALF_UP, &conversion->converted, err);
}

static json_t *json_of_leg(const char *code, struct decimal rate, int64_t version)
{
    return json_pack("{s:s, s:s, s:o}", "currency", code, "rate", decimal_text(rate).text,
                     "version", version == 0 ? json_null() : json_integer((json_int_t)version));
}

static json_t *json_of_conversion(const struct conversion *conversion)
{
    const struct exchange_rate_choice *choice = &conversion->choice;
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:[o, o]}", "amount",
        money_text(conversion->converted).text, "currency", conversion->to.code, "from_amount",
        decimal_text(conversion->amount).text, "from_currency", conversion->from.code, "date",
        date_text(conversion->on).text, "publication_date",
        date_text(choice->legs.published_on).text, "source", choice->source, "rate",
        ratio_text(choice->rate).text, "rule", missing_day_name(conversion->rule.missing_day),
        "legs", json_of_leg(conversion->from.code, choice->legs.from_rate, choice->from_version),
        json_of_leg(conversion->to.code, choice->legs.to_rate, choice->to_version));
}

static void print_leg(const char *base, const char *code, struct decimal rate, int64_t version)
{
    if (version > 0)
        (void)printf("  1 %s = %s %s%s\n", base, decimal_text(rate).text, code,
                     version > 1 ? " (corrected)" : "");
}

static void print_conversion(const struct conversion *conversion)
{
    const struct exchange_rate_choice *choice = &conversion->choice;
    struct decimal shown = {0};
    struct error ignored = {0};
    (void)printf("%s %s = %s %s\n", decimal_text(conversion->amount).text, conversion->from.code,
                 money_text(conversion->converted).text, conversion->to.code);
    (void)printf("%s of %s, rule %s:\n", choice->source, date_text(choice->legs.published_on).text,
                 missing_day_name(conversion->rule.missing_day));
    print_leg(choice->base, conversion->from.code, choice->legs.from_rate, choice->from_version);
    print_leg(choice->base, conversion->to.code, choice->legs.to_rate, choice->to_version);
    if (ratio_round(choice->rate, RATE_DIGITS_SHOWN, ROUND_HALF_UP, &shown, &ignored))
        (void)printf("1 %s = %s %s, exactly %s; rounded once, at the amount\n",
                     conversion->from.code, decimal_text(shown).text, conversion->to.code,
                     ratio_text(choice->rate).text);
}

static int run_convert(struct cli *cli, const struct rates_options *options)
{
    struct error err = {0};
    struct conversion conversion = {0};
    CLEANUP(session_close) struct session session = {0};
    if (!read_conversion(options, &conversion, &err) ||
        !session_open(cli, SESSION_READ, "rates", &session, &err) ||
        !convert(&session, &conversion, &err))
        return cli_fail(cli, &err);
    if (cli->json)
        json_print(json_of_conversion(&conversion));
    else
        print_conversion(&conversion);
    return EXIT_DONE;
}

/* ---------------------------------------------------------------- what was fetched */

static json_t *json_of_fetched(struct arena *arena, const struct fetched_listed *listed)
{
    const struct fetched_row *row = &listed->row;
    return json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:o, s:o}", "date", listed->business_key,
                     "generation", (json_int_t)listed->generation, "source", row->source, "format",
                     row->format, "url", row->url, "outcome", row->outcome, "reason",
                     json_of_text(row->reason), "sha256", json_of_text(hex_of(arena, row->digest)));
}

static void print_fetched(struct arena *arena, const struct fetched_listed *rows, size_t count)
{
    static const struct table_column columns[] = {
        {"for",             TABLE_LEFT},
        {"source",          TABLE_LEFT},
        {"outcome",         TABLE_LEFT},
        {"file",            TABLE_LEFT},
        {"address, or why", TABLE_LEFT},
    };
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < count; i++) {
        const char **cells = table_add_row(&table);
        const struct fetched_row *row = &rows[i].row;
        const char *hex = hex_of(arena, row->digest);
        cells[0] = rows[i].business_key;
        cells[1] = row->source;
        cells[2] = row->outcome;
        cells[3] = hex == NULL ? "-" : arena_printf(arena, "%.12s", hex);
        cells[4] = row->reason == NULL ? row->url : row->reason;
    }
    table_print(&table, stdout);
}

/* A run to which nobody answered well keeps nothing but what it parks. */
static void remark_on_nothing(const struct cli *cli, struct session *session)
{
    struct instance latest;
    bool found = false;
    struct error ignored = {0};
    if (history_find_latest(session->db, "exchange-rate-sync", session->arena, &latest, &found,
                            &ignored) &&
        found)
        cli_remark(cli, "no source has answered well yet: `billmill parked` says why");
    else
        cli_remark(cli, "nobody was asked yet: `billmill run exchange-rate-sync --date YYYY-MM-DD` "
                        "asks");
}

static int list_fetched(struct cli *cli, const struct rates_options *options)
{
    struct error err = {0};
    struct fetched_listed *rows = NULL;
    size_t count = 0;
    CLEANUP(session_close) struct session session = {0};
    if (!check_words(options, "fetched", 0, "no arguments", &err) ||
        !session_open(cli, SESSION_READ, "rates", &session, &err) ||
        !rate_store_list_fetched(session.db, FETCHED_SHOWN, cli->arena, &rows, &count, &err))
        return cli_fail(cli, &err);
    if (cli->json) {
        json_t *array = json_array();
        for (size_t i = 0; i < count; i++)
            (void)json_array_append_new(array, json_of_fetched(cli->arena, &rows[i]));
        json_print(json_pack("{s:o}", "fetched", array));
        return EXIT_DONE;
    }
    if (count > 0)
        print_fetched(cli->arena, rows, count);
    else
        remark_on_nothing(cli, &session);
    return EXIT_DONE;
}

static int nibble_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_digest(const char *text, uint8_t ret_digest[SHA256_SIZE], struct error *err)
{
    bool good = strlen(text) == SHA256_HEX_SIZE - 1;
    for (size_t i = 0; good && i < SHA256_SIZE; i++) {
        int high = nibble_of(text[2 * i]);
        int low = nibble_of(text[2 * i + 1]);
        good = high >= 0 && low >= 0;
        ret_digest[i] = good ? (uint8_t)(high * 16 + low) : 0;
    }
    return good || error_run(err, EXIT_USAGE, "'%s' is not a SHA-256: 64 hexadecimal digits", text);
}

static int write_file(struct cli *cli, const struct rates_options *options)
{
    struct error err = {0};
    uint8_t digest[SHA256_SIZE];
    struct row_bytes body;
    CLEANUP(session_close) struct session session = {0};
    if (!check_words(options, "file", 1, "the SHA-256 of a file", &err) ||
        !read_digest(options->words[0], digest, &err) ||
        !session_open(cli, SESSION_READ, "rates", &session, &err) ||
        !rate_store_load_body(session.db, digest, cli->arena, &body, &err))
        return cli_fail(cli, &err);
    if (fwrite(body.data, 1, body.size, stdout) != body.size || fflush(stdout) != 0) {
        (void)error_run(&err, EXIT_IO, "cannot write the file");
        return cli_fail(cli, &err);
    }
    return EXIT_DONE;
}

/* ---------------------------------------------------------------- accept */

static int accept_rates(struct cli *cli, const struct rates_options *options)
{
    const struct parked_acceptance acceptance = {.command = "rates accept",
                                                 .code = "rate_jump",
                                                 .all = options->all,
                                                 .items = options->words,
                                                 .item_count = options->word_count,
                                                 .reason = options->reason};
    return parked_accept(cli, &acceptance);
}

/* ---------------------------------------------------------------- the command */

static int run_rates(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    struct cli_arguments arguments;
    struct rates_options options = {0};
    const struct cli_option known[] = {
        {.name = "date",     .text = &options.date_text},
        {.name = "from",     .text = &options.from_text},
        {.name = "to",       .text = &options.to_text  },
        {.name = "source",   .text = &options.source   },
        {.name = "currency", .text = &options.currency },
        {.name = "all",      .flag = &options.all      },
        {.name = "reason",   .text = &options.reason   },
    };
    if (!cli_parse(cli, &command_rates, argc, argv, known, ARRAY_LEN(known), &arguments, &err))
        return cli_fail(cli, &err);
    const char *action = arguments.count == 0 ? "list" : arguments.items[0];
    options.words = arguments.items + 1;
    options.word_count = arguments.count == 0 ? 0 : arguments.count - 1;
    if (text_equal(action, "list"))
        return list_rates(cli, &options);
    if (text_equal(action, "convert"))
        return run_convert(cli, &options);
    if (text_equal(action, "accept"))
        return accept_rates(cli, &options);
    if (text_equal(action, "fetched"))
        return list_fetched(cli, &options);
    if (text_equal(action, "file"))
        return write_file(cli, &options);
    if (text_equal(action, "show") && options.word_count == 1 && options.currency == NULL) {
        options.currency = options.words[0];
        options.word_count = 0;
        return list_rates(cli, &options);
    }
    if (text_equal(action, "show"))
        (void)error_run(&err, EXIT_USAGE, "rates show takes a currency, as USD");
    else
        (void)error_run(&err, EXIT_USAGE, "rates does not know '%s'", action);
    (void)error_hint(&err, "it knows list, show, convert, accept, fetched and file");
    return cli_fail(cli, &err);
}

const struct command command_rates = {
    .name = "rates",
    .arguments =
        "[list | show CURRENCY | convert AMOUNT FROM TO --date D | accept ITEM… | fetched | "
        "file SHA256]",
    .summary = "published exchange rates, and what a conversion makes of them",
    .help =
        "  list       the rates of the last day, or of the days that are asked for; a rate that "
        "was\n"
        "             corrected has several versions, of which the last one holds\n"
        "  show       those of one currency\n"
        "  convert    an amount of a day in another currency: both rates of one publication,\n"
        "             rounded once; which day counts is exchange_rates: missing_day\n"
        "  accept     rates that are parked because they jump: they are right, and stored; ITEM as "
        "in\n"
        "             `billmill parked`\n"
        "  fetched    what sources were asked, and what they answered, the newest first\n"
        "  file       a file as it was fetched, byte for byte\n\n"
        "Options:\n"
        "  --date D               of that day; of a conversion: the day it is for\n"
        "  --from D, --to D       of these days, both included\n"
        "  --source NAME          of that source\n"
        "  --currency CODE        of that currency\n"
        "  --all                  accept: all that jump\n"
        "  --reason TEXT          accept: why they are right (needed); it stays in the audit "
        "log\n\n"
        "JSON: rates (date, source, base, quote, rate, version, sha256 or null: imported);\n"
        "convert: amount, currency, from_amount, from_currency, date, publication_date, source,\n"
        "rate (exact), rule, legs; fetched: fetched (date, generation, source, format, url,\n"
        "outcome, reason, sha256); accept: as of `parked retry`.\n\n"
        "Examples:\n  billmill run exchange-rate-sync --date 2026-04-13\n"
        "  billmill rates list --date 2026-04-13\n"
        "  billmill rates show USD --from 2026-04-01 --to 2026-04-30\n"
        "  billmill rates convert 1234567.89 USD JPY --date 2026-04-13\n"
        "  billmill rates accept JPY --reason \"the bank has confirmed it\"\n"
        "  billmill import --record exchange_rate rates.csv    # source,date,base,quote,rate\n",
    .run = run_rates,
};
