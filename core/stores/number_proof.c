/* Proving numbers and the hash chain: see number_proof.h. */
#include "core/stores/number_proof.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/stores/billing_catalog.h"

#define PAGE_DOCUMENTS 500
#define PAGE_ARENA_CAP (64u << 20)

struct counter_row {
    const char *series;
    int64_t fiscal_year, last_number;
    struct date last_issued_on;
    uint8_t last_hash[SHA256_SIZE];
};

static const struct row_field counter_fields[] = {
    ROW_FIELD(struct counter_row, series, "series"),
    ROW_FIELD(struct counter_row, fiscal_year, "fiscal_year"),
    ROW_FIELD(struct counter_row, last_number, "last_number"),
    ROW_FIELD(struct counter_row, last_issued_on, "last_issued_on"),
    ROW_FIELD(struct counter_row, last_hash, "last_hash"),
};

/* A chunk of invoice-finalize, in the order of commits. */
struct chunk_row {
    const char *business_key, *first_key, *last_key;
    int64_t generation, execution_id;
};

static const struct row_field chunk_fields[] = {
    ROW_FIELD(struct chunk_row, business_key, "business_key"),
    ROW_FIELD(struct chunk_row, first_key, "first_key"),
    ROW_FIELD(struct chunk_row, last_key, "last_key"),
    ROW_FIELD(struct chunk_row, generation, "generation"),
    ROW_FIELD(struct chunk_row, execution_id, "execution_id"),
};

/* One tenant on the way. */
struct proving {
    struct db *db;
    const struct number_proof_filter *filter;
    const struct tenant_facts *tenant;
    struct arena *arena; /* of the proof */
    struct arena *page;
    struct number_proof *proof;
    struct counter_row *counters;
    size_t counter_count;
    struct chunk_row *chunks;
    size_t chunk_count, chunk; /* the chunk at hand, of the series */
    char *key_before;          /* of the document before it in this chunk, or NULL */
    char *key_room;            /* for it */
    size_t key_room_size;
    uint8_t hash_before[SHA256_SIZE];
    struct date issued_before;
};

static struct proved_series *current(const struct proving *proving)
{
    struct proved_series_list *list = &proving->proof->series;
    assert(list->items != NULL && list->count > 0);
    return &list->items[list->count - 1];
}

static void find_fault(const struct proving *proving, const char *document, const char *problem)
{
    const struct proved_series *series = current(proving);
    ARRAY_ADD(proving->arena, &proving->proof->problems) = (struct proved_problem){
        .tenant = series->tenant,
        .series = series->series,
        .fiscal_year = series->fiscal_year,
        .document = document == NULL ? NULL : arena_copy(proving->arena, document),
        .problem = problem};
}

/* ---------------------------------------------------------------- which run */

static bool is_of_chunk(const struct proving *proving, const struct chunk_row *chunk,
                        const char *key)
{
    return strcmp(key, chunk->first_key) >= 0 && strcmp(key, chunk->last_key) <= 0 &&
           (proving->key_before == NULL || strcmp(key, proving->key_before) > 0);
}

static void keep_key(struct proving *proving, const char *key)
{
    size_t size = strlen(key) + 1;
    if (size > proving->key_room_size) {
        proving->key_room = arena_alloc(proving->arena, 2 * size);
        proving->key_room_size = 2 * size;
    }
    memcpy(proving->key_room, key, size);
    proving->key_before = proving->key_room;
}

static void keep_number(char target[PROVED_NUMBER_SIZE], const char *number)
{
    bool fits = text_copy(target, PROVED_NUMBER_SIZE, number);
    assert(fits); /* numbers are keys of records: RECORD_KEY_MAX */
    (void)fits;
}

static const struct chunk_row *chunk_of(struct proving *proving, const char *key)
{
    size_t at = proving->chunk;
    char *before = proving->key_before;
    for (; at < proving->chunk_count; at++, proving->key_before = NULL)
        if (is_of_chunk(proving, &proving->chunks[at], key)) {
            proving->chunk = at;
            keep_key(proving, key);
            return &proving->chunks[at];
        }
    proving->key_before = before;
    return NULL;
}

