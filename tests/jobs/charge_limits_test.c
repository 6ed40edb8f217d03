/* What a limit makes of a charge. */
#include "jobs/charge_limits.h"
#include "tests/support/suite.h"

static const struct limit_case {
    const char *limit;
    bool refused;
    enum effect_move_kind kind;
    const char *outcome;
} limit_cases[] = {
    {NULL,          false, MOVE_CALL,   NULL      },
    {"never",       true,  MOVE_FAILED, "canceled"},
    {"customer",    true,  MOVE_FAILED, "canceled"},
    {"network_cap", true,  MOVE_FAILED, "canceled"},
    {"in_turn",     true,  MOVE_AGAIN,  NULL      },
};
START_TEST(refuses)
{
    const struct limit_case *c = &limit_cases[_i];
    struct effect_move move = {.kind = MOVE_CALL};
    ck_assert_int_eq(charge_limits_refuse(c->limit, &move), c->refused);
    ck_assert_int_eq(move.kind, c->kind);
    ck_assert_pstr_eq(move.outcome, c->outcome);
    ck_assert_pstr_eq(move.code, c->limit);
}
END_TEST

TEST_SUITE(charge_limits)
{
    TEST_TABLE(refuses, limit_cases);
}
