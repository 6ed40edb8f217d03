/* Phases of contracts, the draw-down of commitments, true-ups. */
#include <string.h>

#include "core/billing/contract.h"
#include "tests/support/suite.h"

static const struct currency euro = {"EUR"};

#define PHASES_MAX 4
#define ACCOUNTS_MAX 3

static struct date day_of(const char *text)
{
    struct date date = DATE_NONE;
    struct error err = {0};
    if (text != NULL)
        ck_assert_msg(date_parse(text, &date, &err), "%s", err.message);
    return date;
}

static struct money cents(int64_t minor)
{
    return money_of_minor(minor, euro);
}

struct phase_days {
    const char *start, *end;
};

static size_t phases_of(const struct phase_days *days, struct contract_phase_term *phases)
{
    size_t count = 0;
    for (; count < PHASES_MAX && days[count].start != NULL; count++)
        phases[count] =
            (struct contract_phase_term){day_of(days[count].start), day_of(days[count].end)};
    return count;
}

/* clang-format off */
static const struct check_case {
    const char *name;
    const char *start, *end;
    struct phase_days phases[PHASES_MAX];
    const char *refused; /* a part of the message; NULL: accepted */
    size_t at_fault;
} check_cases[] = {
    {"three phases of a year tile", "2026-01-01", "2027-01-01",
     {{"2026-01-01", "2026-04-01"}, {"2026-04-01", "2026-07-01"}, {"2026-07-01", "2027-01-01"}}, NULL, 0},
    {"phases without ends tile too", "2026-01-01", "2027-01-01", {{"2026-01-01", NULL}, {"2026-07-01", NULL}}, NULL, 0},
    {"a gap between phases is allowed", "2026-01-01", NULL, {{"2026-01-01", "2026-02-01"}, {"2026-03-01", NULL}}, NULL, 0},
    {"a day too early", "2026-01-01", "2027-01-01", {{"2025-12-31", NULL}}, "2025-12-31 is outside the contract", 0},
    {"before one that is open", "2026-01-01", NULL, {{"2025-12-31", NULL}}, "2025-12-31 is before the start", 0},
    {"it begins when the contract has ended", "2026-01-01", "2027-01-01", {{"2027-01-01", NULL}}, "2027-01-01 is outside the contract", 0},
    {"it ends a day after the contract", "2026-01-01", "2027-01-01", {{"2026-01-01", "2027-01-02"}}, "2027-01-02 is outside the contract", 0},
    {"it ends before it begins", "2026-01-01", "2027-01-01", {{"2026-03-01", "2026-03-01"}}, "is not after its start", 0},
    {"one day in common", "2026-01-01", "2027-01-01", {{"2026-01-01", "2026-04-02"}, {"2026-04-01", NULL}}, "within the phase that begins on 2026-01-01", 1},
    {"two begin on one day", "2026-01-01", "2027-01-01", {{"2026-01-01", NULL}, {"2026-01-01", NULL}}, "within the phase that begins on 2026-01-01", 1},
    {"the third is at fault", "2026-01-01", "2027-01-01", {{"2026-01-01", NULL}, {"2026-02-01", "2026-05-01"}, {"2026-04-30", NULL}}, "within the phase that begins on 2026-02-01", 2},
};