static struct proved_run *last_of(const struct proved_runs *runs)
{
    assert(runs->items != NULL && runs->count > 0);
    return &runs->items[runs->count - 1];
}

static void note_run(struct proving *proving, const struct stored_invoice *document)
{
    const char *key = arena_printf(proving->page, "%s %s", document->series, document->draft_key);
    const struct chunk_row *chunk = chunk_of(proving, key);
    int64_t execution_id = chunk == NULL ? DB_I64_NONE : chunk->execution_id;
    struct proved_runs *runs = &current(proving)->runs;
    if (runs->count == 0 || last_of(runs)->execution_id != execution_id) {
        struct proved_run run = {.business_key = chunk == NULL ? NULL : chunk->business_key,
                                 .generation = chunk == NULL ? DB_I64_NONE : chunk->generation,
                                 .execution_id = execution_id};
        keep_number(run.first, document->number);
        ARRAY_ADD(proving->arena, runs) = run;
    }
    struct proved_run *last = last_of(runs);
    keep_number(last->last, document->number);
    last->count++;
}

/* ---------------------------------------------------------------- a document */

static void prove_number(struct proving *proving, const struct stored_invoice *document)
{
    const char *number = document->number;
    struct proved_series *series = current(proving);
    int64_t expected = series->count + series->missing + 1;
    if (document->number_in_series > expected) {
        find_fault(proving, number,
                   arena_printf(proving->arena,
                                "is number %" PRId64 " of its series, expected %" PRId64,
                                document->number_in_series, expected));
        series->missing += document->number_in_series - expected;
    } else if (document->number_in_series < expected) {
        find_fault(proving, number,
                   arena_printf(proving->arena, "is number %" PRId64 " of its series once more",
                                document->number_in_series));
    }
    if (!date_is_none(proving->issued_before) &&
        date_compare(document->issued_on, proving->issued_before) < 0)
        find_fault(proving, number,
                   arena_printf(proving->arena, "is issued on %s, the one before it on %s",
                                date_text(document->issued_on).text,
                                date_text(proving->issued_before).text));
}

static void prove_content(struct proving *proving, const struct stored_invoice *document)
{
    const char *number = document->number;
    struct invoice_content content =
        draft_content_of(document, proving->tenant->tenant, proving->page);
    struct error err = {0};
    uint8_t hash[SHA256_SIZE];
    size_t before = proving->proof->problems.count;
    if (memcmp(document->previous_hash, proving->hash_before, SHA256_SIZE) != 0)
        find_fault(proving, number, "does not name the hash of the document before it");
    invoice_hash(&content, document->previous_hash, hash);
    if (memcmp(hash, document->hash, SHA256_SIZE) != 0)
        find_fault(proving, number, "its stored content does not give its hash");
    if (!invoice_check(&content, &err))
        find_fault(proving, number, arena_copy(proving->arena, err.message));
    if (proving->proof->problems.count != before)
        current(proving)->chained = false;
}

static void begin_series(struct proving *proving, const char *series, int64_t fiscal_year)
{
    const struct proved_series *last = proving->proof->series.count == 0 ? NULL : current(proving);
    bool goes_on =
        last != NULL && last->tenant == proving->tenant->tenant && text_equal(last->series, series);
    ARRAY_ADD(proving->arena, &proving->proof->series) =
        (struct proved_series){.tenant = proving->tenant->tenant,
                               .series = arena_copy(proving->arena, series),
                               .fiscal_year = fiscal_year,
                               .first_on = DATE_NONE,
                               .last_on = DATE_NONE,
                               .chained = true,
                               .counted = true};
    if (goes_on)
        return;
    proving->issued_before = DATE_NONE;
    memset(proving->hash_before, 0, SHA256_SIZE);
    proving->chunk = 0;
    proving->key_before = NULL;
}

