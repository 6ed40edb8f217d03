/* What is given back of what was written off, in tables. Of one period: price A and C are of the
 * first plan, B of the other one, M is metered. */
#include <inttypes.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "core/billing/written_off.h"
#include "tests/support/suite.h"

#define EUR(minor) money_of_minor((minor), (struct currency){"EUR"})
enum { LINES_MAX = 10 };

struct line_case {
    char what; /* 1 and 2: asked by that invoice; 0: before both; else a line behind them: … */
    char price;
    int value;
};

/* … '+' of a document, 't' one that was there when the first invoice was written off, 'n' of a note
 * over the first one. What asks stands first; the second invoice is behind the first one. */
/* clang-format off */
static const struct off_case {
    const char *name;
    int paid, noted; /* of the first one */
    struct line_case lines[LINES_MAX];
    const char *expect; /* off by each line behind, of both; what of both is off */
} cases[] = {
    {"what falls is given back", 0, 0, {{'1', 'A', 100}, {'+', 'A', -40}}, "40 | 40 0"},
    {"what rises again stays written off, what is above is due", 0, 0, {{'1', 'A', 100}, {'+', 'A', -40}, {'+', 'A', 20}, {'+', 'A', 50}}, "40 -20 -20 | 0 0"},
    {"what was charged later is given back first", 0, 0, {{'1', 'A', 100}, {'+', 'A', 50}, {'+', 'A', -50}, {'+', 'A', -10}}, "0 0 10 | 10 0"},
    {"what was forgiven of one price is given of another of its plan", 0, 0, {{'1', 'C', 64}, {'+', 'A', -10}, {'+', 'C', -16}}, "10 16 | 26 0"},
    {"all of it, where nothing is left of the period", 0, 0, {{'0', 'A', 50}, {'1', 'C', 40}, {'+', 'A', -90}, {'+', 'A', 60}}, "40 -40 | 0 0"},
    {"what is below it was asked for before", 0, 0, {{'0', 'A', 100}, {'1', 'A', 50}, {'+', 'A', -70}}, "50 | 50 0"},
    {"another plan's is charged in place", 0, 0, {{'1', 'A', 100}, {'+', 'A', -60}, {'+', 'B', 90}}, "60 -60 | 0 0"},
    {"charged first, it is the same", 0, 0, {{'1', 'A', 100}, {'+', 'B', 90}, {'+', 'A', -60}}, "0 0 | 0 0"},
    {"without what replaced it, it is given back", 0, 0, {{'1', 'A', 100}, {'+', 'A', -60}, {'+', 'B', 90}, {'+', 'B', -90}}, "60 -60 60 | 60 0"},
    {"not by a price of the same plan", 0, 0, {{'1', 'A', 100}, {'+', 'A', -60}, {'+', 'C', 90}}, "60 0 | 60 0"},
    {"nor by a metered one", 0, 0, {{'1', 'A', 100}, {'+', 'A', -60}, {'+', 'M', 90}}, "60 0 | 60 0"},
    {"two of a period, each what it asked for", 0, 0, {{'1', 'A', 100}, {'2', 'A', 50}, {'+', 'A', -120}, {'+', 'B', 60}}, "120 -60 | 10 50"},
    {"charged first", 0, 0, {{'1', 'A', 100}, {'2', 'A', 50}, {'+', 'B', 60}, {'+', 'A', -120}}, "0 60 | 10 50"},
    {"it replaced another plan's itself, and is withdrawn", 0, 0, {{'0', 'A', 100}, {'1', 'A', -60}, {'1', 'B', 90}, {'+', 'A', 60}, {'+', 'B', -90}}, "0 30 | 30 0"},
    {"the other way round", 0, 0, {{'0', 'A', 100}, {'1', 'A', -60}, {'1', 'B', 90}, {'+', 'B', -90}, {'+', 'A', 60}}, "30 0 | 30 0"},
    {"and changed once more", 0, 0, {{'0', 'A', 100}, {'1', 'A', -60}, {'1', 'B', 90}, {'+', 'A', 60}, {'+', 'B', -90}, {'+', 'A', -60}, {'+', 'B', 90}}, "0 30 0 -30 | 0 0"},
    {"of what it replaced, it asked for what is more", 0, 0, {{'0', 'A', 100}, {'1', 'A', -60}, {'1', 'B', 90}, {'+', 'A', -20}, {'+', 'A', -20}}, "20 10 | 30 0"},
    {"another price falls that it did not ask for", 0, 0, {{'0', 'A', 100}, {'0', 'C', 50}, {'1', 'C', 20}, {'+', 'A', -40}}, "0 | 0 0"},
    {"a note over it comes off what it asked for", 0, 30, {{'1', 'A', 100}, {'n', 'A', -30}, {'+', 'A', -40}, {'+', 'A', -40}}, "0 40 30 | 70 0"},
    {"nothing of it comes off the one behind it", 0, 20, {{'1', 'A', 60}, {'2', 'A', 40}, {'n', 'A', -20}, {'+', 'A', -80}}, "0 80 | 40 40"},
    {"what was paid of it: what is written off comes first", 60, 0, {{'1', 'A', 100}, {'+', 'A', -30}, {'+', 'A', -30}, {'+', 'A', 10}, {'+', 'A', 15}}, "30 10 0 -5 | 35 0"},
    {"what was given before is money", 0, 0, {{'1', 'A', 100}, {'t', 'A', -40}, {'+', 'A', -20}, {'+', 'A', 50}, {'+', 'A', -20}}, "20 -20 0 | 0 0"},
    {"what was charged before it is not given of it", 0, 0, {{'1', 'A', 100}, {'t', 'A', 50}, {'+', 'A', -70}}, "20 | 20 0"},
    {"nor a metered one that it did not ask for", 0, 0, {{'1', 'A', 100}, {'1', 'B', 50}, {'+', 'A', -10}, {'+', 'M', -10}}, "10 0 | 10 0"},
    {"metered ones each by themselves", 0, 0, {{'1', 'M', 100}, {'+', 'M', -30}, {'+', 'M', 50}}, "30 -30 | 0 0"},
};
/* clang-format on */