static const struct held_case {
    const char *name;
    const char *start, *end, *closed_on;
    struct phase_days phases[PHASES_MAX];
    size_t phase;
    const char *agreed_end, *held_end;
} held_cases[] = {
    {"its own end", "2026-01-01", "2027-01-01", NULL, {{"2026-01-01", "2026-04-01"}, {"2026-05-01", NULL}}, 0, "2026-04-01", "2026-04-01"},
    {"until the next phase", "2026-01-01", "2027-01-01", NULL, {{"2026-01-01", NULL}, {"2026-05-01", NULL}}, 0, "2026-05-01", "2026-05-01"},
    {"the last until the contract ends", "2026-01-01", "2027-01-01", NULL, {{"2026-01-01", NULL}, {"2026-05-01", NULL}}, 1, "2027-01-01", "2027-01-01"},
    {"open as its contract", "2026-01-01", NULL, NULL, {{"2026-01-01", NULL}}, 0, NULL, NULL},
    {"cut by an amendment", "2026-01-01", "2027-01-01", "2026-09-15", {{"2026-01-01", NULL}, {"2026-05-01", NULL}}, 1, "2027-01-01", "2026-09-15"},
    {"over before the amendment", "2026-01-01", "2027-01-01", "2026-09-15", {{"2026-01-01", NULL}, {"2026-05-01", NULL}}, 0, "2026-05-01", "2026-05-01"},
    {"never held", "2026-01-01", "2027-01-01", "2026-03-01", {{"2026-01-01", NULL}, {"2026-05-01", NULL}}, 1, "2027-01-01", "2026-05-01"},
    {"an open one is cut too", "2026-01-01", NULL, "2026-03-01", {{"2026-01-01", NULL}}, 0, NULL, "2026-03-01"},
};

static const struct commitment_case {
    const char *name;
    int64_t commitment;
    const char *start, *agreed_end, *held_end;
    int64_t expect;
} commitment_cases[] = {
    {"a whole phase", 12000, "2026-01-01", "2026-12-31", "2026-12-31", 12000},
    {"59 of 365 days", 36500, "2026-01-01", "2027-01-01", "2026-03-01", 5900},
    {"rounded once, away from zero", 100, "2026-04-01", "2026-05-01", "2026-04-11", 33},
    {"half a cent", 5, "2026-04-01", "2026-05-01", "2026-04-16", 3},
    {"it never held", 12000, "2026-05-01", "2027-01-01", "2026-05-01", 0},
    {"without days to prorate by", 12000, "2026-05-01", NULL, "2026-06-01", 12000},
};

/* Charges one after the other, and what each commitment has drawn at the end. */
static const struct draw_case {
    const char *name;
    size_t accounts, charge_count;
    int64_t commitments[ACCOUNTS_MAX], charges[3], drawn[ACCOUNTS_MAX], last_parts[ACCOUNTS_MAX];
} draw_cases[] = {
    {"nothing covers it", 0, 1, {0}, {500}, {0}, {0}},
    {"one draws all", 1, 2, {1000}, {300, 400}, {700}, {400}},
    {"one draws beyond itself", 1, 2, {1000}, {900, 400}, {1300}, {400}},
    {"the first one first", 2, 1, {1000, 2000}, {300}, {300, 0}, {300, 0}},
    {"the rest of the first, then the second", 2, 2, {1000, 2000}, {800, 500}, {1000, 300}, {200, 300}},
    {"what is beyond both counts with the last", 2, 2, {1000, 2000}, {800, 4000}, {1000, 3800}, {200, 3800}},
    {"three of them", 3, 1, {100, 200, 300}, {350}, {100, 200, 50}, {100, 200, 50}},
    {"a credit undoes its charge", 2, 3, {1000, 2000}, {800, 500, -500}, {800, 0}, {-200, -300}},
    {"a credit of the first charge leaves what the second alone would draw", 2, 3, {60, 40}, {100, 30, -100}, {30, 0}, {-30, -70}},
    {"overage is credited before commitments", 2, 3, {60, 40}, {200, 50, -50}, {60, 140}, {0, -50}},
    {"more is credited than was drawn", 2, 2, {60, 40}, {10, -30}, {0, -20}, {-10, -20}},
    {"nothing", 2, 2, {60, 40}, {10, 0}, {10, 0}, {0, 0}},
};