/* Rule 4. */
static void end_series(struct proving *proving)
{
    struct proved_series *series = current(proving);
    struct counter_row *counter = NULL;
    for (size_t i = 0; i < proving->counter_count; i++)
        if (text_equal(proving->counters[i].series, series->series) &&
            proving->counters[i].fiscal_year == series->fiscal_year)
            counter = &proving->counters[i];
    series->counted = counter != NULL && counter->last_number == series->count + series->missing &&
                      date_compare(counter->last_issued_on, series->last_on) == 0 &&
                      memcmp(counter->last_hash, proving->hash_before, SHA256_SIZE) == 0;
    if (counter == NULL)
        find_fault(proving, NULL, "has no counter");
    else if (!series->counted)
        find_fault(proving, NULL,
                   arena_printf(proving->arena,
                                "its counter says number %" PRId64 " of %s, or another hash; the "
                                "last document is number %" PRId64,
                                counter->last_number, date_text(counter->last_issued_on).text,
                                series->count + series->missing));
    if (counter != NULL)
        counter->series = ""; /* seen */
}

static void prove_document(struct proving *proving, const struct stored_invoice *document)
{
    const struct proved_series *open = proving->proof->series.count == 0 ? NULL : current(proving);
    bool same = open != NULL && open->tenant == proving->tenant->tenant &&
                text_equal(open->series, document->series) &&
                open->fiscal_year == document->fiscal_year;
    if (!same && open != NULL && open->tenant == proving->tenant->tenant)
        end_series(proving);
    if (!same)
        begin_series(proving, document->series, document->fiscal_year);
    prove_number(proving, document);
    prove_content(proving, document);
    note_run(proving, document);
    struct proved_series *series = current(proving);
    if (series->count == 0) {
        keep_number(series->first, document->number);
        series->first_on = document->issued_on;
    }
    keep_number(series->last, document->number);
    series->last_on = document->issued_on;
    series->count++;
    proving->proof->documents++;
    proving->issued_before = document->issued_on;
    memcpy(proving->hash_before, document->hash, SHA256_SIZE);
}

/* ---------------------------------------------------------------- a tenant */

static bool read_page(struct proving *proving, struct db_rows *rows,
                      struct stored_invoice *documents, size_t *ret_count, struct error *err)
{
    bool has_row = true;
    size_t count = 0;
    while (count < PAGE_DOCUMENTS) {
        if (!db_rows_next(rows, &has_row, err))
            return false;
        if (!has_row)
            break;
        memset(&documents[count], 0, sizeof documents[count]);
        if (!draft_store_read_final(rows, proving->page, &documents[count], err))
            return false;
        count++;
    }
    *ret_count = count;
    return true;
}

static bool prove_documents(struct proving *proving, struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    int64_t tenant_id = proving->tenant->tenant_id;
    const char *series = proving->filter->series;
    struct stored_invoice *documents =
        ARENA_NEW_ARRAY(proving->arena, struct stored_invoice, PAGE_DOCUMENTS);
    size_t first = proving->proof->series.count;
    size_t count = PAGE_DOCUMENTS;
    if (!db_query_large(proving->db, STMT_VERIFY_DOCUMENTS,
                        DB_ARGS(db_i64(tenant_id), db_text(series)), &rows, err))
        return false;
    while (count == PAGE_DOCUMENTS) {
        arena_reset(proving->page);
        if (!read_page(proving, rows, documents, &count, err) ||
            !draft_store_complete(proving->db, tenant_id, documents, count, proving->page, err))
            return false;
        for (size_t i = 0; i < count; i++)
            prove_document(proving, &documents[i]);
    }
    if (proving->proof->series.count > first)
        end_series(proving);
    return true;
}

/* A counter that no document goes with. */
static void prove_counters(struct proving *proving)
{
    for (size_t i = 0; i < proving->counter_count; i++) {
        const struct counter_row *counter = &proving->counters[i];
        if (text_is_empty(counter->series) ||
            (proving->filter->series != NULL &&
             !text_equal(counter->series, proving->filter->series)))
            continue;
        begin_series(proving, counter->series, counter->fiscal_year);
        current(proving)->counted = false;
        find_fault(proving, NULL,
                   arena_printf(proving->arena,
                                "its counter says number %" PRId64 ", and there is no document",
                                counter->last_number));
    }
}

struct status_row {
    const char *series, *number, *status;
    int64_t fiscal_year;
};

