/* What credit notes and void invoices gave back of a billing period stays given back. */
#include <inttypes.h>

#include "core/base/text.h"
#include "core/billing/forgiven.h"
#include "tests/support/suite.h"

#define EUR(minor) money_of_minor((minor), (struct currency){"EUR"})
#define EUROS ((struct currency){"EUR"})
enum { STEPS_MAX = 8, ACCOUNTS_MAX = 4 };

/* Price p is of plan p / 10; metered where it is odd. */
struct step {
    char what; /* + a line, which comes to `minor` before anything is forgiven; n a note */
    int price;
    int64_t minor;
    int64_t expect_minor; /* what is forgiven of the line */
};

/* clang-format off */
static const struct forgiven_case {
    const char *name;
    struct step steps[STEPS_MAX];
    int64_t expect_billed_minor; /* in the end, less the notes */
} cases[] = {
    {"nothing was credited", {{'+', 10, 6000, 0}, {'+', 10, -2000, 0}, {'+', 10, 1000, 0}}, 5000},
    {"nor while a credit is before its charge", {{'+', 10, -2000, 0}, {'+', 10, 6000, 0}}, 4000},
    {"all of it: a seat less and back", {{'+', 10, 24000, 0}, {'n', 10, 24000, 0}, {'+', 10, -16000, -16000}, {'+', 10, 4000, 4000}, {'+', 10, -2000, -2000}, {'+', 10, 8000, 8000}}, 0},
    {"half of it, a pause and its end", {{'+', 10, 6000, 0}, {'n', 10, 3000, 0}, {'+', 10, -4200, -1200}, {'+', 10, 1200, 1200}}, 0},
    {"what was given back first is charged first", {{'+', 10, 6000, 0}, {'n', 10, 3000, 0}, {'+', 10, -4200, -1200}, {'+', 10, 4800, 1200}}, 3600},
    {"a change that is withdrawn after a part of it was credited", {{'+', 10, 6000, 0}, {'+', 10, -4000, 0}, {'+', 10, 8000, 0}, {'n', 10, 3000, 0}, {'+', 10, -8000, -1000}, {'+', 10, 4000, 1000}}, 3000},
    {"what is more than was credited is owed", {{'+', 10, 6000, 0}, {'n', 10, 6000, 0}, {'+', 10, -2000, -2000}, {'+', 10, 3000, 2000}}, 1000},
    {"below zero nothing is owed to the customer", {{'+', 10, 6000, 0}, {'n', 10, 6000, 0}, {'+', 10, -7000, -7000}, {'+', 10, 500, 500}}, 0},
    {"usage by itself", {{'+', 11, 10000, 0}, {'+', 13, 5000, 0}, {'n', 11, 10000, 0}, {'+', 11, -3000, -3000}, {'+', 13, 2000, 0}, {'+', 11, 5000, 3000}}, 9000},
    {"no usage for what was credited of the fee", {{'+', 10, 6000, 0}, {'n', 10, 6000, 0}, {'+', 10, -6000, -6000}, {'+', 21, 4000, 0}}, 4000},
    {"nor a fee for what was credited of usage", {{'+', 11, 6000, 0}, {'n', 11, 6000, 0}, {'+', 11, -6000, -6000}, {'+', 20, 4000, 0}}, 4000},
    {"another price of the plan has its own", {{'+', 10, 6000, 0}, {'n', 10, 6000, 0}, {'+', 10, -6000, -6000}, {'+', 12, 4000, 0}}, 4000},
    {"after a change of plan what the old one leaves", {{'+', 10, 6000, 0}, {'n', 10, 6000, 0}, {'+', 10, -2000, -2000}, {'+', 20, 3000, 2000}}, 1000},
    {"of all its prices, for all of the other one's", {{'+', 10, 3000, 0}, {'+', 12, 1000, 0}, {'n', 10, 3000, 0}, {'n', 12, 1000, 0}, {'+', 10, -3000, -3000}, {'+', 12, -1000, -1000}, {'+', 20, 2500, 2500}, {'+', 22, 2500, 1500}}, 1000},
    {"and back, for whichever comes first", {{'+', 10, 6000, 0}, {'n', 10, 6000, 0}, {'+', 10, -4000, -4000}, {'+', 20, 6000, 4000}, {'+', 20, -3000, -1000}, {'+', 10, 2000, 1000}}, 1000},
    {"more than was billed can be noted where it came so", {{'+', 10, 1000, 0}, {'n', 10, 3000, 0}, {'+', 10, 4000, 0}}, 2000},
};
/* clang-format on */

