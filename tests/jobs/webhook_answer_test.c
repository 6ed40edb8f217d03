/* What endpoints answer, and what becomes of the event. */
#include "core/base/text.h"
#include "jobs/webhook_answer.h"
#include "tests/support/suite.h"

static const struct answer_case {
    const char *name;
    enum wire_end end;
    int32_t status;
    int64_t retry_after_s, attempts;
    enum effect_move_kind expect;
    const char *code; /* NULL: none */
    int64_t pause_s;
} answer_cases[] = {
    {"taken",                 WIRE_ANSWERED, 200, -1,    1,  MOVE_DONE,   NULL,       0    },
    {"taken, without a word", WIRE_ANSWERED, 204, -1,    1,  MOVE_DONE,   NULL,       0    },
    {"elsewhere",             WIRE_ANSWERED, 301, -1,    1,  MOVE_AGAIN,  "refused",  5    },
    {"not there",             WIRE_ANSWERED, 404, -1,    2,  MOVE_AGAIN,  "refused",  30   },
    {"broken",                WIRE_ANSWERED, 500, -1,    3,  MOVE_AGAIN,  "refused",  900  },
    {"for good",              WIRE_ANSWERED, 410, -1,    1,  MOVE_FAILED, "gone",     0    },
    {"too many",              WIRE_ANSWERED, 429, 60,    1,  MOVE_AGAIN,  "refused",  60   },
    {"too many, soon",        WIRE_ANSWERED, 429, 1,     3,  MOVE_AGAIN,  "refused",  900  },
    {"too many, tomorrow",    WIRE_ANSWERED, 429, 86400, 1,  MOVE_AGAIN,  "refused",  86400},
    {"nobody there",          WIRE_NOT_SENT, 0,   -1,    1,  MOVE_AGAIN,  "not_sent", 5    },
    {"perhaps taken",         WIRE_LOST,     0,   -1,    1,  MOVE_AGAIN,  "lost",     5    },
    {"the last pause",        WIRE_ANSWERED, 500, -1,    10, MOVE_AGAIN,  "refused",  86400},
    {"given up",              WIRE_ANSWERED, 500, 5,     11, MOVE_FAILED, "refused",  0    },
    {"given up unheard",      WIRE_LOST,     0,   -1,    11, MOVE_FAILED, "lost",     0    },
};

START_TEST(takes)
{
    const struct answer_case *c = &answer_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", (size_t)1 << 20);
    const struct wire_answer answer = {
        .end = c->end, .status = c->status, .retry_after_s = c->retry_after_s, .why = "why"};
    struct effect_move move;
    webhook_take_answer(&answer, c->attempts, 0, arena, &move);
    ck_assert_msg(move.kind == c->expect, "%s: %d", c->name, (int)move.kind);
    ck_assert_msg(text_equal(move.code, c->code), "%s: %s", c->name, move.code);
    ck_assert_msg(move.pause_s == c->pause_s, "%s: %" PRId64, c->name, move.pause_s);
    ck_assert_msg((move.outcome != NULL) == (move.kind == MOVE_DONE || move.kind == MOVE_FAILED),
                  "%s", c->name);
}
END_TEST

/* Three days, however far apart the runs are; and five times at least. */
static const struct patience_case {
    const char *name;
    int64_t attempts, tried_s;
    enum effect_move_kind expect;
} patience_cases[] = {
    {"often, in less than 3 days", 10, 259199, MOVE_AGAIN },
    {"the fifth time, on day 3",   5,  259200, MOVE_FAILED},
    {"the fourth time, on day 9",  4,  777600, MOVE_AGAIN },
};

START_TEST(is_patient)
{
    const struct patience_case *c = &patience_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", (size_t)1 << 20);
    const struct wire_answer answer = {
        .end = WIRE_ANSWERED, .status = 500, .retry_after_s = -1, .why = ""};
    struct effect_move move;
    webhook_take_answer(&answer, c->attempts, c->tried_s, arena, &move);
    ck_assert_msg(move.kind == c->expect, "%s: %d", c->name, (int)move.kind);
}
END_TEST

TEST_SUITE(webhook_answer)
{
    TEST_TABLE(is_patient, patience_cases);
    TEST_TABLE(takes, answer_cases);
}
