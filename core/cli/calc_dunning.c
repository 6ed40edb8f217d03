/* `calc dunning`: the days on which a failed invoice is tried again (DOMAIN 8 and 11). Besides the
 * fields there, offsets_hours counts hours after an instant, timezone gives their dates, and
 * end_action replaces the policy's. */
#include "core/billing/dunning.h"
#include "core/calendar/instant.h"
#include "core/cli/calc_input.h"

static const char *const dunning_fields[] = {
    "failed_on",     "policy",   "offsets_days", "chained_days",
    "offsets_hours", "timezone", "end_action",
};

struct step_field {
    const char *name;
    enum dunning_spacing spacing;
};

static const struct step_field step_fields[] = {
    {"offsets_days",  DUNNING_DAYS        },
    {"chained_days",  DUNNING_DAYS_CHAINED},
    {"offsets_hours", DUNNING_HOURS       },
};

static bool read_steps(const struct calc_place *place, struct arena *arena,
                       struct dunning_policy *policy, struct calc_error *err)
{
    size_t at_fault = 0;
    struct error rule = {0};
    if (!calc_array(place, DUNNING_ATTEMPTS_MAX, &policy->step_count, err))
        return false;
    int32_t *steps = ARENA_NEW_ARRAY(arena, int32_t, policy->step_count);
    for (size_t i = 0; i < policy->step_count; i++) {
        struct calc_place element = calc_element(place, i);
        int64_t step;
        if (!calc_integer(&element, 1, DUNNING_HOURS_MAX, &step, err))
            return false;
        steps[i] = (int32_t)step;
    }
    policy->steps = steps;
    if (dunning_policy_check(policy, &at_fault, &rule))
        return true;
    struct calc_place element = calc_element(place, at_fault);
    return calc_fail_rule(at_fault < policy->step_count ? &element : place, &rule, err);
}

/* The one of policy and the three lists that is given; none is the default policy. */
static bool read_policy(const struct calc_place *input, struct arena *arena,
                        struct dunning_policy *policy, struct calc_error *err)
{
    struct calc_place name_place = calc_member(input, "policy");
    const char *given = calc_is_given(&name_place) ? "policy" : NULL;
    const char *name = "default";
    struct error rule = {0};
    if (given != NULL && !calc_text(&name_place, &name, err))
        return false;
    if (!dunning_policy_find(name, policy, &rule))
        return calc_fail_rule(&name_place, &rule, err);
    for (size_t i = 0; i < ARRAY_LEN(step_fields); i++) {
        struct calc_place place = calc_member(input, step_fields[i].name);
        if (!calc_is_given(&place))
            continue;
        if (given != NULL)
            return calc_fail(&place, err, "one of policy and lists of steps: %s is given too",
                             given);
        given = step_fields[i].name;
        policy->spacing = step_fields[i].spacing;
        if (!read_steps(&place, arena, policy, err))
            return false;
    }
    return true;
}

static bool read_end(const struct calc_place *input, struct dunning_policy *policy,
                     struct calc_error *err)
{
    struct calc_place place = calc_member(input, "end_action");
    struct error rule = {0};
    const char *name;
    return !calc_is_given(&place) ||
           (calc_text(&place, &name, err) &&
            (dunning_end_parse(name, &policy->end, &rule) || calc_fail_rule(&place, &rule, err)));
}

static bool read_failure(const struct calc_place *input, struct calc_work *work,
                         const struct dunning_policy *policy, struct dunning_failure *failure,
                         struct calc_error *err)
{
    struct calc_place zone = calc_member(input, "timezone");
    struct calc_place failed_on = calc_member(input, "failed_on");
    struct calc_moment moment;
    if (!calc_zone(&zone, work, &failure->zone, err) ||
        !calc_moment(&failed_on, failure->zone, &moment, err))
        return false;
    if (policy->spacing == DUNNING_HOURS && !moment.is_instant)
        return calc_fail(&failed_on, err, "hours are counted from an instant in RFC 3339");
    failure->on = moment.date;
    failure->at_us = moment.at_us;
    return true;
}

static json_t *answer_of(const struct dunning_policy *policy,
                         const struct dunning_attempt *attempts)
{
    json_t *list = json_array();
    for (size_t i = 0; i < policy->step_count; i++) {
        json_t *row = json_pack("{s:I, s:s}", "attempt", (json_int_t)i + 1, "on",
                                date_text(attempts[i].on).text);
        if (policy->spacing == DUNNING_HOURS)
            (void)json_object_set_new(row, "at", json_string(instant_text(attempts[i].at_us).text));
        (void)json_array_append_new(list, row);
    }
    return json_pack("{s:o, s:{s:s, s:s}}", "attempts", list, "end", "on",
                     date_text(attempts[policy->step_count - 1].on).text, "action",
                     dunning_end_name(policy->end));
}

bool calc_dunning(const struct calc_place *input, struct calc_work *work, json_t **ret_answer,
                  struct calc_error *err)
{
    struct dunning_policy policy = {0};
    struct dunning_failure failure;
    struct error rule = {0};
    struct calc_place failed_on = calc_member(input, "failed_on");
    if (!calc_object(input, dunning_fields, ARRAY_LEN(dunning_fields), err) ||
        !read_policy(input, work->arena, &policy, err) || !read_end(input, &policy, err) ||
        !read_failure(input, work, &policy, &failure, err))
        return false;
    struct dunning_attempt *attempts =
        ARENA_NEW_ARRAY(work->arena, struct dunning_attempt, policy.step_count);
    if (!dunning_schedule(&policy, failure, attempts, &rule))
        return calc_fail_rule(&failed_on, &rule, err);
    *ret_answer = answer_of(&policy, attempts);
    return true;
}