static bool add_step(struct forgiven_period *period, const struct step *step, struct arena *arena,
                     struct money *ret_forgiven, struct error *err)
{
    size_t account =
        forgiven_period_account(period, step->price, step->price / 10, step->price % 2 != 0, arena);
    struct forgiven_account *own = &period->accounts.items[account];
    *ret_forgiven = EUR(0);
    if (step->what == 'n')
        return forgiven_add_note(own, EUR(step->minor), err);
    return forgiven_of_line(&period->accounts, account, EUR(step->minor), ret_forgiven, err) &&
           forgiven_add_line(own, EUR(step->minor), *ret_forgiven, err);
}

static int64_t billed_minor(const struct forgiven_period *period)
{
    int64_t minor = 0;
    for (size_t i = 0; i < period->accounts.count; i++)
        minor += money_minor(period->accounts.items[i].billed);
    return minor;
}

START_TEST(stays_forgiven)
{
    const struct forgiven_case *c = &cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 16);
    struct forgiven_period period = {.key.currency = EUROS};
    struct error err = {0};
    for (size_t i = 0; i < STEPS_MAX && c->steps[i].what != '\0'; i++) {
        struct money forgiven;
        ck_assert_msg(add_step(&period, &c->steps[i], arena, &forgiven, &err), "%s: %s", c->name,
                      err.message);
        ck_assert_msg(money_minor(forgiven) == c->steps[i].expect_minor,
                      "%s: step %zu: got %" PRId64, c->name, i + 1, money_minor(forgiven));
    }
    ck_assert_msg(billed_minor(&period) == c->expect_billed_minor, "%s: billed %" PRId64, c->name,
                  billed_minor(&period));
}
END_TEST

/* The same lines and notes in another order come to the same: what they cost, less what was noted,
 * never less than nothing. A note takes what is there to be credited of its account. */
START_TEST(in_any_order)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    uint64_t state = 0x9e3779b97f4a7c15u + (uint64_t)_i;
    int64_t cost_minor = 0, noted_minor = 0;
    struct forgiven_period period = {.key.currency = EUROS};
    struct error err = {0};
    for (int round = 0; round < 200; round++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        struct step step = {'+', 10 * (int)(1 + (state >> 33) % 3), 0, 0};
        size_t account =
            forgiven_period_account(&period, step.price, step.price / 10, false, arena);
        struct money cost = period.accounts.items[account].cost;
        struct money most, forgiven;
        step.minor = (int64_t)((state >> 40) % 900) - 300;
        if (step.minor < 0 && money_minor(cost) + step.minor < 0)
            continue;
        if ((state >> 60) == 0) {
            ck_assert(forgiven_most_noted(&period.accounts, account, EUR((int64_t)(state >> 55)),
                                          &most, &err));
            step.what = 'n';
            step.minor = money_minor(most);
            noted_minor += step.minor;
        } else {
            cost_minor += step.minor;
        }
        ck_assert(add_step(&period, &step, arena, &forgiven, &err));
        int64_t rest_minor = cost_minor - noted_minor;
        ck_assert_msg(billed_minor(&period) == (rest_minor < 0 ? 0 : rest_minor),
                      "round %d: %" PRId64 " for %" PRId64 " less %" PRId64, round,
                      billed_minor(&period), cost_minor, noted_minor);
    }
}
END_TEST

static const struct most_case {
    const char *name;
    struct step steps[STEPS_MAX];
    int price;
    int64_t asked_minor, expect_minor;
} most_cases[] = {
    {"all of it",                                          {{'+', 10, 6000, 0}},                      10, 6000, 6000},
    {"a part",                                             {{'+', 10, 6000, 0}},                      10, 1,    1   },
    {"what was not given back",                            {{'+', 10, 9840, 0}, {'+', 10, -8551, 0}}, 10, 9840, 1289},
    {"nor credited",                                       {{'+', 10, 6000, 0}, {'n', 10, 2500, 0}},  10, 6000, 3500},
    {"nothing",                                            {{'+', 10, 6000, 0}, {'n', 10, 6000, 0}},  10, 6000, 0   },
    {"not of another price",                               {{'+', 10, 6000, 0}, {'+', 12, 500, 0}},   12, 6000, 500 },
    {"less what another plan's notes gave",
     {{'+', 10, 6000, 0}, {'n', 10, 6000, 0}, {'+', 10, -4000, 0}, {'+', 20, 6000, 0}},
     20,                                                                                                  6000,
     2000                                                                                                           },
    {"nothing of what is given back before it is charged", {{'+', 10, -500, 0}},                      10, 100,  0   },
};

