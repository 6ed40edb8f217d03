/* What SMTP servers answer, and what becomes of the mail. */
#include "core/base/text.h"
#include "jobs/mail_answer.h"
#include "tests/support/suite.h"

static const struct answer_case {
    const char *name;
    enum wire_end end;
    int32_t status;
    int64_t deferrals;
    enum effect_move_kind expect;
    const char *code; /* NULL: none */
    int64_t pause_s;
    bool trouble;
} answer_cases[] = {
    {"taken",                      WIRE_ANSWERED, 250, 1,   MOVE_DONE,   NULL,            0,              false},
    {"refused behind the dot",     WIRE_ANSWERED, 552, 1,   MOVE_FAILED, "refused",       0,              false},
    {"no such recipient",          WIRE_NOT_SENT, 550, 1,   MOVE_FAILED, "refused",       0,              false},
    {"not now",                    WIRE_NOT_SENT, 451, 1,   MOVE_AGAIN,  "later",         1,              false},
    {"nor a second time",          WIRE_NOT_SENT, 451, 2,   MOVE_AGAIN,  "later",         30,             false},
    {"nor a third time",           WIRE_ANSWERED, 450, 3,   MOVE_AGAIN,  "later",         900,            false},
    {"nor for hours",              WIRE_NOT_SENT, 452, 50,  MOVE_AGAIN,  "later",         3600,           false},
    {"nor for days",               WIRE_NOT_SENT, 452, 120, MOVE_FAILED, "gave_up",       0,              false},
    {"the server closes",          WIRE_NOT_SENT, 421, 1,   MOVE_AGAIN,  "not_sent",      MOVE_PAUSE_OWN, true },
    {"the server closes for days", WIRE_ANSWERED, 421, 500, MOVE_AGAIN,  "not_sent",      MOVE_PAUSE_OWN,
     true                                                                                                      },
    {"nobody there",               WIRE_NOT_SENT, 0,   1,   MOVE_AGAIN,  "not_sent",      MOVE_PAUSE_OWN, true },
    {"nobody there for days",      WIRE_NOT_SENT, 0,   500, MOVE_AGAIN,  "not_sent",      MOVE_PAUSE_OWN, true },
    {"gone in the message",        WIRE_NOT_SENT, 354, 500, MOVE_AGAIN,  "not_sent",      MOVE_PAUSE_OWN, true },
    {"a login is wanted",          WIRE_NOT_SENT, 530, 1,   MOVE_AGAIN,  "login_refused", MOVE_PAUSE_OWN, true },
    {"the login is wrong",         WIRE_NOT_SENT, 535, 500, MOVE_AGAIN,  "login_refused", MOVE_PAUSE_OWN,
     true                                                                                                      },
    {"gone behind the last byte",  WIRE_LOST,     354, 1,   MOVE_LOST,   "lost",          0,              false},
    {"and again",                  WIRE_LOST,     354, 500, MOVE_LOST,   "lost",          0,              false},
};

/* The same before a recipient was named. */
static const struct answer_case early_cases[] = {
    {"a login is wanted",     WIRE_NOT_SENT, 530, 1,   MOVE_AGAIN,  "login_refused",  MOVE_PAUSE_OWN, true },
    {"the greeting says no",  WIRE_NOT_SENT, 554, 1,   MOVE_AGAIN,  "server_refused", MOVE_PAUSE_OWN,
     true                                                                                                  },
    {"and for days",          WIRE_NOT_SENT, 554, 500, MOVE_AGAIN,  "server_refused", MOVE_PAUSE_OWN, true },
    {"the sender may not",    WIRE_NOT_SENT, 550, 1,   MOVE_AGAIN,  "server_refused", MOVE_PAUSE_OWN,
     true                                                                                                  },
    {"the sender not now",    WIRE_NOT_SENT, 451, 1,   MOVE_AGAIN,  "server_refused", MOVE_PAUSE_OWN,
     true                                                                                                  },
    {"no TLS just now",       WIRE_NOT_SENT, 454, 500, MOVE_AGAIN,  "server_refused", MOVE_PAUSE_OWN,
     true                                                                                                  },
    {"too large by its size", WIRE_NOT_SENT, 552, 1,   MOVE_FAILED, "refused",        0,              false},
    {"the server closes",     WIRE_NOT_SENT, 421, 1,   MOVE_AGAIN,  "not_sent",       MOVE_PAUSE_OWN, true },
    {"nobody there",          WIRE_NOT_SENT, 0,   1,   MOVE_AGAIN,  "not_sent",       MOVE_PAUSE_OWN, true },
    {"TLS by nobody knows",   WIRE_NOT_SENT, 220, 500, MOVE_AGAIN,  "not_sent",       MOVE_PAUSE_OWN, true },
    {"it hangs after EHLO",   WIRE_NOT_SENT, 250, 500, MOVE_AGAIN,  "not_sent",       MOVE_PAUSE_OWN, true },
};

static void check(const struct answer_case *c, bool said_to_whom)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", (size_t)1 << 20);
    const struct wire_answer answer = {
        .end = c->end, .status = c->status, .why = "", .said_to_whom = said_to_whom};
    struct effect_move move;
    mail_take_answer(&answer, c->deferrals, "<1@b>", arena, &move);
    ck_assert_msg(move.kind == c->expect, "%s: %d", c->name, (int)move.kind);
    ck_assert_msg(text_equal(move.code, c->code), "%s: %s", c->name, move.code);
    ck_assert_msg(move.pause_s == c->pause_s, "%s: %" PRId64, c->name, move.pause_s);
    ck_assert_msg(move.provider_in_trouble == c->trouble, "%s", c->name);
    ck_assert_msg((move.provider_ref != NULL) == (move.kind == MOVE_DONE), "%s", c->name);
    ck_assert_msg((move.outcome != NULL) == (move.kind == MOVE_DONE || move.kind == MOVE_FAILED),
                  "%s", c->name);
}

START_TEST(takes)
{
    check(&answer_cases[_i], true);
}
END_TEST

START_TEST(takes_early)
{
    check(&early_cases[_i], false);
}
END_TEST

TEST_SUITE(mail_answer)
{
    TEST_TABLE(takes, answer_cases);
    TEST_TABLE(takes_early, early_cases);
}