static struct off_line line_of(const struct line_case *line)
{
    return (struct off_line){.price_id = line->price,
                             .plan_id = line->price == 'B' ? 2 : 1,
                             .is_metered = line->price == 'M',
                             .value = EUR(line->value)};
}

static struct off_invoice written_off(int total, int paid, int noted,
                                      struct settlement_event *events)
{
    size_t count = 0;
    if (paid > 0)
        events[count++] = (struct settlement_event){SETTLEMENT_PAYMENT, "credits", EUR(paid)};
    if (noted > 0)
        events[count++] = (struct settlement_event){SETTLEMENT_CREDIT_NOTE, "notes", EUR(noted)};
    events[count++] = (struct settlement_event){SETTLEMENT_WRITE_OFF, "w", EUR(total - paid)};
    return (struct off_invoice){.total = EUR(total),
                                .events = events,
                                .event_count = count,
                                .given = EUR(0),
                                .off = EUR(0)};
}

static int asked_by(const struct off_case *c, char which)
{
    int sum = 0;
    for (size_t i = 0; i < LINES_MAX && c->lines[i].what != '\0'; i++)
        if (c->lines[i].what == which)
            sum += c->lines[i].value;
    return sum;
}

/* Of a line that is there, for each of both. */
static enum off_relation relation_of(char what, size_t of)
{
    if (what == '1' || what == '2')
        return (size_t)(what - '1') == of ? OFF_ASKED : of == 0 ? OFF_SINCE : OFF_BEFORE;
    return what == '0' ? OFF_BEFORE : OFF_BEHIND;
}

/* Of a note: the second one is behind it. */
static const enum off_relation over_first[] = {OFF_ASKED, OFF_BEFORE};

static int64_t sum_of(const struct off_entries *entries)
{
    int64_t sum = 0;
    for (size_t i = 0; i < entries->count; i++)
        sum += money_minor(entries->items[i].off);
    return sum;
}