START_TEST(can_be_credited)
{
    const struct most_case *c = &most_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 16);
    struct forgiven_period period = {.key.currency = EUROS};
    struct money ignored, most;
    struct error err = {0};
    for (size_t i = 0; i < STEPS_MAX && c->steps[i].what != '\0'; i++)
        ck_assert(add_step(&period, &c->steps[i], arena, &ignored, &err));
    size_t account = forgiven_period_account(&period, c->price, c->price / 10, false, arena);
    struct money noted = period.accounts.items[account].noted;
    ck_assert_msg(forgiven_most_noted(&period.accounts, account, EUR(c->asked_minor), &most, &err),
                  "%s: %s", c->name, err.message);
    ck_assert_msg(money_minor(most) == c->expect_minor, "%s: got %" PRId64, c->name,
                  money_minor(most));
    ck_assert(money_equal(noted, period.accounts.items[account].noted));
}
END_TEST

/* ---------------------------------------------------------------- the accounts of a payer */

struct line_case {
    enum forgiven_kind kind;
    int64_t invoice_id, line;
    int price;
    int64_t net_minor, forgiven_minor;
};

/* clang-format off */
static const struct book_case {
    const char *name;
    struct line_case lines[STEPS_MAX];
    int64_t expect_cost_minor, expect_noted_minor, expect_billed_minor; /* of price 10 */
} book_cases[] = {
    {"lines and notes", {{FORGIVEN_BILLED, 1, 1, 10, 6000, 0}, {FORGIVEN_NOTE, 1, 1, 10, 2000, 0}, {FORGIVEN_BILLED, 2, 1, 10, -500, -100}}, 5400, 2000, 3500},
    {"what is void was noted", {{FORGIVEN_VOID, 2, 1, 10, 4000, 2000}, {FORGIVEN_BILLED, 1, 1, 10, 6000, 0}}, 12000, 4000, 6000},
    {"but not a void document that gave more back", {{FORGIVEN_BILLED, 1, 1, 10, 6000, 0}, {FORGIVEN_VOID, 2, 1, 10, -2000, 0}, {FORGIVEN_VOID, 2, 2, 10, 1000, 0}}, 5000, 0, 6000},
    {"with the other plan's lines", {{FORGIVEN_BILLED, 1, 1, 10, 6000, 0}, {FORGIVEN_VOID, 2, 1, 10, -2000, 0}, {FORGIVEN_VOID, 2, 2, 20, 2000, 0}}, 4000, -2000, 6000},
    {"not with usage", {{FORGIVEN_BILLED, 1, 1, 10, 6000, 0}, {FORGIVEN_VOID, 2, 1, 10, -2000, 0}, {FORGIVEN_VOID, 2, 2, 21, 5000, 0}}, 4000, 0, 6000},
    {"nor with another document", {{FORGIVEN_VOID, 1, 1, 10, 6000, 0}, {FORGIVEN_VOID, 2, 1, 10, -2000, 0}}, 4000, 6000, 0},
    {"nor notes over one", {{FORGIVEN_BILLED, 1, 1, 10, 6000, 0}, {FORGIVEN_BILLED, 2, 1, 10, -2000, 0}, {FORGIVEN_BILLED, 2, 2, 10, 500, 0}, {FORGIVEN_NOTE, 2, 1, 10, -2000, 0}, {FORGIVEN_NOTE, 2, 2, 10, 500, 0}, {FORGIVEN_NOTE, 1, 1, 10, 700, 0}}, 4500, 700, 5300},
    {"what is billed again", {{FORGIVEN_AGAIN, 1, 1, 10, 1000, 500}, {FORGIVEN_NOTE_AGAIN, 1, 1, 10, 1000, 0}}, 0, 0, 0},
    {"and was credited before", {{FORGIVEN_AGAIN, 1, 1, 10, 6000, 0}, {FORGIVEN_NOTE_AGAIN, 1, 1, 10, 2500, 0}, {FORGIVEN_NOTE_AGAIN, 1, 1, 10, 3500, 0}}, 0, 0, 0},
    {"with what gave less back for that", {{FORGIVEN_AGAIN, 1, 1, 10, 6000, 0}, {FORGIVEN_NOTE_AGAIN, 1, 1, 10, 5000, 0}, {FORGIVEN_AGAIN, 2, 1, 10, -1000, -1000}, {FORGIVEN_BILLED, 2, 2, 10, 0, 1000}}, 1000, 0, 0},
    {"but no other line of its invoice", {{FORGIVEN_AGAIN, 1, 1, 10, 6000, 0}, {FORGIVEN_NOTE_AGAIN, 1, 1, 10, 6000, 0}, {FORGIVEN_BILLED, 1, 2, 10, 3000, 0}, {FORGIVEN_NOTE, 1, 2, 10, 500, 0}}, 3000, 500, 2500},
};
/* clang-format on */

