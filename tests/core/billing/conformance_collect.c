/* Cases about dunning and exchange rates. */
#include <string.h>

#include "core/billing/dunning.h"
#include "tests/core/billing/conformance.h"

/* The dates of the attempts that `calc dunning` answers, beside the case's. */
static void expect_attempts(const struct conformance_case *c, const json_t *answer,
                            const json_t *expected)
{
    const json_t *attempts = given(c, answer, "attempts");
    ck_assert_msg(json_array_size(attempts) == json_array_size(expected), "%s: %zu attempts", c->id,
                  json_array_size(attempts));
    for (size_t i = 0; i < json_array_size(expected); i++)
        expect_text(c, "attempt", json_string_value(given(c, json_array_get(attempts, i), "on")),
                    json_array_get(expected, i));
}

/* A gap that is repeated: as many attempts as the case lists. */
static void check_gap(const struct conformance_case *c, const char *failed_on, const char *invoice)
{
    const json_t *expected = given(c, c->expected, invoice);
    json_t *gaps = json_array();
    for (size_t i = 0; i < json_array_size(expected); i++)
        (void)json_array_append_new(gaps, json_integer(input_integer(c, "gap_days")));
    json_t *question = json_pack("{s:o}", "chained_days", gaps);
    put_text(question, "failed_on", input_text(c, failed_on));
    expect_attempts(c, ask(c, "dunning", question), expected);
}

void dunning_two_invoices(const struct conformance_case *c)
{
    check_gap(c, "p0_first_failure", "p0");
    check_gap(c, "p1_first_failure", "p1");
}

void dunning_schedule_from_failure(const struct conformance_case *c)
{
    json_t *question = json_pack("{s:s}", "policy", "default");
    put_text(question, "failed_on", input_text(c, "failed_at"));
    expect_attempts(c, ask(c, "dunning", question), given(c, c->expected, "retries"));
}

/* The case counts days from the failure: day 0 is 1 January 2025 here. */
void dunning_chained(const struct conformance_case *c)
{
    struct date start = case_date(c, "2025-01-01");
    json_t *question = json_object();
    put_text(question, "failed_on", date_text(start).text);
    (void)json_object_set_new(question, "chained_days",
                              json_deep_copy(given(c, c->input, "retry_days")));
    const json_t *answer = ask(c, "dunning", question);
    const json_t *days = given(c, c->expected, "retries_at_day");
    const json_t *attempts = given(c, answer, "attempts");
    ck_assert_uint_eq(json_array_size(attempts), json_array_size(days));
    for (size_t i = 0; i < json_array_size(days); i++) {
        const json_t *on = given(c, json_array_get(attempts, i), "on");
        ck_assert_int_eq(date_days_between(start, case_date(c, json_string_value(on))),
                         json_integer_value(json_array_get(days, i)));
    }
    const json_t *end = given(c, given(c, answer, "end"), "on");
    ck_assert_int_eq(date_days_between(start, case_date(c, json_string_value(end))),
                     json_integer_value(given(c, c->expected, "canceled_at_day")));
}

/* The steps of the system: reminder, warning, final notice and suspension, 3, 7, 14 and 30 days
 * after; of those that are due the last one counts. */
void dunning_step_due(const struct conformance_case *c)
{
    static const int32_t days[] = {3, 7, 14, 30};
    static const char *const steps[] = {"", "reminder", "warning", "final_notice", "suspension"};
    struct dunning_policy policy = {DUNNING_DAYS, days, ARRAY_LEN(days), DUNNING_PAUSE};
    struct dunning_attempt attempts[ARRAY_LEN(days)];
    struct dunning_failure failure = {.on = case_date(c, "2025-01-01")};
    struct date today = {failure.on.days + (int32_t)input_integer(c, "days_overdue")};
    struct error err = {0};
    expect_ok(c, dunning_schedule(&policy, failure, attempts, &err), &err);
    expect_text(c, "step", steps[dunning_attempts_due(attempts, ARRAY_LEN(days), today)],
                given(c, c->expected, "step"));
}

/* "INR->USD" as a publication whose base is INR, asked the other way round. */
void conversion_inverse(const struct conformance_case *c)
{
    const json_t *stored = given(c, c->input, "stored");
    json_t *rates = json_object();
    put(c, rates, "USD", given(c, stored, "INR->USD"));
    ck_assert_str_eq(input_text(c, "ask"), "USD->INR");
    json_t *question = json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:s, s:o}}", "amount", "1", "from",
                                 "USD", "to", "INR", "date", "2025-01-01", "rates", "date",
                                 "2025-01-01", "base", "INR", "rates", rates);
    const char *rate = json_string_value(given(c, ask(c, "conversion", question), "rate"));
    ck_assert_str_eq(rate, "250/3"); /* exact; the case keeps 8 digits */
    struct error err = {0};
    struct ratio exact = {0};
    struct decimal rounded = {0};
    expect_ok(c, ratio_make(250, 3, &exact, &err), &err);
    expect_ok(c, ratio_round(exact, 8, ROUND_HALF_UP, &rounded, &err), &err);
    expect_same(c, "rate", rounded, given(c, c->expected, "rate"));
}