START_TEST(is_off)
{
    const struct off_case *c = &cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("written off test", 1 << 20);
    struct settlement_event events[2][3];
    struct off_invoice invoices[] = {
        written_off(asked_by(c, '1'), c->paid, c->noted, events[0]),
        written_off(asked_by(c, '2') == 0 ? 1 : asked_by(c, '2'), 0, 0, events[1])};
    struct off_layers period = {0};
    struct off_ledger ledger = {invoices, 2, &period, 1, {0}, {0}, arena};
    struct error err = {0};
    char storage[200];
    struct strbuf text;
    strbuf_init(&text, storage, sizeof storage);
    for (size_t i = 0; i < 2; i++)
        ARRAY_ADD(arena, &period) = (struct off_layer){.of = i, .given = EUR(0)};
    for (size_t i = 0; i < LINES_MAX && c->lines[i].what != '\0'; i++) {
        const struct off_line line = line_of(&c->lines[i]);
        struct off_entries entries = {0};
        char what = c->lines[i].what;
        for (size_t of = 0; of < 2 && what != '+' && what != 'n'; of++)
            ck_assert_msg(written_off_count(&ledger, of, &line, relation_of(what, of), &err),
                          "%s: %s", c->name, err.message);
        if (what != '+' && what != 'n')
            continue;
        ck_assert_msg(
            written_off_add(&ledger, &line, what == 'n' ? over_first : NULL, &entries, &err),
            "%s: %s", c->name, err.message);
        strbuf_addf(&text, "%" PRId64 " ", sum_of(&entries));
    }
    strbuf_addf(&text, "| %" PRId64 " %" PRId64, money_minor(invoices[0].off),
                money_minor(invoices[1].off));
    ck_assert_msg(strcmp(text.text, c->expect) == 0, "%s: got %s", c->name, text.text);
}
END_TEST

/* After 100 that were asked for and 40 that were given back. */
static const struct stored_case {
    const char *name;
    int off, value; /* as it is stored of these 40, and of the next line */
    int expect;
} stored_cases[] = {
    {"all of it is charged again",                        40, 60,  -40},
    {"a part of it is",                                   40, 30,  -30},
    {"what is not stored was money",                      0,  60,  0  },
    {"a line is off no more than it says",                0,  -10, 10 },
    {"nor is what is off too much made up by what gives", 60, -10, 0  },
};

START_TEST(goes_on_from_what_is_stored)
{
    const struct stored_case *c = &stored_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("written off test", 1 << 20);
    struct settlement_event events[3];
    struct off_invoice invoice = written_off(100, 0, 0, events);
    struct off_layers period = {0};
    struct off_ledger ledger = {&invoice, 1, &period, 1, {0}, {0}, arena};
    const struct off_line asked = line_of(&(struct line_case){'1', 'A', 100});
    const struct off_line given = line_of(&(struct line_case){'+', 'A', -40});
    const struct off_line next = line_of(&(struct line_case){'+', 'A', c->value});
    const struct off_entry stored = {0, EUR(c->off)};
    struct off_entries entries = {0};
    struct error err = {0};
    ARRAY_ADD(arena, &period) = (struct off_layer){.of = 0, .given = EUR(0)};
    ck_assert(written_off_count(&ledger, 0, &asked, OFF_ASKED, &err) &&
              written_off_count(&ledger, 0, &given, OFF_SINCE, &err) &&
              written_off_add_stored(&ledger, &stored, &err));
    ck_assert_msg(written_off_add(&ledger, &next, NULL, &entries, &err), "%s: %s", c->name,
                  err.message);
    ck_assert_msg(sum_of(&entries) == c->expect, "%s: %" PRId64, c->name, sum_of(&entries));
    ck_assert_int_eq(money_minor(invoice.off), c->off + c->expect);
}
END_TEST

/* 100 that were written off are billed again: what was there then, and what it was off; what comes
 * next. */
