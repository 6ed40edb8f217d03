/* Asking the sources of exchange rates: see rate_fetch.h. */
#include "jobs/rate_fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/outside/http.h"
#include "jobs/environment.h"

#define CONNECT_TIMEOUT_MS 10000
#define PAUSE_MS 1000
#define RETRY_AFTER_MAX_S 60
#define ANSWER_BYTES_MAX ((size_t)16 << 20)
#define MS_PER_S 1000

const struct fetched_row *rate_publication_source(const struct rate_publication *publication)
{
    assert(publication->fetched.count > 0);
    return &publication->fetched.items[publication->fetched.count - 1];
}

/* ---------------------------------------------------------------- a source */

/* "NAME FORMAT ADDRESS": the settings have checked that it is that. */
struct source {
    const char *name, *format_name, *address;
    enum rate_format format;
    const char *url, *shown; /* filled in; `shown` without the key */
};

static const char *fill_in(const char *text, const char *word, const char *value,
                           struct arena *arena)
{
    const char *at = strstr(text, word);
    if (at == NULL)
        return text;
    const char *rest = fill_in(at + strlen(word), word, value, arena);
    return arena_printf(arena, "%.*s%s%s", (int)(at - text), text, value, rest);
}

/* Of the host speaks whoever cannot reach it. */
static bool key_is_in_host(const char *address)
{
    const char *host = strstr(address, "://");
    const char *key = strstr(address, "{key}");
    return host != NULL && key != NULL && key < host + 3 + strcspn(host + 3, "/?#");
}

static bool read_source(const struct job_ctx *ctx, const struct setting_text *text,
                        struct arena *arena, struct source *ret_source, struct error *err)
{
    const struct settings *settings = job_environment(ctx)->settings;
    char *name = arena_copy(arena, text->text);
    char *format = strchr(name, ' ');
    char *address = format == NULL ? NULL : strchr(format + 1, ' ');
    const char *key = NULL;
    struct source source = {0};
    if (address == NULL)
        return error_run(err, EXIT_CONFIG, "'%s' is not NAME FORMAT ADDRESS", text->text);
    *format = '\0';
    *address = '\0';
    source.name = name;
    source.format_name = format + 1;
    source.address = address + 1;
    if (!rate_format_parse(source.format_name, &source.format))
        return error_run(err, EXIT_CONFIG, "'%s' is not a format of rates", source.format_name);
    source.shown = fill_in(source.address, "{date}", date_text(ctx->business_date).text, arena);
    source.url = source.shown;
    if (key_is_in_host(source.shown))
        return error_run(err, EXIT_CONFIG, "%s: a secret may stand behind the host only",
                         source.shown);
    if (strstr(source.shown, "{key}") != NULL) {
        if (!settings_secret(&settings->rates.key, "exchange_rates.key", getenv, arena, &key, err))
            return false;
        if (key == NULL)
            return error_run(err, EXIT_CONFIG, "exchange_rates.key is missing: %s needs it",
                             source.shown);
        source.url = fill_in(source.shown, "{key}", key, arena);
    }
    *ret_source = source;
    return http_check_url(source.url, source.shown, err);
}

/* ---------------------------------------------------------------- its answer */

/* The last part of the address, for places in messages: "ecb: eurofxref-daily.xml:9:32: …". */
static const char *document_name(const struct source *source, struct arena *arena)
{
    size_t end = strcspn(source->shown, "?#");
    size_t start = end;
    while (start > 0 && source->shown[start - 1] != '/')
        start--;
    return arena_copy_n(arena, source->shown + start, end - start);
}

static bool parse(const struct job_ctx *ctx, const struct source *source,
                  struct rate_publication *publication, struct error *err)
{
    struct arena *arena = publication->arena;
    return rate_feed_parse(source->format, document_name(source, arena), publication->body.data,
                           publication->body.size, ctx->business_date, arena, &publication->feed,
                           err);
}

