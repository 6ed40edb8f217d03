/* The text of a definition that is stored under its digest: see job_definition_canonical. Keys in
 * the order of the alphabet. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "core/setup/job_file.h"

#define LINE_SIZE 128u /* a key with its number or name, an item of a list */

static int compare_texts(const void *a, const void *b)
{
    const struct setting_text *left = a;
    const struct setting_text *right = b;
    return strcmp(left->text, right->text);
}

static struct setting_texts sorted(const struct setting_texts *list, struct arena *arena)
{
    struct setting_texts copy = {.items =
                                     ARENA_NEW_ARRAY(arena, struct setting_text, list->count + 1),
                                 .count = list->count};
    if (list->count == 0)
        return copy;
    memcpy(copy.items, list->items, list->count * sizeof *list->items);
    qsort(copy.items, copy.count, sizeof *copy.items, compare_texts);
    return copy;
}

static void add_list(struct strbuf *buf, const char *key, const struct setting_texts *list)
{
    if (list->count == 0)
        return;
    strbuf_addf(buf, "%s:\n", key);
    for (size_t i = 0; i < list->count; i++)
        strbuf_addf(buf, "  - %s\n", list->items[i].text);
}

static void add_number(struct strbuf *buf, const char *key, int32_t number)
{
    if (number != JOB_NO_LIMIT)
        strbuf_addf(buf, "%s: %" PRId32 "\n", key, number);
}

const char *job_definition_canonical(const struct job_definition *definition, struct arena *arena)
{
    struct strbuf buf;
    struct setting_texts after = sorted(&definition->after, arena);
    bool is_job = definition->job.text != NULL;
    size_t size = SCHEDULE_TEXT_SIZE + LINE_SIZE * (14 + after.count + definition->steps.count);
    strbuf_init(&buf, arena_alloc(arena, size), size);
    add_list(&buf, "after", &after);
    if (is_job) {
        add_number(&buf, "calls", definition->calls);
        add_number(&buf, "chunk_size", definition->chunk_size);
        strbuf_addf(&buf, "job: %s\n", definition->job.text);
    }
    strbuf_addf(&buf, "key: %s\n", business_key_name(definition->key));
    if (is_job) {
        add_number(&buf, "lease_s", definition->lease_s);
        add_number(&buf, "max_parked", definition->max_parked);
        add_number(&buf, "max_parked_percent", definition->max_parked_percent);
    }
    strbuf_addf(&buf, "name: %s\n", definition->name.text);
    if (is_job)
        add_number(&buf, "partitions", definition->partitions);
    if (definition->schedule_text.text != NULL) {
        char schedule[SCHEDULE_TEXT_SIZE];
        schedule_print(&definition->schedule, schedule);
        strbuf_addf(&buf, "schedule: \"%s\"\n", schedule);
    }
    add_list(&buf, "steps", &definition->steps);
    if (is_job)
        add_number(&buf, "wait_s", definition->wait_s);
    assert(!buf.overflowed);
    return buf.text;
}
