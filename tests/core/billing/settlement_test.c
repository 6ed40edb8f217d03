/* What is still owed, in tables. */
#include <stdio.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "core/billing/settlement.h"
#include "tests/support/suite.h"

#define EVENTS_MAX 5

static const struct currency euro = {"EUR"};

struct given_event {
    enum settlement_kind kind;
    const char *reference;
    int64_t cents;
};

/* clang-format off */
static const struct settle_case {
    const char *name;
    int64_t total;
    struct given_event events[EVENTS_MAX];
    size_t count;
    const char *expect; /* balance overpaid status refunds */
} settle_cases[] = {
    {"nothing happened", 1000, {{0}}, 0, "10.00 0.00 open none"},
    {"nothing to pay", 0, {{0}}, 0, "0.00 0.00 paid none"},
    {"a part", 1000, {{SETTLEMENT_PAYMENT, "p1", 300}}, 1, "7.00 0.00 partially_paid none"},
    {"two parts", 1000, {{SETTLEMENT_PAYMENT, "p2", 700}, {SETTLEMENT_PAYMENT, "p1", 300}}, 2, "0.00 0.00 paid none"},
    {"more than is owed", 1000, {{SETTLEMENT_PAYMENT, "p1", 1200}}, 1, "0.00 2.00 paid none"},
    {"the same payment twice", 1000, {{SETTLEMENT_PAYMENT, "p1", 300}, {SETTLEMENT_PAYMENT, "p1", 300}}, 2, "7.00 0.00 partially_paid none"},
    {"one reference, two kinds", 1000, {{SETTLEMENT_PAYMENT, "r", 1000}, {SETTLEMENT_REFUND, "r", 1000}}, 2, "10.00 0.00 open refunded"},
    {"a refund of a part", 1000, {{SETTLEMENT_PAYMENT, "p1", 1000}, {SETTLEMENT_REFUND, "r1", 100}}, 2, "1.00 0.00 partially_paid partially_refunded"},
    {"a note on a paid invoice", 1000, {{SETTLEMENT_PAYMENT, "p1", 1000}, {SETTLEMENT_CREDIT_NOTE, "n1", 100}}, 2, "0.00 1.00 paid none"},
    {"and its refund", 1000, {{SETTLEMENT_PAYMENT, "p1", 1000}, {SETTLEMENT_CREDIT_NOTE, "n1", 100}, {SETTLEMENT_REFUND, "r1", 100}}, 3, "0.00 0.00 paid partially_refunded"},
    {"a note over all of it", 1000, {{SETTLEMENT_CREDIT_NOTE, "n1", 1000}}, 1, "0.00 0.00 paid none"},
    {"the rest is written off", 1000, {{SETTLEMENT_PAYMENT, "p1", 400}, {SETTLEMENT_WRITE_OFF, "w1", 600}}, 2, "0.00 0.00 uncollectible none"},
    {"a note over what was written off", 1000, {{SETTLEMENT_WRITE_OFF, "w1", 1000}, {SETTLEMENT_CREDIT_NOTE, "n1", 1000}}, 2, "0.00 0.00 paid none"},
    {"a note over a part of it", 1000, {{SETTLEMENT_WRITE_OFF, "w1", 1000}, {SETTLEMENT_CREDIT_NOTE, "n1", 100}}, 2, "0.00 0.00 uncollectible none"},
    {"a note over what others left of it", 1000, {{SETTLEMENT_WRITE_OFF, "w1", 1000}, {SETTLEMENT_GIVEN_BACK, "d1", 600}, {SETTLEMENT_CREDIT_NOTE, "n1", 400}}, 3, "0.00 0.00 uncollectible none"},
    {"others gave all of it back", 1000, {{SETTLEMENT_WRITE_OFF, "w1", 1000}, {SETTLEMENT_GIVEN_BACK, "d1", 1000}}, 2, "0.00 0.00 uncollectible none"},
    {"others did, and nothing was written off", 1000, {{SETTLEMENT_GIVEN_BACK, "d1", 1000}}, 1, "0.00 0.00 paid none"},
    {"others left what was paid", 1000, {{SETTLEMENT_PAYMENT, "p1", 400}, {SETTLEMENT_WRITE_OFF, "w1", 600}, {SETTLEMENT_GIVEN_BACK, "d1", 600}}, 3, "0.00 0.00 paid none"},
    {"what others left is paid after all", 1000, {{SETTLEMENT_WRITE_OFF, "w1", 1000}, {SETTLEMENT_GIVEN_BACK, "d1", 600}, {SETTLEMENT_PAYMENT, "p1", 400}}, 3, "0.00 0.00 paid none"},
    {"paid after all", 1000, {{SETTLEMENT_PAYMENT, "p1", 400}, {SETTLEMENT_WRITE_OFF, "w1", 600}, {SETTLEMENT_PAYMENT, "p2", 600}}, 3, "0.00 0.00 paid none"},
    {"and credited too", 1000, {{SETTLEMENT_PAYMENT, "p1", 400}, {SETTLEMENT_WRITE_OFF, "w1", 600}, {SETTLEMENT_CREDIT_NOTE, "n1", 1000}}, 3, "0.00 4.00 paid none"},
};

