/* TZif files: see tzif.h. A file is: header and 32-bit block (skipped), header and 64-bit block,
 * newline, POSIX TZ string, newline. */
#include "core/calendar/tzif.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"

#define HEADER_SIZE 44
#define TYPE_SIZE 6
#define TYPES_MAX 256
#define OFFSET_MIN_S (-89999) /* RFC 9636, section 3.2 */
#define OFFSET_MAX_S 93599

struct header {
    uint8_t version;
    uint32_t is_ut, is_std, leap, times, types, chars;
};

static uint32_t read_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int64_t read_i64(const uint8_t *at)
{
    return (int64_t)((uint64_t)read_u32(at) << 32 | read_u32(at + 4));
}

static bool read_header(const uint8_t *bytes, size_t size, struct header *ret_header)
{
    if (size < HEADER_SIZE || memcmp(bytes, "TZif", 4) != 0)
        return false;
    *ret_header = (struct header){
        .version = bytes[4],
        .is_ut = read_u32(bytes + 20),
        .is_std = read_u32(bytes + 24),
        .leap = read_u32(bytes + 28),
        .times = read_u32(bytes + 32),
        .types = read_u32(bytes + 36),
        .chars = read_u32(bytes + 40),
    };
    return true;
}

/* Bytes of the block behind a header; the counts have 32 bits, so the sum cannot wrap. */
static uint64_t block_size(const struct header *header, uint64_t time_size)
{
    return header->times * (time_size + 1) + header->types * (uint64_t)TYPE_SIZE + header->chars +
           header->leap * (time_size + 4) + (uint64_t)header->is_std + header->is_ut;
}

static bool read_offset(const uint8_t *types, size_t index, int32_t *ret_offset_s)
{
    *ret_offset_s = (int32_t)read_u32(types + index * TYPE_SIZE);
    return *ret_offset_s >= OFFSET_MIN_S && *ret_offset_s <= OFFSET_MAX_S;
}

/* `block` holds what `header` announces (checked by the caller). */
static bool read_block(const uint8_t *block, const struct header *header, struct tzif *tzif)
{
    const uint8_t *indexes = block + (size_t)header->times * 8;
    const uint8_t *types = indexes + header->times;
    if (!read_offset(types, 0, &tzif->first_offset_s))
        return false;
    for (size_t i = 0; i < header->times; i++) {
        struct tzif_transition *next = &tzif->transitions[i];
        next->at_s = read_i64(block + i * 8);
        if (indexes[i] >= header->types || !read_offset(types, indexes[i], &next->offset_s))
            return false;
        if (i > 0 && next->at_s <= tzif->transitions[i - 1].at_s)
            return false;
        tzif->count++;
    }
    return true;
}

/* "\n<rule>\n"; an empty rule means that the last offset stays. */
static bool read_footer(const uint8_t *bytes, size_t size, struct tzif *tzif)
{
    char text[TZIF_FOOTER_SIZE] = "";
    if (size < 2 || size - 2 >= sizeof(text) || bytes[0] != '\n' || bytes[size - 1] != '\n')
        return false;
    memcpy(text, bytes + 1, size - 2);
    if (text[0] == '\0')
        return size == 2;
    if (strlen(text) != size - 2)
        return false;
    tzif->has_rule = true;
    return zone_rule_parse(text, &tzif->rule);
}

static bool read_second_part(const uint8_t *bytes, size_t size, const struct header *header,
                             struct tzif *tzif)
{
    uint64_t length = block_size(header, 8);
    if (header->types < 1 || header->types > TYPES_MAX || header->times > TZIF_TRANSITIONS_MAX ||
        length > size)
        return false;
    tzif->transitions =
        memory_alloc((header->times + 1) * sizeof(*tzif->transitions), "zone transitions");
    return read_block(bytes, header, tzif) &&
           read_footer(bytes + length, size - (size_t)length, tzif);
}

enum tzif_result tzif_read(const uint8_t *bytes, size_t size, struct tzif *ret_tzif)
{
    struct header first;
    struct header second;
    if (!read_header(bytes, size, &first))
        return TZIF_NOT_TZIF;
    uint64_t skip = HEADER_SIZE + block_size(&first, 4);
    if (first.version < '2' || skip > size ||
        !read_header(bytes + skip, size - (size_t)skip, &second))
        return TZIF_DAMAGED;
    if (second.leap != 0)
        return TZIF_LEAP_SECONDS;
    size_t start = (size_t)skip + HEADER_SIZE;
    CLEANUP(tzif_release) struct tzif tzif = {0};
    if (!read_second_part(bytes + start, size - start, &second, &tzif))
        return TZIF_DAMAGED;
    *ret_tzif = tzif;
    tzif.transitions = NULL; /* now the caller's */
    return TZIF_OK;
}

void tzif_release(struct tzif *tzif)
{
    free(tzif->transitions);
    tzif->transitions = NULL;
}

/* Transitions at or before the instant. */
static size_t count_until(const struct tzif *tzif, int64_t at_s)
{
    size_t low = 0;
    size_t high = tzif->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (tzif->transitions[middle].at_s <= at_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct zone_segment tzif_segment(const struct tzif *tzif, int64_t at_s)
{
    size_t passed = count_until(tzif, at_s);
    struct zone_segment found = {INT64_MIN, INT64_MAX, tzif->first_offset_s};
    if (passed > 0) {
        found.start_s = tzif->transitions[passed - 1].at_s;
        found.offset_s = tzif->transitions[passed - 1].offset_s;
    }
    if (passed < tzif->count) {
        found.end_s = tzif->transitions[passed].at_s;
    } else if (tzif->has_rule) {
        struct zone_segment by_rule = zone_rule_segment(&tzif->rule, at_s);
        found.start_s = by_rule.start_s > found.start_s ? by_rule.start_s : found.start_s;
        found.end_s = by_rule.end_s;
        found.offset_s = by_rule.offset_s;
    }
    return found;
}
