/* Items that could not be done: parked with their reason, so that one bad account never stops a
 * run. A person (or the next retry) decides: parked -> retry -> fixed, or parked -> waived. */
#ifndef BILLMILL_ENGINE_PARKED_H
#define BILLMILL_ENGINE_PARKED_H

#include "core/engine/chunk.h"
#include "core/engine/partition.h"

/* What was parked before in this instance: loaded once an execution. */
enum parked_before {
    PARKED_NEVER,
    PARKED_OPEN,     /* left alone */
    PARKED_RETRY,    /* to be tried again */
    PARKED_ELSEWHERE /* open in another run of the same job: tried, and this run takes it over */
};
struct parked_set {
    struct parked_entry {
        int64_t tenant_id;
        const char *item;
        enum parked_before before; /* waived counts as open: it is not tried again */
    } * items;                     /* sorted by tenant, item */
    size_t count;
};
MUST_CHECK bool parked_set_load(struct db *db, int64_t instance_id, struct arena *arena,
                                struct parked_set *ret_set, struct error *err);
enum parked_before parked_set_find(const struct parked_set *set, int64_t tenant_id,
                                   const char *item);

/* Inside the chunk's transaction. */
MUST_CHECK bool parked_write(struct db *db, const struct partition *partition,
                             const struct chunk_item *item, const struct error *why,
                             struct error *err);
MUST_CHECK bool parked_mark_fixed(struct db *db, const struct partition *partition,
                                  const struct chunk_item *item, struct error *err);

/* The item's open rows in other runs of the same job become `state`: "fixed" or "superseded". So an
 * item and its money are listed once, where it was tried last. */
MUST_CHECK bool parked_take_over(struct db *db, const struct partition *partition,
                                 const struct chunk_item *item, const char *state,
                                 struct error *err);

/* At the end of a run, which may have taken items over: runs that have nothing open any more are
 * completed. Harmless to repeat, as after a kill. */
MUST_CHECK bool parked_settle_others(struct db *db, struct error *err);

/* After a whole further pass: what was to be tried again and was not met is not due any more, done
 * by another run or gone, so there is nothing left to do for it. */
MUST_CHECK bool parked_settle_unmet(struct db *db, const struct instance *instance,
                                    struct error *err);

/* What people have given up of a job, in any run of it: for a job whose items are there again in
 * the next run. What was waived is the item as its reason describes it. In the arena. */
struct parked_waived {
    bool is_loaded;
    struct waived_item {
        const char *item;
        const char *reason;
    } * items; /* sorted by item, reason */
    size_t count;
};
/* Fills *waived, which begins as {0}, where it is asked for the first time. */
MUST_CHECK bool parked_load_waived(struct db *db, int64_t tenant_id, const char *job,
                                   struct arena *arena, struct parked_waived *waived,
                                   struct error *err);
bool parked_is_waived(const struct parked_waived *waived, const char *item, const char *reason);

/* For people: one row of the list. Texts in the arena. */
struct parked_row {
    int64_t tenant_id;
    const char *tenant;
    int64_t instance_id;
    const char *job;
    const char *business_key;
    int64_t generation;
    const char *item;
    const char *code;
    const char *reason;
    const char *hint;
    const char *currency; /* NULL: the amount is not known */
    int64_t amount_minor;
    const char *state;
    int64_t attempts;
    int64_t parked_at_us;
    const char *decided_by;
    const char *decided_reason;
};
MUST_CHECK bool parked_list(struct db *db, bool with_decided, struct arena *arena,
                            struct parked_row **ret_rows, size_t *ret_count, struct error *err);

/* state is "retry" or "waived"; one transaction with its audit row, whose action is `command`. The
 * instance's own state follows when nothing is left open. */
MUST_CHECK bool parked_decide(const struct engine *engine, const struct parked_row *row,
                              const char *state, const char *command, const char *reason,
                              struct error *err);

#endif