START_TEST(keeps_accounts)
{
    const struct book_case *c = &book_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 16);
    const struct forgiven_key key = {3, 7, {20000}, {20030}, EUROS};
    struct forgiven_line lines[STEPS_MAX + 4] = {0};
    struct forgiven_book book;
    struct error err = {0};
    size_t count = 0;
    for (; count < STEPS_MAX && c->lines[count].invoice_id != 0; count++) {
        const struct line_case *line = &c->lines[count];
        lines[count] = (struct forgiven_line){.key = key,
                                              .price_id = line->price,
                                              .plan_id = line->price / 10,
                                              .is_metered = line->price % 2 != 0,
                                              .kind = line->kind,
                                              .invoice_id = line->invoice_id,
                                              .line = line->line,
                                              .net = EUR(line->net_minor),
                                              .forgiven = EUR(line->forgiven_minor)};
    }
    for (size_t other = 0; other < 4;
         other++) { /* of another subscription, period, interval and payer */
        lines[count] = lines[0];
        lines[count].key.subscription_id += other == 0 ? 1 : 0;
        lines[count].key.full_start_on.days += other == 1 ? 30 : 0;
        lines[count].key.full_end_on.days += other == 3 ? 335 : 0;
        lines[count++].key.payer_id -= other == 2 ? 1 : 0;
    }
    ck_assert_msg(forgiven_book_open(lines, count, arena, &book, &err), "%s: %s", c->name,
                  err.message);
    struct forgiven_period *period = forgiven_book_period(&book, &key);
    ck_assert_msg(book.count == 5 && period != NULL, "%s: %zu periods", c->name, book.count);
    const struct forgiven_account *account =
        &period->accounts.items[forgiven_period_account(period, 10, 1, false, arena)];
    ck_assert_msg(money_minor(account->cost) == c->expect_cost_minor, "%s: costs %" PRId64, c->name,
                  money_minor(account->cost));
    ck_assert_msg(money_minor(account->noted) == c->expect_noted_minor, "%s: noted %" PRId64,
                  c->name, money_minor(account->noted));
    ck_assert_msg(money_minor(account->billed) == c->expect_billed_minor, "%s: billed %" PRId64,
                  c->name, money_minor(account->billed));
}
END_TEST

START_TEST(refuses_currencies)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 16);
    struct forgiven_period period = {.key.currency = EUROS};
    const struct money dollars = money_of_minor(1, (struct currency){"USD"});
    struct money ignored;
    struct error err = {0};
    size_t account = forgiven_period_account(&period, 1, 1, false, arena);
    ck_assert(!forgiven_of_line(&period.accounts, account, dollars, &ignored, &err));
    error_clear(&err);
    ck_assert(!forgiven_add_line(&period.accounts.items[account], dollars, dollars, &err));
    error_clear(&err);
    ck_assert(!forgiven_add_note(&period.accounts.items[account], dollars, &err));
    error_clear(&err);
    ck_assert(!forgiven_most_noted(&period.accounts, account, dollars, &ignored, &err));
}
END_TEST

TEST_SUITE(forgiven)
{
    TEST_TABLE(stays_forgiven, cases);
    tcase_add_loop_test(tcase, in_any_order, 0, 20);
    TEST_TABLE(can_be_credited, most_cases);
    TEST_TABLE(keeps_accounts, book_cases);
    TEST_ONE(refuses_currencies);
}
