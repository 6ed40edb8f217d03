/* `calc periods`: the billing periods that an anchor gives (DOMAIN 2 and 11). */
#include "core/calendar/period.h"
#include "core/cli/calc_input.h"

static const char *const periods_fields[] = {
    "anchor",   "start", "anchor_day", "interval", "interval_count",
    "timezone", "count", "until",      "align",
};

struct periods_question {
    struct billing_cycle cycle;
    const struct zone *zone;
    int64_t count;
    bool has_until;
    int64_t until_at_us; /* periods that start before it */
};

static bool read_words(const struct calc_place *input, struct billing_cycle *cycle,
                       struct calc_error *err)
{
    struct calc_place interval = calc_member(input, "interval");
    struct calc_place align = calc_member(input, "align");
    struct error rule = {0};
    const char *name;
    if (!calc_text(&interval, &name, err))
        return false;
    if (!interval_unit_parse(name, &cycle->unit, &rule))
        return calc_fail_rule(&interval, &rule, err);
    return !calc_is_given(&align) ||
           (calc_text(&align, &name, err) &&
            (align_parse(name, &cycle->align, &rule) || calc_fail_rule(&align, &rule, err)));
}

static bool read_optional_integer(const struct calc_place *input, const char *name, int64_t max,
                                  int64_t *value, struct calc_error *err)
{
    struct calc_place place = calc_member(input, name);
    return !calc_is_given(&place) || calc_integer(&place, 1, max, value, err);
}

static bool read_dates(const struct calc_place *input, struct periods_question *question,
                       struct calc_error *err)
{
    struct calc_place anchor = calc_member(input, "anchor");
    struct calc_place start = calc_member(input, "start");
    struct calc_moment moment;
    if (!calc_moment(&anchor, question->zone, &moment, err))
        return false;
    question->cycle.anchor = moment.date;
    question->cycle.start = moment.date;
    if (!calc_is_given(&start))
        return true;
    if (!calc_moment(&start, question->zone, &moment, err))
        return false;
    question->cycle.start = moment.date;
    return true;
}

static bool read_end(const struct calc_place *input, struct periods_question *question,
                     struct calc_error *err)
{
    struct calc_place count = calc_member(input, "count");
    struct calc_place until = calc_member(input, "until");
    struct calc_moment moment;
    question->has_until = calc_is_given(&until);
    question->count = CALC_LIST_MAX;
    if (!question->has_until && !calc_is_given(&count))
        return calc_fail(&count, err, "is missing: count or until is required");
    if (question->has_until) {
        if (!calc_moment(&until, question->zone, &moment, err))
            return false;
        question->until_at_us = moment.at_us;
    }
    return !calc_is_given(&count) || calc_integer(&count, 0, CALC_LIST_MAX, &question->count, err);
}

static bool read_question(const struct calc_place *input, struct calc_work *work,
                          struct periods_question *question, struct calc_error *err)
{
    struct calc_place zone = calc_member(input, "timezone");
    struct error rule = {0};
    int64_t anchor_day = 0;
    int64_t interval_count = 1;
    if (!calc_object(input, periods_fields, ARRAY_LEN(periods_fields), err) ||
        !calc_zone(&zone, work, &question->zone, err) || !read_dates(input, question, err) ||
        !read_words(input, &question->cycle, err) ||
        !read_optional_integer(input, "anchor_day", 31, &anchor_day, err) ||
        !read_optional_integer(input, "interval_count", INTERVAL_COUNT_MAX, &interval_count, err) ||
        !read_end(input, question, err))
        return false;
    question->cycle.anchor_day = (int32_t)anchor_day;
    question->cycle.interval_count = (int32_t)interval_count;
    return billing_cycle_check(&question->cycle, &rule) || calc_fail_rule(input, &rule, err);
}

static json_t *period_json(struct period period, const struct zone *zone)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "start", date_text(period.start).text, "end",
                     date_text(period.end).text, "start_at",
                     instant_text(zone_midnight(zone, period.start)).text, "end_at",
                     instant_text(zone_midnight(zone, period.end)).text);
}

static bool fill_periods(const struct periods_question *question, json_t *periods,
                         struct error *rule)
{
    struct date from = question->cycle.start;
    for (int64_t i = 0; i < question->count; i++) {
        struct period period;
        if (question->has_until && zone_midnight(question->zone, from) >= question->until_at_us)
            return true;
        if (!billing_cycle_period_at(&question->cycle, from, &period, rule))
            return false;
        (void)json_array_append_new(periods, period_json(period, question->zone));
        from = period.end;
    }
    return true;
}

bool calc_periods(const struct calc_place *input, struct calc_work *work, json_t **ret_answer,
                  struct calc_error *err)
{
    struct periods_question question = {0};
    struct calc_place until = calc_member(input, "until");
    struct error rule = {0};
    if (!read_question(input, work, &question, err))
        return false;
    json_t *answer = json_pack("{s:[]}", "periods");
    json_t *periods = json_object_get(answer, "periods");
    if (!fill_periods(&question, periods, &rule)) {
        json_decref(answer);
        return calc_fail_rule(input, &rule, err);
    }
    if (question.has_until && json_array_size(periods) == CALC_LIST_MAX) {
        json_decref(answer);
        return calc_fail(&until, err, "asks for %d periods or more", CALC_LIST_MAX);
    }
    *ret_answer = answer;
    return true;
}
