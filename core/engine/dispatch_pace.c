/* Pauses, breakers, turns, groups: see dispatch_pace.h. */
#include "core/engine/dispatch_pace.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/base/sha256.h"

#define BACKOFF_FIRST_MS 500
#define BACKOFF_LAST_MS 3600000
#define PAUSE_MAX_S 86400
#define KEY_ROOM 300
#define COMMITS_APART 20

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t effect_backoff_ms(const char *effect_key, int64_t attempts)
{
    uint8_t digest[SHA256_SIZE];
    char text[KEY_ROOM];
    int64_t pause_ms = BACKOFF_FIRST_MS;
    for (int64_t i = 1; i < attempts && pause_ms < BACKOFF_LAST_MS; i++)
        pause_ms *= 2;
    pause_ms = smaller(pause_ms, BACKOFF_LAST_MS);
    int length = snprintf(text, sizeof text, "%" PRId64 " %s", attempts, effect_key);
    sha256_of(text, (size_t)smaller(length, KEY_ROOM - 1), digest);
    int64_t spread = (int64_t)digest[0] * 256 + digest[1]; /* 0 to 65535 */
    return pause_ms * 3 / 4 + pause_ms / 2 * spread / 65535;
}

int64_t effect_pause_ms(int64_t pause_s)
{
    return pause_s <= 0 ? 0 : smaller(pause_s, PAUSE_MAX_S) * 1000;
}

bool breaker_is_open(const struct breaker *breaker, int64_t now_ms)
{
    return breaker->open_until_ms != 0 && (breaker->tries || now_ms < breaker->open_until_ms);
}

bool breaker_allows(struct breaker *breaker, int64_t now_ms)
{
    if (breaker_is_open(breaker, now_ms))
        return false;
    breaker->tries = breaker->open_until_ms != 0;
    return true;
}

void breaker_untry(struct breaker *breaker)
{
    breaker->tries = false;
}

static void open_breaker(struct breaker *breaker, int64_t pause_ms, int64_t now_ms)
{
    breaker->pause_ms = breaker->pause_ms == 0 ? BREAKER_PAUSE_MS : breaker->pause_ms * 2;
    breaker->pause_ms = smaller(breaker->pause_ms, BREAKER_PAUSE_MAX_MS);
    breaker->open_until_ms = now_ms + (pause_ms > breaker->pause_ms ? pause_ms : breaker->pause_ms);
    breaker->tries = false;
}

void breaker_note(struct breaker *breaker, bool failed, int64_t pause_ms, int64_t now_ms)
{
    if (!failed) {
        *breaker = (struct breaker){0};
        return;
    }
    breaker->failures++;
    bool closed = breaker->open_until_ms == 0;
    if (closed ? breaker->failures >= BREAKER_FAILURES : breaker->tries)
        open_breaker(breaker, pause_ms, now_ms);
}

int64_t pace_claims(int64_t claims, int64_t commit_us, int64_t period_us, int64_t least,
                    int64_t most)
{
    int64_t wanted = claims;
    if (commit_us > 0 && period_us > 0)
        wanted = claims * COMMITS_APART * commit_us / period_us;
    wanted = wanted > claims * 2 ? claims * 2 : wanted < claims / 2 ? claims / 2 : wanted;
    return wanted < least ? least : smaller(wanted, most);
}

int64_t pace_share(const struct pace_load *loads, size_t count, int64_t calls)
{
    int64_t users = 0;
    for (size_t i = 0; i < count; i++)
        users += loads[i].has_more;
    if (users == 0)
        return calls;
    return calls < users ? 1 : calls / users;
}

/* Nobody has a use for more than he takes. */
static int64_t own_share(const struct pace_load *load, int64_t share)
{
    return load->calls_max > 0 ? smaller(load->calls_max, share) : share;
}

int64_t pace_room(const struct pace_load *loads, size_t count, size_t place,
                  const struct pace_taken *taken)
{
    bool has_few = taken->own_ahead < taken->ahead;
    int64_t ahead = has_few ? taken->own_ahead : taken->ahead;
    int64_t most = taken->calls + ahead;
    int64_t share = pace_share(loads, count, most);
    if (loads[place].calls_max > 0)
        share = smaller(share, loads[place].calls_max + ahead);
    int64_t room = share - taken->own;
    if (!has_few)
        room = smaller(room, most - taken->all);
    return room > 0 ? room : 0;
}

/* What the others lack of their shares. */
static int64_t lacking(const struct pace_load *loads, size_t count, size_t but, int64_t share)
{
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        if (i != but && loads[i].has_more && loads[i].under_way < own_share(&loads[i], share))
            sum += own_share(&loads[i], share) - loads[i].under_way;
    return sum;
}

static bool takes_another(const struct pace_load *load)
{
    return load->ready > 0 && (load->calls_max == 0 || load->under_way < load->calls_max);
}

int32_t pace_next(const struct pace_load *loads, size_t count, int64_t calls, int32_t last)
{
    int64_t share = pace_share(loads, count, calls);
    int64_t left = calls;
    int32_t next = -1;
    for (size_t i = 0; i < count; i++)
        left -= loads[i].under_way;
    for (size_t step = 0; step < count && left > 0; step++) {
        size_t i = ((size_t)(last + 1) + step) % count;
        if (takes_another(&loads[i]) && (next < 0 || loads[i].under_way < loads[next].under_way) &&
            (loads[i].under_way < share || left > lacking(loads, count, i, share)))
            next = (int32_t)i;
    }
    return next;
}
