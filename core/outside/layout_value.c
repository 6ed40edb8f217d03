/* Lengths, colours, words and file names. */
#include "core/outside/layout_value.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "core/base/text.h"

#define MPT_PER_POINT 1000
#define LENGTH_DIGITS_MAX 6
/* An inch is 72 points and 25.4 mm: a hundredth of a millimetre is 7200/254 mpt. */

bool layout_parse_length(const char *text, size_t length, int32_t *ret_mpt)
{
    int64_t hundredths = 0;
    int32_t decimals = -1;
    size_t i = 0;
    for (; i < length && i <= LENGTH_DIGITS_MAX; i++) {
        if (text[i] == '.' && decimals < 0 && i > 0) {
            decimals = 0;
            continue;
        }
        if (text[i] < '0' || text[i] > '9' || decimals == 2)
            break;
        hundredths = hundredths * 10 + (text[i] - '0');
        decimals += decimals >= 0 ? 1 : 0;
    }
    for (int32_t have = decimals < 0 ? 0 : decimals; have < 2; have++)
        hundredths *= 10;
    if (i == 0 || i + 2 != length || text[i - 1] == '.')
        return false;
    if (strncmp(text + i, "mm", 2) == 0)
        *ret_mpt = (int32_t)((hundredths * 7200 + 127) / 254);
    else if (strncmp(text + i, "pt", 2) == 0)
        *ret_mpt = (int32_t)(hundredths * MPT_PER_POINT / 100);
    else
        return false;
    return true;
}

bool layout_need(const struct layout_reader *in, const char *section, const char *key,
                 const struct line_entry **ret_entry)
{
    return line_file_need(in->file, section, key, ret_entry, in->err);
}

bool layout_take_length(const struct layout_reader *in, const char *section, const char *key,
                        int32_t min_mpt, int32_t max_mpt, int32_t *ret_mpt)
{
    const struct line_entry *entry;
    if (!layout_need(in, section, key, &entry))
        return false;
    int32_t mpt;
    if (!layout_parse_length(entry->value, strlen(entry->value), &mpt))
        return line_file_refuse(in->file, entry, in->err,
                                "expected a length such as 20mm, 7.5mm or 9pt");
    if (mpt < min_mpt || mpt > max_mpt)
        return line_file_refuse(in->file, entry, in->err,
                                "%s is not between %" PRId32 "pt and %" PRId32 "pt", entry->value,
                                min_mpt / MPT_PER_POINT, max_mpt / MPT_PER_POINT);
    *ret_mpt = mpt;
    return true;
}

bool layout_take_colour(const struct layout_reader *in, const char *key, uint32_t *ret_colour)
{
    const struct line_entry *entry;
    if (!layout_need(in, "colours", key, &entry))
        return false;
    uint32_t colour = 0;
    size_t length = strlen(entry->value);
    bool good = length == 7 && entry->value[0] == '#';
    for (size_t i = 1; good && i < length; i++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF";
        const char *digit = strchr(digits, entry->value[i]);
        good = digit != NULL;
        if (good)
            colour = colour << 4 | ((uint32_t)(digit - digits) & 0xF);
    }
    if (!good)
        return line_file_refuse(in->file, entry, in->err, "expected a colour such as #1F4E79");
    *ret_colour = colour;
    return true;
}

bool layout_take_word(const struct layout_reader *in, const char *section, const char *key,
                      const char *const *words, size_t count, size_t *ret_index)
{
    const struct line_entry *entry;
    if (!layout_need(in, section, key, &entry))
        return false;
    char list[120] = "";
    struct strbuf names;
    strbuf_init(&names, list, sizeof list);
    for (size_t i = 0; i < count; i++) {
        if (text_equal(entry->value, words[i])) {
            *ret_index = i;
            return true;
        }
        strbuf_addf(&names, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", words[i]);
    }
    return line_file_refuse(in->file, entry, in->err, "expected %s, not \"%s\"", names.text,
                            entry->value);
}

struct layout_source layout_source_of(const struct layout_reader *in,
                                      const struct line_entry *entry, const char *name,
                                      size_t length)
{
    const char *path = arena_copy_n(in->arena, name, length);
    if (path[0] != '/')
        path = arena_printf(in->arena, "%s/%s", in->directory, path);
    return (struct layout_source){.path = path,
                                  .at = arena_printf(in->arena, "%s:%" PRId32 ":%" PRId32,
                                                     in->file->path, entry->line,
                                                     entry->value_column)};
}

bool layout_take_source(const struct layout_reader *in, const char *section, const char *key,
                        struct layout_source *ret_source)
{
    const struct line_entry *entry;
    if (!layout_need(in, section, key, &entry))
        return false;
    if (entry->value[0] == '\0')
        return line_file_refuse(in->file, entry, in->err, "expected the name of a file");
    *ret_source = layout_source_of(in, entry, entry->value, strlen(entry->value));
    return true;
}