static const struct true_up_case {
    const char *name;
    int64_t commitment, drawn, billed, expect;
} true_up_cases[] = {
    {"what is missing", 5000000, 3210050, 0, 1789950},
    {"nothing was used", 5000000, 0, 0, 5000000},
    {"exactly used", 5000000, 5000000, 0, 0},
    {"more was used", 5000000, 5000001, 0, 0},
    {"credits alone do not raise it", 5000000, -100, 0, 5000000},
    {"late usage takes back what it drew", 5000000, 3310050, 1789950, -100000},
    {"late usage beyond the commitment takes back all of it", 5000000, 9000000, 1789950, -1789950},
    {"it is billed already", 5000000, 3210050, 1789950, 0},
};
/* clang-format on */

START_TEST(checks_phases)
{
    const struct check_case *c = &check_cases[_i];
    struct contract_term contract = {day_of(c->start), day_of(c->end), DATE_NONE};
    struct contract_phase_term phases[PHASES_MAX];
    size_t count = phases_of(c->phases, phases);
    size_t at_fault = SIZE_MAX;
    struct error err = {0};
    bool good = contract_check_phases(&contract, phases, count, &at_fault, &err);
    ck_assert_msg(good == (c->refused == NULL), "%s: %s", c->name, err.message);
    if (good)
        return;
    ck_assert_msg(at_fault == c->at_fault, "%s: phase %zu", c->name, at_fault);
    ck_assert_msg(strstr(err.message, c->refused) != NULL, "%s: %s", c->name, err.message);
    ck_assert_msg(err.kind == ERROR_ITEM, "%s", c->name);
}
END_TEST

START_TEST(holds_until)
{
    const struct held_case *c = &held_cases[_i];
    struct contract_term contract = {day_of(c->start), day_of(c->end), day_of(c->closed_on)};
    struct contract_phase_term phases[PHASES_MAX];
    size_t count = phases_of(c->phases, phases);
    struct period agreed = contract_phase_agreed(&contract, phases, count, c->phase);
    struct period held = contract_phase_held(&contract, phases, count, c->phase);
    ck_assert_msg(date_compare(agreed.start, phases[c->phase].start) == 0, "%s", c->name);
    ck_assert_msg(agreed.end.days == day_of(c->agreed_end).days, "%s: agreed", c->name);
    ck_assert_msg(held.end.days == day_of(c->held_end).days, "%s: held", c->name);
    bool is_empty = !date_is_none(held.end) && date_compare(held.start, held.end) == 0;
    ck_assert_msg(contract_phase_holds(held, held.start) == !is_empty, "%s: first day", c->name);
    ck_assert_msg(date_is_none(held.end) || !contract_phase_holds(held, held.end), "%s: last day",
                  c->name);
}
END_TEST

START_TEST(prorates_commitments)
{
    const struct commitment_case *c = &commitment_cases[_i];
    struct money commitment;
    struct error err = {0};
    ck_assert_msg(contract_commitment_held(cents(c->commitment),
                                           (struct period){day_of(c->start), day_of(c->agreed_end)},
                                           (struct period){day_of(c->start), day_of(c->held_end)},
                                           ROUND_HALF_UP, &commitment, &err),
                  "%s: %s", c->name, err.message);
    ck_assert_msg(money_equal(commitment, cents(c->expect)), "%s: got %s", c->name,
                  money_text(commitment).text);
}
END_TEST

START_TEST(draws)
{
    const struct draw_case *c = &draw_cases[_i];
    struct commitment_account accounts[ACCOUNTS_MAX] = {0};
    struct commitment_account *covering[ACCOUNTS_MAX];
    struct money parts[ACCOUNTS_MAX] = {0};
    struct error err = {0};
    for (size_t i = 0; i < c->accounts; i++) {
        accounts[i] = (struct commitment_account){cents(c->commitments[i]), cents(0)};
        covering[i] = &accounts[i];
    }
    for (size_t i = 0; i < c->charge_count; i++) {
        struct money sum = cents(0);
        ck_assert_msg(commitment_draw(covering, c->accounts, cents(c->charges[i]), parts, &err),
                      "%s: %s", c->name, err.message);
        for (size_t a = 0; a < c->accounts; a++)
            ck_assert(money_add(sum, parts[a], &sum, &err));
        ck_assert_msg(c->accounts == 0 || money_equal(sum, cents(c->charges[i])),
                      "%s: parts of charge %zu come to %s", c->name, i, money_text(sum).text);
    }
    for (size_t i = 0; i < c->accounts; i++) {
        ck_assert_msg(money_equal(accounts[i].drawn, cents(c->drawn[i])), "%s: %zu has drawn %s",
                      c->name, i, money_text(accounts[i].drawn).text);
        ck_assert_msg(money_equal(parts[i], cents(c->last_parts[i])), "%s: the last drew %s of %zu",
                      c->name, money_text(parts[i]).text, i);
    }
}
END_TEST

