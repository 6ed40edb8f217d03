/* What SMTP servers answer, and what becomes of the mail. */
#include <string.h>

#include "core/base/text.h"
#include "jobs/mail_answer.h"
#include "tests/support/suite.h"

static const struct answer_case {
    const char *name;
    enum wire_end end;
    int32_t status;
    int64_t tries; /* put off, or broken off, so often, and so many hours ago */
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
    {"gone in the message",        WIRE_NOT_SENT, 354, 9,   MOVE_AGAIN,  "not_sent",      MOVE_PAUSE_OWN, true },
    {"and never whole",            WIRE_NOT_SENT, 354, 10,  MOVE_HELD,   "never_whole",   0,              true },
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
    const struct mail_tries tries = {c->tries, c->tries * 3600, c->tries};
    struct effect_move move;
    mail_take_answer(&answer, &tries, "<1@b>", arena, &move);
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

/* Whose fault a refusal is says the enhanced code, wherever it is said; trouble of the server fails
 * no mail. */
static const struct fault_case {
    const char *name, *reply;
    enum wire_end end;
    int32_t status;
    bool said_to_whom;
    enum effect_move_kind expect;
    const char *code;
} fault_cases[] = {
    {"no such user",         "550 5.1.1 no such user",   WIRE_NOT_SENT, 550, true,  MOVE_FAILED, "refused"      },
    {"no mails there",       "556 5.1.10 null MX",       WIRE_NOT_SENT, 556, true,  MOVE_FAILED, "refused"      },
    {"a bad address",        "501 5.1.3 bad syntax",     WIRE_NOT_SENT, 501, true,  MOVE_FAILED, "refused"      },
    {"a full mailbox",       "552 5.2.2 over quota",     WIRE_ANSWERED, 552, true,  MOVE_FAILED, "refused"      },
    {"a mailbox closed",     "554 5.2.1 disabled",       WIRE_NOT_SENT, 554, true,  MOVE_FAILED, "refused"      },
    {"content it takes not", "554 5.6.0 bad content",    WIRE_ANSWERED, 554, true,  MOVE_FAILED,
     "refused"                                                                                                  },
    {"too large",            "552 5.3.4 too large",      WIRE_NOT_SENT, 552, false, MOVE_FAILED, "refused"      },
    {"too large, all of it", "554 5.3.4 too large",      WIRE_ANSWERED, 554, true,  MOVE_FAILED,
     "refused"                                                                                                  },
    {"no code: to whom",     "550 no such user",         WIRE_NOT_SENT, 550, true,  MOVE_FAILED, "refused"      },
    {"a code of nothing",    "550 5.0.0 user unknown",   WIRE_NOT_SENT, 550, true,  MOVE_FAILED,
     "refused"                                                                                                  },
    {"nor is that a code",   "553 5.1 is no code.1.1",   WIRE_NOT_SENT, 553, true,  MOVE_FAILED,
     "refused"                                                                                                  },
    {"its disk is full",     "552 5.3.1 system full",    WIRE_NOT_SENT, 552, true,  MOVE_AGAIN,
     "server_refused"                                                                                           },
    {"who sends is nobody",  "550 5.1.8 sender unknown", WIRE_NOT_SENT, 550, true,  MOVE_AGAIN,
     "server_refused"                                                                                           },
    {"said of the sender",   "550 5.1.1 unknown",        WIRE_NOT_SENT, 550, false, MOVE_AGAIN,
     "server_refused"                                                                                           },
    {"words it knows not",   "500 5.5.1 what?",          WIRE_NOT_SENT, 500, true,  MOVE_AGAIN,
     "server_refused"                                                                                           },
    {"a login, to whom",     "530 5.7.0 log in",         WIRE_NOT_SENT, 530, true,  MOVE_AGAIN,  "login_refused"},
    {"busy mailbox",         "450 4.2.1 busy",           WIRE_NOT_SENT, 450, true,  MOVE_AGAIN,  "later"        },
    {"not now, no code",     "451 later",                WIRE_NOT_SENT, 451, true,  MOVE_AGAIN,  "later"        },
    {"its disk is full now", "452 4.3.1 no space",       WIRE_ANSWERED, 452, true,  MOVE_AGAIN,
     "server_refused"                                                                                           },
};

START_TEST(blames)
{
    const struct fault_case *c = &fault_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", (size_t)1 << 20);
    const struct wire_answer answer = {.end = c->end,
                                       .status = c->status,
                                       .why = "",
                                       .reply = c->reply,
                                       .said_to_whom = c->said_to_whom};
    const struct mail_tries first = {1, 0, 1};
    struct effect_move move;
    mail_take_answer(&answer, &first, "<1@b>", arena, &move);
    ck_assert_msg(move.kind == c->expect, "%s: %d", c->name, (int)move.kind);
    ck_assert_msg(text_equal(move.code, c->code), "%s: %s", c->name, move.code);
    bool trouble = text_equal(c->code, "server_refused") || text_equal(c->code, "login_refused");
    ck_assert_msg(move.provider_in_trouble == trouble, "%s", c->name);
    ck_assert_msg(strstr(move.message, c->reply) != NULL, "%s: %s", c->name, move.message);
}
END_TEST

/* Said once the recipient was named, of the way to him, of what is allowed, or without a reason: as
 * what is put off; and only the first time a sign that the server is in trouble. */
static const struct way_case {
    const char *name, *reply;
    enum wire_end end;
    int32_t status;
    int64_t tries, tried_s;
    enum effect_move_kind expect;
    bool trouble;
} way_cases[] = {
    {"no relay",             "554 5.7.1 Relay denied", WIRE_NOT_SENT, 554, 1, 0,      MOVE_AGAIN,  true },
    {"nor later",            "554 5.7.1 Relay denied", WIRE_NOT_SENT, 554, 2, 3600,   MOVE_AGAIN,  false},
    {"nor for five days",    "554 5.7.1 Relay denied", WIRE_NOT_SENT, 554, 9, 432000, MOVE_FAILED,
     false                                                                                              },
    {"not as this sender",   "550 5.7.60 not as him",  WIRE_ANSWERED, 550, 1, 0,      MOVE_AGAIN,  true },
    {"by policy, 552",       "552 5.7.0 blocked",      WIRE_ANSWERED, 552, 1, 0,      MOVE_AGAIN,  true },
    {"sent too many",        "550 5.4.5 daily quota",  WIRE_ANSWERED, 550, 1, 0,      MOVE_AGAIN,  true },
    {"no way to his server", "550 5.4.4 no route",     WIRE_NOT_SENT, 550, 5, 431999, MOVE_AGAIN,
     false                                                                                              },
    {"nor for five days",    "550 5.4.4 no route",     WIRE_NOT_SENT, 550, 5, 432000, MOVE_FAILED, false},
    {"no code: 554",         "554 no",                 WIRE_NOT_SENT, 554, 1, 0,      MOVE_AGAIN,  true },
    {"no code, at the end",  "554 not verified",       WIRE_ANSWERED, 554, 1, 0,      MOVE_AGAIN,  true },
    {"no code, 550 there",   "550 rejected",           WIRE_ANSWERED, 550, 9, 432000, MOVE_FAILED, false},
    {"too many at once",     "450 4.7.1 too many",     WIRE_NOT_SENT, 450, 1, 0,      MOVE_AGAIN,  true },
    {"no way there now",     "451 4.4.1 no route",     WIRE_ANSWERED, 451, 2, 1,      MOVE_AGAIN,  false},
};

START_TEST(gives_up_ways)
{
    const struct way_case *c = &way_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", (size_t)1 << 20);
    const struct wire_answer answer = {
        .end = c->end, .status = c->status, .why = "", .reply = c->reply, .said_to_whom = true};
    const struct mail_tries tries = {c->tries, c->tried_s, 0};
    struct effect_move move;
    mail_take_answer(&answer, &tries, "<1@b>", arena, &move);
    ck_assert_msg(move.kind == c->expect, "%s: %d", c->name, (int)move.kind);
    ck_assert_msg(text_equal(move.code, c->expect == MOVE_FAILED ? "gave_up" : "later"), "%s: %s",
                  c->name, move.code);
    ck_assert_msg(move.provider_in_trouble == c->trouble && move.provider_untold == !c->trouble,
                  "%s: of the server", c->name);
    ck_assert_msg(strstr(move.message, c->reply) != NULL, "%s: %s", c->name, move.message);
}
END_TEST

/* Five days, however often it was tried in them; and five times, however far apart. */
static const struct patience_case {
    const char *name;
    int64_t deferrals, deferred_s;
    enum effect_move_kind expect;
} patience_cases[] = {
    {"once, at once",              1,   0,      MOVE_AGAIN },
    {"often, in less than 5 days", 200, 431999, MOVE_AGAIN },
    {"often, for 5 days",          120, 432000, MOVE_FAILED},
    {"daily: the fifth time",      5,   432000, MOVE_FAILED},
    {"the fifth time on day 5",    5,   345600, MOVE_AGAIN },
    {"runs are two weeks apart",   4,   999999, MOVE_AGAIN },
};

START_TEST(is_patient)
{
    const struct patience_case *c = &patience_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", (size_t)1 << 20);
    const struct wire_answer answer = {.end = WIRE_NOT_SENT,
                                       .status = 450,
                                       .why = "x",
                                       .reply = "450 4.2.1",
                                       .said_to_whom = true};
    const struct mail_tries tries = {c->deferrals, c->deferred_s, 0};
    struct effect_move move;
    mail_take_answer(&answer, &tries, "<1@b>", arena, &move);
    ck_assert_msg(move.kind == c->expect, "%s: %d", c->name, (int)move.kind);
}
END_TEST

TEST_SUITE(mail_answer)
{
    TEST_TABLE(is_patient, patience_cases);
    TEST_TABLE(blames, fault_cases);
    TEST_TABLE(gives_up_ways, way_cases);
    TEST_TABLE(takes, answer_cases);
    TEST_TABLE(takes_early, early_cases);
}
