/* Small help that every job needs: see environment.h. */
#include "jobs/environment.h"

#include <inttypes.h>

#include "core/stores/due_work.h"

const char *job_number_key(struct chunk *chunk, int64_t number)
{
    return arena_printf(chunk_arena(chunk), "%" PRId64, number);
}

void job_plan_add_ranges(struct job_plan *plan, const struct work_ranges *ranges)
{
    for (size_t i = 0; i < ranges->count; i++)
        job_plan_add_numbers(plan, ranges->items[i].tenant_id, ranges->items[i].min_key,
                             ranges->items[i].max_key, ranges->items[i].items);
}
