/* Calendar expressions: see schedule.h. A text is cut at its spaces into words; each word shows by
 * its letters what it is. Every part becomes a set of bits, which the canonical text prints again.
 */
#include "core/calendar/schedule.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "core/base/text.h"
#include "core/calendar/date.h"
#include "core/calendar/number_set.h"

#define WORDS_MAX 4
#define WORD_SIZE 96u
#define WEEKDAYS_ALL 0x7Fu
#define DAY_FROM_END_MAX                                                                           \
    28 /* systemd's: counted from the end, 29 and more are missing in February */
#define POSSIBLE_YEAR_FIRST 2000 /* 40 years hold each weekday on each date, 29 February too */
#define POSSIBLE_YEARS 40

static const struct number_range range_year = {SCHEDULE_YEAR_FIRST, SCHEDULE_YEAR_LAST};
static const struct number_range range_month = {1, 12};
static const struct number_range range_day = {1, 31};
static const struct number_range range_day_from_end = {1, DAY_FROM_END_MAX};
static const struct number_range range_hour = {0, 23};
static const struct number_range range_sixty = {0, 59};

static const char *const weekday_names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
static const char *const weekday_long_names[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                 "Friday", "Saturday", "Sunday"};

static const struct shorthand {
    const char *word, *meaning;
} shorthands[] = {
    {"hourly",       "*-*-* *:00"      },
    {"daily",        "*-*-* 00:00"     },
    {"weekly",       "Mon *-*-* 00:00" },
    {"monthly",      "*-*-01 00:00"    },
    {"quarterly",    "*-01,04,07,10-01"},
    {"semiannually", "*-01,07-01"      },
    {"yearly",       "*-01-01"         },
    {"annually",     "*-01-01"         },
};

/* The words of an expression, in order; a part that is not there is "". */
struct words {
    char weekdays[WORD_SIZE], date[WORD_SIZE], time[WORD_SIZE], zone[WORD_SIZE];
};

static bool refuse(struct error *err, const char *text, const char *why)
{
    (void)error_run(err, EXIT_CONFIG, "'%s' %s", text, why);
    return error_hint(err, "such as monthly, *-*-01 02:00, *-*~01 03:00 (the last day) or "
                           "Mon..Fri 16:30 Europe/Berlin");
}

/* --- the parts -------------------------------------------------------------------------------- */

