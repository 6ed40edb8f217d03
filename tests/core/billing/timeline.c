/* Reading changes: see timeline.h. */
#include "tests/core/billing/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "tests/support/suite.h"

#define WORD_SIZE 32

static const struct price_span per_unit = {{INT32_MIN}, {INT32_MIN}, true};
static const struct price_span flat = {{INT32_MIN}, {INT32_MIN}, false};
const struct price_spans PRICED_PER_UNIT = {&per_unit, 1};
const struct price_spans PRICED_FLAT = {&flat, 1};

struct date timeline_day(const char *text)
{
    struct date date = DATE_NONE;
    struct error err = {0};
    if (text != NULL)
        ck_assert_msg(date_parse(text, &date, &err), "%s", err.message);
    return date;
}

static const char *next_word(const char *text, char word[WORD_SIZE])
{
    size_t length;
    text += strspn(text, " ");
    length = strcspn(text, " ;");
    ck_assert(length < WORD_SIZE);
    memcpy(word, text, length);
    word[length] = '\0';
    return text + length;
}

static const char *read_change(const char *text, struct subscription_change *change)
{
    char word[WORD_SIZE];
    struct error err = {0};
    *change = (struct subscription_change){.plan = TIMELINE_PLAN_KEPT};
    text = next_word(text, word);
    change->at = timeline_day(word);
    while (*text != '\0' && *text != ';') {
        text = next_word(text, word);
        if (text_equal(word, "pause")) {
            change->pause = PAUSE_BEGINS;
        } else if (text_equal(word, "resume")) {
            change->pause = PAUSE_ENDS;
        } else if (text_equal(word, "plan")) {
            text = next_word(text, word);
            change->plan = (size_t)(word[0] - '0');
        } else {
            ck_assert_str_eq(word, "quantity");
            text = next_word(text, word);
            change->quantity.given = true;
            ck_assert(decimal_parse(word, &change->quantity.value, &err));
        }
    }
    return *text == ';' ? text + 1 : text;
}

void timeline_read_changes(struct timeline_sample *sample, const char *text)
{
    struct subscription_timeline *timeline = &sample->timeline;
    timeline->changes = sample->changes;
    timeline->change_count = 0;
    while (text != NULL && *text != '\0') {
        ck_assert(timeline->change_count < TIMELINE_CHANGES_MAX);
        text = read_change(text, &sample->changes[timeline->change_count++]);
    }
}

/* "2026-01-01" or "2026-01-01..2026-02-01" */
static struct price_span read_span(char word[WORD_SIZE])
{
    char *until = strstr(word, "..");
    if (until != NULL)
        *until = '\0';
    return (struct price_span){timeline_day(word), timeline_day(until == NULL ? NULL : until + 2),
                               true};
}

struct price_spans timeline_read_spans(const char *text, struct price_span room[TIMELINE_SPANS_MAX])
{
    struct price_spans spans = {room, 0};
    char word[WORD_SIZE];
    if (text == NULL)
        return PRICED_PER_UNIT;
    for (text = next_word(text, word); *word != '\0'; text = next_word(text, word)) {
        ck_assert_uint_lt(spans.count, TIMELINE_SPANS_MAX);
        room[spans.count] = read_span(word);
        if (spans.count > 0 && date_is_none(room[spans.count - 1].until))
            room[spans.count - 1].until = room[spans.count].from;
        spans.count++;
    }
    return spans;
}
