/* Rows of effects: see effect_store.h. */
#include "core/engine/effect_store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

#define US_PER_S 1000000

static const struct row_field channel_fields[] = {
    ROW_FIELD(struct effect_channel, tenant_id, "tenant_id"),
    ROW_FIELD(struct effect_channel, kind, "kind"),
    ROW_FIELD(struct effect_channel, provider, "provider"),
};

bool effect_load_channels(struct db *db, struct arena *arena, struct effect_channel **ret_channels,
                          size_t *ret_count, struct error *err)
{
    void *rows = NULL;
    if (!rows_load_all(db, STMT_EFFECT_CHANNELS, DB_NO_ARGS, arena, channel_fields,
                       ARRAY_LEN(channel_fields), sizeof(struct effect_channel), &rows, ret_count,
                       err))
        return error_context(err, "looking for effects to be sent");
    *ret_channels = rows;
    return true;
}

/* ---------------------------------------------------------------- claiming */

static const struct row_field claimed_fields[] = {
    ROW_FIELD(struct effect_claimed, effect.effect_key, "effect_key"),
    ROW_FIELD(struct effect_claimed, effect.lane, "lane"),
    ROW_FIELD(struct effect_claimed, effect.subject, "subject"),
    ROW_FIELD(struct effect_claimed, effect.provider_ref, "provider_ref"),
    ROW_FIELD(struct effect_claimed, effect.code, "code"),
    ROW_FIELD(struct effect_claimed, effect.intended_on, "intended_on"),
    ROW_FIELD(struct effect_claimed, effect.epoch, "epoch"),
    ROW_FIELD(struct effect_claimed, effect.attempts, "attempts"),
    ROW_FIELD(struct effect_claimed, effect.sent_by_us, "sent_by_us"),
    ROW_FIELD(struct effect_claimed, effect.outcome, "outcome"),
};

/* RETURNING has no order. */
static int compare_claimed(const void *a, const void *b)
{
    return strcmp(((const struct effect_claimed *)a)->effect.effect_key,
                  ((const struct effect_claimed *)b)->effect.effect_key);
}

bool effect_claim(struct db *db, const struct effect_claim *claim, struct arena *arena,
                  struct effect_claimed **ret_claimed, size_t *ret_count, struct error *err)
{
    const struct effect_channel *channel = claim->channel;
    void *rows = NULL;
    if (!rows_load_all(db, claim->ask ? STMT_EFFECT_CLAIM_ASK : STMT_EFFECT_CLAIM_SEND,
                       DB_ARGS(db_i64(channel->tenant_id), db_text(channel->kind),
                               db_text(channel->provider), db_text(claim->after_key),
                               db_text(claim->owner), db_i64(claim->now_us + claim->lease_us),
                               db_i64(claim->now_us), db_i64((int64_t)claim->count)),
                       arena, claimed_fields, ARRAY_LEN(claimed_fields),
                       sizeof(struct effect_claimed), &rows, ret_count, err))
        return error_context(err, "claiming effects of kind %s", channel->kind);
    struct effect_claimed *claimed = rows;
    for (size_t i = 0; i < *ret_count; i++) {
        claimed[i].effect.tenant_id = channel->tenant_id;
        claimed[i].effect.kind = channel->kind;
        claimed[i].effect.provider = channel->provider;
        claimed[i].effect.asking = claim->ask;
        claimed[i].effect.quiet_s =
            claim->ask ? (claim->now_us - claimed[i].effect.sent_by_us) / US_PER_S : 0;
    }
    if (*ret_count > 1)
        qsort(claimed, *ret_count, sizeof *claimed, compare_claimed);
    *ret_claimed = claimed;
    return true;
}

/* ---------------------------------------------------------------- requests */

struct request_row {
    int64_t tenant_id;
    const char *effect_key;
    struct row_bytes request;
    uint8_t digest[SHA256_SIZE];
};
static const struct row_field request_fields[] = {
    ROW_FIELD(struct request_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct request_row, effect_key, "effect_key"),
    ROW_FIELD(struct request_row, request, "request"),
    ROW_FIELD(struct request_row, digest, "digest"),
};
static const struct bulk_table effect_requests = {.name = "effect_requests",
                                                  .kind = BULK_INSERT,
                                                  .table = "effect_request",
                                                  .fields = request_fields,
                                                  .field_count = ARRAY_LEN(request_fields),
                                                  .key_count = 2,
                                                  .row_size = sizeof(struct request_row)};

static void take_request(struct effect_claimed *claimed, const struct request_row *row,
                         struct arena *arena)
{
    uint8_t digest[SHA256_SIZE];
    claimed->effect.request = "";
    if (row == NULL) {
        claimed->damage = "it has no request";
        return;
    }
    sha256_of(row->request.data, row->request.size, digest);
    if (memcmp(digest, row->digest, sizeof digest) != 0) {
        claimed->damage = "its request is not what was intended";
        return;
    }
    claimed->effect.request = arena_copy_n(arena, row->request.data, row->request.size);
    claimed->effect.request_size = row->request.size;
}