static bool take_weekday(const char **cursor, int32_t *ret_index)
{
    size_t letters = strspn(*cursor, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    for (int32_t i = 0; i < (int32_t)ARRAY_LEN(weekday_names); i++) {
        bool match = (letters == strlen(weekday_names[i]) &&
                      strncmp(*cursor, weekday_names[i], letters) == 0) ||
                     (letters == strlen(weekday_long_names[i]) &&
                      strncmp(*cursor, weekday_long_names[i], letters) == 0);
        if (!match)
            continue;
        *cursor += letters;
        *ret_index = i;
        return true;
    }
    return false;
}

static bool parse_weekdays(const char *text, uint8_t *ret_weekdays)
{
    uint32_t weekdays = 0;
    for (const char *cursor = text;; cursor++) {
        int32_t first = 0;
        if (!take_weekday(&cursor, &first))
            return false;
        int32_t last = first;
        if (strncmp(cursor, "..", 2) == 0) {
            cursor += 2;
            if (!take_weekday(&cursor, &last) || last < first)
                return false;
        }
        for (int32_t i = first; i <= last; i++)
            weekdays |= 1u << i;
        if (*cursor == '\0')
            break;
        if (*cursor != ',')
            return false;
    }
    *ret_weekdays = (uint8_t)weekdays;
    return true;
}

/* [year-]month-day or [year-]month~day; the year is * or four digits. */
static bool parse_date(const char *text, struct schedule *schedule)
{
    const char *cursor = text;
    uint64_t bits = 0;
    schedule->any_year = true;
    if (strncmp(cursor, "*-", 2) == 0 && strpbrk(cursor + 2, "-~") != NULL) {
        cursor += 2;
    } else if (strspn(cursor, "0123456789") == 4 && cursor[4] == '-') {
        schedule->any_year = false;
        if (!number_take(&cursor, &schedule->year) || schedule->year < range_year.first ||
            schedule->year > range_year.last)
            return false;
        cursor++;
    }
    if (!number_set_take(&cursor, range_month, false, &bits) || (*cursor != '-' && *cursor != '~'))
        return false;
    schedule->months = (uint32_t)bits;
    schedule->day_from_end = *cursor++ == '~';
    if (!number_set_take(&cursor, schedule->day_from_end ? range_day_from_end : range_day,
                         schedule->day_from_end, &bits))
        return false;
    schedule->days = (uint32_t)bits;
    return *cursor == '\0';
}

/* hour:minute or hour:minute:second, one second only. */
static bool parse_time(const char *text, struct schedule *schedule)
{
    const char *cursor = text;
    uint64_t hours = 0;
    schedule->second = 0;
    if (!number_set_take(&cursor, range_hour, false, &hours) || *cursor++ != ':' ||
        !number_set_take(&cursor, range_sixty, false, &schedule->minutes))
        return false;
    schedule->hours = (uint32_t)hours;
    if (*cursor == '\0')
        return true;
    return *cursor++ == ':' && number_take(&cursor, &schedule->second) && *cursor == '\0' &&
           schedule->second <= range_sixty.last;
}

/* Letters, digits, `_`, `+`, `-` and single slashes inside: a name that cannot leave its directory.
 */
static bool parse_zone(const char *text, char zone[SCHEDULE_ZONE_SIZE])
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
    size_t length = strlen(text);
    bool starts = (text[0] >= 'A' && text[0] <= 'Z') || (text[0] >= 'a' && text[0] <= 'z');
    if (!starts || text[length - 1] == '/' || strstr(text, "//") != NULL ||
        text[strspn(text, allowed)] != '\0')
        return false;
    return text_copy(zone, SCHEDULE_ZONE_SIZE, text);
}

/* --- words ------------------------------------------------------------------------------------ */

static bool is_weekdays(const char *word)
{
    uint8_t ignored = 0;
    return parse_weekdays(word, &ignored);
}

/* Where a word belongs, or NULL: the order is fixed, each part at most once. */
static char *word_slot(struct words *words, const char *word, bool first)
{
    bool numeric = word[0] == '*' || (word[0] >= '0' && word[0] <= '9');
    bool dated = words->date[0] != '\0';
    bool timed = words->time[0] != '\0';
    if (words->zone[0] != '\0')
        return NULL;
    if (numeric && strchr(word, ':') != NULL)
        return timed ? NULL : words->time;
    if (numeric)
        return dated || timed ? NULL : words->date;
    if (first && is_weekdays(word))
        return words->weekdays;
    return first ? NULL : words->zone;
}

static bool split_words(const char *text, struct words *ret_words)
{
    bool first = true;
    *ret_words = (struct words){0};
    for (const char *cursor = text + strspn(text, " "); *cursor != '\0';) {
        char word[WORD_SIZE];
        size_t length = strcspn(cursor, " ");
        if (length >= sizeof word)
            return false;
        memcpy(word, cursor, length);
        word[length] = '\0';
        char *slot = word_slot(ret_words, word, first);
        if (slot == NULL)
            return false;
        memcpy(slot, word, length + 1);
        cursor += length;
        cursor += strspn(cursor, " ");
        first = false;
    }
    return !first;
}

/* --- possible at all -------------------------------------------------------------------------- */

static bool day_fits(const struct schedule *schedule, int32_t year, int32_t month, int32_t day)
{
    int32_t counted = schedule->day_from_end ? date_days_in_month(year, month) + 1 - day : day;
    struct date date;
    struct error err = {0};
    if ((schedule->days >> counted & 1u) == 0 || !date_from_civil(year, month, day, &date, &err))
        return false;
    return (schedule->weekdays >> (date_weekday(date) - MONDAY) & 1u) != 0;
}

static bool year_fits(const struct schedule *schedule, int32_t year)
{
    for (int32_t month = 1; month <= 12; month++) {
        if ((schedule->months >> month & 1u) == 0)
            continue;
        for (int32_t day = 1; day <= date_days_in_month(year, month); day++)
            if (day_fits(schedule, year, month, day))
                return true;
    }
    return false;
}