static const struct refusal_case {
    const char *name;
    struct given_event events[2];
} refusals[] = {
    {"a payment of nothing", {{SETTLEMENT_PAYMENT, "a", 0}, {SETTLEMENT_PAYMENT, "b", 1}}},
    {"a negative payment", {{SETTLEMENT_PAYMENT, "a", -5}, {SETTLEMENT_PAYMENT, "b", 1}}},
    {"a reference with two amounts", {{SETTLEMENT_PAYMENT, "a", 5}, {SETTLEMENT_PAYMENT, "a", 6}}},
    {"more refunded than paid", {{SETTLEMENT_PAYMENT, "a", 5}, {SETTLEMENT_REFUND, "b", 6}}},
};
/* clang-format on */

static void load_events(const struct given_event *given, size_t count,
                        struct settlement_event *events)
{
    for (size_t i = 0; i < count; i++)
        events[i] = (struct settlement_event){given[i].kind, given[i].reference,
                                              money_of_minor(given[i].cents, euro)};
}

START_TEST(settles)
{
    const struct settle_case *c = &settle_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("settlement test", 1 << 20);
    struct settlement_event events[EVENTS_MAX];
    struct settlement settlement = {0};
    struct error err = {0};
    char storage[120];
    struct strbuf text;
    load_events(c->events, c->count, events);
    ck_assert_msg(settlement_compute(money_of_minor(c->total, euro), events, c->count, arena,
                                     &settlement, &err),
                  "%s: %s", c->name, err.message);
    strbuf_init(&text, storage, sizeof storage);
    strbuf_addf(&text, "%s %s %s %s", money_text(settlement.balance).text,
                money_text(settlement.overpaid).text, settlement_status_name(settlement.status),
                refund_status_name(settlement.refund_status));
    ck_assert_msg(strcmp(text.text, c->expect) == 0, "%s: got %s", c->name, text.text);
}
END_TEST

START_TEST(refuses)
{
    const struct refusal_case *c = &refusals[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("settlement test", 1 << 20);
    struct settlement_event events[2];
    struct settlement settlement = {0};
    struct error err = {0};
    load_events(c->events, 2, events);
    ck_assert_msg(
        !settlement_compute(money_of_minor(1000, euro), events, 2, arena, &settlement, &err), "%s",
        c->name);
    ck_assert_str_eq(err.code, "bad_settlement");
}
END_TEST

/* clang-format off */
static const struct off_case {
    const char *name;
    int64_t total;
    struct given_event events[EVENTS_MAX];
    size_t count;
    int64_t given, expect;
} off_cases[] = {
    {"of an open invoice nothing", 6600, {{0}}, 0, 2200, 0},
    {"of one that was never paid, all", 6600, {{SETTLEMENT_WRITE_OFF, "w", 6600}}, 1, 2200, 2200},
    {"at most what was written off", 6600, {{SETTLEMENT_PAYMENT, "p", 5500}, {SETTLEMENT_WRITE_OFF, "w", 1100}}, 2, 2200, 1100},
    {"less what others gave", 6600, {{SETTLEMENT_GIVEN_BACK, "d", 6000}, {SETTLEMENT_WRITE_OFF, "w", 6600}}, 2, 2200, 600},
    {"and what notes took", 6600, {{SETTLEMENT_WRITE_OFF, "w", 6600}, {SETTLEMENT_CREDIT_NOTE, "n", 6000}}, 2, 2200, 600},
    {"of what was paid after all, nothing", 6600, {{SETTLEMENT_WRITE_OFF, "w", 6600}, {SETTLEMENT_PAYMENT, "p", 6600}}, 2, 2200, 0},
};
/* clang-format on */

START_TEST(takes_off_what_was_written_off)
{
    const struct off_case *c = &off_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("settlement test", 1 << 20);
    struct settlement_event events[EVENTS_MAX];
    struct money off;
    struct error err = {0};
    load_events(c->events, c->count, events);
    ck_assert_msg(settlement_off_written(money_of_minor(c->total, euro), events, c->count,
                                         money_of_minor(c->given, euro), arena, &off, &err),
                  "%s: %s", c->name, err.message);
    ck_assert_msg(money_minor(off) == c->expect, "%s: got %s", c->name, money_text(off).text);
}
END_TEST

TEST_SUITE(settlement)
{
    TEST_TABLE(takes_off_what_was_written_off, off_cases);
    TEST_TABLE(settles, settle_cases);
    TEST_TABLE(refuses, refusals);
}