static const struct row_field status_fields[] = {
    ROW_FIELD(struct status_row, series, "series"),
    ROW_FIELD(struct status_row, number, "number"),
    ROW_FIELD(struct status_row, status, "status"),
    ROW_FIELD(struct status_row, fiscal_year, "fiscal_year"),
};

/* Rule 7. */
static bool prove_statuses(struct proving *proving, struct error *err)
{
    void *items = NULL;
    size_t count = 0;
    if (!rows_load_all(
            proving->db, STMT_VERIFY_STATUSES,
            DB_ARGS(db_i64(proving->tenant->tenant_id), db_text(proving->filter->series)),
            proving->arena, status_fields, ARRAY_LEN(status_fields), sizeof(struct status_row),
            &items, &count, err))
        return false;
    const struct status_row *rows = items;
    for (size_t i = 0; i < count; i++)
        ARRAY_ADD(proving->arena, &proving->proof->problems) = (struct proved_problem){
            .tenant = proving->tenant->tenant,
            .series = rows[i].series,
            .fiscal_year = rows[i].fiscal_year,
            .document = rows[i].number,
            .problem =
                arena_printf(proving->arena, "is %s, and no decision made it so", rows[i].status)};
    return true;
}

struct lost_row {
    const char *last_key;
};

static const struct row_field lost_fields[] = {
    ROW_FIELD(struct lost_row, last_key, "last_key"),
};

/* Rule 6. */
static bool prove_chunks(struct proving *proving, struct error *err)
{
    void *items = NULL;
    size_t count = 0;
    if (!rows_load_all(
            proving->db, STMT_VERIFY_LOST,
            DB_ARGS(db_i64(proving->tenant->tenant_id), db_text(proving->filter->series)),
            proving->arena, lost_fields, ARRAY_LEN(lost_fields), sizeof(struct lost_row), &items,
            &count, err))
        return false;
    const struct lost_row *rows = items;
    for (size_t i = 0; i < count; i++)
        ARRAY_ADD(proving->arena, &proving->proof->problems) =
            (struct proved_problem){.tenant = proving->tenant->tenant,
                                    .series = "",
                                    .document = rows[i].last_key,
                                    .problem = "was numbered by a run, and is not there"};
    return true;
}

static bool prove_tenant(struct proving *proving, struct error *err)
{
    int64_t tenant_id = proving->tenant->tenant_id;
    void *counters = NULL;
    void *chunks = NULL;
    if (!rows_load_all(proving->db, STMT_DUMP_NUMBER_SERIES, DB_ARGS(db_i64(tenant_id)),
                       proving->arena, counter_fields, ARRAY_LEN(counter_fields),
                       sizeof(struct counter_row), &counters, &proving->counter_count, err) ||
        !rows_load_all(proving->db, STMT_VERIFY_CHUNKS, DB_ARGS(db_i64(tenant_id)), proving->arena,
                       chunk_fields, ARRAY_LEN(chunk_fields), sizeof(struct chunk_row), &chunks,
                       &proving->chunk_count, err))
        return false;
    proving->counters = counters;
    proving->chunks = chunks;
    if (!prove_documents(proving, err))
        return false;
    prove_counters(proving);
    return prove_statuses(proving, err) && prove_chunks(proving, err);
}

bool number_proof_make(struct db *db, const struct number_proof_filter *filter, struct arena *arena,
                       struct number_proof *ret_proof, struct error *err)
{
    CLEANUP(arena_destroy) struct arena *page = arena_create("documents", PAGE_ARENA_CAP);
    CLEANUP(snapshot_end) struct snapshot snapshot = {0};
    struct tenant_facts *tenants = NULL;
    size_t count = 0;
    struct number_proof proof = {0};
    if (!snapshot_begin(&snapshot, db, err) || !tenants_load(db, arena, &tenants, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct proving proving = {.db = db,
                                  .filter = filter,
                                  .tenant = &tenants[i],
                                  .arena = arena,
                                  .page = page,
                                  .proof = &proof,
                                  .issued_before = DATE_NONE};
        if (filter->tenant != NULL && !text_equal(filter->tenant, tenants[i].tenant))
            continue;
        if (!prove_tenant(&proving, err))
            return error_context(err, "tenant %s", tenants[i].tenant);
    }
    *ret_proof = proof;
    return true;
}