static bool happens(const struct schedule *schedule)
{
    if (!schedule->any_year)
        return year_fits(schedule, schedule->year);
    for (int32_t i = 0; i < POSSIBLE_YEARS; i++)
        if (year_fits(schedule, POSSIBLE_YEAR_FIRST + i))
            return true;
    return false;
}

/* --- the whole -------------------------------------------------------------------------------- */

static bool parse_parts(const char *text, const struct words *words, struct schedule *ret_schedule,
                        struct error *err)
{
    struct schedule schedule = {.weekdays = WEEKDAYS_ALL};
    bool dated = words->date[0] != '\0';
    bool timed = words->time[0] != '\0';
    if (words->weekdays[0] != '\0' && !parse_weekdays(words->weekdays, &schedule.weekdays))
        return refuse(err, text, "has no such weekdays");
    if (!parse_date(dated ? words->date : "*-*-*", &schedule))
        return refuse(err, words->date, "is not a date of a schedule");
    if (!parse_time(timed ? words->time : "00:00", &schedule))
        return refuse(err, words->time, "is not a time of day");
    if (words->zone[0] != '\0' && !parse_zone(words->zone, schedule.zone))
        return refuse(err, words->zone, "is not the name of a time zone");
    if (!happens(&schedule))
        return refuse(err, text, "never happens");
    *ret_schedule = schedule;
    return true;
}

bool schedule_parse(const char *text, struct schedule *ret_schedule, struct error *err)
{
    struct words words;
    for (size_t i = 0; i < ARRAY_LEN(shorthands); i++) {
        size_t length = strlen(shorthands[i].word);
        if (strncmp(text, shorthands[i].word, length) != 0 ||
            (text[length] != '\0' && text[length] != ' '))
            continue;
        char whole[2 * WORD_SIZE];
        struct strbuf expanded;
        strbuf_init(&expanded, whole, sizeof whole);
        strbuf_addf(&expanded, "%s%s", shorthands[i].meaning, text + length);
        if (expanded.overflowed || strpbrk(text + length, "*:") != NULL)
            return refuse(err, text, "is not a schedule");
        return schedule_parse(whole, ret_schedule, err);
    }
    if (!split_words(text, &words))
        return refuse(err, text, "is not a schedule");
    return parse_parts(text, &words, ret_schedule, err);
}

static void print_weekdays(struct strbuf *buf, uint32_t weekdays)
{
    const char *comma = "";
    for (int32_t i = 0; i < 7; i++) {
        int32_t end = i;
        if ((weekdays >> i & 1u) == 0)
            continue;
        while (end < 6 && (weekdays >> (end + 1) & 1u) != 0)
            end++;
        if (end - i < 2)
            end = i;
        strbuf_addf(buf, "%s%s%s%s", comma, weekday_names[i], end > i ? ".." : "",
                    end > i ? weekday_names[end] : "");
        comma = ",";
        i = end;
    }
}

void schedule_print(const struct schedule *schedule, char target[SCHEDULE_TEXT_SIZE])
{
    struct strbuf buf;
    strbuf_init(&buf, target, SCHEDULE_TEXT_SIZE);
    if (schedule->weekdays != WEEKDAYS_ALL) {
        print_weekdays(&buf, schedule->weekdays);
        strbuf_add_char(&buf, ' ');
    }
    if (schedule->any_year)
        strbuf_add(&buf, "*-");
    else
        strbuf_addf(&buf, "%04" PRId32 "-", schedule->year);
    number_set_print(&buf, schedule->months, range_month);
    strbuf_add_char(&buf, schedule->day_from_end ? '~' : '-');
    number_set_print(&buf, schedule->days, range_day);
    strbuf_add_char(&buf, ' ');
    number_set_print(&buf, schedule->hours, range_hour);
    strbuf_add_char(&buf, ':');
    number_set_print(&buf, schedule->minutes, range_sixty);
    strbuf_addf(&buf, ":%02" PRId32, schedule->second);
    if (schedule->zone[0] != '\0')
        strbuf_addf(&buf, " %s", schedule->zone);
    assert(!buf.overflowed);
}
