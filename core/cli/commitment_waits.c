/* Commitments that wait: see commitment_waits.h. */
#include "core/cli/commitment_waits.h"

#include "core/cli/output.h"
#include "core/cli/table.h"
#include "core/engine/history.h"
#include "jobs/advance_contracts.h"
#include "jobs/jobs.h"

struct open_row {
    int64_t tenant_id;
    const char *tenant;
    int64_t customer_id;
};

static const struct row_field open_fields[] = {
    ROW_FIELD(struct open_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct open_row, tenant, "tenant"),
    ROW_FIELD(struct open_row, customer_id, "customer_id"),
};

static bool add_of_customer(struct session *session, const struct billing_catalog *catalog,
                            int64_t tenant_id, int64_t customer_id, struct date business_date,
                            struct commitment_waits *waits, struct error *err)
{
    struct contract_waits found = {0};
    if (!advance_contracts_waiting(session->db, tenant_id, catalog, customer_id, business_date,
                                   session->arena, &found, err))
        return false;
    for (size_t i = 0; i < found.count; i++) {
        const struct contract_phase *phase = found.items[i].phase;
        struct commitment_wait wait = {.tenant = catalog->tenant.tenant,
                                       .contract = phase->contract,
                                       .phase = phase->phase,
                                       .subscription = found.items[i].subscription,
                                       .until = found.items[i].due_on};
        if (!date_add_days(phase->held.end, -1, &wait.ended_on, err))
            return false;
        ARRAY_ADD(session->arena, waits) = wait;
    }
    return true;
}

bool commitment_waits_load(struct session *session, struct commitment_waits *ret_waits,
                           struct error *err)
{
    const struct billing_catalog *catalog = NULL;
    struct commitment_waits waits = {0};
    struct instance latest;
    struct date next_day;
    void *items = NULL;
    size_t count = 0;
    bool found = false;
    *ret_waits = waits;
    if (!history_find_latest(session->db, job_period_advance.name, session->arena, &latest, &found,
                             err))
        return false;
    if (!found)
        return true;
    if (!date_add_days(latest.business_date, 1, &next_day, err) ||
        !rows_load_all(session->db, STMT_WORK_OPEN_COMMITMENTS,
                       DB_ARGS(db_text(date_text(next_day).text)), session->arena, open_fields,
                       ARRAY_LEN(open_fields), sizeof(struct open_row), &items, &count, err))
        return false;
    const struct open_row *rows = items;
    for (size_t i = 0; i < count; i++)
        if (((i == 0 || rows[i].tenant_id != rows[i - 1].tenant_id) &&
             !billing_catalog_load(session->db, rows[i].tenant_id, CATALOG_WHOLE, session->arena,
                                   &catalog, err)) ||
            !add_of_customer(session, catalog, rows[i].tenant_id, rows[i].customer_id,
                             latest.business_date, &waits, err))
            return error_context(err, "looking for commitments of tenant %s", rows[i].tenant);
    *ret_waits = waits;
    return true;
}

bool commitment_waits_load_of_payer(struct session *session, const struct work_payer *payer,
                                    const struct billing_catalog *catalog,
                                    struct date business_date, struct commitment_waits *ret_waits,
                                    struct error *err)
{
    struct work_ranges customers = {0}; /* each a range of its own */
    struct commitment_waits waits = {0};
    if (!due_work_load_of_payer(session->db, WORK_ALL_CUSTOMERS, payer, business_date,
                                session->arena, &customers, err))
        return false;
    for (size_t i = 0; i < customers.count; i++)
        if (!add_of_customer(session, catalog, payer->tenant_id, customers.items[i].min_key,
                             business_date, &waits, err))
            return false;
    *ret_waits = waits;
    return true;
}

json_t *commitment_waits_json(const struct commitment_waits *waits)
{
    json_t *list = json_array();
    for (size_t i = 0; i < waits->count; i++) {
        const struct commitment_wait *wait = &waits->items[i];
        (void)json_array_append_new(
            list,
            json_pack("{s:o, s:o, s:o, s:s, s:o, s:s}", "tenant", json_of_text(wait->tenant),
                      "contract", json_of_text(wait->contract), "phase", json_of_text(wait->phase),
                      "ended_on", date_text(wait->ended_on).text, "waits_for_subscription",
                      json_of_text(wait->subscription), "until", date_text(wait->until).text));
    }
    return list;
}

void commitment_waits_print(const struct commitment_waits *waits, struct arena *arena)
{
    static const struct table_column columns[] = {
        {"tenant",     TABLE_LEFT},
        {"contract",   TABLE_LEFT},
        {"phase",      TABLE_LEFT},
        {"ended on",   TABLE_LEFT},
        {"waits for",  TABLE_LEFT},
        {"billed for", TABLE_LEFT},
    };
    struct table table;
    if (waits->count == 0)
        return;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    table.indent = "  ";
    for (size_t i = 0; i < waits->count; i++) {
        const struct commitment_wait *wait = &waits->items[i];
        const char **cells = table_add_row(&table);
        cells[0] = wait->tenant;
        cells[1] = wait->contract;
        cells[2] = wait->phase;
        cells[3] = arena_copy(arena, date_text(wait->ended_on).text);
        cells[4] =
            arena_printf(arena, "charges in arrears of %s", cell_of_text(wait->subscription));
        cells[5] = arena_copy(arena, date_text(wait->until).text);
    }
    (void)printf("\nmissing to commitments, not billed yet\n");
    table_print(&table, stdout);
}