START_TEST(trues_up)
{
    const struct true_up_case *c = &true_up_cases[_i];
    struct commitment_account account = {cents(c->commitment), cents(c->drawn)};
    struct money true_up;
    struct error err = {0};
    ck_assert_msg(commitment_true_up(&account, cents(c->billed), &true_up, &err), "%s: %s", c->name,
                  err.message);
    ck_assert_msg(money_equal(true_up, cents(c->expect)), "%s: got %s", c->name,
                  money_text(true_up).text);
}
END_TEST

/* What is charged in arrears may be billed only after the phase is over. */
START_TEST(is_due_when_all_is_billed)
{
    struct period held = {day_of("2026-01-01"), day_of("2026-04-01")};
    ck_assert_int_eq(contract_phase_due(held, DATE_NONE).days, held.end.days);
    ck_assert_int_eq(contract_phase_due(held, day_of("2026-03-15")).days, held.end.days);
    ck_assert_int_eq(contract_phase_due(held, day_of("2026-04-15")).days,
                     day_of("2026-04-15").days);
}
END_TEST

START_TEST(refuses_another_currency)
{
    struct commitment_account account = {cents(100), cents(0)};
    struct commitment_account *covering[] = {&account};
    struct money part;
    struct error err = {0};
    ck_assert(
        !commitment_draw(covering, 1, money_of_minor(5, (struct currency){"USD"}), &part, &err));
    ck_assert_str_eq(err.code, "currency_mismatch");
}
END_TEST

START_TEST(checks_contracts_and_amendments)
{
    struct contract_term contract = {day_of("2026-01-01"), day_of("2027-01-01"), DATE_NONE};
    struct contract_term empty = {day_of("2026-01-01"), day_of("2026-01-01"), DATE_NONE};
    struct contract_term open = {day_of("2026-01-01"), DATE_NONE, DATE_NONE};
    struct error err = {0};
    ck_assert(contract_check(&contract, &err) && contract_check(&open, &err));
    ck_assert(!contract_check(&empty, &err));
    ck_assert_str_eq(err.code, "bad_contract");
    ck_assert(contract_check_amendment(&contract, day_of("2026-01-02"), &err));
    ck_assert(contract_check_amendment(&contract, contract.end, &err)); /* a renewal */
    ck_assert(contract_check_amendment(&open, day_of("2036-01-01"), &err));
    ck_assert(!contract_check_amendment(&contract, contract.start, &err));
    ck_assert(!contract_check_amendment(&contract, day_of("2027-01-02"), &err));
    ck_assert(!contract_check_amendment(&open, day_of("2025-12-31"), &err));
    ck_assert_str_eq(err.code, "bad_amendment");
}
END_TEST

TEST_SUITE(contract)
{
    TEST_TABLE(checks_phases, check_cases);
    TEST_TABLE(holds_until, held_cases);
    TEST_TABLE(prorates_commitments, commitment_cases);
    TEST_TABLE(draws, draw_cases);
    TEST_TABLE(trues_up, true_up_cases);
    TEST_ONE(is_due_when_all_is_billed);
    TEST_ONE(refuses_another_currency);
    TEST_ONE(checks_contracts_and_amendments);
}