bool effect_load_requests(struct db *db, struct effect_claimed *claimed, size_t count,
                          struct arena *arena, struct error *err)
{
    struct request_row *keys = ARENA_NEW_ARRAY(arena, struct request_row, count);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++)
        keys[i] = (struct request_row){.tenant_id = claimed[i].effect.tenant_id,
                                       .effect_key = claimed[i].effect.effect_key};
    if (!bulk_find(db, &effect_requests, keys, count, arena, &found, err))
        return error_context(err, "loading the requests of effects");
    struct bulk_cursor cursor = {.found = &found};
    for (size_t i = 0; i < count; i++)
        take_request(&claimed[i], bulk_cursor_next(&cursor, i, sizeof(struct request_row)), arena);
    return true;
}

/* ---------------------------------------------------------------- recording */

/* What is there under the epoch of the claim, and open. */
#define STILL_CLAIMED "state IN ('sending', 'unknown')"

static const struct row_field record_fields[] = {
    ROW_FIELD(struct effect_record_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct effect_record_row, effect_key, "effect_key"),
    ROW_FIELD(struct effect_record_row, epoch, "epoch"),
    ROW_FIELD(struct effect_record_row, state, "state"),
    ROW_FIELD(struct effect_record_row, outcome, "outcome"),
    ROW_FIELD(struct effect_record_row, provider_ref, "provider_ref"),
    ROW_FIELD(struct effect_record_row, code, "code"),
    ROW_FIELD(struct effect_record_row, reason, "reason"),
    ROW_FIELD(struct effect_record_row, attempts, "attempts"),
    ROW_FIELD(struct effect_record_row, not_before_us, "not_before_us"),
    ROW_FIELD(struct effect_record_row, lease_until_us, "lease_until_us"),
    ROW_FIELD(struct effect_record_row, sent_by_us, "sent_by_us"),
    ROW_FIELD(struct effect_record_row, instance_id, "instance_id"),
    ROW_FIELD(struct effect_record_row, currency, "currency"),
    ROW_FIELD(struct effect_record_row, amount_minor, "amount_minor"),
};
const struct bulk_table EFFECT_RECORD = {.name = "effect_record",
                                         .kind = BULK_UPDATE,
                                         .table = "effect",
                                         .fields = record_fields,
                                         .field_count = ARRAY_LEN(record_fields),
                                         .key_count = 3,
                                         .row_size = sizeof(struct effect_record_row),
                                         .guard = STILL_CLAIMED,
                                         .redo_when_missing = true};

static const struct row_field return_fields[] = {
    ROW_FIELD(struct effect_return_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct effect_return_row, effect_key, "effect_key"),
    ROW_FIELD(struct effect_return_row, epoch, "epoch"),
    ROW_FIELD(struct effect_return_row, state, "state"),
    ROW_FIELD(struct effect_return_row, attempts, "attempts"),
    ROW_FIELD(struct effect_return_row, not_before_us, "not_before_us"),
    ROW_FIELD(struct effect_return_row, lease_until_us, "lease_until_us"),
};
const struct bulk_table EFFECT_RETURN = {.name = "effect_return",
                                         .kind = BULK_UPDATE,
                                         .table = "effect",
                                         .fields = return_fields,
                                         .field_count = ARRAY_LEN(return_fields),
                                         .key_count = 3,
                                         .row_size = sizeof(struct effect_return_row),
                                         .guard = STILL_CLAIMED,
                                         .redo_when_missing = true};

static const struct row_field key_fields[] = {
    ROW_FIELD(struct effect_key_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct effect_key_row, effect_key, "effect_key"),
    ROW_FIELD(struct effect_key_row, epoch, "epoch"),
    ROW_FIELD(struct effect_key_row, state, "state"),
};
static const struct bulk_table effect_keys = {.name = "effect_keys",
                                              .kind = BULK_INSERT,
                                              .table = "effect",
                                              .fields = key_fields,
                                              .field_count = ARRAY_LEN(key_fields),
                                              .key_count = 3,
                                              .row_size = sizeof(struct effect_key_row)};

bool effect_find_mine(struct db *db, const struct effect_key_row *keys, size_t count,
                      struct arena *arena, bool *ret_mine, struct error *err)
{
    struct bulk_found found;
    if (!bulk_find(db, &effect_keys, keys, count, arena, &found, err))
        return error_context(err, "looking at the effects that have ended");
    struct bulk_cursor cursor = {.found = &found};
    for (size_t i = 0; i < count; i++) {
        const struct effect_key_row *row =
            bulk_cursor_next(&cursor, i, sizeof(struct effect_key_row));
        ret_mine[i] =
            row != NULL && (text_equal(row->state, "sending") || text_equal(row->state, "unknown"));
    }
    return true;
}

