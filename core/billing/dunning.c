/* Attempts after a failure: see dunning.h. */
#include "core/billing/dunning.h"

#include "core/base/text.h"
#include "core/calendar/instant.h"

#define US_PER_HOUR (3600 * INSTANT_US_PER_S)

static const int32_t default_days[] = {3, 7, 14, 21};

static const char *const end_names[] = {
    [DUNNING_PAUSE] = "pause",
    [DUNNING_CANCEL] = "cancel",
    [DUNNING_UNCOLLECTIBLE] = "uncollectible",
};

bool dunning_policy_find(const char *name, struct dunning_policy *ret_policy, struct error *err)
{
    if (!text_equal(name, "default"))
        return error_item(err, "bad_dunning_policy",
                          "there is no dunning policy '%.40s': expected default", name);
    *ret_policy = (struct dunning_policy){
        .spacing = DUNNING_DAYS,
        .steps = default_days,
        .step_count = ARRAY_LEN(default_days),
        .end = DUNNING_PAUSE,
    };
    return true;
}

bool dunning_end_parse(const char *name, enum dunning_end *ret_end, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(end_names); i++) {
        if (text_equal(name, end_names[i])) {
            *ret_end = (enum dunning_end)i;
            return true;
        }
    }
    return error_item(err, "bad_dunning_end",
                      "'%.40s' is no end of dunning: expected pause, cancel or uncollectible",
                      name);
}

const char *dunning_end_name(enum dunning_end end)
{
    return end_names[end];
}

bool dunning_policy_check(const struct dunning_policy *policy, size_t *ret_step, struct error *err)
{
    int32_t maximum = policy->spacing == DUNNING_HOURS ? DUNNING_HOURS_MAX : DUNNING_DAYS_MAX;
    bool ascends = policy->spacing != DUNNING_DAYS_CHAINED;
    *ret_step = policy->step_count;
    if (policy->step_count < 1 || policy->step_count > DUNNING_ATTEMPTS_MAX)
        return error_item(err, "bad_dunning_policy", "expected 1 to %d attempts, not %zu",
                          DUNNING_ATTEMPTS_MAX, policy->step_count);
    for (size_t i = 0; i < policy->step_count; i++) {
        int32_t step = policy->steps[i];
        *ret_step = i;
        if (step < 1 || step > maximum)
            return error_item(err, "bad_dunning_policy", "%d is not within 1 to %d", step, maximum);
        if (ascends && i > 0 && step <= policy->steps[i - 1])
            return error_item(err, "bad_dunning_policy", "%d is not above the one before, %d", step,
                              policy->steps[i - 1]);
    }
    return true;
}

static bool attempt_at(const struct dunning_policy *policy, struct dunning_failure failure,
                       size_t index, struct date previous, struct dunning_attempt *ret_attempt,
                       struct error *err)
{
    int32_t step = policy->steps[index];
    ret_attempt->at_us = 0;
    switch (policy->spacing) {
    case DUNNING_DAYS:
        return date_add_days(failure.on, step, &ret_attempt->on, err);
    case DUNNING_DAYS_CHAINED:
        return date_add_days(previous, step, &ret_attempt->on, err);
    case DUNNING_HOURS:
        break;
    }
    /* Refuses what could leave the calendar, whatever the zone. */
    if (!date_add_days(failure.on, step / 24 + 2, &ret_attempt->on, err))
        return false;
    ret_attempt->at_us = failure.at_us + step * US_PER_HOUR;
    ret_attempt->on = zone_local_date(failure.zone, ret_attempt->at_us);
    return true;
}

bool dunning_schedule(const struct dunning_policy *policy, struct dunning_failure failure,
                      struct dunning_attempt *ret_attempts, struct error *err)
{
    struct date previous = failure.on;
    for (size_t i = 0; i < policy->step_count; i++) {
        if (!attempt_at(policy, failure, i, previous, &ret_attempts[i], err))
            return false;
        previous = ret_attempts[i].on;
    }
    return true;
}

size_t dunning_attempts_due(const struct dunning_attempt *attempts, size_t count, struct date today)
{
    size_t due = 0;
    while (due < count && date_compare(today, attempts[due].on) >= 0)
        due++;
    return due;
}