struct again_line {
    char what; /* 'o' asked for by it, or of the note over it, 'r' bills it again, 'b' is behind it;
                  '+' next */
    char price;
    int value, off;
};
/* clang-format off */
static const struct again_case {
    const char *name;
    int noted;
    struct again_line lines[LINES_MAX];
    const char *expect; /* off by each line that is next; what of it is off since */
} again_cases[] = {
    {"what was charged in its place is given back first", 60, {{'o', 'A', 40, 0}, {'r', 'A', 60, 0}, {'b', 'A', -40, 40}, {'b', 'A', 20, -20}, {'+', 'A', -30, 0}, {'+', 'A', -60, 0}}, "20 0 | 20"},
    {"stays written off where it is charged anew, and is no more", 60, {{'o', 'A', 40, 0}, {'r', 'A', 60, 0}, {'b', 'A', -40, 40}, {'b', 'A', 20, -20}, {'+', 'A', -20, 0}, {'+', 'A', 50, 0}, {'+', 'A', -50, 0}}, "20 -20 20 | 20"},
    {"of another plan", 60, {{'o', 'A', 40, 0}, {'r', 'A', 60, 0}, {'b', 'A', -40, 40}, {'b', 'B', 50, -40}, {'+', 'B', -50, 0}, {'+', 'A', 40, 0}}, "40 -40 | 0"},
    {"what was charged above it is given back before", 60, {{'o', 'A', 40, 0}, {'r', 'A', 60, 0}, {'b', 'A', -40, 40}, {'b', 'A', 70, -40}, {'+', 'A', -20, 0}, {'+', 'A', -20, 0}}, "0 10 | 10"},
    {"nothing stays: all of it is money", 100, {{'o', 'A', 0, 0}, {'r', 'A', 100, 0}, {'+', 'A', -30, 0}}, "0 | 0"},
    {"of usage it may be less than nothing", 100, {{'o', 'M', 0, 0}, {'r', 'M', 100, 0}, {'b', 'M', -30, 30}, {'+', 'M', 30, 0}, {'+', 'M', -40, 0}}, "0 0 | 0"},
    {"its own line that was not billed again stays off", 60, {{'o', 'M', 40, 0}, {'o', 'A', 0, 0}, {'r', 'A', 60, 0}, {'b', 'M', -40, 40}, {'b', 'M', 25, -25}, {'+', 'M', -10, 0}, {'+', 'A', -10, 0}, {'+', 'M', 30, 0}}, "10 0 -10 | 0"},
};
/* clang-format on */

static void count_there(struct off_ledger *ledger, const struct again_line *said, const char *name)
{
    enum off_relation relation = said->what == 'o'   ? OFF_ASKED
                                 : said->what == 'r' ? OFF_BEFORE
                                                     : OFF_BEHIND;
    const struct off_line line = line_of(&(struct line_case){'+', said->price, said->value});
    const struct off_entry entry = {0, EUR(said->off)};
    struct error err = {0};
    ck_assert_msg(written_off_count(ledger, 0, &line, relation, &err) &&
                      written_off_add_earlier(ledger, &entry, &err),
                  "%s: %s", name, err.message);
}

START_TEST(is_off_what_was_billed_again)
{
    const struct again_case *c = &again_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("written off test", 1 << 20);
    struct settlement_event events[3];
    struct off_invoice invoice = written_off(100, 0, c->noted, events);
    struct off_layers period = {0};
    struct off_ledger ledger = {&invoice, 1, &period, 1, {0}, {0}, arena};
    struct error err = {0};
    char storage[200];
    struct strbuf text;
    strbuf_init(&text, storage, sizeof storage);
    ARRAY_ADD(arena, &period) = (struct off_layer){.of = 0, .given = EUR(0)};
    for (size_t i = 0; i < LINES_MAX && c->lines[i].what != '\0'; i++) {
        const struct again_line *said = &c->lines[i];
        const struct off_line line = line_of(&(struct line_case){'+', said->price, said->value});
        struct off_entries entries = {0};
        if (said->what != '+') {
            count_there(&ledger, said, c->name);
            continue;
        }
        ck_assert_msg(written_off_add(&ledger, &line, NULL, &entries, &err), "%s: %s", c->name,
                      err.message);
        strbuf_addf(&text, "%" PRId64 " ", sum_of(&entries));
    }
    strbuf_addf(&text, "| %" PRId64, money_minor(invoice.off));
    ck_assert_msg(strcmp(text.text, c->expect) == 0, "%s: got %s", c->name, text.text);
}
END_TEST

TEST_SUITE(written_off)
{
    TEST_TABLE(is_off_what_was_billed_again, again_cases);
    TEST_TABLE(is_off, cases);
    TEST_TABLE(goes_on_from_what_is_stored, stored_cases);
}