/* With what it said the last time, if its bytes are there. */
static bool ask(const struct job_ctx *ctx, const struct source *source,
                struct rate_publication *publication, struct fetched_row *row, struct error *err)
{
    const struct settings_rates *settings = &job_environment(ctx)->settings->rates;
    struct arena *arena = publication->arena;
    const struct http_limits limits = {.connect_timeout_ms = CONNECT_TIMEOUT_MS,
                                       .timeout_ms = settings->timeout_s * MS_PER_S,
                                       .attempts = settings->attempts,
                                       .pause_ms = PAUSE_MS,
                                       .retry_after_max_s = RETRY_AFTER_MAX_S,
                                       .bytes_max = ANSWER_BYTES_MAX};
    struct http_request request = {
        .url = source->url, .shown = source->shown, .stop_signal = ctx->stop_signal};
    struct fetched_row before = {0};
    struct http_answer answer;
    bool found = false;
    if (!rate_store_load_newest(ctx->db, source->shown, arena, &before, &found, err))
        return false;
    request.etag = before.etag;
    request.last_modified = before.last_modified;
    if (!http_get(&request, &limits, arena, &answer, err))
        return false;
    if (answer.not_modified) {
        row->outcome = "not_modified";
        row->etag = before.etag;
        row->last_modified = before.last_modified;
        memcpy(row->digest, before.digest, SHA256_SIZE);
        return rate_store_load_body(ctx->db, before.digest, arena, &publication->body, err);
    }
    row->outcome = "stored";
    row->etag = answer.etag;
    row->last_modified = answer.last_modified;
    publication->body = (struct row_bytes){answer.bytes, answer.size};
    sha256_of(answer.bytes, answer.size, row->digest);
    return true;
}

/* *ret_good false: it is kept why, and the next source is asked. */
static bool try_source(const struct job_ctx *ctx, const struct setting_text *text, int64_t place,
                       struct rate_publication *publication, bool *ret_good, struct error *why,
                       struct error *err)
{
    struct arena *arena = publication->arena;
    struct source source;
    struct fetched_row row = {.instance_id = ctx->instance_id, .place = place};
    if (!read_source(ctx, text, arena, &source, err))
        return error_context(err, "exchange_rates.sources");
    row.source = source.name;
    row.format = source.format_name;
    row.url = source.shown;
    *ret_good = ask(ctx, &source, publication, &row, why) && parse(ctx, &source, publication, why);
    if (!*ret_good && why->kind != ERROR_ITEM) {
        *err = *why;
        return error_context(err, "%s", source.name);
    }
    if (!*ret_good) {
        row.outcome = "failed";
        row.reason = arena_copy(arena, why->message);
        row.etag = row.last_modified = NULL;
        memset(row.digest, 0, SHA256_SIZE);
        (void)error_context(why, "%s", source.name);
    }
    ARRAY_ADD(arena, &publication->fetched) = row;
    return true;
}

static bool ask_all(const struct job_ctx *ctx, struct rate_publication *publication,
                    struct error *err)
{
    const struct setting_texts *sources = &job_environment(ctx)->settings->rates.sources;
    struct error first = {0};
    if (sources->count == 0) {
        (void)error_run(err, EXIT_CONFIG, "no source of exchange rates");
        return error_hint(err, "name one under exchange_rates: sources in the configuration");
    }
    for (size_t i = 0; i < sources->count; i++) {
        struct error why = {0};
        bool good = false;
        if (!try_source(ctx, &sources->items[i], (int64_t)i + 1, publication, &good, &why, err))
            return false;
        if (good)
            return true;
        if (i == 0)
            first = why;
        else
            (void)snprintf(first.message + strlen(first.message),
                           sizeof first.message - strlen(first.message), "; %s", why.message);
    }
    (void)error_item(err, first.code, "%s", first.message);
    return error_hint(err,
                      "the run of another day asks again, and so does `billmill parked retry`; "
                      "`billmill import --record exchange_rate FILE` takes rates by hand");
}

/* ---------------------------------------------------------------- what is there */

static bool read_back(const struct job_ctx *ctx, struct rate_publication *publication,
                      struct error *err)
{
    const struct fetched_row *row = rate_publication_source(publication);
    struct source source = {.name = row->source, .shown = row->url};
    if (text_equal(row->outcome, "failed") || !rate_format_parse(row->format, &source.format))
        return error_run(err, EXIT_INTERNAL, "what %s was asked is not what it answered",
                         row->source);
    publication->is_stored = true;
    return rate_store_load_body(ctx->db, row->digest, publication->arena, &publication->body,
                                err) &&
           parse(ctx, &source, publication, err);
}

bool rate_fetch(const struct job_ctx *ctx, struct rate_publication *publication, struct error *err)
{
    struct fetched_row *rows = NULL;
    size_t count = 0;
    publication->fetched.count = 0; /* asked before, and the database was lost meanwhile */
    if (!rate_store_load_fetched(ctx->db, ctx->instance_id, publication->arena, &rows, &count, err))
        return false;
    if (count == 0)
        return ask_all(ctx, publication, err);
    publication->fetched.items = rows;
    publication->fetched.count = publication->fetched.capacity = count;
    return read_back(ctx, publication, err);
}