static const struct row_field attempt_fields[] = {
    ROW_FIELD(struct effect_attempt_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct effect_attempt_row, effect_key, "effect_key"),
    ROW_FIELD(struct effect_attempt_row, epoch, "epoch"),
    ROW_FIELD(struct effect_attempt_row, step, "step"),
    ROW_FIELD(struct effect_attempt_row, purpose, "purpose"),
    ROW_FIELD(struct effect_attempt_row, execution_id, "execution_id"),
    ROW_FIELD(struct effect_attempt_row, sent_at_us, "sent_at_us"),
    ROW_FIELD(struct effect_attempt_row, ended_at_us, "ended_at_us"),
    ROW_FIELD(struct effect_attempt_row, ending, "ending"),
    ROW_FIELD(struct effect_attempt_row, status, "status"),
    ROW_FIELD(struct effect_attempt_row, code, "code"),
    ROW_FIELD(struct effect_attempt_row, message, "message"),
    ROW_FIELD(struct effect_attempt_row, provider_ref, "provider_ref"),
};
const struct bulk_table EFFECT_ATTEMPT_ADD = {.name = "effect_attempt_add",
                                              .kind = BULK_INSERT,
                                              .table = "effect_attempt",
                                              .fields = attempt_fields,
                                              .field_count = ARRAY_LEN(attempt_fields),
                                              .key_count = 4,
                                              .row_size = sizeof(struct effect_attempt_row)};

static bool keep_taken(struct db *db, const struct effect_taking *taking, int64_t now_us,
                       struct error *err)
{
    for (size_t i = 0; taking->kept[i] != NULL; i++)
        if (!db_run(db, STMT_EFFECT_KEEP_TAKEN,
                    DB_ARGS(db_i64(now_us), db_text(taking->kept[i]), db_i64(taking->execution_id)),
                    NULL, err))
            return false;
    return true;
}

bool effect_take_over(struct db *db, const struct effect_taking *taking, int64_t *ret_taken,
                      struct error *err)
{
    const char *prefix = taking->owner_prefix;
    int64_t now_us = 0;
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    return tx_begin(&tx, db, err) && db_now_us(db, &now_us, err) &&
           db_run(db, STMT_EFFECT_TAKE_SENDING, DB_ARGS(db_i64(now_us), db_text(prefix)), ret_taken,
                  err) &&
           (*ret_taken == 0 || keep_taken(db, taking, now_us, err)) &&
           (prefix == NULL ||
            db_run(db, STMT_EFFECT_FREE_ASKED, DB_ARGS(db_text(prefix)), NULL, err)) &&
           tx_commit(&tx, err);
}

bool effect_ask_held(struct db *db, const char *kind, struct date until, const char *but_code,
                     struct error *err)
{
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    return tx_begin(&tx, db, err) &&
           db_run(db, STMT_EFFECT_ASK_HELD,
                  DB_ARGS(db_text(kind), db_text(date_text(until).text), db_text(but_code)), NULL,
                  err) &&
           tx_commit(&tx, err);
}

bool effect_look_again(struct db *db, const char *kind, struct error *err)
{
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    return tx_begin(&tx, db, err) &&
           db_run(db, STMT_EFFECT_LOOK_AGAIN, DB_ARGS(db_text(kind)), NULL, err) &&
           tx_commit(&tx, err);
}

/* ---------------------------------------------------------------- counting */

static const struct row_field standing_fields[] = {
    ROW_FIELD(struct effect_standing, kind, "kind"),
    ROW_FIELD(struct effect_standing, due, "due"),
    ROW_FIELD(struct effect_standing, later, "later"),
    ROW_FIELD(struct effect_standing, much_later, "much_later"),
    ROW_FIELD(struct effect_standing, under_way, "under_way"),
    ROW_FIELD(struct effect_standing, asked, "asked"),
    ROW_FIELD(struct effect_standing, waiting, "waiting"),
    ROW_FIELD(struct effect_standing, ask_due, "ask_due"),
    ROW_FIELD(struct effect_standing, next_us, "next_us"),
};

bool effect_load_standing(struct db *db, int64_t now_us, int64_t much_later_us, struct arena *arena,
                          struct effect_standing **ret_rows, size_t *ret_count, struct error *err)
{
    void *rows = NULL;
    if (!rows_load_all(db, STMT_EFFECT_STANDING, DB_ARGS(db_i64(now_us), db_i64(much_later_us)),
                       arena, standing_fields, ARRAY_LEN(standing_fields),
                       sizeof(struct effect_standing), &rows, ret_count, err))
        return error_context(err, "counting effects");
    *ret_rows = rows;
    return true;
}

struct held_row {
    const char *kind;
    int64_t count;
};
static const struct row_field held_fields[] = {
    ROW_FIELD(struct held_row, kind, "kind"),
    ROW_FIELD(struct held_row, count, "count"),
};

bool effect_count_held(struct db *db, const struct effect_kind *const *kinds, struct arena *arena,
                       int64_t *ret_held, struct error *err)
{
    void *rows = NULL;
    size_t count = 0;
    if (!rows_load_all(db, STMT_EFFECT_HELD_COUNTS, DB_NO_ARGS, arena, held_fields,
                       ARRAY_LEN(held_fields), sizeof(struct held_row), &rows, &count, err))
        return error_context(err, "counting held effects");
    const struct held_row *held = rows;
    *ret_held = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; kinds[k] != NULL; k++)
            if (text_equal(kinds[k]->name, held[i].kind))
                *ret_held += held[i].count;
    return true;
}
