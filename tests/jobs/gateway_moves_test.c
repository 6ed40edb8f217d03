/* What each outcome of a gateway means for the effect. */
#include "jobs/gateway_moves.h"
#include "tests/support/suite.h"

#define ARENA_CAP ((size_t)1 << 20)

static const struct outcome_case {
    const char *name;
    struct gateway_result result;
    enum effect_move_kind kind;
    int64_t pause_s;
    bool remarked;
} outcome_cases[] = {
    {"paid",
     {.outcome = GATEWAY_PAID, .reference = "pi_1", .retry_after_s = -1},
     MOVE_DONE,                                                                                -1,
     false                                                                                                },
    {"declined",         {.outcome = GATEWAY_DECLINED, .retry_after_s = -1},      MOVE_FAILED, -1,   false},
    {"an unknown code",
     {.outcome = GATEWAY_DECLINED, .decline_unknown = true, .retry_after_s = -1},
     MOVE_FAILED,                                                                              -1,
     true                                                                                                 },
    {"processing",       {.outcome = GATEWAY_PROCESSING, .retry_after_s = -1},    MOVE_WAIT,   900,  false},
    {"processing 5",     {.outcome = GATEWAY_PROCESSING, .retry_after_s = 5},     MOVE_WAIT,   5,    false},
    {"3-D Secure",       {.outcome = GATEWAY_ACTION, .retry_after_s = -1},        MOVE_WAIT,   3600, false},
    {"again",            {.outcome = GATEWAY_AGAIN, .retry_after_s = -1},         MOVE_AGAIN,  -1,   false},
    {"again 7",          {.outcome = GATEWAY_AGAIN, .retry_after_s = 7},          MOVE_AGAIN,  7,    false},
    {"asked, not there", {.outcome = GATEWAY_ABSENT, .retry_after_s = -1},        MOVE_AGAIN,  -1,   false},
    {"lost",             {.outcome = GATEWAY_LOST, .retry_after_s = -1},          MOVE_LOST,   -1,   false},
    {"refused",          {.outcome = GATEWAY_REFUSED, .retry_after_s = -1},       MOVE_HELD,   -1,   false},
};

START_TEST(means)
{
    const struct outcome_case *c = &outcome_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    struct gateway_move move = {.result = c->result};
    struct effect_move got;
    move.result.code = "code_1";
    move.result.message = "said";
    gateway_effect_move("stripe", &move, arena, &got);
    ck_assert_msg(got.kind == c->kind, "%s: got %d", c->name, (int)got.kind);
    ck_assert_msg(got.pause_s == c->pause_s, "%s: got %" PRId64, c->name, got.pause_s);
    ck_assert_msg((got.remark != NULL) == c->remarked, "%s: remark", c->name);
    ck_assert_str_eq(got.outcome, gateway_outcome_name(c->result.outcome));
    ck_assert_str_eq(got.code, "code_1");
    ck_assert_ptr_nonnull(got.detail);
    if (c->remarked)
        ck_assert_str_eq(got.remark, "stripe declines with code \"code_1\", which the file of "
                                     "declines does not know");
}
END_TEST

START_TEST(passes_calls_on)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    const struct gateway_move move = {.is_call = true, .call = {.method = "POST"}};
    struct effect_move got;
    gateway_effect_move("stripe", &move, arena, &got);
    ck_assert_int_eq(got.kind, MOVE_CALL);
    ck_assert_str_eq(got.call.method, "POST");
}
END_TEST

static const struct doubt_case {
    const char *name;
    enum gateway_outcome outcome;
    int64_t absent_after_s, quiet_s;
    enum effect_move_kind kind;
} doubt_cases[] = {
    {"not there, a second behind the last word", GATEWAY_ABSENT, 600, 1,   MOVE_LOST },
    {"a second too early",                       GATEWAY_ABSENT, 600, 599, MOVE_LOST },
    {"when it would have come",                  GATEWAY_ABSENT, 600, 600, MOVE_AGAIN},
    {"where keys are kept",                      GATEWAY_ABSENT, 0,   0,   MOVE_AGAIN},
    {"paid",                                     GATEWAY_PAID,   600, 1,   MOVE_DONE },
    {"known not to be carried out",              GATEWAY_AGAIN,  600, 1,   MOVE_AGAIN},
};

START_TEST(doubts)
{
    const struct doubt_case *c = &doubt_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    const struct gateway_access access = {.absent_after_s = c->absent_after_s};
    const struct effect_out effect = {.asking = true, .quiet_s = c->quiet_s};
    const struct gateway_move move = {
        .result = {
                   .outcome = c->outcome, .code = "code_1", .message = "said", .retry_after_s = -1}
    };
    struct effect_move got;
    gateway_effect_move("razorpay", &move, arena, &got);
    gateway_effect_doubt(&access, &effect, &got);
    ck_assert_msg(got.kind == c->kind, "%s: got %d", c->name, (int)got.kind);
}
END_TEST

static const struct wait_case {
    const char *name;
    bool asking;
    enum effect_move_kind kind;
} wait_cases[] = {
    {"to be sent",  false, MOVE_AGAIN},
    {"to be asked", true,  MOVE_LOST },
};

START_TEST(waits_for_an_account)
{
    const struct wait_case *c = &wait_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    struct effect_move got;
    gateway_effect_wait("stripe", "no secret", c->asking, arena, &got);
    ck_assert_msg(got.kind == c->kind, "%s: got %d", c->name, (int)got.kind);
    ck_assert_int_eq(got.pause_s, 300);
    ck_assert(!got.provider_in_trouble);
    ck_assert_ptr_null(got.outcome);
    ck_assert_str_eq(got.code, "not_configured");
    ck_assert_str_eq(got.remark, "stripe is asked nothing: no secret");
}
END_TEST

TEST_SUITE(gateway_effect_moves)
{
    TEST_TABLE(means, outcome_cases);
    TEST_ONE(passes_calls_on);
    TEST_TABLE(doubts, doubt_cases);
    TEST_TABLE(waits_for_an_account, wait_cases);
}
