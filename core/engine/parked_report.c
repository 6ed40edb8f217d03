/* Pointing at parked items, and their sums: see parked_report.h. */
#include "core/engine/parked_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/strbuf.h"
#include "core/base/text.h"

#define NAMED_MAX 5 /* numbers that the message of an ambiguous text names */

static bool has_word(const char *item, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = strstr(item, word); at != NULL; at = strstr(at + 1, word)) {
        bool starts = at == item || at[-1] == ' ';
        bool ends = at[length] == '\0' || at[length] == ' ';
        if (starts && ends)
            return true;
    }
    return false;
}

static bool refuse_ambiguous(const char *text, const size_t *found, size_t found_count,
                             struct error *err)
{
    char storage[ERROR_MESSAGE_SIZE];
    struct strbuf numbers;
    strbuf_init(&numbers, storage, sizeof storage);
    for (size_t i = 0; i < found_count && i < NAMED_MAX; i++)
        strbuf_addf(&numbers, "%s%zu", i > 0 ? ", " : "", found[i] + 1);
    (void)error_run(err, EXIT_USAGE, "'%s' means %zu parked items: numbers %s%s", text, found_count,
                    numbers.text, found_count > NAMED_MAX ? " …" : "");
    return error_hint(err, "name them by their numbers in `billmill parked`");
}

/* The rows of that whole name, else those that have the word; at most NAMED_MAX + 1 are noted. */
static size_t collect(const struct parked_row *rows, size_t count, const char *text, bool whole,
                      size_t found[NAMED_MAX + 1])
{
    size_t found_count = 0;
    for (size_t i = 0; i < count; i++) {
        bool match = whole ? text_equal(rows[i].item, text) : has_word(rows[i].item, text);
        if (match && found_count <= NAMED_MAX)
            found[found_count] = i;
        found_count += match ? 1 : 0;
    }
    return found_count;
}

bool parked_find(const struct parked_row *rows, size_t count, const char *text, size_t *ret_index,
                 struct error *err)
{
    size_t found[NAMED_MAX + 1];
    int64_t number = 0;
    size_t found_count = collect(rows, count, text, true, found);
    if (found_count == 0 && text_parse_i64(text, &number)) {
        if (number >= 1 && (uint64_t)number <= count) {
            *ret_index = (size_t)number - 1;
            return true;
        }
        (void)error_run(err, EXIT_USAGE, "there is no number %s among %zu parked items", text,
                        count);
        return error_hint(err, "`billmill parked` lists them");
    }
    if (found_count == 0 && *text != '\0')
        found_count = collect(rows, count, text, false, found);
    if (found_count == 1) {
        *ret_index = found[0];
        return true;
    }
    if (found_count > 1)
        return refuse_ambiguous(text, found, found_count, err);
    (void)error_run(err, EXIT_USAGE, "no parked item is called '%s'", text);
    return error_hint(err, "`billmill parked` lists them; an item is named by its number, by its "
                           "name or by a word of it");
}

static bool is_open(const struct parked_row *row)
{
    return text_equal(row->state, "parked") || text_equal(row->state, "retry");
}

struct sums ARRAY_OF(struct parked_sum);

static struct parked_sum *sum_of(struct sums *sums, struct currency currency, struct arena *arena)
{
    for (size_t i = 0; i < sums->count; i++)
        if (currency_equal(sums->items[i].currency, currency))
            return &sums->items[i];
    struct parked_sum *sum = &ARRAY_ADD(arena, sums);
    *sum = (struct parked_sum){.currency = currency, .at_stake = money_zero(currency)};
    return sum;
}

static int compare_sums(const void *a, const void *b)
{
    return strcmp(((const struct parked_sum *)a)->currency.code,
                  ((const struct parked_sum *)b)->currency.code);
}

bool parked_sum_up(const struct parked_row *rows, size_t count, struct arena *arena,
                   struct parked_sum **ret_sums, size_t *ret_sum_count, int64_t *ret_unknown,
                   struct error *err)
{
    struct sums sums = {0};
    *ret_unknown = 0;
    for (size_t i = 0; i < count; i++) {
        struct currency currency;
        if (!is_open(&rows[i]))
            continue;
        if (rows[i].currency == NULL || rows[i].amount_minor == DB_I64_NONE) {
            (*ret_unknown)++;
            continue;
        }
        if (!currency_parse(rows[i].currency, &currency, err))
            return error_run(err, EXIT_DATA, "%s is parked in '%s', which is no currency",
                             rows[i].item, rows[i].currency);
        struct parked_sum *sum = sum_of(&sums, currency, arena);
        if (!money_add(sum->at_stake, money_of_minor(rows[i].amount_minor, currency),
                       &sum->at_stake, err))
            return error_context(err, "adding up parked items");
        sum->items++;
    }
    if (sums.count > 1)
        qsort(sums.items, sums.count, sizeof *sums.items, compare_sums);
    *ret_sums = sums.items;
    *ret_sum_count = sums.count;
    return true;
}
